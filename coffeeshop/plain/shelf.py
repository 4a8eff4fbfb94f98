"""The shelf in words: every scenario, and how far the learner is."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.scenario.find import folders, scenario_form
from coffeeshop.plain.shell import Shell, plain_rows
from coffeeshop.policy.model import Problems
from coffeeshop.views.rows import Row
from coffeeshop.views.text import counted


def shelf(shell: Shell, _: str) -> Iterator[Row]:
    best, begun = shell.player.progress.best(), shell.player.progress.begun()
    for folder in folders(shell.player.extra):
        try:
            form = scenario_form(folder)
        except Problems as found:
            yield from plain_rows(*found.problems)
            continue
        done = best.get(form.id)
        acts = f" {counted(begun[form.id], 'act')} kept." if form.id in begun else ""
        yield Row(f"{form.title}: {form.objective}. {done.stars if done else 0} of 3 stars.{acts}", word=form.id)
    yield Row("`play own-shop` is a shop of your own, day after day, and nothing is graded there.")
    yield Row("`play 05-receipts-drawer`, or `play 05`, begins one or goes on with it.")
