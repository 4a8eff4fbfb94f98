"""Run a want on a copy of the account: choose its credential, assume its role and run its commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from coffeeshop.account.access import passwords
from coffeeshop.account.access.authorization_requests import role_arn
from coffeeshop.account.access.request_context import complete_foreign_request
from coffeeshop.account.access.sessions import MINTED_PREFIX, mint_credential, new_session
from coffeeshop.account.access.standing import LAMBDA_SERVICE, build_standing
from coffeeshop.account.access.web_identity import issue_token
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Key,
    Nobody,
    Origin,
    Outcome,
    Outsider,
    Reply,
    Service,
    ServiceError,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Request
from coffeeshop.shop.decision_outcome import act_without_api_call, decision_outcome
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Lack, Ticket, Want, is_done


def serve(
    account: Account, want: Want, at: datetime, caller: Caller | None = None
) -> Ticket:
    """Run a want (a job, or a request that must be refused) on a copy of the account, and return its ticket.

    It runs at the want's own time, or else at `at`, with the credential `caller`, or else with the
    credentials of the want's person. A request that must be refused is tried with each of them. The
    first that succeeds gives the ticket, because one success breaks the rule.
    """
    at = _want_time(want, at)
    if caller:
        credentials = ((account, caller),)
    else:
        credentials = tuple(usable_credentials(account, want, at))
    last_ticket = None
    for account_with_credential, credential in credentials:
        last_ticket = _serve_with_credential(account_with_credential, credential, want, at)
        if want.mode is not Mode.NEVER or last_ticket.has_succeeded:
            return last_ticket
    return last_ticket or ticket_without_credential(account, want)


def _serve_with_credential(
    account: Account, caller: Caller, want: Want, at: datetime
) -> Ticket:
    """Run a want with one credential, and return its ticket.

    The run assumes the role that the want names (`via`), then makes the request or runs each command.
    It stops at the first call that fails, because later commands build on it.
    """
    outcomes: tuple[Outcome, ...] = ()
    if want.via:
        outcomes = (_assume_role(account, want, at, caller),)
        if not (session_key := assumed_session_key(outcomes[0])):
            return Ticket(want, outcomes)
        account = outcomes[0].account
        caller = session_key
        at = at + want.used
    if want.request:
        return Ticket(want, (*outcomes, _decide_want(account, want, caller, at)))
    account = _with_profile_credentials(account, want, at)
    for line in want.do:
        act = line.act(account, at, caller)
        if not isinstance(act, Act):
            return Ticket(
                want, outcomes, missing="; ".join(str(problem) for problem in act)
            )
        outcomes += (handle(account, _with_network_origin(want.who, act)),)
        if not is_done(outcomes[-1], want.mode):
            break
        account = outcomes[-1].account
    return Ticket(want, outcomes)


def serve_again(
    account: Account, account_before: Account, failed: Ticket, at: datetime
) -> Ticket:
    """Run a failed job again with the sign-in that the person had in `account_before`. If that fails too, return `failed`.

    A job such as "change your password" can fail only because the learner has already done it.
    """
    ticket = serve(
        _with_opening_sign_in(account, account_before, failed.want.who), failed.want, at
    )
    return ticket if ticket.has_succeeded else failed


def _with_opening_sign_in(account: Account, opening: Account, person: str) -> Account:
    """Return the account with a user's sign-in as it was in `opening`.

    The user has the old password, and MFA devices that were enrolled since are removed.
    """
    user = user_named(account, person)
    if user is None:
        return account
    old_names = {device.serial for device in opening.devices_of(user.id)}
    for serial in {device.serial for device in account.devices_of(user.id)} - old_names:
        account = replace(account, devices=account.devices.drop(serial))
    old_entity = opening.entity_by_id(user.id)
    if isinstance(old_entity, User):
        login = old_entity.login
    else:
        login = None
    if user.login and login:
        return account.put(replace(user, login=login))
    return account


def _with_profile_credentials(account: Account, want: Want, at: datetime) -> Account:
    """Return the accounts with a credential for each user whose profile a command names with `--profile`.

    Nothing is added if the want may only use existing credentials. `NAME@console` gets a console
    sign-in, any other name an access key.
    """
    id = account.id
    for name, console in profile_users(want) if want.minted else ():
        account = seen_from_account_of_user(account, name)
        if user := account.users.get(name.lower()):
            account, _ = mint_credential(
                account,
                account.arn(user),
                _sign_in_kind(account, user) if console else "key",
                at,
            )
    return account.seen_from(id)


def profile_users(want: Want) -> tuple[tuple[str, bool], ...]:
    """Return the users whom the want's commands name with `--profile`, each with whether they sign in at the console."""
    profiles = (line.command.word("--profile") for line in want.do)
    parts = (profile.partition("@console") for profile in profiles if profile)
    return tuple(dict.fromkeys((name, console != "") for name, console, _ in parts))


