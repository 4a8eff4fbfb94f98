"""Make the parts of level 3 about two accounts: a bucket that both use, and a service that works for each."""

from __future__ import annotations

from typing import Any

from coffeeshop.lessons.exercises.of_guardrails import (
    FRANCHISE_ID,
    PARTNER_ID,
    STRANGER_ID,
    organization_commands,
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
    role_policy_command,
    trust_statement,
)


def shared_folder_part(kit: Kit) -> Part:
    """Return a part: share one folder of a bucket with a role of another account, from both sides."""
    reader, other = (kit.names.draw("roles") for _ in range(2))
    key = kit.file()
    secret = kit.file()
    bucket = kit.make_bucket(f"shared/{key}", f"own/{secret}")
    every_file = f"arn:aws:s3:::{bucket}/*"
    shared = f"arn:aws:s3:::{bucket}/shared/*"
    reader_arn, other_arn = (
        f"account/{PARTNER_ID}/role/{name}" for name in (reader, other)
    )
    kit.setting = Setting(
        outside={"reader": reader_arn, "other": other_arn},
        desk=("ada", "noor"),
        without=("no-direct-user-policies",),
    )
    wide = kit.write_policy("every-file", allow("s3:GetObject", "*"))
    kit.world = [*partner_commands(kit, reader, other, wide), *kit.world]
    read = opens(bucket, f"shared/{key}")
    kit.require(
        "shared",
        "reader",
        read,
        f"The partner's role {reader} can open any file in shared/",
        covers=shared,
    )
    kit.refuse(
        "other", "other", read, f"The partner's role {other} opens a file in shared/"
    )
    own = opens(bucket, f"own/{secret}")
    kit.refuse("own", "reader", own, f"The partner's role {reader} opens a file in own/")
    shred = delete_command(bucket, f"shared/{key}")
    kit.refuse("shred", "reader", shred, f"The partner's role {reader} deletes a file")

    def ours(name: str, principal: str, files: str = shared) -> str:
        arn = f"arn:aws:iam::{PARTNER_ID}:{principal}"
        statement = allow("s3:GetObject", files, Principal={"AWS": arn})
        return f"aws s3api put-bucket-policy --bucket {bucket} --policy {kit.write_policy(name, statement)}"

    task = kit.write_policy("task", allow("s3:GetObject", shared))
    theirs = f"{role_policy_command(reader, task)} --profile noor@console"
    one_role = ours("one-role", f"role/{reader}")
    kit.note_mistake(
        "our-side-alone", "M36", 0, ["job-denied:shared#@reader:partner"], one_role
    )
    kit.note_mistake(
        "the-whole-account",
        "M17",
        0,
        ["leak:other#@other"],
        ours("whole-account", "root"),
        theirs,
    )
    kit.note_mistake(
        "every-folder",
        "M15",
        0,
        ["leak:own#@reader"],
        ours("every-folder", f"role/{reader}", every_file),
        theirs,
    )
    return kit.part(
        f"""A partner's account, {PARTNER_ID}, has the roles {reader} and {other}. You act as Ada here, and as Noor there. Let {reader}
        open any file in the folder shared/ of our bucket {bucket}, such as shared/{key}. It must not open files in own/, such as
        own/{secret}, or delete files. {other} has a policy that allows opening every file, but must not get in.""",
        """Across accounts, both sides must allow a request: our bucket policy, and a policy on the partner's role. If the principal is
        an account, the partner decides who gets in. So name one role and one folder.""",
        [one_role, theirs],
        (
            other_arn,
            read,
            "The partner's account allows it. Our account must also allow it, and the bucket has no policy.",
        ),
    )


def partner_commands(kit: Kit, reader: str, other: str, wide: str) -> list[str]:
    """Return the commands that make a partner's account with an administrator and two roles. `other` has the policy `wide`."""
    account = {"AWS": f"arn:aws:iam::{PARTNER_ID}:root"}
    trust = kit.write_policy("partner-trust", trust_statement(account))
    lines = [
        "create-group --group-name Owners",
        "attach-group-policy --group-name Owners --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
        "create-user --user-name noor",
        "add-user-to-group --group-name Owners --user-name noor",
        "create-login-profile --user-name noor --password Cold-brew-at-5",
        *(
            f"create-role --role-name {name} --assume-role-policy-document {trust}"
            for name in (reader, other)
        ),
        f"put-role-policy --role-name {other} --policy-name files --policy-document {wide}",
    ]
    return [
        f"#@ account {PARTNER_ID} partner",
        *(f"aws iam {line} --profile partner" for line in lines),
    ]


