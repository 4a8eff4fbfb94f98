"""The transcript as a bash script for a real account: it parses, it runs, and nothing typed can break out of it."""

import json
import os
import shutil
import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coffeeshop.account.access.sessions import new_key
from coffeeshop.account.command import read_act, script_lines, write_line
from coffeeshop.account.command.function_package import handler_zip
from coffeeshop.account.command.script import write_script
from coffeeshop.account.command.script_undo import write_undo_script
from coffeeshop.account.command.write import call_words
from coffeeshop.account.door import handle
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Key,
    Nobody,
    Origin,
    Outcome,
    Reply,
    ServiceError,
)
from coffeeshop.account.values import Json
from tests.account.access.test_web_identity import bakery, exchange, token_with
from tests.account.command.world import AT, FILES, WORLD
from tests.account.shop import Shop
from tests.examples import examples

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None, reason="there is no bash here"
)

POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", '
    '"Resource": "arn:aws:s3:::coffeeshop-receipts", "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}]}'
)
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": '
    '{"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root", "arn:aws:iam::555566667777:root"]}}]}'
)
PLAY = f"""
aws iam create-user --user-name ada
aws iam create-login-profile --user-name ada --password 'Passw0rd!x' --password-reset-required
aws iam create-policy --policy-name till --policy-document '{POLICY}'
aws iam attach-user-policy --user-name ada --policy-arn arn:aws:iam::111122223333:policy/till
aws iam create-access-key --user-name ada
aws iam list-users
aws iam list-users --profile ada
aws iam create-role --role-name Till --assume-role-policy-document '{TRUST}' --description "it's '5 \\$'"
aws iam attach-user-policy --user-name ada --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Till --role-session-name till --profile ada
aws sts get-session-token --profile ada
aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile x --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada \\
  --authentication-code1 @phone-1 --authentication-code2 @phone
console sign-in --user-name ada --password 'Passw0rd!x' --mfa-code @phone --new-password 'N3w!Passw0rd'
aws s3api put-object --bucket coffeeshop-receipts --key a --body receipt.json
aws s3api list-objects-v2 --bucket coffeeshop-receipts
aws sqs create-queue --queue-name orders
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/orders --message-body espresso
aws sqs receive-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/orders
aws lambda create-function --function-name espresso-api --role arn:aws:iam::111122223333:role/Till \\
  --zip-file fileb://picture.png --runtime python3.13 --handler a.b
aws lambda invoke --function-name espresso-api --payload fileb://receipt.json out
aws iam generate-service-last-accessed-details --arn arn:aws:iam::111122223333:user/ada
aws iam update-access-key --user-name ada --access-key-id @key --status Inactive
aws iam change-password --old-password 'N3w!Passw0rd' --new-password 'An0ther!One' --profile casey
aws iam create-access-key --user-name sam
aws iam create-access-key --user-name sam
aws iam delete-role --role-name Nope
"""


def played(text: str, account: Account = WORLD) -> list[Outcome]:
    done: list[Outcome] = []
    at = AT
    for _, line in script_lines(text):
        at += timedelta(minutes=1)
        act = read_act(line, account, at, FILES)
        assert isinstance(act, Act), [str(problem) for problem in act]
        done.append(handle(account, act))
        account = done[-1].account
    return done


OUTCOMES = played(PLAY)
SCRIPT = write_script(OUTCOMES)


