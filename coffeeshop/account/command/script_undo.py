"""Write the undo script of a play: bash that deletes the things that the play's script creates, and nothing else.

In this module, `before_play` is the account before the play and `after_play` the account
after it. `old` and `new` are the same thing in both. It finds things by name, because ids
are AWS's. It can run twice, or after a script that stopped halfway. For an imported account
it also restores the things that the play changed, as far as calls can. Remaining steps are
comments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.kms_requests import alias_names
from coffeeshop.account.access.policy_documents import missing_control
from coffeeshop.account.access.resource_policies import key_layer
from coffeeshop.account.access.standing import ALLOW_EVERYTHING
from coffeeshop.account.command import bash_functions
from coffeeshop.account.command.bash_center import (
    center_removal_lines,
    center_steps,
    is_reserved,
)
from coffeeshop.account.command.bash_places import forget_places
from coffeeshop.account.command.script import ScriptWriter
from coffeeshop.account.command.script_elsewhere import changes_elsewhere
from coffeeshop.account.command.script_resources import (
    bucket_calls,
    deleted_names,
    policy_steps,
    resource_steps,
)
from coffeeshop.account.iam_resources import Group, ManagedPolicy, Role, User
from coffeeshop.account.model import Account, Act, Call, Key, Outcome, Reply
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import (
    Allowed,
    Kind,
    Layer,
    Principal,
    Request,
    Standing,
)


class Removal(Struct, frozen=True):
    """The bash function that deletes a thing, the account's collection of such things, and the thing's name there."""

    function: str
    book: str
    called: Callable[[Any], str] = lambda thing: thing.name


REMOVAL_ORDER = (  # in this order: things that others use come last
    Removal("remove_analyzer", "analyzers"),
    Removal("remove_trail", "trails"),
    Removal("remove_function", "functions"),
    Removal("remove_table", "tables"),
    Removal("remove_queue", "queues"),
    Removal("remove_bucket", "buckets"),
    Removal("remove_alias", "kms_aliases"),
    Removal("remove_user", "users"),
    Removal("remove_group", "groups"),
    Removal("remove_instance_profile", "instance_profiles"),
    Removal("remove_role", "roles"),
    Removal(
        "remove_device",
        "devices",
        lambda device: device.serial if ":mfa/" in device.serial else "",
    ),
    Removal("remove_oidc_provider", "oidc_providers", lambda provider: provider.url),
    Removal("remove_saml_provider", "saml_providers"),
    Removal("remove_policy", "policies", lambda policy: policy.arn),
)


def write_undo_script(
    before_play: Account,
    outcomes: Sequence[Outcome],
    desk: str = "",
    pinned: str = "",
    world: Sequence[Outcome] = (),
) -> str:
    """Return a bash script that undoes these outcomes.

    It deletes the things that the account `before_play` lacks, and restores those that
    changed. `desk`, `pinned` and `world` are those of `write_script`. With WORLD=no, the script
    leaves what the world's outcomes made as it was when the play began.
    """
    all_outcomes = (*world, *outcomes)
    writer = ScriptWriter.of(all_outcomes, desk, pinned)
    if all_outcomes:
        after_play = all_outcomes[-1].account
    else:
        after_play = before_play
    writer.variables.take_as_own(after_play)
    body = [*_undo_lines(writer, before_play, all_outcomes)]
    if world:
        forget_places(writer.variables)
        played_lines = [*_undo_lines(writer, world[-1].account, outcomes, is_own=False)]
        body = [WORLD_CONDITION, *body, ONLY_PLAY, *played_lines, "fi"]
    functions = bash_functions.FOLDER_FUNCTIONS + bash_functions.REMOVAL_FUNCTIONS
    if any(line.startswith(CENTER_LINES) for line in body):
        functions += bash_functions.CENTER_FUNCTIONS + bash_functions.CENTER_REMOVALS
    return "\n".join([writer.head(bash_functions.TAKEN_AWAY), functions, *body, ""])


WORLD_CONDITION = 'if [ "${WORLD:-yes}" = yes ]; then :'
ONLY_PLAY = "else :   # the script ran with WORLD=no, so what was there before stays"
# How the lines begin that call functions of CENTER_REMOVALS.
CENTER_LINES = (
    "remove_permission_set",
    "remove_membership",
    "remove_team",
    "remove_person",
)


def _undo_lines(
    writer: ScriptWriter,
    before_play: Account,
    outcomes: Sequence[Outcome],
    is_own: bool = True,
) -> Iterator[str]:
    """Yield the lines that undo outcomes. Steps in other accounts come first, since an organization's policy can refuse
    the others.

    `is_own` means that the account `before_play` is the reader's, or that the script made it. Otherwise the reader's
    policies have other versions, so their numbers can't be used.
    """
    after_play = outcomes[-1].account if outcomes else before_play
    for step in changes_elsewhere(before_play, after_play):
        yield f"# by hand, before the rest: {writer.comment(step)}"
    for call in restoring_calls(before_play, after_play):
        if is_own or not call.operation.endswith("PolicyVersion"):
            yield from _call_lines(writer, call, after_play)
        elif call.operation == "DeletePolicyVersion":
            step = f"the play made a version of the policy {call.text('PolicyArn')}"
            yield f"# by hand: {writer.comment(step)}"
    yield from center_removal_lines(writer.variables, before_play, after_play)
    for removal in REMOVAL_ORDER:
        yield from _removal_lines(writer, removal, before_play, outcomes)
    for step in _manual_steps(before_play, after_play):
        yield f"# by hand: {writer.comment(step)}"


def _removal_lines(
    writer: ScriptWriter,
    removal: Removal,
    before_play: Account,
    outcomes: Sequence[Outcome],
) -> Iterator[str]:
    """Yield the lines that remove everything that was added to one collection, each thing once."""
    seen = None
    names = dict[str, None]()
    for outcome in outcomes:
        things: Mapping[str, Any] = getattr(outcome.account, removal.book)
        if things is not seen:
            seen = things
            before = getattr(before_play, removal.book)
            things_made = (
                thing
                for key, thing in things.items()
                if key not in before
                and _is_new(before_play, thing)
                and not is_reserved(thing)
            )
            names |= dict.fromkeys(filter(None, map(removal.called, things_made)))
    if removal.book == "buckets":
        word = writer.bucket
    else:
        word = writer.variables.word
    last_account = outcomes[-1].account if outcomes else before_play
    yield from (
        f"{removal.function} {word(name)}"
        for name in names
        if not _is_beyond_reader(last_account, removal.book, name)
    )


def _is_beyond_reader(account: Account, book: str, name: str) -> bool:
    """Return whether an administrator's policies don't let the reader remove a thing.

    That is so for the root user's MFA device, and for a KMS key whose policy leaves nothing to the account.
    """
    if book == "devices" and name in account.devices:
        return account.devices[name].owner == account.id
    if book == "kms_aliases" and name in account.kms_aliases:
        return _is_closed_key(account, account.kms_aliases[name].key)
    return False


def _is_closed_key(account: Account, id: str) -> bool:
    """Return whether a KMS key's policy keeps administrators whom it doesn't name from deleting the key."""
    key = account.kms_keys[id]
    administrator = Principal(
        f"{account.root_arn.removesuffix(':root')}:user/?", account.id
    )
    layers = (Layer(Kind.IDENTITY, (ALLOW_EVERYTHING,)), key_layer(account, key))
    arn = ids.arn(account, "kms-key", id)
    request = Request("kms:ScheduleKeyDeletion", arn, {}, account.id)
    decision = authorize(Standing(administrator, layers, {}), request)
    return not isinstance(decision, Allowed)


def _is_new(before_play: Account, thing: object) -> bool:
    """Return whether a thing was made in the play.

    A user, group or role that was only renamed has an id from before.
    """
    return not isinstance(thing, User | Group | Role) or thing.id not in before_play.names


def _call_lines(writer: ScriptWriter, call: Call, account: Account) -> Iterator[str]:
    """Yield a call's lines, made by whoever runs the script.

    `gone` in place of `aws` ignores that the thing is missing.
    """
    outcome = Outcome(Act(account.created, Key(""), call), account, Reply({}))
    yield from (
        line.replace("aws ", "gone ", 1) if line.startswith("aws ") else line
        for line in writer.lines(outcome)
    )


# --------------------------------------------------------- what was there before
def restoring_calls(before_play: Account, after_play: Account) -> Iterator[Call]:
    """Yield the calls that give things of the account `before_play` back the state that they had in it."""
    yield from _device_calls(before_play, after_play)
    for book in (before_play.groups, before_play.users, before_play.roles):
        for old in book.values():
            new = after_play.entity_by_id(old.id)
            if new is not None and new != old and not is_reserved(old):
                yield from _entity_calls(before_play, after_play, old, new)
    for arn in (arn for arn in before_play.policies if arn in after_play.policies):
        yield from _policy_version_calls(
            before_play.policies[arn], after_play.policies[arn]
        )
    yield from _key_calls(before_play, after_play)
    yield from bucket_calls(before_play, after_play)
    yield from _account_calls(before_play, after_play)


def _key_calls(before_play: Account, after_play: Account) -> Iterator[Call]:
    """Yield the calls that restore the state, the key policy and the tags of KMS keys."""
    for id, old in before_play.kms_keys.items():
        new = after_play.kms_keys[id]
        identity: dict[str, Json] = {"KeyId": id}
        if new != old and _is_closed_key(after_play, id):
            continue  # a step by hand
        if new.deleted_at and not old.deleted_at:
            yield Call("kms", "CancelKeyDeletion", identity)
        is_refused = bool(deleted_names(after_play, old.policy.text))
        if new.policy.text != old.policy.text and not is_refused:
            # The reader decides who can change the key, so the script restores what was there.
            policy: dict[str, Json] = {
                "Policy": old.policy.text,
                "BypassPolicyLockoutSafetyCheck": True,
            }
            yield Call("kms", "PutKeyPolicy", {**identity, **policy})
        is_enabled_now = new.enabled and not new.deleted_at
        if old.enabled != is_enabled_now and not old.deleted_at:
            operation = "EnableKey" if old.enabled else "DisableKey"
            yield Call("kms", operation, identity)
        if added := tuple(key for key in new.tags if key not in old.tags):
            yield Call("kms", "UntagResource", {**identity, "TagKeys": added})


def _account_calls(before_play: Account, after_play: Account) -> Iterator[Call]:
    """Yield the calls that restore the states of EC2 instances, the password policy and the alias of `before_play`."""
    for id, instance in before_play.instances.items():
        if after_play.instances[id].state != instance.state:
            if instance.state == "running":
                operation = "StartInstances"
            else:
                operation = "StopInstances"
            yield Call("ec2", operation, {"InstanceIds": (id,)})
    if after_play.password_policy and not before_play.password_policy:
        yield _iam_call("DeleteAccountPasswordPolicy")
    # An account has one alias at most, which only its owner could have set.
    if after_play.alias != before_play.alias:
        name = before_play.alias or after_play.alias
        yield _iam_call(
            "CreateAccountAlias" if before_play.alias else "DeleteAccountAlias",
            AccountAlias=name,
        )


def _device_calls(before_play: Account, after_play: Account) -> Iterator[Call]:
    """Yield the calls that deactivate MFA devices which the play gave to users who existed before."""
    for serial, device in after_play.devices.items():
        if device.owner in before_play.names and serial not in before_play.devices:
            owner = after_play.entity_by_id(device.owner)
        else:
            owner = None
        if isinstance(owner, User) and not _made_by_aws(serial):
            yield _iam_call("DeactivateMFADevice", UserName=owner.name, SerialNumber=serial)


def _made_by_aws(serial: str) -> bool:
    """Return whether AWS chooses a serial, as it does for security keys.

    The real account has another.
    """
    return ":u2f/" in serial


def _iam_call(operation: str, **parameters: Json) -> Call:
    """Return a call of IAM with these parameters."""
    return Call("iam", operation, parameters)


def _entity_calls(
    before_play: Account,
    after_play: Account,
    old: User | Group | Role,
    new: User | Group | Role,
) -> Iterator[Call]:
    """Yield the calls that restore a user, group or role: its name first, because later calls use it."""
    kind = type(old).__name__
    if (old.name, old.path) != (new.name, new.path):
        name = f"{kind}Name"
        yield _iam_call(
            f"Update{kind}", **{name: new.name, f"New{name}": old.name, "NewPath": old.path}
        )
    yield from _policy_calls(kind, old, new)
    if not isinstance(old, Group) and not isinstance(new, Group):
        yield from _user_or_role_calls(kind, old, new)
    if isinstance(old, User) and isinstance(new, User):
        yield from _user_calls(before_play, after_play, old, new)
    if isinstance(old, Role) and isinstance(new, Role):
        yield from _role_calls(after_play, old, new)


def _policy_calls(
    kind: str, old: User | Group | Role, new: User | Group | Role
) -> Iterator[Call]:
    """Yield the calls that restore the attached and inline policies."""
    identity: dict[str, Json] = {f"{kind}Name": old.name}
    for arn in (arn for arn in new.attached if arn not in old.attached):
        yield _iam_call(f"Detach{kind}Policy", **identity, PolicyArn=arn)
    for arn in (arn for arn in old.attached if arn not in new.attached):
        yield _iam_call(f"Attach{kind}Policy", **identity, PolicyArn=arn)
    for document in (
        document for key, document in new.inline.items() if key not in old.inline
    ):
        yield _iam_call(f"Delete{kind}Policy", **identity, PolicyName=document.policy.name)
    for key, document in old.inline.items():
        if key not in new.inline or new.inline[key].text != document.text:
            yield _iam_call(
                f"Put{kind}Policy",
                **identity,
                PolicyName=document.policy.name,
                PolicyDocument=document.text,
            )


def _user_or_role_calls(kind: str, old: User | Role, new: User | Role) -> Iterator[Call]:
    """Yield the calls that restore the boundary and the tags."""
    identity: dict[str, Json] = {f"{kind}Name": old.name}
    if old.boundary != new.boundary and old.boundary:
        yield _iam_call(
            f"Put{kind}PermissionsBoundary", **identity, PermissionsBoundary=old.boundary
        )
    elif old.boundary != new.boundary:
        yield _iam_call(f"Delete{kind}PermissionsBoundary", **identity)
    if added := tuple(key for key in new.tags if key not in old.tags):
        yield _iam_call(f"Untag{kind}", **identity, TagKeys=added)
    if changed := {key: tag for key, tag in old.tags.items() if new.tags.get(key) != tag}:
        yield _iam_call(f"Tag{kind}", **identity, Tags=tag_list(changed))


def _user_calls(
    before_play: Account, after_play: Account, old: User, new: User
) -> Iterator[Call]:
    """Yield the calls that restore a user's groups, and that delete a password which they didn't have."""
    for id in (id for id in new.groups if id not in old.groups and id in before_play.names):
        if group := after_play.entity_by_id(id):
            yield _iam_call("RemoveUserFromGroup", UserName=old.name, GroupName=group.name)
    for id in (id for id in old.groups if id not in new.groups):
        if group := before_play.entity_by_id(id):
            yield _iam_call("AddUserToGroup", UserName=old.name, GroupName=group.name)
    if new.login and not old.login:
        yield _iam_call("DeleteLoginProfile", UserName=old.name)


def _role_calls(after_play: Account, old: Role, new: Role) -> Iterator[Call]:
    """Yield the calls that restore a role's trust policy, longest session and description."""
    is_refused = missing_control(old.trust.policy) or deleted_names(
        after_play, old.trust.text
    )
    if old.trust.text != new.trust.text and not is_refused:
        yield _iam_call(
            "UpdateAssumeRolePolicy", RoleName=old.name, PolicyDocument=old.trust.text
        )
    if (old.max_session, old.description) != (new.max_session, new.description):
        yield _iam_call(
            "UpdateRole",
            RoleName=old.name,
            Description=old.description,
            MaxSessionDuration=old.max_session,
        )


