"""The script lived: bash runs it against a fake AWS in another account, and the account of the play stands there."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.passwords import password_matches
from coffeeshop.account.command.bash_center import is_reserved
from coffeeshop.account.command.function_package import handler_zip
from coffeeshop.account.command.script import DONE_MARK
from coffeeshop.account.command.script_undo import ONLY_PLAY
from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import Entity
from coffeeshop.account.model import Account, Act, Call, Key
from coffeeshop.account.values import Document
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.export import export_play
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.load import load
from tests.account.command.fake_aws import BOARD, ID, TOKEN, FakeAws, fresh, run
from tests.account.command.test_script_center import portrait as center_portrait
from tests.account.shop import answered
from tests.examples import some

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here"),
]

ROOT = Path(__file__).parents[3]
FOLDERS = sorted(path.parent for path in (ROOT / "scenarios").glob("[0-9]*/scenario.toml"))
LIVED = some(FOLDERS, 3, lambda folder: folder.name)
ARTICLE = ROOT / "tests" / "account" / "article"
PASSWORDS = {
    "root": "House-blend-1",
    "ada": "Latte-art-at-7",
    "casey": "Flat-white-2",
    "sam": "Steam-wand-4",
    "bo": "Mocha-at-noon-8",
    "noor": "Cold-brew-at-5",
}
TOKEN_HERE = "GAHT99999999"
SHOP = f"coffeeshop-{ID}"
S3 = "arn:aws:s3:::"
CODES = "@phone-1\n@phone\n" * 9


# ------------------------------------------------------------------- portraits
def portrait(account: Account) -> dict[str, Any]:
    """All of an account that is the same wherever it is made: no ids, secrets, dates, and no sessions."""
    names = {
        book[key].id: book[key].name
        for book in (account.users, account.groups, account.roles)
        for key in book
    }
    return {
        "users": {name: _entity(account, user) for name, user in account.users.items()},
        "groups": {name: _entity(account, group) for name, group in account.groups.items()},
        "roles": {
            name: _entity(account, role)
            for name, role in account.roles.items()
            if not is_reserved(role)
        },
        "center": center_portrait(account) if account.identity_center else None,
        "policies": {
            arn: (
                p.default,
                p.description,
                dict(p.tags),
                {v.id: _json(v.document) for v in p.versions},
            )
            for arn, p in account.policies.items()
        },
        "devices": {
            serial: (names.get(device.owner, device.owner), device.enabled is not None)
            for serial, device in account.devices.items()
            if device.owner or serial.startswith("arn:")
        },
        "passwords": account.password_policy and asdict(account.password_policy),
        "buckets": {
            name: (
                _json(bucket.policy),
                {key: (o.body, dict(o.tags)) for key, o in bucket.objects.items()},
            )
            for name, bucket in account.buckets.items()
        },
        "tables": {
            name: ([(key.name, key.type) for key in t.keys], dict(t.items))
            for name, t in account.tables.items()
        },
        "queues": {
            name: ([m.body for m in q.messages], dict(q.attributes), _json(q.policy))
            for name, q in account.queues.items()
        },
        "functions": {
            name: (
                f.role,
                f.code if f.code[:2] == b"PK" else handler_zip(f.handler),
                f.runtime,
                f.handler,
                _json(f.policy),
            )
            for name, f in account.functions.items()
        },
        "trails": {name: t.logging for name, t in account.trails.items()},
        "above": _above(account),
        "instances": [
            (instance.name, instance.state) for instance in account.instances.values()
        ],
    }


def _above(account: Account) -> list[list[str]]:
    """What the account hangs from, the top first: the names of each place and of the policies on it."""
    above = account.joined_organization
    places = above.path(account.id) if above else ()
    names = {**above.units, **above.members, **above.policies} if above else {}
    return [
        [getattr(names.get(id), "name", id) for id in (place, *above.attached[place])]
        if place != account.id
        else []
        for place in places
        if above
    ]


def _entity(account: Account, entity: Entity) -> dict[str, Any]:
    login, trust = getattr(entity, "login", None), getattr(entity, "trust", None)
    return {
        "name": (
            entity.name,
            entity.path,
            dict(getattr(entity, "tags", {})),
            getattr(entity, "boundary", ""),
        ),
        "policies": (
            entity.attached,
            {name: _json(document) for name, document in entity.inline.items()},
        ),
        "member": sorted(
            group.name
            for id in getattr(entity, "groups", ())
            if (group := account.entity_by_id(id))
        ),
        "login": login and login.reset_required,
        "keys": [key.status for key in account.keys_of(entity.id)],
        "role": (
            _json(trust),
            getattr(entity, "max_session", 0),
            getattr(entity, "description", ""),
        ),
    }


def _json(document: Document | None) -> object:
    return document and json.loads(document.text)


def elsewhere(account: Account, fake: Account) -> dict[str, Any]:
    """The portrait of the play's account as it should look in the fake one."""
    told = repr(portrait(account))
    for name in account.buckets:
        new = f"{SHOP}-{name.removeprefix('coffeeshop-').lower()}"
        told = told.replace(S3 + name, S3 + new).replace(f"{name!r}: (", f"{new!r}: (")
    told = told.replace(f"{S3}coffeeshop-*", f"{S3}{SHOP}-*")
    for instance in account.instances.values():
        told = told.replace(instance.id, BOARD)
    for key, entity in (*account.users.items(), *account.roles.items()):
        there = fake.users.get(key) or fake.roles.get(key)
        told = told.replace(entity.id, there.id if there else "nowhere")
    for name, alias in account.kms_aliases.items():
        told = told.replace(alias.key, fake.kms_aliases[name].key)
    if account.joined_organization and fake.joined_organization:
        told = told.replace(account.joined_organization.id, fake.joined_organization.id)
    return ast.literal_eval(told.replace(account.id, ID).replace(TOKEN_HERE, TOKEN))


