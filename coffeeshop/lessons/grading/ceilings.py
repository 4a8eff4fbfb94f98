"""What people may be given by whoever a job lets give it: everything, up to their boundary. So such a boundary may reach no
further than it did before the play, whatever hangs below it today.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.access.standing import standing
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


def below_ceilings(trial: Trial) -> Iterator[Held]:
    """Yields each user under a boundary of before the play whom a job lets somebody give policies, with each badge, as if
    everything were given.
    """
    for user in trial.account.users.values():
        if user.boundary in trial.play.scenario.opening.policies and _is_given(trial, user):
            for badge in DIRECT:
                account, key = mint(trial.account, trial.account.arn(user), badge, trial.play.now)  # pyright: ignore[reportArgumentType]  # of DIRECT
                held = standing(account, key, trial.play.now)
                if isinstance(held, Standing):
                    given = freed(_given_everything(held), {"aws:tokenissuetime"})
                    yield Held(person(user.name), badge, account, key, given)


def as_it_reached(trial: Trial, held: Held) -> Standing:
    """Returns what somebody below a ceiling would hold if it said what it said before the play."""
    user = user_named(trial.account, held.who)
    was = trial.play.scenario.opening.policies[user.boundary if user else ""].document.policy
    layers = (_saying(layer, was) if layer.kind is Kind.BOUNDARY else layer for layer in held.standing.layers)
    return dataclasses.replace(held.standing, layers=tuple(layers))


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
