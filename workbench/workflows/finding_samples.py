"""Some rows of which one rule spoke, drawn by a seed: enough to see whether the rule is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.curation.wording.shown_edits import ShownEdit
from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.manifest import VersionFolder, read_version
from workbench.store import Decision, RecordedRuling, Store, open_store, words_in_force
from workbench.workflows.row_edits import edits_of_rows
from workbench.workflows.row_texts import PublishedRow, published_rows

SAMPLED_ROWS = 10


@dataclass(frozen=True, slots=True)
class SampledRow:
    """A row of which the rule spoke.

    Attributes:
        row_id: The example or the pair.
        places: Where it was seen, such as `notes.csv, line 12`; it holds no text.
        said: The rule's decisions on it, mostly one.
        published: Its texts in the version; None if the version left it out.
        ruling: What a person said of this rule and row, if it stands.
        edits: What the rule changed in it, or would change; nothing once its source is erased.
    """

    row_id: str
    places: tuple[str, ...]
    said: tuple[Decision, ...]
    published: PublishedRow | None
    ruling: RecordedRuling | None
    edits: tuple[ShownEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingSample:
    """A rule and some of its rows.

    Attributes:
        version: Digest of the version whose decisions these are.
        rule: As `stage.rule`.
        rows_by_action: Rows of which it spoke, per action.
        seed: Which draw this is.
        rows: The rows drawn.
        ruling: That the rule was undone or accepted for all rows, if it was.
    """

    version: str
    rule: str
    rows_by_action: Mapping[str, int]
    seed: int
    rows: tuple[SampledRow, ...]
    ruling: RecordedRuling | None

    @property
    def n_rows(self) -> int:
        return sum(self.rows_by_action.values())


@dataclass(slots=True)
class _Drawn:
    """What the store said, so that it can be closed before texts are read."""

    rows_by_action: Mapping[str, int]
    said: dict[str, list[Decision]] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    words: dict[str | None, RecordedRuling] = field(default_factory=dict)
    edits: dict[str, tuple[ShownEdit, ...]] = field(default_factory=dict)


def sample_finding(
    home: Home, reference: str, rule: str, *, n_rows: int = SAMPLED_ROWS, seed: int = 0
) -> FindingSample:
    """Return some rows of a finding.

    Args:
        home: The project.
        reference: A digest, a unique prefix, or `latest`.
        rule: As `stage.rule`.
        n_rows: How many at most.
        seed: The same seed draws the same rows.

    Raises:
        NotFoundError: There is no such version, or the rule said nothing on the way to it.
    """
    stage, _, name = rule.partition(".")
    with open_store(home) as store:
        digest = store.find_version(reference)
        drawn = _Drawn(store.count_finding(digest, stage, name))
        if not drawn.rows_by_action:
            raise NotFoundError(
                f"{rule!r} said nothing on the way to version {digest}.",
                "The output of `workbench curate` and the data page list the rules that did.",
            )
        for decision in store.sample_finding(digest, stage, name, n_rows=n_rows, seed=seed):
            drawn.said.setdefault(decision.row_id, []).append(decision)
        drawn.places = {row_id: places_of(store, row_id) for row_id in drawn.said}
        changed = edits_of_rows(store, digest, drawn.said)
        drawn.edits = {row_id: each.of_rule(stage, name) for row_id, each in changed.items()}
        drawn.words = _words_on(rule, store.rulings())
    rows = _rows(drawn, read_version(home.versions / digest))
    return FindingSample(digest, rule, drawn.rows_by_action, seed, rows, drawn.words.get(None))


def places_of(store: Store, row_id: str) -> tuple[str, ...]:
    """Return where a row was seen, in files in force before replaced ones."""
    seen = sorted(store.sightings(row_id), key=lambda sighting: sighting.status != "in force")
    return tuple(f"{sighting.file_name}, {sighting.locator}" for sighting in seen)


def _words_on(rule: str, recorded: Sequence[RecordedRuling]) -> dict[str | None, RecordedRuling]:
    """Return what stands of a rule by row; that it is undone goes before that it was accepted."""
    words = [word for word in words_in_force(recorded) if word.rule == rule]
    return {word.row_id: word for word in sorted(words, key=lambda word: word.ruling)}


def _rows(drawn: _Drawn, version: VersionFolder) -> tuple[SampledRow, ...]:
    published = published_rows(version, drawn.said)
    return tuple(
        SampledRow(
            row_id,
            drawn.places[row_id],
            tuple(said),
            published.get(row_id),
            drawn.words.get(row_id),
            drawn.edits.get(row_id, ()),
        )
        for row_id, said in drawn.said.items()
    )
