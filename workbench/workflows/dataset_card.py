"""The dataset card of a version: what it holds, where it came from, and what was done to it."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from workbench.config import resolved
from workbench.files import digest_json
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.store import Source, Store, open_store, resolve_version
from workbench.task import load_task


def dataset_card(home: Home, reference: str) -> str:
    """Return a version's card as Markdown; it holds numbers and names of files, never a text.

    Args:
        home: The project.
        reference: A digest, a unique prefix, or `latest`.

    Raises:
        NotFoundError: There is no such version.
    """
    version = resolve_version(home, reference)
    task = load_task(home.task_file)
    manifest = version.manifest
    with open_store(home) as store:
        tallies = store.tally_decisions(manifest.digest)
        sources = _sources(store, version)
        checks = store.leakage_checks(manifest.digest)
    templates = Environment(
        loader=PackageLoader("workbench.workflows"),
        autoescape=False,  # noqa: S701 - the card is Markdown
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return templates.get_template("dataset_card.md.jinja").render(
        manifest=manifest,
        n_rows=sum(manifest.counts.values()),
        task=task,
        is_current_task=digest_json(resolved(task)) == manifest.task_digest,
        sources=sources,
        tallies=tallies,
        selection=manifest.recipe.get("selection"),
        undone=manifest.recipe.get("undone"),
        checks=checks,
        recall=manifest.recipe.get("personal_data_recall"),
        in_prompt=manifest.recipe.get("personal_data_in_prompt", {}),
    )


def _sources(store: Store, version: VersionFolder) -> list[Source]:
    edges = store.lineage(f"version:{version.manifest.digest}", "parents")
    ids = {edge.parent.removeprefix("source:") for edge in edges}
    return [source for source in store.sources() if source.source_id in ids]
