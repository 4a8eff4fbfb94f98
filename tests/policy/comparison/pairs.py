"""Random pairs of standings with every operator, and random requests near what they say: what attacks the comparison.

Everything draws from a `Random` that the caller hands in, so Hypothesis (`st.randoms`) and a script with a seed can both
drive it. The reference policy is mostly the new one with some changes, so that about half of the pairs are within.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random  # noqa: TID251 -- only the type: the dice are handed in

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.arn import complete_arn
from coffeeshop.policy.language.conditions import AN_ARN
from coffeeshop.policy.language.patterns import Wild, matcher
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Fixed,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Request,
    Standing,
    Statement,
)

ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:Get*",
    "s3:*Object",
    "s3:*",
    "*",
    "s3:?etObject",
    "S3:getobject",
    "dynamodb:GetItem",
    "dynamodb:*Item",
    "dynamodb:Query",
    "iam:PassRole",
    "iam:CreateUser",
    "iam:*User",
    "sts:AssumeRole",
    "sts:*",
    "s3:*O*t",
]
RESOURCES = [
    "*",
    "arn:aws:s3:::receipts",
    "arn:aws:s3:::receipts/*",
    "arn:aws:s3:::receipts/2026/*",
    "arn:aws:s3:::rec*",
    "arn:aws:s3:::*/2026/*",
    "arn:aws:s3:::?eceipts",
    "arn:aws:s3:::menus/*.json",
    "arn:aws:s3:::menus/a?b",
    "arn:aws:dynamodb:*:111122223333:table/Menu",
    "arn:aws:dynamodb:us-east-1:*:table/*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::111122223333:role/Barista",
    "arn:aws:iam::*:user/casey",
    "arn:aws:s3:::*x*",
    "arn:aws:s3:::*y*z*",
    "arn:aws:*:*:*:*",
    complete_arn("arn:aws:dynamodb"),
    complete_arn("arn:aws:dynamodb:us-*"),
]
OF_TYPE = {
    "String": (
        ("aws:PrincipalTag/team", "s3:prefix", "aws:TagKeys", "aws:UserAgent"),
        [
            "a",
            "b",
            "ab",
            "a*",
            "*b",
            "?b",
            "receipts/*",
            "receipts/2026/*",
            "*",
            "A",
            "aB",
            "*a*b*",
        ],
    ),
    "ARN": (
        ("aws:SourceArn",),
        [
            "arn:aws:s3:::receipts",
            "arn:aws:s3:::*",
            "arn:aws:*:*:111122223333:*",
            "arn:aws:sns:us-east-1:111122223333:orders",
            "*",
        ],
    ),
    "Numeric": (
        ("s3:max-keys", "aws:MultiFactorAuthAge"),
        ["0", "5", "10", "10.0", "10.5", "1e1", "-3", "3600"],
    ),
    "Date": (
        ("aws:CurrentTime", "aws:TokenIssueTime"),
        [
            "2026-01-01T00:00:00Z",
            "2026-01-01",
            "2026-01-01T02:00:00+02:00",
            "1767225600",
            "2025-06-30T12:30:00.5Z",
            "2027",
        ],
    ),
    "Bool": (("aws:SecureTransport", "aws:MultiFactorAuthPresent"), ("true", "false")),
    "Binary": (("example:Blob",), ["YQ==", "YWI=", "eA=="]),
    "IPAddress": (
        ("aws:SourceIp", "aws:VpcSourceIp"),
        [
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.3",
            "0.0.0.0/0",
            "203.0.113.0/24",
            "2001:db8::/32",
            "2001:DB8:0::7",
            "::/0",
        ],
    ),
}
OPERATORS = {
    "String": [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ],
    "ARN": ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
    "Numeric": [
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
    ],
    "Date": [
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
    ],
    "Bool": ["Bool"],
    "Binary": ["BinaryEquals"],
    "IPAddress": ["IpAddress", "NotIpAddress"],
}


# ------------------------------------------------------------------ policies
def some(dice: Random, pool: tuple[str, ...] | list[str], most: int) -> tuple[str, ...]:
    """A few of the pool, without repetition."""
    return tuple(dice.sample(pool, dice.randint(1, min(most, len(pool)))))


def condition(dice: Random) -> Condition:
    """A condition with any operator on a key of its type."""
    kind = dice.choice([*OF_TYPE, "String", "String"])
    keys, literals = OF_TYPE[kind]
    key = dice.choice(keys)
    if dice.random() < 0.12:
        return Condition(
            "Null",
            key,
            (dice.choice(("true", "false")),),
            dice.choice(("", "", "ForAllValues", "ForAnyValue")),
        )
    quantifier = (
        dice.choice(("ForAllValues", "ForAnyValue"))
        if dice.random() < (0.8 if key == "aws:TagKeys" else 0.1)
        else ""
    )
    return Condition(
        dice.choice(OPERATORS[kind]),
        key,
        some(dice, literals, 3),
        quantifier,
        dice.random() < 0.25,
    )


def statement(dice: Random, effect: str | None = None) -> Statement:
    """A statement with up to three conditions; one in ten has NotAction, one in ten NotResource."""
    effect = effect or ("Deny" if dice.random() < 0.25 else "Allow")
    actions = Element(some(dice, ACTIONS, 3), dice.random() < 0.1)
    resources = Element(some(dice, RESOURCES, 3), dice.random() < 0.1)
    conditions = tuple(condition(dice) for _ in range(dice.choice((0, 0, 1, 1, 2, 3))))
    return Statement(
        "Allow" if effect == "Allow" else "Deny", actions, resources, conditions=conditions
    )


def policy(dice: Random, most: int = 3) -> Policy:
    """Up to `most` statements, the first an Allow."""
    return Policy(
        (
            statement(dice, "Allow"),
            *(statement(dice) for _ in range(dice.randint(0, most - 1))),
        ),
        name=f"p{dice.randint(0, 9)}",
    )


def relative(dice: Random, one: Policy) -> Policy:
    """The policy with a few changes, mostly ones that allow more."""
    statements = list(one.statements)
    for _ in range(dice.randint(0, 3)):
        at = dice.randrange(len(statements))
        changed = dice.choice(CHANGES)(dice, statements[at])
        if changed or len(statements) > 1:
            statements[at : at + 1] = changed
    dice.shuffle(statements)
    return Policy(tuple(statements), name=one.name)


def _split(dice: Random, old: Statement) -> list[Statement]:
    first, rest = old.actions.values[:1], old.actions.values[1:]
    if not rest or old.actions.negated:
        return [old]
    return [replace(old, actions=Element(half)) for half in (first, rest)]


def _more_actions(dice: Random, old: Statement) -> list[Statement]:
    return [
        replace(
            old,
            actions=Element(
                (*old.actions.values, dice.choice(ACTIONS)), old.actions.negated
            ),
        )
    ]


def _more_resources(dice: Random, old: Statement) -> list[Statement]:
    if old.resources is None:
        return [old]
    return [
        replace(
            old,
            resources=Element(
                (*old.resources.values, dice.choice(RESOURCES)), old.resources.negated
            ),
        )
    ]


CHANGES: tuple[Callable[[Random, Statement], list[Statement]], ...] = (
    _split,
    _more_actions,
    _more_resources,
    lambda dice, old: [],
    lambda dice, old: [old, replace(statement(dice), principals=old.principals)],
    lambda dice, old: [replace(old, conditions=old.conditions[1:])],
    lambda dice, old: [replace(old, conditions=(*old.conditions, condition(dice)))],
)


def pair(dice: Random, most: int = 3) -> tuple[Standing, Standing]:
    """Two bare policies."""
    new = policy(dice, most)
    return Standing.of(new), Standing.of(
        relative(dice, new) if dice.random() < 0.8 else policy(dice, most)
    )


ACCOUNT = "111122223333"
CASEY = Principal(f"arn:aws:iam::{ACCOUNT}:user/casey", ACCOUNT, "AIDACKCEVSQ6C2EXAMPLE")
TILL = f"arn:aws:iam::{ACCOUNT}:role/Till"
WHO = (
    CASEY,
    CASEY,
    Principal(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Till/casey",
        ACCOUNT,
        "AROADBQP57FF2AEXAMPLE:casey",
        "role",
        TILL,
        "AROADBQP57FF2AEXAMPLE",
    ),
    Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT, "root"),
    Principal("lambda.amazonaws.com", "", "lambda.amazonaws.com", "service"),
    Principal("anonymous", "", "anonymous", "anonymous"),
    Principal(
        "arn:aws:iam::444455556666:user/partner", "444455556666", "AIDAPARTNEREXAMPLE"
    ),
)
NAMES = (
    *(
        ("AWS", name)
        for name in (
            "*",
            ACCOUNT,
            CASEY.arn,
            CASEY.id,
            TILL,
            WHO[2].arn,
            "arn:aws:iam::444455556666:root",
            WHO[6].arn,
        )
    ),
    ("Service", "lambda.amazonaws.com"),
    ("Service", "ec2.amazonaws.com"),
    ("Federated", "accounts.google.com"),
)
FIXED: dict[str, tuple[Fixed, ...]] = {
    "aws:PrincipalTag/team": (("a",), ("ab",), None),
    "aws:MultiFactorAuthPresent": (("true",), ("false",), None),
    "aws:MultiFactorAuthAge": (PRESENT, None),
    "aws:TokenIssueTime": (PRESENT, None, ("2026-01-01T00:00:00Z",)),
    "aws:username": (("casey",), ("*",)),
}


def layered(dice: Random) -> tuple[Standing, Standing]:
    """Two standings of somebody behind boundary, session policy, SCPs and RCPs, before resources with policies."""
    fixed = {
        key: dice.choice(values)
        for key, values in FIXED.items()
        if key in ("aws:username", "aws:PrincipalTag/team") or dice.random() < 0.4
    }
    kinds = [
        kind
        for kind in (Kind.BOUNDARY, Kind.SESSION, Kind.SCP, Kind.SCP, Kind.RCP)
        if dice.random() < 0.3
    ]
    layers = [
        Layer(Kind.IDENTITY, (policy(dice), personal(dice, policy(dice)))),
        *(Layer(kind, (policy(dice, 2),)) for kind in kinds),
    ]
    for kind, on in (
        (Kind.RESOURCE, "arn:aws:s3:::receipts"),
        (Kind.RESOURCE, "arn:aws:s3:::menus"),
        (Kind.TRUST, TILL),
    ):
        if dice.random() < 0.4:
            layers.append(Layer(kind, (named(dice, policy(dice), kind),), on))
    other = [
        Layer(layer.kind, tuple(relative(dice, one) for one in layer.policies), layer.on)
        for layer in layers
    ]
    if dice.random() < 0.5:
        dropped = dice.randrange(len(other))
        other = [
            layer
            for at, layer in enumerate(other)
            if at != dropped or layer.kind is Kind.IDENTITY
        ]
    who = dice.choice(WHO)
    return Standing(who, tuple(layers), fixed), Standing(
        who, tuple(other), fixed if dice.random() < 0.7 else {}
    )


def open_to_all(dice: Random) -> tuple[Standing, Standing]:
    """Two resource-based policies by themselves."""
    new = named(dice, policy(dice), Kind.RESOURCE)
    return Standing.of(new), Standing.of(relative(dice, new))


def named(dice: Random, one: Policy, kind: Kind) -> Policy:
    """The policy as a resource's: every statement with principals; as a role's, about taking it and without resources."""
    statements: list[Statement] = []
    for old in one.statements:
        principals = Principals(
            some(dice, NAMES, 3), old.effect == "Deny" and dice.random() < 0.3
        )
        trust = kind is Kind.TRUST
        actions = Element(("sts:AssumeRole",)) if trust else old.actions
        statements.append(
            Statement(
                old.effect,
                actions,
                None if trust else old.resources,
                principals,
                old.conditions,
            )
        )
    return Policy(tuple(statements), name=f"of a {kind}")


def personal(dice: Random, one: Policy) -> Policy:
    """The policy with a policy variable in some of its resources and conditions."""
    mine = (
        "arn:aws:s3:::receipts/${aws:username}/*",
        "arn:aws:s3:::home-${aws:PrincipalTag/team, 'none'}/*",
        "arn:aws:iam::*:user/${aws:username}",
    )
    statements: list[Statement] = []
    for old in one.statements:
        resources = (
            Element((dice.choice(mine), *old.resources.values[1:]), old.resources.negated)
            if old.resources and dice.random() < 0.6
            else old.resources
        )
        more = (
            (
                Condition(
                    "StringLike",
                    "s3:prefix",
                    ("${aws:username}/*", "${aws:PrincipalTag/team}"),
                ),
            )
            if dice.random() < 0.2
            else ()
        )
        statements.append(
            Statement(old.effect, old.actions, resources, None, (*old.conditions, *more))
        )
    return Policy(tuple(statements), name=one.name)


# ------------------------------------------------------------------ requests
def request(dice: Random, *standings: Standing) -> Request:
    """A request near what the standings say: their own literals, filled in and nudged."""
    statements = [
        s
        for one in standings
        for layer in one.layers
        for p in layer.policies
        for s in p.statements
    ]
    action = filled(
        dice, dice.choice([value for s in statements for value in s.actions.values])
    )
    resource = filled(
        dice,
        dice.choice(
            [value for s in statements if s.resources for value in s.resources.values]
        ),
    )
    context: dict[str, tuple[str, ...]] = {}
    for one in {c.key: c for s in statements for c in s.conditions}.values():
        if dice.random() < 0.7:
            several = dice.randint(1, 3) if one.key == "aws:TagKeys" else 1
            literals = [
                value
                for s in statements
                for c in s.conditions
                if c.key == one.key and c.operator != "Null"
                for value in c.values
            ]
            context[one.key] = tuple(
                dict.fromkeys(held(dice, one.key, literals) for _ in range(several))
            )
    fixed = {key: value for one in standings for key, value in one.fixed.items()}
    # What one side fixes holds for both.
    lent = {key: value for key, value in fixed.items() if isinstance(value, tuple)}
    free = {
        key: values for key, values in context.items() if fixed.get(key, PRESENT) is PRESENT
    }
    return Request(action, resource or "x", free | lent)


def typed_request(dice: Random, domain: Domain, *standings: Standing) -> Request | None:
    """The same as a request of the typed domain: an action of the catalogue, its resources, the keys it can carry."""
    near = request(dice, *standings)
    names = catalog.expand_pattern(
        dice.choice(
            (
                near.action,
                "s3:*",
                "dynamodb:*",
                "iam:*User*",
                "iam:PassRole",
                "sts:AssumeRole",
            )
        )
    )
    if not names:
        return None
    action = dice.choice(names)
    target = dice.choice(domain.resource_classes(action, standings[0].principal.account))
    shown = (
        near.resource
        if matcher(target.pattern.tokens)(near.resource)
        else "".join(spelled(dice, token) for token in target.pattern.tokens)
    )
    always = {
        "aws:CurrentTime": ("2026-01-01T00:00:00Z",),
        "aws:SecureTransport": ("true",),
        "aws:EpochTime": ("1767225600",),
    }
    fixed = {key.lower() for one in standings for key in one.fixed}
    context = {
        key: values
        for key, values in near.context.items()
        if key.lower() in fixed or domain.can_carry(action, key)
    }
    is_arn = matcher(AN_ARN.tokens)
    odd = {key for key in OF_TYPE["ARN"][0] if not all(map(is_arn, context.get(key, ())))}
    context = {key: values for key, values in context.items() if key not in odd}
    return Request(action, shown, always | context, target.account)


def spelled(dice: Random, token: str | Wild) -> str:
    """What a token of a resource type's format may stand for."""
    if isinstance(token, str):
        return token
    words = (
        ("", "x", "y1z", "ab")
        if token.excluded_characters
        else ("", "x", "2026/", "Till", "casey", "casey/x")
    )
    return dice.choice(words) if token.matches_many else dice.choice("xa")


