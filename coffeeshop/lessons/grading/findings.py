"""From failed checks to findings: which finding explains which checks, and the four short
parts a learner reads.

The event and its reason come from the engine (`policy.explain`). The meaning and the
question are the scenario's `tell`, or else the library's (`advice`). Only the next star has
findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import structs

from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.administering import lockout_findings
from coffeeshop.lessons.grading.advice import add_advice
from coffeeshop.lessons.grading.bystanders import loss_findings
from coffeeshop.lessons.grading.canaries import (
    SEARCHED_NAME,
    STANDS_FOR,
    draw_canaries,
    made_up_sentences,
)
from coffeeshop.lessons.grading.excesses import excess_findings
from coffeeshop.lessons.grading.failed_jobs import (
    failed_job_findings,
    missing_credential_findings,
    missing_session_findings,
)
from coffeeshop.lessons.grading.fixtures import tampering_findings
from coffeeshop.lessons.grading.kept_versions import version_notes
from coffeeshop.lessons.grading.leaks import leak_findings
from coffeeshop.lessons.grading.made_up_names import searched_names
from coffeeshop.lessons.grading.refused_calls import slip_findings
from coffeeshop.lessons.grading.settings import setting_findings
from coffeeshop.lessons.model import Check, Finding, Offence, Play
from coffeeshop.shop.want import Ticket


def make_findings(play: Play, checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Return why the next star isn't won yet, in the order of the checks.

    Advice on the learner's own failed calls, which cost no star, comes last. If something
    that the shop needs was removed or changed, only that is reported: the other checks
    weren't judged.
    """
    failed = [check for check in checks if check.passed is False]
    failed_fixtures = [check for check in failed if check.kind is CheckKind.FIXTURE]
    if failed_fixtures:
        return tuple(
            add_advice(play, finding) for finding in tampering_findings(failed_fixtures)
        )
    next_star = min((check.star for check in failed), default=0)
    missing_checks = [check for check in failed if check.star == next_star]
    findings = list[Finding]()
    for kind, make in FINDING_MAKERS.items():
        if kind_checks := [check for check in missing_checks if check.kind is kind]:
            findings += make(play, kind_checks)
    order = {check.id: n for n, check in enumerate(checks)}
    findings.sort(key=lambda finding: order[finding.checks[0].id])
    all_findings = (*findings, *slip_findings(play, findings))
    return tuple(
        add_advice(play, _with_versions(play, _with_names_explained(play, finding)))
        for finding in all_findings
    )


def _with_versions(play: Play, finding: Finding) -> Finding:
    """Return the finding. If another version of a policy would decide differently, add a note on it.

    A learner may have edited a policy and not set the new version as the default.
    """
    tickets = finding.checks[0].pieces(Ticket)
    decision = tickets[0].decision if tickets else None
    cited = finding.by.policy if finding.by else None
    if not finding.costs_star or (decision is None and cited is None):
        return finding
    note = version_notes(play.account, decision, cited)
    if note:
        return structs.replace(finding, why=f"{finding.why} {note}".strip())
    return finding


def _with_names_explained(play: Play, finding: Finding) -> Finding:
    """Return the finding. If it mentions names that the grade made up, add a sentence that says so."""
    text = " ".join((finding.what, finding.why, *finding.path))
    drawn_names = draw_canaries(play)
    meanings = {drawn_names[kind]: meaning for kind, meaning in STANDS_FOR.items()}
    meanings |= dict.fromkeys(searched_names(text, play.account), SEARCHED_NAME)
    # A name in quotation marks was explained already.
    unexplained = {
        name: meaning
        for name, meaning in meanings.items()
        if name in text and f"“{name}”" not in text
    }
    if unexplained:
        explanation = f"{finding.why}{made_up_sentences(unexplained)}".strip()
        return structs.replace(finding, why=explanation)
    return finding


def _practice_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the finding for each broken practice rule."""
    for check in checks:
        offences = check.pieces(Offence)
        people = tuple(dict.fromkeys(offence.who for offence in offences))
        texts = [*dict.fromkeys(offence.text for offence in offences)]
        if len(texts) > MAX_OFFENCES_SHOWN:
            texts[MAX_OFFENCES_SHOWN:] = [
                f"and {len(texts) - MAX_OFFENCES_SHOWN} more like these"
            ]
        explanation = f"{'; '.join(texts)}."  # each is a sentence
        key = CheckKind.PRACTICE.id_of(check.subject)
        headline = f"The account breaks a best practice: “{check.say}”."
        yield Finding(key, (check,), people, headline, explanation, by=offences[0].by)


MAX_OFFENCES_SHOWN = 3  # offences of one practice rule
FINDING_MAKERS: dict[CheckKind, Callable[[Play, list[Check]], Iterator[Finding]]] = {
    CheckKind.PERSON: missing_credential_findings,
    CheckKind.SESSION: missing_session_findings,
    CheckKind.JOB: failed_job_findings,
    CheckKind.ADMINISTRATOR: lockout_findings,
    CheckKind.BYSTANDER: loss_findings,
    CheckKind.REFUSAL: leak_findings,
    CheckKind.EXCESS: excess_findings,
    CheckKind.SETTING: setting_findings,
    CheckKind.PRACTICE: _practice_findings,
}
