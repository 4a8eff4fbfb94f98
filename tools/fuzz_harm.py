"""What the fuzzing harness feeds of what means harm: heads of requests that a web page could send, and damaged journals."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from coffeeshop.classroom.journal import Journal, resume_grading
from coffeeshop.classroom.judge import Task, judge
from coffeeshop.endpoint.app import App
from coffeeshop.policy.model import Problems
from tests.endpoint.shop import opened
from tests.endpoint.wire import connected

OWN_HOSTS = (
    "127.0.0.1:4517",
    "localhost:4517",
    "[::1]:4517",
    "localhost",
    "receipts.localhost:4517",
)
OTHER_HOSTS = (
    *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4517", "10.0.0.7", "user@localhost", "[::1", ":"),
    *("0x7f.1", "127.1", "2130706433", "localhost.", "[::ffff:127.0.0.1]", "\xff", "a" * 5000, "localhost,evil.example"),
)  # fmt: skip
SITES = ("", "none", "same-origin", "same-site", "cross-site", "None", "x")
ORIGINS = (
    "",
    "null",
    "http://127.0.0.1:4517",
    "http://localhost:4517",
    "https://evil.example",
    "http://[::1",
    "x",
    "\xff",
)
AUTHORITIES = ("http://evil.example", "http://me@127.0.0.1:4517", "http://127.0.0.1:4517")
PATHS = (
    "/",
    "/v1/signin",
    "/v1/authorize",
    "/v1/token",
    "/favicon.ico",
    "/receipts/day-1",
    "/%FF",
    "//",
    "/.well-known/x",
)
QUERIES = (
    "",
    "Action=CreateUser&Version=2010-05-08&UserName=eve",
    "Action=GetCallerIdentity&Version=2011-06-15",
    "%FF",
    "&&=",
)
TASKS = tuple(Task(f"{name}.sh", name.encode()) for name in "abc")


class LetInError(Exception):
    """A request was answered that another site's page could have sent, or became an act."""


Head = tuple[str, str, list[tuple[str, str]], bytes]  # method, target, headers, body


def heads() -> st.SearchStrategy[Head]:
    """Return requests without a credential, with every sort of head; some name a header twice."""
    text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
    header = st.one_of(
        st.tuples(st.just("host"), st.sampled_from((*OWN_HOSTS, *OTHER_HOSTS)) | text),
        st.tuples(st.just("origin"), st.sampled_from(ORIGINS) | text),
        st.tuples(st.just("sec-fetch-site"), st.sampled_from(SITES)),
        st.tuples(st.just("transfer-encoding"), st.sampled_from(("chunked", "x", ""))),
    )
    own_host = st.sampled_from(OWN_HOSTS).map(lambda host: [("host", host)])
    target = st.builds(
        "{}{}?{}".format,
        st.sampled_from(("", "", "", *AUTHORITIES)),
        st.sampled_from(PATHS),
        st.sampled_from(QUERIES),
    )
    return st.tuples(
        st.sampled_from(("GET", "POST", "PUT", "HEAD", "OPTIONS")),
        target,
        st.builds(list.__add__, own_host | st.just([]), st.lists(header, max_size=3)),
        st.sampled_from(QUERIES).map(str.encode) | st.binary(max_size=60),
    )


def knock(case: Head) -> None:
    """Send a request over a connection; hold that a stranger's is no act, and that another site's is refused."""
    method, target, headers, body = case
    shop, loop = opened(), asyncio.new_event_loop()
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    head = (
        f"{method} {target} HTTP/1.1\r\n{''.join(lines)}content-length: {len(body)}\r\n\r\n"
    )
    try:
        http, wire = connected(App(shop.endpoint), loop)
        http.data_received(head.encode("latin-1", "replace") + body)
        http.connection_lost(None)
    finally:
        loop.close()
    status = int(wire.wrote[9:12] or b"0")
    if is_foreign(target, headers) and status not in (400, 403, 421):
        raise LetInError(f"{status} to another site's page: {case!r}")
    if status >= 500 or shop.player.playing.play.acts:
        raise LetInError(f"{status}, acts: {shop.player.playing.play.acts!r}")


def is_foreign(target: str, headers: list[tuple[str, str]]) -> bool:
    """Return whether a page of another site could have sent this, or it names another host."""
    foreign = {
        "host": OTHER_HOSTS[:7],
        "sec-fetch-site": ("same-site", "cross-site", "None", "x"),
        "origin": ("null", "https://evil.example", "x"),
    }
    if any(value in foreign.get(name, ()) for name, value in headers):
        # The host of an absolute URL counts instead of the header.
        names = {name for name, value in headers if value in foreign.get(name, ())}
        return names != {"host"} or "://" not in target
    return target.startswith(AUTHORITIES[:2])


# -------------------------------------------------------------------------- journals
def make_journal() -> None:
    """Write a whole journal to break."""
    with closing(Journal(Path("whole.journal"), "", lambda _: None)) as journal:
        for task in TASKS:
            journal.store_report(task, judge(task, lambda: None))
    with closing(sqlite3.connect("whole.journal")) as db:
        db.execute("PRAGMA journal_mode=DELETE")


def damages() -> st.SearchStrategy[list[tuple[int, bytes]]]:
    """Return what is written over a journal: where, and what."""
    return st.lists(
        st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=64)),
        min_size=1,
        max_size=4,
    )


def go_on(damage: list[tuple[int, bytes]]) -> None:
    """Grade with a damaged journal; hold that everything is graded, or the journal refused in a sentence."""
    data = bytearray(Path("whole.journal").read_bytes())
    for at, piece in damage:
        place = at % len(data)
        data[place : place + len(piece)] = piece
    for left in Path().glob("broken.journal*"):
        left.unlink()
    Path("broken.journal").write_bytes(data)

    def grading(tasks: Any) -> Any:
        return ((task, judge(task, lambda: None)) for task in tasks)

    try:
        with closing(Journal(Path("broken.journal"), "", lambda _: None)) as journal:
            graded = [*resume_grading(journal, TASKS, grading)]
    except Problems:
        return
    if [task.name for task, _ in graded] != [task.name for task in TASKS]:
        raise LetInError(f"graded {graded!r}")
