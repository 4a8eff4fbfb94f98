"""Make the parts of ideas about KMS keys, Access Analyzer's findings, and CloudTrail's events."""

from __future__ import annotations

from typing import Any

from coffeeshop.lessons.exercises.of_guardrails import PARTNER_ID, STRANGER_ID
from coffeeshop.lessons.exercises.of_trouble import create_key_command
from coffeeshop.lessons.exercises.part import (
    SHOP_ACCOUNT,
    Kit,
    Part,
    Setting,
    Statement,
    allow,
    delete_command,
    deny,
    group_policy_command,
    opens,
    role_arn,
    trust_command,
    trust_statement,
    user_arn,
)

OUTSIDE_ADDRESS = "198.51.100.23"  # an address outside the shop


def bucket_policy_command(bucket: str, document: str) -> str:
    """Return the command that replaces a bucket's policy."""
    return f"aws s3api put-bucket-policy --bucket {bucket} --policy {document}"


# ---------------------------------------------------------------------- KMS keys
def encryption_part(kit: Kit) -> Part:
    """Return a part: let a group use the KMS key that encrypts a bucket, and no other key."""
    group = kit.make_group()
    worker = kit.hire(group)
    key, secret = kit.file(), kit.file()
    bucket, closed = kit.make_bucket(), kit.make_bucket()
    alias, other_alias = (f"alias/{name}" for name in (bucket, closed))
    arn = kit.make_key(alias, bucket)
    kit.make_key(other_alias, closed)
    files = f"arn:aws:s3:::{bucket}/*"
    both = ["s3:GetObject", "s3:PutObject"]
    work = kit.write_policy("work", allow(both, files))
    kit.world += [
        f"aws s3api put-object --bucket {bucket} --key {key}",
        f"aws s3api put-object --bucket {closed} --key {secret}",
        group_policy_command(group, work),
    ]
    kit.require_reading(worker, bucket, key)
    store = f"aws s3api put-object --bucket {bucket} --key {key}"
    kit.require(
        "store", worker, store, f"{{Who}} can store any file in {bucket}", covers=files
    )
    kit.refuse("closed", worker, opens(closed, secret), f"{{Who}} opens a file in {closed}")
    kit.refuse(
        "delete",
        worker,
        f"aws kms schedule-key-deletion --key-id @{alias}",
        f"{{Who}} deletes the key {alias}",
    )

    def unlock(name: str, actions: str | list[str], on: str = arn) -> str:
        document = kit.write_policy(name, allow(actions, on))
        return group_policy_command(group, document, "unlock")

    needed = ["kms:Decrypt", "kms:GenerateDataKey"]
    kit.note_mistake(
        "all-of-s3",
        "M02",
        0,
        [f"job-denied:read#@{worker}:none"],
        group_policy_command(group, kit.write_policy("all-of-s3", allow("s3:*", files))),
    )
    kit.note_mistake(
        "encrypt",
        "M04",
        0,
        [f"job-denied:store#@{worker}:action"],
        unlock("encrypt", ["kms:Decrypt", "kms:Encrypt"]),
    )
    kit.note_mistake(
        "every-action",
        "M15",
        0,
        [f"leak:delete#@{worker}"],
        unlock("every-action", "kms:*"),
    )
    kit.note_mistake(
        "every-key", "M15", 1, [f"excess:{worker}"], unlock("every-key", needed, "*")
    )
    return kit.part(
        f"""{worker.capitalize()}, in the group {group}, opens and stores files in the bucket {bucket}, such as {key}. The KMS key
        {alias} has encrypted them since yesterday, and now AWS refuses both. Let the group use this key, and no other.
        {worker.capitalize()} must not open files in {closed}, such as {secret}, which the key {other_alias} encrypts. No one in the
        group must be able to delete a key. The key policies leave the decision to the account's policies.""",
        """S3 calls KMS on the caller's behalf. Reading an encrypted object needs kms:Decrypt on its key, and storing one needs
        kms:GenerateDataKey. AWS's answer names the action and the key.""",
        [unlock("unlock", needed)],
        (
            worker,
            opens(bucket, key),
            "The group's policy allows s3:GetObject. But nothing allows kms:Decrypt on the key that encrypts the file.",
        ),
    )


# ---------------------------------------------------------------------- findings
ANALYZER_NAME = "outside"
ANALYZER_ARN = f"arn:aws:access-analyzer:us-east-1:{SHOP_ACCOUNT}:analyzer/{ANALYZER_NAME}"
MAKES_ANALYZER = (
    f"aws accessanalyzer create-analyzer --analyzer-name {ANALYZER_NAME} --type ACCOUNT"
)
LISTS_FINDINGS = f"aws accessanalyzer list-findings-v2 --analyzer-arn {ANALYZER_ARN}"


