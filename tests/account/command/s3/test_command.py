"""`aws s3`: what each command prints, which calls of S3 it makes, and what it refuses; as the real CLI 2.36 did."""

import pytest

from coffeeshop.account.command import understand_line
from coffeeshop.account.command.validation import bucket_fault
from tests.account.command.terminal import Terminal
from tests.account.command.world import AT, FILES, WORLD
from tests.tables import each_row

FOLDER = {
    "receipt.json": b'{"total": 4}\n',
    "policies/till.json": b"x\n",
    "policies/b.txt": b"y\n",
}
STOCK = """\
aws s3 mb s3://one
aws s3 mb s3://two
aws s3 cp receipt.json s3://one
aws s3 cp receipt.json s3://one/2026/
aws s3 cp policies s3://one/p --recursive
aws s3 cp policies/till.json s3://one/x
"""


@pytest.fixture
def stocked() -> Terminal:
    terminal = Terminal(files=dict(FOLDER))
    for line in STOCK.splitlines():
        assert not terminal(line).failed
    return terminal


def keys(terminal: Terminal, bucket: str) -> list[str]:
    return list(terminal.account.buckets[bucket].objects)


def test_a_bucket_is_made_and_what_is_copied_into_it_is_there(stocked: Terminal):
    assert keys(stocked, "one") == [
        "2026/receipt.json",
        "p/b.txt",
        "p/till.json",
        "receipt.json",
        "x",
    ]
    found = stocked.account.buckets["one"].objects["receipt.json"]
    assert found.body == FOLDER["receipt.json"]
    assert found.details == {"ContentType": "application/json"}


def test_cp_keeps_metadata_and_takes_the_storage_class_that_is_the_default(
    stocked: Terminal,
):
    line = "aws s3 cp receipt.json s3://one/told --metadata shift=late --cache-control no-store"
    assert not stocked(f"{line} --storage-class STANDARD --acl private").failed
    assert not stocked("aws s3 cp s3://one/told s3://one/copied").failed
    assert not stocked(
        "aws s3 cp s3://one/told s3://one/anew --metadata shift=early"
    ).failed
    objects = stocked.account.buckets["one"].objects
    assert objects["copied"].details == objects["told"].details
    assert objects["told"].details["Metadata"] == {"shift": "late"}
    assert objects["told"].details["CacheControl"] == "no-store"
    assert objects["anew"].details["Metadata"] == {"shift": "early"}


def test_a_copy_can_be_encrypted_with_a_kms_key(stocked: Terminal):
    line = (
        "aws s3 cp receipt.json s3://one/locked --sse aws:kms --sse-kms-key-id alias/aws/s3"
    )
    assert not stocked(line).failed
    encryption = stocked.account.buckets["one"].objects["locked"].encryption
    assert encryption.algorithm == "aws:kms"
    assert ":key/" in encryption.key


