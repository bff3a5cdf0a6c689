"""Which version people are labelling: what a pull publishes is a newer one, but no other task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from annotation.label_folder import Push, list_pushes
from workbench.home import Home
from workbench.manifest import Manifest, VersionFolder
from workbench.records import Example
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples

WORKFLOW = "annotate"  # that made a version of answers, as its recipe says
LATEST = "latest:examples"


def version_to_label(home: Home, split: str) -> VersionFolder:
    """Return the version whose split people label: the newest, or what it was pulled from.

    Where nothing but answers made the newest version from one that was pushed, people go on with
    that one, so that nobody is asked the same again.
    """
    latest = resolve_version(home, LATEST)
    labelled = _labelled_in(latest.manifest.digest, _by_digest(home))
    for _, push in list_pushes(home.labels, "instructions"):
        if push.split == split and push.version in labelled:
            return resolve_version(home, push.version)
    return latest


def last_unlabelled(home: Home) -> str:
    """Return the newest version of examples that no pull made; curation left its findings there."""
    digests = [digest for digest, each in _by_digest(home).items() if not _is_pulled(each)]
    return digests[0] if digests else LATEST


def with_other_splits(
    home: Home, push: Push, labelled: Iterable[Example]
) -> tuple[list[Example], list[str]]:
    """Return the rows of a version whose split was labelled, and the versions that they come from.

    The other splits stand as the newest pull of answers to one of them left them, so that answers
    to one split never undo those to another.

    Args:
        home: The project.
        push: What was pushed.
        labelled: The rows of its version that stay, with people's answers.
    """
    manifests = _by_digest(home)
    for digest, manifest in manifests.items():
        is_of_another = manifest.recipe.get("split") != push.split
        if is_of_another and push.version in _labelled_in(digest, manifests):
            others = read_examples(resolve_version(home, digest))
            rows = [row for row in labelled if row.split == push.split]
            rows += [row for row in others if row.split != push.split]
            return sorted(rows, key=lambda row: row.example_id), [push.version, digest]
    return list(labelled), [push.version]


def _by_digest(home: Home) -> dict[str, Manifest]:
    """Return the versions of examples, the one published last first."""
    with open_store(home) as store:
        manifests = [each.manifest for each in store.list_versions()]
    return {each.digest: each for each in manifests if each.kind == "examples"}


def _labelled_in(digest: str, manifests: Mapping[str, Manifest]) -> set[str]:
    """Return the versions from which pulls alone made a version, step by step."""
    found: set[str] = set()
    todo = {digest}
    while todo:
        pulled = [each for each in todo if _is_pulled(manifests[each])]
        todo = {parent for each in pulled for parent in manifests[each].parents} - found
        found |= todo
    return found


def _is_pulled(manifest: Manifest) -> bool:
    return manifest.recipe.get("workflow") == WORKFLOW
