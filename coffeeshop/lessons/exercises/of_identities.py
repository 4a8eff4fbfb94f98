"""Make the parts of ideas about principals: groups, roles and trust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coffeeshop.lessons.exercises.part import (
    SHOP_ACCOUNT,
    Kit,
    Part,
    Statement,
    allow,
    delete_command,
    group_command,
    group_policy_command,
    joins,
    opens,
    role_arn,
    role_commands,
    table_arn,
    trust_statement,
    write_item_command,
)

WHOLE_ACCOUNT = f"arn:aws:iam::{SHOP_ACCOUNT}:root"


def copies_part(kit: Kit) -> Part:
    """Return a part: move copies of an inline policy on several users to one group."""
    worker = kit.hire()
    wide = kit.hire()
    new = kit.hire()
    key = kit.file()
    bucket = kit.make_bucket(key)
    group = kit.names.draw("groups")
    files = f"arn:aws:s3:::{bucket}/*"
    right = kit.write_policy("files", allow("s3:GetObject", files))
    drifted = kit.write_policy(
        "files-and-more", allow(["s3:GetObject", "s3:DeleteObject"], files)
    )

    def copy(name: str, document: str) -> str:
        return f"aws iam put-user-policy --user-name {name} --policy-name files --policy-document {document}"

    kit.world += [copy(worker, right), copy(wide, drifted)]
    shred = delete_command(bucket, key)
    kit.require(
        "read",
        [worker, wide, new],
        opens(bucket, key),
        f"{{Who}} can open any file in {bucket}",
        covers=files,
    )
    kit.refuse("shred", wide, shred, f"{{Who}} shreds a file in {bucket}")
    together = [group_command(group), group_policy_command(group, right, "files")]
    few = [joins(worker, group), joins(wide, group)]
    all_join = [*few, joins(new, group)]
    gone = [
        f"aws iam delete-user-policy --user-name {name} --policy-name files"
        for name in (worker, wide)
    ]
    kit.note_mistake(
        "copies-kept", "M22", 0, [f"leak:shred#@{wide}"], *together, *all_join, gone[0]
    )
    direct = ["practice:no-direct-user-policies"]
    copied = [*gone, copy(new, right)]
    kit.note_mistake("a-copy-more", "M14", 2, direct, *together, *few, *copied)
    own_group = kit.names.draw("groups")
    apart = [
        group_command(own_group),
        group_policy_command(own_group, right, "files"),
        joins(new, own_group),
    ]
    kit.note_mistake(
        "a-group-each", "M14", 2, ["practice:said-once"], *together, *few, *apart, *gone
    )
    kit.note_mistake(
        "one-forgotten", "M14", 0, [f"job-denied:read#@{new}:none"], *together, *few, *gone
    )
    return kit.part(
        kit.text(
            f"""{worker.capitalize()} and {wide.capitalize()} each carry an inline policy of their own, files. That of
            {wide.capitalize()} drifted: it also lets files be shredded (deleted). {new.capitalize()} starts today with an empty badge.
            From today all three open any file in the bucket {bucket}, such as {key}, nobody shreds one, and the permission hangs on a
            group, {group}, once, and on nobody's own badge.""",
            f"""{worker.capitalize()} and {wide.capitalize()} each have an inline policy, files. {wide.capitalize()}'s copy also allows
            shredding (deleting) files. {new.capitalize()} starts today and has no policy. From today all three can open any file in
            the bucket {bucket}, such as {key}, and none of them can shred one. Create the group {group}, and give the permission to it
            once. No user keeps an inline policy.""",
        ),
        kit.text(
            "A group is changed in one place. Joining it takes nothing away that somebody carries besides.",
            """You change a group's policy in one place. A user who joins the group keeps every other policy they have, so remove the
            copies.""",
        ),
        [*together, *all_join, *gone],
        (
            wide,
            shred,
            kit.text(
                f"The copy that {wide.capitalize()} carries allows it. Copies drift apart.",
                f"{wide.capitalize()}'s own copy allows it. Copies drift apart.",
            ),
        ),
        rules=("said-once",),
    )