@pytest.mark.parametrize(
    ("line", "text", "calls"),
    [
        ("aws s3 ls", "2026-03-02 08:00:00 coffeeshop-receipts\n2026-03-02 08:00:00 one\n2026-03-02 08:00:00 two",
         ["ListBuckets"]),
        ("aws s3 ls s3://one", f"{'PRE 2026/':>36}\n{'PRE p/':>33}\n2026-03-02 08:00:00         13 receipt.json\n"
         "2026-03-02 08:00:00          2 x", ["ListObjectsV2"]),
        ("aws s3 ls one/2026/", "2026-03-02 08:00:00         13 receipt.json", ["ListObjectsV2"]),
        ("aws s3 ls s3://one/p --recursive --human-readable --summarize", "2026-03-02 08:00:00    2 Bytes p/b.txt\n"
         "2026-03-02 08:00:00    2 Bytes p/till.json\n\nTotal Objects: 2\n   Total Size: 4 Bytes", ["ListObjectsV2"]),
        ("aws s3 mb s3://three --region eu-west-1", "make_bucket: three", ["CreateBucket"]),
        ("aws s3 rb s3://two", "remove_bucket: two", ["DeleteBucket"]),
        ("aws s3 rb s3://two --force", "remove_bucket: two", ["ListObjectsV2", "DeleteBucket"]),
        ("aws s3 cp policies/till.json s3://one/new", "upload: policies/till.json to s3://one/new", ["PutObject"]),
        ("aws s3 cp ./receipt.json s3://two", "upload: ./receipt.json to s3://two/receipt.json", ["PutObject"]),
        ("aws s3 cp s3://one/x .", "download: s3://one/x to ./x", ["HeadObject", "GetObject"]),
        ("aws s3 cp s3://one/x -", "x", ["HeadObject", "GetObject"]),
        ("aws s3 cp s3://one/x s3://two/y", "copy: s3://one/x to s3://two/y", ["HeadObject", "CopyObject"]),
        ("aws s3 cp s3://one s3://two --recursive --exclude '*' --include 'p/*' --exclude p/b.txt",
         "copy: s3://one/p/till.json to s3://two/p/till.json", ["ListObjectsV2", "CopyObject"]),
        ("aws s3 mv s3://one/x s3://one/z", "move: s3://one/x to s3://one/z",
         ["HeadObject", "CopyObject", "DeleteObject"]),
        ("aws s3 rm s3://one/x", "delete: s3://one/x", ["DeleteObject"]),
        ("aws s3 rm s3://one/none", "delete: s3://one/none", ["DeleteObject"]),
        ("aws s3 rm s3://one/x --dryrun", "(dryrun) delete: s3://one/x", []),
        ("aws s3 rm s3://one/x --quiet", "", ["DeleteObject"]),
        ("aws s3 rm s3://one/p --recursive --only-show-errors", "", ["ListObjectsV2", "DeleteObject", "DeleteObject"]),
        ("aws s3 sync policies s3://one/p", "", ["ListObjectsV2"]),
        ("aws s3 sync . s3://one --exclude '*'", "", ["ListObjectsV2"]),
        ("aws s3 sync policies s3://one --exclude '*.txt'", "upload: policies/till.json to s3://one/till.json",
         ["ListObjectsV2", "PutObject"]),
        ("aws s3 sync s3://two s3://one/p --delete", "delete: s3://one/p/b.txt\ndelete: s3://one/p/till.json",
         ["ListObjectsV2", "ListObjectsV2", "DeleteObject", "DeleteObject"]),
    ],
)  # fmt: skip
def test_a_command_prints_what_it_did_and_did_it_by_calls_of_s3(
    stocked: Terminal, line: str, text: str, calls: list[str]
):
    printed = stocked(line)
    assert (printed.text, printed.failed, stocked.calls) == (text, False, calls)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("aws s3 mb s3://BAD_", "make_bucket failed: s3://BAD_ An error occurred (InvalidBucketName) when calling the "
         "CreateBucket operation: The specified bucket is not valid."),
        ("aws s3 rb s3://one", "remove_bucket failed: s3://one An error occurred (BucketNotEmpty) when calling the "
         "DeleteBucket operation: The bucket you tried to delete is not empty"),
        ("aws s3 ls s3://none", "aws: [ERROR]: An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified "
         "bucket does not exist"),
        ("aws s3 ls s3://one/zzz", ""),
        ("aws s3 cp s3://one/none .", "fatal error: An error occurred (404) when calling the HeadObject operation: Key "
         "\"none\" does not exist"),
        ("aws s3 cp s3://arn:aws:s3:us-east-1:111122223333:accesspoint/till/x .", "fatal error: An error occurred (NotSimulated) "
         "when calling the HeadObject operation: Access points and directory buckets are not simulated in this account: "
         "arn:aws:s3:us-east-1:111122223333:accesspoint/till."),
        ("aws s3 ls s3://till-8tyekmigicmhun8n9kwp-s3alias", "aws: [ERROR]: An error occurred (NotSimulated) when calling the "
         "ListObjectsV2 operation: Access points and directory buckets are not simulated in this account: "
         "till-8tyekmigicmhun8n9kwp-s3alias."),
        ("aws s3 cp receipt.json s3://none/x", "upload failed: ./receipt.json to s3://none/x An error occurred "
         "(NoSuchBucket) when calling the PutObject operation: The specified bucket does not exist"),
        ("aws s3 rm s3://none/x", "delete failed: s3://none/x An error occurred (NoSuchBucket) when calling the DeleteObject "
         "operation: The specified bucket does not exist"),
        ("aws s3 rm s3://none --recursive", "fatal error: An error occurred (NoSuchBucket) when calling the ListObjectsV2 "
         "operation: The specified bucket does not exist"),
        ("aws s3 cp receipt.json s3://one --profile casey", "upload failed: ./receipt.json to s3://one/receipt.json An "
         "error occurred (AccessDenied) when calling the PutObject operation: "),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_in_the_words_of_the_cli(
    stocked: Terminal, line: str, text: str
):
    printed = stocked(line)
    assert printed.failed
    assert printed.text.startswith(text) if text.endswith(": ") else printed.text == text


