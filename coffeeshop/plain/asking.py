"""Answer a learner who asks for help: the full step, its cause, the calls, and how much Next says unasked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.scenario.wants import calls_for_failing_jobs
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.lessons.teaching.help_setting import (
    FADING_HELP,
    FULL_HELP,
    HELP_SETTING,
    HELP_VALUES,
    NO_HELP,
    chosen_help,
)
from coffeeshop.lessons.teaching.skills import skills_of_command
from coffeeshop.plain.next_step import WRITE_HINT, next_step_rows, suggested_step
from coffeeshop.plain.nothing import NO_CALLS
from coffeeshop.plain.shell import Shell, plain_rows
from coffeeshop.policy.model import Values
from coffeeshop.shop.mark import Mark
from coffeeshop.views.brief import SHORTENED_MARK, calls, names, takes_document
from coffeeshop.views.containment import ending_calls, lasting_theft
from coffeeshop.views.deed import Goal
from coffeeshop.views.fade import fading_for, helped_skills, skills_of_step
from coffeeshop.views.made_up import with_made_up_names
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Level
from coffeeshop.views.tickets import explain_ticket

if TYPE_CHECKING:
    from coffeeshop.shop.day import IncidentCourse

TEMPLATE_SUFFIX = "-blank.json"  # ends the names of a scenario's templates
ALL_CALLS = "all"
ALL_KNOWN = Row("You already know all the calls here. `calls all` lists them.")
MORE_CALLS = Row("You already know the other calls. `calls all` also lists them.")
SHORT_CALLS = Row(
    f"A call that ends in {SHORTENED_MARK} is one that you know. `calls all` shows it in full."
)
YOUR_CAUSE = (
    "In a diagnosis you name the cause yourself. `cause` lists the possible causes. `open` numbers "
    "the requests. `why` with a number gives a cause, but that counts as help."
)
OF_FIX = Row("This hint is about the fix. Next asks for the cause: `cause`.", role="muted")
NO_CAUSE = "The next step isn't about one failing job or refusal, so there is no decision to explain."
CALLS_HINT = Row("`calls all` lists the calls of this scenario.")
NO_SOLUTION = (
    "every next step. There is no solution here, so you fill in names and policies"
)
HELP_AMOUNTS = {
    FADING_HELP: "less about steps that you have done by yourself",
    FULL_HELP: "every next call, up to the scenario's whole solution",
    NO_HELP: "only the failing job or refusal, until you ask",
}


def asks_cause(shell: Shell) -> bool:
    """Return whether the next step asks the learner for the cause of a case."""
    return suggested_step(shell).step.deed.goal is Goal.NAME_CAUSE


def full_step(shell: Shell) -> Iterator[Row]:
    """Yield the next step in full. It counts as help with its skills, unless Next said it already."""
    suggestion = suggested_step(shell).step
    if suggestion.full is not None:
        skills = helped_skills(suggestion, shell.sitting.scenario)
        shell.player.ask_help(skills, Help.STEP)
        shell.step_shown_in_full = suggestion.full
    yield from next_step_rows(shell)


def step_cause(shell: Shell) -> Iterable[Row]:
    """Return why the job or refusal of the next step fails."""
    suggestion = suggested_step(shell).step
    if asks_cause(shell):
        return [Row(YOUR_CAUSE)]
    shell.player.ask_help(skills_of_step(suggestion), Help.CAUSE)
    fails = suggestion.fails or suggestion.about
    want = suggestion.want or (fails.id if fails else "")
    for ticket in shell.sitting.tickets:
        if ticket.want.id == want:
            return with_made_up_names(
                shell.sitting.play, explain_ticket(ticket), ticket.all_decisions
            )
    if fails is None:
        return [Row(NO_CAUSE)]
    return [Row("`grade` names the missing parts, and `hint` gives a hint.")]


def needed_calls(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the scenario's calls that the learner hasn't made by themselves yet, and its policy templates."""
    scenario = shell.sitting.play_with_wants.scenario
    ending = _calls_ending(shell, scenario, rest == ALL_CALLS)
    failing = [ticket for ticket in shell.sitting.tickets if ticket.mark is Mark.MISS]
    account = shell.sitting.play.account
    if scenario.is_growing_shop and rest != ALL_CALLS:
        if theft := lasting_theft(shell.sitting):
            scenario = replace(scenario, calls=_calls_against(theft, shell.sitting))
            ending = "that stop the incident"
        elif failing:
            growing_calls = calls_for_failing_jobs(scenario, account, failing)
            scenario = replace(scenario, calls=growing_calls)
    fading = fading_for(shell.player)

    def level_of(call: str) -> Level:
        return fading.level_of_skills(skills_of_command(call))

    all_rows = calls(scenario, account)
    rows = all_rows if rest == ALL_CALLS else calls(scenario, account, level_of)
    if not rows:
        yield _no_calls_row(bool(all_rows), fading.setting)
        return
    yield Row(f"The calls {ending}. Replace the words in capitals:", role="title")
    yield from rows
    if any(row.text.endswith(SHORTENED_MARK) for row in rows):
        yield SHORT_CALLS
    if len(rows) < len(all_rows):
        yield MORE_CALLS
    written = [call for call in names(scenario) if takes_document(call)]
    if any(rest == ALL_CALLS or level_of(call) is Level.FULL for call in written):
        yield Row(WRITE_HINT)
        yield from _template_rows(shell)


