"""The client and the workflows against the real stand-in server."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from serving import server
from serving.client import ChatClient
from serving.server import CHAT_SERVER
from tests.serving.conftest import make_home
from training import find_run
from workbench.errors import (
    NotFoundError,
    ParityError,
    PortInUseError,
    PromptTooLongError,
    ServingError,
)
from workbench.evaluation.chat_model import Sampling
from workbench.parity_rows import read_parity_rows
from workbench.processes import LOOPBACK, free_port, read_server
from workbench.workflows.check_parity import check_parity
from workbench.workflows.merge_model import merge_model
from workbench.workflows.serve_models import (
    arms_plan,
    open_client,
    serve_start,
    serve_status,
    serve_stop,
)

QUESTION = [{"role": "user", "content": "Who is the plaintiff?"}]
ALL = ("base", "sft", "dpo")


def session_of(home) -> list[psutil.Process]:
    record = read_server(home.servers, CHAT_SERVER)
    assert record is not None
    return [
        psutil.Process(pid)
        for pid in psutil.pids()
        if pid == record.supervisor or _session(pid) == record.session
    ]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


@pytest.fixture(scope="module")
def served(shared_home):
    serve_start(shared_home, arms=ALL, backend="transformers")
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


def test_three_arms_answer_side_by_side_and_the_status_says_with_what(served):
    status = serve_status(served)
    assert status.running
    assert status.backend == "transformers"
    assert status.reason == "It was asked for."
    sha = {kind: find_run(served.runs, f"latest:{kind}").adapter_sha256[:8] for kind in ALL[1:]}
    base = status.models["base"]
    assert re.fullmatch("base-[0-9a-f]{8}", base)
    assert status.models == {"base": base, "sft": f"sft-{sha['sft']}", "dpo": f"dpo-{sha['dpo']}"}


def test_the_served_name_of_a_base_changes_with_its_content(home, base_model, tmp_path):
    copy = shutil.copytree(base_model, tmp_path / "copy")
    settings = home.settings_file.read_text().replace(str(base_model), str(copy))
    home.settings_file.write_text(settings)
    names = [arms_plan(home, ("base",)).model_name]
    for name in ("model.safetensors", "chat_template.jinja"):
        file = copy / name
        file.write_bytes(file.read_bytes() + b" ")
        names.append(arms_plan(home, ("base",)).model_name)
    assert len(set(names)) == 3
    shutil.rmtree(copy)
    shutil.copytree(base_model, copy)
    assert arms_plan(home, ("base",)).model_name == names[0]


def test_an_adapter_is_not_served_on_a_base_that_it_was_not_trained_on(tmp_path, base_model):
    base = shutil.copytree(base_model, tmp_path / "base")
    home = make_home(tmp_path / "home", base)
    before = arms_plan(home, ALL)
    weights = (base / "model.safetensors").read_bytes()
    (base / "model.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    run_id = find_run(home.runs, "latest:sft").run_id
    for start in (lambda: arms_plan(home, ("sft",)), lambda: merge_model(home, run="latest:sft")):
        with pytest.raises(ServingError, match=f"is no longer what run {run_id} was trained on"):
            start()
    assert arms_plan(home, ("base",)).model_name != before.model_name  # without an adapter it may
    (base / "model.safetensors").write_bytes(weights)
    assert arms_plan(home, ALL) == before
    shutil.rmtree(base)
    with pytest.raises(ServingError, match="is gone"):
        arms_plan(home, ALL)


def test_each_arm_scores_as_its_own_weights_do(served, client):
    """The trained log-probabilities in the runs come from plain transformers, merged by hand."""
    models = serve_status(served).models
    for kind in ("sft", "dpo"):
        for row in read_parity_rows(find_run(served.runs, f"latest:{kind}").folder):
            scores = client.score(models[kind], row.messages, row.completion)
            assert scores == pytest.approx(row.log_probs, abs=0.15)
            assert client.token_ids(models[kind], row.messages, row.completion) == (
                list(row.prompt_ids),
                list(row.completion_ids),
            )
            base = client.score(models["base"], row.messages, row.completion)
            assert base == pytest.approx(row.base_log_probs, abs=0.15)
            assert base != pytest.approx(row.log_probs, abs=0.15)


def test_answers_are_repeatable_with_a_seed_and_differ_between_samples(client, base):
    sampling = Sampling(temperature=1.0, max_tokens=16, seed=5, n=3)
    first = client.complete(base, QUESTION, sampling)
    assert first == client.complete(base, QUESTION, sampling)
    assert len({answer.text for answer in first}) > 1
    assert all(answer.completion_tokens <= 16 for answer in first)
    assert {answer.finish_reason for answer in first} <= {"stop", "length"}


def test_a_stream_is_the_whole_answer_in_pieces(client, base):
    sampling = Sampling(max_tokens=24)
    pieces = list(client.stream(base, QUESTION, sampling))
    [whole] = client.complete(base, QUESTION, sampling)
    assert "".join(piece.text for piece in pieces) == whole.text
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == [whole.finish_reason]
    assert len(pieces) > 1


def test_mixed_arms_in_one_batch_answer_as_they_do_alone(served, client):
    names = list(serve_status(served).models.values())
    sampling = Sampling(max_tokens=12)
    alone = {name: client.complete(name, QUESTION, sampling)[0].text for name in names}
    jobs = [name for _ in range(8) for name in names]
    with ThreadPoolExecutor(24) as pool:
        together = list(pool.map(lambda n: client.complete(n, QUESTION, sampling)[0].text, jobs))
    # bf16 sums over a padded batch may flip a near tie of a random model, not most answers
    same = sum(text == alone[name] for name, text in zip(jobs, together, strict=True))
    assert same / len(jobs) >= 0.9
    assert len(set(alone.values())) == 3


def test_unknown_models_long_prompts_and_wrong_keys_are_named(served, client, base):
    with pytest.raises(ServingError, match="does not serve what was asked"):
        client.complete("nobody", QUESTION, Sampling(max_tokens=2))
    secret = "Miller " * 300
    too_long = [{"role": "user", "content": secret}]
    tokens = len(client.token_ids(base, too_long, "")[0])
    wanted = f"prompt of {tokens} tokens and an answer of up to 9 are longer.* limit of 256"
    for ask in (client.complete, lambda *given: list(client.stream(*given))):
        with pytest.raises(PromptTooLongError, match=wanted) as caught:
            ask(base, too_long, Sampling(max_tokens=9))
        assert caught.value.tokens == tokens
        assert "Miller" not in str(caught.value)
    with pytest.raises(PromptTooLongError, match="limit of 256"):
        client.score(base, QUESTION, secret)
    assert client.context_tokens() == 256
    with (
        ChatClient(serve_status(served).url, "wrong") as stranger,
        pytest.raises(ServingError, match="refused our key"),
    ):
        stranger.models()


def test_what_people_write_reaches_no_log(served, client, base):
    client.complete(base, [{"role": "user", "content": "Zebulon"}], Sampling(max_tokens=2))
    with pytest.raises(ServingError):
        client.complete("nobody", [{"role": "user", "content": "Zebulon"}], Sampling())
    texts = [p.read_text() for p in served.servers.rglob("*") if p.is_file()]
    key = (served.servers / "model-server.key").read_text()
    assert not any("Zebulon" in text for text in texts)
    assert sum(key in text for text in texts) == 1  # the key file alone
    assert (served.servers / "model-server.key").stat().st_mode & 0o777 == 0o600
    commands = [" ".join(process.cmdline()) for process in session_of(served)]
    assert not any(key in command for command in commands)


def test_a_second_start_finds_the_first(served):
    record = read_server(served.servers, CHAT_SERVER)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: serve_start(served, arms=ALL, backend="auto"), range(2)))
    assert results[0] == results[1]
    assert read_server(served.servers, CHAT_SERVER) == record


def test_closing_a_stream_stops_the_writing(client, base):
    long = Sampling(max_tokens=200)  # the greedy answer of this model never ends
    started = time.monotonic()
    [whole] = client.complete(base, QUESTION, long)
    uninterrupted = time.monotonic() - started
    assert whole.finish_reason == "length"
    stream = client.stream(base, QUESTION, long)
    next(stream)
    stream.close()
    started = time.monotonic()
    client.complete(base, QUESTION, Sampling(max_tokens=1))
    assert time.monotonic() - started < uninterrupted / 2


@pytest.mark.slow
def test_adapters_are_added_at_run_time_without_a_restart(home, no_server_left):
    try:
        first = serve_start(home, arms=("base",), backend="transformers")
        record = read_server(home.servers, CHAT_SERVER)
        assert list(first.models) == ["base"]
        second = serve_start(home, arms=("sft", "dpo"), backend="transformers")
        assert list(second.models) == ["base", "sft", "dpo"]
        assert read_server(home.servers, CHAT_SERVER) == record
        with open_client(home) as client:
            assert client.complete(second.models["dpo"], QUESTION, Sampling(max_tokens=2))
    finally:
        serve_stop(home)
    assert not serve_status(home).running
    with pytest.raises(ServingError, match="does not run"):
        open_client(home)


@pytest.mark.slow
def test_killing_everything_in_turn_leaves_no_process(home, no_server_left):
    """kill -9 of the server, then of the supervisor: the next stop finds what is left."""
    serve_start(home, arms=("base",), backend="transformers")
    members = session_of(home)
    record = read_server(home.servers, CHAT_SERVER)
    os.kill(record.session, signal.SIGKILL)
    _, alive = psutil.wait_procs(members, timeout=15)
    assert alive == []
    assert not serve_status(home).running

    serve_start(home, arms=("base",), backend="transformers")
    members = session_of(home)
    record = read_server(home.servers, CHAT_SERVER)
    os.kill(record.supervisor, signal.SIGKILL)
    serve_stop(home)
    _, alive = psutil.wait_procs(members, timeout=15)
    assert alive == []


@pytest.mark.slow
def test_an_interrupted_start_leaves_no_process(home, no_server_left, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "_answers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        serve_start(home, arms=("base",), backend="transformers")
    assert read_server(home.servers, CHAT_SERVER) is None


def test_a_port_in_use_is_named(home, no_server_left):
    import socket

    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = home.settings_file.read_text().replace("[serving]", f"[serving]\nport = {port}")
        home.settings_file.write_text(settings)
        with pytest.raises(PortInUseError, match=str(port)):
            serve_start(home, arms=("base",), backend="transformers")


def test_arms_that_do_not_exist_are_named(home):
    with pytest.raises(ServingError, match="'best' is not an arm"):
        serve_start(home, arms=("best",))
    with pytest.raises(NotFoundError):
        serve_start(home, arms=("run:nothing",))


@pytest.mark.slow
def test_the_merged_model_is_served_alone_and_proven(home, no_server_left):
    merged = merge_model(home, name="intake")
    parity = check_parity(home, backend="transformers")
    assert parity.equal_token_ids == 3
    assert parity.decided_agreement == 1.0
    assert parity.merged_difference < 0.01
    assert parity.trained_difference < 0.05 < parity.trained_effect
    recorded = json.loads((merged.folder / "served_parity.json").read_text())
    assert recorded["tokens"] == parity.tokens
    assert check_parity(home, name="intake", backend="transformers").tokens == parity.tokens


@pytest.mark.slow
def test_a_changed_chat_template_fails_the_served_check(home, no_server_left):
    merged = merge_model(home, name="intake")
    template = merged.folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("'<|end|>\n'", "'<|end|>'"))
    with pytest.raises(ParityError, match="into other tokens than training did"):
        check_parity(home, backend="transformers")


def test_a_stream_that_breaks_off_is_an_error():
    """A server that dies in the middle: a real socket, closed after half an answer."""
    import http.server

    class Dying(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            event = {"choices": [{"delta": {"content": "half"}, "finish_reason": None}]}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer((LOOPBACK, 0), Dying) as dying:
        threading.Thread(target=dying.handle_request, daemon=True).start()
        with ChatClient(f"http://{LOOPBACK}:{dying.server_port}") as client:
            stream = client.stream("base", QUESTION, Sampling())
            assert next(stream).text == "half"
            with pytest.raises(ServingError, match="broke off"):
                next(stream)


def test_a_server_that_is_not_there_is_a_serving_error():
    with ChatClient(f"http://{LOOPBACK}:{free_port()}") as client:
        assert not client.is_ready()
        with pytest.raises(ServingError, match="nothing listens"):
            client.models()


def test_the_client_is_light():
    import subprocess
    import sys

    code = (
        "import sys, serving, workbench.workflows.serve_models, workbench.workflows.merge_model;"
        "sys.exit(any(m in sys.modules for m in ('torch','transformers','peft','fastapi')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_health_is_open_and_everything_else_asks_for_the_key(served):
    url = serve_status(served).url
    assert httpx.get(f"{url}/health").status_code == 200
    for path in ("/v1/models", "/openapi.json", "/docs"):
        assert httpx.get(f"{url}{path}").status_code == 401
