"""What *allowed* means, for a reader: no index, no caches, no cleverness. The engine is held to this by random testing.

Read it from `verdict` downwards. It shares with the engine the nouns of the model and the reading of numbers, dates and
addresses; wildcards, variables, conditions, principals and the joining of layers are written here a second time.
"""

import re
from collections.abc import Callable

from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Request,
    Standing,
    Statement,
)

Context = dict[str, tuple[str, ...]]


# ------------------------------------------------------------------------ the verdict
def verdict(standing: Standing, request: Request) -> str:
    """allowed, explicitDeny or implicitDeny."""
    if request.action.lower() in ("sts:getcalleridentity", "sts:getsessiontoken"):
        return "allowed"
    layers = [
        layer for layer in standing.layers if bears(layer, standing.principal, request)
    ]
    if any(speaking("Deny", layer, standing, request) for layer in layers):
        return "explicitDeny"
    return (
        "allowed"
        if granted(layers, standing, request) and capped(layers, standing, request)
        else "implicitDeny"
    )


def bears(layer: Layer, who: Principal, request: Request) -> bool:
    """Root is bound by nothing of its own; a resource's policy speaks of it and what lies in it; trust of taking the role."""
    if layer.kind in (Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION):
        return who.kind != "root"
    if layer.kind is Kind.TRUST:
        return request.action.lower().startswith("sts:") and layer.on in (
            "*",
            request.resource,
        )
    if layer.kind is Kind.RESOURCE:
        return layer.on in ("*", request.resource) or request.resource.startswith(
            layer.on + "/"
        )
    return True


def granted(layers: list[Layer], standing: Standing, request: Request) -> bool:
    who = standing.principal
    identity = who.kind == "root" or any(
        speaking("Allow", layer, standing, request)
        for layer in layers
        if layer.kind is Kind.IDENTITY
    )
    joined = [
        statement
        for layer in layers
        if layer.kind in (Kind.RESOURCE, Kind.TRUST)
        for statement in speaking("Allow", layer, standing, request)
    ]
    outside = who.kind in ("service", "anonymous") or (
        who.kind == "federated" and not who.account
    )
    if outside:
        return bool(joined)
    if across(who, request):
        return identity and bool(joined)
    trust = any(layer.kind is Kind.TRUST for layer in layers)
    kms = request.action.lower().startswith("kms:") and any(
        layer.kind is Kind.RESOURCE
        and (layer.on == "*" or (":kms:" in layer.on and ":alias/" not in layer.on))
        for layer in layers
    )
    if (trust or kms) and not joined:
        return False
    return identity or any(not only_delegates(statement, who) for statement in joined)


def capped(layers: list[Layer], standing: Standing, request: Request) -> bool:
    """Every cap allows: SCPs and RCPs always, boundary and session policy unless at home the very principal is named, or
    everybody."""
    who = standing.principal
    named = not across(who, request) and any(
        names_very(statement, who)
        for layer in layers
        if layer.kind in (Kind.RESOURCE, Kind.TRUST)
        for statement in speaking("Allow", layer, standing, request)
    )
    binding = (
        [Kind.SCP, Kind.RCP] if named else [Kind.SCP, Kind.RCP, Kind.BOUNDARY, Kind.SESSION]
    )
    return all(
        speaking("Allow", layer, standing, request)
        for layer in layers
        if layer.kind in binding
    )


def across(who: Principal, request: Request) -> bool:
    """Both accounts are known, and differ."""
    return request.account != who.account and "" not in (request.account, who.account)


# ----------------------------------------------------------------------- statements
def speaking(
    effect: str, layer: Layer, standing: Standing, request: Request
) -> list[Statement]:
    return [
        s
        for policy in layer.policies
        for s in policy.statements
        if s.effect == effect and about(s, policy, layer, standing, request)
    ]


