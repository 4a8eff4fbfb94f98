"""Lambda: functions and their execution roles.

No code runs. The calls that a function makes are listed in the scenario's world.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access import named_principals
from coffeeshop.account.access.authorization_requests import function_name
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Function
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.services.tagging import add_tags, remove_tags
from coffeeshop.account.values import Document, Json, JsonObject
from coffeeshop.policy.language.element_grammar import SERVICE_PATTERN
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind

SERVICE_PRINCIPAL = "lambda.amazonaws.com"
INVALID_PARAMETER = "InvalidParameterValueException"

OPERATIONS = Operations()


def _invalid_parameter(text: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", text)


def _named_function(account: Account, call: Call) -> Function:
    name = function_name(call)
    if (function := account.functions.get(name)) is None:
        raise _not_found(f"Function not found: {ids.arn(account, 'function', name)}")
    return function


def _not_found(text: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", text, 404)


def _with_function(account: Account, function: Function) -> Account:
    return replace(account, functions=account.functions.put(function.name, function))


def _configuration_shape(account: Account, function: Function) -> JsonObject:
    """Return a function's configuration as lists show it.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    shape: JsonObject = {
        "FunctionName": function.name,
        "FunctionArn": ids.arn(account, "function", function.name),
        "Runtime": function.runtime,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": len(function.code),
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory,
        "LastModified": function.modified.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "CodeSha256": b64encode(sha256(function.code).digest()).decode(),
        "Version": LATEST_VERSION,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": _revision_id(account, function),
        "PackageType": "Zip",
        "Architectures": ("x86_64",),
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"},
    }
    if function.environment:
        return {**shape, "Environment": {"Variables": function.environment}}
    return shape


def _revision_id(account: Account, function: Function) -> str:
    """Return an id that changes with each update of a function."""
    second = int(function.modified.timestamp())
    return ids.draw_uuid(account.seed, f"revision of {function.name}", second)


def _function_shape(account: Account, function: Function) -> JsonObject:
    """Return a function's configuration with its state.

    Functions are ready at once here.
    """
    return {
        **_configuration_shape(account, function),
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }


def _execution_role(account: Account, arn: str) -> str:
    """Return the role's ARN. Raise unless the role exists and trusts Lambda."""
    role = account.roles.get(arn.rsplit("/", 1)[-1].lower())
    if role is None or account.arn(role) != arn or not _trusts_lambda(role.trust):
        raise _invalid_parameter(
            "The role defined for the function cannot be assumed by Lambda."
        )
    return arn


def _trusts_lambda(trust: Document) -> bool:
    """Return whether a role's trust policy has an Allow for the Lambda service."""
    return any(
        statement.effect == "Allow"
        and statement.principals is not None
        and ("Service", SERVICE_PRINCIPAL) in statement.principals.entries
        for statement in trust.policy.statements
    )


