"""Fill the blanks of a hint from the account: the command that takes away a policy or a credential, and a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coffeeshop.account.command.write import write_line
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.model import Finding, Play
from coffeeshop.policy.model import Policy
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket

# The blanks of a hint.
REMOVAL_BLANK = "{removal}"
CREDENTIAL_BLANK = "{credential}"
PERSON_BLANK = "{person}"
ANY_REMOVAL = (
    "aws iam delete-user-policy, aws iam detach-user-policy or "
    "aws iam remove-user-from-group"
)
OWNER_NAMES = ("root", "the owner")  # as findings call the root user
ANY_CREDENTIAL = "aws iam delete-access-key or aws iam delete-login-profile"


def fill_blanks(text: str, play: Play, finding: Finding) -> str:
    """Return a hint with its blanks filled in: commands that fit this account, and the name of the
    finding's person.
    """
    if REMOVAL_BLANK in text:
        calls = (_removal(play, subject, finding) for subject in finding.people)
        text = text.replace(REMOVAL_BLANK, _first_line(calls, ANY_REMOVAL))
    if CREDENTIAL_BLANK in text:
        deletions = _credential_deletions(play.account, finding)
        text = text.replace(CREDENTIAL_BLANK, _first_line(deletions, ANY_CREDENTIAL))
    return text.replace(PERSON_BLANK, next(iter(finding.people), "NAME"))


def _first_line(calls: Iterable[Call | None], otherwise: str) -> str:
    """Return the first call as a command line; the text `otherwise` if there is no call."""
    call = next((call for call in calls if call is not None), None)
    return write_line(call) if call else otherwise


# ----------------------------------------------------------------- credentials
def _credential_deletions(account: Account, finding: Finding) -> Iterator[Call]:
    """Yield the calls that delete a credential in question: the one with which a leak was shown, then all of
    the people.
    """
    for ticket in finding.checks[0].pieces(Ticket):
        for outcome in ticket.outcomes[:1]:
            shown = account.credential_of(outcome.act.caller)
            if isinstance(shown, AccessKey):
                yield _key_deletion(account, shown)
            elif shown is not None:
                yield from _password_deletion(account, shown.owner)
    for subject in finding.people:
        user = user_named(account, subject)
        owner = user.id if user else account.id
        if user or subject in OWNER_NAMES:
            yield from (_key_deletion(account, key) for key in account.keys_of(owner))
            yield from _password_deletion(account, owner)


def _key_deletion(account: Account, key: AccessKey) -> Call:
    """Return the call that deletes an access key. One of root's names no user."""
    user = account.entity_by_id(key.owner)
    named = {"UserName": user.name} if isinstance(user, User) else {}
    return Call("iam", "DeleteAccessKey", {**named, "AccessKeyId": key.id})


def _password_deletion(account: Account, owner: str) -> Iterator[Call]:
    """Yield the call that deletes a user's password, if there is one. Root's can't be deleted."""
    user = account.entity_by_id(owner)
    if isinstance(user, User) and user.login is not None:
        yield Call("iam", "DeleteLoginProfile", {"UserName": user.name})


# -------------------------------------------------------------------- policies


def _removal(play: Play, subject: str, finding: Finding) -> Call | None:
    """Return the call that detaches the finding's policy from a principal, or None.

    If the finding names no policy, it is their own first one.
    """
    user = user_named(play.account, subject)
    if user is None:
        return None
    if finding.by is None:
        return next(iter(_own_removals(user)), None)
    policy = finding.by.policy
    for entity in (user, *_groups(play.account, user)):
        call = _removal_from_entity(entity, policy)
        if call is None:
            continue
        if isinstance(entity, Group) and _has_joined(play, user, entity, policy):
            named = {"GroupName": entity.name, "UserName": user.name}
            return Call("iam", "RemoveUserFromGroup", named)
        return call
    return None


def _own_removals(user: User) -> list[Call]:
    """Return the calls that take away each policy on the user itself: inline policies first, then
    attached ones.
    """
    inline = [document.policy.name or key for key, document in user.inline.items()]
    deletes = [_inline_deletion(user, name) for name in inline]
    return [*deletes, *(_detaching_call(user, arn) for arn in user.attached)]


def _removal_from_entity(entity: User | Group | Role, policy: Policy) -> Call | None:
    """Return the call that takes a policy away from a user, group or role; None if it isn't on it."""
    if policy.name in entity.attached:
        return _detaching_call(entity, policy.name)
    document = entity.inline.get(policy.name.lower())
    if document is not None and document.text == policy.text:
        return _inline_deletion(entity, policy.name)
    return None


def _inline_deletion(entity: User | Group | Role, name: str) -> Call:
    """Return the call that deletes an inline policy."""
    noun = type(entity).__name__
    return Call(
        "iam", f"Delete{noun}Policy", {f"{noun}Name": entity.name, "PolicyName": name}
    )


def _detaching_call(entity: User | Group | Role, arn: str) -> Call:
    """Return the call that detaches a managed policy."""
    noun = type(entity).__name__
    return Call(
        "iam", f"Detach{noun}Policy", {f"{noun}Name": entity.name, "PolicyArn": arn}
    )


def _groups(account: Account, user: User) -> list[Group]:
    """Return a user's groups."""
    joined = map(account.entity_by_id, user.groups)
    return [group for group in joined if isinstance(group, Group)]


def _has_joined(play: Play, user: User, group: Group, policy: Policy) -> bool:
    """Tell whether the learner added a user to a group that had the policy already.

    Then the fix is to leave the group. All its members keep the policy.
    """
    before = play.scenario.opening
    user_before = before.entity_by_id(user.id)
    group_before = before.entity_by_id(group.id)
    had_policy = (
        isinstance(group_before, Group)
        and _removal_from_entity(group_before, policy) is not None
    )
    return had_policy and not (
        isinstance(user_before, User) and group.id in user_before.groups
    )
