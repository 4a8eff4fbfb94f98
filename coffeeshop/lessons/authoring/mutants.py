"""Every small change of a solution that a learner might make of it: added, widened, dropped, loosened, handed on, taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Struct, structs

from coffeeshop.account.model import Account
from coffeeshop.account.values import Document
from coffeeshop.lessons.authoring.policy_slots import Spot, changed, spots, standing_so
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import Condition, Element, Kind, Statement

# Meets no request of the shop's, nor of anybody on what is theirs
NOTHING = Statement(
    "Deny",
    Element(("sqs:PurgeQueue",)),
    Element(("arn:aws:sqs:us-east-1:000000000000:nobodys",)),
)


class Mutant(Struct, frozen=True):
    """One change of the solution: its family, what was done, and the play that comes of it."""

    family: str
    note: str
    play: Play


def mutants(play: Play) -> Iterator[Mutant]:
    """Yields every mutant of the play's account."""
    for spot in spots(play):
        for index, statement in enumerate(spot.policy.statements):
            for family, note, others in _changes(play, spot, statement):
                if changed_play := restated(play, spot, index, others):
                    yield Mutant(
                        family,
                        f"{spot.holder}, {spot.policy.name or 'trust'}: {note}",
                        changed_play,
                    )
    yield from _handed(play)


def restated(
    play: Play, spot: Spot, index: int, others: tuple[Statement, ...]
) -> Play | None:
    """Returns the play as if other statements, or none, stood in the place of one; None where a trust would be left
    empty.
    """
    statements = (
        *spot.policy.statements[:index],
        *others,
        *spot.policy.statements[index + 1 :],
    )
    if not statements and spot.kind is Kind.TRUST:
        return None
    kept = statements or (
        replace(NOTHING, principals=spot.policy.statements[index].principals),
    )
    return standing_so(
        play, changed(play.account, spot, replace(spot.policy, statements=kept))
    )


Change = tuple[str, str, tuple[Statement, ...]]


def _changes(play: Play, spot: Spot, statement: Statement) -> Iterator[Change]:
    yield "take" if statement.effect == "Allow" else "drop", "the statement is gone", ()
    flipped = replace(statement, effect="Deny" if statement.effect == "Allow" else "Allow")
    yield "flip", f"{statement.effect} is now {flipped.effect}", (flipped,)
    if statement.effect == "Allow" and spot.kind is not Kind.TRUST:
        yield from _added(play, statement)
        yield from _by_call(statement)
        yield from _widened(statement)
    elif statement.effect == "Deny":
        yield from _denies_less(statement)
    if statement.principals and statement.effect == "Allow":
        yield from _trusting(play, statement)
    yield from _loosened(statement)


def _added(play: Play, statement: Statement) -> Iterator[Change]:
    """One more action of each access level on the same resources; the same actions on each other thing there is."""
    known = [
        action for name in statement.actions.values if (action := catalog.find_action(name))
    ]
    for action in known[:1]:
        service = catalog.find_service(action.service)
        if service:
            others = (catalog.find_action(name) for name in service.actions)
        else:
            others = ()
        types = {target.name for target in action.resource_types}
        levels: dict[str, str] = {}
        for other in others:
            if (
                other
                and other.name not in statement.actions.values
                and types & {t.name for t in other.resource_types}
            ):
                levels.setdefault(str(other.level), other.name)
        for level, name in sorted(levels.items()):
            yield (
                "add",
                f"also {name} ({level})",
                (statement, replace(statement, actions=Element((name,)), sid="")),
            )
    for arn in _others(play.account, statement):
        yield (
            "add",
            f"also on {arn}",
            (statement, replace(statement, resources=Element((arn,)), sid="")),
        )


def _by_call(statement: Statement) -> Iterator[Change]:
    """Beside an action the name of a call that it governs, which IAM does not know: s3:ListObjectsV2."""
    for name in statement.actions.values:
        prefix, _, verb = name.partition(":")
        service = catalog.find_service(prefix)
        calls = service.api.items() if service else ()
        if call := next((call for call, action in calls if action == verb), ""):
            actions = replace(
                statement.actions, values=(*statement.actions.values, f"{prefix}:{call}")
            )
            yield (
                "add",
                f"also {prefix}:{call}, a call and no action",
                (replace(statement, actions=actions),),
            )


def _others(account: Account, statement: Statement) -> Iterator[str]:
    """Things of the same kind that the statement does not name."""
    for value in statement.resources.values if statement.resources else ():
        head, _, name = value.rpartition(":")
        if value.startswith("arn:aws:s3:::"):
            bucket, slash, rest = name.partition("/")
            yield from (
                f"{head}:{other}{slash}{rest}"
                for other in account.buckets
                if other != bucket
            )
        elif ":table/" in value:
            yield from (
                f"{head}:table/{other}"
                for other in account.tables
                if not value.endswith(f"/{other}")
            )
        elif ":role/" in value:
            yield from (
                account.arn(role)
                for key, role in account.roles.items()
                if not value.endswith(f"/{key}")
            )


