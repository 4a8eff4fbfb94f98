"""Make the report's document, from which every format is made; the same acts give the same document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal, TypeAlias, TypeVar

from msgspec.structs import asdict, replace

from coffeeshop import __version__
from coffeeshop.account.instants import format_instant
from coffeeshop.harmless import escape_surrogates
from coffeeshop.lessons.check_kinds import CheckKind, Waiting
from coffeeshop.lessons.grading.hints import find_misconception
from coffeeshop.lessons.grading.permission_counts import Sizes
from coffeeshop.lessons.grading.report_document import (
    REPORT_FORMAT,
    AskedRequest,
    CheckResult,
    DecidingStatement,
    FindingText,
    GradedReport,
    GradedScenario,
    HandInSummary,
    NamedCauseResult,
    NearestStatement,
    ProblemPlace,
    ScoreShares,
    ToldFinding,
    ToldProblem,
    Tool,
    UngradedReport,
)
from coffeeshop.lessons.model import (
    CaseResult,
    Check,
    Escalation,
    Finding,
    Play,
    Proof,
    Report,
)
from coffeeshop.lessons.play.handin import acts_digest
from coffeeshop.lessons.play.record import Record, forfeits_stars
from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.model import Decision, Matched, Problem, Request
from coffeeshop.policy.simulation.simulate import decision_name
from coffeeshop.shop.want import Ticket

T = TypeVar("T")
Ungraded: TypeAlias = Literal["ungradable", "error"]
NO_OTHERS: Mapping[str, str] = {}


def report_json(
    play: Play,
    report: Report,
    name: str = "",
    sizes: Sizes | None = None,
    record: Record | None = None,
    names: Mapping[str, str] = NO_OTHERS,
) -> GradedReport:
    """Return the report of a play.

    `name` is the hand-in's. `sizes` are the permission counts, if they are shown. `record`
    is what came with the hand-in. `names` are the variant's names by those as written.
    """
    shares = report.shares
    scenario = play.scenario
    forfeited = forfeits_stars(scenario, record)
    return GradedReport(
        format=REPORT_FORMAT,
        tool=_tool_info(),
        status="shown" if forfeited else _report_status(report),
        problems=(),
        scenario=GradedScenario(scenario.id, scenario.title, scenario.digest),
        variant=scenario.variant,
        handin=_hand_in_summary(name, play, record),
        stars=0 if forfeited else report.stars,
        score=0.0 if forfeited else report.score,
        shares=ScoreShares(
            j=float(shares.jobs),
            r=float(shares.refusals),
            e=float(shares.excess),
            p=float(shares.practice),
            q=float(report.quality),
            q0=float(report.floor),
        ),
        sizes=sizes,
        results=tuple(_check_result(check, report) for check in report.checks),
        findings=tuple(_told_finding(play, finding) for finding in report.findings),
        waiting=waiting_counts(report),
        praise=tuple(praise_sentences(report)),
        names=dict(names),
        causes=tuple(map(_cause_result, report.cases)),
    )


def _cause_result(result: CaseResult) -> NamedCauseResult:
    """Return what was named for a case as the report writes it."""
    cause = result.named
    return NamedCauseResult(
        case=result.case.id,
        say=result.case.say,
        policy_type=str(cause.layer) if cause else None,
        policy=escape_surrogates(cause.policy) if cause else None,
        statement=cause.statement if cause else None,
        verdict=str(result.verdict) if result.verdict else None,
        wrong=result.wrong,
    )


def _hand_in_summary(name: str, play: Play, record: Record | None) -> HandInSummary:
    """Return the report's facts about the hand-in: its digest, number of calls and last moment, and
    its record.
    """
    ended = play.acts[-1].at if play.acts else play.scenario.now
    summary = HandInSummary(
        escape_surrogates(name),
        acts_digest(play.acts),
        len(play.outcomes),
        _utc_instant(ended),
    )
    if record is None:
        return summary
    return replace(
        summary,
        handed_in=_utc_instant(record.handed_in),
        tries=record.tries,
        first_try=_utc_instant(record.first_try) if record.first_try else None,
        hints=dict(sorted(record.hints.items())),
        shown=record.shown,
    )


def _utc_instant(at: datetime) -> str:
    """Return a moment as the report writes it, in UTC."""
    return format_instant(at.astimezone(UTC))


def _report_status(report: Report) -> Literal["complete", "not_yet", "tampered"]:
    """Return the status of a report: tampered, complete (three stars) or not_yet."""
    if report.is_tampered:
        return "tampered"
    if report.stars == 3:
        return "complete"
    return "not_yet"


def ungraded_report(
    status: Ungraded, name: str, problems: Iterable[Problem]
) -> UngradedReport:
    """Return the report of what couldn't be graded. It has no score, which would be a
    verdict.
    """
    return UngradedReport(
        format=REPORT_FORMAT,
        tool=_tool_info(),
        status=status,
        problems=tuple(map(_told_problem, problems)),
        scenario=None,
        handin=HandInSummary(escape_surrogates(name)),
        variant=None,
        stars=None,
        score=None,
        shares=None,
        sizes=None,
        results=(),
        findings=(),
        waiting={},
        praise=(),
    )


def _tool_info() -> Tool:
    """Return which program and which catalog of AWS's actions made the report."""
    return Tool("coffeeshop", __version__, catalog.data_source())


