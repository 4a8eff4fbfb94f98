"""Write the acts of a play as a bash script for a real AWS account.

Account ids, bucket names, ids, keys, codes and passwords become variables. A refused call becomes a comment, because a
real account might allow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from msgspec import Struct, field
from msgspec.structs import replace

from coffeeshop.account.access.callers import is_root, is_unsigned
from coffeeshop.account.access.web_identity import read_claims
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command import bash_functions
from coffeeshop.account.command.bash_center import (
    CENTER_MADE,
    CENTER_SERVICES,
    waiting_line,
)
from coffeeshop.account.command.bash_places import forget_places, place_lines
from coffeeshop.account.command.bash_words import (
    Bash,
    ScriptVariables,
    Var,
    as_one_line,
    buckets_made,
    holds_bytes,
    is_plain_json_object,
    quote_pieces,
    safe_name,
    unique_name,
    variable_word,
)
from coffeeshop.account.command.function_package import handler_zip
from coffeeshop.account.command.grammar import HOISTED_MEMBERS
from coffeeshop.account.command.subjects import (
    is_about_caller,
    is_about_root,
    is_allowed_by_name,
    subject_name,
    switch_as_assume_role,
)
from coffeeshop.account.command.terminal_text import dump_json
from coffeeshop.account.command.write import PASSWORD_PARAMETERS, call_words, write_line
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Call, Key, Nobody, Outcome, Reply
from coffeeshop.account.resources import NULL_VERSION
from coffeeshop.account.values import Json

READ_OPERATIONS = re.compile(
    r"(Get|List|Describe|Head|Simulate|Decode|Query|Scan|Decrypt|Encrypt|ReEncrypt|GenerateDataKey"
    r"|Lookup|Validate|Check)"
)
POLICY_PARAMETER = re.compile(r"policy(DocumentType|Content|Type)?$", re.IGNORECASE)
CREDENTIAL_CALLS = {"GetSessionToken", "GetFederationToken"}  # they give credentials
TOKEN_PARAMETER = "WebIdentityToken"
CODE_WORDS = {
    "TokenCode": "a new",
    "AuthenticationCode1": "a",
    "AuthenticationCode2": "the next",
}
CREDENTIAL_PATHS = {  # answers that hold a credential: the path that --query takes
    "CreateAccessKey": "AccessKey",
    "AssumeRole": "Credentials",
    "AssumeRoleWithWebIdentity": "Credentials",
    "GetSessionToken": "Credentials",
    "GetFederationToken": "Credentials",
}
CAPTURED_VALUES = {  # a value to capture if a later call uses it: its path in the answer, and the end of the variable's name
    "CreateUser": ("User.UserId", "USER"),
    "CreateGroup": ("Group.GroupId", "GROUP"),
    "CreateRole": ("Role.RoleId", "ROLE"),
    "CreatePolicy": ("Policy.PolicyId", "POLICY"),
    "CreatePolicyVersion": ("PolicyVersion.VersionId", "VERSION"),
    "GenerateServiceLastAccessedDetails": ("JobId", "JOB"),
    "InviteAccountToOrganization": ("Handshake.Id", "HANDSHAKE"),
    "ReceiveMessage": ("Messages[0].ReceiptHandle", "RECEIPT"),
    "CreateKey": ("KeyMetadata.KeyId", "KEY"),
    "CreateGrant": ("GrantId", "GRANT"),
    "CreateMultipartUpload": ("UploadId", "UPLOAD"),
    **dict.fromkeys(
        ("PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject"),
        ("VersionId", "OBJECT VERSION"),
    ),
    "CreateServiceSpecificCredential": (
        "ServiceSpecificCredential.ServiceSpecificCredentialId",
        "CREDENTIAL",
    ),
}
# Console acts that the reader need not repeat by hand.
IN_THE_BROWSER = {"SignIn", "PortalSignIn", "SignOut", "SwitchBack"}


def write_script(
    outcomes: Iterable[Outcome],
    world: Iterable[Outcome] = (),
    desk: str = "",
    pinned: str = "",
) -> str:
    """Return a bash script with the calls of these outcomes, for a real account.

    `world` are the outcomes that made the account as the play found it; they come first.
    Calls that only read are left out. Whoever runs the script acts as root, and as the
    profile `desk`, which no act made. Calls by which root changes its own keys become
    comments, since they would change the reader's keys. `pinned` is the only account id in
    which the script runs ("": any).

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage.html
    """
    before = [outcome for outcome in world if not _only_reads(outcome.act.call)]
    after = [outcome for outcome in outcomes if not _only_reads(outcome.act.call)]
    writer = ScriptWriter.of((*before, *after), desk, pinned)
    world_lines = [line for outcome in before for line in writer.lines(outcome)]
    world_variables = writer.leave_world()
    body = [line for outcome in after for line in writer.lines(outcome)]
    if world_lines:
        needed_lines = writer.needed_lines(world_variables)
        world_lines = [WORLD_SECTION, *world_lines, "fi", "", DONE_MARK, *needed_lines]
    functions = bash_functions.FOLDER_FUNCTIONS + bash_functions.CALL_FUNCTIONS
    if any(outcome.act.call.service in CENTER_SERVICES for outcome in (*before, *after)):
        functions += bash_functions.CENTER_FUNCTIONS
    functions += bash_functions.BYTES_CHECK if writer.bytes_in_json else ""
    return "\n".join([writer.head(bash_functions.HEAD), functions, *world_lines, *body, ""])


WORLD_SECTION = """\
# ---- what was there before, to be left out with WORLD=no where it is there already
if [ "${WORLD:-yes}" = yes ]; then :"""
DONE_MARK = "# ---- what was done"


def _only_reads(call: Call) -> bool:
    """Return whether a call changes nothing, so that the script can leave it out."""
    is_read = READ_OPERATIONS.match(call.operation) is not None
    return is_read and call.operation not in CREDENTIAL_CALLS


class ScriptWriter(Struct):
    """Writes acts as lines of bash.

    `parameter_text` is the text of all parameters: a value in it is used by a later call,
    so it gets a variable. `callers` are the ids of credentials that make calls. `pinned` is
    the only account that the script is for ("": any). `profiles` has the script's profile
    of each credential. `variable_by_subject` has the variable of each password, by person
    and password, and of each policy version, by policy and id. `world_profiles` are the credentials of profiles that
    only the world's lines make, and `meanings` says what a variable holds, where a reader has to set it.
    """

    desk: str
    parameter_text: str
    callers: set[str]
    variables: ScriptVariables = field(default_factory=ScriptVariables)
    profiles: dict[str, str] = {}
    variable_by_subject: dict[tuple[str, Json], str] = {}
    pinned: str = ""
    bytes_in_json: bool = False
    world_profiles: set[str] = set()
    meanings: dict[str, str] = {}

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], desk: str, pinned: str) -> ScriptWriter:
        """Return a writer for these outcomes."""
        texts = "\n".join(dump_json(outcome.act.call.parameters) for outcome in outcomes)
        callers = {o.act.caller.id for o in outcomes if isinstance(o.act.caller, Key)}
        variables = ScriptVariables(buckets_made(outcomes, bool(pinned)), bool(pinned))
        return cls(desk, texts, callers, variables, pinned=pinned)

    def head(self, about: str) -> str:
        """Return the head of a script: the account, and the variables that the reader must
        set.
        """
        if self.pinned:
            pinned = bash_functions.ACCOUNT_CHECK.format(account=self.pinned)
        else:
            pinned = ""
        return about + pinned + "\n".join(["", *self.variables.head()]).lstrip("\n")

    def leave_world(self) -> frozenset[str]:
        """Begin the lines of what was done. Return the variables that only the world's lines set.

        A reader who leaves out the world has keys, profiles and ids of their own.
        """
        forget_places(self.variables)
        self.world_profiles = {*self.profiles}
        set_by_calls = {*self.variables.names.values(), *self.variable_by_subject.values()}
        self.variables.used_before |= self.variables.used
        self.variables.used = set()
        return frozenset(set_by_calls - {*self.variables.given} - {"ACCOUNT"})

    def needed_lines(self, world_variables: Iterable[str]) -> Iterator[str]:
        """Yield the lines that stop the script if a variable of the world is needed and wasn't set."""
        for name in sorted({*world_variables} & self.variables.used):
            meaning = self.meanings.get(name, "the ID that AWS gave it")
            yield f': "${{{name}:?with WORLD=no, set it to {meaning}}}"'

    def bucket(self, name: str) -> Bash:
        """Return the word for a bucket's name."""
        return quote_pieces(self.variables.bucket(name))

    def comment(self, text: str) -> str:
        """Return a text for a comment, with variables in it."""
        pieces = self.variables.pieces(text)
        return as_one_line(
            "".join(f"${piece}" if isinstance(piece, Var) else piece for piece in pieces)
        )

    def lines(self, outcome: Outcome) -> Iterator[str]:
        """Yield the lines of one act: its needs, the call, and the kept part of its answer."""
        self.variables.take_as_own(outcome.account)
        call = outcome.act.call
        answer = outcome.answer
        if not isinstance(answer, Reply):
            plain = call_words(
                _without_secrets(call), self._profile_of_refused_call(outcome)
            )
            yield as_one_line(
                f"# {answer.code} here: {' '.join(map(self.variables.word, plain))}"
            )
        elif (call.service, call.operation) == ("console", "SwitchRole"):
            yield from self._call_lines(
                switch_as_assume_role(outcome, answer.body), {"Credentials": answer.body}
            )
        elif call.service == "console":
            yield from self._console_lines(outcome, answer.body)
        elif is_about_root(outcome):
            yield as_one_line(
                f"# only as root: {' '.join(map(self.variables.word, call_words(call)))}"
            )
        else:
            yield from self._call_lines(outcome, answer.body)

    def _console_lines(self, outcome: Outcome, body: Mapping[str, Json]) -> Iterator[str]:
        """Yield the lines of a console act: a sign-in that later calls need, or what the
        reader does by hand.
        """
        call = outcome.act.call
        line = write_line(_without_secrets(call))
        if call.operation not in IN_THE_BROWSER:
            yield f"by_hand {self.variables.word(as_one_line(line))}"
            yield from self._security_key_lines(outcome, _value_at(body, "SerialNumber"))
            return
        yield f"# console, not AWS CLI: {as_one_line(line)}"
        id = str(body.get("AccessKeyId", ""))
        if (
            call.operation in {"SignIn", "PortalSignIn"}
            and id in self.callers
            and not is_root(outcome.account, Key(id))
        ):
            yield f"sign_in {self._new_profile(outcome.account, id)}"

    def _security_key_lines(self, outcome: Outcome, serial: str) -> Iterator[str]:
        """Yield the line that looks up a security key's serial, which AWS chooses."""
        if serial in self.parameter_text and (
            stem := serial.rpartition("-")[0].partition(":u2f/")[2]
        ):
            self.variables.names[serial] = name = self.variables.new_variable(
                f"{subject_name(outcome)} SECURITY KEY"
            )
            path = f"MFADevices[?contains(SerialNumber, ':u2f/{stem}-')].SerialNumber | [0]"
            query = self.variables.word(path)
            user = self.variables.word(subject_name(outcome))
            yield f"{name}=$(aws iam list-mfa-devices --user-name {user} --query {query} --output text)"

    def _call_lines(self, outcome: Outcome, body: Mapping[str, Json]) -> Iterator[str]:
        """Yield the lines of a call: those that prepare its profile, ids and files, then the call."""
        call = outcome.act.call
        lines_before = list[str]()
        profile = self._caller_profile(outcome, lines_before)
        lines_before += place_lines(self.variables, outcome.account, call, profile)
        parameters_given = call.parameters.items()
        parameters = {
            name: self._parameter_value(outcome, name, part, lines_before)
            for name, part in parameters_given
        }
        if outcome.act.caller == Nobody() and not is_unsigned(call):
            further_words = ["--no-sign-request"]
        else:
            further_words = []
        if any(map(holds_bytes, parameters.values())):
            self.bytes_in_json = True
            # Whatever the reader's own configuration says.
            further_words += ["--cli-binary-format", "base64"]
        words = (
            *map(
                self.variables.word,
                call_words(replace(call, parameters=parameters), profile),
            ),
            *further_words,
        )
        yield from lines_before
        yield from self._capture_lines(outcome, body, " ".join(words))

    def _capture_lines(
        self, outcome: Outcome, body: Mapping[str, Json], line: str
    ) -> Iterator[str]:
        """Yield the call. If later calls use an id of its answer, a variable captures it."""
        call = outcome.act.call
        made = CENTER_MADE if call.service in CENTER_SERVICES else CAPTURED_VALUES
        path, kind = made.get(call.operation, ("", ""))
        if path:
            value = _value_at(body, path)
        else:
            value = ""
        if call.operation in CREDENTIAL_PATHS:
            yield from self._credential_lines(outcome, body, line)
        elif value not in ("", NULL_VERSION) and value in self.parameter_text:
            name = self.variables.new_variable(f"{_name_made(call)} {kind}".strip())
            yield f"{name}=$({line} --query '{path}' --output text)"
            # "v2" can be part of any text, so it is replaced only beside its policy.
            if kind == "VERSION":
                self.variable_by_subject[call.text("PolicyArn"), value] = name
                self.meanings[name] = (
                    f"a version of {safe_name(_name_made(call))}, {value} in the play"
                )
            else:
                self.variables.names[value] = name
        elif waiting := waiting_line(call, line):
            yield waiting
        else:
            yield line if not body or _only_reads(call) else f"{line} >/dev/null"
        if call.operation == "CreateVirtualMFADevice":
            name = safe_name(call.text("VirtualMFADeviceName"))
            yield f'echo "The seed of the MFA device {name}, for an authenticator app: $(cat seed.txt)"'

    def _credential_lines(
        self, outcome: Outcome, body: Mapping[str, Json], line: str
    ) -> Iterator[str]:
        """Yield the lines that make a credential and keep it in a profile of the script."""
        path = CREDENTIAL_PATHS[outcome.act.call.operation]
        id = _value_at(body, f"{path}.AccessKeyId")
        lasting = path == "AccessKey"
        name = self.variables.new_variable(
            f"{subject_name(outcome)} KEY" if lasting else "SESSION"
        )
        secret_names, secret_words = (
            ("SECRET", '"$SECRET"') if lasting else ("SECRET TOKEN", '"$SECRET" "$TOKEN"')
        )
        if lasting:
            members = "AccessKeyId,SecretAccessKey"
        else:
            members = "AccessKeyId,SecretAccessKey,SessionToken"
        yield f"MADE=$({line} --query '{path}.[{members}]' --output text)"
        yield f'read -r {name} {secret_names} <<<"$MADE"'
        yield f'keep {self._new_profile(outcome.account.home_of(Key(id)), id)} "${name}" {secret_words}'
        if id:
            self.variables.names[id] = name
            self.meanings[name] = f"an access key ID of {safe_name(subject_name(outcome))}"

    # -------------------------------------------------------------- profiles
    def _new_profile(self, account: Account, id: str) -> str:
        """Return the word of a new profile for a credential, with a name that no other has."""
        credential = account.credentials.get(id)
        if credential:
            stem = credential.profile
        else:
            stem = "kept"
        if (
            isinstance(credential, Session)
            and credential.kind == "Role"
            and (role := account.entity_by_id(credential.owner))
        ):
            # A role that was switched to has its own profile.
            stem = stem.replace("@console", f"@{role.name}")
        self.profiles[id] = unique_name(stem, {"default", *self.profiles.values()})
        return self.variables.word(self.profiles[id])

    def _caller_profile(self, outcome: Outcome, before: list[str]) -> str:
        """Return the caller's profile for `--profile`, or "" for whoever runs the script.

        The script can't know a credential that no act made, so it asks for it: that line is
        added to `before`.
        """
        caller = outcome.act.caller
        account = outcome.account.home_of(outcome.act.caller)
        if isinstance(caller, Key):
            id = caller.id
        else:
            id = ""
        if id in self.world_profiles:
            profile = self.variables.word(self.profiles[id])
            self.world_profiles.discard(id)
            before.append(
                f"mine sts get-caller-identity --profile {profile} >/dev/null 2>&1 || sign_in {profile}"
            )
        if id in self.profiles or id not in account.credentials:
            return self.profiles.get(id, "")
        at_desk = account.credentials[id].profile == self.desk and not is_about_caller(
            outcome.act.call
        )
        is_readers = is_root(account, caller) or (
            at_desk and not is_allowed_by_name(outcome)
        )
        if is_readers and account is outcome.account:
            return ""
        if account is not outcome.account:
            before.append(f"# another account: {self.comment(account.id)}")
        before.append(f"sign_in {self._new_profile(account, id)}")
        return self.profiles[id]

    def _profile_of_refused_call(self, outcome: Outcome) -> str:
        """Return the profile whose call AWS denied, for the comment that replaces the call
        in the script.

        "" if whoever runs the script would make the call with their own credential: the
        play's first profile (`desk`), root's key, or none.
        """
        caller = outcome.act.caller
        account = outcome.account.home_of(outcome.act.caller)
        credential = account.credential_of(caller)
        is_own_root = is_root(account, caller) and account is outcome.account
        if credential is None or is_own_root:
            return ""
        own_profile = "" if credential.profile == self.desk else credential.profile
        return self.profiles.get(credential.id, own_profile)

    # ------------------------------------------------------------ parameters
    def _parameter_value(
        self, outcome: Outcome, name: str, value: Json, before: list[str]
    ) -> Json:
        """Return what to write for a parameter: its value, or the word of a variable or a file that stands for it.

        Lines that must come first, such as asking for a password, are added to `before`.
        """
        call = outcome.act.call
        person = subject_name(outcome)
        if name in CODE_WORDS:
            before.append(
                f'read -rp "{safe_name(person)}: {CODE_WORDS[name]} code of the MFA device: " {name.upper()}'
            )
            return variable_word(name.upper())
        if name in PASSWORD_PARAMETERS:
            return variable_word(self._password_variable(person, str(value), before))
        if name == TOKEN_PARAMETER:
            return variable_word(self._token_variable(str(value), before))
        if name == "VersionId" and (
            version := self.variable_by_subject.get((call.text("PolicyArn"), value))
        ):
            self.variables.used.add(version)
            return variable_word(version)
        if isinstance(value, str):
            return self._text_value(call, name, value, before)
        return self._blob_value(outcome, name, value, before)

    def _text_value(self, call: Call, name: str, text: str, before: list[str]) -> str:
        """Return a text parameter: a bucket's word, the word of a file with a policy, or the text itself."""
        if name in {"Bucket", "S3BucketName"} and re.fullmatch(r"[\w.-]+", text, re.ASCII):
            return self.bucket(text)
        if name == "SAMLMetadataDocument":
            return self.variables.write_file(text.encode(), before, "file://")
        if _holds_policy(call, name) and is_plain_json_object(text):
            return self.variables.write_document(text, before)
        return text

    def _password_variable(self, person: str, password: str, before: list[str]) -> str:
        """Return the variable of a person's password.

        Each password of theirs has its own.
        """
        if (person, password) not in self.variable_by_subject:
            self.variable_by_subject[person, password] = self.variables.new_variable(
                f"{person} PASSWORD"
            )
        name = self.variable_by_subject[person, password]
        before.append(f'ask {name} "a password for {safe_name(person)} ({name})"')
        return name

    def _token_variable(self, token: str, before: list[str]) -> str:
        """Return the variable of a token that an issuer outside AWS gave to a workload."""
        claims = read_claims(token) or {}
        name = self.variables.new_variable("WEB IDENTITY TOKEN")
        text = f"a token of {claims.get('iss', '')} for {claims.get('sub', '')} ({name})"
        before.append(f"ask {name} {self.variables.word(as_one_line(text))}")
        return name

    def _blob_value(
        self, outcome: Outcome, name: str, value: Json, before: list[str]
    ) -> Json:
        """Write bytes to a file, also those inside a structure that have an option of their
        own.
        """
        call = outcome.act.call
        hoisted, inner = HOISTED_MEMBERS.get((call.service, call.operation), ("", ""))
        if name == hoisted and isinstance(value, Mapping) and inner in value:
            return {
                **value,
                inner: self._blob_value(outcome, inner, value[inner], before),
            }
        if not isinstance(value, bytes):
            return value
        if name == "ZipFile" and not value.startswith(b"PK"):
            value = handler_zip(
                _value_at(outcome.answer.body, "Handler")
                if isinstance(outcome.answer, Reply)
                else ""
            )
        return self.variables.write_file(
            value, before, "" if name == "Body" else "fileb://"
        )


