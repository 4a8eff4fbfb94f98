"""The sessions that somebody can hold: with each badge that they can show, in each role that they can come to wear; and
the live ones, which last until they expire whatever became of whoever took them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from coffeeshop.account.escalation.attacker import ADMINISTRATOR, CANARY, Unfinished
from coffeeshop.account.escalation.reach import WAYS, Path
from coffeeshop.account.escalation.searches import reachable_paths
from coffeeshop.account.iam_resources import Role, User
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
from coffeeshop.lessons.grading.moments import (
    all_conditions,
    deny_when,
    from_now_on,
    keys_read,
    with_fence,
)
from coffeeshop.lessons.grading.needed import DIRECT, FEDERATED, badge_of, satisfies_badge
from coffeeshop.lessons.grading.taking import could_assume, could_federate, session_bounds
from coffeeshop.lessons.model import Play
from coffeeshop.policy.comparison.budgets import Steps, StepsError
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Fixed,
    Layer,
    Standing,
    Statement,
    Undecided,
)
from coffeeshop.shop.serve import person, present, worn_key
from coffeeshop.shop.want import Ticket, Want

ASSUME = {"assume": WAYS["assume"]}
HOUR = timedelta(hours=1)
TAG = "aws:principaltag/"
NAMES = {
    "aws:username",
    "aws:userid",
    "aws:principalarn",
}  # keys of a user that say which, in lower case


class HeldSession(Struct, frozen=True):
    """One session that somebody can hold: `badge` is key, password, code, federated or role/NAME, and where it stands; `until` says
    when a live one expires, `bounds` what its holder could choose to be called.
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
    """Yields the sessions of somebody in an account: directly, weaker badges first, and each role they can come to wear; and
    why there may be more, if there may.
    """
    seen: list[Standing] = []
    for badge in (
        DIRECT if "/" not in subject or subject.startswith("user/") else DIRECT[:1]
    ):
        for credential in present(account, make_want(subject, badge), at):
            for path in _role_paths(*credential, at, steps):
                if isinstance(path, Unfinished):
                    yield Undecided(path.reason)
                    continue
                allowed = build_standing(path.account, path.caller, at)
                if isinstance(allowed, ServiceError) or (path.acts and allowed in seen):
                    continue
                seen.append(allowed)
                yield _make_session(path, subject, badge, allowed)
                if badge == "key" and not path.acts:
                    yield from _sessions_without_code(subject, path, allowed, at)
                    yield from _federated_sessions(subject, path, allowed, at, steps)


def _role_paths(
    account: Account, caller: Caller, at: datetime, steps: Steps
) -> Iterator[Path | Unfinished]:
    """Every role that somebody can come to wear, as it is played; then the roles that they could take in a way that was
    not played: at another moment, from elsewhere, under a name that nobody guesses.
    """
    assumed_ids = set[str]()
    starts = [Path((), account, caller)]
    for start in starts:
        paths: list[Path] = []
        for walked in reachable_paths(start.account, start.caller, at, ASSUME, steps):
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


def _unplayed_paths(
    path: Path, at: datetime, assumed_ids: set[str], steps: Steps
) -> Iterator[Path]:
    """Sessions in roles that nobody wears yet and that this credential could take by some request, at some moment, under
    some name of its own session: any, or one that a policy names. They are made without playing the request.
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
        if (
            steps.remaining
            and role.id not in assumed_ids
            and could_assume(open_allowed, account, role, steps)
        ):
            assumed_ids.add(role.id)
            for name in (CANARY, *session_names(account, role, allowed)):
                call = Call(
                    "sts",
                    "AssumeRole",
                    {"RoleArn": account.arn(role), "RoleSessionName": name},
                )
                account_copy, session = new_session(
                    account, "Role", role.id, name, at, HOUR, name=name
                )
                yield Path(
                    (*path.acts, Act(at, path.caller, call)), account_copy, Key(session.id)
                )


def _owner_id(path: Path) -> str:
    """Whose rights a path ends with, by id."""
    if isinstance(path.caller, Key):
        return path.account.credentials[path.caller.id].owner
    return ""


def _make_session(path: Path, subject: str, badge: str, allowed: Standing) -> HeldSession:
    """What a path leads to, with everything left free that its taker could have chosen: when the session began; of a
    role's session also its name, source identity and tags, as far as the trust and the taker's policies allow.
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
    """What bounds the name of a role's session that the last act of a path took."""
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
    """The session that a key opens without a code: unlike the key's, its requests say that there was none. The policies
    are the same for both, and mostly do not ask.
    """
    if "aws:multifactorauthpresent" not in set(keys_read(key_allowed)):
        return
    outcome = handle(path.account, Act(at, path.caller, Call("sts", "GetSessionToken")))
    caller = worn_key(outcome)
    allowed = build_standing(outcome.account, caller, at) if caller else None
    if caller and isinstance(allowed, Standing):
        yield HeldSession(
            subject,
            "password",
            outcome.account,
            caller,
            free_keys(allowed, {"aws:tokenissuetime"}),
        )


