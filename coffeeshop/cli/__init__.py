"""The commands: one table of names; each command's module is imported when it is asked for."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import click
from click.core import ParameterSource

from coffeeshop import __version__
from coffeeshop.characters import CELLS, TEXT, take_characters
from coffeeshop.cli.options import LEARNER, PLAIN, SCENARIOS
from coffeeshop.harmless import escape_hidden, escape_line
from coffeeshop.window import bound_environment

# name -> where it stands, and the sentence that `coffeeshop --help` shows
COMMANDS: dict[str, tuple[str, str]] = {
    "play": ("coffeeshop.cli.play:play", "Play a scenario, in the app or line by line."),
    "practice": (
        "coffeeshop.cli.practice:practice",
        "Play an exercise that is drawn for you.",
    ),
    "scenarios": (
        "coffeeshop.cli.play:scenarios",
        "List the scenarios and how far you are.",
    ),
    "run": ("coffeeshop.cli.grade:run", "Grade a script of AWS CLI lines."),
    "grade": ("coffeeshop.cli.grade:grade", "Grade hand-ins, one or a whole class."),
    "roster": (
        "coffeeshop.cli.roster:roster",
        "Give each learner of a class an exercise of their own.",
    ),
    "class": (
        "coffeeshop.cli.overview:class_page",
        "Tell where a class stands, by its reports.",
    ),
    "access": (
        "coffeeshop.cli.access:access",
        "Tell who can reach what in a play, and what of it is too much.",
    ),
    "reach": (
        "coffeeshop.cli.reach:reach",
        "Tell who could become what in an account, by which calls.",
    ),
    "day": (
        "coffeeshop.cli.day:day",
        "Live a day at the shop, and see what your policies cost.",
    ),
    "export": (
        "coffeeshop.cli.carry:export",
        "Hand in a play, or write it as a script, as details, as acts.",
    ),
    "import": (
        "coffeeshop.cli.carry:import_account",
        "Play in an account of your own, by its details.",
    ),
    "endpoint": (
        "coffeeshop.cli.endpoint:endpoint",
        "Serve the account to the real aws CLI and boto3.",
    ),
    "serve": (
        "coffeeshop.cli.serve:serve",
        "Serve the app to browsers, yours or a class's.",
    ),
    "author": (
        "coffeeshop.cli.author:author",
        "Write a scenario of your own, and prove it.",
    ),
    "validate": (
        "coffeeshop.cli.policy:validate",
        "Tell what is wrong or unwise in a policy.",
    ),
    "explain": (
        "coffeeshop.cli.policy:explain",
        "Say in plain English what a policy does.",
    ),
    "simulate": (
        "coffeeshop.cli.policy:simulate",
        "Answer SimulateCustomPolicy inputs offline.",
    ),
    "compare": (
        "coffeeshop.cli.policy:compare",
        "What does one policy allow that another does not?",
    ),
}


@contextmanager
def _harmless() -> Generator[None]:
    """Has click say what is wrong with a line, which it quotes, without what a terminal would obey."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # the help itself, which quotes nothing
    except click.UsageError as wrong:
        raise click.UsageError(escape_hidden(wrong.format_message()), wrong.ctx) from None


