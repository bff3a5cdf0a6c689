"""Build the command tree and turn errors into two sentences and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from workbench.cli import (
    annotate_commands,
    app_commands,
    data_commands,
    evaluate_commands,
    export_commands,
    import_commands,
    inspect_commands,
    leakage_commands,
    pair_commands,
    project_commands,
    select_commands,
    serve_commands,
    train_commands,
)
from workbench.errors import WorkbenchError

EXIT_OURS = 1
EXIT_USER = 2
EXIT_INTERRUPTED = 130


def build_app() -> typer.Typer:
    """Return the command tree; importing command modules is cheap, running them need not be."""
    app = typer.Typer(
        name="workbench",
        help="Curate, label, fine-tune, serve and compare blind: one loop, on your own machine.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for group in (
        project_commands,
        import_commands,
        data_commands,
        inspect_commands,
        export_commands,
        leakage_commands,
        pair_commands,
        select_commands,
        annotate_commands,
        train_commands,
        serve_commands,
        evaluate_commands,
        app_commands,
    ):
        group.register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 for a mistake of the user, 1 for one of ours."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    debug = "--debug" in given
    try:
        result = build_app()(given, standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except TyperException as exc:
        print(f"Error: {exc.format_message()}", file=sys.stderr)
        print("See `workbench --help`, or --help after the command.", file=sys.stderr)
        return EXIT_USER
    except WorkbenchError as exc:
        if debug:
            raise
        _report(exc)
        return exc.exit_code
    except BrokenPipeError:
        # the reader of our output has gone (`workbench … | head`): nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OURS
    except Exception as exc:
        if debug:
            raise
        _report_ours(exc)
        return EXIT_OURS
    if result == EXIT_INTERRUPTED:
        return _interrupted()
    return result if isinstance(result, int) else 0


def _report(error: WorkbenchError) -> None:
    print(f"Error: {error.message}", file=sys.stderr)
    if error.hint:
        print(error.hint, file=sys.stderr)


def _report_ours(error: Exception) -> None:
    place = "an unknown place"
    if frames := _frames(error):
        place = frames[-1]
    # The text of a foreign exception may quote the user's data, so only its kind is shown.
    print(
        f"Error: {type(error).__name__} at {place}. This is a fault of the workbench.",
        file=sys.stderr,
    )
    print("Run the same command with --debug and report what it prints.", file=sys.stderr)


def _frames(error: Exception) -> list[str]:
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found


def _interrupted() -> int:
    print("\nStopped. Nothing is half-written; the same command continues.", file=sys.stderr)
    return EXIT_INTERRUPTED