def _federated_sessions(
    subject: str, path: Path, key_allowed: Standing, at: datetime, steps: Steps
) -> Iterator[HeldSession]:
    """The sessions that a key could open under a name of its holder's choice: those that a policy names, and any other."""
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
    for name in (CANARY, *sorted(named)):
        account_copy, session = new_session(
            path.account,
            "Federation",
            credential.owner,
            name,
            at,
            HOUR,
            name=name,
            policies=(ADMINISTRATOR,),
        )
        allowed = build_standing(account_copy, Key(session.id), at)
        if isinstance(allowed, Standing):
            if is_named(allowed):
                free_names = {"aws:tokenissuetime"}
            else:
                free_names = {"aws:tokenissuetime", "aws:userid", "aws:principalarn"}
            yield HeldSession(
                subject,
                FEDERATED,
                account_copy,
                Key(session.id),
                free_keys(allowed, free_names),
            )


def live_sessions(account: Account, at: datetime) -> Iterator[tuple[Session, HeldSession]]:
    """Yields every session that has not expired, as whoever took it, whatever they could take now."""
    for credential in account.credentials.values():
        if not isinstance(credential, Session) or credential.expires <= at:
            continue
        allowed = build_standing(account, Key(credential.id), at)
        if not isinstance(allowed, ServiceError):
            badge = badge_of(account, Key(credential.id)) or "key"
            yield (
                credential,
                HeldSession(
                    session_holder(account, credential),
                    badge,
                    account,
                    Key(credential.id),
                    allowed,
                    credential.expires,
                ),
            )


def session_holder(account: Account, session: Session) -> str:
    """Tells who holds a session: the user who took it, root, or a federated user; the session itself, if whoever took it
    is gone.
    """
    if session.kind == "Federation":
        return f"federated-user/{session.name}"
    taker = account.entity_by_id(session.taker)
    if isinstance(taker, User):
        return person(taker.name)
    if session.taker == account.id:
        return "root"
    return f"session/{session.name or session.id}"


def opening_badge(play: Play, session: Session) -> str:
    """Returns the badge with which somebody signed in for a session, before they took the roles that led to it: key,
    password or code. A session that was there before the play counts as opened by a code, the strongest.
    """
    if session.mfa or session.id in play.scenario.opening.credentials:
        return DIRECT[-1]
    taking = next(
        outcome for outcome in play.outcomes if session.id in outcome.account.credentials
    )
    caller = taking.act.caller
    if isinstance(caller, Key):
        credential = taking.account.credentials[caller.id]
    else:
        credential = None
    if isinstance(credential, Session):
        return opening_badge(play, credential)
    if credential:
        return "key"
    return "password"


def jobs_ask_other_badge(
    jobs: Iterable[Ticket], session: HeldSession, credential: Session, play: Play
) -> bool:
    """Tells whether each job of somebody in the role of a session asks for another badge than the one that opened it."""
    subject = session.who.lower()
    role_badge = session.badge.lower()
    wants = (job.want for job in jobs if job.want.via)
    person_wants = (want for want in wants if want.who.lower() == subject)
    asked_badges = [
        want.badge for want in person_wants if f"role/{want.via}".lower() == role_badge
    ]
    opener = opening_badge(play, credential)
    return bool(asked_badges) and not any(
        satisfies_badge(opener, badge) for badge in asked_badges
    )


# -------------------------------------------------------------- what is free of one
def free_keys(allowed: Standing, free_names: set[str]) -> Standing:
    """Returns the standing with these keys (in lower case) free: there with any value if it has them, else there or not."""
    fixed: dict[str, Fixed] = {}
    for key, value in allowed.fixed.items():
        if key.lower() not in free_names:
            fixed[key] = value
        elif value is not None:
            fixed[key] = PRESENT
    if fixed != allowed.fixed:
        return dataclasses.replace(allowed, fixed=fixed)
    return allowed


def under_any_name(session: HeldSession) -> HeldSession:
    """Returns the session of a user under whatever name, where a condition asks which; a role's is the role's."""
    read_keys = {condition.key.lower() for condition in all_conditions(session.standing)}
    if session.badge not in DIRECT or read_keys.isdisjoint(NAMES):
        return session
    return replace(session, standing=free_keys(session.standing, NAMES))


