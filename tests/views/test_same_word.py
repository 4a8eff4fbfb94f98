"""Every surface says the same of every check: over plays that nobody wrote, Next, the floor, Why, If saved and the grade."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.command import script_lines
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.next import next_step
from coffeeshop.views.policy.editor import rows_if_saved
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import stars
from coffeeshop.views.tickets import explain_ticket
from tests.examples import examples, some

UNMOVED = "No job and no refusal changes."
WHOLE = "Every job works and every refusal holds."


@cache
def lessons() -> tuple[Scenario, ...]:
    return tuple(
        scenario
        for scenario in map(load, some(folders(), 8, lambda folder: folder.name))
        if scenario.wants
    )


@cache
def known(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """The lines of the solution, of every wrong answer, and a few that take things away."""
    scripts = [
        scenario.solution,
        *(scenario.text(wrong.script) for wrong in scenario.wrongs),
    ]
    users, groups = scenario.opening.users.values(), scenario.opening.groups.values()
    taken = [f"aws iam delete-user --user-name {user.name}" for user in users]
    taken += [f"aws iam delete-group --group-name {group.name}" for group in groups]
    taken += [f"aws s3 rm --recursive s3://{name}" for name in scenario.opening.buckets]
    return (
        *(tuple(line for _, line in script_lines(text)) for text in scripts),
        tuple(taken),
    )


@st.composite
def plays(draw: st.DrawFn) -> Play:
    """A play of lines that belong to some answers, some left out, sometimes in another order."""
    scenario = draw(st.sampled_from(lessons()))
    scripts = draw(
        st.lists(st.sampled_from(known(scenario)), min_size=1, max_size=2, unique=True)
    )
    pool = [line for script in scripts for line in script]
    keep = draw(st.lists(st.booleans(), min_size=len(pool), max_size=len(pool)))
    kept = (
        [line for line, keeps in zip(pool, keep, strict=True) if keeps]
        if draw(st.booleans())
        else pool
    )
    said = draw(st.permutations(kept)) if draw(st.booleans()) else kept
    cut = draw(st.integers(0, len(said)))
    steps = run_script(
        scenario.opening,
        "\n".join(said[:cut]),
        scenario.now,
        scenario.files,
        scenario.desk[0],
    )
    play = Play(scenario)
    for step in steps:
        for outcome in step.outcomes:
            play = play.do(outcome.act)
    return play


def passed(report: Report) -> dict[str, bool | None]:
    return {
        check.subject: check.passed
        for check in report.checks
        if check.kind in ("job", "refuse")
    }


def told(ticket: Ticket) -> bool:
    return ticket.mark is Mark.OK


@given(plays())
@examples(2)
def test_every_surface_says_the_same_of_every_check(play: Play):
    tickets, report = run_all_wants(play), grade(play)
    for ticket in tickets:
        verdict = passed(report)[ticket.want.id]
        assert verdict is None or verdict is told(ticket), (
            f"the floor says {ticket.mark} of {ticket.want.say}"
        )
        assert (explain_ticket(ticket)[0].mark is Mark.OK) is told(ticket), "Why"
    for step in (next_step(play, tickets, None), next_step(play, tickets, report)):
        told_by_next(step, play, tickets, report)


def told_by_next(
    step: Step, play: Play, tickets: tuple[Ticket, ...], report: Report
) -> None:
    """What Next claims of a job or a refusal is what its ticket, and so the grade, says."""
    if step.text == WHOLE:  # the grade may still find that nobody can administer a key
        assert all(told(ticket) for ticket in tickets)
    assert ("Three stars" in step.text) <= (report.stars == 3)
    named = next((ticket for ticket in tickets if ticket.want.id == step.want), None)
    assert bool(named) is bool(step.want)
    assert named is None or not told(named), step.text
    if step.text.endswith("AWS refuses it."):
        failing = next(
            ticket
            for ticket in tickets
            if ticket.want.mode is Mode.MUST and not told(ticket)
        )
        assert failing.was_refused, step.text
        assert failing.want.request or failing.outcomes[-1].act.call.service != "request", (
            "it works in part"
        )
    if "is still allowed" in step.text:
        assert named
        assert named.mark is Mark.LEAK


@given(plays())
@examples(2)
def test_what_if_saved_tells_of_an_act_is_what_comes_of_it(play: Play):
    for before, after in tuple(
        pairwise(play.back(count) for count in range(len(play.outcomes) + 1))
    )[-2:]:
        rows = rows_if_saved(before, run_all_wants(before), after.outcomes[-1].act)
        if after.outcomes[-1].has_succeeded:
            same_as_done(rows, before, after)


def same_as_done(rows: tuple[Row, ...], before: Play, after: Play) -> None:
    """The rows name what changes, and nothing else; stars move only beside what moves them."""
    was, then, report = run_all_wants(before), run_all_wants(after), grade(after)
    changed = [
        one.want.say
        for was_one, one in zip(was, then, strict=True)
        if told(was_one) is not told(one)
    ]
    assert [row.text for row in rows[: len(changed)]] == [f"“{say}”" for say in changed]
    earned = next(
        (row.text for row in rows if row.text.endswith("is what it would earn")), ""
    )
    assert not earned or earned.startswith(stars(report.stars))
    if any(row.text.startswith(UNMOVED) for row in rows):
        assert not changed
        assert grade(before).stars == report.stars
