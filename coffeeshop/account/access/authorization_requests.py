"""The requests that IAM must authorize for each operation: actions, resources, and the context keys of the call itself.

The default request is the action with the operation's name on the resource that the parameters name. Every other
operation has a row.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.analyzer_requests import analyzer_requests
from coffeeshop.account.access.callers import WEB_IDENTITY, calling_user
from coffeeshop.account.access.center_requests import center_requests, store_requests
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
from coffeeshop.account.access.kms_requests import (
    alias_requests,
    create_key_requests,
    decrypt_requests,
    kms_requests,
    re_encrypt_requests,
    retire_requests,
)
from coffeeshop.account.access.linked_roles import creation_requests, status_requests
from coffeeshop.account.access.multipart_requests import MULTIPART_ROWS
from coffeeshop.account.access.organization_requests import (
    organization_requests,
    trail_requests,
    trail_tag_requests,
)
from coffeeshop.account.access.request_context import (
    complete_request,
    network_keys,
    resource_owner,
    time_keys,
)
from coffeeshop.account.access.resource_keys import BOUNDARY_ACTIONS
from coffeeshop.account.access.s3_encryption import ENCRYPTION_ROWS
from coffeeshop.account.access.web_identity import identity_of, read_claims
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import MfaDevice, Session
from coffeeshop.account.iam_resources import (
    Entity,
    InstanceProfile,
    ManagedPolicy,
    OidcProvider,
    Role,
    SamlProvider,
    User,
)
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody
from coffeeshop.account.values import Tags
from coffeeshop.policy.model import Request, Values

NO_CALLER = Nobody()


def requests_of_call(
    account: Account, call: Call, caller: Caller = NO_CALLER
) -> tuple[Request, ...]:
    """Return every request that a call needs authorized, in AWS's order. Calls that AWS never refuses have none.

    A resource is the ARN of an existing thing with its path, or else the ARN that the new thing would have. `caller`
    supplies a user name that is left out. The time of the call isn't among the context keys.
    """
    return _build_requests(account, call, caller, {})


def requests_of_act(account: Account, act: Act) -> tuple[Request, ...]:
    """Return the requests of a call that is made now, with its time, and the age of its session's MFA code."""
    moment_keys = time_keys(act.at)
    session = account.credential_of(act.caller)
    if isinstance(session, Session) and session.mfa is not None and session.kind != "Role":
        seconds = int((act.at - session.mfa).total_seconds())
        moment_keys = {**moment_keys, "aws:MultiFactorAuthAge": (str(seconds),)}
    return _build_requests(account, act.call, act.caller, moment_keys)


def _build_requests(
    account: Account, call: Call, caller: Caller, moment_keys: Mapping[str, Values]
) -> tuple[Request, ...]:
    """Return the requests of a call as its service's row defines them, completed with the keys of the moment."""
    call = complete_call(account, call, caller)
    default = DEFAULT_REQUESTS.get(call.service, _no_requests)
    requests_of = OPERATION_REQUESTS.get((call.service, call.operation), default)
    keys = {**moment_keys, **network_keys(account, call)}
    is_signed = not isinstance(caller, Nobody)
    requests: list[Request] = []
    for request in requests_of(account, call):
        owner = resource_owner(account, request)
        requests.append(complete_request(account, request, keys, owner, is_signed))
    return tuple(requests)


