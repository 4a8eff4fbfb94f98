"""Make the parts of ideas about policies: actions, resources, conditions and denies."""

from __future__ import annotations

from coffeeshop.lessons.exercises.part import (
    Kit,
    Part,
    allow,
    delete_command,
    deny,
    group_policy_command,
    opens,
)


def star_part(kit: Kit) -> Part:
    """Return a part: replace a policy that allows every action by one that names the actions in use."""
    group = kit.make_group()
    worker = kit.hire(group)
    other_worker = kit.hire(group)
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    kit.world.append(
        group_policy_command(group, kit.write_policy("everything", allow("s3:*", files)))
    )
    read = opens(bucket, key)
    shred = delete_command(bucket, key)
    kit.require(
        "read",
        [worker, other_worker],
        read,
        f"{{Who}} can open any file in {bucket}",
        covers=files,
    )
    store = f"aws s3api put-object --bucket {bucket} --key {key}"
    kit.require(
        "store",
        [worker, other_worker],
        store,
        f"{{Who}} can store any file in {bucket}",
        covers=files,
    )
    kit.refuse("shred", [worker, other_worker], shred, f"{{Who}} shreds a file in {bucket}")
    named = kit.write_policy("named", allow(["s3:GetObject", "s3:PutObject"], files))
    ends = kit.write_policy("ends-in-object", allow("s3:*Object", files))
    begins = kit.write_policy("begins-with-get", allow(["s3:Get*", "s3:PutObject"], files))
    extra_policy = kit.write_policy(
        "a-no-beside", allow("s3:*", files), deny("s3:DeleteObject", Resource=files)
    )
    kit.note_mistake(
        "every-object",
        "M15",
        0,
        [f"leak:shred#@{worker}"],
        group_policy_command(group, ends),
    )
    # What the other may do too much has the same cause.
    excess = [f"excess:{worker}"]
    kit.note_mistake("get-star", "M15", 1, excess, group_policy_command(group, begins))
    kit.note_mistake(
        "a-no-beside", "M02", 1, excess, group_policy_command(group, extra_policy)
    )
    return kit.part(
        kit.text(
            f"""{worker.capitalize()} and {other_worker.capitalize()}, in the group {group}, open any file in the bucket {bucket}, such
            as {key}, and store any. Their policy, work, allows every action of S3 on those files. From today it allows what they do
            and no more: nobody of the group shreds (deletes) a file.""",
            f"""{worker.capitalize()} and {other_worker.capitalize()}, in the group {group}, open and store files in the bucket
            {bucket}, such as {key}. The group's policy, work, allows every S3 action on those files. Let it allow only what they do.
            No one in the group must be able to shred (delete) a file.""",
        ),
        kit.text(
            "A star in an action stands for every action that fits, those that AWS will add next year too.",
            """A star in an action covers every action that matches, including those that AWS adds next year.""",
        ),
        [group_policy_command(group, named)],
        (
            worker,
            shred,
            "The policy allows every action of S3 on the files, and shredding is one.",
        ),
    )


