"""The report as JSON: the one format that all others are made from; the same acts give the same document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from coffeeshop import __version__
from coffeeshop.lessons.grading.hints import CONFUSED
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.model import Check, Escalation, Finding, Play, Proof, Report
from coffeeshop.lessons.play.handin import summed
from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.explain import nearest
from coffeeshop.policy.model import Decision, Excess, Matched, Problem, Request
from coffeeshop.policy.simulation.simulate import verdict
from coffeeshop.shop.want import Ticket

FORMAT = 1
Document: TypeAlias = dict[str, Any]  # JSON-shaped

PRAISE = {  # of one, of two, of more
    "job": ("The job works.", "Both jobs work.", "All {} jobs work."),
    "refuse": ("The refusal holds.", "Both refusals hold.", "All {} refusals hold."),
    "only": 3 * ("Nobody can do anything else.",),
    "practice": ("The practice rule is kept.", "Both practice rules are kept.", "All {} practice rules are kept."),
}


def report_json(play: Play, report: Report, name: str = "", sizes: Mapping[str, Any] | None = None) -> Document:
    """The report of a play; `name` is the hand-in's, `sizes` those that were counted, if they are shown."""
    s, scenario = report.shares, play.scenario
    return {
        **_head("tampered" if report.tampered else "complete" if report.stars == 3 else "not_yet"),
        "scenario": {"id": scenario.id, "title": scenario.title, "digest": scenario.digest},
        "variant": scenario.variant,
        "handin": {
            "name": name,
            "digest": summed(play.acts),
            "calls": len(play.outcomes),
            "ended": (play.acts[-1].at if play.acts else scenario.now).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "stars": report.stars,
        "score": report.score,
        "shares": {
            "j": float(s.jobs),
            "r": float(s.refusals),
            "e": float(s.excess),
            "p": float(s.practice),
            "q": float(report.quality),
            "q0": float(report.floor),
        },
        "sizes": sizes,
        "results": [_check(check, report) for check in report.checks],
        "findings": [_finding(play, finding) for finding in report.findings],
        "waiting": waiting(report),
        "praise": list(praise(report)),
    }


def unjudged(status: str, name: str, problems: Iterable[Problem]) -> Document:
    """The same document for what could not be graded ("ungradable", "error"): without a score, which would be a verdict."""
    told = [_problem(problem) for problem in problems]
    handin = {"name": name, "digest": None, "calls": None, "ended": None}
    nothing = dict.fromkeys(("variant", "stars", "score", "shares", "sizes"))
    rest: Document = {"results": [], "findings": [], "waiting": {}, "praise": []}
    return {**_head(status), "scenario": None, "handin": handin, **nothing, **rest, "problems": told}


def _head(status: str) -> Document:
    tool = {"name": "coffeeshop", "version": __version__, "catalogue": catalog.source()}
    return {"format": FORMAT, "tool": tool, "status": status, "problems": []}


def waiting(report: Report) -> Mapping[str, int]:
    """How many checks of the stars behind the next one do not hold either."""
    behind = [c.kind for c in report.checks if c.passed is False and c.star > report.stars + 1 and not report.tampered]
    return {"excess": behind.count("only"), "practice": behind.count("practice")}


def praise(report: Report) -> Iterator[str]:
    """What holds, in so many words: of every kind of check of which none fails."""
    for kind, said in PRAISE.items():
        mine = [check for check in report.checks if check.kind == kind]
        if mine and all(check.passed for check in mine):
            yield said[min(len(mine), 3) - 1].format(len(mine))


def _check(check: Check, report: Report) -> Document:
    explained = next((f.key for f in report.findings if check.id in {c.id for c in f.checks}), None)
    return {
        "id": check.id,
        "kind": check.kind,
        "say": check.say,
        "passed": check.passed,
        "after": list(check.after),
        "finding": explained,
    }


# -------------------------------------------------------------------- findings
def _finding(play: Play, finding: Finding) -> Document:
    evidence = finding.checks[0].evidence
    ticket = next((e for e in evidence if isinstance(e, Ticket)), None)
    proof = next((e for e in evidence if isinstance(e, Proof)), None)
    decision = _decision(finding)
    witness = next((e.witness for e in proof.found if isinstance(e, Excess)), None) if proof else None
    return {
        "key": finding.key,
        "kind": finding.kind,
        "stage": finding.checks[0].star,
        "checks": [check.id for check in finding.checks],
        "people": list(finding.people),
        "session": proof.badge if proof else (ticket.want.via or ticket.want.badge) if ticket else None,
        "request": _request(decision.request) if decision else None,
        "decision": verdict(decision) if decision else None,
        "decided_by": _matched(finding.by),
        "nearest": _nearest(decision),
        "witness": _request(witness),
        "path": list(finding.path),
        "misconception": _misconception(play, finding),
        "text": {"what": finding.what, "why": finding.why, "meaning": finding.meaning, "ask": finding.ask},
        "hints": list(finding.hints),
    }


def _decision(finding: Finding) -> Decision | None:
    """What the engine decided where the finding's first check came to grief; of a detour, at its first step."""
    for found in finding.checks[0].evidence:
        if isinstance(found, Escalation) or (isinstance(found, Ticket) and finding.path):
            return next((d for outcome in found.outcomes for d in outcome.decisions), None)
        if isinstance(found, Ticket):
            return found.decision
    return None


def _nearest(decision: Decision | None) -> Document | None:
    missed = nearest(decision) if decision else None
    if missed is None:
        return None
    said = {"element": missed.element, "wrote": missed.wrote, "asked": missed.asked, "suggestion": missed.suggestion}
    return {**(_matched(missed.matched) or {}), **said}


def _misconception(play: Play, finding: Finding) -> str:
    """What somebody who ends up here may have believed: by the wrong answer that ends up here too, else by the rule."""
    wrong = next((w.misconception for w in play.scenario.wrongs if finding.key in w.findings), "")
    if finding.kind == "practice":
        return wrong or RULES[finding.key.partition(":")[2]].misconception
    return wrong or CONFUSED.get(f"{finding.kind}:{finding.key.rpartition(':')[2]}", "")


def _request(request: Request | None) -> Document | None:
    if request is None:
        return None
    context = {key: list(values) for key, values in sorted(request.context.items())}
    return {"action": request.action, "resource": request.resource, "context": context}


def _matched(found: Matched | None) -> Document | None:
    if found is None:
        return None
    place, text = found.statement.place, found.policy.text
    return {
        "policy_type": str(found.layer.kind),
        "policy": found.policy.name,
        "sid": found.statement.sid,
        "index": found.policy.statements.index(found.statement),
        "line": place.line,
        "text": text[place.start : place.end],
    }


def _problem(problem: Problem) -> Document:
    where = {"path": problem.place.path, "line": problem.place.line}
    return {
        "level": str(problem.level),
        "code": problem.code,
        "place": where,
        "text": problem.text,
        "mend": problem.mend,
    }
