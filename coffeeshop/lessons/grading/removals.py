"""Write the command that takes away the policy a finding is about, as the learner called it and where they put it."""

from __future__ import annotations

from coffeeshop.account.command.write import write_line
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.model import Finding, Play
from coffeeshop.policy.model import Policy
from coffeeshop.shop.serve import user_named

BLANK = "{removal}"  # in a hint
ANY = (
    "aws iam delete-user-policy, aws iam detach-user-policy or "
    "aws iam remove-user-from-group"
)


def fill_removal(text: str, play: Play, finding: Finding) -> str:
    """Return a hint with the command in place of its blank."""
    if BLANK not in text:
        return text
    calls = (_removal(play, subject, finding) for subject in finding.people)
    call = next((call for call in calls if call is not None), None)
    return text.replace(BLANK, write_line(call) if call else ANY)


def _removal(play: Play, subject: str, finding: Finding) -> Call | None:
    """Return the call that takes the policy away from somebody; the first of their own where the finding names none."""
    user = user_named(play.account, subject)
    if user is None:
        return None
    if finding.by is None:
        return next(iter(_own_removals(user)), None)
    policy = finding.by.policy
    for entity in (user, *_groups(play.account, user)):
        call = _taking_away(entity, policy)
        if call is None:
            continue
        if isinstance(entity, Group) and _has_joined(play, user, entity, policy):
            named = {"GroupName": entity.name, "UserName": user.name}
            return Call("iam", "RemoveUserFromGroup", named)
        return call
    return None


def _own_removals(user: User) -> list[Call]:
    inline = [document.policy.name or key for key, document in user.inline.items()]
    deletes = [_deleting(user, name) for name in inline]
    return [*deletes, *(_detaching(user, arn) for arn in user.attached)]


def _taking_away(entity: User | Group | Role, policy: Policy) -> Call | None:
    """Return the call that takes a policy away from whom it is on; None where it isn't on them."""
    if policy.name in entity.attached:
        return _detaching(entity, policy.name)
    document = entity.inline.get(policy.name.lower())
    if document is not None and document.text == policy.text:
        return _deleting(entity, policy.name)
    return None


def _deleting(entity: User | Group | Role, name: str) -> Call:
    noun = type(entity).__name__
    return Call(
        "iam", f"Delete{noun}Policy", {f"{noun}Name": entity.name, "PolicyName": name}
    )


def _detaching(entity: User | Group | Role, arn: str) -> Call:
    noun = type(entity).__name__
    return Call(
        "iam", f"Detach{noun}Policy", {f"{noun}Name": entity.name, "PolicyArn": arn}
    )


def _groups(account: Account, user: User) -> list[Group]:
    joined = map(account.entity_by_id, user.groups)
    return [group for group in joined if isinstance(group, Group)]


def _has_joined(play: Play, user: User, group: Group, policy: Policy) -> bool:
    """Tell whether somebody came by an act of the play into a group that had the policy when the play began."""
    before = play.scenario.opening
    user_before = before.entity_by_id(user.id)
    group_before = before.entity_by_id(group.id)
    had_policy = (
        isinstance(group_before, Group) and _taking_away(group_before, policy) is not None
    )
    return had_policy and not (
        isinstance(user_before, User) and group.id in user_before.groups
    )