def drawer_part(kit: Kit) -> Part:
    """Return a part: allow listing on a bucket, and reading on its objects."""
    group = kit.make_group()
    worker = kit.hire(group)
    other_worker = kit.hire(group)
    key = kit.file()
    secret = kit.file()
    bucket = kit.make_bucket(key)
    closed = kit.make_bucket(secret)
    arn = f"arn:aws:s3:::{bucket}"
    files = f"arn:aws:s3:::{bucket}/*"
    listing = f"aws s3api list-objects-v2 --bucket {bucket}"
    read = opens(bucket, key)
    kit.require(
        "list", [worker, other_worker], listing, f"{{Who}} can list the bucket {bucket}"
    )
    kit.require(
        "read",
        [worker, other_worker],
        read,
        f"{{Who}} can open any file in {bucket}",
        covers=files,
    )
    kit.refuse(
        "closed",
        [worker, other_worker],
        opens(closed, secret),
        f"{{Who}} opens a file in {closed}",
    )
    both_resources = kit.write_policy(
        "bucket-and-files", allow("s3:ListBucket", arn), allow("s3:GetObject", files)
    )
    bare = kit.write_policy("bucket-alone", allow(["s3:ListBucket", "s3:GetObject"], arn))
    wide = kit.write_policy("everywhere", allow(["s3:ListBucket", "s3:GetObject"], "*"))
    single = kit.write_policy(
        "one-file", allow("s3:ListBucket", arn), allow("s3:GetObject", f"{arn}/{key}")
    )
    kit.note_mistake(
        "bucket-alone",
        "M03",
        0,
        [f"job-denied:read#@{worker}:resource"],
        group_policy_command(group, bare),
    )
    kit.note_mistake(
        "everywhere",
        "M15",
        0,
        [f"leak:closed#@{worker}"],
        group_policy_command(group, wide),
    )
    narrow = [f"job-narrow:read#@{name}" for name in (worker, other_worker)]
    kit.note_mistake("one-file", "M03", 0, narrow, group_policy_command(group, single))
    return kit.part(
        kit.text(
            f"""{worker.capitalize()} and {other_worker.capitalize()} are new in the group {group}, which holds no policy yet. They
            list the bucket {bucket} and open any file in it, such as {key}. The bucket {closed}, where {secret} lies, is not theirs.""",
            f"""{worker.capitalize()} and {other_worker.capitalize()} are new in the group {group}, which has no policy yet. Let them
            list the bucket {bucket} and open any file in it, such as {key}. They must not open files in the bucket {closed}, such as
            {secret}.""",
        ),
        kit.text(
            "A bucket has an ARN, and so has each object in it: listing acts on the one, opening on the others.",
            """A bucket and its objects have different ARNs. Listing needs the bucket's, and opening needs the object's.""",
        ),
        [group_policy_command(group, both_resources)],
        (
            worker,
            listing,
            kit.text(
                "No policy speaks of it yet, and nothing said means no.",
                "No policy allows it yet, and AWS refuses what nothing allows.",
            ),
        ),
    )


def folder_part(kit: Kit) -> Part:
    """Return a part: let a condition check which folder a listing asks for."""
    group = kit.make_group()
    own_branch = kit.names.draw("branches")
    other_branch = kit.names.draw("branches")
    worker = kit.hire(group)
    key = kit.file()
    bucket = kit.make_bucket(f"{own_branch}/{key}", f"{other_branch}/{key}")
    arn = f"arn:aws:s3:::{bucket}"
    files = f"arn:aws:s3:::{bucket}/{own_branch}/*"
    wide = kit.write_policy(
        "whole-bucket", allow("s3:ListBucket", arn), allow("s3:GetObject", f"{arn}/*")
    )
    kit.world.append(group_policy_command(group, wide))
    listing = f"aws s3api list-objects-v2 --bucket {bucket}"
    under = {"StringLike": {"s3:prefix": f"{own_branch}/*"}}
    any_folder = f"{listing} --prefix {own_branch}/{{newname}}/"
    say = f"{{Who}} can list any folder under {own_branch}/ in {bucket}"
    kit.require(
        "list", worker, any_folder, say, within={"resource": arn, "condition": under}
    )
    say = f"{{Who}} can open any file under {own_branch}/ in {bucket}"
    kit.require("read", worker, opens(bucket, f"{own_branch}/{key}"), say, covers=files)
    their_folder = f"{listing} --prefix {other_branch}/"
    kit.refuse("names", worker, their_folder, f"{{Who}} lists {other_branch}/ in {bucket}")
    kit.refuse("whole", worker, listing, f"{{Who}} lists the whole bucket {bucket}")
    say = f"{{Who}} opens a file under {other_branch}/ in {bucket}"
    kit.refuse("peek", worker, opens(bucket, f"{other_branch}/{key}"), say)
    reading = allow("s3:GetObject", files)
    right = kit.write_policy(
        "one-folder", allow("s3:ListBucket", arn, Condition=under), reading
    )
    on_folder = kit.write_policy(
        "listing-the-folder", allow("s3:ListBucket", f"{arn}/{own_branch}/*"), reading
    )
    names = kit.write_policy("all-names", allow("s3:ListBucket", arn), reading)
    exact = {"StringEquals": {"s3:prefix": f"{own_branch}/*"}}
    letters = kit.write_policy(
        "to-the-letter", allow("s3:ListBucket", arn, Condition=exact), reading
    )
    denied = f"job-denied:list#@{worker}"
    kit.note_mistake(
        "listing-the-folder",
        "M03",
        0,
        [f"{denied}:resource"],
        group_policy_command(group, on_folder),
    )
    kit.note_mistake(
        "all-names", "M15", 0, [f"leak:names#@{worker}"], group_policy_command(group, names)
    )
    kit.note_mistake(
        "to-the-letter",
        "M20",
        0,
        [f"{denied}:condition"],
        group_policy_command(group, letters),
    )
    return kit.part(
        kit.text(
            f"""{worker.capitalize()}, alone in the group {group}, may list all of the bucket {bucket} and open every file in it. From
            today only what lies under {own_branch}/ is {worker.capitalize()}'s: listing any folder there, and opening any file, such
            as {own_branch}/{key}. What lies under {other_branch}/, such as {other_branch}/{key}, is another branch's; nor is the whole
            bucket listed.""",
            f"""{worker.capitalize()} is the only member of the group {group}, and can list the whole bucket {bucket} and open every
            file in it. From today {worker.capitalize()} can list only folders under {own_branch}/, and open only files there, such as
            {own_branch}/{key}. {worker.capitalize()} must not list the whole bucket. {other_branch}/ belongs to another branch:
            {worker.capitalize()} must not list it, or open a file in it, such as {other_branch}/{key}.""",
        ),
        kit.text(
            "A listing asks for the bucket. Which folder it asks about stands in the request, where a condition sees it.",
            """Listing acts on the bucket. The request also names the folder, as s3:prefix, and a condition can check it.""",
        ),
        [group_policy_command(group, right)],
        (
            worker,
            their_folder,
            kit.text(
                "The policy allows listing the bucket, whatever folder is asked for.",
                "The policy allows listing the bucket, whichever folder you name.",
            ),
        ),
    )


