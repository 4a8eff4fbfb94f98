"""The findings about what people can do beyond their jobs: a statement that allows more, or
a way that leads there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import islice

from coffeeshop.lessons.grading.administering import new_credential_finding
from coffeeshop.lessons.grading.existing import invented_names
from coffeeshop.lessons.grading.reasons import (
    deciding_match,
    decision_sentence,
    describe_step,
)
from coffeeshop.lessons.grading.sentences import (
    describe_request,
    display_name,
    everything_sentence,
    made_up_sentence,
    permission_phrase,
)
from coffeeshop.lessons.model import Check, Escalation, Finding, Offence, Play, Proof
from coffeeshop.policy.evaluation.explain import statement_label

SIGNED_IN: Mapping[str, str] = {
    "password": "in a console session without an MFA code",
    "code": "in a console session with an MFA code",
    "federated": "in a federated session",
}
SHOWN = 4  # requests of one excess at most, the first of them in a sentence of its own


def excess_findings(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield a finding for each failed excess check."""
    for check in checks:
        if ways := check.pieces(Escalation):
            yield _escalation_finding(play, check, ways[0])
        elif check.pieces(Offence):
            yield new_credential_finding(check)
        elif proven := [proof for proof in check.pieces(Proof) if proof.excesses]:
            yield _excess_finding(play, check, proven)
        else:
            yield _unproven_finding(check)


def _excess_finding(play: Play, check: Check, proven: list[Proof]) -> Finding:
    """Return the finding: the first excess in a sentence, the others in a few words."""
    subject = check.subject
    badge = proven[0].badge
    first = proven[0].excesses[0]
    role = badge.partition("role/")[2]
    if role and subject != badge:
        role_phrase = f", as {role},"
    else:
        role_phrase = ""
    excesses = {
        describe_request(excess.witness): excess
        for proof in proven
        for excess in proof.excesses
    }
    first_excesses = dict(islice(excesses.items(), SHOWN))
    if len(first_excesses) > 1:
        others_sentence = f" Also: {'; '.join([*first_excesses][1:])}."
    else:
        others_sentence = ""
    names = made_up_sentence(
        name
        for excess in first_excesses.values()
        for name in invented_names(play.account, excess)
    )
    headline = (
        everything_sentence(play.account, subject, first.by)
        or f"{display_name(subject)}{role_phrase} {permission_phrase(first.witness)}."
    )
    credential = _credential_sentence(proven)
    explanation = f"{statement_label(first.by)} allows it, and no job asks for it.{credential}{others_sentence}{names}"
    return Finding(
        f"excess:{subject}", (check,), (subject,), headline, explanation, by=first.by
    )


def _credential_sentence(proven: list[Proof]) -> str:
    """Return a sentence that says which credential an excess needs; "" if an access key
    will do.
    """
    badge = proven[0].badge
    if badge not in SIGNED_IN or any(proof.badge == "key" for proof in proven):
        return ""
    return f" It is allowed {SIGNED_IN[badge]}."


def _unproven_finding(check: Check) -> Finding:
    """Return the finding for a check that the search couldn't decide."""
    subject = check.subject
    reasons = (
        undecided.reason
        for proof in check.pieces(Proof)
        for undecided in proof.undecided_parts
    )
    reason = "; ".join(dict.fromkeys(reasons))
    explanation = f"{reason}. A plainer policy can be proven."
    return Finding(
        f"not-proven:{subject}",
        (check,),
        (subject,),
        f"“{check.say}” is not proven.",
        explanation,
    )


def _escalation_finding(play: Play, check: Check, escalation: Escalation) -> Finding:
    """Return the finding for a way to more permissions; if one statement allows everything,
    for that.
    """
    path = tuple(map(describe_step, escalation.outcomes))
    decision = next((d for outcome in escalation.outcomes for d in outcome.decisions), None)
    if len(path) == 1:
        steps = "one step"
    else:
        steps = f"{len(path)} steps"
    headline = f"{display_name(escalation.who)} can come to hold more by a way that no job needs, in {steps}."
    if escalation.way == "assume" and len(path) == 1 and decision:
        request = dataclasses.replace(decision.request, context={})
        headline = f"{display_name(escalation.who)} {permission_phrase(request)}, which no job needs."
    explanation = decision_sentence(decision) if decision else ""
    key = f"reach:{escalation.who}:{escalation.way}"
    if wide := everything_sentence(play.account, escalation.who, deciding_match(decision)):
        # They are allowed everything already, so no way is told.
        key = f"excess:{escalation.who}"
        headline = wide
        path = ()
    return Finding(
        key,
        (check,),
        (escalation.who,),
        headline,
        explanation,
        by=deciding_match(decision),
        path=path,
    )
