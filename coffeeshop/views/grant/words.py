"""A drawn grant in words, one line for each link, for the plain shell and for screen readers."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.shop.mark import Mark
from coffeeshop.views.grant.model import (
    Asked,
    Drawing,
    Link,
    Stop,
    level_words,
    shares_levels,
)
from coffeeshop.views.requests import short
from coffeeshop.views.rows import Row
from coffeeshop.views.text import list_few_names

FEW_ACTIONS = 3  # actions that are named with what holds them back
NEW_MARK = "new"


def grant_rows(drawing: Drawing) -> Iterator[Row]:
    """Yield the drawing as lines: a line for each link, and one for each thing that holds it back."""
    yield Row(drawing.title, role="title")
    for link in drawing.links:
        yield link_row(drawing, link)
        yield from link_details(drawing, link)
    yield from closing_rows(drawing)


def link_row(drawing: Drawing, link: Link) -> Row:
    """Return a link as one line: "casey, group Cashiers, policy Receipts → bucket receipts: list, read"."""
    way = " → ".join(box.label for box in link.boxes if box)
    fresh = f" ({NEW_MARK})" if drawing.is_fresh(link) else ""
    if not link.is_effective:
        return Row(f"{way}{fresh}", Mark.MISS, "held back", indent=1)
    under = f" {link.under}" if link.under else ""
    return Row(
        f"{way}: {level_words(link.requests)}{under}{fresh}", Mark.OK, "allowed", indent=1
    )


def link_details(drawing: Drawing, link: Link) -> Iterator[Row]:
    """Yield the rows below a link: the other policies that must allow it, what the caller must add
    to a part of the requests, and the policies that hold others back."""
    drawn = {box.label for box in link.boxes if box}  # these allow it on the way
    if needs := [need for need in link.needs if need.removeprefix("the ") not in drawn]:
        yield Row(
            f"{list_few_names(needs)} must also allow it, and does", role="muted", indent=2
        )
    for part in link.parts:
        actions = _few_actions(part.requests)
        yield Row(
            f"{level_words(part.requests)}: only {part.under}{actions}",
            role="muted",
            indent=2,
        )
    for stop in link.stops:
        fresh = f" ({NEW_MARK})" if drawing.is_stop_fresh(link, stop) else ""
        yield Row(
            f"{stop_sentence(stop, link.requests)}{fresh}",
            Mark.MISS,
            "held back",
            "error",
            2,
        )


def stop_sentence(stop: Stop, allowed: tuple[Asked, ...] = ()) -> str:
    """Return the denied access, with the policies that deny it: "write: SCP NoDelete denies
    it (s3:DeleteObject)". `allowed` are requests beside these. Where one differs only in its resource, resources are named."""
    where = _where_words(stop.requests, allowed)
    named = _few_actions(stop.requests)
    levels = level_words(stop.requests)
    is_beside = not where and not named and shares_levels(allowed, stop.requests)
    held = f"other requests ({levels})" if is_beside else levels
    return f"{held}{where}: {stop.layer} {stop.deed}{named}"


def _few_actions(requests: tuple[Asked, ...]) -> str:
    """Return the actions of requests in brackets. "": there are too many."""
    actions = dict.fromkeys(asked.action for asked in requests)
    return f" ({', '.join(actions)})" if len(actions) <= FEW_ACTIONS else ""


def _where_words(requests: tuple[Asked, ...], allowed: tuple[Asked, ...]) -> str:
    """Return the object that is held back, if it is a single one, and else the resources of an action that is allowed elsewhere.

    Return "" if that is everywhere.
    """
    resources = dict.fromkeys(asked.resource for asked in requests)
    (resource, *others) = resources
    is_object = resource.startswith("arn:aws:s3:::") and "/" in resource
    allowed_actions = {asked.action for asked in allowed}
    is_elsewhere = any(asked.action in allowed_actions for asked in requests)
    if is_elsewhere or (is_object and not others):
        return f" of {list_few_names([*map(short, resources)])}"
    return ""


def closing_rows(drawing: Drawing) -> Iterator[Row]:
    """Yield what the links don't show: what is left out or gone, and the remarks."""
    if drawing.left_out:
        yield Row(f"and {drawing.left_out} more", role="muted", indent=1)
    for link in drawing.gone:
        way = " → ".join(box.label for box in link.boxes if box)
        yield Row(f"{way}: your last act took this away", role="warning", word="gone")
    yield from (Row(remark, role="muted") for remark in drawing.remarks)
