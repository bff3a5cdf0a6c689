"""What the search for leakage means for a version that is about to be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from workbench.curation.gate import GateResult
from workbench.curation.leakage.equal_inputs import LeakageCheck
from workbench.curation.leakage.report import LeakReport
from workbench.errors import LeakageError
from workbench.files import write_json
from workbench.home import Home
from workbench.store import open_store

REFUSED_FILE = "leakage-refused.json"
_NAMED_ROWS = 3
_WORST_FIRST = ("leaking", "suspect", "clean")
_NOT_CLEAN = _WORST_FIRST[:-1]
_SETTINGS = {"exact": "exact", "span": "spans", "near": "near", "semantic": "semantic"}


def leakage_verdict(check: LeakageCheck, leaks: LeakReport) -> dict[str, Any]:
    """Return what the manifest says: of equal inputs in two splits, then of what tiers found.

    Raises:
        LeakageError: An input stands in two splits.
    """
    return {**check.verdict(), "verdict": leaks.verdict, "tiers": leaks.manifest()}


def with_parents_verdict(
    home: Home, parents: Sequence[str], own: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the manifest of a version says that was made from others.

    Its rows are theirs: so it leaks what they leak, and `inherited` names them.
    """
    with open_store(home) as store:
        known = {v.manifest.digest: v.manifest.leakage for v in store.list_versions()}
    verdicts = {parent: known[parent].get("verdict") for parent in parents if parent in known}
    inherited = {parent: said for parent, said in verdicts.items() if said in _NOT_CLEAN}
    if not inherited:
        return dict(own)
    worst = min((*inherited.values(), own["verdict"]), key=_WORST_FIRST.index)
    return {**own, "verdict": worst, "inherited": inherited}


def refuse_leaks(home: Home, gate: GateResult) -> None:
    """Refuse to publish while rows leak by a rule that the recipe sets to `refuse`.

    The report with every row is written beside the project's other reports; it holds no text.

    Raises:
        LeakageError: It names the first rows, the report and what to change.
    """
    if not gate.refusals:
        return
    home.reports.mkdir(parents=True, exist_ok=True)
    report = home.reports / REFUSED_FILE
    rows = [asdict(decision) for decision in gate.refusals]
    write_json(report, {"refused": rows, "tiers": gate.leaks.manifest()})
    n_rows = len({decision.row_id for decision in gate.refusals})
    named = " ".join(f"{d.row_id}: {d.reason}" for d in gate.refusals[:_NAMED_ROWS])
    rules = sorted({decision.rule for decision in gate.refusals})
    settings = [f"leakage.{_SETTINGS[rule]}" for rule in rules]
    raise LeakageError(
        f"Nothing was published: {n_rows} training rows hold evaluation text, which "
        f"{' and '.join(settings)} of the recipe refuses. {named}",
        f"{report} lists every row. `workbench curate --set {settings[0]}=drop` leaves them out; "
        f"with `=flag`, `workbench data undo leakage.{rules[0]} --row ROW` then lets one pass.",
    )
