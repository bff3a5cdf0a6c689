"""Talk to a model server over its OpenAI-compatible surface.

Requests are never repeated once they were sent: a model server under load is not helped by a
second copy, and a stream that broke after its first token cannot be continued. Every failure of
the network or the server leaves this module as a `ServingError`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from workbench.errors import PromptTooLongError, ServingError
from workbench.evaluation.chat_model import Completion, Sampling, StreamedText
from workbench.records import Message

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 300.0  # a whole answer, waiting behind others included
_TOKEN_SECONDS = 60.0  # between two pieces of a stream
_MAX_CONNECTIONS = 256
_SHORTEN = (
    "Shorten the text or ask for a shorter answer; serving.max_model_tokens in workbench.toml can "
    "be raised as far as the model's own context goes."
)
_TOO_LONG = ("context length", "maximum model length")  # the words of both servers
_RESTART = "See the log with `workbench serve status`; `workbench serve start` starts it again."


class ChatClient:
    """A `workbench.evaluation.ChatModel` served at `url`; safe to share between threads.

    Args:
        url: Address of the server, without a path.
        api_key: Secret of the server's present start; empty for none.
        stop_token_ids: Tokens that end an answer. `score` leaves out what a chat template puts
            after them (a line break, often), because the model never writes it.
    """

    def __init__(self, url: str, api_key: str = "", *, stop_token_ids: Sequence[int] = ()) -> None:
        self._stop_token_ids = frozenset(stop_token_ids)
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=_MAX_CONNECTIONS),
            trust_env=False,  # a proxy of the machine must not see loopback traffic
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def models(self) -> list[str]:
        """Return the names that the server answers to."""
        with _server_errors():
            content = _json_of(self._http.get("/v1/models"))
        return [str(entry["id"]) for entry in content["data"]]

    def context_tokens(self) -> int:
        """Return how many tokens a prompt and its answer may have together."""
        with _server_errors():
            cards = _json_of(self._http.get("/v1/models"))["data"]
            return int(next(card["max_model_len"] for card in cards if card.get("max_model_len")))

    def is_ready(self) -> bool:
        """Tell whether the server is healthy right now."""
        try:
            return self._http.get("/health", timeout=_CONNECT_SECONDS).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def complete(
        self, model: str, messages: Sequence[Message], sampling: Sampling
    ) -> list[Completion]:
        """Return `sampling.n` answers; with a seed, the same ones each time.

        Raises:
            PromptTooLongError: The prompt and an answer of the longest length do not fit.
            ServingError: The server does not answer, refuses, or gives fewer answers.
        """
        body = {
            **_request(model, messages, sampling),
            "n": sampling.n,
            "return_token_ids": True,  # the usage block counts all n answers together
        }
        with _server_errors():
            reply = self._http.post("/v1/chat/completions", json=body)
            if _is_too_long(reply):
                raise self._too_long(model, messages, sampling)
            content = _json_of(reply)
            answers = [
                Completion(
                    text=choice["message"]["content"] or "",
                    finish_reason=choice["finish_reason"],
                    prompt_tokens=content["usage"]["prompt_tokens"],
                    completion_tokens=len(choice["token_ids"]),
                )
                for choice in content["choices"]
            ]
        if len(answers) != sampling.n:
            raise ServingError(
                f"{model} gave {len(answers)} answers, {sampling.n} were asked for.", _RESTART
            )
        return answers

    def stream(
        self, model: str, messages: Sequence[Message], sampling: Sampling
    ) -> Iterator[StreamedText]:
        """Yield one answer's text as it is written; closing the iterator stops the writing.

        Raises:
            PromptTooLongError: The prompt and an answer of the longest length do not fit.
            ServingError: The answer broke off: no reason for its end came.
        """
        body = {**_request(model, messages, sampling), "stream": True}
        finished = False
        timeout = httpx.Timeout(_TOKEN_SECONDS, connect=_CONNECT_SECONDS)
        with (
            _server_errors(),
            self._http.stream("POST", "/v1/chat/completions", json=body, timeout=timeout) as reply,
        ):
            if reply.is_error:
                reply.read()
                too_long = _is_too_long(reply)
                raise self._too_long(model, messages, sampling) if too_long else _refusal(reply)
            for event in _events(reply):
                for choice in event["choices"]:
                    text = choice["delta"].get("content") or ""
                    reason = choice.get("finish_reason") or ""
                    if text or reason:
                        yield StreamedText(text, reason)
                    finished = finished or bool(reason)
        if not finished:
            raise ServingError("The answer broke off before its end.", "Ask again.")

    def score(self, model: str, messages: Sequence[Message], completion: str) -> list[float]:
        """Return the natural-log probability of each token of an answer, end of turn included.

        Raises:
            PromptTooLongError: The prompt and the answer do not fit.
            ServingError: The server does not answer.
        """
        prompt_ids, completion_ids = self.token_ids(model, messages, completion)
        return self.score_ids(model, prompt_ids, completion_ids)

    def token_ids(
        self, model: str, messages: Sequence[Message], completion: str
    ) -> tuple[list[int], list[int]]:
        """Return the server's token ids of a prompt and of the answer with its end of turn."""
        answer: Message = {"role": "assistant", "content": completion}
        alone = self._tokenize(model, messages, add_generation_prompt=True)
        whole = self._tokenize(model, [*messages, answer], add_generation_prompt=False)
        shared = _shared_prefix(alone, whole)
        return whole[:shared], self._until_end_of_turn(whole[shared:])

    def score_ids(
        self, model: str, prompt_ids: Sequence[int], completion_ids: Sequence[int]
    ) -> list[float]:
        """Return the natural-log probability of each completion token after the prompt."""
        return [value for value, _ in self.judge_ids(model, prompt_ids, completion_ids)]

    def judge_ids(
        self, model: str, prompt_ids: Sequence[int], completion_ids: Sequence[int]
    ) -> list[tuple[float, int]]:
        """Return each completion token's log-probability and the token the model likes best."""
        ids = [*prompt_ids, *completion_ids]
        body = {
            "model": model,
            "prompt": ids,
            "max_tokens": 1,  # servers refuse 0; this token is thrown away
            "temperature": 0.0,
            "prompt_logprobs": 1,
        }
        with _server_errors():
            reply = self._http.post("/v1/completions", json=body)
            if _is_too_long(reply):
                raise PromptTooLongError(
                    f"The prompt and its answer, {len(ids)} tokens, are longer than the server's "
                    f"limit of {self.context_tokens()}.",
                    _SHORTEN,
                    tokens=len(ids),
                )
            content = _json_of(reply)
            places = content["choices"][0]["prompt_logprobs"]
            return [
                _judged(places[index], ids[index]) for index in range(len(prompt_ids), len(ids))
            ]

    def load_adapter(self, name: str, path: str) -> None:
        """Make the server answer to one more adapter, at run time."""
        with _server_errors():
            _checked(
                self._http.post(
                    "/v1/load_lora_adapter", json={"lora_name": name, "lora_path": path}
                )
            )

    def unload_adapter(self, name: str) -> None:
        """Make the server forget an adapter."""
        with _server_errors():
            _checked(self._http.post("/v1/unload_lora_adapter", json={"lora_name": name}))

    def _too_long(
        self, model: str, messages: Sequence[Message], sampling: Sampling
    ) -> PromptTooLongError:
        tokens = len(self._tokenize(model, messages, add_generation_prompt=True))
        return PromptTooLongError(
            f"The prompt of {tokens} tokens and an answer of up to {sampling.max_tokens} are "
            f"longer than the server's limit of {self.context_tokens()}.",
            _SHORTEN,
            tokens=tokens,
        )

    def _tokenize(
        self, model: str, messages: Sequence[Message], *, add_generation_prompt: bool
    ) -> list[int]:
        body = {
            "model": model,
            "messages": list(messages),
            "add_generation_prompt": add_generation_prompt,
            "add_special_tokens": False,  # the template already writes them
        }
        with _server_errors():
            tokens: list[int] = _json_of(self._http.post("/tokenize", json=body))["tokens"]
        return tokens

    def _until_end_of_turn(self, ids: list[int]) -> list[int]:
        ends = [index for index, token in enumerate(ids) if token in self._stop_token_ids]
        return ids[: ends[-1] + 1] if ends else ids


