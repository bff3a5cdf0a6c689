"""The one edge where errors of torch, transformers, peft and safetensors become ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import ConfigError, GpuMemoryError, TrainingError
from workbench.records import Message

_MEMORY_HINT = (
    "Lower batch_size (raise gradient_accumulation by the same factor), lower max_length, or set "
    "activation_checkpointing: on."
)
_SHOWN_KINDS = 3
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


@contextmanager
def training_errors(place: str) -> Iterator[None]:
    """Convert what training libraries raise inside the block.

    Raises:
        GpuMemoryError: Memory ran out.
        TrainingError: A library refused a value, in its own words.
    """
    try:
        yield
    except MemoryError as exc:
        raise GpuMemoryError(f"Memory ran out in {place}.", _MEMORY_HINT) from exc
    except RuntimeError as exc:
        if any(word in str(exc).lower() for word in _MEMORY_WORDS):
            raise GpuMemoryError(f"Memory ran out in {place}.", _MEMORY_HINT) from exc
        raise TrainingError(f"{place} failed: {_first_line(exc)}", _REPORT) from exc
    except ValueError as exc:
        raise TrainingError(f"{place} failed: {_first_line(exc)}", _REPORT) from exc


@contextmanager
def loading_errors(folder: Path) -> Iterator[None]:
    """Convert what loading a model, tokenizer or adapter raises inside the block.

    Raises:
        ConfigError: The folder does not hold what the libraries can read.
        GpuMemoryError: The model does not fit.
    """
    from safetensors import SafetensorError

    try:
        with training_errors(f"loading {folder}"):
            yield
    except (OSError, SafetensorError) as exc:
        raise ConfigError(
            f"{folder} cannot be loaded: {_first_line(exc)}",
            "Check that the folder is complete; copy or download it again.",
        ) from exc


@contextmanager
def template_errors(conversations: Sequence[Sequence[Message]]) -> Iterator[None]:
    """Convert what a chat template raises inside the block, such as for a role it does not know.

    Raises:
        TrainingError: The template's own words, and the kinds of turns that it was given.
    """
    from jinja2 import TemplateError

    try:
        yield
    except TemplateError as exc:
        kinds = sorted({"+".join(turn["role"] for turn in turns) for turns in conversations})
        raise TrainingError(
            f"The chat template refuses prompts of the turns {', '.join(kinds[:_SHOWN_KINDS])}: "
            f"{_first_line(exc)}",
            "Change the task file's prompt, or use another chat template.",
        ) from exc


_REPORT = "Run it again with --debug to see the place in the library."


def _first_line(exc: BaseException) -> str:
    lines = str(exc).strip().splitlines()
    return lines[0] if lines else type(exc).__name__
