"""Sections of `scripts/bench_annotation.py`."""
