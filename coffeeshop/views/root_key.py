"""The Next box's step that deletes root's access key, or that goes to the credential which can."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Nobody
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.policy.model import Standing
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.views.badge_in_hand import owner
from coffeeshop.views.credential_steps import access_key
from coffeeshop.views.leaks import refusal_failure
from coffeeshop.views.step import Step, take_credential


def root_key_step(step: Step, play: Play, tickets: Sequence[Ticket], profile: str) -> Step:
    """Return the step that deletes root's leaking access key, otherwise the step as it is.

    No policy limits root, so that only deleting the key helps. Only root can delete it: if
    `profile` is another credential, the step goes to root's, if the learner has one.
    """
    leaks = (ticket for ticket in tickets if ticket.mark is Mark.LEAK)
    leak = next((ticket for ticket in leaks if ticket.want.id == step.want), None)
    if leak is None or leak.decision is None or not _is_root(leak.decision.standing):
        return step
    if leak.want.opening_credential is None and leak.want.badge != "key":
        return step
    owned = leak.decision.standing.principal.account
    own_access_key = next(iter(play.account.keys_of(owned)), None)
    if own_access_key is None:
        return step
    caller = find_caller(play.account, profile)
    if isinstance(caller, Nobody):
        return step
    if owner(play, profile):
        cause = "no identity-based policy limits root, but you can delete its key."
        key_step = access_key(own_access_key.id, "root", cause)
    else:
        root_profiles = (name for name in profiles(play) if owner(play, name))
        root_profile = next(root_profiles, None)
        if root_profile is None:
            return step
        cause = "only the root user can delete its key."
        key_step = Step(cause, take_credential(root_profile))
    return replace(key_step, fails=refusal_failure(leak), want=step.want)


def _is_root(asker: Standing) -> bool:
    return asker.principal.arn.endswith(":root")
