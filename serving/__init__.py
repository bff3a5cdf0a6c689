"""Merging adapters, serving models, and the proof that the served model is the trained one.

This door is light: it loads no torch. The heavy parts (`serving.merge`, `serving.parity`) are
imported by the workflow that is about to use them.
"""

from serving.backends import serve
from serving.client import ChatClient
from serving.plan import ServedArm, ServingPlan
from serving.server import ServerStatus

__all__ = ["ChatClient", "ServedArm", "ServerStatus", "ServingPlan", "serve"]
