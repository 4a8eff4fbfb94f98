"""The ways to more: what one credential could try next, each way a row of candidate moves.

The known ways of escalation: assuming a role, passing one to a service, editing what decides, hiring somebody new. The
candidates are the account's own names, a canary, and names that the policies speak of; `reach` plays them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import chain, product
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.aws_managed_policies import all_managed
from coffeeshop.account.access.sessions import code as shown
from coffeeshop.account.access.standing import held, policy_of, tags_read
from coffeeshop.account.model import Account, Call, Caller, Document, Group, Json, Key, Nobody, Role, Service, User
from coffeeshop.account.services.iam.mfa import unmade
from coffeeshop.account.services.sqs import url
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import compiled
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.language.variables import resolve
from coffeeshop.policy.model import Allowed, Kind, Policy, Request, Standing

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
PASSWORD, CANARY, LAMBDA = "Canary-4-you", "canary", "lambda.amazonaws.com"

Compared: TypeAlias = Mapping[str, Mapping[str, None]]
Step: TypeAlias = tuple[Caller, Call]
Move: TypeAlias = tuple[Step, ...]  # all must succeed


class Spot(Struct, frozen=True, dict=True):
    """One credential of a path about to try something: whose it is, what it may, whom its holder can act as, what else
    they hold, and when."""

    account: Account
    me: Caller
    who: Standing
    mine: tuple[User | Role, ...]
    held: tuple[Caller, ...]
    at: datetime

    def iam(self, operation: str, **parameters: Json) -> Step:
        """That IAM call, by this credential."""
        return self.me, Call("iam", operation, parameters)

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that bear on this credential, and on whomever else its holder can act as."""
        theirs = (policy for entity in self.mine for policy in held(self.account, entity))
        return tuple(chain((policy for layer in self.who.layers for policy in layer.policies), theirs))

    @cached_property
    def conditions(self) -> Compared:
        """What those policies compare each key with."""
        return compared(self.policies)

    def said(self, key: str, conditions: Compared | None = None) -> list[str]:
        """Values to try for a key: those that conditions compare it with, a star read as the canary."""
        fixed = {name.lower(): held for name, held in self.who.fixed.items() if isinstance(held, tuple)}
        patterns = (self.conditions if conditions is None else conditions).get(key.lower(), ())
        found = (resolve(pattern, fixed) for pattern in patterns)
        return list(dict.fromkeys(value.replace("*", CANARY) for value in found if value))

    def may(self, action: str) -> bool:
        """Whether anything might allow the action: what no statement speaks of need not be tried."""
        if self.who.principal.kind == "root":
            return True
        spoken = (
            p for layer in self.who.layers if layer.kind in {Kind.IDENTITY, Kind.RESOURCE} for p in layer.policies
        )
        clauses = (clause for policy in spoken for clause in compiled(policy).speaking(action.lower())[1])
        return any(clause.naming(self.who.principal) for clause in clauses)

    def can(self, action: str, resource: str) -> bool:
        """Whether the action is allowed as it stands."""
        return isinstance(authorize(self.who, Request(action, resource, account=self.account.id)), Allowed)


Way: TypeAlias = Callable[[Spot], Iterable[Move]]


def compared(policies: Iterable[Policy]) -> Compared:
    """The values that conditions compare each key with, the keys in lower case."""
    found: dict[str, dict[str, None]] = {}
    for condition in (c for policy in policies for s in policy.statements for c in s.conditions):
        found.setdefault(condition.key.lower(), {}).update(dict.fromkeys(condition.values))
    return found


# ---------------------------------------------------------------------- assume
def _assume(spot: Spot) -> Iterator[Move]:
    """sts:AssumeRole, chains included, of every role whose trust policy names them, or an account that lets them."""
    for role in _each(spot.account.roles):
        trusting = compiled(role.trust.policy).speaking("sts:assumerole")[1]
        named = max((clause.naming(spot.who.principal) for clause in trusting), default=Naming.NOT)
        if named >= Naming.OPEN or (named is Naming.ACCOUNT and spot.may("sts:AssumeRole")):
            caller, taking = _taking(spot.me, spot.account, role)
            for claim in _claims(spot, role):
                yield ((caller, replace(taking, parameters={**taking.parameters, **claim})),)


