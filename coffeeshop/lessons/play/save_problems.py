"""Define the problems of a save: acts that are not on the disk, and stars that no longer count."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Error, OperationalError

from coffeeshop.lessons.play.save_connection import DatabaseLostError
from coffeeshop.policy.problem import Level, Place, Problem

IN_MEMORY = ". What you did is kept in memory until it can be saved"
IN_MEMORY_ONLY = ", and this play is kept in memory only"

NOT_SAVED = {
    "not-saved",
    "save-unusable",
}  # after these problems an act is in no file


def _warning(code: str, text: str, mend: str) -> Problem:
    """Return a warning about a save. `code` identifies it, `mend` is the fix."""
    return Problem(Level.WARNING, code, Place(), text, mend)


MOVED_ON = _warning(
    "moved-on",
    "this play moved on in another window, so what you just did is not saved",
    "continue from its current state",
)
SCENARIO_CHANGED = _warning(
    "changed-scenario",
    "this scenario has changed since you played it, so it begins again",
    "your stars stay, and your earlier calls stay in the save",
)
ANSWER_SHOWN = _warning(
    "told",
    "this shows the answer, so you can now earn stars only in another variant",
    "you can begin again in another variant at any time",
)
SOLUTION_SHOWN = _warning(
    "shown",
    "you saw the solution of this variant, so its stars don't count",
    "to earn stars, begin again in another variant",
)


def unsaved_problem(error: Error, then: str = "") -> Problem:
    """Return the Problem of a write that the disk refused, or of a file that another program changed."""
    message = f"this could not be written to the save ({error}){then}"
    if isinstance(error, DatabaseLostError):
        mend = NO_ANSWER
    elif isinstance(error, OperationalError):
        mend = DISK_FIX
    else:
        mend = SAVE_FIX
    return _warning("not-saved", message, mend)


NO_ANSWER = "tell whoever runs the database. The next act saves all of it"


DISK_FIX = (
    "make room on the disk, or let this user write there. The next act saves all of it"
)
SAVE_FIX = (
    "before you leave, export the play or copy its trail, and then move that file away"
)


def restored_problem(path: Path) -> Problem:
    """Return the Problem of a save that was deleted while it was open."""
    message = (
        f"the save was taken away while you played, so all of it was written back to {path}"
    )
    return _warning(
        "save-restored", message, "leave it there, or name another place in COFFEESHOP_DATA"
    )


def nothing_done(unkept: Problem) -> Problem:
    """Return the error that an act was refused because it couldn't have been saved. `unkept` says why."""
    message = unkept.text.removesuffix(IN_MEMORY).removesuffix(IN_MEMORY_ONLY)
    return Problem(
        Level.ERROR, unkept.code, Place(), f"nothing was done: {message}", unkept.mend
    )
