"""Make the parts of ideas about guardrails: boundaries, tags, SCPs, partners, and passing roles."""

from __future__ import annotations

from typing import Any

from coffeeshop.lessons.exercises.part import (
    SHOP_ACCOUNT,
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
    trust_statement,
    version_command,
    write_item_command,
)

FRANCHISE_ID = "222233334444"  # the organization's management account
SUPPLIER_ID = "333344445555"  # a member account in another unit
PARTNER_ID = "444455556666"
STRANGER_ID = "777788889999"
REPORT_FUNCTIONS = f"arn:aws:lambda:us-east-1:{SHOP_ACCOUNT}:function:report-*"
DEPLOY_STATEMENT = allow(
    ["lambda:CreateFunction", "lambda:InvokeFunction"], REPORT_FUNCTIONS
)
TO_LAMBDA = {"iam:PassedToService": "lambda.amazonaws.com"}


def limit_part(kit: Kit) -> Part:
    """Return a part: widen a user's permissions boundary to what the job needs."""
    group = kit.make_group()
    worker = kit.hire(group)
    colleague = kit.hire(group)
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    work = kit.write_policy(
        "work", allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], files)
    )
    kit.world.append(group_policy_command(group, work))
    limit = f"{kit.names.draw('roles')}Limit"
    arn = kit.make_managed_policy(
        limit, kit.write_policy("limit", allow("s3:GetObject", files))
    )
    kit.world.append(
        f"aws iam put-user-permissions-boundary --user-name {worker} --permissions-boundary {arn}"
    )
    store = f"aws s3api put-object --bucket {bucket} --key {key}"
    shred = delete_command(bucket, key)
    kit.require_reading([worker, colleague], bucket, key)
    kit.require(
        "store",
        [worker, colleague],
        store,
        f"{{Who}} can store any file in {bucket}",
        covers=files,
    )
    kit.require(
        "shred", colleague, shred, f"{{Who}} can delete any file in {bucket}", covers=files
    )
    kit.refuse("shred", worker, shred, f"{{Who}} deletes a file in {bucket}")
    wider = kit.write_policy("wider-limit", allow(["s3:GetObject", "s3:PutObject"], files))
    open_limit = kit.write_policy("no-limit", allow("s3:*", files))
    again = kit.write_policy("store", allow("s3:PutObject", files))
    kit.note_mistake(
        "a-grant-below-it",
        "M12",
        0,
        [f"job-denied:store#@{worker}:boundary"],
        group_policy_command(group, again, "store"),
    )
    kit.note_mistake(
        "no-boundary",
        "M15",
        0,
        [f"leak:shred#@{worker}"],
        f"aws iam delete-user-permissions-boundary --user-name {worker}",
    )
    kit.note_mistake(
        "a-boundary-of-stars",
        "M15",
        0,
        [f"leak:shred#@{worker}"],
        version_command(arn, open_limit),
    )
    return kit.part(
        f"""{worker.capitalize()} and {colleague.capitalize()} are in the group {group}. Its policy, work, lets them open, store and
        delete files in the bucket {bucket}, such as {key}. {worker.capitalize()} is new and has the permissions boundary {limit},
        which allows only opening files. From today {worker.capitalize()} can also store files, but still must not delete any.
        {colleague.capitalize()} keeps all permissions.""",
        """A boundary limits what the user's policies allow, and allows nothing by itself. So another Allow in the group doesn't help.
        The boundary must allow the action, too.""",
        [version_command(arn, wider)],
        (
            worker,
            store,
            "The group's policy allows it, but the boundary doesn't, and both must allow.",
        ),
    )


