"""Send scores to the gradebooks of platforms: LTI's Assignment and Grade Services.

A score stays in the store until the platform confirms it, however often that takes. Only one program sends at a time,
and a better score that the platform has already stays.
https://www.imsglobal.org/spec/lti-ags/v2p0 · https://www.imsglobal.org/spec/security/v1p0#using-json-web-tokens-with-oauth-2-0-client-credentials-grant
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlencode, urlsplit

from msgspec import DecodeError, Struct, json

from coffeeshop.exchange import Answer, ExchangeError, exchange, split_address
from coffeeshop.lti.platform import Platform
from coffeeshop.lti.store import LtiStore, Score
from coffeeshop.lti.tool_key import ToolKey

AGS_SCOPE_PREFIX = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM_SCOPE = AGS_SCOPE_PREFIX + "lineitem"
LINE_ITEM_READ = AGS_SCOPE_PREFIX + "lineitem.readonly"
RESULT_SCOPE = AGS_SCOPE_PREFIX + "result.readonly"
SCORE_SCOPE = AGS_SCOPE_PREFIX + "score"
SCOPES = (LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE)
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
REQUEST_TIMEOUT = 10.0  # seconds
ASSERTION_SECONDS = 300  # seconds for which an assertion is valid
TOKEN_MARGIN = 60.0  # seconds before its end in which a token isn't used any more
LONGEST_LIFE = 3600.0  # seconds for which a token is kept, at most
FIRST_PAUSE = 30.0  # seconds after the first failure; it doubles
LONGEST_PAUSE = 3600.0


class ScoreError(ValueError):
    """Reports a score that the platform doesn't have. Its text says why."""


class Gradebook(NamedTuple):
    """What a platform's gradebook calls an assignment, and the points of a full score."""

    title: str
    points: float


class Sending(Struct, frozen=True):
    """What came of sending: how many scores platforms have now, and how many wait, with the reasons."""

    sent: int
    waiting: int
    errors: tuple[str, ...] = ()


def send_scores(
    store: LtiStore,
    key: ToolKey,
    gradebook: Callable[[str], Gradebook | None],
    clock: Callable[[], float],
    is_patient: bool = False,
) -> Sending:
    """Send the scores that wait. `gradebook` describes an assignment, or is None for a removed one.

    With `is_patient`, a score that failed before is tried only when its pause is over. Raise Problems or OSError if the
    store can't be used.
    """
    if not store.waiting_scores():
        return Sending(0, 0)
    with store.sending_lock():
        sent = 0
        for score in store.waiting_scores():
            if is_patient and score.due > clock():
                continue
            sent += _send_or_note(store, key, score, gradebook(score.task), clock)
    waiting = store.waiting_scores()
    errors = dict.fromkeys(score.error for score in waiting if score.error)
    return Sending(sent, len(waiting), tuple(errors))


def _send_or_note(
    store: LtiStore,
    key: ToolKey,
    score: Score,
    gradebook: Gradebook | None,
    clock: Callable[[], float],
) -> bool:
    """Send a score and return whether the platform has it. Otherwise keep why, and when to try again."""
    try:
        platform = store.find_platform(score.issuer, score.client_id)
        if platform is None or gradebook is None:
            raise ScoreError("the platform or the assignment was removed")
        Sender(store, key, platform, clock).send(score, gradebook)
    except ScoreError as error:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(score.tries, 10))
        store.note_failure(score, str(error), clock() + pause)
        return False
    store.note_sent(score)
    return True


