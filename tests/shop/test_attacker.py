"""An attacker, and how far they reach: what is found is what can be done, and no more is done than is allowed."""

from __future__ import annotations

from shlex import quote

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.reach import Path, reach
from coffeeshop.account.model import Account, Caller, Outcome
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing
from coffeeshop.shop.attacker import Attacker, attack_lines, make_next_call, plan_attack
from coffeeshop.shop.happenings import Incident, happenings
from coffeeshop.shop.radius import NO_WAYS, find_blast_radius
from coffeeshop.shop.things import ACCESS_LEVELS, Places, Thing, access_level_of
from tests.account.shop import ADMIN, AT, Shop, role, statement, trust, user
from tests.account.shop import policy as document
from tests.examples import examples
from tests.shop.opened import PAYROLLS, RECEIPTS, furnished

LEAKED = next(row for row in happenings().incidents if row.id == "leaked-key")
ACTIONS = [
    "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:Delete*", "s3:*", "dynamodb:*", "dynamodb:Scan", "sts:AssumeRole",
    "iam:ListUsers", "iam:CreateAccessKey", "iam:PutUserPolicy", "iam:AddUserToGroup", "*",
]  # fmt: skip
RESOURCES = [
    "*", RECEIPTS, f"{RECEIPTS}/*", PAYROLLS, f"{PAYROLLS}/*", role("Till"), role("Night"), user("casey"), user("robin"),
]  # fmt: skip
statements = st.builds(
    lambda effect, action, resource: statement(action, resource, effect),
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
)
policies = st.lists(statements, min_size=1, max_size=3)


def world(*held: list[dict[str, object]]) -> Shop:
    """Casey with a key, Robin, a group, and two roles, each with one of these policies."""
    shop = furnished()
    shop.hire("casey")
    shop("iam create-user --user-name robin")
    shop("iam create-group --group-name Staff")
    shop(
        "iam create-role --role-name Till --assume-role-policy-document "
        + quote(trust(user("casey")))
    )
    shop(
        "iam create-role --role-name Night --assume-role-policy-document "
        + quote(trust(role("Till")))
    )
    bearers = ("user casey", "user robin", "role Till", "role Night", "group Staff")
    for bearer, rows in zip(bearers, held, strict=False):
        if rows:
            put(shop, bearer, rows)
    return shop


def put(shop: Shop, bearer: str, rows: list[dict[str, object]]) -> None:
    kind, name = bearer.split()
    shop(
        f"iam put-{kind}-policy --{kind}-name {name} --policy-name p --policy-document {quote(document(*rows))}"
    )


def robbed(
    account: Account, incident: Incident = LEAKED, budget: int = 400
) -> tuple[Attacker, list[Outcome]]:
    """The attacker with Casey's key after as many calls as they would make, and what came of each."""
    caller = find_caller(account, "casey")
    ways = None if incident.seeks_more_access else NO_WAYS
    attacker = plan_attack(
        Attacker(incident, (caller,), calls_left=budget),
        find_blast_radius(account, (caller,), AT, ways),
    )
    outcomes: list[Outcome] = []
    while True:
        attacker, outcome = make_next_call(attacker, account, AT)
        if outcome is None:
            return attacker, outcomes
        outcomes.append(outcome)
        account = outcome.account


def whole(path: Path) -> Standing:
    found = build_standing(path.account, path.caller, AT)
    assert isinstance(found, Standing)
    return found


def without_use(account: Account) -> Account:
    """An account but for what it records of every call, refused or not."""
    return replace(account, calls=0, usage=type(account.usage)())


# ------------------------------------------------------------------------ laws
@examples(2)
@given(st.tuples(policies, policies, policies))
def test_nothing_is_done_that_authorize_would_refuse(
    held: tuple[list[dict[str, object]], ...],
):
    account = world(*held).account
    _, outcomes = robbed(account)
    for outcome in outcomes:
        again = handle(account, outcome.act)
        assert again.answer == outcome.answer
        if outcome.has_succeeded:
            assert all(
                isinstance(authorize(d.standing, d.request), Allowed)
                for d in outcome.decisions
            )
        else:
            assert without_use(outcome.account) == without_use(account)
        account = outcome.account


@examples(4)
@given(st.tuples(policies, policies, policies, policies))
def test_every_path_that_reach_finds_is_gone_to_its_end(
    held: tuple[list[dict[str, object]], ...],
):
    account = world(*held).account
    caller = find_caller(account, "casey")
    found = find_blast_radius(account, (caller,), AT)
    paths = [path for path in reach(account, caller, AT) if isinstance(path, Path)]
    assert {repr(path.acts) for path in found.paths} <= {repr(path.acts) for path in paths}
    for path in paths:
        assert all((thing, level) in found.pairs for thing, level in brute(path))
    attacker, _ = robbed(account)
    if not found.full_access_path:
        assert {path.caller for path in found.paths} <= set(attacker.credentials)


ASKED = (
    ("s3:ListBucket", "bucket"), ("s3:GetObject", "object"), ("s3:PutObject", "object"), ("s3:DeleteObject", "object"),
    ("dynamodb:Scan", "table"), ("iam:ListUsers", "*"),
)  # fmt: skip