def filled(dice: Random, pattern: str) -> str:
    """A text that the pattern matches, and now and then one that it just misses."""
    text = "".join(
        dice.choice(("", "x", "ab", "2026/", "y1z", "a:b/c"))
        if c == "*"
        else dice.choice("abxz")
        if c == "?"
        else c
        for c in pattern
    )
    return (
        text + "x"
        if dice.random() < 0.1
        else text.swapcase()
        if dice.random() < 0.03
        else text
    )


def held(dice: Random, key: str, literals: list[str]) -> str:
    """A value of the key's type, at or beside one of these literals."""
    kind = next(name for name, (keys, _) in OF_TYPE.items() if key in keys)
    near = dice.choice(literals or list(OF_TYPE[kind][1]))
    match kind:
        case "Numeric":
            return f"{float(near) + dice.choice((-1, -0.25, 0, 0, 0.25, 1)):.3f}"
        case "Date":
            return dice.choice(
                (
                    near,
                    "2025-06-30T12:30:00Z",
                    "2025-12-31T23:59:59.5Z",
                    "2026-01-01T00:00:00.25Z",
                    "2026-07-01",
                    "2030",
                )
            )
        case "IPAddress":
            address = re.split("/", near)[0]
            return dice.choice(
                (
                    address,
                    "10.1.2.4",
                    "10.255.0.1",
                    "11.0.0.0",
                    "203.0.113.255",
                    "2001:db8::8",
                    "2001:db9::",
                )
            )
        case "Bool":
            return dice.choice(("true", "false"))
        case "Binary":
            return dice.choice((near, "Yg=="))
        case _:
            return filled(dice, near)