def _taking(caller: Caller, account: Account, role: Role, name: str = CANARY) -> Step:
    return caller, Call("sts", "AssumeRole", {"RoleArn": account.arn(role), "RoleSessionName": name})


CLAIMS = {
    "sts:RoleSessionName": "RoleSessionName",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:ExternalId": "ExternalId",
}


def _claims(spot: Spot, role: Role) -> Iterator[dict[str, Json]]:
    """What whoever takes a role can say of themselves: nothing, or what the policies on either side ask to hear.

    An external id is no secret, save to other accounts.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    own = (policy for layer in spot.who.layers if layer.kind is not Kind.TRUST for policy in layer.policies)
    policies = (role.trust.policy, *own, *held(spot.account, role))
    asked, home = compared(policies), spot.who.principal.account == spot.account.id
    said = {CLAIMS[key]: spot.said(key, asked) for key in CLAIMS if home or key != "sts:ExternalId"}
    tags: dict[str, Iterable[str]] = {}
    if compiled(role.trust.policy).speaking("sts:tagsession")[1]:
        asks = (key.removeprefix(TAGGING) for key in asked if key.startswith(TAGGING))
        read = {tag.lower(): tag for tag in (*asks, *(tag for policy in policies for tag in tags_read(policy)))}
        tags = {tag: sorted(_colours(spot, tag, asked)) for tag in read.values()}
    for claim, worn in product(_choices(said), _choices(tags)):
        yield {**claim, **({"Tags": _tag_list(worn)} if worn else {})}


TAGGING = "aws:requesttag/"


def _choices(options: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Every choice of at most one value for each key, that of none before all."""
    each = ([{}, *({key: value} for value in values)] for key, values in options.items())
    return (dict(chain.from_iterable(one.items() for one in chosen)) for chosen in product(*each))


def _tag_list(tags: Mapping[str, str]) -> Json:
    return tuple({"Key": key, "Value": value} for key, value in tags.items())


def _each(book: Mapping[str, Role]) -> list[Role]:
    return [book[name] for name in sorted(book)]


# ------------------------------------------------------------------------ pass
def _pass(spot: Spot) -> Iterator[Move]:
    """A role given to a function, new or old, and the function run; or new code for a function that wears one.

    Whoever may change an old function's configuration brings code of their own too, as a layer.
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    if not spot.may("lambda:InvokeFunction") and not spot.may("lambda:AddPermission"):
        return
    roles = [role for role in _each(spot.account.roles) if _trusts_lambda(role)]
    for role, (_, name) in product(roles, _names(spot, "function")) if spot.may("iam:PassRole") else ():
        old = name in spot.account.functions
        operation = "UpdateFunctionConfiguration" if old else "CreateFunction"
        code: dict[str, Json] = {} if old else {"Code": {"ZipFile": b""}, "Runtime": "python3.13", "Handler": "f.f"}
        given = Call("lambda", operation, {"FunctionName": name, "Role": spot.account.arn(role), **code})
        yield ((spot.me, given), *([] if old else _admitted(spot, name)), *_run(spot, name, role))
    for name, function in spot.account.functions.items():
        worn = next((role for role in roles if spot.account.arn(role) == function.role), None)
        if worn:
            code = {"FunctionName": name, "ZipFile": b""}
            yield ((spot.me, Call("lambda", "UpdateFunctionCode", code)), *_run(spot, name, worn))


def _admitted(spot: Spot, function: str) -> Iterator[Step]:
    """The function's own policy naming whoever may not run it otherwise."""
    if spot.may("lambda:AddPermission") and not spot.can(
        "lambda:InvokeFunction", ids.arn(spot.account, "function", function)
    ):
        yield _admitting(spot, function)


def _admitting(spot: Spot, function: str) -> Step:
    named = {"FunctionName": function, "StatementId": CANARY, "Action": "lambda:*", "Principal": _arn(spot)}
    return spot.me, Call("lambda", "AddPermission", named)


def _trusts_lambda(role: Role) -> bool:
    principals = (s.principals for s in role.trust.policy.statements if s.principals)
    return any(value in (LAMBDA, "*") for p in principals for _, value in p.entries) or any(
        p.negated for p in principals
    )


