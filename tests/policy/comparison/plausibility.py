"""Which of a request's keys nobody could send so: written apart from the code that it checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address

from coffeeshop.policy.model import Principal, Request

FORMS: Mapping[str, str] = {
    "aws:principalaccount": r"\d{12}",
    "aws:sourceaccount": r"\d{12}",
    "aws:resourceaccount": r"\d{12}",
    "aws:principalarn": r"arn:aws[\w-]*:(iam|sts)::\d{12}:(root|(user|role|federated-user|assumed-role)/.+)",
    "aws:sourcearn": r"arn:aws[\w-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:.+",
    "aws:principalorgid": r"o-[a-z0-9]{10,32}",
    "aws:principaltype": r"Account|User|FederatedUser|AssumedRole|Anonymous",
    "aws:userid": r"AIDA[A-Z0-9]+|AROA[A-Z0-9]+:.+|\d{12}(:.+)?",
    "aws:username": r"[\w+=,.@-]+",
    "aws:requestedregion": r"[a-z]{2}(-[a-z]+)+-\d",
    "iam:passedtoservice": r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?",
    "aws:principalservicename": r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?",
    "aws:sourcevpc": r"vpc-[0-9a-f]+",
    "aws:sourcevpce": r"vpce-[0-9a-f]+",
    "aws:multifactorauthpresent": r"true|false",
    "aws:securetransport": r"true|false",
    "aws:viaawsservice": r"true|false",
    "aws:multifactorauthage": r"\d+(\.\d+)?",
    "sts:externalid": r".{2,}",
    "iam:permissionsboundary": r"arn:aws:iam::(\d{12}|aws):policy/.+",
    "iam:policyarn": r"arn:aws:iam::(\d{12}|aws):policy/.+",
    "iam:awsservicename": r"[a-z0-9.-]+\.amazonaws\.com",
    "kms:viaservice": r"[a-z0-9-]+\.[a-z]{2}-[a-z]+-\d\.amazonaws\.com",
    "kms:calleraccount": r"\d{12}",
    "kms:keyspec": r"[A-Z]+\w+",
    "lambda:functionurlauthtype": r"AWS_IAM|NONE",
    "s3:authtype": r"REST-HEADER|REST-QUERY-STRING|POST",
    "s3:locationconstraint": r"[a-z]{2}(-[a-z]+)+-\d",
    "s3:object-lock-mode": r"GOVERNANCE|COMPLIANCE",
    "s3:signatureversion": r"AWS4-HMAC-SHA256|AWS",
    "s3:x-amz-acl": r"[a-z]{3,}(-[a-z]+)*",
    "s3:x-amz-metadata-directive": r"COPY|REPLACE",
    "s3:x-amz-server-side-encryption": r"AES256|aws:kms(:dsse)?",
    "s3:x-amz-storage-class": r"[A-Z]+(_[A-Z]+)*",
}
IDS = {":user/": "AIDA", ":role/": "AROA"}  # how they begin
TIMES = ("aws:currenttime", "aws:tokenissuetime")


def implausible(request: Request, principal: Principal | None = None) -> Iterator[str]:
    """Yield what is wrong with each key that nobody could send so."""
    said = {key.lower(): values for key, values in request.context.items()}
    for key, values in said.items():
        for value in values:
            if key in FORMS and not re.fullmatch(FORMS[key], value):
                yield f"{key} is {value}"
            if key == "aws:sourceip":
                ip_address(value)
            if key in TIMES:
                datetime.fromisoformat(value)
    yield from _disagreeing({key: values[0] for key, values in said.items()}, principal)


def _disagreeing(said: Mapping[str, str], principal: Principal | None) -> Iterator[str]:
    for arn, account in (
        ("aws:sourcearn", "aws:sourceaccount"),
        ("aws:principalarn", "aws:principalaccount"),
    ):
        if (
            arn in said
            and account in said
            and said[arn].split(":")[4] not in ("", said[account])
        ):
            yield f"{arn} {said[arn]} is not of {account} {said[account]}"
    if principal and principal.account.isdigit():
        whose = said.get("aws:principalarn", f"::::{principal.account}:").split(":")[4]
        if whose != principal.account:
            yield f"{principal.arn} has aws:PrincipalArn {said['aws:principalarn']}"
        if said.get("aws:principalaccount", principal.account) != principal.account:
            yield f"{principal.arn} has aws:PrincipalAccount {said['aws:principalaccount']}"
    arn = said.get("aws:principalarn", principal.arn if principal else "")
    begins = next((id for kind, id in IDS.items() if kind in arn), "")
    if not said.get("aws:userid", begins).startswith(begins):
        yield f"{arn} has the id {said['aws:userid']}"
    last = said.get("aws:principalarn", "").rpartition("/")[2]
    if last and said.get("aws:username", last) != last:
        yield f"{said['aws:username']} has the ARN {said['aws:principalarn']}"
