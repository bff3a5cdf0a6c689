"""Scripts stand outside the packages: nothing else would notice that one of them broke."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "scripts").glob("bench_*.py"))


def test_there_are_benchmarks():
    assert {path.stem for path in SCRIPTS} >= {"bench_curation", "bench_annotation", "bench_demo"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_can_be_asked_for_help(path):
    subprocess.run([sys.executable, str(path), "--help"], check=True, capture_output=True)