def _run(spot: Spot, function: str, role: Role) -> Move:
    invoked = Call("lambda", "Invoke", {"FunctionName": function})
    return (spot.me, invoked), _taking(Service(LAMBDA), spot.account, role, function[:64])


# ------------------------------------------------------------------------ edit
def _edit(spot: Spot) -> Iterator[Move]:
    """Whatever changes what an identity that one is, or can become, may do."""
    rows = (
        _grants,
        _groups,
        _versions,
        _denies,
        _leaves,
        _boundaries,
        _tags,
        _trusts,
        _becomes,
        _badges,
        _buckets,
        _queues,
        _functions,
    )
    return chain.from_iterable(row(spot) for row in rows)


def _grants(spot: Spot) -> Iterator[Move]:
    """A policy of one's own, or one that exists, on oneself or one's groups."""
    for entity in (*spot.mine, *_own_groups(spot)):
        yield from _granting(spot, entity)


def _own_groups(spot: Spot) -> list[Group]:
    found = (spot.account.of_id(id) for user in spot.mine if isinstance(user, User) for id in user.groups)
    return [group for group in found if isinstance(group, Group)]


def _granting(spot: Spot, entity: User | Role | Group) -> Iterator[Move]:
    kind, named = type(entity).__name__, {f"{type(entity).__name__}Name": entity.name}
    if spot.may(f"iam:Put{kind}Policy"):
        over = (old.policy.name for old in entity.inline.values() if denying(old.policy))  # what it says is lost
        for name in (CANARY, *over):
            yield (spot.iam(f"Put{kind}Policy", **named, PolicyName=name, PolicyDocument=OWN),)
    if spot.may(f"iam:Attach{kind}Policy"):
        for arn in _attachable(spot):
            if arn not in entity.attached:
                yield (spot.iam(f"Attach{kind}Policy", **named, PolicyArn=arn),)
        for made, arn in _written(spot):
            yield made, spot.iam(f"Attach{kind}Policy", **named, PolicyArn=arn)


def _attachable(spot: Spot) -> Iterable[str]:
    """The policies worth attaching: AWS's strongest two, the account's, and those of AWS's that conditions speak of,
    unless by a pattern that lets the strongest through."""
    patterns = spot.conditions.get("iam:policyarn", ())
    tests = [test for value in patterns if not (test := glob(value))(ADMINISTRATOR)]
    spoken = (found.arn for found in (all_managed() if tests else ()) if any(test(found.arn) for test in tests))
    return dict.fromkeys((ADMINISTRATOR, "arn:aws:iam::aws:policy/IAMFullAccess", *spot.account.policies, *spoken))


def _written(spot: Spot) -> Iterator[tuple[Step, str]]:
    """A new policy of one's own, under a name that the policies speak of, and its ARN."""
    for path, name in _names(spot, "policy") if spot.may("iam:CreatePolicy") else ():
        arn = f"arn:aws:iam::{spot.account.id}:policy{path}{name}"
        if arn not in spot.account.policies:
            yield spot.iam("CreatePolicy", PolicyName=name, Path=path, PolicyDocument=OWN), arn


def _groups(spot: Spot) -> Iterator[Move]:
    """Joining a group, for what it gives or is given then."""
    if spot.may("iam:AddUserToGroup"):
        for user, group in product(spot.mine, spot.account.groups.values()):
            if isinstance(user, User) and group.id not in user.groups:
                joined = spot.iam("AddUserToGroup", GroupName=group.name, UserName=user.name)
                yield from ((joined, *granted) for granted in ((), *_granting(spot, group)))


def _versions(spot: Spot) -> Iterator[Move]:
    """Another version of a policy that one carries or that bounds one, one's own or an old one."""
    carried = (arn for entity in (*spot.mine, *_own_groups(spot)) for arn in entity.attached)
    for arn in dict.fromkeys((*carried, *(entity.boundary for entity in spot.mine))):
        policy = spot.account.policies.get(arn)
        if policy is None:
            continue
        others = [version.id for version in policy.versions if version.id != policy.default]
        room = (spot.iam("DeletePolicyVersion", PolicyArn=arn, VersionId=others[0]),) if len(others) == 4 else ()
        if spot.may("iam:CreatePolicyVersion"):
            yield (*room, spot.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=OWN, SetAsDefault=True))
        for version in others if spot.may("iam:SetDefaultPolicyVersion") else ():
            yield (spot.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId=version),)