def complete_call(account: Account, call: Call, caller: Caller) -> Call:
    """Return the call with the parameters that AWS takes from its caller.

    These are the user's own name if UserName is left out, and the source identity of a session that assumes another
    role, which can't change.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    if call.operation in ASSUMING_OPERATIONS:
        session = account.credential_of(caller)
        if not isinstance(session, Session) or not session.source_identity:
            return call
        inherited = {"SourceIdentity": session.source_identity}
        return replace(call, parameters={**inherited, **call.parameters})
    if call.parameters.get("UserName") is not None or not _defaults_to_caller(call):
        return call
    user = calling_user(account, caller)
    if user:
        return replace(call, parameters={**call.parameters, "UserName": user.name})
    return call


def _defaults_to_caller(call: Call) -> bool:
    """Return whether the operation acts on the calling user when it has no UserName: its row says that it is optional."""
    if call.operation == "ChangePassword":
        return True
    row = OPERATIONS.get((call.service, call.operation))
    if row is None or call.operation in {"SignIn", "PortalSignIn"}:
        return False
    member = row.input.member("UserName")
    return member is not None and not member.required


ASSUMING_OPERATIONS = {"AssumeRole", "SwitchRole"}


# ----------------------------------------------------------------------- IAM
def user_arn(account: Account, name: str, path: str = "/") -> str:
    """Return the ARN of the user with that name, or of the one that would be made."""
    user = account.users.get(name.lower())
    if user:
        return account.arn(user)
    return f"arn:aws:iam::{account.id}:user{path or '/'}{name}"


def role_arn(account: Account, name: str, path: str = "/") -> str:
    """Return the ARN of the role with that name, or of the one that would be made."""
    role = account.roles.get(name.lower())
    if role:
        return account.arn(role)
    return f"arn:aws:iam::{account.id}:role{path or '/'}{name}"


def _group_arn(account: Account, name: str, path: str = "/") -> str:
    """Return the ARN of the group with that name, or of the one that would be made."""
    group = account.groups.get(name.lower())
    if group:
        return account.arn(group)
    return f"arn:aws:iam::{account.id}:group{path or '/'}{name}"


def instance_profile_arn(account: Account, name: str, path: str = "/") -> str:
    """Return the ARN of the instance profile with that name, or of the one that would be made."""
    profile = account.instance_profiles.get(name.lower())
    if profile:
        return f"arn:aws:iam::{account.id}:instance-profile{profile.path}{profile.name}"
    return f"arn:aws:iam::{account.id}:instance-profile{path or '/'}{name}"


# Parameter -> the ARN it names, by account, name and path. A call acts on the first of these that it has.
NAMED_ARNS: dict[str, Callable[[Account, str, str], str]] = {
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
    "OpenIDConnectProviderArn": lambda account, arn, path: arn,
    "SAMLProviderArn": lambda account, arn, path: arn,
    "Url": lambda account, url, path: ids.arn(
        account, "oidc-provider", url.partition("://")[2] or url
    ),
    "Name": lambda account, name, path: ids.arn(account, "saml-provider", name),
    "PolicySourceArn": lambda account, arn, path: arn,
    "Arn": lambda account, arn, path: arn,
}


def _iam_resource(account: Account, call: Call) -> str:
    """Return the ARN that an IAM call acts on, or "*" if its parameters name nothing, as in calls that list."""
    for parameter, arn_of in NAMED_ARNS.items():
        if name := call.text(parameter):
            return arn_of(account, name, call.text("Path"))
    return "*"


Tagged: TypeAlias = (
    User | Role | InstanceProfile | ManagedPolicy | MfaDevice | OidcProvider | SamlProvider
)


def _existing_tags(account: Account, call: Call) -> Tags:
    """Return the tags of the thing that an IAM call acts on. Groups have none."""
    for parameter, tagged_of in TAGGED_THINGS.items():
        if name := call.text(parameter):
            tagged = tagged_of(account, name)
            return tagged.tags if tagged else {}
    return {}


# Parameter -> the thing with tags that it names, if it exists. A call is about the first of these that it has.
TAGGED_THINGS: Mapping[str, Callable[[Account, str], Tagged | None]] = {
    "InstanceProfileName": lambda account, name: account.instance_profiles.get(
        name.lower()
    ),
    "GroupName": lambda account, name: None,
    "UserName": lambda account, name: account.users.get(name.lower()),
    "RoleName": lambda account, name: account.roles.get(name.lower()),
    "PolicyArn": lambda account, arn: account.policies.get(arn),
    "SerialNumber": lambda account, serial: account.devices.get(serial),
    "OpenIDConnectProviderArn": lambda account, arn: account.oidc_providers.get(arn),
    "SAMLProviderArn": lambda account, arn: account.saml_providers.get(arn),
}


def _target_entity(account: Account, call: Call) -> Entity | None:
    """Return the group, user or role that a call acts on."""
    if name := call.text("GroupName"):
        return account.groups.get(name.lower())
    if name := call.text("UserName"):
        return account.users.get(name.lower())
    return account.roles.get(call.text("RoleName").lower())


def _iam_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of most IAM calls: their own action. A call that creates something with tags also needs to tag.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    """
    arn = _iam_resource(account, call)
    context = _iam_context(account, call)
    yield Request(f"iam:{call.operation}", arn, context)
    if call.operation.startswith("Create") and call.tags:
        kind = call.operation.removeprefix("Create").removeprefix("Virtual")
        yield Request(f"iam:Tag{kind}", arn, context)