def parses(text: str) -> None:
    checked = subprocess.run(
        ["bash", "-n"], input=text.encode(), capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr.decode()


def test_the_script_is_bash():
    parses(SCRIPT)
    parses(write_script([]))


def test_only_names_are_left_of_the_simulated_account():
    body = SCRIPT.split("\n\n", 1)[1]
    assert "111122223333" not in body
    assert "Passw0rd" not in SCRIPT
    assert "An0ther" not in SCRIPT
    assert "AKIA" not in SCRIPT
    assert "ACCOUNT_444455556666=${ACCOUNT_444455556666:-444455556666}" in SCRIPT
    assert "ACCOUNT_555566667777=${ACCOUNT_555566667777:-555566667777}" in SCRIPT
    assert "111122223333:policy/till" not in SCRIPT
    assert (
        'aws iam attach-user-policy --user-name ada --policy-arn arn:aws:iam::"${ACCOUNT}":policy/till'
        in SCRIPT
    )


def test_documents_stand_in_quoted_here_documents_with_policy_variables_untouched():
    assert "fill 1.json <<'END'\n" + POLICY + "\nEND\n" in SCRIPT
    assert '"s3:prefix": "${aws:username}/*"' in SCRIPT


def test_an_organizations_id_in_a_policy_is_the_readers_own():
    made = played("aws organizations create-organization\n")
    organization = made[-1].account.organization
    assert organization is not None
    condition = {"StringEquals": {"aws:PrincipalOrgID": organization.id}}
    row = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [row]})
    line = f"aws iam create-policy --policy-name Ours --policy-document '{document}'\n"
    text = write_script([*made, *played(line, made[-1].account)])
    assert "ORGANIZATION=$(aws organizations describe-organization " in text
    assert '"aws:PrincipalOrgID": "@{ORGANIZATION}"' in text
    assert organization.id not in text


def test_calls_that_only_look_are_left_out():
    assert any(outcome.act.call.operation == "ListUsers" for outcome in OUTCOMES)
    assert "list-users" not in SCRIPT


def test_refused_calls_are_comments_since_another_account_might_allow_them():
    assert "\n# NoSuchEntity here: aws iam delete-role --role-name Nope\n" in SCRIPT


def test_acts_of_the_console_are_comments_without_secrets():
    assert "# console, not AWS CLI: console sign-in --user-name ada\n" in SCRIPT


def test_credentials_are_captured_and_kept_as_profiles():
    assert 'read -r ADA_KEY SECRET <<<"$MADE"\nkeep ada "$ADA_KEY" "$SECRET"' in SCRIPT
    assert (
        'read -r SESSION SECRET TOKEN <<<"$MADE"\nkeep till "$SESSION" "$SECRET" "$TOKEN"'
        in SCRIPT
    )
    assert 'keep ada-session "$SESSION_2" "$SECRET" "$TOKEN"' in SCRIPT
    assert '--access-key-id "${ADA_KEY}" --status Inactive' in SCRIPT
    assert 'read -r SAM_KEY_2 SECRET <<<"$MADE"' in SCRIPT


def test_a_token_of_an_outside_issuer_is_asked_for_and_its_session_kept():
    shop = bakery()
    assert exchange(shop, token_with(shop)).has_succeeded
    shop("s3api create-bucket --bucket coffeeshop-menus", "menu")
    assert not exchange(shop, token_with(shop, sub="repo:x/y")).has_succeeded
    script = write_script(shop.outcomes)
    assert "ask WEB_IDENTITY_TOKEN 'a token of https://token.actions" in script
    assert '--web-identity-token "${WEB_IDENTITY_TOKEN}"' in script
    assert "keep menu" in script
    assert "--no-sign-request" not in script
    assert "eyJ" not in script
    removed = write_undo_script(Shop().account, shop.outcomes)
    assert "remove_oidc_provider token.actions.githubusercontent.com" in removed


def test_codes_and_passwords_are_asked_for():
    assert 'read -rp "ada: a code of the MFA device: " AUTHENTICATIONCODE1' in SCRIPT
    assert (
        'ask ADA_PASSWORD "a password for ada (ADA_PASSWORD)"\naws iam create-login-profile'
        in SCRIPT
    )
    assert '--password "${ADA_PASSWORD}"' in SCRIPT


# It imports next to nothing: it is started hundreds of times.
# A shell starts in a fifth of the time that Python takes, and this is started hundreds of times.
FAKE = """\
#!/bin/sh
if [ "$*" = --version ]; then echo "${VERSION-aws-cli/2.36.1 Python/3.14}"; exit; fi
{
  printf '%s\\0' "$#" "$@" "${AWS_CONFIG_FILE-}" "${AWS_SHARED_CREDENTIALS_FILE-}"
  number=0
  for word; do
    path=${word##*://}
    copy=
    if [ -f "$path" ]; then
      number=$((number + 1))
      copy="$RECORD.$$.$number"
      cat <"$path" >"$copy"
    fi
    printf '%s\\0' "$copy"
  done
} >>"$RECORD"
before=
for word; do
  if [ "$before" = --query ]; then
    if [ "$word" = Account ]; then word="${OWN-999988887777}"; fi
    printf '%s\\n' "$word"
    break
  fi
  before="$word"
done
[ "$2" != delete-role ]
"""


