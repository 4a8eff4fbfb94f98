"""Make the parts of level 3 about callers without IAM users: workflows outside AWS, and people in Identity Center."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coffeeshop.lessons.exercises.part import (
    SHOP_ACCOUNT,
    Kit,
    Part,
    Setting,
    Statement,
    allow,
    delete_command,
    opens,
    role_arn,
    role_commands,
    role_policy_command,
    trust_statement,
)

ISSUER_HOST = "token.actions.githubusercontent.com"
PROVIDER_ARN = f"arn:aws:iam::{SHOP_ACCOUNT}:oidc-provider/{ISSUER_HOST}"
TOKEN_AUDIENCE = "sts.amazonaws.com"


def workflow_part(kit: Kit) -> Part:
    """Return a part: let the workflows of one repository assume a role with their own tokens."""
    role = kit.names.draw("roles")
    owner, stranger = (kit.names.draw("branches") for _ in range(2))
    key = kit.file()
    bucket = kit.make_bucket(key)
    files = f"arn:aws:s3:::{bucket}/*"
    repositories = {
        "menu": f"{owner}/menu",
        stranger: f"{stranger}/menu",
        "website": f"{owner}/website",
    }
    kit.setting = Setting(
        outside={name: f"workload/{name}" for name in repositories},
        workloads={
            name: workload_table(repository) for name, repository in repositories.items()
        },
        without=("no-direct-user-policies", "no-unknown-actions"),
    )
    store = f"aws s3api put-object --bucket {bucket} --key {key} --profile menu"
    kit.require(
        "store",
        "menu",
        [assumes_with_token(role, "menu"), store],
        f"A workflow in {repositories['menu']}, as {role}, can store any file in {bucket}",
        covers=files,
    )
    for name in (stranger, "website"):
        say = f"A workflow in {repositories[name]} assumes the role {role}"
        kit.refuse(f"in-{name}", name, assumes_with_token(role, name), say)
    provider = f"aws iam create-open-id-connect-provider --url https://{ISSUER_HOST} --client-id-list {TOKEN_AUDIENCE}"
    task = kit.write_policy("store", allow("s3:PutObject", files))

    def trusting(name: str, subject: str) -> list[str]:
        return [
            provider,
            *role_commands(role, kit.write_policy(name, trust_in(subject)), task),
        ]

    for name, subject, leak in (
        ("every-repository", "repo:*", stranger),
        ("any-owner", "repo:*/menu:*", stranger),
        ("any-repository-of-the-owner", f"repo:{owner}/*", "website"),
    ):
        kit.note_mistake(
            name, "M26", 0, [f"leak:in-{leak}#@{leak}"], *trusting(name, subject)
        )
    right = trusting("one-repository", f"repo:{owner}/menu:*")
    wide = kit.write_policy("all-of-s3", allow("s3:*", files))
    kit.note_mistake(
        "every-action",
        "M15",
        1,
        [f"excess:role/{role}"],
        *right,
        role_policy_command(role, wide),
    )
    return kit.part(
        f"""Workflows in the GitHub repository {owner}/menu store files in the bucket {bucket}, such as {key}. They run outside AWS,
        and get no access key. Create GitHub's OIDC provider, https://{ISSUER_HOST}, with the audience {TOKEN_AUDIENCE}. Create the
        role {role}, which lets these workflows store any file in the bucket. Workflows in {owner}/website and {stranger}/menu must not
        get in.""",
        """GitHub signs tokens for every repository in the world. Only the subject says whose workflow runs. So name the owner and the
        repository in the trust policy, with the colon that ends the repository's name.""",
        right,
        (
            "workload/menu",
            store.removesuffix(" --profile menu"),
            "A token isn't an AWS credential. No role trusts GitHub yet.",
        ),
        ("named-principals",),
    )


def workload_table(repository: str) -> dict[str, Any]:
    """Return the table of a workload: the workflows of a GitHub repository."""
    return {
        "issuer": f"https://{ISSUER_HOST}",
        "subjects": f"repo:{repository}:*",
        "claims": {
            "sub": f"repo:{repository}:ref:refs/heads/main",
            "aud": TOKEN_AUDIENCE,
            "repository": repository,
            "ref": "refs/heads/main",
        },
    }


def assumes_with_token(role: str, workload: str) -> str:
    """Return the command with which a workload assumes a role with its token."""
    return (
        f"aws sts assume-role-with-web-identity --role-arn {role_arn(role)} --role-session-name {workload} "
        f"--web-identity-token file://tokens/{workload}"
    )


def trust_in(subject: str) -> Statement:
    """Return the statement of a trust policy that lets in GitHub's tokens with a subject."""
    condition = {
        "StringEquals": {f"{ISSUER_HOST}:aud": TOKEN_AUDIENCE},
        "StringLike": {f"{ISSUER_HOST}:sub": subject},
    }
    statement = trust_statement({"Federated": PROVIDER_ARN}, Condition=condition)
    return {**statement, "Action": "sts:AssumeRoleWithWebIdentity"}