def _iam_context(account: Account, call: Call) -> Context:
    """Return the context keys about tags, the attached policy and the permissions boundary."""
    context = {
        **resource_tags(_existing_tags(account, call), "aws:", "iam:"),
        **request_tags(call),
    }
    arn = call.text("PolicyArn")
    if arn and call.operation.startswith(("Attach", "Detach")):
        context["iam:PolicyARN"] = (arn,)
    boundary = call.text("PermissionsBoundary")
    entity = _target_entity(account, call)
    if not boundary and isinstance(entity, User | Role):
        boundary = entity.boundary
    if boundary and f"iam:{call.operation}" in BOUNDARY_ACTIONS:
        context["iam:PermissionsBoundary"] = (boundary,)
    return context


def _rename_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of UpdateUser and UpdateGroup: on the old ARN and, if name or path change, on the new one."""
    yield from _iam_requests(account, call)
    old_arn = _iam_resource(account, call)
    old_name = old_arn.rpartition("/")[2]
    old_path = old_arn[old_arn.index("/") : len(old_arn) - len(old_name)]
    name = call.text("NewUserName") or call.text("NewGroupName") or old_name
    path = call.text("NewPath") or old_path
    kind = "group" if "GroupName" in call.parameters else "user"
    new_arn = f"arn:aws:iam::{account.id}:{kind}{path}{name}"
    if new_arn != old_arn:
        yield Request(f"iam:{call.operation}", new_arn, _iam_context(account, call))


def _key_owner_request(account: Account, call: Call) -> Iterator[Request]:
    """Yield the call's action on the user who owns the access key."""
    key = account.credentials.get(call.text("AccessKeyId"))
    owner = account.entity_by_id(key.owner) if key else None
    yield Request(f"iam:{call.operation}", account.arn(owner) if owner else "*")


def _add_role_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of AddRoleToInstanceProfile: to change the profile, and to pass the role to EC2."""
    yield from _iam_requests(account, call)
    arn = role_arn(account, call.text("RoleName"))
    yield _pass_role_request(account, arn, "ec2.amazonaws.com")


def _request_on_star(account: Account, call: Call) -> Iterator[Request]:
    """Yield the call's action on "*", for operations without a resource."""
    yield Request(f"{call.service}:{call.operation}", "*")


def _no_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield nothing, for operations that AWS never refuses."""
    return iter(())


# ----------------------------------------------------------------------- STS
def _switch_role_arn(account: Account, name: str, account_name: str) -> str:
    """Return the ARN of a role to switch to. The account is given by id or alias. The default is this account."""
    if account_name in {"", account.id, account.name, account.alias}:
        return role_arn(account, name)
    return f"arn:aws:iam::{account_name}:role/{name}"


def _assume_role_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield sts:AssumeRole, and the requests for session tags and a source identity if the call has them."""
    arn = call.text("RoleArn") or _switch_role_arn(
        account, call.text("RoleName"), call.text("AccountId")
    )
    context = _assume_role_context(account, call, arn)
    yield Request("sts:AssumeRole", arn, context)
    if call.tags:
        yield Request("sts:TagSession", arn, context)
    if call.text("SourceIdentity"):
        yield Request("sts:SetSourceIdentity", arn, context)


