"""Describe the shop's wants (jobs, refusals and slack), and mark a decision against a want."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.command import CallLine, parse_call
from coffeeshop.account.errors import is_refusal
from coffeeshop.account.model import Caller, Outcome, ServiceError
from coffeeshop.policy.model import Condition, Decision, Request, Values
from coffeeshop.shop.mark import Mark, Mode, mark_of
from coffeeshop.shop.model import Shop, Station

Badge: TypeAlias = Literal["key", "password", "code", "any"]

# Errors of an allowed call whose thing exists already.
ALREADY_EXISTS_ERRORS = frozenset({
    "EntityAlreadyExists", "ResourceConflictException", "ResourceInUseException", "BucketAlreadyOwnedByYou",
    "QueueAlreadyExists", "PasswordPolicyViolation", "InvalidAuthenticationCode",
})  # fmt: skip
# Errors of an allowed call that creates a thing without a name, such as a key, when no more fit.
QUOTA_ERRORS = frozenset({"LimitExceeded", "LimitExceededException"})
# Errors of an allowed call that removes a thing which is gone. TAKES begin such operations.
NOT_FOUND_ERRORS = frozenset(
    {"NoSuchEntity", "NoSuchBucketPolicy", "ResourceNotFoundException"}
)
REFUSAL_PREFIX = "Must be refused: "
REMOVING_PREFIXES = ("Delete", "Detach", "Remove", "Deactivate", "Untag")


def is_done(outcome: Outcome, mode: Mode = Mode.MUST) -> bool:
    """Return whether a call succeeded, or was allowed and failed only because its effect is there already.

    For example, it creates an existing resource or deletes a missing one. For a request
    that must be refused (`Mode.NEVER`), an allowed call that fails at a quota counts as
    done too: a full account is no protection.
    """
    if outcome.has_succeeded:
        return True
    answer = outcome.answer
    operation = outcome.act.call.operation
    was_allowed = bool(outcome.decisions) and outcome.is_authorized
    if not was_allowed or not isinstance(answer, ServiceError):
        return False
    if _names_device_of_other_user(outcome):
        return False
    # The learner changed the password already, so the old password of the command no longer fits.
    password_already_changed = (
        operation == "ChangePassword" and answer.code == "AccessDenied"
    )
    quota_reached = answer.code in QUOTA_ERRORS and (
        mode is Mode.NEVER or operation.startswith("Create")
    )
    already_exists = answer.code in ALREADY_EXISTS_ERRORS or quota_reached
    return (
        already_exists
        or password_already_changed
        or (answer.code in NOT_FOUND_ERRORS and operation.startswith(REMOVING_PREFIXES))
    )


def _names_device_of_other_user(outcome: Outcome) -> bool:
    """Return whether a call names an MFA device that another user owns. Its failure isn't due to the call being done already."""
    account = outcome.account
    call = outcome.act.call
    device = account.devices.get(call.text("SerialNumber"))
    user = account.users.get(call.text("UserName").lower())
    return bool(device and user and device.owner not in ("", user.id))


class Want(Struct, frozen=True):
    """One demand on the account: a job, slack, a refusal or a quiz question.

    `id` is "list@casey" (the check is "job:list@casey"). `who` is a user, root, anyone, function/NAME, workload/NAME,
    workforce/NAME (a user of IAM Identity Center), service/NAME or account/ID[/role/NAME]. `badge` is the kind of credential.
    `minted`: the credential needn't exist and is made for the run. `opening_credential` is a credential of the opening
    account that is used in place of `who`'s. `via` is a role to assume first. `do` are commands, parsed. All must succeed, and
    the last is judged. `covers` are resources that must all work (the lower bound). `within` and `conditions` are the
    most that may be allowed for it (the upper bound, `covers` if empty). `by` are the groups, roles, policies or
    resources that have to give the permission. `examples` are context keys whose value in the commands is one of
    many. `untold`: the question names no kind of credential, because none matters. `has_new_name`: a command names
    something that isn't there yet, by a name that was drawn.
    """

    id: str
    mode: Mode
    who: str
    say: str
    do: tuple[CallLine, ...] = ()
    badge: Badge = "key"
    via: str = ""
    at: datetime | timedelta | None = None
    lasts: timedelta | None = None
    used: timedelta = timedelta(0)
    request: Request | None = None
    covers: Values = ()
    within: Values = ()
    conditions: tuple[Condition, ...] = ()
    by: Values = ()
    reach: bool = True
    explicit: bool = False
    quiet: bool = False
    opening_credential: Caller | None = None
    minted: bool = True
    untold: bool = False
    after: Values = ()
    examples: Values = ()
    has_new_name: bool = False

    @property
    def demand(self) -> str:
        """Return the demand as a sentence of the report. For a refusal it names what must be refused."""
        if self.mode is Mode.NEVER:
            return f"{REFUSAL_PREFIX}{self.say}"
        return self.say

    def __hash__(self) -> int:
        """Return a hash of the fields that tell wants apart."""
        return hash((self.id, self.mode, self.who, self.badge, self.do))


class Lack(Enum):
    """A credential that a person doesn't have, as the end of a sentence."""

    DEVICE = "MFA device to sign in with"
    PASSWORD = "password to sign in with"
    CODELESS = "way to sign in without a code"
    KEY = "active access key"
    ANYTHING = "password and no active access key"
    OLD_PASSWORD = "password that the job changes"


