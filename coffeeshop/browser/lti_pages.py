"""Write the pages of a launch: a refusal, the choice of an activity, and the answer that goes back to the platform."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from string import Template

from coffeeshop.harmless import show_as_pictures
from coffeeshop.invocation import command_line
from coffeeshop.lti.deep_link import Activity
from coffeeshop.views.assignments import instant_text

PAGE_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Coffeeshop</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="$prefix/static/page.css">$head</head>
<body><main class="lti"><h1>Coffeeshop</h1>$body</main></body></html>
"""


def refusal_page(prefix: str, text: str, new_window: str = "") -> str:
    """Return a page with one sentence. `new_window` is an address to try in a window of its own, or ""."""
    link = ""
    if new_window:
        href = _quoted(new_window)
        link = f'<p><a href="{href}" target="_blank" rel="noopener">Open Coffeeshop in a new window</a></p>'
    return _page(prefix, f"<p>{_quoted(text)}</p>{link}")


def choice_page(prefix: str, code: str, activities: Iterable[Activity]) -> str:
    """Return the page on which a teacher chooses an activity."""
    rows = [_activity_row(index, activity) for index, activity in enumerate(activities)]
    graded = "".join(row for row, is_graded in rows if is_graded)
    ungraded = "".join(row for row, is_graded in rows if not is_graded)
    is_open = "" if graded else " open"
    if not graded:
        command = _quoted(command_line("class assign 05"))
        graded = f"<p>This class has no assignment yet. Add one with the command <code>{command}</code>.</p>"
    body = (
        "<h2>Choose an activity</h2>"
        f'<form method="post" action="{_quoted(prefix)}/lti/choose">'
        f'<input type="hidden" name="code" value="{_quoted(code)}">'
        f"<fieldset><legend>Assignments, with a grade</legend>{graded}</fieldset>"
        f"<details{is_open}><summary>Without a grade</summary>{ungraded}</details>"
        "<p><button>Add to the course</button></p></form>"
    )
    return _page(prefix, body)


def _activity_row(index: int, activity: Activity) -> tuple[str, bool]:
    """Return the row of an activity, and whether it has a grade. The first row is checked."""
    checked = " checked" if index == 0 else ""
    parts = [activity.title]
    if activity.points:
        parts.append(f"{activity.points:g} points")
    if activity.due:
        parts.append(f"due {instant_text(activity.due)}")
    button = f'<input type="radio" name="task" value="{_quoted(activity.task)}" required{checked}>'
    return f"<label>{button} {_quoted(', '.join(parts))}</label>", bool(activity.points)


def answer_page(prefix: str, return_url: str, token: str) -> str:
    """Return the page that sends an answer back to the platform."""
    body = (
        f'<form id="answer" method="post" action="{_quoted(return_url)}">'
        f'<input type="hidden" name="JWT" value="{_quoted(token)}">'
        "<button>Go back to the course</button></form>"
    )
    head = f'<script src="{_quoted(prefix)}/static/lti.js" defer></script>'
    return _page(prefix, body, head)


def _page(prefix: str, body: str, head: str = "") -> str:
    """Return a whole page."""
    return Template(PAGE_TEMPLATE).substitute(prefix=_quoted(prefix), body=body, head=head)


def _quoted(text: str) -> str:
    """Return a text for HTML, without hidden characters."""
    return escape(show_as_pictures(text), quote=True)
