"""Open the next call of the solution, filled in: a policy in its editor, any other call in the console."""

from __future__ import annotations

from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.tui.screens.console import ConsoleScreen
from coffeeshop.tui.screens.draft import SolvedDraft
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.stage import Stage
from coffeeshop.views.deed import Goal
from coffeeshop.views.policy.editor import editor_title
from coffeeshop.views.solved_step import line_to_enter, written_policy


def open_next_call(game: Stage) -> bool:
    """Open the call of the Next box, filled in, and return whether it names one that leaves nothing to choose.

    A call of the solution counts as help with its skills. A step that takes another credential takes it.
    """
    step = game.step
    if step.deed.goal is Goal.TAKE_CREDENTIAL:
        game.use_profile(step.badge)
        return True
    line = line_to_enter(step, game.sitting)
    if step.deed.line:
        game.record_help(Help.STEP)
    if line:
        _open_line(game, line)
    return bool(line)


def _open_line(game: Stage, line: str) -> None:
    """Open the editor with the policy that a line writes, or the console with the line."""
    written = written_policy(line, game.sitting)
    if written is None:
        game.push_screen(ConsoleScreen(line))
        return
    call = written.call
    parameters = {
        name: value for name, value in call.parameters.items() if name != written.member
    }
    draft = SolvedDraft(
        call.service,
        call.operation,
        parameters,
        written.member,
        written.grammar,
        title=editor_title(call, written.grammar),
        blank=written.text,
    )
    game.keep_draft(draft.name, "")  # an edited solution isn't the solution
    game.push_screen(EditorScreen(draft))
