"""Who could become what, by which calls: whatever a survey of an account found, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.command.write import write_line
from coffeeshop.account.escalation.survey import Ascent, Surveyed
from coffeeshop.account.model import Account
from coffeeshop.invocation import command_line
from coffeeshop.lessons.grading.canaries import SEARCHED, made_up_note, searched_names
from coffeeshop.lessons.grading.reasons import service_step_sentence
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import Policy
from coffeeshop.views.principal_names import ACCOUNT_NUMBER
from coffeeshop.views.rows import Row
from coffeeshop.views.text import few

SHOWN = 5  # ways that are told before the others are counted
JUDGED = "no call is played there: the policies alone say so"


def ascents(found: Iterable[Surveyed]) -> tuple[Row, ...]:
    """Returns everybody with what they could become; of whom the same is said, together."""
    alike = dict[tuple[Row, ...], list[str]]()
    for one in found:
        alike.setdefault(tuple(_of(one)), []).append(called(one.who))
    ordered = sorted(
        alike.items(), key=lambda pair: not pair[0]
    )  # who could become nothing, last
    told = [row for rows, names in ordered for row in (_who(names, rows), *rows)]
    invented = searched_names("\n".join(row.text for row in told))
    return (*told, *(Row(made_up_note(name, SEARCHED), role="muted") for name in invented))


def called(arn: str) -> str:
    """Names an identity by what it is: user casey, role Till."""
    kind, _, path = arn.split(":", 5)[5].partition("/")
    return f"{kind} {path.rpartition('/')[2]}"


def headline(found: Sequence[Surveyed]) -> str:
    """Tells in a sentence how it stands."""
    ready = sum(one.everything for one in found)
    rise = sum(_rises(one) for one in found)
    if len(found) == 1:
        of = "Of 1 user or role"
    else:
        of = f"Of {len(found)} users and roles"
    more = f"{rise} more" if rise else "no other"
    said = f"{of}, {ready or 'none'} can do everything now, and {more} could come to do everything"
    if any(one.unfinished for one in found):
        return f"{said}; not all was looked at."
    return f"{said}."


def outside(account: Account) -> tuple[Row, ...]:
    """Return who isn't looked from: the principals of other accounts, and the roles here that trust them."""
    trusting: dict[str, list[str]] = {}
    for role in account.roles.values():
        for number in _trusted_accounts(role.trust.policy) - {account.id}:
            trusting.setdefault(number, []).append(role.name)
    return tuple(
        Row(
            f"Not looked from: account {number}, which the trust policy of {few(names)} names.",
            role="muted",
        )
        for number, names in sorted(trusting.items())
    )


def _trusted_accounts(trust: Policy) -> set[str]:
    entries = [
        value
        for statement in trust.statements
        if statement.effect == "Allow"
        and statement.principals
        and not statement.principals.negated
        for kind, value in statement.principals.entries
        if kind == "AWS"
    ]
    arns = (Arn.read(value) for value in entries)
    bare = {value for value in entries if ACCOUNT_NUMBER.fullmatch(value)}
    return bare | {arn.account for arn in arns if arn and arn.account}


def _rises(one: Surveyed) -> bool:
    return any(ascent.everything for ascent in one.ascents)


FEW = 300  # users and roles that are looked from unasked


def floor(play: Play, found: Sequence[Surveyed] | None) -> tuple[tuple[Row, ...], ...]:
    """Returns the floor of an imported account, a heading with what belongs below it together: who could become what."""
    account = play.account
    if found is None and not is_small(play):
        said = f"{len(account.users)} users and {len(account.roles)} roles are too many to look from unasked."
        return (
            (
                Row(said),
                Row(
                    f"Outside the game, `{command_line('reach NAME --from WHO')}` looks from one of them.",
                    role="muted",
                ),
            ),
        )
    if found is None:
        return ((Row("Looking for who could become what …", role="muted"),),)
    blocks = list[tuple[Row, ...]]()
    for row in (Row(headline(found)), *ascents(found)):
        if row.indent and blocks:
            blocks[-1] = (*blocks[-1], row)
        else:
            blocks.append((row,))
    return tuple(blocks)


def is_small(play: Play) -> bool:
    """Tells whether an account is looked at unasked: whoever waits for a screen does not wait for thousands."""
    return len(play.account.users) + len(play.account.roles) <= FEW


def _who(names: Sequence[str], rows: Sequence[Row]) -> Row:
    listed = few(names)
    return Row(
        listed if rows else f"{listed}: could become nothing more",
        role="name" if rows else "muted",
    )


def _of(one: Surveyed) -> Iterator[Row]:
    if one.everything:
        yield Row("may do everything already", role="warning", indent=1)
    # Beside everything all else is little.
    if any(ascent.everything for ascent in one.ascents):
        told = 1
    else:
        told = SHOWN
    for ascent in one.ascents[:told]:
        yield Row(
            _said(one, ascent), role="error" if ascent.everything else "text", indent=1
        )
        yield from (Row(line, role="code", indent=2) for line in _how(ascent))
    if others := [
        called(ascent.becomes) for ascent in one.ascents[told:] if ascent.becomes != one.who
    ]:
        yield Row(f"and could become {few(others)}", role="muted", indent=1)
    yield from (
        Row(f"not proven further: {reason}", role="muted", indent=1)
        for reason in one.unfinished
    )


def _said(one: Surveyed, ascent: Ascent) -> str:
    own = ascent.becomes == one.who
    if ascent.everything:
        said = "could come to do everything" + (
            "" if own else f", as {called(ascent.becomes)}"
        )
    else:
        if own:
            said = "could win more than it has"
        else:
            said = f"could become {called(ascent.becomes)}"
    if ascent.supposing:
        return f"{said}, if {ascent.supposing}"
    return said


def _how(ascent: Ascent) -> Iterator[str]:
    yield from (service_step_sentence(act) or write_line(act.call) for act in ascent.acts)
    if ascent.service:
        yield from (f"{request.action} on {request.resource}" for request in ascent.asks)
        yield f"{ascent.service} assumes the role for them; {JUDGED}"
