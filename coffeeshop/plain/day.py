"""Answer the word `day`: run a day line by line, and stop where the learner can act."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from msgspec.structs import replace

from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.plain.shell import Shell, identity_rows, plain_rows, sign_in_again_text
from coffeeshop.shop.rota import CLOSING_TIME, shop_time
from coffeeshop.views.identity import identity
from coffeeshop.views.rows import Row

MAX_SEED_DIGITS = 9  # a seed has at most so many digits


def day(shell: Shell, rest: str) -> Iterator[Row]:
    """Open the shop for a day, or continue the open day until an alarm or the evening."""
    opening = shell.sitting.day
    if opening is None:
        opening = yield from _open_day(shell, rest)
        if opening is None:
            return
    elif rest:
        yield Row("This day continues with its own seed. The next day can have another.")
    yield from _continue_day(shell, opening)


def _open_day(shell: Shell, rest: str) -> Generator[Row, None, Opening | None]:
    """Open a day with a seed, and return it. None: it can't open, or the learner can act before the first customer."""
    # Imported with the day, because opening a shop doesn't need it.
    from coffeeshop.lessons.sitting.days import news_of, next_opening

    if rest and not (rest.isascii() and rest.isdigit() and len(rest) <= MAX_SEED_DIGITS):
        yield Row(
            "`day` runs the shop for a day. `day 7` draws other customers and another incident: "
            f"its seed is a number of at most {MAX_SEED_DIGITS} digits."
        )
        return None
    scenario = shell.sitting.scenario
    opening = next_opening(scenario, shell.sitting.now, int(rest or 0))
    opened = shell.player.continue_day(opening)
    if isinstance(opened, Refused):
        yield from plain_rows(*opened.problems)
        return None
    yield Row(
        f"{opening.date:%A %d %B %Y}, 06:00 to 22:00, seed {opening.seed}", role="title"
    )
    news_of_day = news_of(shell.sitting.play, opening.date)
    yield from (Row(news, word="News") for news in news_of_day)
    if opening.seen_until:
        yield from identity_rows(shell, "")
        yield from _sign_in_end_rows(shell)
        if news_of_day:
            task = "Do the task of the day, then type `day` to open the door."
        else:
            task = "This day has no task. `day` opens the door."
        yield Row(f"No customer has come yet. {task}")
        return None
    return opening


def _sign_in_end_rows(shell: Shell) -> Iterator[Row]:
    """Yield when the console session ends, if that is before the shop closes."""
    now = shell.sitting.now
    me = identity(shell.sitting.play.account, shell.sitting.profile, now)
    if me.ended or me.until is None or me.until >= shop_time(now.date(), CLOSING_TIME):
        return
    yield Row(
        f"Your sign-in ends at {me.until:%H:%M}, before the shop closes. "
        f"`as {me.who}` signs in again, now or later.",
        indent=1,
    )


def _continue_day(shell: Shell, opening: Opening) -> Iterator[Row]:
    """Continue the day to its next stop, and tell its happenings or the evening."""
    from coffeeshop.lessons.sitting.days import day_of, evening_of, next_stop
    from coffeeshop.views.day.evening import evening
    from coffeeshop.views.day.hours import happening_rows
    from coffeeshop.views.playback import remedy_rows, theft_advice

    day = day_of(shell.sitting.play, opening)
    until = next_stop(day, opening)
    opening = replace(opening, seen_until=until)
    yield from happening_rows(
        day,
        shell.sitting.day and shell.sitting.day.seen_until,
        opening.seen_until,
        shell.sitting.unnamed_statements,
    )
    lived = shell.player.continue_day(opening)
    if not opening.is_over:
        if day.course is not None:
            sitting = shell.sitting
            yield from theft_advice(day.course, sitting.play.account, until)
            yield from remedy_rows(
                day.course, sitting.play.account, sitting.caller, sitting.now
            )
        yield Row(
            "The clock waits for you. Each of your calls takes a minute. `day` lets it run on.",
            word="Your turn",
        )
        yield from identity_rows(shell, "")
        return
    yield from evening(
        evening_of(shell.sitting.play, day), shell.sitting.unnamed_statements
    )
    yield from plain_rows(
        *(lived.problems if isinstance(lived, Refused) else [lived.problem])
    )
    yield from _next_day_rows(shell, opening)


def _next_day_rows(shell: Shell, over: Opening) -> Iterator[Row]:
    """Tell which day `day` opens next, and what the clock shows.

    Outside a shop that grows, no day is kept: only the learner's calls are.
    """
    from coffeeshop.lessons.sitting.days import is_own_shop, next_date

    current_time = shell.sitting.now
    following = next_date(current_time)
    if following == over.date:
        seed = f" {over.seed}" if over.seed else ""
        day_line = f"`day{seed}` plays {over.date:%A %d %B} again"
    else:
        day_line = f"`day` opens {following:%A %d %B}"
    if is_own_shop(shell.sitting.scenario):
        me = identity(shell.sitting.play.account, shell.sitting.profile, current_time)
        if sign_in_hint := sign_in_again_text(shell, me):
            yield Row(sign_in_hint)
        yield Row(f"{day_line}. You can change the account first.")
        return
    clock = "is back at" if current_time < over.closes else "shows"
    yield Row(
        f"The day is over. Its calls are undone, and yours are kept. Your clock {clock} {current_time:%A %d %B, %H:%M}."
    )
    yield Row(
        f"{day_line}, with the policies that you have then. You can change them first."
    )