def about(
    statement: Statement, policy: Policy, layer: Layer, standing: Standing, request: Request
) -> bool:
    context = context_of(standing, request)
    variables = policy.version == "2012-10-17"
    whole = completed if layer.kind in (Kind.IDENTITY, Kind.BOUNDARY) else str
    return (
        element(
            statement.actions,
            lambda pattern: like(plain(pattern.lower()), request.action.lower()),
        )
        and (
            statement.resources is None
            or element(
                statement.resources,
                lambda pattern: resource(
                    whole(pattern), request.resource, context, variables
                ),
            )
        )
        and (
            statement.principals is None
            or principal(statement.principals, standing, statement.effect)
        )
        and all(condition(one, context, variables) for one in statement.conditions)
    )


def context_of(standing: Standing, request: Request) -> Context:
    fixed = {
        key.lower(): ("",) if value is PRESENT else value
        for key, value in standing.fixed.items()
        if value
    }
    return {
        **fixed,
        **{key.lower(): values for key, values in request.context.items() if values},
    }


def element(written: Element, matches: Callable[[str], bool]) -> bool:
    return any(matches(value) for value in written.values) is not written.negated


# ------------------------------------------------------------------------- wildcards
# A pattern is a list of tokens: one character, or "any" (a run), or "one" (a character), each also "…-but-colon".
def plain(text: str) -> list[str]:
    return [{"*": "any", "?": "one"}.get(character, character) for character in text]


def like(pattern: list[str], text: str) -> bool:
    """By dynamic programming: the set of places in the text that the pattern so far can end at."""
    ends = {0}
    for token in pattern:
        if token in ("any", "any-but-colon"):
            reached: set[int] = set()
            for end in ends:
                reached.add(end)
                while end < len(text) and (token == "any" or text[end] != ":"):
                    end += 1
                    reached.add(end)
            ends = reached
        else:
            ends = {end + 1 for end in ends if end < len(text) and takes(token, text[end])}
    return len(text) in ends


def takes(token: str, character: str) -> bool:
    return (
        token == "one"
        or (token == "one-but-colon" and character != ":")
        or token == character
    )


def arn(pattern: list[str]) -> list[str]:
    """Wildcards of the first five segments take no colon; a pattern of stars alone is everything."""
    if pattern and all(token == "any" for token in pattern):
        return pattern
    colons = 0
    tokens: list[str] = []
    for token in pattern:
        colons += token == ":"
        tokens.append(
            f"{token}-but-colon" if token in ("any", "one") and colons < 5 else token
        )
    return tokens


def resource(pattern: str, asked: str, context: Context, variables: bool) -> bool:
    """Variables stand in the sixth segment only: elsewhere `${…}` is plain text, in which `*` is still a wildcard."""
    head = (
        len(":".join(re.split(r":(?![^{]*\})", pattern)[:5])) if variables else len(pattern)
    )
    tokens = written(pattern[head:], context, variables)
    return tokens is not None and like(arn(plain(pattern[:head]) + tokens), asked)


def completed(pattern: str) -> str:
    """What an identity policy or a boundary means by an ARN: the fields that it lacks are `*`."""
    fields = re.split(r":(?![^{]*\})", pattern)
    if (
        re.match(r"arn:(\*|aws(-[a-z]+)*):[A-Za-z0-9-]+(:|$)", pattern)
        and len(fields) < 6
        and "" not in fields[:-1]
    ):
        return ":".join((*fields, *["*"] * (6 - len(fields))))
    return pattern


# ------------------------------------------------------------------------- variables
def written(
    text: str, context: Context, variables: bool, wild: bool = True
) -> list[str] | None:
    """The tokens of a text with its variables written in, None where one has no value."""
    tokens: list[str] = []
    for piece in re.split(r"(\$\{[^{}]*\})", text) if variables else [text]:
        if not (variables and re.fullmatch(r"\$\{[^{}]*\}", piece)):
            tokens += plain(piece) if wild else list(piece)
        elif piece[2:-1] in ("*", "?", "$"):
            tokens.append(piece[2])
        else:
            name, _, default = piece[2:-1].partition(",")
            absent = (default.strip().strip("'"),) if default else ()
            values = context.get(name.strip().lower(), absent)
            if len(values) != 1:
                return None
            tokens += list(values[0])
    return tokens


