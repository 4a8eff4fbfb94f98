"""Write the words, documents and variables of a bash script.

A learner's text stays quoted text. Values that differ between accounts become variables.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count
from shlex import quote
from typing import cast

from msgspec import Struct, field

from coffeeshop.account.command.bash_functions import SHOP_VARIABLE
from coffeeshop.account.command.terminal_text import dump_json
from coffeeshop.account.model import Account, Outcome, Reply
from coffeeshop.account.values import Json
from coffeeshop.harmless import escape_hidden, is_harmless

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
BUCKET_ARN_PATTERN = re.compile(
    r"arn:[\w*?-]+:s3:[*?]?:[*?]?:(?P<name>[\w.-]+[*?]?|(?=\$\{))", re.ASCII
)


# https://docs.github.com/en/actions/reference/security/oidc and https://docs.gitlab.com/ci/cloud_services/
SUBJECT_PATTERN = re.compile(
    r"(?P<owner>(?:repo|project_path):[\w.-]+)/[\w./-]+(?=:)", re.ASCII
)


class Var(str):
    """The name of a variable, as one piece of a text."""

    __slots__ = ()


class Bash(str):
    """A word that is quoted for bash already. A learner's text never has this type before it is quoted."""

    __slots__ = ()


class ScriptVariables(Struct):
    """The variables and files that a script has so far.

    `buckets` are the buckets that the play or its world created. `pinned` means that the script is for the imported
    account only, so other account ids stay as they are. `names` has the variable of each value of the play. `given` has
    the line that sets a variable at the script's head. It is written for the variables in `used`, and in `used_before`
    for those of the world's lines.
    """

    buckets: frozenset[str] = frozenset()
    pinned: bool = False
    names: dict[str, Var] = {}
    given: dict[str, str] = field(default_factory=lambda: {"SHOP": SHOP_VARIABLE})
    used: set[str] = set()
    used_before: set[str] = set()
    taken: set[str] = field(
        default_factory=lambda: {
            "SHOP",
            "ACCOUNT",
            "MADE",
            "SECRET",
            "TOKEN",
            "WORLD",
            "FOLDER",
        }
    )
    files: int = 0

    # ------------------------------------------------------------- variables
    def new_variable(self, text: str) -> Var:
        """Return a new variable with a name made of this text, such as CASEY_KEY or
        SESSION_2.
        """
        stem = re.sub(r"\W", "_", text.upper(), flags=re.ASCII)
        name = unique_name(stem if stem[:1].isalpha() else f"_{stem}", self.taken, "_")
        self.taken.add(name)
        return Var(name)

    def take_as_own(self, account: Account) -> None:
        """Treat this account as the play's own.

        The reader must name its instances and hardware tokens. So it is with repositories: those of the play belong to
        someone on the real GitHub, who would get in.
        """
        if account.id in self.names:
            return
        self.names[account.id] = Var("ACCOUNT")
        for id, instance in account.instances.items():
            self.ask_reader(id, instance.name, "an EC2 instance")
        for serial in account.devices:
            if not serial.startswith("arn:"):
                self.ask_reader(serial, "HARDWARE TOKEN", "a hardware token")
        for subject in sorted({*_subjects_beginnings(account)}):
            self.names[subject] = name = self.new_variable(subject)
            self.given[name] = (
                f"{name}=${{{name}:?what the subjects of your own workflows begin with, in place of {subject}}}"
            )

    def ask_reader(self, id: str, label: str, kind: str) -> None:
        """Add a variable that the reader of the script must set, for a thing of this kind."""
        self.names[id] = name = self.new_variable(label)
        self.given[name] = f"{name}=${{{name}:?{kind} of yours, for {safe_name(id)}}}"

    def _variable_of(self, value: str) -> str:
        """Return the variable that holds a value.

        Another account's id becomes a variable that the reader can set.
        """
        if value not in self.names:
            if self.pinned:
                return value
            # The id is in the name, so that the undo script calls the account the same.
            self.names[value] = name = self.new_variable(f"ACCOUNT {value}")
            self.given[name] = (
                f"{name}=${{{name}:-{value}}}   # another account: set it to yours"
            )
        self.used.add(self.names[value])
        return self.names[value]

    def head(self) -> list[str]:
        """Return the lines that set the variables that no call sets."""
        all_used = self.used | self.used_before
        return [line for name, line in self.given.items() if name in all_used]

    # ---------------------------------------------------------------- pieces
    def pieces(self, text: str) -> Iterator[str]:
        """Yield a text in pieces: plain text, and a Var where accounts differ."""
        end = 0
        for match in BUCKET_ARN_PATTERN.finditer(text):
            yield from self._split_at_values(text[end : match.start("name")])
            yield from self.bucket(
                match["name"], unended=text.startswith("${", match.end())
            )
            end = match.end()
        yield from self._split_at_values(text[end:])

    def bucket(self, name: str, unended: bool = False) -> Iterator[str]:
        """Yield the pieces of a bucket name, or of a pattern up to its first wildcard.

        Names of buckets that the play created begin with $SHOP. `unended` says that a
        policy variable follows.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        """
        if not self._is_made(name, unended):
            yield from self._split_at_values(name)
            return
        # The pattern ends inside the prefix "coffeeshop", which $SHOP replaces.
        short = name[-1:] in {"*", "?"} and "coffeeshop".startswith(name[:-1])
        self.used.add("SHOP")
        yield Var("SHOP")
        yield from self._split_at_values(
            name[-1] if short else f"-{name.removeprefix('coffeeshop-').lower()}"
        )

    def _is_made(self, name: str, unended: bool) -> bool:
        """Return whether the play created a bucket with this name, or one that this pattern's beginning matches."""
        if unended or name[-1:] in {"*", "?"}:
            return any(bucket.startswith(name.rstrip("*?")) for bucket in self.buckets)
        return name in self.buckets

    def _split_at_values(self, text: str) -> Iterator[str]:
        """Yield a text in pieces, with a variable for every value that has one."""
        pieces = _values_pattern(tuple(self.names)).split(text)
        for index, piece in enumerate(pieces):
            is_value = index % 2 == 1  # `split` returns text and matches in turn
            yield self._variable_of(piece) if is_value else piece

    # ----------------------------------------------------------------- words
    def word(self, text: str) -> Bash:
        """Return a typed text as a bash word."""
        if isinstance(text, Bash):
            return text
        return quote_pieces(self.pieces(text))

    # ----------------------------------------------------------------- files
    def write_file(self, content: bytes, before: list[str], scheme: str = "") -> Bash:
        """Return the word of a file with these bytes.

        The line that writes it is added to `before`.
        """
        self.files += 1
        before.append(
            f"base64 -d <<<{quote(b64encode(content).decode())} >{self.files}.bin"
        )
        return Bash(f'"{scheme}{self.files}.bin"')

    def write_document(self, text: str, before: list[str]) -> Bash:
        """Return the bash word for a file with a document, such as a policy.

        The lines that write the file are added to `before`. They call the script's function
        `fill`, which puts the values of variables in. A run of @ that the document doesn't
        contain marks the variables.
        """
        self.files += 1
        sign = next("@" * n for n in count(1) if "@" * n not in text)
        pieces = [*self.pieces(text.rstrip())]
        names = dict.fromkeys(piece for piece in pieces if isinstance(piece, Var))
        body = "".join(
            f"{sign}{{{piece}}}" if isinstance(piece, Var) else piece for piece in pieces
        )
        name = f"{self.files}.json"  # and no line of JSON is END
        before.append(
            f"fill {' '.join([name, *([sign, *names] if names else [])])} <<'END'\n{body}\nEND"
        )
        return Bash(f'"file://{name}"')


