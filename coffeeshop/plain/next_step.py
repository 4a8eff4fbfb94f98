"""Suggest the learner's next step in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coffeeshop.account.access.passwords import describe_requirements
from coffeeshop.invocation import command_line
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.course_place import comes_before, next_scenario
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.plain.shell import Shell, Suggestion, sign_in_again_text
from coffeeshop.shop.mark import Mark
from coffeeshop.views.brief import call_usage, names, takes_document
from coffeeshop.views.day.hours import turned_away_reason
from coffeeshop.views.deed import CASE_KEY, Goal
from coffeeshop.views.fade import (
    CHOOSE_NEXT_CALL,
    fading_for,
    full_step_offer,
    helped_skills,
    names_calls,
    place_text,
)
from coffeeshop.views.identity import (
    DOCUMENT_HINT,
    identity,
)
from coffeeshop.views.next import next_in, signed_out
from coffeeshop.views.page_offer import offered_page
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Level, Step, short
from coffeeshop.views.text import capital, end_sentence

WRITE_HINT = f"{DOCUMENT_HINT} (`write NAME.json` begins one)."
SETS_PASSWORD = {("iam", "CreateLoginProfile"), ("iam", "UpdateLoginProfile")}
# The ARN in a cause can have a name that is drawn anew for each try. Causes that differ only there are the same.
ARN_PATTERN = re.compile(r"\barn:\S+")
SHOWS_CALLS = "`calls` shows the AWS calls to use here."
EXPLAINS_OR_HINTS = "`next why` says why, and `hint` gives a hint."
# By what a step comes to: the word that does it here.
PLAIN_NEXT = {
    Goal.EXPLAIN: "`next why` says why.",
    Goal.GRADE: "`grade` shows your stars.",
    Goal.UNDO: "`undo` takes back the last act.",
    Goal.OPEN_DAY: "`day` begins a day in the shop.",
}


def _update_suggestion(shell: Shell) -> None:
    """Set the suggestion to the next step. If it shows a call of the solution, note that the learner had help."""
    shell.suggestion = suggested_step(shell)
    step = shell.suggestion.step
    if step.deed.line:
        skills = helped_skills(step, shell.sitting.scenario)
        shell.player.ask_help(skills, Help.STEP)


def next_step_rows(shell: Shell) -> Iterator[Row]:
    """Yield the next step and how to do it."""
    _update_suggestion(shell)
    text = f"{shell.suggestion.day_notice}{shell.suggestion.sentence}{_page_text(shell)}"
    yield Row(text, word=_step_label(shell))


def _step_label(shell: Shell) -> str:
    """Return the word before a step. An exam suggests none, so it says how to hand in."""
    return "Exam" if shell.sitting.in_exam else "Next"


def _page_text(shell: Shell) -> str:
    """Return which page of the lesson teaches the next step, as a sentence.

    Return "" before the first call, or if no page teaches it, or if that page was read.
    """
    if not shell.sitting.play.outcomes:
        return ""
    settings = shell.player.progress.settings()
    page = offered_page(shell.sitting.scenario, shell.suggestion.step, settings)
    return f" `lesson {page.number}` {end_sentence(page.text)}" if page else ""


def first_step_rows(shell: Shell) -> Iterator[Row]:
    """Yield how to do the first step of a scenario, whose opening has said what the step is about.

    If help has faded so far that only the failure is left, or there is no instruction, name the subject, too.
    """
    _update_suggestion(shell)
    suggestion = shell.suggestion
    shows_instruction = (
        suggestion.instruction and suggestion.step.level is not Level.FAILURE
    )
    text = suggestion.instruction if shows_instruction else suggestion.sentence
    yield Row(text, word=_step_label(shell))


def suggested_step(shell: Shell) -> Suggestion:
    """Return the next step in words.

    Once every job works, the step is about a missing star. That all are earned is said only after the learner typed `grade`.
    """
    sitting = shell.sitting
    was_graded = shell.graded_scenario is sitting.scenario
    # The learner's own shop has no wants and earns no stars.
    tickets = sitting.tickets if sitting.scenario.wants else ()
    all_work = bool(tickets) and all(ticket.mark is Mark.OK for ticket in tickets)
    report = sitting.assessment.grade() if all_work else sitting.report
    has_won = all_work and report is not None and report.gives_stars and report.stars == 3
    me = identity(sitting.play.account, sitting.profile, sitting.now)
    if signed_out(sitting, report) and (sign_in_hint := sign_in_again_text(shell, me)):
        return Suggestion("", sign_in_hint)
    fading = fading_for(shell.player, shell.step_shown_in_full)
    shown_report = None if has_won and not was_graded else report
    step = next_in(sitting, shown_report, fading.fade, fading.is_complete)
    if step.deed.goal is Goal.RETURN_TO_DAY:
        return Suggestion(
            "", step.text, "`day` lets it go on.", headline=step.headline.rstrip(".")
        )
    # The row begins with the word Next, so the subject needs no other beginning.
    subject = f"{capital(step.subject).rstrip(':.')}."
    headline = capital(step.headline).rstrip(":.")
    cause = "" if step.level is Level.FAILURE else _failure_cause_text(sitting, step)
    if has_won and was_graded and step.deed.goal is not Goal.NAME_CAUSE:
        return Suggestion(step.lead, subject, next_scenario_text(shell), cause, headline)
    if step == shell.step_shown_in_full:
        instruction = _full_text(sitting, step)
    else:
        instruction = _asking_text(step) or _way_text(sitting, step)
    return Suggestion(
        step.lead, subject, instruction, cause, headline, names_calls(step.deed), step
    )


def _asking_text(step: Step) -> str:
    """Return how to see more of a step of which help shows only a part (see `views.fade`).

    At Level.PLACE the text also says where to act. Return "" at Level.FULL.
    """
    match step.level:
        case Level.FULL:
            return ""
        case Level.PLACE:
            return f"{place_text(step)} `next full` {full_step_offer(step)}."
        case Level.FAILURE:
            if step.deed.goal is Goal.READ_FINDING:
                why_text = "`grade` says more"
            else:
                why_text = "`next why` gives the cause"
            return (
                f"{why_text}, `hint` gives a hint, and `next full` {full_step_offer(step)}."
            )


def _full_text(sitting: Sitting, step: Step) -> str:
    """Return the text of a step that the learner asked to see in full.

    If Next knows the calls, the text is these calls. Otherwise the choice is the learner's, for example because several
    policies could be changed. Then the text says so, and names the commands that help.
    """
    way_text = _way_text(sitting, step)
    # The way of a step that explains is `next why`, which the last sentence names.
    if step.deed.goal is Goal.EXPLAIN:
        return f"{_no_call_named_text(sitting)} {EXPLAINS_OR_HINTS}"
    if way_text == SHOWS_CALLS:
        return f"{CHOOSE_NEXT_CALL}. {way_text} {EXPLAINS_OR_HINTS}"
    if not names_calls(step.deed):
        return f"{_no_call_named_text(sitting)} {way_text} {EXPLAINS_OR_HINTS}"
    # A call that only shows what is wrong doesn't say what to do.
    if step.deed.goal is Goal.SHOW:
        return f"{way_text} {EXPLAINS_OR_HINTS}"
    return way_text


def _no_call_named_text(sitting: Sitting) -> str:
    """Return the sentence that Next names no call here, and which command lists the scenario's calls if it has any."""
    listed = " `calls all` lists those of this scenario." if sitting.scenario.calls else ""
    return f"{CHOOSE_NEXT_CALL}.{listed}"


