"""Home: the shelf of cups, one for each scenario, and the text about the cup under the cursor."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from coffeeshop.lessons.scenario.course import chapters, headings
from coffeeshop.lessons.scenario.find import OWN_SHOP, number
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.sitting.course_place import known_scenarios, last_in_course
from coffeeshop.lessons.sitting.telling import told_story
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING
from coffeeshop.policy.problem import Problems
from coffeeshop.tui.keys import bindings, shown_keys
from coffeeshop.tui.screens.base import Keys, Shell, as_app_worker
from coffeeshop.tui.text import STYLES, key, line, plain, show_on_one_line
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.filter import Filter, Words
from coffeeshop.tui.widgets.ground import Blank, Ground
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.shelf import Shelf
from coffeeshop.tui.widgets.too_small import TooSmall
from coffeeshop.views.cells import whole
from coffeeshop.views.picture.shelf import shelf
from coffeeshop.views.progress import invitation
from coffeeshop.views.text import bare, capital, kept_acts, paragraphs, stars

TITLE_GAP = "   "  # between the parts of the title
ABOUT_ROWS = 2  # rows of the text about a scenario in a low window, at most
OPENING_KEYS = frozenset(("enter", "o", "p"))  # keys that open a scenario, or count stars


class HomeScreen(Blank, Shell, Screen[None]):
    """The first screen: a shelf of cups, one for each scenario, and the text about the cup under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("palette", "settings", "help", "words"),
        Binding("w", "app.open('welcome')", show=False),
        Binding("p", "app.open('progress')", show=False),
        Binding("m", "morning", show=False),
        Binding("o", "own", show=False),
        Binding("e", "practise", show=False),
        Binding("k", "check_up", show=False),
        Binding("q", "app.quit", show=False),
        Binding("n", "afresh", show=False),
        Binding("slash", "narrow", show=False),
        Binding("escape", "widen", show=False),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "Play"),
        ("↑↓←→", "Scenario"),
        ("/", "Find"),
        ("e", "Practice"),
        ("k", "Check-up"),
        ("p", "Progress"),
        "help",
        ("q", "Quit"),
        ("o", "Own shop"),
        "settings",
    )
    # Keys of the palette for which the row has no room.
    MORE_KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("n", "Begin again"),
        ("m", "Morning questions"),
        ("w", "Welcome"),
    )
    FINDING: ClassVar[Keys] = (("⏎", "To what is found"), ("esc", "Show all"))
    HELP = (
        "The shelf has each chapter's scenarios with the stars that you earned. Nothing is locked. "
        "The scenario marked “next” is the one to play next. If its title leaves no room for the "
        "word, the mark is “»”. In a small window, a long title is shortened. Enter "
        "continues where you stopped. Type a number to find its scenario. PgUp and PgDn "
        "scroll its story, where the window has room for it. p shows your skills. m asks about what you got wrong "
        "before. e draws a new exercise, by topic and level. k asks six questions on a chapter "
        "that you know already, or ten before and after the course. o opens your own shop, which grows from day to day. n begins "
        "the scenario under the cursor again, and w shows the welcome."
    )
    WHERE = "In the shop, after ⏎"

    _about_rows: int | None = None  # rows of the text about a scenario, in a low window
    _about_facts: object = None  # what the text about a scenario was made of
    _cursor_is_placed = False  # whether the cursor has its first place
    _last_scenario_id = ""  # the id of the scenario that was open before
    _morning_invitation = ""  # the invitation to the morning questions

    def compose(self) -> ComposeResult:
        """Yield the title, the filter, the shelf, the text about a cup, and the keys."""
        self.set_size_classes()
        yield Static(id="title", markup=False)
        yield Filter()
        with Ground(id="home"):
            yield Shelf((), id="shelf")
            yield ProsePane(id="cup", reached="PgDn")
        yield KeyRow(shown_keys(self.KEYS))
        yield TooSmall()

    @property
    def _star(self) -> str:
        """Return the sign of one star, which is a letter if the learner wants ASCII."""
        return stars(1, self.game.settings.ascii)[0]

    def on_mount(self) -> None:
        """Read the course once, since it never changes while the app runs."""
        self._has_mounted = True
        self.headings_by_id = headings(self.game.player.extra)
        self.chapters = chapters(self.game.player.extra)
        self.game.changed.subscribe(
            self, lambda _: self.show() if self.is_current else None
        )
        self.query_one(Shelf).focus()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show the shelf, since stars may have been won.

        After a scenario the cursor goes to its cup. At first it is on the cup that was opened last if
        that lacks a star, otherwise on the next one.
        """
        self.show()
        sitting = self.game.player.sitting
        if not self._cursor_is_placed:
            self._cursor_is_placed = True
            self._go_to_last_opened()
        scenario_id = sitting.scenario.id if sitting is not None else ""
        if scenario_id in self.headings_by_id and scenario_id != self._last_scenario_id:
            self._last_scenario_id = scenario_id
            self.query_one(Shelf).cursor = scenario_id

    def _go_to_last_opened(self) -> None:
        """Put the cursor on the scenario that was opened last, if it lacks a star."""
        opened = self.game.player.progress.settings().get(LAST_SCENARIO_SETTING, "")
        stars_won = self.best_results[opened].stars if opened in self.best_results else 0
        if opened in self.headings_by_id and stars_won < 3:
            self.query_one(Shelf).cursor = opened

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key opens something else, while the scenario that was just left is graded.

        Its stars are kept first.
        """
        opens = key in OPENING_KEYS and not self.takes_as_text(key)
        return opens and self.game.is_grading

    def show(self) -> None:
        """Show the current shelf."""
        progress = self.game.player.progress
        self._stories = dict[str, Content]()  # beginnings of stories that were already read
        self._about_facts = None
        self.best_results, self.act_counts = progress.best_results(), progress.act_counts()
        stars_won = {id: best.stars for id, best in self.best_results.items()}
        shelf_widget = self.query_one(Shelf)
        shelf_widget.ascii = self.game.settings.ascii
        if self.game.settings["picture"] == "words":
            shelf_widget.variant = "words"
        else:
            shelf_widget.variant = "painted"
        filter_row = self.query_one(Filter)
        found_headings = [
            heading
            for heading in self.headings_by_id.values()
            if filter_row.fits(
                heading.id, heading.title, heading.objective, heading.article
            )
        ]
        last = last_in_course(progress, self.headings_by_id)
        known_ids = known_scenarios(progress, self.headings_by_id.values())
        found_ids = {heading.id for heading in found_headings}
        boards = shelf(
            self.headings_by_id.values(),
            stars_won,
            self.chapters,
            found_ids,
            last,
            known_ids,
        )
        shelf_widget.show(boards)
        self._morning_invitation = invitation(
            progress, self.game.real_time(), self.game.player.extra
        )
        self._show_title("")
        self._show_about(shelf_widget.cursor)
        self.call_after_refresh(self._fit_about)

    def _show_title(self, about: str) -> None:
        """Show the top row: the stars, what waits, a problem with the save, and `about` if it fits.

        `about` says what the scenario under the cursor is about. "": another row says it.
        """
        stars_won = sum(
            self.best_results[id].stars
            for id in self.headings_by_id
            if id in self.best_results
        )
        problem = self.game.player.progress.problem
        title = line(
            ("▟▙ Coffeeshop", STYLES["title"]),
            (f"   {stars_won} of {3 * len(self.headings_by_id)} {self._star}", "bold"),
            (
                f"   m  {self._morning_invitation}" if self._morning_invitation else "",
                STYLES["key"],
            ),
            (
                f"   {show_on_one_line(bare(problem.text))}" if problem else "",
                STYLES["warning"],
            ),
        )
        margins = 2
        room = self.size.width - margins - title.cell_length - len(TITLE_GAP)
        if about and room > 0:
            title = line(title, f"{TITLE_GAP}{whole(about, room)}")
        self.query_one("#title", Static).update(title)

    def on_resize(self) -> None:
        """Show the text about the scenario again, in the room that the shelf leaves."""
        self.call_after_refresh(self._fit_about)

    def _fit_about(self) -> None:
        """In a low window, give the text about a scenario only the rows that the shelf leaves.

        If there are none, hide the text. The top row then says what the scenario is about.
        """
        box, shelf_widget = self.query_one("#cup", ProsePane), self.query_one(Shelf)
        rows = None
        if self.is_low:
            height = self.query_one("#home").size.height
            room = height - shelf_widget.layout_for(height).least_rows
            rows = min(max(room, 0), ABOUT_ROWS)
        if rows != self._about_rows:  # setting it would lay out the screen again
            self._about_rows = rows
            box.styles.height = rows
            box.display = rows != 0
        self._show_about(shelf_widget.cursor)

    @on(Shelf.CupHighlighted)
    def _follow_cursor(self, event: Shelf.CupHighlighted) -> None:
        """Show the text about the scenario that has the cursor now."""
        self._show_about(event.id)

    def _show_about(self, id: str) -> None:
        """Show the text about a scenario, or that none was found."""
        heading = self.headings_by_id.get(id)
        box = self.query_one("#cup", ProsePane)
        filter_row = self.query_one(Filter)
        sign = self.query_one(Shelf).sign
        facts = (
            id,
            sign,
            self.is_low,
            self._about_rows,
            filter_row.words,
            self.is_searching,
        )
        if facts == self._about_facts:
            return
        self._about_facts = facts
        if heading is None:
            box.show(
                "",
                [
                    filter_row.nothing()
                    if filter_row.words
                    else line("There are no scenarios here.")
                ],
            )
        else:
            title = f"{number(heading.id)} {show_on_one_line(heading.title)}"
            if sign:
                next_sign = (f"  {sign} next", STYLES["warning"])
            else:
                next_sign = ""
            lines = self._few_lines(heading) if self.is_low else self._lines(heading)
            self._show_title(heading.objective if not box.display else "")
            box.show(line((title, "bold"), next_sign), lines)

    @property
    def is_searching(self) -> bool:
        """Return whether keys go to the filter, where letters are text and enter plays nothing."""
        return isinstance(self.focused, Words)

    @property
    def is_low(self) -> bool:
        """Return whether the shelf has the room first, and the text about a cup only what it leaves."""
        return not self.has_class("-wide") and not self.has_class("-tall")

    def _story_beginning(self, id: str) -> Content:
        """Return the first paragraph of a scenario's story, or the problems of its file. An exam's story stays closed until
        it opens.
        """
        if refusal := self.game.player.exam_refusal(id):
            messages = (f"\n{capital(bare(problem.text))}." for problem in refusal.problems)
            return line(("".join(messages), STYLES["warning"]))
        if id not in self._stories:
            player = self.game.player
            try:
                content = plain(
                    f"\n{paragraphs(told_story(id, player.extra, player.progress))[0]}"
                )
            except Problems as error:
                messages = (
                    show_on_one_line(bare(str(problem))) for problem in error.problems
                )
                content = line(("\n" + "\n".join(messages), STYLES["warning"]))
            self._stories[id] = content
        return self._stories[id]

    def _lines(self, heading: Heading) -> list[Content]:
        """Return the lines about a scenario: objective, story, length, best result and keys."""
        best_result = self.best_results.get(heading.id)
        act_count = self.act_counts.get(heading.id, 0)
        lines = [
            line((heading.objective, "bold")),
            self._story_beginning(heading.id),
            line((f"\n{_topic(heading)}about {heading.minutes} minutes", STYLES["muted"])),
        ]
        if best_result:
            lines.append(
                line(
                    (
                        f"Best {stars(best_result.stars, self.game.settings.ascii)} · {best_result.score:g} of 100",
                        STYLES["muted"],
                    )
                )
            )
        if keys := self._keys_of_scenario(heading.id, act_count):
            lines.append(line("\n", keys[0]))
        return lines + keys[1:]

    def _keys_of_scenario(self, id: str, act_count: int) -> list[Content]:
        """Return the keys for the scenario under the cursor, in which `act_count` are kept.

        There is none if the learner types text, or if an exam closes the scenario.
        """
        if self.is_searching or self.game.player.exam_refusal(id):
            return []
        if act_count:
            return [key("⏎", f"go on, {kept_acts(act_count)}"), key("n", "begin again")]
        return [key("⏎", "play")]

    def _few_lines(self, heading: Heading) -> list[Content]:
        """Return the lines about a scenario in a low window: what it is about, then its keys and its length."""
        best_result = self.best_results.get(heading.id)
        act_count = self.act_counts.get(heading.id, 0)
        facts = f"{_topic(heading)}about {heading.minutes} minutes"
        if best_result:
            facts += f" · best {best_result.score:g} of 100"
        key_parts = [
            part
            for each in self._keys_of_scenario(heading.id, act_count)
            for part in (each, "  ")
        ]
        lines = [
            line((heading.objective, "bold")),
            line(*key_parts, (facts, STYLES["muted"])),
        ]
        return lines[: ABOUT_ROWS if self._about_rows is None else self._about_rows]

    @on(Filter.Narrowed)
    def _narrow_shelf(self) -> None:
        """Show the cups that fit the filter. A scenario's exact number moves the cursor to it."""
        typed = self.query_one(Filter).typed_text.lower()
        scenario_id = next(
            (id for id in self.headings_by_id if number(id).lower() == typed), ""
        )
        self.show()
        self._show_keys()  # a letter can come before the event that says where the focus is
        if scenario_id:
            self.query_one(Shelf).cursor = scenario_id

    def action_narrow(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open_filter()

    def on_descendant_focus(self) -> None:
        """Show the keys that work with the new focus."""
        self._show_keys()
        self._show_about(self.query_one(Shelf).cursor)

    def _show_keys(self) -> None:
        """Show the keys that work with the current focus. In the filter, letters are text."""
        if not isinstance(self.focused, Shelf):
            keys = self.FINDING if self.query_one(Shelf).cup else self.FINDING[1:]
        elif self.focused.cup is None and self.query_one(Filter).words:
            keys = (("esc", "Show all"), *self.KEYS[2:])
        else:
            keys = self.KEYS
        self.query_one(KeyRow).show(shown_keys(keys))

    def on_key(self, event: events.Key) -> None:
        """Start the filter with a character that begins a scenario's number.

        Say that any other key does nothing.
        """
        if (
            event.character is None
            or not event.is_printable
            or event.key in self.active_bindings
        ):
            return
        event.stop()
        if event.character.isdigit() or any(
            number(id).startswith(event.character.upper()) for id in self.headings_by_id
        ):
            self.query_one(Filter).clear()
            self.query_one(Filter).open_filter(event.character)
        else:
            if self.query_one(Shelf).cup is None:
                remedy = "esc shows the whole shelf"
            else:
                remedy = "⏎ opens the scenario under the cursor"
            self.game.say(f"{event.character} does nothing here. {remedy}")

    def action_scroll(self, pages: int) -> None:
        """Scroll the text about a cup by so many screenfuls. A negative number scrolls back."""
        box = self.query_one("#cup", ProsePane)
        box.scroll_relative(y=pages * box.size.height, animate=False)

    def action_widen(self) -> None:
        """Clear the filter, and show the whole shelf."""
        if isinstance(self.focused, Shelf) and not self.query_one(Filter).words:
            self.game.say("This is the whole shelf. q leaves the game.")
        self.query_one(Filter).clear()
        self.query_one(Shelf).focus()

    @on(Shelf.CupChosen)
    async def _play(self, event: Shelf.CupChosen) -> None:
        """Open the scenario of the chosen cup, unless an earlier key press has opened it already."""
        if self.is_current:  # otherwise an earlier enter has opened it
            self.query_one(Filter).clear()
            await self.run_app_action("play", event.id)

    async def action_own(self) -> None:
        """Play in your own shop from where it was left. It has no task, and goes on from day to day."""
        await self.run_app_action("play", OWN_SHOP)

    @as_app_worker
    async def action_practise(self) -> None:
        """Draw an exercise, and play it."""
        from coffeeshop.tui.screens.practice import play_exercise

        await play_exercise(self.game)

    @as_app_worker
    async def action_check_up(self) -> None:
        """Ask the questions of a chapter's check-up."""
        from coffeeshop.tui.screens.check_up import take_check_up

        await take_check_up(self.game)
        self.show()

    @as_app_worker
    async def action_morning(self) -> None:
        """Ask the morning questions that wait, one after the other."""
        from coffeeshop.tui.screens.morning import ask_all

        if not self._morning_invitation:
            self.game.say(
                "No question waits now. If you guess wrong, m asks about it later."
            )
            return
        await ask_all(self.game)
        self.show()

    @as_app_worker
    async def action_afresh(self) -> None:
        """Begin the scenario under the cursor again."""
        from coffeeshop.tui.screens.again import begin_again

        heading = self.headings_by_id.get(self.query_one(Shelf).cursor)
        if heading is not None:
            await begin_again(
                self.game, heading.id, heading.title, self.act_counts.get(heading.id, 0)
            )


def _topic(heading: Heading) -> str:
    """Return which page of AWS's introduction to IAM a scenario covers, as the beginning of a line. "": none."""
    if heading.article == "beyond":
        return ""
    return f"{heading.article} · "
