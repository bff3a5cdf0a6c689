"""One row at a time, where a test is not about many."""

from collections.abc import Sequence

from workbench.curation.outcomes import Texts
from workbench.curation.personal_data.replace import ReplacedRow, Replacer, replace_rows
from workbench.curation.personal_data.scan import Scanner


def replace_row(
    texts: Texts, scanner: Scanner, replacer: Replacer, *, names: Sequence[str] = ()
) -> ReplacedRow:
    """Replace the personal data of one row that is published without anything around it."""
    return replace_rows([texts], scanner, replacer, names=[names], frames={})[0]
