"""Write answers with transformers and PEFT, several requests in one batch.

One thread owns the model. It takes what waits, up to `BATCH`, and writes these answers together;
rows of one batch may use different adapters or none (PEFT's mixed batches). Slower than vLLM, but
it runs wherever training runs, and its arithmetic is the trainer's.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

BATCH = 16
_PEFT_BASE = "__base__"  # PEFT's name for "no adapter" in a mixed batch
_UNFINISHED = "�"  # what a tokenizer writes for half of a multi-byte character

_Input: TypeAlias = Any  # tensors, flags and the model's own cache
_Output: TypeAlias = Any  # what transformers returns has no usable types
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer; the last one carries the reason of the end."""

    text: str
    token_ids: tuple[int, ...]
    finish_reason: str | None = None


@dataclass(slots=True)
class Request:
    """One answer to write; `pieces` fills while it is written, None ends a failed one."""

    prompt_ids: Sequence[int]
    adapter: str | None
    max_tokens: int
    temperature: float
    top_p: float
    seed: int | None
    ignore_eos: bool = False
    pieces: queue.Queue[Piece | None] = field(default_factory=queue.Queue)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def written(self) -> Iterator[Piece]:
        """Yield the pieces as they come.

        Raises:
            RuntimeError: The engine failed at this answer.
        """
        while True:
            piece = self.pieces.get()
            if piece is None:
                raise RuntimeError("the engine failed")
            yield piece
            if piece.finish_reason is not None:
                return


