"""List the ways to break an account that works: one change, which the engine then proves to matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

from coffeeshop.lessons.exercises.part import (
    SHOP_ACCOUNT,
    Part,
    allow,
    deny,
    joins,
    policy_arn,
    trust_command,
    version_command,
)

Document = Mapping[str, Any]

# The commands that put a document somewhere: the words up to the file, the file, and the words after it.
PUT_DOCUMENT_PATTERN = re.compile(
    r"^(aws \S+ (?:put|create|update)-\S+ .*?)file://(\S+\.json)((?: .*)?)$"
)
IN_GROUP = re.compile(r"add-user-to-group --group-name (\S+) --user-name (\S+)$")
DELETE_POLICY_PATTERN = re.compile(r"aws iam delete-(?:user|group)-policy (.+)$")
BUCKET_PATTERN = re.compile(r"create-bucket --bucket (\S+)")
FRANCHISE_PROFILE = " --profile franchise"
NOOR_PROFILE = " --profile noor@console"
OTHER_ACTIONS = {  # by action: another one, which a hurried reader takes for it
    "s3:GetObject": "s3:GetObjectAttributes",
    "s3:PutObject": "s3:PutObjectTagging",
    "s3:DeleteObject": "s3:DeleteObjectTagging",
    "s3:ListBucket": "s3:ListAllMyBuckets",
    "dynamodb:PutItem": "dynamodb:UpdateItem",
    "dynamodb:Scan": "dynamodb:Query",
    "lambda:InvokeFunction": "lambda:GetFunction",
    "lambda:CreateFunction": "lambda:UpdateFunctionCode",
    "kms:Decrypt": "kms:Encrypt",
    "kms:GenerateDataKey": "kms:GenerateDataKeyPair",
}
EXPIRED_CONDITION = {"DateLessThan": {"aws:CurrentTime": "2026-03-01T00:00:00Z"}}


class Break(Struct, frozen=True):
    """One change that breaks an account, and the change that repairs it.

    `undone` takes away everything that the change left, which may be too much. `documents` are the files that the
    lines read.
    """

    lines: tuple[str, ...]
    fix: tuple[str, ...]
    undone: tuple[str, ...]
    documents: Mapping[str, Document]


class Placed(Struct, frozen=True):
    """A document that an account has: the command that puts another one in its place, and its file."""

    command: str  # with {} for the file
    file: str
    removal: str = ""  # the command that takes it away. "": there is none

    def put(self, file: str) -> str:
        """Return the command that puts a file there."""
        return self.command.format(f"file://{file}")


def breaks_of(part: Part, name: str) -> list[list[Break]]:
    """Return the possible breaks of an account in which a part is solved, by kind.

    `name` is for a policy that is made.
    """
    kinds = (
        _document_breaks(part),
        _group_breaks(part),
        _limit_breaks(part, name),
        _bucket_breaks(part),
    )
    return [breaks for kind in kinds if (breaks := [*kind])]


def world_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a solution as the world's script runs them: those of the organization from its account."""
    for line in lines:
        if line.startswith("aws organizations ") and FRANCHISE_PROFILE not in line:
            yield f"{line.removesuffix(NOOR_PROFILE)}{FRANCHISE_PROFILE}"
        else:
            yield line


def placed_documents(part: Part) -> Mapping[str, Placed]:
    """Return the documents that the account has once a part is solved, by what they are put on."""
    placed_by_command = dict[str, Placed]()
    for line in (*part.world, *part.solution):
        if deleted := DELETE_POLICY_PATTERN.match(line):
            placed_by_command = {
                command: placed
                for command, placed in placed_by_command.items()
                if deleted[1] not in command
            }
        if match := PUT_DOCUMENT_PATTERN.match(line):
            for placed in _placed_by_line(match):
                placed_by_command[placed.command] = placed
    return placed_by_command


def _placed_by_line(match: re.Match[str]) -> Iterator[Placed]:
    """Yield what a line puts somewhere, with the command that replaces it."""
    before, file, after = match.groups()
    options = dict(zip(*[iter(before.split()[3:])] * 2, strict=False))
    match before.split()[1:3]:
        case ["iam", "create-role"]:
            yield Placed(trust_command(options["--role-name"], "{}"), file)
        case ["iam", "create-policy"]:
            arn = policy_arn(options["--policy-name"])
            yield Placed(version_command(arn, "{}"), file)
        case ["iam", "update-assume-role-policy" | "create-policy-version"]:
            yield Placed(f"{before}{{}}{after}", file)
        case ["iam", operation] if operation.startswith("put-"):
            removal = before.replace(" put-", " delete-").partition(" --policy-document")[0]
            yield Placed(f"{before}{{}}{after}", file, removal)
        case ["kms", "put-key-policy"]:
            yield Placed(f"{before}{{}}{after}", file)
        case ["s3api", "put-bucket-policy"]:
            removal = f"aws s3api delete-bucket-policy --bucket {options['--bucket']}"
            yield Placed(f"{before}{{}}{after}", file, removal)
        case ["organizations", "create-policy"]:
            yield Placed(_update_scp(options["--name"]), file)
        case ["organizations", "update-policy"]:
            yield Placed(_update_scp(options["--policy-id"].removeprefix("@policy:")), file)
        case _:
            pass


def _update_scp(name: str) -> str:
    """Return the command that changes an SCP's content. `{}` stands for the file."""
    return f"aws organizations update-policy --policy-id @policy:{name} --content {{}}{NOOR_PROFILE}"


