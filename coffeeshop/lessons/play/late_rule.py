"""Take points off a late hand-in, by the rule of its assignment: 10%/day, 5%/hour, 20%/week or 25%."""

from __future__ import annotations

import re
from datetime import timedelta

from coffeeshop.policy.problem import Level, Place, Problem, Problems

RULE_PATTERN = re.compile(
    r"(\d{1,3})\s*%(?:\s*(?:/|per)\s*(hour|day|week))?", re.IGNORECASE
)
NO_RULE = "none"
TIME_UNITS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def parse_late_rule(text: str) -> str:
    """Return a rule in its one spelling: 10%/day, or 25% for any delay. "" takes nothing off. Raise Problems."""
    typed = text.strip()
    match = RULE_PATTERN.fullmatch(typed)
    if typed.lower() in ("", NO_RULE):
        return ""
    if match is None or int(match[1]) > 100:
        message = f"{text[:40]!a} isn't a late rule"
        mend = f"write 10%/day, 5%/hour, 25% for any delay, or {NO_RULE}"
        raise Problems(Problem(Level.ERROR, "no-late-rule", Place(), message, mend))
    unit = f"/{match[2].lower()}" if match[2] else ""
    return f"{int(match[1])}%{unit}" if int(match[1]) else ""


def kept_share(rule: str, late: timedelta | None) -> float:
    """Return the share of its points, from 0 to 1, that a hand-in keeps. A started day counts as a whole day."""
    match = RULE_PATTERN.fullmatch(rule)
    if late is None or late <= timedelta() or match is None:
        return 1.0
    if match[2]:
        periods = -(-late // TIME_UNITS[match[2]])
    else:
        periods = 1
    return max(0, 100 - int(match[1]) * periods) / 100


def late_rule_text(rule: str) -> str:
    """Return a rule in words, to follow a due date. Return "" if late hand-ins lose nothing."""
    percent, _, unit = rule.partition("/")
    if not rule:
        return ""
    if unit:
        return f"each {unit} late costs {percent}"
    return f"any delay costs {percent}"
