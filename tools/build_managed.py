"""Build the AWS managed policies of the simulated account, from moto's copy.

    pip install moto==5.2.5 && PYTHONPATH=. python tools/build_managed.py

Those that are used most are in `coffeeshop/account/access/aws_managed_policies.jsonl`, in the order of the list below;
all others are in `aws_managed_policies_rest.jsonl.xz`, in the order of their ARNs. One line a policy: [ARN, {"version":
"v5", "created": …, "updated": …, "document": {…}}]; only the default version, with the elements of each statement in
the order in which AWS writes them. Deterministic: the same source gives the same bytes.
"""

from __future__ import annotations

import json
import lzma
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from coffeeshop.account.api.jsonl_table import jsonl_line

MOTO = "5.2.5"
ACCESS = Path(__file__).parent.parent / "coffeeshop" / "account" / "access"
TARGET = ACCESS / "aws_managed_policies.jsonl"
REST = ACCESS / "aws_managed_policies_rest.jsonl.xz"
ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
POLICIES = """
AdministratorAccess PowerUserAccess ReadOnlyAccess SecurityAudit AWSDenyAll
AWSCompromisedKeyQuarantineV2 AWSCompromisedKeyQuarantineV3
IAMFullAccess IAMReadOnlyAccess IAMUserChangePassword IAMUserSSHKeys IAMSelfManageServiceSpecificCredentials
IAMAccessAdvisorReadOnly IAMAccessAnalyzerReadOnlyAccess
job-function/ViewOnlyAccess job-function/Billing job-function/DatabaseAdministrator job-function/DataScientist
job-function/NetworkAdministrator job-function/SupportUser job-function/SystemAdministrator
AmazonS3FullAccess AmazonS3ReadOnlyAccess AmazonDynamoDBFullAccess AmazonDynamoDBReadOnlyAccess
AmazonSQSFullAccess AmazonSQSReadOnlyAccess AmazonSNSFullAccess AmazonSNSReadOnlyAccess
AmazonEC2FullAccess AmazonEC2ReadOnlyAccess AmazonRDSFullAccess AmazonRDSReadOnlyAccess
AWSLambda_FullAccess AWSLambda_ReadOnlyAccess service-role/AWSLambdaBasicExecutionRole
service-role/AWSLambdaSQSQueueExecutionRole service-role/AWSLambdaDynamoDBExecutionRole service-role/AWSLambdaRole
CloudWatchFullAccess CloudWatchFullAccessV2 CloudWatchReadOnlyAccess CloudWatchLogsFullAccess
CloudWatchLogsReadOnlyAccess AWSCloudTrail_FullAccess AWSCloudTrail_ReadOnlyAccess
AWSKeyManagementServicePowerUser SecretsManagerReadWrite AmazonSSMReadOnlyAccess AmazonSSMManagedInstanceCore
AWSBillingReadOnlyAccess AWSBudgetsReadOnlyAccess AWSSupportAccess AWSOrganizationsReadOnlyAccess
AWSAccountManagementFullAccess
"""


def document(written: dict[str, Any]) -> dict[str, Any]:
    """The document with its elements in AWS's order."""
    statements = (
        written["Statement"]
        if isinstance(written["Statement"], list)
        else [written["Statement"]]
    )
    unknown = {element for statement in statements for element in statement} - set(ELEMENTS)
    if unknown:
        raise SystemExit(f"unexpected elements: {sorted(unknown)}")
    ordered = [
        {element: row[element] for element in ELEMENTS if element in row}
        for row in statements
    ]
    return {"Version": written["Version"], "Statement": ordered}


def entry(name: str, source: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """ARN and row of one policy."""
    path, _, bare = f"/{name}".rpartition("/")
    row = source[bare]
    if row["Path"] != f"{path}/":
        raise SystemExit(f"{bare} has the path {row['Path']}")
    return f"arn:aws:iam::aws:policy/{name}", {
        "version": row["DefaultVersionId"],
        "created": row["CreateDate"].replace("+00:00", "Z"),
        "updated": row["UpdateDate"].replace("+00:00", "Z"),
        "document": document(row["Document"]),
    }


def _source() -> dict[str, Any]:
    """Moto's copy, by name."""
    if version("moto") != MOTO:
        raise SystemExit(
            f"moto is {version('moto')}, this script is for {MOTO}; read its changes, then pin it"
        )
    return json.loads(aws_managed_policies_data)


def policies() -> str:
    """The text of the file of those that are used most."""
    source = _source()
    return "".join(f"{jsonl_line(*entry(name, source))}\n" for name in POLICIES.split())


def rest() -> str:
    """The text of the file of all others."""
    source = _source()
    names = {f"{row['Path']}{name}"[1:] for name, row in source.items()}
    others = sorted(names - {*POLICIES.split()})
    return "".join(f"{jsonl_line(*entry(name, source))}\n" for name in others)


def main() -> None:
    """Write both files, and say how large they are."""
    text = policies()
    TARGET.write_text(text, "utf-8", newline="\n")
    compressed = lzma.compress(rest().encode(), preset=9 | lzma.PRESET_EXTREME)
    REST.write_bytes(compressed)
    print(f"{TARGET.name}: {len(text.encode()):,} bytes, {REST.name}: {len(compressed):,}")


if __name__ == "__main__":
    main()
