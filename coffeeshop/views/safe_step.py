"""Replacements for a step that AWS would answer with an error, or that would end a job or lock the caller out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.door import handle, is_refused
from coffeeshop.account.model import Account, Act, Call, Nobody, Outcome, ServiceError
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.lock_out import lock_out
from coffeeshop.shop.losses import ends_a_job
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import usable_credentials, want_name
from coffeeshop.shop.want import Ticket, Want
from coffeeshop.views.deed import Deed
from coffeeshop.views.identity import identity
from coffeeshop.views.step import (
    EXPLAIN_DEED,
    UNDO_DEED,
    Step,
    list_step,
    press,
    short,
    take_credential,
)
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.item import Noun
from coffeeshop.views.who_can import proposed_calls


def safe_step(step: Step, play: Play, tickets: Sequence[Ticket], profile: str) -> Step:
    """Return a suggestion that is safe to follow: `step` itself, or what must come before it.

    Each of its calls is tried on a copy of the account. It must succeed, lock nobody out and end no
    job.
    """
    caller = find_caller(play.account, profile)
    if isinstance(caller, Nobody):
        return step
    for call in proposed_calls(play.account, step):
        act = Act(play.now, caller, complete_call(call))
        if is_refused(play.account, act):
            continue
        outcome = handle(play.account, act)
        if isinstance(outcome.answer, ServiceError):
            if not is_about_blanks(call, outcome.answer.code):
                return _instead_of_error(step, play.account, call, outcome.answer)
        elif not blanks_of(call):
            safer = _instead_of_loss(step, play, tickets, profile, outcome)
            if safer is not None:
                return safer
    return step


# ------------------------------------------------------------------ the call as it would be made
SAMPLE_DOCUMENT = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}'
SAMPLE_VALUES = {  # sample values for the blanks of a call
    "Password": "Ristretto-at-7-and-Lungo-at-9",
    "PolicyDocument": SAMPLE_DOCUMENT,
    "PolicyName": "yet-to-be-named",
    "UserName": "yet-to-be-named",
    "GroupName": "yet-to-be-named",
    "RoleName": "yet-to-be-named",
}
OF_THE_BLANKS = {  # errors that a blank of the call causes
    "ValidationError",
    "PasswordPolicyViolation",
    "MalformedPolicyDocument",
    "ValidationException",
    "InvalidAuthenticationCode",
}
WHATEVER_IS_FILLED_IN = {  # errors that a call has however its blanks are filled in
    "AccessDenied",
    "DeleteConflict",
    "EntityAlreadyExists",
    "LimitExceeded",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFoundException",
    "UnmodifiableEntity",
}
NEEDED_PARAMETERS = {
    "CreateLoginProfile": ("Password",),
    "UpdateLoginProfile": ("Password",),
}
CREATE_OPERATIONS = ("CreateUser", "CreateGroup", "CreateRole")


def blanks_of(call: Call) -> list[str]:
    """Return the parameters of a call that the learner still has to fill in."""
    members = OPERATIONS[call.service, call.operation].members
    required = [member.name for member in members if member.required]
    needed = (*required, *NEEDED_PARAMETERS.get(call.operation, ()))
    return [name for name in needed if name not in call.parameters]


def is_about_blanks(call: Call, code: str) -> bool:
    """Return whether the sample values may have caused an error. If so, the learner's own values can avoid it."""
    if blanks_of(call):
        return code not in WHATEVER_IS_FILLED_IN
    return code in OF_THE_BLANKS


def complete_call(call: Call) -> Call:
    """Return a call with sample values for the parameters that the learner still has to fill in.

    Such a call can be tried on a copy of the account. A name gets a sample value only if the call
    creates the thing that it names.
    """
    filled = {
        name: SAMPLE_VALUES[name]
        for name in blanks_of(call)
        if name in SAMPLE_VALUES and (not name.endswith("Name") or _names_new(call, name))
    }
    return replace(call, parameters={**call.parameters, **filled})


def _names_new(call: Call, name: str) -> bool:
    """Return whether this parameter of a call is the name of the new thing that it creates."""
    return name == "PolicyName" or call.operation in CREATE_OPERATIONS


# ------------------------------------------------------------------ the step to do first
def _instead_of_error(
    step: Step, account: Account, call: Call, error: ServiceError
) -> Step:
    """Return a step that avoids an error which AWS would answer a call with. If none is known, quote the error."""
    person = call.text("UserName")
    match call.operation, error.code:
        case "CreateLoginProfile", "EntityAlreadyExists":
            deed = press("login", "UpdateLoginProfile", "changes the password{of}")
            row = ("login:password", "password", "login")
            return _step_through(step, "users", person, deed, {}, row)
        case "CreateAccessKey", "LimitExceeded":
            return _key_activation_step(step, account, person)
        case "CreatePolicyVersion", "LimitExceeded":
            return _version_deletion_step(step, account, call.text("PolicyArn"))
        case _:
            message = (
                f"AWS would answer {call.operation} with {error.code}: {error.message}"
            )
            return _step_with_objection(step, message)


