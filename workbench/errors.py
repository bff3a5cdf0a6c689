"""Every error a user can meet, in one tree.

WorkbenchError(message, hint)      ConfigError · DependencyError · PortInUseError · DiskFullError
  DataError        ImportFileError · InvalidExampleError · RowChangedError
                   EmptySplitError · LeakageError · PersonalDataError
  StoreError       NotFoundError · SchemaVersionError
                   StoreBusyError · VersionCorruptError · NotSavedError
  AnnotationError  AnnotationServerError
  TrainingError    GpuMemoryError · DivergedError · CheckpointError
  EvaluationError  JudgeError
  ServingError     MergeError · ParityError · ServerStartError · PromptTooLongError

The message says what happened, with the value seen and the place. The hint names the next thing to
try. The command line turns `exit_code` into the process's exit code: 2 means that the user can mend
it, 1 means that the fault is ours or the machine's.
"""

from __future__ import annotations

from typing import ClassVar


class WorkbenchError(Exception):
    """An expected failure, worded for the person who has to act on it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigError(WorkbenchError):
    """A settings, task, recipe or run file holds something that it must not."""


class DependencyError(WorkbenchError):
    """An optional part or a system package is missing; the hint says how to install it."""


class PortInUseError(WorkbenchError):
    """The address that a server should listen on is taken."""


class DiskFullError(WorkbenchError):
    """The disk has no room left for what is being written."""

    exit_code = 1


class DataError(WorkbenchError):
    """The user's data cannot be used as asked."""


class ImportFileError(DataError):
    """A file cannot be read as the format that it claims."""


class InvalidExampleError(DataError):
    """One row of a file is not a usable example."""

    def __init__(
        self, message: str, hint: str = "", *, file: str, line: int, field: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.file = file
        self.line = line
        self.field = field


class RowChangedError(DataError):
    """A row's texts are not those any more that a person had before him."""


class EmptySplitError(DataError):
    """A split would receive no example."""


class LeakageError(DataError):
    """Evaluation text stands in training data, or would be put there."""


class PersonalDataError(DataError):
    """Less personal data would be found than the project asks for."""


class StoreError(WorkbenchError):
    """The curated store cannot do what was asked."""


class NotFoundError(StoreError):
    """A row, version, run or person of that name does not exist."""


class SchemaVersionError(StoreError):
    """The database was written by a newer release."""


class StoreBusyError(StoreError):
    """Another process holds the store for longer than we are willing to wait."""


class VersionCorruptError(StoreError):
    """A published version's files are not the ones that its manifest names."""

    exit_code = 1


class NotSavedError(StoreError):
    """A person's vote, score or account was not written; what they typed must be kept."""

    exit_code = 1


class AnnotationError(WorkbenchError):
    """Labelling in Argilla cannot go on."""


class AnnotationServerError(AnnotationError):
    """The Argilla server cannot be started or does not answer."""

    exit_code = 1


class TrainingError(WorkbenchError):
    """Training cannot start or go on."""


class GpuMemoryError(TrainingError):
    """The accelerator has too little memory for this configuration."""


class DivergedError(TrainingError):
    """The loss is not finite, or nothing was learned."""

    exit_code = 1


class CheckpointError(TrainingError):
    """A checkpoint or an adapter is incomplete, or not the one expected."""

    exit_code = 1


class EvaluationError(WorkbenchError):
    """Answers cannot be generated or scored."""


class JudgeError(EvaluationError):
    """A judge gave no usable rating."""


class ServingError(WorkbenchError):
    """A model cannot be merged or served."""


class MergeError(ServingError):
    """The adapter does not fit the base model, or the merge failed."""


class ParityError(ServingError):
    """The merged or served model does not compute what was trained."""

    exit_code = 1


class ServerStartError(ServingError):
    """The model server did not become ready."""

    exit_code = 1


class PromptTooLongError(ServingError):
    """A prompt and its answer need more tokens than the model server takes.

    Attributes:
        tokens: Length of the prompt, or of what was to be scored.
    """

    def __init__(self, message: str, hint: str = "", *, tokens: int) -> None:
        super().__init__(message, hint)
        self.tokens = tokens
