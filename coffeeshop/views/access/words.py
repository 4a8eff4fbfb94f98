"""The permissions in words: a few lines for all principals, or one principal with the reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.account.model import Account, Outcome
from coffeeshop.lessons.grading.access import Subject
from coffeeshop.lessons.grading.access_table import (
    BUCKET_ARN_PREFIX,
    MARKS_WORST_FIRST,
    Access,
    Reason,
    resource_of,
)
from coffeeshop.lessons.grading.sentences import display_name
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.catalog.asked_together import call_that_sends
from coffeeshop.policy.model import Statement
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.serve import active_keys, user_named
from coffeeshop.shop.things import ACCESS_LEVELS, Thing
from coffeeshop.views.concealed import reason_text
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital, list_few_names

LEVEL_WORDS = {
    **{level: level.value.lower() for level in ACCESS_LEVELS},
    AccessLevel.PERMISSIONS: "permissions",
}
MARK_WORDS = {
    Mark.LEAK: "must be refused",
    Mark.MISS: "missing",
    Mark.EXTRA: "more than needed",
    Mark.OK: "fine",
    Mark.QUIET: "may",
}
KIND_PLURALS = {
    "user": "users",
    "group": "groups",
    "policy": "policies",
    "mfa": "devices",
    "account": "whole account",
    "elsewhere": "other resources",
}
STRANGERS = {
    "newcomer": "a new colleague",
    "anyone": "anybody",
    "account/stranger": "any account",
    "account/tomorrow": "a new member",
    "service": "a service",
}


def subject_name(subject: Subject) -> str:
    """Return how screens name a subject: "casey", or with the role that they assumed, "bo ▸ Cashier".

    If the access needs something first, that follows: "robin, if ...".
    """
    kind, slash, rest = subject.who.partition("/")
    if not slash or kind == "user":
        plain = subject.who
    elif kind == "workforce":
        # An IAM user can have the same name.
        plain = f"{rest} (Identity Center)"
    elif kind in ("service", "workload"):
        plain = rest
    elif kind == "account" and "/" in rest:
        number, _, principal = rest.partition("/")
        plain = f"{principal} in account {number}"
    else:
        plain = f"{kind} {rest}"
    person = STRANGERS.get(subject.who, plain.removeprefix("user/"))
    if subject.role:
        credential_holder = f"{person} ▸ {subject.role}"
    else:
        credential_holder = person
    if subject.supposing:
        return f"{credential_holder}, if {subject.supposing}"
    return credential_holder


def thing_name(thing: Thing) -> str:
    """Return a thing's name: coffeeshop-receipts, role Cashier, users."""
    if not thing.name:
        return KIND_PLURALS.get(thing.kind, thing.kind)
    if thing.kind == "role":
        return f"role {thing.name}{'' if thing.exists else ' (not there)'}"
    return thing.name


def gravest_mark(reasons: Iterable[Reason]) -> Mark | None:
    """Return the worst mark among the reasons of one cell of the access table.

    Return None if nothing is allowed there.
    """
    return min(
        (reason.mark for reason in reasons), key=MARKS_WORST_FIRST.index, default=None
    )


def groups(reasons: Sequence[Reason]) -> Iterator[tuple[Mark, tuple[AccessLevel, ...]]]:
    """Yield the access levels of a cell grouped by mark, the worst mark last.

    A level that must be refused is listed once, as a leak. Otherwise it would also be listed as more
    than any job needs.
    """
    leaks = {reason.level for reason in reasons if reason.mark is Mark.LEAK}
    for mark in reversed(MARKS_WORST_FIRST):
        own_access_levels = (reason.level for reason in reasons if reason.mark is mark)
        if levels := tuple(
            level
            for level in own_access_levels
            if mark not in (Mark.EXTRA, Mark.QUIET) or level not in leaks
        ):
            yield mark, levels


def access_rows(
    access: Access,
    person: str = "",
    unnamed: Collection[Statement] = (),
    account: Account | None = None,
) -> tuple[Row, ...]:
    """Return the access of every principal, or with its reasons that of `person`. (): nothing is called so.

    `person` can also be a role, with everyone who assumes it, or a thing. A principal of that name
    wins over both. Without `person`, things with the same permissions share a line, and
    principals with the same lines share an entry.
    `unnamed` are the statements that aren't told, since the learner names them. By `account`, a user without a
    credential is said to have none.
    """
    if not person:
        return (
            *_grouped_rows(access),
            *(Row(remark, role="muted") for remark in all_remarks(access)),
        )
    wanted_name = person.lower()
    named_subjects = [
        each_subject
        for each_subject in access.subjects
        if wanted_name in _names_of(each_subject)
    ]
    subjects_by_ending = [
        each_subject
        for each_subject in access.subjects
        if each_subject.who.lower().endswith(f"/{wanted_name}")
    ]
    subjects = named_subjects or (
        subjects_by_ending
        if len({each_subject.who for each_subject in subjects_by_ending}) == 1
        else []
    )
    in_role = [
        subject for subject in access.subjects if subject.role.lower() == wanted_name
    ]
    rows = [
        row
        for subject in subjects or in_role
        for row in (
            *_subject_rows(access, subject, unnamed),
            *_credential_rows(account, subject),
        )
    ]
    things = () if subjects else _thing_rows(access, wanted_name, unnamed)
    return (*rows, *things)


