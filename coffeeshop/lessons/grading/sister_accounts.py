"""Who came to be in the organization's other accounts during the play: users hired there, and roles for somebody else.

What they do is about the things of their own account; yet whoever administers the managing one can take off every rule
that hangs over the shop. Who was there before is nobody's to judge.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.access.standing import standing
from coffeeshop.account.model import Account, Nobody, Role, User
from coffeeshop.lessons.grading.sessions import Held, as_role, takers
from coffeeshop.policy.model import Standing

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def made_there(trial: Trial) -> Iterator[Held]:
    """Yields each user who was hired in play in another account, with each badge, and each role that was made there and
    lets in somebody of another. What a new account brings with it is its own.
    """
    account, now = trial.account, trial.play.now
    for id, was in trial.play.scenario.opening.others.items():
        there, known = account.seen_from(id), was.names
        for user in there.users.values():
            if user.id not in known:
                yield from _hired(there, user, now)
        for role in there.roles.values():
            if role.id not in known and _lets_others_in(role, id):
                who = f"account/{id}/role/{role.name}"
                yield Held(who, who, there, Nobody(), as_role(there, role, now))


def _hired(there: Account, user: User, now: datetime) -> Iterator[Held]:
    for badge in ("key", "code"):
        account, key = mint(there, there.arn(user), badge, now)
        held = standing(account, key, now)
        if isinstance(held, Standing):
            yield Held(f"account/{there.id}/user/{user.name}", badge, account, key, held)


def _lets_others_in(role: Role, account: str) -> bool:
    found = takers(role)
    return any(account not in value for kind in ("AWS", "Federated") for value in found.get(kind, ()))
