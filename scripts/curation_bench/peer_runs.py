"""Remove near-duplicates with one of the peers; runs in the peers' environment, and alone.

    python peer_runs.py PEER CORPUS KEPT_FILE BANDS ROWS

reads the corpus' files, writes the ids that are kept, one a line, and prints the seconds between
as JSON.
Each peer runs as its documentation shows, with word 5-grams, a threshold of .8 and, where it takes
them, both cores. BANDS 0 leaves the cut to the peer: to what it computes from the threshold and 128
permutations, or to its default.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

THRESHOLD = 0.8
N_PERMUTATIONS = 128
SHINGLE_WORDS = 5
N_PROCESSES = 2


def run_datasketch(parts: list[Path], bands: int, rows: int) -> Callable[[], list[str]]:
    """Query before each insertion, as in its documentation: what has a like before it goes."""
    from datasketch import MinHash, MinHashLSH

    def run() -> list[str]:
        index = MinHashLSH(
            threshold=THRESHOLD,
            num_perm=N_PERMUTATIONS,
            params=(bands, rows) if bands else None,
        )
        kept = []
        for part in parts:
            for line in part.open(encoding="utf-8"):
                row = json.loads(line)
                words = row["text"].split(" ")
                signature = MinHash(num_perm=N_PERMUTATIONS)
                signature.update_batch(
                    [
                        " ".join(words[i : i + SHINGLE_WORDS]).encode()
                        for i in range(max(len(words) - SHINGLE_WORDS, 0) + 1)
                    ]
                )
                if not index.query(signature):
                    index.insert(row["id"], signature, check_duplication=False)
                    kept.append(row["id"])
        return kept

    return run


def run_text_dedup(parts: list[Path], bands: int, rows: int) -> Callable[[], list[str]]:
    """Call its command; it writes a `datasets` folder, whose ids are read."""
    from datasets import load_from_disk
    from text_dedup.minhash import main

    def run() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            options = {
                "path": "json",
                "data_files": str(parts[0].parent / "*.jsonl"),
                "split": "train",
                "cache_dir": f"{folder}/cache",
                "output": f"{folder}/output",
                "column": "text",
                "num_proc": N_PROCESSES,
                "ngram": SHINGLE_WORDS,
                "num_perm": N_PERMUTATIONS,
                "threshold": THRESHOLD,
                "hash_func": "xxh3",
            }
            options |= {"b": bands, "r": rows} if bands else {}
            arguments = [
                word for key, value in options.items() for word in (f"--{key}", str(value))
            ]
            main(arguments, standalone_mode=False)
            return list(load_from_disk(f"{folder}/output")["id"])

    return run


def run_datatrove(parts: list[Path], bands: int, rows: int) -> Callable[[], list[str]]:
    """Run its four stages; words are split at spaces, faster than by its own tokenizer, spaCy."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import minhash
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    cut = {"num_buckets": bands, "hashes_per_bucket": rows} if bands else {}
    config = minhash.MinhashConfig(n_grams=SHINGLE_WORDS, **cut)
    source = str(parts[0].parent)
    minhash.load_word_tokenizer = lambda _: SpaceTokenizer()

    def run() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            signature = minhash.MinhashDedupSignature(f"{folder}/signatures", config)
            stages = [
                ([JsonlReader(source), signature], len(parts)),
                (
                    [
                        minhash.MinhashDedupBuckets(
                            f"{folder}/signatures", f"{folder}/buckets", config=config
                        )
                    ],
                    config.num_buckets,
                ),
                (
                    [
                        minhash.MinhashDedupCluster(
                            f"{folder}/buckets", f"{folder}/removed", config=config
                        )
                    ],
                    1,
                ),
                (
                    [
                        JsonlReader(source),
                        minhash.MinhashDedupFilter(f"{folder}/removed"),
                        JsonlWriter(f"{folder}/kept", compression=None),
                    ],
                    len(parts),
                ),
            ]
            for number, (pipeline, n_tasks) in enumerate(stages):
                LocalPipelineExecutor(
                    pipeline,
                    tasks=n_tasks,
                    workers=N_PROCESSES,
                    logging_dir=f"{folder}/logs-{number}",
                ).run()
            lines = [
                line
                for file in sorted(Path(f"{folder}/kept").glob("*.jsonl"))
                for line in file.read_text().splitlines()
            ]
            return [json.loads(line)["id"] for line in lines]

    return run


class SpaceTokenizer:
    """Splits words at spaces."""

    def word_tokenize(self, text: str) -> list[str]:
        """Return the words of a text."""
        return text.split(" ")


RUNS = {
    "datasketch": run_datasketch,
    "text-dedup": run_text_dedup,
    "datatrove": run_datatrove,
}


def main() -> None:
    """Run one peer and print the seconds that it took, imports aside."""
    peer, corpus, kept_file, bands, rows = sys.argv[1:]
    run = RUNS[peer](sorted(Path(corpus).glob("*.jsonl")), int(bands), int(rows))
    started = time.perf_counter()
    kept = run()
    Path(kept_file).write_text("".join(f"{row_id}\n" for row_id in kept))
    seconds = time.perf_counter() - started
    print("\n" + json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
