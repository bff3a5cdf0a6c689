"""Erasing a file: what goes, what stays and is named, and that nothing stops half-way."""

import io
import json
import multiprocessing
import os
import random
import shutil
import signal

import pytest

from annotation.label_folder import LabelFolder, Push
from training import RunRecord
from workbench.curation.judging.cache import open_row_cache
from workbench.curation.staging import staging_folder
from workbench.errors import NotFoundError, StoreBusyError
from workbench.files import write_json
from workbench.judgments import open_judgments
from workbench.judgments.clock import utc_now
from workbench.judgments.studies import Study, add_study
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows import erase_sources as erase_module
from workbench.workflows.chatter_model import chatter_model, import_labels, train_chatter
from workbench.workflows.curate import curate
from workbench.workflows.data import list_data
from workbench.workflows.erase_sources import erase_sources, plan_erasure
from workbench.workflows.explain_row import explain_row
from workbench.workflows.fix_row import fix_row
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home
from workbench.workflows.quarantine import list_quarantine
from workbench.workflows.report import write_report
from workbench.workflows.uploads import keep_upload

from .small_project import EVERY_SPLIT, make_home

KEPT, GONE = "kept.jsonl", "gone.jsonl"
N_OWN, N_SHARED = 50, 5


def note(number, word):
    """Return a row like no other, so that no rule but that of chatter has anything to say."""
    chance = random.Random(f"{word} {number}")  # noqa: S311 - no secret
    told = " ".join("".join(chance.choices("aeioubdkt", k=6)) for _ in range(30))
    return {
        "note": f"Good morning. A client came about a {word} matter: {told}.",
        "summary": f"A {word} matter, {told[:60]}.",
    }


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def home(tmp_path):
    """Return a home with two files of rows of their own, five shared ones, and a bad one each."""
    home = make_home(tmp_path / "home")
    shared = [note(number, "common") for number in range(N_SHARED)]
    for name, word in ((KEPT, "harmless"), (GONE, "zorblatt")):
        rows = [note(number, word) for number in range(100, 100 + N_OWN)]
        (tmp_path / name).write_text(lines([*shared, *rows]) + f"broken {word}\n")
        import_files(home, [tmp_path / name])
    return home


def curated(home):
    return curate(home, overrides=EVERY_SPLIT)


def source_id(home, name):
    return next(s.source_id for s in list_data(home).sources if s.file_name == name)


def wrapped_key(home, name):
    with open_store(home) as store:
        rows = dict(store._connection.execute("SELECT * FROM source_keys").fetchall())
    return rows[source_id(home, name)]


def files_with(home, secret):
    found = (path for path in home.root.rglob("*") if path.is_file())
    return [path for path in found if secret in path.read_bytes()]


def test_what_was_imported_is_gone_and_curation_works_on_what_is_left(home):
    before = curated(home)
    key = wrapped_key(home, GONE)
    assert files_with(home, key)
    erased = erase_sources(home, [GONE])
    assert not files_with(home, key)
    assert plan_erasure(home, [GONE]).remaining[0].name == before.version
    assert erased.n_remembered == N_OWN + N_SHARED
    assert [row.file_name for row in list_quarantine(home)] == [KEPT]
    after = curated(home)
    assert after.n_imported == before.n_imported - N_OWN
    rows = read_examples(resolve_version(home, after.version))
    assert not any("zorblatt" in row.input for row in rows)
    assert any("common" in row.input for row in rows)


def test_why_of_an_erased_row_says_when_and_of_a_shared_row_where_it_stays(home):
    curated(home)
    erase_sources(home, [GONE])
    own = explain_row(home, f"{GONE}:{N_SHARED + 3}")
    assert [(s.status, s.erased_at[:2]) for s in own.seen_at] == [("erased", "20")]
    assert own.edits_erased or not any(d.action == "edit" for d in own.decisions)
    shared = explain_row(home, f"{GONE}:1")
    assert {s.file_name: s.status for s in shared.seen_at} == {KEPT: "in force", GONE: "erased"}


