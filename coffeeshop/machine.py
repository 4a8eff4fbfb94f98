"""Checks that Python can start on this machine, with next to no imports.

If the clock is out of Python's range, many modules can't be imported. If the stack is too small, Python ends without a
message, and so do the processes that it starts.
"""

from __future__ import annotations

from typing import Final

MIN_STACK_BYTES: Final = 256 * 1024  # bytes: three times what Python takes to begin


def machine_problem() -> str:
    """Return why this program can't run on this machine and how to fix it, or "" if it can."""
    return _clock_problem() or _raise_stack_limit()


def _clock_problem() -> str:
    """Return the fault if the clock is outside of the range of 64 bits of nanoseconds since 1970, or ""."""
    try:
        from time import time

        time()
    except (OverflowError, OSError):
        fault = "the clock of this machine shows a time before the year 1678 or after 2261, which Python cannot count"
        return f"{fault}; set the clock of the machine"
    return ""


def _raise_stack_limit() -> str:
    """Raise the limit of the stack to MIN_STACK_BYTES if it is lower, also for processes that are started later.

    Return the fault if that isn't allowed, or "".
    """
    try:
        import resource
    except ImportError:  # a system whose stacks have one size
        return ""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY or soft >= MIN_STACK_BYTES:
        return ""
    if hard != resource.RLIM_INFINITY and hard < MIN_STACK_BYTES:
        fault = f"a stack of {hard // 1024} KB is all that `ulimit -Hs` allows here"
        return f"{fault}, and Python needs {MIN_STACK_BYTES // 1024}; have whoever started this allow more"
    resource.setrlimit(resource.RLIMIT_STACK, (MIN_STACK_BYTES, hard))
    return ""
