from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import ConfigError
from workbench.settings import load_settings


def _write(tmp_path: Path, key: str, value: str) -> Path:
    file = tmp_path / "workbench.toml"
    file.write_text(f'[argilla]\n{key} = "{value}"\n')
    return file


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "http://127.0.0.1:6900"),
        ("url", "https://labels.example.org/argilla"),
        ("database_url", "postgresql://writer@db.example.org:5432/argilla"),
    ],
)
def test_addresses_of_argilla_are_read(tmp_path: Path, key: str, value: str) -> None:
    assert getattr(load_settings(_write(tmp_path, key, value)).argilla, key) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "127.0.0.1:6900"),
        ("url", "http://"),
        ("database_url", "mysql://writer@db.example.org/argilla"),
        ("database_url", "postgresql://writer:hidden-word@db.example.org/argilla"),
    ],
)
def test_addresses_that_cannot_be_meant_are_refused_without_their_password(
    tmp_path: Path, key: str, value: str
) -> None:
    with pytest.raises(ConfigError, match=f"argilla.{key}") as caught:
        load_settings(_write(tmp_path, key, value))
    assert "hidden-word" not in str(caught.value)
