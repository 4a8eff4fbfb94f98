import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.access.aws_managed_policies import common_managed_documents
from coffeeshop.account.access.policy_documents import missing_control
from coffeeshop.policy import catalog
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind, Level, Problem
from coffeeshop.policy.validation.granting import OF_THE_LEVEL, escalation_way, listed_ways
from coffeeshop.policy.validation.issues import issue_table
from coffeeshop.policy.validation.shared_providers import SHARED_PROVIDERS
from coffeeshop.policy.validation.validate import (
    validate,
    validation_errors,
    validator_findings,
)
from tests.tables import each_row

BEANS = "arn:aws:s3:::beans"
OBJECTS = f"{BEANS}/*"
ROLE = "arn:aws:iam::111122223333:role/cashier"
USER = "arn:aws:iam::111122223333:user/casey"
GITHUB = "token.actions.githubusercontent.com"
WEB = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"
EKS = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
IDP = "arn:aws:iam::111122223333:oidc-provider/idp.coffee.example/id/7"
EKS_HOST = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
ANCHOR = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
SAML = "arn:aws:iam::111122223333:saml-provider/corp"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders"
ID, R, T = Kind.IDENTITY, Kind.RESOURCE, Kind.TRUST


def allow(
    action: object = "s3:GetObject", resource: object = OBJECTS, **more: object
) -> dict[str, object]:
    """A statement without a problem, or with the one that its arguments make; None leaves an element out."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {element: value for element, value in statement.items() if value is not None}


def deny(
    action: object = "s3:GetObject", resource: object = OBJECTS, **more: object
) -> dict[str, object]:
    return allow(action, resource, **{"Effect": "Deny", **more})


def when(
    *conditions: tuple[str, str, object],
    action: str = "s3:GetObject",
    resource: str = OBJECTS,
) -> dict[str, object]:
    return allow(
        action,
        resource,
        Condition={operator: {key: value} for operator, key, value in conditions},
    )


def grant(
    principal: object, action: object = "s3:GetObject", **more: object
) -> dict[str, object]:
    """A statement of a bucket's policy."""
    return allow(action, **{"Principal": principal, **more})


def unlock(
    principal: object, action: object = "kms:Decrypt", **more: object
) -> dict[str, object]:
    """A statement of a KMS key's policy."""
    return grant(principal, action, **{"Resource": "*", **more})


KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def via(service: str) -> dict[str, object]:
    """A condition on the service through which a request comes to KMS."""
    return {"StringEquals": {"kms:ViaService": service}}


def trust(
    principal: object, action: object = "sts:AssumeRole", **more: object
) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def document(given: object) -> str:
    """A statement or several make a document; a text is one already."""
    if isinstance(given, str):
        return given
    whole = isinstance(given, dict) and "Statement" in given
    return json.dumps(given if whole else {"Version": "2012-10-17", "Statement": given})


def of(version: str, given: object) -> dict[str, object]:
    return {"Version": version, "Statement": given}


def many(count: int) -> dict[str, object]:
    return allow(resource=[f"arn:aws:s3:::beans/{number:04}" for number in range(count)])


ROOT = "arn:aws:iam::111122223333:root"
WEB_CONDITION = {
    "StringEquals": {
        "token.actions.githubusercontent.com:sub": "repo:coffee/shop:ref:refs/heads/main"
    }
}


