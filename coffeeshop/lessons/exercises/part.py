"""Collect the part of one idea in an exercise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from msgspec import Struct

from coffeeshop.account.access.kms_requests import new_key_id
from coffeeshop.account.ids import new_account
from coffeeshop.lessons.exercises.first_edition import first_title
from coffeeshop.lessons.scenario.dice import Dice, Names

Statement: TypeAlias = Mapping[str, Any]
Table: TypeAlias = dict[str, Any]  # a table of scenario.toml

SHOP_ACCOUNT = "111122223333"
ACCOUNT_START = datetime(
    2026, 3, 2, tzinfo=UTC
)  # of an account that only counts its KMS keys


class Mistake(Struct, frozen=True):
    """A tempting wrong answer: its commands, the misconception behind it, and the stars and findings that it gets."""

    name: str
    lines: tuple[str, ...]
    stars: int
    findings: tuple[str, ...]
    misconception: str = ""


class Setting(Struct, frozen=True):
    """The other principals of an exercise: callers from outside, machines, and credentials
    that exist.

    `looks` are commands that only read, and that help to find out.
    `outside` has short names for principals of other accounts, and for `workloads`. `desk` lists the people whose credentials the
    learner gets, besides Ada's. `rule_options` are the options of practice rules, by rule. `without` are usual
    rules that this exercise can't break.
    """

    outside: Mapping[str, str] = {}
    workloads: Mapping[str, Table] = {}
    desk: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    has_real_credentials: bool = False
    rule_options: Mapping[str, Mapping[str, Any]] = {}
    without: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()


class Part(Struct, frozen=True):
    """The part of one idea in an exercise. Other parts have other people, things and checks."""

    story: str
    debrief: str
    people: tuple[str, ...]
    fixed: tuple[str, ...]
    groups: tuple[str, ...]
    world: tuple[str, ...]
    solution: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    jobs: tuple[Table, ...]
    refusals: tuple[Table, ...]
    rules: tuple[str, ...]
    question: Table
    documents: Mapping[str, Mapping[str, Any]]
    setting: Setting

    @property
    def key_names(self) -> tuple[str, ...]:
        """Return the names of the KMS keys: their aliases without "alias/"."""
        return tuple(
            name.removeprefix("key/") for name in self.fixed if name.startswith("key/")
        )


def allow(actions: str | list[str], on: str | list[str], **options: Any) -> Statement:
    """Return a statement that allows actions on resources. `options` are other elements, such as Condition."""
    return {"Effect": "Allow", "Action": actions, "Resource": on, **options}


def deny(actions: str | list[str], **options: Any) -> Statement:
    """Return a statement that denies actions. `options` are other elements, such as Resource."""
    return {"Effect": "Deny", "Action": actions, **options}


class Kit:
    """A collector of one idea's part. `number` makes the ids and file names of the part unique in its exercise."""

    def __init__(
        self,
        names: Names,
        dice: Dice,
        number: int,
        is_first_edition: bool = False,
        account_seed: bytes = b"",
    ) -> None:
        """Begin the part of one idea, without people and things.

        `names` and `dice` draw them. The ids of KMS keys depend on the account's seed.
        """
        self.is_first_edition = is_first_edition
        self._next_account = new_account(SHOP_ACCOUNT, account_seed, ACCOUNT_START, "", "")
        self.names = names
        self.dice = dice
        self.number = number
        self.people: list[str] = []
        self.fixed: list[str] = []
        self.groups: list[str] = []
        self.world: list[str] = []
        self.jobs: list[Table] = []
        self.refusals: list[Table] = []
        self.mistakes: list[Mistake] = []
        self.documents: dict[str, Mapping[str, Any]] = {}
        self.setting = Setting()

    # ------------------------------------------------------------------ who and what
    def hire(self, *groups: str) -> str:
        """Make a user in these groups, and return their name."""
        name = self.names.draw("people")
        self.people.append(name)
        self.fixed.append(f"user/{name}")
        self.world.append(f"aws iam create-user --user-name {name}")
        self.world += [joins(name, group) for group in groups]
        return name

    def make_group(self) -> str:
        """Make a group, and return its name."""
        name = self.names.draw("groups")
        self.groups.append(name)
        self.world.append(group_command(name))
        return name

    def make_bucket(self, *keys: str) -> str:
        """Make a bucket with these objects, and return its name."""
        name = self.names.draw("buckets")
        self.fixed.append(f"bucket/{name}")
        self.world.append(f"aws s3api create-bucket --bucket {name}")
        self.world += [f"aws s3api put-object --bucket {name} --key {key}" for key in keys]
        return name

    def make_key(self, alias: str, bucket: str) -> str:
        """Make a KMS key that encrypts the objects of a bucket, and return the key's ARN.

        Make it before the bucket's objects.
        """
        self._next_account, id = new_key_id(self._next_account)
        rule = {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": alias,
            }
        }
        self.fixed.append(f"key/{alias.removeprefix('alias/')}")
        self.world += [
            "aws kms create-key",
            f"aws kms create-alias --alias-name {alias} --target-key-id {id}",
            f"aws s3api put-bucket-encryption --bucket {bucket} "
            f"--server-side-encryption-configuration '{json.dumps({'Rules': [rule]})}'",
        ]
        return f"arn:aws:kms:us-east-1:{SHOP_ACCOUNT}:key/{id}"

    def make_table(self) -> str:
        """Make a table with the key `name`, and return the table's name."""
        name = self.names.draw("tables")
        self.fixed.append(f"table/{name}")
        self.world.append(
            f"aws dynamodb create-table --table-name {name} --key-schema AttributeName=name,KeyType=HASH "
            "--attribute-definitions AttributeName=name,AttributeType=S --billing-mode PAY_PER_REQUEST"
        )
        return name

    def make_managed_policy(self, name: str, document: str) -> str:
        """Make a customer managed policy, and return its ARN."""
        self.world.append(
            f"aws iam create-policy --policy-name {name} --policy-document {document}"
        )
        return policy_arn(name)

    def file(self) -> str:
        """Return a file name that is drawn from the numbers."""
        return f"{self.names.draw('ids')}.json"

    def write_policy(self, name: str, *statements: Statement) -> str:
        """Keep a policy document as a file, and return its `file://` argument."""
        file = f"policies/{name}-{self.number}.json"
        if len(statements) == 1:
            statement_part = statements[0]
        else:
            statement_part = [*statements]
        self.documents[file] = {"Version": "2012-10-17", "Statement": statement_part}
        return f"file://{file}"

    def text(self, first: str, today: str) -> str:
        """Return a text of this edition. Those of the first one stay, since they are part of a play's digest."""
        return first if self.is_first_edition else today

    # ----------------------------------------------------------------------- checks
    def require(
        self,
        id: str,
        people: str | list[str],
        do: str | list[str],
        say: str,
        **options: Any,
    ) -> None:
        """Add a job: these people run `do`, one line or several, and it must work.

        Its title `say` says what they can do.
        """
        say = self.text(first_title(say), say)
        self.jobs.append(
            {"id": f"{id}{self.number}", "as": people, "do": do, "say": say, **options}
        )

    def require_reading(self, people: str | list[str], bucket: str, key: str) -> None:
        """Add a job: these people open any file in a bucket, such as `key`."""
        say = f"{{Who}} can open any file in {bucket}"
        files = f"arn:aws:s3:::{bucket}/*"
        self.require("read", people, opens(bucket, key), say, covers=files)

    def require_writing(self, person: str, role: str, table: str) -> None:
        """Add a job: this person, in a role, writes to a table."""
        say = f"{{Who}}, as {role}, can write to {table}"
        self.require("work", person, write_item_command(table), say, via=role)

    def tag_users_and_files(
        self,
        bucket: str,
        users: Sequence[str],
        branches: Sequence[str],
        keys: Sequence[str],
    ) -> None:
        """Tag each user and each file with its branch, and add a job: each user opens any file of their branch."""
        files = f"arn:aws:s3:::{bucket}/*"
        rows = zip(("first", "second"), users, branches, keys, strict=True)
        for id, user, branch, key in rows:
            tags = json.dumps({"TagSet": [{"Key": "branch", "Value": branch}]})
            self.world += [
                f"aws iam tag-user --user-name {user} --tags Key=branch,Value={branch}",
                f"aws s3api put-object-tagging --bucket {bucket} --key {key} --tagging '{tags}'",
            ]
            own = {"StringEquals": {"s3:ExistingObjectTag/branch": branch}}
            say = f"{{Who}} can open any file of the {branch} branch in {bucket}"
            within = {"resource": files, "condition": own}
            self.require(id, user, opens(bucket, key), say, covers=files, within=within)

    def refuse(
        self, id: str, people: str | list[str], do: str, say: str, **options: Any
    ) -> None:
        """Add a refusal: these people run `do`, and it must be denied."""
        say = self.text(first_title(say), say)
        self.refusals.append(
            {"id": f"{id}{self.number}", "as": people, "do": do, "say": say, **options}
        )

    def note_mistake(
        self, name: str, misconception: str, stars: int, findings: list[str], *lines: str
    ) -> None:
        """Add a mistake. In its findings, `#` stands for the number of this part."""
        keys = tuple(key.replace("#", str(self.number)) for key in findings)
        self.mistakes.append(
            Mistake(f"{name}-{self.number}", lines, stars, keys, misconception)
        )

    def part(
        self,
        story: str,
        debrief: str,
        solution: list[str],
        question: tuple[str, str, str],
        rules: tuple[str, ...] = (),
    ) -> Part:
        """Return the part. `question` has the person, their command, and the sentence that explains AWS's decision."""
        return Part(
            story=" ".join(story.split()),
            debrief=" ".join(debrief.split()),
            people=tuple(self.people),
            fixed=tuple(self.fixed),
            groups=tuple(self.groups),
            world=tuple(self.world),
            solution=tuple(solution),
            mistakes=tuple(self.mistakes),
            jobs=tuple(self.jobs),
            refusals=tuple(self.refusals),
            rules=rules,
            question=dict(zip(("as", "do", "why"), question, strict=True)),
            documents=self.documents,
            setting=self.setting,
        )


