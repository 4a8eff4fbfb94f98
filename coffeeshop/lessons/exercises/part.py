"""Collect the part of one idea in an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from coffeeshop.lessons.exercises.dice import Dice, Names

Statement: TypeAlias = Mapping[str, Any]
Table: TypeAlias = dict[str, Any]  # a table of scenario.toml

ACCOUNT = "111122223333"


class Mistake(Struct, frozen=True):
    """A tempting wrong answer: its commands, the belief behind it, and the stars and findings that it gets."""

    name: str
    lines: tuple[str, ...]
    stars: int
    findings: tuple[str, ...]
    belief: str = ""


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


def allow(actions: str | list[str], on: str | list[str], **options: Any) -> Statement:
    """Return a statement that allows actions on resources. `options` are other elements, such as Condition."""
    return {"Effect": "Allow", "Action": actions, "Resource": on, **options}


def deny(actions: str | list[str], **options: Any) -> Statement:
    """Return a statement that denies actions. `options` are other elements, such as Resource."""
    return {"Effect": "Deny", "Action": actions, **options}


class Kit:
    """A collector of one idea's part. `number` makes the ids and file names of the part unique in its exercise."""

    def __init__(self, names: Names, dice: Dice, number: int) -> None:
        """Begin the part of one idea, without people and things.

        `names` and `dice` draw them.
        """
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

    def make_table(self) -> str:
        """Make a table with the key `name`, and return the table's name."""
        name = self.names.draw("tables")
        self.fixed.append(f"table/{name}")
        self.world.append(
            f"aws dynamodb create-table --table-name {name} --key-schema AttributeName=name,KeyType=HASH "
            "--attribute-definitions AttributeName=name,AttributeType=S --billing-mode PAY_PER_REQUEST"
        )
        return name

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

    # ----------------------------------------------------------------------- checks
    def require(
        self, id: str, people: str | list[str], do: str, say: str, **options: Any
    ) -> None:
        """Add a job: these people run `do`, and it must work."""
        self.jobs.append(
            {"id": f"{id}{self.number}", "as": people, "do": do, "say": say, **options}
        )

    def refuse(
        self, id: str, people: str | list[str], do: str, say: str, **options: Any
    ) -> None:
        """Add a refusal: these people run `do`, and it must be denied."""
        self.refusals.append(
            {"id": f"{id}{self.number}", "as": people, "do": do, "say": say, **options}
        )

    def note_mistake(
        self, name: str, belief: str, stars: int, findings: list[str], *lines: str
    ) -> None:
        """Add a mistake. In its findings, `#` stands for the number of this part."""
        keys = tuple(key.replace("#", str(self.number)) for key in findings)
        self.mistakes.append(Mistake(f"{name}-{self.number}", lines, stars, keys, belief))

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
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def table_arn(table: str) -> str:
    """Return the ARN of a table of the shop."""
    return f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"
