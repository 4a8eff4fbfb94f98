"""What jobs do with the shop's things: which they store, change, delete or open; and what
was copied from where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.data_requests import copy_source
from coffeeshop.account.model import Act, Nobody
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Request
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Want

# How the actions are called that do it.
WRITE_PREFIXES = ("Put", "Update")
ERASE_PREFIXES = ("Delete", "Purge", "Stop")
READ_PREFIXES = ("Get",)

PLACEHOLDER_PATTERN = re.compile(r"\{\w+\}")


class Work(NamedTuple):
    """What a job does with a thing: whose job it is, the action without its service, and a pattern
    of ARNs.

    `bound` tells whether a condition limits the things, for example to those with a tag.
    """

    who: str
    action: str
    pattern: str
    bound: bool = False

    def does_action(self, verbs: tuple[str, ...], arn: str, *, anew: bool = False) -> bool:
        """Tell whether this is an action with one of these verbs on the thing with that ARN.

        If the thing came in the play (`anew`), a drawn name in the pattern (`{newname}`)
        stands for any name.
        """
        if anew:
            pattern = PLACEHOLDER_PATTERN.sub("*", self.pattern)
        else:
            pattern = self.pattern
        return bool(arn) and self.action.startswith(verbs) and glob(pattern)(arn)


def job_work(scenario: Scenario) -> Iterator[Work]:
    """Yield what each job does to which things: to that of its call, and to everything it
    covers."""
    for want in (want for want in scenario.wants if want.mode is Mode.MUST):
        for request, last in _job_requests(scenario, want):
            for pattern in (request.resource, *(want.covers if last else ())):
                bound = last and bool(want.conditions)
                yield Work(want.who, request.action.partition(":")[2], pattern, bound)


def _job_requests(scenario: Scenario, want: Want) -> Iterator[tuple[Request, bool]]:
    """Yield every request of a job, and whether it is that of the job's last line, which `covers` is about."""
    if want.request:
        yield want.request, True
    for line in want.do:
        act = line.act(scenario.opening, scenario.now, Nobody())
        if isinstance(act, Act):
            yield from (
                (request, line == want.do[-1])
                for request in requests_of_call(scenario.opening, act.call)
            )


def copy_origins(play: Play) -> Mapping[str, str]:
    """Return for the ARN of each copy made in the play the ARN of its original, through copies of
    copies.
    """
    origins: dict[str, str] = {}
    stored = play.outcomes_of(lambda act: act.call.operation in ("PutObject", "CopyObject"))
    for call in (outcome.act.call for outcome in stored if outcome.has_succeeded):
        arn = object_arn(call.text("Bucket"), call.text("Key"))
        if call.operation == "PutObject":
            origins.pop(arn, None)
        else:
            source = copy_source(call)
            copied = object_arn(str(source["Bucket"]), str(source["Key"]))
            origins[arn] = origins.get(copied, copied)
    return {arn: origin for arn, origin in origins.items() if origin != arn}


def object_arn(bucket: str, key: str) -> str:
    """Return the ARN of an S3 object."""
    return f"arn:aws:s3:::{bucket}/{key}"
