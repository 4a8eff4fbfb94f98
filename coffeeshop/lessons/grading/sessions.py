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
from coffeeshop.account.escalation.searches import reached
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
    asking: Callable[[str, str], Want],
    who: str,
    at: datetime,
    steps: Steps,
) -> Iterator[HeldSession | Undecided]:
    """Yields the sessions of somebody in an account: directly, weaker badges first, and each role they can come to wear; and
    why there may be more, if there may.
    """
    seen: list[Standing] = []
    for badge in DIRECT if "/" not in who or who.startswith("user/") else DIRECT[:1]:
        for shown in present(account, asking(who, badge), at):
            for path in _role_paths(*shown, at, steps):
                if isinstance(path, Unfinished):
                    yield Undecided(path.reason)
                    continue
                held = build_standing(path.account, path.caller, at)
                if isinstance(held, ServiceError) or (path.acts and held in seen):
                    continue
                seen.append(held)
                yield _make_session(path, who, badge, held)
                if badge == "key" and not path.acts:
                    yield from _sessions_without_code(who, path, held, at)
                    yield from _federated_sessions(who, path, held, at, steps)


def _role_paths(
    account: Account, caller: Caller, at: datetime, steps: Steps
) -> Iterator[Path | Unfinished]:
    """Every role that somebody can come to wear, as it is played; then the roles that they could take in a way that was
    not played: at another moment, from elsewhere, under a name that nobody guesses.
    """
    worn = set[str]()
    starts = [Path((), account, caller)]
    for start in starts:
        found: list[Path] = []
        for walked in reached(start.account, start.caller, at, ASSUME, steps):
            if isinstance(walked, Unfinished):
                yield walked
                continue
            path, _ = walked
            found.append(replace(path, acts=(*start.acts, *path.acts)))
            yield found[-1]
        worn.update(_owner_id(path) for path in found)
        starts += (
            further for path in found for further in _unplayed_paths(path, at, worn, steps)
        )
        if not steps.remaining:
            yield Unfinished(str(StepsError()))


def _unplayed_paths(
    path: Path, at: datetime, worn: set[str], steps: Steps
) -> Iterator[Path]:
    """Sessions in roles that nobody wears yet and that this credential could take by some request, at some moment, under
    some name of its own session: any, or one that a policy names. They are made without playing the request.
    """
    who = build_standing(path.account, path.caller, at)
    account = path.account
    if not isinstance(who, Standing) or not steps.remaining:
        return
    taker = _make_session(path, "", "", who)
    bounded = dataclasses.replace(
        taker.standing, layers=(*taker.standing.layers, *taker.bounds)
    )
    whenever = from_now_on(with_fence(bounded, session_fence(taker)), Standing.of(), at)
    for role in roles_trusting(account, who.principal):
        if (
            steps.remaining
            and role.id not in worn
            and could_assume(whenever, account, role, steps)
        ):
            worn.add(role.id)
            for name in (CANARY, *session_names(account, role, who)):
                call = Call(
                    "sts",
                    "AssumeRole",
                    {"RoleArn": account.arn(role), "RoleSessionName": name},
                )
                there, session = new_session(
                    account, "Role", role.id, name, at, HOUR, name=name
                )
                yield Path((*path.acts, Act(at, path.caller, call)), there, Key(session.id))


def _owner_id(path: Path) -> str:
    """Whose rights a path ends with, by id."""
    if isinstance(path.caller, Key):
        return path.account.credentials[path.caller.id].owner
    return ""


def _make_session(path: Path, who: str, badge: str, held: Standing) -> HeldSession:
    """What a path leads to, with everything left free that its taker could have chosen: when the session began; of a
    role's session also its name, source identity and tags, as far as the trust and the taker's policies allow.
    """
    if not path.acts:
        return HeldSession(
            who, badge, path.account, path.caller, free_keys(held, {"aws:tokenissuetime"})
        )
    worn = badge_of(path.account, path.caller) or badge
    free = {"aws:tokenissuetime", *_chosen_keys(path, held)}
    if "aws:userid" in free or is_named(held):
        bound = _name_bounds(path)
    else:
        bound = ()
    return HeldSession(
        who, worn, path.account, path.caller, free_keys(held, free), bounds=bound
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
    who: str, path: Path, key: Standing, at: datetime
) -> Iterator[HeldSession]:
    """The session that a key opens without a code: unlike the key's, its requests say that there was none. The policies
    are the same for both, and mostly do not ask.
    """
    if "aws:multifactorauthpresent" not in set(keys_read(key)):
        return
    outcome = handle(path.account, Act(at, path.caller, Call("sts", "GetSessionToken")))
    caller = worn_key(outcome)
    held = build_standing(outcome.account, caller, at) if caller else None
    if caller and isinstance(held, Standing):
        yield HeldSession(
            who,
            "password",
            outcome.account,
            caller,
            free_keys(held, {"aws:tokenissuetime"}),
        )


