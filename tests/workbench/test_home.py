from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import ConfigError
from workbench.home import cache_folder, find_home
from workbench.workflows.init_home import init_home


def test_a_folder_that_is_no_home_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a workbench home") as caught:
        find_home(tmp_path)
    assert "workbench init" in caught.value.hint


def test_home_comes_from_option_then_variable_then_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("option", "variable", "folder"):
        init_home(tmp_path / name, template="chat", base_model="demo")
    monkeypatch.chdir(tmp_path / "folder")
    assert find_home(None).root.name == "folder"
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "variable"))
    assert find_home(None).root.name == "variable"
    assert find_home(tmp_path / "option").root.name == "option"


def test_cache_folder_follows_the_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "finetune-workbench"
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
