"""The real thing: a course's page in Debian's Chromium shows Coffeeshop in a frame, without third-party cookies."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from coffeeshop.classroom.kept_class import read_class
from tests.browser.chromium import CHROMIUM, DRIVER, HOST, PATIENCE, chromium
from tests.browser.school import ok, register
from tests.lti.simulated_platform import SimulatedPlatform

pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and DRIVER.exists()),
        reason="Debian's chromium and chromium-driver",
    ),
]
SCHOOL = "127.0.77.2"  # another site than HOST
HOSTS = f"MAP * ~NOTFOUND, EXCLUDE {HOST}, EXCLUDE {SCHOOL}"


@asynccontextmanager
async def course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[SimulatedPlatform]:
    """A platform, and a real `coffeeshop serve` for its class."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    ok("class", "new", "IAM-101", "--empty")
    ok("class", "assign", "05", "--points", "20")
    async with SimulatedPlatform().running(SCHOOL) as platform:
        register(platform)
        words = ("serve", "05", "--class", "IAM-101", "--host", HOST, "--port", "0")
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "coffeeshop", *words),
            env=dict(os.environ),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            while line := (await server.stdout.readline()).decode():
                if line.startswith("http"):
                    platform.tool_url = line.rsplit("/", 2)[0]
                    break
            yield platform
        finally:
            server.terminate()
            await server.wait()


async def test_a_learner_plays_and_a_teacher_chooses_in_a_frame_of_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with course(tmp_path, monkeypatch) as platform:
        await asyncio.to_thread(_visit_course, platform, tmp_path / "profile")
        (member,) = read_class(Path("data/classes/IAM-101.class.sqlite3")).members
        assert member.learner.key == "user-9"
        assert len(platform.chosen) == 1


def _visit_course(platform: SimulatedPlatform, profile: Path) -> None:
    """Open the course as a learner, then as a teacher."""
    flag = "--test-third-party-cookie-phaseout"
    with chromium(profile, HOSTS, flag) as browser:
        browser.get(f"{platform.url}/course")
        browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))

        def text_of(selector: str) -> str:
            found = browser.find_elements(By.CSS_SELECTOR, selector)
            return found[0].text if found else ""

        wait = WebDriverWait(browser, PATIENCE, 0.2)
        wait.until(
            lambda _: browser.execute_script(f"return location.host.startsWith('{HOST}')")
        )
        wait.until(
            lambda _: browser.find_elements(By.CSS_SELECTOR, "#terminal .xterm-screen")
        )
        wait.until(
            lambda _: browser.execute_script("return document.title").startswith(
                "Robin Vale"
            )
        )
        platform.chooses = True
        browser.get(f"{platform.url}/course")
        browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
        wait.until(lambda _: "The receipts drawer" in text_of("form"))
        browser.find_element(By.CSS_SELECTOR, "button").click()
        wait.until(lambda _: platform.chosen)
        wait.until(lambda _: text_of("p") == "Thank you")
