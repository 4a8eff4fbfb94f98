"""Make the small changes of a solution that a learner could make: statements added, widened, dropped, loosened, or
moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Struct, structs

from coffeeshop.account.model import Account
from coffeeshop.account.values import Document
from coffeeshop.lessons.authoring.policy_slots import Spot, put_policy, spots, standing_so
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import Condition, Element, Kind, Statement

# It matches no request of a person of the shop.
DENY_NOTHING = Statement(
    "Deny",
    Element(("sqs:PurgeQueue",)),
    Element(("arn:aws:sqs:us-east-1:000000000000:nobodys",)),
)


class Mutant(Struct, frozen=True):
    """One change of the solution: its family, a note on the change, and the changed play."""

    family: str
    note: str
    play: Play


def mutants(play: Play) -> Iterator[Mutant]:
    """Yield every mutant of the play's account."""
    for spot in spots(play):
        for index, statement in enumerate(spot.policy.statements):
            for family, note, replacements in _changes(play, spot, statement):
                if changed_play := with_statements(play, spot, index, replacements):
                    yield Mutant(
                        family,
                        f"{spot.holder}, {spot.policy.name or 'trust'}: {note}",
                        changed_play,
                    )
    yield from _swapped_holders(play)


def with_statements(
    play: Play, spot: Spot, index: int, replacements: tuple[Statement, ...]
) -> Play | None:
    """Return the play with one statement replaced by others or by none. None where a trust policy would be empty."""
    statements = (
        *spot.policy.statements[:index],
        *replacements,
        *spot.policy.statements[index + 1 :],
    )
    if not statements and spot.kind is Kind.TRUST:
        return None
    kept_statements = statements or (
        replace(DENY_NOTHING, principals=spot.policy.statements[index].principals),
    )
    return standing_so(
        play,
        put_policy(play.account, spot, replace(spot.policy, statements=kept_statements)),
    )


Change = tuple[str, str, tuple[Statement, ...]]


def _changes(play: Play, spot: Spot, statement: Statement) -> Iterator[Change]:
    """Yield every change of one statement: its family, a note and the new statements."""
    yield "take" if statement.effect == "Allow" else "drop", "the statement is gone", ()
    flipped = replace(statement, effect="Deny" if statement.effect == "Allow" else "Allow")
    yield "flip", f"{statement.effect} is now {flipped.effect}", (flipped,)
    if statement.effect == "Allow" and spot.kind is not Kind.TRUST:
        yield from _added_actions(play, statement)
        yield from _with_call_names(statement)
        yield from _widened_statements(statement)
    elif statement.effect == "Deny":
        yield from _denies_less(statement)
    if statement.principals and statement.effect == "Allow":
        yield from _other_trusts(play, statement)
    yield from _loosened_conditions(statement)


def _added_actions(play: Play, statement: Statement) -> Iterator[Change]:
    """Yield the statement with one more action of each access level, and with each other resource of the account."""
    known_actions = [
        action for name in statement.actions.values if (action := catalog.find_action(name))
    ]
    for action in known_actions[:1]:
        service = catalog.find_service(action.service)
        if service:
            catalog_actions = (catalog.find_action(name) for name in service.actions)
        else:
            catalog_actions = ()
        types = {target.name for target in action.resource_types}
        levels: dict[str, str] = {}
        for catalog_action in catalog_actions:
            if (
                catalog_action
                and catalog_action.name not in statement.actions.values
                and types & {t.name for t in catalog_action.resource_types}
            ):
                levels.setdefault(str(catalog_action.level), catalog_action.name)
        for level, name in sorted(levels.items()):
            yield (
                "add",
                f"also {name} ({level})",
                (statement, replace(statement, actions=Element((name,)), sid="")),
            )
    for arn in _other_resources(play.account, statement):
        yield (
            "add",
            f"also on {arn}",
            (statement, replace(statement, resources=Element((arn,)), sid="")),
        )


def _with_call_names(statement: Statement) -> Iterator[Change]:
    """Yield the statement with the name of an API call besides its action, such as s3:ListObjectsV2, which IAM doesn't
    know.
    """
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


