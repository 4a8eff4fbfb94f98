"""Make the parts of level 3 about policies: folders, codes, tags and rules that affect each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coffeeshop.lessons.exercises.of_guardrails import organization_commands
from coffeeshop.lessons.exercises.of_trouble import user_policy_command
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
    version_command,
)

MFA_KEY = "aws:MultiFactorAuthPresent"


def own_folder_part(kit: Kit) -> Part:
    """Return a part: one group policy with a variable, in place of a policy for each user."""
    group = kit.make_group()
    worker = kit.hire(group)
    colleague = kit.hire(group)
    key = kit.file()
    bucket = kit.make_bucket(f"{worker}/{key}", f"{colleague}/{key}")
    arn = f"arn:aws:s3:::{bucket}"

    drifted = [allow("s3:ListBucket", arn), allow("s3:GetObject", f"{arn}/{colleague}/*")]
    copies = {
        worker: kit.write_policy("first-copy", *_folder_statements(arn, worker)),
        colleague: kit.write_policy("second-copy", *drifted),
    }
    kit.world += [user_policy_command(name, file, "own") for name, file in copies.items()]
    listing = f"aws s3api list-objects-v2 --bucket {bucket} --prefix"
    _require_folders(kit, bucket, key, (worker, colleague))
    kit.refuse(
        "names", colleague, f"{listing} {worker}/", f"{{Who}} lists {worker}/ in {bucket}"
    )
    kit.refuse(
        "peek",
        worker,
        opens(bucket, f"{colleague}/{key}"),
        f"{{Who}} opens a file under {colleague}/",
    )
    gone = [
        f"aws iam delete-user-policy --user-name {name} --policy-name own"
        for name in (worker, colleague)
    ]

    def together(name: str, *statements: Statement) -> str:
        return group_policy_command(group, kit.write_policy(name, *statements))

    variable = "${aws:username}"
    kit.note_mistake(
        "both-names",
        "M15",
        0,
        [f"leak:names#@{colleague}"],
        together(
            "both-names",
            *_folder_statements(arn, worker),
            *_folder_statements(arn, colleague),
        ),
        *gone,
    )
    kit.note_mistake(
        "every-name",
        "M03",
        0,
        [f"leak:names#@{colleague}"],
        together(
            "every-name", allow("s3:ListBucket", arn), _folder_statements(arn, variable)[1]
        ),
        *gone,
    )
    kit.note_mistake(
        "a-copy-kept",
        "M22",
        0,
        [f"leak:names#@{colleague}"],
        together("own-folder-too", *_folder_statements(arn, variable)),
        gone[0],
    )
    return kit.part(
        f"""{worker.capitalize()} and {colleague.capitalize()} are in the group {group}. Each has an inline policy, own, for a folder
        of their own in the bucket {bucket}: {worker}/ and {colleague}/, with files such as {worker}/{key} and {colleague}/{key}. The
        copies have drifted apart, and {colleague.capitalize()} can list every folder. Replace them with one policy on the group that
        lets each member list their own folder and open the files in it. No user keeps an inline policy.""",
        """A policy variable stands for the caller, so one statement works for every member. For listing, use it in a condition on the
        prefix. For files, use it in the resource.""",
        [together("own-folder", *_folder_statements(arn, variable)), *gone],
        (
            colleague,
            f"{listing} {worker}/",
            f"The inline policy of {colleague.capitalize()} allows listing, whichever folder you name.",
        ),
        ("said-once",),
    )


def _folder_statements(arn: str, owner: str) -> list[Statement]:
    """Return the statements that allow listing and opening what is in an owner's folder of a bucket."""
    under = {"StringLike": {"s3:prefix": f"{owner}/*"}}
    return [
        allow("s3:ListBucket", arn, Condition=under),
        allow("s3:GetObject", f"{arn}/{owner}/*"),
    ]


def _require_folders(kit: Kit, bucket: str, key: str, owners: Sequence[str]) -> None:
    """Add two jobs for each owner of a folder: they list any folder in it, and open any file."""
    arn = f"arn:aws:s3:::{bucket}"
    listing = f"aws s3api list-objects-v2 --bucket {bucket} --prefix"
    for id, name in zip(("first", "second"), owners, strict=True):
        under = {"StringLike": {"s3:prefix": f"{name}/*"}}
        kit.require(
            f"list-{id}",
            name,
            f"{listing} {name}/{{newname}}/",
            f"{{Who}} can list any folder under {name}/ in {bucket}",
            within={"resource": arn, "condition": under},
        )
        kit.require(
            f"read-{id}",
            name,
            opens(bucket, f"{name}/{key}"),
            f"{{Who}} can open any file under {name}/ in {bucket}",
            covers=f"{arn}/{name}/*",
        )


