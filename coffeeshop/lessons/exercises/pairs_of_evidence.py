"""Make the parts of level 3 about evidence: findings about a bucket and its key, and events of a role's session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coffeeshop.lessons.exercises.of_evidence import (
    LISTS_FINDINGS,
    MAKES_ANALYZER,
    OUTSIDE_ADDRESS,
    archive_command,
    bucket_policy_command,
    lookup_command,
    refuse_outsider,
)
from coffeeshop.lessons.exercises.of_guardrails import PARTNER_ID
from coffeeshop.lessons.exercises.of_trouble import create_key_command
from coffeeshop.lessons.exercises.part import (
    SHOP_ACCOUNT,
    Kit,
    Part,
    Setting,
    allow,
    delete_command,
    group_policy_command,
    opens,
    role_arn,
    role_commands,
    role_policy_command,
    table_arn,
    trust_command,
    trust_statement,
    user_arn,
    write_item_command,
)

QUEUE = "online-orders"
PURGE = f"aws sqs purge-queue --queue-url https://sqs.us-east-1.amazonaws.com/{SHOP_ACCOUNT}/{QUEUE}"


def shared_key_part(kit: Kit) -> Part:
    """Return a part: by Access Analyzer's findings, end a role's access to a bucket and to the key that encrypts it."""
    group = kit.make_group()
    worker = kit.hire(group)
    courier, former = (kit.names.draw("roles") for _ in range(2))
    key = kit.file()
    bucket = kit.make_bucket()
    alias = f"alias/{bucket}"
    key_arn = kit.make_key(alias, bucket)
    bucket_arn = f"arn:aws:s3:::{bucket}"
    files = f"{bucket_arn}/*"
    kit.setting = Setting(
        outside={
            name: f"account/{PARTNER_ID}/role/{role}"
            for name, role in (("courier", courier), ("former", former))
        },
        without=("no-direct-user-policies", "no-unknown-actions"),
        looks=(LISTS_FINDINGS,),
    )

    def on_bucket(name: str, *roles: str) -> str:
        reading = allow(
            ["s3:GetObject", "s3:ListBucket"],
            [bucket_arn, files],
            Principal=_partner_principal(roles),
        )
        return bucket_policy_command(bucket, kit.write_policy(f"bucket-{name}", reading))

    def on_key(name: str, *roles: str) -> str:
        own_account = {"AWS": f"arn:aws:iam::{SHOP_ACCOUNT}:root"}
        document = kit.write_policy(
            f"key-{name}",
            allow("kms:*", "*", Principal=own_account),
            allow("kms:Decrypt", "*", Principal=_partner_principal(roles)),
        )
        return f"aws kms put-key-policy --key-id @{alias} --policy {document}"

    work = kit.write_policy(
        "work", allow("s3:GetObject", files), allow("kms:Decrypt", key_arn)
    )
    kit.world += [
        f"aws s3api put-object --bucket {bucket} --key {key}",
        group_policy_command(group, work),
        on_bucket("open", courier, former),
        on_key("open", courier, former),
        MAKES_ANALYZER,
    ]
    kit.require_reading(worker, bucket, key)
    read = opens(bucket, key)
    say = f"The partner's role {courier} can open any file in {bucket}"
    kit.require("partner", "courier", read, say, covers=files)
    listing = f"aws s3api list-objects-v2 --bucket {bucket}"
    kit.require(
        "list", "courier", listing, f"The partner's role {courier} can list {bucket}"
    )
    shred = delete_command(bucket, key)
    kit.refuse("shred", worker, shred, f"{{Who}} deletes a file in {bucket}")
    refuse_outsider(kit, "former", listing, f"lists {bucket}")
    _refuse_decryption(kit, "former", alias, key_arn)
    right = (on_bucket("one", courier), on_key("one", courier))
    leaks = ["leak:decrypt#@former", "leak:former-out#@former"]
    kit.note_mistake(
        "archived", "M77", 0, leaks, *map(archive_command, (bucket_arn, key_arn))
    )
    kit.note_mistake("the-bucket-alone", "M18", 0, leaks[:1], right[0])
    kit.note_mistake("the-key-alone", "M18", 0, leaks[1:], right[1])
    return kit.part(
        f"""The KMS key {alias} encrypts the files in the bucket {bucket}, such as {key}. {worker.capitalize()}, in the group {group},
        opens them. The role {courier} in a partner's account, {PARTNER_ID}, opens them and lists the bucket. No one else outside the
        account should get in. The Access Analyzer named outside has found more access from outside. Remove the access that no one
        asked for, to the bucket and to the key.""",
        """A bucket and its key each have a policy, and Access Analyzer reports on both. Closing the bucket isn't enough: a role that
        the key policy names can still decrypt with the key.""",
        [*right],
        (
            f"account/{PARTNER_ID}/role/{former}",
            listing,
            "The bucket policy names this role. Listing needs no key, since KMS encrypts only the files.",
        ),
        ("named-principals",),
    )


def _refuse_decryption(kit: Kit, name: str, alias: str, key_arn: str) -> None:
    """Add a refusal that doesn't name the caller: someone from outside decrypts with a key."""
    kit.refusals.append(
        {
            "id": f"decrypt{kit.number}",
            "as": name,
            "request": {"action": "kms:Decrypt", "resource": key_arn},
            "say": f"Someone else outside the account decrypts with the key {alias}",
            "quiet": True,
        }
    )


