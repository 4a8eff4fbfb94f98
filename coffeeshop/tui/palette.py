"""The palette: keys, what can be created, the items of the account and the scenarios by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from textual.content import Content

from coffeeshop.lessons.scenario.course import headings
from coffeeshop.tui.keys import ACTIONS, SHOWN_KEYS
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, line, show_on_one_line
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.views.cells import fit
from coffeeshop.views.deed import Deed

# Actions that work on the shelf.
HOME_ACTIONS = frozenset({"palette", "settings", "help", "words", "quit"})
KEY_COLUMN_WIDTH = 8  # cells of the column of keys
WORD_COLUMN_WIDTH = 12  # cells of the column of words
# The row, and the function that runs it.
Entry: TypeAlias = tuple[Content, Callable[[], object]]


async def open_palette(game: Stage) -> None:
    """Let the learner pick a key, an item to create or to show, or a scenario by typing, and run or show it."""
    from coffeeshop.tui.screens.pick import PickDialog

    if game.current_mode != "home":
        play_entries = (
            *_restart_entries(game),
            *_creation_entries(game),
            *_item_entries(game),
        )
    else:
        play_entries = ()
    entries = (
        *_action_entries(game),
        *_screen_key_entries(game),
        *play_entries,
        *_scenario_entries(game),
    )
    rows = [(str(n), content) for n, (content, _) in enumerate(entries)]
    dialog = PickDialog(
        "Everything by name",
        rows,
        initial_filter="",
        describe=lambda nth: " ".join(rows[int(nth)][1].plain.split()),
    )
    picked_number = await game.ask(dialog)
    if picked_number is not None:
        entries[int(picked_number)][1]()


def _action_entries(game: Stage) -> Iterator[Entry]:
    """Yield an entry for each action that works on the current screen."""
    screen = game.screen
    for row in ACTIONS.values():
        if row.name != "palette" and (
            game.current_mode != "home" or row.name in HOME_ACTIONS
        ):
            content = line(
                (fit(row.shown_key, KEY_COLUMN_WIDTH), STYLES["key"]),
                (fit(row.word, WORD_COLUMN_WIDTH), "bold"),
                (row.help, STYLES["muted"]),
            )
            yield (
                content,
                partial(game.call_next, game.run_action, row.textual_action, screen),
            )


def _screen_key_entries(game: Stage) -> Iterator[Entry]:
    """Yield an entry for each key of the current screen alone, in the words of its key row and of Help."""
    from coffeeshop.tui.screens.help import KEY_SENTENCES

    screen = game.screen
    bindings = screen.active_bindings
    key_names = {shown: name for name, shown in SHOWN_KEYS.items()}
    everywhere = {row.shown_key for row in ACTIONS.values()}
    rows = (*screen.query_one(KeyRow).keys, *getattr(screen, "MORE_KEYS", ()))
    for shown, word in rows:
        active = bindings.get(key_names.get(shown, shown))
        if active is None or shown in everywhere:
            continue
        content = line(
            (fit(shown, KEY_COLUMN_WIDTH), STYLES["key"]),
            (fit(word, WORD_COLUMN_WIDTH), "bold"),
            (KEY_SENTENCES.get((shown, word), ""), STYLES["muted"]),
        )
        yield (
            content,
            partial(game.call_next, game.run_action, active.binding.action, active.node),
        )


def _restart_entries(game: Stage) -> Iterator[Entry]:
    """Yield the entry of the palette that begins the open scenario again. It asks first, since the acts are lost."""
    from coffeeshop.tui.screens.again import begin_again

    play = game.sitting.play
    description = (
        f"{show_on_one_line(play.scenario.title)} from its beginning. Its stars stay."
    )
    content = line(
        fit("", KEY_COLUMN_WIDTH),
        (fit("Begin again", WORD_COLUMN_WIDTH), "bold"),
        (description, STYLES["muted"]),
    )
    restart = partial(
        begin_again, game, play.scenario.id, play.scenario.title, len(play.acts)
    )
    yield content, lambda: game.run_worker(restart())


def _creation_entries(game: Stage) -> Iterator[Entry]:
    """Yield an entry for each kind of thing that a list can create."""
    from coffeeshop.views.things.item_actions import new_actions
    from coffeeshop.views.things.lists import LISTS_BY_MODE, shown_lists

    for mode in LISTS_BY_MODE:
        for kind, item_list in shown_lists(mode, game.sitting.play.account).items():
            for deed in new_actions(kind):
                content = line(
                    fit("", KEY_COLUMN_WIDTH),
                    (f"{deed.say} ", "bold"),
                    (
                        f"{item_list.title}: {deed.service}:{deed.operation}",
                        STYLES["muted"],
                    ),
                )
                yield content, partial(game.call_next, _create, game, mode, kind, deed)


async def _create(game: Stage, mode: str, kind: str, deed: Deed) -> None:
    """Go to the list of a kind of thing, and open the form that creates one."""
    from coffeeshop.tui.screens.things import ThingsScreen

    def open_form(screen: ThingsScreen) -> None:
        screen.find(kind, "")
        screen.offer(None, (deed,))

    await game.run_action(("app", "go", (mode,)))
    if isinstance(screen := game.screen, ThingsScreen):
        screen.call_after_refresh(open_form, screen)


def _item_entries(game: Stage) -> Iterator[Entry]:
    """Yield an entry for each item of the lists of People and Policies."""
    from coffeeshop.views.things.lists import LISTS_BY_MODE, shown_lists

    account = game.sitting.play.account
    for mode in LISTS_BY_MODE:
        for tab, item_list in shown_lists(mode, account).items():
            for item in item_list.items(account, game.sitting.now):
                content = line(
                    (f"{show_on_one_line(item.row.word)} ", "bold"),
                    (
                        f"{item_list.title}: {show_on_one_line(item.row.text)}",
                        STYLES["muted"],
                    ),
                )
                yield (
                    content,
                    partial(game.call_next, _show_item, game, mode, tab, item.id),
                )


async def _show_item(game: Stage, mode: str, kind: str, id: str) -> None:
    """Go to the screen and tab of an item, and put the cursor on it."""
    from coffeeshop.tui.screens.things import ThingsScreen

    await game.run_action(("app", "go", (mode,)))
    if isinstance(screen := game.screen, ThingsScreen):
        screen.call_after_refresh(screen.find, kind, id)


def _scenario_entries(game: Stage) -> Iterator[Entry]:
    """Yield an entry for each scenario."""
    for heading in headings(game.player.extra).values():
        content = line(
            ("Play ", "bold"),
            show_on_one_line(heading.title),
            (f"  {heading.id}", STYLES["muted"]),
        )
        yield (
            content,
            partial(game.call_next, game.run_action, ("app", "play", (heading.id,))),
        )
