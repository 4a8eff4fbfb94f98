"""What was done, as a bash script for a real AWS account: nothing of the simulated one stays in it but names.

Account ids, bucket names, ids, keys, codes and passwords are variables. What was refused is a comment: elsewhere it
might be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from msgspec import Struct, field
from msgspec.structs import replace

from coffeeshop.account.access.callers import is_root
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command import bash_functions
from coffeeshop.account.command.bash_places import forget_places, places
from coffeeshop.account.command.bash_words import (
    Bash,
    ScriptVariables,
    Var,
    buckets_made,
    holds_bytes,
    is_document,
    one_line,
    quoted,
    safe,
    unique,
    value,
)
from coffeeshop.account.command.function_package import package
from coffeeshop.account.command.grammar import HOISTED
from coffeeshop.account.command.subjects import personal, roots_own, switched, whose
from coffeeshop.account.command.terminal_text import dumps
from coffeeshop.account.command.write import PASSWORDS, argv, write
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Call, Key, Nobody, Outcome, Reply
from coffeeshop.account.values import Json

READS = re.compile(r"(Get|List|Describe|Head|Simulate|Decode|Query|Scan)")
POLICY = re.compile(r"policy(DocumentType|Content)?$", re.IGNORECASE)
TAKEN = {"GetSessionToken", "GetFederationToken"}  # credentials are made by these
CODES = {
    "TokenCode": "a new",
    "AuthenticationCode1": "a",
    "AuthenticationCode2": "the next",
}
CREDENTIALS = {  # answers that hold a credential: the path that --query takes
    "CreateAccessKey": "AccessKey",
    "AssumeRole": "Credentials",
    "GetSessionToken": "Credentials",
    "GetFederationToken": "Credentials",
}
MADE = {  # what is captured of an answer if a later call says it: the path, and what the variable is called
    "CreateUser": ("User.UserId", "USER"),
    "CreateGroup": ("Group.GroupId", "GROUP"),
    "CreateRole": ("Role.RoleId", "ROLE"),
    "CreatePolicy": ("Policy.PolicyId", "POLICY"),
    "CreatePolicyVersion": ("PolicyVersion.VersionId", "VERSION"),
    "GenerateServiceLastAccessedDetails": ("JobId", "JOB"),
    "InviteAccountToOrganization": ("Handshake.Id", "HANDSHAKE"),
    "ReceiveMessage": ("Messages[0].ReceiptHandle", "RECEIPT"),
}
# Acts of the console that leave nothing to be made by hand.
IN_THE_BROWSER = {"SignIn", "SignOut", "SwitchBack"}


def script(
    outcomes: Iterable[Outcome],
    world: Iterable[Outcome] = (),
    desk: str = "",
    pinned: str = "",
) -> str:
    """Returns the acts of these outcomes as bash, in order, after those that made the `world`; calls that only look are
    left out. Root, and the badge of that profile that no act made (`desk`), are whoever runs the script;
    what root did to its own keys is a comment, since it would be done to theirs. `pinned` is the only account in which
    it runs, if there is one.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage.html
    """
    before = [outcome for outcome in world if not _looks(outcome.act.call)]
    after = [outcome for outcome in outcomes if not _looks(outcome.act.call)]
    writer = ScriptWriter.of((*before, *after), desk, pinned)
    made = [line for outcome in before for line in writer.lines(outcome)]
    forget_places(writer.variables)  # the reader may have them, though the world made none
    body = [line for outcome in after for line in writer.lines(outcome)]
    if made:
        made = [WORLD, *made, "fi", "", "# ---- what was done"]
    functions = bash_functions.FOLDER + bash_functions.CALLS
    functions += bash_functions.BYTES if writer.bytes_in_json else ""
    return "\n".join([writer.head(bash_functions.DONE), functions, *made, *body, ""])


WORLD = """\
# ---- what was there before, to be left out with WORLD=no where it is there already
if [ "${WORLD:-yes}" = yes ]; then :"""


def _looks(call: Call) -> bool:
    return READS.match(call.operation) is not None and call.operation not in TAKEN


class ScriptWriter(Struct):
    """Acts to lines: `said` is what all of them say, `callers` are the credentials that any of them is done with, `pinned`
    is the only account that they are for, if there is one.

    `profiles` names each credential in the script, `whose` the variable of what is told apart by whose it is: a
    password by its person, a version by its policy.
    """

    desk: str
    said: str
    callers: set[str]
    variables: ScriptVariables = field(default_factory=ScriptVariables)
    profiles: dict[str, str] = {}
    whose: dict[tuple[str, Json], str] = {}
    pinned: str = ""
    bytes_in_json: bool = False

    @classmethod
    def of(cls, done: Sequence[Outcome], desk: str, pinned: str) -> ScriptWriter:
        """Returns a writer of what was done."""
        said = "\n".join(dumps(outcome.act.call.parameters) for outcome in done)
        callers = {o.act.caller.id for o in done if isinstance(o.act.caller, Key)}
        variables = ScriptVariables(buckets_made(done, bool(pinned)), bool(pinned))
        return cls(desk, said, callers, variables, pinned=pinned)

    def head(self, about: str) -> str:
        """Returns the head of a script: the account, and how what it needs of the reader gets its value."""
        if self.pinned:
            pinned = bash_functions.PINNED.format(account=self.pinned)
        else:
            pinned = ""
        return about + pinned + "\n".join(["", *self.variables.head()]).lstrip("\n")

    def bucket(self, name: str) -> Bash:
        """Returns the word of a bucket's name."""
        return quoted(self.variables.bucket(name))

    def comment(self, text: str) -> str:
        """Returns a text for a comment, with the variables that it speaks of."""
        pieces = self.variables.pieces(text)
        return one_line(
            "".join(f"${piece}" if isinstance(piece, Var) else piece for piece in pieces)
        )

    def lines(self, outcome: Outcome) -> Iterator[str]:
        """Yields one act: what it needs first, the call, and what is kept of its answer."""
        self.variables.take_as_own(outcome.account)
        call = outcome.act.call
        answer = outcome.answer
        if not isinstance(answer, Reply):
            plain = argv(_without_secrets(call), self._known(outcome))
            yield one_line(
                f"# {answer.code} here: {' '.join(map(self.variables.word, plain))}"
            )
        elif (call.service, call.operation) == ("console", "SwitchRole"):
            yield from self._call(
                switched(outcome, answer.body), {"Credentials": answer.body}
            )
        elif call.service == "console":
            yield from self._console(outcome, answer.body)
        elif roots_own(outcome):
            yield one_line(
                f"# only as root: {' '.join(map(self.variables.word, argv(call)))}"
            )
        else:
            yield from self._call(outcome, answer.body)

    def _console(self, outcome: Outcome, body: Mapping[str, Json]) -> Iterator[str]:
        """Yields an act of the console: a sign-in with which something is done, or what the reader has to do by hand."""
        call = outcome.act.call
        said = write(_without_secrets(call))
        if call.operation not in IN_THE_BROWSER:
            yield f"by_hand {self.variables.word(one_line(said))}"
            yield from self._security_key(outcome, _at(body, "SerialNumber"))
            return
        yield f"# console, not AWS CLI: {one_line(said)}"
        id = str(body.get("AccessKeyId", ""))
        if (
            call.operation == "SignIn"
            and id in self.callers
            and not is_root(outcome.account, Key(id))
        ):
            yield f"sign_in {self._kept(outcome.account, id)}"

    def _security_key(self, outcome: Outcome, serial: str) -> Iterator[str]:
        """Yields the serial number of a security key, which AWS makes."""
        if serial in self.said and (
            stem := serial.rpartition("-")[0].partition(":u2f/")[2]
        ):
            self.variables.names[serial] = name = self.variables.new_variable(
                f"{whose(outcome)} SECURITY KEY"
            )
            found = (
                f"MFADevices[?contains(SerialNumber, ':u2f/{stem}-')].SerialNumber | [0]"
            )
            query = self.variables.word(found)
            user = self.variables.word(whose(outcome))
            yield f"{name}=$(aws iam list-mfa-devices --user-name {user} --query {query} --output text)"

    def _call(self, outcome: Outcome, body: Mapping[str, Json]) -> Iterator[str]:
        call = outcome.act.call
        before = list[str]()
        profile = self._profile(outcome, before)
        before += places(self.variables, outcome.account, call, profile)
        given = call.parameters.items()
        parameters = {
            name: self._parameter(outcome, name, part, before) for name, part in given
        }
        if outcome.act.caller == Nobody():
            more = ["--no-sign-request"]
        else:
            more = []
        if any(map(holds_bytes, parameters.values())):
            self.bytes_in_json = True
            more += [
                "--cli-binary-format",
                "base64",
            ]  # whatever the reader's own configuration says
        words = (
            *map(self.variables.word, argv(replace(call, parameters=parameters), profile)),
            *more,
        )
        yield from before
        yield from self._made(outcome, body, " ".join(words))

    def _made(self, outcome: Outcome, body: Mapping[str, Json], line: str) -> Iterator[str]:
        """Yields the call, with what is kept of its answer."""
        call = outcome.act.call
        path, kind = MADE.get(call.operation, ("", ""))
        value = _at(body, path) if path else ""
        if call.operation in CREDENTIALS:
            yield from self._credential(outcome, body, line)
        elif value and value in self.said:
            name = self.variables.new_variable(f"{_called(call)} {kind}".strip())
            yield f"{name}=$({line} --query '{path}' --output text)"
            if kind == "VERSION":  # v2 is a word that may stand anywhere
                self.whose[call.text("PolicyArn"), value] = name
            else:
                self.variables.names[value] = name
        else:
            yield line if not body or _looks(call) else f"{line} >/dev/null"
        if call.operation == "CreateVirtualMFADevice":
            name = safe(call.text("VirtualMFADeviceName"))
            yield f'echo "The seed of the MFA device {name}, for an authenticator app: $(cat seed.txt)"'

    def _credential(
        self, outcome: Outcome, body: Mapping[str, Json], line: str
    ) -> Iterator[str]:
        path = CREDENTIALS[outcome.act.call.operation]
        id = _at(body, f"{path}.AccessKeyId")
        lasting = path == "AccessKey"
        name = self.variables.new_variable(
            f"{whose(outcome)} KEY" if lasting else "SESSION"
        )
        more, kept = (
            ("SECRET", '"$SECRET"') if lasting else ("SECRET TOKEN", '"$SECRET" "$TOKEN"')
        )
        if lasting:
            members = "AccessKeyId,SecretAccessKey"
        else:
            members = "AccessKeyId,SecretAccessKey,SessionToken"
        yield f"MADE=$({line} --query '{path}.[{members}]' --output text)"
        yield f'read -r {name} {more} <<<"$MADE"'
        yield f'keep {self._kept(outcome.account.home_of(Key(id)), id)} "${name}" {kept}'
        if id:
            self.variables.names[id] = name

    # -------------------------------------------------------------- profiles
    def _kept(self, account: Account, id: str) -> str:
        """Returns the word of a new profile for a credential, which no other has: one's own stays one's own."""
        found = account.credentials.get(id)
        stem = found.profile if found else "kept"
        if (
            isinstance(found, Session)
            and found.kind == "Role"
            and (worn := account.entity_by_id(found.owner))
        ):
            # A role that was switched to has its own profile.
            stem = stem.replace("@console", f"@{worn.name}")
        self.profiles[id] = unique(stem, {"default", *self.profiles.values()})
        return self.variables.word(self.profiles[id])

    def _profile(self, outcome: Outcome, before: list[str]) -> str:
        """Returns the profile of who called; none for whoever runs the script. A badge that no act made is asked for."""
        caller, account = outcome.act.caller, outcome.account.home_of(outcome.act.caller)
        id = caller.id if isinstance(caller, Key) else ""
        if id in self.profiles or id not in account.credentials:
            return self.profiles.get(id, "")
        at_desk = account.credentials[id].profile == self.desk and not personal(
            outcome.act.call
        )
        own = is_root(account, caller) or at_desk
        if own and account is outcome.account:
            return ""
        before.append(f"sign_in {self._kept(account, id)}")
        return self.profiles[id]

    def _known(self, outcome: Outcome) -> str:
        """Returns the profile of who was refused."""
        caller, account = outcome.act.caller, outcome.account.home_of(outcome.act.caller)
        found = account.credential_of(caller)
        if found is None or (is_root(account, caller) and account is outcome.account):
            return ""
        return self.profiles.get(
            found.id, "" if found.profile == self.desk else found.profile
        )

    # ------------------------------------------------------------ parameters
    def _parameter(
        self, outcome: Outcome, name: str, said: Json, before: list[str]
    ) -> Json:
        """Returns a parameter, or the word for what is a variable or a file here; `before` gets the lines that make
        these.
        """
        call = outcome.act.call
        person = whose(outcome)
        if name in CODES:
            before.append(
                f'read -rp "{safe(person)}: {CODES[name]} code of the MFA device: " {name.upper()}'
            )
            return value(name.upper())
        if name in PASSWORDS:
            return value(self._password(person, str(said), before))
        if name == "VersionId" and (
            version := self.whose.get((call.text("PolicyArn"), said))
        ):
            return value(version)
        if isinstance(said, str):
            return self._text(call, name, said, before)
        return self._blob(outcome, name, said, before)

    def _text(self, call: Call, name: str, said: str, before: list[str]) -> str:
        if name in {"Bucket", "S3BucketName"} and re.fullmatch(r"[\w.-]+", said, re.ASCII):
            return self.bucket(said)
        policy = _holds_policy(call, name) and is_document(said)
        if policy:
            return self.variables.write_document(said, before)
        return said

    def _password(self, person: str, said: str, before: list[str]) -> str:
        """Returns one variable for each password of a person, so that an old one is told from a new one."""
        if (person, said) not in self.whose:
            self.whose[person, said] = self.variables.new_variable(f"{person} PASSWORD")
        name = self.whose[person, said]
        before.append(f'ask {name} "a password for {safe(person)} ({name})"')
        return name

    def _blob(self, outcome: Outcome, name: str, said: Json, before: list[str]) -> Json:
        """Writes bytes to files, also those inside a structure (a function's code) that have an option of their own."""
        call = outcome.act.call
        hoisted, inner = HOISTED.get((call.service, call.operation), ("", ""))
        if name == hoisted and isinstance(said, Mapping) and inner in said:
            return {**said, inner: self._blob(outcome, inner, said[inner], before)}
        if not isinstance(said, bytes):
            return said
        if name == "ZipFile" and not said.startswith(b"PK"):
            said = package(
                _at(outcome.answer.body, "Handler")
                if isinstance(outcome.answer, Reply)
                else ""
            )
        return self.variables.write_file(said, before, "" if name == "Body" else "fileb://")