def web_trust(operator: str, provider: str = GITHUB, **claims: str) -> dict[str, object]:
    """A trust policy's statement for an OIDC provider, with one operator for all claims."""
    rows = {f"{provider}:{claim}": value for claim, value in claims.items()}
    return trust(
        {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{provider}"},
        "sts:AssumeRoleWithWebIdentity",
        **({"Condition": {operator: rows}} if rows else {}),
    )


# code -> what has it, what mends it, and the kind of policy: one row for every issue
CASES: Mapping[str, tuple[object, object, Kind]] = {
    # the document
    "size-exceeds-identity-quota": (many(300), many(30), ID),
    "size-exceeds-resource-quota": (
        trust({"AWS": USER}, Sid="a" * 2000),
        trust({"AWS": USER}),
        T,
    ),
    "size-exceeds-scp-quota": (many(250), many(30), Kind.SCP),
    "size-near-quota": (many(215), many(30), ID),
    "redundant-statement": (
        [allow(), allow(resource=f"{BEANS}/receipts/*")],
        [allow()],
        ID,
    ),
    "shadowed-statement": (
        [allow(), deny(resource=f"{BEANS}*")],
        [allow(), deny(resource=f"{BEANS}/secret")],
        ID,
    ),
    "dead-statement": (
        when(
            ("StringEquals", "aws:username", "casey"),
            ("StringNotEquals", "aws:username", "casey"),
        ),
        when(("StringEquals", "aws:username", "casey")),
        ID,
    ),
    "admin-access": (
        allow("*", "*"),
        allow("*", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        ID,
    ),
    "blanket-deny": (
        deny("*", "*"),
        deny("*", "*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.9"}}),
        ID,
    ),
    # actions
    "unknown-service": (allow("cofee:Brew"), allow(), ID),
    "unknown-action": (allow("s3:ListObject", BEANS), allow("s3:ListBucket", BEANS), ID),
    "idle-pattern": (allow("s3:Brew*"), allow("s3:GetObject*"), ID),
    "wildcard-action": (allow("s3:Get*"), allow(), ID),
    "redundant-action": (allow(["s3:GetObject", "s3:getobject"]), allow(), ID),
    "allow-not-action": (
        allow(None, "*", NotAction="iam:*"),
        deny(None, "*", NotAction="iam:*"),
        ID,
    ),
    "undeniable-action": (
        deny("sts:GetCallerIdentity", "*"),
        allow("sts:GetCallerIdentity", "*"),
        ID,
    ),
    "escalation": (allow("iam:PutUserPolicy", "*"), allow("iam:PutUserPolicy", USER), ID),
    "pass-role-star": (
        allow("iam:PassRole", "arn:aws:iam::*:role/*"),
        allow("iam:PassRole", ROLE),
        ID,
    ),
    "pass-role-wildcard": (allow("iam:Pass*", "*"), allow("iam:Pass*", ROLE), ID),
    "pass-role-not-resource": (
        allow("iam:PassRole", None, NotResource=ROLE),
        allow("iam:PassRole", ROLE),
        ID,
    ),
    "create-slr-star": (
        allow("iam:CreateServiceLinkedRole", "*"),
        allow(
            "iam:CreateServiceLinkedRole",
            "*",
            Condition={"StringEquals": {"iam:AWSServiceName": "x.amazonaws.com"}},
        ),
        ID,
    ),
    "create-slr-not-resource": (
        allow("iam:CreateServiceLinkedRole", None, NotResource=ROLE),
        allow("iam:CreateServiceLinkedRole", ROLE),
        ID,
    ),
    # resources
    "object-arn-needed": (allow("s3:GetObject", BEANS), allow(), ID),
    "bucket-arn-needed": (
        allow("s3:ListBucket", OBJECTS),
        allow("s3:ListBucket", BEANS),
        ID,
    ),
    "resource-mismatch": (
        allow("sqs:SendMessage", BEANS),
        allow("sqs:SendMessage", QUEUE),
        ID,
    ),
    "wildcard-resource-mismatch": (
        allow("s3:*", BEANS),
        allow("s3:*", [BEANS, OBJECTS]),
        ID,
    ),
    "needs-all-resources": (
        allow("s3:ListAllMyBuckets", BEANS),
        allow("s3:ListAllMyBuckets", "*"),
        ID,
    ),
    "idle-resource": (allow(resource=[OBJECTS, QUEUE]), allow(), ID),
    "redundant-resource": (allow(resource=[OBJECTS, f"{BEANS}/receipts"]), allow(), ID),
    "wildcard-resource": (allow(resource="*"), allow(), ID),
    "allow-not-resource": (
        allow(resource=None, NotResource=OBJECTS),
        deny(resource=None, NotResource=OBJECTS),
        ID,
    ),
    "stray-space": (allow(resource=f"{BEANS}/a "), allow(resource=f"{BEANS}/a"), ID),
    "arn-service": (allow(resource="arn:aws:coffee:::beans"), allow(), ID),
    "arn-service-case": (allow(resource="arn:aws:S3:::beans/*"), allow(), ID),
    "arn-region": (
        allow("sqs:SendMessage", QUEUE.replace("eu-west-1", "europe")),
        allow("sqs:SendMessage", QUEUE),
        ID,
    ),
    "arn-region-not-allowed": (
        allow(resource="arn:aws:s3:eu-west-1::beans/*"),
        allow(),
        ID,
    ),
    "arn-region-missing": (
        allow("sqs:SendMessage", QUEUE.replace("eu-west-1", "")),
        allow("sqs:SendMessage", QUEUE),
        ID,
    ),
    "arn-account": (
        allow("sqs:SendMessage", QUEUE.replace("111122223333", "1234")),
        allow("sqs:SendMessage", QUEUE),
        ID,
    ),
    "arn-account-not-allowed": (
        allow(resource="arn:aws:s3::111122223333:beans/*"),
        allow(),
        ID,
    ),
    "arn-account-missing": (
        allow("iam:GetUser", "arn:aws:iam:::user/casey"),
        allow("iam:GetUser", USER),
        ID,
    ),
    "arn-resource": (
        allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:shelf/beans"),
        allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/beans"),
        ID,
    ),
    # principals
    "public-principal": (grant("*"), grant({"AWS": USER}), R),
    "public-with-condition": (
        grant("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}}),
        grant({"AWS": USER}),
        R,
    ),
    "allow-not-principal": (allow(NotPrincipal={"AWS": USER}), grant({"AWS": USER}), R),
    "deny-not-principal": (
        deny(NotPrincipal={"AWS": USER}),
        deny(Principal={"AWS": USER}),
        R,
    ),
    "dead-principal": (grant({"AWS": "AIDAEXAMPLE"}), grant({"AWS": USER}), R),
    "service-principal": (
        trust({"Service": "lambda"}),
        trust({"Service": "lambda.amazonaws.com"}),
        T,
    ),
    "account-principal": (trust({"AWS": "111122223333"}), trust({"AWS": USER}), T),
    "account-on-resource": (grant({"AWS": ROOT}), grant({"AWS": USER}), R),
    "redundant-principal": (
        trust({"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]}),
        trust({"AWS": "111122223333"}),
        T,
    ),
    "confused-deputy": (
        grant({"Service": "sns.amazonaws.com"}),
        grant(
            {"Service": "sns.amazonaws.com"},
            Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}},
        ),
        R,
    ),
    "federated-anyone": (
        trust({"Federated": EKS}, "sts:AssumeRoleWithWebIdentity"),
        trust({"Federated": WEB}, "sts:AssumeRoleWithWebIdentity", Condition=WEB_CONDITION),
        T,
    ),
    "shared-provider-refused": (
        trust({"Federated": WEB}, "sts:AssumeRoleWithWebIdentity"),
        trust({"Federated": WEB}, "sts:AssumeRoleWithWebIdentity", Condition=WEB_CONDITION),
        T,
    ),
    "trust-not-principal": (
        {
            "Statement": {
                "Effect": "Deny",
                "NotPrincipal": {"AWS": USER},
                "Action": "sts:AssumeRole",
            }
        },
        trust({"AWS": USER}, "sts:AssumeRole"),
        T,
    ),
    "shared-provider-anyone": (
        trust(
            {"Federated": WEB},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringNotEquals": {f"{GITHUB}:sub": "repo:coffee/shop:*"}},
        ),
        trust({"Federated": WEB}, "sts:AssumeRoleWithWebIdentity", Condition=WEB_CONDITION),
        T,
    ),
    "shared-provider-wide": (
        trust(
            {"Federated": WEB},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringLike": {f"{GITHUB}:sub": "repo:*"}},
        ),
        trust(
            {"Federated": WEB},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringLike": {f"{GITHUB}:sub": "repo:coffee/*"}},
        ),
        T,
    ),
    "shared-provider-open-end": (
        trust(
            {"Federated": WEB},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringLike": {f"{GITHUB}:sub": "repo:coffee/shop*"}},
        ),
        trust(
            {"Federated": WEB},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringLike": {f"{GITHUB}:sub": "repo:coffee/shop:*"}},
        ),
        T,
    ),
    "shared-provider-organization": (
        web_trust("StringLike", sub="repo:coffee/*", aud="sts.amazonaws.com"),
        web_trust("StringLike", sub="repo:coffee/shop:*", aud="sts.amazonaws.com"),
        T,
    ),
    "shared-provider-every-run": (
        web_trust("StringLike", sub="repo:coffee/shop:*", aud="sts.amazonaws.com"),
        web_trust("StringLike", sub="repo:coffee/shop:ref:refs/heads/main"),
        T,
    ),
    "federated-any-audience": (
        web_trust("StringLike", sub="repo:coffee/shop:ref:refs/heads/main", aud="*"),
        web_trust("StringEquals", sub="repo:coffee/shop:ref:refs/heads/main", aud="sts"),
        T,
    ),
    "federated-project-wide": (
        trust(
            {"Federated": EKS},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringLike": {f"{EKS_HOST}:sub": "system:serviceaccount:*"}},
        ),
        trust(
            {"Federated": EKS},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringLike": {f"{EKS_HOST}:sub": "system:serviceaccount:till:*"}},
        ),
        T,
    ),
    "roles-anywhere-any-anchor": (
        trust(
            {"Service": "rolesanywhere.amazonaws.com"},
            Condition={"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "till"}},
        ),
        trust(
            {"Service": "rolesanywhere.amazonaws.com"},
            Condition={
                "StringEquals": {"aws:PrincipalTag/x509Subject/CN": "till"},
                "ArnEquals": {"aws:SourceArn": ANCHOR},
            },
        ),
        T,
    ),
    "federated-any-project": (
        trust(
            {"Federated": EKS},
            "sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {f"{EKS_HOST}:aud": "sts.amazonaws.com"}},
        ),
        trust(
            {"Federated": EKS},
            "sts:AssumeRoleWithWebIdentity",
            Condition={
                "StringEquals": {f"{EKS_HOST}:sub": "system:serviceaccount:till:robot"}
            },
        ),
        T,
    ),
    "saml-anyone": (
        trust({"Federated": SAML}, "sts:AssumeRoleWithSAML"),
        trust(
            {"Federated": SAML},
            "sts:AssumeRoleWithSAML",
            Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        ),
        T,
    ),
    "roles-anywhere-anyone": (
        trust({"Service": "rolesanywhere.amazonaws.com"}),
        trust(
            {"Service": "rolesanywhere.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": ANCHOR}},
        ),
        T,
    ),
    "key-policy-lockout": (
        [unlock({"AWS": USER})],
        [unlock({"AWS": USER}), unlock({"AWS": ROOT}, "kms:PutKeyPolicy")],
        R,
    ),
    "key-policy-public": (
        unlock("*", "kms:PutKeyPolicy"),
        unlock(
            "*",
            "kms:PutKeyPolicy",
            Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}},
        ),
        R,
    ),
    "key-policy-full-access": (
        unlock({"AWS": USER}, "kms:*"),
        unlock({"AWS": ROOT}, "kms:*"),
        R,
    ),
    "trust-principal-mismatch": (
        trust({"Federated": SAML}, "sts:AssumeRole"),
        trust({"Federated": SAML}, "sts:AssumeRoleWithSAML"),
        T,
    ),
    # conditions
    "unknown-global-key": (
        when(("Bool", "aws:MFA", "true")),
        when(("Bool", "aws:MultiFactorAuthPresent", "true")),
        ID,
    ),
    "unknown-key": (
        when(("StringEquals", "s3:prefixx", "a"), action="s3:ListBucket", resource=BEANS),
        when(("StringEquals", "s3:prefix", "a"), action="s3:ListBucket", resource=BEANS),
        ID,
    ),
    "key-not-carried": (
        when(("StringEquals", "s3:prefix", "a")),
        when(("StringEquals", "s3:prefix", "a"), action="s3:ListBucket", resource=BEANS),
        ID,
    ),
    "tag-key-missing": (
        when(("StringEquals", "aws:PrincipalTag", "bar")),
        when(("StringEquals", "aws:PrincipalTag/team", "bar")),
        ID,
    ),
    "operator-for-type": (
        when(("StringEquals", "aws:SourceIp", "203.0.113.9")),
        when(("IpAddress", "aws:SourceIp", "203.0.113.9")),
        ID,
    ),
    "not-an-arn": (
        when(("ArnLike", "aws:PrincipalArn", "casey")),
        when(("ArnLike", "aws:PrincipalArn", USER)),
        ID,
    ),
    "several-booleans": (
        when(("Bool", "aws:SecureTransport", ["true", "false"])),
        when(("Bool", "aws:SecureTransport", "true")),
        ID,
    ),
    "missing-qualifier": (
        when(("StringEquals", "aws:TagKeys", "team"), action="iam:TagUser", resource=USER),
        when(
            ("ForAnyValue:StringEquals", "aws:TagKeys", "team"),
            action="iam:TagUser",
            resource=USER,
        ),
        ID,
    ),
    "qualifier-on-single": (
        when(("ForAllValues:StringEquals", "aws:username", "casey")),
        when(("StringEquals", "aws:username", "casey")),
        ID,
    ),
    "any-on-single": (
        when(("ForAnyValue:StringEquals", "aws:username", "casey")),
        when(("StringEquals", "aws:username", "casey")),
        ID,
    ),
    "for-all-without-null": (
        when(
            ("ForAllValues:StringEquals", "aws:TagKeys", "team"),
            action="iam:TagUser",
            resource=USER,
        ),
        when(
            ("ForAllValues:StringEquals", "aws:TagKeys", "team"),
            ("Null", "aws:TagKeys", "false"),
            action="iam:TagUser",
            resource=USER,
        ),
        ID,
    ),
    "bool-in-deny": (
        deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        deny(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        ID,
    ),
    "if-exists-in-allow": (
        when(("BoolIfExists", "aws:MultiFactorAuthPresent", "true")),
        when(("Bool", "aws:MultiFactorAuthPresent", "true")),
        ID,
    ),
    "wildcard-without-like": (
        when(("StringEquals", "aws:username", "casey*")),
        when(("StringLike", "aws:username", "casey*")),
        ID,
    ),
    "host-bits": (
        when(("IpAddress", "aws:SourceIp", "203.0.113.9/24")),
        when(("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
        ID,
    ),
    "private-address": (
        when(("IpAddress", "aws:SourceIp", "10.0.0.0/8")),
        when(("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8")),
        ID,
    ),
    "whole-internet": (
        when(("IpAddress", "aws:SourceIp", "0.0.0.0/0")),
        when(("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
        ID,
    ),
    "empty-values": (
        when(("StringEquals", "aws:username", [])),
        when(("StringEquals", "aws:username", "casey")),
        ID,
    ),
    "redundant-value": (
        when(("StringEquals", "aws:username", ["casey", "casey"])),
        when(("StringEquals", "aws:username", "casey")),
        ID,
    ),
    "source-ip-in-deny": (
        deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        deny(
            Condition={
                "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                "Bool": {"aws:ViaAWSService": "false"},
            }
        ),
        ID,
    ),
    "vpc-format": (
        when(("StringEquals", "aws:SourceVpc", "shop")),
        when(("StringEquals", "aws:SourceVpc", "vpc-1a2b3c4d")),
        ID,
    ),
    "vpce-format": (
        when(("StringEquals", "aws:SourceVpce", "shop")),
        when(("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d")),
        ID,
    ),
    "via-service-format": (
        allow("kms:Decrypt", KEY, Condition=via("s3.amazonaws.com")),
        allow("kms:Decrypt", KEY, Condition=via("s3.us-east-1.amazonaws.com")),
        ID,
    ),
    # variables
    "unknown-variable": (
        allow(resource=f"{BEANS}/${{aws:usrname}}"),
        allow(resource=f"{BEANS}/${{aws:username}}"),
        ID,
    ),
    "multivalued-variable": (
        allow(resource=f"{BEANS}/${{aws:TagKeys}}"),
        allow(resource=f"{BEANS}/${{aws:userid}}"),
        ID,
    ),
    "variable-in-old-version": (
        of("2008-10-17", allow(resource=f"{BEANS}/${{aws:username}}")),
        of("2012-10-17", allow(resource=f"{BEANS}/${{aws:username}}")),
        ID,
    ),
    "variable-misplaced": (
        allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:orders"),
        allow("sqs:SendMessage", QUEUE),
        ID,
    ),
    "variable-brace": (
        allow(resource=f"{BEANS}/${{aws:username"),
        allow(resource=f"{BEANS}/${{aws:username}}"),
        ID,
    ),
    "variable-empty": (
        allow(resource=f"{BEANS}/${{}}"),
        allow(resource=f"{BEANS}/${{aws:username}}"),
        ID,
    ),
    "variable-space": (
        allow(resource=f"{BEANS}/${{ aws:username}}"),
        allow(resource=f"{BEANS}/${{aws:username}}"),
        ID,
    ),
    "variable-quote": (
        allow(resource=f"{BEANS}/${{aws:username, nobody}}"),
        allow(resource=f"{BEANS}/${{aws:username, 'nobody'}}"),
        ID,
    ),
    # grammar
    "syntax": ("{", document(allow()), ID),
    "too-deep": ("[" * 10_000, document(allow()), ID),
    "byte-order-mark": ("\ufeff" + document(allow()), document(allow()), ID),
    "duplicate-key": (
        '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}',
        document(allow()),
        ID,
    ),
    "wrong-type": ("[]", document(allow()), ID),
    "unknown-element": (allow(Actions="x"), allow(), ID),
    "missing-version": ({"Statement": allow()}, allow(), ID),
    "old-version": (of("2008-10-17", allow()), allow(), ID),
    "bad-version": (of("2020-01-01", allow()), allow(), ID),
    "unused-id": ({**of("2012-10-17", allow()), "Id": "x"}, allow(), ID),
    "missing-statement": ('{"Version": "2012-10-17"}', document(allow()), ID),
    "empty-statement": (of("2012-10-17", []), allow(), ID),
    "duplicate-sid": (
        [allow(Sid="a"), allow("s3:PutObject", Sid="a")],
        [allow(Sid="a"), allow("s3:PutObject", Sid="b")],
        ID,
    ),
    "bad-sid": (allow(Sid="my beans"), allow(Sid="MyBeans"), ID),
    "missing-effect": (allow(Effect=None), allow(), ID),
    "bad-effect": (allow(Effect="allow"), allow(), ID),
    "missing-action": (allow(None), allow(), ID),
    "missing-resource": (allow(resource=None), allow(), ID),
    "missing-principal": (allow(), grant({"AWS": USER}), R),
    "both-actions": (allow(NotAction="s3:PutObject"), allow(), ID),
    "both-resources": (allow(NotResource=BEANS), allow(), ID),
    "both-principals": (
        grant({"AWS": USER}, NotPrincipal={"AWS": ROLE}),
        grant({"AWS": USER}),
        R,
    ),
    "resource-not-allowed": (trust({"AWS": USER}, Resource="*"), trust({"AWS": USER}), T),
    "principal-not-allowed": (grant({"AWS": USER}), allow(), ID),
    "rcp-principal": (deny(Principal={"AWS": USER}), deny(Principal="*"), Kind.RCP),
    "action-without-vendor": (allow("GetObject"), allow(), ID),
    "action-two-colons": (allow("s3:Get:Object"), allow(), ID),
    "bad-vendor": (allow("s*:GetObject"), allow(), ID),
    "trust-action": (trust({"AWS": USER}, "s3:GetObject"), trust({"AWS": USER}), T),
    "bad-resource": (allow(resource="beans"), allow(), ID),
    "allow-without-code": (
        when(("Bool", "aws:MultiFactorAuthPresent", "false")),
        when(("Bool", "aws:MultiFactorAuthPresent", "true")),
        ID,
    ),
    "grants-more": (
        allow("s3:PutBucketPolicy", "arn:aws:s3:::beans"),
        allow("s3:GetBucketPolicy", "arn:aws:s3:::beans"),
        ID,
    ),
    "wildcard-in-type": (
        allow(
            "lambda:InvokeFunction", "arn:aws:lambda:us-east-2:111122223333:functi*:till"
        ),
        allow(
            "lambda:InvokeFunction", "arn:aws:lambda:us-east-2:111122223333:function:till*"
        ),
        ID,
    ),
    "star-in-other-words": (
        allow("cloudtrail:StopLogging", "arn:*:cloudtrail:*:*:trail/*"),
        allow("cloudtrail:StopLogging", "arn:aws:cloudtrail:*:111122223333:trail/shop"),
        ID,
    ),
    "incomplete-arn": (allow(resource="arn:aws:s3::beans"), allow(), ID),
    "completed-arn": (allow(resource="arn:aws:s3"), allow(), ID),
    "idle-operator": (allow(Condition={"a": {}}), allow(), ID),
    "bad-partition": (allow(resource="arn:azure:s3:::beans/*"), allow(), ID),
    "bad-resource-vendor": (allow(resource="arn:aws:*:::beans/*"), allow(), ID),
    "iam-region": (
        allow("iam:GetUser", USER.replace("iam:", "iam:eu-west-1")),
        allow("iam:GetUser", USER),
        ID,
    ),
    "iam-path": (
        allow("iam:GetUser", "arn:aws:iam::111122223333:casey"),
        allow("iam:GetUser", USER),
        ID,
    ),
    "bad-principal": (grant({"AWS": "casey"}), grant({"AWS": USER}), R),
    "group-principal": (
        grant({"AWS": USER.replace("user/casey", "group/bar")}),
        grant({"AWS": USER}),
        R,
    ),
    "principal-wildcard": (grant({"AWS": f"{USER}*"}), grant({"AWS": USER}), R),
    "unknown-principal-type": (grant({"User": USER}), grant({"AWS": USER}), R),
    "unknown-operator": (
        when(("StringIs", "aws:username", "casey")),
        when(("StringEquals", "aws:username", "casey")),
        ID,
    ),
    "bad-value": (
        when(("Bool", "aws:SecureTransport", "yes")),
        when(("Bool", "aws:SecureTransport", "true")),
        ID,
    ),
}


def codes(given: object, kind: Kind) -> set[str]:
    return {problem.code for problem in validate(document(given), kind)}


@each_row((code,) for code in CASES)
def test_each_issue_is_found_where_it_is_and_gone_when_mended(code: str):
    wrong, mended, kind = CASES[code]
    assert code in codes(wrong, kind)
    assert code not in codes(mended, kind)


@each_row((code,) for code in CASES)
def test_each_issue_is_said_in_whole_words_with_a_place(code: str):
    wrong, _, kind = CASES[code]
    for problem in validate(document(wrong), kind):
        assert problem.text, problem.code
        assert "{" not in problem.text.replace("${", ""), problem.text
        assert problem.place.line >= 1, problem.code
        assert problem.level is issue_table()[problem.code].level, problem.code


@each_row((code,) for code in CASES)
def test_the_errors_alone_are_those_of_all_that_is_found(code: str):
    wrong, _, kind = CASES[code]
    text = document(wrong)
    assert validation_errors(text, kind) == tuple(
        p for p in validate(text, kind) if p.level is Level.ERROR
    )


def test_every_issue_has_a_case_and_there_are_more_than_sixty():
    assert set(CASES) | {"not-utf-8"} == set(issue_table())
    assert len(issue_table()) > 60


def test_every_issue_names_its_aws_code_and_a_page_of_awss_guides():
    for row in issue_table().values():
        assert row.issue_code == row.issue_code.upper()
        assert row.issue_code, row.code
        assert row.link.startswith("https://docs.aws.amazon.com/"), row.code


# -------------------------------------------------------------- the article's
ARTICLE = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "s3:ListObject",
    "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"
  }]
}"""


def test_the_articles_policy_names_the_unknown_action_the_one_meant_and_why_it_acts_on_the_bucket():
    (problem,) = validate(ARTICLE)
    assert (problem.level, problem.code) == (Level.ERROR, "unknown-action")
    assert (problem.place.line, problem.place.column, problem.place.path) == (
        5,
        15,
        "Statement[0].Action",
    )
    assert problem.text == "there is no action `s3:ListObject`"
    assert problem.mend == (
        "did you mean `s3:ListBucket`? It is what the API operation ListObjects asks for. It lets someone list some or all of the "
        "objects in an Amazon S3 bucket. It acts on the bucket itself, not on the objects in it, so its resource is "
        "`arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET`"
    )


def test_a_finding_has_the_shape_of_aws_validate_policy():
    (finding,) = validator_findings(ARTICLE, validate(ARTICLE))
    assert finding == {
        "findingType": "ERROR",
        "issueCode": "INVALID_ACTION",
        "findingDetails": finding["findingDetails"],
        "locations": [
            {
                "path": [{"value": "Statement"}, {"index": 0}, {"value": "Action"}],
                "span": {
                    "start": {"line": 5, "column": 14, "offset": 84},
                    "end": {"line": 5, "column": 29, "offset": 99},
                },
            }
        ],
        "learnMoreLink": "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
        "#access-analyzer-reference-policy-checks-error-invalid-action",
    }


def test_each_level_has_the_finding_type_that_aws_calls_it():
    shown = {
        problem.level: validator_findings(document(wrong), (problem,))[0]["findingType"]
        for wrong, _, kind in CASES.values()
        for problem in validate(document(wrong), kind)
    }
    assert shown == {
        Level.ERROR: "ERROR",
        Level.SECURITY: "SECURITY_WARNING",
        Level.WARNING: "WARNING",
        Level.SUGGESTION: "SUGGESTION",
    }


def test_a_finding_leads_to_its_number_in_a_list_and_to_its_name_in_an_object():
    for statement, path in (
        (allow(Extra="x"), [{"value": "Statement"}, {"value": "Extra"}]),
        (
            [allow(["s3:GetObject", "s3:Foo"])],
            [{"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"index": 1}],
        ),
    ):
        text = document(statement)
        (finding,) = validator_findings(text, validate(text))
        assert finding["locations"][0]["path"] == path  # type: ignore[index]


def test_what_is_no_json_has_a_place_and_no_path():
    (finding,) = validator_findings("{", validate("{"))
    assert finding["locations"] == [
        {
            "path": [],
            "span": {
                "start": {"line": 1, "column": 1, "offset": 1},
                "end": {"line": 1, "column": 1, "offset": 1},
            },
        }
    ]


def test_bytes_that_are_not_utf_8_are_a_problem():
    assert [problem.code for problem in validate(b"\xff{}")] == ["not-utf-8"]


def test_a_problem_that_the_table_does_not_know_still_has_a_name_and_a_link():
    (problem,) = validate("{")
    strange = Problem(problem.level, "quite-new", problem.place, "something", "")
    (finding,) = validator_findings("{", (strange,))
    assert finding["issueCode"] == "QUITE_NEW"
    assert finding["findingDetails"] == "something"
    assert str(finding["learnMoreLink"]).endswith(
        "/access-analyzer-reference-policy-checks.html"
    )


# ------------------------------------------------------------------ the checks
def test_problems_come_in_the_order_of_the_text_and_worse_ones_first():
    found = validate(document(allow(["iam:*", "s3:ListObject"], "*")))
    starts = [problem.place.start for problem in found]
    assert starts == sorted(starts)
    assert [problem.code for problem in found][:2] == ["pass-role-wildcard", "escalation"]


@each_row(
    [
        ("s3:Brew", OBJECTS, "look it up in the Service Authorization Reference"),
        ("coffee:Brew", OBJECTS, "look it up in the Service Authorization Reference"),
        ("dynamo:GetItem", "*", "did you mean `dynamodb:GetItem`?"),
        ("s3:GetObjects", OBJECTS, f"not on the bucket, so its resource is `{OBJECTS}`"),
        ("s3:GetObjects", QUEUE, "It acts on the objects, not on the bucket"),
        ("iam:GetUsers", USER, "It acts on a resource of the type `user`"),
        (
            "s3:ListAllMyBucket",
            "*",
            'It acts on no particular resource, so its resource is "*"',
        ),
        ("batch:CancelJobs", "*", "did you mean `batch:CancelJob`? It acts on"),
    ]
)
def test_an_unknown_action_comes_with_what_was_meant_and_what_that_acts_on(
    action: str, resource: str, says: str
):
    (mend,) = [
        problem.mend
        for problem in validate(document(allow(action, resource)))
        if problem.code.startswith("unknown-")
    ]
    assert says in mend


def test_a_resource_that_only_a_misspelt_action_needs_is_not_called_idle():
    assert codes(allow(["s3:ListObject", "s3:GetObject"], [BEANS, OBJECTS]), ID) == {
        "unknown-action"
    }


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_a_wildcard_in_what_only_caps_is_no_problem(kind: Kind):
    assert codes(allow("*", "*"), kind) == set()
    assert codes(allow("s3:*", "*"), kind) == set()


def test_wildcards_say_how_many_actions_of_which_level():
    (problem,) = [
        found
        for found in validate(document(allow("sqs:*Message", QUEUE)))
        if found.code == "wildcard-action"
    ]
    assert problem.text == "`sqs:*Message` allows 3 actions, 1 Read, 2 Write"
    (problem,) = [
        found
        for found in validate(document(allow("sqs:List*", QUEUE)))
        if found.code == "wildcard-action"
    ]
    assert problem.text.partition(" actions, ")[2].startswith("all with the access level ")


def test_the_whole_service_on_an_arn_of_another_is_a_mismatch():
    (mend,) = [
        found.mend
        for found in validate(document(allow("dynamodb:*", QUEUE)))
        if found.code == "resource-mismatch"
    ]
    assert mend.endswith(", and 5 more kinds")


def test_wildcards_and_variables_in_an_arn_fit_the_types_they_can_be():
    for action, resource in (
        ("iam:GetUser", "arn:aws:iam::*:user/${aws:username}"),
        ("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/*:log-stream:*"),
        ("s3:GetObject", "arn:aws:s3:::*/receipts/?"),
        ("s3:ListBucket", "arn:aws:s3:::bea*"),
        ("s3:GetObject", "arn:aws:s3:::bea*"),
        ("sqs:SendMessage", "arn:aws:sqs:*:${aws:PrincipalAccount}:orders"),
    ):
        assert not codes(allow(action, resource), ID) & {
            "resource-mismatch",
            "object-arn-needed",
            "arn-resource",
        }, resource


TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/stock"


@each_row(
    (action, resource, example)
    for action, resource, example in (
        ("s3:*", BEANS, "s3:GetObject"),
        ("s3:Get*", BEANS, "s3:GetObject"),
        ("s3:Put*", BEANS, "s3:PutObject"),
        ("s3:*Object*", BEANS, "s3:GetObject"),
        ("s3:*", OBJECTS, "s3:ListBucket"),
        ("s3:List*", OBJECTS, "s3:ListBucket"),
        ("dynamodb:Get*", TABLE, "dynamodb:GetRecords"),
        ("kms:*", "arn:aws:kms:eu-west-1:111122223333:alias/till", "kms:"),
        ("iam:*", USER, "iam:"),
        ("ec2:*", "arn:aws:ec2:eu-west-1:111122223333:instance/*", "ec2:"),
        ("s3:*", "*", ""),
        ("s3:*", "arn:aws:s3:::*", ""),
        ("s3:*", [BEANS, OBJECTS], ""),
        ("s3:*", f"{BEANS}*", ""),
        ("s3:Get*", ["*"], ""),
        ("*", BEANS, ""),
        ("dynamodb:*", TABLE, ""),
        ("dynamodb:*", [TABLE, f"{TABLE}/index/*"], ""),
        ("sqs:*", QUEUE, ""),
        ("kms:*", "arn:aws:kms:eu-west-1:111122223333:key/1", ""),
        ("secretsmanager:*", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a", ""),
        ("ecr:*", "arn:aws:ecr:eu-west-1:111122223333:repository/till", ""),
    )
)
def test_a_wildcard_that_acts_on_none_of_the_resources_in_part_says_so(
    action: str, resource: object, example: str
):
    for effect in ("Allow", "Deny"):
        texts = [
            problem.text
            for problem in validate(document(allow(action, resource, Effect=effect)))
            if problem.code == "wildcard-resource-mismatch"
        ]
        assert len(texts) == bool(example)
        assert all(f"`{example}" in text for text in texts)


def test_actions_that_another_statement_gives_their_resource_are_no_mismatch():
    given = [allow("s3:*", BEANS, Sid="A"), allow("s3:*", OBJECTS, Sid="B")]
    assert "wildcard-resource-mismatch" not in codes(given, ID)


def test_a_service_without_resource_types_takes_any_arn():
    assert "arn-resource" not in codes(
        allow("s3:GetObject", [OBJECTS, "arn:aws:codeguru::111122223333:x/y"]), ID
    )


def test_a_service_that_is_nearly_known_is_suggested():
    (problem,) = [
        p
        for p in validate(document(allow(resource=["arn:aws:s33:::beans/*", OBJECTS])))
        if p.code == "arn-service"
    ]
    assert problem.mend == "did you mean `s3`?"


def test_managed_policies_in_an_arn_belong_to_aws():
    assert (
        codes(allow("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"), ID) == set()
    )


def test_of_two_equal_values_the_later_is_redundant():
    found = [
        problem.place.path
        for problem in validate(document(allow(["s3:GetObject", "s3:GetObject"])))
    ]
    assert found == ["Statement[0].Action[1]"]


def test_a_pattern_covers_a_narrower_one_and_not_a_wider():
    found = validate(
        document(allow(resource=[f"{BEANS}/a*", f"{BEANS}/a?", f"{BEANS}/b?"]))
    )
    assert [(problem.code, problem.place.path) for problem in found] == [
        ("redundant-resource", "Statement[0].Resource[1]")
    ]


def test_the_star_action_is_a_case_of_its_own_where_it_is_bounded():
    assert codes(allow("*", OBJECTS), ID) == set()
    assert codes(allow("*:*", BEANS), ID) == set()


def test_not_action_and_not_resource_in_a_deny_are_no_problem():
    assert (
        codes(deny(None, None, NotAction=["iam:GetUser"], NotResource=[USER]), ID) == set()
    )


def test_service_linked_roles_and_escalation_with_conditions_are_left_alone():
    boundary = {
        "StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/b"}
    }
    assert "escalation" not in codes(
        allow("iam:PutUserPolicy", "*", Condition=boundary), ID
    )
    passed = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert "pass-role-star" not in codes(allow("iam:PassRole", "*", Condition=passed), ID)


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("iam:PutUserPolicy", " on iam:PermissionsBoundary"),
        ("iam:AttachGroupPolicy", " on iam:PolicyARN"),
        ("iam:CreateAccessKey", ""),
        ("iam:UpdateLoginProfile", ""),
        ("iam:PutGroupPolicy", ""),
        ("iam:Put*", ""),
    ],
)
def test_a_condition_that_would_limit_an_escalation_is_one_that_its_requests_carry(
    action: str, key: str
):
    problems = validate(document(allow(action, "*")), ID)
    mends = [problem.mend for problem in problems if problem.code == "escalation"]
    assert mends == [f"name the resources, or add a condition{key}"]


def test_a_lone_star_is_placed_where_it_stands():
    (problem,) = [
        found
        for found in validate(document(grant("*")), R)
        if found.code == "public-principal"
    ]
    assert problem.place.path == "Statement[0].Principal"


def test_a_star_means_everyone_but_in_a_trust_policy_only_principals():
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    texts = {
        kind: [
            found.text
            for found in validate(document(statement), kind)
            if found.code == "public-principal"
        ]
        for statement, kind in ((grant("*"), R), (trust, Kind.TRUST))
    }
    assert texts == {
        R: ["this allows everyone in the world, with an AWS account or without"],
        Kind.TRUST: ["this allows every principal of every AWS account"],
    }


def test_a_star_covers_the_principals_beside_it():
    assert "redundant-principal" in codes(grant({"AWS": ["*", USER]}), R)
    assert "redundant-principal" not in codes(
        grant({"AWS": "*", "Service": "sns.amazonaws.com"}), R
    )


def test_a_trust_that_asks_for_an_external_id_is_left_alone():
    asked = {"StringEquals": {"sts:ExternalId": "beans"}}
    assert codes(trust({"AWS": "111122223333"}, Condition=asked), T) == set()


def test_each_kind_of_principal_has_its_call():
    wrong = trust({"AWS": USER}, "sts:AssumeRoleWithSAML")
    (problem,) = [
        found
        for found in validate(document(wrong), T)
        if found.code == "trust-principal-mismatch"
    ]
    assert problem.mend == "for this principal, use sts:AssumeRole"
    assert codes(trust({"AWS": USER}, ["sts:AssumeRole", "sts:TagSession"]), T) == set()
    assert codes(trust({"AWS": USER}, "sts:AssumeRole", Effect="Deny"), T) == set()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("aws:SourceIP4", "aws:SourceIp"),
        ("aws:MFA", "look it up"),
        ("aws:MultiFactor", "aws:MultiFactorAuthAge"),
        ("s3:delim", "s3:delimiter"),
        ("coffee:bean", "look it up"),
        ("nothing", "look it up"),
    ],
)
def test_an_unknown_condition_key_comes_with_the_one_that_was_meant(key: str, meant: str):
    (mend,) = [
        found.mend
        for found in validate(document(when(("StringLike", key, "x*"))))
        if found.code.startswith("unknown-")
    ]
    assert meant in mend