def test_a_plan_counts_and_changes_nothing(home):
    version = curated(home).version
    fix_row(home, f"{GONE}:{N_SHARED + 1}", {"output": "Better."}, author="anna")
    key = wrapped_key(home, GONE)
    plan = plan_erasure(home, [source_id(home, GONE)[:6]])
    assert [(s.file_name, s.erased_at) for s in plan.sources] == [(GONE, "")]
    content = plan.content
    assert (content.n_rows, content.n_elsewhere) == (N_OWN + N_SHARED, N_SHARED)
    assert (content.n_quarantined, content.n_fixes, content.n_labels) == (1, 1, 0)
    assert [(copy.kind, copy.name, copy.holds) for copy in plan.remaining] == [
        ("version", version, f"{N_OWN} of the rows")
    ]
    assert wrapped_key(home, GONE) == key
    assert all(source.status == "active" for source in list_data(home).sources)


def test_the_same_file_imported_again_is_a_new_source(home, tmp_path):
    first = source_id(home, GONE)
    erase_sources(home, [GONE])
    (again,) = import_files(home, [tmp_path / GONE]).files
    assert (again.status, again.n_examples) == ("new", N_OWN + N_SHARED)
    assert again.source_id != first
    (known,) = import_files(home, [tmp_path / GONE]).files
    assert (known.status, known.source_id) == ("known", again.source_id)
    statuses = {s.source_id: s.status for s in list_data(home).sources if s.file_name == GONE}
    assert statuses == {first: "erased", again.source_id: "active"}
    assert [s.source_id for s in erase_sources(home, [GONE]).erasure.sources] == [again.source_id]


def test_two_imports_of_one_name_are_told_apart_by_id(home, tmp_path):
    (tmp_path / GONE).write_text(lines([note(number, "newer") for number in range(3)]))
    import_files(home, [tmp_path / GONE], replace=True)
    ids = [s.source_id for s in list_data(home).sources if s.file_name == GONE]
    with pytest.raises(NotFoundError, match="fits 2 imports") as caught:
        erase_sources(home, [GONE])
    assert all(each in caught.value.hint for each in ids)
    erase_sources(home, ids)
    assert {s.file_name: s.status for s in list_data(home).sources} == {
        KEPT: "active",
        GONE: "erased",
    }


@pytest.mark.parametrize("reference", ["", "other.jsonl", "zz"])
def test_what_names_no_file_erases_none_of_those_named_beside_it(home, reference):
    with pytest.raises(NotFoundError, match="No imported file goes by"):
        erase_sources(home, [GONE, reference])
    assert all(source.status == "active" for source in list_data(home).sources)


def test_a_model_of_chatter_that_learned_from_the_file_goes_at_once(home, tmp_path):
    labels = [
        {"row": f"{name}:{line}", "sentence": f"{text} {word} {line}.", "label": label}
        for name, word in ((KEPT, "harmless"), (GONE, "zorblatt"))
        for line in range(N_SHARED + 1, N_SHARED + 51)
        for text, label in (("Nice coffee", "chatter"), ("The tenant fell", "keep"))
    ]

    def train(rows, name):
        (tmp_path / "labels.jsonl").write_text(lines(rows))
        import_labels(home, tmp_path / "labels.jsonl")
        train_chatter(home, name=name)

    train([row for row in labels if row["row"].startswith(KEPT)], "kept")
    train(labels, "both")
    erased = erase_sources(home, [GONE])
    assert erased.erasure.chatter_models == ("both",)
    assert [file.stem for file in home.chatter_models.iterdir()] == ["kept"]
    assert chatter_model(home, "kept") is not None
    assert erased.erasure.content.n_labels == 100
    train_chatter(home, name="both")  # on the labels that are left


def test_rows_that_curation_remembered_are_forgotten_and_no_others(home):
    curated(home)
    with open_row_cache(home.row_cache_file) as cache:
        before = len(cache)
    erase_sources(home, [GONE])
    with open_row_cache(home.row_cache_file) as cache:
        assert len(cache) == before - N_OWN - N_SHARED


def test_what_killed_commands_left_and_uploads_of_the_file_go(home, tmp_path):
    curated(home)
    nobody = 2**22 + 1  # above the largest process id of Linux
    left = [
        home.root / "staging" / f"staging-{nobody}-abc",
        home.versions / f".staging-{nobody}-abc",
    ]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "rows.parquet").write_text("zorblatt")
    kept, same = (
        home.root / "uploads" / keep_upload(home, GONE, io.BytesIO(content))
        for content in (b"other", (tmp_path / GONE).read_bytes())
    )
    assert erase_sources(home, [GONE]).n_leftovers == 3
    assert not any(folder.exists() for folder in [*left, same])
    assert kept.exists()


