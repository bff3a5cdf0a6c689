"""A causal language model as curation asks it: how likely is this answer?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from training.load import device_name, load_tokenizer
from training.upstream import loading_errors
from workbench.records import Message


class ModelScorer:
    """Scores answers; see `workbench.curation.selection.ifd.AnswerScorer`."""

    # models and tokenizers of transformers come untyped
    def __init__(self, model: Any, tokenizer: Any) -> None:  # noqa: ANN401
        self._model = model
        self._tokenizer = tokenizer
        self._most_tokens = int(model.config.max_position_embeddings)

    def render(self, prompt: Sequence[Message]) -> str:
        """Return a prompt as the model's chat template has it; without one, its turns as text."""
        if not self._tokenizer.chat_template:
            return "".join(f"{turn['content']}\n\n" for turn in prompt)
        rendered: str = self._tokenizer.apply_chat_template(
            list(prompt), tokenize=False, add_generation_prompt=True
        )
        return rendered

    def answer_log_probability(self, prompt: str, completion: str) -> tuple[float, int]:
        """Return the summed natural log-probability of the answer's tokens, and their number.

        Without a prompt and without a beginning-of-text token the first token follows nothing and
        is not scored. Of a row that is longer than the model reads nothing is.
        """
        context = self._ids(prompt)
        begin = self._tokenizer.bos_token_id
        if begin is not None and context[:1] != [begin]:
            context = [begin, *context]
        ids = [*context, *self._ids(completion)]
        first = max(1, len(context))  # the token at place t is predicted from place t - 1
        if len(ids) > self._most_tokens or len(ids) <= first:
            return 0.0, 0
        tokens = torch.tensor([ids], device=self._model.device)
        with torch.inference_mode():
            logits = self._model(input_ids=tokens, use_cache=False).logits[0, first - 1 : -1]
        log_probs = torch.log_softmax(logits.float(), dim=-1)  # (n_scored, n_vocabulary)
        chosen = log_probs.gather(1, tokens[0, first:, None])
        return float(chosen.double().sum()), len(ids) - first

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids


def load_scorer(folder: Path) -> ModelScorer:
    """Load a model and its tokenizer: in bf16 on an accelerator, in float32 without one.

    Raises:
        ConfigError: The folder does not hold what can be loaded.
        GpuMemoryError: The model does not fit.
    """
    device = device_name()
    tokenizer = load_tokenizer(folder)
    with loading_errors(folder):
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(folder),
            dtype=torch.float32 if device == "cpu" else torch.bfloat16,
            local_files_only=True,
        )
        return ModelScorer(model.to(device).eval(), tokenizer)
