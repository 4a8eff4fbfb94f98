"""The counterpart of an exported script: what the play made is taken away, what it changed is given back, all else stays."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from shlex import quote

import pytest

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import bash_functions, read_act, script_lines
from coffeeshop.account.command.script import write_script
from coffeeshop.account.command.script_undo import ONLY_PLAY, write_undo_script
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Outcome
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.records.authorization_details import export_details
from tests.account.records.test_authorization_details import IAM, real
from tests.account.records.test_authorization_details import read as imported
from tests.account.services.test_organizations import account as other
from tests.account.shop import (
    AT,
    FRANCHISE,
    ID,
    ROOT_IN,
    Shop,
    allow,
    policy,
    statement,
    trust,
)

BOUNDARY = f"{IAM}:policy/Boundary"
GROUND, ROOT = mint_credential(imported(real())[0], f"{IAM}:root", "key", AT)
ALICE = "Alice.Smith@example.com"
CHANGES = f"""
aws iam update-user --user-name {ALICE} --new-user-name alice --new-path /people/
aws iam put-user-policy --user-name alice --policy-name own --policy-document '{allow("sqs:*")}'
aws iam put-user-policy --user-name alice --policy-name new --policy-document '{allow("sqs:*")}'
aws iam attach-user-policy --user-name alice --policy-arn {BOUNDARY}
aws iam delete-user-permissions-boundary --user-name alice
aws iam tag-user --user-name alice --tags Key=team,Value=till Key=floor,Value=1
aws iam remove-user-from-group --user-name alice --group-name Admins
aws iam create-login-profile --user-name alice --password Latte-art-at-7
aws iam add-user-to-group --user-name ci-bot --group-name Admins
aws iam put-user-permissions-boundary --user-name ci-bot --permissions-boundary {BOUNDARY}
aws iam detach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam update-assume-role-policy --role-name audit --policy-document '{trust(f"{IAM}:user/people/alice")}'
aws iam update-role --role-name deploy --description later --max-session-duration 7200
aws iam create-policy-version --policy-arn {BOUNDARY} --policy-document '{allow("s3:*")}' --set-as-default
aws iam update-account-password-policy --minimum-password-length 12
aws iam create-account-alias --account-alias acme
"""
WRITES = policy(
    statement(
        "s3:GetBucketAcl",
        "arn:aws:s3:::acme-new",
        Principal={"Service": "cloudtrail.amazonaws.com"},
    ),
    statement(
        "s3:PutObject",
        "arn:aws:s3:::acme-new/*",
        Principal={"Service": "cloudtrail.amazonaws.com"},
    ),
)
MADE = f"""
aws iam create-user --user-name sam
aws iam create-user --user-name gone
aws iam delete-user --user-name gone
aws iam create-group --group-name Openers
aws iam add-user-to-group --user-name sam --group-name Openers
aws iam add-user-to-group --user-name ci-bot --group-name Openers
aws iam create-policy --policy-name Open --path /shop/ --policy-document '{allow("s3:*", "arn:aws:s3:::acme-logs")}'
aws iam attach-group-policy --group-name Admins --policy-arn {IAM}:policy/shop/Open
aws iam create-virtual-mfa-device --virtual-mfa-device-name ci --outfile x --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name ci-bot --serial-number {IAM}:mfa/ci --authentication-code1 @phone-1 --authentication-code2 @phone
aws iam create-instance-profile --instance-profile-name web
aws iam add-role-to-instance-profile --instance-profile-name web --role-name deploy
aws s3api create-bucket --bucket acme-new
aws s3api put-bucket-policy --bucket acme-new --policy '{WRITES}'
aws cloudtrail create-trail --name audit --s3-bucket-name acme-new
aws sqs create-queue --queue-name orders
"""


def played(text: str, account: Account = GROUND) -> list[Outcome]:
    done, at = list[Outcome](), AT
    for _, line in script_lines(text):
        at += timedelta(minutes=1)
        act = read_act(line, account, at, {}, ROOT)
        assert isinstance(act, Act), [str(problem) for problem in act]
        done.append(handle(account, act))
        assert done[-1].has_succeeded, (line, done[-1].answer)
        account = done[-1].account
    return done


CHANGED = r'"UpdateDate": "[^"]*"'  # when a policy was last changed


def body(script: str) -> str:
    return script.partition("remove_device() {")[2].partition("\n\n")[2]


def test_a_trust_policy_that_aws_refuses_now_is_restored_by_hand():
    done = played(
        f"aws iam update-assume-role-policy --role-name deploy --policy-document '{trust(f'{IAM}:user/{ALICE}')}'"
    )
    undone = body(write_undo_script(GROUND, done, pinned=GROUND.id))
    assert "update-assume-role-policy" not in undone
    assert "# by hand: the old trust policy of the role deploy" in undone


def test_what_the_play_changed_of_an_imported_account_is_given_back():
    done = played(CHANGES)
    undone = body(write_undo_script(GROUND, done, pinned=GROUND.id)).replace(
        '"${ACCOUNT}"', GROUND.id
    )
    account = done[-1].account
    files = dict[str, bytes]()
    for part in undone.replace("@{ACCOUNT}", GROUND.id).split("gone iam ")[:-1]:
        for fill in part.split("fill ")[1:]:
            name, _, text = fill.partition(" ")
            files[name] = text.partition("<<'END'\n")[2].partition("\nEND")[0].encode()
    for line in (line for line in undone.splitlines() if line.startswith("gone ")):
        act = read_act(
            line.replace("gone", "aws", 1), account, done[-1].act.at, files, ROOT
        )
        assert isinstance(act, Act), [str(problem) for problem in act]
        account = handle(account, act).account
    assert re.sub(CHANGED, "", export_details(account)) == re.sub(
        CHANGED, "", export_details(GROUND)
    )
    assert account.users[ALICE.lower()].login is None
    assert account.password_policy is None
    assert account.alias == ""


def test_what_the_play_made_is_taken_away_once_by_name_and_in_an_order_that_can_be():
    script = body(write_undo_script(GROUND, played(MADE), pinned=GROUND.id))
    own = 'arn:aws:iam::"${ACCOUNT}":'
    assert script.splitlines() == [
        f"gone iam deactivate-mfa-device --user-name ci-bot --serial-number {own}mfa/ci",
        f"gone iam detach-group-policy --group-name Admins --policy-arn {own}policy/shop/Open",
        "remove_trail audit",
        "remove_queue orders",
        'remove_bucket "${SHOP}"-acme-new',
        "remove_user sam",
        "remove_user gone",
        "remove_group Openers",
        "remove_instance_profile web",
        f"remove_device {own}mfa/ci",
        f"remove_policy {own}policy/shop/Open",
    ]


def test_what_no_call_gives_back_is_told():
    lines = f"""
