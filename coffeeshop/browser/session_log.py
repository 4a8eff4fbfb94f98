"""Count the sessions of a server for Prometheus, and write each of their events.

A learner is called by the start of the hash of their link. Neither their name nor their link is written, and no key that
they press, unless the server was asked for ids.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from coffeeshop.browser.endings import Ending
from coffeeshop.browser.wreck import Wreck

METRICS_MEDIA_TYPE = "text/plain; version=0.0.4"  # https://prometheus.io/docs/instrumenting/exposition_formats/
WriteEvent = Callable[[dict[str, str]], None]
LAUNCH_ACCEPTED = "accepted"  # the outcome of a launch that isn't refused
CRASH_ENDINGS = {Ending.CRASHED, Ending.KILLED, Ending.FAILED}


class SessionLog:
    """The counters and the events of one server.

    `write` takes each event. It is None if nobody asked for events.
    """

    def __init__(self, limit: int, write: WriteEvent | None) -> None:
        """Begin with no sessions. `limit` is how many can run at once."""
        self._write = write
        self._registry = CollectorRegistry()
        self._running = self._gauge("coffeeshop_sessions", "Sessions that are running now.")
        self._gauge("coffeeshop_sessions_limit", "Sessions that can run at once.").set(
            limit
        )
        self._started = self._counter("started", "Sessions that started.")
        self._refused = self._counter(
            "refused", "Windows that couldn't start a session, because all were in use."
        )
        self._ended = Counter(
            "coffeeshop_sessions_ended",
            "Sessions that have ended, by reason.",
            ["reason"],
            registry=self._registry,
        )

        self._strangers = Counter(
            "coffeeshop_strangers",
            "Requests without a valid sign-in from the trusted proxy.",
            registry=self._registry,
        )
        self._launches = Counter(
            "coffeeshop_launches",
            "Launches from a learning platform, by outcome.",
            ["outcome"],
            registry=self._registry,
        )

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)

    def _counter(self, event: str, text: str) -> Counter:
        return Counter(f"coffeeshop_sessions_{event}", text, registry=self._registry)

    def metrics(self) -> bytes:
        """Return the counters in Prometheus's text format."""
        return generate_latest(self._registry)

    def note_start(self, learner: str) -> None:
        """Note that a session started."""
        self._started.inc()
        self._running.inc()
        self._write_event("started", learner)

    def note_return(self, learner: str) -> None:
        """Note that a window was opened on a session that runs."""
        self._write_event("opened again", learner)

    def note_refusal(self, learner: str) -> None:
        """Note that a window found all places taken."""
        self._refused.inc()
        self._write_event("refused", learner, Ending.FULL)

    def note_end(self, learner: str, ending: Ending, wreck: Wreck | None) -> None:
        """Note that a session ended, why, and how it crashed."""
        self._running.dec()
        self._ended.labels(ending.name.lower()).inc()
        self._write_event("ended", learner, ending, "" if wreck is None else str(wreck))

    def note_launch(self, outcome: str, learner: str) -> None:
        """Note what came of a launch from a learning platform. `learner` is "" if it is refused, or a teacher's."""
        self._launches.labels(outcome).inc()
        if self._write is None:
            return
        is_accepted = outcome == LAUNCH_ACCEPTED
        event = "launched" if is_accepted else "launch refused"
        fields = {"level": "info" if is_accepted else "warning", "event": event}
        if learner:
            fields["learner"] = learner
        if not is_accepted:
            fields["reason"] = outcome
        self._write(fields)

    def note_stranger(self, reason: str) -> None:
        """Note that somebody came whom the trusted proxy doesn't vouch for."""
        self._strangers.inc()
        if self._write is not None:
            self._write({"level": "warning", "event": "stranger refused", "reason": reason})

    def _write_event(
        self, event: str, learner: str, ending: Ending | None = None, detail: str = ""
    ) -> None:
        if self._write is None:
            return
        level = "error" if ending in CRASH_ENDINGS else "info"
        fields = {"level": level, "event": event, "learner": learner}
        if ending is not None:
            fields["reason"] = ending.name.lower()
        if detail:
            fields["detail"] = detail
        self._write(fields)
