"""Build a drawing: of one person, one thing, one group or policy, or one request.

Everything is computed from the account. New parts are those that the account lacked before
the last act.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.grading.canaries import draw_canaries
from coffeeshop.lessons.grading.trial import Trial, run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Allowed, Decision, Kind, Statement
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.things import Places, Thing
from coffeeshop.shop.want import Ticket
from coffeeshop.views.access.words import thing_name
from coffeeshop.views.concealed import is_concealed, reason_text
from coffeeshop.views.grant.focus import Focus
from coffeeshop.views.grant.links import LinkFinder, decision_circumstances
from coffeeshop.views.grant.model import Box, Drawing, Link
from coffeeshop.views.grant.naming import (
    boxes_of_account,
    object_box,
    principal_role,
    subject_box,
    thing_box,
)
from coffeeshop.views.requests import short
from coffeeshop.views.text import capital, list_few_names
from coffeeshop.views.why import wall_sentence

MOST_LINKS = 40  # lines of one drawing that can be followed by eye, more or less
MANY_THINGS = 4  # things that one policy gives, above which they share one line
ROOT_NOTE = "No identity-based policy limits what the root user can do."


def draw_grant(
    play: Play,
    focus: Focus,
    tickets: Iterable[Ticket] = (),
    unnamed: Collection[Statement] = (),
) -> Drawing:
    """Return the drawing of a focus, with what the last act made or took away.

    `tickets` are the results of the play's jobs and refusals. Their requests are drawn as they were
    decided. `unnamed` are the statements that aren't told, since the learner names them.
    """
    links, remarks = _find_links(play, focus, tickets)
    drawing = Drawing(
        _title(focus),
        _boxes_about(play, focus),
        links,
        (*_remarks_about(play, focus, links, unnamed), *remarks),
        by_thing=focus.is_of_thing,
    )
    drawing = _with_changes(drawing, play, focus)
    if focus.thing is None and not focus.decision:
        drawing = _with_merged_things(drawing)
    return _bounded(replace(drawing, remarks=tuple(map(capital, drawing.remarks))))


def _find_links(
    play: Play, focus: Focus, tickets: Iterable[Ticket]
) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Return the links of a focus, and remarks about what wasn't looked at."""
    finder = LinkFinder(play, tickets)
    if focus.decision:
        links = finder.links_of_request(focus.subject, focus.decision)
    elif focus.subject == "root":
        links = finder.links_of_root()
    elif focus.subject:
        links = finder.links_of(focus.subject, focus.thing, focus.resource)
        kind, _, name = focus.subject.partition("/")
        if kind == "role" and focus.thing is None:
            leads = LinkFinder(play, tickets).links_to(Thing("role", name))
            # A role that gets itself is among both.
            links = tuple(dict.fromkeys((*leads, *links)))
    elif focus.thing:
        links = finder.links_to(focus.thing, focus.resource)
    else:
        links = finder.all_links()
    if focus.through:
        links = tuple(link for link in links if focus.through in link.boxes)
    return links, tuple(finder.remarks)


def _with_merged_things(drawing: Drawing) -> Drawing:
    """Return the drawing with the links from one policy to many things merged into one: "9 resources".

    New things and old ones aren't merged with each other. Remarks name the things.
    """
    links = _merge_things(drawing.links, drawing.fresh_links)
    gone = _merge_things(drawing.gone)
    is_fresh_box = drawing.fresh_boxes.issuperset
    fresh_boxes = (each.things for each in links if is_fresh_box(each.members))
    return replace(
        drawing,
        links=tuple(each.link for each in links),
        gone=tuple(each.link for each in gone),
        fresh_links=drawing.fresh_links
        | {each.link.boxes for each in links if each.is_fresh},
        fresh_boxes=drawing.fresh_boxes.union(fresh_boxes),
        remarks=(
            *drawing.remarks,
            *(_merged_remark(each, "") for each in links if len(each.members) > 1),
            *(_merged_remark(each, GONE_SUFFIX) for each in gone if len(each.members) > 1),
        ),
    )


class _MergedLink(Struct, frozen=True):
    """A link of a merged drawing, the boxes of the things that it stands for, and whether the last act made them."""

    link: Link
    members: tuple[Box, ...]
    is_fresh: bool = False

    @property
    def things(self) -> Box:
        """Return the box in which the link ends."""
        return self.link.thing


