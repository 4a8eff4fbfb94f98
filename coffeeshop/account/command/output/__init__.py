"""Print answers in the formats of `--output`, byte for byte as the AWS CLI's formatters do."""

from __future__ import annotations


class UnprintableError(ValueError):
    """Reports that a format can't show an answer. The CLI prints an error instead of the answer then."""


MIXED_LIST = (
    "a list of structures and of other values cannot be printed so; use --output json"
)
