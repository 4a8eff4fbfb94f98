"""Make the parts of ideas about trouble: leaked keys, leavers, unused credentials, and unused permissions."""

from __future__ import annotations

from typing import Any

from coffeeshop.lessons.exercises.part import (
    Kit,
    Part,
    Setting,
    allow,
    delete_command,
    deny,
    group_policy_command,
    opens,
    role_arn,
    role_commands,
    table_arn,
    trust_command,
    trust_statement,
    user_arn,
    version_command,
    write_item_command,
)

START_TIME = "2026-03-02T08:00:00Z"  # the time at which every exercise begins
DAYS_UNUSED = 90


def create_key_command(name: str) -> str:
    """Return the command that makes an access key."""
    return f"aws iam create-access-key --user-name {name}"


def delete_key_command(name: str, key: str = "@key") -> str:
    """Return the command that deletes an access key. `@key` is the user's newest one."""
    return f"aws iam delete-access-key --user-name {name} --access-key-id {key}"


def user_policy_command(name: str, document: str, policy: str) -> str:
    """Return the command that puts an inline policy on a user."""
    return f"aws iam put-user-policy --user-name {name} --policy-name {policy} --policy-document {document}"


def leaked_key_part(kit: Kit) -> Part:
    """Return a part: stop a leaked key and the session that was made with it, and keep its owner at work."""
    kit.setting = Setting(has_real_credentials=True)
    kit.world.append("#@ at 2026-01-12T08:00:00Z")
    group = kit.make_group()
    worker = kit.hire(group)
    colleague = kit.hire(group)
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    work = kit.write_policy("work", allow("s3:GetObject", files))
    hour = f"0{5 + kit.dice.below(3)}:{10 + kit.dice.below(50)}"
    kit.world += [
        group_policy_command(group, work),
        *map(create_key_command, (worker, colleague)),
        f"#@ at 2026-03-02T{hour}:00Z",
        f"aws sts get-session-token --duration-seconds 43200 --profile {worker}",
    ]
    read = opens(bucket, key)
    kit.require(
        "read",
        [worker, colleague],
        read,
        f"{{Who}} can open any file in {bucket} with a personal key",
        covers=files,
    )
    for id, held, say in (
        ("key", worker, f"The leaked key opens a file in {bucket}"),
        (
            "session",
            f"{worker}+key",
            f"The thief's {hour} session opens a file in {bucket}",
        ),
    ):
        kit.refusals.append(
            {"id": f"{id}{kit.number}", "held": held, "do": read, "say": say}
        )
    before = {"DateLessThan": {"aws:TokenIssueTime": START_TIME}}
    revoke = kit.write_policy("revoke", deny("*", Resource="*", Condition=before))
    everything = kit.write_policy("revoke-all", deny("*", Resource="*"))
    renewed = [delete_key_command(worker), create_key_command(worker)]
    kit.note_mistake("the-key-alone", "M07", 0, ["leak:session#"], *renewed)
    kit.note_mistake(
        "a-second-key",
        "M18",
        0,
        ["leak:key#"],
        user_policy_command(worker, revoke, "revoke"),
        create_key_command(worker),
    )
    kit.note_mistake(
        "everything-denied",
        "M07",
        0,
        [f"job-denied:read#@{worker}:explicit"],
        *renewed,
        user_policy_command(worker, everything, "revoke"),
    )
    return kit.part(
        f"""{worker.capitalize()} and {colleague.capitalize()}, in the group {group}, open files in the bucket {bucket}, such as {key}.
        This morning {worker.capitalize()}'s access key was on a public page. At {hour} a thief used it to get a 12-hour session. It's
        now 08:00 (UTC). Stop the leaked key and the thief's session. {worker.capitalize()} needs a new key, to go on working.""",
        """Deleting a key doesn't end the sessions that were made with it. A Deny with aws:TokenIssueTime stops the old sessions, but
        not new ones.""",
        [*renewed, user_policy_command(worker, revoke, "revoke")],
        (colleague, read, "The group's policy allows it, and this key didn't leak."),
    )