def service_bucket_part(kit: Kit) -> Part:
    """Return a part: let CloudTrail write into a bucket for the shop's own trail alone."""
    trail = f"{kit.names.draw('roles')}-trail".lower()
    bucket = kit.make_bucket()
    arn = f"arn:aws:s3:::{bucket}"
    own_trail = f"arn:aws:cloudtrail:us-east-1:{SHOP_ACCOUNT}:trail/{trail}"
    kit.setting = Setting(
        outside={"cloudtrail": "service/cloudtrail.amazonaws.com"},
        without=("no-direct-user-policies", "no-unknown-actions"),
    )

    def policy(name: str, folder: str, action: str = "s3:PutObject", **options: Any) -> str:
        service = {"Service": "cloudtrail.amazonaws.com"}
        statements: list[Statement] = [
            allow("s3:GetBucketAcl", arn, Principal=service, **options),
            allow(action, f"{arn}/{folder}", Principal=service, **options),
        ]
        document = kit.write_policy(name, *statements)
        return f"aws s3api put-bucket-policy --bucket {bucket} --policy {document}"

    ours = f"AWSLogs/{SHOP_ACCOUNT}/"
    kit.world += [
        policy("before", "AWSLogs/*"),
        f"aws cloudtrail create-trail --name {trail} --s3-bucket-name {bucket}",
        f"aws cloudtrail start-logging --name {trail}",
    ]
    kit.fixed.append(f"trail/{trail}")
    _ask_cloudtrail(kit, trail, bucket)
    own_folder = f"{ours}*"
    one_trail: Statement = {"StringEquals": {"aws:SourceArn": own_trail}}
    same_name = f"arn:aws:cloudtrail:us-east-1:*:trail/{trail}"
    any_account: Statement = {"ArnLike": {"aws:SourceArn": same_name}}
    kit.note_mistake(
        "own-folder",
        "M76",
        0,
        ["leak:inside#@cloudtrail"],
        policy("own-folder", own_folder),
    )
    kit.note_mistake(
        "same-name",
        "M76",
        0,
        ["leak:inside#@cloudtrail"],
        policy("same-name", own_folder, Condition=any_account),
    )
    kit.note_mistake(
        "every-folder",
        "M76",
        0,
        ["leak:foreign#@cloudtrail"],
        policy("every-folder", "AWSLogs/*", Condition=any_account),
    )
    kit.note_mistake(
        "every-write",
        "M15",
        1,
        ["excess:service/cloudtrail.amazonaws.com"],
        policy("every-write", own_folder, "s3:PutObject*", Condition=one_trail),
    )
    return kit.part(
        f"""Our trail {trail}, in account {SHOP_ACCOUNT}, writes its records to the folder {ours} of the bucket {bucket}. The bucket
        policy lets CloudTrail write for anyone's trail. Let it write only for ours. It must not write to any folder for a trail in
        account {STRANGER_ID}, even if that trail has the same name.""",
        """CloudTrail works for every account. So name your trail in the bucket policy, with a condition on aws:SourceArn. Naming a
        folder isn't enough, since anyone can choose the folder of their own trail.""",
        [policy("one-trail", own_folder, Condition=one_trail)],
        (
            f"account/{STRANGER_ID}",
            f"aws s3api list-objects-v2 --bucket {bucket}",
            "The bucket policy names only CloudTrail, and no one in that account.",
        ),
    )


def _ask_cloudtrail(kit: Kit, trail: str, bucket: str) -> None:
    """Add what CloudTrail must and mustn't write: the records of this trail, and those of a stranger's trail."""
    arn = f"arn:aws:s3:::{bucket}"
    ours = f"AWSLogs/{SHOP_ACCOUNT}/"
    foreign = f"AWSLogs/{STRANGER_ID}/"
    own_trail = f"arn:aws:cloudtrail:us-east-1:{SHOP_ACCOUNT}:trail/{trail}"

    def asks(account: str, folder: str) -> dict[str, Any]:
        source = f"arn:aws:cloudtrail:us-east-1:{account}:trail/{trail}"
        return {
            "action": "s3:PutObject",
            "resource": f"{arn}/{folder}CloudTrail/us-east-1/records.json.gz",
            "context": {"aws:SourceArn": source, "aws:SourceAccount": account},
        }

    kit.jobs.append(
        {
            "id": f"record{kit.number}",
            "as": "cloudtrail",
            "request": asks(SHOP_ACCOUNT, ours),
            "covers": f"{arn}/{ours}*",
            "within": {
                "resource": f"{arn}/{ours}*",
                "condition": {"StringEquals": {"aws:SourceArn": own_trail}},
            },
            "say": f"CloudTrail can write any record of the trail {trail} to {bucket}",
        }
    )
    for id, folder, place in (
        ("foreign", foreign, "its own folder"),
        ("inside", f"{ours}{foreign}", "our folder"),
    ):
        kit.refusals.append(
            {
                "id": f"{id}{kit.number}",
                "as": "cloudtrail",
                "request": asks(STRANGER_ID, folder),
                "say": f"CloudTrail writes to {place} for a trail in account {STRANGER_ID}",
            }
        )


