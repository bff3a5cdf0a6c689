"""Names that people give in configuration files, and what is said of one that cannot be."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator


def _matching(pattern: str, said: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(said)
        return value

    return AfterValidator(check)


Name = Annotated[
    str,
    _matching(
        r"[a-z][a-z0-9_]{0,39}",
        "a name begins with a small letter and has only small letters, digits and _, at most 40",
    ),
]
UserName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,79}",
        "a user name begins with a letter or digit and has only letters, digits and _ . @ -, at "
        "most 80",
    ),
]
