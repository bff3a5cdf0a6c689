"""Stop every server of a project: the application, the model server, Argilla."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.home import Home
from workbench.workflows.annotate_server import annotation_status, stop_annotation
from workbench.workflows.app_server import stop_app
from workbench.workflows.serve_models import serve_status, serve_stop


@dataclass(frozen=True, slots=True)
class Stopped:
    """Which servers ran and are stopped now; an Argilla that is not ours is left alone."""

    servers: tuple[str, ...]


def stop_all(home: Home) -> Stopped:
    """Stop every process that runs for this project, what a crash left included."""
    models_ran = serve_status(home).running
    argilla = annotation_status(home)
    ran = {
        "the application": stop_app(home),
        "the model server": models_ran,
        "Argilla": argilla.embedded and argilla.running,
    }
    serve_stop(home)
    stop_annotation(home)
    return Stopped(tuple(name for name, did in ran.items() if did))