# ------------------------------------------------------------ for the benchmark
SERVICES = {
    "s3": (
        [
            "GetObject",
            "PutObject",
            "ListBucket",
            "DeleteObject",
            "GetObjectTagging",
            "GetBucketLocation",
            "Get*",
            "List*",
            "*",
        ],
        "arn:aws:s3:::shop-{}{}",
        ("", "/*", "/receipts/*", "/menus/*.json", "*"),
    ),
    "dynamodb": (
        ["GetItem", "PutItem", "Query", "Scan", "UpdateItem", "*Item", "Batch*", "*"],
        "arn:aws:dynamodb:us-east-1:111122223333:table/shop-{}{}",
        ("", "/index/*", "*"),
    ),
    "sqs": (
        ["SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueue*", "*"],
        "arn:aws:sqs:*:111122223333:shop-{}{}",
        ("", "-dead", "*"),
    ),
    "iam": (
        ["PassRole", "CreateUser", "GetRole", "List*", "*AccessKey"],
        "arn:aws:iam::111122223333:role/shop-{}{}",
        ("", "/*", "*"),
    ),
    "lambda": (
        ["InvokeFunction", "GetFunction", "UpdateFunctionCode", "Get*"],
        "arn:aws:lambda:us-east-1:111122223333:function:shop-{}{}",
        ("", ":*", "*"),
    ),
}


