"""The real vLLM, in its own environment, against the same expectations as the stand-in."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from serving.server import CHAT_SERVER
from training import find_run
from workbench.errors import PromptTooLongError, ServingError
from workbench.evaluation.chat_model import Sampling
from workbench.parity_rows import read_parity_rows
from workbench.processes import read_server
from workbench.workflows.check_parity import check_parity
from workbench.workflows.merge_model import merge_model
from workbench.workflows.serve_models import open_client, serve_start, serve_status, serve_stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
QUESTION = [{"role": "user", "content": "Who is the plaintiff?"}]


@pytest.fixture(scope="module")
def served(shared_home):
    """Start with the base alone; SFT and DPO come at run time."""
    serve_start(shared_home, arms=("base",), backend="vllm")
    before = read_server(shared_home.servers, CHAT_SERVER)
    serve_start(shared_home, arms=("base", "sft"), backend="vllm")
    serve_start(shared_home, arms=("base", "sft", "dpo"))
    assert read_server(shared_home.servers, CHAT_SERVER) == before
    yield shared_home
    serve_stop(shared_home)


@pytest.fixture
def client(served):
    with open_client(served) as opened:
        yield opened


@pytest.fixture
def base(served):
    """Return the name under which the base is served."""
    return serve_status(served).models["base"]


def test_vllm_answers_for_three_arms(served):
    status = serve_status(served)
    assert status.backend == "vllm"
    assert "vLLM runs here" in status.reason
    assert list(status.models) == ["base", "sft", "dpo"]


def test_each_arm_scores_as_its_own_weights_do(served, client):
    models = serve_status(served).models
    for kind in ("sft", "dpo"):
        for row in read_parity_rows(find_run(served.runs, f"latest:{kind}").folder):
            assert client.token_ids(models[kind], row.messages, row.completion) == (
                list(row.prompt_ids),
                list(row.completion_ids),
            )
            scores = client.score(models[kind], row.messages, row.completion)
            assert scores == pytest.approx(row.log_probs, abs=0.15)
            base = client.score(models["base"], row.messages, row.completion)
            assert base == pytest.approx(row.base_log_probs, abs=0.15)


def test_a_stream_is_the_whole_answer_in_pieces(client, base):
    sampling = Sampling(max_tokens=24)
    pieces = list(client.stream(base, QUESTION, sampling))
    [whole] = client.complete(base, QUESTION, sampling)
    assert "".join(piece.text for piece in pieces) == whole.text
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == [whole.finish_reason]


def test_a_hundred_seeded_requests_at_once_are_answered(served, client):
    """vLLM 0.32 dies of these on the CPU if it reads a seeded prompt in two pieces."""
    names = list(serve_status(served).models.values())
    long = [{"role": "user", "content": "The plaintiff John Miller disputes. " * 4}]

    def ask(index: int) -> int:
        sampling = Sampling(temperature=1.0, max_tokens=8, seed=index, n=2)
        return len(client.complete(names[index % 3], long, sampling))

    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(ask, range(100))) == [2] * 100
    assert client.is_ready()


def test_seeds_repeat_and_errors_are_worded_alike(client, base):
    sampling = Sampling(temperature=1.0, max_tokens=16, seed=5, n=2)
    assert client.complete(base, QUESTION, sampling) == client.complete(base, QUESTION, sampling)
    with pytest.raises(ServingError, match="does not serve what was asked"):
        client.complete("nobody", QUESTION, Sampling(max_tokens=2))
    too_long = [{"role": "user", "content": "Miller " * 300}]
    for ask in (client.complete, lambda *given: list(client.stream(*given))):
        with pytest.raises(
            PromptTooLongError, match=r"longer than the server's limit of 256"
        ) as it:
            ask(base, too_long, Sampling())
        assert it.value.tokens > 256
        assert "Miller" not in str(it.value)
    with pytest.raises(PromptTooLongError, match="limit of 256"):
        client.score(base, QUESTION, "Miller " * 300)
    assert client.context_tokens() == 256


def test_what_people_write_reaches_no_log(served, client, base):
    client.complete(base, [{"role": "user", "content": "Zebulon"}], Sampling(max_tokens=2))
    with pytest.raises(ServingError):
        client.complete(base, [{"role": "user", "content": "Zebulon " * 400}], Sampling())
    key = (served.servers / "model-server.key").read_text()
    log = (served.servers / "model-server.log").read_text()
    assert "Zebulon" not in log
    assert key not in log


def test_an_idle_server_uses_no_processor(served):
    record = read_server(served.servers, CHAT_SERVER)
    members = [
        p
        for p in psutil.process_iter()
        if p.pid == record.supervisor or _session(p.pid) == record.session
    ]
    for member in members:
        member.cpu_percent()
    psutil.wait_procs(members, timeout=5)
    assert sum(member.cpu_percent() for member in members) < 10  # percent of one core


def test_the_merged_model_served_by_vllm_is_the_trained_one(served):
    merge_model(served, name="intake")
    parity = check_parity(served, name="intake", backend="vllm")
    assert parity.backend == "vllm"
    assert parity.equal_token_ids == parity.prompts == 3
    assert parity.decided_agreement == 1.0
    assert serve_status(served).running  # the chat server went on


def test_killing_the_server_leaves_no_engine_behind(served):
    record = read_server(served.servers, CHAT_SERVER)
    members = [p for p in psutil.process_iter() if _session(p.pid) == record.session]
    assert len(members) >= 2
    os.kill(record.session, signal.SIGKILL)
    _, alive = psutil.wait_procs(members, timeout=40)
    assert alive == []
    assert not serve_status(served).running


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1
