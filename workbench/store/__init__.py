"""The curated store on DuckDB: sources, examples, decisions, versions, runs and lineage."""

from workbench.store.connection import DEFAULT_WAIT_SECONDS
from workbench.store.corrections import Correction, seal_texts, texts_digest
from workbench.store.decisions import Action, Decision, DecisionTally, RecordedDecision
from workbench.store.edits import SealedEdits, edits_digest, edits_schema
from workbench.store.encryption import KeyRing, SourceCipher
from workbench.store.erasing import SealedContent
from workbench.store.leakage_checks import CheckVerdict, LeakageCheckRow
from workbench.store.originals import (
    Original,
    Sighting,
    examples_schema,
    open_original,
)
from workbench.store.quarantine import QuarantinedRow, QuarantineFix, quarantine_schema
from workbench.store.rulings import (
    RecordedRuling,
    Ruling,
    Rulings,
    rulings_in_force,
    words_in_force,
)
from workbench.store.runs import Edge
from workbench.store.sentence_labels import (
    LabelOrigin,
    SentenceLabel,
    SentenceWord,
    sentence_digest,
)
from workbench.store.sources import AddedSource, Source
from workbench.store.store import (
    Store,
    example_rows,
    open_store,
    pair_rows,
    resolve_version,
    rewrite_store,
)
from workbench.store.versions import RecordedVersion, VersionRow

__all__ = [
    "DEFAULT_WAIT_SECONDS",
    "Action",
    "AddedSource",
    "CheckVerdict",
    "Correction",
    "Decision",
    "DecisionTally",
    "Edge",
    "KeyRing",
    "LabelOrigin",
    "LeakageCheckRow",
    "Original",
    "QuarantineFix",
    "QuarantinedRow",
    "RecordedDecision",
    "RecordedRuling",
    "RecordedVersion",
    "Ruling",
    "Rulings",
    "SealedContent",
    "SealedEdits",
    "SentenceLabel",
    "SentenceWord",
    "Sighting",
    "Source",
    "SourceCipher",
    "Store",
    "VersionRow",
    "edits_digest",
    "edits_schema",
    "example_rows",
    "examples_schema",
    "open_original",
    "open_store",
    "pair_rows",
    "quarantine_schema",
    "resolve_version",
    "rewrite_store",
    "rulings_in_force",
    "seal_texts",
    "sentence_digest",
    "texts_digest",
    "words_in_force",
]
