"""Compile loops over bytes and numbers to machine code, on the user's machine, without a compiler.

Kernels take and give NumPy arrays, hold no lock while they run, and are compiled once: the machine
code is cached beside the module, or in the user's cache folder where that cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile a function of NumPy arrays and numbers when it is first called."""
    return cast("Kernel", numba.njit(cache=True, nogil=True)(function))
