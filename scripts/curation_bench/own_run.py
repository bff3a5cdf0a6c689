"""Remove near-duplicates with the workbench, in a process of its own.

    python own_run.py CORPUS KEPT_FILE [--exact]

reads the corpus' files, writes the ids that are kept, one a line, and prints a line of JSON: the
seconds between, imports aside, by stage, and the peak of memory. With --exact, equal texts are
removed first, as the recipe does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from workbench.curation.duplicates.documents import Documents, Positions
from workbench.curation.duplicates.exact import judge_duplicates, likeness
from workbench.curation.duplicates.minhash import sign_texts
from workbench.curation.duplicates.near import find_near_duplicates
from workbench.curation.recipe import DuplicateRules


class Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        """Note the seconds since the last stage."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now


def without_equals(table: pa.Table) -> pa.Table:
    """Return the rows that the exact rule keeps."""
    rows = (
        likeness(row_id, text, "")
        for batch in table.to_batches()
        for row_id, text in zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True)
    )
    rules = DuplicateRules(exact=True, contradictions="off")
    gone = [decision.row_id for decision in judge_duplicates(rows, rules)]
    is_gone = pc.is_in(table["id"], value_set=pa.array(gone, pa.string()))
    return table.filter(pc.invert(is_gone))


def texts_in(table: pa.Table) -> Iterator[str]:
    """Yield the texts, a batch of strings at a time."""
    for batch in table.to_batches(max_chunksize=4096):
        yield from batch["text"].to_pylist()


def near_duplicates_removed(table: pa.Table, watch: Stopwatch) -> list[str]:
    """Return the ids of the rows that stay."""
    signatures = sign_texts(texts_in(table))
    watch.stop("sign")
    ids = table["id"].to_pylist()
    texts = table["text"].cast(pa.large_string()).combine_chunks()

    def texts_of(positions: Positions) -> list[str]:
        return texts.take(pa.array(positions.tolist())).to_pylist()

    found = find_near_duplicates(Documents(ids, signatures, texts_of))
    gone = {removal.row_id for removal in found.removals}
    watch.stop("find")
    return [row_id for row_id in ids if row_id not in gone]


def peak_memory_bytes() -> int:
    """Return the largest resident set that this process had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("This kernel does not report VmHWM.")


def main() -> None:
    """Run, and print the figures."""
    corpus, kept_file, *options = sys.argv[1:]
    watch = Stopwatch()
    table = pa.concat_tables(pj.read_json(part) for part in sorted(Path(corpus).glob("*.jsonl")))
    watch.stop("read")
    if "--exact" in options:
        table = without_equals(table)
        watch.stop("exact")
    kept = near_duplicates_removed(table, watch)
    Path(kept_file).write_text("".join(f"{row_id}\n" for row_id in kept))
    watch.stop("write")
    print(
        json.dumps(
            {
                "seconds": sum(watch.seconds.values()),
                "stages": watch.seconds,
                "peak_bytes": peak_memory_bytes(),
                "n_kept": len(kept),
            }
        )
    )


if __name__ == "__main__":
    main()