TOUCH = '#!/bin/sh\n: >"${0%/*}/pwned"\n'


def run(
    text: str, folder: Path, answers: str = "", **variables: str
) -> list[tuple[list[str], dict[str, str]]]:
    """What a fake `aws` was called with when the script ran: arguments, and the files among them. A `touch`, wherever
    it is run, leaves the file `pwned` in the folder.
    """
    (folder / "touch").write_text(TOUCH)
    (folder / "touch").chmod(0o755)
    fake, record = folder / "aws", folder / "record"
    fake.write_text(FAKE, "utf-8")
    fake.chmod(0o755)
    record.write_text("")
    (folder / "script.sh").write_bytes(text.encode())
    done = subprocess.run(
        ["bash", "script.sh"],
        cwd=folder,
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "RECORD": str(record),
            "ADA_PASSWORD": "a b$(x)",
            "HOME": str(folder),
            **variables,
        },
        input=answers.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [(argv, files) for argv, files, _ in recorded_calls(folder)]


def recorded_calls(
    folder: Path,
) -> list[tuple[list[str], dict[str, str], tuple[str, str]]]:
    """Return each call: its arguments, the files among them, and the files of profiles and of keys that it was given."""
    record = (folder / "record").read_bytes().decode("utf-8", "surrogateescape")
    fields = iter(record.split("\0")[:-1])
    calls: list[tuple[list[str], dict[str, str], tuple[str, str]]] = []
    for count in fields:
        argv = [next(fields) for _ in range(int(count))]
        own = (next(fields), next(fields))
        copies = {word: copy for word in argv if (copy := next(fields))}
        files = {
            word: Path(copy).read_bytes().decode("latin-1") for word, copy in copies.items()
        }
        calls.append((argv, files, own))
    return calls


def test_the_script_runs_and_calls_what_was_called(tmp_path: Path):
    calls = run(SCRIPT, tmp_path, "123456\n654321\n")
    argvs = [argv for argv, _ in calls if argv[:2] != ["configure", "set"]]
    assert argvs[0][:2] == ["sts", "get-caller-identity"]
    made = [argv[1] for argv in argvs[1:]]
    acts = [
        o.act.call for o in OUTCOMES if o.act.call.service != "console" and o.has_succeeded
    ]
    assert len(made) == len(
        [call for call in acts if not call.operation.startswith("List")]
    )
    assert [
        "iam",
        "create-login-profile",
        "--user-name",
        "ada",
        "--password",
        "a b$(x)",
        "--password-reset-required",
    ] in argvs
    assert [
        "iam",
        "attach-user-policy",
        "--user-name",
        "ada",
        "--policy-arn",
        "arn:aws:iam::999988887777:policy/till",
    ] in argvs
    role = next(argv for argv in argvs if argv[1] == "create-role")
    assert role[role.index("--description") + 1] == "it's '5 $'"
    mfa = next(argv for argv in argvs if argv[1] == "enable-mfa-device")
    assert mfa[-3:] == ["123456", "--authentication-code2", "654321"]


def test_documents_reach_the_call_with_the_real_accounts_numbers(tmp_path: Path):
    calls = run(SCRIPT, tmp_path, "123456\n654321\n")
    files = {argv[1]: list(files.values()) for argv, files in calls if files}
    assert [text.strip() for text in files["create-policy"]] == [POLICY]
    assert [text.strip() for text in files["create-role"]] == [
        TRUST.replace("111122223333", "999988887777")
    ]
    assert files["put-object"] == [FILES["receipt.json"].decode()]