def _at(body: Mapping[str, Json], path: str) -> str:
    """Returns the captured value itself, to be recognised in later calls."""
    found: Json = body
    for step in path.split("."):
        name = step.removesuffix("[0]")
        if isinstance(found, Mapping):
            found = cast("Mapping[str, Json]", found).get(name)
        else:
            found = None
        if name != step:
            found = found[0] if isinstance(found, tuple) and found else None
    return found if isinstance(found, str) else ""


def _holds_policy(call: Call, name: str) -> bool:
    """Tells whether a parameter is a policy's document, as its shape says: policyDocumentType,
    sessionPolicyDocumentType.
    """
    row = OPERATIONS.get((call.service, call.operation))
    member = row.input.member(name) if row else None
    return member is not None and POLICY.search(member.target) is not None


def _called(call: Call) -> str:
    """Returns what a call makes is called."""
    names = [
        call.text(name) for name in ("UserName", "GroupName", "RoleName", "PolicyName")
    ]
    return next(filter(None, names), call.text("PolicyArn").rpartition("/")[2])


def _without_secrets(call: Call) -> Call:
    hidden = {*PASSWORDS, *CODES, "MfaCode"}
    return replace(
        call,
        parameters={
            key: part for key, part in call.parameters.items() if key not in hidden
        },
    )