def _assume_role_context(account: Account, call: Call, arn: str) -> Context:
    """Return the context keys of AssumeRole: the role's tags, and the parameters of the call.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    """
    role = account.role_named_by(arn)
    context = {
        **resource_tags(role.tags if role else {}, "aws:", "iam:"),
        **request_tags(call),
    }
    for parameter in ("ExternalId", "RoleSessionName", "SourceIdentity"):
        if value := call.text(parameter):
            context[f"sts:{parameter}"] = (value,)
    if tag_keys := call.words("TransitiveTagKeys"):
        context["sts:TransitiveTagKeys"] = tag_keys
    # The call brings its own MFA code. A wrong code is refused before authorization.
    if "TokenCode" in call.parameters:
        context["aws:MultiFactorAuthPresent"] = ("true",)
        context["aws:MultiFactorAuthAge"] = ("0",)
    return context


def _web_identity_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of AssumeRoleWithWebIdentity, with the claims of its token, which the door verifies.

    Its issuer can set session tags and a source identity in the token.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    arn = call.text("RoleArn")
    role = account.role_named_by(arn)
    claims = read_claims(call.text("WebIdentityToken"))
    identity = identity_of(account, claims) if claims else None
    context = {
        **resource_tags(role.tags if role else {}, "aws:", "iam:"),
        "sts:RoleSessionName": (call.text("RoleSessionName"),),
    }
    if identity:
        context |= identity.keys
    if identity and identity.tags:
        context |= {
            f"aws:RequestTag/{key}": (value,) for key, value in identity.tags.items()
        }
        context["aws:TagKeys"] = tuple(identity.tags)
        if identity.transitive:
            context["sts:TransitiveTagKeys"] = identity.transitive
    if identity and identity.source_identity:
        context["sts:SourceIdentity"] = (identity.source_identity,)
    yield Request("sts:AssumeRoleWithWebIdentity", arn, context)
    if identity and identity.tags:
        yield Request("sts:TagSession", arn, context)
    if identity and identity.source_identity:
        yield Request("sts:SetSourceIdentity", arn, context)


def _federation_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of GetFederationToken, on the federated user that it makes, and those for its session tags."""
    arn = ids.arn(account, "federated-user", call.text("Name"))
    yield Request("sts:GetFederationToken", arn, request_tags(call))
    if call.tags:
        yield Request("sts:TagSession", arn, request_tags(call))


# ---------------------------------------------------- functions and instances


def function_name(call: Call) -> str:
    """Return a function's name, given as a name or an ARN."""
    name_or_arn = call.text("FunctionName") or call.text("Resource")
    return name_or_arn.rsplit("function:", 1)[-1].split(":", 1)[0]


def _function_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on its function. Creating one with tags also needs to tag, and a role must be passed.

    https://docs.aws.amazon.com/lambda/latest/dg/attribute-based-access-control.html
    """
    if call.operation == "Invoke":
        action = "InvokeFunction"
    else:
        action = call.operation
    name = function_name(call)
    function = account.functions.get(name)
    no_tags: Mapping[str, str] = {}
    tags = function.tags if function else no_tags
    arn = ids.arn(account, "function", name)
    context = {**resource_tags(tags, "aws:"), **request_tags(call)}
    yield Request(f"lambda:{action}", arn, context)
    if call.operation == "CreateFunction" and call.tags:
        yield Request("lambda:TagResource", arn, context)
    if role := call.text("Role"):
        yield _pass_role_request(account, role, "lambda.amazonaws.com")


def _pass_role_request(account: Account, arn: str, service: str) -> Request:
    """Return the request to pass a role to a service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    role = account.role_named_by(arn)
    tags = resource_tags(role.tags if role else {}, "aws:", "iam:")
    return Request("iam:PassRole", arn, {**tags, "iam:PassedToService": (service,)})