PATTERNS = {  # of buckets: as they are in the shop, and as they are in a real account
    "arn:aws:s3:::coffeeshop-menu/*": "arn:aws:s3:::yours-menu/*",
    "arn:aws:s3:::my-own/*": "arn:aws:s3:::yours-my-own/*",
    "arn:aws:s3:::${aws:username}": "arn:aws:s3:::yours-${aws:username}",
    "arn:*:s3:::coffeeshop-menu": "arn:*:s3:::yours-menu",
    "arn:aws-cn:s3:*:*:coffeeshop-menu": "arn:aws-cn:s3:*:*:yours-menu",
    "arn:aws:s3:::coffeeshop-*": "arn:aws:s3:::yours-*",
    "arn:aws:s3:::coffeeshop-m*": "arn:aws:s3:::yours-m*",
    "arn:aws:s3:::coffeeshop*": "arn:aws:s3:::yours*",
    "arn:aws:s3:::coff*-menu/a": "arn:aws:s3:::yours*-menu/a",
    "arn:aws:s3:::coffeeshop?menu": "arn:aws:s3:::yours?menu",
    "arn:aws:s3:::my*": "arn:aws:s3:::yours-my*",
    "arn:aws:s3:::*": "arn:aws:s3:::*",
    "arn:aws:s3:::*-menu": "arn:aws:s3:::*-menu",
    "arn:aws:s3:us-east-1:111122223333:accesspoint/till": (
        "arn:aws:s3:us-east-1:999988887777:accesspoint/till"
    ),
}


@pytest.mark.slow
def test_a_pattern_of_buckets_means_the_same_buckets(tmp_path: Path):
    buckets = [
        outcome("CreateBucket", {"Bucket": name}, service="s3")
        for name in ("coffeeshop-menu", "my-own", "My-Own")
    ]
    made = [
        outcome("PutUserPolicy", {"PolicyDocument": json.dumps({"Resource": resource})})
        for resource in PATTERNS
    ]
    calls = run(write_script([*buckets, *made]), tmp_path, COFFEESHOP_BUCKETS="yours")
    texts = [text for _, files in calls[-len(made) :] for text in files.values()]
    resources = [json.loads(text)["Resource"] for text in texts]
    assert dict(zip(PATTERNS, resources, strict=True)) == PATTERNS


def test_any_value_of_a_variable_reaches_a_document(tmp_path: Path):
    value = r"""a/b&c\d'"$HOME"""
    files = [
        [*files.values()]
        for argv, files in run(SCRIPT, tmp_path, "1\n2\n", ACCOUNT_444455556666=value)
        if "create-role" in argv
    ]
    assert files == [
        [TRUST.replace("111122223333", "999988887777").replace("444455556666", value)]
    ]


def test_code_that_aws_would_not_unpack_is_one_that_does_nothing(tmp_path: Path):
    zipped = handler_zip("z.z")
    made = Reply({"Handler": "menu.handler"})
    done = [
        *(
            outcome("CreateFunction", {"Code": {"ZipFile": code}}, made, "lambda")
            for code in (b"\0", zipped)
        ),
        outcome(
            "UpdateFunctionCode", {"FunctionName": "f", "ZipFile": b"\0"}, made, "lambda"
        ),
    ]
    files = [
        [*files.values()]
        for argv, files in run(write_script(done), tmp_path)
        if argv[0] == "lambda"
    ]
    does_nothing = handler_zip("menu.handler").decode("latin-1")
    assert files == [[does_nothing], [zipped.decode("latin-1")], [does_nothing]]


@pytest.mark.parametrize(
    ("handler", "module"),
    [("menu.handler", "menu.py"), ("app/main.handler", "app/main.py"), ("my-app.main.handler", "my-app/main.py"), ("app.main.handler", "app/main.py"),
     ("../../x.handler", "x.py"), ("handler", "index.py"), ("", "index.py")],
)  # fmt: skip
def test_a_handler_that_does_nothing_is_where_lambda_looks_for_it_and_may_read_it(
    handler: str, module: str
):
    with ZipFile(BytesIO(handler_zip(handler))) as file:
        assert [(info.filename, info.external_attr >> 16) for info in file.infolist()] == [
            (module, 0o644)
        ]
        assert file.read(module).decode().startswith("def handler(")


def test_the_trail_written_as_plain_lines_reads_back_to_the_same_account():
    def who(outcome: Outcome) -> str:
        caller = outcome.act.caller
        return caller.id if isinstance(caller, Key) else ""

    account, again = WORLD, ""
    for outcome in OUTCOMES:
        line = write_line(outcome.act.call, who(outcome))
        again += f"{line}\n"
        found = read_act(line, account, outcome.act.at, {})
        assert isinstance(found, Act)
        assert found == outcome.act
        account = handle(account, found).account
    assert account == OUTCOMES[-1].account
    assert len(list(script_lines(again))) == len(OUTCOMES)


