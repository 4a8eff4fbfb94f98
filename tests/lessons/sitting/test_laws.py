"""Laws of a sitting: whatever was done, leaving and coming back makes no difference."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.answers import Done, MovedOn, Refused
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.sitting import Sitting
from tests.examples import examples
from tests.lessons.folder import FILES, ID, folder, policy, put

LINES = (
    "aws iam create-user --user-name sam",
    "aws iam create-user --user-name casey",
    "aws iam create-access-key --user-name casey",
    "aws iam create-login-profile --user-name casey --password Ristretto-1-2-3",
    "console sign-in --user-name casey --password Ristretto-1-2-3",
    "console sign-out",
    "aws iam delete-user --user-name sam",
    "aws iam create-usr",
    "aws iam list-users --profile nobody",
    FILES["solution.sh"].strip(),
    put(policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-recipts/*")).strip(),
)
Word = Callable[[Player], object]
words: st.SearchStrategy[Word] = st.one_of(
    st.sampled_from(LINES).map(lambda line: lambda player: player.type(line)),
    st.sampled_from(["ada@console", "casey", "casey@console"]).map(
        lambda name: lambda player: player.use_profile(name)
    ),
    st.integers(0, 20).map(
        lambda hours: lambda player: player.wait(timedelta(hours=hours))
    ),
    st.sampled_from(["a.json", "policies/right.json"]).map(
        lambda name: lambda player: player.write(name, "{}")
    ),
    st.sampled_from([Player.undo, Player.redo, Player.begin_again]),
)


@cache
def small() -> Path:
    return folder(Path(mkdtemp())).parent


def opened(save: Path) -> Player:
    player = Player(Progress(save), small())
    assert not isinstance(player.open(ID), Refused)
    return player


def kept(sitting: Sitting) -> tuple[object, ...]:
    """What of a sitting outlives the window."""
    play = sitting.play
    return play.outcomes, play.undone, sitting.profile, sitting.drafts, sitting.mastered


@examples(2)
@given(done=st.lists(words, max_size=8))
def test_whatever_was_done_is_there_after_coming_back(done: list[Word]):
    with TemporaryDirectory() as home:
        player = opened(Path(home) / "ana.sqlite3")
        with closing(player.progress):
            for word in done:
                word(player)
                assert player.playing.profile in profiles(player.playing.play)
        later = opened(Path(home) / "ana.sqlite3")
        with closing(later.progress):
            assert kept(later.playing) == kept(player.playing)


@examples(2)
@given(turns=st.lists(st.tuples(st.booleans(), words), max_size=8))
def test_of_two_windows_at_one_play_each_shows_after_an_act_what_is_kept(
    turns: list[tuple[bool, Word]],
):
    with TemporaryDirectory() as home:
        one, two = (opened(Path(home) / "ana.sqlite3") for _ in range(2))
        with closing(one.progress), closing(two.progress):
            for first, word in turns:
                player = one if first else two
                if isinstance(word(player), Done | MovedOn):
                    third = opened(Path(home) / "ana.sqlite3")
                    with closing(third.progress):
                        shown, there = player.playing.play, third.playing.play
                        assert (shown.acts, shown.undone) == (there.acts, there.undone)