def test_nothing_is_erased_while_a_command_works_on_imported_rows(home):
    key = wrapped_key(home, GONE)
    refused = pytest.raises(StoreBusyError, match=f"Process {os.getpid()} works on")
    with staging_folder(home.root / "staging"), refused as caught:
        erase_sources(home, [GONE])
    assert "Wait until" in caught.value.hint
    assert wrapped_key(home, GONE) == key


def _erase_and_die(home, step):
    setattr(erase_module, step, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    erase_sources(home, [GONE])


@pytest.mark.parametrize("step", ["rewrite_store", "_forget_rows", "_remove_leftovers"])
def test_who_is_killed_on_the_way_completes_it_by_the_same_call(home, step):
    curated(home)
    key = wrapped_key(home, GONE)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_erase_and_die, args=(home, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert bool(files_with(home, key)) == (step == "rewrite_store")
    again = erase_sources(home, [GONE])
    assert again.erasure.sources[0].erased_at
    assert not files_with(home, key)
    with open_store(home) as store:
        rows = store.rows_of([again.erasure.sources[0].source_id])
    with open_row_cache(home.row_cache_file) as cache:
        assert not set(rows) & set(cache.find(["", "g"]))  # all that lies between, which is all


def make_run(home, run_id, version, parent_run=None):
    record = RunRecord(
        run_id,
        "dpo" if parent_run else "sft",
        "complete",
        version,
        "base",
        "print",
        parent_run,
        "digest",
        "2026-01-01T00:00:00+00:00",
        None,
        "adapter",
        None,
        1,
        {},
    )
    write_json(home.runs / run_id / "run.json", record.to_json())


def test_what_was_made_of_the_rows_is_named_with_its_place_and_the_rest_is_not(home):
    with_them, source = curated(home).version, source_id(home, KEPT)
    with open_store(home) as store:
        store.erase_source(source)  # so that the shared rows count too
    without = "0" * 16
    make_run(home, "sft-old", without)
    make_run(home, "sft-new", with_them)
    make_run(home, "dpo-new", without, "sft-new")
    for run in ("sft-old", "dpo-new"):
        write_json(home.models / f"merged-{run}" / "provenance.json", {"run_id": run})
    for version in (without, with_them):
        write_json(home.answers / f"set-{version}" / "set.json", {"version": version})
        LabelFolder(home.labels / f"task-{version}").write_push(
            Push("cleaning", f"task-{version}", "", version)
        )
        shown = {"samples": [{}], "evaluation": {"version": version}}
        write_json(home.reports / f"report-{version}" / "report.json", shown)
    write_json(home.reports / "empty" / "report.json", {"samples": [], "evaluation": None})
    (home.answers / "torn").mkdir()
    (home.answers / "torn" / "set.json").write_text("{")
    remaining = plan_erasure(home, [GONE]).remaining
    assert [(copy.kind, copy.name) for copy in remaining] == [
        ("version", with_them),
        ("run", "dpo-new"),
        ("run", "sft-new"),
        ("merged model", "merged-dpo-new"),
        ("answers", f"set-{with_them}"),
        ("answers", "torn"),
        ("labels", f"task-{with_them}"),
        ("report", f"report-{with_them}"),
    ]
    assert remaining[0].holds == f"{N_OWN + N_SHARED} of the rows"
    assert all(str(home.root) in copy.removal for copy in remaining)


def test_a_study_is_named_by_the_version_whose_prompts_it_shows(home):
    version = curated(home).version
    study = Study(
        "study-1",
        "sft vs dpo",
        ("sft", "dpo"),
        "feedback",
        (),
        0,
        "digest",
        {"versions": [version]},
        "open",
        "2026-01-01T00:00:00+00:00",
    )
    with open_judgments(home.judgments_file) as judgments:
        judgments.write(lambda connection: add_study(connection, study, [], utc_now()))
    (copy,) = (c for c in plan_erasure(home, [GONE]).remaining if c.kind == "study")
    assert copy.name == "study-1"
    assert str(home.judgments_file) in copy.removal


def test_a_version_whose_folder_was_removed_is_not_missed(home):
    first = curated(home).version
    erase_sources(home, [GONE])
    shutil.rmtree(home.versions / first)
    assert plan_erasure(home, [GONE]).remaining == ()
    assert curated(home).version != first
    assert first in {version.digest for version in list_data(home).versions}
    assert explain_row(home, f"{GONE}:{N_SHARED + 3}").places[0].version == first
    init_home(home.root, template="demo", base_model="demo")
    assert write_report(home).html.is_file()