def test_keys_of_identity_providers_need_no_entry():
    condition = {"StringEquals": {"idp.coffee.example/id/7:sub": "casey"}}
    assert codes(
        trust({"Federated": IDP}, "sts:AssumeRoleWithWebIdentity", Condition=condition),
        T,
    ) == {"federated-any-audience"}


def test_a_key_that_only_some_actions_carry_names_the_others():
    statement = allow(
        ["s3:ListBucket", "s3:GetBucketAcl"],
        BEANS,
        Condition={"StringLike": {"s3:prefix": "a*"}},
    )
    (problem,) = validate(document(statement))
    assert problem.text == "no request for `s3:GetBucketAcl` has the key `s3:prefix`"


def test_keys_are_not_held_against_a_star_or_a_not_action():
    assert "key-not-carried" not in codes(
        allow("*", BEANS, Condition={"StringLike": {"s3:prefix": "a*"}}), ID
    )
    condition = {"StringLike": {"s3:prefix": "a*"}}
    assert "key-not-carried" not in codes(
        deny(None, BEANS, NotAction="s3:GetObject", Condition=condition), ID
    )


def test_numbers_and_dates_read_one_another_and_so_do_strings_and_arns():
    for operator, key, value in (
        ("NumericLessThan", "aws:EpochTime", "1780000000"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
        ("ArnLike", "aws:PrincipalArn", "*"),
        ("ArnLike", "aws:PrincipalArn", "${aws:PrincipalArn}"),
        ("Null", "aws:SourceIp", "true"),
        ("BinaryEquals", "aws:userid", "YQ=="),
        ("IpAddress", "aws:SourceIp", "203.0.113.9"),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
        ("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("StringNotLike", "aws:SourceVpc", "vpc-*"),
        ("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/vpc}"),
    ):
        assert codes(when((operator, key, value)), ID) == set(), (operator, value)


def test_a_negated_wildcard_without_like_is_mended_by_the_negated_operator():
    (problem,) = validate(document(when(("StringNotEquals", "aws:username", "casey*"))))
    assert problem.mend == "if you mean a wildcard, use StringNotLike"


def test_an_escaped_wildcard_is_no_wildcard():
    assert codes(when(("StringEquals", "aws:username", "casey${*}")), ID) == set()


def test_a_literal_dollar_is_no_variable():
    assert codes(allow(resource=f"{BEANS}/${{$}}{{x}}"), ID) == set()


@pytest.mark.parametrize("element", ["Action", "Principal"])
def test_a_variable_in_an_action_or_a_principal_is_misplaced(element: str):
    statement = grant({"AWS": USER}) | {
        element: "s3:${x}" if element == "Action" else {"Service": "${x}.amazonaws.com"}
    }
    assert "variable-misplaced" in codes(statement, R)


def test_an_unknown_variable_with_nothing_near_has_no_suggestion():
    (problem,) = validate(document(allow(resource=f"{BEANS}/${{coffee:bean}}")))
    assert (problem.code, problem.mend) == ("unknown-variable", "")


# ------------------------------------------------------- statements that change nothing
@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([allow(), allow()], {"Statement[1]": "redundant-statement"}),
        ([allow(), allow("s3:PutObject")], {}),
        ([deny(), deny(resource=f"{BEANS}/a")], {"Statement[1]": "redundant-statement"}),
        ([deny(), deny("s3:PutObject")], {}),
        ([allow(), deny("s3:*", "*")], {"Statement[0]": "shadowed-statement"}),
        ([allow(), deny(resource=f"{BEANS}/a")], {}),
        (
            [
                deny(
                    Condition={
                        "StringEquals": {"aws:username": "a"},
                        "StringNotEquals": {"aws:username": "a"},
                    }
                ),
                allow(),
            ],
            {"Statement[0]": "dead-statement"},
        ),
    ],
)
def test_a_statement_that_changes_nothing_is_named(
    statements: object, found: dict[str, str]
):
    idle = ("redundant-statement", "shadowed-statement", "dead-statement")
    problems = validate(document(statements))
    assert {
        problem.place.path: problem.code for problem in problems if problem.code in idle
    } == found


