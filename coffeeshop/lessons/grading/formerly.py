"""Who a user was before the play."""

from __future__ import annotations

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.shop.serve import user_named


def name_before(opening: Account, user: User) -> str:
    """Return the user's name before the play; for a user created in the play, their name
    now.
    """
    former_user = opening.entity_by_id(user.id)
    if isinstance(former_user, User):
        return former_user.name
    return user.name


def user_before(account: Account, opening: Account, user: User) -> User | None:
    """Return the user as they were before the play, or None if they are new.

    That is the user with the same id. Or it is one of the same name who was deleted: a user isn't new just
    because the learner made them again.
    """
    namesake = user_named(opening, user.name)
    if namesake and account.entity_by_id(namesake.id) is None:
        remade = namesake
    else:
        remade = None
    former_user = opening.entity_by_id(user.id) or remade
    if isinstance(former_user, User):
        return former_user
    return None