def scenario(folder: Path) -> Scenario:
    return load(folder)


def played(told: Scenario, text: str) -> Play:
    return run_play(told, text)


def exported(play: Play) -> str:
    found = export_play(play, "script", Record(play.now))
    assert isinstance(found, str)
    return found


def lived(play: Play, answers: str = CODES, **variables: str) -> FakeAws:
    """The fake account after the script of the play ran in it."""
    fake = fresh_for(play)
    done = run(fake, with_codes(exported(play)), answers, **variables)
    assert done.returncode == 0, done.stderr
    return fake


def fresh_for(play: Play) -> FakeAws:
    """A fresh account for a play's script, in which everyone of the play has a password."""
    everyone = [
        name
        for account in (play.account, *play.account.others.values())
        for name in account.users
    ]
    names = [
        *everyone,
        *(
            user.name
            for outcome in play.scenario.world
            for user in outcome.account.users.values()
        ),
    ]
    passwords = {**dict.fromkeys(names, "Long-black-at-9"), **PASSWORDS}
    return fresh(
        passwords, board=bool(play.account.instances), others=play.scenario.ground.others
    )


def with_codes(script: str) -> str:
    """A script in which the device's codes are typed already."""
    for kind, code in (("a", "@phone-1"), ("the next", "@phone"), ("a new", "@phone")):
        prompt = rf'read -rp "[^"]*: {kind} code of the MFA device: " (\w+)'
        script = re.sub(prompt, rf"\1={code}", script)
    return script


# ----------------------------------------------------------------- scenarios
@pytest.mark.parametrize("folder", [*LIVED, ARTICLE], ids=lambda folder: folder.name)
def test_a_fresh_account_stands_as_the_play_left_its_own(folder: Path):
    told = scenario(folder)
    play = played(told, told.solution)
    fake = lived(play)
    assert portrait(fake.account) == elsewhere(play.account, fake.account)
    assert all(outcome.has_succeeded for outcome in fake.outcomes)


WITH_WORKFLOWS = [folder for folder in FOLDERS if folder.name[:2] in ("33", "34")]


@pytest.mark.parametrize("folder", WITH_WORKFLOWS, ids=lambda folder: folder.name)
def test_no_repository_of_the_play_gets_into_the_readers_account(folder: Path):
    told = scenario(folder)
    play = played(told, told.solution)
    script = exported(play)
    undo = export_play(play, "undo", Record(play.now))
    for text in (script, undo):
        assert isinstance(text, str)
        documents = [line for line in text.splitlines() if ":?" not in line]
        assert "repo:" not in "\n".join(documents)
    assert "REPO_COFFEESHOP_MENU=${REPO_COFFEESHOP_MENU:?" in script
    fake = lived(play)
    assert portrait(fake.account) == elsewhere(play.account, fake.account)


