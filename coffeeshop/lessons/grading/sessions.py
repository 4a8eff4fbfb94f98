"""The sessions that somebody can have: with each kind of credential, in each role that they can
come to assume; and live ones.

What people can do depends on the session, so each is compared by itself. A live session lasts until
it expires, whatever became of whoever took it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.sessions import new_session
from coffeeshop.account.access.standing import build_standing, tags_read
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import (
    ADMINISTRATOR_ARN,
    CANARY_NAME,
    Unfinished,
)
from coffeeshop.account.escalation.reach import ESCALATION_WAYS, Path
from coffeeshop.account.escalation.searches import reachable_paths
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Json,
    Key,
    Outcome,
    Reply,
    ServiceError,
)
from coffeeshop.lessons.grading.chosen_names import (
    is_named,
    named_principals,
    session_names,
)
from coffeeshop.lessons.grading.fences import (
    all_conditions,
    deny_when,
    from_now_on,
    with_fence,
)
from coffeeshop.lessons.grading.needed import FEDERATED_KIND, USER_BADGES, badge_of
from coffeeshop.lessons.grading.request_space import keys_read
from coffeeshop.lessons.grading.taking import could_assume, could_federate, session_bounds
from coffeeshop.lessons.grading.workload_claims import WORKLOAD_PREFIX
from coffeeshop.lessons.grading.workload_sessions import workload_sessions
from coffeeshop.policy.comparison.budgets import Steps, StepsError
from coffeeshop.policy.evaluation.match import Clause, compiled_policy
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Fixed,
    Kind,
    Layer,
    Policy,
    Standing,
    Statement,
    Undecided,
)
from coffeeshop.shop.serve import usable_credentials
from coffeeshop.shop.want import Want

ASSUME_WAY = {"assume": ESCALATION_WAYS["assume"]}
ONE_HOUR = timedelta(hours=1)
PRINCIPAL_TAG_PREFIX = "aws:principaltag/"
# The keys that tell which user asks, in lower case.
CALLER_KEYS = {"aws:username", "aws:userid", "aws:principalarn"}


class HeldSession(Struct, frozen=True):
    """One session of a subject (`who`), and what it is allowed (`standing`).

    `badge` is the credential: key, password, code (a password with MFA), federated or role/NAME.
    `until` is when a live session expires. `bounds` limits which name and tags its holder could
    choose for it.
    """

    who: str
    badge: str
    account: Account
    caller: Caller
    standing: Standing
    until: datetime | None = None
    bounds: tuple[Layer, ...] = ()


def find_sessions(
    account: Account,
    make_want: Callable[[str, str], Want],
    subject: str,
    at: datetime,
    steps: Steps,
) -> Iterator[HeldSession | Undecided]:
    """Yield the sessions of a subject: directly, with weaker credentials first, and in each role
    they can come to assume.

    `make_want` decides whether credentials are minted. An Undecided tells why there may be more
    sessions than were found.
    """
    if subject.startswith(WORKLOAD_PREFIX):
        yield from workload_sessions(account, subject, at)
        return
    earlier_standings: list[Standing] = []
    is_user = "/" not in subject or subject.startswith("user/")
    badges = USER_BADGES if is_user else ("key",)
    for badge in badges:
        for credential in usable_credentials(account, make_want(subject, badge), at):
            for path in _role_paths(*credential, at, steps):
                if isinstance(path, Unfinished):
                    yield Undecided(path.reason)
                    continue
                allowed = build_standing(path.account, path.caller, at)
                if isinstance(allowed, ServiceError) or (
                    path.acts and allowed in earlier_standings
                ):
                    continue
                earlier_standings.append(allowed)
                yield _make_session(path, subject, badge, allowed)
                if badge == "key" and not path.acts:
                    yield from _sessions_without_code(subject, path, allowed, at)
                    yield from _federated_sessions(subject, path, allowed, at, steps)


def _role_paths(
    account: Account, caller: Caller, at: datetime, steps: Steps
) -> Iterator[Path | Unfinished]:
    """Yield a path of calls to each role that a caller can come to assume, also from one role to
    the next.

    First come calls that AWS answers as they are played. Then come roles that could be assumed in a
    way that isn't played: at another moment, from elsewhere, under a name that nobody guesses.
    """
    if not _is_trusted(account, caller, at):
        yield Path((), account, caller, held=(caller,))
        return
    assumed_ids = set[str]()
    starts = [Path((), account, caller)]
    for start in starts:
        paths: list[Path] = []
        for walked in reachable_paths(start.account, start.caller, at, ASSUME_WAY, steps):
            if isinstance(walked, Unfinished):
                yield walked
                continue
            path, _ = walked
            paths.append(replace(path, acts=(*start.acts, *path.acts)))
            yield paths[-1]
        assumed_ids.update(_owner_id(path) for path in paths)
        starts += (
            further
            for path in paths
            for further in _unplayed_paths(path, at, assumed_ids, steps)
        )
        if not steps.remaining:
            yield Unfinished(str(StepsError()))


def _is_trusted(account: Account, caller: Caller, at: datetime) -> bool:
    """Tell whether a caller might be able to assume some role. Most callers can't, which spares a search.

    If a trust policy names only the caller's account, the caller's own policies must allow it as well.
    """
    allowed = build_standing(account, caller, at)
    if isinstance(allowed, ServiceError):
        return True
    is_allowed = any(
        _allows_of_assuming(policy)
        for layer in allowed.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    )
    return any(
        is_allowed or clause.naming_of(allowed) > Naming.ACCOUNT
        for role in roles_trusting(account, allowed.principal)
        for clause in _allows_of_assuming(role.trust.policy)
    )


def _allows_of_assuming(policy: Policy) -> tuple[Clause, ...]:
    """Return the Allows of a policy that are about assuming roles."""
    _, allows = compiled_policy(policy).clauses_about("sts:assumerole")
    return allows


def _unplayed_paths(
    path: Path, at: datetime, assumed_ids: set[str], steps: Steps
) -> Iterator[Path]:
    """Yield paths into roles that this credential could assume by some request, and that
    aren't assumed yet.

    A comparison of policies tells whether there is such a request. The session is made
    without making the call, under an arbitrary name and under each name that a policy
    names.
    """
    allowed = build_standing(path.account, path.caller, at)
    account = path.account
    if not isinstance(allowed, Standing) or not steps.remaining:
        return
    taker = _make_session(path, "", "", allowed)
    bounded = dataclasses.replace(
        taker.standing, layers=(*taker.standing.layers, *taker.bounds)
    )
    open_allowed = from_now_on(with_fence(bounded, session_fence(taker)), Standing.of(), at)
    for role in roles_trusting(account, allowed.principal):
        if not steps.remaining or role.id in assumed_ids:
            continue
        if not could_assume(open_allowed, account, role, steps):
            continue
        assumed_ids.add(role.id)
        for name in (CANARY_NAME, *session_names(account, role, allowed)):
            parameters = {"RoleArn": account.arn(role), "RoleSessionName": name}
            act = Act(at, path.caller, Call("sts", "AssumeRole", parameters))
            account_copy, session = new_session(
                account, "Role", role.id, name, at, ONE_HOUR, name=name
            )
            yield Path((*path.acts, act), account_copy, Key(session.id))


def _owner_id(path: Path) -> str:
    """Return the id of the user or role whose permissions the path's last credential has."""
    if isinstance(path.caller, Key):
        return path.account.credentials[path.caller.id].owner
    return ""