def tag_part(kit: Kit) -> Part:
    """Return a part: compare the tag of the user with the tag of the object."""
    group = kit.make_group()
    branches = [kit.names.draw("branches") for _ in range(2)]
    workers = [kit.hire(group) for _ in branches]
    keys = [kit.file() for _ in branches]
    bare = kit.file()
    bucket = kit.make_bucket(*keys, bare)
    files = f"arn:aws:s3:::{bucket}/*"
    kit.tag_users_and_files(bucket, workers, branches, keys)
    _require_newcomer(kit, group, bucket, files)
    kit.refuse(
        "other",
        workers[0],
        opens(bucket, keys[1]),
        f"{{Who}} opens a file of the {branches[1]} branch",
    )
    kit.refuse(
        "untagged",
        workers[0],
        opens(bucket, bare),
        f"{{Who}} opens a file without a tag, such as {bare}",
    )

    def reads(name: str, operator: str, value: str | list[str]) -> str:
        condition = {operator: {"s3:ExistingObjectTag/branch": value}}
        document = kit.write_policy(name, allow("s3:GetObject", files, Condition=condition))
        return group_policy_command(group, document)

    own_tag = "${aws:PrincipalTag/branch}"
    kit.world.append(
        group_policy_command(
            group, kit.write_policy("every-file", allow("s3:GetObject", files))
        )
    )
    wrong_newcomer = "job-denied:newcomer#@newcomer:condition"
    kit.note_mistake(
        "if-it-has-one",
        "M20",
        0,
        [f"leak:untagged#@{workers[0]}"],
        reads("if-it-has-one", "StringEqualsIfExists", own_tag),
    )
    kit.note_mistake(
        "both-branches",
        "M19",
        0,
        [f"leak:other#@{workers[0]}", wrong_newcomer],
        reads("both-branches", "StringEquals", branches),
    )
    kit.note_mistake(
        "one-branch",
        "M19",
        0,
        [f"job-denied:second#@{workers[1]}:condition"],
        reads("one-branch", "StringEquals", branches[0]),
    )
    first, second = (worker.capitalize() for worker in workers)
    return kit.part(
        f"""{first} and {second} are in the group {group}. Each has a tag, branch, that says where they work: {branches[0]} or
        {branches[1]}. Files in the bucket {bucket} have it, too: {keys[0]} is tagged {branches[0]}, and {keys[1]} is tagged
        {branches[1]}. The group's policy, work, allows opening every file. From today each member can open only files of their own
        branch. It must work for a newcomer's branch without another policy.""",
        """A condition can compare a tag of the caller with a tag of the resource. So one statement works for every branch, now and
        later.""",
        [reads("own-branch", "StringEquals", own_tag)],
        (
            workers[0],
            opens(bucket, keys[1]),
            "The policy allows every file, and compares no tag.",
        ),
    )


def _require_newcomer(kit: Kit, group: str, bucket: str, files: str) -> None:
    """Add a job: a newcomer with a new branch's tag opens that branch's files."""
    own = {"StringEquals": {"s3:ExistingObjectTag/branch": "{newname}"}}
    kit.require(
        "newcomer",
        "{newcomer}",
        [
            "aws iam tag-user --user-name {newcomer} --tags Key=branch,Value={newname} --profile ada@console",
            f"aws iam add-user-to-group --group-name {group} --user-name {{newcomer}} --profile ada@console",
            f"aws s3api put-object --bucket {bucket} --key {{newname}} --tagging branch={{newname}} --profile ada@console",
            f"aws s3api get-object --bucket {bucket} --key {{newname}} new.json",
        ],
        f"A newcomer to {group} can open any file of a new branch",
        covers=files,
        within={"resource": files, "condition": own},
    )


