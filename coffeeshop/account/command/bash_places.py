"""How a script finds the places and policies of an organization, whose ids are AWS's: by their names, where they are used."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.organization_requests import ID_PARAMETERS
from coffeeshop.account.command.bash_words import ScriptVariables
from coffeeshop.account.model import Account, Call
from coffeeshop.account.organization import Organization

# What the ids of an organization's root, units, policies and invitations begin with.
PLACES = ("r-", "ou-", "p-", "h-")


def forget_places(variables: ScriptVariables) -> None:
    """Takes the variables of an organization's ids for unset, so that whatever comes next looks them up again."""
    for id in [id for id in variables.names if id.startswith(PLACES)]:
        del variables.names[id]


def places(
    variables: ScriptVariables, account: Account, call: Call, profile: str
) -> Iterator[str]:
    """Yields the lines that set the variables of what a call names of an organization's, as far as none is set yet."""
    for above in account.organizations if call.service == "organizations" else ():
        for parameter in ID_PARAMETERS:
            yield from _looked_up(variables, above, call.text(parameter), profile)


def _looked_up(
    variables: ScriptVariables, above: Organization, id: str, profile: str
) -> Iterator[str]:
    if id in variables.names:
        return
    if unit := above.units.get(id):
        yield from _looked_up(variables, above, unit.parent, profile) if unit.parent else ()
        if unit.parent:
            asked = ("list-organizational-units-for-parent", "--parent-id", unit.parent)
        else:
            asked = ("list-roots",)
        if unit.parent:
            path = _named("OrganizationalUnits", unit.name)
        else:
            path = "Roots[0].Id"
        yield _line(
            variables,
            id,
            f"{unit.name} UNIT" if unit.parent else "TOP",
            asked,
            path,
            profile,
        )
    elif policy := above.policies.get(id):
        asked = ("list-policies", "--filter", policy.type)
        yield _line(
            variables,
            id,
            f"{policy.name} POLICY",
            asked,
            _named("Policies", policy.name),
            profile,
        )
    elif invitation := above.invitations.get(id):
        asked = ("list-handshakes-for-account",)
        path = "Handshakes[?State=='OPEN' || State=='REQUESTED'].Id | [0]"
        yield _line(variables, id, f"HANDSHAKE {invitation.account}", asked, path, profile)


def _named(list: str, name: str) -> str:
    return f"{list}[?Name=='{name.replace(chr(39), '')}'].Id | [0]"


def _line(
    variables: ScriptVariables,
    id: str,
    called: str,
    asked: tuple[str, ...],
    path: str,
    profile: str,
) -> str:
    words = [
        variables.word(word)
        for word in (*asked, "--query", path, *(["--profile", profile] if profile else []))
    ]
    variables.names[id] = name = variables.new_variable(called)
    variables.used.add(name)
    return f"{name}=$(aws organizations {' '.join(words)} --output text)"
