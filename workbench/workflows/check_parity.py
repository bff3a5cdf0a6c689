"""Serve a merged model once and prove that it is the trained one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from serving import backends, server
from serving.provenance import Provenance, read_provenance, verify_files
from serving.served_parity import PARITY_RECORD, Reference, ServedParity, check_served, enforce
from training import find_run
from workbench.errors import NotFoundError, ParityError
from workbench.files import write_json
from workbench.home import Home
from workbench.parity_rows import ParityRow, read_parity_rows
from workbench.progress import track
from workbench.settings import load_settings
from workbench.workflows.serve_models import merged_plan

_PARITY_SERVER = "parity-server"


def check_parity(home: Home, *, name: str = "", backend: str = "") -> ServedParity:
    """Serve `models/<name>` alone, compare it with the merged and the trained model, stop it.

    The result is recorded as served_parity.json beside the model, also when it fails.

    Args:
        home: The project.
        name: A merged model; the newest one if empty.
        backend: `auto`, `vllm` or `transformers`; the settings decide if empty.

    Raises:
        NotFoundError: There is no such merged model, or its run is gone.
        MergeError: The merged files were changed.
        ParityError: The served model is not the trained one.
    """
    # torch is loaded only once there is something to compare
    from serving.parity import references

    provenance = _find(home, name)
    folder = home.models / provenance.name
    verify_files(folder, provenance)
    run = find_run(home.runs, provenance.run_id)
    if run.adapter_sha256 != provenance.adapter_sha256:
        raise ParityError(
            f"Run {run.run_id} was trained again after {provenance.name} was merged.",
            "Merge it again under another name.",
        )
    rows = read_parity_rows(run.folder)
    with track("check the served model") as progress:
        expected = references(folder, rows)
        progress.update(0, note="starting the server")
        parity = _ask_server(home, provenance.name, rows, expected, wanted=backend)
    write_json(folder / PARITY_RECORD, asdict(parity))
    enforce(parity)
    return parity


def _ask_server(
    home: Home,
    name: str,
    rows: Sequence[ParityRow],
    expected: Sequence[Reference],
    *,
    wanted: str,
) -> ServedParity:
    """Serve the model under a name of its own, so that the chat server goes on, and ask it."""
    wanted = wanted or load_settings(home.settings_file).serving.backend
    plan = merged_plan(home, name)
    with server.turn(home.servers, _PARITY_SERVER):
        try:
            backends.serve(home.servers, _PARITY_SERVER, plan, wanted=wanted, port=0)
            backend = server.status(home.servers, _PARITY_SERVER).backend
            with server.open_client(home.servers, _PARITY_SERVER) as client:
                return check_served(
                    client, plan.model_name, rows, expected, name=name, backend=backend
                )
        finally:
            server.stop(home.servers, _PARITY_SERVER)


def _find(home: Home, name: str) -> Provenance:
    if name:
        return read_provenance(home.models / name)
    found = [read_provenance(path.parent) for path in home.models.glob("[!.]*/provenance.json")]
    if not found:
        raise NotFoundError("There is no merged model.", "Make one with `workbench merge`.")
    return max(found, key=lambda provenance: provenance.created_at)
