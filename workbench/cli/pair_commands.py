"""The command that examines preference pairs, and how `curate` tells what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.groups import data_group
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.curation.pairs.rows import SetFinding
    from workbench.workflows.curate_pairs import CuratedPairs
    from workbench.workflows.diagnose_pairs import PairReport
    from workbench.workflows.pair_findings import PairRuleCount


def register(app: typer.Typer) -> None:
    """Add the command to those on data."""
    data_group(app).command("doctor")(doctor_command)


def doctor_command(
    target: Annotated[
        str, typer.Argument(help="A version of pairs, or a file with pairs to import.")
    ] = "latest:pairs",
    mapping: Annotated[
        str, typer.Option("--map", help="Columns of the file: input=…,output=…,rejected=….")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Examine preference pairs: what is broken, repeated, contradictory or biased by length.

    Nothing is changed; it tells what the recipe's `pairs` would drop and flag.

    Example: workbench data doctor ranked.jsonl
    """
    from workbench.workflows.diagnose_pairs import diagnose_pairs

    result = diagnose_pairs(find_home(home), target, mapping=mapping)
    show(result, _lines(result), as_json=as_json)


def curated_pairs_lines(result: CuratedPairs) -> list[str]:
    """Return what `curate` says of the preference pairs."""
    lines = [f"Preference pairs of {result.n_rows} rows with a rejected answer:"]
    lines += [*_rule_lines(result.rules, {}), *balance_lines(result.balance)]
    if not result.n_kept:
        return [*lines, "No pair is left to publish."]
    counts = ", ".join(f"{split} {count}" for split, count in result.splits.items())
    published = f"Version {result.version} of pairs" if result.version else "They would be"
    return [*lines, f"{published}: {counts}."]


def balance_lines(balance: Sequence[SetFinding]) -> list[str]:
    """Return the measurements of a set of pairs, those out of balance marked."""
    return [
        f"{found.rule}: {found.reason}" + (" Out of balance." if found.flagged else "")
        for found in balance
    ]


def _lines(result: PairReport) -> list[str]:
    gone = result.n_pairs - result.n_kept
    lines = [
        f"{result.n_pairs} pairs in {result.source}: {gone} would be dropped, {result.n_kept} kept."
        if result.kind == "file"
        else f"{result.n_pairs} pairs in version {result.source}: the recipe would drop {gone}.",
        *_rule_lines(result.rules, result.places),
        *balance_lines(result.balance),
    ]
    if result.n_ties:
        lines.append(f"{result.n_ties} answers make no pair: they are rated like the best one.")
    if result.empty_splits:
        named = " and ".join(repr(split) for split in result.empty_splits)
        lines.append(
            f"Imported alone, curate would stop: these pairs leave split {named} empty. Import "
            "more rows, or set such a share to 0 under `splits` of recipe.yaml."
        )
    return lines


def _rule_lines(rules: Sequence[PairRuleCount], places: Mapping[str, str]) -> list[str]:
    if not rules:
        return ["No rule has anything to say of a pair."]
    rows = [
        (f"pairs.{rule.rule}", rule.action, rule.n_pairs, _some(rule, places)) for rule in rules
    ]
    return table(("rule", "action", "pairs", "some of them"), rows)


def _some(rule: PairRuleCount, places: Mapping[str, str]) -> str:
    named = [f"{name} ({places[name]})" if name in places else name for name in rule.pair_ids]
    return ", ".join(named[:2] if places else named[:3])
