"""Someone who has never seen any of it goes to three stars, knowing only what was printed: the list, briefs, calls, whys."""

from __future__ import annotations

import json
import re
from pathlib import Path

from coffeeshop.lessons.play.save_names import save_path
from tests.plain.session import Session, session
from tests.views.plays import scenario


class Newcomer:
    """Types lines and remembers what was printed; `knows` fails where something is used that was never printed."""

    def __init__(self, plain: Session) -> None:
        self.plain = plain
        self.read: list[str] = []

    def types(self, typed: str, *more: str) -> list[str]:
        said = self.plain(typed, *more)
        self.read += said
        return said

    def knows(self, *words: str) -> None:
        printed = "\n".join(self.read)
        for word in words:
            assert word in printed, f"{word} was never printed"

    def does(self, call: str, **options: str) -> list[str]:
        """A call that `calls` showed, its options filled with what was read."""
        self.knows(f"aws {call} ", *(f"--{name.replace('_', '-')}" for name in options))
        written = " ".join(
            f"--{name.replace('_', '-')} {value}" for name, value in options.items()
        )
        said = self.types(f"aws {call} {written}")
        assert "done" in said, said
        return said

    def asked(self, number: int) -> tuple[str, str]:
        """The action and the ARN that `why` names for a line of the open shop: the last that was denied."""
        denied = [
            re.fullmatch(r" *(\S+) on (\S+): denied", line)
            for line in self.types(f"why {number}")
        ]
        (action, arn) = [found.groups() for found in denied if found][-1]
        return action, arn

    def line_of(self, say: str) -> int:
        """The number of a sentence in the open shop."""
        (row,) = (line for line in self.types("open") if line.endswith(f": {say}"))
        found = re.match(r"\S+ (\d+) ", row)
        assert found
        return int(found[1])

    def grade(self) -> str:
        return self.types("grade")[0]


def allow(*pairs: tuple[str, str]) -> str:
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in pairs
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def begin(plain: Session, title: str) -> Newcomer:
    """From the list to the brief, by what the list shows."""
    newcomer = Newcomer(plain)
    (number,) = re.findall(rf"\b(\w\w) {title}", "\n".join(newcomer.types("list")))
    newcomer.types(f"play {number}")
    newcomer.types("brief")
    newcomer.types("calls")
    return newcomer


