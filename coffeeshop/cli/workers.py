"""Who grades: processes of this machine or a cluster, and a journal from which a stopped grading goes on."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from coffeeshop.classroom.journal import Grading, Journal, resume_grading, state_of
from coffeeshop.classroom.judge import judge
from coffeeshop.classroom.pool import SECONDS, each
from coffeeshop.cli.options import NoDash
from coffeeshop.cli.problems import complain, error
from coffeeshop.policy.problem import Problems

CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS|local",
    help="Grade on a dask cluster; local: one of --jobs workers, for this alone.",
)
RESUME = click.option(
    "--resume", "journal", metavar="FILE", type=NoDash("can't be gone on from"),
    help="Keep what is graded in FILE, and go on from what it holds.",
)  # fmt: skip


@contextmanager
def workers(
    hands: int, cluster: str | None, journal: Path | None, scenarios: Iterable[Path]
) -> Generator[Grading]:
    """Gives what grades tasks of these scenarios in their order. Raises Problems: there is no such cluster, or the journal
    is none.
    """
    with _hire_workers(hands, cluster) as grading:
        if journal is None:
            yield grading
            return
        with closing(
            Journal(journal, state_of(scenarios), lambda problem: complain([problem]))
        ) as journal_kept:
            yield lambda tasks: resume_grading(journal_kept, tasks, grading)


@contextmanager
def _hire_workers(hands: int, cluster: str | None) -> Generator[Grading]:
    if cluster is None:
        yield lambda tasks: each(judge, tasks, hands, SECONDS)
        return
    if find_spec("distributed") is None:
        raise Problems(
            error("no-extra", "--cluster needs dask", "pip install 'coffeeshop[cluster]'")
        )
    from coffeeshop.classroom.cluster import client, each_on

    try:
        with client(cluster, hands) as dask_client:
            yield lambda tasks: each_on(dask_client, judge, tasks, SECONDS)
    except (OSError, ValueError) as wrong:
        message = f"there is no dask cluster at {cluster[:80]!a}: {wrong}".partition("\n")[
            0
        ]
        raise Problems(
            error("no-cluster", message, "name its scheduler, tcp://HOST:8786, or local")
        ) from None