def test_statements_for_different_principals_do_not_make_each_other_redundant():
    both = [grant({"AWS": USER}), grant({"AWS": ROLE})]
    assert codes(both, R) == set()
    assert codes([both[0], both[0]], R) == {"redundant-statement"}


def test_a_trust_policys_statements_are_compared_too():
    assert codes([trust({"AWS": USER}), trust({"AWS": USER})], T) == {"redundant-statement"}


def test_more_statements_than_can_be_compared_are_left_uncompared():
    assert codes([allow(resource=OBJECTS) for _ in range(41)], ID) == set()


# -------------------------------------------------------------------- all else
@pytest.mark.parametrize(
    ("kind", "most"), [(ID, 6_144), (Kind.BOUNDARY, 6_144), (Kind.SESSION, 2_048)]
)
def test_a_policy_of_exactly_its_quota_is_not_too_large(kind: Kind, most: int) -> None:
    empty = len(json.dumps(statement_of_length(0)).replace(" ", ""))
    for extra, is_too_large in ((0, False), (1, True)):
        text = json.dumps(statement_of_length(most - empty + extra))
        problems = validate(text, kind)
        is_reported = any(
            problem.code == "size-exceeds-identity-quota" for problem in problems
        )
        assert is_reported is is_too_large, extra


def statement_of_length(length: int) -> dict[str, object]:
    """Return a policy whose Sid has that many characters."""
    return {
        "Version": "2012-10-17",
        "Statement": {**allow(), "Sid": "a" * length},
    }