def _widened(statement: Statement) -> Iterator[Change]:
    for at, action in enumerate(statement.actions.values):
        service, _, verb = action.partition(":")
        stem = "".join(
            verb[: next((n for n, c in enumerate(verb) if n and c.isupper()), len(verb))]
        )
        for wide in dict.fromkeys((f"{service}:{stem}*", f"{service}:*", "*")):
            values = (
                *statement.actions.values[:at],
                wide,
                *statement.actions.values[at + 1 :],
            )
            yield (
                "widen",
                f"{action} is now {wide}",
                (replace(statement, actions=replace(statement.actions, values=values)),),
            )
    resources = statement.resources.values if statement.resources else ()
    for at, resource in enumerate(resources):
        cut = max(resource.rfind("/"), resource.rfind(":")) + 1
        for wide in dict.fromkeys((f"{resource[: cut + 3]}*", f"{resource[:cut]}*", "*")):
            before = resources[:at]
            after = resources[at + 1 :]
            values = (*before, wide, *after)
            yield (
                "widen",
                f"{resource} is now {wide}",
                (replace(statement, resources=Element(values)),),
            )


def _denies_less(statement: Statement) -> Iterator[Change]:
    """Yields a Deny that speaks of one thing more that it does not mean: one entry more in its Not… list, one fewer in
    others.
    """
    for field in ("actions", "resources"):
        element: Element | None = getattr(statement, field)
        if element is None:
            continue
        if element.negated:
            more = Element(
                (
                    *element.values,
                    "s3:GetObject" if field == "actions" else "arn:aws:s3:::*",
                ),
                True,
            )
            yield (
                "loosen",
                f"{field} spares {more.values[-1]}",
                (replace(statement, **{field: more}),),
            )
        for at in range(len(element.values) if len(element.values) > 1 else 0):
            fewer = replace(
                element, values=(*element.values[:at], *element.values[at + 1 :])
            )
            yield (
                "drop",
                f"{field} without {element.values[at]}",
                (replace(statement, **{field: fewer}),),
            )


def _trusting(play: Play, statement: Statement) -> Iterator[Change]:
    """Trust given to somebody else, to the whole account, to everybody."""
    principals = statement.principals
    assert principals is not None
    users = map(play.account.arn, play.account.users.values())
    for arn in (play.account.root_arn, *users):
        if ("AWS", arn) not in principals.entries:
            yield (
                "hand",
                f"trusts {arn}",
                (
                    replace(
                        statement, principals=replace(principals, entries=(("AWS", arn),))
                    ),
                ),
            )
    yield (
        "widen",
        "trusts everybody",
        (replace(statement, principals=replace(principals, entries=(("AWS", "*"),))),),
    )


def _loosened(statement: Statement) -> Iterator[Change]:
    for at, condition in enumerate(statement.conditions):
        before = statement.conditions[:at]
        after = statement.conditions[at + 1 :]

        def having(
            *put: Condition,
            before: tuple[Condition, ...] = before,
            after: tuple[Condition, ...] = after,
        ) -> Change:
            note = f"{condition.operator} on {condition.key}"  # noqa: B023  # used at once
            return (
                "loosen" if put else "drop",
                f"{note} changed",
                (replace(statement, conditions=(*before, *put, *after)),),
            )

        yield having()
        yield having(replace(condition, if_exists=not condition.if_exists))
        if condition.operator == "StringEquals":
            starred = tuple(f"{value}*" for value in condition.values)
            yield having(replace(condition, operator="StringLike", values=starred))
        if condition.quantifier == "ForAnyValue":
            yield having(replace(condition, quantifier="ForAllValues"))
        for value in condition.values if len(condition.values) > 1 else ():
            yield having(
                replace(condition, values=tuple(v for v in condition.values if v != value))
            )


def _handed(play: Play) -> Iterator[Mutant]:
    """Yields a policy given to somebody else, a person put into or taken out of a group."""
    account = play.account
    for user in account.users.values():
        for spot in spots(play):
            if spot.kind is Kind.IDENTITY and spot.holder != f"user {user.name}":
                text = f"{user.name} gets {spot.policy.name} of {spot.holder}"
                text_of = dumps(spot.policy)
                given = structs.replace(
                    user,
                    inline={
                        **user.inline,
                        "handed": Document(text_of, parse(text_of, name="handed")),
                    },
                )
                yield Mutant("hand", text, standing_so(play, account.put(given)))
        for group in account.groups.values():
            inside = group.id in user.groups
            if inside:
                groups = tuple(id for id in user.groups if id != group.id)
            else:
                groups = (*user.groups, group.id)
            text = f"{user.name} {'leaves' if inside else 'joins'} {group.name}"
            yield Mutant(
                "take" if inside else "hand",
                text,
                standing_so(play, account.put(structs.replace(user, groups=groups))),
            )
