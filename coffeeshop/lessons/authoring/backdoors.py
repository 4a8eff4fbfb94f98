"""Open backdoors in a solution: a grant for each class of principal, by each kind of policy, under each condition it
can meet.

No solution needs them. Each is on a bucket, a role or a user that exists for nothing else. So the grade must
find each one that the engine allows, and name the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import RCP_TYPE
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.identity_center import (
    Assignment,
    IdentityCenter,
    PermissionSet,
    WorkforceUser,
)
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Bucket
from coffeeshop.account.services.sso_admin.provisioning import provision
from coffeeshop.account.values import Document
from coffeeshop.lessons.authoring.policy_slots import standing_so
from coffeeshop.lessons.grading.excess_checks import compare_member
from coffeeshop.lessons.grading.principal_classes import (
    GIVEN_A_TAG,
    PRINCIPAL_CLASSES,
    PrincipalClass,
)
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import (
    Condition,
    Element,
    Kind,
    Level,
    Place,
    Policy,
    Principals,
    Problem,
    Statement,
    Values,
)

OTHER_ACCOUNT = "999988887777"  # an account of strangers
OPEN_NAME = "left-open"  # the name of the bucket, the role and the user
RequestConditions: TypeAlias = tuple[Condition, ...]


class Backdoor(Struct, frozen=True):
    """A backdoor for one class of principal, with a note on its kind, and the play that has it.

    `who` begins the id of the check that must fail. `badge` is the kind of session, "" for any.
    """

    kind: str
    who: str
    note: str
    play: Play
    badge: str = ""


def find_unseen_door(backdoor: Backdoor) -> Iterator[Problem]:
    """Yield a Problem where the grade doesn't find the backdoor.

    One that the grade finds without the organization's RCPs is closed by them, and needn't be found.
    """
    if not (
        _is_found(backdoor, backdoor.play)
        or _is_found(backdoor, _without_rcps(backdoor.play))
    ):
        message = f"{backdoor.note}: survives, and nothing is said of {backdoor.who}"
        yield Problem(
            Level.ERROR, "grader", Place("mutant open"), message, "mend the grader"
        )


def _without_rcps(play: Play) -> Play:
    """Return the play in an organization that has no RCPs."""
    organization = play.account.joined_organization
    if organization is None or RCP_TYPE not in organization.types:
        return play
    types = tuple(type for type in organization.types if type != RCP_TYPE)
    return standing_so(
        play, play.account.with_organization(replace(organization, types=types))
    )


def _is_found(backdoor: Backdoor, play: Play) -> bool:
    """Return whether the grade finds a backdoor in a play."""
    trial = Trial(play, most_shown=1)
    rows = (row for row in PRINCIPAL_CLASSES if row.kind == backdoor.kind)
    members = [
        (row, member) for row in rows for member in _members_let_in(trial, row, backdoor)
    ]
    judged_members = [
        (row, member) for row, member in members if backdoor.badge in ("", member.badge)
    ]
    return any(
        proof
        for row, member in judged_members
        for proof in compare_member(trial, row, member)
    )


def _members_let_in(
    trial: Trial, row: PrincipalClass, backdoor: Backdoor
) -> Iterable[HeldSession]:
    """Return the members of the class that a backdoor lets in.

    For users, return only the one with the backdoor, to save time.
    """
    if row.of_user:
        return row.of_user(trial, backdoor.who)
    return (member for member in row.members(trial) if member.who.startswith(backdoor.who))


def backdoors(play: Play) -> Iterator[Backdoor]:
    """Yield a backdoor for every class, kind of policy and condition that fit together."""
    for kind, (principal_name, principal, own_conditions) in LET_IN.items():
        for condition in (None, *ANYBODY_CONDITIONS, *CLASS_CONDITIONS.get(kind, ())):
            conditions = (*own_conditions, *((condition,) if condition else ()))
            for policy, account in _accounts_with_door(
                play.account, principal, conditions, _policy_kinds_for(kind)
            ):
                note = f"{policy} lets {kind} in" + (
                    f" by {condition.operator} on {condition.key}" if condition else ""
                )
                yield Backdoor(kind, principal_name, note, standing_so(play, account))
    # Where credentials are real, a new user has none and can do nothing.
    if all(want.minted for want in play.scenario.wants):
        yield from _users(play)
        yield from _users_of_other_things(play)
        yield from _sessions_by_name(play)
    yield from _sessions_of_providers(play)
    yield from _workforce_users(play)
    yield from _sessions_of_services(play)
    yield from _in_member_accounts(play)


def _policy_kinds_for(kind: str) -> Values:
    """Return the kinds of policy that can let a class of principal in."""
    return {
        "federated": ("trust",),
        "known by an id": ("bucket",),
        "anonymous": ("bucket",),
    }.get(kind, ("bucket", "trust"))


def _accounts_with_door(
    account: Account, principals: Principals, conditions: RequestConditions, ways: Values
) -> Iterator[tuple[str, Account]]:
    """Yield the account with an open bucket, and with an open role, each with the kind of its policy."""
    at = account.created
    if "bucket" in ways:
        on = (f"arn:aws:s3:::{OPEN_NAME}", f"arn:aws:s3:::{OPEN_NAME}/*")
        allow = Statement(
            "Allow", Element(("s3:GetObject",)), Element(on), principals, conditions
        )
        bucket = Bucket(OPEN_NAME, at, ids.REGION, policy=_document(Kind.RESOURCE, allow))
        yield (
            "a bucket's policy",
            replace(account, buckets=account.buckets.put(OPEN_NAME, bucket)),
        )
    if "trust" in ways:
        allow = Statement(
            "Allow", Element(("sts:AssumeRole*",)), None, principals, conditions
        )
        account, id = ids.new_unique_id(account, "role", OPEN_NAME)
        yield (
            "a role's trust",
            account.put(Role(id, OPEN_NAME, "/", at, _document(Kind.TRUST, allow))),
        )


def _document(kind: Kind, *statements: Statement) -> Document:
    """Return a policy document with these statements."""
    text = dumps(Policy(statements))
    return Document(text, parse(text, kind, OPEN_NAME))


def _users(play: Play) -> Iterator[Backdoor]:
    """Yield a user with one more permission, under each condition that a user can meet, now or with a new tag."""
    met = (
        ("user", condition)
        for condition in (None, *ANYBODY_CONDITIONS, *CLASS_CONDITIONS["newcomer"])
    )
    for kind, condition in (*met, (GIVEN_A_TAG.kind, TAG_CONDITION)):
        conditions = (condition,) if condition else ()
        allow = Statement(
            "Allow",
            Element(("s3:GetObject",)),
            Element((f"arn:aws:s3:::{OPEN_NAME}/*",)),
            None,
            conditions,
        )
        note = "a user's policy" + (
            f" by {condition.operator} on {condition.key}" if condition else ""
        )
        yield Backdoor(
            kind, OPEN_NAME, note, standing_so(play, _with_user(play.account, allow))
        )


def _users_of_other_things(play: Play) -> Iterator[Backdoor]:
    """Yield a user with a permission on resources that a check can overlook: those of other accounts, or ARNs of
    another form.
    """
    for note, (action, resource, spared_names) in OTHER_THINGS.items():
        allow = Statement("Allow", Element((action,)), Element((resource,)))
        ours = tuple(
            f"arn:aws:sqs:*:{id}:*"
            for id in (play.account.id, *play.account.others, *spared_names)
        )
        if spared_names:
            denies = (Statement("Deny", Element((action,)), Element(ours)),)
        else:
            denies = ()
        opened = _with_user(play.account, allow, *denies)
        yield Backdoor(
            "user", OPEN_NAME, f"a user's policy on {note}", standing_so(play, opened)
        )


def _with_user(account: Account, *statements: Statement) -> Account:
    """Return the account with a user who has these statements."""
    account, id = ids.new_unique_id(account, "user", OPEN_NAME)
    return account.put(
        User(
            id,
            OPEN_NAME,
            "/",
            account.created,
            inline={OPEN_NAME: _document(Kind.IDENTITY, *statements)},
        )
    )


def _sessions_of_services(play: Play) -> Iterator[Backdoor]:
    """Yield a role that a service can assume, although its trust policy names no service."""
    for trust_conditions in SERVICE_CONDITIONS:
        trust = Statement(
            "Allow", Element(("sts:AssumeRole",)), None, ANYONE, trust_conditions
        )
        opened = _with_role(
            play.account, trust, Condition("Bool", "aws:SecureTransport", ("true",))
        )
        note = f"a role's trust lets a service in by {' and '.join(condition.key for condition in trust_conditions)}"
        yield Backdoor(
            "role of a service", f"role/{OPEN_NAME}", note, standing_so(play, opened)
        )


def _in_member_accounts(play: Play) -> Iterator[Backdoor]:
    """Yield a user in each member account, and a role there that trusts a foreign account."""
    allow = Statement(
        "Allow", Element(("s3:GetObject",)), Element((f"arn:aws:s3:::{OPEN_NAME}/*",))
    )
    trust = Statement(
        "Allow", Element(("sts:AssumeRole",)), None, Principals((("AWS", OTHER_ACCOUNT),))
    )
    for id in play.scenario.opening.others:
        other_account = play.account.seen_from(id)
        doors = {
            "user": _with_user(other_account, allow),
            "role": _with_role(
                other_account, trust, Condition("Bool", "aws:SecureTransport", ("true",))
            ),
        }
        for kind, opened in doors.items():
            principal_name = f"account/{id}/{kind}/{OPEN_NAME}"
            back = opened.seen_from(play.account.id)
            yield Backdoor(
                "of a sister account",
                principal_name,
                f"a {kind} of the account {id}",
                standing_so(play, back),
            )


def _sessions_by_name(play: Play) -> Iterator[Backdoor]:
    """Yield a user who can assume a role under any session name that its trust policy allows, where one name opens a
    bucket.

    The name is tested by the role's policy, by the bucket's policy, or as its principal.
    """
    account, id = ids.new_unique_id(play.account, "user", OPEN_NAME)
    account = account.put(User(id, OPEN_NAME, "/", account.created))
    whoever = Principals((("AWS", account.arn(account.users[OPEN_NAME])),))
    known_condition = Condition("StringLike", "aws:userid", ("*:boss-7",))
    session = Principals(
        (("AWS", ids.arn(account, "assumed-role", f"{OPEN_NAME}/boss-7")),)
    )
    for condition in (None, *SESSION_NAME_CONDITIONS):
        trust = Statement(
            "Allow",
            Element(("sts:AssumeRole",)),
            None,
            whoever,
            (condition,) if condition else (),
        )
        if condition:
            session_text = (
                f" in a session whose trust asks {condition.operator} of its name"
            )
        else:
            session_text = " in a session of any name"
        doors = {
            "a role's policy": _with_role(account, trust, known_condition),
            "a bucket's policy": _with_bucket(
                _with_role(account, trust), ANYONE, known_condition
            ),
            "a bucket's principal": _with_bucket(_with_role(account, trust), session),
        }
        for policy, opened in doors.items():
            yield Backdoor(
                "user",
                OPEN_NAME,
                f"{policy} lets a user in{session_text}",
                standing_so(play, opened),
                f"role/{OPEN_NAME}",
            )


def _sessions_of_providers(play: Play) -> Iterator[Backdoor]:
    """Yield a role for users of an identity provider, whose policy tests the claims in their session."""
    for provider, (action, conditions) in SIGNED_IN.items():
        principals = Principals((("Federated", provider),))
        trust = Statement(
            "Allow",
            Element((action, "sts:TagSession", "sts:SetSourceIdentity")),
            None,
            principals,
        )
        for condition in conditions:
            note = f"a role's policy lets whoever {provider} signs in by {condition.operator} on {condition.key}"
            opened = _with_role(play.account, trust, condition)
            yield Backdoor(
                "session of a provider",
                f"role/{OPEN_NAME}",
                note,
                standing_so(play, opened),
            )


def _workforce_users(play: Play) -> Iterator[Backdoor]:
    """Yield a user of Identity Center with a permission set in the account, under each condition that they can meet."""
    for condition in (None, *ANYBODY_CONDITIONS):
        allow = Statement(
            "Allow",
            Element(("s3:GetObject",)),
            Element((f"arn:aws:s3:::{OPEN_NAME}/*",)),
            conditions=(condition,) if condition else (),
        )
        suffix = f" by {condition.operator} on {condition.key}" if condition else ""
        note = f"a permission set lets a user of Identity Center in{suffix}"
        opened = _with_workforce_user(play.account, allow)
        subject = f"{WORKFORCE_PREFIX}{OPEN_NAME}"
        yield Backdoor("workforce user", subject, note, standing_so(play, opened))


def _with_workforce_user(account: Account, allow: Statement) -> Account:
    """Return the account with a user of Identity Center who has a permission set with this statement."""
    at = account.created
    center = account.identity_center or IdentityCenter(
        f"ssoins-{'0' * 16}", f"d-{'0' * 10}", account.id, at, ids.REGION
    )
    inline = _document(Kind.IDENTITY, allow)
    permission_set = PermissionSet(f"ps-{'0' * 16}", OPEN_NAME, at, inline=inline)
    user = WorkforceUser(OPEN_NAME, OPEN_NAME, at, at)
    assignment = Assignment(permission_set.id, account.id, "USER", user.id)
    center = replace(
        center,
        users=center.users.put(user.id, user),
        permission_sets=center.permission_sets.put(permission_set.id, permission_set),
        assignments=center.assignments.put(assignment.key, assignment),
    )
    account = replace(account, identity_center=center)
    return provision(account, permission_set, account.id, at)


def _with_role(
    account: Account, trust: Statement, condition: Condition | None = None
) -> Account:
    """Return the account with a role of that trust policy, which opens a bucket under a condition if one is given."""
    account, id = ids.new_unique_id(account, "role", OPEN_NAME)
    allow = Statement(
        "Allow",
        Element(("s3:GetObject",)),
        Element((f"arn:aws:s3:::{OPEN_NAME}/*",)),
        None,
        (condition,) if condition else (),
    )
    if condition:
        inline = {OPEN_NAME: _document(Kind.IDENTITY, allow)}
    else:
        inline = {}
    return account.put(
        Role(
            id, OPEN_NAME, "/", account.created, _document(Kind.TRUST, trust), inline=inline
        )
    )


def _with_bucket(
    account: Account, principals: Principals, *conditions: Condition
) -> Account:
    """Return the account with a bucket that lets these principals in."""
    ((_, opened),) = _accounts_with_door(account, principals, conditions, ("bucket",))
    return opened


FAR_FUTURE = "2031-01-01T00:00:00Z"
ANYBODY_CONDITIONS: RequestConditions = (  # conditions that a request of any principal can meet
    Condition("DateGreaterThan", "aws:CurrentTime", (FAR_FUTURE,)),
    Condition("NumericGreaterThan", "aws:EpochTime", ("1924988400",)),
    Condition("Bool", "aws:SecureTransport", ("true",)),
    Condition("IpAddress", "aws:SourceIp", ("198.51.100.0/24",)),
    Condition("StringLike", "aws:UserAgent", ("curl/*",)),
)
TAG_CONDITION = Condition("StringEquals", "aws:PrincipalTag/team", ("till",))
_SIGNED_CONDITIONS: RequestConditions = (
    Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),
    Condition("BoolIfExists", "aws:MultiFactorAuthPresent", ("false",)),
    Condition("NumericLessThan", "aws:MultiFactorAuthAge", ("60",)),
    Condition("NumericGreaterThan", "aws:MultiFactorAuthAge", ("3600",)),
    Condition("DateGreaterThan", "aws:TokenIssueTime", (FAR_FUTURE,)),
    Condition("Null", "aws:TokenIssueTime", ("true",)),
    Condition("Bool", "aws:ViaAWSService", ("false",)),
)
CLASS_CONDITIONS: Mapping[str, RequestConditions] = {
    "newcomer": (*_SIGNED_CONDITIONS, Condition("StringLike", "aws:userid", ("AIDA*",))),
    "other account": (
        *_SIGNED_CONDITIONS,
        TAG_CONDITION,
        Condition("StringLike", "aws:PrincipalArn", ("arn:aws:iam::*:role/*",)),
        Condition("StringEquals", "aws:PrincipalType", ("AssumedRole",)),
        Condition("StringEquals", "aws:PrincipalOrgID", ("o-abcdef1234",)),
        Condition("StringEquals", "aws:SourceIdentity", ("somebody",)),
        Condition("StringEquals", "aws:userid", ("AROAEXAMPLE:somebody",)),
    ),
    "service": (
        Condition("StringEquals", "aws:SourceAccount", (OTHER_ACCOUNT,)),
        Condition("ArnLike", "aws:SourceArn", ("arn:aws:s3:::*",)),
        Condition("StringEquals", "aws:SourceOrgID", ("o-abcdef1234",)),
    ),
    "federated": (Condition("StringLike", "accounts.google.com:sub", ("1*",)),),
}
SESSION_NAME_CONDITIONS: RequestConditions = (  # conditions of a trust policy on the session's name
    Condition("StringLike", "sts:RoleSessionName", ("boss*",)),
    Condition("StringNotLike", "sts:RoleSessionName", ("canary", "another", "x*")),
)
_PROVIDER_CONDITIONS: RequestConditions = (  # conditions on the sessions of any identity provider
    Condition("Null", "aws:FederatedProvider", ("false",)),
    Condition("StringLike", "aws:userid", ("*:boss-7",)),
    Condition("StringEquals", "aws:SourceIdentity", ("somebody",)),
    TAG_CONDITION,
    Condition("DateGreaterThan", "aws:TokenIssueTime", (FAR_FUTURE,)),
)
SIGNED_IN: Mapping[str, tuple[str, RequestConditions]] = {
    "accounts.google.com": (
        "sts:AssumeRoleWithWebIdentity",
        (
            *_PROVIDER_CONDITIONS,
            Condition("StringLike", "accounts.google.com:sub", ("1*",)),
        ),
    ),
    "arn:aws:iam::111122223333:saml-provider/Till": (
        "sts:AssumeRoleWithSAML",
        (*_PROVIDER_CONDITIONS, Condition("StringEquals", "saml:sub", ("somebody",))),
    ),
}
_ALL_QUEUES = "arn:aws:sqs:*:*:*"
_FUNCTION_ALIAS = f"arn:aws:lambda:us-east-1:111122223333:function:{OPEN_NAME}:prod"
_ACCESS_POINT = f"arn:aws:s3:us-east-1:{OTHER_ACCOUNT}:accesspoint/{OPEN_NAME}/object/*"
_ONE_TO_EIGHT = tuple(f"{digit}*" for digit in range(1, 9))
# By description: an action, a resource, and the accounts that are spared besides ours
OTHER_THINGS: Mapping[str, tuple[str, str, Values]] = {
    "queues of any account but ours": ("sqs:SendMessage", _ALL_QUEUES, (OTHER_ACCOUNT,)),
    "queues of any account but those that begin with 1 to 8": (
        "sqs:SendMessage",
        _ALL_QUEUES,
        _ONE_TO_EIGHT,
    ),
    "a function's alias": ("lambda:InvokeFunction", _FUNCTION_ALIAS, ()),
    "what lies behind an access point": ("s3:GetObject", _ACCESS_POINT, ()),
}
_SERVICE_CONDITION = Condition("Bool", "aws:PrincipalIsAWSService", ("true",))
# Conditions by which a trust policy for everybody lets only services in.
SERVICE_CONDITIONS: tuple[RequestConditions, ...] = (
    (_SERVICE_CONDITION,),
    (
        _SERVICE_CONDITION,
        Condition("StringEquals", "aws:PrincipalServiceName", ("lambda.amazonaws.com",)),
    ),
)
ANYONE = Principals((("AWS", "*"),))
LET_IN: Mapping[str, tuple[str, Principals, RequestConditions]] = {
    "anonymous": ("anyone", ANYONE, ()),
    "other account": (
        f"account/{OTHER_ACCOUNT}",
        Principals((("AWS", OTHER_ACCOUNT),)),
        (),
    ),
    "service": (
        "service/logging",
        Principals((("Service", "logging.s3.amazonaws.com"),)),
        (),
    ),
    "federated": ("federated/", Principals((("Federated", "accounts.google.com"),)), ()),
    "known by an id": ("canonical/", Principals((("CanonicalUser", "a" * 64),)), ()),
    "newcomer": ("newcomer", ANYONE, (Condition("StringLike", "aws:username", ("*",)),)),
}
