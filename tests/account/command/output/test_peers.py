"""A second opinion: the real CLI's formatters print every answer as ours do, byte for byte."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from random import Random  # noqa: TID251  # values drawn of a seed, so that they replay
from typing import TypeAlias

import pytest

from coffeeshop.account.command.answer import OUTPUT_WRITERS, Form, format_pages
from coffeeshop.account.model import Reply
from tests.account.command.terminal import Terminal
from tests.account.command.world import FILES

pytestmark = [pytest.mark.peers, pytest.mark.slow]

# A process of its own, since awscli puts its own botocore in the place of the installed one.
WORKER = """
import io, json, sys
from argparse import Namespace
import jmespath
from awscli import formatter
for line in sys.stdin:
    form, query, title, value = json.loads(line)
    out, expression = io.StringIO(), jmespath.compile(query) if query else None
    try:
        formatter.get_formatter(form, Namespace(query=expression, color="off"))(title, value, out)
        said = out.getvalue()
    except Exception:
        said = None
    print(json.dumps(said), flush=True)
"""
Theirs: TypeAlias = Callable[..., str | None]


@pytest.fixture(scope="module")
def theirs() -> Iterator[Theirs]:
    """A form, a query, an operation's name and its answer -> what the real CLI prints; None where it fails."""
    command = [sys.executable, "-W", "ignore", "-c", WORKER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        stdin, stdout = worker.stdin, worker.stdout

        def ask(*said: object) -> str | None:
            stdin.write(json.dumps(said) + "\n")
            stdin.flush()
            return json.loads(stdout.readline())

        with closing(stdin):
            yield ask


ASKED = {  # lines, and queries over their answers
    "aws iam list-users": ("Users[].UserName", "Users[].[UserName,Path]", "Users[0]", "length(Users)", "Users[?Path=='/']|[0]"),
    "aws iam get-user --user-name casey": ("User.Arn", "[User.UserName,User.Path]", "User.{Name:UserName}", "keys(User)"),
    "aws iam list-access-keys --user-name casey": ("AccessKeyMetadata[].AccessKeyId", "AccessKeyMetadata[0]"),
    "aws iam list-virtual-mfa-devices": ("VirtualMFADevices[].SerialNumber", "VirtualMFADevices[?User].User.Arn"),
    "aws iam get-account-summary": ("SummaryMap.Users", "SummaryMap"),
    "aws iam get-account-authorization-details": ("UserDetailList[].[UserName,UserId]", "RoleDetailList", "Policies"),
    "aws iam list-policies --scope AWS --no-paginate": ("Policies[:3].[PolicyName,Arn]", "Policies[0]", "IsTruncated"),
    "aws iam get-policy --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess": ("Policy.DefaultVersionId",),
    "aws iam get-policy-version --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --version-id v1": (
        "PolicyVersion.Document",
        "PolicyVersion.Document.Statement[].Action",
    ),
    "aws sts get-caller-identity": ("Account", "Nobody", "keys(@)", "to_string(@)"),
    "aws s3api list-buckets": ("Buckets[].Name", "Owner", "Buckets[].{N:Name,D:CreationDate}"),
    "aws s3api list-objects-v2 --bucket coffeeshop-receipts": ("Contents[].Key", "KeyCount"),
    "aws lambda list-functions": ("Functions[].FunctionName", "Functions"),
}  # fmt: skip
CASES = [
    (line, form, query)
    for line, queries in ASKED.items()
    for form in ("json", "text", "table")
    for query in ("", *queries)
]


def test_every_form_of_every_answer_is_the_real_clis(theirs: Theirs):
    """Of an answer in one piece: in text the CLI prints a list page by page, which `test_line` holds."""
    terminal, seen = Terminal(files=dict(FILES)), 0
    for line, form, query in CASES:
        terminal(line)
        outcome = terminal.outcomes[0]
        assert isinstance(outcome.answer, Reply), line
        whole = json.loads(
            format_pages(outcome.act.call, (outcome.answer,), Form(merged=False)).text
        )
        ours = format_pages(
            outcome.act.call, (outcome.answer,), Form(form, query, merged=False)
        )
        said = theirs(form, query, outcome.act.call.operation, whole)
        assert ours.failed is (said is None), (line, form, query)
        assert said is None or ours.text == said.removesuffix("\n"), (line, form, query)
        seen += 1
    assert seen >= 140


SCALARS = (
    "casey",
    "",
    " ",
    "日本",
    "arn:aws:iam::111122223333:user/a-name-of-some-length",
    1,
    0,
    True,
    False,
    None,
    2.5,
)


def drawn(draw: Random, depth: int) -> object:
    """Any JSON of a few levels, lists of structures among it."""
    kind = draw.random()
    names = draw.sample(["A", "b", "UserName", "Tags", "Arn", "Zed"], 3)
    if depth == 0 or kind < 0.35:
        return draw.choice(SCALARS)
    if kind < 0.6:
        return [drawn(draw, depth - 1) for _ in range(draw.randrange(1, 4))]
    if kind < 0.75:
        return [
            {name: drawn(draw, depth - 1) for name in names}
            for _ in range(draw.randrange(1, 4))
        ]
    return {name: drawn(draw, depth - 1) for name in names}


@pytest.mark.parametrize("form", ["text", "table"])
def test_values_of_any_shape_are_printed_as_the_real_cli_does(theirs: Theirs, form: str):
    draw, compared = Random(7), 0
    for _ in range(300):
        value = {"R": drawn(draw, 4)}
        ours = _printed(value, form)
        if (said := theirs(form, "R", "ListUsers", value)) is not None and ours is not None:
            assert ours == said.removesuffix("\n"), value
            compared += 1
    assert compared > 150


def _printed(value: dict[str, object], form: str) -> str | None:
    from coffeeshop.account.model import Call

    assert form in OUTPUT_WRITERS
    found = format_pages(
        Call("iam", "ListUsers"), (Reply(_frozen(value)),), Form(form, "R", merged=False)
    )
    return None if found.failed else found.text


def _frozen(value: object) -> object:
    match value:
        case list():
            return tuple(_frozen(part) for part in value)
        case dict():
            return {key: _frozen(part) for key, part in value.items()}
        case _:
            return value
