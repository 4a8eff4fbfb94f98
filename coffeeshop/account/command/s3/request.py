"""Read an `aws s3` line: its places and options, or the faults in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command.option_values import UnreadableError, option_value
from coffeeshop.account.command.own_words import OBJECT_DETAILS
from coffeeshop.account.command.parse import Command
from coffeeshop.account.command.read import LineReader
from coffeeshop.account.command.s3.places import S3_SCHEME, Place, parse_place
from coffeeshop.account.command.shell_words import Word
from coffeeshop.account.command.validation import bucket_fault
from coffeeshop.account.model import Origin
from coffeeshop.account.values import Json

TRANSFER_FORMS = "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>"
ARGUMENT_FORMS = {
    "ls": "<S3Uri> or NONE",
    "mb": "<S3Uri>",
    "rb": "<S3Uri>",
    "rm": "<S3Uri>",
    "presign": "<S3Uri>",
}
STDIO = "-"


class S3Request(Struct, frozen=True):
    """A command with its places, flags and patterns.

    `chosen` has the --include (True) and --exclude (False) patterns in the line's order. `details` are the
    parameters of CopyObject that describe the object.
    """

    verb: str
    places: tuple[Place, ...]
    flags: frozenset[str]
    chosen: tuple[tuple[bool, str], ...]
    details: Mapping[str, Json]
    encryption: str
    kms_key: str
    expires: str
    files: Mapping[str, bytes]
    origin: Origin

    def flag(self, name: str) -> bool:
        """Return whether a flag was given."""
        return name in self.flags

    @property
    def deep(self) -> bool:
        """Return whether the command covers everything below a folder."""
        return self.verb == "sync" or self.flag("--recursive")

    def includes(self, name: str) -> bool:
        """Return whether the patterns include a name. The last one that matches decides."""
        return next(
            (
                takes
                for takes, pattern in reversed(self.chosen)
                if fnmatchcase(name, pattern)
            ),
            True,
        )

    def emptying(self) -> S3Request:
        """Return the request that deletes every object in the bucket."""
        whole = (Place(self.places[0].bucket, ""),)
        return replace(self, verb="rm", places=whole, flags=frozenset({"--recursive"}))


def read_request(reader: LineReader) -> S3Request | None:
    """Return the request of a line, or None if the command has faults."""
    command = reader.command
    assert command.own is not None
    verb = command.own[1]
    if command.own[1] in ARGUMENT_FORMS:
        wanted = 1
    else:
        wanted = 2
    words = command.rest
    if verb == "ls" and len(words) < 1:
        places: list[Place] = [Place("", "")]
    elif len(words) < wanted:
        reader.fault(
            "missing-option",
            None,
            "the following arguments are required: paths",
            _usage_text(verb),
        )
        return None
    else:
        places = [
            place for word in words[:wanted] if (place := _read_place(reader, verb, word))
        ]
    if surplus := words[wanted:]:
        text = f"Unknown options: {', '.join(word.text for word in surplus)}"
        reader.fault(
            "unknown-option", surplus[0], text, "put quotes around a path with spaces"
        )
    if not command.faults:
        _check_places(reader, verb, places)
    details = _read_details(reader)
    if command.faults:
        return None
    return _make_request(reader, verb, tuple(places), details)


def _read_details(reader: LineReader) -> Mapping[str, Json]:
    """Return the parameters that describe the object, from their options."""
    members = OPERATIONS["s3", "CopyObject"].input
    details: dict[str, Json] = {}
    for option_given in reader.command.given:
        option = option_given.option.name
        member = members.member(OBJECT_DETAILS.get(option, ""))
        if member is None or not option_given.words:
            continue
        words = [word.text for word in option_given.words]
        try:
            details[member.name] = option_value(option, member, words, reader.files, False)
        except UnreadableError as error:
            reader.fault(error.code, option_given.words[0], error.text, error.mend, option)
    return details


def _make_request(
    reader: LineReader,
    verb: str,
    places: tuple[Place, ...],
    details: Mapping[str, Json],
) -> S3Request:
    """Return what an `aws s3` command asks for: its subcommand (`verb`), its places, and its options."""
    command = reader.command
    flags = frozenset(
        option.option.name for option in command.given if option.option.arity == "flag"
    )
    return S3Request(
        verb,
        places,
        flags,
        _include_patterns(command),
        details,
        command.word("--sse"),
        command.word("--sse-kms-key-id"),
        command.word("--expires-in"),
        _listable_files(reader),
        reader.origin(),
    )


def _include_patterns(command: Command) -> tuple[tuple[bool, str], ...]:
    """Return the patterns of --include (True) and --exclude (False), in order: the last one that matches decides."""
    patterns_given = (
        patterns_given
        for patterns_given in command.given
        if patterns_given.option.name in {"--include", "--exclude"} and patterns_given.words
    )
    return tuple(
        (option.option.name == "--include", option.words[0].text)
        for option in patterns_given
    )


def _read_place(reader: LineReader, verb: str, word: Word) -> Place | None:
    """Return the place of a word, or None with a fault. `ls` and `presign` take a bucket's name without `s3://`."""
    text = word.text
    if verb in {"ls", "presign"} and not text.startswith(S3_SCHEME):
        text = S3_SCHEME + text
    if (place := parse_place(text)) is None:
        mend = "give a path such as policies/till.json"
        reader.fault(
            "bad-file",
            word,
            f"{text}: only files below the scenario's folder are read or written",
            mend,
        )
    return place