def ordinary(dice: Random, conditions: bool) -> Statement:
    """A statement as people write them: one service, a few actions, a few resources of a dozen."""
    service = dice.choice(tuple(SERVICES))
    names, arn, endings = SERVICES[service]
    actions = tuple(f"{service}:{name}" for name in some(dice, names, 4))
    resources = tuple(
        arn.format(dice.randrange(12), dice.choice(endings))
        for _ in range(dice.randint(1, 3))
    )
    found = (
        tuple(condition(dice) for _ in range(dice.choice((0, 1, 1, 2))))
        if conditions
        else ()
    )
    single = tuple(one for one in found if one.key != "aws:TagKeys")
    return Statement(
        "Deny" if dice.random() < 0.12 else "Allow",
        Element(actions),
        Element(resources),
        conditions=single,
    )


def sized(dice: Random, count: int, conditions: bool) -> tuple[Standing, Standing]:
    """Two policies of about so many ordinary statements, half of the pairs within one another."""
    new = [ordinary(dice, conditions) for _ in range(count)]
    old = new + [ordinary(dice, conditions) for _ in range(count // 10)]
    old = [s for s in old if s.effect == "Allow" or dice.random() < 0.8 or s in new]
    for _ in range(dice.choice((0, 0, 1, 2)) if len(old) > 2 else 0):
        del old[dice.randrange(len(old))]
    if dice.random() < 0.5:
        old = [
            half for whole in old for half in _split(dice, whole)
        ]  # the same in other words
    dice.shuffle(old)
    return Standing.of(Policy(tuple(new))), Standing.of(Policy(tuple(old)))
