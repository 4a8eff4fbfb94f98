"""From the shop's words to AWS's actions: what the jobs ask for, and a search by what the shop, AWS and a name say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.spelling import near_names
from coffeeshop.policy.model import Values
from coffeeshop.views.policy.completions import USED, describe, heading, names
from coffeeshop.views.policy.own_jobs import Ask, asked_by, serving
from coffeeshop.views.rows import Row
from coffeeshop.views.step import short
from coffeeshop.views.text import NOT_FOUND, capital, rank

MOST = 8  # actions that are told at once
CALLED = {  # what somebody in a shop would call it; what a scenario's own sentences say comes on top
    "s3:GetObject": "open read look at a receipt recipe file thing in a drawer bucket",
    "s3:PutObject": "write save put upload file a receipt recipe thing into a drawer bucket",
    "s3:DeleteObject": "shred delete throw away a receipt recipe file thing",
    "s3:ListBucket": "list the receipts recipes payroll things in a drawer bucket",
    "s3:ListAllMyBuckets": "list all drawers buckets",
    "dynamodb:PutItem": "write enter record sales a sale item into a register table",
    "dynamodb:GetItem": "look up read one item stock sale of a register table",
    "dynamodb:Query": "look up read items stock sales of a register table",
    "dynamodb:Scan": "list read all items stock sales of a register table",
    "dynamodb:UpdateItem": "update change correct stock an item of a table",
    "dynamodb:DeleteItem": "delete remove take out an item of a table",
    "sqs:SendMessage": "send place an order message into a queue",
    "sqs:ReceiveMessage": "take receive read orders messages from a queue",
    "sqs:DeleteMessage": "finish delete an order message done from a queue",
    "lambda:InvokeFunction": "run start brew make a coffee function machine",
    "sts:AssumeRole": "wear take put on become switch an apron role",
    "iam:PassRole": "pass hand give an apron role to a service machine",
    "iam:CreateUser": "hire make somebody a badge user",
    "iam:DeleteUser": "dismiss let go remove somebody a badge user",
    "iam:GetUser": "look up somebody a badge user",
    "iam:ListUsers": "list everybody badges users",
    "iam:ChangePassword": "change own password",
    "iam:EnableMFADevice": "enrol a phone device for codes",
}


def asked_actions(play: Play, own_asks: Sequence[Ask] = ()) -> Mapping[str, Values]:
    """Returns the actions that the jobs ask for, first those of the policy's `own_asks`, in the order of the brief, then those of
    the refusals; each with the sentences that speak of it.
    """
    values_by_name: dict[str, Values] = {}
    for _, request, say in (*own_asks, *asked_by(play), *asked_by(play, job=False)):
        values_by_name[request.action] = tuple(
            dict.fromkeys((*values_by_name.get(request.action, ()), say))
        )
    return values_by_name


def needed_actions(play: Play, text: str = "", own_asks: Sequence[Ask] = ()) -> Values:
    """Returns those of them that a job asks for; after the policy's `own_asks`, and of both first those that a policy of this
    text does not name yet.
    """
    found_by_key = dict.fromkeys(ask.request.action for ask in (*own_asks, *asked_by(play)))
    first = serving(own_asks, "Action")
    return tuple(
        sorted(
            found_by_key, key=lambda action: (action not in first, f'"{action}"' in text)
        )
    )


def used_arns(play: Play) -> Values:
    """Returns the ARNs of what the jobs ask for, with the roles that they wear."""
    return serving(tuple(asked_by(play)), "Resource")


def shop_words(name: str, asked_values_by_name: Mapping[str, Values]) -> str:
    """Returns the words by which the shop speaks of an action: those of its sentences, and those of every day."""
    return " ".join((*asked_values_by_name.get(name, ()), CALLED.get(name, "")))


def fit(typed: str, name: str, asked_values_by_name: Mapping[str, Values]) -> int:
    """Tells how well an action fits what was typed, as `rank` does: by the shop's words, by its name, by what it does in
    plain words and in AWS's.
    """
    return rank(
        typed,
        name,
        f"{describe(name)} {catalog.aws_description(name)}",
        shop_words(name, asked_values_by_name),
    )


def fits(typed: str, asked: Mapping[str, Values]) -> Callable[[str], int]:
    """Returns `fit` for what was typed; of a name that no action has, those that were meant come before what else fits."""
    first = {name: n for n, name in enumerate(_near_actions(typed, asked))}
    return lambda name: (
        first[name] - len(first) if name in first else fit(typed, name, asked)
    )


def proposals_title(typed: str, asked_values_by_name: Mapping[str, Values]) -> str:
    """Tells what the proposals for this value are, and in which order."""
    if _near_actions(typed, asked_values_by_name):
        return f"No action is called {short(typed)}: first what may be meant"
    return heading("Action")


def describe_action(name: str, asked_values_by_name: Mapping[str, Values]) -> str:
    """Says what an action does, how AWS classes it, and the first sentence of the shop that asks for it, a job's if any."""
    if name in asked_values_by_name:
        return f"{describe(name)}. In the shop: {asked_values_by_name[name][0]}"
    return describe(name)


