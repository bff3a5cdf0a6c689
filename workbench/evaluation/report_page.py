"""Turn the numbers of a report into one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from workbench.evaluation.charts import Interval, Line, interval_chart, line_chart

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SHARES = {
    "field_accuracy": "Field accuracy",
    "format": "Format",
    "concise": "Concise",
    "complete": "Complete",
    "in_order": "In order",
    "style": "Style check",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "bleu": "BLEU (per answer)",
}
_FORMS = {"share": "{:.1%}", "perplexity": "{:.3g}", "words": "{:.1f}"}
_CHARTED = ("field_accuracy", "format", "style")


def prompts_of(split: str) -> str:
    """Name the prompts of a split; only those of `test` had no part in any choice."""
    return "held-out prompts" if split == "test" else f"{split} prompts"


def render_report(content: Mapping[str, Any]) -> str:
    """Return the HTML of a report's numbers; every text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = lambda value: f"{value:.1%}"
    environment.filters["shown"] = lambda value, form: _FORMS[form].format(value)
    environment.filters["points"] = lambda value: f"{100 * value:+.1f}".replace("-", "−")
    environment.filters["when"] = lambda value: str(value).replace("T", " ").partition("+")[0]
    environment.filters["scored"] = _scored
    environment.filters["prompts"] = prompts_of
    evaluation = content["evaluation"]
    return environment.get_template("report.html").render(
        report=content,
        measures=_measures(evaluation) if evaluation else (),
        charts=_evaluation_charts(evaluation) if evaluation else (),
        scores=_by_study(content["scores"]),
        curves=[(run, _curve(run)) for run in content["runs"]],
    )


def _scored(numbers: Iterable[Mapping[str, Any]]) -> str:
    """Return over how many of all rows numbers are, arm by arm where the arms differ."""
    parts = [f"{item['n_scored']}/{item['n_total']}" for item in numbers]
    return parts[0] if len(set(parts)) == 1 else ", ".join(parts)


def _by_study(
    scores: Sequence[Mapping[str, Any]],
) -> list[tuple[tuple[str, bool], list[Mapping[str, Any]]]]:
    tables: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for row in scores:
        tables.setdefault((row["study"], row["simulated"]), []).append(row)
    return list(tables.items())


def _measures(evaluation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the metrics that any arm has, as (key, label), known ones first."""
    found = {name for arm in evaluation["arms"].values() for name in arm["metrics"]} - {"words"}
    known = [name for name in _SHARES if name in found]
    return [(name, _SHARES.get(name, name)) for name in [*known, *sorted(found - set(known))]]


def _evaluation_charts(evaluation: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    charts = []
    for name in _CHARTED:
        rows = [
            Interval(arm, *(item["metrics"][name][key] for key in ("mean", "low", "high")))
            for arm, item in evaluation["arms"].items()
            if name in item["metrics"] and item["metrics"][name]["n_scored"]
        ]
        if rows:
            title = _SHARES[name]
            charts.append((title, interval_chart(title, rows, low=0.0, high=1.0)))
    return charts


def _curve(run: Mapping[str, Any]) -> Markup:
    lines = [
        Line("training loss", _points(run["metrics"], "loss")),
        Line("validation loss", _points(run["metrics"], "eval_loss")),
    ]
    return line_chart(f"Loss of {run['run_id']}", "step", [line for line in lines if line.points])


def _points(rows: Sequence[Mapping[str, Any]], key: str) -> list[tuple[float, float]]:
    return [(float(row["step"]), float(row[key])) for row in rows if row.get(key) is not None]
