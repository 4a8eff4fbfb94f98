"""Perform an action on an item: ask for the missing values, then make its call."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from coffeeshop.account.model import Call, Outcome, Reply, ServiceError
from coffeeshop.lessons.sitting.lock_out import locked_out_by
from coffeeshop.policy.model import Kind
from coffeeshop.tui.screens.draft import Draft
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.enrol import EnrolScreen, free_name, unused_device
from coffeeshop.tui.screens.form import FormDialog
from coffeeshop.tui.screens.question import ask_to_confirm
from coffeeshop.tui.stage import Stage
from coffeeshop.views.deed import Deed
from coffeeshop.views.likely import likely_values
from coffeeshop.views.policy.editor import editor_title
from coffeeshop.views.policy.templates import blank_policy
from coffeeshop.views.things.dialog import Form, operation_form
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import list_removals
from coffeeshop.views.things.items import document_of
from coffeeshop.views.things.key_items import kms_keys
from coffeeshop.views.things.taking_away import (
    CONFLICTS,
    confirming_question,
    missing_steps,
)

MAX_NAME_WIDTH = 24  # the width of a name in a question
# Operations that replace the only policy of its kind, so the editor begins with that policy.
REPLACES_ONLY = ("PutInlinePolicyToPermissionSet",)
MAKES_DEVICE = "CreateVirtualMFADevice"


async def perform(
    game: Stage,
    action: Deed,
    item: Item | None,
    only_if_needed: bool = False,
    first_values: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Perform an action on an item.

    If the action has fields or a result to read, show its form. If it needs the policy editor or
    the phone, open that next. Otherwise ask for confirmation, so that no single key changes the
    account. With `only_if_needed` the form opens only if the shop still needs another such call, and
    closes once nothing is left to do. `first_values` fill its fields, by parameter name.
    """
    if action.operation in (MAKES_DEVICE, "EnrollRootMfa") and item is not None:
        await _enrol(game, action, item)
        return
    names: Mapping[str, str] = item.names if item else {}
    item_name = item.row.word if item else ""
    form = operation_form(game.sitting.play.account, action, names)
    call = form.call({})
    if form.is_shown:
        values = likely_values(
            form, game.sitting.play_with_wants, game.sitting.tickets, game.step
        )
        if only_if_needed and not values:
            return
        values = {**first_values, **values}
        answer = await _ask_form(
            game, form, item_name, values=values, only_if_needed=only_if_needed
        )
        if isinstance(answer, Outcome) and action.again:
            await perform(game, action, item, only_if_needed=True)
        if isinstance(answer, Outcome) and action.then:
            await _perform_on_new_key(game, action.then, answer)
        if not isinstance(answer, Call):
            return
        call = answer
    if form.document is not None:
        member, grammar = form.document
        if item and (action.key == "e" or action.operation in REPLACES_ONLY):
            current_text = document_of(game.sitting.play.account, item)
        else:
            current_text = ""
        _open_editor(game, call, member, grammar, item_name, current_text)
    elif item is not None:
        await _confirm_and_call(game, form, item, call)


async def _perform_on_new_key(game: Stage, action: Deed, outcome: Outcome) -> None:
    """Perform an action on the KMS key that a call has just made, such as naming it. esc leaves it out."""
    metadata = (
        outcome.answer.body["KeyMetadata"] if isinstance(outcome.answer, Reply) else None
    )
    if isinstance(metadata, Mapping):
        keys = kms_keys(game.sitting.play.account)
        await perform(
            game, action, next(key for key in keys if key.id == metadata["KeyId"])
        )


async def _enrol(game: Stage, action: Deed, item: Item) -> None:
    """Enrol a device. Use one that was created but not enabled, else confirm and create a new one."""
    user = item.row.word
    account = game.sitting.play.account
    if unused_device(account, user) is None:
        name = {"VirtualMFADeviceName": free_name(account, user)}
        form = operation_form(account, action, item.names)
        await _confirm_and_call(game, form, item, Call("iam", MAKES_DEVICE, name))
    if device := unused_device(game.sitting.play.account, user):
        game.push_screen(EnrolScreen(user, item.names, device))


async def _confirm_and_call(game: Stage, form: Form, item: Item, call: Call) -> None:
    """Confirm a call and make it. If AWS refuses it, show its answer in a box.

    If it refuses a deletion, the box also says what has to go first.
    """
    action = form.action
    removals = list_removals(game.sitting.play.account, item)
    locks = locked_out_by(game.sitting, call)
    if await ask_to_confirm(
        game, confirming_question(action, item, locks, MAX_NAME_WIDTH, removals)
    ):
        outcome = game.do(call)
        if outcome is not None and isinstance(outcome.answer, ServiceError):
            is_conflict = outcome.answer.code in CONFLICTS
            note = missing_steps(action, item, removals) if is_conflict else ""
            form = replace(form, note=note or form.note)
            await _ask_form(game, form, item.row.word, outcome.answer)


async def _ask_form(
    game: Stage,
    form: Form,
    item_name: str,
    refused: ServiceError | None = None,
    values: Mapping[str, str] | None = None,
    only_if_needed: bool = False,
) -> Outcome | Call | None:
    """Show the form and return its answer, or None if it was closed."""
    return await game.ask(
        FormDialog(form, item_name, values, refused, closes_when_won=only_if_needed)
    )


def _open_editor(
    game: Stage, call: Call, member: str, grammar: Kind, item_name: str, text: str
) -> None:
    """Open the policy editor with `text`. "" means a new policy."""
    draft = Draft(
        call.service,
        call.operation,
        call.parameters,
        member,
        grammar,
        title=editor_title(call, grammar) or item_name,
        blank=blank_policy(game.sitting.play_with_wants, call, grammar),
        text=text,
    )
    game.push_screen(EditorScreen(draft))