GONE_SUFFIX = " that are gone"


def _merged_remark(merged: _MergedLink, state: str) -> str:
    """Return a remark that names the things of a merged link. `state` is said of them."""
    names = list_few_names([box.label for box in merged.members])
    return f"the {merged.things.kind}{state} of {merged.link.policy.label}: {names}."


def _merge_things(
    links: Iterable[Link], fresh_keys: Collection[tuple[Box | None, ...]] = ()
) -> list[_MergedLink]:
    """Return the links, with those from one policy to many things merged into one.

    Only links that work and that nothing limits are merged. `fresh_keys` are the boxes of the new ones.
    """
    families: dict[tuple[object, ...], list[Link]] = {}
    for link in links:
        families.setdefault(_way_of(link), []).append(link)
    merged: list[_MergedLink] = []
    for family in families.values():
        plain = [
            link
            for link in family
            if link.is_effective and not link.stops and not link.parts
        ]
        for is_fresh in (False, True):
            alike = [link for link in plain if (link.boxes in fresh_keys) is is_fresh]
            if len(alike) > MANY_THINGS:
                merged.append(_merge_family(alike, is_fresh))
                plain = [link for link in plain if link not in alike]
        merged += (
            _MergedLink(link, (link.thing,))
            for link in family
            if link in plain or not link.is_effective or link.stops or link.parts
        )
    return merged


def _merge_family(links: Sequence[Link], is_fresh: bool) -> _MergedLink:
    """Return one link for several that differ only in their thing."""
    requests = {asked for link in links for asked in link.requests}
    # A box of new things isn't that of as many old ones.
    several = Box(f"{len(links)} resources", owner="new" if is_fresh else "")
    link = replace(links[0], thing=several, requests=tuple(sorted(requests)))
    return _MergedLink(link, tuple(each.thing for each in links), is_fresh)


def _way_of(link: Link) -> tuple[object, ...]:
    """Return everything of a link but its thing."""
    return link.who, link.via, link.policy, link.is_effective, link.needs, link.under


def _bounded(drawing: Drawing) -> Drawing:
    """Return the drawing with at most MOST_LINKS links, new ones first."""
    if len(drawing.links) <= MOST_LINKS:
        return drawing
    ranked = sorted(drawing.links, key=lambda link: not drawing.is_fresh(link))[:MOST_LINKS]
    kept = tuple(link for link in drawing.links if link in ranked)
    return replace(drawing, links=kept, left_out=len(drawing.links) - len(kept))


# ---------------------------------------------------------------------- changes
def _with_changes(drawing: Drawing, play: Play, focus: Focus) -> Drawing:
    """Return the drawing with the boxes, links and stops that the last act made, and what it took away.

    Each play draws other made-up names, so a link with one in it is neither new nor gone.
    """
    if play.last is None or focus.decision:
        return drawing
    before = play.undo()
    if before.account == play.account:
        return drawing
    former, _ = _find_links(before, focus, run_all_wants(before))
    made_up = {*draw_canaries(before).values(), *draw_canaries(play).values()}
    former = _links_without_names(former, made_up)
    current = _links_without_names(drawing.links, made_up)
    former_keys = {link.boxes for link in former}
    former_stops = {(link.boxes, stop.key) for link in former for stop in link.stops}
    keys = {link.boxes for link in current}
    made_boxes = boxes_of_account(play.account) - boxes_of_account(before.account)
    stops = {(link.boxes, stop.key) for link in current for stop in link.stops}
    return replace(
        drawing,
        fresh_links=frozenset(keys - former_keys),
        fresh_boxes=made_boxes - {*drawing.about},
        fresh_stops=frozenset(stops - former_stops),
        gone=tuple(link for link in former if link.boxes not in keys),
    )


def _links_without_names(links: Sequence[Link], names: Collection[str]) -> tuple[Link, ...]:
    """Return the links that have none of these names in their boxes."""
    return tuple(
        link
        for link in links
        if not any(name in box.label for box in link.boxes if box for name in names)
    )


