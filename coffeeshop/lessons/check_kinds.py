"""The kinds of checks and of findings: one row each, which the grade, its documents and the views read."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from coffeeshop.shop.mark import Mark

Stage: TypeAlias = Literal[1, 2, 3]
# The share of the score in which a kind counts, and its name in a report while it waits.
Share: TypeAlias = Literal["jobs", "refusals", "excess", "practice"]
Waiting: TypeAlias = Literal["excess", "setting", "practice"]
NO_EXTRA_ACCESS = "Apart from administrators, no one can do more than needed."


class CheckKind(StrEnum):
    """A kind of check, in the order of judgement. The value begins the ids of its checks.

    `star` is the star that a failed check costs. `label` counts the passed checks on a receipt (""
    for kinds that appear only when they fail). `praise` is said if all pass: for one check, for
    two, and for more. `waiting` names the failed checks behind an earlier star, and `late` says it
    for one and for more.
    """

    star: Stage
    label: str
    share: Share | None
    praise: tuple[str, str, str] | None
    waiting: Waiting | None
    late: tuple[str, str]

    def __new__(
        cls,
        prefix: str,
        star: Stage = 1,
        label: str = "",
        share: Share | None = None,
        praise: tuple[str, str, str] | None = None,
        waiting: Waiting | None = None,
        late: tuple[str, str] = ("", ""),
    ) -> CheckKind:
        """Return the member with its row."""
        kind = str.__new__(cls, prefix)
        kind._value_ = prefix
        kind.star = star
        kind.label = label
        kind.share = share
        kind.praise = praise
        kind.waiting = waiting
        kind.late = late
        return kind

    FIXTURE = "fixture"
    PERSON = "person"
    SESSION = "session"
    JOB = (
        "job",
        1,
        "Jobs that work",
        "jobs",
        ("The job works.", "Both jobs work.", "All {} jobs work."),
    )
    ADMINISTRATOR = "administrator"
    BYSTANDER = "bystander"
    REFUSAL = (
        "refuse",
        1,
        "Refusals that hold",
        "refusals",
        ("The refusal holds.", "Both refusals hold.", "All {} refusals hold."),
    )
    EXCESS = (
        "only",
        2,
        "No extra access",
        "excess",
        (NO_EXTRA_ACCESS, NO_EXTRA_ACCESS, NO_EXTRA_ACCESS),
        "excess",
        ("user can do more than needed", "users can do more than needed"),
    )
    SETTING = (
        "setting",
        2,
        "Settings as they were",
        "excess",
        None,
        "setting",
        (
            "setting is changed that no one asked for",
            "settings are changed that no one asked for",
        ),
    )
    PRACTICE = (
        "practice",
        3,
        "Best practices followed",
        "practice",
        (
            "The best practice is followed.",
            "Both best practices are followed.",
            "All {} best practices are followed.",
        ),
        "practice",
        ("best practice is broken", "best practices are broken"),
    )

    def id_of(self, subject: str) -> str:
        """Return the id of the check about a subject: job:list@casey."""
        return f"{self.value}:{subject}"


MANAGED_POLICY_ASPECT = "managed"  # the aspect of what an AWS managed policy allows
GRANT_ASPECT = "grant"  # of what a grant of a KMS key allows
IN_ROLE = "role-policy"  # of a job that gets into its role, whose own policies lack the permission


class FindingKind(StrEnum):
    """A kind of finding. The value begins the keys of its findings.

    `mark` stands before its sentence. `aspects` may end its keys in a scenario's hints. For the
    aspects in `apart` only a hint for the aspect itself will do: the others are about what one's
    own statements leave out.
    """

    mark: Mark
    aspects: tuple[str, ...]
    apart: tuple[str, ...]

    def __new__(
        cls,
        prefix: str,
        mark: Mark = Mark.MISS,
        aspects: tuple[str, ...] = (),
        apart: tuple[str, ...] = (),
    ) -> FindingKind:
        """Return the member with its row."""
        kind = str.__new__(cls, prefix)
        kind._value_ = prefix
        kind.mark = mark
        kind.aspects = aspects
        kind.apart = apart
        return kind

    TAMPERED = "tampered"
    NO_USER = "no-user", Mark.MISS, ("function",)
    NO_SESSION = (
        "no-session",
        Mark.MISS,
        ("role", "permission", "trust", "condition", "device", "limit", "expired"),
        ("role", "condition", "device", "limit", "expired"),
    )
    JOB_DENIED = (
        "job-denied",
        Mark.MISS,
        (
            "explicit",
            "boundary",
            "scp",
            "session-policy",
            "unknown-action",
            "action",
            "resource",
            "principal",
            "condition",
            "none",
            "none:written",
            "resource-policy",
            "partner",
            "absent",
            "unclear",
        ),
        (
            IN_ROLE,
            "explicit",
            "boundary",
            "scp",
            "session-policy",
            "condition",
            "absent",
        ),
    )
    JOB_NARROW = "job-narrow", Mark.MISS, (), ("explicit",)
    LOCKED_OUT = "locked-out", Mark.MISS, ("policy",), ("policy",)
    LOST = "lost"
    LEAK = (
        "leak",
        Mark.LEAK,
        ("detour", MANAGED_POLICY_ASPECT, GRANT_ASPECT),
        (MANAGED_POLICY_ASPECT, GRANT_ASPECT),
    )
    EXCESS = (
        "excess",
        Mark.EXTRA,
        ("action", "resource", "condition", "none", MANAGED_POLICY_ASPECT, GRANT_ASPECT),
        (MANAGED_POLICY_ASPECT, GRANT_ASPECT),
    )
    NEW_BADGE = "new-badge", Mark.EXTRA
    REACH = "reach", Mark.MISS, ("assume", "pass", "edit", "hire")
    NOT_PROVEN = "not-proven", Mark.EXTRA
    CHANGED = "changed", Mark.EXTRA
    PRACTICE = "practice"
    ERROR = "error", Mark.QUIET

    def key_of(self, subject: str) -> str:
        """Return the key of the finding about a subject: leak:shred@casey."""
        return f"{self.value}:{subject}"


OF_JOBS = (
    FindingKind.NO_USER,
    FindingKind.NO_SESSION,
    FindingKind.JOB_DENIED,
    FindingKind.JOB_NARROW,
)
