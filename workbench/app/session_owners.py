"""Whose Gradio session is whose: the page picks its `session_hash` itself, so we bind it."""

from __future__ import annotations

import threading
from collections import OrderedDict

_MOST_SESSIONS = 20_000


class SessionOwners:
    """Binds a session hash to the first person who uses it."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()

    def claim(self, session_hash: str, person_id: str) -> bool:
        """Return whether this person may use the session; the first to ask owns it."""
        with self._gate:
            owner = self._owners.setdefault(session_hash, person_id)
            self._owners.move_to_end(session_hash)
            while len(self._owners) > _MOST_SESSIONS:
                self._owners.popitem(last=False)
            return owner == person_id
