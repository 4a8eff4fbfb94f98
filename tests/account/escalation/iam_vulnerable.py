"""The account of BishopFox's iam-vulnerable, made as its terraform says (0f29866): 31 paths, and fixtures that trip tools.

https://github.com/BishopFox/iam-vulnerable
Each path is a policy on a user of its own and on a role of its own, which the caller of terraform may take. Beside them
stand a role of high privilege for services, with an instance profile, and the people of `privesc-sre`. The modules that
cost money make things of which a details file tells nothing; their roles are those of `COSTLY`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ID = "123456789012"
IAM, DATE = f"arn:aws:iam::{ID}", "2025-09-11T12:50:19+00:00"
CALLER = f"{IAM}:user/terraform"
Allows = Mapping[str, Any]


def allows(*actions: str, on: str = "*", **more: Any) -> Allows:
    return {"Effect": "Allow", "Action": [*actions], "Resource": on, **more}


def denies(*actions: str) -> Allows:
    return {"Effect": "Deny", "Action": [*actions], "Resource": "*"}


PASS = "iam:PassRole"
ISSUED = "aws:TokenIssueTime"
THEN = "2020-01-01T00:00:01Z"
PATHS: Mapping[str, Sequence[Allows]] = {
    "1-CreateNewPolicyVersion": [allows("iam:CreatePolicyVersion")],
    "2-SetExistingDefaultPolicyVersion": [allows("iam:SetDefaultPolicyVersion")],
    "3-CreateEC2WithExistingInstanceProfile": [allows(PASS, "ec2:DescribeInstances", "ec2:RunInstances", "ec2:CreateKeyPair", "ec2:AssociateIamInstanceProfile")],
    "4-CreateAccessKey": [allows("iam:CreateAccessKey")],
    "5-CreateLoginProfile": [allows("iam:CreateLoginProfile")],
    "6-UpdateLoginProfile": [allows("iam:UpdateLoginProfile")],
    "7-AttachUserPolicy": [allows("iam:AttachUserPolicy")],
    "8-AttachGroupPolicy": [allows("iam:AttachGroupPolicy")],
    "9-AttachRolePolicy": [allows("iam:AttachRolePolicy")],
    "10-PutUserPolicy": [allows("iam:PutUserPolicy")],
    "11-PutGroupPolicy": [allows("iam:PutGroupPolicy")],
    "12-PutRolePolicy": [allows("iam:PutRolePolicy")],
    "13-AddUserToGroup": [allows("iam:AddUserToGroup")],
    "14-UpdatingAssumeRolePolicy": [allows("iam:UpdateAssumeRolePolicy")],
    "15-PassExistingRoleToNewLambdaThenInvoke": [allows(PASS, "lambda:CreateFunction", "lambda:InvokeFunction")],
    "16-PassRoleToNewLambdaThenTriggerWithNewDynamo": [allows("lambda:CreateFunction", PASS, "lambda:CreateEventSourceMapping")],
    "17-EditExistingLambdaFunctionWithRole": [allows("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration")],
    "18-PassExistingRoleToNewGlueDevEndpoint": [allows("glue:CreateDevEndpoint", "glue:GetDevEndpoint", PASS)],
    "19-UpdateExistingGlueDevEndpoint": [allows("glue:UpdateDevEndpoint", "glue:GetDevEndpoint")],
    "20-PassExistingRoleToCloudFormation": [allows(PASS, "cloudformation:CreateStack", "cloudformation:DescribeStacks")],
    "21-PassExistingRoleToNewDataPipeline": [
        allows(PASS),
        allows("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
    ],
    "-CloudFormationUpdateStack": [allows("cloudformation:UpdateStack", "cloudformation:DescribeStacks")],
    "-codeBuildCreateProjectPassRole": [allows("codebuild:CreateProject", "codebuild:StartBuild", "codebuild:StartBuildBatch", PASS, "iam:ListRoles")],
    "-ec2InstanceConnect": [allows("ec2:DescribeInstances", "ec2-instance-connect:SendSSHPublicKey", "ec2-instance-connect:SendSerialConsoleSSHPublicKey")],
    "-sageMakerCreateNotebookPassRole": [allows("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:ListNotebookInstances", PASS, "iam:ListRoles")],
    "-sageMakerCreatePresignedNotebookURL": [allows("sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:ListNotebookInstances")],
    "-sageMakerCreateProcessingJobPassRole": [allows("sagemaker:CreateProcessingJob", PASS)],
    "-sageMakerCreateTrainingJobPassRole": [allows("sagemaker:CreateTrainingJob", PASS)],
    "-ssmSendCommand": [allows("ec2:DescribeInstances", "ssm:listCommands", "ssm:listCommandInvocations", "ssm:sendCommand")],
    "-ssmStartSession": [allows("ec2:DescribeInstances", "ssm:StartSession", "ssm:DescribeSessions", "ssm:ResumeSession")],
}  # fmt: skip
MISSED = {  # tool-testing: what tools overlook
    "fn1-privesc3-partial": [allows("ec2:DescribeInstances", "ec2:RunInstances"), allows(PASS)],
    "fn2-exploitableResourceConstraint": [allows("iam:CreatePolicyVersion", on="arn:aws:iam::*:policy/fn2-*")],
    "fn3-exploitableConditionConstraint": [allows("iam:CreatePolicyVersion", Condition={"DateGreaterThan": {ISSUED: THEN}})],
    "fn4-exploitableNotAction": [{"Effect": "Allow", "NotAction": ["iam:Update*", "iam:Create*", "iam:Attach*"], "Resource": "*"}],
}  # fmt: skip
HARMLESS = {  # tool-testing: what tools wrongly warn of
    "fp1-allow-and-deny": [allows("iam:*"), denies("iam:*")],
    "fp2-allow-and-deny-multiple-policies": [allows("*"), denies("*")],
    "fp3-deny-iam": [denies("iam:*")],
    "fp4-nonExploitableResourceConstraint": [allows("iam:CreatePolicyVersion", on="arn:aws:iam::aws:policy/fp4-*")],
    "fp5-nonExploitableConditionConstraint": [allows("iam:CreatePolicyVersion", Condition={"DateLessThan": {ISSUED: THEN}})],
}  # fmt: skip
SERVICES = (
    "ec2",
    "datapipeline",
    "cloudformation",
    "lambda",
    "glue",
    "ecs-tasks",
    "codebuild",
    "eks",
    "sagemaker",
    "elasticbeanstalk",
)
EVERYTHING, HIGH, SRE = (
    f"{IAM}:policy/high",
    "privesc-high-priv-service-role",
    "privesc-sre",
)
GROUPS = {"8-AttachGroupPolicy", "11-PutGroupPolicy"}  # whose user is in a group of its own


def _id(kind: str, number: int) -> str:
    return f"{kind}IOSFODNN7{number:07}"


def _row(kind: str, name: str, number: int, **more: Any) -> dict[str, Any]:
    prefix = {"User": "AIDA", "Group": "AGPA", "Role": "AROA"}[kind]
    held = {"AttachedManagedPolicies": [], f"{kind}PolicyList": []}
    arn = f"{IAM}:{kind.lower()}/{name}"
    return {
        "Path": "/",
        f"{kind}Name": name,
        f"{kind}Id": _id(prefix, number),
        "Arn": arn,
        "CreateDate": DATE,
        **held,
        **more,
    }


def _attached(*arns: str) -> list[dict[str, str]]:
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def _document(statements: Sequence[Allows]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _trust(**principal: Any) -> dict[str, Any]:
    return _document(
        [{"Effect": "Allow", "Action": "sts:AssumeRole", "Sid": "", "Principal": principal}]
    )


def _policy(name: str, number: int, statements: Sequence[Allows]) -> dict[str, Any]:
    version = {
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "CreateDate": DATE,
        "Document": _document(statements),
    }
    told = {
        "PolicyName": name,
        "PolicyId": _id("ANPA", number),
        "Arn": f"{IAM}:policy/{name}",
        "Path": "/",
    }
    return {
        **told,
        "DefaultVersionId": "v1",
        "CreateDate": DATE,
        "UpdateDate": DATE,
        "PolicyVersionList": [version],
    }


def named(path: str) -> str:
    """The name of a path or fixture, with `-user` or `-role` behind it that of who goes it."""
    return path if path in MISSED or path in HARMLESS else f"privesc{path}"


def details() -> dict[str, Any]:
    """What `aws iam get-account-authorization-details` prints of that account."""
    users, groups, roles = (
        [_row("User", "terraform", 0, AttachedManagedPolicies=_attached(EVERYTHING))],
        [],
        list[Any](),
    )
    policies = [
        _policy("high", 0, [allows("*")]),
        _policy(SRE, 1, [allows("iam:*", "ec2:*", "s3:*")]),
    ]
    for number, (path, statements) in enumerate({**PATHS, **MISSED, **HARMLESS}.items(), 2):
        name = named(path)
        policies.append(_policy(name, number, statements))
        held = {"AttachedManagedPolicies": _attached(f"{IAM}:policy/{name}")}
        group = [f"{name}-group"] if path in GROUPS else []
        groups += [_row("Group", each, number) for each in group]
        users.append(_row("User", f"{name}-user", number, GroupList=group, **held))
        roles.append(
            _row(
                "Role",
                f"{name}-role",
                number,
                AssumeRolePolicyDocument=_trust(AWS=CALLER),
                **held,
            )
        )
    sre = {"AttachedManagedPolicies": _attached(f"{IAM}:policy/{SRE}")}
    groups.append(_row("Group", f"{SRE}-group", 98, **sre))
    users.append(_row("User", f"{SRE}-user", 98, GroupList=[f"{SRE}-group"]))
    roles.append(
        _row(
            "Role",
            f"{SRE}-role",
            98,
            AssumeRolePolicyDocument=_trust(AWS=f"{IAM}:user/{SRE}-user"),
            **sre,
        )
    )
    return {
        "UserDetailList": users,
        "GroupDetailList": groups,
        "RoleDetailList": [*roles, *_chain(), _high()],
        "Policies": policies,
    }


def _chain() -> list[dict[str, Any]]:
    """The roles of the path `AssumeRole`: the caller takes the first, and each the next."""
    trusted = {
        "starting": CALLER,
        "intermediate": f"{IAM}:role/privesc-AssumeRole-starting-role",
    }
    trusted["ending"] = f"{IAM}:role/privesc-AssumeRole-intermediate-role"
    rows = [
        _row(
            "Role",
            f"privesc-AssumeRole-{name}-role",
            number,
            AssumeRolePolicyDocument=_trust(AWS=who),
        )
        for number, (name, who) in enumerate(trusted.items(), 90)
    ]
    rows[-1]["AttachedManagedPolicies"] = _attached(EVERYTHING)
    return rows


def _high() -> dict[str, Any]:
    """The role of high privilege that services wear, and its instance profile."""
    trust = _trust(Service=[f"{service}.amazonaws.com" for service in SERVICES])
    profile = {
        "InstanceProfileName": "privesc-high-priv-service-profile",
        "InstanceProfileId": _id("AIPA", 1),
        "Path": "/",
        "CreateDate": DATE,
    }
    return _row(
        "Role",
        HIGH,
        99,
        AssumeRolePolicyDocument=trust,
        AttachedManagedPolicies=_attached(EVERYTHING),
        InstanceProfileList=[profile],
    )