# ------------------------------------------------------------------------ words
def _title(focus: Focus) -> str:
    """Return the title of a drawing."""
    if focus.decision:
        request = focus.decision.request
        verdict = "can" if isinstance(focus.decision, Allowed) else "can't"
        where = f" on {short(request.resource)}" if short(request.resource) else ""
        if focus.steps:
            verdict = "could later"
        circumstances = decision_circumstances(focus.decision)
        under = f" {circumstances}" if circumstances else ""
        caller = capital(_caller_label(focus, focus.decision))
        return f"{caller} {verdict} call {request.action}{where}{under}"
    target = short(focus.resource) if focus.resource else ""
    if focus.thing:
        target = target or thing_name(focus.thing)
    if focus.subject and target:
        return f"What {_subject_label(focus)} can do with {target}"
    if focus.subject.startswith("role/"):
        return f"Who can assume {_subject_label(focus)}, and what it can access"
    if focus.subject:
        return f"What {_subject_label(focus)} can access"
    if focus.thing:
        return f"Who can access {target}"
    return f"What {focus.through.label} gives" if focus.through else "Who can access what"


def _caller_label(focus: Focus, decision: Decision) -> str:
    """Return the name of the principal that the drawing is about, with the role in whose session it asks."""
    label = _subject_label(focus)
    role = principal_role(decision.standing.principal)
    if role in (None, subject_box(focus.subject)) or focus.subject.startswith("function/"):
        return label
    return f"{label}, as {role.label},"


def _subject_label(focus: Focus) -> str:
    """Return the name of the principal that the drawing is about."""
    return subject_box(focus.subject).label


def _boxes_about(play: Play, focus: Focus) -> tuple[Box, ...]:
    """Return the boxes that are drawn even without a link."""
    boxes = list[Box]()
    if focus.subject:
        boxes.append(subject_box(focus.subject))
    if focus.through:
        boxes.append(focus.through)
    if focus.decision:
        asked = focus.decision.request.resource
        boxes.append(object_box(Places(play.account).thing(asked), asked))
    elif focus.resource and focus.thing:
        boxes.append(object_box(focus.thing, focus.resource))
    elif focus.thing:
        boxes.append(thing_box(focus.thing, focus.resource))
    return tuple(boxes)


def _remarks_about(
    play: Play, focus: Focus, links: Sequence[Link], unnamed: Collection[Statement]
) -> Iterable[str]:
    """Yield sentences about what boxes and lines can't show."""
    if focus.decision:
        yield from [focus.steps] if focus.steps else ()
        yield reason_text(focus.decision, unnamed)
        if not is_concealed(focus.decision, unnamed):
            yield from filter(None, [wall_sentence(focus.decision)])
    elif not links:
        yield _nothing_sentence(focus)
        yield from _deny_sentences(play, focus)
    elif focus.subject and _lacks_credential(play, focus.subject):
        yield f"{_subject_label(focus)} has no credential yet, so no one can use this."
    if focus.subject == "root" or (focus.thing and not focus.subject):
        yield ROOT_NOTE


def _nothing_sentence(focus: Focus) -> str:
    """Return the sentence for a drawing without a line."""
    if focus.subject and focus.thing:
        return (
            f"no policy gives {_subject_label(focus)} access to {thing_name(focus.thing)}."
        )
    if focus.subject:
        where = " here" if focus.subject.startswith("account/") else ""
        return f"no policy{where} gives {_subject_label(focus)} access to anything."
    if focus.thing:
        return f"no policy gives anyone access to {thing_name(focus.thing)}."
    return (
        f"{focus.through.label if focus.through else 'it'} gives no one access to anything."
    )


def _deny_sentences(play: Play, focus: Focus) -> Iterator[str]:
    """Yield which policies with a Deny apply to a principal who is allowed nothing. No line shows them."""
    if not focus.subject:
        return
    names = dict.fromkeys(
        policy.display_name
        for session in LinkFinder(play).sessions_of(focus.subject)
        for layer in session.standing.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
        if any(statement.effect == "Deny" for statement in policy.statements)
    )
    if names:
        policies = "policy" if len(names) == 1 else "policies"
        label = _subject_label(focus)
        yield f"a Deny applies to {label} as well, in the {policies} {list_few_names([*names])}."


def _lacks_credential(play: Play, subject_name: str) -> bool:
    """Return whether a user has no password, no key and no session to use a permission with."""
    trial = Trial(play)
    if user_named(play.account, subject_name) is None or trial.uses_minted_credentials:
        return False
    return not trial.sessions_of(subject_name)
