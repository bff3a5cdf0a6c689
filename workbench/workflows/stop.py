"""Stop every server of a project: the application, the model server, Argilla."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.home import Home
from workbench.workflows.annotate_server import stop_annotation
from workbench.workflows.app_server import stop_app
from workbench.workflows.serve_models import serve_stop


@dataclass(frozen=True, slots=True)
class Stopped:
    """Which servers are stopped now; an Argilla that is not ours is left alone."""

    servers: tuple[str, ...]


def stop_all(home: Home) -> Stopped:
    """Stop every process that runs for this project, what a crash left included."""
    stop_app(home)
    serve_stop(home)
    argilla = stop_annotation(home)
    ours = ("Argilla",) if argilla.embedded else ()
    return Stopped(("the application", "the model server", *ours))
