"""The grade as rows: stars, what holds, the findings of the next star, the score and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from msgspec.structs import replace

from coffeeshop.lessons.causes import CAUSES_SHARE
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.report_json import praise_sentences, waiting_counts
from coffeeshop.lessons.grading.sentences import display_name, join_words
from coffeeshop.lessons.model import Finding, Proof, Report
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun

FREE_PLAY_NOTE = "Nothing is asked here, so there are no stars to earn."
OWN_SHOP_NOTE = "Your own shop earns no stars. The grade judges its jobs so far."
ALL_GROWN = (
    "Everything that the shop asks for works. Apart from administrators, no one can do more "
    "than needed."
)
MAX_FINDINGS = 3  # findings at most, root cause first
STAR_MEANINGS = {
    1: "every job works, and every refusal holds",
    2: "and apart from administrators, no one can do more than needed",
    3: "and it will last",
}


def report(graded: Report) -> tuple[Row, ...]:
    """Return the whole report as a learner reads it."""
    return tuple(_report(graded))


def _report(graded: Report) -> Iterator[Row]:
    """Yield the rows of `report`."""
    if not graded.gives_stars:
        yield from unearned_rows(graded)
        yield from chain.from_iterable(map(finding_rows, graded.findings))
        return
    yield Row(f"{graded.stars} of 3 stars, {graded.score:g} of 100 points", role="title")
    yield from (
        Row(STAR_MEANINGS[star], Mark.OK, f"star {star}", indent=1)
        for star in range(1, graded.stars + 1)
    )
    if graded.stars == 3:
        yield Row(
            "Everyone can work. Apart from administrators, no one can do more than needed.",
            Mark.OK,
            "done",
        )
        return
    yield from praise_rows(graded)
    findings = findings_ahead(graded)
    # Not their number: when these are fixed, AWS's next answer can bring others.
    yield Row(f"Next for star {graded.stars + 1}", role="title")
    for finding in findings[:MAX_FINDINGS]:
        yield from finding_rows(finding)
    if (extra := len(findings) - MAX_FINDINGS) > 0:
        yield Row(f"and {extra} more", role="muted", indent=1)
    yield from later_findings_rows(graded)
    yield from failed_call_rows(graded)


def unearned_rows(graded: Report) -> Iterator[Row]:
    """Yield rows in place of the stars, for a scenario that has none."""
    yield Row(OWN_SHOP_NOTE if graded.is_growing_shop else FREE_PLAY_NOTE, role="title")
    if graded.is_growing_shop and graded.stars == 3:
        yield Row(ALL_GROWN, Mark.OK)


def findings_ahead(graded: Report) -> tuple[Finding, ...]:
    """Return the findings that cost a star now, the root cause first.

    A diagnosis leaves out their reasons until the causes are named.
    """
    findings = tuple(finding for finding in graded.findings if finding.costs_star)
    if all(result.is_right for result in graded.cases):
        return findings
    return tuple(replace(finding, why="") for finding in findings)


def failed_call_rows(graded: Report) -> tuple[Row, ...]:
    """Return the learner's calls that failed. They cost no star, and only the first row says so. Empty: none failed."""
    failed = [finding for finding in graded.findings if not finding.costs_star][
        :MAX_FINDINGS
    ]
    if not failed:
        return ()
    once = (failed[0], *(replace(finding, meaning="") for finding in failed[1:]))
    rows = (row for finding in once for row in finding_rows(finding))
    return (Row("Along the way", role="title"), *rows)


def finding_rows(finding: Finding) -> Iterator[Row]:
    """Yield at most four sentences for a finding: what, why, its meaning, a question. Its calls follow."""
    yield Row(finding.what, finding.kind.mark, role="name")
    yield from (
        Row(text, indent=1) for text in (finding.why, finding.meaning, finding.ask) if text
    )
    if finding.path:
        yield Row("The way there:", indent=1, role="muted")
        yield from (Row(line, indent=2, role="code") for line in finding.path)


def hint_rows(text: str) -> Iterator[Row]:
    """Yield a hint. A document is shown as lines of code, below a row with its use."""
    if not text.lstrip().startswith("{"):
        yield Row(text)
        return
    code = text.strip("\n").split("\n")
    if "___" in text:
        yield Row(FILL_IN, role="muted")
    elif len(code) > 1:
        yield Row("This document solves it:", role="muted")
    yield from (Row(line, role="code") for line in code)


FILL_IN = "A document to start from. Fill in its blanks (________) before you use it."


def praise_rows(graded: Report) -> tuple[Row, ...]:
    """Return a row with everything that is right, from the first star on."""
    if graded.stars:
        return (Row(" ".join(praise_sentences(graded)), Mark.OK),)
    return ()


def later_findings_rows(graded: Report) -> tuple[Row, ...]:
    """Return a row that counts the findings of stars that come later. Empty: there are none."""
    counts = waiting_counts(graded)
    names = list[str]()
    for kind in CheckKind:
        count = counts[kind.waiting] if kind.waiting else 0
        of_callers = kind is CheckKind.EXCESS and not _are_all_users(graded)
        if count:
            named = _unlimited_text(graded) if kind is CheckKind.EXCESS else ""
            noun_forms = CALLER_TEXTS if of_callers else kind.late
            names.append(f"{count_noun(count, *noun_forms)}{named}")
    if waiting := waiting_rules(graded):
        names.append(f"{count_noun(waiting, 'best practice')} can't be checked yet")
    if names:
        return (Row(f"For later: {', '.join(names)}.", role="muted"),)
    return ()