# ------------------------------------------------------------- hostile values
def outcome(
    operation: str,
    parameters: dict[str, Json],
    answer: ServiceError | Reply | None = None,
    service: str = "iam",
) -> Outcome:
    key = next(iter(WORLD.credentials))
    return Outcome(
        Act(AT, Key(key), Call(service, operation, parameters)), WORLD, answer or Reply()
    )


NASTY = ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "\n touch pwned\n", "\ue000x\ue001",
         "\ue000$(touch pwned)\ue001", "$SHOP", "a\x00b", "\x1b[2J", "END", '{"a": "\nEND\ntouch pwned"}', "file://x", "-x"]  # fmt: skip


@settings(examples(4), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=12))
)
def test_nothing_that_was_typed_is_run_and_all_of_it_arrives(tmp_path: Path, value: str):
    line = write_script(
        [outcome("TagUser", {"UserName": "ada", "Tags": ({"Key": "k", "Value": value},)})]
    )
    argv = run(line, tmp_path)[-1][0]
    assert not (tmp_path / "pwned").exists()
    back = read_act(" ".join(["aws", *map(_quoted, argv)]), WORLD, AT, {})
    assert isinstance(back, Act)
    assert back.call.parameters == {
        "UserName": "ada",
        "Tags": ({"Key": "k", "Value": value},),
    }


# In the play, and what a script is told.
KEY, KEPT = (
    "AKIA2222333344445555",
    "AccessKey.[AccessKeyId,SecretAccessKey]",
)
PIECES = [*NASTY, "111122223333", "444455556666", "222233334444", "till-", "arn:aws:s3:::coffeeshop-menu ", "\ue000",
          "\ue001", "@", "@@", "{ACCOUNT}", "${ACCOUNT}", "ACCOUNT", "$(touch pwned)", "\n", " ", *"""'"#&/\\$`{}"""]  # fmt: skip
TYPED = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(codec="utf-8"), max_size=5), max_size=5
).map("".join)
WORDS = TYPED.filter(
    lambda text: text and "\0" not in text
)  # no program is given a word with a zero in it


@pytest.mark.slow
@settings(examples(4), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TYPED, TYPED, WORDS, WORDS)
@example("444455556666", 'a"}" | touch pwned #', "us-east-1", "casey")
@example("till-111122223333", "", "\ue000$(touch pwned)\ue001", "casey")
def test_any_text_in_a_parameter_region_or_profile_arrives_to_the_letter(
    tmp_path: Path, user: str, text: str, region: str, profile: str
):
    id = WORLD.users["sam"].id
    account, key = new_key(WORLD, id, profile, AT)
    document = json.dumps({"Id": text}, ensure_ascii=False)
    calls = [
        Call("iam", "CreateAccessKey", {"UserName": user}),
        Call("iam", "DeleteAccessKey", {"UserName": user, "AccessKeyId": KEY}),
        Call(
            "iam",
            "CreateRole",
            {
                "RoleName": text,
                "AssumeRolePolicyDocument": document,
                "Description": f"{text} {KEY} {text}",
            },
        ),
        Call(
            "iam",
            "TagUser",
            {"UserName": user, "Tags": ({"Key": text, "Value": user},)},
            Origin(region=region),
        ),
    ]
    made = Reply({"AccessKey": {"AccessKeyId": KEY}})
    ran = run(
        write_script(
            [Outcome(Act(AT, Key(key.id), call), account, made) for call in calls]
        ),
        tmp_path,
        OWN=account.id,
    )
    told = [
        [files[word].encode("latin-1").decode() if word in files else word for word in argv]
        for argv, files in ran
        if argv[0] == "iam"
    ]
    kept = [[*call_words(call, profile)[1:]] for call in calls]
    kept[0] += ["--query", KEPT, "--output", "text"]
    assert told == [[word.replace(KEY, KEPT) for word in words] for words in kept]
    assert not (tmp_path / "pwned").exists()


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'"