aws iam delete-user-permissions-boundary --user-name {ALICE}
aws iam remove-user-from-group --user-name {ALICE} --group-name Admins
aws iam delete-user-policy --user-name {ALICE} --policy-name own
aws iam delete-user --user-name {ALICE}
aws iam create-access-key --user-name ci-bot
"""
    script = body(write_undo_script(GROUND, played(lines), pinned=GROUND.id))
    assert script.splitlines() == [
        f"# by hand: the play deleted the user {ALICE}",
        "# by hand: the play made or deleted access keys of ci-bot: aws iam list-access-keys --user-name ci-bot",
    ]


def accounts() -> tuple[Shop, Account]:
    """The shop with the account of a franchise beside it, in which nothing is yet but root's key; and that ground."""
    shop = Shop()
    shop.set(others=SortedMap([(FRANCHISE, other(FRANCHISE, "franchise"))]))
    return shop, shop.account


IN_AN_ORGANIZATION = (
    ("organizations create-organization", "franchise"),
    ("iam create-user --user-name noor", "franchise"),
    (
        "organizations create-organizational-unit --parent-id @root --name Shops",
        "franchise",
    ),
    (
        f"organizations invite-account-to-organization --target Id={ID},Type=ACCOUNT",
        "franchise",
    ),
    ("organizations accept-handshake --handshake-id @invitation", "root"),
)
RULES = (
    (
        f"organizations move-account --account-id {ID} --source-parent-id @root --destination-parent-id @unit:Shops",
        "franchise",
    ),
    (
        f"organizations create-policy --name Rules --description d --type SERVICE_CONTROL_POLICY --content '{allow('*')}'",
        "franchise",
    ),
    (
        "organizations attach-policy --policy-id @policy:Rules --target-id @unit:Shops",
        "franchise",
    ),
    (
        "organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops",
        "franchise",
    ),
)


