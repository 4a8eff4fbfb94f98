"""Answers as AWS's CheckNoNewAccess does whether one policy allows more than another, with a request that shows it.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final, cast

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.parse import MalformedPolicy
from coffeeshop.policy.language.stored_document import parse_comparable
from coffeeshop.policy.model import Excess, Kind, Policy, Standing, Statement, Undecided

MAX_EXCESSES: Final = 100  # excesses that one answer looks at
_RESULT_MESSAGES: Final = {  # the first sentences of two are AWS's
    "PASS": "The updated permissions do not grant new access compared to your existing policy.",
    "FAIL": "The modified permissions grant new access compared to your existing policy. For example: {example}.",
    "UNDECIDED": "It is not known whether the modified permissions grant new access: {doubt}.",
}


def check_no_new_access(new: Policy, reference: Policy, domain: str) -> dict[str, object]:
    """Return the answer to whether `new` allows a request that `reference` doesn't, as
    AWS's document plus a witness.

    `domain` is "open" or "typed" (see `domain`). The result is PASS, FAIL, or ours alone
    UNDECIDED, if a budget ran out.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
    """
    reference = _with_named_providers(reference, new)
    requests = _named_domain(domain, new, reference)
    differences = excesses(Standing.of(new), Standing.of(reference), requests)
    answers = list(islice(differences, MAX_EXCESSES))
    proven = [answer for answer in answers if isinstance(answer, Excess)]
    doubts = [answer.reason for answer in answers if not isinstance(answer, Excess)]
    if proven:
        result = "FAIL"
    elif doubts:
        result = "UNDECIDED"
    else:
        result = "PASS"
    witness, note = (
        _best_witness(new, reference, proven[0], domain) if proven else (None, "")
    )
    numbers = dict.fromkeys(new.statements.index(excess.by.statement) for excess in proven)
    return {
        "result": result,
        "message": _RESULT_MESSAGES[result].format(
            doubt=doubts[0] if doubts else "",
            example=_describe_witness(witness) if witness else "",
        )
        + note,
        "reasons": [_reason_document(new, number) for number in numbers],
        "witness": _request_document(witness) if witness else None,
    }


_IMPOSSIBLE_NOTE: Final = (
    " AWS receives no such request, and there is no other example in its list of actions."
)


def _best_witness(
    new: Policy, reference: Policy, open_excess: Excess, domain: str
) -> tuple[Excess, str]:
    """Return a witness that AWS can receive, if there is one, and a note if there is none.

    In the open domain any action goes with any resource, such as s3:GetObject with a bucket.
    """
    if domain == "typed":
        return open_excess, ""
    typed_domain = _named_domain("typed", new, reference)
    differences = islice(
        excesses(Standing.of(new), Standing.of(reference), typed_domain), MAX_EXCESSES
    )
    answers: list[Excess | Undecided] = []
    for answer in differences:
        if isinstance(answer, Excess):
            return answer, ""
        answers.append(answer)
    return open_excess, "" if answers else _IMPOSSIBLE_NOTE


def _with_named_providers(reference: Policy, new: Policy) -> Policy:
    """Return the reference, in which `"Federated": "*"` also names each identity provider of the new policy."""
    providers = {
        entry
        for statement in new.statements
        for entry in (statement.principals.entries if statement.principals else ())
        if entry[0] == "Federated"
    }
    statements = tuple(
        _with_providers(statement, providers) for statement in reference.statements
    )
    return replace(reference, statements=statements)


def _with_providers(statement: Statement, providers: set[tuple[str, str]]) -> Statement:
    """Return a statement that names these providers too, if it names every provider."""
    principals = statement.principals
    if principals is None or ("Federated", "*") not in principals.entries:
        return statement
    entries = tuple(dict.fromkeys((*principals.entries, *sorted(providers))))
    return replace(statement, principals=replace(principals, entries=entries))


def _request_document(excess: Excess) -> dict[str, object]:
    """Return the witness of an excess as JSON."""
    request = excess.witness
    principal = excess.principal
    context = {key: list(values) for key, values in request.context.items()}
    fields: dict[str, object] = {
        "action": request.action,
        "resource": request.resource,
        "context": context,
    }
    if principal:
        fields["principal"] = principal.arn
    return fields


def _describe_witness(excess: Excess) -> str:
    """Return the witness in words, with the keys whose absence matters."""
    request = excess.witness
    text = f"{request.action} on {request.resource}"
    if excess.principal:
        text += f" by {excess.principal.arn}"
    return text + _context_clause(excess)


def _context_clause(excess: Excess) -> str:
    """Return a clause such as ", when aws:SecureTransport is false", or "" if no key
    matters.
    """
    context = excess.witness.context
    facts = [f"{key} is {_join_values(values)}" for key, values in context.items()]
    facts += [f"{key} is not in the request" for key in sorted(_absent_keys(excess))]
    if facts:
        return f", when {' and '.join(facts)}"
    return ""


def _join_values(values: tuple[str, ...]) -> str:
    """Return a key's values joined by "and", with "empty" for the empty text."""
    return " and ".join(value or "empty" for value in values)


def _absent_keys(excess: Excess) -> Iterator[str]:
    """Yield the keys that the two statements use and the request doesn't have."""
    present = {key.lower() for key in excess.witness.context}
    statements = filter(None, (excess.by.statement, excess.nearest))
    conditions = (
        condition for statement in statements for condition in statement.conditions
    )
    keys = {condition.key.lower(): condition.key for condition in conditions}
    for lowered, key in keys.items():
        if lowered not in present:
            yield key


def _reason_document(policy: Policy, number: int) -> dict[str, object]:
    """Return AWS's reason for one statement of the new policy."""
    sid = policy.statements[number].sid
    position = f"sid: {sid}" if sid else f"index: {number}"
    reason: dict[str, object] = {
        "description": f"New access in the statement with {position}.",
        "statementIndex": number,
    }
    if sid:
        reason["statementId"] = sid
    return reason


def _named_domain(name: str, *policies: Policy) -> Domain:
    """Return the domain with this name.

    The typed domain has the accounts in the policies, or AWS's example account if they have none.
    """
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
    """Yield one JSON verdict for each line of JSON, `{"new": policy, "reference": policy}`.
    Blank lines are skipped.

    A line that can't be read gets `{"Error": {"Code", "Message"}}`, so that the lines of
    input and output still correspond.
    """
    for line in documents:
        if not line.strip():
            continue
        try:
            document: object = json.loads(line)
            answer = check_no_new_access(
                _read_side(document, "new", kind),
                _read_side(document, "reference", kind),
                domain,
            )
        except MalformedPolicy as wrong:
            answer = _error_document(
                "MalformedPolicyDocument", "; ".join(map(str, wrong.problems))
            )
        except (ValueError, RecursionError) as wrong:
            answer = _error_document("MalformedInput", str(wrong))
        yield json.dumps(answer)


def _read_side(document: object, name: str, kind: Kind) -> Policy:
    """Return one policy of a line, given as text or as an object. Raise ValueError if it is
    missing.
    """
    if isinstance(document, dict):
        value = cast("dict[str, object]", document).get(name)
    else:
        value = None
    if not isinstance(value, str | dict):
        raise ValueError(f'the line is no object with a policy under "{name}"')
    text = value if isinstance(value, str) else json.dumps(value)
    return parse_comparable(text, kind, name)


def _error_document(code: str, message: str) -> dict[str, object]:
    """Return an error in the shape of AWS's CLI."""
    return {"Error": {"Code": code, "Message": message}}
