"""Words, documents and variables of a bash script: what was typed stays text, what differs between accounts varies."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count, islice
from shlex import quote

from coffeeshop.account.command.text import HIDDEN, visible
from coffeeshop.account.model import Account

ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
S3 = "arn:aws:s3:::"  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(rf"{S3}(?:coffeeshop-(?P<own>[\w.-]*)|(?P<other>[\w.-]+)|(?=\${{))", re.ASCII)


@dataclass(slots=True)
class Shell:
    """The variables and files that a script has so far.

    `opening` and `closing` are two characters that no call holds: they stand around what bash is to read in a text that
    is still to be quoted, so that nothing that was typed can pass for it. `fence` does the same in documents. `given`
    says of a variable how it gets its value at the script's head, `made` which value of the play it stands for.
    """

    opening: str
    closing: str
    fence: str
    ids: dict[str, str] = field(default_factory=dict[str, str])
    things: dict[str, str] = field(default_factory=dict[str, str])
    given: dict[str, str] = field(default_factory=dict[str, str])
    made: dict[str, str] = field(default_factory=dict[str, str])
    taken: set[str] = field(default_factory=set[str])
    files: int = 0

    # ------------------------------------------------------------- variables
    def variable(self, text: str) -> str:
        """A new variable of about that name: CASEY_KEY, SESSION, SESSION_2."""
        stem = re.sub(r"\W", "_", text.upper(), flags=re.ASCII)
        name = unique(stem if stem[:1].isalpha() else f"_{stem}", self.taken, "_")
        self.taken.add(name)
        return name

    def _account(self, id: str) -> str:
        """The variable of an account id; the first is the play's own, every other a partner's."""
        if id not in self.ids:
            self.ids[id] = name = self.variable("PARTNER" if self.ids else "ACCOUNT")
            if len(self.ids) > 1:
                self.given[name] = f"{name}=${{{name}:-{id}}}"
        return self.ids[id]

    def own(self, account: Account) -> None:
        """Take that account for the play's own: its id, and what no call has made, which the reader must name."""
        if account.id in self.ids:
            return
        self._account(account.id)
        serials = [serial for serial in account.devices if not serial.startswith("arn:")]
        named = {id: instance.name for id, instance in account.instances.items()} | dict.fromkeys(
            serials, "HARDWARE TOKEN"
        )
        self.things = {id: self.variable(name) for id, name in named.items()}

    def _thing(self, id: str) -> str:
        name, what = self.things[id], "an EC2 instance" if id.startswith("i-") else "a hardware token"
        self.given[name] = f"{name}=${{{name}:?{what} of yours, for {safe(id)}}}"
        return name

    # ----------------------------------------------------------------- words
    def read(self, text: str) -> str:
        """What bash is to read, in a text that is still to be quoted."""
        return f"{self.opening}{text}{self.closing}"

    def value(self, variable: str) -> str:
        """A variable in a text that is still to be quoted."""
        return self.read(f"${{{variable}}}")

    def word(self, text: str) -> str:
        """A word for bash: single quotes around what is plain text, double ones around what is to be read."""
        parts = re.split(f"({self.opening}.*?{self.closing})", self._replaced(text, self.value))
        quoted = (f'"{part[1:-1]}"' if part[0] == self.opening else quote(part) for part in parts if part)
        return "".join(quoted) or "''"

    def bucket(self, name: str) -> str:
        """A bucket's name, still to be quoted: as in ARNs."""
        return self._replaced(S3 + name, self.value).removeprefix(S3)

    def _replaced(self, text: str, form: Callable[[str], str]) -> str:
        """The text with what differs between accounts in the form of its variable. Bucket names are the whole world's:
        those of the shop begin with $SHOP, and have no capitals.
        """
        for value, name in self.made.items():
            text = text.replace(value, form(name))
        for id in self.things:
            text = re.sub(rf"(?<!\w){re.escape(id)}(?!\w)", lambda _, id=id: form(self._thing(id)), text)
        text = ACCOUNT_ID.sub(lambda found: form(self._account(found[0])), text)
        return BUCKET.sub(lambda found: f"{S3}{form('SHOP')}-{(found['own'] or found['other'] or '').lower()}", text)

    # ----------------------------------------------------------------- files
    def file(self, content: bytes, before: list[str]) -> str:
        """The name of a file with these bytes; `before` gets the line that writes it."""
        self.files += 1
        before.append(f"base64 -d <<<{quote(b64encode(content).decode())} >{self.files}.bin")
        return f"{self.files}.bin"

    def document(self, text: str, before: list[str]) -> str:
        """A document, by a here-document that no shell reads into, and one sed for what differs between accounts."""
        self.files += 1
        name = f"{self.files}.json"  # and no line of JSON is END
        text = self._replaced(text, lambda name: f"{self.fence}{name}{self.fence}")
        before.append(f"fill {name} <<'END'\n{text.rstrip()}\nEND")
        return name

    def filled(self) -> str:
        """What sed does in documents."""
        names = ("SHOP", *self.ids.values(), *self.things.values(), *self.made.values())
        return " ".join(f'-e "s/{self.fence}{name}{self.fence}/${{{name}:-}}/g"' for name in dict.fromkeys(names))


def shell(texts: Iterable[str]) -> Shell:
    """A shell whose marks none of these texts holds."""
    whole = "".join(texts)
    used = set(whole)
    opening, closing = islice((chr(n) for n in range(0xE000, 0x110000) if chr(n) not in used), 2)
    fence = next("@" * n for n in count(1) if "@" * n not in whole) if "@" in used else "@"
    return Shell(opening, closing, fence, taken={"SHOP", "MADE", "SECRET", "TOKEN", "WORLD", "FOLDER"})


def unique(stem: str, taken: Iterable[str], sign: str = "-") -> str:
    """The name, numbered from the second on."""
    return next(name for n in count(1) if (name := stem if n == 1 else f"{stem}{sign}{n}") not in taken)


def is_document(text: str) -> bool:
    """Whether a text is a JSON object that can stand in a script as it is."""
    try:
        return isinstance(json.loads(text), dict) and HIDDEN.search(text) is None
    except (ValueError, RecursionError):
        return False


def safe(text: str) -> str:
    """A name inside double quotes."""
    return re.sub(r"[^\w@.+=,-]", "_", text, flags=re.ASCII)


def one_line(text: str) -> str:
    """A text for a comment: a line end in it would begin a command."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")