def _partner_principal(roles: Sequence[str]) -> dict[str, Any]:
    """Return the principal of a statement that names these roles of the partner."""
    arns = [f"arn:aws:iam::{PARTNER_ID}:role/{role}" for role in roles]
    return {"AWS": arns[0] if len(arns) == 1 else arns}


def session_part(kit: Kit) -> Part:
    """Return a part: follow a role's session back to the user who began it, and let only the others assume the role."""
    writer, framed, other = (kit.names.draw("people") for _ in range(3))
    role = kit.names.draw("roles")
    kit.setting = Setting(
        without=("no-direct-user-policies", "no-unknown-actions"),
        looks=(lookup_command("EventName", "PurgeQueue"),),
    )
    kit.world.append("#@ at 2025-11-03T08:00:00Z")
    table = kit.make_table()
    team = sorted((writer, framed, other))
    kit.people += team
    kit.fixed += [*(f"user/{name}" for name in team), f"role/{role}", f"queue/{QUEUE}"]
    writing = allow("dynamodb:PutItem", table_arn(table))
    purging = allow("sqs:PurgeQueue", f"arn:aws:sqs:us-east-1:{SHOP_ACCOUNT}:{QUEUE}")
    task = kit.write_policy("task", writing, purging)

    def trust(name: str, *people: str) -> str:
        arns: Any = [*map(user_arn, sorted(people))]
        return kit.write_policy(name, trust_statement({"AWS": arns}))

    def assumes(session: str) -> str:
        return (
            f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name {session}"
        )

    hour = 20 + kit.dice.below(3)
    minutes = 10 + kit.dice.below(40)
    kit.world += [
        *(f"aws iam create-user --user-name {name}" for name in team),
        *map(create_key_command, team),
        *role_commands(role, trust("trust", *team), task),
        "#@ at 2026-03-01T17:02:00Z",
        f"{assumes(framed)} --profile {framed}",
        f"#@ at 2026-03-01T{hour}:{minutes}:00Z",
        f"#@ from {OUTSIDE_ADDRESS}",
        f"{assumes(framed)} --profile {writer}",
        f"#@ from {OUTSIDE_ADDRESS}",
        f"{PURGE} --profile {writer}/{role}",
    ]
    rest = sorted((framed, other))
    kit.require(
        "work",
        rest,
        write_item_command(table),
        f"{{Who}}, as {role}, can write items such as beans to {table}",
        via=role,
    )
    kit.refuse(
        "purge", framed, PURGE, f"{{Who}}, as {role}, purges the queue {QUEUE}", via=role
    )
    say = f"The person who purged the queue assumes {role} again"
    kit.refuse("again", writer, assumes(framed), say, quiet=True)
    narrow = role_policy_command(role, kit.write_policy("write", writing))

    def lets_in(name: str, *people: str) -> str:
        return trust_command(role, trust(name, *people))

    kit.note_mistake("policy-only", "M18", 0, [f"leak:again#@{writer}"], narrow)
    kit.note_mistake(
        "by-the-session-name",
        "M73",
        0,
        [f"leak:again#@{writer}", f"no-session:work#@{framed}:trust"],
        lets_in("by-name", writer, other),
        narrow,
    )
    right = lets_in("right", framed, other)
    kit.note_mistake("person-only", "M15", 0, [f"leak:purge#@{framed}"], right)
    names = ", ".join(name.capitalize() for name in team)
    return kit.part(
        f"""{names} assume the role {role}, and write items such as beans to the table {table}. Last night one of them purged the queue
        {QUEUE} with this role, in a session named {framed}. {framed.capitalize()} says it was someone else. Find out who it was. That
        person must no longer be able to assume {role}, and no session of the role must be able to purge the queue. The other two must
        still be able to use the role.""",
        """The person who assumes a role chooses the session's name. But the session's access key is unique, and the AssumeRole event
        that created this key names the user. So follow the key, not the name.""",
        [right, narrow],
        (
            other,
            assumes(framed),
            "The trust policy names this user, and says nothing about the session's name.",
        ),
        ("named-principals",),
    )