def _subjects_beginnings(account: Account) -> Iterator[str]:
    """Yield how the subjects of the workloads' tokens begin: "repo:coffeeshop/menu", and "repo:coffeeshop" for its owner."""
    for workload in account.workloads.values():
        match = SUBJECT_PATTERN.match(str(workload.claims.get("sub", "")))
        if match:
            yield match[0]
            yield match["owner"]


def bucket_patterns(text: str) -> set[str]:
    """Return the beginnings of the patterns of bucket names in a text."""
    patterns = (
        (match["name"], text.startswith("${", match.end()))
        for match in BUCKET_ARN_PATTERN.finditer(text)
    )
    return {
        name.rstrip("*?")
        for name, unended in patterns
        if unended or name[-1:] in {"*", "?"}
    }


@lru_cache(maxsize=1)
def _values_pattern(values: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds any of these values as a word, longest first, or any
    account id.
    """
    longest_first = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    return re.compile(
        rf"((?<!\w)(?:{longest_first})(?!\w)|(?<!\d)\d{{12}}(?!\d))", re.ASCII
    )


def quote_pieces(pieces: Iterable[str]) -> Bash:
    """Return a bash word: plain text in single quotes, variables in double quotes."""
    words = (
        f'"${{{piece}}}"' if isinstance(piece, Var) else quote(piece)
        for piece in pieces
        if piece
    )
    return Bash("".join(words) or "''")


def variable_word(variable: str) -> Bash:
    """Return the word that is a variable's value."""
    return quote_pieces((Var(variable),))


def unique_name(stem: str, taken: Iterable[str], sign: str = "-") -> str:
    """Return the name, or the name with the first free number from 2 on."""
    return next(
        name
        for n in count(1)
        if (name := stem if n == 1 else f"{stem}{sign}{n}") not in taken
    )


def is_plain_json_object(text: str) -> bool:
    """Return whether a text is a JSON object without hidden characters, so a script can have it as it is."""
    try:
        return isinstance(json.loads(text), dict) and is_harmless(text)
    except (ValueError, RecursionError):
        return False


def safe_name(text: str) -> str:
    """Return a name that is safe inside double quotes."""
    return re.sub(r"[^\w@.+=,-]", "_", text, flags=re.ASCII)


def as_one_line(text: str) -> str:
    """Return a text for a comment, without line ends, which would begin a command."""
    return escape_hidden(text).replace("\n", "\\n").replace("\t", "\\t")


def holds_bytes(value: Json) -> bool:
    """Return whether a value holds bytes inside a structure.

    Version 1 of the AWS CLI reads such bytes as text.

    https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html
    """
    match value:
        case bytes():
            return True
        case Mapping():
            return any(map(holds_bytes, cast("Mapping[str, Json]", value).values()))
        case tuple():
            return any(map(holds_bytes, value))
        case _:
            return False


def buckets_made(outcomes: Iterable[Outcome], pinned: bool) -> frozenset[str]:
    """Return the buckets that acts created.

    In the reader's own account (`pinned`), a bucket keeps its name if a policy's pattern
    matches it.
    """
    calls = [outcome.act.call for outcome in outcomes if isinstance(outcome.answer, Reply)]
    buckets = {call.text("Bucket") for call in calls if call.operation == "CreateBucket"}
    if pinned and buckets:
        texts = "\n".join(dump_json(call.parameters) for call in calls)
        buckets = {
            name
            for name in buckets
            if not any(map(name.startswith, bucket_patterns(texts)))
        }
    return frozenset(buckets)