def test_the_world_of_a_scenario_is_replayed_to_where_the_play_begins():
    told = scenario(FOLDERS[-1])
    assert portrait(told.world[-1].account) == portrait(told.opening)


# ------------------------------------------------------------------- one's own
@pytest.fixture
def shop(tmp_path: Path) -> Scenario:
    """A play by Ada in the shop, in which everything may be done."""
    text = (ARTICLE / "scenario.toml").read_text("utf-8").partition("[people]")[0]
    text = text.replace("shop = false", "shop = true").replace(
        'desk = ["root"]', 'desk = ["ada"]'
    )
    people = '[people]\nadmins = ["ada"]\n'
    folder = tmp_path / "article"
    folder.mkdir()
    world = f"#@ token {TOKEN_HERE} GEZDGNBVGY3TQOJQGEZDGNBV\naws iam create-user --user-name casey\n"
    for name, body in (
        ("scenario.toml", text + people),
        ("world.sh", world),
        ("solution.sh", ""),
    ):
        (folder / name).write_text(body, "utf-8")
    return scenario(folder)


RULED = (
    """{"Version": "2012-10-17", "Id": "it's $HOME `id` \\"@ACCOUNT@\\" 'EOF' caf\u00e9",\n\n"""
    """"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"""
)


def ends_alike(
    told: Scenario, text: str, answers: str = CODES, **variables: str
) -> FakeAws:
    """The fake account after the script of a play of these lines, of which each is allowed."""
    play = played(told, text)
    assert [
        str(outcome.answer) for outcome in play.outcomes if not outcome.has_succeeded
    ] == []
    fake = lived(play, answers, **variables)
    assert [
        str(outcome.answer) for outcome in fake.outcomes if not outcome.has_succeeded
    ] == []
    assert portrait(fake.account) == elsewhere(play.account, fake.account)
    return fake


def doers(fake: FakeAws) -> dict[str, str]:
    """Who made each group and user: the name of a user or role, or the owner."""
    who = dict[str, str]()
    for outcome in fake.outcomes:
        found, call = credential_owner(fake.account, outcome.act.caller), outcome.act.call
        who[call.text("GroupName") or call.text("UserName")] = (
            found.name if found else "the owner"
        )
    return who


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def policy(resource: str = "*", action: str = "*", more: str = "") -> str:
    said = f'{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"{more}}}'
    return f'{{"Version": "2012-10-17", "Statement": [{said}]}}'


V2 = ', "Condition": {"StringEquals": {"aws:PrincipalTag/recipe": "v2"}}'
TRUST = policy(action="sts:AssumeRole").replace(
    '"Resource": "*"', '"Principal": {"AWS": "arn:aws:iam::111122223333:root"}'
)


def test_whoever_acted_acts(shop: Scenario):
    fake = ends_alike(
        shop,
        f"""
aws iam put-user-policy --user-name casey --policy-name all --policy-document '{policy()}'
aws iam create-access-key --user-name casey
aws iam create-user --user-name sam --profile casey
aws iam create-role --role-name Till --path /shop/ --assume-role-policy-document '{TRUST}'
aws iam put-role-policy --role-name Till --policy-name all --policy-document '{policy()}'
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/shop/Till --role-session-name till --profile casey
aws iam create-group --group-name ByTheRole --profile till
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/shop/Till --role-session-name till
aws iam create-group --group-name ByTheRoleAgain --profile till
aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile x --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey --authentication-code1 @phone-1 --authentication-code2 @phone
aws sts get-session-token --serial-number arn:aws:iam::111122223333:mfa/casey --token-code @phone --profile casey
aws iam create-group --group-name WithACode --profile casey-session
aws iam create-access-key
aws iam create-group --group-name ByAdasKey --profile ada
""",
        "@phone-1\n@phone\n" * 2 + "@phone\n" * 3,
    )
    who = doers(fake)
    names = ("sam", "ByTheRole", "ByTheRoleAgain", "WithACode", "ByAdasKey")
    assert [who[name] for name in names] == ["casey", "Till", "Till", "casey", "ada"]