def _federated_sessions(
    who: str, path: Path, key: Standing, at: datetime, steps: Steps
) -> Iterator[HeldSession]:
    """The sessions that a key could open under a name of its holder's choice: those that a policy names, and any other."""
    found = path.account.credential_of(path.caller)
    whenever = from_now_on(free_keys(key, {"aws:tokenissuetime"}), Standing.of(), at)
    if not isinstance(found, AccessKey) or not could_federate(
        whenever, path.account, steps
    ):
        return
    own = ids.arn(path.account, "federated-user", "")
    named = {
        value.removeprefix(own) for value in named_principals(key) if value.startswith(own)
    }
    for name in (CANARY, *sorted(named)):
        there, session = new_session(
            path.account,
            "Federation",
            found.owner,
            name,
            at,
            HOUR,
            name=name,
            policies=(ADMINISTRATOR,),
        )
        held = build_standing(there, Key(session.id), at)
        if isinstance(held, Standing):
            if is_named(held):
                free = {"aws:tokenissuetime"}
            else:
                free = {"aws:tokenissuetime", "aws:userid", "aws:principalarn"}
            yield HeldSession(who, FEDERATED, there, Key(session.id), free_keys(held, free))


def live_sessions(account: Account, at: datetime) -> Iterator[tuple[Session, HeldSession]]:
    """Yields every session that has not expired, as whoever took it, whatever they could take now."""
    for found in account.credentials.values():
        if not isinstance(found, Session) or found.expires <= at:
            continue
        held = build_standing(account, Key(found.id), at)
        if not isinstance(held, ServiceError):
            badge = badge_of(account, Key(found.id)) or "key"
            yield (
                found,
                HeldSession(
                    session_holder(account, found),
                    badge,
                    account,
                    Key(found.id),
                    held,
                    found.expires,
                ),
            )


def session_holder(account: Account, found: Session) -> str:
    """Tells who holds a session: the user who took it, root, or a federated user; the session itself, if whoever took it
    is gone.
    """
    if found.kind == "Federation":
        return f"federated-user/{found.name}"
    taker = account.entity_by_id(found.taker)
    if isinstance(taker, User):
        return person(taker.name)
    if found.taker == account.id:
        return "root"
    return f"session/{found.name or found.id}"


def opening_badge(play: Play, found: Session) -> str:
    """Returns the badge with which somebody signed in for a session, before they took the roles that led to it: key,
    password or code. A session that was there before the play counts as opened by a code, the strongest.
    """
    if found.mfa or found.id in play.scenario.opening.credentials:
        return DIRECT[-1]
    taken = next(
        outcome for outcome in play.outcomes if found.id in outcome.account.credentials
    )
    caller = taken.act.caller
    if isinstance(caller, Key):
        shown = taken.account.credentials[caller.id]
    else:
        shown = None
    if isinstance(shown, Session):
        return opening_badge(play, shown)
    if shown:
        return "key"
    return "password"


def jobs_ask_other_badge(
    jobs: Iterable[Ticket], held: HeldSession, found: Session, play: Play
) -> bool:
    """Tells whether each job of somebody in the role of a session asks for another badge than the one that opened it."""
    who = held.who.lower()
    worn = held.badge.lower()
    wants = (job.want for job in jobs if job.want.via)
    mine = (want for want in wants if want.who.lower() == who)
    asked = [want.badge for want in mine if f"role/{want.via}".lower() == worn]
    opener = opening_badge(play, found)
    return bool(asked) and not any(satisfies_badge(opener, badge) for badge in asked)


# -------------------------------------------------------------- what is free of one
def free_keys(held: Standing, free: set[str]) -> Standing:
    """Returns the standing with these keys (in lower case) free: there with any value if it has them, else there or not."""
    fixed: dict[str, Fixed] = {}
    for key, value in held.fixed.items():
        if key.lower() not in free:
            fixed[key] = value
        elif value is not None:
            fixed[key] = PRESENT
    if fixed != held.fixed:
        return dataclasses.replace(held, fixed=fixed)
    return held


