"""MFA enrolment: a QR code for a real phone, the shop's own phone, and two MFA codes in a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from coffeeshop.account.access.totp import device_code
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.model import Account, Call, ServiceError
from coffeeshop.account.services.iam.mfa import otpauth_uri
from coffeeshop.tui.screens.base import Keys, PlayScreen, next_box_content
from coffeeshop.tui.text import STYLES, line, show_on_one_line
from coffeeshop.tui.widgets.bars import NextBox
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.phone import Phone
from coffeeshop.tui.widgets.qr import Qr
from coffeeshop.tui.widgets.text_line import TextLine
from coffeeshop.views.deed import Deed
from coffeeshop.views.rows import Role
from coffeeshop.views.step import Step

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Play

CODE_PERIOD = timedelta(seconds=30)
CLOCK_STEPS = range(-2, 3)  # steps by which a real phone's clock may differ


def unused_device(account: Account, user: str) -> MfaDevice | None:
    """Return a user's virtual MFA device that was created but never enabled, or None."""

    def is_theirs(device: MfaDevice) -> bool:
        """Return whether a device has the user's name, alone or with a number: ada, ada-2."""
        name = device.serial.rpartition("/")[2]
        stem, _, nth = name.rpartition("-")
        return name == user or (stem == user and nth.isdecimal())

    free_devices = (device for device in account.devices.values() if not device.owner)
    return next(
        (device for device in free_devices if device.seed and is_theirs(device)), None
    )


def free_name(account: Account, user: str) -> str:
    """Return an unused name for a user's next device: ada, ada-2, …"""
    used_names = {serial.rpartition("/")[2] for serial in account.devices}
    names = (user, *(f"{user}-{n}" for n in range(2, 99)))
    return next(name for name in names if name not in used_names)


class CodeInput(TextLine):
    """A field for six digits.

    Letters stay commands. `was_focused_by_itself` means that the focus came here without tab, because the
    first field was full. Then the first tab does nothing, since the learner presses it out of habit.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "onward", show=False)]

    def __init__(self, id: str) -> None:
        """Make an empty field that takes six digits."""
        super().__init__(
            id=id, restrict=r"[0-9]*", max_length=6, compact=True, placeholder="······"
        )
        self.was_focused_by_itself = False

    def action_onward(self) -> None:
        """Go to the next field, unless the focus has only just come here without tab."""
        if self.was_focused_by_itself and not self.value:
            self.was_focused_by_itself = False
        else:
            self.screen.focus_next()

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Return whether a character is a digit, the only kind that can be typed."""
        return character is not None and character.isdigit()

    async def _on_key(self, event: events.Key) -> None:
        """Pass every character that is no digit on to the screen."""
        if event.is_printable and not self.check_consume_key(event.key, event.character):
            event.prevent_default()