def _make_session(path: Path, subject: str, badge: str, allowed: Standing) -> HeldSession:
    """Return the session at the end of a path, with all context keys free whose values its taker
    could have chosen.

    That is when the session began; for a role's session also its name, source identity and tags, as
    far as the trust policy and the taker's policies allow.
    """
    if not path.acts:
        return HeldSession(
            subject,
            badge,
            path.account,
            path.caller,
            free_keys(allowed, {"aws:tokenissuetime"}),
        )
    role_badge = badge_of(path.account, path.caller) or badge
    free_names = {"aws:tokenissuetime", *_chosen_keys(path, allowed)}
    if "aws:userid" in free_names or is_named(allowed):
        bound = _name_bounds(path)
    else:
        bound = ()
    return HeldSession(
        subject,
        role_badge,
        path.account,
        path.caller,
        free_keys(allowed, free_names),
        bounds=bound,
    )


def _name_bounds(path: Path) -> tuple[Layer, ...]:
    """Return the layers that limit which session name could have been chosen in the path's
    last call: the conditions of the policies that let it in.
    """
    act = path.acts[-1]
    role = path.account.entity_by_id(_owner_id(path))
    taker = build_standing(path.account, act.caller, act.at)
    if not isinstance(role, Role) or not isinstance(taker, Standing):
        return ()
    return session_bounds(
        taker, requests_of_call(path.account, act.call, act.caller)[0], role
    )


