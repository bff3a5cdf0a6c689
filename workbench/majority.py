"""What several people say together, by one rule for labels and for votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Judgment = TypeVar("Judgment")
Opinion = TypeVar("Opinion", bound=Hashable)


def deciding(
    judgments: Iterable[Judgment], is_simulated: Callable[[Judgment], bool]
) -> list[Judgment]:
    """Return the judgments that count: those of people, or a script's where nobody judged.

    One person outvotes any number of scripted raters, whose opinion says how the workbench behaves
    and not what people think.
    """
    found = list(judgments)
    return [judgment for judgment in found if not is_simulated(judgment)] or found


def majority(opinions: Iterable[Opinion]) -> Opinion | None:
    """Return the opinion of more than half of those who gave one, or None if there is none.

    "Both are equal" is an opinion too: those who find no difference outvote a minority that does.
    """
    counts = Counter(opinions)
    found = counts.most_common(1)
    return found[0][0] if found and 2 * found[0][1] > counts.total() else None
