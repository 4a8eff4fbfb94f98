"""Make the parts of level 3 about principals: roles, partners, functions, leavers and unused access."""

from __future__ import annotations

from typing import Any

from coffeeshop.lessons.exercises.of_guardrails import (
    DEPLOY_STATEMENT,
    PARTNER_ID,
    STRANGER_ID,
    TO_LAMBDA,
    create_function_command,
    require_functions,
)
from coffeeshop.lessons.exercises.of_trouble import (
    DAYS_UNUSED,
    START_TIME,
    create_key_command,
    delete_key_command,
)
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
    role_commands,
    role_policy_command,
    table_arn,
    trust_command,
    trust_statement,
    user_arn,
    version_command,
    write_item_command,
)


def both_sides_part(kit: Kit) -> Part:
    """Return a part: change who can assume a role, and what the role can do."""
    group = kit.make_group()
    worker = kit.hire(group)
    former = kit.hire(group)
    role = kit.names.draw("roles")
    table, archive = kit.make_table(), kit.make_table()
    kit.fixed.append(f"role/{role}")
    kit.world += role_commands(
        role,
        kit.write_policy("trust", trust_statement({"AWS": user_arn(former)})),
        kit.write_policy("task", allow("dynamodb:PutItem", table_arn(archive))),
    )
    asks = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name {former}"
    kit.require_writing(worker, role, table)
    kit.refuse(
        "archive",
        worker,
        write_item_command(archive),
        f"{{Who}}, as {role}, writes to {archive}",
        via=role,
    )
    kit.refuse("former", former, asks, f"{{Who}} assumes {role}")
    kit.refuse(
        "direct",
        worker,
        write_item_command(table),
        f"{{Who}}, without a role, writes to {table}",
    )

    def trusting(name: str, *people: str) -> str:
        principals: Any = [*map(user_arn, people)]
        return trust_command(
            role, kit.write_policy(name, trust_statement({"AWS": principals}))
        )

    def tasks(name: str, *tables: str) -> str:
        return role_policy_command(
            role,
            kit.write_policy(name, allow("dynamodb:PutItem", [*map(table_arn, tables)])),
        )

    right = [trusting("new-trust", worker), tasks("new-task", table)]
    kit.note_mistake(
        "the-trust-alone",
        "M06",
        0,
        [f"job-denied:work#@{worker}:resource", f"leak:archive#@{worker}"],
        right[0],
    )
    kit.note_mistake(
        "both-people",
        "M17",
        0,
        [f"leak:former#@{former}"],
        trusting("both", worker, former),
        right[1],
    )
    kit.note_mistake(
        "both-tables",
        "M15",
        0,
        [f"leak:archive#@{worker}"],
        right[0],
        tasks("both-tables", table, archive),
    )
    return kit.part(
        f"""The role {role} gets a new task and a new user. Until now, {former.capitalize()} has assumed it to write to the table
        {archive}. From today {worker.capitalize()} assumes it to write items such as beans to the table {table}, and nothing else.
        {former.capitalize()} must no longer be able to assume it. Both are in the group {group}, which has no policy. Without the
        role, they must not write anything.""",
        """A role has two sides. Its trust policy says who can assume it, and its own policies say what the session can do. Change
        both.""",
        right,
        (
            worker,
            asks,
            "The trust policy names someone else, and no policy allows sts:AssumeRole.",
        ),
        ("named-principals",),
    )


