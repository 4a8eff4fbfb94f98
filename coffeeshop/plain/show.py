"""Answer the word `show`: print a file. One that gives the answer away is printed only if the learner insists."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.spoilers import spoiler_files
from coffeeshop.plain.shell import Shell, plain_rows
from coffeeshop.views.rows import Row


def show(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield a file's text. If it gives the answer away, ask for `anyway` first."""
    anyway = rest.partition(" ")[2]
    name = shown_file(rest)
    data = shell.sitting.files.get(name)
    if data is None:
        if rest:
            message = f"There is no file {rest}."
        else:
            message = "`show NAME` prints a file."
        yield Row(
            f"{message} The files here are {', '.join(shell.sitting.folder)}."
            if shell.sitting.folder
            else f"{message} There are no files yet. `write NAME.json` begins one."
        )
        return
    if anyway != "anyway" and _costs_stars(shell, name):
        yield Row(
            f"{name} contains the answer. {SOLUTION_COST} `show {name} anyway` prints it. `hint` helps, and it is free."
        )
        return
    text = data.decode("utf-8", "replace")
    if "\N{REPLACEMENT CHARACTER}" in text:
        yield Row(f"{name} is not a text file.")
    elif not text:
        yield Row(f"{name} is empty.")
    else:
        yield from (Row(line, role="code") for line in text.splitlines())
    yield from plain_rows(shell.player.record_exposure(name))


def shown_file(rest: str) -> str:
    """Return the name of the file that a line of `show` asks for."""
    return rest.partition(" ")[0].removeprefix("fileb://").removeprefix("file://")


def _costs_stars(shell: Shell, name: str) -> bool:
    """Return whether printing a file costs this variant's stars.

    It doesn't if the solution was shown before, or if the scenario has no variants.
    """
    sitting = shell.sitting
    reveals_answer = (
        sitting.scenario.varies
        and name not in sitting.drafts
        and name in spoiler_files(sitting.scenario)
    )
    return reveals_answer and not shell.player.progress.was_solution_shown(sitting.scenario)


SOLUTION_COST = "After that, you can't earn stars in this variant. `again 1` begins the scenario with other names."