def _denies(spot: Spot) -> Iterator[Move]:
    """Taking away a policy that denies, from oneself or one's groups."""
    for entity in (*spot.mine, *_own_groups(spot)):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if spot.may(f"iam:Detach{kind}Policy"):
            for arn in entity.attached:
                if (policy := policy_of(spot.account, arn)) and denying(policy.document.policy):
                    yield (spot.iam(f"Detach{kind}Policy", **named, PolicyArn=arn),)
        if spot.may(f"iam:Delete{kind}Policy"):
            for document in entity.inline.values():
                if denying(document.policy):
                    yield (spot.iam(f"Delete{kind}Policy", **named, PolicyName=document.policy.name),)


def _leaves(spot: Spot) -> Iterator[Move]:
    """Leaving a group that denies."""
    for user, group in product(spot.mine, _own_groups(spot) if spot.may("iam:RemoveUserFromGroup") else ()):
        if isinstance(user, User) and group.id in user.groups and any(map(denying, held(spot.account, group))):
            yield (spot.iam("RemoveUserFromGroup", GroupName=group.name, UserName=user.name),)


def denying(policy: Policy) -> bool:
    """Whether the policy denies anything."""
    return any(statement.effect == "Deny" for statement in policy.statements)


def _boundaries(spot: Spot) -> Iterator[Move]:
    """Lifting one's own permissions boundary, or raising it."""
    for entity in spot.mine:
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if entity.boundary and spot.may(f"iam:Delete{kind}PermissionsBoundary"):
            yield (spot.iam(f"Delete{kind}PermissionsBoundary", **named),)
        if entity.boundary and spot.may(f"iam:Put{kind}PermissionsBoundary"):
            for arn in (ADMINISTRATOR, *spot.account.policies):
                yield (spot.iam(f"Put{kind}PermissionsBoundary", **named, PermissionsBoundary=arn),)


def _tags(spot: Spot) -> Iterator[Move]:
    """Repainting one's own badge, or washing it, where a policy reads its colour: with every value that somebody or
    something has, or that a policy asks for, and with one that nobody has."""
    for entity, key in product(spot.mine, _tags_read(spot)):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        colours = _colours(spot, key, spot.conditions) - {entity.tags.get(key)}
        for value in sorted(colours) if spot.may(f"iam:Tag{kind}") else ():
            yield (spot.iam(f"Tag{kind}", **named, Tags=_tag_list({key: value})),)
        if key.lower() in map(str.lower, entity.tags) and spot.may(f"iam:Untag{kind}"):
            yield (spot.iam(f"Untag{kind}", **named, TagKeys=(key,)),)


def _tags_read(spot: Spot) -> list[str]:
    return sorted({tag for policy in spot.policies for tag in tags_read(policy)})


def _colours(spot: Spot, key: str, asked: Compared) -> set[str]:
    """The values of a tag that somebody or something has, that conditions ask for, and one that nobody has."""
    account, things = spot.account, (b.objects.values() for b in spot.account.buckets.values())
    bearers = chain(account.users.values(), account.roles.values(), *things)
    borne = (value for bearer in bearers for name, value in bearer.tags.items() if name.lower() == key.lower())
    return {CANARY, *borne, *spot.said(f"aws:PrincipalTag/{key}", asked), *spot.said(f"aws:RequestTag/{key}", asked)}


def _trusts(spot: Spot) -> Iterator[Move]:
    """Making a role trust oneself, and taking it."""
    if spot.may("iam:UpdateAssumeRolePolicy"):
        for role in _each(spot.account.roles):
            opened = spot.iam("UpdateAssumeRolePolicy", RoleName=role.name, PolicyDocument=_trusting(spot))
            yield opened, _taking(spot.me, spot.account, role)
            for granted in _granting(spot, role):
                yield (*granted, opened, _taking(spot.me, spot.account, role))


def _trusting(spot: Spot) -> str:
    return _naming(spot, "sts:AssumeRole")