def test_a_script_looks_up_the_ids_of_an_organization_under_the_names_of_its_units():
    shop, _ = accounts()
    done = [shop.outcome(line, by) for line, by in (*IN_AN_ORGANIZATION, *RULES)]
    lines = write_script(done).splitlines()
    names = [line.partition("=")[0] for line in lines if "=$(aws organizations" in line]
    assert names == ["TOP", "HANDSHAKE", "SHOPS_UNIT", "RULES_POLICY"]


def test_what_was_made_in_other_accounts_and_over_them_is_told():
    shop, ground = accounts()
    began = [shop.outcome(line, by) for line, by in IN_AN_ORGANIZATION]
    done = [shop.outcome(line, by) for line, by in RULES]
    assert all(outcome.has_succeeded for outcome in (*began, *done))
    told = [
        line.partition(" the play ")[2]
        for line in body(write_undo_script(began[-1].account, done)).splitlines()
    ]
    rules = [
        "attached Rules to Shops",
        "detached FullAWSAccess from Shops",
        "made the policy Rules: detach it, then delete it",
    ]
    assert told == [*rules, "moved the account $ACCOUNT to Shops"]
    told = [
        line.partition(" the play ")[2]
        for line in body(write_undo_script(ground, [*began, *done])).splitlines()
    ]
    assert told == [
        "made the user noor",
        *rules[::2],
        "invited the account $ACCOUNT",
        "made the unit Shops",
        "made the organization",
    ]


def test_what_was_changed_or_deleted_in_another_account_is_told():
    shop, _ = accounts()
    began = [
        shop.outcome(line, "franchise")
        for line in (
            "iam create-user --user-name noor",
            "iam create-user --user-name lena",
            "iam create-group --group-name Same",
            f"iam create-role --role-name Baker --assume-role-policy-document '{trust(f'arn:aws:iam::{FRANCHISE}:root')}'",
        )
    ]
    done = [
        shop.outcome(line, "franchise")
        for line in (
            f"iam put-role-policy --role-name Baker --policy-name p --policy-document '{allow('s3:*')}'",
            "iam tag-user --user-name noor --tags Key=a,Value=b",
            "iam delete-user --user-name lena",
        )
    ]
    assert all(outcome.has_succeeded for outcome in (*began, *done))
    told = body(write_undo_script(began[-1].account, done)).splitlines()
    assert [line.partition(" the play ")[2] for line in told] == [
        "changed the user noor, the role Baker",
        "deleted the user lena",
    ]


def test_a_play_of_nothing_takes_nothing_away():
    assert body(write_undo_script(GROUND, [])) == ""


@pytest.mark.parametrize("lines", [CHANGES, MADE])
def test_the_counterpart_is_bash(lines: str, tmp_path: Path):
    script = tmp_path / "undo.sh"
    script.write_text(write_undo_script(GROUND, played(lines), pinned=ID), "utf-8")
    assert (
        subprocess.run(
            ["bash", "-n", str(script)], capture_output=True, check=False
        ).returncode
        == 0
    )


def test_an_analyzer_that_was_made_is_deleted_and_one_that_was_changed_is_named():
    lines = """
    aws accessanalyzer create-analyzer --analyzer-name outside --type ACCOUNT
    aws accessanalyzer create-archive-rule --analyzer-name outside --rule-name r --filter '{"isPublic": {"exists": true}}'
    """
    done = played(lines)
    script = body(write_undo_script(GROUND, done, pinned=GROUND.id))
    assert script.strip() == "remove_analyzer outside"
    tagged = "aws accessanalyzer delete-archive-rule --analyzer-name outside --rule-name r"
    act = read_act(tagged, done[-1].account, AT + timedelta(hours=1), {}, ROOT)
    assert isinstance(act, Act)
    later = handle(done[-1].account, act)
    script = body(write_undo_script(done[-1].account, [later], pinned=GROUND.id))
    assert "by hand: the play changed tags, archive rules or findings" in script


