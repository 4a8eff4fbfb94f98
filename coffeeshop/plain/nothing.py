"""What a word says that has nothing to list: why, and what to do."""

from __future__ import annotations

from typing import Final

NO_CALLS: Final = (
    "This scenario names no AWS calls of its own: any AWS CLI line works. `next` says what to do, and `actions` with a "
    "few words finds an action."
)
NO_JOBS: Final = (
    "No job and no refusal is asked for here, so there is nothing to rehearse. `day` opens the shop."
)
NO_ACTS: Final = (
    "You haven't called AWS here yet. Each call that you make is listed here; `calls` names some."
)
