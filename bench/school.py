"""Kill servers, sessions and the database of a school at random, and look whether an act that a learner saw is lost.

    python -m bench.school [--learners 500] [--kills 200] [--at-once N] [--typing T] [--acts 3] [--minutes M] [--seed 1]

Two `serve` processes share a PostgreSQL server (Debian's), behind a proxy that sends each connection to one of them. Learners
are clients of the browser's websocket. As many have their page open at once as memory allows (or --at-once), and the rest in
turn. --typing of them type at the same time: a learner types --acts commands into the console, counts one as seen when its
answer is on the screen without the note that it isn't saved, and then reads. Whoever has read longest types one more command
and leaves for the next one. Each kill is a SIGKILL. The run ends when every learner had a turn and all kills are done, or
after --minutes, over which the kills are spread. Then the saves are read: every act that a learner saw must be there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter, deque
from contextlib import closing, suppress
from pathlib import Path
from random import Random  # noqa: TID251 -- seeded by the command line
from time import perf_counter

import aiohttp

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_place import DATABASE_VARIABLE, DatabasePlace
from tests.postgres import PostgresServer

SCENARIO = "05"
PROXY = 4700
SERVERS = (4711, 4712)
ORIGIN = f"http://127.0.0.1:{PROXY}"
ANSWER_SECONDS = 60.0  # until a learner types again
NOTE_SECONDS = 0.5  # in which a note that an act isn't saved follows its answer
START_SECONDS = 120.0  # until a page must show the shop
SESSION_MIB = 60  # memory that a session may take
SPARE_MIB = 2000  # memory that is left to the servers, the database and others
QUIT = "\x11"  # Ctrl-Q
COLOURS = re.compile(rb"\x1b\[[0-9;:<=>?]*[ -/]*[@-~]")


class School:
    """The database, the servers, and the words by which they are started."""

    def __init__(self, learners: int, at_once: int) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="school-"))
        self.at_once = at_once
        self.database = PostgresServer(connections=2 * at_once + 100)
        self.names = [f"learner{number}" for number in range(learners)]
        self.servers: dict[int, subprocess.Popen[bytes]] = {}
        roster = "learner,name\n" + "".join(f"{name},{name}\n" for name in self.names)
        (self.home / "class.csv").write_text(roster)
        self.run("class", "new", "School", "--roster", str(self.home / "class.csv"))
        links = self.run("class", "links", "--class", "School", "--url", ORIGIN)
        self.links = re.findall(rf"{ORIGIN}/(\S+?)/", links)
        for port in SERVERS:
            self.start_server(port)

    def environment(self, machine: str) -> dict[str, str]:
        """Each server is a machine of its own: it shares nothing but the database."""
        return {
            **os.environ,
            DATABASE_VARIABLE: self.database.url,
            "COFFEESHOP_DATA": str(self.home / machine),
        }

    def run(self, *words: str) -> str:
        """Run a command on the teacher's machine, and return what it prints."""
        command = [sys.executable, "-m", "coffeeshop", *words]
        done = subprocess.run(
            command, env=self.environment("teacher"), check=True, capture_output=True
        )
        return done.stdout.decode()

    def start_server(self, port: int) -> None:
        """Start a server."""
        words = [
            "serve",
            SCENARIO,
            "--class",
            "School",
            "--port",
            str(port),
            "--url",
            ORIGIN,
        ]
        self.servers[port] = subprocess.Popen(
            [sys.executable, "-m", "coffeeshop", *words, "--sessions", "1000"],
            env=self.environment(f"server{port}"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def sessions(self) -> list[int]:
        """Return the processes of all sessions."""
        pids = list[int]()
        for server in self.servers.values():
            listed = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(server.pid)],
                capture_output=True,
                check=False,
            )
            pids.extend(map(int, listed.stdout.split()))
        return pids

    def kill_session(self, dice: Random) -> bool:
        """Kill one session."""
        pids = self.sessions()
        if not pids:
            return False
        with suppress(ProcessLookupError):
            os.kill(dice.choice(pids), signal.SIGKILL)
        return True

    def kill_server(self, dice: Random) -> bool:
        """Kill a server with its sessions, as a machine that fails, and start it again."""
        port = dice.choice(SERVERS)
        pids = [*self.sessions_of(port), self.servers[port].pid]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.servers[port].wait()
        self.start_server(port)
        return True

    def sessions_of(self, port: int) -> list[int]:
        """Return the processes of one server's sessions."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.servers[port].pid)],
            capture_output=True,
            check=False,
        )
        return [int(pid) for pid in listed.stdout.split()]

    def kill_database(self, dice: Random) -> bool:
        """Kill the database, and start it again."""
        self.database.kill()
        self.database.start()
        return True

    def lost_acts(self, seen: dict[str, list[str]]) -> list[tuple[str, str]]:
        """Return the learner and the user name of each act that was seen and isn't in the save."""
        lost = list[tuple[str, str]]()
        for name, users in seen.items():
            with closing(Progress(DatabasePlace(self.database.url, name))) as save:
                rows = save._rows("SELECT body FROM act")  # pyright: ignore[reportPrivateUsage]
            text = "\n".join(body for (body,) in rows)
            lost.extend((name, user) for user in users if f'"{user}"' not in text)
        return lost

    def stop(self) -> None:
        """Stop everything."""
        for server in self.servers.values():
            server.terminate()
            server.wait()
        self.database.stop()