def group_command(group: str) -> str:
    """Return the command that makes a group."""
    return f"aws iam create-group --group-name {group}"


def joins(name: str, group: str) -> str:
    """Return the command that puts a user into a group."""
    return f"aws iam add-user-to-group --group-name {group} --user-name {name}"


def opens(bucket: str, key: str) -> str:
    """Return the command that reads an object into a file of the same name."""
    return f"aws s3api get-object --bucket {bucket} --key {key} {key.rpartition('/')[2]}"


def delete_command(bucket: str, key: str) -> str:
    """Return the command that deletes an object."""
    return f"aws s3api delete-object --bucket {bucket} --key {key}"


def group_policy_command(group: str, document: str, name: str = "work") -> str:
    """Return the command that puts an inline policy on a group."""
    return f"aws iam put-group-policy --group-name {group} --policy-name {name} --policy-document {document}"


def role_arn(role: str) -> str:
    """Return the ARN of a role of the shop."""
    return f"arn:aws:iam::{SHOP_ACCOUNT}:role/{role}"


def policy_arn(policy: str) -> str:
    """Return the ARN of a customer managed policy of the shop."""
    return f"arn:aws:iam::{SHOP_ACCOUNT}:policy/{policy}"


def version_command(arn: str, document: str) -> str:
    """Return the command that makes a document the new default version of a managed policy."""
    return f"aws iam create-policy-version --policy-arn {arn} --policy-document {document} --set-as-default"


