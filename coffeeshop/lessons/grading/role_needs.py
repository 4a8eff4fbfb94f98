"""List what jobs need as policy statements: of one principal, or of everyone who uses a role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.policy.model import Statement

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def needed_statements(trial: Trial, subject: str, badge: str) -> tuple[Statement, ...]:
    """Return what a principal's jobs need with a kind of credential, and the slack, as statements."""
    return tuple(
        statement
        for layer in trial.needed_access(subject, badge).layers
        for policy in layer.policies
        for statement in policy.statements
    )


def needs_of_role(trial: Trial, role: str) -> Iterator[Statement]:
    """Yield what is needed of a service role: the jobs done in it, and the jobs of the
    functions that have it.
    """
    for want in trial.play.scenario.wants:
        if want.via.lower() == role.lower():
            yield from needed_statements(trial, want.who, f"role/{want.via}")
    for name, function in trial.account.functions.items():
        if function.role.rpartition("/")[2].lower() == role.lower():
            yield from needed_statements(trial, f"function/{name}", "key")
