"""Scenario 02 has no order that cannot be won: whatever Next, hints and brief lead to is finished without undo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act, Key
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.views.next import next_step
from tests.views.plays import scenario

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
WAITS = {  # what is to be done, by the name of its line: the line, and what must have been done before
    "ada": ("aws iam create-user --user-name ada", ()),
    "password": (
        "aws iam create-login-profile --user-name ada --password Latte-art-at-7",
        ("ada",),
    ),
    "device": (
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile a.png --bootstrap-method QRCodePNG",
        (),
    ),
    "codes": (
        "aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada"
        " --authentication-code1 @phone --authentication-code2 @phone+1",
        ("ada", "device"),
    ),
    "group": ("aws iam create-group --group-name admins", ()),
    "power": (
        f"aws iam attach-group-policy --group-name admins --policy-arn {ADMIN}",
        ("group",),
    ),
    "member": (
        "aws iam add-user-to-group --group-name admins --user-name ada",
        ("group", "ada"),
    ),
    "casey": ("aws iam create-user --user-name casey", ()),
    "robin": ("aws iam create-user --user-name robin", ()),
}
SIGN_IN = "console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone"
OWNER, ADA = "root@console", "ada@console"


def done(play: Play, line: str, profile: str) -> Play:
    caller = find_caller(play.account, profile)
    act = read_act(line, play.account, play.now, {}, caller)
    assert isinstance(act, Act), act
    play = play.do(act)
    assert play.outcomes[-1].has_succeeded, (line, play.outcomes[-1].answer)
    return play


def badge(play: Play, profile: str) -> tuple[Play, str]:
    """The badge that Next wants in hand, signed in with where it is not yet."""
    step = next_step(play, run_all_wants(play), None, profile)
    if step.key != "s":
        return play, profile
    return done(play, SIGN_IN, profile), ADA


@given(st.permutations(sorted(WAITS)))
def test_every_order_of_what_is_asked_earns_three_stars_without_undo(
    order: list[str],
) -> None:
    play, profile, left = Play(scenario("02")), OWNER, dict(WAITS)
    while left:
        play, profile = badge(play, profile)
        name = next(
            name for name in order if name in left and left.keys().isdisjoint(left[name][1])
        )
        play = done(play, left.pop(name)[0], profile)
    report = grade(play)
    assert (report.stars, [finding.what for finding in report.findings]) == (3, [])


SAYS = (  # what Next asks for, by what it says, and which of the lines that is
    ("there is no user ada", "ada"),
    ("ada has no MFA device", "device codes"),
    ("ada has no password", "password"),
    ("to give it the permission", "group"),
    ("admins grants nothing yet", "power"),
    ("No one is in the group admins", "member"),
    ("There is no user casey yet", "casey"),
    ("There is no user robin yet", "robin"),
)


def test_who_does_what_next_says_and_nothing_else_earns_three_stars() -> None:
    play, profile, said = Play(scenario("02")), OWNER, list[str]()
    for _ in range(12):
        step = next_step(play, run_all_wants(play), None, profile)
        said.append(step.text)
        if step.key == "s":
            play, profile = badge(play, profile)
            continue
        names = next((names for words, names in SAYS if words in step.text), "")
        for name in names.split():
            play = done(play, WAITS[name][0], profile)
        if not names:
            break
    assert grade(play).stars == 3, said
    assert said[-1] == "Every job works and every refusal holds."
    assert sum("Go on as Ada" in text for text in said) == 1


def test_the_owner_who_has_an_administrator_is_told_to_become_her_before_anything_else() -> (
    None
):
    play = Play(scenario("02"))
    for line, _ in [
        WAITS[name]
        for name in ("ada", "password", "device", "codes", "group", "power", "member")
    ]:
        play = done(play, line, OWNER)
    step = next_step(play, run_all_wants(play), None, OWNER)
    assert (step.text, step.key) == (
        "Ada can administer the account now, so stop using root. Go on as Ada.",
        "s",
    )
    assert next_step(play, run_all_wants(play), None, "").key != "s"
    play = done(play, SIGN_IN, OWNER)
    assert isinstance(find_caller(play.account, ADA), Key)
    found = next_step(play, run_all_wants(play), None, ADA)
    assert (
        found.text
        == "“Ada looks up Casey's user” doesn't work yet. There is no user casey yet."
    )
    assert found.does == "People, Users, n hires"


def test_power_that_was_hung_on_ada_herself_is_moved_to_a_group_without_undo() -> None:
    play = Play(scenario("02"))
    direct = f"aws iam attach-user-policy --user-name ada --policy-arn {ADMIN}"
    for line in (
        *(WAITS[name][0] for name in ("ada", "password", "device", "codes")),
        direct,
    ):
        play = done(play, line, OWNER)
    play, profile = badge(play, OWNER)
    assert profile == ADA
    lines = [WAITS[name][0] for name in ("group", "power", "member", "casey", "robin")]
    for line in (*lines, direct.replace("attach", "detach")):
        play = done(play, line, ADA)
    assert grade(play).stars == 3