def account_rule_part(kit: Kit) -> Part:
    """Return a part: forbid an action in every shop with an SCP on the unit that the shops are in."""
    table = kit.make_table()
    scp = f"{kit.names.draw('roles')}Rules"
    kit.setting = Setting(
        outside={
            "roastery": f"account/{SUPPLIER_ID}",
            "tomorrows-shop": "account/{newshop}",
        },
        desk=("noor",),
        without=("no-direct-user-policies", "no-wildcard-action"),
    )
    kit.world = [*organization_commands(), *kit.world]
    kit.fixed += ["user/ada", f"account/{SUPPLIER_ID}"]
    drop = f"aws dynamodb delete-table --table-name {table}"
    kit.require(
        "write", "ada", write_item_command(table), f"Ada can write items to {table}"
    )
    kit.require(
        "create", "ada", "aws iam create-user --user-name {newname}", "Ada can create users"
    )
    _ask_other_accounts(kit)
    kit.refuse(
        "drop", ["ada", "root"], drop, f"{{Who}} deletes the table {table}", badge="any"
    )

    def rule(name: str, *statements: Any) -> str:
        document = kit.write_policy(name, *statements)
        return (
            f'aws organizations create-policy --name {scp} --description "Rules of the shops" '
            f"--type SERVICE_CONTROL_POLICY --content {document}"
        )

    def attached(target: str) -> str:
        return f"aws organizations attach-policy --policy-id @policy:{scp} --target-id {target}"

    right = rule("no-delete", deny("dynamodb:DeleteTable", Resource="*"))
    only = rule("only-work", allow(["dynamodb:PutItem"], "*"))
    kit.note_mistake(
        "one-shop",
        "M09",
        0,
        ["leak:tomorrow#@tomorrows-shop"],
        right,
        attached(SHOP_ACCOUNT),
    )
    kit.note_mistake(
        "every-account",
        "M15",
        0,
        ["job-denied:roastery#@roastery:explicit"],
        right,
        attached("@root"),
    )
    kit.note_mistake(
        "an-scp-grants",
        "M12",
        0,
        ["job-denied:create#@ada:scp"],
        only,
        attached("@unit:Shops"),
        "aws organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops",
    )
    unknown = ["dynamodb:DeleteTable", "dynamodb:DropTable"]
    kit.note_mistake(
        "an-unknown-action",
        "M04",
        2,
        ["practice:no-unknown-actions"],
        rule("unknown-action", deny(unknown, Resource="*")),
        attached("@unit:Shops"),
    )
    return kit.part(
        f"""The shop's account, {SHOP_ACCOUNT}, is in the organization's unit Shops. A roastery's account, {SUPPLIER_ID}, is in the
        unit Suppliers. You act as Noor in the management account, {FRANCHISE_ID}. From today no one in a shop's account, now or later,
        must be able to delete a table, such as {table}: not Ada, its administrator, and not its root user. Ada must still be able to
        write items such as beans and create users. The roastery must still be able to delete its own tables. Create the SCP {scp}.""",
        """An SCP limits every user and role of the accounts below it, and their root users. It gives no one access. Attach it to the
        unit that these accounts are in.""",
        [right, attached("@unit:Shops")],
        ("ada", drop, "Ada is an administrator, and FullAWSAccess allows every action."),
    )


def _ask_other_accounts(kit: Kit) -> None:
    """Add what other accounts can do: a supplier deletes its own tables, and tomorrow's shop must not."""
    action = "dynamodb:DeleteTable"
    own_table = f"arn:aws:dynamodb:us-east-1:{SUPPLIER_ID}:table/{{newname}}"
    new_table = "arn:aws:dynamodb:us-east-1:{newshop}:table/{newname}"
    kit.jobs.append(
        {
            "id": f"roastery{kit.number}",
            "as": "roastery",
            "request": {"action": action, "resource": own_table},
            "say": f"The roastery, {SUPPLIER_ID}, can delete its own tables",
        }
    )
    kit.refusals.append(
        {
            "id": f"tomorrow{kit.number}",
            "as": "tomorrows-shop",
            "request": {"action": action, "resource": new_table},
            "say": "A shop that joins tomorrow deletes a table",
        }
    )


