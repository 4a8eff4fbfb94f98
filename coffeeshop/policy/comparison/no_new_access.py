"""Answers as AWS's CheckNoNewAccess does whether one policy allows more than another, with a request that shows it.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, cast

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import Excess, Kind, Policy, Standing

SHOWN: Final = 100  # excesses that one answer looks at
_MESSAGES: Final = {  # the first sentences of two are AWS's
    "PASS": "The updated permissions do not grant new access compared to your existing policy.",
    "FAIL": "The modified permissions grant new access compared to your existing policy. For example: {example}.",
    "UNDECIDED": "It is not known whether the modified permissions grant new access: {doubt}.",
}


def check_no_new_access(new: Policy, reference: Policy, domain: str) -> dict[str, object]:
    """Returns the answer in AWS's shape, and a witness.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
    """
    found = list(
        islice(
            excesses(
                Standing.of(new), Standing.of(reference), _domain(domain, new, reference)
            ),
            SHOWN,
        )
    )
    shown = [one for one in found if isinstance(one, Excess)]
    if shown:
        result = "FAIL"
    elif found:
        result = "UNDECIDED"
    else:
        result = "PASS"
    doubt = next((one.reason for one in found if not isinstance(one, Excess)), "")
    statements = list(
        dict.fromkeys(new.statements.index(one.by.statement) for one in shown)
    )
    return {
        "result": result,
        "message": _MESSAGES[result].format(
            doubt=doubt, example=_example(shown[0]) if shown else ""
        ),
        "reasons": [_reason(new, number) for number in statements],
        "witness": _request(shown[0]) if shown else None,
    }


def _request(excess: Excess) -> dict[str, object]:
    request = excess.witness
    who = excess.principal
    context = {key: list(values) for key, values in request.context.items()}
    said: dict[str, object] = {
        "action": request.action,
        "resource": request.resource,
        "context": context,
    }
    return {**said, "principal": who.arn} if who else said


def _example(excess: Excess) -> str:
    """Puts the witness into words; a key whose absence counts is said to be absent."""
    request = excess.witness
    who = excess.principal
    return f"{request.action} on {request.resource}{f' by {who.arn}' if who else ''}{_when(excess)}"


def _when(excess: Excess) -> str:
    """Returns a clause such as ", when aws:SecureTransport is false and aws:MultiFactorAuthPresent is not in the request"; or nothing."""
    given = [
        f"{key} is {_values(values)}" for key, values in excess.witness.context.items()
    ]
    conditions = [
        *given,
        *(f"{key} is not in the request" for key in sorted(_absent(excess))),
    ]
    if conditions:
        return f", when {' and '.join(conditions)}"
    return ""


def _values(values: tuple[str, ...]) -> str:
    return " and ".join(value or "empty" for value in values)


def _absent(excess: Excess) -> Iterator[str]:
    """Yields the keys that the two statements ask for and the request does not have."""
    there = {key.lower() for key in excess.witness.context}
    both = filter(None, (excess.by.statement, excess.nearest))
    conditions = (condition for statement in both for condition in statement.conditions)
    keys = {condition.key.lower(): condition.key for condition in conditions}
    for lowered, key in keys.items():
        if lowered not in there:
            yield key


def _reason(policy: Policy, number: int) -> dict[str, object]:
    sid = policy.statements[number].sid
    where = f"sid: {sid}" if sid else f"index: {number}"
    reason: dict[str, object] = {
        "description": f"New access in the statement with {where}.",
        "statementIndex": number,
    }
    return {**reason, "statementId": sid} if sid else reason


def _domain(name: str, *policies: Policy) -> Domain:
    """Returns the domain of this name: the typed one's accounts are those that the policies name, else the documentation's."""
    if name == "open":
        return Domain.open_domain()
    accounts = {
        account for policy in policies for account in re.findall(r":(\d{12}):", policy.text)
    }
    return Domain.typed_domain(tuple(sorted(accounts)) or ("111122223333",))


# ------------------------------------------------------------------- streams
def verdict_lines(
    documents: Iterable[str | bytes], kind: Kind, domain: str
) -> Iterator[str]:
    """Yields one verdict a line; a bad line's is `{"Error": {"Code", "Message"}}`, as in `simulate`."""
    for line in documents:
        if not line.strip():
            continue
        try:
            document: object = json.loads(line)
            answer = check_no_new_access(
                _side(document, "new", kind), _side(document, "reference", kind), domain
            )
        except MalformedPolicy as wrong:
            answer = _error("MalformedPolicyDocument", "; ".join(map(str, wrong.problems)))
        except (ValueError, RecursionError) as wrong:
            answer = _error("MalformedInput", str(wrong))
        yield json.dumps(answer)


def _side(document: object, name: str, kind: Kind) -> Policy:
    """Reads one policy of a line: its text, or the document itself. Raises ValueError."""
    if isinstance(document, dict):
        given = cast("dict[str, object]", document).get(name)
    else:
        given = None
    if not isinstance(given, str | dict):
        raise ValueError(f'the line is no object with a policy under "{name}"')
    return parse(given if isinstance(given, str) else json.dumps(given), kind, name)


def _error(code: str, message: str) -> dict[str, object]:
    return {"Error": {"Code": code, "Message": message}}
