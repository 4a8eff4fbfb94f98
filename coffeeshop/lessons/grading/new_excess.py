"""What a change would allow people beyond their jobs: the excess afterwards without the
excess before.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from coffeeshop.lessons.grading.excess_checks import excess_checks
from coffeeshop.lessons.grading.excesses import excess_findings
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Escalation, Evidence, Finding, Play, Proof
from coffeeshop.policy.model import Excess


def new_excess_findings(before: Play, after: Play) -> tuple[Finding, ...]:
    """Return the findings about new excesses, whichever star comes next.

    An excess is new if the same statement didn't cause one before.
    """
    checks = [check for check in excess_checks(Trial(after)) if check.evidence]
    if checks:
        former_sources = {
            source
            for check in excess_checks(Trial(before))
            for source, _ in _evidence_by_source(check)
        }
    else:
        former_sources = set[object]()
    new = list[Check]()
    for check in checks:
        evidence = tuple(
            piece
            for source, piece in _evidence_by_source(check)
            if source not in former_sources
        )
        if evidence:
            new.append(replace(check, evidence=evidence))
    return tuple(excess_findings(after, new))


def _evidence_by_source(check: Check) -> Iterator[tuple[object, Evidence]]:
    """Yield each excess and each way of a check as evidence of its own, with its source:
    the statement or way that causes it.

    Comparing the sources tells which excess is new.
    """
    for evidence in check.evidence:
        match evidence:
            case Proof(badge=badge, found=found):
                for each in found:
                    if isinstance(each, Excess):
                        by = (each.by.statement, each.by.policy.name)
                    else:
                        by = each
                    yield (check.id, badge, by), replace(evidence, found=(each,))
            case Escalation(way=way):
                yield (check.id, way), evidence
            case _:
                pass