async def proxy_connection(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dice: Random
) -> None:
    """Pass a connection on to one of the servers, the other one if it doesn't answer."""
    ports = dice.sample(SERVERS, len(SERVERS))
    for port in ports:
        with suppress(OSError):
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
            break
    else:
        writer.close()
        return
    with suppress(asyncio.CancelledError):
        await asyncio.gather(copy(reader, back_writer), copy(back_reader, writer))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction of a connection until either side closes it."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


class Turns:
    """The learners who wait for their turn, and what came of the turns so far."""

    def __init__(self, school: School, acts: int) -> None:
        self.acts = acts
        self.at_once = school.at_once
        self.readers = deque[
            tuple[str, aiohttp.ClientWebSocketResponse, asyncio.Task[None]]
        ]()
        self.tries = Counter[str]()
        self.seen: dict[str, list[str]] = {name: [] for name in school.names}
        self.links = dict(zip(school.names, school.links, strict=True))
        self.key_waits = list[float]()
        self.act_waits = list[float]()
        self.waiting = asyncio.Queue[str]()
        for name in school.names:
            self.waiting.put_nowait(name)
        self.done = Counter[str]()
        self.playing = 0
        self.most_playing = 0

    @property
    def act_count(self) -> int:
        """Return how many acts were seen."""
        return sum(map(len, self.seen.values()))

    async def play_in_turn(self, http: aiohttp.ClientSession) -> None:
        """Take the next learner, let them type, and leave them reading, for ever."""
        while True:
            name = await self.waiting.get()
            if self.playing >= self.at_once:
                await self._end_reading()
            self.playing += 1
            self.most_playing = max(self.most_playing, self.playing)
            window = await self._type(http, name)
            self.done[name] += 1
            reading = asyncio.create_task(read_on(window))
            self.readers.append((name, window, reading))

    async def _end_reading(self) -> None:
        """Let whoever has read longest type one more command and leave. Nothing if no one reads."""
        if not self.readers:
            return
        name, window, reading = self.readers.popleft()
        reading.cancel()
        await asyncio.wait([reading])
        with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
            await self._type_act(window, name)
            await window.send_str(json.dumps(["stdin", QUIT]))
            await answer(window, b"", 0.5)
        await window.close()
        self.playing -= 1
        self.waiting.put_nowait(name)

    async def _type(
        self, http: aiohttp.ClientSession, name: str
    ) -> aiohttp.ClientWebSocketResponse:
        """Create users until enough were seen, and return the open page. Open it again whenever the connection is lost."""
        end = len(self.seen[name]) + self.acts
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                address = f"{ORIGIN}/{self.links[name]}/ws?width=120&height=40"
                window = await http.ws_connect(
                    address, headers={"Origin": ORIGIN}, max_msg_size=0
                )
                await answer(window, b"Next", START_SECONDS)
                await answer(window, b"", 1.0)  # a message may cover the screen
                await window.send_str(json.dumps(["stdin", ":"]))
                await answer(window, b"type an aws line", ANSWER_SECONDS)
                while len(self.seen[name]) < end and await self._type_act(window, name):
                    pass
                if len(self.seen[name]) >= end:
                    return window
                await window.close()
            await asyncio.sleep(0.3)

    async def _type_act(self, window: aiohttp.ClientWebSocketResponse, name: str) -> bool:
        """Create a user, and return whether the answer came onto the screen in time."""
        seen = self.seen[name]
        self.tries[name] += 1
        user = f"u{len(seen):03}x{self.tries[name]:04}"
        line = f"aws iam create-user --user-name {user}"
        await press(window, line[:-1], user[:-1])
        key_seconds = await press(window, line[-1], user)
        act_seconds = await press(window, "\r", f":user/{user}")
        if act_seconds is None:
            return False
        if await answer(window, b"Not saved", NOTE_SECONDS):
            return False
        self.act_waits.append(act_seconds)
        if key_seconds is not None:
            self.key_waits.append(key_seconds)
        seen.append(user)
        return True


async def read_on(window: aiohttp.ClientWebSocketResponse) -> None:
    """Read what a page shows until it ends, so that the server sees that someone is there."""
    with suppress(aiohttp.ClientError, ConnectionError):
        async for _ in window:
            pass


