"""The shop floor: the picture of the account, the jobs, the refusals, and today's requests."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from coffeeshop.account.model import Account, Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket, station
from coffeeshop.tui.keys import action_of_key
from coffeeshop.tui.screens.base import Keys, PlayScreen, as_app_worker
from coffeeshop.tui.text import STYLES, line, show_on_one_line, sign
from coffeeshop.tui.widgets.bars import AwsLine, NextBox
from coffeeshop.tui.widgets.opening import Opening
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList, note
from coffeeshop.views.cells import fit, shorten_text, width
from coffeeshop.views.deed import Deed
from coffeeshop.views.picture.beats import beats
from coffeeshop.views.picture.model import Floor, came_to
from coffeeshop.views.picture.picture import look_at_bay
from coffeeshop.views.picture.scene import floor, floor_at_opening
from coffeeshop.views.reactions import jobs_changed_since, reaction_line
from coffeeshop.views.requests import (
    TODAY_TITLE,
    Seen,
    earlier,
    latest_requests,
    latest_title,
)
from coffeeshop.views.rows import MARK_ROLES
from coffeeshop.views.situation import Situation, situation_of
from coffeeshop.views.step import MAX_NAME_WIDTH, Step
from coffeeshop.views.step_place import target_action, target_item
from coffeeshop.views.things.item_actions import action_label
from coffeeshop.views.things.items import MARKS_WORST_FIRST
from coffeeshop.views.tickets import explain_ticket, outcome_rows, unlisted_text

# Keys of the menu.
EDIT_KEY = "e"
TAKE_AWAY = "d"
MAX_JOBS_REPLAYED = 3  # jobs that the floor replays at most
# The widest cells for the caller, the action and the resource, so that the result is always visible.
MAX_CELL_WIDTHS = (20, 34, 20)


class ShopScreen(PlayScreen):
    """Mode 1, the shop floor."""

    LISTS_TICKETS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "app.onward", show=False),
        Binding("p", "guess", show=False),
        Binding("enter", "begin_play", show=False),
    ]
    # People and Policies share one word, since the Next box and the brief name them.
    KEYS: ClassVar[Keys] = (
        "why", "brief", "tickets", "grade", "hint", ("2 3", "Edit"), "help", "console", "access", "badge", "lesson",
    )  # fmt: skip
    AUTO_FOCUS = ""
    OPENING_KEYS: ClassVar[Keys] = ("brief", "lesson", "help")
    HELP = (
        "The shop is a picture of the account: people at their stations, the jobs that work, and the requests "
        "that get through. Jobs must work, and refusals must hold. After the brief, key b, the lists below the picture "
        "show the results now, worst first. Then tab moves between the lists, and y explains a line."
    )

    _newest_line = line("")
    _today_title = TODAY_TITLE

    # The focused widget, or the one before the details got the focus.
    _focus_before: Widget | None = None
    _sitting_shown: Sitting | None = None  # when the floor was shown last
    # What the shown details depend on: the decision, the bay and the kind of marks.
    _detail_facts: tuple[object, ...] = ()
    _tickets_to_replay: tuple[Ticket, ...] = ()
    _reaction = ""  # a line about the jobs that the last change started or stopped

    def body(self) -> ComposeResult:
        """Yield the picture, the replay that takes its place, three lists and the details."""
        yield Picture(id="picture")
        yield Opening(id="replay")
        yield RowList(id="jobs", classes="pane")
        yield RowList(id="refusals", classes="pane", tab_skips_empty=True)
        yield RowList(
            id="today",
            classes="pane",
            empty="There are no requests yet. Your commands appear here.",
            tab_skips_empty=True,
        )
        yield ProsePane(id="look")

    def set_size_classes(self) -> None:
        """Set the class of the opening, too, before the widgets are styled."""
        self.set_class(self.game.at_opening, "-opening", update=False)
        super().set_size_classes()

    @property
    def situation(self) -> Situation:
        """Return the opening of the scenario, and the request that it tells of."""
        return situation_of(self.game.sitting.scenario, self.game.sitting.tickets)

    def begin(self) -> None:
        """Prepare the replay. It shows no words, and any key skips it."""
        replay = self.query_one(Opening)
        replay.has_captions = False
        replay.can_focus = False

    def show(self) -> None:
        """Show the current play, and replay the jobs that changed since the floor was shown last."""
        super().show()
        if self._tickets_to_replay and self.is_current and self.widgets_exist:
            self._replay(self._tickets_to_replay)

    def _note_changes(self) -> None:
        """Note which jobs started or stopped working since the floor was shown last.

        The opening replays the request that it tells of.
        """
        sitting_before = self._sitting_shown
        sitting = self._sitting_shown = self.game.sitting
        self._tickets_to_replay = ()
        if sitting_before is None:
            if self.game.at_opening and self.situation.ticket:
                self._tickets_to_replay = (self.situation.ticket,)
        elif sitting_before.assessment is not sitting.assessment:
            self._tickets_to_replay = jobs_changed_since(sitting_before, sitting)
            self._reaction = reaction_line(self._tickets_to_replay)

    def _replay(self, tickets: tuple[Ticket, ...]) -> None:
        """Replay some tickets in place of the picture.

        Do nothing if motion is off or the picture is words: the lists show the results anyway.
        """
        self._tickets_to_replay = ()
        picture = self.query_one(Picture)
        if picture.still or picture.in_words:
            return
        replay = self.query_one(Opening)
        replay.ascii = self.game.settings.ascii
        self.add_class("-replaying")
        replay.play(beats(self.game.sitting.play, tickets[:MAX_JOBS_REPLAYED]))

    def skip_replay(self) -> None:
        """Show the picture again in place of the replay."""
        replay = self.query_one(Opening)
        replay.stop_frames()
        replay.forget()
        self.remove_class("-replaying")

    on_opening_over = skip_replay

    def on_screen_suspend(self) -> None:
        """End the replay below another screen."""
        super().on_screen_suspend()
        if self.widgets_exist:
            self.skip_replay()

    def _show_lists(self) -> None:
        """Show the lists after the opening. Focus the ticket that the Next box names, or else the list of jobs."""
        is_opening = self.game.at_opening
        self.query_one(Picture).can_focus = not is_opening
        if is_opening and not self.has_class("-opening"):
            self.set_focus(None)
        self.set_class(is_opening, "-opening")
        if not is_opening and self.focused is None:
            ticket = self.game.ticket(self.game.step.want)
            is_refusal = ticket is not None and ticket.want.mode is Mode.NEVER
            self.query_one("#refusals" if is_refusal else "#jobs").focus()

    @property
    def keys_here(self) -> Keys:
        """Return the keys. The opening names few of them."""
        return self.OPENING_KEYS if self.game.at_opening else self.KEYS

    def step_here(self, step: Step) -> Step:
        """Return the step that the Next box shows. At the opening it tells the situation."""
        if not self.game.at_opening:
            lead = f"{self._reaction} " if self._reaction else ""
            return replace(step, lead=f"{lead}{step.lead}")
        situation = self.situation
        want = situation.ticket.want.id if situation.ticket else step.want
        name = _opened_name(self.game.sitting.play.account, self._first_step(step))
        deed = Deed("⏎", f"opens {name}") if name else Deed()
        return Step(situation.text, deed, want=want)

    def show_next_step(self) -> None:
        """Show what to do next. The opening is shown even if the Next box is hidden."""
        super().show_next_step()
        if self.game.at_opening:
            self.query_one(NextBox).remove_class("-hidden")

    def show_foot(self) -> None:
        """Show the last command and its result. The opening has a foot only for messages."""
        super().show_foot()
        self.query_one(AwsLine).display = not self.game.at_opening or bool(
            self.game.foot_message
        )

    @as_app_worker
    async def action_begin_play(self) -> None:
        """Do what Next proposes, at the opening."""
        from coffeeshop.tui.screens.first_act import follow_step

        if self.game.at_opening:
            await follow_step(self.game, self, self._first_step(self.game.step))

    def _first_step(self, step: Step) -> Step:
        """Return the step with which the learner begins. In an exam Next hands in, so they begin with the brief."""
        return OPEN_BRIEF if self.game.sitting.in_exam else step

    @as_app_worker
    async def action_guess(self) -> None:
        """Ask what AWS will decide. It is never scored."""
        from coffeeshop.tui.screens.quiz import ask

        if questions := self.game.sitting.questions_before:
            await ask(self.game, questions, "p asks again")
        else:
            self.game.say("this scenario asks no question")

    def key_must_wait(self, key: str) -> bool:
        """Return whether the key to the next scenario waits for the grade, which may open it."""
        return (key == "n" and self.game.is_grading) or super().key_must_wait(key)

    def show_bars(self, play: Play) -> None:
        """Show the bars and the picture. The picture also changes with the grade and the settings."""
        super().show_bars(play)
        self._note_changes()
        picture = self.query_one(Picture)
        picture.still = self.game.settings.still
        picture.ascii = self.game.settings.ascii
        if self.game.settings["picture"] == "words":
            picture.variant = "words"
        else:
            picture.variant = "painted"
        picture.show(self._floor(play))
        self._mark_words()
        self._show_lists()

    def _floor(self, play: Play) -> Floor:
        """Return the floor. At the opening it shows only the person and the place that it tells of."""
        if self.game.at_opening:
            return floor_at_opening(play, self.situation.ticket)
        return floor(play, self.game.sitting.tickets, self.game.sitting.report)

    def on_resize(self) -> None:
        """Adapt to another window size, which may need words instead of a picture."""
        self._mark_words()
        self.call_after_refresh(self._entitle_today)  # the size's classes are set by then

    def _mark_words(self) -> None:
        """Set the class of the body that tells whether the picture is words, which need fewer rows."""
        if self.widgets_exist:
            self.query_one("#body").set_class(self.query_one(Picture).in_words, "-words")

    def fill(self, play: Play) -> None:
        """Show the jobs, the refusals, and the latest requests."""
        self._fill_tickets("#jobs", Mode.MUST, "Must work")
        self._fill_tickets("#refusals", Mode.NEVER, "Must be refused")
        self._fill_requests(play)
        self._show_details()

    def _fill_tickets(self, list_id: str, mode: Mode, title: str) -> None:
        """Show the tickets of one mode in a list, the worst first, with a count of the good ones in its title.

        An exam shows how many there are, but no result.
        """
        sitting = self.game.sitting
        tickets = [ticket for ticket in sitting.tickets if ticket.want.mode is mode]
        good_count = sum(ticket.mark is Mark.OK for ticket in tickets)
        listed_tickets = [
            ticket for ticket in sitting.listed_tickets if ticket.want.mode is mode
        ]
        listed_tickets.sort(key=lambda ticket: MARKS_WORST_FIRST.index(ticket.mark))
        if sitting.in_exam:
            count = (str(len(tickets)), STYLES["muted"])
            unlisted = ""
        else:
            style = STYLES["ok" if good_count == len(tickets) else "error"]
            count = (f"{good_count} of {len(tickets)}", style)
            unlisted = unlisted_text(tickets, listed_tickets)
        ticket_list = self.query_one(list_id, RowList)
        ticket_list.entitle(line(f"{title} ", count, *self._mark_legend(listed_tickets)))
        rows = ((ticket.want.id, self._ticket_row(ticket)) for ticket in listed_tickets)
        ticket_list.show((*rows, *note(unlisted)), from_top=True)

    def _fill_requests(self, play: Play) -> None:
        """Show the latest requests, with their callers, actions and resources cut and aligned in columns."""
        requests = latest_requests(play)
        self._today_title = latest_title(requests)
        latest = next(iter(requests), None)
        if latest and latest.is_today:
            self._newest_line = self._request_line(
                latest, latest.who, latest.action, latest.resource
            )
        else:
            self._newest_line = line(("no requests yet", STYLES["muted"]))
        cut_texts = [
            tuple(
                map(shorten_text, (seen.who, seen.action, seen.resource), MAX_CELL_WIDTHS)
            )
            for seen in requests
        ]
        widths = [max(map(width, column)) for column in zip(*cut_texts, strict=True)]
        aligned_texts = (tuple(map(fit, texts, widths)) for texts in cut_texts)
        rows = (
            (seen.id, self._request_line(seen, *texts))
            for seen, texts in zip(requests, aligned_texts, strict=True)
        )
        self.query_one("#today", RowList).show((*rows, *note(earlier(play))), from_top=True)

    def _mark_legend(self, tickets: list[Ticket]) -> tuple[Content | tuple[str, str], ...]:
        """Return the meaning of the worst ticket's mark, or nothing if all are OK.

        The tickets are sorted, the worst first.
        """
        mark = tickets[0].mark if tickets else Mark.OK
        if mark is Mark.OK:
            return ()
        word = came_to(tickets[0].want.mode, mark)
        return (
            line(" "),
            sign(mark, self.game.settings.ascii),
            (f" {word}", STYLES[MARK_ROLES[mark]]),
        )

    def _ticket_row(self, ticket: Ticket) -> Content:
        """Return the row of a ticket."""
        return line(
            sign(ticket.mark, self.game.settings.ascii),
            " ",
            show_on_one_line(ticket.want.say),
        )

    def _request_line(self, seen: Seen, person: str, action: str, resource: str) -> Content:
        """Return the row of a request, with texts that are cut to the columns."""
        return line(
            (f"{seen.at}  ", STYLES["muted"]),
            (f"{show_on_one_line(person)}  ", "bold"),
            f"{show_on_one_line(action)} {show_on_one_line(resource)} ",
            sign(seen.mark, self.game.settings.ascii),
            (f" {seen.word}", STYLES[MARK_ROLES[seen.mark]]),
        )

    def decision_here(self) -> Ticket | Outcome | None:
        """Return the ticket or the request under the cursor, or None.

        At the opening, it is the ticket that the situation tells of. In the picture, it is the worst
        ticket of the bay. If the cursor is in neither a list nor the picture, the jobs' list counts.
        """
        play = self.game.sitting.play
        if self.game.at_opening:
            return self.situation.ticket
        focused = self._focus_before
        if isinstance(focused, RowList) and focused.id == "today":
            request_index = int(focused.chosen_id or len(play.outcomes))
            # None: the row belongs to an earlier state of the play.
            return (
                play.outcomes[request_index] if request_index < len(play.outcomes) else None
            )
        if isinstance(focused, Picture):
            own_tickets = [
                ticket
                for ticket in self.game.sitting.tickets
                if station(ticket.want, play.scenario.shop) is focused.place
            ]
            return min(
                own_tickets,
                key=lambda ticket: MARKS_WORST_FIRST.index(ticket.mark),
                default=None,
            )
        chosen = (
            focused.chosen_id
            if isinstance(focused, RowList)
            else self.query_one("#jobs", RowList).chosen_id
        )
        return self.game.ticket(chosen)

    @on(RowList.Moved)
    @on(Picture.BayHighlighted)
    def _follow_cursor(self) -> None:
        """Show the details of the row or bay under the cursor."""
        self._show_details()

    def on_descendant_focus(self) -> None:
        """Show the details of the focused widget.

        In a small window the bay, or today's requests, replace the jobs.
        """
        if self.focused is not self.query_one("#look"):
            self._focus_before = self.focused
        self.query_one("#body").update_classes(
            {
                "-looking": isinstance(self._focus_before, Picture),
                "-recalling": self._focus_before is self.query_one("#today"),
            }
        )
        self._show_details()

    def _entitle_today(self) -> None:
        """Show the title of the latest requests.

        In a small window the list is folded, so its title shows today's newest request.
        """
        if not self.widgets_exist:
            return
        requests = self.query_one("#today", RowList)
        folded = self.has_class("-short") and self._focus_before is not requests
        requests.entitle(
            line(f"{TODAY_TITLE} ", self._newest_line)
            if folded
            else line(self._today_title)
        )

    @on(Picture.BayChosen)
    @on(RowList.Chosen)
    async def _explain_chosen(self) -> None:
        """Open the explanation of the row that was chosen."""
        await self.run_app_action("why")

    def _show_details(self) -> None:
        """Show the details of the decision or the bay under the cursor."""
        self._entitle_today()
        if self.game.player.sitting:
            decision = self.decision_here()
        else:
            decision = None
        if isinstance(self._focus_before, Picture):
            bay = self._focus_before.floor.bay(self._focus_before.place)
        else:
            bay = None
        ascii = self.game.settings.ascii
        sitting = self.game.player.sitting
        unnamed_statements = sitting.unnamed_statements if sitting else ()
        facts = (id(decision), bay, ascii, unnamed_statements)
        if facts == self._detail_facts:
            return  # a cursor moved in another list
        self._detail_facts = facts
        if isinstance(decision, Ticket):
            rows = explain_ticket(decision, unnamed_statements)
        elif decision is None:
            rows = ()
        else:
            rows = tuple(outcome_rows(decision, unnamed=unnamed_statements))
        if bay is not None:
            rows = (look_at_bay(bay), *rows)
        self.query_one("#look", ProsePane).show("Look", rows, ascii)


OPEN_BRIEF = Step("", Deed("b", "opens the brief"))


def _opened_name(account: Account, step: Step) -> str:
    """Return the name of the form or the screen that Next's step opens. Return "" if it opens none."""
    if step.target is not None:
        item = target_item(account, step.target)
        deed = target_action(step.target, item)
        if deed is not None and deed.key == EDIT_KEY:
            return "the policy editor"
        if deed is not None and item is not None and deed.key == TAKE_AWAY:
            return f"the question “{action_label(item, MAX_NAME_WIDTH)}?”"
        if deed is not None:
            return f"“{deed.say}”"
    if step.deed.line:
        return "the solution's next call, filled in"
    action = action_of_key(step.key)
    return f"{action.shown_key} {action.word}" if action else ""