def _policy_version_calls(old: ManagedPolicy, new: ManagedPolicy) -> Iterator[Call]:
    """Yield the calls that restore a policy's default version and delete later ones."""
    ids_before = {version.id for version in old.versions}
    if old.default != new.default and old.default in {
        version.id for version in new.versions
    }:
        yield _iam_call("SetDefaultPolicyVersion", PolicyArn=old.arn, VersionId=old.default)
    for version in new.versions:
        if version.id not in ids_before:
            yield _iam_call("DeletePolicyVersion", PolicyArn=old.arn, VersionId=version.id)


def _manual_steps(before_play: Account, after_play: Account) -> Iterator[str]:
    """Yield what no call can restore, because it needs an id or a secret of the real account."""
    for old in (
        *before_play.groups.values(),
        *before_play.users.values(),
        *before_play.roles.values(),
    ):
        if after_play.entity_by_id(old.id) is None and not is_reserved(old):
            yield f"the play deleted the {type(old).__name__.lower()} {old.name}"
    yield from _refused_trust_steps(before_play, after_play)
    yield from (
        f"the play deleted the policy {arn}"
        for arn in before_play.policies
        if arn not in after_play.policies
    )
    for old in before_play.users.values():
        new = after_play.entity_by_id(old.id)
        if isinstance(new, User):
            yield from _credential_steps(before_play, after_play, old, new)
    for serial, device in after_play.devices.items():
        owned = device.owner == after_play.id or (
            _made_by_aws(serial) and device.owner in before_play.names
        )
        if owned and serial not in before_play.devices:
            yield f"the play enrolled the MFA device {serial}"
    yield from _key_steps(before_play, after_play)
    yield from center_steps(before_play, after_play)
    yield from _analyzer_steps(before_play, after_play)
    yield from resource_steps(before_play, after_play)
    if (
        before_play.password_policy
        and after_play.password_policy != before_play.password_policy
    ):
        yield "the play changed the account's password policy"


