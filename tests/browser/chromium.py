"""A person at Debian's Chromium, without a screen and without a network: they read what is painted and press keys."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1000,720"
)
HOST = "127.0.77.1"  # an address of this machine at which nobody else listens
CUT = f"MAP * ~NOTFOUND, EXCLUDE {HOST}"
ESCAPES = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>]"
)
PATIENCE = 60  # seconds: two cores, and all of the tests at once

# What came over the websocket, what went, and every address that the page asked for outside of it.
WATCHING = """
window.seen = ''; window.sent = [];
const decoder = new TextDecoder();
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...words) {
    super(...words);
    this.addEventListener('message', ({data}) => {
      if (typeof data !== 'string') window.seen += decoder.decode(data, {stream: true});
    });
  }
  send(data) { window.sent.push(data); super.send(data); }
};
"""


class Person:
    """One window, and what can be done at it."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.driver.switch_to.new_window("window")
        self.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": WATCHING}
        )
        self.window = self.driver.current_window_handle
        self.driver.get(url)

    def look(self) -> None:
        """Have this window before one's eyes."""
        self.driver.switch_to.window(self.window)

    def press(self, *keys: str) -> None:
        """Press keys, wherever the page has put them: nothing is clicked before."""
        self.look()
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def paste(self) -> None:
        """Press Ctrl-V."""
        self.look()
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("v").key_up(
            Keys.CONTROL
        ).perform()

    def type(self, text: str) -> None:
        """Type a text at once."""
        self.look()
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def read(self, text: str) -> str:
        """Everything that was painted since the last time, once this is among it."""
        self.look()
        WebDriverWait(self.driver, PATIENCE, 0.1).until(
            lambda _: text in self._seen(), f"{text!r} is not painted"
        )
        found = self._seen()
        self.driver.execute_script("window.seen = ''")
        return found

    def _seen(self) -> str:
        return ESCAPES.sub("", self.driver.execute_script("return window.seen || ''"))

    def until(self, script: str) -> Any:
        """What a script answers, once that is true."""
        self.look()
        return WebDriverWait(self.driver, PATIENCE, 0.1).until(
            lambda _: self.driver.execute_script(f"return {script}")
        )

    def sizes(self) -> list[tuple[int, int]]:
        """The sizes that the page told, in cells."""
        self.look()
        said = [
            json.loads(text) for text in self.driver.execute_script("return window.sent")
        ]
        return [
            (told[1]["width"], told[1]["height"]) for told in said if told[0] == "resize"
        ]

    def complaints(self) -> list[str]:
        """What the browser complains of, and whom it could not reach."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
        ]


@contextmanager
def chromium(profile: Path, hosts: str = CUT, *flags: str) -> Generator[Any]:
    """Run a browser until the block is left. `hosts` says which names lead where; all others lead nowhere."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (
        *FLAGS.split(),
        f"--host-resolver-rules={hosts}",
        f"--user-data-dir={profile}",
        *flags,
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


class Class:
    """`coffeeshop serve` for a class, which can be killed and started again; `links` are its learners' addresses."""

    def __init__(self, data: Path, roster: Path) -> None:
        self.data, self.roster, self.port = data, roster, 0
        self.start()

    def start(self) -> None:
        """Start it, at the port that it had."""
        words = [
            "serve",
            "05",
            "--class",
            str(self.roster),
            "--host",
            HOST,
            "--port",
            str(self.port),
        ]
        env = {**os.environ, "COFFEESHOP_DATA": str(self.data)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coffeeshop", *words],
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.links: dict[str, str] = {}
        for line in self.process.stdout:
            if not line.startswith("http"):
                break
            link, name = line.rstrip().split("  ")
            self.links[name] = link
        self.port = int(next(iter(self.links.values())).split("/")[2].rpartition(":")[2])

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait for that."""
        self.process.send_signal(how)
        self.process.communicate(timeout=PATIENCE)
