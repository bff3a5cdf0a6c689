"""The `workbench` command.

Every command is a few lines: read options, call one workflow, show its result. Nothing heavy is
imported before a command runs, so that `--help` stays instant.
"""

from workbench.cli.main import main

__all__ = ["main"]
