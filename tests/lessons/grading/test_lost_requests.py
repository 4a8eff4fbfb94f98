"""What was allowed and is refused now is shown by a request that says no more than it has to."""

from __future__ import annotations

import json

from coffeeshop.lessons.grading import lost_requests
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind, Policy, Request, Standing

NEEDED = {"aws:username": ("ada",), "aws:sourceip": ("203.0.113.7",)}


def allowing(condition: dict[str, object]) -> Policy:
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": condition,
    }
    return parse(
        json.dumps({"Version": "2012-10-17", "Statement": statement}), Kind.IDENTITY
    )


def test_a_lost_request_keeps_the_context_keys_that_matter_and_no_other():
    before = Standing.of(
        allowing(
            {
                "StringEquals": {"aws:username": "ada"},
                "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
            }
        )
    )
    context = {"aws:useragent": ("curl",), **NEEDED, "aws:referer": ("x",)}
    request = Request("s3:GetObject", "arn:aws:s3:::beans/1", context)
    plainer = lost_requests._without_needless_keys(request, before, Standing.of())
    assert dict(plainer.context) == NEEDED
