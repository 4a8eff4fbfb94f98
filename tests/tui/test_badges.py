"""Keys, passwords, devices and their codes, by keys: who is given one, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from coffeeshop.account.access.totp import device_code
from coffeeshop.lessons.grading.grade import grade
from tests.tui.driver import person
from tests.tui.test_screens import enrol, refused, take

pytestmark = pytest.mark.slow


async def test_the_owner_is_among_the_people_of_whoever_holds_that_badge(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "01", floor=True) as ui:
        await ui.press("2")
        await enrol(ui, "root")
        await ui.press("tab d d")
        assert ui.calls == ["CreateVirtualMFADevice", "EnrollRootMfa", "DeleteAccessKey"]
        assert grade(ui.play).stars == 3
    async with person(tmp_path / "ada", "10") as ui:
        assert "the owner" not in await ui.see("escape 2")


async def test_the_phone_shows_the_code_that_is_asked_for(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down m m")
        device = next(
            d for d in ui.play.account.devices.values() if d.serial.endswith("/bo")
        )
        shown = device_code(device, ui.app.sitting.now)
        assert f"{shown[:3]} {shown[3:]}" in ui.screen
        following = device_code(device, ui.app.sitting.now, 1)
        assert f"{following[:3]} {following[3:]}" in await ui.see("p")
        assert device.seed[:4] in await ui.see("k")


async def test_a_full_code_moves_on_and_one_code_alone_says_what_is_lacking(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down m m")
        device = next(
            d for d in ui.play.account.devices.values() if d.serial.endswith("/bo")
        )
        await ui.type(device_code(device, ui.app.sitting.now))
        assert "p shows the code that comes after it" in await ui.see("enter")
        await ui.type(device_code(device, ui.app.sitting.now, 1))
        await ui.press("enter")
        assert ui.play.account.devices[device.serial].enabled


async def test_a_device_that_was_made_and_left_is_offered_again(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down m m escape m")
        assert ui.calls == ["CreateVirtualMFADevice"]
        assert ui.where == "EnrolScreen"


async def test_a_device_is_made_only_once_a_question_has_named_the_call(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        assert "iam:CreateVirtualMFADevice" in await ui.see("2 down m")
        assert ui.calls == []
        await ui.press("escape")
        assert (ui.where, ui.calls) == ("PeopleScreen", [])


async def test_the_form_to_sign_in_says_who_has_no_password(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        screen = await ui.see("s down enter")
        assert "casey  no password, so no sign-in to the console" in screen
        assert "ada  no password" not in screen


async def test_wrong_codes_are_refused_in_awss_words(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down m m")
        assert "✗ Authentication code for device" in await ui.see_typed("000000\t111111\n")
        assert refused(ui) == "InvalidAuthenticationCode"
        assert ui.where == "EnrolScreen"


async def test_somebody_signs_in_with_password_and_the_phones_code(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down k down enter")
        secret = ui.app.screen.query_one(Input).value
        await ui.press("enter")
        await enrol(ui, "bo")
        await ui.press("s")
        await take(ui, "in:")
        await ui.type(f"bo\t{secret}\t@phone")
        assert "PASSWORD --mfa-code @phone" in ui.screen
        assert secret not in ui.screen
        await ui.press("enter")
        assert ui.app.sitting.profile == "bo@console"
        assert ui.app.identity.mfa
        assert "bo ■ MFA" in ui.rows[0]
        assert ui.where == "PeopleScreen", "the dialogs are closed"


async def test_whoever_gave_a_password_signs_in_with_it_unseen(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down k down enter enter s")
        assert "Sign in as bo" in ui.screen
        await ui.press("home enter enter")
        assert ui.app.sitting.profile == "bo@console"
        assert ui.where == "PeopleScreen", "the dialogs are closed"


async def test_who_has_a_session_without_a_code_and_a_device_signs_in_again_unseen(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down k down enter enter s home enter enter")
        assert not ui.app.identity.mfa
        assert "Sign in as bo" not in await ui.see("s"), "a new session would be the same"
        await take(ui, "badge:ada@console")
        await enrol(ui, "bo")
        assert "Sign in as bo" in await ui.see("s")
        await ui.press("home enter enter")
        assert ui.app.sitting.profile.startswith("bo@console")
        assert ui.app.identity.mfa


async def test_a_wrong_password_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("s")
        await take(ui, "in:")
        screen = await ui.see_typed("ada\tguess\t123456\n")
        assert "Your authentication information is incorrect" in " ".join(screen.split())
        assert ui.app.sitting.profile == "ada@console"


async def test_a_key_is_taken_up_and_undo_puts_it_down(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        told = " ".join((await ui.see("2 down k enter")).replace("┃", " ").split())
        assert "AWS shows the secret only once" in told
        assert "⏎ Do it esc Cancel" in told
        assert ui.calls == []
        screen = await ui.see("enter")
        assert ui.calls == ["CreateAccessKey"]
        (key,) = (key for key in ui.play.account.credentials if key.startswith("AKIA"))
        assert f"access key {key} made; secret kept" in screen
        await ui.press("s down enter")
        assert ui.app.sitting.profile == "bo"
        await ui.press("u")
        assert ui.app.sitting.profile == "ada@console"


async def test_a_third_key_is_refused_in_its_form_and_enter_closes_that(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        for _ in range(2):
            ui.app.run_line("aws iam create-access-key --user-name bo")
        screen = await ui.see("escape 2 down k enter enter")
        assert "LimitExceeded" in screen
        assert "⏎ esc Close" in screen
        await ui.press("enter")
        assert (ui.where, len(ui.calls)) == ("PeopleScreen", 3)


async def test_the_phone_shows_the_time_of_the_header_after_wrong_codes(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down m m")
        await ui.type("000000")
        await ui.press("enter")
        await ui.type("000000")
        await ui.press("enter")
        assert f"{ui.app.sitting.now:%H:%M:%S}" in ui.screen
        assert f"{ui.app.sitting.now:%a %H:%M}" in ui.rows[0]
