"""What the tests of a day share: a shop of their own, people with jobs in it, and a rota."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from shlex import quote

from msgspec.structs import replace

from coffeeshop.account.command import parse_call
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.shop.day import Day, Happening, Kind
from coffeeshop.shop.day_run import run_day
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.rota import Rota
from coffeeshop.shop.want import Want
from tests.account.shop import Shop, allow

TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)
LIST = "aws s3api list-objects-v2 --bucket receipts"
READ = "aws s3api get-object --bucket receipts --key 0412.json out"
PAYROLL = "aws s3api get-object --bucket payroll --key march.csv out"
SELL = """aws dynamodb put-item --table-name Register --item '{"sale": {"S": "0413"}}'"""
STOCK = """aws dynamodb get-item --table-name Inventory --key '{"item": {"S": "beans"}}'"""
RECEIPTS, PAYROLLS = "arn:aws:s3:::receipts", "arn:aws:s3:::payroll"
ONE_BUCKET = allow(["s3:ListBucket", "s3:GetObject"], [RECEIPTS, f"{RECEIPTS}/*"])


def furnished() -> Shop:
    """A shop with two buckets and two tables; root has a key."""
    shop = Shop()
    for bucket, key in (("receipts", "0412.json"), ("payroll", "march.csv")):
        shop(f"s3api create-bucket --bucket {bucket}")
        shop(f"s3api put-object --bucket {bucket} --key {key}")
    for table, key in (("Register", "sale"), ("Inventory", "item")):
        shop(
            f"dynamodb create-table --table-name {table} --key-schema AttributeName={key},KeyType=HASH "
            f"--attribute-definitions AttributeName={key},AttributeType=S --billing-mode PAY_PER_REQUEST"
        )
    return shop


def hired(shop: Shop, name: str, *policies: str) -> None:
    """A user with these inline policies, and nothing to show."""
    shop(f"iam create-user --user-name {name}")
    for n, document in enumerate(policies):
        shop(
            f"iam put-user-policy --user-name {name} --policy-name p{n} --policy-document {quote(document)}"
        )


def job(
    who: str,
    *lines: str,
    id: str = "work",
    badge: str = "key",
    via: str = "",
    mode: Mode = Mode.MUST,
) -> Want:
    """Somebody's job; refusals are made the same way."""
    commands = tuple(parse_call(line, {}) for line in lines)
    return Want(f"{id}@{who}", mode, who, f"{who} does {id}", commands, badge, via)


def rota(*wants: Want, times: int = 3) -> Rota:
    return Rota(WEDNESDAY, wants, course_shop(), customers_per_job=times)


def a_day(
    shop: Shop,
    plan: Rota,
    incident: str = "",
    edits: Iterable[object] = (),
    day: date = WEDNESDAY,
) -> Day:
    return run_day(shop.account, replace(plan, date=day), 7, tuple(edits), incident)


def at(hour: int, minute: int = 0, day: date = WEDNESDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def of(day: Day, *kinds: Kind) -> list[Happening]:
    return [one for one in day.happenings if one.kind in kinds]