def test_ids_of_answers_are_carried_on(shop: Scenario):
    first = played(shop, "aws iam create-user --user-name bo\naws iam create-role --role-name Till "
                   f"--assume-role-policy-document '{TRUST}'")  # fmt: skip
    bo, till = first.account.users["bo"].id, first.account.roles["till"].id
    condition = f', "Condition": {{"StringLike": {{"aws:userid": ["{bo}", "{till}:*"]}}}}'
    fake = ends_alike(
        shop,
        f"""
aws iam create-user --user-name bo
aws iam create-role --role-name Till --assume-role-policy-document '{TRUST}'
aws iam create-policy --policy-name v1 --policy-document '{policy(more=condition)}'
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/v1 --policy-document '{policy()}'
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/v1 --policy-document '{policy(more=V2)}'
aws iam set-default-policy-version --policy-arn arn:aws:iam::111122223333:policy/v1 --version-id v3
aws iam delete-policy-version --policy-arn arn:aws:iam::111122223333:policy/v1 --version-id v2
aws iam create-access-key --user-name bo
aws iam update-access-key --user-name bo --access-key-id @key --status Inactive
aws iam create-access-key --user-name bo
aws iam delete-access-key --user-name bo --access-key-id @key:1
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --message-body espresso
""",
    )
    said = fake.account.policies[f"arn:aws:iam::{ID}:policy/v1"].versions[0].document.text
    assert fake.account.users["bo"].id in said
    assert fake.account.roles["till"].id in said


def test_versions_are_those_that_aws_counted(shop: Scenario):
    lines = f"""
aws iam create-policy --policy-name v1 --policy-document '{policy()}'
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/v1 --policy-document '{policy()}'
aws iam set-default-policy-version --policy-arn arn:aws:iam::111122223333:policy/v1 --version-id v2
aws iam create-policy --policy-name other --policy-document '{policy(more=V2)}'
"""
    script = exported(played(shop, lines))
    assert '--version-id "${V1_VERSION}"' in script
    assert '"aws:PrincipalTag/recipe": "v2"' in script


def test_what_no_call_made_is_named_by_the_reader(shop: Scenario):
    ends_alike(
        shop,
        f"""
aws ec2 stop-instances --instance-ids i-0c0ffee5b0a2d0001
aws iam create-policy --policy-name board --policy-document '{policy("arn:aws:ec2:us-east-1:111122223333:instance/i-0c0ffee5b0a2d0001")}'
aws iam enable-mfa-device --user-name casey --serial-number {TOKEN_HERE} --authentication-code1 @phone-1 --authentication-code2 @phone
""",
    )


def test_passwords_old_and_new_are_told_apart(shop: Scenario):
    fake = ends_alike(
        shop,
        f"""
aws iam put-user-policy --user-name casey --policy-name all --policy-document '{policy()}'
aws iam create-login-profile --user-name casey --password Flat-white-2
aws iam create-access-key --user-name casey
aws iam change-password --old-password Flat-white-2 --new-password Flat-white-3 --profile casey
aws iam change-password --old-password Flat-white-3 --new-password Flat-white-4 --profile casey
aws iam update-login-profile --user-name casey --password Flat-white-2 --password-reset-required
""",
        CASEY_PASSWORD_2="Cortado-by-3",
        CASEY_PASSWORD_3="Cortado-by-4",
    )
    login = fake.account.users["casey"].login
    assert login
    assert password_matches(
        fake.account, fake.account.users["casey"].id, login, PASSWORDS["casey"]
    )


def test_any_text_of_a_document_arrives(shop: Scenario):
    fake = ends_alike(
        shop,
        f"""
aws iam create-policy --policy-name told --policy-document {quoted(RULED)} --description "it's \\$5 \\`now\\`"
aws iam create-policy --policy-name mine --policy-document '{policy("arn:aws:s3:::coffeeshop-*")}'
aws s3api create-bucket --bucket my-own
aws s3api put-bucket-policy --bucket my-own --policy '{policy("arn:aws:s3:::my-own/*", "s3:GetObject", ', "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"}')}'
aws s3api put-object --bucket my-own --key 'a $b'
""",
    )
    assert fake.account.buckets[f"{SHOP}-my-own"].objects


