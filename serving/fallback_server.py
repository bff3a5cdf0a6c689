"""A small model server for machines where vLLM cannot run, with the same OpenAI surface.

Usage: `python -m serving.fallback_server --model FOLDER --name NAME --port PORT --files FOLDER
[--adapter NAME=FOLDER …]`; the key comes from $WORKBENCH_SERVING_KEY.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import anyio.to_thread
import uvicorn
from fastapi import FastAPI, HTTPException, Response
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from serving.fallback_engine import Engine, Piece, Request
from workbench.processes import LOOPBACK

KEY_VARIABLE = "WORKBENCH_SERVING_KEY"
_MAX_ANSWERS = 16
_Encoded: TypeAlias = Any  # a tokenizer's answer, a mapping whose type depends on its arguments


class ChatTurn(BaseModel):
    """One message of a conversation."""

    role: str
    content: str


class _Sampling(BaseModel):
    """What every request for text may say; other OpenAI fields are accepted and ignored."""

    model: str
    max_tokens: Annotated[int, Field(ge=1)] = 256
    temperature: Annotated[float, Field(ge=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int | None = None
    n: Annotated[int, Field(ge=1, le=_MAX_ANSWERS)] = 1
    stream: bool = False
    ignore_eos: bool = False


class ChatBody(_Sampling):
    """Body of /v1/chat/completions."""

    messages: Annotated[list[ChatTurn], Field(min_length=1)]


class CompletionBody(_Sampling):
    """Body of /v1/completions; `prompt` is text or token ids."""

    prompt: str | list[int]
    prompt_logprobs: int | None = None


class TokenizeBody(BaseModel):
    """Body of /tokenize."""

    model: str = ""
    messages: list[ChatTurn]
    add_generation_prompt: bool = True


class AdapterBody(BaseModel):
    """Body of the adapter routes, in vLLM's words."""

    lora_name: str
    lora_path: str = ""


class Service:
    """What the routes do: names to adapters, limits, and the shapes of the answers."""

    def __init__(self, engine: Engine, name: str, *, max_model_tokens: int) -> None:
        self.engine = engine
        self.name = name
        self.max_model_tokens = max_model_tokens

    @property
    def models(self) -> list[str]:
        return [self.name, *self.engine.adapters]

    def adapter(self, model: str) -> str | None:
        """Return the adapter behind a model name; None for the model itself."""
        if model not in self.models:
            raise HTTPException(404, "There is no such model.")
        return None if model == self.name else model

    def prompt_ids(self, turns: list[ChatTurn], *, add_generation_prompt: bool) -> list[int]:
        """Return the token ids of a conversation under the chat template."""
        encoded = self.engine.tokenizer.apply_chat_template(
            [turn.model_dump() for turn in turns],
            add_generation_prompt=add_generation_prompt,
            tokenize=True,
            return_dict=True,
        )
        return _ids_of(encoded)

    def text_ids(self, text: str) -> list[int]:
        """Return the token ids of bare text, with nothing added."""
        return _ids_of(self.engine.tokenizer(text, add_special_tokens=False))

    def submit(self, body: _Sampling, prompt_ids: list[int]) -> list[Request]:
        """Queue the answers that a request asks for."""
        if len(prompt_ids) + body.max_tokens > self.max_model_tokens or not prompt_ids:
            raise HTTPException(
                400,
                f"This model's maximum context length is {self.max_model_tokens} tokens; the "
                f"prompt has {len(prompt_ids)} and {body.max_tokens} were asked for.",
            )
        adapter = self.adapter(body.model)
        requests = [
            Request(
                prompt_ids=prompt_ids,
                adapter=adapter,
                max_tokens=body.max_tokens,
                temperature=body.temperature,
                top_p=body.top_p,
                seed=None if body.seed is None else body.seed + index,
                ignore_eos=body.ignore_eos,
            )
            for index in range(body.n)
        ]
        for request in requests:
            self.engine.submit(request)
        return requests


def _ids_of(encoded: _Encoded) -> list[int]:
    ids: list[int] = encoded["input_ids"]
    return ids


def build_app(service: Service, *, key: str) -> FastAPI:
    """Return the application; every route but /health asks for the key."""
    app = FastAPI(openapi_url=None)

    @app.middleware("http")
    async def check_key(
        request: HttpRequest, go_on: Callable[[HttpRequest], Awaitable[Response]]
    ) -> Response:
        given = request.headers.get("authorization", "")
        known = hmac.compare_digest(given.encode(), f"Bearer {key}".encode())
        if key and not known and request.url.path != "/health":
            return JSONResponse({"error": {"message": "The key is wrong."}}, 401)
        return await go_on(request)

    _add_service_routes(app, service)
    _add_text_routes(app, service)
    return app


