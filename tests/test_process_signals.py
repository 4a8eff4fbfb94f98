"""Signals end the process where the system has them, and nothing breaks where it has not."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from coffeeshop import process_signals
from coffeeshop.process_signals import call_on_signals, end_on_hangup


class Windows:
    """A signal module with what Windows has of it."""

    SIGTERM, SIG_DFL = signal.SIGTERM, signal.SIG_DFL
    signal = staticmethod(signal.signal)


@pytest.mark.skipif(os.name == "nt", reason="sends itself a signal as Unix does")
async def test_where_the_loop_takes_no_signals_the_process_takes_them(
    monkeypatch: pytest.MonkeyPatch,
):
    def refuse(*_: object) -> None:
        raise NotImplementedError

    loop, came = asyncio.get_running_loop(), asyncio.Event()
    monkeypatch.setattr(process_signals, "signal", Windows)
    monkeypatch.setattr(loop, "add_signal_handler", refuse)
    was = signal.getsignal(signal.SIGTERM)
    try:
        call_on_signals(came.set, "SIGTERM", "SIGHUP")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(came.wait(), 20)
    finally:
        signal.signal(signal.SIGTERM, was)


def test_a_system_without_hangups_has_nothing_to_mend(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process_signals, "signal", Windows)
    end_on_hangup()
