"""Find AWS actions from the shop's words: the actions that the wants need, and a search by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.spelling import near_names
from coffeeshop.policy.model import Values
from coffeeshop.views.policy.completions import (
    SHOP_SERVICES,
    describe_proposal,
    proposals_heading,
    proposed_names,
)
from coffeeshop.views.policy.own_jobs import Ask, requests_of_jobs, values_that_serve
from coffeeshop.views.rows import Row
from coffeeshop.views.step import short
from coffeeshop.views.text import NOT_FOUND, capital, match_rank

MAX_ACTIONS = 8  # actions in one answer
EVERYDAY_WORDS = {  # everyday words for each action, besides the scenario's own sentences
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
    "kms:Decrypt": "unlock decrypt read open an encrypted recipe file with a key",
    "kms:GenerateDataKey": "lock encrypt write save an encrypted recipe file with a key",
    "sts:AssumeRole": "wear take put on become switch an apron role",
    "iam:PassRole": "pass hand give an apron role to a service machine",
    "iam:CreateUser": "hire make someone a badge user",
    "iam:DeleteUser": "dismiss let go remove someone a badge user",
    "iam:GetUser": "look up someone a badge user",
    "iam:ListUsers": "list everyone badges users",
    "iam:ChangePassword": "change own password",
    "iam:EnableMFADevice": "enrol a phone device for codes",
}


def asked_actions(play: Play, own_asks: Sequence[Ask] = ()) -> Mapping[str, Values]:
    """Return the actions that the wants use, each with the sentences of its wants.

    The order is `own_asks`, the jobs in the order of the brief, then the refusals.
    """
    sentences_by_action: dict[str, Values] = {}
    refusals = (
        ask._replace(say=f"{ask.say} (must be refused)")
        for ask in requests_of_jobs(play, job=False)
    )
    for _, request, say in (*own_asks, *requests_of_jobs(play), *refusals):
        sentences_by_action[request.action] = tuple(
            dict.fromkeys((*sentences_by_action.get(request.action, ()), say))
        )
    return sentences_by_action


def needed_actions(play: Play, text: str = "", own_asks: Sequence[Ask] = ()) -> Values:
    """Return the actions that the jobs need.

    Actions of `own_asks` come first. Within each part, actions that `text` does not contain yet
    come first.
    """
    needed = dict.fromkeys(
        ask.request.action for ask in (*own_asks, *requests_of_jobs(play))
    )
    first = values_that_serve(own_asks, "Action")
    return tuple(
        sorted(needed, key=lambda action: (action not in first, f'"{action}"' in text))
    )


def used_arns(play: Play) -> Values:
    """Return the ARNs that the jobs need, with the roles that they assume."""
    return values_that_serve(tuple(requests_of_jobs(play)), "Resource")


def shop_words(name: str, sentences_by_action: Mapping[str, Values]) -> str:
    """Return the shop's words for an action: the sentences of its wants, and the everyday words of `EVERYDAY_WORDS`."""
    return " ".join((*sentences_by_action.get(name, ()), EVERYDAY_WORDS.get(name, "")))


def action_rank(typed: str, name: str, sentences_by_action: Mapping[str, Values]) -> int:
    """Return how well an action fits the typed text, as `match_rank` counts it: lower is better.

    The typed text is compared with the shop's words, the action's name, and its descriptions.
    """
    return match_rank(
        typed,
        name,
        f"{describe_proposal(name)} {catalog.aws_description(name)}",
        shop_words(name, sentences_by_action),
    )


def rank_by_typed_text(typed: str, asked: Mapping[str, Values]) -> Callable[[str], int]:
    """Return a function from an action to its rank for the typed text, as `action_rank` counts it.

    If the text is a misspelt name, the actions with similar names have the best (negative) ranks.
    """
    first = {name: n for n, name in enumerate(_near_actions(typed, asked))}
    return lambda name: (
        first[name] - len(first) if name in first else action_rank(typed, name, asked)
    )


def proposals_title(
    typed: str, sentences_by_action: Mapping[str, Values], has_jobs: bool = True
) -> str:
    """Return the title over the proposed actions, which tells their order.

    `has_jobs` tells whether the list begins with actions of the jobs.
    """
    if near := _near_actions(typed, sentences_by_action):
        order = "The nearest name comes" if len(near) == 1 else "The nearest names come"
        return f"No action is called {short(typed)}. {order} first"
    return proposals_heading("Action", has_jobs=has_jobs)