def _add_service_routes(app: FastAPI, service: Service) -> None:
    @app.get("/health")
    def health() -> Response:
        return Response()

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        limit = service.max_model_tokens
        cards = [{"id": m, "object": "model", "max_model_len": limit} for m in service.models]
        return {"object": "list", "data": cards}

    @app.post("/tokenize")
    def tokenize(body: TokenizeBody) -> dict[str, Any]:
        ids = service.prompt_ids(body.messages, add_generation_prompt=body.add_generation_prompt)
        return {"tokens": ids, "count": len(ids)}

    @app.post("/v1/load_lora_adapter")
    def load(body: AdapterBody) -> Response:
        if body.lora_name in service.models:
            raise HTTPException(400, "That name is taken.")
        try:
            service.engine.load_adapter(body.lora_name, body.lora_path)
        except (OSError, ValueError, RuntimeError, KeyError) as exc:
            raise HTTPException(400, "The adapter cannot be loaded.") from exc
        return Response()

    @app.post("/v1/unload_lora_adapter")
    def unload(body: AdapterBody) -> Response:
        if service.adapter(body.lora_name) is None:
            raise HTTPException(400, "The base is not an adapter.")
        service.engine.unload_adapter(body.lora_name)
        return Response()


def _add_text_routes(app: FastAPI, service: Service) -> None:
    @app.post("/v1/chat/completions", response_model=None)
    def chat(body: ChatBody) -> dict[str, Any] | StreamingResponse:
        ids = service.prompt_ids(body.messages, add_generation_prompt=True)
        requests = service.submit(body, ids)
        if body.stream:
            return StreamingResponse(
                _stream(requests[0], body.model), media_type="text/event-stream"
            )
        choices = [
            {**choice, "message": {"role": "assistant", "content": choice.pop("text")}}
            for choice in _finish(requests)
        ]
        return _answer("chat.completion", body.model, choices, prompt_tokens=len(ids))

    @app.post("/v1/completions")
    def complete(body: CompletionBody) -> dict[str, Any]:
        ids = service.text_ids(body.prompt) if isinstance(body.prompt, str) else body.prompt
        scores: list[dict[str, Any] | None] | None = None
        if body.prompt_logprobs is not None:
            found = service.engine.prompt_log_probs(ids, service.adapter(body.model))
            scores = [None, *map(_as_vllm_writes_it, found)]
        choices = _finish(service.submit(body, ids))
        for choice in choices:
            choice["prompt_logprobs"] = scores
        return _answer("text_completion", body.model, choices, prompt_tokens=len(ids))


def _finish(requests: list[Request]) -> list[dict[str, Any]]:
    choices = []
    for index, request in enumerate(requests):
        pieces = list(_pieces(request))
        choices.append(
            {
                "index": index,
                "text": "".join(piece.text for piece in pieces),
                "token_ids": [token for piece in pieces for token in piece.token_ids],
                "finish_reason": pieces[-1].finish_reason,
            }
        )
    return choices


def _pieces(request: Request) -> Iterator[Piece]:
    try:
        yield from request.written()
    except RuntimeError as exc:
        raise HTTPException(500, "The engine failed.") from exc


def _answer(
    kind: Literal["chat.completion", "text_completion"],
    model: str,
    choices: list[dict[str, Any]],
    *,
    prompt_tokens: int,
) -> dict[str, Any]:
    written = sum(len(choice["token_ids"]) for choice in choices)
    return {
        "id": f"answer-{time.time_ns()}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
        "choices": choices,
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": written,
            "total_tokens": prompt_tokens + written,
        },
    }


async def _stream(request: Request, model: str) -> AsyncIterator[str]:
    """Yield server-sent events; a client that leaves stops the writing at once."""
    try:
        while True:
            piece = await anyio.to_thread.run_sync(request.pieces.get, abandon_on_cancel=True)
            if piece is None:
                yield 'data: {"error": {"message": "The engine failed."}}\n\n'
                return
            choice = {
                "index": 0,
                "delta": {"content": piece.text},
                "finish_reason": piece.finish_reason,
            }
            event = {"object": "chat.completion.chunk", "model": model, "choices": [choice]}
            yield f"data: {json.dumps(event)}\n\n"
            if piece.finish_reason is not None:
                yield "data: [DONE]\n\n"
                return
    finally:
        request.cancelled.set()


def _as_vllm_writes_it(scores: dict[int, float]) -> dict[str, Any]:
    return {str(token): {"logprob": value} for token, value in scores.items()}


def main() -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(description="Serve a model with transformers and PEFT.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--max-model-tokens", type=int, required=True)
    parser.add_argument("--adapter", action="append", default=[], metavar="NAME=FOLDER")
    given = parser.parse_args()
    defaults = json.loads((given.files / "generation_config.json").read_text())
    engine = Engine(
        given.model,
        stop_ids=frozenset(defaults["eos_token_id"]),
        template=(given.files / "chat_template.jinja").read_text(encoding="utf-8"),
    )
    for named in given.adapter:
        name, _, folder = named.partition("=")
        engine.load_adapter(name, folder)
    service = Service(engine, given.name, max_model_tokens=given.max_model_tokens)
    app = build_app(service, key=os.environ.get(KEY_VARIABLE, ""))
    uvicorn.run(app, host=LOOPBACK, port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