def test_a_security_key_has_the_serial_number_that_aws_gave_it(shop: Scenario):
    enrolled = played(
        shop, "console enroll-security-key --user-name casey --device-name yubi"
    )
    serial = answered(enrolled.outcomes[0])["SerialNumber"]
    ends_alike(
        shop,
        f"""
console enroll-security-key --user-name casey --device-name yubi
aws iam deactivate-mfa-device --user-name casey --serial-number {serial}
""",
    )
    condition = f', "Condition": {{"StringEquals": {{"aws:PrincipalTag/key": "{serial}"}}}}'
    fake = lived(
        played(
            shop,
            f"""
console enroll-security-key --user-name casey --device-name yubi
aws iam create-policy --policy-name told --policy-document '{policy(more=condition)}'
""",
        )
    )
    there = next(serial for serial in fake.account.devices if "yubi" in serial)
    assert (
        there
        in fake.account.policies[f"arn:aws:iam::{ID}:policy/told"].versions[0].document.text
    )


def test_a_message_that_is_json_arrives_as_the_text_that_it_is(shop: Scenario):
    ends_alike(
        shop,
        """
aws sqs create-queue --queue-name till
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/till --message-body '{"n": 1}  '
""",
    )


def test_a_document_is_a_document_beside_what_no_option_can_say(shop: Scenario):
    asked = {
        "PolicyName": "told",
        "Description": "file://1.json",
        "PolicyDocument": policy(),
    }
    ends_alike(shop, f"aws iam create-policy --cli-input-json {quoted(json.dumps(asked))}")


def test_whoever_is_called_as_your_own_profile_is_not_you(shop: Scenario):
    fake = ends_alike(
        shop,
        f"""
aws iam create-user --user-name default
aws iam put-user-policy --user-name default --policy-name all --policy-document '{policy()}'
aws iam create-access-key --user-name default
aws iam create-user --user-name root
aws iam put-user-policy --user-name root --policy-name all --policy-document '{policy()}'
aws iam create-access-key --user-name root
aws iam create-group --group-name ByRoot --profile root
aws iam create-group --group-name ByDefault --profile default
aws iam create-group --group-name ByAda
""",
    )
    who = doers(fake)
    assert [who[name] for name in ("ByRoot", "ByDefault", "ByAda")] == [
        "root",
        "default",
        "the owner",
    ]


def test_what_root_did_to_its_own_keys_is_not_done_to_those_of_whoever_runs_the_script(
    shop: Scenario,
):
    fake = ends_alike(
        shop,
        """
console sign-in --root-email owner@coffeeshop.example --password House-blend-1
aws iam create-access-key --profile root@console
aws iam update-access-key --access-key-id @key --status Inactive --profile root@console
aws iam delete-access-key --access-key-id @key --profile root@console
aws iam create-user --user-name sam --profile root@console
""",
    )
    assert [
        outcome.act.call.operation
        for outcome in fake.outcomes
        if "AccessKey" in outcome.act.call.operation
    ] == []


def test_whoever_runs_the_script_is_the_one_whose_badge_the_play_begins_with(
    shop: Scenario,
):
    fake = ends_alike(shop, "aws iam create-user --user-name sam")
    assert [argv for argv in fake.calls if argv[0] == "login" or "--profile" in argv] == []


def test_an_older_credential_stays_another_than_the_newer_one_of_its_profile(
    shop: Scenario,
):
    lines = f"""
aws iam put-user-policy --user-name casey --policy-name all --policy-document '{policy()}'
aws iam create-access-key --user-name casey
aws iam create-access-key --user-name casey
"""
    made = played(shop, lines).account
    old = made.keys_of(made.users["casey"].id)[0]
    fake = ends_alike(
        shop, f"{lines}aws iam create-user --user-name sam --profile {old.id}"
    )
    assert fake.outcomes[-1].act.caller == Key(
        fake.account.keys_of(fake.account.users["casey"].id)[0].id
    )


def test_seeds_are_shown_to_whoever_has_to_type_them(shop: Scenario):
    fake = fresh(PASSWORDS)
    done = run(fake, exported(played(shop, "aws iam create-user --user-name sam")), CODES)
    assert fake.account.devices[f"arn:aws:iam::{ID}:mfa/ada"].seed in done.stdout


def test_the_world_can_be_left_out(shop: Scenario):
    fake = fresh(PASSWORDS)
    script = exported(played(shop, "aws iam create-user --user-name sam"))
    assert run(fake, script, WORLD="no").returncode == 0
    assert list(fake.account.users) == ["sam"]