class EnrolScreen(PlayScreen):
    """Enables an MFA device that was created. AWS asks for two codes in a row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "next_code", show=False),
        Binding("k", "secret", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "Enable"),
        ("p", "Next code"),
        ("k", "Show the key"),
        ("tab", "Next field"),
        ("esc", "Back"),
    )
    HELP = (
        "Read the shop's phone on the right, or scan the picture with an authenticator app on your own phone. "
        "AWS asks for two codes in a row: type the one shown, press p, then type the next one. k shows the key, if you "
        "have no camera. The device is created already. esc goes back and leaves it unused."
    )

    def __init__(self, user: str, names: Mapping[str, str], device: MfaDevice) -> None:
        """Make the screen for the MFA device of `user`. `names` are the known parameters of the enabling call."""
        super().__init__()
        self.user = user
        self.names = names
        self.device = device
        self.first_typed_at: datetime | None = None
        self.is_refused = False  # AWS refused the last two codes

    def body(self) -> ComposeResult:
        """Yield the QR code on the left, and the steps, fields and phone on the right."""
        with Ground(id="enrol"):
            yield Qr(
                otpauth_uri(self.game.sitting.play.account, self.device, self.user), id="qr"
            )
            with Vertical(id="steps"):
                yield Static(
                    line(
                        (f"A device for {show_on_one_line(self.user)}", "bold"),
                        "\n1 Read this phone, or scan with yours",
                    ),
                    id="first",
                    markup=False,
                )
                yield Static(
                    line(
                        (
                            " ".join(self.device.seed[n : n + 4] for n in range(0, 32, 4)),
                            STYLES["code"],
                        )
                    ),
                    id="key",
                    markup=False,
                )
                yield Phone("", self.user, "", id="phone")
                yield Static(line("2 Type this code, then the next one"), markup=False)
                yield CodeInput("code1")
                yield CodeInput("code2")
                yield Static(id="error", markup=False)
                yield Static(id="onward", markup=False)

    # The codes that the message below the fields is about.
    _codes_in_message: tuple[str, ...] = ()

    def begin(self) -> None:
        """Hide the secret key, and focus the first field."""
        self.query_one("#key").display = False
        self.query_one("#error").display = False
        self.query_one("#onward").border_title = "Next"
        self.query_one("#code1").focus()

    def fill(self, play: Play) -> None:
        """Show the phone's code. Its clock is the account's, so AWS accepts what it shows."""
        code = device_code(self.device, play.now)
        self.query_one(Phone).show(code, self.user, f"{play.now:%H:%M:%S}")

    def show_next_step(self) -> None:
        """Show the Next box beside the picture, since the picture needs the rows of the usual box."""
        self.query_one(NextBox).add_class("-hidden")
        box = self.query_one("#onward", Static)
        text, key = next_box_content(self.step_here(self.game.step))
        box.update(line(text, *filter(None, (key,))))
        box.display = self.game.settings.shows_next_box

    def step_here(self, step: Step) -> Step:
        """Return the next step to enable the device: the first code, p, the second code, then ⏎."""
        first, second = (len(code) == 6 for code in self._codes())
        if not first and self.is_refused:
            return Step(
                "AWS didn't enable the device. Both codes must be right: ",
                Deed("0-9", "types the one that the phone shows"),
            )
        if not first:
            return Step(
                "Type the six digits that the phone shows. ", Deed("0-9", "types them")
            )
        if not second and self.first_typed_at == self.game.sitting.now:
            return Step("The phone's next code, please: ", Deed("p", "shows it"))
        if not second:
            return Step("Type what it shows now. ", Deed("0-9", "types it"))
        return Step("Both codes are typed: ", Deed("⏎", "sends them"))

    def _codes(self) -> tuple[str, ...]:
        """Return the two codes as they are typed now."""
        return tuple(self.query_one(f"#code{n}", Input).value for n in (1, 2))

    def action_next_code(self) -> None:
        """Wait in the account until the phone shows its next code."""
        self.game.player.wait(CODE_PERIOD)
        self.game.changed.publish(None)

    def action_secret(self) -> None:
        """Show or hide the secret key in groups of four letters."""
        key = self.query_one("#key")
        key.display = not key.display

    @on(Input.Submitted)
    def _submit_codes(self) -> None:
        """Enable the device with the two codes, or focus the field that is not full."""
        first, second = (self.query_one(f"#code{n}", Input) for n in (1, 2))
        if incomplete_field := next(
            (field for field in (first, second) if len(field.value) < 6), None
        ):
            incomplete_field.focus()
            self._show_foot(
                "the first code has six digits"
                if incomplete_field is first
                else "p shows the code that comes after it",
                "muted",
            )
            return
        codes = self._shop_codes(first.value, second.value)
        outcome = self.game.do(
            self._enabling_call({"SerialNumber": self.device.serial, **codes})
        )
        if outcome is None:
            self.close()
            return
        if isinstance(outcome.answer, ServiceError):
            self._clear_codes()
            self._show_foot(f"✗ {show_on_one_line(outcome.answer.message)}", "error")
            return
        self.close()
        self.game.say(f"{self.user} has an MFA device", "ok")

    def _clear_codes(self) -> None:
        """Empty both fields after a refusal, so that the phone's new codes can be typed at once."""
        self.is_refused = True
        first, second = (self.query_one(f"#code{n}", Input) for n in (1, 2))
        first.value = ""
        second.value = ""
        first.focus()
        self.show_next_step()

    def _enabling_call(self, parameters: Mapping[str, str]) -> Call:
        """Return the call that enables the device.

        IAM's calls can't name the root user, so root enrols its device at the console.
        """
        if self.names:
            return Call("iam", "EnableMFADevice", {**self.names, **parameters})
        return Call("console", "EnrollRootMfa", parameters)

    def _show_foot(self, text: str, role: Role) -> None:
        """Show a hint or AWS's refusal below the fields."""
        foot = self.query_one("#error", Static)
        self._codes_in_message = self._codes()
        foot.display = bool(text)
        foot.update(line((text, STYLES[role])))

    @on(Input.Changed)
    def _move_to_second_field(self, event: Input.Changed) -> None:
        """Focus the second field once the first is full. Remove a message about other codes."""
        if self._codes() != self._codes_in_message:
            self._show_foot("", "muted")
        if event.input.id == "code1" and len(event.value) == 6:
            self.first_typed_at = self.game.sitting.now
            second = self.query_one("#code2", CodeInput)
            second.was_focused_by_itself = not second.value
            second.focus()
        self.show_next_step()

    def _shop_codes(self, first: str, second: str) -> dict[str, str]:
        """Return both codes as parameters.

        Codes that are right by the real time are replaced by those of the shop's time, since a play
        must give the same result on replay.
        """
        real_time = datetime.now(UTC)  # noqa: TID251  # a real phone lives in real time
        is_from_real_phone = any(
            (
                device_code(self.device, real_time, n),
                device_code(self.device, real_time, n + 1),
            )
            == (first, second)
            for n in CLOCK_STEPS
        )
        if is_from_real_phone:
            first = device_code(self.device, self.game.sitting.now)
            second = device_code(self.device, self.game.sitting.now, 1)
        return {"AuthenticationCode1": first, "AuthenticationCode2": second}
