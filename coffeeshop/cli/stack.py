"""Sees to it that the stack is large enough: Python ends without a word where it is not, and so do the processes it starts."""

from __future__ import annotations

from typing import Final

NEEDED: Final = 256 * 1024  # bytes: three times what Python takes to begin


def ensure_stack() -> None:
    """Has the stack grow to NEEDED where less is allowed, also in processes that are started later. Raises OSError where the
    system allows no more.
    """
    try:
        import resource
    except ImportError:  # a system whose stacks have one size
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY or soft >= NEEDED:
        return
    if hard != resource.RLIM_INFINITY and hard < NEEDED:
        raise OSError(
            f"a stack of {hard // 1024} KB is all that `ulimit -Hs` allows here, and Python needs {NEEDED // 1024}"
        )
    resource.setrlimit(resource.RLIMIT_STACK, (NEEDED, hard))
