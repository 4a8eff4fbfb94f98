"""Find which users and roles of an account could become which others, by `reach` or by the role of a service.

A path that was played is proven. For a service that isn't simulated, the policies alone decide. If it needs a thing
that the account doesn't list, such as an EC2 instance, the result says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.access.sessions import mint_credential, new_session
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import CANARY_NAME, Unfinished
from coffeeshop.account.escalation.edit_permissions import has_deny
from coffeeshop.account.escalation.powers import build_powers
from coffeeshop.account.escalation.reach import (
    allows_everything,
    may_do_everything,
    reach,
)
from coffeeshop.account.escalation.run_as_role import (
    PassableRole,
    assumable_by_services,
    passable_roles,
)
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Key,
    Nobody,
    Reply,
    Service,
    ServiceError,
)
from coffeeshop.account.same import Same
from coffeeshop.policy.comparison.budgets import MAX_COMPARISON_STEPS, Steps, StepsError
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import Kind, Request, Standing

# The most steps of all searches of one survey. A few more or fewer change no answer that was found.
MAX_SURVEY_STEPS = 10_000_000
SEARCH_COST = 2_000  # the steps that it costs to begin one search
TOO_MANY_STARTS = (
    "starts: too many are looked from at once, and this is one of those left out"
)
UNTRIED_TAGS = "tags: a policy compares the tags of resources, and what a new tag would open isn't tried"
TAG_KEYS = ("aws:resourcetag/", "s3:existingobjecttag/")
TAGGING_ACTIONS = (
    *("sqs:TagQueue", "sqs:UntagQueue", "s3:PutObjectTagging", "s3:PutBucketTagging"),
    *("dynamodb:TagResource", "kms:TagResource", "lambda:TagResource"),
    *("iam:TagUser", "iam:TagRole", "iam:UntagUser", "iam:UntagRole"),
)
HAS_KEY = "the user has an access key"
OWN_PASSWORD = "their-password"  # stands for it: nobody else knows it
ONE_HOUR = timedelta(hours=1)


class Ascent(Struct, frozen=True):
    """One gain of access: the ARN of the identity that an entity could become, and whether that can do everything.

    It is the entity's own ARN if the entity only gets more permissions.

    `acts` lead there. Or it is by the requests `asks` that `service` uses the role for them, which is `supposing` that
    something has the role already.
    """

    becomes: str
    everything: bool
    acts: tuple[Act, ...] = ()
    service: str = ""
    asks: tuple[Request, ...] = ()
    supposing: str = ""


class Surveyed(Struct, frozen=True):
    """The result for one start, the ARN of a user or role: whether it can do everything
    from the start, the principals that it could become (the most powerful first), and the
    parts that the search omitted.

    `limited`: the organization's policies leave something out of everything, for all of the account alike.
    """

    who: str
    everything: bool = False
    ascents: tuple[Ascent, ...] = ()
    unfinished: tuple[str, ...] = ()
    limited: bool = False


def starting_entities(account: Account, name: str = "") -> tuple[User | Role, ...]:
    """Return every user, then every role that isn't service-linked; or those with this name or ARN."""
    entities = (*account.users.values(), *account.roles.values())
    if name:
        lowered = name.lower()
        return tuple(
            entity
            for entity in entities
            if lowered in (entity.name.lower(), account.arn(entity).lower())
        )
    return tuple(
        entity for entity in entities if not entity.path.startswith("/aws-service-role/")
    )


def survey(
    account: Account, at: datetime, starts: Iterable[User | Role]
) -> Iterator[Surveyed]:
    """Yield what each of these could become. All searches together take MAX_SURVEY_STEPS steps; the rest are left out."""
    steps = Steps(MAX_SURVEY_STEPS)
    for start in starts:
        try:
            steps.take(SEARCH_COST)
        except StepsError:
            yield Surveyed(account.arn(start), unfinished=(TOO_MANY_STARTS,))
            continue
        with steps.at_most(MAX_COMPARISON_STEPS):
            surveyed = _survey_start(account, start, at, steps)
        yield surveyed