def test_both_scripts_call_another_account_by_the_same_name():
    shop, ground = accounts()
    done = [shop.outcome(line, by) for line, by in (*IN_AN_ORGANIZATION, *RULES)]
    line = f"ACCOUNT_{FRANCHISE}=${{ACCOUNT_{FRANCHISE}:-{FRANCHISE}}}   # another account: set it to yours"
    assert line in write_undo_script(ground, done)


def test_the_root_users_device_is_left_to_the_root_user():
    serial = f"arn:aws:iam::{ID}:mfa/owner"
    shop = Shop()
    ground = shop.account
    shop(
        "iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile x --bootstrap-method QRCodePNG"
    )
    codes = "--authentication-code1 @phone-1 --authentication-code2 @phone"
    shop(ROOT_IN)
    shop(f"console enroll-root-mfa --serial-number {serial} {codes}", "root@console")
    undo = body(write_undo_script(ground, shop.outcomes))
    assert "remove_device" not in undo
    assert "# by hand: the play enrolled the MFA device" in undo


BUCKET = "s3api put-bucket-policy --bucket receipts --policy"


def of_bucket(principal: str) -> str:
    """A bucket's policy for one principal."""
    return quote(
        allow("s3:GetObject", "arn:aws:s3:::receipts/*", Principal={"AWS": principal})
    )


def test_a_buckets_policy_and_its_wall_are_put_back_in_an_order_that_s3_accepts():
    shop = Shop()
    shop("s3api create-bucket --bucket receipts")
    shop("s3api delete-public-access-block --bucket receipts")
    shop(f"{BUCKET} {of_bucket('*')}")
    opened = shop.account
    before = len(shop.outcomes)
    shop("s3api delete-bucket-policy --bucket receipts")
    wall = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    shop(
        f"s3api put-public-access-block --bucket receipts --public-access-block-configuration {wall}"
    )
    undo = body(write_undo_script(opened, shop.outcomes[before:]))
    calls = [line.split()[2] for line in undo.splitlines() if line.startswith("gone ")]
    assert calls == ["delete-public-access-block", "put-bucket-policy"]


def test_a_policy_that_names_someone_who_is_gone_is_put_back_by_hand():
    shop = Shop()
    shop.hire("casey")
    shop("s3api create-bucket --bucket receipts")
    shop(f"{BUCKET} {of_bucket(f'arn:aws:iam::{ID}:user/casey')}")
    opened = shop.account
    before = len(shop.outcomes)
    shop("s3api delete-bucket-policy --bucket receipts")
    shop("iam delete-access-key --user-name casey --access-key-id @key")
    shop("iam delete-user --user-name casey")
    undo = body(write_undo_script(opened, shop.outcomes[before:]))
    assert "gone s3api" not in undo
    assert (
        "create the user casey again before you put back the policy of the bucket" in undo
    )


def test_without_the_world_only_what_was_done_is_undone():
    shop = Shop()
    ground = shop.account
    shop("iam create-user --user-name casey")
    world = [*shop.outcomes]
    shop("iam create-group --group-name Cashiers")
    shop("iam add-user-to-group --group-name Cashiers --user-name casey")
    undo = write_undo_script(ground, shop.outcomes[len(world) :], world=world)
    whole, _, played_part = undo.partition(ONLY_PLAY)
    assert "\nremove_user casey" in whole
    assert "remove_user casey" not in played_part
    assert "remove_group Cashiers" in played_part


@pytest.mark.parametrize(("typed", "goes_on"), [(ID, True), ("y", False), ("", False)])
@pytest.mark.parametrize("head", [bash_functions.HEAD, bash_functions.TAKEN_AWAY])
def test_at_a_terminal_a_script_does_nothing_before_its_reader_confirms_the_account(
    head: str, typed: str, goes_on: bool, tmp_path: Path
):
    fake_aws = tmp_path / "aws"
    fake_aws.write_text(f"#!/bin/sh\necho {ID}\n", "utf-8")
    fake_aws.chmod(0o755)
    reader, terminal = pty.openpty()
    os.write(reader, f"{typed}\n".encode())
    done = subprocess.run(
        ["bash", "-c", f"{head}echo went on"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdin=terminal,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    os.close(reader)
    os.close(terminal)
    assert (done.returncode == 0, done.stdout) == (goes_on, "went on\n" if goes_on else "")
    assert f"the account {ID}" in done.stderr
