"""What the account's tests share: a small shop, driven by lines of the AWS CLI at a clock that the test moves."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from shlex import quote
from typing import Any

from msgspec.structs import replace

from coffeeshop.account.access import sessions, totp
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.control_policies import POLICY_TYPES, RCP_TYPE, SCP_TYPE
from coffeeshop.account.command import read_act
from coffeeshop.account.door import handle
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Key,
    Outcome,
    Reply,
    ServiceError,
)
from coffeeshop.account.organization import ControlPolicy, MemberAccount, Organization, Unit
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.values import Document, Json
from coffeeshop.policy.language.parse import parse

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ID = "111122223333"
EMAIL, PASSWORD = "owner@shop.example", "Espresso-Doppio-7"
ROOT_IN = f"console sign-in --root-email {EMAIL} --password {PASSWORD}"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
QUEUE = f"https://sqs.us-east-1.amazonaws.com/{ID}/online-orders"
ISSUER = "https://token.actions.githubusercontent.com"
HUB, CORP = (
    f"arn:aws:iam::{ID}:{kind}"
    for kind in ("oidc-provider/token.actions.githubusercontent.com", "saml-provider/Corp")
)
METADATA = (
    '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.shop.example/saml">'
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">'
    '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>'
    + "MIIB" * 200
    + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>"
)
FILES: Mapping[str, bytes] = {"receipt.json": b'{"total": 4}'}


def statement(
    action: object, resource: object = "*", effect: str = "Allow", **more: object
) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: object, resource: object = "*", **more: object) -> str:
    return policy(statement(action, resource, **more))


def deny(action: object, resource: object = "*", **more: object) -> str:
    return policy(statement(action, resource, "Deny", **more))


def trust(*principals: str, service: str = "", **more: object) -> str:
    named = {"Service": service} if service else {"AWS": list(principals)}
    return policy(
        {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole", **more}
    )


def user(name: str) -> str:
    return f"arn:aws:iam::{ID}:user/{name}"


def role(name: str) -> str:
    return f"arn:aws:iam::{ID}:role/{name}"


def local(name: str) -> str:
    return f"arn:aws:iam::{ID}:policy/{name}"


FRANCHISE = (
    "222233334444"  # the account that manages the organization which the shop may be in
)


def organized(
    scps: Sequence[str] = (), rcps: Sequence[str] = (), management: str = FRANCHISE
) -> Organization:
    """An organization with the shop in it, under these policies alone: the first of each kind on the root, the next on a
    unit below, and so on; the shop itself has AWS's own.
    """
    units = [Unit("r-root", "Root")]
    units += [
        Unit(f"ou-root-{n:08}", f"Unit {n}", units[n - 1].id)
        for n in range(1, max(len(scps), len(rcps)))
    ]
    made = [
        ControlPolicy(
            f"p-{type.lower()}{n}",
            f"P{n}",
            type,
            Document(text, parse(text, POLICY_TYPES[type].kind, arn)),
        )
        for type, texts in ((SCP_TYPE, scps), (RCP_TYPE, rcps))
        for n, text in enumerate(texts)
        for arn in (
            f"arn:aws:organizations::{management}:policy/o-franchise/{type.lower()}/p-{type.lower()}{n}",
        )
    ]
    places = {
        unit.id: tuple(p.id for p in made if p.name == f"P{n}")
        for n, unit in enumerate(units)
    }
    types = tuple(dict.fromkeys(one.type for one in made))
    return Organization(
        "o-franchise",
        management,
        SortedMap((unit.id, unit) for unit in units),
        SortedMap(
            (id, MemberAccount(id, "", "", units[-1].id, AT)) for id in {management, ID}
        ),
        SortedMap((one.id, one) for one in made),
        {**places, ID: tuple(POLICY_TYPES[type].full.id for type in types)},
        types,
    )


def answered(outcome: Outcome) -> Mapping[str, Any]:
    """What a call replied, which is JSON: where a test is wrong about its shape, it fails by itself."""
    assert isinstance(outcome.answer, Reply), f"{outcome.act.call}: {outcome.answer}"
    return outcome.answer.body


class Shop:
    """An account and a clock. `shop("iam create-user --user-name casey")` is done by root's key unless told otherwise."""

    def __init__(self, account: Account | None = None) -> None:
        fresh = new_account(ID, b"seed", AT, EMAIL, PASSWORD, "Coffeeshop")
        self.account = (
            account or sessions.mint_credential(fresh, fresh.root_arn, "key", AT)[0]
        )
        self.at = AT
        self.outcomes: list[Outcome] = []

    def later(self, **span: float) -> "Shop":
        self.at += timedelta(**span)
        return self

    def do(self, act: Act) -> Outcome:
        outcome = handle(self.account, act)
        self.outcomes.append(outcome)
        self.account = outcome.account
        return outcome

    def outcome(self, line: str, by: str | Caller = "root") -> Outcome:
        act = read_act(
            line if line.startswith("console") else f"aws {line}",
            self.account,
            self.at,
            FILES,
            by,
        )
        assert isinstance(act, Act), [str(problem) for problem in act]
        return self.do(act)

    def __call__(self, line: str, by: str | Caller = "root") -> Mapping[str, Any]:
        return answered(self.outcome(line, by))

    def refused(self, line: str, by: str | Caller = "root") -> tuple[str, str]:
        answer = self.outcome(line, by).answer
        assert isinstance(answer, ServiceError), f"{line}: {answer}"
        return answer.code, answer.message

    def call(
        self, service: str, operation: str, by: str | Caller = "root", **parameters: Json
    ) -> Outcome:
        caller = find_caller(self.account, by) if isinstance(by, str) else by
        return self.do(Act(self.at, caller, Call(service, operation, parameters)))

    def code(self, serial: str, step: int = 0) -> str:
        return totp.device_code(self.account.devices[serial], self.at, step)

    # ------------------------------------------------------------------ people
    def hire(self, name: str, *policies: str) -> Key:
        """A user with these inline policies and an access key, which is answered."""
        self(f"iam create-user --user-name {name}")
        for n, document in enumerate(policies):
            self(
                f"iam put-user-policy --user-name {name} --policy-name p{n} --policy-document {quote(document)}"
            )
        self(f"iam create-access-key --user-name {name}")
        found = find_caller(self.account, name)
        assert isinstance(found, Key)
        return found

    def role(self, name: str, trusted: str, *policies: str) -> str:
        """A role with these inline policies; answers its ARN."""
        self(
            f"iam create-role --role-name {name} --assume-role-policy-document {quote(trusted)}"
        )
        for n, document in enumerate(policies):
            self(
                f"iam put-role-policy --role-name {name} --policy-name p{n} --policy-document {quote(document)}"
            )
        return role(name)

    def wear(
        self, name: str, by: str | Caller, session: str = "shift", more: str = ""
    ) -> Key:
        body = self(
            f"sts assume-role --role-arn {role(name)} --role-session-name {session} {more}",
            by,
        )
        credentials = body["Credentials"]
        assert isinstance(credentials, Mapping)
        return Key(str(credentials["AccessKeyId"]))

    def phone(self, name: str) -> str:
        """An app that shows codes, enabled for that user; answers its serial."""
        serial = f"arn:aws:iam::{ID}:mfa/{name}"
        self(
            f"iam create-virtual-mfa-device --virtual-mfa-device-name {name} --outfile q.png --bootstrap-method QRCodePNG"
        )
        codes = "--authentication-code1 @phone-1 --authentication-code2 @phone"
        self(f"iam enable-mfa-device --user-name {name} --serial-number {serial} {codes}")
        return serial

    def sign_in(self, name: str, more: str = "", password: str = "Latte-art-7") -> Key:
        body = self(f"console sign-in --user-name {name} --password {password} {more}")
        return Key(str(body["AccessKeyId"]))

    def set(self, **changes: object) -> None:
        """World data that no call can make."""
        self.account = replace(self.account, **changes)  # type: ignore[arg-type]
