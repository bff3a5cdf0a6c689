from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.judgments import Judgments, Person, open_judgments, people, studies
from workbench.judgments.studies import Study, StudyItem

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def judgments(tmp_path: Path) -> Iterator[Judgments]:
    with open_judgments(tmp_path / "judgments.sqlite") as opened:
        yield opened


@pytest.fixture
def add_rater(judgments):
    def add(name: str, *, simulated: bool = False) -> Person:
        return judgments.write(
            lambda connection: people.add_person(
                connection, name, "unused", role="rater", simulated=simulated, now=NOW
            )
        )

    return add


@pytest.fixture
def add_study(judgments):
    def add(prompts: int = 4, *, split: str = "feedback", identical: int = 0) -> Study:
        study = Study(
            study_id=f"study-{split}",
            name="sft vs dpo",
            arms=("sft", "dpo"),
            split=split,
            rubric=({"name": "accuracy", "question": "True?", "anchors": {}},),
            seed=3,
            answers_digest="d",
            sources={"answer_sets": [], "versions": ["0123456789abcdef"]},
            status="open",
            created_at="",
        )
        items = [
            StudyItem(
                f"example-{index}",
                ({"role": "user", "content": f"note {index}"},),
                {"sft": f"one {index}", "dpo": f"{'one' if index < identical else 'two'} {index}"},
            )
            for index in range(prompts)
        ]
        return judgments.write(lambda connection: studies.add_study(connection, study, items, NOW))

    return add