def brute(path: Path) -> set[tuple[Thing, AccessLevel]]:
    """What the end of a path may do, asked action by action of everything there was."""
    who, there = whole(path), Places(furnished().account)
    return {
        (place.thing, access_level_of(action))
        for place in there.places
        for action, kind in ASKED
        if kind == place.kind
        and isinstance(
            authorize(who, Request(action, place.arn, account=there.account)), Allowed
        )
    }


@examples(4)
@given(st.tuples(policies, policies, policies, policies), st.integers(0, 3), statements)
def test_a_tighter_account_never_enlarges_the_radius(
    held: tuple[list[dict[str, object]], ...], nth: int, denied: dict[str, object]
):
    caller = find_caller(world(*held).account, "casey")
    loose = find_blast_radius(world(*held).account, (caller,), AT)
    bearer = ("user casey", "user robin", "role Till", "role Night")[nth]
    with_deny = world(*held)
    put(with_deny, bearer, [*held[nth], {**denied, "Effect": "Deny"}])
    fewer = world(*held)
    if held[nth][1:]:
        put(
            fewer,
            bearer,
            [row for row in held[nth] if row["Effect"] == "Deny"] + allows(held[nth])[1:]
            or held[nth],
        )
    for tight in (with_deny, fewer):
        assert find_blast_radius(tight.account, (caller,), AT).pairs <= loose.pairs


def allows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in rows if row["Effect"] == "Allow"]


# ------------------------------------------------------------------- one by one
def test_whoever_may_do_everything_reaches_every_thing_at_every_level_it_has():
    shop = furnished()
    shop.hire("casey")
    shop(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    found = find_blast_radius(shop.account, (find_caller(shop.account, "casey"),), AT)
    assert found.full_access_path
    assert len(found.reached_things) == found.thing_count
    assert {
        level for thing, level in found.pairs if thing == Thing("bucket", "payroll")
    } == set(ACCESS_LEVELS)


def test_a_reach_names_the_statement_and_the_path():
    shop = world(
        [statement("s3:ListBucket", RECEIPTS)],
        [],
        [statement("s3:GetObject", f"{PAYROLLS}/*")],
    )
    found = find_blast_radius(shop.account, (find_caller(shop.account, "casey"),), AT)
    by = {one.pair: one for one in found.reached}
    read = next(
        one
        for (thing, level), one in by.items()
        if thing.name == "payroll" and level.value == "Read"
    )
    assert [act.call.operation for act in read.path.acts] == ["AssumeRole"]
    assert isinstance(read.decision, Allowed)
    assert read.decision.by[0].statement.actions.values == ("s3:GetObject",)


def test_the_way_to_everything_is_gone_first():
    shop = world([statement("iam:PutUserPolicy"), statement("s3:ListBucket")])
    _, outcomes = robbed(shop.account)
    assert outcomes[0].act.call.operation == "PutUserPolicy"
    assert outcomes[0].has_succeeded


def test_a_script_looks_for_no_way_to_more():
    shop = world(
        [statement("sts:AssumeRole"), statement("s3:DeleteObject")], [], [statement("s3:*")]
    )
    script = next(row for row in happenings().incidents if row.id == "runaway-script")
    _, outcomes = robbed(shop.account, script)
    assert {outcome.act.call.service for outcome in outcomes} >= {"s3"}
    assert not [
        outcome for outcome in outcomes if outcome.act.call.service in ("sts", "iam")
    ]


def test_an_attacker_takes_the_first_three_objects_of_a_bucket():
    shop = furnished()
    bucket = RECEIPTS.rpartition(":::")[2]
    for number in range(5):
        shop(f"s3api put-object --bucket {bucket} --key receipt-{number}")
    taken = [
        line
        for line in attack_lines(shop.account, LEAKED)
        if f"get-object --bucket {bucket} " in line
    ]
    assert len(taken) == 3


def test_an_attacker_stops_when_the_calls_are_spent():
    shop = world([statement("*")])
    attacker, outcomes = robbed(shop.account, budget=5)
    assert len(outcomes) == 5
    assert attacker.calls_left == 0


def test_the_account_of_a_dead_credential_is_asked_nothing():
    shop = world([statement("*")])
    held: tuple[Caller, ...] = (find_caller(shop.account, "casey"),)
    shop("iam delete-user-policy --user-name casey --policy-name p")
    for key in shop.account.keys_of(shop.account.users["casey"].id):
        shop(
            f"iam update-access-key --user-name casey --access-key-id {key.id} --status Inactive"
        )
    assert make_next_call(Attacker(LEAKED, held), shop.account, AT)[1] is None


def test_names_of_things_are_data_whatever_they_hold():
    shop = world([statement("s3:*")])
    key = "a b'; $(reboot) [x].json"
    shop.call("s3", "PutObject", Bucket="payroll", Key=key)
    _, outcomes = robbed(shop.account)
    assert any(
        outcome.act.call.parameters.get("Key") == key and outcome.has_succeeded
        for outcome in outcomes
    )
