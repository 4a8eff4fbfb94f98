"""What each operation asks of IAM: the actions, the resources, and the context keys that the call itself brings.

One row for every operation that is not "the action of its name on the resource that its parameters name".
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.callers import calling_user
from coffeeshop.account.access.data_requests import (
    S3_ROWS,
    Context,
    RequestsOf,
    queue_requests,
    request_tags,
    requests_on_bucket,
    resource_tags,
    table_requests,
)
from coffeeshop.account.access.organization_requests import (
    organization_requests,
    trail_requests,
)
from coffeeshop.account.access.request_context import (
    complete_request,
    network_keys,
    resource_owner,
    time_keys,
)
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import MfaDevice, Session
from coffeeshop.account.iam_resources import (
    Entity,
    InstanceProfile,
    ManagedPolicy,
    Role,
    User,
)
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody
from coffeeshop.account.values import Tags
from coffeeshop.policy.model import Request, Values

NO_CALLER = Nobody()


def requests_of_call(
    account: Account, call: Call, caller: Caller = NO_CALLER
) -> tuple[Request, ...]:
    """Returns every authorization that `call` needs, in AWS's order; none for what nobody can be refused.

    Resources are the ARNs of what exists (its path counts), else those that would be made. `caller` fills in a user
    name that is left out. The time of the call is added at the door.
    """
    return _asked(account, call, caller, {})


def requests_of_act(account: Account, act: Act) -> tuple[Request, ...]:
    """Returns the same for a call that is made: with its time, and the age in seconds of the code that opened its
    session.
    """
    now = time_keys(act.at)
    found = account.credential_of(act.caller)
    if isinstance(found, Session) and found.mfa is not None and found.kind != "Role":
        now = {
            **now,
            "aws:MultiFactorAuthAge": (str(int((act.at - found.mfa).total_seconds())),),
        }
    return _asked(account, act.call, act.caller, now)


def _asked(
    account: Account, call: Call, caller: Caller, now: Mapping[str, Values]
) -> tuple[Request, ...]:
    call = complete_call(account, call, caller)
    row = ROWS.get((call.service, call.operation)) or DEFAULTS.get(call.service, _nothing)
    way = {**now, **network_keys(account, call)}
    signed = not isinstance(caller, Nobody)
    return tuple(
        [
            complete_request(account, asked, way, resource_owner(account, asked), signed)
            for asked in row(account, call)
        ]
    )


def complete_call(account: Account, call: Call, caller: Caller) -> Call:
    """Returns the call with what AWS takes from the caller: a user's own name where UserName is left out, and the
    source identity that a session hands on, and cannot change, when it takes the next role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    if call.operation in ASSUMING_OPERATIONS:
        found = account.credential_of(caller)
        handed = found.source_identity if isinstance(found, Session) else ""
        if handed:
            return replace(call, parameters={"SourceIdentity": handed, **call.parameters})
        return call
    if call.parameters.get("UserName") is not None or not _own(call):
        return call
    user = calling_user(account, caller)
    if user:
        return replace(call, parameters={**call.parameters, "UserName": user.name})
    return call


def _own(call: Call) -> bool:
    """Tells whether it acts on the caller where it names nobody: its row says that UserName may be left out."""
    row = OPERATIONS.get((call.service, call.operation))
    if row and call.operation != "SignIn":
        named = row.input.member("UserName")
    else:
        named = None
    return call.operation == "ChangePassword" or (named is not None and not named.required)


ASSUMING_OPERATIONS = {"AssumeRole", "SwitchRole"}


# ----------------------------------------------------------------------- IAM
def user_arn(account: Account, name: str, path: str = "/") -> str:
    """Returns the ARN of the user of that name, or of the one that would be made."""
    found = account.users.get(name.lower())
    if found:
        return account.arn(found)
    return f"arn:aws:iam::{account.id}:user{path or '/'}{name}"


def role_arn(account: Account, name: str, path: str = "/") -> str:
    """Returns the ARN of the role of that name, or of the one that would be made."""
    found = account.roles.get(name.lower())
    if found:
        return account.arn(found)
    return f"arn:aws:iam::{account.id}:role{path or '/'}{name}"


def _group_arn(account: Account, name: str, path: str = "/") -> str:
    found = account.groups.get(name.lower())
    if found:
        return account.arn(found)
    return f"arn:aws:iam::{account.id}:group{path or '/'}{name}"


def instance_profile_arn(account: Account, name: str, path: str = "/") -> str:
    """Returns the ARN of the instance profile of that name, or of the one that would be made."""
    found = account.instance_profiles.get(name.lower())
    path, name = (found.path, found.name) if found else (path or "/", name)
    return f"arn:aws:iam::{account.id}:instance-profile{path}{name}"


