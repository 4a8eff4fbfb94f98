"""What was done, as a bash script for a real AWS account: nothing of the simulated one stays in it but names.

It needs AWS CLI 2, sed and mktemp. Account ids, the shop's bucket names, keys, codes and passwords are variables.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from shlex import quote

from coffeeshop.account.command.text import HIDDEN, dumps, visible
from coffeeshop.account.command.write import argv, write
from coffeeshop.account.model import Account, Call, Json, Key, Outcome, Reply

HEAD = """\
#!/usr/bin/env bash
# What was done in Coffeeshop, for a real AWS account: read it before you run it.
# It needs AWS CLI 2, sed and mktemp; what has no profile runs with your own credentials. IAM takes a moment to spread
# a change: what fails because of one may be run again.
set -euo pipefail

ACCOUNT=${ACCOUNT:-$(aws sts get-caller-identity --query Account --output text)}
SHOP=${SHOP:-coffeeshop-$ACCOUNT}   # bucket names are global: yours begin with this
"""
FUNCTIONS = """\
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
fill() {   # FILE: a document, with the names and numbers of this account in it
  sed FILLED >"$FOLDER/$1"
}
keep() {   # PROFILE ID SECRET [TOKEN]: a credential for the lines that follow
  aws configure set aws_access_key_id "$2" --profile "$1"
  aws configure set aws_secret_access_key "$3" --profile "$1"
  if [ $# -gt 3 ]; then aws configure set aws_session_token "$4" --profile "$1"; fi
}
"""
READS = re.compile(r"(Get|List|Describe|Head|Simulate|Decode|Query|Scan)")
TAKEN = {"GetSessionToken", "GetFederationToken"}  # credentials are made by these
CODES = {"TokenCode": "a new", "AuthenticationCode1": "a", "AuthenticationCode2": "the next"}
PASSWORDS = {"Password": "PASSWORD", "OldPassword": "PASSWORD", "NewPassword": "NEW_PASSWORD"}
MADE = {  # what is captured of an answer: the path that --query takes, and whether it is a credential to keep
    "CreateAccessKey": ("AccessKey", ("AccessKeyId", "SecretAccessKey")),
    "AssumeRole": ("Credentials", ("AccessKeyId", "SecretAccessKey", "SessionToken")),
    "GetSessionToken": ("Credentials", ("AccessKeyId", "SecretAccessKey", "SessionToken")),
    "GetFederationToken": ("Credentials", ("AccessKeyId", "SecretAccessKey", "SessionToken")),
    "GenerateServiceLastAccessedDetails": ("", ("JobId",)),
    "ReceiveMessage": ("Messages[0]", ("ReceiptHandle",)),
}


def script(outcomes: Iterable[Outcome], reads: bool = False) -> str:
    """The acts of these outcomes as bash, in order; calls that only look are left out unless `reads`.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage.html
    """
    done = [outcome for outcome in outcomes if reads or not _looks(outcome.act.call)]
    used = {character for outcome in done for character in dumps(outcome.act.call.parameters)}
    opening, closing = islice((chr(n) for n in range(0xE000, 0x110000) if chr(n) not in used), 2)
    writer = _Writer(opening, closing)
    body = [line for outcome in done for line in writer.lines(outcome)]
    partners = [f"{name}=${{{name}:-{id}}}" for id, name in writer.ids.items() if name != "ACCOUNT"]
    secrets = [f': "${{{name}:?{what}}}"' for name, what in writer.secrets.items()]
    filled = " ".join(f'-e "s/@{name}@/${name}/g"' for name in (*dict.fromkeys(writer.ids.values()), "SHOP"))
    return "\n".join([HEAD + "\n".join([*partners, *secrets]), FUNCTIONS.replace("FILLED", filled), *body, ""])


def _looks(call: Call) -> bool:
    return READS.match(call.operation) is not None and call.operation not in TAKEN


@dataclass(slots=True)
class _Writer:
    """The variables that the script has so far: account ids, captured values, and secrets to be given.

    `opening` and `closing` are two characters that no call holds: they stand around a variable in a text that is still
    to be quoted, so that nothing that was typed can pass for one.
    """

    opening: str
    closing: str
    ids: dict[str, str] = field(default_factory=dict[str, str])
    made: dict[str, str] = field(default_factory=dict[str, str])
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    taken: set[str] = field(default_factory=set[str])
    files: int = 0

    def lines(self, outcome: Outcome) -> Iterator[str]:
        """One act: what it needs first, the call, and what is kept of its answer."""
        call = outcome.act.call
        self.ids.setdefault(outcome.account.id, "ACCOUNT")
        if call.service == "console":
            yield f"# console, not AWS CLI: {_one_line(write(_without_secrets(call)))}"
            if call.operation == "SignIn" and isinstance(outcome.answer, Reply):
                yield f"# to go on as they did: aws login --profile {_safe(_name(outcome))}@console"
            return
        before: list[str] = []
        marked, extra = self._marked(call, _name(outcome), before)
        words = [*map(self._word, argv(marked, _profile(outcome))), *extra]
        yield from before
        yield from self._call(outcome, " ".join(words))

    def _call(self, outcome: Outcome, line: str) -> Iterator[str]:
        call, answer = outcome.act.call, outcome.answer
        if not isinstance(answer, Reply):
            yield f"{line} || true   # {_one_line(answer.code)} here"
            return
        if call.operation not in MADE:
            yield line if not answer.body or _looks(call) else f"{line} >/dev/null"
            return
        path, names = MADE[call.operation]
        values = [_at(answer.body, path, name) for name in names]
        query = f"{path}.[{','.join(names)}]" if path else f"[{','.join(names)}]"
        yield f"MADE=$({line} --query {quote(query)} --output text)"
        variable = self._new(call.operation, values[0], outcome)
        if len(names) == 1:
            yield f"{variable}=$MADE"
        else:
            more = "SECRET TOKEN" if len(names) == 3 else "SECRET"
            kept = '"$SECRET" "$TOKEN"' if len(names) == 3 else '"$SECRET"'
            yield f'read -r {variable} {more} <<<"$MADE"'
            yield f'keep {quote(_newest(outcome.account, values[0]))} "${variable}" {kept}'

    # ------------------------------------------------------------- variables
    def _new(self, operation: str, value: str, outcome: Outcome) -> str:
        """A variable for a captured value, named by what it is: CASEY_KEY, SESSION, JOB; numbered from the second."""
        kinds = {"CreateAccessKey": f"{_name(outcome)} KEY", "ReceiveMessage": "RECEIPT"}
        stem = _variable(kinds.get(operation, "JOB" if operation.startswith("Generate") else "SESSION"))
        names = (stem if n == 1 else f"{stem}_{n}" for n in range(1, len(self.taken) + 2))
        name = next(name for name in names if name not in self.taken)
        if value:
            self.made[value] = name
        self.taken.add(name)
        return name

    def _secret(self, name: str, person: str) -> str:
        variable = _variable(f"{person} {PASSWORDS[name]}")
        self.secrets.setdefault(variable, f"a {'new ' if name == 'NewPassword' else ''}password for {_safe(person)}")
        return variable

    def _partner(self, id: str) -> str:
        others = [name for name in self.ids.values() if name != "ACCOUNT"]
        return self.ids.setdefault(id, f"PARTNER_{len(others) + 1}" if others else "PARTNER")

    # ----------------------------------------------------------------- words
    def _marked(self, call: Call, person: str, before: list[str]) -> tuple[Call, list[str]]:
        """The call with marks for what is a variable or a file here; `before` gets the lines that make them."""
        marked: dict[str, Json] = {}
        extra: list[str] = []
        for name, value in call.parameters.items():
            if name in CODES:
                before.append(f'read -rp "{_safe(person)}: {CODES[name]} code of the MFA device: " {_variable(name)}')
                marked[name] = self._mark(_variable(name))
            elif name in PASSWORDS:
                marked[name] = self._mark(self._secret(name, person))
            elif name == "Body" and isinstance(value, bytes):
                extra = ["--body", f'"$FOLDER/{self._file(value, before)}"']
            elif isinstance(value, bytes):
                marked[name] = self._mark(f"FOLDER/{self._file(value, before)}", "fileb://")
            elif isinstance(value, str) and _document(value):
                marked[name] = self._mark(f"FOLDER/{self._text(value, before)}", "file://")
            else:
                marked[name] = self._blobs(value, before)
        return replace(call, parameters=marked), extra

    def _blobs(self, value: Json, before: list[str]) -> Json:
        """Bytes inside a structure (a function's code) go to files too."""
        if not isinstance(value, Mapping):
            return value
        return {
            key: self._mark(f"FOLDER/{self._file(part, before)}", "fileb://") if isinstance(part, bytes) else part
            for key, part in value.items()
        }

    def _file(self, content: bytes, before: list[str]) -> str:
        self.files += 1
        before.append(f'base64 -d <<<{quote(b64encode(content).decode())} >"$FOLDER/{self.files}"')
        return str(self.files)

    def _text(self, text: str, before: list[str]) -> str:
        """A document, by a here-document that no shell reads into, and one sed for what differs between accounts."""
        self.files += 1
        name = f"{self.files}.json"  # and no line of JSON is END
        before.append(f"fill {name} <<'END'\n{self._replaced(text, lambda name: f'@{name}@')}\nEND")
        return name

    def _mark(self, variable: str, prefix: str = "") -> str:
        """A variable, or a file below $FOLDER, in a text that is still to be quoted."""
        name, slash, rest = variable.partition("/")
        return f"{self.opening}{prefix}${{{name}}}{slash}{rest}{self.closing}"

    def _word(self, text: str) -> str:
        """A word for bash: single quotes around what is plain text, double ones around variables."""
        for value, name in self.made.items():
            text = text.replace(value, self._mark(name))
        text = self._replaced(text, self._mark)
        parts = re.split(f"({self.opening}.*?{self.closing})", text)
        quoted = (f'"{part[1:-1]}"' if part[0] == self.opening else quote(part) for part in parts if part)
        return "".join(quoted) or "''"

    def _replaced(self, text: str, form: Callable[[str], str]) -> str:
        """The text with account ids and the shop's name in the form of their variables."""
        text = re.sub(r"(?<!\d)\d{12}(?!\d)", lambda found: form(self._partner(found[0])), text)
        return re.sub(r"\bcoffeeshop-", lambda _: f"{form('SHOP')}-", text)


def _document(text: str) -> bool:
    """Whether a text is a JSON object that can stand in a script as it is."""
    try:
        return isinstance(json.loads(text), dict) and HIDDEN.search(text) is None
    except (ValueError, RecursionError):
        return False


def _at(body: Mapping[str, Json], path: str, name: str) -> str:
    """The captured value itself, to be recognised in later calls."""
    found: Json = body
    for step in filter(None, path.removesuffix("[0]").split(".")):
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, tuple):
        found = found[0] if found else None
    return str(found.get(name, "")) if isinstance(found, Mapping) else ""


def _profile(outcome: Outcome) -> str:
    """The profile of who called; none for root, whose lines run as whoever runs the script."""
    caller = outcome.act.caller
    found = outcome.account.credentials.get(caller.id) if isinstance(caller, Key) else None
    return found.profile if found and found.profile not in {"root", "root@console"} else ""


def _newest(account: Account, id: str) -> str:
    found = account.credentials.get(id)
    return found.profile if found else "kept"


def _name(outcome: Outcome) -> str:
    """Whom a call is about: the user that it names, else its caller."""
    named = outcome.act.call.parameters.get("UserName")
    return named if isinstance(named, str) and named else _profile(outcome).partition("@")[0] or "root"


def _variable(text: str) -> str:
    name = re.sub(r"\W", "_", text.upper(), flags=re.ASCII)
    return name if name[:1].isalpha() else f"_{name}"


def _safe(text: str) -> str:
    """A name inside double quotes."""
    return re.sub(r"[^\w@.+=,-]", "_", text, flags=re.ASCII)


def _one_line(text: str) -> str:
    """A text for a comment: a line end in it would begin a command."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _without_secrets(call: Call) -> Call:
    hidden = {*PASSWORDS, *CODES, "MfaCode"}
    return replace(call, parameters={key: part for key, part in call.parameters.items() if key not in hidden})
