"""How an Argilla server stands towards us: what is wrong, in words, and what mends it.

One finding serves every command and the Label page, so the same trouble is told the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from workbench.errors import AnnotationError, AnnotationServerError

KEY_VARIABLE = "WORKBENCH_ARGILLA_KEY"
_START = "Start it with `workbench annotate start`."
_START_ANEW = "Stop it with `workbench annotate stop`, then start it again."
_OWNERS_KEY = f"Put an owner's API key into ${KEY_VARIABLE}; Argilla shows people theirs."
_NO_KEY_CHARACTER = re.compile(r"[^ -~]")  # a header takes printable ASCII


class Standing(StrEnum):
    """What asking a server found; only `OK` can be worked with."""

    OK = "ok"
    NOT_RUNNING = "not running"
    WRONG_ADDRESS = "wrong address"
    WRONG_ENVIRONMENT = "wrong proxy or certificates"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    NOT_ARGILLA = "not Argilla"
    NO_KEY = "no key"
    MALFORMED_KEY = "malformed key"
    KEY_REFUSED = "key refused"
    NOT_OWNER = "not an owner's key"


_PROBLEMS = {
    Standing.OK: "",
    Standing.NOT_RUNNING: "Argilla does not run.",
    Standing.WRONG_ADDRESS: "{url} is no address ({detail}).",
    Standing.WRONG_ENVIRONMENT: "The proxy or the certificates that the environment names cannot "
    "be used ({detail}).",
    Standing.UNREACHABLE: "Argilla at {url} does not answer ({detail}).",
    Standing.FAILED: "Argilla at {url} failed ({detail}).",
    Standing.NOT_ARGILLA: "What answers at {url} is not Argilla ({detail}).",
    Standing.NO_KEY: "There is no key for Argilla at {url}.",
    Standing.MALFORMED_KEY: f"${KEY_VARIABLE} holds no key of Argilla: {{detail}}.",
    Standing.KEY_REFUSED: "Argilla at {url} does not know the key ({detail}).",
    Standing.NOT_OWNER: "The key for Argilla at {url} is not an owner's ({detail}).",
}
_OF_EMBEDDED = {
    Standing.OK: "",
    Standing.NOT_RUNNING: _START,
    Standing.UNREACHABLE: "If it does not answer within a minute, start it anew with "
    "`workbench annotate start`; `workbench annotate status` names its log.",
    Standing.FAILED: "Its log says why: `workbench annotate status` names it.",
}
_OF_EXISTING = {
    Standing.OK: "",
    Standing.WRONG_ADDRESS: "Set argilla.url in workbench.toml.",
    Standing.WRONG_ENVIRONMENT: "Check $HTTPS_PROXY, $HTTP_PROXY, $ALL_PROXY, $SSL_CERT_FILE and "
    "$SSL_CERT_DIR.",
    Standing.UNREACHABLE: "It is not ours to start: check argilla.url in workbench.toml, the "
    "network, its proxy and certificates, and with whoever runs it whether it is up.",
    Standing.FAILED: "Whoever runs that server finds the reason in its log.",
    Standing.NOT_ARGILLA: "Put the address at which Argilla opens in a browser into argilla.url in "
    "workbench.toml.",
}
# of these the person who set it is at fault, not a machine
_MISTAKES = (
    Standing.WRONG_ADDRESS,
    Standing.WRONG_ENVIRONMENT,
    Standing.NO_KEY,
    Standing.MALFORMED_KEY,
    Standing.NOT_OWNER,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What asking a server found.

    Attributes:
        standing: How it stands.
        url: Its address.
        embedded: Whether the server is ours.
        detail: What was seen, such as a status; never a key, never text of a record.
    """

    standing: Standing
    url: str = ""
    embedded: bool = True
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server can be worked with."""
        return self.standing is Standing.OK

    @property
    def problem(self) -> str:
        """What is wrong, in one sentence; empty if nothing is."""
        return _PROBLEMS[self.standing].format(url=self.url, detail=self.detail)

    @property
    def remedy(self) -> str:
        """What to do about it; empty if nothing is wrong."""
        if self.embedded:
            return _OF_EMBEDDED.get(self.standing, _START_ANEW)
        return _OF_EXISTING.get(self.standing, _OWNERS_KEY)

    def error(self) -> AnnotationError:
        """Return the error that a command ends with."""
        kind = AnnotationError if self.standing in _MISTAKES else AnnotationServerError
        return kind(self.problem, self.remedy)


class ConnectionSetupError(AnnotationError):
    """No connection can be made as the settings and the environment say."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.problem, finding.remedy)
        self.finding = finding


def find_key_problem(url: str, key: str) -> Finding | None:
    """Return what is wrong with the key for an existing server before it is asked, or None."""
    if not key:
        return Finding(Standing.NO_KEY, url, embedded=False)
    if wrong := _NO_KEY_CHARACTER.search(key):
        detail = f"character {wrong.start() + 1} of {len(key)} is none that a key can have"
        return Finding(Standing.MALFORMED_KEY, url, embedded=False, detail=detail)
    return None