def code_for_a_deny_part(kit: Kit) -> Part:
    """Return a part: a deny that lets one deletion through, and only with an MFA code."""
    group = kit.make_group()
    worker = kit.hire(group)
    key = kit.file()
    old = kit.file()
    bucket = kit.make_bucket(key, f"old/{old}")
    files = f"arn:aws:s3:::{bucket}/*"
    away = f"arn:aws:s3:::{bucket}/old/*"
    kit.world.append(
        group_policy_command(group, kit.write_policy("read", allow("s3:GetObject", files)))
    )

    def never(name: str, *statements: Statement) -> str:
        return group_policy_command(group, kit.write_policy(name, *statements), "never")

    kit.world.append(never("never", deny("s3:DeleteObject", Resource=files)))
    shred = delete_command(bucket, f"old/{old}")
    kit.require_reading(worker, bucket, key)
    kit.require(
        "shred",
        worker,
        shred,
        f"{{Who}}, using MFA, can delete any file under old/ in {bucket}",
        covers=away,
        badge="code",
    )
    for badge, how in (
        ("password", "signed in without MFA"),
        ("key", "with an access key"),
    ):
        say = f"{{Who}}, {how}, deletes a file under old/"
        kit.refuse(badge, worker, shred, say, badge=badge, kind="explicit")
    kit.refuse(
        "outside",
        worker,
        delete_command(bucket, key),
        "{Who}, using MFA, deletes a file outside old/",
        badge="code",
        kind="explicit",
    )
    granted = group_policy_command(
        group, kit.write_policy("old", allow("s3:DeleteObject", away)), "old"
    )
    without_code = {"BoolIfExists": {MFA_KEY: "false"}}
    present_only = {"Bool": {MFA_KEY: "false"}}
    outside = deny("s3:DeleteObject", NotResource=away)

    def guarded(name: str, condition: dict[str, Any]) -> str:
        return never(
            name, outside, deny("s3:DeleteObject", Resource=away, Condition=condition)
        )

    kit.note_mistake(
        "an-allow-against-it", "M01", 0, [f"job-denied:shred#@{worker}:explicit"], granted
    )
    kit.note_mistake(
        "a-key-has-no-code",
        "M11",
        0,
        [f"leak:key#@{worker}"],
        guarded("bool-alone", present_only),
        granted,
    )
    kit.note_mistake(
        "no-code",
        "M10",
        0,
        [f"leak:password#@{worker}"],
        never("outside-only", outside),
        granted,
    )
    return kit.part(
        f"""{worker.capitalize()}, in the group {group}, can open any file in the bucket {bucket}, such as {key}. The group's policy
        “never” denies every deletion there. From today {worker.capitalize()} can delete files under old/, such as old/{old}, but only
        with an MFA code. A Deny must still refuse every deletion without MFA, and every deletion outside old/. Requests with an access
        key don't use MFA, so the Deny must refuse them, too.""",
        """No Allow wins against a Deny, so the Deny must leave the exception out. A request with an access key lacks the condition key
        for MFA. BoolIfExists matches a missing key, and Bool doesn't.""",
        [guarded("with-a-code", without_code), granted],
        (worker, shred, "The policy “never” denies it, and nothing allows it."),
        ("explicit-no",),
    )


def limited_tag_part(kit: Kit) -> Part:
    """Return a part: widen a boundary, and compare tags below it."""
    group = kit.make_group()
    branches = [kit.names.draw("branches") for _ in range(2)]
    worker, colleague = (kit.hire(group) for _ in branches)
    keys = [kit.file() for _ in branches]
    bucket = kit.make_bucket(*keys)
    arn = f"arn:aws:s3:::{bucket}"
    files = f"{arn}/*"
    kit.tag_users_and_files(bucket, (worker, colleague), branches, keys)
    listing = allow("s3:ListBucket", arn)
    limit = f"{kit.names.draw('roles')}Limit"
    limit_arn = kit.make_managed_policy(limit, kit.write_policy("limit", listing))
    kit.world += [
        f"aws iam put-user-permissions-boundary --user-name {worker} --permissions-boundary {limit_arn}",
        group_policy_command(
            group,
            kit.write_policy("every-file", listing, allow("s3:GetObject", files)),
        ),
    ]
    list_call = f"aws s3api list-objects-v2 --bucket {bucket}"
    kit.require(
        "list", [worker, colleague], list_call, f"{{Who}} can list the bucket {bucket}"
    )
    kit.refuse(
        "other",
        worker,
        opens(bucket, keys[1]),
        f"{{Who}} opens a file of the {branches[1]} branch",
    )
    kit.refuse(
        "reverse",
        colleague,
        opens(bucket, keys[0]),
        f"{{Who}} opens a file of the {branches[0]} branch",
    )
    same = {"StringEquals": {"s3:ExistingObjectTag/branch": "${aws:PrincipalTag/branch}"}}
    own_files = allow("s3:GetObject", files, Condition=same)
    by_tag = group_policy_command(group, kit.write_policy("own-branch", listing, own_files))
    wider = version_command(
        limit_arn, kit.write_policy("wider-limit", listing, allow("s3:GetObject", files))
    )
    tagged_limit = version_command(
        limit_arn, kit.write_policy("tagged-limit", listing, own_files)
    )
    kit.note_mistake(
        "the-tag-alone", "M12", 0, [f"job-denied:first#@{worker}:boundary"], by_tag
    )
    kit.note_mistake(
        "the-limit-alone",
        "M19",
        0,
        [f"leak:other#@{worker}"],
        wider,
    )
    kit.note_mistake(
        "the-tag-in-the-limit", "M12", 0, [f"leak:reverse#@{colleague}"], tagged_limit
    )
    return kit.part(
        f"""{worker.capitalize()} and {colleague.capitalize()} are in the group {group}. Each has a tag, branch, that says where they
        work: {branches[0]} and {branches[1]}. Files in the bucket {bucket} have it, too: {keys[0]} is tagged {branches[0]}, and
        {keys[1]} is tagged {branches[1]}. The group's policy, work, allows opening every file. {worker.capitalize()} also has the
        boundary {limit}, which allows only listing. From today both can list the bucket and open only the files of their own branch.""",
        """The group's policy and the boundary must both allow a request. Put the condition in the group's policy, which every member
        has. The boundary has to allow only the action.""",
        [wider, by_tag],
        (
            worker,
            opens(bucket, keys[0]),
            "The group's policy allows it, but the boundary allows only listing.",
        ),
    )


