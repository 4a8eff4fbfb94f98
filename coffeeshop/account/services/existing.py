"""What a call names, or AWS's NoSuchEntity; and lists in pages: what the operation modules share."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias

from coffeeshop.account import errors
from coffeeshop.account.access.standing import policy_of
from coffeeshop.account.model import Account, Act, Call, Entity, Group, Json, ManagedPolicy, Reply, Role, Tags, User
from coffeeshop.policy.model import Standing

Change: TypeAlias = tuple[Account, Reply]
Apply: TypeAlias = Callable[[Account, Standing, Act], Change]
DONE = Reply({})
TAGS = 50  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def user(account: Account, call: Call) -> User:
    """The user of UserName. Without one the caller is no user, since the door fills in a user's own name."""
    name = call.text("UserName")
    if not name:
        raise errors.invalid("Must specify userName when calling with non-User credentials")
    if (found := account.users.get(name.lower())) is None:
        raise errors.missing("user", name)
    return found


def group(account: Account, call: Call) -> Group:
    """The group of GroupName."""
    name = call.text("GroupName")
    if (found := account.groups.get(name.lower())) is None:
        raise errors.missing("group", name)
    return found


def role(account: Account, call: Call) -> Role:
    """The role of RoleName."""
    name = call.text("RoleName")
    if (found := account.roles.get(name.lower())) is None:
        raise errors.missing("role", name)
    return found


def entity(account: Account, call: Call) -> Entity:
    """The group, user or role that the call names."""
    if "GroupName" in call.parameters:
        return group(account, call)
    return role(account, call) if "RoleName" in call.parameters else user(account, call)


def policy(account: Account, call: Call, told: str = "policy") -> ManagedPolicy:
    """The managed policy of PolicyArn, the account's or AWS's."""
    arn = policy_arn(call)
    if (found := policy_of(account, arn)) is None:
        raise errors.missing(told, arn)
    return found


def policy_arn(call: Call, parameter: str = "PolicyArn") -> str:
    """The ARN of a managed policy, or ValidationError where it is none (seen): a bare name is the commonest slip."""
    arn = call.text(parameter)
    if not arn.startswith("arn:") or arn.count(":") < 5:
        raise errors.invalid(f"ARN {arn} is not valid.")
    return arn


def tag_list(tags: Tags) -> Json:
    """Tags as answers show them."""
    return tuple({"Key": key, "Value": value} for key, value in tags.items())


def tagged(old: Tags, call: Call, *, cased: bool = False, code: str = "InvalidInput") -> Tags:
    """The tags with the call's laid over them; keys match without case on users, roles and sessions, with case elsewhere.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    """
    new = call.tags
    keys = list(new) if cased else [key.lower() for key in new]
    if len(set(keys)) < len(call.rows("Tags")):
        note = "" if cased else " Please note that Tag keys are case insensitive."
        raise errors.refused(code, f"Duplicate tag keys found.{note}")
    if any(key.lower().startswith("aws:") for key in new):
        raise errors.refused(code, "Tag keys beginning with aws: are reserved for system use.")
    kept = {key: value for key, value in old.items() if (key if cased else key.lower()) not in keys}
    if len(kept) + len(new) > TAGS:
        raise errors.refused("LimitExceeded", f"Cannot exceed quota for TagsPerResource: {TAGS}")  # uncertain
    return {**kept, **new}


def page(call: Call, member: str, names: Iterable[str], show: Callable[[str], Json]) -> Reply:
    """One page of a list, by name without regard to case; `show` is asked for this page's names only.

    The marker holds a hash of the operation and its filters, and how the last name begins, with a hash of it: 320
    characters must do, and names may go before the next page is asked for. Of another list it is a ValidationError.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    """
    ordered = sorted(sorted(names), key=str.lower)  # as _order has it; the second sort keeps the first's order
    filters = {key: value for key, value in call.parameters.items() if key not in {"Marker", "MaxItems"}}
    wanted = _hash(json.dumps([call.operation, filters], sort_keys=True, default=str))
    first = _behind(ordered, *_last(call, wanted)) if "Marker" in call.parameters else 0
    shown = ordered[first : first + call.number("MaxItems", 100)]
    more = first + len(shown) < len(ordered)
    marker = {"Marker": _marker(wanted, shown[-1])} if more else {}
    return Reply({member: tuple(map(show, shown)), "IsTruncated": more, **marker})


def _order(name: str) -> tuple[str, str]:
    """Without regard to case; of two that differ in case alone the capitals come first (seen)."""
    return name.lower(), name


MARKER = 240  # bytes: 320 characters in Base64


def _marker(wanted: str, last: str) -> str:
    return urlsafe_b64encode(f"{wanted}{_hash(last)}{last}".encode()[:MARKER]).decode()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _behind(ordered: Sequence[str], head: str, hash: str) -> int:
    """The place behind the name that a marker holds; where it has gone, that of the first which could follow it."""
    least = bisect_left(ordered, _order(head), key=_order)
    rest = enumerate(ordered[least:], least + 1)
    return next((place for place, name in rest if name.startswith(head) and _hash(name) == hash), least)


def _last(call: Call, wanted: str) -> tuple[str, str]:
    """How the last name of the page before begins, and its hash."""
    try:
        held = urlsafe_b64decode(call.text("Marker")).decode(errors="ignore")  # it may end in half a character
    except ValueError:
        held = ""
    if len(held) < 64:
        raise errors.invalid("Invalid Marker.")
    if not held.startswith(wanted):
        raise errors.invalid("Marker and Filter do not match")
    return held[64:], held[32:64]


def under(path: str, items: Mapping[str, User | Group | Role]) -> list[str]:
    """The names below a path prefix."""
    return [name for name, item in items.items() if item.path.startswith(path)] if path != "/" else list(items)