def _value_at(body: Mapping[str, Json], path: str) -> str:
    """Return the text at a path of an answer, such as "AccessKey.AccessKeyId", or "" if it isn't there."""
    part: Json = body
    for step in path.split("."):
        name = step.removesuffix("[0]")
        if isinstance(part, Mapping):
            part = cast("Mapping[str, Json]", part).get(name)
        else:
            part = None
        if name != step:
            if isinstance(part, tuple) and part:
                part = part[0]
            else:
                part = None
    if isinstance(part, str):
        return part
    return ""


def _holds_policy(call: Call, name: str) -> bool:
    """Return whether a parameter is a policy document, by the name of its shape."""
    row = OPERATIONS.get((call.service, call.operation))
    if row:
        member = row.input.member(name)
    else:
        member = None
    return member is not None and POLICY_PARAMETER.search(member.target) is not None


def _name_made(call: Call) -> str:
    """Return the name of what a call creates."""
    members = ("UserName", "GroupName", "RoleName", "PolicyName", "DisplayName", "Name")
    names = [call.text(name) for name in members]
    return next(filter(None, names), call.text("PolicyArn").rpartition("/")[2])


def _without_secrets(call: Call) -> Call:
    """Return the call without passwords, MFA codes and tokens."""
    hidden = {*PASSWORD_PARAMETERS, *CODE_WORDS, "MfaCode", TOKEN_PARAMETER}
    return replace(
        call,
        parameters={
            key: part for key, part in call.parameters.items() if key not in hidden
        },
    )