def found_rows(play: Play, typed: str) -> Iterator[Row]:
    """Yields the actions that fit these words best, each with what it does; of no words, those that the shop asks for.
    A name that no action has is told to be none, and the nearest come before what else fits.
    """
    asks_for = asked_actions(play)
    if typed:
        all_names = names(play.account, "Action", typed, first=tuple(asks_for))
    else:
        all_names = tuple(asks_for)
    ranked = sorted(
        (fit(typed, name, asks_for), n, name) for n, name in enumerate(all_names)
    )
    meant_entries = _near_actions(typed, asks_for)
    if meant_entries:
        yield Row(f"No action is called {typed}.")
    yield from (
        Row(_told_by(operation, name, asks_for), word=name)
        for name, operation in meant_entries.items()
    )
    fitting = [
        name for at, _, name in ranked if at != NOT_FOUND and name not in meant_entries
    ]
    fitting = fitting or ([] if meant_entries else _in_part(typed, all_names, asks_for))
    yield from (Row(describe_action(name, asks_for), word=name) for name in fitting[:MOST])
    if len(fitting) > MOST:
        yield Row(f"and {len(fitting) - MOST} more: say more words.")
    if not fitting and not meant_entries:
        yield Row(
            f"No action that is used here fits {typed}."
            if typed
            else "Nothing is asked here."
        )


def _exists(name: str) -> bool:
    prefixes = ("", *(f"{used}:" for used in USED))
    return any(catalog.find_action(f"{prefix}{name}") for prefix in prefixes)


def _near_actions(typed: str, asked_values_by_name: Mapping[str, Values]) -> dict[str, str]:
    """Returns the actions whose name, or an operation of theirs, is near to a name that no action has, with that name;
    those that the shop asks for first.
    """
    prefix, _, word = typed.rpartition(":")
    if not typed or set(typed) & set(" *?") or _exists(typed):
        return {}
    if catalog.find_service(prefix.lower()):
        services = (prefix.lower(),)
    else:
        services = USED
    named = {
        name: action
        for each_name in services
        for name, action in catalog.operation_actions(each_name).items()
    }
    found_by_key: dict[str, str] = {}
    for name in near_names(word, named, len(word) // 5)[:MOST]:
        found_by_key.setdefault(named[name], name)
    return {
        name: found_by_key[name]
        for name in sorted(found_by_key, key=lambda name: name not in asked_values_by_name)
    }


def _told_by(operation: str, name: str, asked_values_by_name: Mapping[str, Values]) -> str:
    """Says what an action does, and of an operation of another name how its action is called."""
    is_own = operation == name.partition(":")[2]
    if is_own:
        return describe_action(name, asked_values_by_name)
    return f"{operation} is called {name}. {capital(describe_action(name, asked_values_by_name))}"


def _in_part(
    typed: str, all_names: Iterable[str], asked_values_by_name: Mapping[str, Values]
) -> list[str]:
    """Returns the actions that most of the words fit, where none has them all: plurals as one, but for small words."""
    words = [word.removesuffix("s") for word in typed.lower().split() if word not in SMALL]

    def fits(name: str) -> int:
        shops = shop_words(name, asked_values_by_name).lower().split()
        return sum(any(each_name.startswith(word) for each_name in shops) for word in words)

    counted = {name: fits(name) for name in all_names}
    most = max(counted.values(), default=0)
    return [name for name, count in counted.items() if count == most > 0]


SMALL = {
    "a",
    "all",
    "and",
    "any",
    "at",
    "for",
    "from",
    "in",
    "into",
    "is",
    "of",
    "on",
    "or",
    "the",
    "to",
    "with",
}