@OPERATIONS.add("CreateFunction")
def create_function(account: Account, act: Act) -> Change:
    """Create a function. Its execution role must trust Lambda."""
    call = act.call
    name = function_name(call)
    if name in account.functions:
        raise ServiceError(
            "ResourceConflictException", f"Function already exist: {name}", 409
        )
    if not (call.text("Runtime") and call.text("Handler")):
        raise _invalid_parameter(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    tags = add_tags({}, call.tags, INVALID_PARAMETER)
    function = Function(
        name,
        _execution_role(account, call.text("Role")),
        act.at,
        _deployment_package(call.map("Code")),
        tags=tags,
    )
    function = _configure_function(account, function, act)
    account_after = _with_function(account, function)
    return account_after, Reply(_function_shape(account, function))


def _deployment_package(parameters: Mapping[str, Json]) -> bytes:
    """Return the code of a call. Raise if there is none. Other bytes than a ZIP file's are accepted here."""
    code = parameters.get("ZipFile")
    if not isinstance(code, bytes):
        raise _invalid_parameter("Please provide a source for function code.")
    if not code:
        raise _invalid_parameter("Uploaded file must be a non-empty zip")
    return code


def _configure_function(account: Account, function: Function, act: Act) -> Function:
    """Return the function with the settings that a call gives. Others stay as they are."""
    call = act.call
    variables = call.map("Environment").get("Variables")
    return replace(
        function,
        role=_execution_role(account, call.text("Role"))
        if "Role" in call.parameters
        else function.role,
        modified=act.at,
        runtime=call.text("Runtime", function.runtime),
        handler=call.text("Handler", function.handler),
        description=call.text("Description", function.description),
        timeout=call.number("Timeout", function.timeout),
        memory=call.number("MemorySize", function.memory),
        environment={k: str(v) for k, v in variables.items()}
        if isinstance(variables, Mapping)
        else function.environment,
    )


@OPERATIONS.add("GetFunction")
def get_function(account: Account, act: Act) -> Change:
    """Return a function's configuration and tags. Its code is no longer available."""
    function = _named_function(account, act.call)
    tags: JsonObject = {}
    if function.tags:
        tags = {"Tags": dict(function.tags)}
    body = {
        "Configuration": _function_shape(account, function),
        "Code": {"RepositoryType": "S3"},
        **tags,
    }
    return account, Reply(body)


@OPERATIONS.add("GetFunctionConfiguration")
def get_function_configuration(account: Account, act: Act) -> Change:
    function = _named_function(account, act.call)
    return account, Reply(_function_shape(account, function))


@OPERATIONS.add("ListVersionsByFunction")
def list_versions_by_function(account: Account, act: Act) -> Change:
    """List the only version that there is, $LATEST."""
    function = _named_function(account, act.call)
    shape = _configuration_shape(account, function)
    version = {**shape, "FunctionArn": f"{shape['FunctionArn']}:$LATEST"}
    return account, _functions_page(act.call, "Versions", {LATEST_VERSION: version})


LATEST_VERSION = "$LATEST"
PAGE_SIZE = 50  # at most, whatever MaxItems says


def _functions_page(call: Call, member: str, shapes: Mapping[str, JsonObject]) -> Reply:
    """Return one page of a list of Lambda.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    size = min(call.number("MaxItems", PAGE_SIZE), PAGE_SIZE)
    names, marker = page_of_names(call, shapes, "Marker", size, _invalid_marker)
    rows = tuple(shapes[name] for name in names)
    if marker:
        return Reply({"NextMarker": marker, member: rows})
    return Reply({member: rows})


def _invalid_marker(_reason: str) -> ServiceError:
    return _invalid_parameter("Invalid Marker")  # uncertain, of the text


@OPERATIONS.add("GetFunctionCodeSigningConfig")
def get_code_signing_config(account: Account, act: Act) -> Change:
    """Return an empty configuration, since code signing isn't simulated."""
    _named_function(account, act.call)
    return account, Reply({})


# ----------------------------------------------------------------------- tags
@OPERATIONS.add("ListTags")
def list_tags(account: Account, act: Act) -> Change:
    function = _named_function(account, act.call)
    body = {"Tags": dict(function.tags)}
    return account, Reply(body)


@OPERATIONS.add("TagResource")
def tag_resource(account: Account, act: Act) -> Change:
    function = _named_function(account, act.call)
    function = replace(
        function, tags=add_tags(function.tags, act.call.tags, INVALID_PARAMETER)
    )
    account = _with_function(account, function)
    return account, EMPTY_REPLY


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    function = _named_function(account, act.call)
    function = replace(function, tags=remove_tags(function.tags, act.call))
    account = _with_function(account, function)
    return account, EMPTY_REPLY


@OPERATIONS.add("ListFunctions")
def list_functions(account: Account, act: Act) -> Change:
    shapes = {
        name: _configuration_shape(account, function)
        for name, function in account.functions.items()
    }
    return account, _functions_page(act.call, "Functions", shapes)


@OPERATIONS.add("UpdateFunctionCode")
def update_function_code(account: Account, act: Act) -> Change:
    function = replace(
        _named_function(account, act.call),
        code=_deployment_package(act.call.parameters),
        modified=act.at,
    )
    account_after = _with_function(account, function)
    return account_after, Reply(_function_shape(account, function))


@OPERATIONS.add("UpdateFunctionConfiguration")
def update_function_configuration(account: Account, act: Act) -> Change:
    function = _configure_function(account, _named_function(account, act.call), act)
    account_after = _with_function(account, function)
    return account_after, Reply(_function_shape(account, function))


@OPERATIONS.add("DeleteFunction")
def delete_function(account: Account, act: Act) -> Change:
    function = _named_function(account, act.call)
    account = replace(account, functions=account.functions.drop(function.name))
    return account, EMPTY_REPLY


@OPERATIONS.add("Invoke")
def invoke_function(account: Account, act: Act) -> Change:
    """Answer that the function ran.

    Its own calls are made elsewhere, in the session of its execution role.
    """
    function = _named_function(account, act.call)
    payload = act.call.parameters.get("Payload")
    try:
        json.loads(payload if isinstance(payload, bytes) and payload else b"null")
    except (ValueError, RecursionError) as wrong:
        text = f"Could not parse request body into json: {wrong}"
        raise ServiceError("InvalidRequestContentException", text) from None
    status = INVOCATION_STATUS[act.call.text("InvocationType", "RequestResponse")]
    ran: JsonObject = {}
    if status == 200:
        ran = {"ExecutedVersion": "$LATEST", "Payload": b"null"}
        if act.call.text("LogType") == "Tail":
            log = _invocation_log(account, function).encode()
            ran = {**ran, "LogResult": b64encode(log).decode()}
    body = {"StatusCode": status, **ran}
    return account, Reply(body)


def _invocation_log(account: Account, function: Function) -> str:
    """Return what Lambda itself logs of an invocation. Times and memory used are ours: no code runs.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
    """
    request = f"RequestId: {ids.request_id(account)}"
    measures = (
        "Duration: 1.00 ms",
        "Billed Duration: 1 ms",
        f"Memory Size: {function.memory} MB",
        "Max Memory Used: 32 MB",
    )
    report = "\t".join((f"REPORT {request}", *measures, ""))
    return f"START {request} Version: $LATEST\nEND {request}\n{report}\n"


INVOCATION_STATUS = {"RequestResponse": 200, "Event": 202, "DryRun": 204}


# ---------------------------------------------------------------- permissions
def _policy_statements(function: Function) -> list[dict[str, Any]]:
    if function.policy:
        return json.loads(function.policy.text)["Statement"]
    return []


def _with_statements(
    account: Account, function: Function, statements: list[dict[str, Any]]
) -> Account:
    """Return the account with these statements as the function's policy, or without a policy if there are none."""
    text = json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements})
    if statements:
        policy = Document(text, parse(text, Kind.RESOURCE, "function policy"))
    else:
        policy = None
    return _with_function(account, replace(function, policy=policy))