def exception_part(kit: Kit) -> Part:
    """Return a part: leave an exception out of a deny, because no allow overrides a deny."""
    staff = kit.make_group()
    chiefs = kit.make_group()
    worker = kit.hire(staff)
    chief = kit.hire(staff, chiefs)
    key = kit.file()
    old = kit.file()
    bucket = kit.make_bucket(key, f"voided/{old}")
    files = f"arn:aws:s3:::{bucket}/*"
    voided = f"arn:aws:s3:::{bucket}/voided/*"
    kit.world.append(
        group_policy_command(staff, kit.write_policy("work", allow("s3:GetObject", files)))
    )
    never = kit.write_policy("never", deny("s3:DeleteObject", Resource=files))
    kit.world.append(group_policy_command(staff, never, "never"))
    read = opens(bucket, key)
    shred = delete_command(bucket, key)
    void = delete_command(bucket, f"voided/{old}")
    kit.require(
        "read",
        [worker, chief],
        read,
        f"{{Who}} can open any file in {bucket}",
        covers=files,
    )
    kit.require(
        "void",
        chief,
        void,
        f"{{Who}} can shred any file under voided/ in {bucket}",
        covers=voided,
    )
    say = f"{{Who}} shreds a file outside voided/ in {bucket}"
    kit.refuse("shred", [worker, chief], shred, say, kind="explicit")
    another = delete_command(bucket, "{newname}")
    say = f"{{Who}} shreds another file outside voided/ in {bucket}"
    kit.refuse("another", chief, another, say, kind="explicit")
    kit.refuse("void", worker, void, f"{{Who}} shreds a file under voided/ in {bucket}")
    granted = group_policy_command(
        chiefs, kit.write_policy("void", allow("s3:DeleteObject", voided)), "void"
    )
    exception_policy = group_policy_command(
        staff,
        kit.write_policy("never-but", deny("s3:DeleteObject", NotResource=voided)),
        "never",
    )
    wide = group_policy_command(
        chiefs, kit.write_policy("everything", allow("s3:*", files)), "void"
    )
    silent = f"aws iam delete-group-policy --group-name {staff} --policy-name never"
    out = f"aws iam remove-user-from-group --group-name {staff} --user-name {chief}"
    kit.note_mistake(
        "an-allow-against-it", "M01", 0, [f"job-denied:void#@{chief}:explicit"], granted
    )
    kit.note_mistake(
        "never-taken-away", "M02", 2, ["practice:explicit-no"], silent, granted
    )
    kit.note_mistake("out-of-the-group", "M15", 0, [f"leak:shred#@{chief}"], out, wide)
    return kit.part(
        kit.text(
            f"""{worker.capitalize()} and {chief.capitalize()}, in the group {staff}, open any file in the bucket {bucket}, such as
            {key}. The policy never on {staff} denies shredding (deleting) any of them. {chief.capitalize()}, who is alone in the group
            {chiefs} as well, is to shred any file under voided/, such as voided/{old}, and nobody else. Outside voided/ nobody shreds
            a file, {chief.capitalize()} neither, and a policy goes on saying so with a Deny.""",
            f"""{worker.capitalize()} and {chief.capitalize()}, in the group {staff}, open files in the bucket {bucket}, such as {key}.
            The group's policy “never” denies shredding (deleting) any of them. From today {chief.capitalize()}, the only member of the
            group {chiefs}, can shred files under voided/, such as voided/{old}. No one else can. Outside voided/, a Deny must still
            refuse everyone, even {chief.capitalize()}.""",
        ),
        kit.text(
            "An explicit deny wins over every allow. An exception is not granted against it, it is left out of it.",
            "An explicit deny wins over every allow. So the Deny itself must leave the exception out.",
        ),
        [exception_policy, granted],
        (
            chief,
            void,
            kit.text(
                "The policy never denies shredding every file, and an explicit deny wins.",
                "The policy “never” denies shredding any file, and an explicit deny wins.",
            ),
        ),
        ("explicit-no",),
    )