def _key_steps(before_play: Account, after_play: Account) -> Iterator[str]:
    """Yield what to look at by hand in KMS: keys without an alias, and grants, whose ids are AWS's."""
    for id, new in after_play.kms_keys.items():
        old = before_play.kms_keys.get(id)
        aliases = alias_names(after_play, new)
        if old is None and not aliases:
            yield "the play made a KMS key without an alias: aws kms list-keys"
        elif old is None and _is_closed_key(after_play, id):
            yield (
                f"the policy of the KMS key {aliases[0]} lets no other administrator delete it. As someone whom it names, "
                "let yourself, then delete the key and its alias"
            )
        elif old and new != old and _is_closed_key(after_play, id):
            name = aliases[0] if aliases else id
            yield f"the play changed the KMS key {name}, which only someone whom its policy names can change back"
        elif old and old.policy.text != new.policy.text:
            policy_name = f"the policy of the KMS key {aliases[0] if aliases else id}"
            yield from policy_steps(after_play, old.policy.text, policy_name)
        if old and old.grants != new.grants:
            yield "the play made or ended grants of a KMS key: aws kms list-grants --key-id KEY"


def _analyzer_steps(before_play: Account, after_play: Account) -> Iterator[str]:
    """Yield the analyzers that the play deleted or changed. The ids of findings are AWS's."""
    for name, old in before_play.analyzers.items():
        new = after_play.analyzers.get(name)
        if new is None:
            yield f"the play deleted the analyzer {name}"
        elif new != old:
            yield f"the play changed tags, archive rules or findings of the analyzer {name}"


def _refused_trust_steps(before_play: Account, after_play: Account) -> Iterator[str]:
    """Yield the roles whose old trust policy AWS refuses now, since it was made before a rule."""
    for old in before_play.roles.values():
        new = after_play.entity_by_id(old.id)
        if not isinstance(new, Role) or old.trust.text == new.trust.text:
            continue
        trust_name = f"the trust policy of the role {old.name}"
        yield from policy_steps(after_play, old.trust.text, trust_name)
        if controls := missing_control(old.trust.policy):
            yield f"the old trust policy of the role {old.name} has no condition on {controls}, so AWS refuses it now"


def _credential_steps(
    before_play: Account, after_play: Account, old: User, new: User
) -> Iterator[str]:
    """Yield what to look at by hand in a user's keys and password, which have secrets that no call returns."""
    keys_before, keys_now = (
        {key.id for key in account.keys_of(old.id)} for account in (before_play, after_play)
    )
    if keys_now != keys_before:
        yield f"the play made or deleted access keys of {old.name}: aws iam list-access-keys --user-name {old.name}"
    if old.login and (
        new.login is None or replace(new.login, used=old.login.used) != old.login
    ):
        yield f"the play changed or deleted the password of {old.name}"
