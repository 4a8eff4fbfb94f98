"""Decision x wish: the marks, and what a ticket knows of its run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coffeeshop.account.command import parse_call
from coffeeshop.account.errors import REFUSAL_CODES
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Act, Call, Nobody, Outcome, Reply, ServiceError
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    ImplicitlyDenied,
    Kind,
    Request,
    Standing,
)
from coffeeshop.shop.mark import Mark, Mode, mark_of
from coffeeshop.shop.model import Station
from coffeeshop.shop.want import Ticket, Want, is_done, station, with_names
from tests.tables import each_row

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACCOUNT = new_account(
    "111122223333", b"want", AT, "owner@coffeeshop.example", "House-blend-1", "coffeeshop"
)
JOB = Want(
    "list@casey",
    Mode.MUST,
    "casey",
    "Casey lists the receipts",
    (parse_call("aws s3api list-buckets", {}),),
)
ACT = Act(AT, Nobody(), Call("s3", "ListBuckets"))
DENIED = ImplicitlyDenied(Standing.of(), Request("s3:ListAllMyBuckets", "*"), Kind.IDENTITY)
SERVED = Outcome(ACT, ACCOUNT, Reply())
REFUSED = Outcome(ACT, ACCOUNT, ServiceError("AccessDenied", "no", 403), (DENIED,))
BROKEN = Outcome(ACT, ACCOUNT, ServiceError("NoSuchBucket", "gone", 404))


@each_row(
    [
        (Mode.MUST, True, Mark.OK),
        (Mode.MUST, False, Mark.MISS),
        (Mode.NEVER, True, Mark.LEAK),
        (Mode.NEVER, False, Mark.OK),
        (Mode.MAY, True, Mark.QUIET),
        (Mode.MAY, False, Mark.QUIET),
        (None, True, Mark.EXTRA),
        (None, False, Mark.QUIET),
    ]
)
def test_every_decision_against_every_wish_has_its_mark(
    mode: Mode | None, allowed: bool, shown: Mark
):
    assert mark_of(mode, allowed) is shown


def test_a_ticket_whose_calls_all_succeeded_is_served():
    ticket = Ticket(JOB, (SERVED, SERVED))
    assert (
        ticket.has_succeeded,
        ticket.mark,
        ticket.stopping_call,
        ticket.was_refused,
    ) == (
        True,
        Mark.OK,
        None,
        False,
    )


def test_the_call_that_stopped_a_ticket_is_its_last():
    ticket = Ticket(JOB, (SERVED, REFUSED))
    assert (ticket.has_succeeded, ticket.mark, ticket.stopping_call) == (
        False,
        Mark.MISS,
        REFUSED,
    )
    assert ticket.decision is DENIED


def test_a_ticket_without_a_badge_is_not_served_and_stopped_by_no_call():
    ticket = Ticket(JOB, missing="there is no user casey")
    assert (
        ticket.has_succeeded,
        ticket.stopping_call,
        ticket.was_refused,
        ticket.decision,
    ) == (
        False,
        None,
        False,
        None,
    )


@pytest.mark.parametrize(
    ("operation", "code", "is_counted"),
    [
        ("ChangePassword", "AccessDenied", True),
        ("ChangePassword", "EntityTemporarilyUnmodifiable", False),
        ("GetUser", "AccessDenied", False),
        ("CreateUser", "EntityAlreadyExists", True),
        ("DeleteUser", "NoSuchEntity", True),
        ("GetUser", "NoSuchEntity", False),
    ],
)
def test_an_allowed_call_that_fails_counts_as_done_only_if_its_effect_is_there(
    operation: str, code: str, is_counted: bool
):
    allowed = Allowed(Standing.of(), Request(f"iam:{operation}", "*"), ())
    act = Act(AT, Nobody(), Call("iam", operation))
    outcome = Outcome(act, ACCOUNT, ServiceError(code, "no", 403), (allowed,))
    assert is_done(outcome) is is_counted


@each_row((code,) for code in sorted(REFUSAL_CODES))
def test_a_refusal_holds_by_an_answer_that_speaks_of_permission_or_credentials(code: str):
    assert Ticket(JOB, (Outcome(ACT, ACCOUNT, ServiceError(code, "no", 403)),)).was_refused


@pytest.mark.parametrize(
    "code", ["NoSuchBucket", "NoSuchEntity", "ValidationError", "BucketNotEmpty"]
)
def test_any_other_failure_is_no_protection(code: str):
    assert not Ticket(
        JOB, (Outcome(ACT, ACCOUNT, ServiceError(code, "gone", 404)),)
    ).was_refused


def test_a_call_that_asked_nothing_has_no_decision():
    assert Ticket(JOB, (BROKEN,)).decision is None


def test_a_ticket_of_a_role_is_in_its_session_once_a_call_after_the_role_was_made():
    worn = Want(
        "till@bo",
        Mode.MUST,
        "bo",
        "Bo writes sales",
        (parse_call("aws s3api list-buckets", {}),),
        via="Cashier",
    )
    assert not Ticket(worn, (REFUSED,)).in_session
    assert Ticket(worn, (SERVED, REFUSED)).in_session
    assert Ticket(JOB).in_session


def test_names_that_were_drawn_are_filled_in_wherever_they_stand():
    want = Want(
        "x", Mode.NEVER, "{newcomer}", "{Who} does nothing", (parse_call("aws iam create-user --user-name {newname}", {}),),
        covers=("arn:aws:s3:::{tomorrow}/*",), within=("arn:aws:s3:::{tomorrow}",), request=Request("s3:GetObject", "arn:aws:s3:::{tomorrow}/x"),
        conditions=(Condition("StringEquals", "aws:PrincipalTag/branch", ("{newname}",)),),
    )  # fmt: skip
    drawn = with_names(
        want, {"newcomer": "colleague-1", "newname": "hire-2", "tomorrow": "shop-3"}
    )
    assert drawn.who == "colleague-1"
    assert [line.text for line in drawn.do] == ["aws iam create-user --user-name hire-2"]
    assert (drawn.covers, drawn.within) == (
        ("arn:aws:s3:::shop-3/*",),
        ("arn:aws:s3:::shop-3",),
    )
    assert drawn.request == Request("s3:GetObject", "arn:aws:s3:::shop-3/x")
    assert drawn.conditions == (
        Condition("StringEquals", "aws:PrincipalTag/branch", ("hire-2",)),
    )
    assert drawn.id == "x"


def test_json_in_a_line_is_not_taken_for_a_name():
    want = Want(
        "x",
        Mode.MUST,
        "bo",
        "Bo writes",
        (parse_call("""aws dynamodb put-item --item '{"sale": {"S": "1"}}'""", {}),),
    )
    assert with_names(want, {"newname": "hire-2"}) == want


def test_a_want_that_names_nobody_new_stays_the_very_same():
    assert with_names(JOB, {"newname": "hire-2"}) is JOB


def test_a_refusal_that_fails_for_another_reason_is_missed():
    never = Want(
        "pay@casey",
        Mode.NEVER,
        "casey",
        "Casey reads the payroll",
        (parse_call("aws s3api list-buckets", {}),),
    )
    assert (Ticket(never, (BROKEN,)).is_really_refused, Ticket(never, (BROKEN,)).mark) == (
        False,
        Mark.MISS,
    )
    assert (
        Ticket(never, (REFUSED,)).is_really_refused,
        Ticket(never, (REFUSED,)).mark,
    ) == (
        True,
        Mark.OK,
    )
    assert (Ticket(never, (SERVED,)).is_really_refused, Ticket(never, (SERVED,)).mark) == (
        False,
        Mark.LEAK,
    )
    assert (
        Ticket(never, missing="nobody").is_really_refused,
        Ticket(never, missing="nobody").mark,
    ) == (True, Mark.OK)


def test_a_bare_request_is_made_where_its_thing_stands():
    shop = course_shop()
    clear = Request("sqs:DeleteMessage", "arn:aws:sqs:us-east-1:111122223333:online-orders")
    assert (
        station(Want("clear@bo", Mode.MUST, "bo", "", request=clear), shop)
        is Station.ORDERS
    )
    assert (
        station(
            Want(
                "take@bo",
                Mode.MUST,
                "bo",
                "",
                (parse_call("aws sqs receive-message --queue-url U", {}),),
            ),
            shop,
        ).value
        == "Orders"
    )
