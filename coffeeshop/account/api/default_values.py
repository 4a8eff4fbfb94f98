"""The values of parameters that change nothing, since AWS would take them if nothing were sent.

A parameter that has no effect here is refused by name. With such a value it asks for nothing, so it is taken: ordinary
clients and examples send it. Sources: the API references of the services, under each parameter's default.
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_VALUES: Mapping[str, frozenset[str]] = {
    "ACL": frozenset({"private"}),
    "Architectures": frozenset({"x86_64"}),
    "EncodingType": frozenset({"url"}),
    "LogType": frozenset({"None"}),
    "MFADelete": frozenset({"Disabled"}),
    "MultiRegion": frozenset({"False"}),
    "ObjectOwnership": frozenset({"BucketOwnerEnforced"}),
    "Origin": frozenset({"AWS_KMS"}),
    "PackageType": frozenset({"Zip"}),
    "RequestPayer": frozenset({"requester"}),
    "ReturnConsumedCapacity": frozenset({"NONE"}),
    "ReturnItemCollectionMetrics": frozenset({"NONE"}),
    "ReturnValuesOnConditionCheckFailure": frozenset({"NONE"}),
    "ScanIndexForward": frozenset({"True", "true"}),
    "StorageClass": frozenset({"STANDARD"}),
    "TableClass": frozenset({"STANDARD"}),
    "includeShadowTrails": frozenset({"True", "true"}),
}


def is_requested(name: str, value: object) -> bool:
    """Tell whether a parameter asks for something. None, False, "false", nothing in a list and a default don't."""
    if value is None or value is False or value == "false":
        return False
    if isinstance(value, list | tuple | dict) and not value:
        return False
    return f"{value}".strip("[]'") not in DEFAULT_VALUES.get(name, ())
