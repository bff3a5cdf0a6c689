"""Pull what people said of findings, and record it as rulings, fixes and labels of sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from annotation.aggregate import Mark
from annotation.cleaning_task import CleaningOutcome, judge_cleaning
from annotation.instruction_task import CONTEXT
from workbench.curation.reviewed_edits import CHATTER, OpenChange, decided_texts
from workbench.errors import RowChangedError
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.store import (
    RecordedRuling,
    Ruling,
    SentenceWord,
    Store,
    open_store,
    resolve_version,
    words_in_force,
)
from workbench.workflows.annotate_marks import MarkFinder, missed_values, tagged_text
from workbench.workflows.annotate_pull import PullResult, pull_result, read_labelled
from workbench.workflows.cleaning_findings import (
    DUPLICATES,
    ROWS_AT_A_TIME,
    RowFindings,
    find_for_review,
    row_of_record,
)
from workbench.workflows.fix_row import fix_row, open_row
from workbench.workflows.recipe_file import load_recipe
from workbench.workflows.sentence_labels import (
    LabelledSentence,
    add_sentence_labels,
    said_sentences,
    sentence_labels,
)

AUTHOR = "annotators in Argilla"
SIMULATED_AUTHOR = f"simulated {AUTHOR}"
_PERSONAL_DATA = "personal_data"


@dataclass(slots=True)
class _RowWord:
    """What people's answers ask for in one row.

    Attributes:
        author: Who says so; scripts are named as such.
        texts: As the row's texts should be; {} if they are to stay.
        rulings: What is to be said of rules, as `stage.rule`.
        labels: Labels of sentences.
        spoken_of: Rules of which something was ever said here: where `rulings` lacks one, people
            no longer say what they did; `personal_data` stands for all of its rules.
    """

    author: str
    texts: Mapping[str, str] = field(default_factory=dict)
    rulings: dict[str, Ruling] = field(default_factory=dict)
    labels: list[LabelledSentence] = field(default_factory=list)
    spoken_of: frozenset[str] = frozenset()


def pull_cleaning(home: Home, *, dataset: str = "") -> PullResult:
    """Record what people said of findings; the next `workbench curate` obeys.

    What a rule said of a row counts once all of it is answered. Nothing is published here, and
    what was recorded before is not recorded again; what people no longer say is taken back.

    Args:
        home: The project.
        dataset: Name of the dataset in Argilla; empty for the one pushed last.

    Raises:
        AnnotationError: Nothing was pushed, or nobody has submitted an answer.
        AnnotationServerError: Argilla does not answer, or its counts are not what was read.
    """
    labelled = read_labelled(home, "cleaning", dataset)
    outcomes = {
        name: judge_cleaning(found, labelled.overruled.get(name, ()))
        for name, found in labelled.answers.items()
    }
    version = resolve_version(home, labelled.push.version)
    ever = {each.external_id for each in labelled.folder.read_revisions() if each.is_submitted}
    rows = _answered_rows(home, version, outcomes.keys() | ever)
    finder = MarkFinder(load_recipe(home).personal_data)
    counts: Counter[str] = Counter(outcome.verdict or "undecided" for outcome in outcomes.values())
    known = {name for row in rows for name in row.record_ids}
    if gone := len(outcomes.keys() - known):
        counts["of rows that are gone"] = gone
    words = {
        row.row_id: replace(_word(row, outcomes, finder), spoken_of=_spoken_of(row, ever))
        for row in rows
    }
    for row in rows:
        if not _fixed(home, row, words[row.row_id]):
            counts["rows that somebody changed since"] += 1
            del words[row.row_id]
    with open_store(home) as store:
        _record(store, words)
    simulated = sum(outcome.simulated for outcome in outcomes.values())
    return pull_result(labelled, "", counts, 0, simulated)


def _answered_rows(
    home: Home, version: VersionFolder, record_ids: Collection[str]
) -> list[RowFindings]:
    row_ids = sorted(set(map(row_of_record, record_ids)))
    rows: list[RowFindings] = []
    for start in range(0, len(row_ids), ROWS_AT_A_TIME):
        with open_store(home) as store:
            rows += find_for_review(store, version, row_ids[start : start + ROWS_AT_A_TIME])
    return rows


def _word(
    row: RowFindings, outcomes: Mapping[str, CleaningOutcome], finder: MarkFinder
) -> _RowWord:
    answers = [outcomes[name] for name in row.record_ids if name in outcomes]
    word = _RowWord(SIMULATED_AUTHOR if any(each.simulated for each in answers) else AUTHOR)
    decided = list(_decided_changes(row, outcomes, word))
    tags: dict[str, str] = {}
    for record_id, (_, text) in row.published.items():
        if outcome := outcomes.get(record_id):
            _rule_personal_data(text, outcome, finder, word)
            tags |= _missed(text, outcome.marks, finder)
    for record_id, disputed in row.disputed.items():
        if (outcome := outcomes.get(record_id)) and outcome.verdict in ("accept", "reject"):
            ruling: Ruling = "accepted" if outcome.verdict == "accept" else "undone"
            word.rulings[f"{DUPLICATES}.{disputed.rule}"] = ruling
    if decided or tags:
        texts = decided_texts(row.worded, decided)
        word.texts = {name: tagged_text(text, tags) for name, text in texts.items() if text}
    return word


def _spoken_of(row: RowFindings, ever: Collection[str]) -> frozenset[str]:
    rules = {f"{each.stage}.{each.rule}" for name, each in row.changes.items() if name in ever}
    rules |= {f"{DUPLICATES}.{each.rule}" for name, each in row.disputed.items() if name in ever}
    return frozenset(rules | {_PERSONAL_DATA for name in row.published if name in ever})


def _decided_changes(
    row: RowFindings, outcomes: Mapping[str, CleaningOutcome], word: _RowWord
) -> Iterator[tuple[OpenChange, str]]:
    """Yield the changes that people want otherwise than they are, or that a rule is undone for."""
    by_rule: dict[str, list[tuple[OpenChange, CleaningOutcome | None]]] = {}
    for record_id, change in row.changes.items():
        rule = f"{change.stage}.{change.rule}"
        by_rule.setdefault(rule, []).append((change, outcomes.get(record_id)))
    for rule, answered in sorted(by_rule.items()):
        said = [(change, outcome) for change, outcome in answered if outcome and outcome.verdict]
        if len(said) < len(answered):
            continue
        is_right = all(outcome.verdict == "accept" for _, outcome in said)
        word.rulings[rule] = "accepted" if is_right else "undone"
        for change, outcome in said:
            word.labels += _labels(row.row_id, change, outcome)
            wanted = _wanted(change, outcome)
            # undoing the rule would bring back what it did rightly: the fix keeps that
            if wanted != change.now or (change.is_made and not is_right):
                yield change, wanted


def _wanted(change: OpenChange, outcome: CleaningOutcome) -> str:
    if outcome.verdict == "correct":
        return outcome.correction
    return change.after if outcome.verdict == "accept" else change.before


def _labels(
    row_id: str, change: OpenChange, outcome: CleaningOutcome
) -> Iterator[LabelledSentence]:
    if change.stage == CHATTER and outcome.verdict in ("accept", "reject"):
        label: SentenceWord = "chatter" if outcome.verdict == "accept" else "keep"
        for sentence in said_sentences([change.before]):
            yield LabelledSentence(row_id, sentence, label)


def _rule_personal_data(
    text: str, outcome: CleaningOutcome, finder: MarkFinder, word: _RowWord
) -> None:
    if outcome.verdict not in ("accept", "reject"):
        return
    for kind in sorted({each.kind for each in finder.places(text)}):
        if outcome.verdict == "reject":
            word.rulings[f"{_PERSONAL_DATA}.{kind}"] = "undone"
        else:
            word.rulings.setdefault(f"{_PERSONAL_DATA}.{kind}", "accepted")


def _missed(text: str, marks: tuple[Mark, ...], finder: MarkFinder) -> dict[str, str]:
    fields = {CONTEXT: text}
    return missed_values(fields, {CONTEXT: marks}, finder.find(fields))


def _fixed(home: Home, row: RowFindings, word: _RowWord) -> bool:
    """Write a row's texts; return False if somebody else wrote others since the version.

    Where people no longer ask for any, what an earlier pull wrote is taken back.
    """
    is_ours = _is_ours(home, row)
    texts = word.texts or (row.begun if is_ours else {})
    if not texts:
        return True
    found = open_row(home, row.row_id)
    now = {name: found.texts.get(name) for name in texts}
    if now == texts:
        return True
    if now != {name: row.begun.get(name) for name in texts} and not is_ours:
        return False
    try:
        fix_row(home, row.row_id, texts, author=word.author, opened=found.digest)
    except RowChangedError:
        return False
    return True


def _is_ours(home: Home, row: RowFindings) -> bool:
    """Tell whether an earlier pull wrote the row's texts: people may change their answers."""
    with open_store(home) as store:
        written = store.corrections(row.row_id)
    return bool(written) and written[-1].author in (AUTHOR, SIMULATED_AUTHOR)