# The first of these that a call gives is what it acts on.
NAMED: dict[str, Callable[[Account, str, str], str]] = {
    "InstanceProfileName": instance_profile_arn,
    "GroupName": _group_arn,
    "UserName": user_arn,
    "RoleName": role_arn,
    "PolicyArn": lambda account, arn, path: arn,
    "PolicyName": lambda account, name, path: (
        f"arn:aws:iam::{account.id}:policy{path or '/'}{name}"
    ),
    "VirtualMFADeviceName": lambda account, name, path: ids.arn(
        account, "mfa", f"{path.lstrip('/')}{name}"
    ),
    "SerialNumber": lambda account, serial, path: serial,
    "PolicySourceArn": lambda account, arn, path: arn,
    "Arn": lambda account, arn, path: arn,
}


def _named(account: Account, call: Call) -> str:
    """Returns what an IAM call acts on: "*" where its parameters name nothing, as lists do; root where root means
    itself.
    """
    for parameter, arn in NAMED.items():
        if name := call.text(parameter):
            return arn(account, name, call.text("Path"))
    return "*"


def _held_tags(account: Account, call: Call) -> Tags:
    """Returns the tags of what an IAM call acts on, by the first of `NAMED` that it gives; groups have none."""
    books: dict[
        str, Mapping[str, User | Role | InstanceProfile | ManagedPolicy | MfaDevice]
    ] = {
        "InstanceProfileName": account.instance_profiles,
        "GroupName": {},
        "UserName": account.users,
        "RoleName": account.roles,
        "PolicyArn": account.policies,
        "SerialNumber": account.devices,
    }
    for parameter, book in books.items():
        if name := call.text(parameter):
            found = book.get(
                name if parameter in {"PolicyArn", "SerialNumber"} else name.lower()
            )
            return found.tags if found else {}
    return {}


def _entity(account: Account, call: Call) -> Entity | None:
    """Returns the user or role that a call acts on; a group where it names one."""
    if name := call.text("GroupName"):
        return account.groups.get(name.lower())
    if name := call.text("UserName"):
        return account.users.get(name.lower())
    return account.roles.get(call.text("RoleName").lower())


def _iam(account: Account, call: Call) -> Iterator[Request]:
    """Yields what most calls ask: their own action; who makes something with tags must also be allowed to tag it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    """
    arn = _named(account, call)
    context = _iam_context(account, call)
    yield Request(f"iam:{call.operation}", arn, context)
    if call.operation.startswith("Create") and call.tags:
        kind = call.operation.removeprefix("Create").removeprefix("Virtual")
        yield Request(f"iam:Tag{kind}", arn, context)


def _iam_context(account: Account, call: Call) -> Context:
    context = {
        **resource_tags(_held_tags(account, call), "aws:", "iam:"),
        **request_tags(call),
    }
    entity = _entity(account, call)
    arn = call.text("PolicyArn")
    if arn and call.operation.startswith(("Attach", "Detach")):
        context["iam:PolicyARN"] = (arn,)
    boundary = call.text("PermissionsBoundary") or (
        entity.boundary if isinstance(entity, User | Role) else ""
    )
    if boundary and call.operation in BOUNDED:
        context["iam:PermissionsBoundary"] = (boundary,)
    return context


BOUNDED = frozenset(  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    f"{verb}{kind}{noun}"
    for kind in ("User", "Role")
    for verb, noun in (
        ("Create", ""),
        ("Put", "Policy"),
        ("Delete", "Policy"),
        ("Attach", "Policy"),
        ("Detach", "Policy"),
        ("Put", "PermissionsBoundary"),
        ("Delete", "PermissionsBoundary"),
    )
)


def _renaming(account: Account, call: Call) -> Iterator[Request]:
    """Yields what UpdateUser and UpdateGroup ask: on the old ARN and, with a new name or path, on the new one."""
    yield from _iam(account, call)
    old = _named(account, call)
    called = old.rpartition("/")[2]
    name = call.text("NewUserName") or call.text("NewGroupName") or called
    path = call.text("NewPath") or old[old.index("/") : len(old) - len(called)]
    kind = "group" if "GroupName" in call.parameters else "user"
    if (new := f"arn:aws:iam::{account.id}:{kind}{path}{name}") != old:
        yield Request(f"iam:{call.operation}", new, _iam_context(account, call))


def _on_key_owner(account: Account, call: Call) -> Iterator[Request]:
    key = account.credentials.get(call.text("AccessKeyId"))
    owner = account.entity_by_id(key.owner) if key else None
    yield Request(f"iam:{call.operation}", account.arn(owner) if owner else "*")


def _handing_over(account: Account, call: Call) -> Iterator[Request]:
    """Yields what AddRoleToInstanceProfile asks: to change the profile, and to hand the role to EC2."""
    yield from _iam(account, call)
    yield _pass(account, role_arn(account, call.text("RoleName")), "ec2.amazonaws.com")


def _on_nothing(account: Account, call: Call) -> Iterator[Request]:
    yield Request(f"{call.service}:{call.operation}", "*")


def _nothing(account: Account, call: Call) -> Iterator[Request]:
    return iter(())


# ----------------------------------------------------------------------- STS
def _role_there(account: Account, name: str, there: str) -> str:
    """Returns the role of an account, given by id or by name, as the console names it; of this one where none is given."""
    here = {"", account.id, account.name, account.alias}
    if there in here:
        return role_arn(account, name)
    return f"arn:aws:iam::{there}:role/{name}"


