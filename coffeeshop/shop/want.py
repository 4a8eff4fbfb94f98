"""What the shop wants of the account (a job, a refusal, slack), one run of it (a ticket), and the mark it earns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Literal, TypeAlias

from coffeeshop.account.command import read
from coffeeshop.account.model import Account, Act, Call, Caller, Key, Nobody, Outcome, Outsider, Reply, ServiceError
from coffeeshop.account.service import handle, probe
from coffeeshop.account.sessions import mint
from coffeeshop.account.standing import lookup
from coffeeshop.policy.model import Decision, Policy, Request, Values

Badge: TypeAlias = Literal["key", "password", "code", "any"]


class Mode(StrEnum):
    """How the shop wants it: a job must work, slack may, a refusal never."""

    MUST = "must"
    MAY = "may"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Want:
    """The shop wants this of the account: a job, slack, a refusal, a quiz question.

    `id` is "list@casey" (the check is "job:list@casey"). `who` is a user, root, anyone, function/NAME,
    account/ID[/role/NAME]; `badge` is how they present themselves. `do` are command lines; all must succeed, the last
    is judged. `covers` are resources that all must work (the lower bound), `within` what may be allowed for it (the
    upper bound; None: what `do` asks for, under any condition). `held` names, instead of `who`, a credential as it
    stood when the world was made.
    """

    id: str
    mode: Mode
    who: str
    say: str
    do: tuple[str, ...] = ()
    badge: Badge = "key"
    via: str = ""
    at: datetime | timedelta | None = None
    lasts: timedelta | None = None
    used: timedelta = timedelta(0)
    request: Request | None = None
    covers: Values = ()
    within: Policy | None = None
    reach: bool = True
    explicit: bool = False
    quiet: bool = False
    held: Caller | None = None
    minted: bool = True
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes], compare=False, repr=False)


class Mark(Enum):
    """The one vocabulary of judgement: bay, matrix, trail, ticket, receipt and report all show these."""

    OK = "✓"
    MISS = "✗"
    EXTRA = "▲"
    LEAK = "◆"
    QUIET = "·"


def mark(mode: Mode | None, allowed: bool) -> Mark:
    """Decision x wish."""
    match mode, allowed:
        case (Mode.MUST, True) | (Mode.NEVER, False):
            return Mark.OK
        case Mode.MUST, False:
            return Mark.MISS
        case Mode.NEVER, True:
            return Mark.LEAK
        case None, True:
            return Mark.EXTRA
        case _:
            return Mark.QUIET


@dataclass(frozen=True, slots=True)
class Ticket:
    """One run of a want, on a copy of the account: the outcomes of its lines, in order (of `via` first).

    `missing` says why nobody could even ask: no such person, no credential, the session refused.
    """

    want: Want
    outcomes: tuple[Outcome, ...] = ()
    missing: str = ""