def test_statements_of_more_values_than_can_be_compared_are_left_uncompared():
    assert codes([many(201), many(201)], ID) == {"size-exceeds-identity-quota"}


def test_what_is_larger_than_any_policy_is_not_looked_at_any_further():
    assert codes([allow("s3:ListObject") for _ in range(300)], ID) == {
        "size-exceeds-identity-quota"
    }


def test_every_managed_policy_of_aws_passes_the_grammar_and_is_validated():
    for policy in common_managed_documents():
        if len(policy.text) < 6_000:
            assert all(problem.place.line for problem in validate(policy.text)), policy.name


@given(st.text(max_size=60), st.sampled_from(Kind))
def test_any_text_has_problems_and_never_a_traceback(text: str, kind: Kind):
    assert validate(text, kind)


VALUES = st.one_of(
    st.sampled_from(
        ["*", "s3:*", "s3:GetObject", BEANS, OBJECTS, "${", "${}", "arn:aws:x:y:z:", " "]
    ),
    st.text(max_size=12),
)


@given(
    st.lists(VALUES, max_size=3),
    st.lists(VALUES, max_size=3),
    st.dictionaries(VALUES, VALUES, max_size=2),
    st.sampled_from(Kind),
)
def test_any_statement_is_answered(
    actions: list[str], resources: list[str], keys: dict[str, str], kind: Kind
):
    statement = allow(actions, resources, Condition={"StringLike": keys})
    assert isinstance(validate(document(statement), kind), tuple)


