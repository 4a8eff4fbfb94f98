"""Serving a want: as whom, with which credential, in which role, at which time; on a copy that nobody keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from shlex import quote

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import parse_call
from coffeeshop.account.model import Account, Key, Nobody, Outsider, Reply, ServiceError
from coffeeshop.policy.model import Allowed, Request
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import (
    active_keys,
    missing_credential_text,
    outside_principal,
    profile_users,
    serve,
    usable_credentials,
)
from coffeeshop.shop.want import Badge, Want
from tests.account.shop import ADMIN, AT, ID, PASSWORD, Shop, allow, role, statement, trust
from tests.account.shop import policy as document

LIST = "aws s3api list-objects-v2 --bucket beans"
BEANS = allow("s3:ListBucket", "arn:aws:s3:::beans")
LAMBDA = "lambda.amazonaws.com"


@pytest.fixture
def shop() -> Shop:
    """A bucket, and casey who is hired and holds nothing."""
    shop = Shop()
    shop("s3api create-bucket --bucket beans")
    shop("s3api put-object --bucket beans --key arabica")
    shop("iam create-user --user-name casey")
    return shop


def put(shop: Shop, who: str, text: str) -> None:
    shop(
        f"iam put-user-policy --user-name {who} --policy-name p --policy-document {quote(text)}"
    )


def want(
    *do: str,
    who: str = "casey",
    mode: Mode = Mode.MUST,
    badge: Badge = "key",
    files: Mapping[str, bytes] = {},
    **more: object,
) -> Want:
    lines = tuple(parse_call(line, files) for line in do or (LIST,))
    return Want("w", mode, who, "w", lines, badge, **more)  # pyright: ignore[reportArgumentType]  # a test's own words


def code(ticket_answer: object) -> str:
    return ticket_answer.code if isinstance(ticket_answer, ServiceError) else ""


# ------------------------------------------------------------------- lines
def test_a_job_that_is_allowed_is_served(shop: Shop):
    put(shop, "casey", BEANS)
    ticket = serve(shop.account, want(), shop.at)
    assert ticket.has_succeeded
    assert isinstance(ticket.decision, Allowed)
    assert ticket.outcomes[0].act.call.operation == "ListObjectsV2"


def test_a_job_that_nothing_allows_is_refused(shop: Shop):
    ticket = serve(shop.account, want(), shop.at)
    assert (ticket.has_succeeded, ticket.was_refused) == (False, True)


def test_every_line_sees_what_the_one_before_did_and_the_first_refusal_ends_it(shop: Shop):
    put(shop, "casey", allow(["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::beans/*"))
    lines = (
        "aws s3api put-object --bucket beans --key robusta",
        "aws s3api get-object --bucket beans --key robusta out",
        "aws s3api delete-object --bucket beans --key robusta",
        LIST,
    )
    ticket = serve(shop.account, want(*lines), shop.at)
    assert [outcome.has_succeeded for outcome in ticket.outcomes] == [True, True, False]


def test_serving_changes_nothing(shop: Shop):
    put(shop, "casey", allow("s3:*"))
    before = shop.account
    ticket = serve(
        shop.account, want("aws s3api delete-object --bucket beans --key arabica"), shop.at
    )
    assert ticket.has_succeeded
    assert "arabica" not in ticket.outcomes[-1].account.buckets["beans"].objects
    assert "arabica" in before.buckets["beans"].objects
    assert shop.account == before


def test_a_line_that_cannot_be_read_says_why(shop: Shop):
    ticket = serve(shop.account, want("aws s3api lst-objects"), shop.at)
    assert not ticket.has_succeeded
    assert "list-objects" in ticket.missing


def test_a_line_may_name_files_of_its_scenario(shop: Shop):
    put(shop, "casey", allow("s3:PutObject", "*"))
    line = "aws s3api put-object --bucket beans --key new --body sack.txt"
    assert serve(
        shop.account, want(line, files={"sack.txt": b"60 kg"}), shop.at
    ).has_succeeded
    assert "sack.txt" in serve(shop.account, want(line), shop.at).missing


# ------------------------------------------------------------------- when
@pytest.mark.parametrize(
    ("at", "when"),
    [
        (None, AT),
        (timedelta(days=1), AT + timedelta(days=1)),
        (AT + timedelta(hours=3), AT + timedelta(hours=3)),
        (AT - timedelta(hours=3), AT),
    ],
)
def test_a_want_is_served_at_its_own_time_which_never_lies_in_the_past(
    shop: Shop, at: datetime | timedelta | None, when: datetime
):
    assert serve(shop.account, want(at=at), AT).outcomes[0].act.at == when


# ------------------------------------------------------------------- who
def test_somebody_who_is_not_there_shows_nothing(shop: Shop):
    ticket = serve(shop.account, want(who="robin"), shop.at)
    assert (ticket.missing, ticket.outcomes) == ("there is no user robin", ())


def test_a_persons_name_is_found_in_any_case(shop: Shop):
    put(shop, "casey", BEANS)
    assert serve(shop.account, want(who="Casey"), shop.at).has_succeeded


def test_root_may_everything(shop: Shop):
    assert serve(
        shop.account, want("aws iam list-users", who="root"), shop.at
    ).has_succeeded


def test_anyone_asks_without_a_badge(shop: Shop):
    ticket = serve(shop.account, want(who="anyone"), shop.at)
    assert ticket.outcomes[0].act.caller == Nobody()
    assert ticket.was_refused


def test_an_outsider_is_a_role_or_somebody_of_their_account(shop: Shop):
    assert outside_principal("444455556666/role/Courier") == Outsider(
        "arn:aws:iam::444455556666:role/Courier"
    )
    assert outside_principal("444455556666") == Outsider(
        "arn:aws:iam::444455556666:user/someone"
    )
    named = document(
        statement(
            "s3:ListBucket",
            "arn:aws:s3:::beans",
            Principal={"AWS": "arn:aws:iam::444455556666:role/Courier"},
        )
    )
    shop(f"s3api put-bucket-policy --bucket beans --policy {quote(named)}")
    assert serve(
        shop.account, want(who="account/444455556666/role/Courier"), shop.at
    ).has_succeeded
    assert serve(shop.account, want(who="account/444455556666"), shop.at).was_refused


def test_a_credential_that_was_kept_is_shown_as_it_stood(shop: Shop):
    shop("iam create-access-key --user-name casey")
    put(shop, "casey", BEANS)
    kept = find_caller(shop.account, "casey")
    assert isinstance(kept, Key)
    assert serve(shop.account, want(who="", opening_credential=kept), shop.at).has_succeeded
    shop(f"iam delete-access-key --user-name casey --access-key-id {kept.id}")
    ticket = serve(
        shop.account, want(who="", opening_credential=kept, mode=Mode.NEVER), shop.at
    )
    assert ticket.was_refused
    assert code(ticket.outcomes[0].answer) == "InvalidAccessKeyId"


def test_a_caller_that_is_given_is_the_one_who_asks(shop: Shop):
    account, key = mint_credential(shop.account, shop.account.root_arn, "key", shop.at)
    assert serve(account, want("aws iam list-users"), shop.at, key).has_succeeded


def machine(shop: Shop, trusted: str = LAMBDA, *, there: bool = True) -> None:
    shop(
        f"iam create-role --role-name espresso --assume-role-policy-document {quote(trust(service=LAMBDA))}"
    )
    shop(
        f"iam put-role-policy --role-name espresso --policy-name p --policy-document {quote(BEANS)}"
    )
    if there:
        shop(
            f"lambda create-function --function-name api --role {role('espresso')} --runtime python3.13 --handler a.b --zip-file fileb://receipt.json"
        )
    if trusted != LAMBDA:
        shop(
            f"iam update-assume-role-policy --role-name espresso --policy-document {quote(trust(service=trusted))}"
        )


def test_a_function_asks_in_the_role_that_it_wears(shop: Shop):
    machine(shop)
    ticket = serve(shop.account, want(who="function/api"), shop.at)
    assert ticket.has_succeeded
    caller = ticket.outcomes[0].act.caller
    assert isinstance(caller, Key)
    assert caller.id.startswith("ASIA")


def test_a_function_whose_role_does_not_trust_its_service_shows_nothing(shop: Shop):
    machine(shop, "ec2.amazonaws.com")
    missing = "Lambda can't assume the role of the function api"
    assert serve(shop.account, want(who="function/api"), shop.at).missing == missing


def test_a_function_that_is_not_there_shows_nothing(shop: Shop):
    machine(shop, there=False)
    assert (
        serve(shop.account, want(who="function/api"), shop.at).missing
        == "there is no function api"
    )


# ------------------------------------------------------------------- badges
def kinds(
    account: Account, badge: Badge, at: datetime, *, minted: bool, who: str = "casey"
) -> list[str]:
    """What somebody shows: key, console, or console with a code."""
    found: list[str] = []
    for there, caller in usable_credentials(
        account, want(who=who, badge=badge, minted=minted), at
    ):
        assert isinstance(caller, Key)
        held = there.credentials[caller.id]
        found.append(
            "key"
            if caller.id.startswith("AKIA")
            else "code"
            if getattr(held, "mfa", None)
            else "password"
        )
    return found


@pytest.mark.parametrize(
    ("badge", "shown"),
    [
        ("key", ["key"]),
        ("password", ["password"]),
        ("code", ["code"]),
        ("any", ["key", "password", "code"]),
    ],
)
def test_a_minted_badge_need_not_exist(shop: Shop, badge: Badge, shown: list[str]):
    assert kinds(shop.account, badge, shop.at, minted=True) == shown
    assert kinds(shop.account, badge, shop.at, minted=True, who="root") == shown


def test_a_real_badge_must_exist(shop: Shop):
    for badge in ("key", "password", "code", "any"):
        assert kinds(shop.account, badge, shop.at, minted=False) == []


def test_a_real_key_is_one_that_works(shop: Shop):
    shop("iam create-access-key --user-name casey")
    shop("iam create-access-key --user-name casey")
    first, second = active_keys(shop.account, shop.account.users["casey"].id)[::-1]
    assert kinds(shop.account, "key", shop.at, minted=False) == ["key", "key"]
    shop(
        f"iam update-access-key --user-name casey --access-key-id {first.id} --status Inactive"
    )
    assert active_keys(shop.account, shop.account.users["casey"].id) == (second,)
    assert kinds(shop.account, "any", shop.at, minted=False) == ["key"]


def phone(shop: Shop) -> None:
    shop(
        "iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile q.png --bootstrap-method QRCodePNG"
    )
    shop(
        f"iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::{ID}:mfa/casey --authentication-code1 @phone --authentication-code2 @phone+1"
    )


def test_a_password_alone_opens_where_there_is_no_device_and_a_code_where_there_is(
    shop: Shop,
):
    shop(f"iam create-login-profile --user-name casey --password {PASSWORD}")
    assert kinds(shop.account, "password", shop.at, minted=False) == ["password"]
    assert kinds(shop.account, "code", shop.at, minted=False) == []
    phone(shop)
    assert kinds(shop.account, "password", shop.at, minted=False) == []
    assert kinds(shop.account, "code", shop.at, minted=False) == ["code"]
    assert kinds(shop.account, "any", shop.at, minted=False) == ["code"]


def test_a_device_without_password_or_key_opens_nothing(shop: Shop):
    phone(shop)
    assert kinds(shop.account, "any", shop.at, minted=False) == []
    shop("iam create-access-key --user-name casey")
    assert kinds(shop.account, "any", shop.at, minted=False) == ["key", "code"]


def test_root_always_has_a_password(shop: Shop):
    assert kinds(shop.account, "password", shop.at, minted=False, who="root") == [
        "password"
    ]


@pytest.mark.parametrize(
    ("badge", "said"),
    [
        ("key", "casey has no active access key"),
        ("password", "casey has no password to sign in with"),
        ("code", "casey has no MFA device to sign in with"),
        ("any", "casey has no password and no active access key"),
    ],
)
def test_why_somebody_shows_nothing_is_told(shop: Shop, badge: Badge, said: str):
    asked = want(badge=badge, minted=False)
    assert (
        serve(shop.account, asked, shop.at).missing
        == missing_credential_text(shop.account, asked)
        == said
    )


def test_whoever_has_a_device_has_no_way_in_by_password_alone(shop: Shop):
    shop(f"iam create-login-profile --user-name casey --password {PASSWORD}")
    phone(shop)
    asked = want(badge="password", minted=False)
    assert (
        missing_credential_text(shop.account, asked)
        == "casey has no way to sign in without a code"
    )


def test_for_a_refusal_every_badge_is_tried_and_the_one_that_is_let_in_is_the_ticket(
    shop: Shop,
):
    only_by_console = allow(
        "s3:ListBucket",
        "arn:aws:s3:::beans",
        Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    )
    put(shop, "casey", only_by_console)
    ticket = serve(shop.account, want(badge="any", mode=Mode.NEVER), shop.at)
    assert ticket.has_succeeded
    assert not serve(shop.account, want(badge="any"), shop.at).has_succeeded


def test_a_refusal_that_holds_for_every_badge_holds(shop: Shop):
    assert serve(shop.account, want(badge="any", mode=Mode.NEVER), shop.at).was_refused


# ------------------------------------------------------------------- roles
def apron(shop: Shop) -> None:
    shop(
        f"iam create-role --role-name Till --assume-role-policy-document {quote(trust(f'arn:aws:iam::{ID}:user/casey'))}"
    )


def test_a_role_is_put_on_first_and_the_lines_run_in_its_session(shop: Shop):
    apron(shop)
    shop(
        f"iam put-role-policy --role-name Till --policy-name p --policy-document {quote(BEANS)}"
    )
    ticket = serve(shop.account, want(via="Till"), shop.at)
    assert [outcome.act.call.operation for outcome in ticket.outcomes] == [
        "AssumeRole",
        "ListObjectsV2",
    ]
    assert ticket.outcomes[0].act.call.parameters["RoleSessionName"] == "casey"
    assert (ticket.has_succeeded, ticket.in_session) == (True, True)


def test_a_role_that_cannot_be_put_on_ends_it(shop: Shop):
    ticket = serve(shop.account, want(via="Till"), shop.at)
    assert (ticket.has_succeeded, ticket.in_session, len(ticket.outcomes)) == (
        False,
        False,
        1,
    )


def test_a_session_lasts_as_long_as_was_asked_and_is_used_when_it_is_due(shop: Shop):
    apron(shop)
    shop(
        f"iam put-role-policy --role-name Till --policy-name p --policy-document {quote(BEANS)}"
    )
    shop("iam update-role --role-name Till --max-session-duration 28800")
    shift = want(via="Till", lasts=timedelta(hours=8), used=timedelta(hours=7, minutes=59))
    ticket = serve(shop.account, shift, shop.at)
    assert ticket.has_succeeded
    assert ticket.outcomes[1].act.at - ticket.outcomes[0].act.at == shift.used
    over = serve(shop.account, replace(shift, used=timedelta(hours=8, minutes=1)), shop.at)
    assert over.was_refused
    assert code(over.outcomes[1].answer) == "ExpiredToken"
    longer = serve(shop.account, replace(shift, lasts=timedelta(hours=9)), shop.at)
    assert code(longer.outcomes[0].answer) == "ValidationError"


# ------------------------------------------------------------------- bare requests
def ask(action: str, resource: str = "*", **context: tuple[str, ...]) -> Want:
    return replace(
        want(),
        do=(),
        request=Request(
            action, resource, {key.replace("_", ":"): v for key, v in context.items()}
        ),
    )


def test_a_bare_request_is_decided_and_nothing_comes_of_it(shop: Shop):
    put(shop, "casey", allow("logs:PutLogEvents"))
    ticket = serve(
        shop.account,
        ask("logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:x"),
        shop.at,
    )
    assert ticket.has_succeeded
    assert ticket.outcomes[0].answer == Reply()
    assert ticket.outcomes[0].account == present_account(shop)


def present_account(shop: Shop) -> Account:
    return mint_credential(
        shop.account, shop.account.arn(shop.account.users["casey"]), "key", shop.at
    )[0]


def test_a_bare_request_that_is_refused_says_so_in_awss_words(shop: Shop):
    ticket = serve(shop.account, ask("logs:PutLogEvents"), shop.at)
    assert ticket.was_refused
    answer = ticket.outcomes[0].answer
    assert isinstance(answer, ServiceError)
    assert "is not authorized to perform: logs:PutLogEvents" in answer.message


def test_a_bare_request_carries_the_context_that_it_states(shop: Shop):
    put(
        shop,
        "casey",
        allow(
            "sqs:ReceiveMessage",
            Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        ),
    )
    queue = "arn:aws:sqs:eu-west-1:111122223333:q"  # a request goes to the Region that its resource is in, unless it says
    assert serve(shop.account, ask("sqs:ReceiveMessage", queue), shop.at).has_succeeded
    there = ask("sqs:ReceiveMessage", queue, aws_RequestedRegion=("us-east-1",))
    assert not serve(shop.account, there, shop.at).has_succeeded


def test_a_bare_request_by_a_badge_that_is_gone_is_refused(shop: Shop):
    ticket = serve(
        shop.account,
        replace(
            ask("logs:PutLogEvents"), who="", opening_credential=Key("AKIAGONEGONEGONEGONE")
        ),
        shop.at,
    )
    assert ticket.was_refused


def test_a_bare_request_may_be_asked_in_a_role(shop: Shop):
    apron(shop)
    shop(f"iam attach-role-policy --role-name Till --policy-arn {ADMIN}")
    ticket = serve(shop.account, replace(ask("logs:PutLogEvents"), via="Till"), shop.at)
    assert ticket.has_succeeded
    assert [outcome.act.call.operation for outcome in ticket.outcomes] == [
        "AssumeRole",
        "logs:PutLogEvents",
    ]


@pytest.mark.parametrize(
    ("options", "helper"),
    [
        ("", ()),
        ("--profile mina", (("mina", False),)),
        ("--profile=ana.b --region eu-west-1", (("ana.b", False),)),
        ("--profile 'mina'", (("mina", False),)),
        ("--profile mina@console", (("mina", True),)),
    ],
)
def test_whoever_helps_in_a_line_is_named_as_a_whole(
    options: str, helper: tuple[tuple[str, bool], ...]
) -> None:
    assert profile_users(want(f"aws iam list-users {options}")) == helper
