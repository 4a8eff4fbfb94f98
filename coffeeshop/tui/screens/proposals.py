"""The box of values that F9 proposes in the policy editor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Values
from coffeeshop.tui.screens.draft import Draft
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.text import line, show_on_one_line
from coffeeshop.tui.widgets.json_area import JsonArea
from coffeeshop.views.policy.actions import (
    asked_actions,
    describe_action,
    needed_actions,
    proposals_title,
    rank_by_typed_text,
    used_arns,
)
from coffeeshop.views.policy.completions import (
    actions_at,
    begins_with_jobs,
    describe_proposal,
    proposals_heading,
    proposed_names,
    starting_proposal,
    unwritten_proposals,
)
from coffeeshop.views.policy.own_jobs import asks_of_policy, values_that_serve


def proposals_dialog(area: JsonArea, draft: Draft, play: Play) -> PickDialog | None:
    """Return the box of values for the cursor's line, or None if F9 proposes nothing there."""
    slot = area.slot
    if slot is None:
        return None
    element = area.element
    actions = actions_at(area.text, area.cursor_offset)
    is_action_element = element in ("Action", "NotAction")
    requests = asks_of_policy(play, draft.call(area.text))
    actions_of_jobs: Mapping[str, Values] = (
        asked_actions(play, requests) if is_action_element else {}
    )
    first_names = (
        needed_actions(play, area.text, requests) if is_action_element else used_arns(play)
    )
    serving_values = values_that_serve(requests, element, actions)
    all_names = proposed_names(
        play.account, element, slot.value, actions, first_names, serving_values
    )
    found_names = unwritten_proposals(all_names, element, area.text, area.cursor_offset)
    if not found_names:
        return None
    has_jobs = begins_with_jobs(found_names, first_names)
    if is_action_element:
        title = show_on_one_line(proposals_title(slot.value, actions_of_jobs, has_jobs))
    else:
        title = proposals_heading(element, actions, has_jobs)
    is_whole_name = slot.value in all_names
    other_names = (name.lower() for name in found_names if name != slot.value)
    can_narrow = any(slot.typed.lower() in name for name in other_names)
    return PickDialog(
        title,
        [(name, line(show_on_one_line(name))) for name in found_names],
        initial_filter=slot.typed if can_narrow and not is_whole_name else "",
        describe=lambda name: (
            describe_action(name, actions_of_jobs)
            if is_action_element
            else describe_proposal(name, element)
        ),
        ranker=partial(rank_by_typed_text, asked=actions_of_jobs)
        if is_action_element
        else None,
        cursor_id="" if is_whole_name else starting_proposal(found_names, slot.value),
    )
