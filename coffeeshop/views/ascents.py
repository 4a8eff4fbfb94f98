"""The privilege escalations that a survey of an account found, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.command.write import with_code_file, write_line
from coffeeshop.account.escalation.survey import Ascent, Surveyed
from coffeeshop.account.model import Account
from coffeeshop.invocation import command_line
from coffeeshop.lessons.grading.canaries import SEARCHED_NAME, made_up_note
from coffeeshop.lessons.grading.made_up_names import searched_names
from coffeeshop.lessons.grading.reasons import service_step_sentence
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import Policy
from coffeeshop.views.principal_names import ACCOUNT_NUMBER
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital, list_few_names

OF_ALLOWED = " that the organization allows"
MAX_SHOWN = 5  # escalations shown; the rest is counted
EVERY_OTHER_ACCOUNT = "every other AWS account"
CENTER_NAME = "IAM Identity Center"
CENTER_PROVIDER = "AWSSSO_"  # how the name of its SAML provider begins
CENTER_NOTE = "the policies allow it, but Coffeeshop can't try the call"


def escalation_rows(surveys: Iterable[Surveyed], account: Account) -> tuple[Row, ...]:
    """Return for each principal what it could become by gaining more access. Those with the same rows are listed together."""
    alike_groups = dict[tuple[Row, ...], list[str]]()
    for surveyed in surveys:
        alike_groups.setdefault(tuple(_principal_rows(surveyed)), []).append(
            principal_title(surveyed.who)
        )
    # Principals without an escalation come last.
    ordered = sorted(alike_groups.items(), key=lambda pair: not pair[0])
    full_rows = [row for rows, names in ordered for row in (_names_row(names, rows), *rows)]
    invented = searched_names("\n".join(row.text for row in full_rows), account)
    return (
        *full_rows,
        *(Row(made_up_note(name, SEARCHED_NAME), role="muted") for name in invented),
    )


def principal_title(arn: str) -> str:
    """Return the kind and name of a principal: "user casey", "role Till"."""
    kind, _, path = arn.split(":", 5)[5].partition("/")
    return f"{kind} {path.rpartition('/')[2]}"


def escalation_headline(surveys: Sequence[Surveyed]) -> str:
    """Return a sentence that counts the principals which can do everything, now or by escalation."""
    ready = sum(surveyed.everything for surveyed in surveys)
    rise = sum(_can_escalate(surveyed) for surveyed in surveys)
    on_condition = sum(_can_escalate_if(surveyed) for surveyed in surveys)
    limit = OF_ALLOWED if any(surveyed.limited for surveyed in surveys) else ""
    if len(surveys) == 1:
        message = _one_headline(surveys[0], limit)
    else:
        others = "no other" if ready else "none"
        more = " more" if ready else ""
        rest = f"{rise}{more}" if rise else others
        today = f"{ready or 'none'} can do everything{limit} now"
        message = f"Of {len(surveys)} users and roles, {today}, and {rest} could gain full access unaided"
        if on_condition:
            message = f"{message}. {on_condition} more could, but only under the condition that their line names"
    if any(surveyed.unfinished for surveyed in surveys):
        return f"{message}. Not everything was checked."
    return f"{message}."


def _one_headline(surveyed: Surveyed, limit: str) -> str:
    """Return what one principal can do now, and what it could gain."""
    name = capital(principal_title(surveyed.who))
    if surveyed.everything:
        return f"{name} can do everything{limit} now"
    today = f"{name} can't do everything{limit} now"
    if _can_escalate(surveyed):
        return f"{today}, but could gain full access unaided"
    unaided = f"{today}, and couldn't gain full access unaided"
    if _can_escalate_if(surveyed):
        return f"{unaided}. It could, but only under the condition that its line names"
    return unaided


def outside_rows(account: Account, name: str = "") -> tuple[Row, ...]:
    """Return a row for each principal outside the account that a trust policy here names.

    The survey doesn't start from there. With a `name`, return only the rows of principals called so.
    """
    trusting: dict[str, list[str]] = {}
    for role in account.roles.values():
        for outsider in _trusted_outsiders(role.trust.policy, account.id):
            trusting.setdefault(outsider, []).append(role.name)
    return tuple(
        Row(
            f"Not checked: {outsider}, named in {_trust_policies_text(names)}.",
            role="muted",
        )
        for outsider, names in sorted(trusting.items())
        if not name or name.lower() in outsider.lower().split()
    )


def _trust_policies_text(roles: Sequence[str]) -> str:
    """Return "the trust policy of Courier", or "the trust policies of Baker, Courier"."""
    noun = "policy" if len(roles) == 1 else "policies"
    return f"the trust {noun} of {list_few_names(roles)}"


def unsurveyed_rows(play: Play, name: str) -> tuple[Row, ...]:
    """Return a row for each principal of another account with this name, whom a trust policy or the brief names."""
    if trusted := outside_rows(play.account, name):
        return trusted
    asked = dict.fromkeys(
        _outsider_name(want.who)
        for want in play.scenario.wants
        if want.who.startswith("account/")
    )
    return tuple(
        Row(
            f"Not checked: {label}. `reach` starts from users and roles of this account.",
            role="muted",
        )
        for label in asked
        if name.lower() in label.lower().split()
    )


def _outsider_name(who: str) -> str:
    """Return the name of account/ID or account/ID/role/NAME: role NAME in account ID."""
    _, number, *principal = who.split("/", 2)
    account_words = f"account {number}"
    if not principal:
        return account_words
    kind, _, path = principal[0].partition("/")
    return f"{kind} {path.rpartition('/')[2]} in {account_words}"


def _trusted_outsiders(trust: Policy, own_account: str) -> set[str]:
    """Return the accounts, their principals and the providers that the Allow statements of a trust policy name.

    They are such as "account 444455556666", "role Courier in account 444455556666" and "provider gitlab.com".
    """
    entries = (
        entry
        for statement in trust.statements
        if statement.effect == "Allow"
        and statement.principals
        and not statement.principals.negated
        for entry in statement.principals.entries
    )
    outsiders = (_outsider_label(kind, value, own_account) for kind, value in entries)
    return {outsider for outsider in outsiders if outsider}


def _outsider_label(kind: str, value: str, own_account: str) -> str:
    """Return the name of a principal outside the account. "": it is in the account, or a service."""
    arn = Arn.read(value)
    if kind == "Federated":
        name = arn.resource.partition("/")[2] if arn else value
        return CENTER_NAME if name.startswith(CENTER_PROVIDER) else f"provider {name}"
    if kind != "AWS":
        return ""
    if value == "*":
        return EVERY_OTHER_ACCOUNT
    number = arn.account if arn else value
    if number == own_account or not ACCOUNT_NUMBER.fullmatch(number):
        return ""
    if arn is None or arn.resource == "root":
        return f"account {number}"
    return f"{principal_title(value)} in account {number}"


def _can_escalate(surveyed: Surveyed) -> bool:
    """Return whether a principal could gain full access by escalation, whatever else is so."""
    return any(ascent.everything and not ascent.supposing for ascent in surveyed.ascents)


def _can_escalate_if(surveyed: Surveyed) -> bool:
    """Return whether a principal could gain full access only under an assumption."""
    return not _can_escalate(surveyed) and any(
        ascent.everything for ascent in surveyed.ascents
    )


SMALL_ACCOUNT = 300  # users and roles; a larger account is surveyed only on request


def account_blocks(
    play: Play, surveys: Sequence[Surveyed] | None
) -> tuple[tuple[Row, ...], ...]:
    """Return the blocks of the first screen of an imported account: each a heading with its rows.

    `surveys` are the searches for escalations, or None until they have ended. Large accounts are not
    searched without being asked, because that takes long.
    """
    account = play.account
    if surveys is None and not is_small(play):
        message = f"{len(account.users)} users and {len(account.roles)} roles are too many to check unless you ask."
        return (
            (
                Row(message),
                Row(
                    f"Outside the game, `{command_line('reach NAME --from WHO')}` starts from one of them.",
                    role="muted",
                ),
            ),
        )
    if surveys is None:
        return ((Row("Looking for ways to more access …", role="muted"),),)
    blocks = list[tuple[Row, ...]]()
    for row in (Row(escalation_headline(surveys)), *escalation_rows(surveys, account)):
        if row.indent and blocks:
            blocks[-1] = (*blocks[-1], row)
        else:
            blocks.append((row,))
    return tuple(blocks)


def is_small(play: Play) -> bool:
    """Return whether an account is small enough to survey while a screen opens."""
    return len(play.account.users) + len(play.account.roles) <= SMALL_ACCOUNT


def _names_row(names: Sequence[str], rows: Sequence[Row]) -> Row:
    """Return the row above a group of principals. `rows` are their escalations."""
    listed = list_few_names(names)
    return Row(
        listed if rows else f"{listed}: can't gain more access unaided",
        role="name" if rows else "muted",
    )


def _principal_rows(surveyed: Surveyed) -> Iterator[Row]:
    """Yield the rows of one principal: its escalations with their calls, and the limits of the search."""
    if surveyed.everything:
        if surveyed.limited:
            ability = f"can already do everything{OF_ALLOWED}"
        else:
            ability = "can do everything already"
        yield Row(ability, role="warning", indent=1)
    # An escalation to everything makes the others irrelevant.
    if any(ascent.everything for ascent in surveyed.ascents):
        shown_count = 1
    else:
        shown_count = MAX_SHOWN
    for ascent in surveyed.ascents[:shown_count]:
        yield Row(
            _ascent_sentence(surveyed, ascent),
            role="error" if ascent.everything else "text",
            indent=1,
        )
        yield from (Row(line, role="code", indent=2) for line in _ascent_steps(ascent))
    yield from _further_rows(surveyed.who, surveyed.ascents[shown_count:])
    yield from (
        Row(f"not checked further: {reason}", role="muted", indent=1)
        for reason in surveyed.unfinished
    )


def _further_rows(who: str, ascents: Sequence[Ascent]) -> Iterator[Row]:
    """Yield a row for the roles that a principal could become as well, and one for each assumption about more."""
    titles_by_assumption: dict[str, dict[str, None]] = {}
    for ascent in ascents:
        if ascent.becomes != who:
            titles = titles_by_assumption.setdefault(ascent.supposing, {})
            titles[principal_title(ascent.becomes)] = None
    for supposing, titles in titles_by_assumption.items():
        condition = f", if {supposing}" if supposing else ""
        message = f"and could become {list_few_names([*titles])}{condition}"
        yield Row(message, role="muted", indent=1)


def _ascent_sentence(surveyed: Surveyed, ascent: Ascent) -> str:
    """Return a sentence about one escalation, with its assumption."""
    is_own = ascent.becomes == surveyed.who
    if ascent.everything:
        message = "could gain full access" + (
            "" if is_own else f", as {principal_title(ascent.becomes)}"
        )
    else:
        if is_own:
            message = "could gain more access"
        else:
            message = f"could become {principal_title(ascent.becomes)}"
    if ascent.supposing:
        return f"{message}, if {ascent.supposing}"
    return message


def _ascent_steps(ascent: Ascent) -> Iterator[str]:
    """Yield the calls of an escalation, then the requests of the service that assumes the role."""
    yield from (
        service_step_sentence(act) or write_line(with_code_file(act.call))
        for act in ascent.acts
    )
    if ascent.service:
        yield from (f"{request.action} on {request.resource}" for request in ascent.asks)
        yield f"{ascent.service} assumes the role for them ({CENTER_NOTE})"
