"""Detectors that learn: what the patterns cannot see, for those who have a model.

A detector is anything with `find`. Two adapters stand here; neither library is needed to import
this module, and neither downloads a model by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from workbench.curation.personal_data.kinds import Finding
from workbench.errors import ConfigError, DependencyError


class Detector(Protocol):
    """Finds personal data in a text, with places in characters."""

    def find(self, text: str) -> Iterable[Finding]:
        """Return findings in any order; they may overlap."""
        ...


_PRESIDIO_KINDS = {
    "PERSON": "name",
    "LOCATION": "address",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
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


class PresidioDetector:
    """Asks an analyzer of presidio-analyzer.

    Args:
        least_score: Least confidence, in 0-1.
        language: Language of the texts.
        kinds: What Presidio's types are called here; other types are left out.

    Raises:
        DependencyError: presidio-analyzer is missing.
    """

    def __init__(
        self,
        *,
        least_score: float = 0.5,
        language: str = "en",
        kinds: Mapping[str, str] = _PRESIDIO_KINDS,
    ) -> None:
        self._analyzer: Any = _library("presidio_analyzer", "presidio").AnalyzerEngine()
        self._least_score, self._language, self._kinds = least_score, language, kinds

    def find(self, text: str) -> list[Finding]:
        """Return what the analyzer finds with enough confidence."""
        results = self._analyzer.analyze(
            text, self._language, entities=sorted(self._kinds), score_threshold=self._least_score
        )
        return [Finding(self._kinds[each.entity_type], each.start, each.end) for each in results]


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
                f"There is no GLiNER model in {model}.", "Download it, and name its folder."
            )
        library = _library("gliner", "gliner")
        self._model: Any = library.GLiNER.from_pretrained(str(model), local_files_only=True)
        self._least_score, self._kinds = least_score, kinds

    def find(self, text: str) -> list[Finding]:
        """Return what the model finds with enough confidence."""
        labels = sorted(self._kinds)
        results = self._model.predict_entities(text, labels, threshold=self._least_score)
        return [Finding(self._kinds[each["label"]], each["start"], each["end"]) for each in results]


def _library(module: str, extra: str) -> Any:  # noqa: ANN401 - these libraries come untyped
    try:
        return import_module(module)
    except ImportError as exc:
        raise DependencyError(
            f"The model tier for personal data needs {module}, which is not installed.",
            f"Install it with `pip install 'finetune-workbench[{extra}]'`.",
        ) from exc
