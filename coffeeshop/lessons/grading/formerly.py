"""Who somebody was before the play, and what they showed then."""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.shop.serve import user_named


def with_old_badge(account: Account, opening: Account, who: str) -> Account:
    """Returns the account with a user's password as it was, and without the devices that they enrolled since, or since they came."""
    user = user_named(account, who)
    if user is None:
        return account
    had = {device.serial for device in opening.devices_of(user.id)}
    for serial in {device.serial for device in account.devices_of(user.id)} - had:
        account = replace(account, devices=account.devices.drop(serial))
    was = opening.of_id(user.id)
    login = was.login if isinstance(was, User) else None
    return account.put(replace(user, login=login)) if user.login and login else account


def was_called(opening: Account, user: User) -> str:
    """Returns what a user was called before the play; of one who was not there, what they are called."""
    was = opening.of_id(user.id)
    return was.name if isinstance(was, User) else user.name


def formerly(account: Account, opening: Account, user: User) -> User | None:
    """Returns the user who somebody was before the play: the same one, or who was made anew whoever had that name and has gone."""
    namesake = user_named(opening, user.name)
    anew = namesake if namesake and account.of_id(namesake.id) is None else None
    was = opening.of_id(user.id) or anew
    return was if isinstance(was, User) else None
