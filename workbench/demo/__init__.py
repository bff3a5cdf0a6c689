"""The demo task: invented consultation notes, the experts' summaries, and a small base model."""

from __future__ import annotations

from pathlib import Path

from workbench.demo.dataset import write_consultations

MODEL_DIR = Path(__file__).resolve().parent / "model"

__all__ = ["MODEL_DIR", "write_consultations"]
