"""The policy editor: the text, its problems, its meaning in plain words, and the tickets that
saving it would change.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import TextArea

from coffeeshop.account.model import Act, Call, ServiceError
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.policy.language.parse import examine_policy
from coffeeshop.policy.model import Problem
from coffeeshop.tui.background import in_background
from coffeeshop.tui.screens.base import LIST_KEYS, Keys, PlayScreen
from coffeeshop.tui.screens.draft import SAVED_SINCE, Draft
from coffeeshop.tui.screens.question import do_unless_locked_out
from coffeeshop.tui.text import (
    STYLES,
    line,
    sentence_row,
    show_on_one_line,
    without_surrogates,
)
from coffeeshop.tui.widgets.fitted import Fitted
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.json_area import NEXT_PANE, JsonArea
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.deed import Deed
from coffeeshop.views.fade import keeps_names_back
from coffeeshop.views.policy.completions import (
    has_proposals,
)
from coffeeshop.views.policy.editor import (
    NAMES_ASKED_TWICE,
    NAMES_DEED,
    added_statement_edit,
    count_rows,
    editor_step,
    fixing_offset,
    is_refused_text,
    problem_rows,
    rows_if_saved,
    statement_number,
    step_at_problem,
    underlined_spans,
    unread_step,
)
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step

REFUSED_TEXT = ("not saved: AWS refuses this text. F8 goes to the problem", "error")
READING_DELAY = 0.15  # seconds without a key, after which the text is read
READ_KEYS = frozenset(("f8", "f3"))  # keys whose effect depends on what was read
SLOW_SECONDS = 0.3  # seconds of reading, after which the pane says so
PANE_TITLES = {"means": "Reads as", "problems": "Problems", "saved": "If saved"}
SLOW_ROW = Row("Checking the text … You can save it or leave meanwhile.", role="muted")


class EditorScreen(PlayScreen):
    """The editor of one policy.

    Only an error of grammar keeps a text from being saved. Unwise policies get a remark.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "save", show=False, priority=True),
        Binding("f4", "another", show=False, priority=True),
        Binding("f8", "next_problem", show=False, priority=True),
        Binding("f9,ctrl+@", "names", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]
    KEYS: ClassVar[Keys] = (
        ("F2", "Save"), ("F9", "Names"), ("F4", "Statement"), ("tab", "Blank"), ("F8", "Problem"), ("F1", "Help"),
        ("esc", "Leave"), ("^z", "Undo"),
    )  # fmt: skip
    EVERYWHERE: ClassVar[Sequence[tuple[str, str]]] = (
        ("home", "To the start of the line. end goes to its end."),
        ("F7", "Select the whole text, so that a paste replaces it."),
        ("^x", "Cut the selection. ^c copies it, and ^v pastes."),
        ("^p", "Find a key, something to create, a person, policy or scenario by name."),
        ("^q", "Leave the app."),
    )
    HELP = (
        "Write the policy on the left. F9 proposes actions, or the ARNs of this account, for the value on the "
        "cursor's line. After it fills a blank, the cursor goes to the next one. F4 adds another statement. The "
        "right side explains the text and shows which jobs and refusals would change. F2 saves. esc leaves and "
        "keeps the text as a draft for the next time, when ^z brings back the saved text."
    )

    def __init__(self, draft: Draft) -> None:
        """Make the editor of a policy. `draft` says which policy and how its text is saved."""
        super().__init__()
        self.draft = draft
        self.reading_timer: Timer | None = None
        self._problems: tuple[Problem, ...] = ()
        # The rows about the tickets that saving would change. Empty while they are not known.
        self._preview_rows: tuple[Row, ...] = ()
        self._is_reading = False
        self._text_is_unread = False  # whether the problems belong to an earlier text
        # Whether F9 was pressed where it proposes names only at the second press.
        self._has_asked_for_names = False
        # The problem to which F8 went last. -1: none since the text changed.
        self._visited_problem = -1

    def body(self) -> ComposeResult:
        """Yield the text on the left, and three panes on the right."""
        with Ground(id="editor"):
            yield JsonArea(self.draft.opened_text, id="text", classes="pane")
            with Fitted(id="said", first=(1, 2, 0)):
                yield ProsePane(id="means", focus=True)
                yield RowList(id="problems", classes="pane", empty="None.")
                yield ProsePane(id="saved", focus=True)

    def begin(self) -> None:
        """Insert an unsaved text that was kept, as a change that ^z undoes.

        Put the cursor in the first blank.
        """
        area = self.query_one(JsonArea)
        if kept_text := self.game.draft(self.draft.name):
            area.replace(kept_text, (0, 0), area.document.end)
        area.first_blank()
        area.focus()
        self._follow_cursor()
        self._entitle()
        older_names = self.draft.older_names(self.game.sitting.drafts)
        if self.draft.text and older_names and not kept_text:
            self.game.say(SAVED_SINCE, "warning")

    def _clear_message(self) -> None:
        """Remove the message at the foot, since it belongs to an earlier moment."""
        if self.game.foot_message is not None:
            self.game.say("")

    def fill(self, play: Play) -> None:
        """Read the text again, since an undo may have changed the account, or a setting the theme."""
        self.query_one(JsonArea).paint()
        self.start_reading()

    def _entitle(self) -> None:
        """Show the policy's title, and whether the text differs from the saved one."""
        area = self.query_one(JsonArea)
        edited = area.text != self.draft.opened_text
        area.entitle(
            line(
                (show_on_one_line(self.draft.title), "bold"),
                (" · not saved", STYLES["warning"]) if edited else "",
            )
        )

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait until the text is read.

        That is F8, F3, which lists the words of the panes beside the text, and the keys of those panes.
        """
        is_in_pane = self.focused is not None and self.focused.id in (
            "means",
            "problems",
            "saved",
        )
        result_is_coming = self._text_is_unread and (
            self._is_reading or self.reading_timer is not None
        )
        return result_is_coming and (key in READ_KEYS or (is_in_pane and key in LIST_KEYS))

    # ------------------------------------------------------------ while typing
    def step_here(self, step: Step) -> Step:
        """Return the step that the Next box shows. It only names keys that work while the learner types."""
        if self._text_is_unread:
            return unread_step(self._has_blank)
        area = self.query_one(JsonArea)
        is_filled = area.slot is None or area.slot.value != ""
        is_unchanged = area.text == self.draft.text
        names_deed = self._names_key(area.element)
        editing_step = editor_step(
            self._problems,
            self._has_blank,
            self._preview_rows,
            is_filled,
            is_unchanged,
            names_deed,
        )
        for problem in (
            self._problems[self._visited_problem :][:1]
            if self._visited_problem >= 0
            else ()
        ):
            location = area.source.get_location_from_index(
                fixing_offset(area.text, problem)
            )
            if location[0] == area.cursor_location[0]:
                return step_at_problem(
                    editing_step, problem, names_deed, len(self._problems) > 1
                )
        return editing_step

    @property
    def _has_blank(self) -> bool:
        """Return whether the text has a blank to which tab goes."""
        return self.query_one(JsonArea).blank is not None

    @on(TextArea.SelectionChanged)
    def _follow_cursor(self) -> None:
        """Show the keys, the meaning and the suggestion that fit the cursor's new position."""
        self._clear_message()
        self._show_keys()
        self._follow_statement()
        self.show_next_step()

    def _follow_statement(self) -> None:
        """Scroll to the meaning of the statement under the cursor."""
        area = self.query_one(JsonArea)
        number = statement_number(area.text, area.cursor_offset)
        self.call_after_refresh(
            self.query_one("#means", ProsePane).keep_in_sight, f"Statement {number}"
        )

    def on_descendant_focus(self) -> None:
        """Update the key row, since tab depends on the focus."""
        super().on_descendant_focus()
        self._show_keys()

    def _show_keys(self) -> None:
        """Show the key row.

        The panes name the key that leads to them, since tab goes to a blank first.
        """
        area = self.query_one(JsonArea)
        for pane in (*self.query(RowList), *self.query(ProsePane)):
            if area.tab == NEXT_PANE:
                pane.reached = "tab ↓"
            else:
                pane.reached = "shift+tab ↓"
            pane.show_fold()
        self.show_keys()

    @property
    def keys_here(self) -> Keys:
        """Return the keys, with the current effect of tab, or without tab if it has none."""
        area = self.query_one(JsonArea)
        if area.has_focus:
            tab_label = area.tab
        elif self.query_one("#saved").has_focus:
            tab_label = "Text"  # after the last pane
        else:
            tab_label = NEXT_PANE
        return [
            ("tab", tab_label) if key[0] == "tab" else key
            for key in self.KEYS
            if tab_label or key[0] != "tab"
        ]

    def on_key(self, event: events.Key) -> None:
        """Insert letters into the text, even if a pane has the focus. No letter is a command here."""
        area = self.query_one(JsonArea)
        if event.character and event.is_printable and not area.has_focus:
            event.stop()
            area.focus()
            area.insert(event.character)

    @on(TextArea.Changed)
    def _follow_typing(self) -> None:
        """Read the text again after a short pause, and forget which problem F8 visited."""
        self._visited_problem = -1
        self._mark_unread()
        self._entitle()
        self._follow_cursor()
        if self.reading_timer is not None:
            self.reading_timer.stop()
        self.reading_timer = self.set_timer(READING_DELAY, self.start_reading)

    def _mark_unread(self) -> None:
        """Say in the titles of the panes that what they show belongs to an earlier text."""
        self._text_is_unread = True
        for pane in (*self.query(RowList), *self.query(ProsePane)):
            pane.entitle(
                line(PANE_TITLES[pane.id or ""], (" (checking …)", STYLES["muted"]))
            )

    def start_reading(self) -> None:
        """Read the text in a thread.

        Only one reading runs at a time. It starts again while the text changes.
        """
        self.reading_timer = None
        self._mark_unread()
        if not self._is_reading:
            self._is_reading = True
            self._read_until_settled()

    @work(group="if saved", exit_on_error=False)
    async def _read_until_settled(self) -> None:
        """Read the text until neither it nor the play changes during a reading, and no other was asked for."""
        area = self.query_one(JsonArea)
        slow_timer = self.set_timer(SLOW_SECONDS, self._say_slow)
        try:
            text = ""
            play = None
            while self.widgets_exist and (
                self._text_is_unread
                or text != area.text
                or play is not self.game.sitting.play
            ):
                text = area.text
                play = self.game.sitting.play
                await self._read(text, play)
        finally:
            slow_timer.stop()
            self._is_reading = False

    async def _read(self, text: str, play: Play) -> None:
        """Show the text's problems and meaning, and then the tickets that saving would change."""
        problems, meaning = await in_background(
            partial(self.draft.examine, text, play.account)
        )
        if not self.widgets_exist or text != self.query_one(JsonArea).text:
            return
        self._show_problems(text, problems, meaning)
        if is_refused_text(problems):
            self._show_preview((Row("Fix the problems above first.", role="muted"),))
            return
        if self.game.sitting.in_exam:
            self._show_preview((Row("An exam shows no results.", role="muted"),))
            return
        act = Act(self.game.sitting.now, self.game.sitting.caller, self.draft.call(text))
        rows = await in_background(
            partial(
                rows_if_saved,
                self.game.sitting.play_with_wants,
                self.game.sitting.tickets,
                act,
            )
        )
        if self.widgets_exist and play is self.game.sitting.play:
            self._show_preview(rows)
            self._preview_rows = rows
            self.show_next_step()

    def _say_slow(self) -> None:
        """Say that the reading takes a while."""
        if self.widgets_exist:
            self._show_preview((SLOW_ROW,))

    def _show_problems(
        self, text: str, problems: tuple[Problem, ...], meaning: tuple[str, tuple[Row, ...]]
    ) -> None:
        """Show the problems of the text and its meaning."""
        self._text_is_unread = False
        self._problems = problems
        self._preview_rows = ()
        ascii = self.game.settings.ascii
        box = self.query_one("#problems", RowList)
        box.entitle(
            line(
                "Problems ", *((row.text, STYLES[row.role]) for row in count_rows(problems))
            )
        )
        box.show(
            (str(n), sentence_row(problem, ascii))
            for n, problem in enumerate(problem_rows(problems))
        )
        self.query_one(JsonArea).underline(underlined_spans(text, problems))
        self.show_next_step()
        means = self.query_one("#means", ProsePane)
        means.show(*meaning, ascii)
        self._follow_statement()

    def _show_preview(self, rows: tuple[Row, ...]) -> None:
        """Show the effects of saving in their pane."""
        self.query_one("#saved", ProsePane).show("If saved", rows, self.game.settings.ascii)

    # ----------------------------------------------------------------- actions
    def action_save(self) -> None:
        """Save the policy. AWS's refusal replaces the preview."""
        text = without_surrogates(self.query_one(JsonArea).text)
        _, problems = examine_policy(text, self.draft.grammar)
        if is_refused_text(problems):  # a text that AWS accepts is saved, wise or not
            self.start_reading()
            self.game.say(*REFUSED_TEXT)
            return
        if text == self.draft.text:
            self.action_leave()
            self.game.say("nothing changed, so nothing was saved")
            return
        call = self.draft.call(text)
        do_unless_locked_out(self.game, call, lambda: self._save(call))

    def _save(self, call: Call) -> None:
        """Make the call that saves the policy, and close on success."""
        outcome = self.game.do(call)
        if outcome is None:  # the text is still here, and can be saved to the changed play
            return
        if isinstance(outcome.answer, ServiceError):
            self._show_preview(
                (Row(outcome.answer.message, role="error", word=outcome.answer.code),)
            )
            return
        older_names = self.draft.older_names(self.game.sitting.drafts)
        for name in (self.draft.name, *older_names):
            self.game.keep_draft(name, "")
        self.close()

    def keep_unsaved_text(self) -> None:
        """Keep the unsaved text, if it was edited."""
        if self.widgets_exist:
            text = self.query_one(JsonArea).text
            edited = text != self.draft.opened_text
            self.game.keep_draft(self.draft.name, text if edited else "")

    def action_leave(self) -> None:
        """Close the editor, and keep the unsaved text."""
        self.keep_unsaved_text()
        self._clear_message()
        self.close()
        if self.game.draft(self.draft.name):
            again = self.draft.reopening_hint
            message = (
                f"not saved, but your draft is kept: {again} to continue, and ^z undoes it"
            )
            self.game.say(message, "warning")

    def action_another(self) -> None:
        """Insert a blank statement after the one under the cursor, and go to its first blank."""
        area = self.query_one(JsonArea)
        edit = added_statement_edit(area.text, self.draft.blank, area.cursor_offset)
        if edit is None:
            self.game.say(
                "F4 adds a statement if the text is valid JSON that has one. F8 goes to the problem"
            )
            return
        start, end, text = edit
        area.replace(
            text,
            area.source.get_location_from_index(start),
            area.source.get_location_from_index(end),
        )
        area.first_blank(start + text.rindex("\n    {"))
        area.focus()

    def action_next_problem(self) -> None:
        """Move the cursor to the marked problem, or from there to the next (after the last, the first)."""
        problem_list, count = self.query_one("#problems", RowList), len(self._problems)
        if not count:
            self.game.say("there is no problem to go to")
            return
        marked_problem = int(problem_list.chosen_id or 0)
        self._go_to_problem(
            (marked_problem + 1) % count
            if marked_problem == self._visited_problem
            else marked_problem
        )

    @on(JsonArea.Unchanged)
    def _say_unchanged(self, event: JsonArea.Unchanged) -> None:
        """Show at the foot why a key changed nothing in the text."""
        self.game.say(event.why)

    @on(RowList.Chosen, "#problems")
    def _go_to_chosen(self, event: RowList.Chosen) -> None:
        """Move the cursor to the place of the chosen problem."""
        self._go_to_problem(int(event.chosen))

    def _go_to_problem(self, number: int) -> None:
        """Move the cursor to the place where a problem is fixed."""
        self._visited_problem, area = number, self.query_one(JsonArea)
        self.query_one("#problems", RowList).choose(str(number))
        at = fixing_offset(area.text, self._problems[number])
        area.move_cursor(area.source.get_location_from_index(at), center=True)
        area.focus()

    def action_names(self) -> None:
        """Propose values for the cursor's line.

        The list opens before the next key is handled, so that no key meant for it enters the text.
        """
        from coffeeshop.tui.screens.proposals import proposals_dialog

        area = self.query_one(JsonArea)
        proposals = proposals_dialog(area, self.draft, self.game.sitting.play_with_wants)
        if proposals is None:
            self.game.say(
                "F9 proposes values of Action, Resource, Principal and some condition keys"
            )
            return
        if self._names_key(area.element) is NAMES_ASKED_TWICE:
            self._ask_for_names()
            return
        if self._has_asked_for_names:
            self.game.player.ask_help(self.draft.skills, Help.HINT)
        self.game.push_screen(proposals, self._insert_name)

    def _names_key(self, element: str) -> Deed | None:
        """Return what F9 does for this policy element, or None if it proposes nothing."""
        if not has_proposals(self.game.sitting.play.account, element):
            return None
        is_kept_back = keeps_names_back(self.game.player, self.draft.skills, element)
        return (
            NAMES_ASKED_TWICE
            if is_kept_back and not self._has_asked_for_names
            else NAMES_DEED
        )

    def _ask_for_names(self) -> None:
        """Say that the second press of F9 proposes names, and whether that counts as help."""
        self._has_asked_for_names = True
        scenario = self.game.sitting.play_with_wants.scenario
        has_stars = bool(scenario.wants) and not scenario.is_growing_shop
        counts = ", which counts as help" if self.draft.skills and has_stars else ""
        self.game.say(f"F9 again proposes names{counts}")
        self.show_next_step()

    def _insert_name(self, picked: str | None) -> None:
        """Insert the picked value.

        If it filled a blank, go to the next blank, so that F9 proposes values for that one.
        """
        if picked is not None:
            area = self.query_one(JsonArea)
            fills_blank = area.slot is not None and area.slot.value == ""
            area.complete(picked)
            if fills_blank and self._has_blank:
                area.action_next_blank()