def _unlimited_text(graded: Report) -> str:
    """Return which users of those with extra permissions can do everything, in brackets, or ""."""
    people = [
        display_name(check.subject)
        for check in graded.checks
        if check.kind is CheckKind.EXCESS and check.passed is False
        if "/" not in check.subject
        and any(proof.has_everything for proof in check.pieces(Proof))
    ]
    return f" ({join_words(people)} can do everything)" if people else ""


def waiting_rules(graded: Report) -> int:
    """Return how many practice rules are checked only after others are kept. 0: all are kept or checked."""
    results = [check.passed for check in graded.checks if check.kind is CheckKind.PRACTICE]
    return results.count(None) if False in results else 0


CALLER_TEXTS = ("caller can do more than needed", "callers can do more than needed")


def _are_all_users(graded: Report) -> bool:
    """Return whether all callers with extra permissions are users: no service, function, or other account.

    Then the report can speak of users.
    """
    subjects = (
        c.subject for c in graded.checks if c.kind is CheckKind.EXCESS and c.passed is False
    )
    return all(
        subject.startswith("user/") or ("/" not in subject and subject != "service")
        for subject in subjects
    )


def score_rows(graded: Report) -> tuple[Row, ...]:
    """Return the parts of the score: the four shares, their sum, and the part that was right before any act."""
    if not graded.gives_stars:
        return ()
    if graded.cases:
        fix_rows = score_rows(replace(graded, cases=()))
        fix_sum = fix_rows[-1]
        of_fix = replace(fix_sum, text=f"Points for the fix: {fix_sum.text}")
        return (*fix_rows[:-1], of_fix, *_cause_score_rows(graded))
    s = graded.shares
    reached = float(graded.quality)
    untouched = float(graded.floor)
    settings = any(check.kind is CheckKind.SETTING for check in graded.checks)
    rows = (
        ("jobs that work", s.jobs),
        ("refusals that hold", s.refusals),
        (
            f"{COUNTED_PRINCIPALS}{', unchanged settings' if settings else ''}",
            s.excess,
        ),
        ("best practices followed", s.practice),
    )
    shares = tuple(Row(f"{float(value):.0%}", word=word, indent=1) for word, value in rows)
    if graded.is_tampered:
        return (
            *shares,
            Row(
                "You changed something that must stay, so there are no points until you restore it.",
                indent=1,
            ),
        )
    if reached == 1:
        return (
            *shares,
            Row(f"{graded.score:g} of 100 points, because every check passes.", indent=1),
        )
    points = f"{graded.score:g} of 100 points."
    if untouched in (0, 1):
        return (*shares, Row(f"{SCORE_PARTS[graded.stars]} So far: {points}", indent=1))
    if reached >= untouched:
        share_text = f"You earned {100 * (reached - untouched):.1f} of the other {100 * (1 - untouched):.1f}"
    else:
        share_text = "You have fewer points now"
    full_message = (
        f"{SCORE_PARTS[graded.stars]} That makes {100 * reached:.1f}. "
        f"The shop started with {100 * untouched:.1f} points, which don't count. {share_text}: {points}"
    )
    return (*shares, Row(full_message, indent=1))


def _cause_score_rows(graded: Report) -> Iterator[Row]:
    """Yield how the causes that were named count beside the fix."""
    named = sum(result.share for result in graded.cases) / len(graded.cases)
    yield Row(f"{float(named):.0%}", word="points for causes", indent=1)
    if graded.is_tampered:
        return
    fix = round(float(1 - CAUSES_SHARE) * replace(graded, cases=()).score, 2)
    points = round(float(100 * CAUSES_SHARE * named), 2)
    message = f"The fix earns {fix:g} of 80 points, and the causes earn {points:g} of 20"
    yield Row(f"{message}: {graded.score:g} of 100.", indent=1)


# More than the rows of the access table: who comes from outside, or joins later, is counted, too.
COUNTED_PRINCIPALS = (
    "principals without extra access (also services, strangers and future users)"
)
SCORE_PARTS = (  # the parts of the score, by number of stars
    "In the first star, jobs earn up to 16.7 points and refusals up to 16.7. The more jobs work, the more refusals count.",
    "The first star is worth 33.3. Principals without extra access earn up to 33.3 more.",
    "Two stars are worth 66.7. Best practices that you follow earn up to 33.3 more.",
    "Three stars are worth 100.",
)


def check_rows(graded: Report) -> tuple[Row, ...]:
    """Return every check of the brief with its mark, star by star, and any other check that failed.

    A check that can't run yet has a quiet mark.
    """
    marks = {True: Mark.OK, False: Mark.MISS, None: Mark.QUIET}
    seen = [check for check in graded.checks if check.kind.praise or check.passed is False]
    return tuple(
        Row(check.say, marks[check.passed], f"star {check.star}") for check in seen
    )