def _sign_in_kind(account: Account, user: User) -> Literal["password", "code"]:
    """Return how a user signs in at the console: with a code if they have an MFA device."""
    if account.devices_of(user.id):
        return "code"
    return "password"


def _with_network_origin(person: str, act: Act) -> Act:
    """Return an act as if its person had sent it from where they work, in the Region that the act names."""
    origin = replace(origin_of(person), region=act.call.origin.region)
    if origin == act.call.origin:
        return act
    return replace(act, call=replace(act.call, origin=origin))


def _want_time(want: Want, at: datetime) -> datetime:
    """Return when a want runs: at its own time but not before `at`, or its delay after `at`, or at `at`."""
    if want.at is None:
        return at
    if isinstance(want.at, datetime):
        return max(want.at, at)
    return at + want.at


# ------------------------------------------------------------------------ who
def seen_from_account_of_user(account: Account, name: str) -> Account:
    """Return the accounts, viewed from the one that has a user of that name. If none has, return them unchanged."""
    names = (
        each_account.id
        for each_account in (account, *account.others.values())
        if name.lower() in each_account.users
    )
    return account.seen_from(next(names, account.id))


# Words with a meaning in scenarios and grades. A user can have such a name.
PRINCIPAL_KEYWORDS = frozenset({"root", "anyone", "newcomer"})


def want_name(user: str) -> str:
    """Return a user's name as a want writes it: user/NAME if the name is a keyword."""
    if user.lower() in PRINCIPAL_KEYWORDS:
        return f"user/{user}"
    return user


def user_named(account: Account, person: str) -> User | None:
    """Return the user that a want names. Return None if there is no such user, or the want names no user."""
    kind, slash, rest = person.partition("/")
    if slash and kind == "user":
        name = rest
    elif slash or person in ("root", "anyone"):
        name = ""
    else:
        name = person
    if name:
        return account.users.get(name.lower())
    return None


SHOP_ORIGIN = Origin()
ELSEWHERE_ORIGIN = Origin(ip="198.51.100.20", agent="Boto3")


ELSEWHERE_KINDS = ("function", "service", "account", "workload")


def origin_of(person: str) -> Origin:
    """Return the network origin of a person.

    Users and root call from the shop. Functions, services, workloads, other accounts and anonymous callers call from
    elsewhere, with other tools.
    """
    kind, slash, _ = person.partition("/")
    if person == "anyone" or (slash and kind in ELSEWHERE_KINDS):
        return ELSEWHERE_ORIGIN
    return SHOP_ORIGIN


def usable_credentials(
    account: Account, want: Want, at: datetime
) -> Iterator[tuple[Account, Caller]]:
    """Yield alternative credentials that the want's person can use, each with the account
    in which it exists.

    If the want may be minted, they are made for this run, on a copy. Nothing is yielded if
    the person doesn't exist or has no credential of this kind.
    """
    kind, slash, rest = want.who.partition("/")
    user = user_named(account, want.who)
    if want.opening_credential is not None:
        yield account, want.opening_credential
    elif want.who == "anyone":
        yield account, Nobody()
    elif slash and kind == "account":
        credentials = tuple(_partner_credentials(account, want, at))
        yield from credentials or ((account, outside_principal(rest)),)
    elif slash and kind == "function":
        yield from _function_session(account, rest, at)
    elif slash and kind == "workforce":
        yield from _portal_sessions(account, rest, at)
    elif slash and kind == "service":
        yield account, Service(rest)
    elif slash and kind == "workload":
        # It has no credential. Its token is in the call.
        yield account, Nobody()
    elif want.who == "root" or user:
        yield from (_minted_credentials if want.minted else _existing_credentials)(
            account, user, want.badge, at
        )


def _portal_sessions(
    account: Account, name: str, at: datetime
) -> Iterator[tuple[Account, Caller]]:
    """Yield a session in the role of each permission set that a user of Identity Center has in this account."""
    center = account.organization_center
    user = center.user_named(name) if center else None
    if center is None or user is None:
        return
    from coffeeshop.account.services.access_portal import open_role_session, workforce_roles

    for role in workforce_roles(account, center, user):
        birth = f"{MINTED_PREFIX}/{role.id}/{user.name}"
        account_with_session, session = open_role_session(
            account, center, user, role, at, birth
        )
        yield account_with_session, Key(session.id)


