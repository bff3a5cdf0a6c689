"""Refusals of Argilla that a caller can answer."""

from __future__ import annotations

from workbench.errors import AnnotationError


class NotOnServerError(AnnotationError):
    """What was asked for is not on the server (404)."""


class ConflictError(AnnotationError):
    """What should be made is there already (409)."""


class NotTakenError(AnnotationError):
    """What was sent does not fit what is asked for (422)."""


class DatasetGoneError(NotOnServerError):
    """A dataset that was pushed is no longer on the server."""