def test_what_was_undone_is_not_in_the_script(shop: Scenario):
    play = played(
        shop, "aws iam create-user --user-name sam\naws iam create-user --user-name bo"
    ).undo()
    assert ("--user-name sam" in exported(play), "--user-name bo" in exported(play)) == (
        True,
        False,
    )


def test_a_change_that_has_not_spread_is_waited_for_and_a_refusal_is_told(shop: Scenario):
    fake = fresh(PASSWORDS)
    script = exported(played(shop, "aws iam create-user --user-name sam"))
    fake.failures = {"create-role": 3}
    assert run(fake, script, CODES).returncode == 0
    again = run(fake, script, CODES)
    # A bucket of one's own may be made once more: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    assert (
        again.returncode,
        "ResourceInUseException" in again.stderr or "EntityAlreadyExists" in again.stderr,
    ) == (
        1,
        True,
    )


def test_undoing_removes_a_bucket_with_its_versions_and_delete_markers(shop: Scenario):
    play = played(
        shop,
        """
aws s3api create-bucket --bucket my-own
aws s3api put-object --bucket my-own --key 'a $b'
aws s3api put-bucket-versioning --bucket my-own --versioning-configuration Status=Enabled
aws s3api put-object --bucket my-own --key 'a $b'
aws s3api delete-object --bucket my-own --key 'a $b'
""",
    )
    fake = lived(play)
    assert fake.account.buckets[f"{SHOP}-my-own"].older
    undo = export_play(play, "undo", Record(play.now))
    assert isinstance(undo, str)
    done = run(fake, undo)
    assert done.returncode == 0, done.stderr
    assert f"{SHOP}-my-own" not in fake.account.buckets


# ----------------------------------------------- a careful administrator's account
NEEDED = re.compile(r'^: "\$\{(\w+):\?with WORLD=no, set it to (.+)\}"$', re.MULTILINE)
BY_HAND_FIRST = "# by hand, before the rest: in the organization"


def administered(play: Play) -> FakeAws:
    """A fake account in which an IAM user with AdministratorAccess runs the scripts, and not its owner."""
    fake = fresh_for(play)
    boss = {"UserName": "boss"}
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    for operation, parameters in (
        ("CreateUser", boss),
        ("AttachUserPolicy", {**boss, "PolicyArn": arn}),
        ("CreateAccessKey", boss),
    ):
        act = Act(fake.at, fake.root, Call("iam", operation, parameters))
        fake.account = handle(fake.account, act).account
    (key,) = fake.account.keys_of(fake.account.users["boss"].id)
    fake.root = Key(key.id)
    return fake


def own_values(script: str, fake: FakeAws) -> dict[str, str]:
    """The reader's own values of the variables that a script needs without its world: the ids of their access keys."""
    values = dict[str, str]()
    for name, meaning in NEEDED.findall(script):
        if meaning.startswith("an access key ID of "):
            owner = fake.account.users[meaning.rpartition(" ")[2]].id
            ids = [key.id for key in fake.account.keys_of(owner)]
            number = int(name.rpartition("_")[2]) if name[-1].isdigit() else 1
            values[name] = ids[min(number, len(ids)) - 1]
        else:
            values[name] = meaning.removesuffix(" in the play").rpartition(" ")[2]
    return values


@pytest.mark.parametrize("folder", LIVED, ids=lambda folder: folder.name)
def test_an_administrator_takes_back_what_was_done_and_then_the_world(folder: Path):
    play = played(scenario(folder), scenario(folder).solution)
    script = with_codes(exported(play))
    undo = export_play(play, "undo", Record(play.now))
    fake = administered(play)
    empty = portrait(fake.account)
    assert run(fake, script.partition(DONE_MARK)[0], CODES).returncode == 0
    begun = portrait(fake.account)
    done = run(fake, script, CODES, WORLD="no", **own_values(script, fake))
    assert done.returncode == 0, done.stderr
    undone = run(fake, undo, WORLD="no")
    assert undone.returncode == 0, undone.stderr
    if "# by hand" not in undo.partition(ONLY_PLAY)[2]:
        assert portrait(fake.account) == begun
    removed = run(fake, undo)
    is_refused_by_scp = BY_HAND_FIRST in undo and "service control policy" in removed.stderr
    assert removed.returncode == 0 or is_refused_by_scp, removed.stderr
    if "# by hand" not in undo:
        assert portrait(fake.account) == empty
