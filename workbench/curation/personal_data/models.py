"""Detectors that learn: what the patterns cannot see, for those who have a model.

A detector is anything with `find` and a name for its decisions. Two adapters stand here; neither
library is needed to import this module, and nothing is downloaded: a model has to lie on the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from workbench.curation.personal_data.kinds import Finding, ModelFinding
from workbench.errors import ConfigError, DependencyError
from workbench.files import digest_json, sha256_file

_SHOWN_DIGITS = 12


class Detector(Protocol):
    """Finds personal data in a text, with places in characters."""

    @property
    def agent(self) -> str:
        """The library and the model, with their versions: what else decides its findings."""
        ...

    def find(self, text: str) -> Iterable[Finding]:
        """Return findings in any order; they may overlap."""
        ...


# What has a form of its own is left to the patterns. So Presidio's recogniser of e-mail addresses
# is not asked, which would fetch the list of public suffixes from the internet.
_PRESIDIO_KINDS = {
    "PERSON": "name",
    "LOCATION": "address",
    "PHONE_NUMBER": "phone",
    "US_SSN": "ssn",
    "US_DRIVER_LICENSE": "id_number",
    "US_PASSPORT": "id_number",
    "US_BANK_NUMBER": "account_number",
    "MEDICAL_LICENSE": "id_number",
}
_GLINER_KINDS = {
    "person": "name",
    "street address": "address",
    "date of birth": "date_of_birth",
    "account number": "account_number",
    "case number": "case_number",
    "identity document number": "id_number",
}


@lru_cache(maxsize=1)  # a model takes long to load, and is asked for more than once
def detectors(kind: str, model: str, least_score: float) -> tuple[Detector, ...]:
    """Return the model tier that a recipe asks for.

    Args:
        kind: `off`, `presidio` or `gliner`.
        model: Name or folder of the model.
        least_score: Least confidence, in 0-1.

    Raises:
        ConfigError: The model is not there.
        DependencyError: The library is missing.
    """
    if kind == "presidio":
        return (PresidioDetector(model, least_score=least_score),)
    if kind == "gliner":
        return (GlinerDetector(Path(model).expanduser(), least_score=least_score),)
    return ()


class PresidioDetector:
    """Asks an analyzer of presidio-analyzer.

    Args:
        model: A spaCy model: an installed package, a folder, or `blank:en` for none.
        least_score: Least confidence, in 0-1.
        kinds: What Presidio's types are called here; other types are left out.

    Raises:
        ConfigError: spaCy does not find the model.
        DependencyError: presidio-analyzer is missing.
    """

    def __init__(
        self,
        model: str,
        *,
        least_score: float = 0.5,
        kinds: Mapping[str, str] = _PRESIDIO_KINDS,
    ) -> None:
        library = _library("presidio_analyzer", "presidio")
        # It warns of each of its recognisers for other languages.
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        pipeline = _spacy_model(model)
        engine = library.nlp_engine.SpacyNlpEngine()
        engine.nlp = {pipeline.lang: pipeline}  # else it would load, or download, one itself
        self._analyzer: Any = library.AnalyzerEngine(
            nlp_engine=engine, supported_languages=[pipeline.lang]
        )
        self._language = pipeline.lang
        known = set(self._analyzer.get_supported_entities(pipeline.lang))
        self._kinds = {type_: kind for type_, kind in kinds.items() if type_ in known}
        self._least_score = least_score
        meta = pipeline.meta
        self.agent = (
            f"presidio-analyzer {version('presidio-analyzer')}, "
            f"spaCy {meta['lang']}_{meta['name']} {meta['version']}"
        )

    def find(self, text: str) -> list[ModelFinding]:
        """Return what the analyzer finds with enough confidence."""
        results = self._analyzer.analyze(
            text, self._language, entities=sorted(self._kinds), score_threshold=self._least_score
        )
        return [
            ModelFinding.of(
                Finding(self._kinds[each.entity_type], each.start, each.end),
                self.agent,
                float(each.score),
            )
            for each in results
        ]


class GlinerDetector:
    """Asks a GLiNER model that lies in a local folder.

    Args:
        model: Folder of the model.
        least_score: Least confidence, in 0-1.
        kinds: What the model is asked for, in words, and what that is called here.

    Raises:
        ConfigError: The folder does not exist.
        DependencyError: gliner is missing.
    """

    def __init__(
        self,
        model: Path,
        *,
        least_score: float = 0.5,
        kinds: Mapping[str, str] = _GLINER_KINDS,
    ) -> None:
        if not model.is_dir():
            raise ConfigError(
                f"personal_data.model_name: there is no GLiNER model in {model}.",
                "Download it, and name its folder.",
            )
        library = _library("gliner", "gliner")
        self._model: Any = library.GLiNER.from_pretrained(str(model), local_files_only=True)
        self._least_score, self._kinds = least_score, kinds
        self.agent = f"gliner {version('gliner')}, {model.name} {_folder_digest(model)}"

    def find(self, text: str) -> list[ModelFinding]:
        """Return what the model finds with enough confidence."""
        labels = sorted(self._kinds)
        results = self._model.predict_entities(text, labels, threshold=self._least_score)
        return [
            ModelFinding.of(
                Finding(self._kinds[each["label"]], each["start"], each["end"]),
                self.agent,
                float(each["score"]),
            )
            for each in results
        ]


def _spacy_model(name: str) -> Any:  # noqa: ANN401 - spaCy comes untyped
    try:
        return _library("spacy", "presidio").load(name)
    except OSError as exc:
        raise ConfigError(
            f"personal_data.model_name: spaCy finds no model {name!r}.",
            "Install it (`python -m spacy download en_core_web_lg`), or name its folder.",
        ) from exc


def _folder_digest(folder: Path) -> str:
    """Return a digest of a model's files, since a folder has no version."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = [[str(path.relative_to(folder)), sha256_file(path)] for path in files]
    return digest_json(content)[:_SHOWN_DIGITS]


def _library(module: str, extra: str) -> Any:  # noqa: ANN401 - these libraries come untyped
    try:
        return import_module(module)
    except ImportError as exc:
        raise DependencyError(
            f"The model tier for personal data needs {module}, which is not installed.",
            f"Install it with `pip install 'finetune-workbench[{extra}]'`, or set "
            "personal_data.model to off.",
        ) from exc
