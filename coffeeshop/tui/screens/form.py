"""The form for a call: the fields of an operation, their errors, and the AWS command that grows
with the typed values.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Input, Static

from coffeeshop.account.model import Call, Outcome, ServiceError
from coffeeshop.tui.keys import shown_keys
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.screens.question import do_unless_locked_out
from coffeeshop.tui.text import (
    STYLES,
    line,
    plain,
    show_on_one_line,
    stack,
    without_surrogates,
)
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.text_line import TextLine
from coffeeshop.views.cells import shorten_text, width
from coffeeshop.views.text import command_of, command_on_one_line
from coffeeshop.views.things.choice import Choice
from coffeeshop.views.things.dialog import (
    FIELD_LABELS,
    VALUE_PREFIXES,
    Field,
    Form,
    UnfitError,
    choice_name,
)

MUTED_STYLE = STYLES["muted"]
ERROR_STYLE = STYLES["error"]
CODE_PATTERN = (
    r"[0-9 ]*|@[phone]{0,5}"  # six digits, or "@phone" for the code of the shop's phone
)
PHONE_PLACEHOLDER = "@phone"
PHONE_STAND_IN = "CODE-OF-THE-PHONE"  # stands for PHONE_PLACEHOLDER where a special character would be quoted
NAME_HINTS = {  # hints for names that have no choices
    "PolicyName": "any name of letters, digits and +=,.@_-",
    "GroupName": "the name in the brief, or any name",
    "UserName": "the name in the brief",
    "Url": "https:// and the issuer's address",
    "ThumbprintList": "AWS finds it if you leave this empty",
    "Tags": "Key=team,Value=bakery",
    "SAMLMetadataDocument": "the XML, or file:// and a name",
    "Description": "what it protects",
    "PendingWindowInDays": "7 to 30, otherwise 30",
    "SessionDuration": "PT1H to PT12H, otherwise PT1H",
    "filter": "isPublic={eq=[true]}",
}
MAX_CHOICES_SHOWN = 5  # choices shown at once
MAX_CHOICE_WIDTH = 51  # cells of a choice


def _name_hint(field: Field) -> str:
    """Return the hint for the value of a field without choices, or "" if there is none."""
    tag = field.member.shape.element if field.member.name == "Tags" else None
    if tag and tag.shape.members[0].name == "TagKey":
        return KMS_TAG
    if field.member.name == "Name" and field.member.shape.type == "structure":
        return FULL_NAME
    return NAME_HINTS.get(field.member.name, "")


def _placeholder(field: Field) -> str:
    """Return the text in an empty field: whether it can stay empty, and how to fill it."""
    if (
        field.member.name == "MfaCode"
    ):  # the form doesn't know yet whether its user has a device
        return "for a user with a device"
    if field.choices:
        hint = "↓ chooses one, or type it"
    elif field.none:  # no name would do, so none is suggested
        hint = "there is none yet"
    else:
        hint = _name_hint(field)
    return ": ".join(filter(None, ("optional" if field.optional else "", hint)))


FULL_NAME = "GivenName=Sam,FamilyName=Reyes"
KMS_TAG = "TagKey=team,TagValue=bakery"


class FieldInput(TextLine):
    """One field. Up and down go through its choices. The value in use is always `choice.value`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "turn(1)", show=False),
        Binding("up", "turn(-1)", show=False),
    ]

    def __init__(self, field: Field, value: str) -> None:
        """Make the input of a field with its first value. A field for an MFA code takes digits only."""
        digits = field.member.shape.pattern == "[\\d]+"
        self.field = field
        self.first_value = value
        self.choice = Choice(field.choices, value)
        super().__init__(
            value=value,
            password=field.secret and not value,
            restrict=CODE_PATTERN if digits else None,
            compact=True,
            placeholder=_placeholder(field),
            select_on_focus=field.member.name not in VALUE_PREFIXES,
        )

    def watch_value(self, text: str) -> None:
        """Narrow the choices by the typed or pasted text at once, before the next key is handled."""
        self.choice = self.choice.type_text(text)

    def select(self, choice: Choice) -> None:
        """Select another choice, and show its value in the field."""
        self.choice = choice
        self.value = choice.value
        self.cursor_position = len(self.value)

    def end_filter(self) -> None:
        """Show the selected value in the field, if it still has the words that narrowed the choices."""
        if self.choice.filter:
            self.select(self.choice.settle())

    def on_blur(self) -> None:
        """Show the selected value in the field, since a filter would look like a value."""
        self.end_filter()

    def action_turn(self, step: int) -> None:
        """Select the next or previous choice. Without choices, go to the next or previous field."""
        if self.field.choices:
            self.select(self.choice.move(step))
        elif step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def choices_shown(self) -> Content:
        """Return the rows of some choices around the selected one."""
        matches = self.choice.matches
        chosen_index = self.choice.index
        first = max(
            0, min(chosen_index - MAX_CHOICES_SHOWN // 2, len(matches) - MAX_CHOICES_SHOWN)
        )
        rows = [
            self._option_row(option)
            for option in matches[first : first + MAX_CHOICES_SHOWN]
        ]
        if len(matches) > MAX_CHOICES_SHOWN:
            if chosen_index >= 0:
                count_text = f"{chosen_index + 1} of {len(matches)}, ↑↓"
            else:
                count_text = f"{len(matches)} to choose from"
            rows.append(line((f"  {count_text}", MUTED_STYLE)))
        return stack(rows)

    def _option_row(self, option: str) -> Content:
        """Return the row of an option, with as many facts about it as fit. A click selects it."""
        text = shorten_text(choice_name(option), MAX_CHOICE_WIDTH)
        room = max(MAX_CHOICE_WIDTH - width(text) - 2, 0)
        facts = shorten_text(show_on_one_line(self.field.known.get(option, "")), room)
        before, style = (
            ("▸ ", "bold") if option == self.choice.value else ("  ", MUTED_STYLE)
        )
        row = line(before, (text, style), (f"  {facts}", MUTED_STYLE))
        return row.stylize(Style.from_meta({"option": option}))


class FieldRow(Vertical):
    """A field's label, its input, and below it the choices or the error."""

    def __init__(self, field: Field, value: str) -> None:
        """Make the input of a field with its first value, and the place for choices and errors below it."""
        super().__init__(classes="field")
        self.input = FieldInput(field, value)
        self.below = Static(classes="below", markup=False)
        self.error = ""  # what was wrong with the value, while it stays the same
        self._wrong_value = ""

    def compose(self) -> ComposeResult:
        """Yield the label and the input in one row, and the place below them."""
        field = self.input.field
        with Horizontal(classes="row"):
            yield Static(
                line(field.word),
                classes="word",
            )
            yield self.input
        yield self.below

    def show_error(self, error: str) -> None:
        """Show an error below the field until its value changes."""
        self.error = error
        self._wrong_value = self.input.value
        self.refresh_below()

    def forget_old_error(self) -> None:
        """Remove the error, if the value is no longer the one that it was about."""
        if self.input.value != self._wrong_value:
            self.error = ""

    def refresh_below(self) -> None:
        """Show the error, if there is one. Show the choices while the field has the focus."""
        if self.error:
            contents = [
                line(("✗ ", ERROR_STYLE), (show_on_one_line(self.error), ERROR_STYLE))
            ]
        else:
            contents = []
        contents += (
            [self.input.choices_shown()]
            if self.input.has_focus and self.input.choice.matches
            else []
        )
        below_content = stack(contents) if contents else Content("")
        self.below.display = bool(below_content.plain)
        self.below.update(below_content)

    def on_click(self, event: events.Click) -> None:
        """Take the option that was clicked."""
        option = event.style.meta.get("option")
        if option is not None:
            self.input.select(self.input.choice.choose(option))


class FormDialog(Dialog[Outcome | Call]):
    """A form for a call.

    It answers with the call's outcome, or with the call itself if the policy editor comes next.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_command(-1)", show=False),
        Binding("pagedown", "scroll_command(1)", show=False),
    ]

    def __init__(
        self,
        form: Form,
        thing: str = "",
        values: Mapping[str, str] | None = None,
        refused: ServiceError | None = None,
        closes_when_won: bool = False,
    ) -> None:
        """Make the form of a call on `thing`, with first values for its fields.

        `refused` is AWS's refusal of an earlier try. `closes_when_won`: the form closes by itself once there is
        nothing left to do, so that it doesn't hide the Next box.
        """
        super().__init__()
        self.closes_when_won = closes_when_won
        self.form = form
        self.thing = thing
        self.first_values = values or {}
        self.refusal = refused
        # What the message at the foot is about.
        self._refused_values: Mapping[str, str] = {}

    def on_key(self, event: events.Key) -> None:
        """Handle enter in a form without fields: make the call, or close a form that was refused."""
        if event.key == "enter" and not self.form.fields:
            event.stop()
            self.close() if self.refusal else self._submit()

    def body(self) -> ComposeResult:
        """Yield the fixed values, the fields, the note, and the AWS command."""
        for name, value in self.form.fixed.items():
            if isinstance(value, str):
                yield Static(
                    line(
                        (f"{FIELD_LABELS.get(name, name):<18} ", MUTED_STYLE),
                        (show_on_one_line(value.rpartition("/")[2]), "bold"),
                    ),
                    classes="given",
                )
        for field in self.form.fields:
            yield FieldRow(
                field,
                self.first_values.get(field.member.name, field.value)
                or _proposed_password(self.form, field),
            )
        yield Static(id="error", markup=False)  # only a Content is shown in it
        yield Static(plain(self.form.note), id="note")
        with VerticalScroll(id="command", can_focus=False):
            yield Static(id="preview", markup=False)

    @property
    def keys(self) -> Keys:
        """Return the keys that do something. A refused form without fields can only be closed."""
        fields = self.form.fields
        if self.refusal and not fields:
            return (("⏎ esc", "Close"),)
        return (
            ("⏎", "Do it" if self.form.document is None else "Write it"),
            *((("↑↓", "Choose"),) if any(field.choices for field in fields) else ()),
            *((("tab", "Next field"),) if len(fields) > 1 else ()),
            *((("PgUp PgDn", "Whole command"),) if self._command_is_cut else ()),
            ("esc", "Done" if self.form.action.again else "Cancel"),
        )

    def begin(self) -> None:
        """Set title, focus and preview."""
        box = self.query_one(".box")
        box.border_title = line(
            self.form.action.say,
            (f" · {show_on_one_line(self.thing)}" if self.thing else "", "bold"),
        )
        self.query_one("#note").display = bool(self.form.note) and not self.game.at_opening
        self.refresh_fields()
        for row in self.query(FieldRow).results(FieldRow):
            row.input.focus()
            break
        self.query_one("#error").display = False
        if self.refusal is not None:
            self.show_refusal(self.refusal, {})
        if self.closes_when_won:
            self.game.changed.subscribe(self, self._close_if_won)
            self._close_if_won()

    def _close_if_won(self, _: object = None) -> None:
        """Close the form if three stars are won and nothing was typed. The form would hide the Next box."""
        if self.game.has_won and all(
            row.input.value == row.input.first_value
            for row in self.query(FieldRow).results(FieldRow)
        ):
            self.call_later(self.close)

    @property
    def values(self) -> dict[str, str]:
        """Return the values of the fields by the member's name."""
        return {
            row.input.field.member.name: without_surrogates(row.input.choice.value)
            for row in self.query(FieldRow).results(FieldRow)
        }

    @property
    def _command_is_cut(self) -> bool:
        """Return whether the command has more rows than are shown at once."""
        return self.is_mounted and self.query_one("#command").max_scroll_y > 0

    def action_scroll_command(self, direction: int) -> None:
        """Scroll a command that has more rows than are shown at once."""
        command = self.query_one("#command")
        command.scroll_relative(y=direction * command.size.height, animate=False)

    def _show_command_end(self) -> None:
        """Show the end of a long command, where the typing goes on, and the keys that scroll it."""
        if self.widgets_exist:
            self.query_one("#command").scroll_end(animate=False)
            self.query_one(KeyRow).show(shown_keys(self.keys))

    def refresh_fields(self) -> None:
        """Show the choices of the focused field, and the AWS command."""
        for row in self.query(FieldRow).results(FieldRow):
            row.refresh_below()
        self.query_one("#preview", Static).update(
            line(
                ("$ ", STYLES["key"]),
                (show_on_one_line(self._command_text()), STYLES["code"]),
            )
        )
        self.call_after_refresh(self._show_command_end)

    def _command_text(self) -> str:
        """Return the AWS command as typed, with "@phone" in place of the phone's code."""
        values = {
            name: PHONE_STAND_IN if value == PHONE_PLACEHOLDER else value
            for name, value in self.values.items()
        }
        return command_on_one_line(command_of(self.form.call(values))).replace(
            PHONE_STAND_IN, PHONE_PLACEHOLDER
        )

    @on(Input.Changed)
    def _follow_typing(self, event: Input.Changed) -> None:
        """Update the command. Hide a typed secret only at sign-in."""
        for row in self.query(FieldRow).results(FieldRow):
            row.forget_old_error()
        if isinstance(event.input, FieldInput) and event.input.field.secret:
            event.input.password = self.form.action.operation == "SignIn"
        if self.values != self._refused_values:
            self.query_one("#error").display = False
        self.refresh_fields()

    def on_descendant_focus(self) -> None:
        """Show the choices of the field that has the focus."""
        self.refresh_fields()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Make the call, or show which field is missing or wrong."""
        rows = {
            row.input.field.member.name: row
            for row in self.query(FieldRow).results(FieldRow)
        }
        for row in rows.values():
            row.input.end_filter()
        if missing := self.form.missing_fields(self.values):
            rows[missing[0]].input.focus()
            field = rows[missing[0]].input.field
            if len(field.choices) == 1:
                advice = f"↓ chooses {choice_name(field.choices[0])}, the only one"
            elif field.choices:
                advice = "choose one by ↑↓, or type"
            else:
                advice = _name_hint(field)
            rows[missing[0]].show_error(": ".join(filter(None, ("this is needed", advice))))
            return
        try:
            call = self.form.call(
                self.form.resolve_values(
                    self.values,
                    self.game.sitting.play.account,
                    self.game.sitting.caller,
                    self.game.sitting.now,
                    self.game.sitting.folder,
                )
            )
        except UnfitError as unfit:
            rows[unfit.field].input.focus()
            rows[unfit.field].show_error(str(unfit))
            return
        if self.form.document is not None:
            if fault := self.form.foreseen_error(call):
                self.show_refusal(fault, rows)
            else:
                self.close(call)
            return
        do_unless_locked_out(self.game, call, lambda: self._make_call(call))

    def _make_call(self, call: Call) -> None:
        """Make the call and close. AWS's refusal is shown at the field that it names."""
        outcome = self.game.do(call)
        if outcome is not None and isinstance(outcome.answer, ServiceError):
            rows = {
                row.input.field.member.name: row
                for row in self.query(FieldRow).results(FieldRow)
            }
            self.show_refusal(outcome.answer, rows)
        else:
            self.close(outcome)

    def show_refusal(self, error: ServiceError, rows: Mapping[str, FieldRow]) -> None:
        """Show AWS's error at the field that it names.

        If it names none, show it at the foot of the form.
        """
        self.refusal = error
        self.query_one(KeyRow).show(shown_keys(self.keys))
        blamed_field = self.form.blamed_field(error) if rows else ""
        foot = self.query_one("#error", Static)
        self._refused_values = self.values
        foot.display = not blamed_field
        if blamed_field:
            blamed_row = rows[blamed_field]
            blamed_row.input.focus()
            blamed_row.show_error(error.message)
        else:
            foot.update(
                line(
                    ("✗ ", ERROR_STYLE),
                    (f"{error.code}: {show_on_one_line(error.message)}", ERROR_STYLE),
                )
            )


def _proposed_password(form: Form, field: Field) -> str:
    """Return a random password for a new or changed login profile, else "". A person would reuse one."""
    if not field.secret or form.action.operation not in (
        "CreateLoginProfile",
        "UpdateLoginProfile",
    ):
        return ""
    return f"Crema-{secrets.token_hex(4)}-{secrets.randbelow(90) + 10}"