def runs_what_was_typed(values: list[str], folder: Path) -> bool:
    """Tell whether a script runs one of these values, each of which stands in comments, names and documents."""
    done: list[Outcome] = []
    for value in values:
        done += [
            outcome("DeleteUser", {"UserName": value}, ServiceError(value, value)),
            outcome("SwitchRole", {"RoleName": value}, service="console"),
            outcome("SignIn", {"UserName": value, "Password": "x"}, service="console"),
            outcome(
                "CreateLoginProfile",
                {"UserName": value, "Password": value},
                ServiceError(value, value),
            ),
            outcome(
                "EnableMFADevice",
                {"UserName": value, "SerialNumber": value, "AuthenticationCode1": value},
            ),
            outcome("CreateAccessKey", {"UserName": value}),
            outcome(
                "PutUserPolicy",
                {"UserName": value, "PolicyName": value, "PolicyDocument": value},
            ),
            outcome(
                "PutObject",
                {"Bucket": value, "Key": value, "Body": value.encode()},
                service="s3",
            ),
        ]
    text = write_script(done)
    parses(text)
    names = [line.split()[1] for line in text.split("\n") if line.startswith("ask ")]
    codes = "1\n2\n" * len(values)
    run("".join(f"{name}=x\n" for name in names) + text, folder, codes)
    return (folder / "pwned").exists()


@pytest.mark.slow
def test_comments_and_names_cannot_be_left(tmp_path: Path):
    if runs_what_was_typed(NASTY, tmp_path):
        for value in NASTY:
            (tmp_path / "pwned").unlink(missing_ok=True)
            assert not runs_what_was_typed([value], tmp_path), value
        pytest.fail("one value is run if it stands beside another one")


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("iam", "CreateRole", "AssumeRolePolicyDocument"),
        ("iam", "PutRolePolicy", "PolicyDocument"),
        ("sts", "AssumeRole", "Policy"),
        ("sts", "GetFederationToken", "Policy"),
        ("s3", "PutBucketPolicy", "Policy"),
    ],
)
def test_a_policy_stands_in_a_here_document_whatever_its_parameter_is_called(
    service: str, operation: str, name: str
):
    text = write_script([outcome(operation, {name: POLICY}, service=service)])
    assert "\nfill 1.json <<'END'\n" in text


def test_only_json_stands_in_a_here_document():
    assert "'END'" not in write_script(
        [outcome("PutUserPolicy", {"PolicyDocument": '{\n"a": "b",\nEND\n}'})]
    )
    assert "<<'END'\n" in write_script(
        [outcome("PutUserPolicy", {"PolicyDocument": '{\n"a":\n"b"\n}'})]
    )


def test_who_shows_no_credential_shows_none_in_the_script():
    act = Act(
        AT,
        Nobody(),
        Call("s3", "PutObject", {"Bucket": "b", "Key": "k"}, Origin(region="eu-west-1")),
    )
    text = write_script([Outcome(act, WORLD, Reply())])
    assert (
        "\naws s3api put-object --bucket b --key k --region eu-west-1 --no-sign-request\n"
        in text
    )


def test_a_profile_of_the_readers_is_no_profile_of_the_script(tmp_path: Path):
    done = [outcome("CreateAccessKey", {"UserName": "ada"}, Reply({"AccessKey": {"AccessKeyId": KEY}})),
            outcome("CreateGroup", {"GroupName": "ByAda"}), outcome("CreateUser", {"UserName": "sam"})]  # fmt: skip
    key, account = Key(KEY), new_key(WORLD, WORLD.users["sam"].id, "ada", AT)[0]
    done[1] = Outcome(Act(AT, key, done[1].act.call), account, Reply())
    run(
        write_script(done, desk="robin"),
        tmp_path,
        AWS_CONFIG_FILE="mine",
        AWS_SHARED_CREDENTIALS_FILE="my-keys",
    )
    calls = recorded_calls(tmp_path)
    for words, _, (config, credentials) in calls:
        mine = (config, credentials) == ("mine", "my-keys")
        assert mine is ("--profile" not in words)
        assert mine or (Path(config).name, Path(credentials).parent) == (
            "config",
            Path(config).parent,
        )
    assert {"--profile" in words for words, *_ in calls} == {True, False}