def leaver_part(kit: Kit) -> Part:
    """Return a part: remove a user who leaves, and every policy that names them."""
    group = kit.make_group()
    leaver = kit.hire(group)
    colleague = kit.hire(group)
    role = kit.names.draw("roles")
    table = kit.make_table()
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    kit.setting = Setting(
        has_real_credentials=True,
        rule_options={"leavers-gone": {"who": [leaver]}},
        without=("no-direct-user-policies", "no-wildcard-action", "no-unknown-actions"),
    )
    reading = kit.write_policy("reading", allow("s3:GetObject", files))
    task = kit.write_policy("task", allow("dynamodb:PutItem", table_arn(table)))
    both_people: Any = {"AWS": [*map(user_arn, (leaver, colleague))]}
    both = kit.write_policy("both", trust_statement(both_people))
    kit.world += [
        *map(create_key_command, (leaver, colleague)),
        group_policy_command(group, reading),
        f"aws iam create-login-profile --user-name {leaver} --password Cortado-11",
        user_policy_command(leaver, reading, "own"),
        *role_commands(role, both, task),
    ]
    kit.fixed.append(f"role/{role}")
    kit.fixed.remove(f"user/{leaver}")
    read = opens(bucket, key)
    kit.require_reading(colleague, bucket, key)
    kit.require_writing(colleague, role, table)
    wear = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name {leaver}"
    say = f"{{Who}} opens a file in {bucket}, with any credential"
    kit.refuse("read", leaver, read, say, badge="any")
    kit.refuse(
        "role", leaver, wear, f"{{Who}} assumes {role}, with any credential", badge="any"
    )
    one = kit.write_policy("one", trust_statement({"AWS": user_arn(colleague)}))
    out = [
        delete_key_command(leaver),
        f"aws iam delete-login-profile --user-name {leaver}",
    ]
    detached = [
        f"aws iam delete-user-policy --user-name {leaver} --policy-name own",
        f"aws iam remove-user-from-group --group-name {group} --user-name {leaver}",
    ]
    gone = f"aws iam delete-user --user-name {leaver}"
    kit.note_mistake(
        "the-group-alone",
        "M22",
        0,
        [f"leak:read#@{leaver}", f"leak:role#@{leaver}"],
        detached[1],
    )
    kit.note_mistake(
        "still-named", "M18", 2, ["practice:no-dead-principals"], *out, *detached, gone
    )
    kit.note_mistake(
        "still-there",
        "M18",
        2,
        ["practice:leavers-gone"],
        *out,
        *detached,
        trust_command(role, one),
    )
    return kit.part(
        f"""{leaver.capitalize()} leaves today, and has a password, an access key and an inline policy. The group {group} lets
        {leaver.capitalize()} and {colleague.capitalize()} open files in the bucket {bucket}, such as {key}. The role {role} writes
        items such as beans to the table {table}, and its trust policy names both of them. Delete the user {leaver}, with all
        credentials, and remove {leaver.capitalize()} from every policy. {colleague.capitalize()} keeps all permissions.""",
        """When someone leaves, remove three things: their credentials, their permissions, and their name in other policies. AWS
        doesn't remind you of the third.""",
        [*out, *detached, trust_command(role, one), gone],
        (
            leaver,
            wear,
            "The role's trust policy names this user. In the same account, that is enough.",
        ),
        ("leavers-gone", "no-dead-principals"),
    )


def unused_credentials_part(kit: Kit) -> Part:
    """Return a part: find the credentials that nobody has used for 90 days, and remove them."""
    kit.setting = Setting(
        has_real_credentials=True,
        rule_options={"no-unused-credentials": {"days": DAYS_UNUSED}},
        without=("no-direct-user-policies", "no-wildcard-action", "no-unknown-actions"),
    )
    kit.world.append("#@ at 2025-06-02T08:00:00Z")
    group = kit.make_group()
    busy, away, stale, two_keys = (kit.hire(group) for _ in range(4))
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    work = kit.write_policy("work", allow("s3:GetObject", files))
    read = opens(bucket, key)
    kit.world += [
        group_policy_command(group, work),
        *map(create_key_command, (busy, away, stale, two_keys)),
        f"#@ at 2025-{10 + kit.dice.below(2)}-0{1 + kit.dice.below(8)}T07:00:00Z",
        f"{read} --profile {stale}",
        f"{read} --profile {two_keys}",
        "#@ at 2025-12-14T07:00:00Z",
        f"{read} --profile {away}",
        create_key_command(two_keys),
        "#@ at 2026-02-27T09:00:00Z",
        f"{read} --profile {busy}",
        f"{read} --profile {two_keys}",
    ]
    kit.people.remove(stale)
    say = f"{{Who}} can open any file in {bucket} with an access key"
    kit.require("read", [busy, away, two_keys], read, say, covers=files)
    unused = f"A credential unused for {DAYS_UNUSED} days opens a file in {bucket}"
    shred = delete_command(bucket, key)
    kit.refuse("shred", busy, shred, f"{{Who}} deletes a file in {bucket}")
    kit.refuse("stale", stale, read, unused, badge="any", quiet=True)
    away_key = delete_key_command(away)
    old_key = delete_key_command(two_keys, "@key:1")
    kit.note_mistake(
        "one-of-two",
        "M18",
        2,
        ["practice:no-unused-credentials"],
        delete_key_command(stale),
    )
    kit.note_mistake(
        "the-one-who-is-away",
        "M21",
        0,
        [f"no-user:read#@{away}"],
        delete_key_command(stale),
        old_key,
        away_key,
    )
    kit.note_mistake(
        "a-new-key-for-nobody",
        "M18",
        0,
        [f"leak:stale#@{stale}"],
        delete_key_command(stale),
        create_key_command(stale),
        old_key,
    )
    names = ", ".join(name.capitalize() for name in sorted((busy, away, two_keys)))
    return kit.part(
        f"""The members of the group {group} open files in the bucket {bucket}, such as {key}, with access keys. Remove every
        credential that has been unused for {DAYS_UNUSED} days. {names} still work here, and each must keep a working key. One of them
        has been away since 14 December, which is less than {DAYS_UNUSED} days. The credential report shows when each credential was
        last used. If a user has two access keys, the first one is the older.""",
        """An access key doesn't expire, so an unused one works until someone removes it. The credential report shows when each user
        last used each credential.""",
        [delete_key_command(stale), old_key],
        (busy, read, "The group's policy allows it."),
        ("no-unused-credentials",),
    )


