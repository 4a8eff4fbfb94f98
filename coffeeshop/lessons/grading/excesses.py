"""From what people can do beyond the jobs to root causes: a statement that allows more, or a way that leads there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
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

SHOWN = 4  # requests of one excess at most, the first of them in a sentence of its own


def excess_findings(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of what each of these people can do beyond the jobs."""
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
    """The first excess in a sentence, the others in a few words each."""
    who = check.subject
    badge = proven[0].badge
    first = proven[0].excesses[0]
    worn = badge.partition("role/")[2]
    wearing = f", as {worn}," if worn and who != badge else ""
    found = {
        describe_request(excess.witness): excess
        for proof in proven
        for excess in proof.excesses
    }
    shown = dict(islice(found.items(), SHOWN))
    more = f" Also: {'; '.join([*shown][1:])}." if len(shown) > 1 else ""
    names = made_up_sentence(
        name for excess in shown.values() for name in invented_names(play.account, excess)
    )
    what = (
        everything_sentence(play.account, who, first.by)
        or f"{display_name(who)}{wearing} {permission_phrase(first.witness)}."
    )
    why = f"{statement_label(first.by)} allows it, and no job asks for it.{more}{names}"
    return Finding(f"excess:{who}", (check,), (who,), what, why, by=first.by)


def _unproven_finding(check: Check) -> Finding:
    who = check.subject
    undecided = (one for proof in check.pieces(Proof) for one in proof.undecided)
    reason = "; ".join(dict.fromkeys(one.reason for one in undecided))
    why = f"{reason}. A plainer policy can be proven."
    return Finding(
        f"not-proven:{who}", (check,), (who,), f"“{check.say}” is not proven.", why
    )


def _escalation_finding(play: Play, check: Check, found: Escalation) -> Finding:
    path = tuple(map(describe_step, found.outcomes))
    decision = next((d for outcome in found.outcomes for d in outcome.decisions), None)
    steps = "one step" if len(path) == 1 else f"{len(path)} steps"
    what = f"{display_name(found.who)} can come to hold more by a way that no job needs, in {steps}."
    if found.way == "assume" and len(path) == 1 and decision:
        asked = dataclasses.replace(decision.request, context={})
        what = f"{display_name(found.who)} {permission_phrase(asked)}, which no job needs."
    why = decision_sentence(decision) if decision else ""
    key = f"reach:{found.who}:{found.way}"
    if wide := everything_sentence(play.account, found.who, deciding_match(decision)):
        key, what, path = f"excess:{found.who}", wide, ()  # no way leads to what one holds
    return Finding(
        key, (check,), (found.who,), what, why, by=deciding_match(decision), path=path
    )
