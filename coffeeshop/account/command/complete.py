"""Complete a line, and list what an operation takes. Both are read from the operations' rows and the account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from msgspec import Struct

from coffeeshop.account.access import aws_managed_policies
from coffeeshop.account.access.control_policies import AWS_OWN
from coffeeshop.account.api.operations import Operation, Shape, kebab, services
from coffeeshop.account.command.grammar import (
    GLOBAL_OPTIONS,
    MAX_ITEMS,
    Option,
    cli_operations,
    find_operation,
    operation_options,
)
from coffeeshop.account.command.own_words import OWN_COMMANDS
from coffeeshop.account.command.placeholders import PLACEHOLDER_FORMS, profile_names
from coffeeshop.account.command.shell_words import Word, split_line
from coffeeshop.account.command.waiters import WAITERS
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.model import Account
from coffeeshop.account.values import Json


def _policy_arns(account: Account) -> Iterable[str]:
    """Return the ARNs of all policies that a user could attach: the account's, those shared with it, and AWS's."""
    return (
        *account.policies,
        *account.lent,
        *(policy.arn for policy in aws_managed_policies.common_managed_documents()),
    )


def _center_names(account: Account, kind: str) -> list[str]:
    """Return the references to the users, groups or permission sets of Identity Center."""
    center = account.organization_center
    if center is None:
        return []
    book = {
        "user": center.users,
        "group": center.groups,
        "permission-set": center.permission_sets,
    }[kind]
    return [f"@{kind}:{thing.name}" for thing in book.values()]


def _audiences(account: Account) -> Iterable[str]:
    """Return the audiences of the workloads' tokens and of the providers, and that of AWS STS."""
    claimed = (str(each.claims.get("aud", "")) for each in account.workloads.values())
    accepted = (id for each in account.oidc_providers.values() for id in each.client_ids)
    return dict.fromkeys(filter(None, (STS_AUDIENCE, *claimed, *accepted)))


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
STS_AUDIENCE = "sts.amazonaws.com"

# The names of existing things, by the parameter that takes them.
KNOWN_NAMES: Mapping[str, Callable[[Account], Iterable[str]]] = {
    "UserName": lambda account: (user.name for user in account.users.values()),
    "GroupName": lambda account: (group.name for group in account.groups.values()),
    "RoleName": lambda account: (role.name for role in account.roles.values()),
    "RoleArn": lambda account: map(account.arn, account.roles.values()),
    "Role": lambda account: map(account.arn, account.roles.values()),
    "PolicyArn": _policy_arns,
    "PermissionsBoundary": _policy_arns,
    "PolicySourceArn": lambda account: map(
        account.arn, (*account.users.values(), *account.roles.values())
    ),
    "AccessKeyId": lambda account: (
        key.id for key in account.credentials.values() if _is_usable_key(key)
    ),
    "SerialNumber": lambda account: account.devices,
    "Url": lambda account: {each.issuer for each in account.workloads.values()},
    **dict.fromkeys(("ClientID", "ClientIDList"), _audiences),
    "OpenIDConnectProviderArn": lambda account: account.oidc_providers,
    "SAMLProviderArn": lambda account: account.saml_providers,
    **dict.fromkeys(("KeyId", "TargetKeyId"), lambda account: account.kms_keys),
    "InstanceArn": lambda account: ["@instance"] if account.organization_center else (),
    "IdentityStoreId": lambda account: (
        ["@identity-store"] if account.organization_center else ()
    ),
    "PermissionSetArn": lambda account: _center_names(account, "permission-set"),
    "UserId": lambda account: _center_names(account, "user"),
    "GroupId": lambda account: _center_names(account, "group"),
    "MemberId": lambda account: (
        f"UserId={user}" for user in _center_names(account, "user")
    ),
    "ManagedPolicyArn": lambda account: (
        policy.arn for policy in aws_managed_policies.common_managed_documents()
    ),
    "CustomerManagedPolicyReference": lambda account: (
        f"Name={policy.name},Path={policy.path}" for policy in account.policies.values()
    ),
    "PrincipalId": lambda account: (
        *_center_names(account, "user"),
        *_center_names(account, "group"),
    ),
    "Bucket": lambda account: account.buckets,
    "TableName": lambda account: account.tables,
    "FunctionName": lambda account: account.functions,
    "InstanceIds": lambda account: account.instances,
    **dict.fromkeys(
        ("ParentId", "SourceParentId", "DestinationParentId"),
        lambda account: _organization_ids(account, "units"),
    ),
    "OrganizationalUnitId": lambda account: _organization_ids(account, "units"),
    "AccountId": lambda account: _organization_ids(account, "members"),
    "TargetId": lambda account: (
        *_organization_ids(account, "units"),
        *_organization_ids(account, "members"),
    ),
    "PolicyId": lambda account: (*_organization_ids(account, "policies"), *AWS_OWN),
    "RootId": lambda account: (
        [account.joined_organization.root.id] if account.joined_organization else ()
    ),
}


