"""EC2: the menu board, an instance to be looked at, started and stopped.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec.structs import replace

from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Instance
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.values import Json

ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
CODES = {"running": 16, "stopped": 80}

OPERATIONS = Operations()


def _instances(account: Account, call: Call) -> list[Instance]:
    """Returns the instances that a call names, or all."""
    wanted = call.words("InstanceIds") or tuple(account.instances)
    if malformed := [id for id in wanted if not ID.fullmatch(id)]:
        raise ServiceError("InvalidInstanceID.Malformed", f'Invalid id: "{malformed[0]}"')
    if lacking := [id for id in wanted if id not in account.instances]:
        raise ServiceError(
            "InvalidInstanceID.NotFound", f"The instance ID '{lacking[0]}' does not exist"
        )
    return [account.instances[id] for id in wanted]


def _state(state: str) -> dict[str, Json]:
    return {"Code": CODES[state], "Name": state}


@OPERATIONS.add("DescribeInstances")
def describe(account: Account, act: Act) -> Change:
    shapes = tuple(
        {
            "InstanceId": found.id,
            "LaunchTime": format_timestamp(found.launched),
            "State": _state(found.state),
            "Tags": ({"Key": "Name", "Value": found.name},),
        }
        for found in _instances(account, act.call)
    )
    reservation: dict[str, Json] = {"OwnerId": account.id, "Instances": shapes}
    return account, Reply({"Reservations": (reservation,) if shapes else ()})


def _switched(
    account: Account, act: Act, state: Literal["running", "stopped"], member: str
) -> Change:
    changes: list[Json] = []
    if not act.call.words("InstanceIds"):
        raise ServiceError("InvalidParameterCombination", "No instances specified")
    for found in _instances(account, act.call):
        account = replace(
            account, instances=account.instances.put(found.id, replace(found, state=state))
        )
        changes.append(
            {
                "InstanceId": found.id,
                "CurrentState": _state(state),
                "PreviousState": _state(found.state),
            }
        )
    return account, Reply({member: tuple(changes)})


@OPERATIONS.add("StartInstances")
def start(account: Account, act: Act) -> Change:
    return _switched(account, act, "running", "StartingInstances")


@OPERATIONS.add("StopInstances")
def stop(account: Account, act: Act) -> Change:
    return _switched(account, act, "stopped", "StoppingInstances")
