"""The rows of a credential report. AWS's CLI prints it as base64 of a table with 22 columns.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import StringIO

from coffeeshop.account.model import Outcome, Reply
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun

NOT_APPLICABLE = "N/A"


def credential_reports(outcomes: Iterable[Outcome]) -> tuple[Row, ...]:
    """Return a heading and a row for each user, for each credential report that these calls got."""
    return tuple(row for outcome in outcomes for row in _report_rows(outcome))


def _report_rows(outcome: Outcome) -> Iterator[Row]:
    """Yield the rows of a credential report. Other calls yield none."""
    call = outcome.act.call
    answer = outcome.answer
    if (call.service, call.operation) != ("iam", "GetCredentialReport") or not isinstance(
        answer, Reply
    ):
        return
    content = answer.body["Content"]
    moment = datetime.fromisoformat(str(answer.body["GeneratedTime"]))
    assert isinstance(content, bytes)
    import csv  # imported late, since few plays get a report

    yield Row("The decoded report (outside this game, `base64 --decode` decodes it):")
    for cells in csv.DictReader(StringIO(content.decode())):
        yield Row(
            "; ".join(_credential_phrases(cells, moment)), word=cells["user"], indent=1
        )


def _credential_phrases(cells: Mapping[str, str], moment: datetime) -> Iterator[str]:
    """Yield each credential of a user, with its age and last use.

    AWS's report doesn't say whether root has a password. It counts as set.
    """
    password = cells["password_enabled"]
    device = cells["mfa_active"] == "true"
    if password != "false":
        yield f"a password, {_last_use_phrase(cells['password_last_used'], moment)}"
    if device:
        yield "an MFA device"
    keys = [
        key
        for key in ("access_key_1", "access_key_2")
        if cells[f"{key}_last_rotated"] != NOT_APPLICABLE
    ]
    for key in keys:
        if cells[f"{key}_active"] == "true":
            off = ""
        else:
            off = ", deactivated"
        since = _age_phrase(cells[f"{key}_last_rotated"], moment)
        yield f"{key.replace('_', ' ')}, made {since}, {_last_use_phrase(cells[f'{key}_last_used_date'], moment)}{off}"
    if password == "false" and not device and not keys:
        yield "no credentials"


def _last_use_phrase(cell: str, moment: datetime) -> str:
    """Return a phrase about the last use. AWS writes a date, or a word if there was no use."""
    if cell[:1].isdigit():
        return f"last used {_age_phrase(cell, moment)}"
    return "never used"


def _age_phrase(cell: str, moment: datetime) -> str:
    """Return how many days ago a date of the report is, as a phrase."""
    return f"{count_noun((moment - datetime.fromisoformat(cell)).days, 'day')} ago"
