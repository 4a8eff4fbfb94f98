"""Answer the word `as`: use another credential, or say what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.command import write_line
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Call, Key
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.plain.call import call_rows
from coffeeshop.plain.shell import Shell, identity_rows, note_rows
from coffeeshop.views.identity import identity, signs_in_again
from coffeeshop.views.rows import Row

MAX_NAME_SHOWN = 64  # at most this many characters of an unknown name are printed


def take_up(shell: Shell, rest: str) -> Iterator[Row]:
    """Use another of the learner's credentials. Sign in again if its session has expired or soon will."""
    if signs_in := _sign_in_again_line(shell, rest):
        yield from call_rows(shell, signs_in)
        return
    taken = shell.player.use_profile(_profile_named(shell, rest))
    if isinstance(taken, Refused):
        yield Row(_missing_credential_text(shell, rest))
        return
    yield from note_rows(taken)
    yield from identity_rows(shell, "")
    if which_key := _which_key_text(shell):
        yield Row(which_key, indent=1)


def _which_key_text(shell: Shell) -> str:
    """Return which of a user's two access keys is in use. Return "" if there is no choice."""
    account = shell.sitting.play.account
    caller = find_caller(account, shell.sitting.profile)
    credential = account.credentials.get(caller.id) if isinstance(caller, Key) else None
    if not isinstance(credential, AccessKey):
        return ""
    keys = account.keys_of(credential.owner)
    if len(keys) == 1:
        return ""
    age = "newer" if credential.id == keys[-1].id else "older"
    return f"There are two access keys. You use the {age} one, {credential.id}."


def _sign_in_again_line(shell: Shell, name: str) -> str:
    """Return the command that signs in again for a session. Return "" if there is none, or it still lasts.

    The session in use is renewed if it ends before the shop closes.
    """
    sitting = shell.sitting
    profile = name if "@" in name else f"{name}@console"
    if profile not in profiles(sitting.play):
        return ""
    is_in_use = sitting.day is not None and profile == sitting.profile
    needed_until = sitting.day.closes if sitting.day and is_in_use else None
    named_identity = identity(sitting.play.account, profile, sitting.now)
    typed = dict(signs_in_again(sitting.play, named_identity, needed_until))
    code = typed.pop("MfaCode", "")  # no parameter of a call, but an option of the line
    if typed:
        line = write_line(Call("console", "SignIn", typed))
    else:
        line = ""
    if code:
        return f"{line} --mfa-code {code}"
    return line


def _profile_named(shell: Shell, name: str) -> str:
    """Return the only profile that a user's name can mean, or the name as it is."""
    held_profiles = profiles(shell.sitting.play)
    matches = [profile for profile in held_profiles if profile.partition("@")[0] == name]
    if name not in held_profiles and len(matches) == 1:
        return matches[0]
    return name


def _missing_credential_text(shell: Shell, name: str) -> str:
    """Return a sentence that says how to get a credential that the learner doesn't have."""
    play = shell.sitting.play
    this_profile = f"You have: {', '.join(profiles(play))}. `as NAME` uses one of them."
    if not name:
        return this_profile
    owner = name.partition("@")[0]
    unknown_badge = f"There is no badge called {name[:MAX_NAME_SHOWN]}."
    if other_names := [
        profile for profile in profiles(play) if profile.partition("@")[0] == owner
    ]:
        names_text = f"Badges of {owner}: {', '.join(other_names)}. Type {' or '.join(f'`as {profile}`' for profile in other_names)}."
        return names_text if name == owner else f"{unknown_badge} {names_text}"
    user = play.account.users.get(owner.lower())
    if user is None:
        return f"{unknown_badge} {this_profile}"
    return f"You have no credential of {user.name}. {_how_to_become(play.account, user)} {this_profile}"


def _how_to_become(account: Account, user: User) -> str:
    """Return how the learner gets a credential of a user: by the password that the user has, or by a new key.

    A key that was there at the start can't be used, since AWS shows its secret only once.
    """
    make_key = (
        f"`aws iam create-access-key --user-name {user.name}` makes a key that you can use."
    )
    if user.login is None:
        return f"This user has no password to sign in with. {make_key}"
    code = " --mfa-code @phone" if account.devices_of(user.id) else ""
    line = f"`console sign-in --user-name {user.name} --password PASSWORD{code}`"
    return f"{line} signs in if you know the password. {make_key}"