def _partner_credentials(
    account: Account, want: Want, at: datetime
) -> Iterator[tuple[Account, Caller]]:
    """Yield credentials of a user or role of another account, if that account is simulated.

    Only a job, and a want that may succeed and makes a request, gets any. A request that must be refused
    gets none: the owner of the other account can allow everything there at any time, so the refusal
    mustn't rely on its policies. A want without a request gets none either: with it the grade looks at
    everything that this principal could come to do.
    """
    is_question = want.mode is Mode.MAY and bool(want.do or want.request)
    id, _, principal = want.who.removeprefix("account/").partition("/")
    if not (want.mode is Mode.MUST or is_question) or id not in account.others:
        return
    home = account.seen_from(id)
    kind, _, name = principal.partition("/")
    name = name.rpartition("/")[2]
    role = home.roles.get(name.lower()) if kind == "role" else None
    user = home.users.get(name.lower()) if kind == "user" else None
    if role is not None:
        home_with_session, session = new_session(
            home, "Role", role.id, ROLE_SESSION, at, timedelta(hours=1), name=ROLE_SESSION
        )
        yield home_with_session.seen_from(account.id), Key(session.id)
    if user is not None:
        credentials = _minted_credentials if want.minted else _existing_credentials
        for minted_in, caller in credentials(home, user, want.badge, at):
            yield minted_in.seen_from(account.id), caller


def missing_credential_text(account: Account, want: Want) -> str:
    """Return why the person of a want has no credential to show."""
    if absent := _absent_caller_text(account, want):
        return absent
    kind, _, name = want.who.partition("/")
    if kind == "function" and name:
        return f"Lambda can't assume the role of the function {name}"
    if kind == "workforce" and name:
        return f"{name} has no permission set in the account"
    user = user_named(account, want.who)
    lack = _credential_lacked(account, want)
    if user and user.login and lack in (Lack.PASSWORD, Lack.ANYTHING):
        return f"{user.name}'s password has expired"
    return f"{user.name if user else name or kind} has no {lack.value}"


def _absent_caller_text(account: Account, want: Want) -> str:
    """Return that the function or user of a want doesn't exist. Return "" if it does."""
    kind, _, name = want.who.partition("/")
    if kind == "function" and name:
        return "" if name in account.functions else f"there is no function {name}"
    if kind == "workforce" and name:
        center = account.organization_center
        if center is None or center.user_named(name) is None:
            return f"there is no user {name} in IAM Identity Center"
        return ""
    if want.who != "root" and user_named(account, want.who) is None:
        return f"there is no user {name or kind}"
    return ""


def ticket_without_credential(account: Account, want: Want) -> Ticket:
    """Return the ticket of a want that couldn't run, because its person has no credential."""
    return Ticket(
        want,
        missing=missing_credential_text(account, want),
        has_no_caller=bool(_absent_caller_text(account, want)),
        lack=_credential_lacked(account, want),
    )


def _credential_lacked(account: Account, want: Want) -> Lack:
    """Return which credential the want's person lacks, so that the message can name it.

    A sign-in with an MFA code needs two things, a device and a password. A password alone
    is no use to somebody with a device.
    """
    user = user_named(account, want.who)
    has_device = any(
        device.owner == (user.id if user else account.id)
        for device in account.devices.values()
    )
    if want.badge == "code":
        return Lack.PASSWORD if has_device else Lack.DEVICE
    if want.badge == "password" and has_device and _has_password(account, user):
        return Lack.CODELESS
    return {"key": Lack.KEY, "password": Lack.PASSWORD}.get(want.badge, Lack.ANYTHING)


ROLE_SESSION = "visitor"  # the name of a session of another account's role
ANY_PRINCIPAL = "user/someone"  # stands for any principal of another account


def outside_principal(account_and_name: str) -> Outsider:
    """Return a principal of another account, whose own policies count as allowing its calls.

    "444455556666/role/Courier" is that role. "444455556666" stands for any principal of the account.
    """
    id, _, name = account_and_name.partition("/")
    return Outsider(f"arn:aws:iam::{id}:{name or ANY_PRINCIPAL}")


def assume_function_role(account: Account, name: str, at: datetime) -> Outcome | None:
    """Return the outcome of Lambda assuming a function's role. Return None if there is no such function."""
    function = account.functions.get(name)
    if function is None:
        return None
    session_name = name[:64]  # AWS allows at most 64 characters
    call = Call(
        "sts",
        "AssumeRole",
        {"RoleArn": function.role, "RoleSessionName": session_name},
    )
    return handle(account, Act(at, Service(LAMBDA_SERVICE), call))


def _function_session(
    account: Account, name: str, at: datetime
) -> Iterator[tuple[Account, Caller]]:
    """Yield the session of the role that a function assumes, if it can assume it."""
    outcome = assume_function_role(account, name, at)
    if outcome and (session_key := assumed_session_key(outcome)):
        yield outcome.account, session_key


