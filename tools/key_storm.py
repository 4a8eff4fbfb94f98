"""Press random keys in the app at a real terminal, as a person, a paste and a slow network send them.

    python -m tools.key_storm --plays 100                   # the same keys at three paces come to the same
    python -m tools.key_storm --plays 900 --in-process      # the same without a terminal, in one burst and one by one
    python -m tools.key_storm --minutes 10                  # no act that the screen before it didn't show

*The same*: the acts and the last screen of one burst, of a key every 10 ms, and of keys each of which waits until all that the
one before began is done. *Minutes*: bytes come in pieces, cut anywhere, with delays in between, and now and then as a paste;
for each act it is said what of the screen before the key showed it. Prints one JSON line; a failure prints its seed.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import random  # noqa: TID251  # a storm has a seed
import re
import select
import shutil
import struct
import sys
import tempfile
import termios
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from textual import events

from coffeeshop.account.model import Call, Outcome
from coffeeshop.lessons.play import check_up_rows
from coffeeshop.lessons.play.progress import PROOF_KEY, Progress
from coffeeshop.lessons.sitting.answers import MovedOn, Refused, Typed
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.tui import app
from coffeeshop.tui.app import CoffeeshopApp
from coffeeshop.tui.key_queue import HandleInput
from coffeeshop.tui.screens import form
from coffeeshop.views.text import command_of, command_on_one_line
from coffeeshop.views.things.dialog import Field, Form
from tests.tui.driver import all_done, all_painted, clear_notes, end_animations, person

SCENARIOS = ("05", "10", "15", "20", "")
BYTES = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "up": "\x1b[A", "down": "\x1b[B", "left": "\x1b[D",
    "right": "\x1b[C", "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "space": " ",
    "backspace": "\x7f", "delete": "\x1b[3~", "f1": "\x1bOP", "f2": "\x1bOQ", "f4": "\x1bOS", "f7": "\x1b[18~", "f8": "\x1b[19~",
    "f9": "\x1b[20~", "ctrl+s": "\x13", "ctrl+z": "\x1a", "ctrl+p": "\x10", "colon": ":", "comma": ",", "full_stop": ".",
}  # fmt: skip
KEYS = (
    *"123yrgcsbuUYnaewdmkox/pWiv45", *"abc019", "colon", "comma", "full_stop", *(["enter"] * 5), *(["escape"] * 3),
    *("tab", "tab", "down", "down"), *BYTES,
)  # fmt: skip
PASTES = (
    "dackie",
    "aws iam list-users",
    "aws iam create-user --user-name zoe\n",
    '{"Version": "2012-10-17"}',
    "x" * 300,
)
DONE, DONE_BYTES = (
    "f13",
    "\x1b[57376u",
)  # the key after the last one: then the child writes what came of them
ESCAPE = b"\x1b"
PATIENCE = 120.0  # seconds until a child is given up
STATE = "state.json"
BATCH = 20  # plays that follow each other in one app


def drawn_keys(seed: int, length: int) -> tuple[str, ...]:
    """Draw keys; the same ones for the same seed."""
    return tuple(random.Random(seed).choices(KEYS, k=length))


def fixed_password(form: Form, field: Field) -> str:
    """Propose the same password each time."""
    return (
        "Crema-00000000-00"
        if field.secret and form.action.operation.endswith("LoginProfile")
        else ""
    )


def rows_shown(shown: CoffeeshopApp) -> list[str]:
    """Return the rows of the screen."""
    compositor = shown.screen._compositor  # pyright: ignore[reportPrivateUsage]  # no public door
    return [strip.text.rstrip() for strip in compositor.render_strips(shown.size)]


# ---------------------------------------------------------------- the child
class StormApp(CoffeeshopApp):
    """The app, which nobody can leave, and which tells by what each act was shown before its key."""

    CSS_PATH = Path(app.__file__).parent / "css" / "screens.tcss"

    def __init__(self, player: Player, folder: Path) -> None:
        super().__init__(player)
        self.folder = folder
        self.shown_acts: list[tuple[str, str]] = []
        self._before = ""

    def exit(self, *_: Any, **__: Any) -> None:
        """Stay."""

    def change_setting(self, name: str, value: str) -> None:
        """Change a setting. Motion stays off, since an animation goes on by the clock and not by keys."""
        if name != "motion":
            super().change_setting(name, value)

    async def on_handle_input(self, message: HandleInput) -> None:
        """Look at the screen, then hear the key; the last one asks what came of all."""
        if isinstance(message.event, events.Key) and message.event.key == DONE:
            message.prevent_default()
            self.run_worker(self._tell_all())
            return
        self._before = "\n".join(rows_shown(self))

    async def _tell_all(self) -> None:
        await all_done(self)
        clear_notes(self)
        end_animations(self)
        await all_painted(self)  # also what a note covered below a box
        acts = [str(act) for act in self.sitting.play.acts] if self.player.sitting else []
        pace = self.folder.parent.name  # the name of its folder, which a screen may show
        screen = [row.replace(pace, "the pace") for row in rows_shown(self)]
        told = {"acts": acts, "screen": screen, "shown": self.shown_acts}
        part = self.folder / "part"
        part.write_text(json.dumps(told), "utf-8")
        part.rename(self.folder / STATE)

    def do(self, call: Call) -> Outcome | None:
        """Make a call, and keep by what it was shown."""
        self._keep(
            command_on_one_line(command_of(call)), f"{call.service}:{call.operation}"
        )
        return super().do(call)

    def run_line(self, line: str) -> Typed | Refused | MovedOn:
        """Carry out a line, and keep whether it stood there."""
        answer = super().run_line(line)
        if isinstance(answer, Typed) and answer.outcomes:
            self._keep(line, "")
        return answer

    def _keep(self, line: str, operation: str) -> None:
        """Keep what of the screen before named an act: its line (of a long one what fits), its row in a menu, or a policy's text."""
        # Beside a box stands what it doesn't cover.
        inside = re.sub(r"(?m)^[^┃\n]*┃([^┃\n]*)┃[^┃\n]*$", r"\1", self._before)
        packed = re.sub(r"[\s┃│]", "", inside)
        wanted = re.sub(r"\s", "", line)
        text = "▀" if type(self.screen).__name__ == "EditorScreen" else ""
        if wanted in packed or wanted[-40:] in packed:
            how = "line"
        elif text and "F2 Save" in self._before:
            how = "policy"
        elif operation and operation in self._before:
            how = "menu"
        elif any(
            "▸" in row and wanted.rpartition("-name")[2] in row
            for row in self._before.split("\n")
        ):
            how = "row"
        else:
            how = ""
        self.shown_acts.append((line, how or f"not shown\n{self._before}"))