def stations_part(kit: Kit) -> Part:
    """Return a part: give each task its own role, which a user assumes for it."""
    group = kit.make_group()
    worker = kit.hire(group)
    other_worker = kit.hire()
    roles = tuple(kit.names.draw("roles") for _ in range(3))
    first, second, foreign = (kit.make_table() for _ in range(3))
    trust = kit.write_policy("trust", trust_statement({"AWS": WHOLE_ACCOUNT}))
    kit.world += role_commands(
        roles[2], trust, kit.write_policy("foreign", _write_statement(foreign))
    )
    kit.fixed.append(f"role/{roles[2]}")
    _require_stations(kit, worker, roles, (first, second))
    wear = f"aws sts assume-role --role-arn {{}} --role-session-name {worker}"
    asks = wear.format(role_arn(roles[2]))
    kit.refuse("foreign", worker, asks, f"{{Who}} assumes {roles[2]}")
    kit.refuse(
        "wear",
        other_worker,
        wear.format(role_arn(roles[0])),
        f"{{Who}} assumes {roles[0]}",
    )
    tasks = (
        kit.write_policy("one-task", _write_statement(first)),
        kit.write_policy("other-task", _write_statement(second)),
    )
    sewn = [
        *role_commands(roles[0], trust, tasks[0]),
        *role_commands(roles[1], trust, tasks[1]),
    ]
    may = group_policy_command(
        group,
        kit.write_policy("roles", allow("sts:AssumeRole", [*map(role_arn, roles[:2])])),
    )
    any_role = group_policy_command(
        group, kit.write_policy("any-role", allow("sts:AssumeRole", "*"))
    )
    both_tasks = kit.write_policy(
        "both-tasks", _write_statement(first), _write_statement(second)
    )
    bare = f"leak:bare#@{worker}"
    kit.note_mistake(
        "no-roles",
        "M21",
        0,
        [f"no-session:one#@{worker}:role", bare],
        group_policy_command(group, both_tasks),
    )
    together = [
        *role_commands(roles[0], trust, both_tasks),
        *role_commands(roles[1], trust, both_tasks),
        may,
    ]
    kit.note_mistake("both-on-each", "M06", 0, [f"leak:cross#@{worker}"], *together)
    kit.note_mistake("any-role", "M15", 0, [f"leak:foreign#@{worker}"], *sewn, any_role)
    return kit.part(
        kit.text(
            f"""{worker.capitalize()}, alone in the group {group}, has two tasks: writing to the table {first} in a role {roles[0]},
            and writing to {second} in a role {roles[1]}. Neither role is there yet. A role does its own task only, and without one
            {worker.capitalize()} writes nowhere. A third role, {roles[2]}, writes to {foreign} and is not {worker.capitalize()}'s.
            {other_worker.capitalize()} wears none of them. For a table's item, {JOB_ITEM} is an example.""",
            f"""{worker.capitalize()} is the only member of the group {group}, and has two tasks: in the role {roles[0]}, writing items
            such as {JOB_ITEM} to the table {first}, and in the role {roles[1]}, writing them to {second}. Neither role exists yet.
            Each role must allow only its own task. Without a role, {worker.capitalize()} must not write anything.
            {worker.capitalize()} must not assume a third role, {roles[2]}, which writes to {foreign}. {other_worker.capitalize()} must
            not assume any of the three.""",
        ),
        kit.text(
            "A role holds one task's permissions, and nobody has them but in its session: one at a time.",
            "Each role has the permissions for one task. You have them only in a session of the role.",
        ),
        [*sewn, may],
        (
            worker,
            asks,
            kit.text(
                f"{roles[2]} trusts the account; no policy lets {worker.capitalize()} ask.",
                f"{roles[2]} trusts the account, but no policy lets {worker.capitalize()} assume it.",
            ),
        ),
        ("named-principals",),
    )


