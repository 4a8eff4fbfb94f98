"""What the shop wants of the account (a job, a refusal, slack) and the mark that a decision earns against a wish."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.errors import is_refusal
from coffeeshop.account.model import Caller, Outcome, ServiceError
from coffeeshop.policy.model import Condition, Decision, Request, Values
from coffeeshop.shop.mark import Mark, Mode, mark
from coffeeshop.shop.model import Shop, Station

Badge: TypeAlias = Literal["key", "password", "code", "any"]

# A refusal holds only by one of these answers: what AWS refuses for any other reason is no protection.


# Answers by which AWS says that it let a call through, and that somebody made the same before.
MADE = frozenset({
    "EntityAlreadyExists", "ResourceConflictException", "ResourceInUseException", "BucketAlreadyOwnedByYou",
    "QueueAlreadyExists", "PasswordPolicyViolation", "InvalidAuthenticationCode",
})  # fmt: skip
# The operations that make a thing without a name, as a key.
FULL = frozenset({"LimitExceeded", "LimitExceededException"})
# And of what takes away.
GONE = frozenset({"NoSuchEntity", "NoSuchBucketPolicy", "ResourceNotFoundException"})
TAKES = ("Delete", "Detach", "Remove", "Deactivate", "Untag")


def is_done(outcome: Outcome, mode: Mode = Mode.MUST) -> bool:
    """Tells whether a call succeeded, or AWS let it through and it was only done before: by the learner, in play. On the way to
    what is refused, what has no room is taken for done: a full account protects nobody.
    """
    if outcome.has_succeeded:
        return True
    answer = outcome.answer
    operation = outcome.act.call.operation
    let_in = bool(outcome.decisions) and outcome.is_authorized
    if not let_in or not isinstance(answer, ServiceError):
        return False
    if _is_anothers(outcome):
        return False
    # The old password is the one before.
    spent = operation == "ChangePassword" and answer.code == "AccessDenied"
    full = answer.code in FULL and (mode is Mode.NEVER or operation.startswith("Create"))
    is_made = answer.code in MADE or full
    return is_made or spent or (answer.code in GONE and operation.startswith(TAKES))


def _is_anothers(outcome: Outcome) -> bool:
    """Tells whether a call names a device of somebody else's: what was made before is not the same."""
    account = outcome.account
    call = outcome.act.call
    device = account.devices.get(call.text("SerialNumber"))
    user = account.users.get(call.text("UserName").lower())
    return bool(device and user and device.owner not in ("", user.id))


class Want(Struct, frozen=True):
    """The shop wants this of the account: a job, slack, a refusal, a quiz question.

    `id` is "list@casey" (the check is "job:list@casey"). `who` is a user, root, anyone, function/NAME or
    account/ID[/role/NAME]; `badge` is how they present themselves, `minted` whether they need not have the credential
    yet. `do` are command lines; all must succeed, the last is judged. `covers` are resources that all must work (the
    lower bound), `within` and `conditions` what may be allowed for it (the upper bound; none: `covers`). `held`
    names, instead of `who`, a credential as it stood when the world was made. `untold` is whether the author of a question
    names no badge, since none matters to it: nobody may know yet what a key is.
    """

    id: str
    mode: Mode
    who: str
    say: str
    do: Values = ()
    badge: Badge = "key"
    via: str = ""
    at: datetime | timedelta | None = None
    lasts: timedelta | None = None
    used: timedelta = timedelta(0)
    request: Request | None = None
    covers: Values = ()
    within: Values = ()
    conditions: tuple[Condition, ...] = ()
    reach: bool = True
    explicit: bool = False
    quiet: bool = False
    held: Caller | None = None
    minted: bool = True
    untold: bool = False
    after: Values = ()
    files: Mapping[str, bytes] = {}

    def __hash__(self) -> int:
        """Hashes what tells wants apart; `files`, which their lines read, is a mapping and cannot be hashed."""
        return hash((self.id, self.mode, self.who, self.badge, self.do))