def _thing_rows(
    access: Access, wanted_name: str, unnamed: Collection[Statement]
) -> tuple[Row, ...]:
    """Return who can do what with the thing of this name, with the reasons. (): there is no such thing."""
    rows = list[Row]()
    for thing in access.things:
        if wanted_name not in (thing.name.lower(), thing_name(thing).lower()):
            continue
        rows.append(Row(thing_name(thing), role="name"))
        reached = [subject for subject in access.subjects if access.cell(subject, thing)]
        for subject in reached:
            rows.append(Row(subject_name(subject), role="title", indent=1))
            rows += (
                replace(row, indent=row.indent + 2)
                for row in explain_cell(access, subject, thing, unnamed)
            )
        if not reached:
            message = NOBODY_FOUND if access.untried else "no one can do anything with it"
            rows.append(Row(message, role="muted", indent=1))
    return tuple(rows)


def _names_of(subject: Subject) -> tuple[str, ...]:
    """Return the lower-case names that screens use for a subject: with the account, without it, and the ARN."""
    person = subject.who.lower()
    kind, _, rest = person.partition("/")
    names = (
        person,
        subject_name(subject).lower(),
        subject_name(replace(subject, supposing="")).lower(),
        subject_name(replace(subject, role="", supposing="")).lower(),
        person.replace("/", " ", 1),
    )
    if kind in ("user", "workforce"):
        return (*names, rest)
    if kind != "account":
        return names
    number, _, resource = rest.partition("/")
    if resource:
        arn = (f"arn:aws:iam::{number}:{resource}",)
    else:
        arn = ()
    return (*names, rest, *arn)


def _subject_rows(
    access: Access, subject: Subject, unnamed: Collection[Statement]
) -> Iterator[Row]:
    """Yield the permissions of a subject, thing by thing, with reasons."""
    yield Row(subject_name(subject), role="name")
    for thing in access.row(subject):
        yield Row(thing_name(thing), role="title", indent=1)
        yield from (
            replace(row, indent=row.indent + 2)
            for row in explain_cell(access, subject, thing, unnamed)
        )
    if access.is_untried(subject):
        yield Row(NOT_ALL_TRIED, role="muted", indent=1)
    elif not access.row(subject):
        yield Row("nothing", role="muted", indent=1)


def _credential_rows(account: Account | None, subject: Subject) -> Iterator[Row]:
    """Yield that a user has no credential to use a permission with."""
    user = user_named(account, subject.who) if account and not subject.role else None
    if account and user and user.login is None and not active_keys(account, user.id):
        name = display_name(user.name)
        message = f"{name} has no password and no active access key."
        yield Row(message, role="muted", indent=1)


def _grouped_rows(access: Access) -> Iterator[Row]:
    """Yield the permissions of all subjects. Subjects with the same permissions share an entry."""
    alike_groups: dict[tuple[Row, ...], list[str]] = {}
    for subject in access.subjects:
        alike_groups.setdefault(tuple(_permission_rows(access, subject)), []).append(
            subject_name(subject)
        )
    for rows, names in alike_groups.items():
        yield Row(list_few_names(names), role="name")
        yield from rows


def _permission_rows(access: Access, subject: Subject) -> Iterator[Row]:
    """Yield what a subject may do, one row for all things with the same permissions.

    A row has the worst mark of its things, if the play is graded. More than a few things are counted.
    """
    things_by_text: dict[str, list[Thing]] = {}
    for thing, reasons in access.row(subject).items():
        things_by_text.setdefault(_reasons_text(reasons), []).append(thing)
    for message, things in things_by_text.items():
        if access.judged:
            mark = gravest_mark(access.cell(subject, things[0]))
        else:
            mark = None
        shown_mark = None if mark is Mark.QUIET else mark
        yield Row(
            f"{list_few_names([thing_name(thing) for thing in things])}: {message}",
            shown_mark,
            indent=1,
        )
    if not things_by_text:
        message = NOT_ALL_TRIED if access.is_untried(subject) else "nothing"
        yield Row(message, role="muted", indent=1)


def _reasons_text(reasons: Sequence[Reason]) -> str:
    """Return the access levels of a cell in words, by mark. A level that is more than needed is listed once."""
    too_much = {reason.level for reason in reasons if reason.mark is Mark.EXTRA}
    texts = list[str]()
    for mark, levels in groups(reasons):
        if mark in (Mark.OK, Mark.QUIET):
            levels = tuple(level for level in levels if level not in too_much)
        if levels:
            texts.append(_level_text(mark, levels, reasons))
    return "; ".join(texts)


