"""The look of Gradio's pages: the same quiet colours as the server's own."""

from __future__ import annotations

import gradio as gr
from gradio.themes import Base, Color

from workbench.app.rendering import STATIC

HEAD = (
    '<link rel="stylesheet" href="/static/shell.css"><script src="/static/shell.js" defer></script>'
)
STYLES = STATIC / "gradio.css"

_BLUE = Color(
    "#e8f0fa", "#d3e2f4", "#a9c7ea", "#7eabdf", "#4f8acb", "#1f5fa8",
    "#1b5496", "#174881", "#133c6b", "#0f3056", "#0b2441",
)  # fmt: skip


def page_theme() -> Base:
    """Return the theme; system fonts only, since no page may load one from another host."""
    system = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial")
    mono = ("ui-monospace", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")
    theme = Base(
        primary_hue=_BLUE,
        neutral_hue="slate",
        radius_size="md",
        font=(*system, "sans-serif"),
        font_mono=mono,
    )
    return theme.set(
        body_background_fill="#f5f6f8",
        body_background_fill_dark="#f5f6f8",
        button_primary_background_fill="#1f5fa8",
        button_primary_background_fill_hover="#174881",
        button_primary_text_color="#ffffff",
        block_border_width="1px",
        block_shadow="none",
    )


def new_page(title: str) -> gr.Blocks:
    """Return an empty page; nothing is counted, reported or kept by Gradio."""
    page: gr.Blocks = gr.Blocks(title=title, analytics_enabled=False, delete_cache=(600, 3600))
    return page
