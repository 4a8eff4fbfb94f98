from __future__ import annotations

from pathlib import Path

from tests.plain.session import Session, session
from tests.views.plays import scenario

AGAIN = (
    "Ada has an MFA device now, but signed in without MFA. Sign in again, with an MFA code."
)


def after(plain: Session, last: str) -> str:
    """What Next says once the lines of the solution of 02 were typed, to the first with this word."""
    plain("play 02")
    for line in scenario("02").solution.splitlines():
        plain(line.replace(" --profile ada@console", ""))
        if last in line:
            break
    return plain("next")[-1]


def test_an_administrator_who_signed_in_before_there_was_a_device_is_to_do_it_again_with_its_code(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "save") as plain:
        assert AGAIN not in after(plain, "create-virtual-mfa-device")
        assert AGAIN not in plain("aws iam list-users")[-1]
        plain("again")
        assert (
            f"{AGAIN} `console sign-in --user-name ada --password PASSWORD --mfa-code @phone`."
            in after(plain, "enable-mfa")
        )
        plain("console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone")
        assert "sign in again" not in plain("next")[-1]


def test_once_everything_works_nobody_is_asked_to_sign_in_again(tmp_path: Path) -> None:
    with session(tmp_path / "save") as plain:
        assert (
            after(plain, "robin")
            == "Next: Every job works and every refusal holds. `grade` shows your stars."
        )
