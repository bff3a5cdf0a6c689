"""What every page and route of one running application shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.app.session_owners import SessionOwners
from workbench.app.throttle import LoginThrottle
from workbench.home import Home
from workbench.judgments import Judgments
from workbench.settings import Settings


@dataclass(frozen=True, slots=True)
class AppContext:
    """The project, its judgments and the application's own state."""

    home: Home
    settings: Settings
    judgments: Judgments
    throttle: LoginThrottle = field(default_factory=LoginThrottle)
    owners: SessionOwners = field(default_factory=SessionOwners)