def organization_commands() -> list[str]:
    """Return the commands that make an organization of the shop, a supplier and their management account."""
    noor = [
        "create-group --group-name Owners",
        "attach-group-policy --group-name Owners --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
        "create-user --user-name noor",
        "add-user-to-group --group-name Owners --user-name noor",
        "create-login-profile --user-name noor --password Cold-brew-at-5",
    ]
    member = (
        "invite-account-to-organization --target Id={},Type=ACCOUNT --profile franchise"
    )
    move = "move-account --account-id {} --source-parent-id @root --destination-parent-id @unit:{} --profile franchise"
    unit = "create-organizational-unit --parent-id @root --name {} --profile franchise"
    organization = [
        "create-organization --profile franchise",
        unit.format("Shops"),
        unit.format("Suppliers"),
        member.format(SHOP_ACCOUNT),
        "accept-handshake --handshake-id @invitation",
        move.format(SHOP_ACCOUNT, "Shops"),
        member.format(SUPPLIER_ID),
        "accept-handshake --handshake-id @invitation --profile roastery",
        move.format(SUPPLIER_ID, "Suppliers"),
    ]
    return [
        f"#@ account {FRANCHISE_ID} franchise",
        f"#@ account {SUPPLIER_ID} roastery",
        *(f"aws iam {line} --profile franchise" for line in noor),
        *(f"aws organizations {line}" for line in organization),
    ]


def partner_part(kit: Kit) -> Part:
    """Return a part: let a partner's role in, but only when it works for this shop (the confused deputy)."""
    role, courier, driver = (kit.names.draw("roles") for _ in range(3))
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    ours = f"shop-{kit.names.draw('ids')}"
    theirs = f"shop-{kit.names.draw('ids')}"
    kit.setting = Setting(
        outside={
            "courier": f"account/{PARTNER_ID}/role/{courier}",
            "driver": f"account/{PARTNER_ID}/role/{driver}",
            "stranger": f"account/{STRANGER_ID}",
        },
        without=("no-direct-user-policies",),
    )
    asks = f"aws sts assume-role --role-arn {role_arn(role)} --role-session-name partner"
    naming = f"{asks} --external-id {ours}"
    kit.require(
        "export",
        "courier",
        [naming, f"{opens(bucket, key)} --profile partner"],
        f"{courier}, with {ours}, can open any file in {bucket} as {role}",
        covers=files,
    )
    kit.refuse("no-id", "courier", asks, f"{courier} assumes {role} without an external ID")
    other = f"{asks} --external-id {theirs}"
    kit.refuse("other-id", "courier", other, f"{courier} assumes {role} with {theirs}")
    kit.refuse("driver", "driver", naming, f"{driver} assumes {role} with {ours}")
    kit.refuse(
        "stranger",
        "stranger",
        naming,
        f"Account {STRANGER_ID} assumes {role} with {ours}",
    )
    task = kit.write_policy("export", allow("s3:GetObject", files))

    def trusting(name: str, principal: str, **options: Any) -> list[str]:
        document = kit.write_policy(name, trust_statement({"AWS": principal}, **options))
        return role_commands(role, document, task)

    one_role = f"arn:aws:iam::{PARTNER_ID}:role/{courier}"
    our_id = {"Condition": {"StringEquals": {"sts:ExternalId": ours}}}
    kit.note_mistake(
        "no-external-id",
        "M08",
        0,
        ["leak:no-id#@courier"],
        *trusting("no-external-id", one_role),
    )
    whole = f"arn:aws:iam::{PARTNER_ID}:root"
    kit.note_mistake(
        "the-whole-account",
        "M17",
        0,
        ["leak:driver#@driver"],
        *trusting("the-whole-account", whole, **our_id),
    )
    kit.note_mistake(
        "anybody", "M17", 0, ["leak:driver#@driver"], *trusting("anybody", "*", **our_id)
    )
    return kit.part(
        f"""A partner collects files from us. In its account, {PARTNER_ID}, the role {courier} works for many shops. When it acts for
        our shop, it sends the external ID {ours}. Create the role {role} for it, which can open any file in the bucket {bucket}, such
        as {key}. {courier} must not get in without an external ID, or with another shop's ID, {theirs}. The partner's role {driver}
        and other accounts, such as {STRANGER_ID}, must not get in.""",
        """Another customer of the partner could get it to use our role: it would be a confused deputy. The external ID says which
        customer it acts for. The principal says who can assume the role at all.""",
        trusting("one-role", one_role, **our_id),
        (
            f"account/{PARTNER_ID}/role/{courier}",
            opens(bucket, key),
            "The partner's account allows it, but ours must allow it as well.",
        ),
        ("named-principals",),
    )