def _survey_start(
    account: Account, start: User | Role, at: datetime, steps: Steps
) -> Surveyed:
    """Return what one user or role could become, with a new credential: the most powerful first."""
    arn = account.arn(start)
    lacks_key = isinstance(start, User) and not any(
        key.status == "Active" for key in account.keys_of(start.id)
    )
    unchanged = account
    account, caller = with_credential(account, start, at)
    standing = build_standing(account, caller, at)
    if not isinstance(standing, Standing):
        return Surveyed(arn)
    if may_do_everything(account, standing):
        return Surveyed(arn, everything=True, limited=_is_limited(standing))
    ascents = dict[tuple[str, bool], Ascent]()
    reasons = dict[str, None]()
    for ascent in (
        *_ascents_by_paths(account, caller, at, steps),
        *_ascents_by_services(account, standing, at, steps),
    ):
        if isinstance(ascent, Unfinished):
            reasons[ascent.reason] = None
            continue
        if lacks_key and _asks_session_token(ascent, caller):
            ascent = _by_password(unchanged, start, ascent) or replace(
                ascent, supposing=HAS_KEY
            )
        ascents.setdefault((ascent.becomes, ascent.everything), ascent)
    if _can_tag_for_access(account, standing, at):
        reasons[UNTRIED_TAGS] = None
    best_first = sorted(
        ascents.values(), key=lambda ascent: (not ascent.everything, bool(ascent.supposing))
    )
    return Surveyed(arn, ascents=tuple(best_first), unfinished=tuple(reasons))


def _can_tag_for_access(account: Account, standing: Standing, at: datetime) -> bool:
    """Return whether a policy compares a tag of a resource, and the caller may tag one. Such a tag could open it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/introduction_attribute-based-access-control.html
    """
    layers = (*standing.layers, *resource_layers(account))
    compares_tags = any(
        key.lower().startswith(TAG_KEYS)
        for layer in layers
        for policy in layer.policies
        for key in compiled_policy(policy).keys_read
    )
    if not compares_tags:
        return False
    powers = build_powers(Same(standing), account.id, at)
    return any(map(powers.may, TAGGING_ACTIONS))


def _asks_session_token(ascent: Ascent, caller: Caller) -> bool:
    """Return whether a caller's key calls GetSessionToken on the way. No session may call it.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    return any(
        act.caller == caller and act.call.operation == "GetSessionToken"
        for act in ascent.acts
    )


def _by_password(account: Account, start: User | Role, ascent: Ascent) -> Ascent | None:
    """Return the escalation with a console sign-in in place of its GetSessionToken, for a user without a key.

    Both give a session with the same MFA code. The calls before it are tried in a console session without a
    code, since a policy can treat that differently from a key. Return None if one of them fails, if the user
    has no password, or if there isn't exactly one GetSessionToken with a code.
    """
    token_places = [
        place
        for place, act in enumerate(ascent.acts)
        if act.call.operation == "GetSessionToken"
    ]
    if not isinstance(start, User) or start.login is None or len(token_places) != 1:
        return None
    place = token_places[0]
    token_act = ascent.acts[place]
    code = token_act.call.text("TokenCode")
    if not code:
        return None
    account, session = mint_credential(
        account, account.arn(start), "password", token_act.at
    )
    for act in ascent.acts[:place]:
        outcome = handle(account, replace(act, caller=session))
        if not outcome.has_succeeded:
            return None
        account = outcome.account
    sign_in = {"UserName": start.name, "Password": OWN_PASSWORD, "MfaCode": code}
    by_browser = Act(token_act.at, Nobody(), Call("console", "SignIn", sign_in))
    acts = (*ascent.acts[:place], by_browser, *ascent.acts[place + 1 :])
    return replace(ascent, acts=acts)


def with_credential(
    account: Account, start: User | Role, at: datetime
) -> tuple[Account, Caller]:
    """Return a copy of the account in which the user has a key, or the role a session, and that credential."""
    if isinstance(start, User):
        return mint_credential(account, account.arn(start), "key", at)
    account, session = new_session(
        account, "Role", start.id, start.name, at, ONE_HOUR, name=CANARY_NAME
    )
    return account, Key(session.id)


def _is_limited(standing: Standing) -> bool:
    """Return whether a level of SCPs or RCPs doesn't allow everything, or denies something.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    levels = (layer for layer in standing.layers if layer.kind in (Kind.SCP, Kind.RCP))
    return any(
        not any(map(allows_everything, level.policies))
        or any(map(has_deny, level.policies))
        for level in levels
    )