def _level_text(
    mark: Mark, levels: Sequence[AccessLevel], reasons: Sequence[Reason]
) -> str:
    """Return the access levels of one mark, with the mark's meaning."""
    message = ", ".join(
        level_word(
            level,
            [
                resource_of(reason)
                for reason in reasons
                if reason.level is level and reason.mark is mark
            ],
        )
        for level in levels
    )
    if mark in (Mark.OK, Mark.QUIET):
        return message
    own_reasons = [
        reason for reason in reasons if reason.mark is mark and reason.level in levels
    ]
    if all(reason.under for reason in own_reasons):
        circumstances = f" {OUTSIDE_CONDITIONS}"
    else:
        circumstances = ""
    return f"{message} ({MARK_WORDS[mark]}{circumstances})"


def level_word(level: AccessLevel, resources: Sequence[str]) -> str:
    """Return an access level in a word, with a note if it is about a bucket and not its objects, or the other way round.

    `resources` are those of the allowed requests of that level.
    """
    if not resources or not all(arn.startswith(BUCKET_ARN_PREFIX) for arn in resources):
        return LEVEL_WORDS[level]
    if level is AccessLevel.LIST:
        is_of_uploads = all("/" in arn for arn in resources)
        return (
            f"{LEVEL_WORDS[level]} (parts of uploads)"
            if is_of_uploads
            else LEVEL_WORDS[level]
        )
    is_of_bucket = all("/" not in arn for arn in resources)
    if is_of_bucket and level is not AccessLevel.PERMISSIONS:
        return f"{LEVEL_WORDS[level]} (the bucket only)"
    return LEVEL_WORDS[level]


NOT_ALL_TRIED = "not every request was tried, so more may be allowed"
NOBODY_FOUND = "not every request was tried, and none of those tried is allowed"
OUTSIDE_CONDITIONS = "outside the job's conditions"


def all_remarks(access: Access) -> tuple[str, ...]:
    """Return the remarks about the whole table."""
    root = "No identity-based policy limits what the root user can do."
    return (*map(capital, access.remarks), *_detour_remarks(access), root)


def _detour_remarks(access: Access) -> Iterator[str]:
    """Yield that the table isn't complete about requests that other calls have to make possible."""
    cells = (cell for row in access.rows.values() for cell in row.values())
    if any(reason.detour for cell in cells for reason in cell):
        yield (
            "Requests that need other calls first are listed only if they must be refused."
        )


def explain_cell(
    access: Access, subject: Subject, thing: Thing, unnamed: Collection[Statement] = ()
) -> tuple[Row, ...]:
    """Return the reasons for a cell, the gravest first: a request for each level, and the deciding statement.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    reasons = sorted(
        access.cell(subject, thing), key=lambda reason: MARKS_WORST_FIRST.index(reason.mark)
    )
    if not reasons and access.is_untried(subject):
        return (Row(capital(f"{NOT_ALL_TRIED}."), role="muted"),)
    if not reasons:
        is_root = subject.who == "root" and not subject.role
        why = "a policy denies it" if is_root else "no policy allows it, or one denies it"
        message = f"{display_name(subject.who)} has no access here: {why}."
        return (Row(message, role="muted"),)
    return tuple(row for reason in reasons for row in _explain_reason(reason, unnamed))


def _explain_reason(reason: Reason, unnamed: Collection[Statement]) -> Iterator[Row]:
    """Yield a reason's request with its mark, the want that asks for it, and the decision."""
    request = reason.decision.request
    level = level_word(reason.level, [request.resource])
    message = f"{level}, {MARK_WORDS[reason.mark]}"
    yield Row(f"{request.action} on {request.resource}", reason.mark, message)
    if reason.mark is Mark.EXTRA:
        if reason.under:
            message = f"no job asks for this {reason.under}"
        else:
            message = reason.say or "no job asks for it"
        yield Row(message, indent=1)
    elif reason.say:
        asks = "must be refused" if reason.mark is Mark.LEAK else "asked for by"
        yield Row(f"{asks}: {reason.say}", indent=1)
    if reason.detour:
        yield Row(_detour_text(reason.detour), indent=1)
    circumstances = [SIGN_INS[reason.badge]] if reason.badge in SIGN_INS else []
    if call := call_that_sends(request.action, request.context):
        circumstances.append(f"as a part of {call}")
    ending = f" ({', '.join(circumstances)})" if circumstances else ""
    decision_text = capital(reason_text(reason.decision, unnamed, names_action=False))
    yield Row(f"{decision_text}{ending}", role="muted", indent=1)


def _detour_text(detour: Sequence[Outcome]) -> str:
    """Return a sentence about the calls that make a request possible."""
    first = detour[0].act.call.operation
    if len(detour) == 1:
        return (
            f"It isn't allowed yet: {first} has to come first. The grade shows that call."
        )
    return (
        f"It isn't allowed yet: {len(detour)} other calls have to come first, beginning with "
        f"{first}. The grade shows them."
    )


SIGN_INS = {
    "code": "signed in with MFA",
    "password": "signed in with a password",
}
