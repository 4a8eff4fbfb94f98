"""A fake `aws` for scripts that bash runs: it plays each call in an account of its own, whose ids are other ones.

It holds the account, and is the people too: who signs in in the browser, and who does by hand what the console asks.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from traceback import format_exc
from typing import Any

import jmespath
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import format_outcome, read_act
from coffeeshop.account.credentials import MfaDevice, Session
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Key, Outcome, Reply
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.resources import Instance
from coffeeshop.shop.serve import seen_from_account_of_user

ID, BOARD, TOKEN = "999988887777", "i-0feedfacefeedface", "GAHT00000001"
OWNER = "owner@elsewhere.example"
# A shell starts in a fifth of the time that Python takes, and this is started hundreds of times.
CLIENT = """\
#!/bin/sh
printf '%s\\0' "$PWD" "${{AWS_REGION-}}" "${{AWS_SHARED_CREDENTIALS_FILE-}}" "$@" >'{folder}/asked'
read -r code <'{folder}/answered'
cat '{folder}/out'
cat '{folder}/err' >&2
exit "$code"
"""


@dataclass(slots=True)
class FakeAws:
    """The account and who may show which badge; `calls` are the words of every call, `passwords` what people know."""

    account: Account
    at: datetime
    root: Key
    passwords: Mapping[str, str]
    profiles: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    calls: list[list[str]] = field(default_factory=list[list[str]])
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    # How often a call fails before it does not.
    failures: dict[str, int] = field(default_factory=dict[str, int])

    def ran(
        self, argv: list[str], folder: Path, env: Mapping[str, str]
    ) -> tuple[str, str, int]:
        """Output, error output and exit code of one call."""
        if argv == ["--version"]:
            return "aws-cli/2.36.1 Python/3.14.2 Linux/6.1 exe/x86_64\n", "", 0
        self.calls.append(argv)
        if env.get("AWS_REGION") != "us-east-1":
            return "", "You must specify a region: the one that the policies name\n", 253
        if argv[:2] == ["configure", "set"]:
            assert env["AWS_SHARED_CREDENTIALS_FILE"].startswith(str(folder)), (
                "the reader's own are not written"
            )
            self.profiles.setdefault(argv[5], {})[argv[2]] = argv[3]
            return "", "", 0
        if argv[0] == "login":
            return self._signed_in(argv[2])
        if argv[0] == "by-hand":
            return self._by_hand(shlex.split(argv[1]))
        if self.failures.get(argv[1], 0):
            self.failures[argv[1]] -= 1
            return (
                "",
                "An error occurred (NoSuchEntity) when calling the operation: not spread yet\n",
                254,
            )
        return self._called(argv, folder)

    def _called(self, argv: list[str], folder: Path) -> tuple[str, str, int]:
        rest, profile = _without(argv, "--profile")
        rest, query = _without(rest, "--query")
        rest, form = _without(rest, "--output") if query else (rest, "")
        rest, _ = _without(rest, "--cli-binary-format")
        caller, profile = (
            self.root,
            profile or ("default" if "default" in self.profiles else ""),
        )
        if profile and (caller := self._badge(profile)) is None:
            return "", f"The config profile ({profile}) could not be found\n", 255
        outcome = self._act(shlex.join(["aws", *rest]), caller, folder)
        if not isinstance(outcome, Outcome):
            return "", outcome, 252
        shown = format_outcome(outcome).text
        if not isinstance(outcome.answer, Reply):
            return "", shown + "\n", 254
        if "--outfile" in rest:
            device: Any = outcome.answer.body["VirtualMFADevice"]
            (folder / rest[rest.index("--outfile") + 1]).write_text(
                str(device["Base32StringSeed"])
            )
        if query:
            found = jmespath.search(query, json.loads(shown))
            shown = json.dumps(found) if form == "json" else _text(found)
        return shown, "", 0

    def _act(self, line: str, caller: Key, folder: Path) -> Outcome | str:
        self.at += timedelta(minutes=1)
        act = read_act(
            line, self.account, self.at, lambda name: (folder / name).read_bytes(), caller
        )
        if not isinstance(act, Act):
            return "\n".join(map(str, act)) + "\n"
        self.outcomes.append(handle(self.account, act))
        self.account = self.outcomes[-1].account
        return self.outcomes[-1]

    def _badge(self, profile: str) -> Key | None:
        """The credential of a profile, if its secret (and token) are the right ones."""
        held = self.profiles.get(profile, {})
        id = held.get("aws_access_key_id", "")
        return Key(id) if id and held == self._credential(id) else None

    def _credential(self, id: str) -> dict[str, str]:
        """What a profile holds of a credential, in whichever account that is."""
        there = self.account.home_of(Key(id))
        found = there.credentials.get(id)
        token = (
            {"aws_session_token": ids.session_token(there, found)}
            if isinstance(found, Session)
            else {}
        )
        return {
            "aws_access_key_id": id,
            "aws_secret_access_key": ids.secret_key(there, id),
            **token,
        }

    # ---------------------------------------------------------------- people
    def _signed_in(self, profile: str) -> tuple[str, str, int]:
        """Who signs in in the browser, with the code that their phone shows; the owner of another account has a key."""
        key = next(
            (
                c.id
                for c in self.account.all_credentials
                if c.profile == profile and c.owner in self.account.others
            ),
            "",
        )
        if key:
            self.profiles[profile] = self._credential(key)
            return "", "", 0
        name = profile.partition("@")[0]
        there = seen_from_account_of_user(self.account, name)
        owner = there.id if name == "root" else there.users[name].id
        who = ["--root-email", OWNER] if name == "root" else ["--user-name", name]
        who += ["--account-id", there.id] if there.id != self.account.id else []
        code = ["--mfa-code", "@phone"] if there.devices_of(owner) else []
        words = ["console", "sign-in", *who, "--password", self.passwords[name], *code]
        outcome = self._act(shlex.join(words), self.root, Path())
        if not isinstance(outcome, Outcome) or not isinstance(outcome.answer, Reply):
            return "", str(outcome), 255
        id = str(outcome.answer.body["AccessKeyId"])
        self.profiles[profile] = self._credential(id)
        return "", "", 0

    def _by_hand(self, words: list[str]) -> tuple[str, str, int]:
        """Who does an act of the console: whoever it names, else the owner."""
        words, profile = _without(words, "--profile")
        self._signed_in(profile := profile or "root@console")
        if words[1] == "enroll-root-mfa":
            words += [
                "--authentication-code1",
                "@phone-1",
                "--authentication-code2",
                "@phone",
            ]
        outcome = self._act(
            shlex.join(words), Key(self.profiles[profile]["aws_access_key_id"]), Path()
        )
        assert isinstance(outcome, Outcome), outcome
        assert isinstance(outcome.answer, Reply), outcome.answer
        return "", "", 0


def fresh(
    passwords: Mapping[str, str],
    board: bool = True,
    others: Mapping[str, Account] | None = None,
) -> FakeAws:
    """A fresh account: an owner who runs the script, an EC2 instance (if there is a `board`), and a hardware token; the
    other accounts beside it.
    """
    at = datetime(2027, 1, 1, tzinfo=UTC)
    account = ids.new_account(
        ID, b"elsewhere", at, OWNER, passwords.get("root", "Another-blend-2")
    )
    if board:
        account = replace(
            account,
            instances=account.instances.put(BOARD, Instance(BOARD, "menu-board", at)),
        )
    account = replace(
        account,
        devices=account.devices.put(
            TOKEN, MfaDevice(TOKEN, "GEZDGNBVGY3TQOJQGEZDGNBV", at)
        ),
    )
    account = replace(account, others=SortedMap(others.items() if others else ()))
    account, root = mint_credential(account, account.root_arn, "key", at)
    return FakeAws(account, at, root, passwords)


# A variable that the reader must set, and what it stands for in the play.
IN_PLACE = re.compile(r"^(\w+)=\$\{\w+:\?.* in place of (\S+)\}$", re.MULTILINE)


def run(
    fake: FakeAws, script: str, answers: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """What bash makes of the script with this `aws`; `answers` are typed, and `variables` are in the environment."""
    by_hand = script.replace(
        'read -rp "At the console, then press Enter: $1 " _', 'command aws by-hand "$1"'
    )
    with tempfile.TemporaryDirectory(prefix="aws") as name, _served(fake, Path(name)):
        folder = Path(name)
        (folder / "script.sh").write_text(by_hand, "utf-8")
        given = {f"{user.upper()}_PASSWORD": word for user, word in fake.passwords.items()}
        path = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": name, "TMPDIR": name}
        env = {
            **path,
            **given,
            **dict(IN_PLACE.findall(script)),
            "ACCOUNT": "1",
            "SHOP": "mine",
            "MENU_BOARD": BOARD,
            "HARDWARE_TOKEN": TOKEN,
            **variables,
        }
        command = ["bash", "script.sh"]
        return subprocess.run(
            command,
            cwd=folder,
            env=env,
            input=answers,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@contextmanager
def _served(fake: FakeAws, folder: Path) -> Generator[None]:
    """Answer the client's calls, one after the other, through two named pipes."""
    asked, answered = folder / "asked", folder / "answered"
    os.mkfifo(asked)
    os.mkfifo(answered)

    def serve() -> None:
        # Whoever stops the server opens the pipe and writes nothing.
        while call := asked.read_bytes():
            fields = call.decode("utf-8", "surrogateescape").split("\0")
            where, region, key_file, *argv = fields[:-1]
            env = {"AWS_REGION": region, "AWS_SHARED_CREDENTIALS_FILE": key_file}
            try:
                out, err, code = fake.ran(argv, Path(where), env)
            except Exception:  # the script would wait for ever
                out, err, code = "", format_exc(), 1
            for name, text in (("out", out), ("err", err)):
                (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
            answered.write_text(f"{code}\n")

    for name, text in (
        ("aws", CLIENT.format(folder=folder)),
        ("sleep", "#!/bin/sh\n"),
    ):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o755)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        asked.write_bytes(b"")
        thread.join()


def _without(argv: list[str], option: str) -> tuple[list[str], str]:
    if option not in argv:
        return argv, ""
    at = argv.index(option)
    return [*argv[:at], *argv[at + 2 :]], argv[at + 1]


def _text(found: object) -> str:
    """A value as `--output text` prints it."""
    return "\t".join(map(str, found)) + "\n" if isinstance(found, list) else f"{found}\n"
