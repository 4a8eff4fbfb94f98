"""Complete a suggestion of Next for whoever chose help *full*: the next call of the scenario's solution, filled in."""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Call
from coffeeshop.lessons.sitting.policy_text import document_of
from coffeeshop.policy.model import Kind
from coffeeshop.views.badge_in_hand import avoids_root, too_late
from coffeeshop.views.brief import call_usage
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.solution_path import (
    PROFILE_PATTERN,
    Move,
    Path,
    end_of,
    gap_of,
    leads_to_stars,
    solution_path,
)
from coffeeshop.views.step import UNDO_DEED, Step

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Play, Report
    from coffeeshop.lessons.sitting.sitting import Sitting

# Steps with these goals can leave something to the learner.
INCOMPLETE_GOALS = frozenset(
    {
        Goal.ACT,
        Goal.SHOW,
        Goal.SIGN_IN,
        Goal.TAKE_CREDENTIAL,
        Goal.EXPLAIN,
        Goal.READ_FINDING,
        Goal.HINT,
        Goal.UNDO,
    }
)
# These do only if the grade is known, and lacks a star.
AFTER_GRADE = frozenset({Goal.GRADE, Goal.NAME_CAUSE})
FILL_IN = "fills in the solution's next call"
NO_WAY_ON = "From here, no call leads to the solution:"


def solved_step(step: Step, sitting: Sitting, report: Report | None) -> Step:
    """Return a step that a learner can follow without a choice of their own, until three stars are won.

    It is the step itself, if its calls are complete and lead nearer to the solved account. Otherwise it is the
    next call to that account, or an undo if no call leads there. A scenario without a solution, such as a class's
    pack, keeps the step, and so does a learner's own shop.
    """
    play = sitting.play
    scenario = play.scenario
    if not (scenario.solution and scenario.wants and _leaves_choice(step, report)):
        return step
    path = solution_path(play)
    if not leads_to_stars(play, path) or _calls_root_late(play, path):
        if not play.outcomes:
            return step
        return Step(
            step.cause, UNDO_DEED, step.fails, NO_WAY_ON, want=step.want, lead=step.lead
        )
    if not path.moves or _is_complete(step, play, sitting.profile, path):
        return step
    move = path.moves[0]
    if step.deed.goal is Goal.TAKE_CREDENTIAL and step.badge == move.profile:
        return step
    return _move_step(step, move, sitting)


def _calls_root_late(play: Play, path: Path) -> bool:
    """Return whether root has called, or would call on the path, what an administrator could. Only undo helps then."""
    return avoids_root(play) and too_late(end_of(play, path)) is not None


def _leaves_choice(step: Step, report: Report | None) -> bool:
    """Return whether a step can leave something to the learner. After three stars, none does."""
    if report is not None and report.stars == 3:
        return False
    if step.deed.goal in AFTER_GRADE:
        return report is not None
    return step.deed.goal in INCOMPLETE_GOALS


def _is_complete(step: Step, play: Play, profile: str, path: Path) -> bool:
    """Return whether the step's calls succeed as Next shows them, and lead nearer to the solved account.

    A call that the learner has to type is not complete in the app.
    """
    is_typed = step.target is None and step.other_target is None
    if step.deed.goal is not Goal.ACT or not step.deed.operations or is_typed:
        return False
    after = play
    for call in step.calls:
        done = Move(call_usage(call, step.values), profile).do(after)
        if done is None:
            return False
        after = done
    if len(gap_of(after)) >= len(gap_of(play)):
        return False
    return gap_of(end_of(after, path)) <= path.gap


def _move_step(step: Step, move: Move, sitting: Sitting) -> Step:
    """Return the step about the same failure, with a move of the solution as its deed."""
    call = move.call(sitting.play)
    if call is None:
        return step
    names = {
        name: value
        for name, value in call.parameters.items()
        if isinstance(value, str) and not value.startswith("{")
    }
    operation = (call.service, call.operation)
    line = move.line_by(sitting.profile)
    deed = Deed("C", FILL_IN, (operation,), given=names, line=line)
    cause = "" if step.deed.goal is Goal.NAME_CAUSE else step.cause
    fails = step.fails or step.about
    return replace(
        step, cause=cause, deed=deed, fails=fails, advice="", target=None, other_target=None
    )


def line_to_enter(step: Step, sitting: Sitting) -> str:
    """Return the command line of a step that leaves nothing to choose. Return "" if it leaves something, or has no call."""
    if step.deed.line or step.deed.goal is not Goal.ACT or len(step.calls) != 1:
        return step.deed.line
    line = call_usage(step.calls[0], step.values)
    is_whole = Move(line, sitting.profile).do(sitting.play) is not None
    return line if is_whole else ""


class WrittenPolicy(Struct, frozen=True):
    """A call that writes a policy: the parameter with its document, the grammar, and the document's text with line breaks."""

    call: Call
    member: str
    grammar: Kind
    text: str


def written_policy(line: str, sitting: Sitting) -> WrittenPolicy | None:
    """Return the policy that a line of the solution writes, for the editor.

    None: it writes none, by another credential, or one of an organization, for which there is no editor.
    """
    call = Move(line, sitting.profile).call(sitting.play)
    if call is None or PROFILE_PATTERN.search(line) or call.service == "organizations":
        return None
    document = document_of(call.service, call.operation, call.parameters)
    if document is None:
        return None
    member, grammar = document
    text = f"{dumps(loads(call.text(member)), ensure_ascii=False, indent=2)}\n"
    return WrittenPolicy(call, member, grammar, text)
