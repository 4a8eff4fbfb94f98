from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from coffeeshop.account.model import ServiceError
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.views.made_up import made_up_names, with_made_up_names
from coffeeshop.views.picture.beats import (
    CALL_SECONDS,
    LAST_CALL_SECONDS,
    Beat,
    End,
    beat_row,
    beat_start_times,
    beats,
    harm_text,
    moment_at,
    next_beat_at,
)
from coffeeshop.views.rows import lines
from coffeeshop.views.tickets import explain_ticket
from tests.tables import each_row
from tests.views.plays import opened, played

HIRED = "aws iam delete-user --user-name sam\n"


@cache
def told_of(name: str, script: str = "") -> tuple[Beat, ...]:
    return beats(played(name, script), opened(name, script))


def test_each_ticket_is_a_beat_in_its_order_with_who_comes_and_how_it_ends() -> None:
    found = told_of("10")
    assert [beat.ticket for beat in found] == [*opened("10")]
    assert [
        (beat.who.name, beat.end)
        for beat in found
        if beat.ticket.want.id.startswith(("list", "shred"))
    ] == [
        ("casey", End.SERVED),
        ("robin", End.SERVED),
        ("bo", End.SERVED),
        ("sam", End.STOPPED),
        ("robin", End.STOLEN),
    ]


def test_a_refusal_that_holds_ends_well() -> None:
    assert {beat.end for beat in told_of("10", "solution")} == {End.SERVED, End.HELD}


def test_a_role_is_put_on_before_what_is_done_in_it_and_worn_from_then_on() -> None:
    first = told_of("15", "solution")[0]
    assert [(step.place, step.asks) for step in first.steps] == [
        (Station.BADGES, "sts:AssumeRole"),
        (Station.REGISTER, "dynamodb:PutItem"),
    ]
    assert first.who.apron == "Cashier"
    assert first.lasts == LAST_CALL_SECONDS + CALL_SECONDS


def test_the_calls_of_a_detour_are_the_steps_of_the_thief() -> None:
    leak = next(beat for beat in told_of("26") if beat.ticket.want.id == "badges@indra")
    assert leak.end is End.STOLEN
    assert [step.asks for step in leak.steps] == [
        "iam:PassRole",
        "lambda:InvokeFunction",
        "sts:AssumeRole",
        "iam:CreateUser",
    ]
    assert leak.steps[1].place is Station.ESPRESSO
    assert (
        ": indra requests lambda:CreateFunction, iam:PassRole, lambda:InvokeFunction, sts:AssumeRole"
        in beat_row(leak).text
    )


def test_a_last_call_names_what_it_asked_before_the_request_that_is_told() -> None:
    leak = next(beat for beat in told_of("26") if beat.ticket.want.id == "badges@indra")
    creating = replace(leak.ticket, outcomes=leak.ticket.outcomes[:1])
    (beat,) = beats(played("26"), [creating])
    asked = " indra requests lambda:CreateFunction, then iam:PassRole on role/AdminMachine."
    assert asked in beat_row(beat).text


def test_a_job_is_told_by_its_call_and_not_by_the_role_that_it_passes() -> None:
    served = next(beat for beat in told_of("26", "solution") if beat.end is End.SERVED)
    assert [step.asks for step in served.steps] == ["lambda:CreateFunction"]


def test_what_fails_for_want_of_room_alone_is_handed_to_the_thief() -> None:
    leak = next(ticket for ticket in opened("10") if ticket.mark is Mark.LEAK)
    full = replace(
        leak.outcomes[-1], answer=ServiceError("LimitExceeded", "There is no room.")
    )
    (beat,) = beats(played("10"), [replace(leak, outcomes=(*leak.outcomes[:-1], full))])
    assert beat.end is End.STOLEN
    assert beat.steps[-1].allowed


def test_a_person_whom_aws_does_not_know_is_turned_away() -> None:
    gone = next(beat for beat in told_of("10", HIRED) if beat.ticket.want.who == "sam")
    assert gone.end is End.NOBODY
    assert beat_row(gone).text == "Sam is turned away: there is no user sam."


@pytest.mark.parametrize("name", ["05", "10", "15", "26"])
def test_every_beat_is_told_and_says_who_asks_what_where(name: str) -> None:
    for beat in told_of(name):
        said = beat_row(beat).text
        assert said.endswith(".")
        assert beat.end is End.NOBODY or (
            beat.who.name in said and beat.steps[-1].place.value in said
        )


def test_the_clock_shows_one_beat_after_the_other_to_its_end_and_then_nothing() -> None:
    found = told_of("26")
    begins = beat_start_times(found)
    for nth, beat in enumerate(found):
        first, last = (
            moment_at(found, begins[nth]),
            moment_at(found, begins[nth + 1] - 0.001),
        )
        assert first is not None
        assert (first.nth, first.step, first.part) == (nth, 0, 0.0)
        assert last is not None
        assert (last.nth, last.step) == (nth, len(beat.steps) - 1)
        assert last.part == pytest.approx(1.0, abs=0.01)
    assert moment_at(found, begins[-1]) is None
    assert moment_at((), 0.0) is None


def test_a_skip_leads_to_the_beginning_of_the_next_beat_and_from_the_last_to_the_end() -> (
    None
):
    found = told_of("10")
    begins = beat_start_times(found)
    assert [next_beat_at(found, begin + 0.5) for begin in begins[:-1]] == [*begins[1:]]
    assert moment_at(found, next_beat_at(found, begins[-2])) is None