class Ticket(Struct, frozen=True):
    """One run of a want on a copy of the account: the outcomes of its lines, in order (the role of `via` first).

    `missing` says why nobody could even ask: there is no such user, or no credential of that kind.
    """

    want: Want
    outcomes: tuple[Outcome, ...] = ()
    missing: str = ""

    @property
    def has_succeeded(self) -> bool:
        """Tells whether all of it succeeded."""
        return not self.missing and all(
            is_done(outcome, self.want.mode) for outcome in self.outcomes
        )

    @property
    def is_held_off(self) -> bool:
        """Tells of a refusal whether permission was refused, or nobody could even ask; any other failure is no protection."""
        return bool(self.missing) or not self.in_session or self.was_refused

    @property
    def mark(self) -> Mark:
        """Returns the mark of decision x wish; a refusal that fails for another reason than permission is missed."""
        broken = (
            self.want.mode is Mode.NEVER and not self.has_succeeded and not self.is_held_off
        )
        if broken:
            return Mark.MISS
        return mark(self.want.mode, self.has_succeeded)

    @property
    def stopping_call(self) -> Outcome | None:
        """Returns the call that did not succeed, if one did not: the last one made."""
        if self.has_succeeded or not self.outcomes:
            return None
        return self.outcomes[-1]

    @property
    def was_refused(self) -> bool:
        """Tells whether it failed for want of permission or of a live credential, not for any other reason."""
        stopped = self.stopping_call
        return stopped is not None and is_refusal(stopped.answer)

    @property
    def decision(self) -> Decision | None:
        """Tells what the policy engine decided last: the refusing decision, or the one that let the last call through."""
        if self.outcomes and self.outcomes[-1].decisions:
            return self.outcomes[-1].decisions[-1]
        return None

    @property
    def detour(self) -> tuple[Outcome, ...]:
        """Returns the calls before those of the want itself: the way on which what is refused was reached."""
        own_count = bool(self.want.via) + max(1, len(self.want.do))
        return self.outcomes[: max(0, len(self.outcomes) - own_count)]

    @property
    def in_session(self) -> bool:
        """Tells whether the role of `via` was taken, so that the last outcome is that of a line of `do`."""
        return not self.want.via or len(self.outcomes) > 1


def station(want: Want, shop: Shop) -> Station:
    """Returns where a want is about: what its request, or its last line, asks for."""
    if want.request:
        return shop.station(want.request.action.partition(":")[0], want.request.resource)
    return shop.station(*_split_command(want.do[-1] if want.do else "iam"))


def _split_command(line: str) -> tuple[str, str]:
    """Splits a command line into its service and the rest: `aws s3api list-objects-v2 --bucket X` is of s3."""
    words = line.removeprefix("aws ").split(maxsplit=1)
    return words[0].removesuffix("api"), words[-1]


def fill_names(text: str, names: Mapping[str, str]) -> str:
    """Returns a text with `{newcomer}` and its like replaced by the names that were drawn for them."""
    for key, name in names.items():
        text = text.replace(f"{{{key}}}", name)
    return text


def with_names(want: Want, names: Mapping[str, str]) -> Want:
    """Returns the want with `{newcomer}` and its like replaced in all that it says."""
    fill = partial(fill_names, names=names)
    values = (value for condition in want.conditions for value in condition.values)
    if "{" not in " ".join(
        (
            want.who,
            *want.do,
            *want.covers,
            *want.within,
            *values,
            want.request.resource if want.request else "",
        )
    ):
        return want
    return replace(
        want,
        who=fill(want.who),
        do=tuple(map(fill, want.do)),
        covers=tuple(map(fill, want.covers)),
        within=tuple(map(fill, want.within)),
        conditions=tuple(
            dataclasses.replace(c, values=tuple(map(fill, c.values)))
            for c in want.conditions
        ),
        request=want.request
        and dataclasses.replace(want.request, resource=fill(want.request.resource)),
    )