def whole_arns(
    account: Account, parameters: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    """Yield each parameter that needs an ARN but was given a name, with the only ARN that
    fits.
    """
    for parameter, name in parameters.items():
        if (
            parameter not in KNOWN_NAMES
            or not isinstance(name, str)
            or not name
            or name.startswith("arn:")
        ):
            continue
        ends = f"/{name.lower()}", f":{name.lower()}"
        arns = [
            arn
            for arn in KNOWN_NAMES[parameter](account)
            if arn.startswith("arn:") and arn.lower().endswith(ends)
        ]
        if len(arns) == 1:
            yield parameter, arns[0]


def _organization_ids(account: Account, collection: str) -> Iterable[str]:
    """Return the ids of the units, members or policies of the account's organization."""
    if account.joined_organization:
        return getattr(account.joined_organization, collection)
    return ()


def _is_usable_key(credential: object) -> bool:
    """Return whether a credential is an access key that isn't deleted."""
    return isinstance(credential, AccessKey) and credential.status != "Deleted"


def complete_line(line: str, account: Account) -> tuple[str, ...]:
    """Return the words that can complete the end of the line, sorted."""
    words, _ = split_line(line)
    if words and words[-1].end == len(line):
        begun = words[-1].text
    else:
        begun = ""
    before = words[: len(words) - bool(begun)]
    return tuple(
        sorted(word for word in set(_next_words(before, account)) if word.startswith(begun))
    )


def _next_words(before: tuple[Word, ...], account: Account) -> Iterable[str]:
    """Return every word that can follow these words."""
    texts = [word.text for word in before]
    match texts:
        case []:
            return ("aws", "console")
        case ["aws"]:
            return (
                *(name for name in services() if name != "console"),
                *OWN_COMMANDS,
                "help",
            )
        case ["aws", own] if own in OWN_COMMANDS:
            return (*OWN_COMMANDS[own], "help")
        case ["aws", own, verb, *rest] if verb in OWN_COMMANDS.get(own, {}):
            return (
                *OWN_COMMANDS[own][verb],
                *GLOBAL_OPTIONS,
                *(f"s3://{name}" for name in account.buckets if own == "s3"),
            )
        case ["console", *_]:
            service = "console"
            rest = texts[1:]
        case ["aws", command, *_] if command in services():
            service = services()[command].name
            rest = texts[2:]
        case _:
            return ()
    if not rest:
        return (*cli_operations(service), *(["help"] * bool(texts)))
    row = find_operation(service, rest[0])
    if row and row.simulated:
        return _option_words(row, rest[1:], account)
    return ()


def _option_words(row: Operation, rest: list[str], account: Account) -> Iterable[str]:
    """Return the values that the last option takes, and the options not given yet."""
    options_known = {**GLOBAL_OPTIONS, **operation_options(row.service, row.name)}
    last = next((text for text in reversed(rest) if text.startswith("--")), "")
    option = options_known.get(last)
    if last:
        following = len(rest) - 1 - rest[::-1].index(last)
    else:
        following = 0
    if option:
        values = tuple(_values_of_option(row, option, account, rest))
    else:
        values = ()
    if option and option.arity == "one" and following == len(rest) - 1:
        return values
    options_given = {text.partition("=")[0] for text in rest}
    unused = (name for name in options_known if name not in options_given)
    return (*(values if option and option.arity == "many" else ()), *unused)


def _values_of_option(
    row: Operation, option: Option, account: Account, rest: list[str]
) -> Iterable[str]:
    """Return the values that can follow an option: its choices, or names of existing things, and references.

    A create operation gets no names, because the existing ones are taken.
    """
    if option.name == "--profile":
        return profile_names(account)
    if option.choices or option.member is None:
        return option.choices
    shape = option.member.shape
    name = option.member.name
    if shape.element:
        element = shape.element.shape
    else:
        element = shape
    created = row.name in {f"Create{name.removesuffix('Name')}", f"Create{name}"}
    if name == "PolicyName":
        names = _inline_policy_names(account, rest)
    elif name in KNOWN_NAMES:
        names = KNOWN_NAMES[name](account)
    else:
        names = ()
    names = () if created else names
    if name in PLACEHOLDER_FORMS:
        form = (PLACEHOLDER_FORMS[name][1].partition(",")[0],)
    else:
        form = ()
    return (*element.enum, *names, *form)


def _inline_policy_names(account: Account, rest: list[str]) -> Iterable[str]:
    """Return the inline policies of the user, group or role that the line names."""
    named = {name: value for name, value in pairwise(rest) if name.startswith("--")}
    for option, holders in (
        ("--user-name", account.users),
        ("--group-name", account.groups),
        ("--role-name", account.roles),
    ):
        holder = holders.get(named.get(option, "").lower())
        if holder is not None:
            return tuple(document.policy.name for document in holder.inline.values())
    return ()


# ----------------------------------------------------------------------- help
class Help(Struct, frozen=True):
    """A row of help: a word of the line, the kind of its value, whether it is required, its limits in words."""

    word: str
    takes: str = ""
    required: bool = False
    limits: str = ""


def help_rows(service: str = "", name: str = "", waiter: str = "") -> tuple[Help, ...]:
    """Return the rows of help on a command: services, operations, or options with the
    required ones first.

    Behind `wait` they are the waiters, or the options of one. Names are those of the
    command line ("s3api", "create-user"). Unknown commands have no rows.
    """
    if not service:
        return tuple(Help(name) for name in (*services(), *OWN_COMMANDS))
    if service in OWN_COMMANDS:
        own_commands = OWN_COMMANDS[service]
        if name:
            return tuple(map(_help_row, own_commands.get(name, {}).values()))
        return tuple(map(Help, own_commands))
    model = services().get(service)
    if model is None:
        return ()
    waiters = WAITERS.get(model.name, {})
    if not name:
        return tuple(
            map(Help, (*cli_operations(model.name), *(["wait"] if waiters else [])))
        )
    if name == "wait" and waiter not in waiters:
        return tuple(map(Help, waiters))
    row = find_operation(
        model.name, kebab(waiters[waiter].operation) if name == "wait" else name
    )
    if row is None or not row.simulated:
        return ()
    own_commands = [
        option for option in operation_options(row.service, row.name).values() if option.on
    ]
    return tuple(
        _help_row(option)
        for option in sorted(own_commands, key=lambda option: not option.required)
    )


def _help_row(option: Option) -> Help:
    """Return the row of help on an option."""
    # --max-items belongs to the CLI, so IAM's limits on a parameter of that name don't apply.
    if option.member is None or option.name == MAX_ITEMS:
        if option.arity == "flag":
            takes = ""
        else:
            takes = " | ".join(option.choices) or ("integer" if option.number else "text")
        return Help(option.name, takes, option.required)
    shape = option.member.shape
    if shape.element:
        element = shape.element.shape
    else:
        element = shape
    if option.arity == "flag":
        takes = ""
    elif option.arity == "many":
        takes = f"{_value_form(element)} …"
    else:
        takes = _value_form(shape)
    if option.arity == "flag":
        name = f"{option.name} | --no-{option.name[2:]}"
    else:
        name = option.name
    return Help(name, takes, option.required, _limit_text(element))


def _value_form(shape: Shape) -> str:
    """Return how to type a value of this shape: its members, its choices, or its type."""
    match shape.type:
        case "structure":
            return ",".join(
                f"{member.name}={member.shape.type}" for member in shape.members[:6]
            )
        case "map":
            return "key=value,… or JSON"
        case _:
            return " | ".join(shape.enum) or shape.type


def _limit_text(shape: Shape) -> str:
    """Return the limits of a number or of a text's length in words, or "" if there are none."""
    if shape.type in {"integer", "long", "double"}:
        measure = ""
    else:
        measure = " characters"
    if (
        shape.type not in {"string", "integer", "long", "double"}
        or shape.minimum is shape.maximum
    ):
        return ""
    if shape.minimum is None:
        return f"at most {shape.maximum}{measure}"
    if shape.maximum:
        return f"{shape.minimum} to {shape.maximum}{measure}"
    return f"at least {shape.minimum}{measure}"