def _require_stations(
    kit: Kit, worker: str, roles: Sequence[str], tables: Sequence[str]
) -> None:
    """Add the jobs of two roles, and refuse the worker one's task in the other, and without a role."""
    for id, role, table in zip(("one", "two"), roles, tables, strict=False):
        say = f"{{Who}}, as {role}, can write to {table}"
        kit.require(id, worker, write_item_command(table), say, via=role)
    first, second = tables
    crossing = f"{{Who}}, as {roles[0]}, writes to {second}"
    kit.refuse("cross", worker, write_item_command(second), crossing, via=roles[0])
    say = f"{{Who}}, without a role, writes to {first}"
    kit.refuse("bare", worker, write_item_command(first), say)


def handshake_part(kit: Kit) -> Part:
    """Return a part: let one user assume a role, by the role's trust and by the user's own permission."""
    group = kit.make_group()
    worker = kit.hire(group)
    other_worker = kit.hire(group)
    role = kit.names.draw("roles")
    table = kit.make_table()
    task = _write_statement(table)
    kit.fixed.append(f"role/{role}")
    kit.world += role_commands(
        role,
        kit.write_policy("trust", trust_statement({"AWS": WHOLE_ACCOUNT})),
        kit.write_policy("task", task),
    )
    wear = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name {other_worker}"
    kit.require(
        "work",
        worker,
        write_item_command(table),
        f"{{Who}}, as {role}, can write to {table}",
        via=role,
    )
    kit.refuse("wear", other_worker, wear, f"{{Who}} assumes {role}")
    stranger = "account/777788889999"
    kit.refuse("outside", stranger, wear, f"The account 777788889999 assumes {role}")

    def trusting(name: str, principal: Any) -> str:
        document = kit.write_policy(name, trust_statement({"AWS": principal}))
        return f"aws iam update-assume-role-policy --role-name {role} --policy-document {document}"

    own_policy = kit.write_policy("own", task, allow("sts:AssumeRole", role_arn(role)))
    on_role = f"aws iam put-role-policy --role-name {role} --policy-name task --policy-document {own_policy}"
    all_of_them = group_policy_command(
        group, kit.write_policy("wear", allow("sts:AssumeRole", role_arn(role))), "wear"
    )
    kit.note_mistake(
        "everybody", "M17", 0, [f"leak:wear#@{other_worker}"], trusting("anybody", "*")
    )
    kit.note_mistake(
        "on-the-role", "M08", 0, [f"no-session:work#@{worker}:permission"], on_role
    )
    kit.note_mistake(
        "the-whole-group", "M17", 0, [f"leak:wear#@{other_worker}"], all_of_them
    )
    return kit.part(
        kit.text(
            f"""The role {role}, which writes to the table {table}, trusts this account. {worker.capitalize()} is to wear it and nobody
            else: not {other_worker.capitalize()}, who is in the group {group}, too, which holds no policy, and nobody of another
            account, such as 777788889999. For a table's item, {JOB_ITEM} is an example.""",
            f"""The role {role} can write items such as {JOB_ITEM} to the table {table}, and trusts this account. From today
            {worker.capitalize()} can assume it, and no one else can. {other_worker.capitalize()} must not assume it: both are in the
            group {group}, which has no policy. No one from another account, such as 777788889999, must assume it, either.""",
        ),
        kit.text(
            "Where a trust names the account, the account's policies say who may ask; where it names a user of it, that does.",
            """If a trust policy names the account, the account's own policies say who can assume the role. If it names a user of the
            account, this user needs no other policy.""",
        ),
        [trusting("one-person", f"arn:aws:iam::{SHOP_ACCOUNT}:user/{worker}")],
        (
            other_worker,
            wear,
            kit.text(
                "The trust lets the account's own policies decide, and none of them lets anybody ask.",
                "The trust policy leaves the decision to the policies of the account, and none of them allows it.",
            ),
        ),
        ("named-principals",),
    )


JOB_ITEM = "beans"  # the item that the jobs write


def _write_statement(table: str) -> Statement:
    return allow("dynamodb:PutItem", table_arn(table))
