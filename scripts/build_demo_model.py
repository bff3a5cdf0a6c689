#!/usr/bin/env python
"""Train the demo's base model from scratch: a small, generic, English-reading Llama.

It learns the language of consultation notes, to copy, and to answer one question at a time, from
text that `workbench.demo.corpus` invents. It never sees a summary in the task's format, nor a name
or a sentence of any writer in the demo. About an hour on 2 cores; seconds with `--quick`. A
killed build continues from its last checkpoint. Not part of `make demo`: the result is committed.

    .venv/bin/python scripts/build_demo_model.py --out workbench/demo/model
"""

from __future__ import annotations

import argparse
import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from workbench.demo.corpus import Corpus, Document

PAD, BOS, END = "<|pad|>", "<|bos|>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
# Words of the task, so that they are whole tokens; the corpus never uses them together.
TASK_WORDS = (
    "Plaintiff Defendant Dispute Remedies Jurisdiction Next step "
    "Summarise this consultation note as an intake summary."
)
TOKENIZER_SEED = 99
TOKENIZER_DOCUMENTS = 12_000
WARM_UP_STEPS = 100
FLAT_SHARE = 0.55  # of the steps at full learning rate before it falls
LEAST_RATE = 0.02  # of the full learning rate
CHECKPOINT_STEPS = 250
# The drill before the text: sequences of random tokens, each written twice; only the second writing
# is learned. It forms the heads that copy, which text alone forms too late or never (Olsson et al.,
# "In-context Learning and Induction Heads", 2022).
DRILL = -1  # its place before the phases
DRILL_MOST_STEPS = 1_500
DRILL_RATE = 1.5e-3
DRILL_GOAL = 0.6  # mean loss in nats of the latest steps at which copying is learned
DRILL_WINDOW = 20
DRILL_PERIODS = (4, 24)  # tokens of a sequence, from and to
FIRST_ORDINARY_TOKEN = 6
ASSISTANT, END_TOKEN = 5, 2  # ids: PAD, BOS, END and the roles come first
IGNORED = -100  # the label that cross-entropy leaves out


@dataclass(frozen=True)
class Phase:
    """A stretch of training on documents, with a learning rate that rises, stays and falls.

    Attributes:
        name: What it teaches.
        share_of_tokens: Its part of all tokens, in 0-1.
        copying: Share of copying exercises from this many documents on, as (documents, share).
        answers_only: Whether only answers are learned in chats; plain text is always learned.
        learning_rate: Peak learning rate.
    """

    name: str
    share_of_tokens: float
    copying: tuple[tuple[int, float], ...]
    answers_only: bool
    learning_rate: float


# Looking up must come before it pays off on notes; questions about notes come last and alone, or
# the text of the notes drowns them.
PHASES = (
    Phase("language", 0.72, ((0, 0.8), (8_000, 0.6), (40_000, 0.35)), False, 1.5e-3),
    Phase("questions", 0.28, ((0, 0.1),), True, 1.0e-3),
)


@dataclass(frozen=True)
class Plan:
    """Everything that decides the result."""

    tokens: int
    vocabulary: int = 2048
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    row_tokens: int = 320
    rows: int = 13
    weight_decay: float = 0.05
    seed: int = 1

    def steps(self, phase: Phase) -> int:
        """Optimiser updates of a phase."""
        return int(self.tokens * phase.share_of_tokens) // (self.row_tokens * self.rows)


def build_tokenizer(plan: Plan) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE on the corpus; digits stand alone."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=plan.vocabulary,
        special_tokens=[PAD, BOS, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_tokenizer_texts(), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=END,
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
        padding_side="right",
    )
    fast.chat_template = TEMPLATE
    return fast


def _tokenizer_texts() -> Iterator[str]:
    documents = Corpus(TOKENIZER_SEED).documents(copying_share=0.35)
    for number, document in enumerate(islice(documents, TOKENIZER_DOCUMENTS)):
        yield document.text
        for turn in document.turns:
            yield turn.question
            yield turn.answer
        if number % 50 == 0:
            yield TASK_WORDS


