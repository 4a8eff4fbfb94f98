"""Sees to it that Python has what it needs to begin. By a clock that it cannot count much of it cannot be imported, and on a
stack that is too small it ends without a word, as do the processes that it starts; so this imports next to nothing.
"""

from __future__ import annotations

from typing import Final

STACK: Final = 256 * 1024  # bytes: three times what Python takes to begin


def describe_lack() -> str:
    """Returns what of this machine Python cannot work with, and what mends it; "" where there is nothing."""
    return _clock_lacks() or _stack_lacks()


def _clock_lacks() -> str:
    """Tells whether the clock shows what 64 bits of nanoseconds from 1970 on cannot hold."""
    try:
        from time import time

        time()
    except (OverflowError, OSError):
        said = "the clock of this machine shows a time before the year 1678 or after 2261, which Python cannot count"
        return f"{said}; set the clock of the machine"
    return ""


def _stack_lacks() -> str:
    """Have the stack grow to STACK where less is allowed, also in processes that are started later; tells where it may not."""
    try:
        import resource
    except ImportError:  # a system whose stacks have one size
        return ""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY or soft >= STACK:
        return ""
    if hard != resource.RLIM_INFINITY and hard < STACK:
        said = f"a stack of {hard // 1024} KB is all that `ulimit -Hs` allows here"
        return f"{said}, and Python needs {STACK // 1024}; have whoever started this allow more"
    resource.setrlimit(resource.RLIMIT_STACK, (STACK, hard))
    return ""
