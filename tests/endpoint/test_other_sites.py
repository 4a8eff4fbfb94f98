"""A page of another site, in Debian's Chromium, gets nothing from an endpoint or from a class that is served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.support.wait import WebDriverWait

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from tests.browser.chromium import CHROMIUM, DRIVER, HOST, PATIENCE, Class, chromium
from tests.endpoint.server import Server, serving

pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and DRIVER.exists()),
        reason="Debian's chromium and chromium-driver",
    ),
]
PAGE = b"<!doctype html><title>another site</title>"
CREATE = "Action=CreateUser&Version=2010-05-08&UserName=eve"
FETCH = """
const [address, how, done] = arguments;
fetch(address, how).then(async (answer) => done([answer.status, await answer.text()])).catch((wrong) => done(["no answer", ""]));
"""
IMAGE = """
const [address, done] = arguments;
const image = new Image();
image.onload = image.onerror = () => done("tried");
image.src = address;
"""
BEACON = """
const [address, body, done] = arguments;
navigator.sendBeacon(address, body);
setTimeout(() => done("sent"), 0);
"""
FRAME = """
const [address, done] = arguments;
const frame = document.createElement("iframe");
frame.sandbox = "allow-scripts allow-forms";
frame.srcdoc = `<script>
  fetch("${address}").then((answer) => answer.text(), () => "no answer")
    .then((text) => parent.postMessage(text, "*"));
</script>`;
addEventListener("message", ({data}) => done(data), {once: true});
document.body.append(frame);
"""
FORM = """
const [address, fields] = arguments;
const form = document.createElement("form");
Object.assign(form, {method: "post", action: address});
for (const [name, value] of Object.entries(fields)) {
  const input = document.createElement("input");
  Object.assign(input, {name, value});
  form.append(input);
}
document.body.append(form);
form.submit();
"""
REBOUND, REBOUND_CLASS = (
    "rebound.example",
    "class.example",
)  # names that lead to this machine
HOSTS = f"MAP {REBOUND} 127.0.0.1, MAP {REBOUND_CLASS} {HOST}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE {HOST}"


class Site(BaseHTTPRequestHandler):
    """Another site: the same empty page at every address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def other_site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "data", "--scenario", "05") as server:
        yield server


def await_text(browser: Any, text: str) -> None:
    """Wait until the page shows a text. While it is left for another one, its elements are no more."""
    wait = WebDriverWait(
        browser, PATIENCE, ignored_exceptions=[StaleElementReferenceException]
    )
    wait.until(lambda _: text in browser.find_element("tag name", "body").text)


def acts_kept(data: Path) -> int:
    with closing(Progress(data / "casey.sqlite3")) as kept:
        player = Player(kept)
        player.open("05")
        return len(player.playing.play.acts)


def test_no_page_of_another_site_acts_in_or_reads_an_endpoint(
    endpoint: Server, other_site: str, tmp_path: Path
):
    with chromium(tmp_path / "profile", HOSTS) as browser:
        browser.get(other_site)
        for path in (f"/?{CREATE}", "/v1/signin", "/coffeeshop-receipts/day-1"):
            assert browser.execute_async_script(FETCH, f"{endpoint.url}{path}", {}) == [
                "no answer",
                "",
            ]
            opaque = {"method": "POST", "mode": "no-cors", "body": CREATE}
            assert (
                browser.execute_async_script(FETCH, f"{endpoint.url}{path}", opaque)[1]
                == ""
            )
            browser.execute_async_script(IMAGE, f"{endpoint.url}{path}")
            browser.execute_async_script(BEACON, f"{endpoint.url}{path}", CREATE)
            answer = browser.execute_async_script(FRAME, f"{endpoint.url}{path}")
            assert answer == "no answer", "to a frame whose origin is null"
        fields = {
            "RootEmail": "owner@coffeeshop.example",
            "Password": "correct-horse-battery-staple",
        }
        browser.execute_script(FORM, f"{endpoint.url}/v1/signin", fields)
        await_text(browser, "page of another site")
    assert acts_kept(tmp_path / "data") == 0


def test_a_name_that_leads_to_this_machine_reads_nothing(endpoint: Server, tmp_path: Path):
    with chromium(tmp_path / "profile", HOSTS) as browser:
        browser.get(f"http://{REBOUND}:{endpoint.port}/v1/signin")
        await_text(browser, "can't be used under that host name")
        answer = browser.execute_async_script(FETCH, f"/?{CREATE}", {})
        assert answer[0] == 421
    assert acts_kept(tmp_path / "data") == 0


def test_somebody_signs_in_by_the_endpoints_own_page(endpoint: Server, tmp_path: Path):
    iam = endpoint.client("iam")
    iam.create_login_profile(UserName="casey", Password="Latte-art-at-7!")
    with chromium(tmp_path / "profile", HOSTS) as browser:
        browser.get(f"{endpoint.url}/v1/signin")
        browser.find_element("name", "UserName").send_keys("casey")
        browser.find_element("name", "Password").send_keys("Latte-art-at-7!")
        browser.find_element("tag name", "button").click()
        await_text(browser, "You act as casey")


def test_no_page_of_another_site_reads_a_class_that_is_served(
    other_site: str, tmp_path: Path
):
    roster = tmp_path / "roster.csv"
    roster.write_text("learner,name\nana,Ana Vidal\n", "utf-8")
    served = Class(tmp_path / "data", roster)
    link = served.links["Ana Vidal"]
    try:
        with chromium(tmp_path / "profile", HOSTS) as browser:
            browser.get(other_site)
            assert browser.execute_async_script(FETCH, link, {}) == ["no answer", ""]
            browser.get(f"http://{REBOUND_CLASS}:{served.port}/")
            assert "be used under that host name" in browser.page_source
    finally:
        served.end()
