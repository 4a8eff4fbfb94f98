"""Make solutions with one thing less: a line of the script, an Allow, a membership or an attachment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from coffeeshop.account.command import script_lines
from coffeeshop.account.iam_resources import User
from coffeeshop.lessons.authoring.mutants import Mutant, with_statements
from coffeeshop.lessons.authoring.policy_slots import spots, standing_so
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import Step, run_play, run_script
from coffeeshop.lessons.play.spoilers import SOLUTION_FILE
from coffeeshop.policy.model import Problems

OPTIONAL_PATTERN = re.compile(r"#@\s*optional")


def solution_without_optional_lines(scenario: Scenario) -> str:
    """Return the solution without the lines that are marked optional."""
    idle = {
        step.number for step in script_steps(scenario, scenario.solution) if step.optional
    }
    rows = script_lines(scenario.solution)
    return "\n".join(
        line
        for number, line in rows
        if number not in idle and not OPTIONAL_PATTERN.match(line)
    )


def mutants_without_line(scenario: Scenario, text: str) -> Iterator[Mutant]:
    """Yield a mutant for each line of the script without that line. Optional lines and the clock's directives stay."""
    for dropped_step in script_steps(scenario, text):
        rest = "\n".join(
            line for number, line in script_lines(text) if number != dropped_step.number
        )
        if dropped_step.optional:
            continue
        try:
            play = run_play(scenario, rest, SOLUTION_FILE)
        except Problems:  # another line depends on it
            continue
        yield Mutant(
            "leave",
            f"line {dropped_step.number} is removed ({dropped_step.line[:60]})",
            play,
        )


def script_steps(scenario: Scenario, text: str) -> tuple[Step, ...]:
    """Return the steps of a script in the untouched world."""
    return tuple(
        run_script(scenario.opening, text, scenario.now, scenario.files, scenario.desk[0])
    )


def mutants_without_grant(play: Play) -> Iterator[Mutant]:
    """Yield a mutant for each Allow, membership or attachment that the play added, without it."""
    before = {
        (spot.holder, statement)
        for spot in spots(Play(play.scenario))
        for statement in spot.policy.statements
    }
    for spot in spots(play):
        for index, statement in enumerate(spot.policy.statements):
            reduced_play = with_statements(play, spot, index, ())
            if (
                statement.effect == "Allow"
                and (spot.holder, statement) not in before
                and reduced_play
            ):
                label = statement.sid or f"statement {index + 1}"
                yield Mutant(
                    "take",
                    f"{label} is removed from {spot.policy.name or 'the trust policy'} ({spot.holder})",
                    reduced_play,
                )
    yield from _mutants_without_attachment(play)


def _mutants_without_attachment(play: Play) -> Iterator[Mutant]:
    """Yield a mutant for each attachment and membership that the play added, without it."""
    account = play.account
    opening = play.scenario.opening
    holders = [*account.users.values(), *account.groups.values(), *account.roles.values()]
    for holder in sorted(holders, key=lambda holder: holder.name):
        old_entity = opening.entity_by_id(holder.id)
        for arn in sorted(
            {*holder.attached} - {*(old_entity.attached if old_entity else ())}
        ):
            rest = replace(
                holder,
                attached=tuple(
                    other_arn for other_arn in holder.attached if other_arn != arn
                ),
            )
            note = f"{arn.rpartition('/')[2]} isn't attached to {holder.name}"
            yield Mutant("take", note, standing_so(play, account.put(rest)))
    for user in (user for user in holders if isinstance(user, User)):
        old_entity = opening.users.get(user.name.lower())
        for id in sorted({*user.groups} - {*(old_entity.groups if old_entity else ())}):
            rest = replace(
                user,
                groups=tuple(other_arn for other_arn in user.groups if other_arn != id),
            )
            group = account.entity_by_id(id)
            note = f"{user.name} is not in {group.name if group else id}"
            yield Mutant("take", note, standing_so(play, account.put(rest)))
