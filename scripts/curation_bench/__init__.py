"""The sections of `scripts/bench_curation.py`: one module a section."""
