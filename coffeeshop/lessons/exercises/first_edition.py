"""Keep texts of the first edition's exercises, which are part of the digests that plays and hand-ins name."""

from __future__ import annotations

import re
from collections.abc import Mapping

CAN_PATTERN = re.compile(r"\bcan (\w+)")  # in the title of a job: can open


def first_title(say: str) -> str:
    """Return the title of a job or a refusal as the first edition had it: "Kim opens a file", "with a code"."""
    title = CAN_PATTERN.sub(r"\1s", say)
    return title.replace("using MFA", "with a code").replace(
        "without MFA", "without a code"
    )


# The wrong belief of each misconception whose sentence has changed since then, by the misconception's id.
FIRST_BELIEFS: Mapping[str, str] = {
    "M08": "One side of AssumeRole is enough.",
    "M10": "If a user has an MFA device, every request needs a code.",
}
# What is true instead, for each misconception whose sentence has changed since then.
FIRST_HOLDS: Mapping[str, str] = {
    "M02": "AWS refuses a request unless a statement allows it.",
    "M08": "The role's trust policy must let the caller in. If it names the whole account, the caller's own policy must allow it too.",
    "M10": "The console asks for a code. An access key works without one, unless a policy checks aws:MultiFactorAuthPresent.",
    "M11": "If the key is missing, Bool doesn't match, and BoolIfExists does. "
    "A request with an access key has no aws:MultiFactorAuthPresent.",
    "M20": "A request can lack a key. Each operator defines what a missing key means, and IfExists matches it.",
    "M21": "A user has long-term credentials. A role has none, and gives temporary ones to anyone who can assume it.",
    "M27": "Only operators such as StringLike and ArnLike read a star as any text. StringEquals compares it as it is.",
}