INSTANCE_OPTION = "--instance-arn @instance"
STORE_OPTION = "--identity-store-id @identity-store"
ALL_OF_S3 = "--managed-policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess"


def permission_set_part(kit: Kit) -> Part:
    """Return a part: narrow a permission set, provision it, and take it from someone who has it by name."""
    first, second, former = (kit.names.draw("people") for _ in range(3))
    group = kit.names.draw("groups")
    name = f"{group}Work"
    key = kit.file()
    bucket = kit.make_bucket(key)
    secret = kit.file()
    closed = kit.make_bucket(secret)
    kit.setting = Setting(without=("no-direct-user-policies", "no-unknown-actions"))
    to_set = f"{INSTANCE_OPTION} --permission-set-arn @permission-set:{name}"
    target = f"{to_set} --target-id {SHOP_ACCOUNT} --target-type AWS_ACCOUNT"
    by_name = f"{target} --principal-type USER --principal-id @user:{former}"
    in_group = f"{target} --principal-type GROUP --principal-id @group:{group}"
    kit.world += [
        *center_commands(group, (first, second), former),
        f"aws sso-admin create-permission-set {INSTANCE_OPTION} --name {name}",
        f"aws sso-admin attach-managed-policy-to-permission-set {to_set} {ALL_OF_S3}",
        f"aws sso-admin create-account-assignment {in_group}",
        f"aws sso-admin create-account-assignment {by_name}",
    ]
    files = f"arn:aws:s3:::{bucket}/*"
    people = [f"workforce/{who}" for who in (first, second)]
    read = opens(bucket, key)
    opening = f"{{Who}} opens a file in {bucket} through Identity Center"
    kit.require(
        "read", people, read, opening.replace("opens a", "can open any"), covers=files
    )
    kit.refuse("closed", people, opens(closed, secret), opening.replace(bucket, closed))
    shred = delete_command(bucket, key)
    kit.refuse("shred", people, shred, opening.replace("opens", "deletes"))
    kit.refuse("former", f"workforce/{former}", read, opening)

    def writes(document: str, actions: str) -> str:
        policy = kit.write_policy(document, allow(actions, files))
        return f"aws sso-admin put-inline-policy-to-permission-set {to_set} --inline-policy {policy}"

    narrow = writes("work", "s3:GetObject")
    detaches = (
        f"aws sso-admin detach-managed-policy-from-permission-set {to_set} {ALL_OF_S3}"
    )
    provisions = f"aws sso-admin provision-permission-set {to_set} --target-type ALL_PROVISIONED_ACCOUNTS"
    unassigns = f"aws sso-admin delete-account-assignment {by_name}"
    rest = (detaches, provisions, unassigns)
    one, who_left = f"@workforce/{first}", f"@workforce/{former}"
    kit.note_mistake(
        "not-provisioned", "M74", 0, [f"leak:closed#{one}"], narrow, detaches, unassigns
    )
    kit.note_mistake(
        "kept-by-name", "M22", 0, [f"leak:former#{who_left}"], narrow, detaches, provisions
    )
    kit.note_mistake(
        "every-action",
        "M15",
        0,
        [f"leak:shred#{one}"],
        writes("every-action", "s3:*"),
        *rest,
    )
    return kit.part(
        f"""{first.capitalize()} and {second.capitalize()} are in the group {group} of IAM Identity Center. Through the permission set
        {name}, they open files in the bucket {bucket}, such as {key}. Since AmazonS3FullAccess was attached to it, they can also open
        files in {closed}, such as {secret}, and delete files. Let {name} allow only opening files in {bucket}. {former.capitalize()}
        has left the group, but {name} is still assigned to this user by name. Remove that assignment.""",
        """A permission set is a plan: what counts is its role in the account. A change reaches the role when you provision the
        permission set. If a permission set is assigned to a person by name, it stays when they leave a group.""",
        [narrow, *rest],
        (
            f"workforce/{former}",
            read,
            "The permission set was also assigned by name, and that assignment is still there.",
        ),
        ("provisioned",),
    )


def center_commands(group: str, members: Sequence[str], other: str) -> list[str]:
    """Return the commands that enable Identity Center, with a group, its members, and another user."""
    full_names = {
        who: f"--display-name {who.capitalize()} --name GivenName={who.capitalize()},FamilyName=Doe"
        for who in (*members, other)
    }
    member = f"aws identitystore create-group-membership {STORE_OPTION} --group-id @group:{group} --member-id UserId=@user:"
    return [
        "aws organizations create-organization",
        "console sign-in --user-name ada --password 'Latte-art-at-7' --mfa-code @phone",
        "console enable-identity-center --profile ada@console",
        f"aws identitystore create-group {STORE_OPTION} --display-name {group}",
        *(
            f"aws identitystore create-user {STORE_OPTION} --user-name {who} {full_name}"
            for who, full_name in full_names.items()
        ),
        *(f"{member}{who}" for who in members),
    ]