# ------------------------------------------------------------ granting oneself more
WITHOUT_CODE = [
    [("Bool", "aws:MultiFactorAuthPresent", "false")],
    [("BoolIfExists", "aws:MultiFactorAuthPresent", "False")],
    [("Null", "aws:MultiFactorAuthPresent", "true")],
    [("Null", "aws:MultiFactorAuthAge", "true")],
    [("StringNotEquals", "aws:MultiFactorAuthPresent", "true")],
    [
        ("Bool", "aws:MultiFactorAuthPresent", "false"),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ],
]
WITH_CODE = [
    [("Bool", "aws:MultiFactorAuthPresent", "true")],
    [("BoolIfExists", "aws:MultiFactorAuthPresent", "true")],
    [("Bool", "aws:MultiFactorAuthPresent", ["true", "false"])],
    [("NumericLessThan", "aws:MultiFactorAuthAge", "3600")],
    [("NumericGreaterThan", "aws:MultiFactorAuthAge", "3600")],
    [("Null", "aws:MultiFactorAuthAge", "false")],
]


@pytest.mark.parametrize("conditions", WITHOUT_CODE)
def test_to_allow_only_those_without_a_code_is_told_however_it_is_put(
    conditions: list[tuple[str, str, object]],
):
    assert "allow-without-code" in codes(when(*conditions), ID)
    assert "allow-without-code" not in codes({**when(*conditions), "Effect": "Deny"}, ID)


@pytest.mark.parametrize("conditions", WITH_CODE)
def test_to_allow_those_with_a_code_is_not_told(conditions: list[tuple[str, str, object]]):
    assert "allow-without-code" not in codes(when(*conditions), ID)


SELF = "arn:aws:iam::*:user/${aws:username}"
MORE = [
    ("s3:PutBucketPolicy", "arn:aws:s3:::beans"), ("s3:PutBucketAcl", "arn:aws:s3:::beans"), ("s3:DeleteBucketPolicy", "arn:aws:s3:::beans"),
    ("iam:UpdateAssumeRolePolicy", ROLE), ("iam:AttachUserPolicy", USER), ("iam:AttachUserPolicy", SELF), ("iam:PutRolePolicy", ROLE),
    ("iam:AddUserToGroup", USER.replace("user/casey", "group/bar")), ("iam:CreateAccessKey", USER), ("iam:DetachUserPolicy", USER),
    ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:till"), ("kms:CreateGrant", "arn:aws:kms:us-east-1:111122223333:key/a"),
    ("sqs:SetQueueAttributes", "arn:aws:sqs:us-east-1:111122223333:orders"), ("s3:Put*", "arn:aws:s3:::beans"), ("iam:*", ROLE),
]  # fmt: skip
NO_MORE = [
    ("s3:PutObject", OBJECTS), ("iam:CreateAccessKey", SELF), ("iam:CreatePolicy", USER.replace("user/casey", "policy/p")),
    ("iam:GetUser", USER), ("sts:AssumeRole", ROLE), ("*:*", OBJECTS),
]  # fmt: skip


@each_row(MORE)
def test_every_action_that_grants_more_is_told_on_a_named_resource_too(
    action: str, resource: str
):
    assert codes(allow(action, resource), ID) & {"grants-more", "escalation"}
    assert not codes(deny(action, resource), ID) & {"grants-more", "escalation"}