def _assume_role(account: Account, call: Call) -> Iterator[Request]:
    arn = call.text("RoleArn") or _role_there(
        account, call.text("RoleName"), call.text("AccountId")
    )
    role = account.roles.get(arn.rsplit("/", 1)[-1].lower())
    context = {
        **resource_tags(role.tags if role else {}, "aws:", "iam:"),
        **request_tags(call),
    }
    for key, parameter in (
        ("sts:ExternalId", "ExternalId"),
        ("sts:RoleSessionName", "RoleSessionName"),
        ("sts:SourceIdentity", "SourceIdentity"),
    ):
        if value := call.text(parameter):
            context[key] = (value,)
    if keys := call.words("TransitiveTagKeys"):
        context["sts:TransitiveTagKeys"] = keys
    # The code of this very call; a wrong one is refused before anything is asked.
    if "TokenCode" in call.parameters:
        context |= {
            "aws:MultiFactorAuthPresent": ("true",),
            "aws:MultiFactorAuthAge": ("0",),
        }
    yield Request("sts:AssumeRole", arn, context)
    if call.tags:
        yield Request("sts:TagSession", arn, context)
    if call.text("SourceIdentity"):
        yield Request("sts:SetSourceIdentity", arn, context)


def _federate(account: Account, call: Call) -> Iterator[Request]:
    arn = ids.arn(account, "federated-user", call.text("Name"))
    yield Request("sts:GetFederationToken", arn, request_tags(call))
    if call.tags:
        yield Request("sts:TagSession", arn, request_tags(call))


# ---------------------------------------------------- functions and instances


def function_name(call: Call) -> str:
    """Returns a function's name, given as name or ARN."""
    named = call.text("FunctionName") or call.text("Resource")
    return named.rsplit("function:", 1)[-1].split(":", 1)[0]


def _function(account: Account, call: Call) -> Iterator[Request]:
    """Yields what a call asks on its function; to make one with tags is also to tag it, to dress it to pass the role.

    https://docs.aws.amazon.com/lambda/latest/dg/attribute-based-access-control.html
    """
    if call.operation == "Invoke":
        action = "InvokeFunction"
    else:
        action = call.operation
    name = function_name(call)
    found = account.functions.get(name)
    arn = ids.arn(account, "function", name)
    context = {**resource_tags(found.tags if found else {}, "aws:"), **request_tags(call)}
    yield Request(f"lambda:{action}", arn, context)
    if call.operation == "CreateFunction" and call.tags:
        yield Request("lambda:TagResource", arn, context)
    if role := call.text("Role"):
        yield _pass(account, role, "lambda.amazonaws.com")


def _pass(account: Account, arn: str, service: str) -> Request:
    """Returns the request that handing a role to a service makes. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    role = account.roles.get(arn.rsplit("/", 1)[-1].lower())
    tags = resource_tags(role.tags if role else {}, "aws:", "iam:")
    return Request("iam:PassRole", arn, {**tags, "iam:PassedToService": (service,)})


def _instances(account: Account, call: Call) -> Iterator[Request]:
    for id in call.words("InstanceIds"):
        found = account.instances.get(id)
        tags = resource_tags({"Name": found.name} if found else {}, "aws:", "ec2:")
        yield Request(f"ec2:{call.operation}", ids.arn(account, "instance", id), tags)


DEFAULTS: dict[str, RequestsOf] = {
    "iam": _iam,
    "sts": _on_nothing,
    "s3": requests_on_bucket(),
    "dynamodb": table_requests,
    "sqs": queue_requests,
    "lambda": _function,
    "ec2": _instances,
    "organizations": organization_requests,
    "cloudtrail": trail_requests,
}
ROWS: dict[tuple[str, str], RequestsOf] = {
    ("iam", "UpdateUser"): _renaming,
    ("iam", "UpdateGroup"): _renaming,
    ("iam", "GetAccessKeyLastUsed"): _on_key_owner,
    ("iam", "AddRoleToInstanceProfile"): _handing_over,
    ("iam", "SimulateCustomPolicy"): _on_nothing,
    ("sts", "GetCallerIdentity"): _nothing,
    ("sts", "GetSessionToken"): _nothing,
    ("sts", "AssumeRole"): _assume_role,
    ("sts", "GetFederationToken"): _federate,
    ("console", "SwitchRole"): _assume_role,
    ("console", "EnrollSecurityKey"): lambda account, call: _iam(
        account, replace(call, operation="EnableMFADevice")
    ),
    **{("s3", operation): row for operation, row in S3_ROWS.items()},
    ("dynamodb", "ListTables"): _on_nothing,
    ("sqs", "ListQueues"): _on_nothing,
    ("lambda", "ListFunctions"): _on_nothing,
    ("ec2", "DescribeInstances"): _on_nothing,
    ("cloudtrail", "DescribeTrails"): _on_nothing,
}
