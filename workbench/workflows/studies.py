"""Make blind studies from answers that were generated before, and say how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.errors import ConfigError, EmptySplitError, NotFoundError
from workbench.evaluation.answer_sets import AnswerSet, list_answer_sets, read_answer_set
from workbench.files import digest_json
from workbench.home import Home
from workbench.judgments import open_judgments, studies
from workbench.judgments.clock import stamp, utc_now
from workbench.judgments.studies import Study, StudyCounts, StudyItem
from workbench.records import SPLITS
from workbench.task import load_task


@dataclass(frozen=True, slots=True)
class StudyStatus:
    """A study and how much of it is done."""

    study_id: str
    name: str
    arms: tuple[str, ...]
    split: str
    status: str
    counts: StudyCounts


def create_study(
    home: Home,
    *,
    arms: Sequence[str] = ("sft", "dpo"),
    split: str = "feedback",
    answer_sets: Sequence[str] = (),
    limit: int | None = None,
    seed: int = 0,
    name: str = "",
) -> StudyStatus:
    """Freeze the answers of two or more arms to the same prompts into a study.

    The first sampled answer of each arm to each prompt is taken. Where two arms gave the same
    answer the comparison is a tie and is not shown. The same answers again give the same study.

    Args:
        home: The project.
        arms: Names of the models to compare.
        split: Whose prompts; votes on `feedback` may train, votes on any other never do.
        answer_sets: Ids of generated answer sets; by default the newest of each arm.
        limit: Most prompts to use.
        seed: Of the order of prompts and of who stands left.
        name: Shown in tables; by default made from arms and split.

    Raises:
        ConfigError: Fewer than two arms, or one named twice.
        NotFoundError: An arm has no answers to this split's prompts.
        EmptySplitError: The arms have no prompt in common.
    """
    if len(arms) < 2 or len(set(arms)) != len(arms):
        raise ConfigError(
            f"A study needs two or more different arms, got {', '.join(arms) or 'none'}.",
            "Example: workbench study create --arm sft --arm dpo",
        )
    if split not in SPLITS:
        raise ConfigError(f"There is no split {split!r}.", f"Splits: {', '.join(SPLITS)}.")
    task = load_task(home.task_file)
    chosen = [_choose(home, arm, split, answer_sets) for arm in arms]
    items = _items(chosen, limit)
    if not items:
        raise EmptySplitError(
            f"The arms {', '.join(arms)} answered no prompt of split {split!r} in common.",
            f"Run `workbench generate --split {split}` for each of them.",
        )
    digest = digest_json(
        [[item.example_id, list(item.prompt), dict(item.answers)] for item in items]
        + [list(arms), split, seed]
    )
    study = Study(
        study_id=f"study-{digest[:10]}",
        name=name or f"{' vs '.join(arms)} on {split}",
        arms=tuple(arms),
        split=split,
        rubric=tuple(criterion.model_dump(mode="json") for criterion in task.rubric),
        seed=seed,
        answers_digest=digest,
        sources={
            "answer_sets": [item.set_id for item in chosen],
            "versions": sorted({item.version for item in chosen}),
        },
        status="open",
        created_at=stamp(utc_now()),
    )
    return _store(home, study, items)


def study_status(home: Home) -> list[StudyStatus]:
    """Return every study, newest first."""
    if not home.judgments_file.is_file():
        return []
    with open_judgments(home.judgments_file) as judgments, judgments.read() as connection:
        return [
            _status(study, studies.study_counts(connection, study.study_id))
            for study in studies.list_studies(connection)
        ]


def study_versions(home: Home) -> dict[str, frozenset[str]]:
    """Return the digests of the versions whose prompts each study shows, by its id."""
    if not home.judgments_file.is_file():
        return {}
    with open_judgments(home.judgments_file) as judgments, judgments.read() as connection:
        return {
            study.study_id: frozenset(study.sources["versions"])
            for study in studies.list_studies(connection)
        }


def close_study(home: Home, study_id: str) -> StudyStatus:
    """Take no more votes for a study."""
    with open_judgments(home.judgments_file) as judgments:
        with judgments.read() as connection:
            studies.find_study(connection, study_id)
        judgments.write(lambda connection: studies.set_status(connection, study_id, "closed"))
        with judgments.read() as connection:
            study = studies.find_study(connection, study_id)
            return _status(study, studies.study_counts(connection, study_id))


def _store(home: Home, study: Study, items: Sequence[StudyItem]) -> StudyStatus:
    with open_judgments(home.judgments_file) as judgments:
        with judgments.read() as connection:
            known = {item.study_id: item for item in studies.list_studies(connection)}
        if study.study_id not in known:
            judgments.write(
                lambda connection: studies.add_study(connection, study, items, utc_now())
            )
        with judgments.read() as connection:
            counts = studies.study_counts(connection, study.study_id)
    return _status(known.get(study.study_id, study), counts)


def _status(study: Study, counts: StudyCounts) -> StudyStatus:
    return StudyStatus(study.study_id, study.name, study.arms, study.split, study.status, counts)


def _choose(home: Home, arm: str, split: str, named: Sequence[str]) -> AnswerSet:
    sets = (
        [read_answer_set(home.answers / set_id) for set_id in named]
        if named
        else list_answer_sets(home.answers)
    )
    found = [item for item in sets if item.arm == arm and item.split == split]
    if not found:
        raise NotFoundError(
            f"There are no generated answers of {arm!r} to prompts of split {split!r}.",
            f"Generate them with `workbench generate --arm {arm} --split {split}`.",
        )
    return max(found, key=lambda item: (item.created_at, item.set_id))


def _items(chosen: Iterable[AnswerSet], limit: int | None) -> list[StudyItem]:
    """Join the arms' answers on the prompt, in the order of the example ids."""
    by_arm = {
        item.arm: {answer.example_id: answer for answer in item.answers if answer.sample == 0}
        for item in chosen
    }
    shared = set.intersection(*(set(rows) for rows in by_arm.values()))
    for example_id in sorted(shared):
        if len({digest_json(list(rows[example_id].prompt)) for rows in by_arm.values()}) > 1:
            raise ConfigError(
                f"The arms answered different prompts of example {example_id}: their answers come "
                "from different versions.",
                "Generate the answers of every arm from one version, then make the study.",
            )
    return [
        StudyItem(
            example_id=example_id,
            prompt=next(iter(by_arm.values()))[example_id].prompt,
            answers={arm: rows[example_id].text.strip() for arm, rows in by_arm.items()},
        )
        for example_id in sorted(shared)[:limit]
    ]
