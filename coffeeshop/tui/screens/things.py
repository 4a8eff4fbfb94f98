"""People and Policies: a list of items, the items attached to the chosen one, and the actions for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from coffeeshop.account.model import Account, Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens import thing_rows
from coffeeshop.tui.screens.base import (
    LIST_KEYS,
    PANE_KEYS,
    Keys,
    PlayScreen,
    as_app_worker,
)
from coffeeshop.tui.screens.thing_rows import (
    MAX_NAME,
    action_row,
    advice_for_useless_key,
    policy_rows,
    policy_title,
    removal_row,
    take_away_row,
)
from coffeeshop.tui.text import line, show_on_one_line, sign
from coffeeshop.tui.widgets.filter import Filter
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.plain_words import PlainWords, ReadingRequest
from coffeeshop.tui.widgets.row_list import RowLine, RowList
from coffeeshop.views.deed import Deed
from coffeeshop.views.named_rows import NamedRows
from coffeeshop.views.step import Step, back_to_list, first_item, remaining_step
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import (
    TAKE_AWAY,
    Removal,
    action_label,
    key_words,
    letters,
    list_removals,
    menu_actions,
    new_actions,
)
from coffeeshop.views.things.items import (
    item_parts,
    root_item,
    shown_policies,
    tickets_of_item,
)
from coffeeshop.views.things.lists import Tabs, shown_lists

if TYPE_CHECKING:  # it brings the comparison of policies
    from coffeeshop.views.grant.focus import Focus

DELETE_LETTER = "d"
ACTION_LETTERS = "aewdmkoiv"  # keys that act on the item under the cursor
LONG_LIST = 10  # items, from which on the row of keys names the key that finds one
# Keys that stay in the row while the focus is on attached items.
KEYS_ON_ATTACHED = ("undo", "help")


class ThingsScreen(PlayScreen):
    """Tabs with one list each (users, groups, roles or policies), and the details of the item under the cursor.

    A letter runs an action, and enter shows all actions.
    """

    LISTS_TICKETS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "turn(1)", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("slash", "narrow", show=False),
        Binding("escape", "widen", show=False),
        Binding("n", "new", show=False),
        *(Binding(key, f"letter('{key}')", show=False) for key in ACTION_LETTERS),
    ]
    NEXT_KEYS: ClassVar[frozenset[str]] = frozenset(
        (*PlayScreen.NEXT_KEYS, *PANE_KEYS, "left", "right", "n", *ACTION_LETTERS)
    )
    MODE: ClassVar[str] = ""  # which of LISTS it shows
    SHORT_NAME_WIDTH: ClassVar[int] = 10  # cells of a name in a key row with many keys
    tab = 0
    items: tuple[Item, ...] = ()
    attached: tuple[Item, ...] = ()

    def __init__(self) -> None:
        """Make the screen, with the cursor on the first item of each tab."""
        super().__init__()
        self._cursor_by_tab: dict[str, str] = {}  # the id under the cursor, by tab

    def body(self) -> ComposeResult:
        """Yield the filter, the list, the attached items, a policy in words, and the tickets."""
        yield Filter()
        with Ground(id="things"):
            yield RowList(id="list", classes="pane")
            with Vertical(id="detail"):
                yield RowList(
                    id="attached",
                    classes="pane",
                    empty="Nothing is attached to it.",
                    tab_skips_empty=True,
                )
                yield PlainWords(id="reads")
                yield RowList(
                    id="wanted", classes="pane", empty="The shop asks nothing of this one."
                )

    def begin(self) -> None:
        """Put the focus on the list."""
        self.query_one("#list").focus()

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key waits for a policy's words, because it goes to them or scrolls them."""
        words = self.query_one(PlainWords)
        is_about_words = key in PANE_KEYS or (words.has_focus and key in LIST_KEYS)
        return (words.is_reading and is_about_words) or super().key_must_wait(key)

    def step_here(self, step: Step) -> Step:
        """Return what is left of the suggested step, from the cursor's position.

        In a narrowed list, name the key that shows the whole list: the list may hide the item, and
        letters are text there.
        """
        if (step.target or step.other_target) and self.query_one(Filter).words:
            return replace(step, deed=Deed("esc", "shows the whole list again"))
        item = self.chosen_item("list")
        item_name = item.row.word if item else ""
        attached_id = None
        if self._is_on_attached:
            attached_id = self.query_one("#attached", RowList).chosen_id
        if not self._is_on_attached and not self.query_one("#list").has_focus:
            return back_to_list(step, tuple(self.tabs))
        return remaining_step(step, tuple(self.tabs), self.kind, item_name, attached_id)

    def _mark_next_row(self) -> None:
        """Mark the attached item that the Next box names, so that tab lands on it."""
        step = self.game.step
        item = self.chosen_item("list")
        targets = (step.target, step.other_target)
        target = next((each for each in targets if each and each.tab == self.kind), None)
        if not target or not target.row_id or not item or self._is_on_attached:
            return
        if target.item_name.lower() == item.row.word.lower():
            self.query_one("#attached", RowList).choose(target.row_id)

    def arrive(self) -> None:
        """Go to the first list, and there to the item that the Next box names."""
        if self.widgets_exist:
            self.action_turn(-self.tab) if self.tab else self.query_one("#list").focus()
            target = self.game.step.target
            if target and target.tab == self.kind and target.item_name:
                self.query_one("#list", RowList).choose(self._first_item_id())

    @property
    def cursor_position(self) -> tuple[object, ...]:
        """Return the list, the focused widget, and the row under the cursor."""
        return (
            (self.tab, self.focused, self.query_one("#list", RowList).chosen_id)
            if self.widgets_exist
            else ()
        )

    def _first_item_id(self) -> str:
        """Return the id of the item on which the cursor begins."""
        return first_item(
            self.items, self.kind, self.game.step, self.game.sitting.play.account
        )

    @property
    def tabs(self) -> Tabs:
        """Return the lists of the screen in this account."""
        return shown_lists(self.MODE, self.game.sitting.play.account)

    @property
    def kind(self) -> str:
        """Return the kind of items on the current tab. If undo took its list away, return the last kind that is left."""
        kinds = list(self.tabs)
        return kinds[min(self.tab, len(kinds) - 1)]

    def fill(self, play: Play) -> None:
        """Show the list of the tab, and the details of the chosen item."""
        empty = self.tabs[self.kind].empty
        box = self.query_one("#list", RowList)
        box.entitle(self._titles())
        filter_row = self.query_one(Filter)
        if filter_row.words:
            box.empty = filter_row.nothing()
        else:
            box.empty = Content(empty)
        known_ids = {item.id for item in self.items}
        all_items = self._items_of_tab(play.account)
        fits = filter_row.fits
        ascii = self.game.settings.ascii
        if filter_row.words:
            self.items = tuple(i for i in all_items if fits(i.row.word, i.row.text))
        else:
            self.items = all_items
        named_rows = NamedRows(item.row for item in self.items)
        box.show((item.id, RowLine(item.row, named_rows, ascii)) for item in self.items)
        new_ids = [item.id for item in self.items if item.id not in known_ids]
        if known_ids and len(new_ids) == 1:
            box.choose(new_ids[0])
        if not known_ids and self.kind not in self._cursor_by_tab:
            box.choose(self._first_item_id())
        self._show_details()

    def _items_of_tab(self, account: Account) -> tuple[Item, ...]:
        """Return the items of the tab.

        The root user is listed under the users while the learner holds root's credential.
        """
        items = self.tabs[self.kind].items(account, self.game.sitting.now)
        lists_root = self.kind == "users" and self.game.identity.root
        return (*items, *((root_item(account),) if lists_root else ()))

    def _titles(self) -> Content:
        """Return the titles of the tabs that fit into the frame, the current one highlighted."""
        titles = [listed.title for listed in self.tabs.values()]
        return thing_rows.titles_row(titles, self.tab, self.query_one("#list").size.width)

    def _show_details(self) -> None:
        """Show the items attached to the chosen item, its tickets, and its policy."""
        box = self.query_one("#attached", RowList)
        item = self.chosen_item("list")
        if item:
            self.attached = item_parts(self.game.sitting.play.account, item)
        else:
            self.attached = ()
        box.entitle(line((show_on_one_line(item.row.word), "bold")) if item else "")
        # If nothing is attached, the policy gets the room. Without an item, an empty frame stays.
        box.display = bool(self.attached) or item is None
        self.query_one("#detail").set_class(not box.display, "-bare")
        box.empty = Content("" if item is None else "Nothing is attached to it.")
        named_rows = NamedRows(each.row for each in self.attached)
        ascii = self.game.settings.ascii
        ids = ("" if each.noun == "fact" else each.id for each in self.attached)
        rows = (RowLine(each.row, named_rows, ascii) for each in self.attached)
        box.show(zip(ids, rows, strict=True), from_top=True)
        if not (box.has_focus or (item and item.document)):
            readable = (each.id for each in self.attached if self._readable_policies(each))
            box.choose(next(readable, ""))
        self._show_wants(item)
        self._show_policy()

    def _readable_policies(self, item: Item) -> tuple[Item, ...]:
        """Return the policies that the pane can show in words for an item: itself, or those that it names."""
        return shown_policies(self.game.sitting.play.account, item)

    def _show_wants(self, item: Item | None) -> None:
        """Show the results of the jobs and refusals that involve an item."""
        box, ascii = self.query_one("#wanted", RowList), self.game.settings.ascii
        if item:
            own_tickets = tickets_of_item(
                self.game.sitting.play.account, item, self.game.sitting.tickets
            )
        else:
            own_tickets = ()
        box.entitle("Jobs and refusals here")
        box.display = bool(own_tickets)
        rows = (
            (
                ticket.want.id,
                line(sign(ticket.mark, ascii), " ", show_on_one_line(ticket.want.demand)),
            )
            for ticket in own_tickets
        )
        box.show(rows, from_top=True)

    def decision_here(self) -> Ticket | None:
        """Return the result of the job or refusal under the cursor.

        Return None if the list has no focus, and the Next box names one, which wins.
        """
        box = self.query_one("#wanted", RowList)
        if box.has_focus or not self.next_want_id:
            return self.game.ticket(box.chosen_id)
        return None

    def focus_here(self) -> Ticket | Outcome | Focus | None:
        """Return the item under the cursor as what key D draws, or else the job or refusal under it."""
        from coffeeshop.views.grant.here import focus_of_item

        item = self.item_here
        account = self.game.sitting.play.account
        focus = focus_of_item(account, item) if item else None
        return focus or super().focus_here()

    def _show_policy(self) -> None:
        """Show a policy in words: the one under the cursor, or the first of the group under the cursor."""
        pane = self.query_one(PlainWords)
        list_item = self.chosen_item("list")
        attached_item = self.chosen_item("attached")
        if list_item and list_item.document and not self._is_on_attached:
            chosen = list_item
        else:
            chosen = attached_item
        policies = self._readable_policies(chosen) if chosen else ()
        pane.display = bool(policies)
        detail, has_tickets = self.query_one("#detail"), self.query_one("#wanted").display
        # at once, since each change of the classes styles the pane anew
        detail.update_classes(
            {"-unread": not policies, "-alone": not policies and not has_tickets}
        )
        if chosen and policies:
            shown_item = policies[0]
            ascii = self.game.settings.ascii
            title = policy_title(shown_item, chosen, len(policies))
            if self.attached:
                written = ()
            else:
                written = policy_rows(shown_item.document)
            pane.read(
                ReadingRequest(
                    title, shown_item.document, shown_item.grammar, written, ascii
                )
            )

    def chosen_item(self, list_id: str) -> Item | None:
        """Return the item under the cursor of the list ("list") or of the attached items ("attached"), or None."""
        id = self.query_one(f"#{list_id}", RowList).chosen_id
        return next(
            (
                item
                for item in (self.items if list_id == "list" else self.attached)
                if item.id == id
            ),
            None,
        )

    @property
    def item_here(self) -> Item | None:
        """Return the item under the cursor of the focused list, or None."""
        focused = self.focused.id if self.focused else ""
        if focused in ("list", "attached"):
            return self.chosen_item(focused)
        return None

    @on(RowList.Moved)
    def _follow_cursor(self, event: RowList.Moved) -> None:
        """Show the details of the item under the cursor, or the policy under the cursor of the attached items."""
        self._show_details() if event.list.id == "list" else self._show_policy()

    def on_descendant_focus(self) -> None:
        """Show the policy of the focused item."""
        if self.game.player.sitting:
            self._show_policy()

    @on(Filter.Narrowed)
    def _narrow_lists(self) -> None:
        """Show the items that fit the filter."""
        self.items = ()
        self.fill(self.game.sitting.play)
        self.show_next_step()  # the step changes if the item is hidden

    def action_narrow(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open_filter()

    async def action_widen(self) -> None:
        """Clear the filter. If it is clear already, go one step back."""
        if self.query_one(Filter).clear():
            self.query_one("#list").focus()
        else:
            await self.run_app_action("step_back")

    def find(self, kind: str, id: str) -> None:
        """Show an item by its kind and id, on its tab."""
        if self.widgets_exist:
            self.query_one(Filter).clear()
            self.action_turn(list(self.tabs).index(kind) - self.tab)
            self.query_one("#list", RowList).choose(id)

    def action_turn(self, step: int) -> None:
        """Show the list that is `step` tabs to the right, with the cursor where it was before."""
        box = self.query_one("#list", RowList)
        self._cursor_by_tab[self.kind] = box.chosen_id
        self.tab = (self.tab + step) % len(self.tabs)
        self.items = ()
        self.fill(self.game.sitting.play)
        box.choose(self._cursor_by_tab.get(self.kind, ""))
        box.focus()
        self.show_next_step()  # an empty list has no cursor to move

    # ------------------------------------------------------------------ actions
    @on(RowList.Chosen)
    async def _enter(self) -> None:
        """Open the policy under the cursor, or offer the actions of the item under the cursor."""
        item = self.item_here
        if item is None:
            await self.run_app_action("why")
        elif item.document and (actions := menu_actions(item, "e")):
            self.perform(actions[0], item)
        else:
            self.offer(
                item,
                menu_actions(item),
                list_removals(self.game.sitting.play.account, item),
            )

    def action_new(self) -> None:
        """Create an item for this tab. The filter is cleared, so that the new item is visible."""
        self.query_one(Filter).clear()
        self.offer(None, new_actions(self.kind))

    def action_letter(self, key: str) -> None:
        """Run the letter's action on the item under the cursor or its owner, or say where the key works."""
        if (item_and_actions := self._actions_for_letter(key)) is not None:
            self.offer(*item_and_actions)
            return
        item = self.item_here
        subject = f"with {show_on_one_line(item.row.word)}" if item else "here"
        attached = self.attached if self._is_on_attached else ()
        elsewhere = (self.chosen_item("list"), *self.attached)
        advice = advice_for_useless_key(key, item, attached, elsewhere)
        self.game.say(f"{key} does nothing {subject}{advice}")

    def _actions_for_letter(self, key: str) -> tuple[Item, tuple[Deed, ...]] | None:
        """Return the item and the actions for a letter, or None.

        In the list of attached items, every letter but `d` also acts on the item that they are attached to.
        """
        if key != "d" and isinstance(self.focused, RowList):
            owner = self.chosen_item("list")
        else:
            owner = None
        for item in (self.item_here, owner):
            if item is not None and (actions := menu_actions(item, key)):
                return item, actions
        return None

    def show_next_step(self) -> None:
        """Show the Next box and the keys."""
        self._mark_next_row()
        super().show_next_step()

    @property
    def _is_on_attached(self) -> bool:
        """Return whether the focus is on the attached items."""
        return self.focused is not None and self.focused.id == "attached"

    @property
    def keys_here(self) -> Keys:
        """Return the keys for the focused list: only those that work there.

        The row names the item that `d` would remove.
        """
        is_on_attached = self._is_on_attached
        for id, first_key in (("wanted", ("⏎", "Why")), ("reads", ("↑↓", "Scroll"))):
            if self.focused is not None and self.focused.id == id:
                return first_key, *(
                    name
                    for name in self.KEYS
                    if name in KEYS_ON_ATTACHED or name[0] == "tab"
                )
        removal = self._actions_for_letter("d")
        if removal:
            word = action_label(
                removal[0], MAX_NAME if is_on_attached else self.SHORT_NAME_WIDTH
            )
        else:
            word = ""
        useless_keys = {
            letter for letter in "ad" if self._actions_for_letter(letter) is None
        }
        # In a short list the row has room for one of the two, and nothing needs to be found.
        useless_keys |= {"/"} if len(self.items) < LONG_LIST else {"D"}
        useless_keys |= {"⏎"} if self.item_here is None else set()
        useless_keys |= {"tab"} if len(self.focus_chain) < 2 else set()
        words = {"d": word, **key_words(self.item_here)}
        keys = [
            (name[0], words[name[0]]) if name[0] in words else name
            for name in self.KEYS
            if name[0] not in useless_keys
        ]
        if is_on_attached:
            return [
                name
                for name in keys
                if name in KEYS_ON_ATTACHED or name[0] in ("⏎", "d", "tab")
            ]
        return keys

    @as_app_worker
    async def offer(
        self,
        item: Item | None,
        actions: tuple[Deed, ...],
        removals: tuple[Removal, ...] = (),
    ) -> None:
        """Ask which action to run on an item, or what to remove from it. Run a single action at once.

        Without an item, the actions make a new one. The cursor begins on the action that the next
        step suggests.
        """
        from coffeeshop.tui.screens.pick import PickDialog

        if not actions:
            self.game.say("nothing can be done with this one")
            return
        if len(actions) == 1 and not removals:
            self.perform(actions[0], item)
            return
        action_letters = letters(actions)
        rows = [(str(n), action_row(action)) for n, action in enumerate(actions)]
        if item and removals:
            rows.append((TAKE_AWAY, take_away_row(removals)))
        suggested_letter = self.step_here(self.game.step).letter
        cursor_row = ""
        # The cursor never begins on a deletion, where one key too many would do harm.
        if suggested_letter in action_letters and suggested_letter != DELETE_LETTER:
            cursor_row = str(action_letters.index(suggested_letter))
        title = show_on_one_line(item.row.word if item else "New")
        picked = await self.game.ask(PickDialog(title, rows, cursor_id=cursor_row))
        if item and picked == TAKE_AWAY:
            self.offer_removals(item, removals)
        elif picked is not None:
            self.perform(actions[int(picked)], item)

    @as_app_worker
    async def offer_removals(self, item: Item, removals: tuple[Removal, ...]) -> None:
        """Ask which attachment to remove from an item."""
        from coffeeshop.tui.screens.pick import PickDialog

        rows = [(str(n), removal_row(removal)) for n, removal in enumerate(removals)]
        picked = await self.game.ask(
            PickDialog(show_on_one_line(f"Take away from {item.row.word}"), rows)
        )
        if picked is not None:
            removal = removals[int(picked)]
            self.perform(removal.action, removal.item)

    @as_app_worker
    async def perform(self, action: Deed, chosen_item: Item | None) -> None:
        """Perform an action on an item. First ask for what it needs: fields, a policy, an MFA code."""
        # Imported late: a list needs neither the editor nor the phone.
        from coffeeshop.tui.screens.perform import perform

        await perform(self.game, action, chosen_item)