@each_row([
        ("aws s3", "the following arguments are required: operation"),
        ("aws s3 lss", "argument subcommand: Invalid choice: 'lss'"),
        ("aws s3 mb one", "usage: aws s3 mb <S3Uri>\nError: Invalid argument type"),
        ("aws s3 cp a b", "usage: aws s3 cp <LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>\n"
         "Error: Invalid argument type"),
        ("aws s3 cp receipt.json", "the following arguments are required: paths"),
        ("aws s3 cp receipt.json s3://", 'Invalid bucket name ""'),
        ("aws s3 cp nofile s3://one", "The user-provided path nofile does not exist."),
        ("aws s3 cp policies s3://one/p", "upload failed: policies/ to s3://one/p [Errno 21] Is a directory: 'policies/'"),
        ("aws s3 cp . s3://one/p", "upload failed: ./ to s3://one/p [Errno 21] Is a directory: './'"),
        ("aws s3 cp ../x s3://one", "../x: only files below the scenario's folder are read or written"),
        ("aws s3 cp s3://one/x /etc/passwd", "/etc/passwd: only files below the scenario's folder are read or written"),
        ("aws s3 cp receipt.json s3://one --acl public-read", "--acl of aws s3 cp is not simulated"),
        ("aws s3 cp receipt.json s3://one --bogus", "Unknown options: --bogus"),
        ("aws s3 mv s3://one/x s3://one/x", "Cannot mv a file onto itself: s3://one/x - s3://one/x"),
        ("aws s3 mv receipt.json s3://one", "the scenario's files are not deleted"),
        ("aws s3 ls 's3://o*e'", f"Parameter validation failed: {bucket_fault('s3', {'Bucket': 'o*e'})}"),
        ("aws s3 presign one:x", f"Parameter validation failed: {bucket_fault('s3', {'Bucket': 'one:x'})}"),
        ("aws s3 rb s3://one/x", "Please specify a valid bucket name only. E.g. s3://one"),
        ("aws s3 website s3://one", "`aws s3 website` is not simulated"),
        ("aws s3 rm s3://one two", "Unknown options: two"),
        ("aws s3 ls --profile nobody", "The config profile (nobody) could not be found"),
    ])  # fmt: skip
def test_what_cannot_be_done_is_told_before_anything_is(line: str, text: str):
    found = understand_line(line, WORLD, AT, FOLDER, "root")
    assert isinstance(found, tuple)
    assert found[0].text == text


def test_a_move_of_a_file_onto_itself_is_a_fault_of_its_second_place() -> None:
    line = "aws s3 mv s3://one/x s3://one/x"
    problems = understand_line(line, WORLD, AT, FOLDER, "root")
    assert isinstance(problems, tuple)
    assert problems[0].place.column == 1 + line.rindex("s3://")


def test_what_is_downloaded_is_a_file_from_then_on(stocked: Terminal):
    stocked("aws s3 cp s3://one/p/till.json out/")
    assert stocked.files["out/till.json"] == b"x\n"
    assert (
        stocked("aws s3 cp out/till.json s3://two").text
        == "upload: out/till.json to s3://two/till.json"
    )


def test_a_changed_file_is_synchronised_again(stocked: Terminal):
    stocked.files["policies/b.txt"] = b"z\n"
    assert (
        stocked("aws s3 sync policies s3://one/p").text
        == "upload: policies/b.txt to s3://one/p/b.txt"
    )
    assert stocked("aws s3 sync policies s3://one/p").text == ""
    stocked.files["policies/b.txt"] = b"!\n"
    assert stocked("aws s3 sync policies s3://one/p --size-only").text == ""


def test_presign_signs_an_address_without_a_call(stocked: Terminal):
    text = stocked("aws s3 presign s3://one/x --expires-in 60").text
    assert text.startswith(
        "https://one.s3.us-east-1.amazonaws.com/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA"
    )
    assert "&X-Amz-Expires=60&" in text
    assert stocked.calls == []


def test_where_one_call_is_wanted_a_command_of_several_is_refused():
    from coffeeshop.account.command import read_act

    found = read_act("aws s3 ls", WORLD, AT, FILES)
    assert isinstance(found, tuple)
    assert (found[0].text, found[0].mend) == (
        "`aws s3 ls` is no single call",
        "use `aws s3api` where one is wanted",
    )
