"""The Label page as a browser gets it."""

import re

import pytest

from annotation.label_folder import LabelFolder, Push
from annotation.standing import KEY_VARIABLE
from workbench.jobs import list_jobs
from workbench.processes import free_port

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PROGRESS = {
    "n_by_answers": {"0": 1, "2": 3},
    "read_at": "2026-11-25T10:00:00+00:00",
    "annotators": [
        {
            "username": name,
            "simulated": simulated,
            "n_submitted": 3,
            "n_drafts": 1,
            "n_discarded": 0,
            "seconds_per_answer": seconds,
            "n_timed": 2,
            "n_untouched": 2,
            "n_unread": 1,
            "last_at": "2026-11-25T09:59:00",
        }
        for name, simulated, seconds in (("<i>ada", False, 31.4), ("simulated-x", True, None))
    ],
    "agreement": [
        {
            "question": "verdict",
            "simulated": False,
            "found": {"alpha": 0.714, "low": 0.5, "high": 0.9, "n_units": 3, "why_not": ""},
            "unit": "order",
        },
        {
            "question": "rate_form",
            "simulated": True,
            "found": {"alpha": None, "low": None, "high": None, "n_units": 1, "why_not": "too few"},
            "unit": "record",
        },
    ],
    "likeness": [
        {
            "question": "answer",
            "simulated": False,
            "found": {"measure": "similarity", "value": 0.8125, "n_equal": 1, "n": 3},
        },
        {
            "question": "correction",
            "simulated": True,
            "found": {"measure": "similarity", "value": None, "n_equal": 0, "n": 0},
        },
    ],
    "not_compared": ["problems"],
    "n_compared": 3,
    "n_decided": 0,
    "n_disputed": 1,
    "disputed": [
        {
            "external_id": "ab12",
            "dispute": 0.5,
            "simulated": False,
            "said": {"verdict": {"drop": 1, "keep": 2}},
        }
    ],
}


@pytest.fixture
def labelled(app):
    folder = LabelFolder(app.home.labels / "instructions-1")
    folder.write_push(Push("instructions", "instructions-1", "d1", "v1", external_ids=("a", "b")))
    folder.write_progress(PROGRESS)
    other = LabelFolder(app.home.labels / "preferences-2")
    other.write_push(Push("preferences", "preferences-2", "d2", "v1"))
    return app


def test_only_the_lead_sees_how_labelling_goes(app):
    assert app.browser().get("/label").status_code == 401
    assert app.browser("rita").get("/label").status_code == 403
    assert app.browser().post("/label/read").status_code == 401
    assert app.browser("rita").post("/label/read").status_code == 403


def test_an_empty_project_says_what_to_do(app):
    page = app.browser("anna").get("/label").text
    assert "workbench annotate start" in page
    assert "workbench annotate push instructions" in page


def test_the_tables_show_people_agreement_and_disputes(labelled):
    page = labelled.browser("anna").get("/label").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "1 with 0 submitted, 3 with 2 submitted; read 2026-11-25 10:00" in text
    assert "&lt;i&gt;ada 3 1 0 31 of 2 2 1 2026-11-25 09:59" in text
    assert "simulated-x simulated 3 1 0 not measured 2 1" in text
    assert "verdict 0.71 0.50 to 0.90 3 orders" in text
    assert "rate_form simulated none too few 1 record" in text
    assert "ab12 0.50 verdict: drop ×1, keep ×2" in text
    assert "Most disputed of 1 records on which answers differ, of 3 compared" in text
    assert "Likeness of answer: 0.81 (chrF, 0 to 1), 1/3 pairs of texts equal" in text
    assert "Likeness of correction simulated : not measured: no record has two texts" in text
    assert "workbench annotate adjudicate instructions --dataset instructions-1" in text
    assert "Not compared: problems." in text
    assert text.count("Not read yet.") == 1
    assert "<i>ada" not in page


@pytest.fixture
def at_existing_server(labelled):
    """The project is pointed at an existing server, at which nothing listens."""
    file = labelled.home.settings_file
    before = file.read_text()
    file.write_text(f'[argilla]\nurl = "http://127.0.0.1:{free_port()}"\n')
    yield labelled
    file.write_text(before)