@OPERATIONS.add("AddPermission")
def add_permission(account: Account, act: Act) -> Change:
    """Add a statement to the function's policy.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    call = act.call
    function = _named_function(account, call)
    statements = _policy_statements(function)
    sid = call.text("StatementId")
    if any(statement["Sid"] == sid for statement in statements):
        advice = "Please provide a new statement id, or remove the existing statement."
        raise ServiceError(
            "ResourceConflictException",
            f"The statement id ({sid}) provided already exists. {advice}",
            409,
        )
    statement_added: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _permission_principal(account, call.text("Principal")),
        "Action": call.text("Action"),
        "Resource": ids.arn(account, "function", function.name),
    }
    conditions = _permission_conditions(call)
    if conditions:
        statement_added["Condition"] = conditions
    try:
        account = _with_statements(account, function, [*statements, statement_added])
    except ValueError:
        raise _invalid_parameter(
            "The provided principal was invalid. Please check the principal and try again."
        ) from None
    body = {"Statement": json.dumps(statement_added)}
    return account, Reply(body)


def _permission_principal(account: Account, value: str) -> Any:
    """Return the Principal element for AddPermission: everyone, a service, an account or an ARN.

    Raise InvalidParameterValueException if an account's user or role doesn't exist.
    """
    if value == "*":
        return "*"
    if SERVICE_PATTERN.fullmatch(value):
        return {"Service": value}
    if re.fullmatch("[0-9]{12}", value):
        arn = f"arn:aws:iam::{value}:root"
    else:
        arn = value
    if not named_principals.principal_exists(account, arn):
        raise _invalid_parameter(
            "The provided principal was invalid. Please check the principal and try again."
        )
    return {"AWS": arn}


def _permission_conditions(call: Call) -> dict[str, Any]:
    """Return the conditions for the parameters SourceArn, SourceAccount and PrincipalOrgID of AddPermission."""
    rows = (
        ("ArnLike", "AWS:SourceArn", "SourceArn"),
        ("StringEquals", "AWS:SourceAccount", "SourceAccount"),
        ("StringEquals", "aws:PrincipalOrgID", "PrincipalOrgID"),
    )
    conditions: dict[str, Any] = {}
    for operator, key, name in rows:
        if value := call.text(name):
            conditions.setdefault(operator, {})[key] = value
    return conditions


@OPERATIONS.add("RemovePermission")
def remove_permission(account: Account, act: Act) -> Change:
    """Remove one statement of a function's policy. The last one removes the policy."""
    name = function_name(act.call)
    sid = act.call.text("StatementId")
    if (function := account.functions.get(name)) is None:
        raise _not_found(f"No policy found for: {ids.arn(account, 'function', name)}")
    if function.policy is None:
        raise _not_found("No policy is associated with the given resource.")
    statements = _policy_statements(function)
    others_left = [statement for statement in statements if statement["Sid"] != sid]
    if len(others_left) == len(statements):
        raise _not_found(f"Statement {sid} is not found in resource policy.")
    account = _with_statements(account, function, others_left)
    return account, EMPTY_REPLY


@OPERATIONS.add("GetPolicy")
def get_policy(account: Account, act: Act) -> Change:
    function = account.functions.get(function_name(act.call))
    if function is None or function.policy is None:
        raise _not_found("The resource you requested does not exist.")
    revision = ids.draw_uuid(account.seed, "revision", function.policy.text)
    body = {"Policy": function.policy.text, "RevisionId": revision}
    return account, Reply(body)