def passing_part(kit: Kit) -> Part:
    """Return a part: limit iam:PassRole to one role and one service."""
    group = kit.make_group()
    worker = kit.hire(group)
    reader, mighty = (kit.names.draw("roles") for _ in range(2))
    key = kit.file()
    bucket = kit.make_bucket(key)
    trust = kit.write_policy("trust", trust_statement({"Service": "lambda.amazonaws.com"}))
    reading = kit.write_policy("reading", allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    kit.world += role_commands(reader, trust, reading)
    kit.world += [
        f"aws iam create-role --role-name {mighty} --assume-role-policy-document {trust}",
        f"aws iam attach-role-policy --role-name {mighty} --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
        create_function_command("report-daily", reader),
    ]
    kit.fixed += [f"role/{reader}", f"role/{mighty}", "function/report-daily"]
    require_functions(kit, worker, reader)
    kit.refuse(
        "users",
        worker,
        "aws iam create-user --user-name {newname}",
        "{Who} creates a user, in any way",
    )

    def passing(name: str, *statements: Any) -> str:
        return group_policy_command(
            group, kit.write_policy(name, DEPLOY_STATEMENT, *statements)
        )

    service = {"StringEquals": TO_LAMBDA}
    kit.world.append(passing("any-role", allow("iam:PassRole", "*")))
    right = passing("one-role", allow("iam:PassRole", role_arn(reader), Condition=service))
    no_users = deny(["iam:Create*", "iam:Put*", "iam:Attach*"], Resource="*")
    kit.note_mistake(
        "a-deny-on-the-user",
        "M16",
        0,
        [f"leak:users#@{worker}"],
        passing("a-deny", allow("iam:PassRole", "*"), no_users),
    )
    kit.note_mistake(
        "no-passing",
        "M16",
        0,
        [f"job-denied:deploy#@{worker}:none"],
        passing("no-passing"),
    )
    kit.note_mistake(
        "to-any-service",
        "M16",
        1,
        [f"excess:{worker}"],
        passing("any-service", allow("iam:PassRole", role_arn(reader))),
    )
    return kit.part(
        f"""{worker.capitalize()}, in the group {group}, creates and runs functions whose names begin with report-, such as
        report-daily, and soon report-weekly. They use the role {reader}, which can open files in the bucket {bucket}, such as {key}.
        Today {worker.capitalize()} can pass any role to any service, and the role {mighty} can do everything. {worker.capitalize()}
        must not be able to create a user, even through a function.""",
        """If you can pass a role to a function and run it, you have that role's permissions. A Deny on you doesn't limit the role. So
        allow iam:PassRole only for one role and one service.""",
        [right],
        (
            worker,
            "aws iam create-user --user-name somebody",
            f"No policy lets {worker.capitalize()} do it, but a function with the role {mighty} could.",
        ),
    )


def require_functions(kit: Kit, worker: str, role: str) -> None:
    """Add two jobs: a user creates functions with a role, and runs them."""
    kit.require(
        "deploy",
        worker,
        create_function_command("report-weekly", role),
        f"{{Who}} can create any function named report-…, with the role {role}",
        covers=REPORT_FUNCTIONS,
        within={
            "resource": [REPORT_FUNCTIONS, role_arn(role)],
            "condition": {"StringEqualsIfExists": TO_LAMBDA},
        },
    )
    kit.require(
        "run",
        worker,
        "aws lambda invoke --function-name report-daily out.json",
        "{Who} can run any function named report-…, such as report-daily",
        covers=REPORT_FUNCTIONS,
    )


def create_function_command(name: str, role: str) -> str:
    """Return the command that makes a function with an execution role."""
    return (
        f"aws lambda create-function --function-name {name} --role {role_arn(role)} --runtime python3.13 "
        '--handler report.handler --cli-input-json \'{"Code": {"ZipFile": "AA=="}}\''
    )