def archive_command(resource: str) -> str:
    """Return the command that archives the findings about a resource."""
    target = f"--analyzer-arn {ANALYZER_ARN} --resource-arn {resource}"
    return f"aws accessanalyzer update-findings --status ARCHIVED {target}"


def refuse_outsider(kit: Kit, name: str, line: str, does: str) -> None:
    """Add a refusal that doesn't name the caller, since the learner has to find them: someone from outside runs a line."""
    say = f"Someone else outside the account {does}"
    kit.refuse(f"{name}-out", name, line, say, quiet=True)


def findings_part(kit: Kit) -> Part:
    """Return a part: remove the access behind Access Analyzer's findings, except what a partner needs."""
    group = kit.make_group()
    worker = kit.hire(group)
    role, courier, former, stranger = (kit.names.draw("roles") for _ in range(4))
    shared_key, key = kit.file(), kit.file()
    shared, bucket = kit.make_bucket(shared_key), kit.make_bucket(key)
    kit.setting = Setting(
        outside={
            "courier": f"account/{PARTNER_ID}/role/{courier}",
            "former": f"account/{PARTNER_ID}/role/{former}",
            "stranger": f"account/{STRANGER_ID}/role/{stranger}",
        },
        without=("no-direct-user-policies", "no-wildcard-action", "no-unknown-actions"),
        looks=(LISTS_FINDINGS,),
    )

    def lets_in(name: str, place: str, account: str, caller: str) -> str:
        principal = {"AWS": f"arn:aws:iam::{account}:role/{caller}"}
        files = f"arn:aws:s3:::{place}/*"
        statement = allow("s3:GetObject", files, Principal=principal)
        return bucket_policy_command(place, kit.write_policy(name, statement))

    both = [user_arn(worker), f"arn:aws:iam::{STRANGER_ID}:role/{stranger}"]
    open_trust = kit.write_policy("open-trust", _trust_in(*both))
    own_files = f"arn:aws:s3:::{bucket}/*"
    reading = kit.write_policy("reading", allow("s3:GetObject", own_files))
    kit.world += [
        group_policy_command(group, reading),
        f"aws iam create-role --role-name {role} --assume-role-policy-document {open_trust}",
        lets_in("courier", shared, PARTNER_ID, courier),
        lets_in("former", bucket, PARTNER_ID, former),
        MAKES_ANALYZER,
    ]
    kit.fixed.append(f"role/{role}")
    kit.require_reading(worker, bucket, key)
    say = f"The partner's role {courier} can open any file in {shared}"
    kit.require(
        "partner",
        "courier",
        opens(shared, shared_key),
        say,
        covers=f"arn:aws:s3:::{shared}/*",
    )
    assume = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name work"
    kit.require("assume", worker, assume, f"{{Who}} can assume the role {role}")
    refuse_outsider(kit, "former", opens(bucket, key), "opens a file")
    refuse_outsider(kit, "stranger", assume, "assumes a role")
    closes = f"aws s3api delete-bucket-policy --bucket {bucket}"
    own_trust = kit.write_policy("own-trust", _trust_in(user_arn(worker)))
    narrows = trust_command(role, own_trust)
    resources = (f"arn:aws:s3:::{bucket}", role_arn(role))
    kit.note_mistake(
        "archived",
        "M77",
        0,
        ["leak:former-out#@former", "leak:stranger-out#@stranger"],
        *map(archive_command, resources),
    )
    kit.note_mistake("the-bucket-alone", "M18", 0, ["leak:stranger-out#@stranger"], closes)
    everyone = deny("s3:GetObject", Principal="*", Resource=own_files)
    kit.note_mistake(
        "everyone-denied",
        "M61",
        0,
        [f"job-denied:read#@{worker}:explicit"],
        bucket_policy_command(bucket, kit.write_policy("everyone", everyone)),
        narrows,
    )
    return kit.part(
        f"""{worker.capitalize()}, in the group {group}, opens files in the bucket {bucket}, such as {key}, and assumes the role
        {role}. The role {courier} in a partner's account, {PARTNER_ID}, opens files in {shared}, such as {shared_key}. No one else
        outside the account should get in. The Access Analyzer named {ANALYZER_NAME} has found more access from outside. Remove the
        access that no one asked for.""",
        """A finding says that someone outside can use a resource. If that's intended, archive the finding. If it isn't, change the
        policy. Archiving a finding doesn't change the policy, so the access stays.""",
        [closes, narrows],
        (
            worker,
            opens(bucket, key),
            "The group's policy allows it. Within the account, that is enough.",
        ),
    )


