"""Near-duplicates beside datasketch, text-dedup and datatrove: seconds, and how exact each is."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmark import Section, measured_cell

from curation_bench.all_pairs import ExactAnswer, compare_all_pairs, score
from curation_bench.corpus import write_corpus
from curation_bench.peers import PEERS, install_peers
from workbench.curation.duplicates.banding import Bands, choose_bands
from workbench.curation.duplicates.near import THRESHOLD

N_RUNS = 3
OWN = "workbench"
_HERE = Path(__file__).parent
_BY_ITSELF = Bands(0, 0)
_ERROR_CHARACTERS = 300
_COLUMNS = ("contender", "seconds", "times ours", "removed", "wrong", "left", "F1")


@dataclass(frozen=True)
class Run:
    """One run of a contender: the seconds it took and the ids it kept, or why it could not run."""

    seconds: float = float("nan")
    kept_ids: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True)
class Contender:
    """A way to remove near-duplicates: a command, but for corpus, file of kept ids and cut."""

    name: str
    command: tuple[str, ...]
    is_own: bool = False
    problem: str = ""

    def run(self, corpus: Path, cut: Bands) -> Run:
        """Run it in a process of its own."""
        if self.problem:
            return Run(problem=self.problem)
        with tempfile.TemporaryDirectory() as folder:
            kept_file = Path(folder) / "kept.txt"
            arguments = [corpus, kept_file] + ([] if self.is_own else [cut.n_bands, cut.rows])
            done = subprocess.run(
                [*self.command, *map(str, arguments)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                return Run(problem=done.stderr.strip()[-_ERROR_CHARACTERS:])
            last = json.loads(done.stdout.splitlines()[-1])
            return Run(last["seconds"], frozenset(kept_file.read_text().split()))


def measure(folder: Path, *, quick: bool) -> Section:
    """Time all contenders on one corpus, and score them on another."""
    n_timed, n_scored = (5_000, 5_000) if quick else (100_000, 20_000)
    cut = choose_bands(THRESHOLD)
    contenders = _contenders()
    timed = write_corpus(folder / "timed", n_timed)
    scored = write_corpus(folder / "scored", n_scored, seed=2)
    answer = compare_all_pairs(scored)
    section = Section(
        f"Near-duplicates: {n_timed:,} documents of 1 KB, from file to kept ids, median of "
        f"{N_RUNS}; {cut.n_bands} bands of {cut.rows}.\nRemovals among {n_scored:,} documents, "
        "judged by comparing all pairs: wrong = near no row that is kept, left = should have gone.",
        _COLUMNS,
    )
    contenders[0].run(scored, cut)  # compiles the kernels, which is done once an installation
    # In turns, so that whatever else the machine does meets all of them.
    rounds = [[contender.run(timed, cut) for contender in contenders] for _ in range(N_RUNS)]
    own_seconds = None
    for contender, *runs in zip(contenders, *rounds, strict=True):
        failed = next((run for run in runs if run.problem), None)
        seconds = None if failed else statistics.median(run.seconds for run in runs)
        own_seconds = own_seconds or seconds
        found = failed or contender.run(scored, cut)
        _add(section, contender.name, found, answer, seconds, own_seconds)
    for contender in contenders[1:]:
        found = contender.run(scored, _BY_ITSELF)
        _add(section, f"{contender.name}, cut as it chooses", found, answer, None, None)
    return section


def _contenders() -> list[Contender]:
    peers = install_peers()
    own = Contender(OWN, (sys.executable, str(_HERE / "own_run.py")), is_own=True)
    others = [
        Contender(
            name,
            (str(peers.python), str(_HERE / "peer_runs.py"), name),
            problem=peers.problems.get(name, ""),
        )
        for name in PEERS
    ]
    return [own, *others]


def _add(
    section: Section,
    name: str,
    found: Run,
    answer: ExactAnswer,
    seconds: float | None,
    own_seconds: float | None,
) -> None:
    if found.problem:
        section.rows.append((name, "failed", *["-"] * (len(_COLUMNS) - 2)))
        section.notes.append(f"{name} could not run: {found.problem}")
        section.figures[name] = {"problem": found.problem}
        return
    times = seconds / own_seconds if seconds and own_seconds else None
    scored = score(answer, found.kept_ids)
    section.rows.append(
        (
            name,
            measured_cell(seconds),
            measured_cell(times),
            *map(str, (scored.n_removed, scored.n_wrong, scored.n_left)),
            f"{scored.f1:.4f}",
        )
    )
    section.figures[name] = {"seconds": seconds, "times_ours": times, **asdict(scored)}
