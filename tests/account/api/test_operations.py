"""The table of operations: complete, readable, and equal to botocore's models where botocore is installed."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.account.api.jsonl_table import Lines, jsonl_line
from coffeeshop.account.api.operations import (
    OPERATIONS,
    Member,
    Shape,
    kebab,
    services,
    unsimulated_operations,
)
from tests.account.simulated import DOES

ACCOUNT = Path(__file__).parents[3] / "coffeeshop" / "account" / "api"


def test_a_row_is_found_by_its_whole_key_alone(tmp_path: Path):
    rows = {"s3": 0, "s3.Get": "a\tb", "s3.GetAll": [1], "Get": {}}
    (tmp_path / "one").write_text(f"{jsonl_line('iam', None)}\n")
    (tmp_path / "two").write_text("".join(f"{jsonl_line(*row)}\n" for row in rows.items()))
    lines = Lines(tmp_path / "one", tmp_path / "two")
    assert dict(lines) == {"iam": None, **rows}
    assert len(lines) == 5
    for key in ("", "s", "s3.", "GetAll", "iam\n", "s3\t0", "s3\t0\ns3.Get", 7):
        assert key not in lines


def test_a_row_says_what_a_call_may_carry_and_how_it_fails():
    row = OPERATIONS["iam", "CreateUser"]
    assert [(m.name, m.option, m.required) for m in row.members] == [
        ("Path", "--path", False),
        ("UserName", "--user-name", True),
        ("PermissionsBoundary", "--permissions-boundary", False),
        ("Tags", "--tags", False),
    ]
    name = row.input.member("UserName")
    assert name is not None
    assert (name.shape.minimum, name.shape.maximum, name.shape.pattern) == (
        1,
        64,
        r"[\w+=,.@-]+",
    )
    assert row.errors["EntityAlreadyExists"] == 409
    assert (row.cli, row.wrapper, row.output.members[0].name) == (
        "create-user",
        "CreateUserResult",
        "User",
    )
    assert row.input.member("Username") is None


def test_lists_maps_and_recursive_shapes_are_reached():
    tags = OPERATIONS["iam", "CreateUser"].members[3].shape
    assert tags.element is not None
    assert [m.name for m in tags.element.shape.members] == ["Key", "Value"]
    item = OPERATIONS["dynamodb", "PutItem"].input.member("Item")
    assert item is not None
    assert item.shape.value is not None
    inner = item.shape.value.shape.member("M")
    assert inner is not None
    assert inner.shape.value is not None
    assert inner.shape.value.shape is item.shape.value.shape


def test_an_operation_that_is_not_simulated_is_known_by_name():
    row = OPERATIONS["iam", "UploadSSHPublicKey"]
    assert (row.simulated, row.members, row.cli) == (False, (), "upload-ssh-public-key")
    assert "UploadSSHPublicKey" in unsimulated_operations()["iam"]
    assert "CreateUser" not in unsimulated_operations()["iam"]
    assert "AssumeRoleWithSAML" in unsimulated_operations()["sts"]
    assert unsimulated_operations()["console"] == ()


def test_the_docs_list_every_operation_of_iam_and_sts():
    listed = "\n".join(importlib.import_module("tools.list_operations").table())
    assert all(name in listed for service, name in OPERATIONS if service in {"iam", "sts"})


def test_the_docs_have_the_list_as_it_is_now():
    lists = importlib.import_module("tools.list_operations")
    guide = lists.TARGET.read_text("utf-8")
    assert guide == lists.written(guide)
    assert guide.count(lists.BEGIN) == guide.count(lists.END) == 1


def test_the_list_says_of_each_operation_what_it_leaves_out():
    """By what it lacks or by what it has, whichever is shorter."""
    listed = "\n".join(importlib.import_module("tools.list_operations").table())
    assert "UpdateFunctionCode (only FunctionName, ZipFile)" in listed
    assert "GetFunction (without Qualifier)" in listed
    assert "DeleteBucket," in listed
    assert "DescribeTable," in listed


def test_an_unknown_operation_is_no_key():
    assert ("iam", "CreateUsers") not in OPERATIONS
    with pytest.raises(KeyError):
        OPERATIONS["iam", "CreateUsers"]
    with pytest.raises(KeyError):
        OPERATIONS["iamm", "CreateUser"]
    assert len(OPERATIONS) == len(list(OPERATIONS))


def test_what_is_said_to_be_simulated_is_what_the_door_does():
    said = {key for key, row in OPERATIONS.items() if row.simulated}
    assert said == {(service, name) for service, table in DOES.items() for name in table}


def test_the_command_of_s3_is_s3api():
    assert services()["s3api"].name == "s3"
    assert {"iam", "sts", "dynamodb", "sqs", "lambda", "ec2", "console"} < set(services())


@pytest.mark.parametrize(
    ("name", "cli"),
    [
        ("CreateVirtualMFADevice", "create-virtual-mfa-device"),
        ("ListObjectsV2", "list-objects-v2"),
        ("AuthenticationCode1", "authentication-code1"),
        ("CreateSAMLProvider", "create-saml-provider"),
        ("tags", "tags"),
    ],
)
def test_names_take_the_form_of_the_command_line(name: str, cli: str):
    assert kebab(name) == cli


# --------------------------------------------------------- botocore, if there
@pytest.mark.peers
def test_the_table_is_what_the_script_builds_from_botocore():
    build: Any = pytest.importorskip(
        "tools.build_operations", reason="botocore is not installed"
    )
    import botocore  # type: ignore[import-untyped]

    if botocore.__version__ != build.BOTOCORE:
        pytest.skip(
            f"botocore {botocore.__version__} is installed, the table is built from {build.BOTOCORE}"
        )
    assert build.table() == (ACCOUNT / "operations.jsonl").read_text("utf-8")


@pytest.mark.peers
@pytest.mark.parametrize(
    "service", ["iam", "sts", "s3", "dynamodb", "sqs", "lambda", "ec2"]
)
def test_every_shape_equals_that_of_the_installed_botocore(service: str):
    session: Any = pytest.importorskip(
        "botocore.session", reason="botocore is not installed"
    )
    model = session.get_session().get_service_model(service)
    for (owner, name), row in OPERATIONS.items():
        if owner == service and row.simulated:
            theirs = model.operation_model(name)
            if theirs.input_shape:
                _equal(row.input, theirs.input_shape, set())
            if theirs.output_shape:
                _equal(row.output, theirs.output_shape, set())
            assert set(row.errors) == {
                e.metadata.get("error", {}).get("code", e.name) for e in theirs.error_shapes
            }


def _equal(ours: Shape, theirs: Any, seen: set[str]) -> None:
    if ours.name in seen:
        return
    seen.add(ours.name)
    assert (ours.name, ours.type) == (theirs.name, theirs.type_name)
    limits = theirs.metadata
    assert (ours.minimum or None, ours.maximum, ours.pattern) == (
        limits.get("min") or None,
        limits.get("max"),
        limits.get("pattern", ""),
    )
    assert list(ours.enum) == limits.get("enum", [])
    if ours.type == "structure":
        assert [m.name for m in ours.members] == [
            name for name in theirs.members if name not in ours.left_out
        ]
        assert {m.name for m in ours.members if m.required} == set(theirs.required_members)
    parts: list[tuple[Member | None, Any]] = [
        (m, theirs.members[m.name]) for m in ours.members
    ]
    if ours.type == "list":
        parts.append((ours.element, theirs.member))
    if ours.type == "map":
        parts += [(ours.key, theirs.key), (ours.value, theirs.value)]
    for member, shape in parts:
        assert member is not None
        _equal(member.shape, shape, seen)
