"""The learner's own calls that AWS refused or that failed, and that no other call made good.

They cost no star, and accompany what doesn't work yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coffeeshop.account.errors import is_policy_refusal
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Call, Outcome, ServiceError
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.model import Finding, Play
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.want import ALREADY_EXISTS_ERRORS, NOT_FOUND_ERRORS

LOOKING_LEVELS = {AccessLevel.LIST, AccessLevel.READ}
# The parameters that tell what a call is about, the most telling first.
SUBJECT_PARAMETERS = (
    "UserName",
    "GroupName",
    "RoleName",
    "PolicyName",
    "PolicyArn",
    "Bucket",
    "TableName",
    "QueueName",
    "QueueUrl",
    "FunctionName",
    "PolicyId",
    "TargetId",
)

# The errors of other services than IAM whose missing thing is the call's own.
MISSING_RESOURCES = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "ResourceNotFoundException",
}
MAY_EXPLAIN = "It is listed because it may explain why something isn't working yet."
COST_NOTE = f"This costs no star. {MAY_EXPLAIN}"


def slip_findings(play: Play, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield a finding for each operation and error code of the learner's own failed calls.

    Each refers to the checks of the first of `findings`, which it may explain; without findings
    there is none. Only calls with the profiles that the scenario gives the learner (its `desk`), by
    root and by administrators count. Other people's calls are tries of what they may do, and
    failing is their purpose.
    """
    keys_told: set[str] = set()
    at_the_desk = (name.partition("@")[0] for name in play.scenario.desk)
    hands = ("root", *play.scenario.people.admins, *at_the_desk)
    meaning = MAY_EXPLAIN if play.scenario.is_growing_shop else COST_NOTE  # it has no stars
    if findings:
        changes = tuple(play.outcomes_of(lambda act: _is_change(act.call)))
    else:
        changes = ()
    for index, outcome in enumerate(changes):
        answer = outcome.answer
        call = outcome.act.call
        caller_name = _caller_name(outcome)
        if isinstance(answer, ServiceError) and caller_name in hands:
            key = FindingKind.ERROR.key_of(f"{call.operation}:{answer.code}")
            is_made_good = any(
                _is_made_good_by(later, outcome) for later in changes[index + 1 :]
            )
            was_done = any(_did_the_same(earlier, outcome) for earlier in changes[:index])
            if key not in keys_told and not is_made_good and not was_done:
                keys_told.add(key)
                headline = f"{_outcome_phrase(call, answer)}. It hasn't succeeded since."
                explanation = f"AWS answered {answer.code}: {answer.message}"
                yield Finding(
                    key, findings[0].checks, (caller_name,), headline, explanation, meaning
                )


def _outcome_phrase(call: Call, answer: ServiceError) -> str:
    """Return that a policy refused a call, or that it failed."""
    call_name = f"{call.operation}{_target_phrase(call)}"
    if is_policy_refusal(answer):
        return f"AWS refused {call_name}"
    return f"{call_name} failed ({answer.code})"


def _caller_name(outcome: Outcome) -> str:
    """Return the user who made a call, or root. A role's session and an anonymous caller
    give ""."""
    caller = outcome.act.caller
    account = outcome.account.home_of(caller)
    credential = account.credential_of(caller)
    if credential:
        owner = account.entity_by_id(credential.owner)
    else:
        owner = None
    if isinstance(owner, User):
        return owner.name
    if credential and credential.owner == account.id:
        return "root"
    return ""


def _is_change(call: Call) -> bool:
    """Tell whether a call was to change something, rather than to look."""
    action = catalog.find_action(f"{call.service}:{call.operation}")
    return action is not None and action.level not in LOOKING_LEVELS


def _is_made_good_by(later: Outcome, failed: Outcome) -> bool:
    """Tell whether a later call succeeded where this one failed.

    It is the same operation on the same thing, or on any thing where this call's doesn't exist. It
    is also any change of the thing that this call was to create: then it exists.
    """
    if not later.has_succeeded:
        return False
    later_call = later.act.call
    call = failed.act.call
    name = call.text(f"{call.operation.removeprefix('Create')}Name")
    if name in _named_targets(later_call) and _is_change(later_call):
        return True
    if (later_call.service, later_call.operation) != (call.service, call.operation):
        return False
    return (
        call.operation.startswith("Create")
        or _names_missing_target(failed)
        or _named_targets(later_call)[:1] == _named_targets(call)[:1]
    )


def _did_the_same(earlier: Outcome, failed: Outcome) -> bool:
    """Tell whether an earlier call did what this one was to do: the same call, or one that created or removed the
    same thing.
    """
    answer = failed.answer
    earlier_call = earlier.act.call
    call = failed.act.call
    if not earlier.has_succeeded or not isinstance(answer, ServiceError):
        return False
    if (earlier_call.service, earlier_call.operation) != (call.service, call.operation):
        return False
    if earlier_call.parameters == call.parameters:
        return True
    is_there_or_gone = answer.code in ALREADY_EXISTS_ERRORS | NOT_FOUND_ERRORS
    names = _named_targets(call)
    return is_there_or_gone and names != [] and names == _named_targets(earlier_call)


def _names_missing_target(failed: Outcome) -> bool:
    """Tell whether a call failed because the thing that it is about doesn't exist, as with a misspelt name."""
    answer = failed.answer
    if not isinstance(answer, ServiceError):
        return False
    if answer.code != "NoSuchEntity":
        return answer.code in MISSING_RESOURCES
    # IAM names what is missing, which can also be the policy to attach.
    target = next(iter(_named_targets(failed.act.call)), "")
    missing = (f"with name {target} cannot be found", f"/{target} was not found")
    return any(text in answer.message for text in missing)


def _target_phrase(call: Call) -> str:
    """Return what a call was about, as a sentence goes on; "" if it names nothing."""
    return next((f" on {name}" for name in _named_targets(call)), "")


def _named_targets(call: Call) -> list[str]:
    """Return the names in a call, the most telling first. Of an ARN or URL the end is the
    name.
    """
    return [
        call.text(name).rpartition("/")[2]
        for name in SUBJECT_PARAMETERS
        if name in call.parameters
    ]