def _failure_cause_text(sitting: Sitting, step: Step) -> str:
    """Return why a step's job or refusal doesn't hold. Return "" if the step is about neither, or it holds."""
    want_id = step.want or (step.fails.id if step.fails else "")
    ticket = next((each for each in sitting.tickets if each.want.id == want_id), None)
    if ticket is None or ticket.mark is Mark.OK:
        return ""
    return turned_away_reason(ticket)


def following_step_rows(shell: Shell) -> Iterator[Row]:
    """Yield the next step after a call. Yield nothing in an exam.

    If the step is the same as before the call, the row is shorter: it doesn't repeat calls that were shown, and gives the
    cause only if that has changed.
    """
    if shell.sitting.in_exam:
        return
    before = shell.suggestion
    _update_suggestion(shell)
    now = shell.suggestion
    if now.sentence != before.sentence:
        yield Row(f"{now.day_notice}{now.sentence}{_page_text(shell)}", word="Next")
        return
    instruction = "`next` says how." if now.is_call else now.instruction
    message = f"{now.headline}. {instruction}"
    if ARN_PATTERN.sub("", now.cause) != ARN_PATTERN.sub("", before.cause):
        message = f"{now.headline}. The reason has changed. {now.cause} {instruction}"
    yield Row(f"{now.day_notice}{message.rstrip()}", word="Still next")