def _request(model: str, messages: Sequence[Message], sampling: Sampling) -> dict[str, Any]:
    return {
        "model": model,
        "messages": list(messages),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }


def _shared_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))


def _judged(place: Mapping[str, Mapping[str, Any]], token: int) -> tuple[float, int]:
    best = max(place, key=lambda key: float(place[key]["logprob"]))
    # On a tie for the first place, a token that ties counts as the best one.
    if place[str(token)]["logprob"] == place[best]["logprob"]:
        best = str(token)
    return float(place[str(token)]["logprob"]), int(best)


def _events(reply: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in reply.iter_lines():
        if not line.startswith("data:"):
            continue
        payload = line.removeprefix("data:").strip()
        if payload == "[DONE]":
            return
        event = json.loads(payload)
        if "error" in event:
            raise ServingError("The server stopped in the middle of an answer.", _RESTART)
        yield event


def _json_of(reply: httpx.Response) -> dict[str, Any]:
    content: dict[str, Any] = _checked(reply).json()
    return content


def _checked(reply: httpx.Response) -> httpx.Response:
    if reply.is_error:
        raise _refusal(reply)
    return reply


def _is_too_long(reply: httpx.Response) -> bool:
    return reply.status_code == httpx.codes.BAD_REQUEST and any(
        words in reply.text for words in _TOO_LONG
    )


def _refusal(reply: httpx.Response) -> ServingError:
    """Word a refusal without the server's own text, which may repeat what the user wrote."""
    if reply.status_code == httpx.codes.UNAUTHORIZED:
        return ServingError(
            "The model server refused our key: it was started anew.",
            "Ask once more.",
        )
    if reply.status_code == httpx.codes.NOT_FOUND:
        return ServingError(
            f"The model server does not serve what was asked ({reply.request.url.path}).",
            "See `workbench serve status` for the models that it serves.",
        )
    return ServingError(f"The model server refused the request ({reply.status_code}).", _RESTART)


@contextmanager
def _server_errors() -> Iterator[None]:
    """Convert what httpx and a malformed answer raise."""
    try:
        yield
    except httpx.ConnectError as exc:
        raise ServingError("The model server does not answer: nothing listens.", _RESTART) from exc
    except httpx.TimeoutException as exc:
        raise ServingError("The model server did not answer in time.", _RESTART) from exc
    except httpx.HTTPError as exc:
        raise ServingError(
            f"The connection to the model server broke ({type(exc).__name__}).", _RESTART
        ) from exc
    except (ValueError, KeyError, IndexError, TypeError) as exc:
        raise ServingError(
            f"The model server gave an answer that makes no sense ({type(exc).__name__}).", _RESTART
        ) from exc
