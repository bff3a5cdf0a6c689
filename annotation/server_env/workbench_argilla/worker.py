"""Run Argilla's background jobs: webhooks, changed numbers of answers, exchange with the Hub.

The worker of `argilla_server worker` with four differences: it knows our search engine, it imports
the jobs once instead of once a job, it does without the web application, and it logs no job,
because a job's description quotes what people wrote.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from types import ModuleType
from typing import Any

from .sqlite_library import use_newest_sqlite

_PR_SET_PDEATHSIG = 1
_LOG_LEVEL = "WARNING"


def main() -> None:
    """Work until told to stop."""
    os.umask(0o077)
    use_newest_sqlite()
    _leave_out_web_application()
    from .tuning import tune

    tune()
    from argilla_server.jobs import dataset_jobs, hub_jobs, webhook_jobs  # noqa: F401 - import once
    from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE, REDIS_CONNECTION
    from rq import Worker

    from . import search_engine  # noqa: F401 - importing it registers the engine

    class _Worker(Worker):  # type: ignore[misc] # RQ is elsewhere
        def main_work_horse(self, *arguments: Any) -> None:
            _die_with_parent()
            super().main_work_horse(*arguments)

    gc.freeze()  # what is imported stays shared between the worker and its children
    queues = [HIGH_QUEUE, DEFAULT_QUEUE]
    worker = _Worker(queues, connection=REDIS_CONNECTION, log_job_description=False)
    worker.work(with_scheduler=True, logging_level=_LOG_LEVEL)


def _leave_out_web_application() -> None:
    """Let `import argilla_server` make no web application: it takes 40 MB and copies all pages."""
    stand_in = ModuleType("argilla_server._app")
    stand_in.app = None  # type: ignore[attr-defined] # a module made here
    sys.modules[stand_in.__name__] = stand_in


def _die_with_parent() -> None:
    """End with the worker: RQ gives each job a session of its own, which nobody else would end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