def _other_resources(account: Account, statement: Statement) -> Iterator[str]:
    """Yield the ARNs of things of the same kind that the statement doesn't name."""
    for value in statement.resources.values if statement.resources else ():
        head, _, name = value.rpartition(":")
        if value.startswith("arn:aws:s3:::"):
            bucket, slash, rest = name.partition("/")
            yield from (
                f"{head}:{other_bucket}{slash}{rest}"
                for other_bucket in account.buckets
                if other_bucket != bucket
            )
        elif ":table/" in value:
            yield from (
                f"{head}:table/{other_bucket}"
                for other_bucket in account.tables
                if not value.endswith(f"/{other_bucket}")
            )
        elif ":role/" in value:
            yield from (
                account.arn(role)
                for key, role in account.roles.items()
                if not value.endswith(f"/{key}")
            )


def _widened_statements(statement: Statement) -> Iterator[Change]:
    """Yield the statement with each action and each resource replaced by wider patterns."""
    for index, action in enumerate(statement.actions.values):
        service, _, verb = action.partition(":")
        stem = "".join(
            verb[: next((n for n, c in enumerate(verb) if n and c.isupper()), len(verb))]
        )
        for wide in dict.fromkeys((f"{service}:{stem}*", f"{service}:*", "*")):
            values = (
                *statement.actions.values[:index],
                wide,
                *statement.actions.values[index + 1 :],
            )
            yield (
                "widen",
                f"{action} is now {wide}",
                (replace(statement, actions=replace(statement.actions, values=values)),),
            )
    if statement.resources:
        resources = statement.resources.values
    else:
        resources = ()
    for index, resource in enumerate(resources):
        cut = max(resource.rfind("/"), resource.rfind(":")) + 1
        for wide in dict.fromkeys((f"{resource[: cut + 3]}*", f"{resource[:cut]}*", "*")):
            before = resources[:index]
            after = resources[index + 1 :]
            values = (*before, wide, *after)
            yield (
                "widen",
                f"{resource} is now {wide}",
                (replace(statement, resources=Element(values)),),
            )


def _denies_less(statement: Statement) -> Iterator[Change]:
    """Yield a Deny that denies less: one more value in a Not… element, or one value fewer in another."""
    for field in ("actions", "resources"):
        element: Element | None = getattr(statement, field)
        if element is None:
            continue
        if element.negated:
            wider_element = Element(
                (
                    *element.values,
                    "s3:GetObject" if field == "actions" else "arn:aws:s3:::*",
                ),
                True,
            )
            yield (
                "loosen",
                f"{field} spares {wider_element.values[-1]}",
                (replace(statement, **{field: wider_element}),),
            )
        for index in range(len(element.values) if len(element.values) > 1 else 0):
            fewer = replace(
                element, values=(*element.values[:index], *element.values[index + 1 :])
            )
            yield (
                "drop",
                f"{field} without {element.values[index]}",
                (replace(statement, **{field: fewer}),),
            )


def _other_trusts(play: Play, statement: Statement) -> Iterator[Change]:
    """Yield a trust policy that trusts another user, the whole account, or everybody in place of its own principals."""
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
        "trusts everyone",
        (replace(statement, principals=replace(principals, entries=(("AWS", "*"),))),),
    )


def _loosened_conditions(statement: Statement) -> Iterator[Change]:
    """Yield the statement with each condition removed or loosened."""
    for index, condition in enumerate(statement.conditions):
        before = statement.conditions[:index]
        after = statement.conditions[index + 1 :]

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
        if condition.operator != "Null":  # it has no form with IfExists
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


def _swapped_holders(play: Play) -> Iterator[Mutant]:
    """Yield a play with a policy copied to another user, and one with a user who joins or leaves a group."""
    account = play.account
    for user in account.users.values():
        for spot in spots(play):
            if spot.kind is Kind.IDENTITY and spot.holder != f"user {user.name}":
                text = f"{user.name} gets {spot.policy.name} of {spot.holder}"
                text_of = dumps(spot.policy)
                newcomer = structs.replace(
                    user,
                    inline={
                        **user.inline,
                        "handed": Document(text_of, parse(text_of, name="handed")),
                    },
                )
                yield Mutant("hand", text, standing_so(play, account.put(newcomer)))
        for group in account.groups.values():
            is_member = group.id in user.groups
            if is_member:
                groups = tuple(id for id in user.groups if id != group.id)
            else:
                groups = (*user.groups, group.id)
            text = f"{user.name} {'leaves' if is_member else 'joins'} {group.name}"
            yield Mutant(
                "take" if is_member else "hand",
                text,
                standing_so(play, account.put(structs.replace(user, groups=groups))),
            )
