import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from pathlib import Path
from types import ModuleType

import pytest

from workbench.manifest import VersionFolder, publish_folder
from workbench.records import Example, PreferencePair
from workbench.version_rows import write_examples, write_pairs

WORDS = ["red", "blue", "green", "small", "large", "round"]


@pytest.fixture(scope="session")
def tiny_model() -> ModuleType:
    import importlib.util
    import sys

    path = Path(__file__).with_name("tiny_model.py")
    spec = importlib.util.spec_from_file_location("tests_training_tiny_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def base_model(tmp_path_factory, tiny_model) -> Path:
    return tiny_model.build_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    rows = []
    for index in range(28):
        word = WORDS[index % len(WORDS)]
        text = f"{index:02d} a {word} stone" + " indeed" * (index % 3)
        rows.append(
            Example(
                example_id=f"{index:016x}",
                split="train" if index < 22 else "validation",
                group=f"g{index}",
                input=text,
                prompt=({"role": "user", "content": text},),
                completion=f"Colour: {word}",
                source="stones.csv",
                locator=f"line {index + 2}",
            )
        )
    return rows


@pytest.fixture(scope="session")
def publish(tmp_path_factory):
    def publish_rows(kind: str, rows: list, *, leakage: dict | None = None) -> VersionFolder:
        folder = tmp_path_factory.mktemp("versions")
        name = f"{kind}.parquet"
        write = write_examples if kind == "examples" else write_pairs
        columns = write(folder / name, rows)
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.split] = counts.get(row.split, 0) + 1
        return publish_folder(
            folder / "published",
            {name: folder / name},
            {
                "kind": kind,
                "created_at": "2026-01-01T00:00:00+00:00",
                "counts": counts,
                "columns": columns,
                "parents": [],
                "recipe": {},
                "task_digest": "0" * 64,
                "leakage": {"verdict": "clean"} if leakage is None else leakage,
                "code_version": "test",
            },
        )

    return publish_rows


@pytest.fixture(scope="session")
def examples_version(publish, examples) -> VersionFolder:
    return publish("examples", examples)


@pytest.fixture(scope="session")
def pairs(examples) -> list[PreferencePair]:
    return [
        PreferencePair(
            pair_id=f"p{example.example_id}",
            example_id=example.example_id,
            split="train",
            prompt=example.prompt,
            chosen=example.completion,
            rejected=f"I think it may be {index} stones",
            strength=1,
            raters=("a",),
            origin="annotation",
        )
        for index, example in enumerate(examples)
        if example.split == "train"
    ]


@pytest.fixture(scope="session")
def pairs_version(publish, pairs) -> VersionFolder:
    return publish("pairs", pairs)