class Commands(click.Group):
    """A group whose commands are imported when they are run; their help stands in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
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
        with _harmless():
            return super().make_context(info_name, args, parent, **extra)

    def _main_shell_completion(
        self,
        ctx_args: MutableMapping[str, Any],
        prog_name: str,
        complete_var: str | None = None,
    ) -> None:
        """Tell a shell what may come next; nothing, where it does not say what every shell does."""
        try:
            super()._main_shell_completion(ctx_args, prog_name, complete_var)
        except (KeyError, ValueError):  # COMP_WORDS or COMP_CWORD is missing, or no number
            raise SystemExit(1) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; problems that nobody below could mend end it."""
        from coffeeshop.cli.problems import UNUSABLE, complain
        from coffeeshop.policy.problem import Problems

        try:
            with _harmless():
                return super().invoke(ctx)
        except Problems as found:
            complain(found.problems)
            raise SystemExit(UNUSABLE) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            from coffeeshop.policy.language.spelling import nearest_name

            near = nearest_name(args[0], COMMANDS)
            if near:
                mend = f"did you mean `{near}`?"
            else:
                mend = f"there are: {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command {args[0]!r}; {mend}")
        name, command, rest = super().resolve_command(ctx, args)
        return name, command, [*self._options_before(ctx, command), *rest]

    def _options_before(
        self, ctx: click.Context, command: click.Command | None
    ) -> Iterator[str]:
        """The options before the command, for the command itself; one given behind it comes later, and counts."""
        if command:
            takes = {param.name for param in command.params}
        else:
            takes = set[str]()
        for param in self.params:
            if ctx.get_parameter_source(param.name) is not ParameterSource.COMMANDLINE:
                continue
            if param.name not in takes:
                ctx.fail(
                    f"`coffeeshop {command.name if command else ''}` takes no {param.opts[0]}"
                )
            yield param.opts[0]
            if ctx.params[param.name] is not True:
                yield str(ctx.params[param.name])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="coffeeshop")
@PLAIN
@LEARNER
@SCENARIOS
@click.pass_context
def group(ctx: click.Context, plain: bool, learner: str | None, extra: Path | None) -> None:
    """Coffeeshop: learn AWS IAM by running a coffee shop in your terminal.

    Without a command, the game starts.
    """
    if ctx.invoked_subcommand is None:
        from coffeeshop.cli.play import start

        ctx.exit(start(None, plain, learner, extra))


def main() -> None:
    """The console script: exit codes 0 done, 1 not yet, 2 unusable input or disk, 3 our own error."""
    for stream, errors in (
        (sys.stdin, "backslashreplace"),
        (sys.stdout, TEXT),
        (sys.stderr, CELLS),
    ):  # the app paints there
        if stream:  # else it was closed by who started us
            take_characters(stream, errors)
    bound_environment(os.environ)
    try:
        try:
            group(prog_name="coffeeshop")
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        raise SystemExit(0) from None
    except Exception as error:  # whatever it is: a learner never sees a traceback
        if isinstance(
            error.__cause__, KeyboardInterrupt
        ):  # which Python 3.11 wraps in the body of a class
            raise
        if _is_of_machine(error):
            _silence(sys.stdout)
            message = escape_line(str(error) or "there is not enough memory")
            _tell(
                f"error: {message}; make room or mend that, and start again: what was acknowledged is kept"
            )
            raise SystemExit(2) from None
        _tell_own(error)
        raise SystemExit(3) from None


def _is_of_machine(error: Exception) -> bool:
    """Return whether a disk, a database file or the memory is at fault, and not the program."""
    sqlite = sys.modules.get("sqlite3")  # loaded by whatever keeps something
    return isinstance(error, OSError | MemoryError) or (
        sqlite is not None and isinstance(error, sqlite.Error)
    )


REPORT = (
    "please report it to the project, with what you did last and what COFFEESHOP_DEBUG=1 prints; "
    "what was acknowledged is kept"
)


def _tell_own(error: Exception) -> None:
    """Says that an error is ours; its traceback to whoever asks for it."""
    if os.environ.get("COFFEESHOP_DEBUG"):
        from traceback import print_exception

        print_exception(error)
    message = f"{type(error).__name__}: {error}".partition("\n")[0]
    _tell(f"error: this is our own error, not yours ({escape_line(message)}); {REPORT}")


def _tell(text: str) -> None:
    """Says why the program ends, where standard error takes it."""
    try:
        click.echo(text, err=True)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO | None) -> None:
    """Lets a stream that takes no more swallow the rest: Python would try once more at its end, and complain."""
    with suppress(OSError):  # this system opens nothing more
        if stream:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