@pytest.mark.parametrize(("action", "resource"), NO_MORE)
def test_what_grants_nobody_more_is_not_told(action: str, resource: str):
    assert not codes(allow(action, resource), ID) & {"grants-more", "escalation"}


def test_of_a_wildcard_only_what_can_act_on_the_resource_grants_more():
    (told,) = [
        one
        for one in validate(document(allow("s3:P*", "arn:aws:s3:::beans/x")), ID)
        if one.code == "grants-more"
    ]
    assert told.text.endswith(
        "more permissions: by Coffeeshop's list, `s3:P*` includes 2 such actions. `s3:PutObjectAcl`, for example, changes who can do what"
    )


def test_the_two_counts_of_a_wildcard_each_say_whose_they_are():
    told = {one.code: one.text for one in validate(document(allow("s3:*", "*")), ID)}
    assert "27 Permissions management" in told["wildcard-action"]
    assert "by Coffeeshop's list, `s3:*` includes 25 such actions" in told["grants-more"]


def test_a_boundary_that_must_be_set_binds_who_may_make_others():
    bound = {
        "StringEquals": {
            "iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/Bound"
        }
    }
    assert "grants-more" not in codes(allow("iam:PutRolePolicy", ROLE, Condition=bound), ID)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("s3:List*", "`arn:aws:s3:::${BucketName}` or "),
        ("s3:Get*", "`arn:aws:s3:::${BucketName}` or "),
        ("dynamodb:Get*", "`arn:aws:dynamodb:${Region}:${Account}:table/${TableName}` or "),
        ("iam:*Role*", "`arn:aws:iam::${Account}:role/"),
    ],
)
def test_of_many_resource_types_the_one_that_is_meant_comes_first(action: str, kind: str):
    (told,) = (
        one
        for one in validate(document(allow(action, "*")), ID)
        if one.code == "wildcard-resource"
    )
    assert told.mend.startswith(f"name the resource: {kind}")


@pytest.mark.parametrize(
    ("action", "gain"),
    [
        ("iam:PutUserPolicy", "give themselves any permission"),
        ("iam:DeleteUserPermissionsBoundary", "lift the limit of any permissions boundary"),
        ("iam:PutRolePermissionsBoundary", "lift the limit of any permissions boundary"),
        ("iam:*Permissions*", "lift the limit of any permissions boundary"),
        ("iam:Put*", "give themselves any permission"),
    ],
)
def test_an_escalation_says_what_its_actions_give(action: str, gain: str):
    (told,) = (
        one
        for one in validate(document(allow(action, "*")), ID)
        if one.code == "escalation"
    )
    assert told.text == f"`{action}` on `*` lets a caller {gain}"


def test_every_way_that_is_told_is_an_action_of_aws():
    assert [name for name in listed_ways() if catalog.find_action(name) is None] == []
    assert escalation_way("iam:CreatePolicy") is None
    assert escalation_way("dynamodb:PutResourcePolicy") == OF_THE_LEVEL


@each_row([
        ("s3:ListBucket", "arn:aws:s3:::*", True), ("s3:GetObject", "arn:aws:s3:::*/*", True), ("s3:GetObject", "arn:aws:s3:::*", True),
        ("s3:GetObject", "arn:aws:s3:::beans*", False), ("s3:ListBucket", "arn:aws:s3:::*-beans", False), ("sqs:SendMessage", "arn:aws:sqs", True),
        ("sqs:SendMessage", "arn:aws:sqs:*:*:*", True), ("sqs:SendMessage", "arn:aws:sqs:*:111122223333:*", False), ("sqs:SendMessage", "arn:aws:sqs:us-east-1:*:*", False),
        ("iam:GetUser", "arn:aws:iam::*:user/*", True), ("iam:GetUser", SELF, False),
    ])  # fmt: skip
def test_an_arn_that_leaves_nothing_out_is_star_in_other_words(
    action: str, resource: str, wide: bool
):
    assert ("star-in-other-words" in codes(allow(action, resource), ID)) is wide
    assert "star-in-other-words" not in codes(deny(action, resource), ID)


def test_a_key_behind_the_wrong_prefix_names_the_one_that_the_action_carries():
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:ExternalId": "shop-7f3a"}},
        },
    }
    (problem,) = validate(json.dumps(document), Kind.TRUST)
    assert (problem.code, problem.mend) == (
        "unknown-global-key",
        "did you mean `sts:ExternalId`?",
    )


def test_of_the_account_a_resource_based_policy_asks_no_external_id():
    for principal in (ROOT, "111122223333"):
        for policy in (grant({"AWS": principal}), unlock({"AWS": principal})):
            problems = validate(document(policy), R)
            assert not [p.code for p in problems if "ExternalId" in p.mend], principal
            assert "account-on-resource" in [p.code for p in problems]


def test_nothing_is_said_against_the_default_statement_of_a_key_policy():
    assert validate(document(unlock({"AWS": ROOT}, "kms:*")), R) == ()


@each_row(
    [
        ({"StringEquals": {"sts:ExternalId": "x"}}, True),
        ({"StringLike": {"s3:prefix": "*"}}, True),
        ({"Null": {"sts:ExternalId": "false"}}, True),
        ({"StringEqualsIfExists": {"sts:ExternalId": "x"}}, False),
        ({"StringNotEquals": {"sts:ExternalId": "x"}}, False),
        ({"Null": {"sts:ExternalId": "true"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "keys"}}, False),
        ({"StringEquals": {"kms:CallerAccount": "111122223333"}}, False),
    ]
)
def test_a_condition_that_nobody_can_meet_locks_everybody_out_of_a_key(
    condition: object, locks_out: bool
):
    policy = unlock({"AWS": ROOT}, "kms:*", Condition=condition)
    codes = [problem.code for problem in validate(document(policy), R)]
    assert ("key-policy-lockout" in codes) is locks_out


def test_an_error_hides_no_finding_of_a_statement_that_it_leaves_clear():
    wide = allow(Action="s3:*", Resource="arn:aws:s3:::beans/*")
    for fault in ({"Sid": "a b"}, {"Colour": "red"}, {"Effect": "Alow"}):
        statements = [{**wide, **fault}, {**wide, "Sid": "Wide"}]
        problems = validate(document(statements))
        wide_places = [p.place.path for p in problems if p.code == "wildcard-action"]
        assert "Statement[1].Action" in wide_places, fault
        assert ("Statement[0].Action" in wide_places) is ("Sid" in fault)
    (problem,) = validate(document({**wide, "Action": "s3"}))
    assert problem.level is Level.ERROR


def test_no_mend_calls_an_external_id_a_substitute_for_naming_who():
    (problem,) = (
        p
        for p in validate(document(trust({"AWS": "444455556666"})), T)
        if p.code == "account-principal"
    )
    assert problem.mend.startswith("name the user or role")
    assert " or require sts:ExternalId" not in problem.mend


@each_row(
    (provider, sub, words)
    for provider, sub, words in (
        (GITHUB, "repo:coffee/shop:*", "branch, tag, pull request and environment"),
        (GITHUB, "repo:coffee/shop:ref:*", "branch and tag"),
        (GITHUB, "repo:coffee/shop:ref:refs/heads/*", "branch"),
        (GITHUB, "repo:coffee/shop:environment:*", "environment"),
        (GITHUB, "repo:coffee/shop:ref:refs/heads/release-*", ""),
        (GITHUB, "repo:coffee/shop:pull_request", ""),
        (GITHUB, "repo:coffee/shop:environment:live", ""),
        ("gitlab.com", "project_path:coffee/shop:*", "branch and tag"),
        ("gitlab.com", "project_path:coffee/shop:ref_type:branch:ref:*", "branch"),
        ("gitlab.com", "project_path:coffee/shop:ref_type:branch:ref:main", ""),
        (
            "app.terraform.io",
            "organization:coffee:project:shop:workspace:*:run_phase:*",
            "workspace",
        ),
        (
            "app.terraform.io",
            "organization:coffee:project:shop:workspace:live:run_phase:*",
            "",
        ),
    )
)
def test_a_subject_that_covers_every_run_of_a_kind_says_which(
    provider: str, sub: str, words: str
):
    problems = validate(document(web_trust("StringLike", provider, sub=sub, aud="x")), T)
    said_words = [
        problem.text.partition("covers every ")[2].rpartition(" of the ")[0]
        for problem in problems
        if problem.code == "shared-provider-every-run"
    ]
    assert said_words == ([words] if words else [])