class Sender:
    """Sends scores to one platform."""

    def __init__(
        self, store: LtiStore, key: ToolKey, platform: Platform, clock: Callable[[], float]
    ) -> None:
        """Prepare to send. Nothing is asked yet."""
        self._store = store
        self._key = key
        self._platform = platform
        self._clock = clock

    def send(self, score: Score, gradebook: Gradebook) -> None:
        """Send a score, unless the platform has one that is as good. Raise ScoreError."""
        if SCORE_SCOPE not in score.service.scopes:
            raise ScoreError(
                "the platform doesn't accept scores from this tool: allow the tool to send grades"
            )
        line_item = score.service.line_item or self._line_item(score, gradebook)
        if self._has_at_least(score, line_item):
            return
        moment = datetime.fromtimestamp(self._clock(), UTC)
        document = {
            "userId": score.id,
            "scoreGiven": round(score.credit * gradebook.points / 100, 4),
            "scoreMaximum": gradebook.points,
            "timestamp": moment.isoformat(timespec="milliseconds"),
            "activityProgress": "Submitted",
            "gradingProgress": "FullyGraded",
        }
        if score.comment:
            document["comment"] = score.comment
        address = _below(line_item, "scores")
        answer = self._ask(score, "POST", address, (SCORE_TYPE, SCORE_TYPE), document)
        if not 200 <= answer.status < 300:
            raise ScoreError(
                f"the platform answered with status {answer.status} when a score was sent"
            )

    def _has_at_least(self, score: Score, line_item: str) -> bool:
        """Return whether the platform has a score that is at least as good, for example because a teacher raised it.

        Return False if the platform doesn't let us read scores.
        """
        if RESULT_SCOPE not in score.service.scopes:
            return False
        address = _with_query(_below(line_item, "results"), user_id=score.id)
        answer = self._ask(score, "GET", address, (RESULTS_TYPE, ""))
        if answer.status != 200:
            raise ScoreError(
                f"the platform answered with status {answer.status} when its results were requested"
            )
        return any(
            row.get("userId") == score.id and _result_credit(row) >= score.credit - 1e-6
            for row in _rows(answer.body)
        )

    def _line_item(self, score: Score, gradebook: Gradebook) -> str:
        """Return the line item of an assignment. Make it if the platform has none. Raise ScoreError."""
        line_items = score.service.line_items
        if not line_items or not {LINE_ITEM_SCOPE, LINE_ITEM_READ} & {
            *score.service.scopes
        }:
            raise ScoreError("the platform's gradebook has no column for this activity")
        names = {"resourceId": score.task}
        if score.service.link:
            names["resourceLinkId"] = score.service.link
        query = {"resource_id": score.task}
        if score.service.link:
            query["resource_link_id"] = score.service.link
        answer = self._ask(score, "GET", _with_query(line_items, **query), (ITEMS_TYPE, ""))
        rows = _rows(answer.body) if answer.status == 200 else iter(())
        fitting = (row["id"] for row in rows if _is_named(row, names))
        line_item = next(fitting, "") or self._new_line_item(score, gradebook, names)
        self._store.write_line_item(score, line_item)
        return line_item

    def _new_line_item(
        self, score: Score, gradebook: Gradebook, names: Mapping[str, str]
    ) -> str:
        """Make a column in the platform's gradebook, and return its address. Raise ScoreError."""
        document = {"label": gradebook.title, "scoreMaximum": gradebook.points, **names}
        address = score.service.line_items
        answer = self._ask(score, "POST", address, (ITEM_TYPE, ITEM_TYPE), document)
        line_item = _object(answer.body).get("id")
        if answer.status not in (200, 201) or not _is_address(line_item):
            raise ScoreError(
                f"the platform answered with status {answer.status} when a gradebook column was created"
            )
        return str(line_item)

    # -------------------------------------------------------------- the service
    def _ask(
        self,
        score: Score,
        method: str,
        text: str,
        types: tuple[str, str],
        document: Mapping[str, object] | None = None,
    ) -> Answer:
        """Return the answer of a service. If it refuses the access token, ask once more with a new one."""
        scopes = " ".join(
            scope for scope in (*SCOPES, LINE_ITEM_READ) if scope in score.service.scopes
        )
        token = self._store.access_token(self._platform, scopes, self._clock())
        answer = self._ask_with(token, method, text, types, document) if token else None
        if answer is None or answer.status == 401:
            self._store.write_access_token(self._platform, scopes, "", 0)
            token = self._new_token(scopes)
            answer = self._ask_with(token, method, text, types, document)
        return answer

    def _ask_with(
        self,
        token: str,
        method: str,
        text: str,
        types: tuple[str, str],
        document: Mapping[str, object] | None,
    ) -> Answer:
        """Return the answer of a service to an access token. Raise ScoreError."""
        accepted, sent = types
        headers = {"authorization": f"Bearer {token}", "accept": accepted}
        if sent:
            headers["content-type"] = sent
        body = None if document is None else json.encode(document)
        return self._exchange(method, text, headers, body)

    def _exchange(
        self, method: str, text: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer at an address that this platform may name. Raise ScoreError."""
        address = split_address(text)
        if address is None or not self._platform.may_ask(address):
            raise ScoreError(f"{text[:80]!a} isn't an https address")
        try:
            return exchange(method, address, headers, body, REQUEST_TIMEOUT)
        except ExchangeError as error:
            raise ScoreError(f"{address.host}: {error}") from None

    def _new_token(self, scopes: str) -> str:
        """Return a new access token from the platform, and keep it. Raise ScoreError."""
        now = self._clock()
        claims: dict[str, Any] = {
            "iss": self._platform.client_id,
            "sub": self._platform.client_id,
            "aud": self._platform.audience or self._platform.token,
            "iat": int(now),
            "exp": int(now) + ASSERTION_SECONDS,
            "jti": token_urlsafe(16),
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._key.sign(claims),
            "scope": scopes,
        }
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        body = urlencode(form).encode()
        answer = self._exchange("POST", self._platform.token, headers, body)
        document = _object(answer.body)
        token = document.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not _is_token(token):
            raise ScoreError(
                f"the platform answered with status {answer.status} instead of an access token"
            )
        life = _number(document.get("expires_in"))
        if life > TOKEN_MARGIN:
            expires = now + min(life, LONGEST_LIFE) - TOKEN_MARGIN
            self._store.write_access_token(self._platform, scopes, token, expires)
        return token


def _rows(body: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a JSON list. Anything else has none."""
    try:
        rows = json.decode(body)
    except (DecodeError, RecursionError):
        return
    for row in cast("list[object]", rows) if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield cast("Mapping[str, Any]", row)


def _object(body: bytes) -> Mapping[str, Any]:
    """Return the object in a JSON document, or an empty one."""
    return next(_rows(b"[" + body + b"]"), dict[str, Any]())


def _is_named(row: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    """Return whether a line item has an address, and these names."""
    return _is_address(row.get("id")) and all(
        row.get(name, value) == value for name, value in names.items()
    )


def _is_address(value: object) -> bool:
    """Return whether a value of a JSON document is an address."""
    return isinstance(value, str) and split_address(value) is not None


def _number(value: Any) -> float:
    """Return the number in a JSON document, or -1 for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else -1.0


def _result_credit(row: Mapping[str, Any]) -> float:
    """Return the credit in a platform's result, from 0 to 100, or -1 if there is none."""
    maximum = _number(row.get("resultMaximum", 1))
    given = _number(row.get("resultScore"))
    return 100 * given / maximum if maximum > 0 else -1.0


def _is_token(text: str) -> bool:
    """Return whether a text can be in a header."""
    return 0 < len(text) < 16_384 and text.isascii() and text.isprintable()


def _below(address: str, name: str) -> str:
    """Return the address below a line item's. Its query stays at the end."""
    parts = urlsplit(address)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}").geturl()


def _with_query(address: str, **fields: str) -> str:
    """Return an address with more fields in its query."""
    parts = urlsplit(address)
    added = urlencode(fields, quote_via=quote)
    return parts._replace(query="&".join(filter(None, (parts.query, added)))).geturl()
