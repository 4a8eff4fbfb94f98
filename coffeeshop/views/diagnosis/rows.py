"""A refusal as rows: the facts, the advice, and what an account's details add."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.records.denied_request import Undecidable
from coffeeshop.policy.denial.model import Denial, Effect, PolicyKind
from coffeeshop.policy.evaluation.explain import (
    explain_decision,
    missing_keys,
    statement_label,
    statement_to_cite,
)
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
)
from coffeeshop.views.diagnosis.asks import request_to_make
from coffeeshop.views.diagnosis.facts import (
    action_sentence,
    decision_sentence,
    principal_sentence,
    resource_sentence,
)
from coffeeshop.views.diagnosis.looks import first_look
from coffeeshop.views.diagnosis.unknowns import missing_facts, places_to_look_up
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital, count_noun

NOTHING_FOUND = (
    "Coffeeshop finds no AWS error in this text that denies access. Paste the whole "
    "error, with the line that "
    'says AccessDenied, UnauthorizedOperation or "not authorized".'
)
_LAYER_KINDS = {
    PolicyKind.IDENTITY: Kind.IDENTITY,
    PolicyKind.BOUNDARY: Kind.BOUNDARY,
    PolicyKind.TRUST: Kind.TRUST,
    PolicyKind.RESOURCE: Kind.RESOURCE,
}


def denial_rows(
    denial: Denial, heading: str, verdict: Decision | Undecidable | None = None
) -> Iterator[Row]:
    """Yield the rows of one refusal. `verdict` is the engine's decision by an account's details."""
    if heading:
        yield Row(heading, role="title")
    yield Row(principal_sentence(denial.principal), word="Who")
    yield Row(capital(action_sentence(denial)), word="Action")
    yield Row(resource_sentence(denial), word="Resource")
    yield Row(decision_sentence(denial), word="Decided by")
    if verdict is not None:
        yield Row(verdict_sentence(denial, verdict), word="By your file")
    yield Row(first_look(denial), word="Look first")
    yield Row(request_to_make(denial), word="Ask")
    for sentence in places_to_look_up(denial):
        yield Row(sentence, word="Look up")
    for sentence in missing_facts(denial):
        yield Row(sentence, word="Not in the text")


def denial_heading(denial: Denial, number: int, total: int) -> str:
    """Return the title of one refusal among several. A single one has a title only if it occurs several times."""
    count_words = f", {count_noun(denial.times, 'time')}" if denial.times > 1 else ""
    if total == 1:
        return f"This refusal occurs {denial.times} times." if denial.times > 1 else ""
    return f"Refusal {number} of {total}{count_words}"


def verdict_sentence(denial: Denial, verdict: Decision | Undecidable) -> str:
    """Return what the policies of an account's details say about the refused request."""
    match verdict:
        case Undecidable():
            return UNDECIDABLE_TEXTS[verdict]
        case Allowed():
            return _allowed_sentence(denial, verdict)
        case ExplicitlyDenied() | ImplicitlyDenied():
            sentence = capital(explain_decision(verdict))
            keys = missing_keys(verdict)
            if keys:
                sentence += (
                    f" The text doesn't give {', '.join(keys)}, which these statements "
                    f"ask for."
                )
            return f"{sentence}{_agreement(denial, verdict)}{_star_note(denial)}"


UNDECIDABLE_TEXTS = {
    Undecidable.NO_ACTION: "The text names no action, so the policies can't be searched.",
    Undecidable.NO_PRINCIPAL: (
        "The text names no user or role, so the policies can't be searched."
    ),
    Undecidable.OTHER_ACCOUNT: (
        "The file is from a different account than the user or role in the text."
    ),
    Undecidable.NOT_LISTED: "The user or role in the text isn't in the file.",
}


_NOT_IN_THE_FILE = (
    PolicyKind.SCP,
    PolicyKind.RCP,
    PolicyKind.SESSION,
    PolicyKind.VPC_ENDPOINT,
)


def _allowed_sentence(denial: Denial, verdict: Allowed) -> str:
    """Return that the file's policies allow the request, and what that means."""
    cited = "No policy of the file needs to allow it"
    if verdict.by:
        cited = f"{capital(statement_label(statement_to_cite(verdict.by)))} allows it"
    return f"{cited}. {_meaning_of_allow(denial.policy_kind)}{_star_note(denial)}"


def _meaning_of_allow(kind: PolicyKind) -> str:
    """Explain why a file allows a request that AWS refused because of a kind of policy."""
    if kind in _NOT_IN_THE_FILE:
        return (
            f"The file doesn't contain any {kind.value}, so that doesn't contradict AWS's "
            f"text."
        )
    if kind in (PolicyKind.IDENTITY, PolicyKind.BOUNDARY):
        return (
            "AWS's text names a kind of policy that the file contains. So the policies "
            "have changed since, or the request had other conditions."
        )
    return (
        "So the refusal comes from something that the file doesn't contain: a resource's "
        "policy, a session policy, an SCP, an RCP or a VPC endpoint policy. Or the "
        "policies have changed since."
    )


def _agreement(denial: Denial, verdict: ExplicitlyDenied | ImplicitlyDenied) -> str:
    """Return whether AWS's text names the same kind of policy, if it names one that the file contains."""
    kind = _LAYER_KINDS.get(denial.policy_kind)
    if kind is None or denial.effect is Effect.UNKNOWN:
        return ""
    decided = (
        verdict.by[0].layer.kind
        if isinstance(verdict, ExplicitlyDenied)
        else verdict.silent
    )
    explicit = isinstance(verdict, ExplicitlyDenied)
    if decided is kind and explicit == (denial.effect is Effect.EXPLICIT):
        return " AWS's text says the same."
    return (
        " AWS's text names another reason, so the policies have changed since, or another "
        "policy denies as well."
    )


def _star_note(denial: Denial) -> str:
    """Return that the resource is unknown, if it is."""
    return (
        "" if denial.resource else " The text names no resource, so it was decided for *."
    )
