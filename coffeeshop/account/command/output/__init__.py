"""The forms of `--output`, over what an operation answers: what each of the AWS CLI's formatters prints, byte for byte."""

from __future__ import annotations


class UnprintableError(ValueError):
    """What a form of output cannot show: the CLI then prints an error in place of the answer."""


MIXED = "a list of structures and of other values cannot be printed so; use --output json"