def trust_statement(principal: Mapping[str, str], **options: Any) -> Statement:
    """Return the statement of a trust policy that lets a principal assume the role."""
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        **options,
    }


def trust_command(role: str, document: str) -> str:
    """Return the command that replaces a role's trust policy."""
    return (
        f"aws iam update-assume-role-policy --role-name {role} --policy-document {document}"
    )


def role_commands(role: str, trust: str, task: str) -> list[str]:
    """Return the commands that make a role with a trust policy and the policy of its task."""
    return [
        f"aws iam create-role --role-name {role} --assume-role-policy-document {trust}",
        role_policy_command(role, task),
    ]


def role_policy_command(role: str, task: str) -> str:
    """Return the command that puts the policy of a role's task on it."""
    return f"aws iam put-role-policy --role-name {role} --policy-name task --policy-document {task}"


def write_item_command(table: str, item: str = "beans") -> str:
    """Return the command that writes an item into a table."""
    return f'aws dynamodb put-item --table-name {table} --item \'{{"name": {{"S": "{item}"}}}}\''


def user_arn(name: str) -> str:
    """Return the ARN of a user of the shop."""
    return f"arn:aws:iam::{SHOP_ACCOUNT}:user/{name}"


def table_arn(table: str) -> str:
    """Return the ARN of a table of the shop."""
    return f"arn:aws:dynamodb:us-east-1:{SHOP_ACCOUNT}:table/{table}"