@pytest.mark.parametrize(
    ("key", "problem", "remedy"),
    [
        ("", "There is no key for Argilla at http://127.0.0.1:", f"${KEY_VARIABLE}"),
        ("clé", f"${KEY_VARIABLE} holds no key of Argilla", f"${KEY_VARIABLE}"),
        ("key-1", "does not answer (ConnectError).", "It is not ours to start"),
    ],
)
def test_what_is_on_disk_is_shown_with_what_is_wrong_with_an_existing_server(
    at_existing_server, monkeypatch, key, problem, remedy
):
    monkeypatch.setenv(KEY_VARIABLE, key)
    answer = at_existing_server.browser("anna").get("/label")
    assert answer.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    assert problem in text
    assert remedy in text
    assert "workbench annotate start" not in text
    assert "2 records pushed" in text
    assert "verdict 0.71 0.50 to 0.90 3 orders" in text
    assert "was read before" in text
    assert answer.text.count("disabled") == 2  # one button a dataset: nothing can be read now


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n_compared": 0}, "No record has two answers that could be compared."),
        ({"n_disputed": 0}, "3 records have answers that could be compared; none differ."),
        ({"n_decided": 2}, "2 records are decided by a second task, whose answers count."),
    ],
)
def test_what_was_not_compared_is_no_agreement(labelled, changed, said):
    folder = LabelFolder(labelled.home.labels / "instructions-1")
    folder.write_progress({**PROGRESS, **changed})
    text = re.sub(r"<[^>]+>", "", labelled.browser("anna").get("/label").text)
    assert said in re.sub(r"\s+", " ", text)
    assert "Let somebody decide" not in text


def test_answers_that_went_to_an_earlier_dataset_are_named(labelled):
    folder = LabelFolder(labelled.home.labels / "instructions-1")
    for n_late, is_named in ((2, True), (0, False)):
        folder.write_progress({**PROGRESS, "n_late": n_late})
        text = re.sub(r"<[^>]+>", "", labelled.browser("anna").get("/label").text)
        assert ("2 answers were given in an earlier version of this dataset" in text) is is_named


def test_a_calibration_set_shows_who_is_close_to_the_reference(app):
    measured = {"measure": "equal", "value": 0.75, "n_equal": 3, "n": 4}
    rates = {"measure": "distance", "value": 1.25, "n_equal": 0, "n": 4}
    nothing = {"measure": "distance", "value": None, "n_equal": 0, "n": 0}
    standing = {
        "person": "<b>dora",
        "reference_url": "http://127.0.0.1:1/dataset/r/annotation-mode",
        "n_items": 5,
        "n_reference": 4,
        "annotators": [
            {
                "username": name,
                "simulated": False,
                "n_answered": n_answered,
                "n_items": 5,
                "closeness": {"choice": measured, "rate_a_form": found},
            }
            for name, n_answered, found in (("ada", 5, rates), ("ben", 1, nothing))
        ],
        "unfinished": ["ben"],
    }
    name = "preferences-1-calibration"
    folder = LabelFolder(app.home.labels / name)
    ids = ("a", "b", "c", "d", "e")
    folder.write_push(Push("preferences", name, "d1", "v1", external_ids=ids, calibration=True))
    folder.write_progress({**PROGRESS, "calibration": standing})
    page = app.browser("anna").get("/label").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "5 records pushed for calibration; nothing is learned from the answers." in text
    assert "Calibration: &lt;b&gt;dora answered 4 of 5 records" in text
    assert "ada 5/5 75.0 % equal, 3/4 1.25 off, 4" in text
    assert "ben 1/5 75.0 % equal, 3/4 not measured" in text
    assert "Not finished: ben." in text
    assert standing["reference_url"] in page


def test_reading_needs_our_form_and_a_dataset_that_was_pushed(labelled):
    lead = labelled.browser("anna")
    token = re.search(r'name="form_token" value="([^"]+)"', lead.get("/label").text)[1]
    form = {"dataset": "instructions-1", "form_token": token}
    assert lead.post("/label/read", data={**form, "form_token": "x"}).status_code == 403
    assert lead.post("/label/read", data={**form, "dataset": "--help"}).status_code == 404
    assert list_jobs(labelled.home.jobs) == []
    assert lead.post("/label/read", data=form).status_code in (200, 303)
    (job,) = list_jobs(labelled.home.jobs)
    assert job.title == "Read answers"
    assert job.arguments[:4] == (
        "annotate",
        "progress",
        "instructions",
        "--dataset=instructions-1",
    )
