"""Who somebody was before the play, and what they showed then."""

from __future__ import annotations

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.shop.serve import user_named


def name_before(opening: Account, user: User) -> str:
    """Returns what a user was called before the play; of one who was not there, what they are called."""
    former_user = opening.entity_by_id(user.id)
    return former_user.name if isinstance(former_user, User) else user.name


def user_before(account: Account, opening: Account, user: User) -> User | None:
    """Returns the user who somebody was before the play: the same one, or who was made anew whoever had that name and has gone."""
    namesake = user_named(opening, user.name)
    if namesake and account.entity_by_id(namesake.id) is None:
        remade = namesake
    else:
        remade = None
    former_user = opening.entity_by_id(user.id) or remade
    return former_user if isinstance(former_user, User) else None
