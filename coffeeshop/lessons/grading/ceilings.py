"""What people may be given by whoever a job lets give it: everything, up to their boundary. So such a boundary may reach no
further than it did before the play, whatever hangs below it today.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.access.standing import resource_layers, standing
from coffeeshop.account.model import User
from coffeeshop.lessons.grading.moments import ANYTHING
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.sessions import Held, freed
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Kind, Layer, Policy, Standing
from coffeeshop.shop.serve import person, user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

GIVING = {"iam:AttachUserPolicy", "iam:PutUserPolicy"}


def below(trial: Trial) -> Iterator[User]:
    """Yields each user under a boundary of before the play whom a job lets somebody give policies."""
    ceilings = trial.play.scenario.opening.policies
    yield from (user for user in trial.account.users.values() if user.boundary in ceilings and _is_given(trial, user))


def below_ceilings(trial: Trial) -> Iterator[Held]:
    """Yields those users with each badge, as if everything were given."""
    for user in below(trial):
        for badge in DIRECT:
            account, key = mint(trial.account, trial.account.arn(user), badge, trial.play.now)  # pyright: ignore[reportArgumentType]  # of DIRECT
            held = standing(account, key, trial.play.now)
            if isinstance(held, Standing):
                given = freed(_given_everything(held), {"aws:tokenissuetime"})
                yield Held(person(user.name), badge, account, key, given)


def at_most(trial: Trial, held: Held) -> Standing | None:
    """Returns what somebody below a ceiling could come to hold at most, if boundary and things said what they said before the
    play; None for all others, and in a role.
    """
    user = user_named(trial.account, held.who)
    if user is None or held.badge not in DIRECT or user not in below(trial):
        return None
    opening = trial.play.scenario.opening
    was = opening.policies[user.boundary].document.policy
    own = (layer for layer in held.standing.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST))
    said = (_saying(layer, was) if layer.kind is Kind.BOUNDARY else layer for layer in own)
    return _given_everything(dataclasses.replace(held.standing, layers=(*said, *resource_layers(opening))))


def _saying(layer: Layer, policy: Policy) -> Layer:
    return dataclasses.replace(layer, policies=(policy,))


def _given_everything(held: Standing) -> Standing:
    others = (layer for layer in held.layers if layer.kind is not Kind.IDENTITY)
    return dataclasses.replace(
        held, layers=(*others, Layer(Kind.IDENTITY, (Policy((ANYTHING,), name="whatever is given"),)))
    )


def _is_given(trial: Trial, user: User) -> bool:
    """Whether somebody needs to give this user policies."""
    statements = (s for need in trial.needs for s in need.statements if GIVING.intersection(s.actions.values))
    return any(
        glob(pattern)(trial.account.arn(user)) for s in statements if s.resources for pattern in s.resources.values
    )
