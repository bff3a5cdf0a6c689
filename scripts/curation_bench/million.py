"""One million documents through exact and near duplicates: seconds and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmark import Section

from curation_bench.corpus import write_corpus

N_DOCUMENTS = 1_000_000
_OWN_RUN = Path(__file__).with_name("own_run.py")


def measure(folder: Path, *, quick: bool) -> Section:
    """Run a tenth of them and all, so that the table shows how the cost grows."""
    section = Section(
        "Exact and near duplicates, documents of 1 KB, from file to kept ids, one run",
        ("documents", "kept", "read s", "exact s", "sign s", "find s", "total s", "peak GiB"),
    )
    sizes = (2_000, 20_000) if quick else (N_DOCUMENTS // 10, N_DOCUMENTS)
    for n_documents in sizes:
        corpus = write_corpus(folder / str(n_documents), n_documents)
        command = [sys.executable, str(_OWN_RUN), str(corpus), str(folder / "kept.txt"), "--exact"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        stages = [found["stages"][name] for name in ("read", "exact", "sign", "find")]
        section.rows.append(
            (
                f"{n_documents:,}",
                f"{found['n_kept']:,}",
                *(f"{seconds:.1f}" for seconds in (*stages, found["seconds"])),
                f"{found['peak_bytes'] / 2**30:.2f}",
            )
        )
        section.figures[str(n_documents)] = found
    return section