def _instance_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield one request for each instance that an EC2 call names, with its tags."""
    for id in call.words("InstanceIds"):
        instance = account.instances.get(id)
        tags = {"Name": instance.name} if instance else {}
        arn = ids.arn(account, "instance", id)
        yield Request(f"ec2:{call.operation}", arn, resource_tags(tags, "aws:", "ec2:"))


DEFAULT_REQUESTS: dict[str, RequestsOf] = {
    "iam": _iam_requests,
    "sts": _request_on_star,
    "s3": requests_on_bucket(),
    "dynamodb": table_requests,
    "sqs": queue_requests,
    "lambda": _function_requests,
    "ec2": _instance_requests,
    "organizations": organization_requests,
    "cloudtrail": trail_requests,
    "kms": kms_requests,
    "sso-admin": center_requests,
    "identitystore": store_requests,
    "access-analyzer": analyzer_requests,
}
OPERATION_REQUESTS: dict[tuple[str, str], RequestsOf] = {
    ("iam", "UpdateUser"): _rename_requests,
    ("iam", "UpdateGroup"): _rename_requests,
    ("iam", "GetAccessKeyLastUsed"): _key_owner_request,
    ("iam", "AddRoleToInstanceProfile"): _add_role_requests,
    ("iam", "CreateServiceLinkedRole"): creation_requests,
    ("iam", "GetServiceLinkedRoleDeletionStatus"): status_requests,
    ("iam", "SimulateCustomPolicy"): _request_on_star,
    ("sts", "GetCallerIdentity"): _no_requests,
    ("sts", "GetSessionToken"): _no_requests,
    ("sts", "AssumeRole"): _assume_role_requests,
    ("sts", WEB_IDENTITY): _web_identity_requests,
    ("sts", "GetFederationToken"): _federation_requests,
    ("console", "SwitchRole"): _assume_role_requests,
    ("console", "EnableIdentityCenter"): lambda account, call: (
        Request("sso:StartSSO", "*"),
    ),
    ("console", "EnrollSecurityKey"): lambda account, call: _iam_requests(
        account, replace(call, operation="EnableMFADevice")
    ),
    **{
        ("s3", operation): row
        for operation, row in {**S3_ROWS, **ENCRYPTION_ROWS, **MULTIPART_ROWS}.items()
    },
    ("dynamodb", "ListTables"): _request_on_star,
    ("sqs", "ListQueues"): _request_on_star,
    ("lambda", "ListFunctions"): _request_on_star,
    ("ec2", "DescribeInstances"): _request_on_star,
    ("ec2", "DescribeRegions"): _request_on_star,
    ("cloudtrail", "DescribeTrails"): _request_on_star,
    ("cloudtrail", "LookupEvents"): _request_on_star,
    ("cloudtrail", "ListTrails"): _request_on_star,
    ("cloudtrail", "ListTags"): trail_tag_requests,
    ("kms", "CreateKey"): create_key_requests,
    ("kms", "ListKeys"): _request_on_star,
    ("kms", "ListAliases"): _request_on_star,
    ("kms", "ListRetirableGrants"): _request_on_star,
    ("kms", "CreateAlias"): alias_requests,
    ("kms", "UpdateAlias"): alias_requests,
    ("kms", "DeleteAlias"): alias_requests,
    ("kms", "Decrypt"): decrypt_requests,
    ("kms", "ReEncrypt"): re_encrypt_requests,
    ("kms", "RetireGrant"): retire_requests,
}
