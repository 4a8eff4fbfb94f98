"""Next in plain names the policy whose Deny refuses a job, and the call that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plain.session import session
from tests.views.test_denials import AWSS, USERS, WORN, trust


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            USERS,
            "The policy “stop” on Bo denies sts:AssumeRole. "
            "`aws iam get-user-policy --user-name bo --policy-name stop` shows it.",
        ),
        (
            AWSS,
            "The policy “AWSDenyAll” on Bo denies sts:AssumeRole. "
            "`aws iam list-attached-user-policies --user-name bo` shows it.",
        ),
        (
            trust("Allow", "Deny").strip(),
            "The trust policy of the role Cashier denies sts:AssumeRole. "
            "`aws iam get-role --role-name Cashier` shows it.",
        ),
    ],
)
def test_next_names_what_denies_and_not_the_trust_beside_it(
    tmp_path: Path, line: str, said: str
) -> None:
    with session(tmp_path / "ana.sqlite3") as say:
        say("play 15")
        for each in (*WORN.splitlines(), line):
            say(each)
        assert said in say("next")[0]  # a page of the lesson may be offered behind it