class Ticket(Struct, frozen=True):
    """One run of a want on a copy of the account: the outcomes of its calls, in order.

    If the want has a `via`, the first outcome is that of assuming this role. `missing` says why no call could be
    made: the user or the credential doesn't exist. "": a call was made. `has_no_caller`: nobody exists who could
    make the call. `lack` is the credential that is missing, and `lost` its name if the user once had it.
    `needs_detour`: jobs need the calls of the detour, so what they lead to is the mistake.
    """

    want: Want
    outcomes: tuple[Outcome, ...] = ()
    missing: str = ""
    has_no_caller: bool = False
    lack: Lack | None = None
    lost: str = ""
    needs_detour: bool = False

    @property
    def has_succeeded(self) -> bool:
        """Return whether every command of the want worked, or was allowed and had nothing left to do."""
        return not self.missing and all(
            is_done(outcome, self.want.mode) for outcome in self.outcomes
        )

    @property
    def is_really_refused(self) -> bool:
        """Return whether the request of a refusal is really refused.

        Its permission was denied, its role couldn't be assumed, or its person has no
        credential. A call that fails for another reason, such as a missing bucket, proves
        nothing.
        """
        return bool(self.missing) or not self.in_session or self.was_refused

    @property
    def mark(self) -> Mark:
        """Return the mark of the ticket.

        A request that must be refused is a MISS if it fails for another reason than permission.
        """
        failed_otherwise = (
            self.want.mode is Mode.NEVER
            and not self.has_succeeded
            and not self.is_really_refused
        )
        if failed_otherwise:
            return Mark.MISS
        return mark_of(self.want.mode, self.has_succeeded)

    @property
    def stopping_call(self) -> Outcome | None:
        """Return the last call, if it is the one that failed.

        Return None if nothing failed, or nothing was called.
        """
        if self.has_succeeded or not self.outcomes:
            return None
        return self.outcomes[-1]

    @property
    def was_refused(self) -> bool:
        """Return whether the failed call was refused for lack of permission or of a valid credential."""
        failed_call = self.stopping_call
        return failed_call is not None and is_refusal(failed_call.answer)

    @property
    def all_decisions(self) -> tuple[Decision, ...]:
        """Return what was decided about all calls, in order."""
        return tuple(each for outcome in self.outcomes for each in outcome.decisions)

    @property
    def decision(self) -> Decision | None:
        """Return the main decision about the last call, whether it allows or denies.

        Return None if nothing was decided.
        """
        if self.outcomes:
            return self.outcomes[-1].main_decision
        return None

    @property
    def detour(self) -> tuple[Outcome, ...]:
        """Return the calls that were made before the want's own calls, to reach its request by a detour.

        A refusal can be broken through other calls, such as assuming a role first.
        """
        own_count = bool(self.want.via) + max(1, len(self.want.do))
        return self.outcomes[: max(0, len(self.outcomes) - own_count)]

    @property
    def unneeded_detour(self) -> tuple[Outcome, ...]:
        """Return the calls of the detour, if no job needs them."""
        return () if self.needs_detour else self.detour

    @property
    def in_session(self) -> bool:
        """Return whether the run got into the role that the want names. True if it names none."""
        return not self.want.via or len(self.outcomes) > 1


class UntriedTicket(Ticket, frozen=True):
    """A want that wasn't run, since an exam doesn't show results. Its mark is QUIET."""

    @property
    def mark(self) -> Mark:
        """Return the mark of a want of which nothing is known."""
        return Mark.QUIET


def hides_caller(tickets: Iterable[Ticket]) -> bool:
    """Return whether the learner still has to find out who makes a request: a quiet refusal doesn't hold yet."""
    return any(ticket.want.quiet and ticket.mark is Mark.LEAK for ticket in tickets)


def station(want: Want, shop: Shop) -> Station:
    """Return the shop's station where a want is shown, by its request or its last command."""
    if want.request:
        return shop.station(want.request.action.partition(":")[0], want.request.resource)
    if want.do:
        return shop.station(want.do[-1].operation[0], want.do[-1].text)
    return shop.station("iam", "")


def fill_names(text: str, names: Mapping[str, str]) -> str:
    """Return a text with blanks such as `{newcomer}` replaced by the names that were drawn for them."""
    for key, name in names.items():
        text = text.replace(f"{{{key}}}", name)
    return text


def _fill_line(line: CallLine, names: Mapping[str, str]) -> CallLine:
    """Return a command line with its blanks filled. A line without blanks is returned as it is, without parsing it again."""
    text = fill_names(line.text, names)
    return line if text == line.text else parse_call(text, line.files)


def with_names(want: Want, names: Mapping[str, str]) -> Want:
    """Return a want with blanks such as `{newcomer}` replaced in all its fields. Without blanks, return the same want."""
    fill = partial(fill_names, names=names)
    values = (value for condition in want.conditions for value in condition.values)
    if "{" not in " ".join(
        (
            want.who,
            *(line.text for line in want.do),
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
        has_new_name=any("{newname}" in line.text for line in want.do),
        do=tuple(_fill_line(line, names) for line in want.do),
        covers=tuple(map(fill, want.covers)),
        within=tuple(map(fill, want.within)),
        conditions=tuple(
            dataclasses.replace(c, values=tuple(map(fill, c.values)))
            for c in want.conditions
        ),
        request=want.request
        and dataclasses.replace(want.request, resource=fill(want.request.resource)),
    )


def is_whole_account(person: str) -> bool:
    """Return whether a person stands for anybody of another account: "account/222233334444", without a role or user."""
    return person.startswith("account/") and person.count("/") == 1