def test_the_receipts_drawer(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        ana = begin(plain, "The receipts drawer")
        (blank,) = re.findall(r"policies/\S+-blank\.json", "\n".join(ana.read))
        action, arn = ana.asked(ana.line_of("Casey lists the receipts"))
        shown = "\n".join(ana.types(f"show {blank}")).replace("arn:aws:s3:::________", arn)
        assert "s3:________" in shown
        shown = shown.replace("s3:________", action)
        ana.types("write receipts.json", *shown.splitlines(), ".")
        said = ana.does(
            "iam create-policy",
            policy_name="Receipts",
            policy_document="file://receipts.json",
        )
        (made,) = (line.split('"')[3] for line in said if '"Arn"' in line)
        assert "The policy “Receipts” has no effect yet" in said[-1]
        said = ana.does("iam attach-user-policy", user_name="casey", policy_arn=made)
        assert (
            said[-1]
            == "Next: Every job works and every refusal holds. `grade` shows your stars."
        )
        assert ana.grade() == "3 of 3 stars, 100 of 100 points"


def test_the_cashiers(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        ana = begin(plain, "The Cashiers")
        listing = ana.asked(ana.line_of("Sam lists the receipts"))
        opening, receipt = ana.asked(ana.line_of("Sam can open any receipt"))
        any_receipt = re.sub(r"/.*", "/*", receipt)
        ana.knows("Cashiers", "receipts")
        ana.does("iam create-group", group_name="Cashiers")
        document = f"'{allow(listing, (opening, any_receipt))}'"
        ana.does(
            "iam put-group-policy",
            group_name="Cashiers",
            policy_name="receipts",
            policy_document=document,
        )
        for who in ("casey", "robin", "bo", "sam"):
            ana.knows(who.capitalize())
            ana.does("iam add-user-to-group", group_name="Cashiers", user_name=who)
        assert ana.grade().startswith("0 of 3 stars")  # Robin's own copy still shreds
        for who in ("casey", "robin", "bo", "sam"):
            said = "\n".join(ana.does("iam list-user-policies", user_name=who))
            for name in re.findall(r'^ +"(\w+)",?$', said, re.MULTILINE):
                ana.does("iam delete-user-policy", user_name=who, policy_name=name)
        assert ana.grade() == "3 of 3 stars, 100 of 100 points"


def test_three_workstations(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        ana = begin(plain, "Three workstations")
        stations = {
            "Cashier": "Bo, as Cashier, records sales in Register",
            "Inventory": "Bo, as Inventory, updates stock",
            "OnlineOrders": "Bo, as OnlineOrders, takes orders",
        }
        ana.line_of(stations["Cashier"])
        ana.asked(1)
        ana.knows("arn:aws:iam::111122223333:user/bo")
        trust = "\n".join(ana.types("show policies/trust-blank.json")).replace(
            "________", "111122223333:user/bo"
        )
        ana.types("write trust.json", *trust.splitlines(), ".")
        wear: list[tuple[str, str]] = []
        for role, say in stations.items():
            action, arn = ana.asked(ana.line_of(say))  # before there is a role: to wear it
            assert action == "sts:AssumeRole"
            wear.append((action, arn))
            ana.does(
                "iam create-role",
                role_name=role,
                assume_role_policy_document="file://trust.json",
            )
        ana.knows("Baristas")
        document = f"'{allow(*wear)}'"
        ana.does(
            "iam put-group-policy",
            group_name="Baristas",
            policy_name="stations",
            policy_document=document,
        )
        for role, say in stations.items():
            task = ana.asked(ana.line_of(say))  # the role is worn: now for its own task
            document = f"'{allow(task)}'"
            ana.does(
                "iam put-role-policy",
                role_name=role,
                policy_name="task",
                policy_document=document,
            )
        assert ana.grade() == "3 of 3 stars, 100 of 100 points"


def test_what_is_typed_wrong_says_how_it_is_written_and_who_acts(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 02")
        plain("aws iam create-group --group-name Admins")
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        plain("aws iam create-user --user-name ada")
        attach = "aws iam attach-group-policy --group-name Admins --policy-arn"
        said = "\n".join(plain(f"{attach} AdministratorAccess"))
        # As AWS says it.
        assert (
            "Invalid length for parameter PolicyArn, value: 19, valid min length: 20"
            in said
        )
        assert f"write the whole ARN: {arn}" in said
        assert (
            f"Write the whole ARN: {arn.replace('AdministratorAccess', 'AmazonS3ReadOnlyAccess')}"
            in "\n".join(plain(f"{attach} AmazonS3ReadOnlyAccess"))
        )
        password = "aws iam create-login-profile --user-name ada --password Latte-art-at-7"
        plain(password)
        assert f"`{attach} {arn}`" in "\n".join(plain("next"))
        for line in scenario("02").solution.splitlines():
            if line.startswith(
                ("aws iam attach-group", "aws iam add-user", "aws iam create-virtual")
            ):
                plain(line.replace(" --profile ada@console", ""))
        said = plain("next")[-1]
        serial = "arn:aws:iam::111122223333:mfa/ada"
        assert (
            f"`aws iam enable-mfa-device --user-name ada --serial-number {serial} " in said
        )
        enable = next(
            line
            for line in scenario("02").solution.splitlines()
            if "enable-mfa-device" in line
        )
        said = "\n".join(plain(enable.replace(" --profile ada@console", "")))
        assert (
            "`console sign-in --user-name ada --password PASSWORD --mfa-code @phone`"
            in said
        )
        assert any(
            "console sign-in" in line and "--mfa-code @phone" in line
            for line in plain("calls")
        )
        refused = plain("console sign-in --user-name ada --password Latte-art-at-7")
        assert refused[-1].startswith("You are: root")
        said = "\n".join(plain("aws iam create-user --user-name casey"))
        assert "You are: root" not in said
        assert "Only undo fixes that: `undo` takes back the last act." in said.replace(
            "that.", "that:"
        )