def render(document: Document, *, question_first: bool) -> str:
    """Write a document the way the chat template does, or as plain text if it has no turns."""
    if not document.turns:
        return f"{BOS}{document.text}{END}"
    parts = [BOS]
    for number, turn in enumerate(document.turns):
        question = turn.question
        if number == 0 and document.text:
            both = (question, document.text) if question_first else (document.text, question)
            question = "\n\n".join(both)
        parts.append(f"<|user|>{question}{END}<|assistant|>{turn.answer}{END}")
    return "".join(parts)


def training_rows(
    tokenizer: PreTrainedTokenizerFast, plan: Plan, number: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield token ids and labels, `plan.row_tokens` each, documents one after the other."""
    phase = PHASES[number]
    seed = plan.seed + 1000 * number
    chance = random.Random(seed)  # noqa: S311 - no secret
    corpus = Corpus(seed)
    streams: dict[float, Iterator[Document]] = {}
    ids: list[int] = []
    labels: list[int] = []
    seen = 0
    while True:
        share = next(share for start, share in reversed(phase.copying) if seen >= start)
        documents = streams.setdefault(share, corpus.documents(share))
        texts = [render(d, question_first=chance.random() < 0.5) for d in islice(documents, 64)]
        for encoded in tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False):
            ids += encoded.ids
            labels += answer_labels(encoded.ids) if phase.answers_only else encoded.ids
        seen += len(texts)
        while len(ids) >= plan.row_tokens:
            yield ids[: plan.row_tokens], labels[: plan.row_tokens]
            del ids[: plan.row_tokens], labels[: plan.row_tokens]


def answer_labels(ids: list[int]) -> list[int]:
    """Return the ids of a document's answers, ends included, and IGNORED for the rest of a chat."""
    if ASSISTANT not in ids:
        return ids
    labels, answering = [], False
    for token in ids:
        labels.append(token if answering else IGNORED)
        answering = token == ASSISTANT or (answering and token != END_TOKEN)
    return labels


def drill_batches(plan: Plan) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield token ids and labels, (rows, row_tokens) each, of sequences written twice."""
    chance = random.Random(plan.seed)  # noqa: S311 - no secret
    while True:
        tokens, labels = [], []
        for _ in range(plan.rows):
            row: list[int] = [1]
            learned = [IGNORED]
            while len(row) < plan.row_tokens:
                length = chance.randint(*DRILL_PERIODS)
                once = [
                    chance.randrange(FIRST_ORDINARY_TOKEN, plan.vocabulary) for _ in range(length)
                ]
                row += once + once
                learned += [IGNORED] * (length + 1) + once[1:]
            tokens.append(row[: plan.row_tokens])
            labels.append(learned[: plan.row_tokens])
        yield torch.tensor(tokens), torch.tensor(labels)


def build_model(plan: Plan) -> LlamaForCausalLM:
    """Return the untrained model."""
    torch.manual_seed(plan.seed)
    config = LlamaConfig(
        vocab_size=plan.vocabulary,
        hidden_size=plan.hidden,
        intermediate_size=plan.hidden * 11 // 4,
        num_hidden_layers=plan.layers,
        num_attention_heads=plan.heads,
        num_key_value_heads=plan.heads,
        max_position_embeddings=1024,
        rope_theta=10_000.0,
        rms_norm_eps=1e-5,
        initializer_range=0.06,  # 1/sqrt(hidden): copying forms sooner than from the usual 0.02
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        attn_implementation="eager",  # the fastest for these shapes on a CPU
    )
    return LlamaForCausalLM(config)


def build_optimizer(model: LlamaForCausalLM, plan: Plan, rate: float) -> torch.optim.AdamW:
    """Return AdamW that decays matrices only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": plan.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)


def rate_at(step: int, steps: int) -> float:
    """Return the share of the learning rate: warm-up, flat, then linear decay."""
    if step < WARM_UP_STEPS:
        return step / WARM_UP_STEPS
    done = (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)
    return max(LEAST_RATE, min(1.0, (1 - done) / (1 - FLAT_SHARE)))


class Training:
    """The state of a build: what a checkpoint holds."""

    def __init__(self, plan: Plan, out: Path, device: torch.device, *, compiled: bool) -> None:
        self.plan, self.device = plan, device
        self.model = build_model(plan).to(device)
        self.network = torch.compile(self.model) if compiled else self.model
        self.phase, self.step = DRILL, 0
        self._checkpoint = out / "build-checkpoint.pt"
        state = None
        if self._checkpoint.is_file():
            state = torch.load(self._checkpoint, map_location=device, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.phase, self.step = state["phase"], state["step"]
            print(f"continuing in phase {self.phase} at step {self.step}")
        self._begin(self.phase, self.step)
        if state and self.step:
            self.optimizer.load_state_dict(state["optimizer"])

    def _begin(self, phase: int, step: int = 0) -> None:
        self.phase, self.step = phase, step
        self.rate = DRILL_RATE if phase == DRILL else PHASES[phase].learning_rate
        self.optimizer = build_optimizer(self.model, self.plan, self.rate)

    def drill(self, most_steps: int) -> None:
        """Train on sequences written twice until the model copies them, or for so many steps."""
        recent: deque[float] = deque(maxlen=DRILL_WINDOW)
        for number, (batch, labels) in enumerate(islice(drill_batches(self.plan), most_steps)):
            recent.append(self._update(batch, labels, share=min(1.0, number / WARM_UP_STEPS)))
            mean = sum(recent) / len(recent)
            if number % 50 == 0:
                print(f"drill {number} loss {mean:.3f}", flush=True)
            if number >= DRILL_WINDOW and mean < DRILL_GOAL:
                break
        self._begin(0)
        self._save_checkpoint()

    def run(self, tokenizer: PreTrainedTokenizerFast) -> None:
        """Train through the phases that are left."""
        for number in range(self.phase, len(PHASES)):
            if number != self.phase:
                self._begin(number)
                self._save_checkpoint()
            self._run_phase(training_rows(tokenizer, self.plan, number))
        self._checkpoint.unlink(missing_ok=True)

    def _run_phase(self, rows: Iterator[tuple[list[int], list[int]]]) -> None:
        phase = PHASES[self.phase]
        steps = self.plan.steps(phase)
        batches = iter(lambda: list(islice(rows, self.plan.rows)), [])
        started, first = time.monotonic(), self.step
        for batch in islice(batches, self.step, steps):
            ids, labels = (torch.tensor(part) for part in zip(*batch, strict=True))
            loss = self._update(ids, labels, share=rate_at(self.step, steps))
            self.step += 1
            if self.step % 50 == 0:
                tokens = (self.step - first) * self.plan.rows * self.plan.row_tokens
                speed = tokens / (time.monotonic() - started)
                print(f"{phase.name} {self.step}/{steps} loss {loss:.3f} {speed:.0f} tokens/s")
            if self.step % CHECKPOINT_STEPS == 0:
                self._save_checkpoint()

    def _update(self, batch: torch.Tensor, labels: torch.Tensor, *, share: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * share
        batch, labels = batch.to(self.device), labels.to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss = self.network(input_ids=batch, labels=labels, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _save_checkpoint(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "phase": self.phase,
            "step": self.step,
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)


def main() -> None:
    """Build the tokenizer and the model and write them in bf16."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--tokens", type=int, default=18_000_000, help="tokens to train on")
    parser.add_argument("--seed", type=int, default=1, help="seed of text and weights")
    parser.add_argument("--quick", action="store_true", help="a smoke run of 20 steps")
    parser.add_argument("--no-compile", action="store_true", help="do not use torch.compile")
    given = parser.parse_args()
    plan = Plan(tokens=20 * 320 * 13 if given.quick else given.tokens, seed=given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer(plan)
    tokenizer.save_pretrained(given.out)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    compiled = not (given.quick or given.no_compile)
    training = Training(plan, given.out, device, compiled=compiled)
    if training.phase == DRILL:
        training.drill(20 if given.quick else DRILL_MOST_STEPS)
    training.run(tokenizer)
    training.model.to(torch.bfloat16).save_pretrained(given.out)
    parameters = sum(p.numel() for p in training.model.parameters())
    print(f"{parameters / 1e6:.2f} million parameters in {given.out}")


if __name__ == "__main__":
    main()
