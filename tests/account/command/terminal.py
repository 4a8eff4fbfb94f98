"""Lines typed one after the other, each on the account and the files that the one before left."""

from dataclasses import dataclass, field

from coffeeshop.account.command import Line, Printed, carry_out, understand_line
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Answer, Call, Outcome
from tests.account.command.world import AT, FILES, WORLD


@dataclass
class Terminal:
    """An account, files, who types, and what came of the calls of the last line."""

    account: Account = WORLD
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    profile: str = "root"
    outcomes: tuple[Outcome, ...] = ()

    def __call__(self, line: str) -> Printed:
        found = understand_line(line, self.account, AT, self.files, self.profile)
        assert isinstance(found, Line), [str(problem) for problem in found]
        self.outcomes = ()

        def ask(call: Call) -> Answer:
            outcome = handle(self.account, Act(AT, found.caller, call))
            self.account, self.outcomes = outcome.account, (*self.outcomes, outcome)
            return outcome.answer

        printed = carry_out(found, ask)
        self.files |= {
            name: data for name, data in printed.files.items() if isinstance(data, bytes)
        }
        return printed

    @property
    def calls(self) -> list[str]:
        """The operations that the last line called."""
        return [outcome.act.call.operation for outcome in self.outcomes]