def _ascents_by_paths(
    account: Account, caller: Caller, at: datetime, steps: Steps
) -> Iterator[Ascent | Unfinished]:
    """Yield the first escalation to each principal: who the attacker becomes, and by which calls.

    A path that leaves its caller with the access of before is none. Yield also why the search left
    something out.
    """
    found = set[tuple[str, bool]]()
    before = build_standing(account, caller, at)
    for path in reach(account, caller, at, steps=steps):
        if isinstance(path, Unfinished):
            yield path
            continue
        if not path.acts:
            continue
        standing = build_standing(path.account, path.caller, at)
        owner = credential_owner(path.account, path.caller)
        if isinstance(owner, User | Role):
            becomes = path.account.arn(owner)
        else:
            becomes = path.account.root_arn
        everything = isinstance(standing, Standing) and may_do_everything(
            path.account, standing
        )
        if (becomes, everything) in found:
            continue
        if path.caller == caller and _gains_nothing(before, standing, steps):
            continue
        found.add((becomes, everything))
        yield Ascent(becomes, everything, path.acts)


def _gains_nothing(
    before: Standing | ServiceError, after: Standing | ServiceError, steps: Steps
) -> bool:
    """Return whether a credential is allowed no more than before.

    A bucket policy can repeat what the caller's own policies allow. If the comparison isn't finished, the
    answer is False.
    """
    # The comparison engine is imported when a path needs it.
    from coffeeshop.policy.comparison.answers import first_excesses
    from coffeeshop.policy.comparison.domain import Domain

    if isinstance(before, ServiceError) or isinstance(after, ServiceError):
        return False
    return not first_excesses(after, before, Domain.open_domain(), steps=steps)


def _ascents_by_services(
    account: Account, standing: Standing, at: datetime, steps: Steps
) -> Iterator[Ascent | Unfinished]:
    """Yield the roles that a service uses for the attacker, if it can assume the role."""
    for result in passable_roles(account, standing, steps):
        if isinstance(result, Unfinished):
            yield result
        else:
            yield from _service_ascent(account, "", result, at)
    for result in assumable_by_services(account, standing, steps):
        if isinstance(result, Unfinished):
            yield result
        else:
            yield from _service_ascent(account, *result, at)


def _service_ascent(
    account: Account, thing: str, passable: PassableRole, at: datetime
) -> Iterator[Ascent]:
    """Yield the gain of a role that a service can assume. `thing` has the role already ("": the attacker passes it)."""
    service, role, requests = passable
    everything = _service_may_do_everything(account, service, role, at)
    if everything is not None:
        supposing = f"{thing} has it" if thing else ""
        yield Ascent(account.arn(role), everything, (), service, requests, supposing)


def _service_may_do_everything(
    account: Account, service: str, role: Role, at: datetime
) -> bool | None:
    """Return whether a service with the role can do everything, or None if it can't assume the role."""
    parameters = {"RoleArn": account.arn(role), "RoleSessionName": CANARY_NAME}
    call = Call("sts", "AssumeRole", parameters)
    outcome = handle(account, Act(at, Service(service), call))
    if not isinstance(outcome.answer, Reply):
        return None
    credentials = outcome.answer.body["Credentials"]
    assert isinstance(credentials, dict), "AssumeRole answers credentials"
    session = Key(str(credentials["AccessKeyId"]))
    standing = build_standing(outcome.account, session, at)
    return isinstance(standing, Standing) and may_do_everything(outcome.account, standing)