def _sessions_without_code(
    subject: str, path: Path, key_allowed: Standing, at: datetime
) -> Iterator[HeldSession]:
    """Yield the session that a key opens without MFA (GetSessionToken), if policies ask about MFA.

    Its requests say that no MFA code was given. Those signed by the key itself say nothing, and a
    policy can treat the two differently. The call isn't made: AWS lets every key make it.
    """
    credential = path.account.credential_of(path.caller)
    if not isinstance(credential, AccessKey):
        return
    if "aws:multifactorauthpresent" not in keys_read(key_allowed):
        return
    account_copy, session = new_session(
        path.account, "SessionToken", credential.owner, "", at, ONE_HOUR
    )
    caller = Key(session.id)
    allowed = build_standing(account_copy, caller, at)
    if isinstance(allowed, Standing):
        yield HeldSession(
            subject,
            "password",
            account_copy,
            caller,
            free_keys(allowed, {"aws:tokenissuetime"}),
        )


def _federated_sessions(
    subject: str, path: Path, key_allowed: Standing, at: datetime, steps: Steps
) -> Iterator[HeldSession]:
    """Yield the federated sessions that a key could open (GetFederationToken).

    One of them has an arbitrary name. The others have the names of federated users that the policies
    mention.
    """
    credential = path.account.credential_of(path.caller)
    open_allowed = from_now_on(
        free_keys(key_allowed, {"aws:tokenissuetime"}), Standing.of(), at
    )
    if not isinstance(credential, AccessKey) or not could_federate(
        open_allowed, path.account, steps
    ):
        return
    arn_prefix = ids.arn(path.account, "federated-user", "")
    named = {
        value.removeprefix(arn_prefix)
        for value in named_principals(key_allowed)
        if value.startswith(arn_prefix)
    }
    for name in (CANARY_NAME, *sorted(named)):
        account_copy, session = new_session(
            path.account,
            "Federation",
            credential.owner,
            name,
            at,
            ONE_HOUR,
            name=name,
            policies=(ADMINISTRATOR_ARN,),
        )
        allowed = build_standing(account_copy, Key(session.id), at)
        if isinstance(allowed, Standing):
            if is_named(allowed):
                free_names = {"aws:tokenissuetime"}
            else:
                free_names = {"aws:tokenissuetime", "aws:userid", "aws:principalarn"}
            yield HeldSession(
                subject,
                FEDERATED_KIND,
                account_copy,
                Key(session.id),
                free_keys(allowed, free_names),
            )


# -------------------------------------------------------------- what is free of one
def free_keys(allowed: Standing, free_names: set[str]) -> Standing:
    """Return the standing with these context keys (lower case) free.

    A key that has a value may then have any. A key that is known to be absent may then be absent or have any
    value.
    """
    fixed: dict[str, Fixed] = {}
    for key, value in allowed.fixed.items():
        if key.lower() not in free_names:
            fixed[key] = value
        elif value is not None:
            fixed[key] = PRESENT
    if fixed != allowed.fixed:
        return dataclasses.replace(allowed, fixed=fixed)
    return allowed


def session_under_any_name(session: HeldSession) -> HeldSession:
    """Return a new user's session as if they had any name, if a condition asks for the name.

    The drawn name means every name that a newcomer can have. A role's session stays as it
    is.
    """
    read_keys = {condition.key.lower() for condition in all_conditions(session.standing)}
    if session.badge not in USER_BADGES or read_keys.isdisjoint(CALLER_KEYS):
        return session
    return replace(session, standing=free_keys(session.standing, CALLER_KEYS))


def _chosen_keys(path: Path, allowed: Standing) -> Iterator[str]:
    """Yield the context keys of a role's session whose values whoever assumes the role can choose.

    `aws:userid` is one of them, because it contains the session's name, unless a policy names this
    very session. Source identity and tags are among them if the role could be assumed with another
    value too, and no condition of the trust policy tests the value.
    """
    keys = set(keys_read(allowed))
    role = path.account.entity_by_id(_owner_id(path))
    if not isinstance(role, Role):
        return
    trust_keys = {c.key.lower() for s in role.trust.policy.statements for c in s.conditions}
    if "aws:userid" in keys and not is_named(allowed):
        yield "aws:userid"
    if (
        "aws:sourceidentity" in keys
        and "sts:sourceidentity" not in trust_keys
        and _could_take_session_with(path, SourceIdentity="another")
    ):
        yield "aws:sourceidentity"
    if not compiled_policy(role.trust.policy).clauses_about("sts:tagsession")[1]:
        return
    tags = {
        tag
        for layer in allowed.layers
        for policy in layer.policies
        for tag in tags_read(policy)
    }
    for tag in sorted(tags):
        limits = {f"aws:requesttag/{tag.lower()}", "aws:tagkeys"}
        if not limits & trust_keys and _could_take_session_with(
            path, Tags=({"Key": tag, "Value": "another"},)
        ):
            yield f"{PRINCIPAL_TAG_PREFIX}{tag.lower()}"


