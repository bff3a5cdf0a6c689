"""What several people say together, by one rule for labels and for votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

Opinion = TypeVar("Opinion", bound=Hashable)


def majority(opinions: Iterable[Opinion]) -> Opinion | None:
    """Return the opinion of more than half of those who gave one, or None if there is none.

    "Both are equal" is an opinion too: those who find no difference outvote a minority that does.
    """
    counts = Counter(opinions)
    found = counts.most_common(1)
    return found[0][0] if found and 2 * found[0][1] > counts.total() else None
