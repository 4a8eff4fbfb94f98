"""The latest requests to the account, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from coffeeshop.account.access.web_identity import read_claims
from coffeeshop.account.command.terminal_text import dump_json as text
from coffeeshop.account.errors import is_policy_refusal
from coffeeshop.account.model import Key, Nobody, Outcome, Outsider, ServiceError
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.serve import ANY_PRINCIPAL
from coffeeshop.views.identity import identity
from coffeeshop.views.text import count_noun

TODAY_TITLE = "Today"  # the title of a list of requests
ONE_WEEK = timedelta(days=7)
MAX_REQUESTS = 200  # requests shown, since a real client can make thousands


class Seen(Struct, frozen=True):
    """One request: its time, caller, action, resource and result.

    `at` names the day too, unless `is_today`: it is that of the play's clock.
    """

    id: str
    at: str
    is_today: bool
    who: str
    action: str
    resource: str
    mark: Mark
    word: str


def latest_requests(play: Play) -> tuple[Seen, ...]:
    """Return the play's last requests, newest first. An id is the number of the act, from 0."""
    newest = range(len(play.outcomes) - 1, -1, -1)[:MAX_REQUESTS]
    today = play.now.date()
    return tuple(_seen_request(n, play.outcomes[n], today) for n in newest)


def latest_title(requests: Sequence[Seen]) -> str:
    """Return the title of a list of requests. It is "Today" only if all of them are of the clock's day."""
    return TODAY_TITLE if all(each.is_today for each in requests) else "Today and before"


def earlier(play: Play) -> str:
    """Return a sentence that counts the requests before those of `today`, or ""."""
    before = len(play.outcomes) - MAX_REQUESTS
    if before > 0:
        return (
            f"and {count_noun(before, 'request')} before (x writes all of them to a file)"
        )
    return ""


def _request_time(at: datetime, today: date) -> str:
    """Return a request's time, after its day if that isn't `today`: a weekday in the last week, or else a date."""
    if at.date() == today:
        return f"{at:%H:%M}"
    if timedelta() < today - at.date() < ONE_WEEK:
        return f"{at:%a %H:%M}"
    return f"{at:%d %b %H:%M}"


def _seen_request(n: int, outcome: Outcome, today: date) -> Seen:
    """Return the row data of the act number `n`. The last decision gives the action and resource."""
    act = outcome.act
    if outcome.decisions:
        request = outcome.main_decisions[0].request
    else:
        request = None
    if request:
        action = request.action
    else:
        action = f"{act.call.service}:{act.call.operation}"
    answer = outcome.answer
    return Seen(
        str(n),
        _request_time(act.at, today),
        act.at.date() == today,
        caller_name(outcome),
        action,
        short(request.resource) if request else "",
        Mark.OK if outcome.has_succeeded else Mark.MISS,
        answer.code if isinstance(answer, ServiceError) else result_words(outcome),
    )


def result_words(outcome: Outcome) -> str:
    """Return the result of a call in a word or two.

    AWS refuses a call for lack of permission. Any other error, such as an expired token, is a failure.
    """
    answer = outcome.answer
    if not isinstance(answer, ServiceError):
        if outcome.has_succeeded:
            return "done"
        return "refused in part"
    if is_policy_refusal(answer):
        return "refused"
    return f"failed with {answer.code}"


def event_lines(outcome: Outcome) -> tuple[str, ...]:
    """Return the lines of the CloudTrail event of a call."""
    # Imported late, since few learners open one.
    from coffeeshop.account.events.cloudtrail_event import cloudtrail_event

    return tuple(text(cloudtrail_event(outcome), 2).splitlines())


def record_sentence(outcome: Outcome) -> str:
    """Return what CloudTrail does with a call: it keeps a record, needs data events for one, or keeps none ("").

    By default it records management events alone:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
    """
    from coffeeshop.account.events.event_history import is_recorded
    from coffeeshop.account.events.event_names import is_data_event

    if is_data_event(outcome.act.call):
        return "CloudTrail records it only if a trail logs data events"
    if is_recorded(outcome):
        return "CloudTrail keeps a record of it"
    return ""


def caller_name(outcome: Outcome) -> str:
    """Return the caller: ada, bo ▸ Barista, root, a service, a workload, anonymous. A sign-in has "as" and the user."""
    caller = outcome.act.caller
    call = outcome.act.call
    if call.operation == "PortalSignIn":
        return f"as {call.text('UserName')}"
    if call.operation == "SignIn":
        return f"as {call.text('UserName') or 'root'}"
    if isinstance(caller, Outsider):
        person = short(caller.arn)
        account = caller.arn.split(":")[4]
        return f"{'someone' if person == ANY_PRINCIPAL else person} in account {account}"
    if isinstance(caller, Nobody):
        return _token_bearer(outcome) or ANONYMOUS_CALLER
    if not isinstance(caller, Key):
        return caller.name
    person = identity(outcome.account, caller.id, outcome.act.at)
    if person.role:
        return f"{person.who} ▸ {person.role}"
    return person.who


ANONYMOUS_CALLER = "anonymous"  # a caller without credentials


def _token_bearer(outcome: Outcome) -> str:
    """Return the workload whose token a call brings, or the token's subject. Return "" if it brings none."""
    claims = read_claims(outcome.act.call.text("WebIdentityToken"))
    if claims is None:
        return ""
    subject = str(claims.get("sub", ""))
    for name, workload in outcome.account.workloads.items():
        if (workload.issuer, workload.claims.get("sub")) == (claims.get("iss"), subject):
            return f"workload {name}"
    return subject


def short(arn: str) -> str:
    """Return the part of an ARN that names the thing: coffeeshop-receipts, user/casey. Return "" if the ARN is *."""
    return "" if arn == "*" else arn.rpartition(":")[2]
