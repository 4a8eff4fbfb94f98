"""A lesson's instants, as a client is told them by the clock on the wall."""

from __future__ import annotations

from datetime import timedelta

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.endpoint.clock import shift_instants


def test_of_a_reply_the_instants_alone_are_moved():
    reply = {
        "User": {
            "UserName": "casey",
            "CreateDate": "2026-03-02T08:00:00+00:00",
            "Tags": ({"Key": "team", "Value": "2026-03-02T08:00:00+00:00"},),
        }
    }
    shape = OPERATIONS["iam", "GetUser"].output
    moved = shift_instants(shape, reply, timedelta(hours=1))
    later = {**reply["User"], "CreateDate": "2026-03-02T09:00:00+00:00"}
    assert moved == {"User": later}


def test_a_member_that_a_reply_does_not_have_in_its_shape_is_left_out():
    shape = OPERATIONS["iam", "GetUser"].output
    assert shift_instants(shape, {"Guest": "zoe"}, timedelta(hours=1)) == {}
