"""Write the lines with which a script looks up KMS keys by alias, the organization's id, and its units, policies and
invitations by name.

Their ids are AWS's, so they differ in the reader's account and organization.
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.kms_requests import KEY_ID, alias_names
from coffeeshop.account.access.organization_requests import ID_PARAMETERS
from coffeeshop.account.command.bash_center import center_lines
from coffeeshop.account.command.bash_words import ScriptVariables
from coffeeshop.account.model import Account, Call
from coffeeshop.account.organization import Organization

# The prefixes of the ids of an organization, its root, units, policies and invitations.
PLACE_PREFIXES = ("o-", "r-", "ou-", "p-", "h-", "d-", "arn:aws:sso:")


def forget_places(variables: ScriptVariables) -> None:
    """Forget the variables of KMS keys and of an organization's ids, so that the next call
    looks them up again.
    """
    ids = [
        id for id in variables.names if id.startswith(PLACE_PREFIXES) or KEY_ID.search(id)
    ]
    for id in ids:
        del variables.names[id]


def place_lines(
    variables: ScriptVariables, account: Account, call: Call, profile: str
) -> Iterator[str]:
    """Yield the lines that look up the KMS keys and the organization's ids in a call, unless
    a variable holds them already.
    """
    yield from _key_lines(variables, account, call, profile)
    yield from center_lines(variables, account, call, profile)
    if call.service == "access-analyzer":
        for id in (*call.words("ids"), *filter(None, (call.text("id"),))):
            if id not in variables.names:
                variables.ask_reader(id, "FINDING", "the id of a finding")
    for organization in account.organizations:
        id = organization.id
        if id in str(call.parameters) and id not in variables.names:
            listing = ("describe-organization",)
            path = "Organization.Id"
            yield _lookup_line(variables, id, "ORGANIZATION", listing, path, profile)
    for organization in account.organizations if call.service == "organizations" else ():
        for parameter in ID_PARAMETERS:
            yield from _lookup_lines(variables, organization, call.text(parameter), profile)


def _key_lines(
    variables: ScriptVariables, account: Account, call: Call, profile: str
) -> Iterator[str]:
    """Yield the lines that look up the KMS keys in a call by their alias. A key without one is asked for."""
    if not account.kms_keys:
        return
    text = str(call.parameters)
    for id, key in account.kms_keys.items():
        if id not in text or id in variables.names:
            continue
        aliases = alias_names(account, key)
        if not aliases:
            variables.ask_reader(id, "KEY", "the id of a KMS key")
            continue
        name = variables.new_variable(f"{aliases[0].removeprefix('alias/')} KEY")
        variables.names[id] = name
        words = ["--profile", profile] if profile else []
        options = " ".join(map(variables.word, ("--key-id", aliases[0], *words)))
        yield f"{name}=$(aws kms describe-key {options} --query KeyMetadata.KeyId --output text)"


def _lookup_lines(
    variables: ScriptVariables, organization: Organization, id: str, profile: str
) -> Iterator[str]:
    """Yield the lines that look up one id. For a unit, its parents are looked up first."""
    if id in variables.names:
        return
    if unit := organization.units.get(id):
        yield from (
            _lookup_lines(variables, organization, unit.parent, profile)
            if unit.parent
            else ()
        )
        if unit.parent:
            listing = ("list-organizational-units-for-parent", "--parent-id", unit.parent)
        else:
            listing = ("list-roots",)
        if unit.parent:
            path = _id_query("OrganizationalUnits", unit.name)
        else:
            path = "Roots[0].Id"
        yield _lookup_line(
            variables,
            id,
            f"{unit.name} UNIT" if unit.parent else "TOP",
            listing,
            path,
            profile,
        )
    elif policy := organization.policies.get(id):
        listing = ("list-policies", "--filter", policy.type)
        yield _lookup_line(
            variables,
            id,
            f"{policy.name} POLICY",
            listing,
            _id_query("Policies", policy.name),
            profile,
        )
    elif invitation := organization.invitations.get(id):
        listing = ("list-handshakes-for-account",)
        path = "Handshakes[?State=='OPEN' || State=='REQUESTED'].Id | [0]"
        yield _lookup_line(
            variables, id, f"HANDSHAKE {invitation.account}", listing, path, profile
        )


def _id_query(list: str, name: str) -> str:
    """Return the JMESPath expression for the id of the element with this name. Single quotes (39) can't be in it."""
    return f"{list}[?Name=='{name.replace(chr(39), '')}'].Id | [0]"


def _lookup_line(
    variables: ScriptVariables,
    id: str,
    label: str,
    listing: tuple[str, ...],
    path: str,
    profile: str,
) -> str:
    """Return the line that sets a new variable to an id, and note the variable."""
    words = [
        variables.word(word)
        for word in (
            *listing,
            "--query",
            path,
            *(["--profile", profile] if profile else []),
        )
    ]
    variables.names[id] = name = variables.new_variable(label)
    variables.used.add(name)
    return f"{name}=$(aws organizations {' '.join(words)} --output text)"