def _is_over(word: _RowWord, said: RecordedRuling) -> bool:
    """Tell whether people said of a rule here what they no longer say."""
    stage = said.rule.partition(".")[0]
    spoken = said.rule in word.spoken_of or (stage == _PERSONAL_DATA and stage in word.spoken_of)
    return spoken and said.rule not in word.rulings


def _reason(author: str) -> str:
    return f"Said by {author}."


_REASONS = frozenset(map(_reason, (AUTHOR, SIMULATED_AUTHOR)))


def _record(store: Store, words: Mapping[str, _RowWord]) -> None:
    in_force = words_in_force(store.rulings())
    standing = {(each.row_id, each.rule, each.ruling) for each in in_force}
    for each in in_force:
        word = words.get(each.row_id or "")
        if word and each.ruling == "undone" and each.reason in _REASONS and _is_over(word, each):
            store.record_ruling(each.rule, each.row_id, "restored", _reason(word.author))
    labelled = set(sentence_labels(store))
    for row_id, word in words.items():
        for rule, ruling in sorted(word.rulings.items()):
            stage, _, name = rule.partition(".")
            is_known = (row_id, rule, ruling) in standing
            if is_known or not store.count_decisions(stage, name, row_id=row_id):
                continue
            if ruling == "accepted" and (row_id, rule, "undone") in standing:
                store.record_ruling(rule, row_id, "restored", _reason(word.author))
            store.record_ruling(rule, row_id, ruling, _reason(word.author))
        new = [label for label in word.labels if label not in labelled]
        add_sentence_labels(store, new, origin="argilla", author=word.author)
