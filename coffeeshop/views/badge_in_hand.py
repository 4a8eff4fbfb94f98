"""The Next box's steps about root: stop using its credential, and continue as an administrator with an MFA code."""

from __future__ import annotations

from collections.abc import Iterable

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.iam_resources import User
from coffeeshop.lessons.model import Play, Report
from coffeeshop.views.credential_steps import access_key
from coffeeshop.views.step import UNDO_DEED, Step, short, sign_in
from coffeeshop.views.text import capital, count_noun


def owner(play: Play, profile: str) -> bool:
    """Return whether the credential of a profile is the root user's."""
    credential = _held_credential(play, profile)
    return credential is not None and credential.owner == play.account.id


def _held_credential(play: Play, profile: str) -> Credential | None:
    """Return the credential of a profile, or None."""
    caller = find_caller(play.account, profile)
    return play.account.credential_of(caller)


def too_late(play: Play) -> Step | None:
    """Return the suggested step that undoes root's first act that an administrator could have done, or None.

    Only undo helps, because CloudTrail keeps the act.
    """
    if not avoids_root(play) or not (late := _late_calls(play)):
        return None
    since = len(play.outcomes) - 1 - late[0]
    message = f"Root called {play.outcomes[late[0]].act.call.operation} after an administrator could sign in."
    if since:
        rest = f", with the {count_noun(since, 'act')} since"
    else:
        rest = ""
    return Step(message, UNDO_DEED, advice=f"Only undo fixes that{rest}:")


def avoids_root(play: Play) -> bool:
    """Return whether the scenario wants root's credential to stay unused."""
    return _has_practice_rule("root-unused", play)


def _has_practice_rule(rule: str, play: Play) -> bool:
    """Return whether the third star of the scenario has this rule."""
    return any(practice.rule == rule for practice in play.scenario.practice)


def _late_calls(play: Play) -> tuple[int, ...]:
    """Return the indexes of root's calls that an administrator could have made."""
    # Imported here because few scenarios begin with root's credential.
    from coffeeshop.lessons.grading.practice.credentials import late_calls
    from coffeeshop.policy.comparison.domain import Domain

    return late_calls(play, Domain.typed_domain((play.account.id,)))


def _administrator(names: Iterable[str], play: Play) -> User | None:
    """Return the first of these users who can act as an administrator, or None."""
    # Imported here for the same reason.
    from coffeeshop.lessons.grading.practice.credentials import find_administrator
    from coffeeshop.policy.comparison.domain import Domain

    return find_administrator(names, play.account, Domain.typed_domain((play.account.id,)))


def hand_over(play: Play, report: Report | None, profile: str) -> Step | None:
    """Return the suggestion to go on as an administrator in place of root.

    Return None if root isn't in use, or must still act.
    """
    scenario = play.scenario
    if not avoids_root(play) or not owner(play, profile) or (report and report.stars == 3):
        return None
    user = _administrator(scenario.people.admins, play)
    if user is None:
        return None
    name = capital(short(user.name))
    own_access_key = next(iter(play.account.keys_of(play.account.id)), None)
    if own_access_key is not None and _has_practice_rule("root-no-keys", play):
        cause = f"{name} can administer the account. Before you go on as {name}, delete root's own key:"
        return access_key(own_access_key.id, "root", cause)
    message = f"{name} can administer the account now, so stop using root. Go on as {name}."
    return Step(message, sign_in({"UserName": user.name, "MfaCode": "@phone"}))


def with_code(play: Play, profile: str) -> Step | None:
    """Return the suggestion to an administrator to sign in again with an MFA code. Return None if no code is missing.

    Their session began before they had an MFA device, so it counts as one without MFA.
    """
    credential = _held_credential(play, profile)
    people = play.scenario.people
    if (
        not isinstance(credential, Session)
        or credential.mfa
        or not _has_practice_rule("admin-mfa", play)
    ):
        return None
    user = play.account.entity_by_id(credential.owner)
    if (
        not isinstance(user, User)
        or user.name not in people.admins
        or not play.account.devices_of(user.id)
    ):
        return None
    # The user can't act as an administrator yet, so other steps come first.
    if _administrator((user.name,), play) is None:
        return None
    name = capital(short(user.name))
    message = f"{name} has an MFA device now, but signed in without MFA. Sign in again, with an MFA code."
    return Step(message, sign_in({"UserName": user.name, "MfaCode": "@phone"}))