def mfa_code_part(kit: Kit) -> Part:
    """Return a part: require an MFA code for one action with a condition on an Allow.

    `Bool` fails if the key is missing, as it must in an Allow. `BoolIfExists` would let access keys through.
    """
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
    read = opens(bucket, key)
    shred = delete_command(bucket, f"old/{old}")
    kit.require(
        "read",
        worker,
        read,
        f"{{Who}}, without MFA, can open any file in {bucket}",
        covers=files,
    )
    say = f"{{Who}}, using MFA, can shred any file under old/ in {bucket}"
    kit.require("shred", worker, shred, say, covers=away, badge="code")
    say = f"{{Who}}, signed in without MFA, shreds a file in {bucket}"
    kit.refuse("plain", worker, shred, say, badge="password")
    kit.refuse(
        "key",
        worker,
        shred,
        f"{{Who}}'s access key alone shreds a file in {bucket}",
        badge="key",
    )
    mfa_key = "aws:MultiFactorAuthPresent"

    def shredding(name: str, condition: dict[str, dict[str, str]]) -> str:
        document = kit.write_policy(
            name, allow("s3:DeleteObject", away, Condition=condition)
        )
        return group_policy_command(group, document, "shredding")

    plain = group_policy_command(
        group, kit.write_policy("plain", allow("s3:DeleteObject", away)), "shredding"
    )
    right = shredding("with-a-code", {"Bool": {mfa_key: "true"}})
    loose = shredding("if-it-is-there", {"BoolIfExists": {mfa_key: "true"}})
    mfa_condition = {"BoolIfExists": {mfa_key: "false"}}
    unless = deny("s3:*", Resource=files, Condition=mfa_condition)
    guard = kit.write_policy("everything-asks", allow("s3:DeleteObject", away), unless)
    kit.note_mistake("no-condition", "M10", 0, [f"leak:plain#@{worker}"], plain)
    kit.note_mistake("if-it-is-there", "M11", 0, [f"leak:key#@{worker}"], loose)
    denied = [f"job-denied:read#@{worker}:explicit"]
    kit.note_mistake(
        "everything-asks", "M10", 0, denied, group_policy_command(group, guard, "shredding")
    )
    return kit.part(
        kit.text(
            f"""{worker.capitalize()}, in the group {group}, opens any file in the bucket {bucket}, such as {key}, and nobody asks for
            a code: that stays so. From today {worker.capitalize()} also shreds (deletes) any file under old/, such as old/{old}, and
            for that a code is needed: neither an access key nor a session without a code will do.""",
            f"""{worker.capitalize()}, in the group {group}, can open any file in the bucket {bucket}, such as {key}, without an MFA
            code. Keep it that way. From today {worker.capitalize()} can also shred (delete) files under old/, such as old/{old}, but
            only with an MFA code. An access key alone must not be enough, and a session without MFA must not be, either.""",
        ),
        kit.text(
            "A condition on an Allow asks at that deed alone, and Bool fails where the key is missing, as it should there.",
            """A condition on an Allow requires MFA only for that action. An access key's request doesn't have
            aws:MultiFactorAuthPresent. Bool doesn't match a missing key, so AWS refuses the request.""",
        ),
        [right],
        (
            worker,
            shred,
            kit.text(
                "No policy allows shredding yet, with a code or without.",
                "No policy allows shredding yet, with MFA or without.",
            ),
        ),
    )
