"""A curated home, and a model that answers from the reference, better or worse by its name."""

import hashlib
import shutil
import threading
from types import SimpleNamespace

import pytest

from workbench.demo import write_consultations
from workbench.errors import PromptTooLongError, ServingError
from workbench.evaluation.chat_model import Completion, StreamedText
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows import evaluate as evaluate_module
from workbench.workflows import generate as generate_module
from workbench.workflows.curate import curate
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home

NAMES = {"base": "tiny", "sft": "sft-1111aaaa", "dpo": "dpo-2222bbbb"}


class ScriptedModel:
    """A ChatModel; `fail_after` prompts it breaks, as a server that dies does.

    With `meet` set its first answer waits there twice: once it was asked, and before it answers.
    """

    def __init__(self, examples, fail_after=None):
        self.references = {e.prompt[-1]["content"]: e.completion for e in examples}
        self.fail_after = fail_after
        self.asked = []
        self.meet = None
        self.forgets_samples = False
        self.finish_reason = "stop"
        self.context = 1_000_000
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def context_tokens(self):
        return self.context

    def _check_length(self, content, more):
        """Take a word for a token."""
        if (tokens := len(content.split())) + more > self.context:
            raise PromptTooLongError("Too long.", tokens=tokens)

    def complete(self, model, messages, sampling):
        content = messages[-1]["content"]
        self._check_length(content, sampling.max_tokens)
        with self._lock:
            if self.fail_after is not None and len(self.asked) >= self.fail_after:
                raise ServingError("The model server does not answer: nothing listens.")
            self.asked.append(content)
            meet, self.meet = self.meet, None
        if meet is not None:
            meet.wait(timeout=30)
            meet.wait(timeout=30)
        return [
            Completion(answer(model, self.references[content], sample), self.finish_reason, 10, 5)
            for sample in range(1 if self.forgets_samples else sampling.n)
        ]

    def stream(self, model, messages, sampling):
        whole = self.complete(model, messages, sampling)[0]
        yield StreamedText(whole.text)
        yield StreamedText("", whole.finish_reason)

    def score(self, model, messages, completion):
        self._check_length(messages[-1]["content"], len(completion.split()))
        worth = {"tiny": -3.0, "sft-1111aaaa": -0.2, "dpo-2222bbbb": -0.25}[model]
        return [worth] * len(completion.split())


def answer(model, reference, sample=0):
    """Return a bad answer of the base, one with frequent slips of SFT, one with few of DPO."""
    chance = hashlib.sha256(f"{model}{reference}{sample}".encode()).digest()
    lines = reference.splitlines()
    if model == "tiny":
        return "The client came in and told us of a dispute, and we listened to it."
    if model.startswith("sft") and chance[0] < 100:
        lines = [lines[-1], *lines[:-1]]
    if chance[1] < 90:
        label = lines[0].partition(":")[0]
        lines[0] = f"{label}: Nobody"
    return "\n".join(lines)


@pytest.fixture(scope="session")
def curated_home(tmp_path_factory):
    root = tmp_path_factory.mktemp("curated") / "home"
    init_home(root, template="demo", base_model="demo")
    home = Home(root)
    notes = write_consultations(root / "input", count=150)
    import_files(home, [notes], mapping="input=note,output=summary,group=writer")
    curate(home)
    return home


@pytest.fixture
def home(curated_home, tmp_path):
    shutil.copytree(curated_home.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def serve(monkeypatch):
    """Return a function that makes a scripted model the home's model server."""

    def start(home, *, fail_after=None, names=NAMES):
        examples = read_examples(resolve_version(home, "latest:examples"))
        model = ScriptedModel(examples, fail_after)
        status = SimpleNamespace(running=True, models=dict(names))
        for module in (generate_module, evaluate_module):
            monkeypatch.setattr(module, "open_client", lambda _: model)
        monkeypatch.setattr(generate_module, "serve_status", lambda _: status)
        return model

    return start
