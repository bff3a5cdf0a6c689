from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import ConfigError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.task import load_task
from workbench.workflows.demo import run_demo
from workbench.workflows.init_home import init_home, templates
from workbench.workflows.stop import stop_all


@pytest.mark.parametrize("template", templates())
def test_a_new_home_holds_files_that_load(home_folder: Path, template: str) -> None:
    result = init_home(home_folder, template=template, base_model="demo")
    assert result.kept == ()
    assert (home_folder / ".gitignore").read_text() == "*\n"
    assert load_settings(home_folder / "workbench.toml").project == "home"
    assert load_task(home_folder / "task.yaml").rubric


def test_what_a_user_wrote_is_never_changed(home_folder: Path) -> None:
    home_folder.mkdir()
    (home_folder / "task.yaml").write_text("mine")
    result = init_home(home_folder, template="chat", base_model="demo")
    assert result.kept == ("task.yaml",)
    assert (home_folder / "task.yaml").read_text() == "mine"
    again = init_home(home_folder, template="demo", base_model="demo")
    assert again.written == ()


def test_odd_project_names_stay_valid_settings(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" \\ name'
    init_home(folder, template="chat", base_model="demo")
    assert load_settings(folder / "workbench.toml").project == folder.name


def test_wrong_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no template"):
        init_home(tmp_path / "h", template="poem", base_model="demo")
    with pytest.raises(ConfigError, match=r"no config\.json"):
        init_home(tmp_path / "h", template="chat", base_model=str(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file"):
        init_home(tmp_path / "file", template="chat", base_model="demo")
    assert not (tmp_path / "h").exists()


def test_the_demo_leaves_a_real_project_alone(home_folder: Path) -> None:
    init_home(home_folder, template="summarise", base_model="demo")
    with pytest.raises(ConfigError, match="is the home of a project"):
        run_demo(home_folder, headless=True)
    assert not (home_folder / "input").exists()
    assert not (home_folder / "demo.json").exists()


def test_stop_says_what_ran(home_folder: Path) -> None:
    init_home(home_folder, template="summarise", base_model="demo")
    assert stop_all(Home(home_folder)).servers == ()
