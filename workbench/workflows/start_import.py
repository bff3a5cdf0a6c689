"""Start an import as a job, from the options of a form: the same command as in a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ImportFileError
from workbench.home import Home
from workbench.jobs import Job, start_job
from workbench.workflows.preview_import import ImportPreview, preview_import
from workbench.workflows.uploads import upload_path

TITLE = "Import"


@dataclass(frozen=True, slots=True)
class ImportChoice:
    """What somebody chose to import, as text; empty for what is to be detected.

    Attributes:
        path: Full path of a file or folder on this machine.
        upload: Id of an upload, in place of a path.
        mapping: `input=COLUMN,output=COLUMN,…`.
        layout: One of the layouts.
        file_format: One of the formats.
        encoding: Of the text.
        join: Full path of the answers, where they stand apart.
        on: Key of both files.
        licence: Of the texts.
        replace: Take earlier files of the same name out of force.
    """

    path: str = ""
    upload: str = ""
    mapping: str = ""
    layout: str = ""
    file_format: str = ""
    encoding: str = "utf-8"
    join: str = ""
    on: str = ""
    licence: str = ""
    replace: bool = False


def preview_choice(home: Home, choice: ImportChoice) -> ImportPreview:
    """Show how the chosen files would be read; nothing is written.

    Raises:
        ImportFileError: A path is not complete, or a file cannot be opened at all.
        NotFoundError: The upload is not there any more.
    """
    return preview_import(
        [chosen_path(home, choice)],
        mapping=choice.mapping,
        file_format=choice.file_format or None,
        layout=choice.layout or None,
        encoding=choice.encoding,
        join=_full_path(choice.join) if choice.join else None,
        on=choice.on,
    )


def start_import(home: Home, choice: ImportChoice) -> Job:
    """Start the import as a job that outlives the page and the application.

    Raises:
        ImportFileError: A path is not complete.
        NotFoundError: The upload is not there any more.
    """
    return start_job(home.jobs, TITLE, import_arguments(home, choice))


def import_arguments(home: Home, choice: ImportChoice) -> list[str]:
    """Return the command line of an import; options left empty are not on it."""
    options = {
        "--map": choice.mapping,
        "--layout": choice.layout,
        "--format": choice.file_format,
        "--encoding": choice.encoding if choice.encoding != "utf-8" else "",
        "--join": str(_full_path(choice.join)) if choice.join else "",
        "--on": choice.on,
        "--licence": choice.licence,
    }
    # one argument each, so that a value can never be read as another option
    given = [f"{flag}={value}" for flag, value in options.items() if value]
    replace = ["--replace"] if choice.replace else []
    # a full path begins with a slash, so it is no option either
    return ["import", str(chosen_path(home, choice)), *given, *replace, "--home", str(home.root)]


def chosen_path(home: Home, choice: ImportChoice) -> Path:
    """Return the file or folder that was chosen."""
    return upload_path(home, choice.upload) if choice.upload else _full_path(choice.path)


def _full_path(text: str) -> Path:
    path = Path(text.strip()).expanduser()
    if not path.is_absolute():
        raise ImportFileError(
            f"{text!r} is not a full path.", "Write it from the root, such as /home/anna/notes.csv."
        )
    return path