def _check_places(reader: LineReader, verb: str, places: list[Place]) -> None:
    """Report the first of `_PLACE_FAULTS` that the command's places have, in the CLI's words."""
    first = reader.command.rest[:1]
    last = reader.command.rest[-1:]
    for is_wrong, blames_last_word, text, mend in _PLACE_FAULTS:
        if is_wrong(verb, places, reader):
            marked_words = (last if blames_last_word else first) or [None]
            message = text.format(
                verb=verb,
                usage=_usage_text(verb),
                one=places[0],
                folder=f"{places[0].key or '.'}/",
                bad_bucket=_bucket_fault(places),
                other=places[-1],
                bucket=places[0].bucket,
            )
            reader.fault("bad-path", marked_words[0], message, mend)
            return


def _usage_text(verb: str) -> str:
    """Return the CLI's usage of a subcommand."""
    return f"usage: aws s3 {verb} {ARGUMENT_FORMS.get(verb, TRANSFER_FORMS)}"


Wrong = Callable[[str, list[Place], LineReader], bool]


def _names_no_bucket(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether no place is in S3. Only `ls` works without a bucket."""
    return verb != "ls" and not any(place.bucket for place in places)


def _has_empty_bucket(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether a place is `s3://` without a bucket. Only `ls` accepts it."""
    return verb != "ls" and any(
        word.text.split("/", 3)[2] == "" for word in reader.command.rest if _is_s3(word)
    )


def _is_s3(word: Word) -> bool:
    """Return whether a word is a place in S3."""
    return word.text.startswith(S3_SCHEME)


def _bucket_fault(places: list[Place]) -> str:
    """Return the CLI's complaint about the first place whose bucket can't be one, or ""."""
    buckets = ({"Bucket": place.bucket} for place in places if place.bucket)
    return next(filter(None, (bucket_fault("s3", bucket) for bucket in buckets)), "")


def _has_bad_bucket(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether a bucket's name has characters that no bucket and no access point has."""
    return bool(_bucket_fault(places))


def _names_key(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether `rb`, which deletes a bucket, is given an object."""
    return verb == "rb" and bool(places[0].key)


def _moves_onto_itself(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether `mv` has the same source and target."""
    return verb == "mv" and places[0] == places[-1]


def _deletes_files(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether the command would delete local files, which belong to the scenario."""
    return (verb == "mv" and not places[0].bucket) or bool(
        reader.command.option("--delete") and not places[-1].bucket
    )


def _reads_stdin(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether the source is standard input (-), which a typed line doesn't have."""
    return reader.command.rest[:1] != [] and reader.command.rest[0].text == STDIO


def _names_missing_file(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether `cp` or `sync` has a local source that doesn't exist, as a file or a folder.

    The scenario's folder (.) exists even if nothing is in it.
    """
    files = _listable_files(reader)
    source = places[0]
    if verb not in {"cp", "sync"} or source.bucket or not source.key:
        return False
    return source.key not in files and not any(
        name.startswith(source.under("").key) for name in files
    )


def _copies_folder(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether `cp` without --recursive has a local folder as its source."""
    source = places[0]
    return (
        verb == "cp"
        and not source.bucket
        and not reader.command.option("--recursive")
        and not _is_file(source, reader)
    )


def _takes_file_for_folder(verb: str, places: list[Place], reader: LineReader) -> bool:
    """Return whether a command that needs a folder has a local file as its source."""
    deep = verb == "sync" or reader.command.option("--recursive") is not None
    return deep and not places[0].bucket and _is_file(places[0], reader)


def _is_file(source: Place, reader: LineReader) -> bool:
    """Return whether a place is a local file."""
    return source.key in _listable_files(reader)


def _listable_files(reader: LineReader) -> Mapping[str, bytes]:
    """Return the files that can be listed. Those behind a function can't."""
    if callable(reader.files):
        return {}
    return reader.files


# A test for a fault, whether the fault is at the last place (or else the first), its text and its fix.
_PLACE_FAULTS: tuple[tuple[Wrong, bool, str, str], ...] = (
    (_reads_stdin, False, "there is no input to read from", "name a file"),
    (_has_empty_bucket, False, 'Invalid bucket name ""', "a bucket is written s3://NAME"),
    (
        _names_no_bucket,
        False,
        "{usage}\nError: Invalid argument type",
        "a bucket is written s3://NAME",
    ),
    (
        _has_bad_bucket,
        False,
        "Parameter validation failed: {bad_bucket}",
        "a bucket is written s3://NAME",
    ),
    (
        _names_key,
        False,
        "Please specify a valid bucket name only. E.g. s3://{bucket}",
        "leave the key out",
    ),
    (
        _moves_onto_itself,
        True,
        "Cannot mv a file onto itself: {one} - {other}",
        "name another place",
    ),
    (
        _deletes_files,
        False,
        "the scenario's files are not deleted",
        "use cp, or sync without --delete",
    ),
    (
        _names_missing_file,
        False,
        "The user-provided path {one.key} does not exist.",
        "`cp` takes the files that `show` shows",
    ),
    (
        _copies_folder,
        False,
        "upload failed: {folder} to {other} [Errno 21] Is a directory: '{folder}'",
        "add --recursive",
    ),
    (
        _takes_file_for_folder,
        False,
        "Skipping file {one.key}/. File does not exist.",
        "name the folder, or leave --recursive out",
    ),
)
