"""Grade in processes of this machine or on a cluster. With a journal, an interrupted grading can be resumed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from coffeeshop.classroom.journal import Grading, Journal, folder_state, resume_grading
from coffeeshop.classroom.judge import judge
from coffeeshop.classroom.pool import MAX_PROCESSOR_SECONDS, run_in_processes
from coffeeshop.cli.options import FilePath
from coffeeshop.cli.problems import command_problem, print_problems
from coffeeshop.invocation import install_command
from coffeeshop.policy.problem import Problems

CLUSTER_OPTION = click.option(
    "--cluster",
    metavar="ADDRESS|local",
    help="The address of a dask cluster that grades, or `local` to start one here with --jobs workers.",
)
RESUME_OPTION = click.option(
    "--resume", "journal", metavar="FILE", type=FilePath("cannot be continued"),
    help="Save finished grades in FILE, and skip them if you run the command again.",
)  # fmt: skip


@contextmanager
def workers(
    processes: int, cluster: str | None, journal: Path | None, scenarios: Iterable[Path]
) -> Generator[Grading]:
    """Provide a function that grades tasks in order, with a journal if one is given.

    Raise Problems if the cluster can't be reached, or if the file isn't a journal of these scenarios.
    """
    with _start_workers(processes, cluster) as grading:
        if journal is None:
            yield grading
            return
        with closing(
            Journal(
                journal, folder_state(scenarios), lambda problem: print_problems([problem])
            )
        ) as journal_kept:
            yield lambda tasks: resume_grading(journal_kept, tasks, grading)


@contextmanager
def _start_workers(processes: int, cluster: str | None) -> Generator[Grading]:
    """Provide a function that grades tasks in processes of this machine, or on a dask cluster. Raise Problems."""
    if cluster is None:
        yield lambda tasks: run_in_processes(judge, tasks, processes, MAX_PROCESSOR_SECONDS)
        return
    if find_spec("distributed") is None:
        raise Problems(
            command_problem("no-extra", "--cluster needs dask", install_command("cluster"))
        )
    from coffeeshop.classroom.cluster import client, run_on_cluster

    try:
        with client(cluster, processes) as dask_client:
            yield lambda tasks: run_on_cluster(
                dask_client, judge, tasks, MAX_PROCESSOR_SECONDS
            )
    except (OSError, ValueError) as wrong:
        message = (
            f"the dask cluster at {cluster[:80]!a} can't be reached: {wrong}".partition(
                "\n"
            )[0]
        )
        raise Problems(
            command_problem(
                "no-cluster",
                message,
                "give the address of its scheduler, such as tcp://HOST:8786, or write local",
            )
        ) from None
