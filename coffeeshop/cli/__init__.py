"""Define the command group. A table names each command, whose module is imported only when it runs."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Generator, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import click
from click.core import ParameterSource

from coffeeshop import __version__
from coffeeshop.characters import CELL_ERRORS, TEXT_ERRORS, set_stream_encoding
from coffeeshop.cli.options import LEARNER_OPTION, PLAIN_OPTION, SCENARIOS_OPTION
from coffeeshop.harmless import escape_hidden, escape_line
from coffeeshop.window import bound_environment

SCENARIO_NAME = re.compile(r"own-shop|[A-Z]?\d{1,2}(-[\w-]*)?", re.IGNORECASE)
# name -> its module and function, and the sentence that `coffeeshop --help` shows
COMMANDS: dict[str, tuple[str, str]] = {
    "play": ("coffeeshop.cli.play:play", "Play a scenario, in the app or line by line."),
    "practice": (
        "coffeeshop.cli.practice:practice",
        "Play a new exercise that is created for you.",
    ),
    "check-up": (
        "coffeeshop.cli.check_up:check_up",
        "Skip a chapter that you know by answering questions about it.",
    ),
    "scenarios": (
        "coffeeshop.cli.play:scenarios",
        "List the scenarios and your progress in each.",
    ),
    "run": ("coffeeshop.cli.grade:run", "Grade a script of AWS CLI lines."),
    "grade": (
        "coffeeshop.cli.grade:grade",
        "Grade one hand-in, or those of a whole class.",
    ),
    "roster": (
        "coffeeshop.cli.roster:roster",
        "Give each learner a variant. Use `class new` instead, if you can.",
    ),
    "class": (
        "coffeeshop.cli.class_group:class_group",
        "Manage a class: its learners, assignments, exams and grades.",
    ),
    "join": (
        "coffeeshop.cli.join:join",
        "Join your teacher's class, with a code or a file.",
    ),
    "access": (
        "coffeeshop.cli.access:access",
        "Show what everyone can access in a play, and what no job needs.",
    ),
    "reach": (
        "coffeeshop.cli.reach:reach",
        "Show how users and roles could gain more access, call by call.",
    ),
    "day": (
        "coffeeshop.cli.day:day",
        "Run the shop for a day, and see the cost of your policies.",
    ),
    "export": (
        "coffeeshop.cli.carry:export",
        "Write a hand-in for your teacher, or export a play to another format.",
    ),
    "restore": (
        "coffeeshop.cli.restore:restore",
        "Continue a play from a hand-in file.",
    ),
    "import": (
        "coffeeshop.cli.carry:import_account",
        "Play in a copy of your own AWS account.",
    ),
    "endpoint": (
        "coffeeshop.cli.endpoint:endpoint",
        "Let the real aws CLI and boto3 use a simulated account.",
    ),
    "serve": (
        "coffeeshop.cli.serve:serve",
        "Run the app in your browser, or in the browsers of a class.",
    ),
    "author": (
        "coffeeshop.cli.author:author",
        "Create your own scenario, and check that it works.",
    ),
    "validate": (
        "coffeeshop.cli.policy:validate",
        "Find mistakes and risks in a policy.",
    ),
    "explain": (
        "coffeeshop.cli.policy:explain",
        "Explain a policy in plain English.",
    ),
    "diagnose": (
        "coffeeshop.cli.diagnose:diagnose",
        "Explain an AccessDenied error from AWS.",
    ),
    "simulate": (
        "coffeeshop.cli.policy:simulate",
        "Answer AWS SimulateCustomPolicy requests offline.",
    ),
    "compare": (
        "coffeeshop.cli.policy:compare",
        "Compare two policies, and show a request that only one of them allows.",
    ),
}


@contextmanager
def _escape_usage_errors() -> Generator[None]:
    """Escape control characters in click's usage errors, because these quote the command line."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # the help itself, which quotes nothing
    except click.UsageError as wrong:
        raise click.UsageError(escape_hidden(wrong.format_message()), wrong.ctx) from None