def usage_part(kit: Kit) -> Part:
    """Return a part: reduce a grown policy to the permissions that people use and need."""
    kit.setting = Setting(has_real_credentials=True)
    kit.world.append("#@ at 2025-09-01T08:00:00Z")
    group = kit.make_group()
    worker = kit.hire(group)
    colleague = kit.hire(group)
    key = kit.file()
    bucket = kit.make_bucket(key)
    sales, stock = kit.make_table(), kit.make_table()
    policy = f"{kit.names.draw('roles')}Work"
    files = f"arn:aws:s3:::{bucket}/*"
    grown = kit.write_policy(
        "grown",
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], files),
        allow(
            ["dynamodb:PutItem", "dynamodb:Scan", "dynamodb:DeleteItem"],
            [table_arn(sales), table_arn(stock)],
        ),
        allow("secretsmanager:Get*", "*"),
    )
    arn = kit.make_managed_policy(policy, grown)
    count = f"aws dynamodb scan --table-name {stock}"
    read = opens(bucket, key)
    sell = write_item_command(sales)
    kit.world += [
        f"aws iam attach-group-policy --group-name {group} --policy-arn {arn}",
        *map(create_key_command, (worker, colleague)),
        "#@ at 2025-12-31T18:00:00Z",
        f"{count} --profile {worker}",
        f"{count} --profile {colleague}",
        "#@ at 2026-02-27T09:00:00Z",
        f"{read} --profile {worker}",
        f"{sell} --profile {colleague}",
    ]
    people = [worker, colleague]
    kit.require(
        "read", people, read, f"{{Who}} can open any file in {bucket}", covers=files
    )
    kit.require("sell", people, sell, f"{{Who}} can write to {sales}")
    kit.require("count", people, count, f"{{Who}} can scan {stock}")
    shred = delete_command(bucket, key)
    kit.refuse("shred", worker, shred, f"{{Who}} deletes a file in {bucket}")
    _refuse_secret(kit, worker)
    reading = allow("s3:GetObject", files)
    selling = allow("dynamodb:PutItem", table_arn(sales))
    counting = allow("dynamodb:Scan", table_arn(stock))
    right = kit.write_policy("used-and-needed", reading, selling, counting)
    log_only = kit.write_policy("only-lately", reading, selling)
    tables = allow(
        ["dynamodb:PutItem", "dynamodb:Scan"], [table_arn(sales), table_arn(stock)]
    )
    both = kit.write_policy("both-tables", reading, tables)
    services = kit.write_policy(
        "used-services",
        allow(["s3:GetObject", "s3:DeleteObject"], files),
        selling,
        counting,
    )
    kit.note_mistake(
        "only-lately",
        "M15",
        0,
        [f"job-denied:count#@{worker}:none"],
        version_command(arn, log_only),
    )
    kit.note_mistake(
        "used-services",
        "M15",
        0,
        [f"leak:shred#@{worker}"],
        version_command(arn, services),
    )
    kit.note_mistake(
        "both-tables", "M15", 1, [f"excess:{worker}"], version_command(arn, both)
    )
    return kit.part(
        f"""{worker.capitalize()} and {colleague.capitalize()} are in the group {group}. Its managed policy {policy} has grown over the
        years. Reduce it to what they use and need. They open files in the bucket {bucket}, such as {key}, and write items such as
        beans to the table {sales}. At the end of each quarter they scan the table {stock}. They never delete a file or read a secret.
        Last accessed information shows which services they use.""",
        """Last accessed information shows what people have used. The jobs show what they will need. Keep only these permissions.""",
        [version_command(arn, right)],
        (worker, shred, "The policy allows it, although no one needs it."),
        ("no-idle-grants",),
    )


def _refuse_secret(kit: Kit, worker: str) -> None:
    """Add a refusal: a user reads a secret."""
    secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:till-abcdef"
    kit.refusals.append(
        {
            "id": f"secret{kit.number}",
            "as": worker,
            "request": {"action": "secretsmanager:GetSecretValue", "resource": secret},
            "say": "{Who} reads a secret, such as till-abcdef",
        }
    )