def _chosen_keys(path: Path, allowed: Standing) -> Iterator[str]:
    """The keys of a role's session that its taker can choose: its name; source identity and tags, where another value was
    tried with success and no policy asks for one.
    """
    keys = set(keys_read(allowed))
    role = path.account.entity_by_id(_owner_id(path))
    if not isinstance(role, Role):
        return
    of_trust = {c.key.lower() for s in role.trust.policy.statements for c in s.conditions}
    if "aws:userid" in keys and not is_named(allowed):
        yield "aws:userid"
    if (
        "aws:sourceidentity" in keys
        and "sts:sourceidentity" not in of_trust
        and _could_take_with(path, SourceIdentity="another")
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
        if not limits & of_trust and _could_take_with(
            path, Tags=({"Key": tag, "Value": "another"},)
        ):
            yield f"{TAG}{tag.lower()}"


def is_named(allowed: Standing) -> bool:
    """Tells whether some policy names this very session, so that it has no other name."""
    return allowed.principal.arn in named_principals(allowed)


def named_principals(allowed: Standing) -> set[str]:
    """Returns every principal that the policies in force name."""
    policies = (policy for layer in allowed.layers for policy in layer.policies)
    all_principals = (
        s.principals for policy in policies for s in policy.statements if s.principals
    )
    return {value for principals in all_principals for _, value in principals.entries}


def _could_take_with(path: Path, **parameters: Json) -> bool:
    """Whether the session could have been taken with these parameters as well."""
    return isinstance(_take_again(path, **parameters).answer, Reply)


def _take_again(path: Path, **parameters: Json) -> Outcome:
    act = path.acts[-1]
    varied_act = replace(
        act, call=replace(act.call, parameters={**act.call.parameters, **parameters})
    )
    return handle(path.account, varied_act)


def session_fence(member: HeldSession) -> Iterator[Statement]:
    """Yields Denies of what no session like this one can send.

    A session under a free name still belongs to its role or account, and some calls AWS takes from no temporary
    credential.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    principal = member.standing.principal
    fixed = {key.lower(): value for key, value in member.standing.fixed.items()}
    if fixed.get("aws:userid") is PRESENT:
        id_prefix = principal.role_id or principal.account
        yield deny_when(Condition("StringNotLike", "aws:userid", (f"{id_prefix}:??*",)))
        yield deny_when(
            Condition("StringLike", "aws:userid", (f"{id_prefix}:*:*",))
        )  # no name holds a colon
    if fixed.get("aws:principalarn") is PRESENT and principal.kind == "federated":
        id_prefix = ids.arn(member.account, "federated-user", "??*")
        yield deny_when(Condition("StringNotLike", "aws:PrincipalArn", (id_prefix,)))
    credential = member.account.credential_of(member.caller)
    if isinstance(credential, Session) and credential.kind in BOUND:
        if credential.mfa is None:
            bound = BOUND[credential.kind]
        else:
            bound = BOUND[credential.kind][1:]
        yield Statement("Deny", Element(bound), Element(("*",)))


BOUND = {  # with a code, a session of one's own may call IAM
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
    account: Account, role: Role, at: datetime, name: str = ANY_SESSION
) -> Standing:
    """Returns a session in a role, as a service has it: of that name where a policy names it so, else of any; in an account that
    was closed, as when it is opened again. https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html
    """
    open = replace(account, closed=False)
    account_copy, session = new_session(open, "Role", role.id, name, at, HOUR, name=name)
    allowed = build_standing(account_copy, Key(session.id), at)
    assert isinstance(allowed, Standing), "a session just taken is alive"
    free = {"aws:tokenissuetime", "lambda:sourcefunctionarn"}
    return free_keys(allowed, free if is_named(allowed) else {*free, "aws:userid"})


def session_names(account: Account, role: Role, allowed: Standing) -> tuple[str, ...]:
    """Returns the names by which policies know sessions of a role, as their principals."""
    arn_prefix = ids.arn(account, "assumed-role", f"{role.name}/")
    return tuple(
        sorted(
            value.removeprefix(arn_prefix)
            for value in named_principals(allowed)
            if value.startswith(arn_prefix)
        )
    )


def trusted_principals(role: Role) -> Mapping[str, set[str]]:
    """Returns whom the trust of a role names, by kind: AWS, Service, Federated."""
    values_by_kind: dict[str, set[str]] = {}
    for statement in role.trust.policy.statements:
        for kind, value in statement.principals.entries if statement.principals else ():
            values_by_kind.setdefault(kind, set()).add(value)
    return values_by_kind
