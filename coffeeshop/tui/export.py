"""Export the play to a new file in the folder in which the app was started.

An existing file is never overwritten. In a browser the file is a download.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from itertools import chain, count
from pathlib import Path

from coffeeshop.harmless import show_on_one_line
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, line

NOT_WRITTEN = "Nothing was written"


async def open_export(game: Stage) -> None:
    """Ask which kind of file to export, and write it to the current folder, or offer it as a download in a browser."""
    from coffeeshop.lessons.play.export import EXPORT_FORMS, HAND_IN
    from coffeeshop.lessons.sitting.answers import Refused
    from coffeeshop.tui.screens.pick import PickDialog

    play = game.sitting.play
    folder = Path.cwd()
    files = {
        name: _free_path(folder, play.scenario.id, form.suffix)
        for name, form in EXPORT_FORMS.items()
    }
    rows = [
        (name, line((f"{name} ", "bold"), (form.say, STYLES["muted"])))
        for name, form in EXPORT_FORMS.items()
    ]
    if game.is_web:
        location = "among your browser's downloads"
    else:
        location = f"in {show_on_one_line(str(folder))}"
    descriptions = {
        name: f"as {show_on_one_line(file.name)}\n{location}"
        for name, file in files.items()
    }
    if game.sitting.in_exam:
        descriptions[HAND_IN] = f"This ends your exam.\n{descriptions[HAND_IN]}"
    picked_form = await game.ask(
        PickDialog("Export", rows, describe=descriptions.__getitem__)
    )
    if picked_form is None:
        return
    answer = game.player.export(picked_form, datetime.now(UTC))  # noqa: TID251  # a hand-in says when
    if isinstance(answer, Refused):
        game.show_note(NOT_WRITTEN, "\n".join(map(str, answer.problems)))
        return
    if game.is_web:
        # The browser picks its folder. Without "" Textual would look for a folder here, and there may be no home.
        game.deliver_text(
            StringIO(answer.text), save_directory="", save_filename=files[picked_form].name
        )
        game.say(f"downloaded: {files[picked_form].name}", "ok")
        return
    try:
        with files[picked_form].open("x", encoding="utf-8", newline="\n") as file:
            file.write(answer.text)
    except OSError as error:
        reason = f"{files[picked_form]} cannot be written: {error.strerror or error}. Start coffeeshop in another folder."
        game.show_note(NOT_WRITTEN, reason)
        return
    game.say(f"written: {files[picked_form].name}", "ok")


def _free_path(folder: Path, name: str, suffix: str) -> Path:
    """Return the first path that does not exist yet: NAME.sh, NAME-2.sh, …"""
    numbered = (f"{name}-{nth}{suffix}" for nth in count(2))
    names = chain((f"{name}{suffix}",), numbered)
    return next(folder / each for each in names if not (folder / each).exists())