async def press(
    window: aiohttp.ClientWebSocketResponse, keys: str, text: str
) -> float | None:
    """Press keys, and return the seconds until this text is on the screen. None if it didn't come in time."""
    began = perf_counter()
    await window.send_str(json.dumps(["stdin", keys]))
    has_come = await answer(window, text.encode(), ANSWER_SECONDS)
    return perf_counter() - began if has_come else None


async def answer(
    window: aiohttp.ClientWebSocketResponse, text: bytes, seconds: float
) -> bool:
    """Return whether this text comes onto the screen in time. Without a text, wait that long."""
    screen = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for message in window:
                if message.type is aiohttp.WSMsgType.BINARY:
                    screen = (screen + message.data)[-100_000:]
                    if text and text in COLOURS.sub(b"", screen):
                        return True
            raise ConnectionError
    return False


async def play(
    school: School, kills: int, typing: int, acts: int, minutes: float, seed: int
) -> None:
    """Let the learners play, kill, and tell."""
    dice = Random(seed)
    turns = Turns(school, acts)
    killed = Counter[str]()
    door = await asyncio.start_server(
        lambda reader, writer: proxy_connection(reader, writer, dice), "127.0.0.1", PROXY
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with door, aiohttp.ClientSession(connector=connector) as http:
        places = [asyncio.create_task(turns.play_in_turn(http)) for _ in range(typing)]
        began = perf_counter()
        ways = (
            [school.kill_session] * 16 + [school.kill_database] * 3 + [school.kill_server]
        )
        pause = minutes * 60 * 0.9 / kills if minutes else 2.0
        while killed.total() < kills or len(turns.done) < len(school.names):
            if minutes and perf_counter() - began > minutes * 60:
                break
            await asyncio.sleep(dice.uniform(0.2, 1.8) * pause)
            way = dice.choice(ways)
            if killed.total() < kills and await asyncio.to_thread(way, dice):
                killed[way.__name__] += 1
                if killed.total() % 20 == 0:
                    told = f"{killed.total()} kills, {turns.act_count} acts seen"
                    turn_count = f"{len(turns.done)} learners had a turn"
                    load = (
                        f"{len(school.sessions())} sessions, load {os.getloadavg()[0]:.0f}"
                    )
                    print(
                        f"{perf_counter() - began:.0f} s: {told}, {turn_count}, {load}",
                        flush=True,
                    )
        await asyncio.sleep(15)
        for place in places:
            place.cancel()
        await asyncio.gather(*places, return_exceptions=True)
    seconds = perf_counter() - began
    tell(school, turns, killed, seconds)


def tell(school: School, turns: Turns, killed: Counter[str], seconds: float) -> None:
    """Print what came of it."""
    lost = school.lost_acts(turns.seen)
    print(
        f"{len(school.names)} learners, {len(turns.done)} had a whole turn, {sum(map(bool, turns.seen.values()))} saw an act; "
        f"at most {turns.most_playing} at once, {seconds:.0f} s, {killed.total()} kills: {dict(killed)}"
    )
    print(f"{turns.act_count} acts seen, {len(lost)} of them lost {lost[:5]}")
    tell_waits("from a letter to the screen", turns.key_waits)
    tell_waits("from Enter to the answer", turns.act_waits)


def tell_waits(what: str, waits: list[float]) -> None:
    """Print how long learners waited."""
    if waits:
        ordered = sorted(waits)
        median = ordered[len(ordered) // 2] * 1000
        late = ordered[int(len(ordered) * 0.95)] * 1000
        print(f"{what}: median {median:.0f} ms, p95 {late:.0f} ms, of {len(ordered)}")


def places_in_memory() -> int:
    """Return how many sessions fit into the free memory of this machine."""
    text = Path("/proc/meminfo").read_text()
    match = re.search(r"MemAvailable:\s+(\d+) kB", text)
    free_mib = int(match[1]) // 1024 if match else 4096
    return max(1, (free_mib - SPARE_MIB) // SESSION_MIB)


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("--learners", type=int, default=500)
    reader.add_argument("--kills", type=int, default=200)
    reader.add_argument("--at-once", type=int, default=0)
    reader.add_argument("--typing", type=int, default=6)
    reader.add_argument("--acts", type=int, default=3)
    reader.add_argument("--minutes", type=float, default=0)
    reader.add_argument("--seed", type=int, default=1)
    options = reader.parse_args()
    at_once = min(options.at_once or places_in_memory(), options.learners)
    print(f"{options.learners} learners, {at_once} at once", flush=True)
    school = School(options.learners, at_once)
    try:
        asyncio.run(
            play(
                school,
                options.kills,
                min(options.typing, at_once),
                options.acts,
                options.minutes,
                options.seed,
            )
        )
    finally:
        school.stop()


if __name__ == "__main__":
    main()