# ------------------------------------------------------------------------ conditions
def condition(one: Condition, context: Context, variables: bool) -> bool:
    key = one.key.lower()
    values = context.get(key)
    if one.operator == "Null":
        if values is None and one.quantifier:
            return one.quantifier == "ForAllValues"
        return ("true" if values is None else "false") in [
            value.lower() for value in one.values
        ]
    negated = OPERATORS[one.operator].negated

    def holds(value: str) -> bool:
        if one.operator in ("ArnNotEquals", "ArnNotLike") and (
            value[:4] != "arn:" or value.count(":") < 5
        ):
            return False
        return (
            any(
                related(one.operator, value, text, context, variables)
                for text in one.values
            )
            is not negated
        )

    match one.quantifier:
        case "ForAllValues":
            return all(holds(value) for value in values or () if value)
        case "ForAnyValue":
            return (values is None and one.if_exists) or any(
                holds(value) for value in values or () if value
            )
        case _:
            if values is None:
                return one.if_exists or negated
            return len(values) == 1 and holds(values[0])


def related(
    operator: str, value: str, text: str, context: Context, variables: bool
) -> bool:
    kind = OPERATORS[operator].type
    if kind not in ("String", "ARN"):
        return OPERATORS[operator].test(value, text)
    tokens = written(text, context, variables, wild=kind == "ARN" or "Like" in operator)
    if tokens is None:
        return False
    if kind == "ARN":
        return like(arn(tokens), value)
    if "IgnoreCase" in operator:
        return "".join(tokens).lower() == value.lower()
    return like(tokens, value)


# ------------------------------------------------------------------------ principals
def names(who: Principal) -> dict[str, set[tuple[str, str]]]:
    """The names of a principal: of its account, of the role of a session (the user of a federated one), its own."""
    account = (
        {("AWS", who.account), ("AWS", f"arn:aws:iam::{who.account}:root")}
        if who.account
        else set[tuple[str, str]]()
    )
    role = {("AWS", name) for name in (who.role_arn, who.role_id) if name}
    own = {("AWS", name) for name in (who.arn, who.id) if name} - role
    match who.kind:
        case "anonymous":
            groups: dict[str, set[tuple[str, str]]] = {}
        case "root" | "account":
            groups = {"account": account}
        case "service":
            groups = {"own": {("Service", who.arn)}}
        case "federated":
            groups = {
                "account": account,
                "role": role,
                "own": own | {("Federated", who.arn)},
            }
        case _:
            groups = {"account": account, "role": role, "own": own}
    return {name: group for name, group in groups.items() if group}


def principal(principals: Principals, standing: Standing, effect: str) -> bool:
    who, listed = standing.principal, set(principals.entries)
    bounded = who.kind != "root" and Kind.BOUNDARY in [
        layer.kind for layer in standing.layers
    ]
    if principals.negated and effect == "Deny" and bounded:
        return True
    hit = [bool(listed & group) for group in names(who).values()]
    if not principals.negated:
        return ("AWS", "*") in listed or any(hit)
    if ("AWS", "*") in listed:
        return False
    spared = bool(hit) and all(hit) if effect == "Deny" else any(hit)
    return not spared


def only_delegates(statement: Statement, who: Principal) -> bool:
    """Names the account and neither everyone nor whoever asks."""
    if (
        statement.principals is None
        or statement.principals.negated
        or ("AWS", "*") in statement.principals.entries
    ):
        return False
    return not any(
        set(statement.principals.entries) & group
        for name, group in names(who).items()
        if name != "account"
    )


def names_very(statement: Statement, who: Principal) -> bool:
    if statement.principals is None:
        return True
    listed = set(statement.principals.entries)
    return not statement.principals.negated and (
        ("AWS", "*") in listed or bool(listed & names(who).get("own", set()))
    )
