"""What takes its time is worked out beside the keys, once for each play."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from coffeeshop.lessons.sitting.assessment import Assessment
from tests.tui.driver import person

pytestmark = pytest.mark.slow


async def test_what_is_worked_out_of_a_play_is_asked_once_though_that_of_an_older_one_ends_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        go_on, asked = [Event(), Event(), Event()], list[Assessment]()

        def slowly(judged: Assessment) -> None:
            asked.append(judged)
            assert go_on[len(asked) - 1].wait(30)

        monkeypatch.setattr(Assessment, "access", slowly)
        ui.app.compute_access_table()
        (older,) = ui.app.workers
        await ui.press("colon")
        await ui.type("aws iam create-group --group-name Cashiers\n")
        ui.app.compute_access_table()
        go_on[0].set()
        await older.wait()
        ui.app.compute_access_table()
        await ui.pilot.pause()
        assert [one is ui.app.sitting.assessment for one in asked] == [False, True]
        for each in go_on:
            each.set()
