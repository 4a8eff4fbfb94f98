"""A call that sets tags, or removes them, says so in its request, as AWS's tables of condition keys have it."""

from __future__ import annotations

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.api.operations import OPERATIONS, Operation
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Call
from coffeeshop.account.values import Json
from coffeeshop.policy.catalog import carried_keys
from tests.account.shop import AT
from tests.tables import check_rows

SET, REMOVED = "aws:RequestTag/${TagKey}", "aws:TagKeys"


def tag_parameter(operation: Operation) -> dict[str, Json]:
    """Return the operation's parameter about tags: `station` is set to `oven`, or removed."""
    for member in operation.members:
        match member.name.lower():
            case "tagkeys":
                return {member.name: ("station",)}
            case "tags" if member.shape.type == "map":
                return {member.name: {"station": "oven"}}
            case "tags":
                prefix = "Tag" if operation.service == "kms" else ""
                tag: Json = {f"{prefix}Key": "station", f"{prefix}Value": "oven"}
                return {member.name: (tag,)}
            case _:
                continue
    return {}


def test_a_call_with_tags_has_the_context_keys_that_aws_documents_for_its_action():
    # https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    account = new_account(
        "111122223333", b"", AT, "owner@shop.example", "Espresso-Doppio-7"
    )

    def check_row(service: str, name: str) -> None:
        operation = OPERATIONS[service, name]
        parameters = tag_parameter(operation)
        requests = requests_of_call(account, Call(service, name, parameters))
        assert requests, name
        for request in requests:
            documented = carried_keys(request.action)
            if SET in documented and "tagkeys" not in map(str.lower, parameters):
                assert request.context.get("aws:RequestTag/station") == ("oven",)
            if REMOVED in documented:
                assert request.context.get("aws:TagKeys") == ("station",)

    tagging = [key for key, operation in OPERATIONS.items() if tag_parameter(operation)]
    assert ("access-analyzer", "UntagResource") in tagging
    check_rows(check_row, tagging)