def partner_bucket_part(kit: Kit) -> Part:
    """Return a part: let a partner's role in, and leave the shop's role for it out of a bucket's deny."""
    role, courier = (kit.names.draw("roles") for _ in range(2))
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    ours = f"shop-{kit.names.draw('ids')}"
    kit.setting = Setting(
        outside={
            "courier": f"account/{PARTNER_ID}/role/{courier}",
            "stranger": f"account/{STRANGER_ID}",
        },
        without=("no-direct-user-policies",),
    )

    def closed(name: str, *roles: str) -> str:
        condition = {"ArnNotEquals": {"aws:PrincipalArn": [*map(role_arn, roles)]}}
        options: dict[str, Any] = {"Condition": condition} if roles else {}
        statement: Statement = {
            **deny("s3:GetObject", Resource=files, **options),
            "Principal": "*",
        }
        document = kit.write_policy(name, statement)
        return f"aws s3api put-bucket-policy --bucket {bucket} --policy {document}"

    kit.world.append(closed("closed"))
    read = opens(bucket, key)
    asks = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name partner"
    naming = f"{asks} --external-id {ours}"
    kit.require(
        "export",
        "courier",
        [naming, f"{read} --profile partner"],
        f"{courier}, with {ours}, can open any file in {bucket} as {role}",
        covers=files,
    )
    kit.refuse("no-id", "courier", asks, f"{courier} assumes {role} without an external ID")
    kit.refuse("stranger", "stranger", naming, f"Account {STRANGER_ID} assumes {role}")
    say = f"{{Who}} opens a file in {bucket}"
    kit.refuse("others", "ada", read, say, badge="any", kind="explicit", reach=False)
    task = kit.write_policy("export", allow("s3:GetObject", files))
    one_role = {"AWS": f"arn:aws:iam::{PARTNER_ID}:role/{courier}"}
    our_id = {"StringEquals": {"sts:ExternalId": ours}}
    made = role_commands(
        role,
        kit.write_policy("one-role", trust_statement(one_role, Condition=our_id)),
        task,
    )
    careless = role_commands(
        role, kit.write_policy("no-id", trust_statement(one_role)), task
    )
    right = closed("closed-but-one", role)
    kit.note_mistake(
        "the-role-alone", "M01", 0, ["job-denied:export#@courier:explicit"], *made
    )
    kit.note_mistake("no-external-id", "M08", 0, ["leak:no-id#@courier"], *careless, right)
    kit.note_mistake(
        "no-deny",
        "M15",
        0,
        ["leak:others#@ada"],
        *made,
        f"aws s3api delete-bucket-policy --bucket {bucket}",
    )
    return kit.part(
        f"""A partner collects files from us. In its account, {PARTNER_ID}, the role {courier} sends the external ID {ours} when it
        acts for our shop. Create the role {role}, which {courier} can assume with this ID, and which can open any file in the bucket
        {bucket}, such as {key}. The bucket policy denies opening these files to everyone. It must still deny it to everyone else, even
        Ada, who is an administrator. Account {STRANGER_ID} must not get in.""",
        """No Allow on the role wins against the bucket's Deny. So the Deny must leave out this one role. The role's trust policy says
        who can assume it.""",
        [*made, right],
        ("ada", read, "Ada is an administrator, but the bucket's policy denies it."),
        ("explicit-no", "named-principals"),
    )


def function_role_part(kit: Kit) -> Part:
    """Return a part: give a function a role of its own, and let a user pass only that one."""
    group = kit.make_group()
    worker = kit.hire(group)
    role, mighty = (kit.names.draw("roles") for _ in range(2))
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    trust = kit.write_policy("trust", trust_statement({"Service": "lambda.amazonaws.com"}))
    reading = kit.write_policy("reading", allow("s3:GetObject", files))
    everything = kit.write_policy("everything", allow("s3:*", "*"))
    kit.world += [
        *role_commands(mighty, trust, everything),
        create_function_command("report-daily", mighty),
    ]
    kit.fixed += [f"role/{mighty}", "function/report-daily"]
    require_functions(kit, worker, role)
    kit.require(
        "export",
        "function/report-daily",
        opens(bucket, key),
        f"The function report-daily can open any file in {bucket}",
        covers=files,
    )
    shred = delete_command(bucket, key)
    kit.refuse("shred", worker, shred, f"{{Who}} deletes a file in {bucket}, in any way")

    def passing(name: str, resource: str) -> str:
        service = {"StringEquals": TO_LAMBDA}
        statement = allow("iam:PassRole", resource, Condition=service)
        return group_policy_command(
            group, kit.write_policy(name, DEPLOY_STATEMENT, statement)
        )

    made = role_commands(role, trust, reading)
    moved = (
        "aws lambda update-function-configuration --function-name report-daily "
        f"--role {role_arn(role)}"
    )
    right = passing("one-role", role_arn(role))
    kit.note_mistake(
        "any-role",
        "M16",
        0,
        [f"leak:shred#@{worker}"],
        *made,
        moved,
        passing("any-role", "*"),
    )
    kit.note_mistake(
        "the-old-role",
        "M16",
        1,
        [
            f"excess:role/{role}",
            "excess:function/report-daily",
            "excess:service/lambda.amazonaws.com",
        ],
        *made,
        right,
    )
    kit.note_mistake(
        "no-passing",
        "M16",
        0,
        [f"job-denied:deploy#@{worker}:none"],
        *made,
        moved,
        group_policy_command(group, kit.write_policy("no-passing", DEPLOY_STATEMENT)),
    )
    return kit.part(
        f"""{worker.capitalize()}, in the group {group}, creates and runs functions whose names begin with report-, such as
        report-daily, and soon report-weekly. They open files in the bucket {bucket}, such as {key}. The function report-daily still
        has the role {mighty}, which can do everything in S3. Create the role {role} for these functions, and give it to report-daily.
        {worker.capitalize()} must not be able to delete a file, even through a function.""",
        """A function's role decides what the function can do. So two policies limit the person who runs it: the role's own policy, and
        the policy that says which role the person can pass.""",
        [*made, moved, right],
        (
            worker,
            shred,
            "No policy of this user allows it, but the policy of the function's role does.",
        ),
    )


