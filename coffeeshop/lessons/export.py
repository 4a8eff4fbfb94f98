"""The report as JSON: the one format that all others are made from."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop import __version__
from coffeeshop.lessons.model import Check, Finding, Play, Report
from coffeeshop.policy import catalog
from coffeeshop.policy.model import Matched

FORMAT = 1


def report_json(play: Play, report: Report) -> dict[str, object]:
    """The report of a play, JSON-shaped; the same acts give the same bytes."""
    s = report.shares
    scenario = play.scenario
    return {
        "format": FORMAT,
        "tool": {"name": "coffeeshop", "version": __version__, "catalogue": catalog.source()},
        "scenario": {"id": scenario.id, "title": scenario.title, "digest": scenario.digest},
        "calls": len(play.outcomes),
        "status": "tampered" if report.tampered else "complete" if report.stars == 3 else "not_yet",
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
        "results": [_check(check, report) for check in report.checks],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _check(check: Check, report: Report) -> Mapping[str, object]:
    explained = next((f.key for f in report.findings if check.id in {c.id for c in f.checks}), None)
    return {
        "id": check.id,
        "kind": check.kind,
        "say": check.say,
        "passed": check.passed,
        "after": list(check.after),
        "finding": explained,
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "key": finding.key,
        "kind": finding.kind,
        "checks": [check.id for check in finding.checks],
        "people": list(finding.people),
        "text": {"what": finding.what, "why": finding.why, "meaning": finding.meaning, "ask": finding.ask},
        "decided_by": _matched(finding.by) if finding.by else None,
        "path": list(finding.path),
    }


def _matched(found: Matched) -> Mapping[str, object]:
    return {
        "policy_type": str(found.layer.kind),
        "policy": found.policy.name,
        "sid": found.statement.sid,
        "index": found.policy.statements.index(found.statement),
        "line": found.statement.place.line,
    }