@each_row(
    (provider, sub, code)
    for provider, sub, code in (
        (GITHUB, "repo:coffee/*", "shared-provider-organization"),
        (GITHUB, "repo:coffee/*:environment:live", "shared-provider-organization"),
        (GITHUB, "repo:coffee*/shop:ref:refs/heads/main", "shared-provider-wide"),
        (GITHUB, "repo:*/shop:ref:refs/heads/main", "shared-provider-wide"),
        (GITHUB, "repo:coffee*", "shared-provider-wide"),
        ("gitlab.com", "project_path:coffee/*", "shared-provider-organization"),
        ("gitlab.com", "project_path:*", "shared-provider-wide"),
        ("app.terraform.io", "organization:coffee:*", "shared-provider-organization"),
        ("app.terraform.io", "organization:*:project:shop:*", "shared-provider-wide"),
        ("oidc.circleci.com/org/7f3a", "org/7f3a/project/*", "federated-project-wide"),
        ("oidc.circleci.com/org/7f3a", "org/7f3a/project/1/user/*", ""),
        (EKS_HOST, "system:serviceaccount:*:robot", "federated-project-wide"),
        (EKS_HOST, "*", "federated-anyone"),
        ("coffee.eu.auth0.com", "*", "federated-anyone"),
        ("coffee.eu.auth0.com", "auth0|5f", ""),
    )
)
def test_a_wildcard_for_an_organization_or_its_projects_is_found_for_each_issuer(
    provider: str, sub: str, code: str
):
    given = web_trust("StringLike", provider, sub=sub)
    wide_codes = codes(given, T) - {"federated-any-audience", "shared-provider-every-run"}
    assert wide_codes == ({code} if code else set())


@each_row(
    (operator, aud, is_limited)
    for operator, aud, is_limited in (
        ("StringEquals", "sts.amazonaws.com", True),
        ("StringLike", "sts.amazonaws.com", True),
        ("StringLike", "*", False),
        ("StringEqualsIfExists", "sts.amazonaws.com", False),
        ("StringNotEquals", "sts.amazonaws.com", False),
        ("ForAllValues:StringEquals", "sts.amazonaws.com", False),
    )
)
def test_an_audience_counts_only_if_a_token_must_have_it(
    operator: str, aud: str, is_limited: bool
):
    given = web_trust("StringEquals", sub="repo:coffee/shop:ref:refs/heads/main")
    condition = given["Condition"]
    assert isinstance(condition, dict)
    more = {operator: {f"{GITHUB}:aud": aud}}
    if operator == "StringEquals":
        condition[operator].update(more[operator])
    else:
        condition.update(more)
    assert ("federated-any-audience" in codes(given, T)) != is_limited


def test_a_workflow_named_beside_the_whole_organization_is_narrow_enough():
    given = web_trust(
        "StringLike",
        sub="repo:coffee/*",
        aud="sts.amazonaws.com",
        job_workflow_ref="coffee/ci/.github/workflows/deploy.yml@refs/heads/main",
    )
    assert codes(given, T) == set()


@each_row(
    (operator, value, code)
    for operator, value, code in (
        ("ArnEquals", ANCHOR, ""),
        ("ArnLike", ANCHOR, ""),
        ("StringEquals", ANCHOR, ""),
        ("ArnLike", "*", "roles-anywhere-anyone"),
        (
            "ArnLike",
            "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/*",
            "roles-anywhere-anyone",
        ),
        ("ArnEqualsIfExists", ANCHOR, "roles-anywhere-anyone"),
        ("ArnNotEquals", ANCHOR, "roles-anywhere-anyone"),
    )
)
def test_roles_anywhere_needs_the_arn_of_one_trust_anchor(
    operator: str, value: str, code: str
):
    given = trust(
        {"Service": "rolesanywhere.amazonaws.com"},
        Condition={operator: {"aws:SourceArn": value}},
    )
    anywhere_codes = {each for each in codes(given, T) if each.startswith("roles-any")}
    assert anywhere_codes == ({code} if code else set())


@each_row(
    [
        ("StringEquals", "aud", "sts.amazonaws.com", "shared-provider-refused"),
        ("StringEqualsIfExists", "sub", "repo:coffee/shop:*", "shared-provider-anyone"),
        ("StringNotEquals", "sub", "repo:coffee/shop:*", "shared-provider-anyone"),
        ("ForAllValues:StringLike", "sub", "repo:coffee/*", "shared-provider-anyone"),
        ("StringLike", "sub", "*", "shared-provider-wide"),
        ("StringLike", "sub", "repo:*/*", "shared-provider-wide"),
        ("StringLike", "sub", "repo:cof*/shop:*", "shared-provider-wide"),
        ("StringLike", "sub", "*:environment:prod", "shared-provider-wide"),
        ("StringLike", "sub", "repo:coffee/shop*", "shared-provider-open-end"),
        ("StringLike", "sub", "repo:coffee/sh?p:*", "shared-provider-open-end"),
        ("StringEquals", "sub", "repo:coffee/shop*", ""),
        ("StringLike", "job_workflow_ref", "coffee/shop/.github/*", ""),
        ("StringLike", "job_workflow_ref", "*/shop/.github/*", "shared-provider-wide"),
        ("StringLike", "repository", "coffee/shop", "shared-provider-refused"),
        ("StringLike", "sub", "repo:coffee/shop:*", ""),
        ("StringLike", "SUB", "repo:coffee/*:environment:prod", ""),
    ]
)
def test_a_shared_provider_needs_a_condition_that_names_one_organization(
    operator: str, key: str, value: str, code: str
):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html"""
    condition = {operator: {f"{GITHUB}:{key}": value}}
    action = "sts:AssumeRoleWithWebIdentity"
    given = trust({"Federated": WEB}, action, Condition=condition)
    shared_codes = {
        each
        for each in codes(given, T)
        if each.startswith("shared")
        and each not in ("shared-provider-organization", "shared-provider-every-run")
    }
    assert shared_codes == ({code} if code else set())


@each_row(
    [
        ("oidc.circleci.com/org/7f3a", {"aud": "7f3a"}, "federated-any-project"),
        ("oidc.circleci.com/org/7f3a", {"sub": "org/7f3a/project/1/user/2"}, ""),
        (
            "api.bitbucket.org/2.0/workspaces/coffee/pipelines-config/identity/oidc",
            {"aud": "ari:cloud:bitbucket::workspace/1"},
            "federated-any-project",
        ),
        (
            "vstoken.dev.azure.com/1",
            {"aud": "api://AzureADTokenExchange"},
            "federated-any-project",
        ),
        ("gitlab.com", {"aud": "https://gitlab.com"}, "shared-provider-refused"),
        ("app.terraform.io", {"aud": "aws.workload.identity"}, "shared-provider-refused"),
        ("idp.example.com", {"aud": "app"}, ""),
        ("idp.example.com", {}, "federated-anyone"),
    ]
)
def test_each_provider_has_its_own_claim_to_look_at(
    provider: str, condition: dict[str, str], code: str
):
    rows = {f"{provider}:{name}": value for name, value in condition.items()}
    conditions = {"Condition": {"StringEquals": rows}} if rows else {}
    principal = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{provider}"}
    given = trust(principal, "sts:AssumeRoleWithWebIdentity", **conditions)
    found = {
        each for each in codes(given, T) if each.startswith(("shared", "federated"))
    } - {"federated-any-audience"}
    assert found == ({code} if code else set())


@each_row((address,) for address in SHARED_PROVIDERS)
def test_a_trust_policy_that_the_account_refuses_has_an_error(address: str):
    provider = f"arn:aws:iam::111122223333:oidc-provider/{address}"
    action = "sts:AssumeRoleWithWebIdentity"
    row = SHARED_PROVIDERS[address]
    for claim in ("sub", "aud", "repository", "job_workflow_ref", row.claim):
        condition = {"StringEquals": {f"{address}:{claim}": row.example}}
        text = document(trust({"Federated": provider}, action, Condition=condition))
        refused = missing_control(parse(text, T)) != ""
        errors = [each for each in validate(text, T) if each.level is Level.ERROR]
        assert bool(errors) == refused == (claim not in row.tenants)


@pytest.mark.parametrize(
    "faulty", [{"Resource": "beans"}, {"Effect": "Permit"}, {"Sid": 7}]
)
def test_an_action_that_does_not_exist_is_told_beside_another_error_of_its_statement(
    faulty: dict[str, object],
):
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": allow("s3:ListObject") | faulty}
    )
    assert "unknown-action" in {problem.code for problem in validate(document)}


def test_what_an_action_grants_is_said_of_that_action_alone():
    said = {
        "iam:AttachUserPolicy": "gives a user another policy",
        "iam:PutRolePolicy": "gives a role another policy",
        "iam:PutUserPermissionsBoundary": "sets a permissions boundary",
        "iam:DeleteUserPermissionsBoundary": "removes a permissions boundary",
        "iam:RemoveUserFromGroup": "takes a user out of a group",
    }
    for action, how in said.items():
        way = escalation_way(action)
        assert way is not None, action
        assert way.how.startswith(how), action