def leaver_session_part(kit: Kit) -> Part:
    """Return a part: remove a leaver, and stop the session that the leaver took this morning."""
    kit.setting = Setting(has_real_credentials=True)
    leaver = kit.hire()
    colleague = kit.hire()
    role = kit.names.draw("roles")
    table = kit.make_table()
    kit.fixed.append(f"role/{role}")
    kit.fixed.remove(f"user/{leaver}")
    kit.setting = Setting(
        has_real_credentials=True,
        rule_options={"leavers-gone": {"who": [leaver]}},
        without=("no-direct-user-policies", "no-wildcard-action", "no-unknown-actions"),
    )
    task = kit.write_policy("task", allow("dynamodb:PutItem", table_arn(table)))
    people: Any = {"AWS": [*map(user_arn, (leaver, colleague))]}
    hour = f"0{5 + kit.dice.below(3)}:{10 + kit.dice.below(50)}"
    kit.world = [
        "#@ at 2026-02-02T08:00:00Z",
        *kit.world,
        *map(create_key_command, (leaver, colleague)),
        *role_commands(role, kit.write_policy("both", trust_statement(people)), task),
        f"aws iam update-role --role-name {role} --max-session-duration 43200",
        f"#@ at 2026-03-02T{hour}:00Z",
        f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name early --duration-seconds 43200 --profile {leaver}",
    ]
    write = write_item_command(table)
    kit.require_writing(colleague, role, table)
    asks = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name {leaver}"
    kit.refuse(
        "role", leaver, asks, f"{{Who}} assumes {role}, with any credential", badge="any"
    )
    kit.refusals.append(
        {
            "id": f"session{kit.number}",
            "held": "early",
            "do": write,
            "say": f"The {hour} session writes to {table}",
        }
    )
    before = {"DateLessThan": {"aws:TokenIssueTime": START_TIME}}

    def revoke(name: str, **options: Any) -> str:
        document = kit.write_policy(name, deny("*", Resource="*", **options))
        return f"aws iam put-role-policy --role-name {role} --policy-name revoke --policy-document {document}"

    gone = [
        delete_key_command(leaver),
        trust_command(
            role, kit.write_policy("one", trust_statement({"AWS": user_arn(colleague)}))
        ),
        f"aws iam delete-user --user-name {leaver}",
    ]
    right = revoke("revoke", Condition=before)
    kit.note_mistake("the-user-alone", "M07", 0, ["leak:session#"], *gone)
    kit.note_mistake(
        "everything-denied",
        "M07",
        0,
        [f"job-denied:work#@{colleague}:explicit"],
        *gone,
        revoke("revoke-all"),
    )
    kit.note_mistake("the-key-alone", "M18", 2, ["practice:leavers-gone"], *gone[:2], right)
    return kit.part(
        f"""{leaver.capitalize()} leaves today, and has an access key. The role {role} writes items such as beans to the table {table},
        and its trust policy names {leaver.capitalize()} and {colleague.capitalize()}. At {hour} {leaver.capitalize()} assumed {role}
        for 12 hours, in a session named early. It's now 08:00 (UTC). Delete the user {leaver}, remove {leaver.capitalize()} from every
        policy, and stop that session. {colleague.capitalize()} must still be able to use the role.""",
        """A role's session lasts until it expires, even if the user who assumed it is gone. A Deny on the role with aws:TokenIssueTime
        stops the old sessions, but not new ones.""",
        [*gone, right],
        (leaver, asks, "The role's trust policy still names this user."),
        ("leavers-gone", "no-dead-principals"),
    )