def outside_rule_part(kit: Kit) -> Part:
    """Return a part: let a partner's role through a resource control policy (RCP), and no one else from outside."""
    group = kit.make_group()
    worker = kit.hire(group)
    role, other = (kit.names.draw("roles") for _ in range(2))
    rcp = f"{kit.names.draw('roles')}Rules"
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    kit.setting = Setting(
        outside={
            "courier": f"account/{PARTNER_ID}/role/{role}",
            "former": f"account/{STRANGER_ID}/role/{other}",
        },
        desk=("ada", "noor"),
        without=("no-direct-user-policies", "no-unknown-actions", "no-wildcard-action"),
    )
    arns = [
        f"arn:aws:iam::{PARTNER_ID}:role/{role}",
        f"arn:aws:iam::{STRANGER_ID}:role/{other}",
    ]
    shared = allow("s3:GetObject", files, Principal={"AWS": arns})
    policy = f"--policy-id @policy:{rcp}"

    def rule(name: str, operator: str, *accounts: str) -> str:
        condition = {
            operator: {"aws:PrincipalAccount": [SHOP_ACCOUNT, FRANCHISE_ID, *accounts]},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
        outside = deny("s3:*", Principal="*", Resource="*", Condition=condition)
        return kit.write_policy(name, outside)

    def update(name: str, operator: str, *accounts: str) -> str:
        content = rule(name, operator, *accounts)
        return f"aws organizations update-policy {policy} --content {content} --profile noor@console"

    own_accounts = rule("own-accounts", "StringNotEquals")
    kit.world = [
        *organization_commands(),
        "aws organizations enable-policy-type --root-id @root --policy-type RESOURCE_CONTROL_POLICY --profile franchise",
        *kit.world,
        group_policy_command(group, kit.write_policy("read", allow("s3:GetObject", files))),
        f"aws s3api put-bucket-policy --bucket {bucket} --policy {kit.write_policy('shared', shared)}",
        f'aws organizations create-policy --name {rcp} --description "Who uses the buckets of shops" '
        f"--type RESOURCE_CONTROL_POLICY --content {own_accounts} --profile franchise",
        f"aws organizations attach-policy {policy} --target-id @unit:Shops --profile franchise",
    ]
    read = opens(bucket, key)
    kit.require_reading(worker, bucket, key)
    say = f"The partner's role {role} can open any file in {bucket}"
    kit.require("partner", "courier", read, say, covers=files)
    kit.refuse(
        "former", "former", read, f"The role {other} in account {STRANGER_ID} opens a file"
    )
    kit.note_mistake(
        "the-bucket-alone",
        "M36",
        0,
        ["job-denied:partner#@courier:explicit"],
        f"aws s3api put-bucket-policy --bucket {bucket} --policy "
        + kit.write_policy(
            "partner-alone", allow("s3:GetObject", files, Principal={"AWS": arns[0]})
        ),
    )
    detached = f"aws organizations detach-policy {policy} --target-id @unit:Shops --profile noor@console"
    kit.note_mistake("no-rule", "M15", 0, ["leak:former#@former"], detached)
    every_account = update("any-account", "StringNotLike", "*")
    kit.note_mistake("a-star", "M27", 0, ["leak:former#@former"], every_account)
    return kit.part(
        f"""{worker.capitalize()}, in the group {group}, opens files in the bucket {bucket}, such as {key}. From today the role
        {role} in a partner's account, {PARTNER_ID}, opens them, too. The bucket policy allows it, but the RCP {rcp} denies every
        account except {SHOP_ACCOUNT} and {FRANCHISE_ID}. Let the partner's account through. The bucket policy still names the role
        {other} of a former partner, {STRANGER_ID}, which must not get in. You act as Ada here, and as Noor in the management
        account.""",
        """An RCP limits who can use an organization's resources. If it denies a caller, no bucket policy can let them in.""",
        [update("with-partner", "StringNotEquals", PARTNER_ID)],
        (
            f"account/{PARTNER_ID}/role/{role}",
            read,
            "The bucket policy allows it. But the RCP denies every account that it doesn't list.",
        ),
    )
