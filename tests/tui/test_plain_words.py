"""A policy is read out beside the keys, on both screens that do so."""

from __future__ import annotations

from pathlib import Path
from threading import Event, current_thread, main_thread

import pytest

from coffeeshop.policy.model import Kind
from coffeeshop.tui.screens import draft
from coffeeshop.tui.widgets import plain_words
from coffeeshop.views.policy.policy_text import policy_in_words
from coffeeshop.views.rows import Row
from tests.tui.driver import person

pytestmark = pytest.mark.slow


async def test_a_policy_is_read_out_beside_the_keys_and_only_where_the_cursor_comes_to_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path, "10", size=(120, 40), floor=True) as ui:
        await ui.press("3")
        go_on, read = Event(), list[str]()

        def slowly(text: str, grammar: Kind) -> tuple[Row, ...]:
            assert current_thread() is not main_thread()
            read.append(text)
            assert go_on.wait(30)
            return policy_in_words(text, grammar)

        monkeypatch.setattr(plain_words, "policy_in_words", slowly)
        for key in ("down", "up", "down"):
            ui.hit(key)
        await ui.pilot.pause()
        assert len(read) == 1
        go_on.set()
        assert "in plain words" in await ui.see_typed("")
        assert len(read) == 2


async def test_what_is_written_is_read_out_beside_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(text: str, grammar: Kind) -> tuple[Row, ...]:
        assert current_thread() is not main_thread()
        return (Row("read out"),)

    monkeypatch.setattr(draft, "policy_in_words", elsewhere)
    async with person(tmp_path, "05", size=(120, 40), floor=True) as ui:
        await ui.press("3 n")
        await ui.type("Receipts\n")
        assert "read out" in await ui.see_at_rest()