def _minted_credentials(
    account: Account, user: User | None, badge: str, at: datetime
) -> Iterator[tuple[Account, Caller]]:
    """Yield new credentials for a user, or for root if `user` is None, of the kind `badge`.

    "any" gives an access key, a session with a password, and a session with an MFA code.
    """
    owner = account.arn(user) if user else account.root_arn
    if badge == "password":
        yield mint_credential(account, owner, "password", at)
    elif badge == "code":
        yield mint_credential(account, owner, "code", at)
    else:
        yield mint_credential(account, owner, "key", at)
    if badge == "any":
        yield mint_credential(account, owner, "password", at)
        yield mint_credential(account, owner, "code", at)


def _existing_credentials(
    account: Account, user: User | None, badge: str, at: datetime
) -> Iterator[tuple[Account, Caller]]:
    """Yield credentials of the kind `badge` that the user (None: root) really has: active keys, or a
    sign-in that works.

    A sign-in is a session on a copy of the account. With a password alone it works only without an MFA
    device. One with a code needs a device, and a password or an access key.
    """
    if user:
        owner_id = user.id
        arn = account.arn(user)
    else:
        owner_id = account.id
        arn = account.root_arn
    keys = active_keys(account, owner_id)
    has_device = any(device.owner == owner_id for device in account.devices.values())
    password_expired = (
        user is not None
        and user.login is not None
        and passwords.is_hard_expired(account, user.login, at)
    )
    can_use_password = _has_password(account, user) and not password_expired
    if badge in ("key", "any"):
        yield from ((account, Key(key.id)) for key in keys)
    if badge in ("password", "any") and can_use_password and not has_device:
        yield mint_credential(account, arn, "password", at)
    if badge in ("code", "any") and has_device and (can_use_password or keys):
        yield mint_credential(account, arn, "code", at)


def _has_password(account: Account, user: User | None) -> bool:
    """Return whether a user has a password. Root (None) always has one."""
    return user is None or user.login is not None


def active_keys(account: Account, owner: str) -> tuple[AccessKey, ...]:
    """Return the active access keys of an owner, newest first. `owner` is a user's unique id, or the account's for root."""
    access_keys = (
        c
        for c in account.credentials.values()
        if isinstance(c, AccessKey) and c.owner == owner
    )
    return tuple(
        sorted(
            (key for key in access_keys if key.status == "Active"),
            key=lambda key: -key.made,
        )
    )


# ----------------------------------------------------------------------- what
def _assume_role(account: Account, want: Want, at: datetime, caller: Caller) -> Outcome:
    """Assume the want's role and return the outcome. The session is named after the want's person."""
    parameters = {
        "RoleArn": role_arn(account, want.via),
        # AWS allows no slash in a session's name.
        "RoleSessionName": want.who.replace("/", "-"),
    }
    operation = "AssumeRole"
    kind, _, name = want.who.partition("/")
    workload = account.workloads.get(name) if kind == "workload" else None
    if workload:
        operation = "AssumeRoleWithWebIdentity"
        parameters["WebIdentityToken"] = issue_token(account, workload, at)
    if want.lasts is None:
        duration = {}
    else:
        duration = {"DurationSeconds": int(want.lasts.total_seconds())}
    return handle(
        account, Act(at, caller, Call("sts", operation, {**parameters, **duration}))
    )


def assumed_session_key(outcome: Outcome) -> Key | None:
    """Return the credential of the session that a call to AssumeRole started. Return None if AWS refused the call."""
    if not isinstance(outcome.answer, Reply):
        return None
    credentials = outcome.answer.body.get("Credentials")
    if isinstance(credentials, dict):
        return Key(str(credentials["AccessKeyId"]))
    return None


def _decide_want(account: Account, want: Want, caller: Caller, at: datetime) -> Outcome:
    """Return the outcome of the want's request, which is decided without an API call."""
    assert want.request is not None
    return decide_request(account, caller, want.request, at, origin_of(want.who))


def decide_request(
    account: Account,
    caller: Caller,
    request: Request,
    at: datetime,
    origin: Origin = SHOP_ORIGIN,
) -> Outcome:
    """Return the outcome of a request that belongs to no API call: the policies decide it, and nothing changes."""
    standing_or_error = build_standing(account, caller, at)
    if isinstance(standing_or_error, ServiceError):
        return Outcome(
            act_without_api_call(caller, request, at), account, standing_or_error
        )
    if ":" in request.resource:
        owner = account.account_id_owning(request.resource)
    else:
        owner = standing_or_error.principal.account or account.id
    full_request = complete_foreign_request(
        account, request, owner, at, origin, not isinstance(caller, Nobody)
    )
    return decision_outcome(authorize(standing_or_error, full_request), account, caller, at)