def _trust_in(*arns: str) -> Statement:
    """Return the statement of a trust policy that lets in these principals."""
    principal: Any = {"AWS": arns[0] if len(arns) == 1 else [*arns]}
    return trust_statement(principal)


# ------------------------------------------------------------------------ events
def lookup_command(attribute: str, value: str) -> str:
    """Return the command that looks up events by one attribute."""
    return f"aws cloudtrail lookup-events --lookup-attributes AttributeKey={attribute},AttributeValue={value}"


def events_part(kit: Kit) -> Part:
    """Return a part: find out from CloudTrail who changed a group, undo the change, and stop that person alone."""
    kit.setting = Setting(
        without=("no-direct-user-policies", "no-unknown-actions"),
        looks=(lookup_command("EventName", "PutGroupPolicy"),),
    )
    kit.world.append("#@ at 2025-11-03T08:00:00Z")
    group, managers = kit.make_group(), kit.make_group()
    worker = kit.hire(group)
    writer, refused, reader = (kit.hire(managers) for _ in range(3))
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    reading = kit.write_policy("reading", allow("s3:GetObject", files))
    night = kit.write_policy("night", allow("s3:DeleteObject", files))
    group_arn = f"arn:aws:iam::{SHOP_ACCOUNT}:group/{group}"
    managing = kit.write_policy(
        "managing", allow(["iam:ListGroupPolicies", "iam:PutGroupPolicy"], group_arn)
    )
    evening = 18 + kit.dice.below(4)
    look = f"aws iam list-group-policies --group-name {group}"
    kit.world += [
        group_policy_command(group, reading),
        group_policy_command(managers, managing),
        *map(create_key_command, sorted((writer, refused, reader))),
        f"#@ at 2026-03-01T{evening - 1}:{10 + kit.dice.below(50)}:00Z",
        "#@ refused",
        f"{group_policy_command(managers, night, 'night')} --profile {refused}",
        f"#@ at 2026-03-01T{evening}:{10 + kit.dice.below(50)}:00Z",
        f"#@ from {OUTSIDE_ADDRESS}",
        f"{group_policy_command(group, night, 'night')} --profile {writer}",
        f"#@ at 2026-03-02T07:{10 + kit.dice.below(50)}:00Z",
        f"{look} --profile {reader}",
    ]
    others = sorted((refused, reader))
    kit.require_reading(worker, bucket, key)
    write = group_policy_command(group, reading, "shift")
    kit.require("look", others, look, f"{{Who}} can list the policies of the group {group}")
    kit.require("write", others, write, f"{{Who}} can write a policy of the group {group}")
    shred = delete_command(bucket, key)
    kit.refuse("shred", worker, shred, f"{{Who}} deletes a file in {bucket}")
    say = f"The person who changed the group writes another policy of the group {group}"
    kit.refuse("again", writer, write, say, quiet=True)
    undoes = f"aws iam delete-group-policy --group-name {group} --policy-name night"

    def takes_out(name: str) -> str:
        return f"aws iam remove-user-from-group --group-name {managers} --user-name {name}"

    kit.note_mistake("policy-only", "M18", 0, [f"leak:again#@{writer}"], undoes)
    kit.note_mistake(
        "the-refused-one",
        "M72",
        0,
        [
            f"job-denied:look#@{refused}:none",
            f"leak:again#@{writer}",
        ],
        undoes,
        takes_out(refused),
    )
    kit.note_mistake("writer-only", "M18", 0, [f"leak:shred#@{worker}"], takes_out(writer))
    names = ", ".join(name.capitalize() for name in sorted((writer, refused, reader)))
    return kit.part(
        f"""{names} are in the group {managers}, and manage the policies of the group {group}. Last night one of them let the group
        delete files in the bucket {bucket}, such as {key}. Find out who it was, and undo the change. That person must no longer write
        policies of {group}. The other two must still be able to list and write them. {worker.capitalize()}, in {group}, must still be
        able to open any file in {bucket}.""",
        """CloudTrail's event history shows who made each call, and how it ended. A refused call has an errorCode, and a call that only
        reads has readOnly true. Such calls changed nothing.""",
        [undoes, takes_out(writer)],
        (
            refused,
            group_policy_command(managers, night, "night"),
            f"The policy of {managers} names one group, {group}. Nothing allows this call on another group.",
        ),
    )