def test_an_account_or_a_shop_in_the_environment_is_not_taken_for_the_scripts(
    tmp_path: Path,
):
    bucket = outcome("CreateBucket", {"Bucket": "coffeeshop-menu"}, service="s3")
    user = outcome(
        "PutUserPolicy", {"UserName": "ada", "PolicyDocument": '{"Id": "111122223333"}'}
    )
    ran = run(
        write_script([bucket, user], desk="robin"), tmp_path, ACCOUNT="1", SHOP="mine"
    )
    (made, _), (_, files) = ran[-2:]
    assert made[-1] == "coffeeshop-999988887777-menu"
    assert list(files.values()) == ['{"Id": "999988887777"}']


def test_buckets_that_no_act_made_stay_as_they_are():
    bucket = outcome("CreateBucket", {"Bucket": "acme-new"}, service="s3")
    names = ("acme-prod-logs", "acme-new", "acme-*", "coffeeshop-*")
    said = json.dumps({"Resource": [f"arn:aws:s3:::{name}/*" for name in names]})
    documents = outcome("PutUserPolicy", {"UserName": "ada", "PolicyDocument": said})
    text = write_script([bucket, documents])
    told = ("acme-prod-logs", "@{SHOP}-acme-new", "@{SHOP}-acme-*", "coffeeshop-*")
    assert json.dumps({"Resource": [f"arn:aws:s3:::{name}/*" for name in told]}) in text
    assert said in write_script([bucket, documents], pinned="111122223333"), (
        "a pattern speaks of the reader's own buckets too"
    )


def test_what_was_done_in_an_imported_account_is_done_in_no_other(tmp_path: Path):
    trust = outcome("UpdateAssumeRolePolicy", {"RoleName": "Till", "PolicyDocument": TRUST})
    text = write_script([trust], pinned="111122223333")
    assert TRUST.replace("111122223333", "@{ACCOUNT}") in text, (
        "other accounts stay as they are"
    )
    assert [
        files
        for argv, files in run(text, tmp_path, OWN="111122223333")
        if "update-assume-role-policy" in argv
    ]
    with pytest.raises(
        AssertionError,
        match="to the account 999988887777, and this script is for the imported account 111122223333",
    ):
        run(text, tmp_path)
    assert "update-assume-role-policy" not in (tmp_path / "record").read_text()


def test_bytes_inside_json_need_version_2_which_is_told_what_they_are(tmp_path: Path):
    item = outcome(
        "PutItem", {"TableName": "menu", "Item": {"k": {"B": b"hi"}}}, service="dynamodb"
    )
    [argv] = [
        argv for argv, _ in run(write_script([item]), tmp_path) if argv[0] == "dynamodb"
    ]
    assert '{"k": {"B": "aGk="}}' in argv
    assert argv[-2:] == ["--cli-binary-format", "base64"]
    with pytest.raises(AssertionError, match="it needs version 2"):
        run(write_script([item]), tmp_path, VERSION="aws-cli/1.46.3 Python/3.11.2")
    assert "at_least 2 0" not in write_script([outcome("CreateUser", {"UserName": "ada"})])


def test_answers_without_what_is_captured_do_not_break_the_script():
    done = [
        outcome("ReceiveMessage", {"QueueUrl": "u"}, service="sqs"),
        outcome("AssumeRole", {"RoleArn": "r", "RoleSessionName": "s"}, service="sts"),
        outcome("CreateAccessKey", {"UserName": "4eva"}),
    ]
    text = write_script(done)
    parses(text)
    assert 'read -r _4EVA_KEY SECRET <<<"$MADE"' in text


def test_deep_json_is_no_document():
    assert "\nfill " not in write_script(
        [outcome("PutUserPolicy", {"PolicyDocument": "[" * 100_000})]
    )


def test_without_a_folder_to_work_in_nothing_is_done_and_nothing_is_removed(tmp_path: Path):
    (tmp_path / "mktemp").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "mktemp").chmod(0o755)
    with pytest.raises(AssertionError):
        run(write_script([outcome("DeleteUser", {"UserName": "ada"})]), tmp_path)
    assert "delete-user" not in (tmp_path / "record").read_text()