def describe_action(name: str, sentences_by_action: Mapping[str, Values]) -> str:
    """Return the action's description, and the first sentence of a want that uses it."""
    if name in sentences_by_action:
        return f"{describe_proposal(name)}. In the shop: {sentences_by_action[name][0]}"
    return describe_proposal(name)


def found_rows(play: Play, typed: str) -> Iterator[Row]:
    """Yield rows for the actions that fit the typed text best.

    Without text, yield the actions that the wants use. If no action has the typed name, a row
    says so, and the actions with similar names come first.
    """
    sentences_by_action = asked_actions(play)
    if typed:
        all_names = proposed_names(
            play.account, "Action", typed, first=tuple(sentences_by_action)
        )
    else:
        all_names = tuple(sentences_by_action)
    ranked = sorted(
        (action_rank(typed, name, sentences_by_action), n, name)
        for n, name in enumerate(all_names)
    )
    similar = _near_actions(typed, sentences_by_action)
    if similar:
        yield Row(f"No action is called {typed}.")
    yield from (
        Row(_described_by_operation(operation, name, sentences_by_action), word=name)
        for name, operation in similar.items()
    )
    fitting = [name for at, _, name in ranked if at != NOT_FOUND and name not in similar]
    fitting = fitting or (
        []
        if similar
        else _actions_matching_most_words(typed, all_names, sentences_by_action)
    )
    yield from (
        Row(describe_action(name, sentences_by_action), word=name)
        for name in fitting[:MAX_ACTIONS]
    )
    if len(fitting) > MAX_ACTIONS:
        yield Row(f"and {len(fitting) - MAX_ACTIONS} more. Type more words to see fewer.")
    if not fitting and not similar:
        yield Row(
            f"No action here matches {typed}." if typed else "There is no action here."
        )


def _exists(name: str) -> bool:
    """Return whether an action has this name, with or without its service prefix."""
    prefixes = ("", *(f"{used}:" for used in SHOP_SERVICES))
    return any(catalog.find_action(f"{prefix}{name}") for prefix in prefixes)


def _near_actions(typed: str, sentences_by_action: Mapping[str, Values]) -> dict[str, str]:
    """Return the actions with a name similar to a misspelt one, each with the similar name.

    The name may be an API operation whose action has another name. Actions that the wants use
    come first. Return {} if the typed text is an action, a pattern or several words.
    """
    prefix, _, word = typed.rpartition(":")
    if not typed or set(typed) & set(" *?") or _exists(typed):
        return {}
    if catalog.find_service(prefix.lower()):
        services = (prefix.lower(),)
    else:
        services = SHOP_SERVICES
    named = {
        name: action
        for each_name in services
        for name, action in catalog.operation_actions(each_name).items()
    }
    similar: dict[str, str] = {}
    for name in near_names(word, named, len(word) // 5)[:MAX_ACTIONS]:
        similar.setdefault(named[name], name)
    return {
        name: similar[name]
        for name in sorted(similar, key=lambda name: name not in sentences_by_action)
    }


def _described_by_operation(
    operation: str, name: str, sentences_by_action: Mapping[str, Values]
) -> str:
    """Return the action's description. If the operation has another name than the action, say so."""
    is_own = operation == name.partition(":")[2]
    if is_own:
        return describe_action(name, sentences_by_action)
    return f"{operation} is called {name}. {capital(describe_action(name, sentences_by_action))}"


def _actions_matching_most_words(
    typed: str, all_names: Iterable[str], sentences_by_action: Mapping[str, Values]
) -> list[str]:
    """Return the actions that match the largest number of the typed words, if no action matches all.

    A final "s" and the words in `IGNORED_WORDS` don't count.
    """
    words = [
        word.removesuffix("s")
        for word in typed.lower().split()
        if word not in IGNORED_WORDS
    ]

    def count_matching_words(name: str) -> int:
        shops = shop_words(name, sentences_by_action).lower().split()
        return sum(any(each_name.startswith(word) for each_name in shops) for word in words)

    counts = {name: count_matching_words(name) for name in all_names}
    highest_count = max(counts.values(), default=0)
    return [name for name, count in counts.items() if count == highest_count > 0]


IGNORED_WORDS = {
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