class Engine:
    """A base or merged model with any number of adapters, run by one thread."""

    def __init__(self, folder: Path, *, stop_ids: frozenset[int], template: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.tokenizer.chat_template = template
        self.stop_ids = stop_ids
        device = "cuda" if torch.cuda.is_available() else "cpu"
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=torch.bfloat16, local_files_only=True
        )
        self._model = model.to(device).eval()
        self.adapters: tuple[str, ...] = ()
        self._jobs: queue.Queue[Request | Callable[[], None]] = queue.Queue()
        threading.Thread(target=self._work, name="engine", daemon=True).start()

    def submit(self, request: Request) -> None:
        """Queue an answer."""
        self._jobs.put(request)

    def load_adapter(self, name: str, path: str) -> None:
        """Make an adapter available; waits for what is being written."""
        self._do(lambda: self._load_adapter(name, path))

    def unload_adapter(self, name: str) -> None:
        """Forget an adapter."""
        self._do(lambda: self._unload_adapter(name))

    def prompt_log_probs(self, ids: Sequence[int], adapter: str | None) -> list[dict[int, float]]:
        """Return, for each token but the first, its log-probability and the best token's."""
        return self._do(lambda: self._score(ids, adapter))

    def _do(self, work: Callable[[], T]) -> T:
        """Run something on the engine's thread and return what it gives."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except (OSError, ValueError, RuntimeError, KeyError) as exc:
                done.set_exception(exc)

        self._jobs.put(run)
        return done.result()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if not isinstance(job, Request):
                job()
                continue
            batch, others = self._gather(job)
            try:
                self._write(batch)
            except (RuntimeError, ValueError, IndexError, KeyError):
                for request in batch:
                    request.pieces.put(None)
            for other in others:
                other()

    def _gather(self, first: Request) -> tuple[list[Request], list[Callable[[], None]]]:
        batch = [first]
        others: list[Callable[[], None]] = []
        while len(batch) < BATCH and not others:
            try:
                job = self._jobs.get(timeout=0.005)
            except queue.Empty:
                break
            if isinstance(job, Request):
                batch.append(job)
            else:
                others.append(job)
        return batch, others

    @torch.inference_mode()
    def _write(self, batch: Sequence[Request]) -> None:
        rows = [_Row(request, self) for request in batch]
        longest = max(len(request.prompt_ids) for request in batch)
        pads = [longest - len(request.prompt_ids) for request in batch]
        ids = torch.tensor(
            [[0] * pad + [*row.prompt_ids] for pad, row in zip(pads, batch, strict=True)]
        )
        mask = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in pads])
        positions = (mask.cumsum(-1) - 1).clamp_min(0)
        cache = None
        while True:
            output = self._forward(
                batch,
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
            )
            cache = output.past_key_values
            tokens = [
                row.step(scores) for row, scores in zip(rows, output.logits[:, -1], strict=True)
            ]
            if all(row.finished for row in rows):
                return
            ids = torch.tensor(tokens)[:, None]
            mask = torch.cat([mask, torch.ones(len(rows), 1, dtype=mask.dtype)], dim=1)
            positions = positions[:, -1:] + 1

    def _forward(self, batch: Sequence[Request], **inputs: _Input) -> _Output:
        device = self._model.device
        moved = {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in inputs.items()}
        if self.adapters:
            moved["adapter_names"] = [request.adapter or _PEFT_BASE for request in batch]
        return self._model(**moved)

    @torch.inference_mode()
    def _score(self, ids: Sequence[int], adapter: str | None) -> list[dict[int, float]]:
        named = {"adapter_names": [adapter or _PEFT_BASE]} if self.adapters else {}
        device = self._model.device
        logits = self._model(
            torch.tensor([list(ids)], device=device), use_cache=False, **named
        ).logits
        scores = torch.log_softmax(logits[0, :-1].float(), dim=-1)  # (tokens - 1, vocabulary)
        best = scores.argmax(-1)
        return [
            {int(top): float(row[top]), token: float(row[token])}
            for row, top, token in zip(scores, best, ids[1:], strict=True)
        ]

    def _load_adapter(self, name: str, path: str) -> None:
        if isinstance(self._model, PeftModel):
            self._model.load_adapter(path, adapter_name=name)
        else:
            self._model = PeftModel.from_pretrained(self._model, path, adapter_name=name)
        self._model.eval()
        self.adapters = (*self.adapters, name)

    def _unload_adapter(self, name: str) -> None:
        self.adapters = tuple(known for known in self.adapters if known != name)
        if not self.adapters:
            self._model = self._model.unload()
        else:
            self._model.delete_adapter(name)


class _Row:
    """One request while its batch is written."""

    def __init__(self, request: Request, engine: Engine) -> None:
        self.finished = False
        self._request = request
        self._engine = engine
        self._ids: list[int] = []
        self._sent_ids = 0
        self._sent_text = ""
        self._random = torch.Generator()
        if request.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(request.seed)

    def step(self, logits: torch.Tensor) -> int:
        """Choose the next token, send what can be shown, and return the token."""
        if self.finished:
            return 0
        token = choose(
            logits.float().cpu(),
            temperature=self._request.temperature,
            top_p=self._request.top_p,
            random=self._random,
        )
        self._ids.append(token)
        if token in self._engine.stop_ids and not self._request.ignore_eos:
            self._end("stop")
        elif len(self._ids) >= self._request.max_tokens:
            self._end("length")
        elif self._request.cancelled.is_set():
            self._end("abort")
        else:
            self._send(None)
        return token

    def _end(self, reason: str) -> None:
        self.finished = True
        self._send(reason)

    def _send(self, reason: str | None) -> None:
        text = str(self._engine.tokenizer.decode(self._ids, skip_special_tokens=True))
        if reason is None and text.endswith(_UNFINISHED):
            return
        fresh = text[len(self._sent_text) :]
        ids = tuple(self._ids[self._sent_ids :])
        self._sent_text, self._sent_ids = text, len(self._ids)
        self._request.pieces.put(Piece(fresh, ids, reason))


def choose(
    logits: torch.Tensor, *, temperature: float, top_p: float, random: torch.Generator
) -> int:
    """Return the next token: the best one at temperature 0, else one drawn from the top `top_p`.

    Args:
        logits: Scores of the whole vocabulary, float32, (vocabulary,).
        temperature: Divides the scores; 0 takes the best token.
        top_p: Smallest probability mass that is drawn from, in 0-1.
        random: Source of chance.
    """
    if temperature <= 0:
        return int(logits.argmax())
    chances, tokens = torch.softmax(logits / temperature, dim=-1).sort(descending=True)
    before = chances.cumsum(-1) - chances  # mass ahead of each token
    chances[before >= top_p] = 0.0  # the first token has nothing ahead of it and always stays
    return int(tokens[torch.multinomial(chances, 1, generator=random)])
