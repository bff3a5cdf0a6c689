"""How a base model reads one row: counted for every row, token by token for those shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.guards import RowProblem, row_problem
from training.inspection import ControlText, RowView, Side, SideView, TemplateFacts, Token
from training.load import end_token_ids, load_tokenizer
from training.rendering import MASKED, Rendering, check_template, end_of_turn_ids, render
from training.rows import DpoRow, SftRow, render_examples, render_pairs
from training.vocabulary import ControlTokens, control_tokens, token_texts
from workbench.records import Example, PreferencePair

SourceRow = Example | PreferencePair


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What is counted of a row. See `training.inspection.RowView` for the words."""

    row_id: str
    example_id: str
    split: str
    sides: tuple[Side, ...]
    problem: RowProblem | None
    double_begin: bool
    same_prompt: bool
    n_unknown: int
    control_in_text: tuple[ControlText, ...]

    @property
    def length(self) -> int:
        return max(side.n_prompt + side.n_trained for side in self.sides)

    @property
    def n_tokens(self) -> int:
        return sum(side.n_prompt + side.n_trained for side in self.sides)

    @property
    def n_trained(self) -> int:
        return sum(side.n_trained for side in self.sides)


@dataclass(frozen=True, slots=True)
class Reader:
    """A base model's tokenizer, and what its special tokens are for."""

    tokenizer: Any
    control: ControlTokens
    end_ids: frozenset[int]
    unknown_id: int | None
    template: TemplateFacts

    def count(self, rows: Sequence[SourceRow]) -> Iterator[RowCounts]:
        """Yield the counts of rows, in their order."""
        for source, row in zip(rows, self._render(rows), strict=True):
            yield self._count(source, row)

    def view(self, rows: Sequence[SourceRow], max_length: int) -> Iterator[RowView]:
        """Yield rows with their tokens; longer ones than `max_length` are marked as left out."""
        for source, row in zip(rows, self._render(rows), strict=True):
            counts = self._count(source, row)
            left_out = counts.length > max_length
            yield RowView(
                row_id=counts.row_id,
                split=counts.split,
                length=counts.length,
                left_out=left_out,
                n_trained_lost=counts.n_trained if left_out else 0,
                problem=counts.problem.value if counts.problem and not left_out else "",
                double_begin=counts.double_begin,
                same_prompt=counts.same_prompt,
                control_in_text=counts.control_in_text,
                sides=tuple(
                    self._side_view(side, rendering, max_length)
                    for side, rendering in zip(counts.sides, row.renderings, strict=True)
                ),
            )

    def _render(self, rows: Sequence[SourceRow]) -> list[SftRow | DpoRow]:
        examples = [row for row in rows if isinstance(row, Example)]
        pairs = [row for row in rows if isinstance(row, PreferencePair)]
        return [*render_examples(examples, self.tokenizer), *render_pairs(pairs, self.tokenizer)]

    def _count(self, source: SourceRow, row: SftRow | DpoRow) -> RowCounts:
        sequences = [(*r.prompt_ids, *r.completion_ids) for r in row.renderings]
        joined = [token for sequence in sequences for token in sequence]
        answers = _answers(source)
        begin = self.tokenizer.bos_token_id
        return RowCounts(
            row_id=row.row_id,
            example_id=source.example_id,
            split=source.split,
            sides=tuple(
                self._side(name, rendering)
                for name, rendering in zip(answers, row.renderings, strict=True)
            ),
            problem=row_problem(row, self.end_ids),
            double_begin=any(ids[:2] == (begin, begin) for ids in sequences),
            same_prompt=len({rendering.prompt_ids for rendering in row.renderings}) == 1,
            n_unknown=0 if self.unknown_id is None else joined.count(self.unknown_id),
            control_in_text=self.control.smuggled(source.prompt, answers, joined),
        )

    def _side(self, name: str, rendering: Rendering) -> Side:
        begin = self.tokenizer.bos_token_id
        return Side(
            name=name,
            n_prompt=len(rendering.prompt_ids),
            n_trained=len(rendering.completion_ids),
            n_begin=rendering.prompt_ids.count(begin) + rendering.completion_ids.count(begin),
            n_end_trained=sum(map(self.end_ids.__contains__, rendering.completion_ids)),
        )

    def _side_view(self, side: Side, rendering: Rendering, max_length: int) -> SideView:
        ids = (*rendering.prompt_ids, *rendering.completion_ids)
        texts = token_texts(self.tokenizer, ids)
        return SideView(
            side=side,
            tokens=tuple(
                Token(token, text, label != MASKED, token in self.control.names)
                for token, text, label in zip(ids, texts, rendering.labels, strict=True)
            ),
            n_trained_beyond=min(side.n_trained, max(0, len(ids) - max_length)),
        )


def open_reader(base_model: Path) -> Reader:
    """Return how the base model in a folder reads rows; its weights are not loaded.

    Raises:
        ConfigError: Its tokenizer cannot be loaded, or has no chat template or no end token.
    """
    tokenizer = load_tokenizer(base_model)
    digest = check_template(tokenizer, place=str(base_model))
    end_ids = end_of_turn_ids(tokenizer, end_token_ids(base_model))
    return Reader(
        tokenizer=tokenizer,
        control=control_tokens(tokenizer),
        end_ids=end_ids,
        unknown_id=_unknown_id(tokenizer, end_ids),
        template=TemplateFacts(
            sha256=digest,
            closes_turn=_closes_turn(tokenizer, end_ids),
            begin_token=tokenizer.bos_token or "",
            end_tokens=tuple(tokenizer.convert_ids_to_tokens(sorted(end_ids))),
        ),
    )


def _answers(row: SourceRow) -> dict[str, str]:
    if isinstance(row, Example):
        return {"completion": row.completion}
    return {"chosen": row.chosen, "rejected": row.rejected}


def _closes_turn(tokenizer: Any, end_ids: frozenset[int]) -> bool:
    answered = render(tokenizer, [{"role": "user", "content": "Q"}], "A")
    return bool(end_ids & set(answered.completion_ids))


def _unknown_id(tokenizer: Any, end_ids: frozenset[int]) -> int | None:
    """Return the unknown token's id; None for byte-level tokenizers, which know every text.

    Some of those (GPT-2's) name their end token as the unknown one, though they never write it.
    """
    unknown: int | None = tokenizer.unk_token_id
    return None if unknown in end_ids else unknown
