"""Groups of commands that several modules add to."""

from __future__ import annotations

import typer


def data_group(app: typer.Typer) -> typer.Typer:
    """Return the `data` group of the application, made when the first command asks for it."""
    for known in app.registered_groups:
        if known.name == "data" and known.typer_instance is not None:
            return known.typer_instance
    group = typer.Typer(help="Look at imported files, versions and rows.", no_args_is_help=True)
    app.add_typer(group, name="data")
    return group
