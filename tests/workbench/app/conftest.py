import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.workbench.app.browser import SIZES, open_chromium, open_page
from tests.workbench.app.browser import log_in as log_in_by_hand
from workbench.app.context import AppContext
from workbench.app.server import create_app
from workbench.home import Home
from workbench.judgments import open_judgments
from workbench.settings import load_settings
from workbench.workflows.init_home import init_home
from workbench.workflows.people import create_account
from workbench.workflows.studies import create_study

URL = "http://127.0.0.1"


@dataclass(frozen=True)
class RunningApp:
    home: Home
    context: AppContext
    browser: Callable[..., TestClient]
    passwords: dict[str, str]


def write_answers(home: Home, arm: str, *, prompts: int, split: str = "feedback") -> None:
    folder = home.answers / f"{split}-{arm}"
    folder.mkdir(parents=True)
    about = {"arm": arm, "model": f"{arm}-1", "version": "", "split": split, "sampling": {}}
    about["created_at"] = "2026-11-23T12:00:00"
    (folder / "set.json").write_text(json.dumps(about))
    words = random.Random(arm)  # noqa: S311 - test data
    rows = [
        {
            "example_id": f"{index:016x}",
            "split": split,
            "sample": 0,
            "prompt": [{"role": "user", "content": f"Note {index} <b>bold</b>"}],
            "text": f"Plaintiff: {words.randrange(10**9)}\n<script>alert(1)</script>",
            "finish_reason": "stop",
            "tokens": 9,
        }
        for index in range(prompts)
    ]
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="session")
def write_study_answers():
    return write_answers


@pytest.fixture
def home(tmp_path: Path) -> Home:
    init_home(tmp_path / "home", template="demo", base_model="demo")
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    root = tmp_path_factory.mktemp("app") / "home"
    init_home(root, template="demo", base_model="demo")
    home = Home(root)
    for arm in ("sft", "dpo"):
        write_answers(home, arm, prompts=8)
    create_study(home, arms=("sft", "dpo"))
    made = [
        create_account(home, "anna", role="lead"),
        create_account(home, "rita"),
        create_account(home, "otto"),
    ]
    passwords = {account.name: account.password for account in made}
    context = AppContext(
        home, load_settings(home.settings_file), open_judgments(home.judgments_file)
    )
    built = asyncio.run(_built(context))

    def browser(name: str = "") -> TestClient:
        client = TestClient(built, base_url=URL, headers={"Origin": URL}, follow_redirects=False)
        if name:
            assert log_in(client, name, passwords[name]).status_code == 303
        return client

    yield RunningApp(home, context, browser, passwords)
    context.judgments.close()


@pytest.fixture(scope="module")
def chromium():
    with open_chromium() as browser:
        yield browser


@pytest.fixture(params=SIZES)
def page(request, chromium, home, url):
    """Return a page of a lead who is logged in, once for each size of screen."""
    with open_page(chromium, url, request.param) as page:
        log_in_by_hand(page, home, url, name=f"lead-{request.param}")
        yield page


async def _built(context: AppContext):
    """Outside a running loop Gradio makes one for each of its locks and never closes them."""
    return create_app(context)


def log_in(client: TestClient, name: str, password: str):
    client.get("/login")
    token = client.cookies.get("workbench_form")
    return client.post("/login", data={"name": name, "password": password, "form_token": token})