def _naming(spot: Spot, action: str, *resources: str) -> str:
    """A resource-based policy that names oneself."""
    on = {"Resource": resources} if resources else {}
    statement = {"Effect": "Allow", "Action": action, "Principal": {"AWS": _arn(spot)}, **on}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def _arn(spot: Spot) -> str:
    return spot.who.principal.role_arn or spot.who.principal.arn


def _becomes(spot: Spot) -> Iterator[Move]:
    """Becoming another user: with a key or a password made for them; first, perhaps, granting them more."""
    for other in spot.account.users.values() if spot.may("iam:CreateAccessKey") or _passwords(spot) else ():
        if other not in spot.mine:
            yield from _entering(spot, other)
            for granted, entered in product(_granting(spot, other), _entering(spot, other)):
                yield (*granted, *entered)
    for role in _each(spot.account.roles):
        yield from ((*granted, _taking(spot.me, spot.account, role)) for granted in _granting(spot, role))


def _passwords(spot: Spot) -> bool:
    return spot.may("iam:CreateLoginProfile") or spot.may("iam:UpdateLoginProfile")


def _entering(spot: Spot, user: User) -> Iterator[Move]:
    keys = spot.account.keys_of(user.id)
    room = (spot.iam("DeleteAccessKey", UserName=user.name, AccessKeyId=keys[0].id),) if len(keys) > 1 else ()
    yield (*room, spot.iam("CreateAccessKey", UserName=user.name))
    operation = "UpdateLoginProfile" if user.login else "CreateLoginProfile"
    off = tuple(
        spot.iam("DeactivateMFADevice", UserName=user.name, SerialNumber=device.serial)
        for device in spot.account.devices_of(user.id)
    )
    rules = spot.account.password_policy
    password = PASSWORD.ljust(rules.minimum_length if rules else 0, "!")
    set_ = spot.iam(operation, UserName=user.name, Password=password, PasswordResetRequired=False)
    signed = {"UserName": user.name, "Password": password}
    yield (*off, set_, (Nobody(), Call("console", "SignIn", signed)))
    for enrolled, code in _phones(spot, user):
        yield (*enrolled, set_, (Nobody(), Call("console", "SignIn", {**signed, "MfaCode": code})))


def _phones(spot: Spot, user: User) -> Iterator[tuple[Move, str]]:
    """A virtual device of one's own enabled for a user, and the code that it shows next."""
    if not spot.may("iam:EnableMFADevice") or not spot.may("iam:CreateVirtualMFADevice"):
        return
    for name in (user.name, CANARY):
        device = unmade(spot.account, ids.arn(spot.account, "mfa", name), spot.at)
        first, second, third = (shown(device, spot.at, step) for step in (-1, 0, 1))
        made = spot.iam("CreateVirtualMFADevice", VirtualMFADeviceName=name)
        codes: dict[str, Json] = {"AuthenticationCode1": first, "AuthenticationCode2": second}
        yield (made, spot.iam("EnableMFADevice", UserName=user.name, SerialNumber=device.serial, **codes)), third


def _badges(spot: Spot) -> Iterator[Move]:
    """Another badge of somebody whom one is: a key, which carries no MFA keys at all; a session with a code of one's own.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    for user in (entity for entity in spot.mine if isinstance(entity, User)):
        keys = [key for key in (Key(found.id) for found in spot.account.keys_of(user.id)) if key in spot.held]
        if not keys and spot.may("iam:CreateAccessKey"):
            yield (spot.iam("CreateAccessKey", UserName=user.name),)
        for key, (enrolled, code) in product(keys[:1], _phones(spot, user)):
            serial = enrolled[-1][1].text("SerialNumber")
            yield (*enrolled, (key, Call("sts", "GetSessionToken", {"SerialNumber": serial, "TokenCode": code})))


def _buckets(spot: Spot) -> Iterator[Move]:
    """A bucket policy that names oneself; or none, where one denies."""
    for name, bucket in spot.account.buckets.items():
        arn = ids.arn(spot.account, "bucket", name)
        if spot.may("s3:PutBucketPolicy"):
            policy = _naming(spot, "s3:*", arn, f"{arn}/*")
            yield ((spot.me, Call("s3", "PutBucketPolicy", {"Bucket": name, "Policy": policy})),)
        if bucket.policy and denying(bucket.policy.policy) and spot.may("s3:DeleteBucketPolicy"):
            yield ((spot.me, Call("s3", "DeleteBucketPolicy", {"Bucket": name})),)


def _queues(spot: Spot) -> Iterator[Move]:
    """A queue policy that names oneself."""
    for name in spot.account.queues if spot.may("sqs:SetQueueAttributes") else ():
        attributes = {"Policy": _naming(spot, "sqs:*", ids.arn(spot.account, "queue", name))}
        called = {"QueueUrl": url(spot.account, name), "Attributes": attributes}
        yield ((spot.me, Call("sqs", "SetQueueAttributes", called)),)


def _functions(spot: Spot) -> Iterator[Move]:
    """A function's policy that names oneself."""
    for name in spot.account.functions if spot.may("lambda:AddPermission") else ():
        yield (_admitting(spot, name),)


