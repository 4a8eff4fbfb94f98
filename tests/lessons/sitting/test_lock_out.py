"""Whoever is about to lock themselves out is told before; whoever isn't, isn't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.lock_out import LockOut, locked_out_by
from coffeeshop.lessons.sitting.player import Player

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
LEAVE = "aws iam remove-user-from-group --user-name ada --group-name Admins"
OUT = "aws iam remove-user-from-group --user-name {} --group-name Admins"


def document(effect: str, action: str, **more: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return f"'{json.dumps({'Version': '2012-10-17', 'Statement': statement})}'"


def on_ada(name: str, policy: str) -> str:
    return f"aws iam put-user-policy --user-name ada --policy-name {name} --policy-document {policy}"


DENY = on_ada("no", document("Deny", "*"))
CODED = document(
    "Deny", "iam:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
)
BEFORE_NOON = {"DateLessThan": {"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}}
TRUST = '\'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ada"}, "Action": "sts:AssumeRole"}}\''
ROLE = (
    f"aws iam create-role --role-name Keeper --assume-role-policy-document {TRUST}",
    f"aws iam attach-role-policy --role-name Keeper --policy-arn {EVERYTHING}",
    "console switch-role --role-name Keeper",
)
KEY = ("aws iam create-access-key --user-name ada", "as ada")
HELPER = (
    "aws iam create-user --user-name mo",
    "aws iam add-user-to-group --user-name mo --group-name Admins",
    "aws iam create-access-key --user-name mo",
)


def asked(folder: Path, scenario: str, *lines: str) -> LockOut | None:
    """What the last line would lock out, after the lines before it; `as NAME` takes a badge up."""
    progress = Progress(folder / "casey.sqlite3")
    player = Player(progress)
    player.open(scenario)
    for line in lines[:-1]:
        if line.startswith("as "):
            assert not isinstance(player.use_profile(line[3:]), Refused)
            continue
        typed = player.type(line)
        assert not isinstance(typed, Refused), typed
        assert all(outcome.has_succeeded for outcome in getattr(typed, "outcomes", ())), (
            line
        )
    acts = player.playing.play.acts
    found = locked_out_by(player.playing, lines[-1])
    assert player.playing.play.acts == acts, "nothing is done yet"
    progress.close()
    return found


@pytest.mark.parametrize(
    "lines",
    [
        (LEAVE,),
        (f"aws iam attach-user-policy --user-name ada --policy-arn {EVERYTHING}", LEAVE,
         f"aws iam detach-user-policy --user-name ada --policy-arn {EVERYTHING}"),
        (DENY,),
        (on_ada("no", document("Deny", "iam:*")),),
        (f"aws iam put-group-policy --group-name Admins --policy-name no --policy-document {document('Deny', '*')}",),
        (f"aws iam put-user-permissions-boundary --user-name ada --permissions-boundary {READ_ONLY}",),
        (f"aws iam detach-group-policy --group-name Admins --policy-arn {EVERYTHING}",),
        (*KEY, f"aws iam put-user-policy --user-name ada --policy-name coded --policy-document {CODED}"),
        (on_ada("old", document("Deny", "*", Condition=BEFORE_NOON)),),
    ],
)  # fmt: skip
def test_an_act_after_which_aws_refuses_the_actor_the_same_call_is_a_lock_out(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    found = asked(tmp_path, "10", *lines)
    assert found is not None
    assert found.who == "ada"
    assert found.refused


@pytest.mark.parametrize(
    "lines",
    [
        (*KEY, "aws iam list-access-keys", "aws iam delete-access-key --access-key-id {}"),
        (
            *KEY,
            "aws iam list-access-keys",
            "aws iam update-access-key --access-key-id {} --status Inactive",
        ),
        (*ROLE, f"aws iam detach-role-policy --role-name Keeper --policy-arn {EVERYTHING}"),
    ],
)
def test_an_act_that_ends_the_credential_in_hand_is_a_lock_out(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    progress = Progress(tmp_path / "keys.sqlite3")
    player = Player(progress)
    player.open("10")
    for line in lines[:-1]:
        player.use_profile(line[3:]) if line.startswith("as ") else player.type(line)
    key = player.playing.caller
    found = locked_out_by(player.playing, lines[-1].replace("{}", getattr(key, "id", "")))
    progress.close()
    assert found is not None
    assert found.ends or "detach" in lines[-1]
    assert found.refused


def test_to_delete_the_role_that_one_wears_is_a_lock_out(tmp_path: Path) -> None:
    bare = (
        "aws iam put-user-policy --user-name ada --policy-name all --policy-document "
        + document("Allow", "*"),
        f"aws iam create-role --role-name Keeper --assume-role-policy-document {TRUST}",
        f"aws iam put-role-policy --role-name Keeper --policy-name all --policy-document {document('Allow', '*')}",
        "console switch-role --role-name Keeper",
        "aws iam delete-role-policy --role-name Keeper --policy-name all",
    )
    found = asked(tmp_path, "10", *bare)
    assert found is not None
    assert found.refused == "DeleteRolePolicy"


@pytest.mark.parametrize(
    "line",
    [
        "aws iam delete-login-profile --user-name ada",
        "aws iam update-login-profile --user-name ada --password Another-one-7-8 --password-reset-required",
        "aws iam deactivate-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada",
    ],
)
def test_to_lose_the_way_in_is_a_lock_out_though_the_session_lives_on(
    tmp_path: Path, line: str
) -> None:
    coded = f"aws iam put-group-policy --group-name Admins --policy-name coded --policy-document {CODED}"
    lines = (
        (
            "console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone",
            coded,
            line,
        )
        if "mfa" in line
        else (line,)
    )
    found = asked(tmp_path, "10", *lines)
    if "update" in line:
        assert found is None, "another password opens as well"
        return
    assert found is not None
    assert not found.ends
    assert not found.refused
    assert found.shut


def test_to_strip_the_last_administrator_is_told_though_another_acts(
    tmp_path: Path,
) -> None:
    allowed = document("Allow", "iam:*UserFromGroup")
    found = asked(
        tmp_path,
        "10",
        f"aws iam put-user-policy --user-name bo --policy-name out --policy-document {allowed}",
        "aws iam create-access-key --user-name bo",
        "as bo",
        LEAVE,
    )
    assert found is not None
    assert (found.who, found.orphaned) == ("bo", ("111122223333",))
    assert not found.refused


def test_who_could_still_take_it_back_is_named(tmp_path: Path) -> None:
    found = asked(tmp_path, "10", *HELPER, LEAVE)
    assert found is not None
    assert found.able == ("mo",)
    assert found.orphaned == ()


def test_root_is_told_of_the_last_administrator_whom_it_removes(tmp_path: Path) -> None:
    found = asked(tmp_path, "29", "as root@console", LEAVE)
    assert found is not None
    assert found.who == "root"
    assert found.orphaned
    assert not found.refused


@pytest.mark.parametrize(
    "lines",
    [
        ("aws iam create-user --user-name kim",),
        ("aws iam list-users",),
        (*HELPER, OUT.format("mo")),
        (on_ada("no", document("Deny", "s3:*")),),
        (on_ada("no", document("Deny", "iam:DeleteUserPolicy")),),
        (
            *KEY,
            "as ada@console",
            "aws iam delete-access-key --user-name ada --access-key-id {}",
        ),
        ("console sign-out",),
        ("aws iam delete-user --user-name nobody",),
        ("aws s3api delete-object --bucket coffeeshop-recipes --key menu.pdf",),
    ],
)
def test_an_act_that_locks_nobody_out_is_not_asked(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    progress = Progress(tmp_path / "keys.sqlite3")
    player = Player(progress)
    player.open("10")
    for line in lines[:-1]:
        player.use_profile(line[3:]) if line.startswith("as ") else player.type(line)
    account = player.playing.play.account
    keys = account.keys_of(account.users["ada"].id)
    assert (
        locked_out_by(player.playing, lines[-1].replace("{}", keys[0].id if keys else ""))
        is None
    )
    progress.close()


def test_a_bucket_policy_that_denies_everybody_is_a_lock_out(tmp_path: Path) -> None:
    deny = '\'{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::coffeeshop-recipes"}}\''
    found = asked(
        tmp_path,
        "10",
        f"aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy {deny}",
    )
    assert found is not None
    assert found.refused == "PutBucketPolicy"
    assert not found.stripped


OLDER = {"DateLessThan": {"aws:TokenIssueTime": "2026-03-02T08:03:00Z"}}


@pytest.mark.parametrize(
    "lines",
    [
        (on_ada("old", document("Deny", "*", Condition=OLDER)),),
        (*KEY, "aws iam delete-access-key --access-key-id @key:1"),
        (*KEY, "aws iam update-access-key --access-key-id @key:1 --status Inactive"),
    ],
)
def test_who_can_sign_in_again_loses_only_the_credential_in_hand(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    found = asked(tmp_path, "10", *lines)
    assert found is not None
    assert found.refused
    assert found.again
    assert not found.shut
    assert not found.stripped
    assert not found.orphaned


def test_who_cannot_sign_in_again_is_not_told_that_they_could(tmp_path: Path) -> None:
    found = asked(tmp_path, "10", DENY)
    assert found is not None
    assert not found.again