def stock_take_part(kit: Kit) -> Part:
    """Return a part: remove unused credentials and permissions."""
    kit.setting = Setting(
        has_real_credentials=True,
        rule_options={"no-unused-credentials": {"days": DAYS_UNUSED}},
    )
    kit.world.append("#@ at 2025-06-02T08:00:00Z")
    group = kit.make_group()
    worker, stale = (kit.hire(group) for _ in range(2))
    key = kit.file()
    bucket = kit.make_bucket(key)
    table, stock = kit.make_table(), kit.make_table()
    files = f"arn:aws:s3:::{bucket}/*"
    policy = f"{kit.names.draw('roles')}Work"
    reading = allow("s3:GetObject", files)
    grown = kit.write_policy(
        "grown",
        allow(["s3:GetObject", "s3:DeleteObject"], files),
        allow(["dynamodb:PutItem", "dynamodb:Scan"], [table_arn(table), table_arn(stock)]),
        allow("sqs:*", "*"),
    )
    arn = kit.make_managed_policy(policy, grown)
    read = opens(bucket, key)
    purge = f"aws sqs purge-queue --queue-url https://sqs.us-east-1.amazonaws.com/{SHOP_ACCOUNT}/online-orders"
    kit.world += [
        f"aws iam attach-group-policy --group-name {group} --policy-arn {arn}",
        *map(create_key_command, (worker, stale)),
        f"#@ at 2025-10-0{1 + kit.dice.below(8)}T07:00:00Z",
        f"{purge} --profile {stale}",
        "#@ at 2026-02-27T09:00:00Z",
        f"{read} --profile {worker}",
        f"aws dynamodb scan --table-name {stock} --profile {worker}",
    ]
    kit.people.remove(stale)
    kit.require(
        "read", worker, read, f"{{Who}} can open any file in {bucket}", covers=files
    )
    kit.require(
        "count",
        worker,
        f"aws dynamodb scan --table-name {stock}",
        f"{{Who}} can scan {stock}",
    )
    unused = f"A credential unused for {DAYS_UNUSED} days opens a file in {bucket}"
    kit.refuse("stale", stale, read, unused, badge="any", quiet=True)
    kit.refuse("purge", worker, purge, "{Who} purges the queue online-orders")
    right = version_command(
        arn, kit.write_policy("used", reading, allow("dynamodb:Scan", table_arn(stock)))
    )
    both = version_command(
        arn,
        kit.write_policy(
            "both-tables",
            reading,
            allow("dynamodb:Scan", [table_arn(table), table_arn(stock)]),
        ),
    )
    gone = delete_key_command(stale)
    kit.note_mistake("the-key-alone", "M15", 0, [f"leak:purge#@{worker}"], gone)
    kit.note_mistake("the-policy-alone", "M18", 0, [f"leak:stale#@{stale}"], right)
    kit.note_mistake("both-tables", "M15", 1, [f"excess:{worker}"], gone, both)
    return kit.part(
        f"""The group {group} has the managed policy {policy}, which has grown over the years. {worker.capitalize()} opens files in the
        bucket {bucket}, such as {key}, and scans the table {stock}. {worker.capitalize()} needs nothing else, and must not purge the
        queue online-orders. The other members don't work here any more. Remove the credential that has been unused for {DAYS_UNUSED}
        days: the credential report shows which one it is. Reduce {policy} to what {worker.capitalize()} needs.""",
        """Anyone who finds an unused key also gets its unused permissions. The credential report shows unused keys, and last accessed
        information shows unused permissions.""",
        [gone, right],
        (
            worker,
            purge,
            "The policy allows everything in SQS, although the job doesn't need it.",
        ),
        ("no-unused-credentials", "no-idle-grants"),
    )