class Commands(click.Group):
    """A group that imports a command's module when it is run. The table has the help of all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the table, as click asks for them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command after importing its module, or None if the name is unknown."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        gc.enable()
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the command line as click does, with control characters in its errors escaped."""
        with _escape_usage_errors():
            return super().make_context(info_name, args, parent, **extra)

    def _main_shell_completion(
        self,
        ctx_args: MutableMapping[str, Any],
        prog_name: str,
        complete_var: str | None = None,
    ) -> None:
        """Print completions for a shell. Exit with 1 if the shell doesn't set its variables."""
        try:
            super()._main_shell_completion(ctx_args, prog_name, complete_var)
        except (KeyError, ValueError):  # COMP_WORDS or COMP_CWORD is missing, or no number
            raise SystemExit(1) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Problems that it raises are printed and end the program with exit code 2."""
        from coffeeshop.cli.problems import UNUSABLE_INPUT, print_problems
        from coffeeshop.policy.problem import Problems

        try:
            with _escape_usage_errors():
                return super().invoke(ctx)
        except Problems as found:
            print_problems(found.problems)
            raise SystemExit(UNUSABLE_INPUT) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was typed, with its options.

        For an unknown name, fail with the nearest known one.
        """
        if args[0] not in COMMANDS:
            from coffeeshop.invocation import command_line
            from coffeeshop.policy.language.spelling import nearest_name

            near = nearest_name(args[0], COMMANDS)
            if SCENARIO_NAME.fullmatch(args[0]):
                mend = f"to open a scenario, type `{command_line('play', args[0])}`"
            elif near:
                mend = f"did you mean `{near}`?"
            else:
                mend = f"the commands are {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command called {args[0]!r}: {mend}")
        name, command, rest = super().resolve_command(ctx, args)
        return name, command, [*self._options_before(ctx, command), *rest]

    def _options_before(
        self, ctx: click.Context, command: click.Command | None
    ) -> Iterator[str]:
        """Yield the words of the options that were typed before the command, to pass them on to the command.

        An option that is typed again behind the command comes later, so it counts.
        """
        if command:
            takes = {param.name for param in command.params}
        else:
            takes = set[str]()
        for param in self.params:
            if ctx.get_parameter_source(param.name) is not ParameterSource.COMMANDLINE:
                continue
            if param.name not in takes:
                ctx.fail(
                    f"`coffeeshop {command.name if command else ''}` doesn't have the option {param.opts[0]}"
                )
            yield param.opts[0]
            if ctx.params[param.name] is not True:
                yield str(ctx.params[param.name])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands for the help, from the table, so that no module is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="coffeeshop")
@PLAIN_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
@click.pass_context
def group(ctx: click.Context, plain: bool, learner: str | None, extra: Path | None) -> None:
    """Coffeeshop: learn AWS IAM by running a coffee shop in your terminal.

    Without a command, it starts the game.

    Exit codes: 0 success, 1 not passed yet, 2 the input can't be used, 3 a bug in Coffeeshop.

    \b
    Example: coffeeshop play 05
    """
    if ctx.invoked_subcommand is None:
        from coffeeshop.cli.play import start_game

        ctx.exit(start_game(None, plain, learner, extra))


def main() -> None:
    """Run the console script. Exit codes: 0 done, 1 not yet, 2 unusable input or disk, 3 our own error."""
    _open_closed_outputs()
    for stream, errors in (
        (sys.stdin, "backslashreplace"),
        (sys.stdout, TEXT_ERRORS),
        (sys.stderr, CELL_ERRORS),  # the app paints there
    ):
        if stream:  # None: it was closed before the program started
            set_stream_encoding(stream, errors)
    bound_environment(os.environ)
    try:
        try:
            group(prog_name="coffeeshop")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard_output(sys.stdout)
        raise SystemExit(0) from None
    except Exception as error:  # any error, because a learner must not see a traceback
        # Python 3.11 wraps a KeyboardInterrupt that comes in the body of a class.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise
        if _is_machine_error(error):
            _discard_output(sys.stdout)
            message = escape_line(str(error) or "this computer is out of memory")
            _print_error(
                f"error: {message}. Fix this or free some space, then start again. Every call that was confirmed is saved"
            )
            raise SystemExit(2) from None
        _report_own_error(error)
        raise SystemExit(3) from None


def _open_closed_outputs() -> None:
    """Write to the null device in place of an output that was closed before the program started.

    Python sets such a stream to None. The next file that is opened, such as a save, would get its descriptor.
    """
    if sys.stdout and sys.stderr:
        return
    with suppress(OSError):  # without a null device
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(descriptor, True)  # as standard streams are
        os.close(descriptor)
        sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
        sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _is_machine_error(error: Exception) -> bool:
    """Return whether an error comes from a disk, a database file or the memory, and not from the program."""
    # Not imported here: it is loaded only if a save was opened.
    sqlite = sys.modules.get("sqlite3")
    return isinstance(error, OSError | MemoryError) or (
        sqlite is not None and isinstance(error, sqlite.Error)
    )


REPORT_HINT = (
    "please report it with your last steps, and with the output that you get if COFFEESHOP_DEBUG=1 is set. Every "
    "call that was confirmed is saved"
)


def _report_own_error(error: Exception) -> None:
    """Print that an error is our own. With COFFEESHOP_DEBUG, print its traceback as well."""
    if os.environ.get("COFFEESHOP_DEBUG"):
        from traceback import print_exception

        print_exception(error)
    message = f"{type(error).__name__}: {error}".partition("\n")[0]
    _print_error(
        f"error: this is a bug in Coffeeshop ({escape_line(message)}): {REPORT_HINT}"
    )


def _print_error(text: str) -> None:
    """Print why the program ends. If standard error can't be written, print nothing."""
    try:
        click.echo(text, err=True)
    except OSError:
        _discard_output(sys.stderr)


def _discard_output(stream: TextIO | None) -> None:
    """Send the rest of a broken stream's output to the null device.

    Otherwise Python flushes the stream once more when it exits, and prints an error.
    """
    with suppress(OSError):  # this system opens nothing more
        if stream:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
