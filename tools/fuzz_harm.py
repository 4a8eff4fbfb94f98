"""What the fuzzing harness feeds of what means harm: heads of requests that a web page could send, and damaged journals."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from coffeeshop.classroom.journal import Journal, resume_grading
from coffeeshop.classroom.judge import Task, judge
from coffeeshop.endpoint.message import Request
from coffeeshop.policy.model import Problems
from tests.endpoint.shop import opened

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


def heads() -> st.SearchStrategy[tuple[str, str, str, dict[str, str], bytes]]:
    """Return requests without a credential, with every sort of head."""
    headers = st.fixed_dictionaries(
        {
            "host": st.sampled_from((*OWN_HOSTS, *OTHER_HOSTS)) | st.text(max_size=30),
            "origin": st.sampled_from(ORIGINS) | st.text(max_size=30),
            "sec-fetch-site": st.sampled_from(SITES),
        }
    )
    return st.tuples(
        st.sampled_from(("GET", "POST", "PUT", "HEAD", "OPTIONS")),
        st.sampled_from(PATHS),
        st.sampled_from(QUERIES),
        headers,
        st.sampled_from(QUERIES).map(str.encode) | st.binary(max_size=60),
    )


def knock(case: tuple[str, str, str, dict[str, str], bytes]) -> None:
    """Send a request; hold that a stranger's is no act, and that another site's is refused."""
    method, path, query, headers, body = case
    shop = opened()
    response = shop.endpoint.answer(Request(method, path, query, headers, body))
    host, origin, site = headers["host"], headers["origin"], headers["sec-fetch-site"]
    is_foreign = site in {"same-site", "cross-site", "None", "x"} or origin in {
        "null",
        "https://evil.example",
        "x",
    }
    if is_foreign and response.status not in (403, 421):
        raise LetInError(f"{response.status} to another site's page: {case!r}")
    if host in OTHER_HOSTS[:7] and response.status != 421:
        raise LetInError(f"{response.status} to the host {host!r}")
    if response.status >= 500 or shop.player.playing.play.acts:
        raise LetInError(f"{response.status}, acts: {shop.player.playing.play.acts!r}")


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