# ------------------------------------------------------------------ whom AWS saw, and what it comes to
def told_in(name: str, id: str, script: str = "") -> str:
    return next(
        beat_row(beat).text for beat in told_of(name, script) if beat.ticket.want.id == id
    )


@pytest.mark.parametrize(
    ("name", "script", "id", "asks"),
    [
        ("22", "", "first-day@robin", "At Badges: mina requests iam:AttachUserPolicy on user/staff/robin."),
        ("22", "", "shred@robin", "mina requests iam:AttachUserPolicy on user/staff/robin. AWS refuses it earlier, so"),
        ("22", "solution", "second-day@robin", "At Register: mina requests iam:AttachUserPolicy. Then robin requests s3:GetObject"),
        ("26", "", "payroll@indra", "report-canary, in the role AdminMachine, requests s3:GetObject on coffeeshop-payroll"),
        ("26", "", "payroll@indra", "sts:AssumeRole (by lambda.amazonaws.com)"),
        ("26", "", "export@function/report-daily", "report-daily, in the role ReportRole, requests s3:GetObject"),
        ("15", "solution", "till@bo", "bo, in the role Cashier, requests dynamodb:PutItem on table/Register."),
    ],
)  # fmt: skip
def test_the_caller_is_the_one_that_aws_saw(
    name: str, script: str, id: str, asks: str
) -> None:
    assert asks in told_in(name, id, script)


@each_row(
    [
        ("s3:ListBucket", "see what is there"),
        ("s3:GetObject", "read it"),
        ("s3:PutObject", "change it"),
        ("s3:DeleteObject", "delete it"),
        ("s3:PutBucketPolicy", "change who can do what"),
        ("s3:PutObjectTagging", "change its tags"),
        ("iam:DeleteUserPermissionsBoundary", "change who can do what"),
        ("sqs:SendMessage", "send messages to it"),
        ("sqs:ReceiveMessage", "read its messages"),
        ("lambda:InvokeFunction", "run it"),
        ("cloudtrail:StopLogging", "stop it"),
        ("iam:CreateUser", "change who can do what"),
        ("iam:ListUsers", "see what is there"),
        ("sts:AssumeRole", "act in that role"),
        ("sts:GetCallerIdentity", "use this session"),
        ("sts:AssumeRoleWithWebIdentity", "act in that role"),
        ("sts:AssumeRoleWithSAML", "act in that role"),
        ("organizations:LeaveOrganization", "take the account out of the organization"),
    ]
)
def test_what_a_thief_could_do_fits_what_was_let_through(action: str, does: str) -> None:
    assert harm_text(action) == f"a thief could {does}"


@pytest.mark.parametrize("name", ["07", "22", "23", "24"])
def test_a_made_up_name_says_what_it_stands_for_wherever_it_is_told(name: str) -> None:
    play = played(name)
    names = made_up_names(play)
    seen = set[str]()
    for beat in told_of(name):
        said = beat_row(beat).text
        seen |= {each for each in names if each in said}
        assert all(
            f"{names[each]}, here called {each}" in said
            or f"{each} (a made-up name, which stands for {names[each]})" in said
            for each in names
            if each in said
        )
        rows = [*with_made_up_names(play, explain_ticket(beat.ticket))]
        notes = [
            row.text for row in rows if " is a made-up name. It stands for " in row.text
        ]
        text = lines(
            row for row in rows if " is a made-up name. It stands for " not in row.text
        )
        assert [each for each in names if each in text] == [
            note.split()[0].strip("“”") for note in notes
        ]
    assert seen


def test_a_resource_that_the_proof_made_up_says_what_it_stands_for() -> None:
    said = [beat_row(beat).text for beat in told_of("40")]
    assert (
        "ReceiveMessage, then again on x (a made-up name, which stands for any name that fits)."
        in said[1]
    )
    assert "waffle-orders (" not in "".join(said)


def test_a_call_with_a_key_that_is_off_asks_for_the_action_as_every_other_call_does() -> (
    None
):
    """ListObjectsV2 needs s3:ListBucket. AWS decides nothing about a call whose key is inactive."""
    key = next(iter(played("03").account.keys_of(played("03").account.users["till"].id))).id
    off = f"aws iam update-access-key --user-name till --access-key-id {key} --status Inactive\n"
    steps = [step for beat in told_of("03", off) for step in beat.steps]
    assert not [step.asks for step in steps if step.asks.endswith("ListObjectsV2")]
    assert any(step.asks == "s3:ListBucket" for step in steps)


def test_a_call_that_is_made_twice_on_the_way_is_named_once() -> None:
    said = told_in("22", "grant@mina", "solution")
    assert "At Badges: mina requests iam:AttachUserPolicy, then again on" in said


@pytest.mark.parametrize("name", ["41", "43"])
def test_whom_the_learner_has_to_find_out_comes_without_a_name(name: str) -> None:
    hidden = [beat for beat in told_of(name) if beat.ticket.want.quiet]
    assert hidden
    for beat in hidden:
        assert {step.who.name for step in beat.steps} == {"someone"}
        assert beat.ticket.want.who not in beat_row(beat).text


@each_row(
    [
        ("42", "someone requests s3:GetObject"),
        (
            "C2",
            "someone with the credentials of bo, in the role Cashier, requests dynamodb:PutItem",
        ),
        ("C3", "someone with the credentials of robin requests s3:ListBucket"),
    ]
)
def test_a_stolen_credential_is_told_with_its_owner_unless_the_learner_has_to_find_it(
    name: str, said: str
) -> None:
    texts = [beat_row(beat).text for beat in told_of(name)]
    assert any(said in text for text in texts)
    assert not any("someone with someone" in text for text in texts)
