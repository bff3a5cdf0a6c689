"""What people did: accounts, blind studies, votes and scores, in SQLite, never lost.

`open_judgments(file)` gives the database; the functions of `people`, `studies`, `votes` and
`ballots` take one of its connections. Reads go through `Judgments.read()`; a write goes through
`Judgments.write(work)`, which returns only when it is durable.
"""

from workbench.judgments.database import Judgments, open_judgments
from workbench.judgments.people import Person, PersonRole

__all__ = ["Judgments", "Person", "PersonRole", "open_judgments"]
