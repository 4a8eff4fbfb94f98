"""What people paste is often shortened, cut off or wrapped. What is left of AWS's text is still read.

The texts are written for this table, in forms that tools and people use.
"""

from __future__ import annotations

from typing import NamedTuple

from coffeeshop.policy.denial.read import find_denials
from tests.policy.denial.cases import SHORT_KINDS
from tests.tables import each_row


class Shortened(NamedTuple):
    """A text, and what it says: principal, action, resource, kind of policy, effect. "" is not said."""

    text: str
    name: str = ""
    action: str = ""
    resource: str = ""
    kind: str = "unknown"
    effect: str = "unknown"


ARN = "arn:aws:iam::111122223333:user/ada"
SESSION = "arn:aws:sts::111122223333:assumed-role/app-prod/i-0abc"
OBJECT = "arn:aws:s3:::receipts/monday.csv"
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
BOTO = "botocore.exceptions.ClientError: An error occurred"
ROWS = (
    Shortened("AccessDenied: s3:GetObject with an explicit deny in a service control policy", "", "s3:GetObject", "", "scp", "explicit"),
    Shortened("AccessDenied ... s3:GetObject ... with an explicit deny in a service control policy", "", "s3:GetObject", "", "scp", "explicit"),
    Shortened("Access denied (s3:GetObject) - explicit deny in an SCP", "", "s3:GetObject", "", "scp", "explicit"),
    Shortened("s3:PutObject denied by SCP", "", "s3:PutObject", "", "scp", "explicit"),
    Shortened("explicit deny in a service control policy for ec2:RunInstances", "", "ec2:RunInstances", "", "scp", "explicit"),
    Shortened("User: ... is not authorized to perform: iam:PassRole on resource: ... because no identity-based policy allows the iam:PassRole action", "", "iam:PassRole", "", "identity", "implicit"),
    Shortened("User: [redacted] is not authorized to perform: kms:Decrypt on resource: [redacted] because no resource-based policy allows the kms:Decrypt action", "redacted", "kms:Decrypt", "[redacted]", "resource", "implicit"),
    Shortened("is not authorized to perform: dynamodb:Query on resource: " + TABLE, "", "dynamodb:Query", TABLE),
    Shortened("not authorized to perform: dynamodb:Query because no permissions boundary allows", "", "dynamodb:Query", "", "boundary", "implicit"),
    Shortened("not authorized to perform s3:ListBucket, no identity-based policy allows it", "", "s3:ListBucket", "", "identity", "implicit"),
    Shortened("no identity-based policy allows the sqs:SendMessage action", "", "sqs:SendMessage", "", "identity", "implicit"),
    Shortened("because no service control policy allows the ec2:DescribeRegions action", "", "ec2:DescribeRegions", "", "scp", "implicit"),
    Shortened("because no session policy allows the s3:GetObject action", "", "s3:GetObject", "", "session", "implicit"),
    Shortened("no permissions boundary allows the iam:CreateUser action", "", "iam:CreateUser", "", "boundary", "implicit"),
    Shortened(f"User: {ARN} is not authorized to perform: s3:GetObject on resource: {OBJECT}", "ada", "s3:GetObject", OBJECT),
    Shortened(f"User: {ARN} is not authorized to perform: s3:GetObject", "ada", "s3:GetObject"),
    Shortened(f"User: {ARN} is not authorized to perform: s3:GetObject on resource: {OBJECT} with an explicit deny", "ada", "s3:GetObject", OBJECT, "unknown", "explicit"),
    Shortened(f"User: {ARN} is not authorized to perform: s3:GetObject on resource: {OBJECT} with an explicit deny in a resource-ba", "ada", "s3:GetObject", OBJECT, "resource", "explicit"),
    Shortened(f"User: {ARN} is not authorized to perform: s3:GetObject on resource: {OBJECT} because no identity-base", "ada", "s3:GetObject", OBJECT, "identity", "implicit"),
    Shortened(f"User: {ARN} is not authorized to perform: s3:GetObject on resource: {OBJECT} because no identity-based policy", "ada", "s3:GetObject", OBJECT, "identity", "implicit"),
    Shortened(f"User: {SESSION} is not authorized to perform: iam:Pa...", "app-prod"),
    Shortened(f"{SESSION} is not authorized to perform sts:AssumeRole on arn:aws:iam::444455556666:role/deploy", "app-prod", "sts:AssumeRole", "arn:aws:iam::444455556666:role/deploy"),
    Shortened(f"{BOTO} (AccessDenied) when calling the ListBuckets operation: User: {ARN} is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action", "ada", "s3:ListAllMyBuckets", "", "identity", "implicit"),
    Shortened(f"{BOTO} (AccessDenied) when calling the PutObject operation: Access Denied", "", "s3:PutObject"),
    Shortened('{"Error": {"Code": "AccessDeniedException", "Message": "User: ' + ARN + ' is not authorized to perform: dynamodb:PutItem on resource: ' + TABLE + ' with an explicit deny in an identity-based policy"}}', "ada", "dynamodb:PutItem", TABLE, "identity", "explicit"),
    Shortened("{'Error': {'Message': 'User: " + ARN + " is not authorized to perform: dynamodb:PutItem on resource: " + TABLE + " because no identity-based policy allows the dynamodb:PutItem action', 'Code': 'AccessDeniedException'}}", "ada", "dynamodb:PutItem", TABLE, "identity", "implicit"),
    Shortened(f"Error: creating S3 Bucket (receipts): operation error S3: CreateBucket, https response error StatusCode: 403, RequestID: 1A, HostID: 2B, api error AccessDenied: User: {ARN} is not authorized to perform: s3:CreateBucket on resource: \"arn:aws:s3:::receipts\" because no identity-based policy allows the s3:CreateBucket action", "ada", "s3:CreateBucket", "arn:aws:s3:::receipts", "identity", "implicit"),
    Shortened(f"│ Error: reading IAM Role (app): operation error IAM: GetRole, https response error StatusCode: 403,\n│ RequestID: 1a, api error AccessDenied: User: {SESSION}\n│ is not authorized to perform: iam:GetRole on resource: role app because no\n│ identity-based policy allows the iam:GetRole action", "app-prod", "iam:GetRole", "role app", "identity", "implicit"),
    Shortened(f"You don't have permissions\nUser: {ARN}\nAction: ec2:DescribeInstances\nOn resource(s): *\nContext: no identity-based policy allows the action", "ada", "ec2:DescribeInstances", "*", "identity", "implicit"),
    Shortened(f"Access denied\nYou don't have permission to s3:ListAllMyBuckets. To request access, copy the following text and send it to your AWS administrator.\nUser: {ARN}\nAction: s3:ListAllMyBuckets\nContext: a service control policy explicitly denies the action", "ada", "s3:ListAllMyBuckets", "", "scp", "explicit"),
    Shortened("Context: a permissions boundary explicitly denies the action\nAction: iam:CreateRole", "", "iam:CreateRole", "", "boundary", "explicit"),
    Shortened(f"User: {ARN}\nAction: kms:Decrypt\nContext: no resource-based policy allows the action", "ada", "kms:Decrypt", "", "resource", "implicit"),
    Shortened("You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm", ""),
    Shortened(f"You are not authorized to perform this operation. User: {ARN} is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* with an explicit deny in a service control policy. Encoded authorization failure message: 4GIOHlTk", "ada", "ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/*", "scp", "explicit"),
    Shortened("AccessDeniedException: not authorized to perform: secretsmanager:GetSecretValue ... explicit deny in a resource-based policy", "", "secretsmanager:GetSecretValue", "", "resource", "explicit"),
    Shortened("fails with AccessDenied on sts:AssumeRole, no trust policy allows it", "", "sts:AssumeRole", "", "trust", "implicit"),
    Shortened("VPC endpoint policy denies s3:GetObject: Access Denied", "", "s3:GetObject", "", "vpce", "explicit"),
    Shortened("AccessDenied: explicit deny in a resource control policy (s3:GetObject)", "", "s3:GetObject", "", "rcp", "explicit"),
    Shortened("api error AccessDenied: lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:111122223333:function:f", "", "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f"),
    Shortened("403 Forbidden: ecr:BatchGetImage because no resource-based policy allows the ecr:BatchGetImage action", "", "ecr:BatchGetImage", "", "resource", "implicit"),
    Shortened("got AccessDenied for glue:GetTable because no identity-based policy allows", "", "glue:GetTable", "", "identity", "implicit"),
    Shortened(f"{SESSION} ... s3:DeleteObject ... explicit deny in a permissions boundary", "app-prod", "s3:DeleteObject", "", "boundary", "explicit"),
)  # fmt: skip


@each_row(ROWS, name=lambda *row: row[0][:90])
def test_what_a_shortened_text_says_is_read(
    text: str, name: str, action: str, resource: str, kind: str, effect: str
):
    denials = find_denials(text)
    assert len(denials) == 1
    (denial,) = denials
    facts = (
        denial.principal.name or denial.principal.text,
        denial.action,
        denial.resource,
        SHORT_KINDS[denial.policy_kind],
        denial.effect.value,
    )
    assert facts == (name, action, resource, kind, effect)
