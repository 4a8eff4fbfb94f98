"""Choose who acts next: another credential, a role to assume, or a sign-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from coffeeshop.account.model import Call, ServiceError
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.screens.base import Dialog, Keys, as_app_worker
from coffeeshop.tui.screens.form import FormDialog
from coffeeshop.tui.text import STYLES, line, row, show_on_one_line
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.assume_role import Handshake, handshakes
from coffeeshop.views.deed import Deed
from coffeeshop.views.identity import (
    Identity,
    badges,
    sign_in_parameters,
    signs_in_again,
    users_able_to_sign_in,
)
from coffeeshop.views.things.dialog import operation_form

SIGN_IN = Deed(
    "i",
    "Sign in to the console",
    (("console", "SignIn"),),
    ("UserName",),
    optional=("MfaCode",),
    note="If the user has an MFA device, type its code, or @phone for the code that the shop's phone shows.",
)


OWNER_SIGNS_IN = replace(SIGN_IN, say="Sign in as the owner", ask=("RootEmail",))


# How a credential was obtained, where the list has more room for it than the bar.
SIGN_IN_TEXTS = {"console": "signed in at AWS's console"}


class BadgeDialog(Dialog[None]):
    """A list of the credentials, sign-ins and roles by which the learner can act as another principal."""

    KEYS: ClassVar[Keys] = (("⏎", "Take it"), ("↑↓", "Move"), ("esc", "Stay"))

    def body(self) -> ComposeResult:
        """Yield the list and the place for AWS's refusal."""
        yield RowList(id="picks")
        yield Static(id="error", markup=False)

    def begin(self) -> None:
        """Show who acts now, and list the credentials, sign-ins and roles to choose from."""
        identity = self.game.identity
        self.query_one(".box").border_title = line(
            "Who acts? · now ",
            (
                show_on_one_line(
                    identity.who + (f" ▸ {identity.role}" if identity.role else "")
                ),
                "bold",
            ),
        )
        self.query_one("#error").display = False
        self.roles = {
            handshake.role: handshake
            for handshake in handshakes(self.game.sitting.play, self.game.sitting.profile)
        }
        row_list = self.query_one(RowList)
        row_list.show(self._rows(identity))
        row_list.focus()

    def _rows(self, identity: Identity) -> Iterator[tuple[str, Content]]:
        """Yield the rows, each with its id: a kind, a colon and a name. A heading has the id "".

        First come the sign-ins, then the learner's badges, the roles, and last the roles that AWS would refuse.
        """
        play = self.game.sitting.play
        held_badges = badges(play)
        sessions = {badge.profile: badge for badge in held_badges if not badge.ended}
        signs_in_again = self._renewing_sign_in()
        users_to_sign_in = [
            name
            for name in users_able_to_sign_in(play)
            if not (signs_in_again and name == identity.who)
            and self._gains_by_sign_in(name, sessions.get(f"{name}@console"))
        ]
        if signs_in_again:
            yield (
                "again:",
                line("Sign in again as ", (show_on_one_line(identity.who), "bold")),
            )
        yield from (
            (f"in:{name}", line("Sign in as ", (show_on_one_line(name), "bold")))
            for name in users_to_sign_in
        )
        yield "", line(("Your badges", STYLES["title"]))
        yield from (
            (f"badge:{badge.profile}", self._badge_row(badge)) for badge in held_badges
        )
        yield from self._role_rows("Roles to switch to", Mark.OK)
        yield "", line(("Or", STYLES["title"]))
        yield "in:", line(f"Sign in as someone{' else' if users_to_sign_in else ''}")
        if self.game.sitting.profile.endswith("@console") and identity.role:
            yield "back:", line(f"Switch back: take {show_on_one_line(identity.role)} off")
        yield from self._role_rows("Roles that you can't assume now", Mark.MISS)

    def _gains_by_sign_in(self, name: str, session: Identity | None) -> bool:
        """Return whether a sign-in at the console gives a user something new.

        It does if they have no session there, or if they have an MFA device and a session without MFA.
        """
        account = self.game.sitting.play.account
        user = account.users[name.lower()]
        has_device = bool(account.devices_of(user.id))
        return session is None or (has_device and not session.mfa)

    def _renewing_sign_in(self) -> dict[str, str]:
        """Return the parameters of a sign-in that renews the session in use. Return {} if it lasts until the shop closes."""
        sitting = self.game.sitting
        needed_until = sitting.day.closes if sitting.day else None
        return signs_in_again(sitting.play, self.game.identity, needed_until)

    def _role_rows(self, title: str, mark: Mark) -> Iterator[tuple[str, Content]]:
        """Yield the roles whose trial of AssumeRole ended with this mark, below a title."""
        rows_by_name = {
            name: handshake.row
            for name, handshake in self.roles.items()
            if handshake.row.mark is mark
        }
        if rows_by_name:
            yield "", line((title, STYLES["title"]))
        for name, shown_row in rows_by_name.items():
            yield f"role:{name}", row(shown_row, self.game.settings.ascii)

    def _badge_row(self, badge: Identity) -> Content:
        """Return the row of a credential: its profile, and how it was obtained or why it ended."""
        is_in_use = badge.profile == self.game.sitting.profile
        means = SIGN_IN_TEXTS.get(badge.means, badge.means)
        if badge.role:
            role = f" of {badge.who}, in the role {badge.role}"
        else:
            role = ""
        description = badge.ended or f"{means}{role}{', with MFA' if badge.mfa else ''}"
        return line(
            (show_on_one_line(badge.profile), "bold"),
            f"  {show_on_one_line(description)}",
            ("  in hand" if is_in_use else "", STYLES["ok"]),
        )

    @on(RowList.Moved)
    def _hide_refusal(self) -> None:
        """Hide AWS's refusal, which was about another row."""
        self.query_one("#error").display = False

    @on(RowList.Chosen)
    def _take_chosen(self, event: RowList.Chosen) -> None:
        """Use the chosen credential, assume the chosen role or open the sign-in. The row's id is a kind, a colon and a name."""
        kind, _, name = event.chosen.partition(":")
        match kind:
            case "badge":
                self.game.use_profile(name)
                self.close()
            case "role":
                self._assume_role(self.roles[name])
            case "back":
                self._make_call(Call("console", "SwitchBack", {}))
            case "again":
                self.sign_in(self._renewing_sign_in())
            case _:
                self.sign_in(
                    sign_in_parameters(self.game.sitting.play, name) if name else None
                )

    def _assume_role(self, handshake: Handshake) -> None:
        """Assume a role, and use the new session."""
        if self._make_call(handshake.call) and handshake.call.operation == "AssumeRole":
            self.game.use_profile(str(handshake.call.parameters["RoleSessionName"]))

    def _make_call(self, call: Call) -> bool:
        """Make a call and return whether AWS allowed it. Close the dialog then, else show AWS's refusal below the list."""
        outcome, refusal_box = self.game.do(call), self.query_one("#error", Static)
        if outcome is not None and isinstance(outcome.answer, ServiceError):
            refusal_box.display = True
            refusal_box.update(
                line(
                    ("✗ ", STYLES["error"]),
                    (show_on_one_line(outcome.answer.message), STYLES["error"]),
                )
            )
            return False
        self.close()
        return outcome is not None

    @as_app_worker
    async def sign_in(self, values: Mapping[str, str] | None = None) -> None:
        """Ask who signs in, and sign in as that user.

        Leave the dialog open if the learner cancels.
        """
        if values and "RootEmail" in values:
            action = OWNER_SIGNS_IN
        else:
            action = SIGN_IN
        account = self.game.sitting.play.account
        if action is OWNER_SIGNS_IN:
            names = {}
        else:
            names = {"AccountId": account.id}
        outcome = await self.game.ask(
            FormDialog(operation_form(account, action, names), values=values)
        )
        was_cancelled = outcome is None
        is_still_a_draft = isinstance(outcome, Call)
        if not was_cancelled and not is_still_a_draft:
            self.game.say(f"you act as {self.game.sitting.profile}")
            self.close()