def run_child(folder: Path, scenario: str) -> None:
    """Run the app on a save of its own."""
    draw_same_questions()
    form._proposed_password = fixed_password  # pyright: ignore[reportPrivateUsage]  # it draws a password
    progress = Progress(folder / "casey.sqlite3")
    for name, value in {"motion": "none", "lessons": "on request"}.items():
        progress.set_setting(name, value)
    progress.set_setting(PROOF_KEY, "00" * 32)  # the same secrets at each pace
    player = Player(progress)
    if scenario:
        player.open(scenario)
    StormApp(player, folder).run()


def draw_same_questions() -> None:
    """Let every check-up ask the same questions, whose draw would differ from play to play."""
    check_up_rows._new_seed = lambda: 7  # pyright: ignore[reportPrivateUsage]


# --------------------------------------------------------------- the parent
class Child:
    """The app in a terminal of 80 by 24 cells, in an empty folder."""

    def __init__(self, folder: Path, scenario: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder, self.painted = folder, b""
        root = str(Path(__file__).parents[1])
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(
                {"TERM": "xterm-256color", "PYTHONPATH": root, "LANG": "C.UTF-8"}
            )
            command = [
                sys.executable,
                "-m",
                "tools.key_storm",
                "--child",
                str(folder),
                f"--scenario={scenario}",
            ]
            os.execv(sys.executable, command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._until(b"\x1b[?1049h")

    def _read(self, seconds: float) -> bytes:
        """What the app paints: it has to be read, or the app waits."""
        read = (
            os.read(self.fd, 1 << 16)
            if select.select([self.fd], [], [], seconds)[0]
            else b""
        )
        self.painted = (self.painted + read)[-20_000:]
        return read

    def _until(self, sent: bytes) -> None:
        seen, end = b"", time.monotonic() + PATIENCE
        while sent not in seen:
            seen += self._read(0.1)
            if time.monotonic() > end:
                raise TimeoutError(seen[-2000:])

    def send(self, data: bytes, pause: float = 0.0) -> None:
        """Write bytes, and read what is painted in the pause after them."""
        os.write(self.fd, data)
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def state(self) -> dict[str, Any]:
        """Ask what came of all keys, once all is done."""
        path, end = self.folder / STATE, time.monotonic() + PATIENCE
        self.send(DONE_BYTES.encode())
        while not path.exists():
            self._read(0.005)
            if time.monotonic() > end:
                raise TimeoutError(
                    f"the app doesn't answer\n{self.painted.decode(errors='replace')}"
                )
        told = json.loads(path.read_text("utf-8"))
        path.unlink()
        return told

    def end(self) -> None:
        """End the process that was started here."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def encoded(keys: Sequence[str]) -> list[bytes]:
    """Return the bytes of each key."""
    return [BYTES.get(key, key).encode() for key in keys]


def press_at(pace: str, child: Child, keys: Sequence[str]) -> dict[str, Any]:
    """Press keys at a pace, and return what came of them."""
    child.state()
    if pace == "burst":
        child.send(b"".join(encoded(keys)))
    for key in encoded(keys) if pace != "burst" else ():
        # Escape and b that come alone in one read are a Mac's Option and arrow.
        child.send(key, 0.5 if key == ESCAPE else 0.01)
        if pace == "waiting":
            child.state()
    return child.state()


def told_differences(
    seed: int, keys: Sequence[str], found: Mapping[str, object]
) -> Counter[str]:
    """Count a play; print it where not every pace came to the same."""
    differs = any(each != found["waiting"] for each in found.values())
    if differs:
        print(
            json.dumps({"seed": seed, "keys": keys, "found": found}, ensure_ascii=False),
            file=sys.stderr,
        )
    return Counter(plays=1, keys=len(keys), differ=differs)


def compare_paces(folder: Path, seeds: range, length: int) -> Counter[str]:
    """Play the same keys at three paces, one play after the other in the same three apps, until they differ."""
    scenario, found = SCENARIOS[seeds[0] // BATCH % len(SCENARIOS)], Counter[str]()
    children = {
        pace: Child(folder / f"pace {n}" / "play", scenario)
        for n, pace in enumerate(("waiting", "burst", "10 ms"))
    }
    for seed in seeds:
        keys = drawn_keys(seed, length)
        came = {pace: press_at(pace, child, keys) for pace, child in children.items()}
        found += told_differences(
            seed,
            keys,
            {pace: (told["acts"], told["screen"]) for pace, told in came.items()},
        )
        if found["differ"]:
            break
    for child in children.values():
        child.end()
    return found


async def compare_in_process(folder: Path, seeds: range, length: int) -> Counter[str]:
    """Play the same keys in one burst and one by one, without a terminal, one play after the other, until they differ."""
    scenario, found = SCENARIOS[seeds[0] // BATCH % len(SCENARIOS)], Counter[str]()
    draw_same_questions()
    came = dict[str, list[tuple[list[str], str]]]()
    for pace in ("waiting", "burst"):
        shutil.rmtree(folder / "play", ignore_errors=True)
        (folder / "play" / "files").mkdir(parents=True)
        os.chdir(folder / "play" / "files")  # a screen names the files that a key writes
        async with person(folder / "play", scenario) as ui:
            came[pace] = [
                await ui.press_all(drawn_keys(seed, length), pace == "waiting")
                for seed in seeds
            ]
    for seed, waiting, burst in zip(seeds, came["waiting"], came["burst"], strict=True):
        found += told_differences(
            seed, drawn_keys(seed, length), {"waiting": waiting, "burst": burst}
        )
        if found["differ"]:
            break
    return found


def pieces(data: bytes, dice: random.Random) -> Iterator[tuple[bytes, float]]:
    """Cut bytes anywhere, with the delays of a network in between: short ones inside what is one key."""
    at = 0
    while at < len(data):
        end = at + dice.choice((1, 1, 2, 3, 5, 20, 200))
        piece = data[at:end]
        yield piece, dice.uniform(0, 0.04 if piece.endswith(b"\x1b") else 0.12)
        at = end


def storm_for(folder: Path, seconds: float, seed: int) -> Counter[str]:
    """Press keys and paste for so long; count by what each act was shown."""
    found, end = Counter[str](), time.monotonic() + seconds
    while time.monotonic() < end:
        dice = random.Random(seed)
        child = Child(folder / "play", SCENARIOS[seed % (len(SCENARIOS) - 1)])
        for turn in range(40):
            if turn % 5 == 0:
                child.state()  # more keys than wait would be dropped
            sent = b"".join(encoded(dice.choices(KEYS, k=dice.randrange(1, 12))))
            if dice.random() < 0.15:
                sent += b"\x1b[200~" + dice.choice(PASTES).encode() + b"\x1b[201~"
            for piece, delay in pieces(sent, dice):
                child.send(piece, delay)
                found["bytes"] += len(piece)
        told = child.state()
        child.end()
        for line, how in told["shown"]:
            found["not shown" if how.startswith("not shown") else how] += 1
            if how.startswith("not shown"):
                print(f"seed {seed}: {line}\n{how}", file=sys.stderr)
        found["sessions"] += 1
        seed += 1
    return found


def main() -> int:
    """Play and print; exit status 1 where keys came to something else, or did what no screen showed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plays", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--length", type=int, default=40, help="keys of a play")
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scenario", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(options.child, options.scenario)
        return 0
    found = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.in_process:
            form._proposed_password = fixed_password  # pyright: ignore[reportPrivateUsage]  # it draws a password
        last = options.seed + options.plays
        for seed in range(options.seed, last, BATCH):
            seeds = range(seed, min(seed + BATCH, last))
            if options.in_process:
                found += asyncio.run(compare_in_process(folder, seeds, options.length))
            else:
                found += compare_paces(folder, seeds, options.length)
        if options.minutes:
            found += storm_for(folder, options.minutes * 60, options.seed)
    print(json.dumps({"first seed": options.seed, **found}))
    return 1 if found["differ"] or found["not shown"] else 0


if __name__ == "__main__":
    sys.exit(main())