# --------------------------------------------------------------------- documents
def _document_breaks(part: Part) -> Iterator[Break]:
    """Yield the breaks that change one document."""
    for number, placed in enumerate(placed_documents(part).values()):
        document = part.documents[placed.file]
        for kind, changed in enumerate(_changed_documents(document)):
            file = f"policies/changed-{number}-{kind}.json"
            yield Break(
                (placed.put(file),),
                (placed.put(placed.file),),
                (placed.removal,) if placed.removal else (),
                {file: changed, placed.file: document},
            )


def _changed_documents(document: Document) -> Iterator[Document]:
    """Yield the document with one change in one statement, or with one statement more."""
    statements = _statements(document)
    for place, statement in enumerate(statements):
        for changed in _changed_statements(statement):
            yield _with_statements(
                document, [*statements[:place], changed, *statements[place + 1 :]]
            )
    first = statements[0]
    if first["Effect"] == "Allow" and "Principal" not in first:
        resource = first.get("Resource", "*")
        yield _with_statements(
            document, [*statements, deny(_first_value(first["Action"]), Resource=resource)]
        )


def _with_value_changed(values: Sequence[str], old: str, new: str) -> list[str] | str:
    """Return an element's values with one of them replaced. Return a single value without its list."""
    changed = [new if value == old else value for value in values]
    return changed if len(changed) > 1 else changed[0]


def _changed_statements(statement: Document) -> Iterator[Document]:
    """Yield a statement with one change: its action, resource, condition or principal."""
    actions = _values(statement["Action"])
    for action in actions:
        if action in OTHER_ACTIONS:
            changed = _with_value_changed(actions, action, OTHER_ACTIONS[action])
            yield {**statement, "Action": changed}
    resources = _values(statement.get("Resource", []))
    for resource in resources:
        if resource.endswith("/*"):
            changed = _with_value_changed(resources, resource, resource.removesuffix("/*"))
            yield {**statement, "Resource": changed}
    if statement["Effect"] == "Allow" and "Condition" not in statement:
        yield {**statement, "Condition": EXPIRED_CONDITION}
    if statement["Effect"] == "Deny" and "Condition" in statement:
        yield {key: value for key, value in statement.items() if key != "Condition"}
    if statement["Effect"] == "Deny":
        services = [f"{action.partition(':')[0]}:*" for action in actions if action != "*"]
        yield from ({**statement, "Action": wider} for wider in dict.fromkeys(services))
    if statement["Effect"] == "Deny" and "NotResource" in statement:
        rest = {key: value for key, value in statement.items() if key != "NotResource"}
        yield {**rest, "Resource": "*"}
    if (principal := statement.get("Principal")) and isinstance(principal, Mapping):
        yield {**statement, "Principal": {"AWS": f"arn:aws:iam::{SHOP_ACCOUNT}:user/ada"}}


def _statements(document: Document) -> list[Document]:
    """Return the statements of a document."""
    statements = document["Statement"]
    if isinstance(statements, list):
        return cast("list[Document]", statements)
    return [cast("Document", statements)]


def _with_statements(document: Document, statements: Sequence[Document]) -> Document:
    """Return a document with these statements."""
    return {
        **document,
        "Statement": statements[0] if len(statements) == 1 else [*statements],
    }


def _values(value: str | Sequence[str]) -> list[str]:
    """Return one value or a list of values as a list."""
    return [value] if isinstance(value, str) else [*value]


def _first_value(value: str | Sequence[str]) -> str:
    return _values(value)[0]


# ------------------------------------------------------------------ other places
def _group_breaks(part: Part) -> Iterator[Break]:
    """Yield the breaks that take a user out of a group."""
    for line in (*part.world, *part.solution):
        if match := IN_GROUP.search(line):
            group, user = match.groups()
            out = f"aws iam remove-user-from-group --group-name {group} --user-name {user}"
            if out not in part.solution:
                yield Break((out,), (joins(user, group),), (), {})


def _limit_breaks(part: Part, name: str) -> Iterator[Break]:
    """Yield the breaks that give a user a permissions boundary which is too tight."""
    text = "\n".join(part.world)
    file = "policies/tight-limit.json"
    limit = {"Version": "2012-10-17", "Statement": allow("dynamodb:Query", "*")}
    for user in part.people:
        if (
            f"--user-name {user} --permissions-boundary" in text
            or f"user/{user}" not in part.fixed
        ):
            continue
        boundary = f"--user-name {user} --permissions-boundary {policy_arn(name)}"
        removal = f"aws iam delete-user-permissions-boundary --user-name {user}"
        yield Break(
            (
                f"aws iam create-policy --policy-name {name} --policy-document file://{file}",
                f"aws iam put-user-permissions-boundary {boundary}",
            ),
            (removal,),
            (),
            {file: limit},
        )


def _bucket_breaks(part: Part) -> Iterator[Break]:
    """Yield the breaks that give a bucket a policy with a Deny."""
    text = "\n".join((*part.world, *part.solution))
    for number, bucket in enumerate(BUCKET_PATTERN.findall(text)):
        if f"put-bucket-policy --bucket {bucket}" in text:
            continue
        file = f"policies/closed-bucket-{number}.json"
        statement = {
            **deny("s3:GetObject", Resource=f"arn:aws:s3:::{bucket}/*"),
            "Principal": "*",
        }
        removal = f"aws s3api delete-bucket-policy --bucket {bucket}"
        put = f"aws s3api put-bucket-policy --bucket {bucket} --policy file://{file}"
        document = {"Version": "2012-10-17", "Statement": statement}
        yield Break((put,), (removal,), (), {file: document})
