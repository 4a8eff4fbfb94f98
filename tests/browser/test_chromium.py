"""The real thing: Debian's Chromium plays, without a network, and what it did is kept whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import CHROMIUM, DRIVER, PATIENCE, Class, Person, chromium

pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and DRIVER.exists()),
        reason="Debian's chromium and chromium-driver",
    ),
]
ENTER, ESCAPE = Keys.ENTER, Keys.ESCAPE
FONT_SIZE = "document.getElementById('terminal')?.dataset.fontSize"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"}]}'
PUT = f"aws iam put-user-policy --user-name casey --policy-name receipts --policy-document '{POLICY}'"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Class]:
    roster = tmp_path / "roster.csv"
    roster.write_text("learner,name\nana,Ana Vidal\nben,<b>Ben</b>\n", "utf-8")
    made = Class(tmp_path / "data", roster)
    yield made
    made.end()


def test_two_learners_play_at_once_through_reloads_resizes_and_a_server_that_is_killed(
    shop: Class, tmp_path: Path
):
    with chromium(tmp_path / "profile") as browser:
        ana = Person(browser, shop.links["Ana Vidal"])
        assert browser.title == "Ana Vidal · The receipts drawer · Coffeeshop"
        ana.read("at the till")
        ben = Person(browser, shop.links["<b>Ben</b>"])
        assert browser.title.startswith("<b>Ben</b> · ")
        ben.read("at the till")
        _finishes_by_keys(ana)
        _copies(ana)
        _hands_in(ana, tmp_path / "profile" / "downloads")
        _is_painted_anew(ana)
        assert (
            ana.complaints() == []
        )  # so no address but ours was asked for: all others would be
        ben.press(":")
        ben.read("Console")
        ben.type("aws iam create-user --user-name zoe")
        ben.press(ENTER)
        ben.read("UserId")
        shop.end(signal.SIGKILL)
        ana.until(
            "document.getElementById('said')?.hidden === false && document.getElementById('why').textContent"
        )
        shop.start()
        ben.read("create-user --user-name zoe")  # it came back by itself, to what was done
        ana.read("put-user-policy")


def _finishes_by_keys(ana: Person) -> None:
    ana.press(":")
    ana.read("Console")
    ana.type(PUT)
    ana.press(ENTER)
    ana.read("★★★")


def _is_painted_anew(ana: Person) -> None:
    """After a reload the same screen stands there; in a larger window, a larger one; in a small one, all 80 by 24 cells."""
    ana.driver.refresh()
    ana.read("★★★")
    before = ana.sizes()[-1]
    letters = ana.until(f"{FONT_SIZE} || 0")
    ana.driver.set_window_size(1400, 1000)
    ana.until(
        "window.sent.filter(said => said.startsWith('[\"resize')).length && window.seen.length > 1000"
    )
    assert ana.sizes()[-1] > before
    ana.read("★★★")
    ana.driver.set_window_size(620, 480)
    ana.until(f"{FONT_SIZE} < 16 && window.sent.length > 1")
    ana.read("★★★")
    assert ana.sizes()[-1][0] >= 80
    assert ana.sizes()[-1][1] >= 24
    ana.driver.set_window_size(1000, 720)
    ana.until(
        f"{FONT_SIZE} == {letters}"
    )  # it was loaded again, and not while the server is down
    ana.read("★★★")


def _hands_in(ana: Person, downloads: Path) -> None:
    """The file is downloaded, and the play goes on."""
    ana.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
    )
    ana.press(ESCAPE)
    ana.read("Next")
    ana.press("x")
    ana.read("a hand-in, to be graded elsewhere")
    ana.press(ENTER)
    ana.read("downloaded: 05-receipts-drawer.handin.jsonl")
    ana.until("document.getElementById('said').hidden")
    WebDriverWait(ana.driver, PATIENCE).until(lambda _: [*downloads.glob("*.handin.jsonl")])
    ana.press(":")
    ana.read("Console")


def _copies(ana: Person) -> None:
    """What the app copies is the browser's to paste."""
    ana.press(ESCAPE)
    ana.read("Next")  # else a slow machine takes both keys for one, Alt-Y
    ana.press("Y")
    ana.read("copied")
    ana.press(":")
    ana.read("Console")
    ana.paste()
    ana.read("put-user-policy --user-name casey --policy-name receipts")