def _calls_against(theft: IncidentCourse, sitting: Sitting) -> Values:
    """Return the calls that end a theft, as a scenario lists its calls: `iam delete-login-profile`."""
    # Imported late, since few plays list these calls.
    from coffeeshop.account.api.operations import kebab

    ending = ending_calls(theft, sitting.play.account, sitting.now)
    named = (f"{call.service} {kebab(call.operation)}" for call in ending)
    return tuple(dict.fromkeys(named))


def _calls_ending(shell: Shell, scenario: Scenario, is_all: bool) -> str:
    """Return what the listed calls are for. `is_all`: those for jobs that work are listed, too."""
    if scenario.calls and not scenario.is_growing_shop:
        return "of this scenario"
    if is_all:
        return "for the jobs here"
    has_failing = any(ticket.mark is Mark.MISS for ticket in shell.sitting.tickets)
    return "for the jobs that don't work yet" if has_failing else "for the jobs here"


def _no_calls_row(are_there: bool, setting: str) -> Row:
    """Return why no call is listed."""
    if not are_there:
        return Row(NO_CALLS)
    return CALLS_HINT if setting == NO_HELP else ALL_KNOWN


def _template_rows(shell: Shell) -> Iterator[Row]:
    """Yield the names of the scenario's policy templates."""
    blanks = [name for name in shell.sitting.folder if name.endswith(TEMPLATE_SUFFIX)]
    if blanks:
        noun = "Template" if len(blanks) == 1 else "Templates"
        yield Row(f"{noun} to fill in: {', '.join(blanks)} (`show NAME` prints one).")


def settings(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield how much help `next` gives, or change it."""
    progress = shell.player.progress
    name, _, value = rest.partition(" ")
    if rest and (name != HELP_SETTING or value not in HELP_VALUES):
        yield Row(
            f"`settings help` takes {', '.join(HELP_VALUES[:-1])} or {HELP_VALUES[-1]}."
        )
        return
    if value:
        yield from plain_rows(progress.set_setting(HELP_SETTING, value))
    chosen = chosen_help(progress.settings())
    sitting = shell.player.sitting
    lacks_solution = sitting is not None and not sitting.scenario.solution
    amount = NO_SOLUTION if chosen == FULL_HELP and lacks_solution else HELP_AMOUNTS[chosen]
    yield Row(f"`next` says {amount}.", word=f"help {chosen}")
    if not rest:
        others = ", ".join(
            f"`settings help {each}`" for each in HELP_VALUES if each != chosen
        )
        yield Row(f"To change it: {others}.")
