"""Whether text of one split stands in another."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import combinations
from typing import Any

from workbench.curation.text import canonical
from workbench.errors import LeakageError
from workbench.records import SPLITS


class LeakageCheck:
    """Collects the inputs of a version and gives the verdict that its manifest carries.

    It looks at the published text itself and shares nothing with the code that assigned the
    splits, so that a mistake there shows here.
    """

    def __init__(self) -> None:
        self._exact: dict[str, set[bytes]] = defaultdict(set)
        self._normalised: dict[str, set[bytes]] = defaultdict(set)
        self._n_rows = 0

    def add(self, split: str, input_text: str) -> None:
        """Take note of one published row."""
        self._n_rows += 1
        self._exact[split].add(_key(input_text))
        self._normalised[split].add(_key(canonical(input_text)))

    def verdict(self) -> dict[str, Any]:
        """Return the verdict.

        Raises:
            LeakageError: An input stands in two splits.
        """
        shared = {
            f"{one}-{other}": len(self._normalised[one] & self._normalised[other])
            for one, other in combinations(SPLITS, 2)
        }
        exact = sum(
            len(self._exact[one] & self._exact[other]) for one, other in combinations(SPLITS, 2)
        )
        leaking = {pair: count for pair, count in shared.items() if count}
        if leaking:
            pair, count = next(iter(leaking.items()))
            raise LeakageError(
                f"{count} inputs stand in both splits of {pair}: the comparison would be unfair.",
                "Publish with `workbench curate`, which keeps equal inputs in one split.",
            )
        return {
            "verdict": "clean",
            "n_rows": self._n_rows,
            "exact_input_overlap": exact,
            "normalised_input_overlap": sum(shared.values()),
            "method": "SHA-256 of inputs, as they are and without case and spacing",
        }


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