def _could_take_session_with(path: Path, **parameters: Json) -> bool:
    """Tell whether the session could have been taken with these parameters as well."""
    return isinstance(_retake_session(path, **parameters).answer, Reply)


def _retake_session(path: Path, **parameters: Json) -> Outcome:
    """Return the outcome of the path's last call with these parameters added."""
    act = path.acts[-1]
    varied_act = replace(
        act, call=replace(act.call, parameters={**act.call.parameters, **parameters})
    )
    return handle(path.account, varied_act)


def session_fence(member: HeldSession) -> Iterator[Statement]:
    """Yield Denies of requests that this session can't send, so that a comparison leaves them out.

    A user or session whose name is left open still belongs to its role or account, and AWS refuses some calls to
    all temporary credentials:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    principal = member.standing.principal
    fixed = {key.lower(): value for key, value in member.standing.fixed.items()}
    if principal.kind == "user" and fixed.get("aws:principalarn") is PRESENT:
        own_arns = f"arn:aws:iam::{principal.account}:user/*"
        yield deny_when(Condition("StringNotLike", "aws:PrincipalArn", (own_arns,)))
        yield deny_when(Condition("StringNotLike", "aws:userid", ("AIDA*",)))
    elif fixed.get("aws:userid") is PRESENT:
        id_prefix = principal.role_id or principal.account
        yield deny_when(Condition("StringNotLike", "aws:userid", (f"{id_prefix}:??*",)))
        # A session's name has no colon.
        yield deny_when(Condition("StringLike", "aws:userid", (f"{id_prefix}:*:*",)))
    if fixed.get("aws:principalarn") is PRESENT and principal.kind == "federated":
        own_arns = ids.arn(member.account, "federated-user", "??*")
        yield deny_when(Condition("StringNotLike", "aws:PrincipalArn", (own_arns,)))
    credential = member.account.credential_of(member.caller)
    if isinstance(credential, Session) and credential.kind in REFUSED_ACTIONS:
        actions = REFUSED_ACTIONS[credential.kind]
        if credential.mfa is not None:
            # With an MFA code, a session of one's own may call IAM.
            actions = tuple(action for action in actions if action != "iam:*")
        yield Statement("Deny", Element(actions), Element(("*",)))


# What AWS refuses to temporary credentials, by the kind of their session.
REFUSED_ACTIONS = {
    "SessionToken": (
        "iam:*",
        "sts:Get*",
        "sts:Decode*",
        "sts:AssumeRoleWith*",
        "sts:AssumeRoot",
    ),
    "Federation": ("iam:*", "sts:*"),
}


# ------------------------------------------------------------------ roles that are worn
ANY_SESSION = "service"


def role_standing(
    account: Account, role: Role, at: datetime, name: str = ANY_SESSION, owner: str = ""
) -> Standing:
    """Return what a service's session in a role is allowed, under any name, or under `name` if a policy names
    that session. With an `owner`, it is what the session is allowed on that other account's resources.

    A closed account is taken as open, since it can be reopened:
    https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html
    """
    open = replace(account, closed=False)
    account_copy, session = new_session(
        open, "Role", role.id, name, at, ONE_HOUR, name=name
    )
    allowed = build_standing(account_copy, Key(session.id), at, owner)
    assert isinstance(allowed, Standing), "a session just taken is alive"
    free = {"aws:tokenissuetime", "lambda:sourcefunctionarn"}
    return free_keys(allowed, free if is_named(allowed) else {*free, "aws:userid"})


def trusted_principals(role: Role) -> Mapping[str, set[str]]:
    """Return the principals that a role's trust policy names, by kind: AWS, Service,
    Federated.
    """
    values_by_kind: dict[str, set[str]] = {}
    for statement in role.trust.policy.statements:
        for kind, value in statement.principals.entries if statement.principals else ():
            values_by_kind.setdefault(kind, set()).add(value)
    return values_by_kind