def under_any_name(held: HeldSession) -> HeldSession:
    """Returns the session of a user under whatever name, where a condition asks which; a role's is the role's."""
    asked = {condition.key.lower() for condition in all_conditions(held.standing)}
    if held.badge not in DIRECT or asked.isdisjoint(NAMES):
        return held
    return replace(held, standing=free_keys(held.standing, NAMES))


def _chosen_keys(path: Path, held: Standing) -> Iterator[str]:
    """The keys of a role's session that its taker can choose: its name; source identity and tags, where another value was
    tried with success and no policy asks for one.
    """
    asked = set(keys_read(held))
    role = path.account.entity_by_id(_owner_id(path))
    if not isinstance(role, Role):
        return
    of_trust = {c.key.lower() for s in role.trust.policy.statements for c in s.conditions}
    if "aws:userid" in asked and not is_named(held):
        yield "aws:userid"
    if (
        "aws:sourceidentity" in asked
        and "sts:sourceidentity" not in of_trust
        and _could_take_with(path, SourceIdentity="another")
    ):
        yield "aws:sourceidentity"
    if not compiled_policy(role.trust.policy).clauses_about("sts:tagsession")[1]:
        return
    read = {
        tag
        for layer in held.layers
        for policy in layer.policies
        for tag in tags_read(policy)
    }
    for tag in sorted(read):
        limits = {f"aws:requesttag/{tag.lower()}", "aws:tagkeys"}
        if not limits & of_trust and _could_take_with(
            path, Tags=({"Key": tag, "Value": "another"},)
        ):
            yield f"{TAG}{tag.lower()}"


def is_named(held: Standing) -> bool:
    """Tells whether some policy names this very session, so that it has no other name."""
    return held.principal.arn in named_principals(held)


def named_principals(held: Standing) -> set[str]:
    """Returns every principal that the policies in force name."""
    policies = (policy for layer in held.layers for policy in layer.policies)
    spoken = (
        s.principals for policy in policies for s in policy.statements if s.principals
    )
    return {value for one in spoken for _, value in one.entries}


def _could_take_with(path: Path, **otherwise: Json) -> bool:
    """Whether the session could have been taken with these parameters as well."""
    return isinstance(_take_again(path, **otherwise).answer, Reply)


def _take_again(path: Path, **otherwise: Json) -> Outcome:
    act = path.acts[-1]
    again = replace(
        act, call=replace(act.call, parameters={**act.call.parameters, **otherwise})
    )
    return handle(path.account, again)


def session_fence(held: HeldSession) -> Iterator[Statement]:
    """Yields Denies of what no session like this one can send.

    A session under a free name still belongs to its role or account, and some calls AWS takes from no temporary
    credential.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    who = held.standing.principal
    fixed = {key.lower(): value for key, value in held.standing.fixed.items()}
    if fixed.get("aws:userid") is PRESENT:
        own = who.role_id or who.account
        yield deny_when(Condition("StringNotLike", "aws:userid", (f"{own}:??*",)))
        yield deny_when(
            Condition("StringLike", "aws:userid", (f"{own}:*:*",))
        )  # no name holds a colon
    if fixed.get("aws:principalarn") is PRESENT and who.kind == "federated":
        own = ids.arn(held.account, "federated-user", "??*")
        yield deny_when(Condition("StringNotLike", "aws:PrincipalArn", (own,)))
    found = held.account.credential_of(held.caller)
    if isinstance(found, Session) and found.kind in BOUND:
        if found.mfa is None:
            bound = BOUND[found.kind]
        else:
            bound = BOUND[found.kind][1:]
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
    taken, session = new_session(open, "Role", role.id, name, at, HOUR, name=name)
    held = build_standing(taken, Key(session.id), at)
    assert isinstance(held, Standing), "a session just taken is alive"
    free = {"aws:tokenissuetime", "lambda:sourcefunctionarn"}
    return free_keys(held, free if is_named(held) else {*free, "aws:userid"})


def session_names(account: Account, role: Role, held: Standing) -> tuple[str, ...]:
    """Returns the names by which policies know sessions of a role, as their principals."""
    own = ids.arn(account, "assumed-role", f"{role.name}/")
    return tuple(
        sorted(
            value.removeprefix(own)
            for value in named_principals(held)
            if value.startswith(own)
        )
    )


def trusted_principals(role: Role) -> Mapping[str, set[str]]:
    """Returns whom the trust of a role names, by kind: AWS, Service, Federated."""
    found: dict[str, set[str]] = {}
    for statement in role.trust.policy.statements:
        for kind, value in statement.principals.entries if statement.principals else ():
            found.setdefault(kind, set()).add(value)
    return found