def waiting_counts(report: Report) -> dict[Waiting, int]:
    """Return by kind how many failed checks belong to a later star than the next. The report has no
    findings about these.
    """
    behind = [
        c.kind
        for c in report.checks
        if c.passed is False and c.star > report.stars + 1 and not report.is_tampered
    ]
    return {kind.waiting: behind.count(kind) for kind in CheckKind if kind.waiting}


def praise_sentences(report: Report) -> Iterator[str]:
    """Yield a sentence for each kind of check that all pass."""
    for kind in CheckKind:
        checks = [check for check in report.checks if check.kind is kind]
        if kind.praise and checks and all(check.passed for check in checks):
            yield kind.praise[min(len(checks), 3) - 1].format(len(checks))


def _check_result(check: Check, report: Report) -> CheckResult:
    """Return a check as the report writes it."""
    explained = _explaining_finding(check, report)
    return CheckResult(
        check.id, check.kind, check.say, check.passed, tuple(check.after), explained
    )


def _explaining_finding(check: Check, report: Report) -> str | None:
    """Return the key of the first finding that explains a check."""
    for finding in report.findings:
        if any(check.id == of.id for of in finding.checks):
            return finding.key
    return None


# -------------------------------------------------------------------- findings
def _told_finding(play: Play, finding: Finding) -> ToldFinding:
    """Return a finding as the report writes it, with the request and the statement that it is
    about.
    """
    decision = _finding_decision(finding)
    first = finding.checks[0].pieces(Proof)[:1]
    witness = next((excess.witness for proof in first for excess in proof.excesses), None)
    return ToldFinding(
        key=finding.key,
        kind=finding.kind,
        stage=finding.checks[0].star,
        checks=tuple(check.id for check in finding.checks),
        people=tuple(finding.people),
        session=_finding_session(finding),
        request=_asked_request(decision.request) if decision else None,
        decision=decision_name(decision) if decision else None,
        decided_by=_deciding_statement(finding.by) if finding.by else None,
        nearest=_nearest_statement(decision),
        witness=_asked_request(witness) if witness else None,
        path=tuple(finding.path),
        misconception=find_misconception(play.scenario, finding),
        text=FindingText(finding.what, finding.why, finding.meaning, finding.ask),
        hints=tuple(finding.hints),
    )


def _finding_session(finding: Finding) -> str | None:
    """Return the badge or role in which the finding was proven or tried."""
    first = finding.checks[0]
    for proof in first.pieces(Proof):
        return proof.badge
    for ticket in first.pieces(Ticket):
        return ticket.want.via or ticket.want.badge
    return None


def _finding_decision(finding: Finding) -> Decision | None:
    """Return the decision that a finding is about: the one at which its first check failed; for a detour that
    of its first step.
    """
    for evidence in finding.checks[0].evidence:
        if isinstance(evidence, Escalation) or (
            isinstance(evidence, Ticket) and finding.path
        ):
            return next(
                (d for outcome in evidence.outcomes for d in outcome.decisions), None
            )
        if isinstance(evidence, Ticket):
            return evidence.decision
    return None


def _nearest_statement(decision: Decision | None) -> NearestStatement | None:
    """Return the statement that came nearest to allowing a refused request; None if none came near."""
    missed = nearest_miss(decision) if decision else None
    if missed is None:
        return None
    statement = asdict(_deciding_statement(missed.matched))
    return NearestStatement(
        **statement,
        element=missed.element,
        wrote=missed.wrote,
        asked=missed.asked,
        suggestion=missed.suggestion,
    )


def _asked_request(request: Request) -> AskedRequest:
    """Return a request as the report writes it."""
    context = {key: tuple(values) for key, values in sorted(request.context.items())}
    return AskedRequest(request.action, request.resource, context)


def _deciding_statement(match: Matched) -> DecidingStatement:
    """Return a statement as the report writes it, with its text and line in the policy."""
    place = match.statement.place
    text = match.policy.text
    return DecidingStatement(
        policy_type=str(match.layer.kind),
        policy=match.policy.name,
        sid=match.statement.sid,
        index=match.policy.statements.index(match.statement),
        line=place.line,
        text=text[place.start : place.end],
    )


def _told_problem(problem: Problem) -> ToldProblem:
    """Return a problem as the report writes it."""
    place = ProblemPlace(escape_surrogates(problem.place.path), problem.place.line)
    return ToldProblem(str(problem.level), problem.code, place, problem.text, problem.mend)