def rule_above_part(kit: Kit) -> Part:
    """Return a part: let one grant through an SCP that denies deletions."""
    group = kit.make_group()
    worker = kit.hire(group)
    key = kit.file()
    old = kit.file()
    bucket = kit.make_bucket(key, f"old/{old}")
    files = f"arn:aws:s3:::{bucket}/*"
    away = f"arn:aws:s3:::{bucket}/old/*"
    kit.setting = Setting(desk=("ada", "noor"))
    scp = f"{kit.names.draw('roles')}Rules"
    policy = f"--policy-id @policy:{scp}"
    read = allow("s3:GetObject", files)
    strict = kit.write_policy("no-delete", deny("s3:DeleteObject", Resource="*"))
    kit.world = [
        *organization_commands(),
        *kit.world,
        group_policy_command(group, kit.write_policy("read", read)),
        f'aws organizations create-policy --name {scp} --description "Rules of the shops" '
        f"--type SERVICE_CONTROL_POLICY --content {strict} --profile franchise",
        f"aws organizations attach-policy {policy} --target-id @unit:Shops --profile franchise",
    ]
    kit.require_reading(worker, bucket, key)
    kit.require(
        "old",
        worker,
        delete_command(bucket, f"old/{old}"),
        f"{{Who}} can delete any file under old/ in {bucket}",
        covers=away,
    )
    shred = delete_command(bucket, key)
    store = f"aws s3api put-object --bucket {bucket} --key {key}"
    kit.refuse("store", worker, store, f"{{Who}} stores a file in {bucket}")
    kit.refuse("shred", "ada", shred, "{Who} deletes a file outside old/", badge="any")
    as_noor = "--profile noor@console"
    granted = group_policy_command(
        group, kit.write_policy("old", read, allow("s3:DeleteObject", away))
    )

    def update(name: str, *statements: Statement) -> str:
        document = kit.write_policy(name, *statements)
        return f"aws organizations update-policy {policy} --content {document} {as_noor}"

    detached = f"aws organizations detach-policy {policy} --target-id @unit:Shops {as_noor}"
    right = update("no-delete-but", deny("s3:DeleteObject", NotResource=away))
    kit.note_mistake(
        "a-grant-alone", "M01", 0, [f"job-denied:old#@{worker}:explicit"], granted
    )
    kit.note_mistake("no-rule", "M15", 0, ["leak:shred#@ada"], detached, granted)
    kit.note_mistake("an-scp-grants", "M12", 0, [f"job-denied:old#@{worker}:action"], right)
    return kit.part(
        f"""The shop's account, {SHOP_ACCOUNT}, is in the organization's unit Shops. Its SCP {scp} denies deleting any file.
        {worker.capitalize()}, in the group {group}, opens files in the bucket {bucket}, such as {key}. From today
        {worker.capitalize()} can also delete files under old/, such as old/{old}. Outside old/ no one must be able to delete a file,
        not even Ada. Noor changes the SCP, and Ada the group's policy.""",
        """An SCP and the account's own policies must both allow a request. A Deny in the SCP wins, so it must leave the exception out.
        An SCP gives no one access, so the group also needs the permission.""",
        [right, granted],
        ("ada", shred, "Ada is an administrator, but the SCP denies it."),
    )
