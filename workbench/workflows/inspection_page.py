"""Turn an inspection into one page that needs nothing else; every text is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from training.inspection import Inspection

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def render_inspection(inspection: Inspection) -> str:
    """Return the HTML of an inspection."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = lambda value: f"{value:,}"
    environment.filters["visible"] = visible
    environment.globals["share"] = share
    return environment.get_template("inspection.html").render(found=inspection)


def share(part: int, whole: int) -> str:
    """Return a share as text; of nothing there is none."""
    return f"{part / whole:.1%}" if whole else "none"


def visible(text: str) -> str:
    """Return a token's text with its line breaks and invisible characters shown.

    A character that reorders or hides what stands beside it must not do so in an inspector.
    """
    if not text:
        return "◌"  # a token that ends within a character
    shown = (c if c.isprintable() else "↵\n" if c == "\n" else "�" for c in text)
    return "".join(shown)
