"""Runs a want on a copy of the account: as whom, with which credential, in which role, which lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from coffeeshop.account.command import read
from coffeeshop.account.model import Account, Act, Call, Caller, Key, Nobody, Outcome, Outsider, Reply
from coffeeshop.account.service import handle
from coffeeshop.account.sessions import mint
from coffeeshop.account.standing import lookup
from coffeeshop.shop.want import Badge, Ticket, Want


def serve(account: Account, want: Want, at: datetime, caller: Caller | None = None) -> Ticket:
    """One run of `want` at its own time (`at`, if it has none), as its person or as `caller`; the account that comes
    out of it is the last outcome's, and nobody keeps it.
    """
    at = _moment(want, at)
    shown = (account, caller) if caller else present(account, want, at)
    if isinstance(shown, str):
        return Ticket(want, missing=shown)
    account, caller = shown
    outcomes: tuple[Outcome, ...] = ()
    if want.via:
        outcomes = (_wear(account, want, at, caller),)
        if not (worn := worn_key(outcomes[0])):
            return Ticket(want, outcomes)
        account, caller, at = outcomes[0].account, worn, at + want.used
    for line in want.do:
        act = read(line, account, at, want.files, caller)
        if not isinstance(act, Act):
            return Ticket(want, outcomes, missing="; ".join(str(problem) for problem in act))
        outcomes += (handle(account, act),)
        if not outcomes[-1].allowed:
            break
        account = outcomes[-1].account
    return Ticket(want, outcomes)


def _moment(want: Want, at: datetime) -> datetime:
    match want.at:
        case datetime():
            return max(want.at, at)
        case timedelta():
            return at + want.at
        case None:
            return at


def present(account: Account, want: Want, at: datetime) -> tuple[Account, Caller] | str:
    """The credential that the person of `want` shows, and the account in which it exists; or why they have none."""
    if want.held is not None:
        return account, want.held
    kind, _, rest = want.who.partition("/")
    if kind == "anyone":
        return account, Nobody()
    if kind == "account":
        return account, outsider(rest)
    if kind != "root" and kind.lower() not in account.users:
        return f"there is no user {kind}"
    return credential(account, kind, want.badge, want.minted, at)


def credential(account: Account, who: str, badge: Badge, minted: bool, at: datetime) -> tuple[Account, Caller] | str:
    """A credential of `badge` for root or a user that exists: minted for the trial, or the one they really have."""
    kind: Badge = "key" if badge == "any" else badge
    if minted:
        owner = account.root_arn if who == "root" else account.arn(account.users[who.lower()])
        return mint(account, owner, kind, at)
    found = lookup(account, who)
    return f"{who} has no credential to present" if isinstance(found, Nobody) else (account, found)


def outsider(rest: str) -> Outsider:
    """ "444455556666/role/Courier" is that role; "444455556666" is anyone there, whom their own account lets ask."""
    id, _, name = rest.partition("/")
    return Outsider(f"arn:aws:iam::{id}:{name or 'user/someone'}")


def _wear(account: Account, want: Want, at: datetime, caller: Caller) -> Outcome:
    name = want.who.partition("/")[0] if "/" not in want.who else want.who.replace("/", "-")
    parameters = {"RoleArn": f"arn:aws:iam::{account.id}:role/{want.via}", "RoleSessionName": name}
    lasts = {} if want.lasts is None else {"DurationSeconds": int(want.lasts.total_seconds())}
    return handle(account, Act(at, caller, Call("sts", "AssumeRole", {**parameters, **lasts})))


def worn_key(outcome: Outcome) -> Key | None:
    """The credential that an AssumeRole answered with; None if it was refused."""
    if not isinstance(outcome.answer, Reply):
        return None
    credentials = outcome.answer.body["Credentials"]
    return Key(str(credentials["AccessKeyId"])) if isinstance(credentials, dict) else None


def as_person(want: Want, who: str) -> Want:
    """The same want of another person."""
    return replace(want, id=f"{want.id.partition('@')[0]}@{who}", who=who)