def _step_with_objection(step: Step, reason: str) -> Step:
    """Return the suggestion with the reason against its deed. Its key only explains the job or refusal, if it is about one."""
    deed = EXPLAIN_DEED if step.want else Deed()
    return replace(step.advise(reason), deed=deed, target=None, other_target=None)


def _step_through(
    step: Step,
    tab: str,
    thing: str,
    deed: Deed,
    values: Mapping[str, str],
    row: tuple[str, str, Noun],
) -> Step:
    """Return the same suggestion with another key press that must come first.

    It is done on `row` (its id, name and kind) below the row `thing` of the list `tab`.
    """
    row_id, row_name, row_noun = row
    return list_step(
        step.cause,
        tab,
        thing,
        deed,
        values,
        row_id=row_id,
        row_name=row_name,
        row_noun=row_noun,
        fails=step.fails,
        advice=step.advice,
    )


def _key_activation_step(step: Step, account: Account, person: str) -> Step:
    """Return the suggestion to activate an inactive access key of a user who already has the two keys that AWS allows."""
    user = account.users[person.lower()]
    key = account.keys_of(user.id)[-1]
    advised = step.advise("A user has two access keys at most, so switch one on:")
    deed = press("key", "UpdateAccessKey", "switches {it}{of} off or on")
    values = {"AccessKeyId": key.id, "Status": "Active"}
    row = (f"key:{key.id}", key.id, "key")
    return _step_through(advised, "users", user.name, deed, values, row)


def _version_deletion_step(step: Step, account: Account, arn: str) -> Step:
    """Return the suggestion to delete the oldest unused version of a policy that has the five that AWS allows."""
    policy = account.policies[arn]
    oldest = next(version.id for version in policy.versions if version.id != policy.default)
    advised = step.advise("A policy has five versions at most, so first delete one:")
    deed = press("version", "DeletePolicyVersion", "deletes {it}")
    values = {"PolicyArn": arn, "VersionId": oldest}
    row = (f"version:{oldest}", oldest, "version")
    return _step_through(advised, "policies", policy.name, deed, values, row)


def _instead_of_loss(
    step: Step, play: Play, tickets: Sequence[Ticket], profile: str, outcome: Outcome
) -> Step | None:
    """Return what to do in place of a call that locks the caller out or ends a job.

    Return None if the call does neither. If another credential of the learner's could make the call without
    a lockout, it is used instead.
    """
    account = play.account
    call = outcome.act.call
    locks = lock_out(account, outcome)
    if locks is not None and (locks.actor_loses or locks.orphaned):
        locks_out = "lock out this credential" if locks.again else "lock you out"
        for badge in profiles(play):
            made_outcome = handle(
                account, replace(outcome.act, caller=find_caller(account, badge))
            )
            if (
                made_outcome.has_succeeded
                and badge != profile
                and lock_out(account, made_outcome) is None
            ):
                message = (
                    f"{call.operation} would {locks_out}. Make the call as {short(badge)}:"
                )
                return Step(message, take_credential(badge))
        return _step_with_objection(step, f"{call.operation} would {locks_out}.")
    if step.want in _held_by_thieves(tickets) or not ends_a_job(
        account, tickets, [call], play.now
    ):
        return None
    return _step_with_objection(step, f"{call.operation} would break a job.")


def _held_by_thieves(tickets: Sequence[Ticket]) -> set[str]:
    """Return the ids of the refusals that are tried with a credential in other hands, which may always be deleted."""
    return {ticket.want.id for ticket in tickets if ticket.want.opening_credential}


# ------------------------------------------------------------------ undoing a lockout
TAKES_CREDENTIALS = {
    "DeactivateMFADevice",
    "DeleteAccessKey",
    "DeleteLoginProfile",
    "DeleteUser",
    "UpdateAccessKey",
}


def takes_back_lockout(play: Play, profile: str) -> Step | None:
    """Return the suggestion to undo an act that took the caller's last way to sign in.

    Return None if they can still sign in.
    """
    actor = identity(play.account, profile, play.now)
    is_known = not isinstance(find_caller(play.account, profile), Nobody)
    if not is_known or actor.root or _can_come_back(play, play.account, actor.who):
        return None
    for index in range(len(play.outcomes) - 1, -1, -1):
        took = play.outcomes[index].act.call.operation
        if took not in TAKES_CREDENTIALS:
            continue
        if index:
            before = play.outcomes[index - 1].account
        else:
            before = play.scenario.opening
        if _can_come_back(play, before, actor.who):
            since = len(play.outcomes) - index - 1
            if since:
                rest = f", with the {count_noun(since, 'act')} since"
            else:
                rest = ""
            message = f"{took} took your last way to sign in: once this session ends, you can't come back."
            return Step(message, UNDO_DEED, advice=f"Undo takes it back{rest}:")
    return None


def _can_come_back(play: Play, account: Account, user_name: str) -> bool:
    """Return whether a user has a password or an access key with which they can sign in now."""
    any_want = Want(
        user_name, Mode.MAY, want_name(user_name), "", badge="any", minted=False
    )
    return any(True for _ in usable_credentials(account, any_want, play.now))