# ------------------------------------------------------------------------ hire
def _hire(spot: Spot) -> Iterator[Move]:
    """A new user or role, below whatever boundary the call must set, given permissions, and become."""
    for (path, name), ceiling in product(_names(spot, "user"), _ceilings(spot)) if spot.may("iam:CreateUser") else ():
        if name.lower() not in spot.account.users:
            hired = User("", name, path, spot.account.created)  # as the grants name them
            made = spot.iam("CreateUser", UserName=name, Path=path, **ceiling)
            granted = (*_granting(spot, hired), *_joining(spot, hired))
            yield from ((made, *grant, *entered) for grant, entered in product(granted, _entering(spot, hired)))
    for (path, name), ceiling in product(_names(spot, "role"), _ceilings(spot)) if spot.may("iam:CreateRole") else ():
        if name.lower() not in spot.account.roles:
            trust = _trusting(spot)
            made = spot.iam("CreateRole", RoleName=name, Path=path, AssumeRolePolicyDocument=trust, **ceiling)
            arn = f"arn:aws:iam::{spot.account.id}:role{path}{name}"
            taken = spot.me, Call("sts", "AssumeRole", {"RoleArn": arn, "RoleSessionName": CANARY})
            yield from (
                (made, *grant, taken)
                for grant in _granting(spot, Role("", name, path, spot.account.created, Document("", Policy(()))))
            )


def _joining(spot: Spot, user: User) -> Iterator[Move]:
    if spot.may("iam:AddUserToGroup"):
        for group in spot.account.groups.values():
            yield (spot.iam("AddUserToGroup", GroupName=group.name, UserName=user.name),)


def _ceilings(spot: Spot) -> list[dict[str, Json]]:
    """No boundary, and each that a policy asks for."""
    asked = sorted(spot.said("iam:PermissionsBoundary"))
    return [{}, *({"PermissionsBoundary": arn} for arn in asked if policy_of(spot.account, arn))]


# ----------------------------------------------------------------------- names
def _names(spot: Spot, kind: str) -> list[tuple[str, str]]:
    """Paths and names to try for something new: the canary's, what the policies speak of, and functions that exist."""
    found = {("/", CANARY): None}
    policies = (p for layer in spot.who.layers if layer.kind is Kind.IDENTITY for p in layer.policies)
    statements = (s for policy in policies for s in policy.statements if s.effect == "Allow" and s.resources)
    values = (value for s in statements if s.resources for value in s.resources.values)
    for value in (*values, *spot.said("aws:PrincipalArn"), *spot.said("iam:PolicyARN")):
        found |= {named: None for named in [_spoken(value, kind)] if named}
    old = spot.account.functions if kind == "function" else ()
    return [*found, *(("", name) for name in old)]


def _spoken(value: str, kind: str) -> tuple[str, str] | None:
    """The path and a name that an ARN pattern lets through, a star read as the canary."""
    name = value.split(f":{kind}", 1)[-1].lstrip(":") if f":{kind}" in value else ""
    if not name or "${" in name:
        return None
    path, _, last = name.replace("*", CANARY).replace("?", "x").rpartition("/")
    return (f"{path}/" if kind != "function" else "/", last or CANARY)


WAYS: Mapping[str, Way] = {"assume": _assume, "pass": _pass, "edit": _edit, "hire": _hire}