def next_scenario_text(shell: Shell) -> str:
    """Return which scenario comes next, and how to run the shop for a day if this one offers that."""
    form = next_scenario(shell.player)
    if form is None:
        further = "Every scenario has three stars"
    elif comes_before(shell.player, form):
        further = f"“{form.title}” isn't done yet. `play {form.id}` opens it"
    else:
        further = f"`play {form.id}` begins the next one, “{form.title}”"
    if not shell.sitting.offers_day:
        return f"{further}."
    if shell.sitting.day is not None:
        return f"{further}. `day` lets the clock run on."
    return f"{further}. `day` runs your shop for a day."


def _way_text(sitting: Sitting, step: Step) -> str:
    """Return the word or the calls that do a step."""
    deed = step.deed
    match deed.goal:
        case Goal.TAKE_CREDENTIAL:
            return f"`as {step.badge}` uses it."
        case Goal.SIGN_IN if badge := _session_with_code(sitting):
            return f"`as {badge}` uses it."
        case Goal.CONTAIN:
            return f"{capital(deed.say)}. `day` lets the clock run on."
        case Goal.READ_FINDING:
            return f"`grade` {deed.say}{', and `hint` gives a hint' if deed.then else ''}."
        case Goal.HAND_IN:
            return _hand_in_text(sitting.scenario)
        case Goal.NAME_CAUSE:
            return f"`cause {deed.given[CASE_KEY]}` lists the possible causes."
        case goal if goal in PLAIN_NEXT:
            return PLAIN_NEXT[goal]
        case _ if deed.operations:
            return _call_text(sitting, step)
        case _ if names(sitting.play_with_wants.scenario):
            return SHOWS_CALLS
        case _:
            return "`help` lists the commands."


def _call_text(sitting: Sitting, step: Step) -> str:
    """Return the commands of a step's calls, and what the learner has to write for them."""
    if step.deed.line:
        return f"The solution's next call is `{step.deed.line}`."
    typed = " and then ".join(f"`{call_usage(call, step.values)}`" for call in step.calls)
    shows = " shows it" if step.deed.goal is Goal.SHOW else ""
    written = f" {WRITE_HINT}" if any(map(takes_document, step.calls)) else ""
    password = ""
    if SETS_PASSWORD & {*step.deed.operations} and "Password" not in step.values:
        requirements = describe_requirements(sitting.play.account.password_policy)
        password = f" A password has {requirements}."
    return f"{typed}{shows}.{_replacement_text(step)}{written}{password}"


def _replacement_text(step: Step) -> str:
    """Return that a step's call replaces a whole inline policy. "": it replaces none."""
    name = step.values.get("PolicyName")
    if name is None or not any(map(takes_document, step.calls)):
        return ""
    return f" It replaces the whole policy “{short(name)}”, so keep in it what the jobs need. Or write a policy with another name."


def _hand_in_text(scenario: Scenario) -> str:
    """Return how to hand in a scenario."""
    number = scenario.id.partition("-")[0]
    export = command_line("export", number, "--out", f"{number}.handin.jsonl")
    return f"To hand in, type `quit`. Then run: {export}"


def _session_with_code(sitting: Sitting) -> str:
    """Return the profile of an administrator's live session with a code. Return "" if the learner has none."""
    play = sitting.play
    for profile in profiles(play):
        if profile.partition("@")[0] in sitting.scenario.people.admins:
            badge = identity(play.account, profile, sitting.now)
            if badge.mfa and not badge.ended:
                return profile
    return ""
