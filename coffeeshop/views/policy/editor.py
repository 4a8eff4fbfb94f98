"""The policy editor's texts: problems of a policy, the next step, and the changes if it is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Act, Call, ServiceError
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.new_excess import new_excess_findings
from coffeeshop.lessons.grading.trial import Trial, run_all_wants
from coffeeshop.lessons.model import Play, Report
from coffeeshop.policy.language.element_grammar import is_blank
from coffeeshop.policy.language.parse import element_places
from coffeeshop.policy.model import Kind, Level, Problem
from coffeeshop.policy.validation.issues import is_grammar_error
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.deed import Deed
from coffeeshop.views.policy.near_deny_rows import near_deny_rows
from coffeeshop.views.policy.own_jobs import policy_holders
from coffeeshop.views.policy.unserved import MissingRow, unserved_rows
from coffeeshop.views.report import findings_ahead
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import bare, capital, count_noun, stars
from coffeeshop.views.things.items import members

LIST_PLACE = re.compile(r"\.(Action|Resource)(\[|$)")
STATEMENT_PLACE = re.compile(r"Statement\[\d+\]")
MAX_EXTRAS = 3  # new permissions that are not needed, in one answer
NAMES_DEED = Deed("F9", "proposes names")
NAMES_ASKED_TWICE = Deed("F9", "pressed twice, proposes names")
REFUSED_STEP = Step("AWS would refuse this text:", Deed("F8", "goes to the problem"))
EMPTY_STEP = Step("There is still a blank between quotes:", Deed("tab", "goes to it"))
UNREAD_STEP = Step("Checking the text …")
BLANK_LEFT_STEP = Step(
    "AWS accepts this text, but there is still a blank:",
    Deed("tab", "goes to it, F2 saves"),
)
HELPS_STEP = Step("This would work. Read what it means, then", Deed("F2", "saves it"))
CHANGE_STEP = Step(
    "A job isn't in this policy yet (see “If saved”):",
    Deed("F8", "goes to the statement that adds nothing"),
)
ADD_STEP = Step(
    "A job isn't in this policy yet:", Deed("F4", "adds a statement, F2 saves as it is")
)
LEFT_UNREAD = Step("A blank is left:", Deed("tab", "goes to it, F2 saves"))
ACCEPTED_STEP = Step("The syntax is right:", Deed("F2", "saves it"))
BADGE_STEP = Step(
    "AWS doesn't let your badge save this:",
    Deed("esc", "keeps the text, and s then changes the badge"),
)
# Error codes of refusals that another text would not fix.
BADGE_ERRORS = ("AccessDenied", "ExpiredToken", "InvalidClientTokenId")
HARM_STEP = Step(
    "Fix the lines that “If saved” marks, here or in another policy. Then",
    Deed("F2", "saves it"),
)
AS_IT_WAS = Step(
    "This is the text now. Change it:",
    Deed("F4", "adds a statement"),
)
IDLE_STEP = Step("AWS accepts this text (see “If saved”):", Deed("F2", "saves it"))
NO_JOBS = "There are no jobs here to compare this policy with."
# By whether the job or refusal then is as the shop wants it.
CHANGE_WORDS: dict[tuple[Mode, bool], tuple[Mark, str]] = {
    (Mode.MUST, True): (Mark.OK, "starts to work"),
    (Mode.MUST, False): (Mark.MISS, "stops working"),
    (Mode.NEVER, True): (Mark.OK, "starts to be refused"),
    (Mode.NEVER, False): (Mark.LEAK, "stops being refused"),
}


class RefusalRow(Row, frozen=True):
    """The row of the error with which AWS would answer the call that saves the text."""


def editor_title(call: Call, grammar: Kind) -> str:
    """Return the title of the policy that a call writes.

    A role's trust policy and permissions policies are named by the question that they answer.
    """
    named = {key: str(value).rpartition("/")[2] for key, value in call.parameters.items()}
    role = named.get("RoleName")
    policy = named.get("PolicyName")
    if role:
        if grammar is Kind.TRUST:
            return f"who can assume {role}"
        return f"{policy}: what {role} can do"
    return " of ".join(
        reversed(
            [name for key, name in named.items() if key.endswith(("Name", "Arn", "Bucket"))]
        )
    )


def added_statement_edit(
    text: str, blank_text: str, at: int
) -> tuple[int, int, str] | None:
    """Return the edit that adds the statement of `blank_text` after the one at offset `at`, as (start, end, new text).

    A single statement becomes a list of two. None: the text is not
    JSON with a statement, so that the edit never makes it worse.
    """
    places_by_name = element_places(text)
    blank = element_places(blank_text)["Statement[0]"]
    new = blank_text[blank.start : blank.end]
    old = [p for path, p in places_by_name.items() if STATEMENT_PLACE.fullmatch(path)]
    if not old:
        return None
    after = next((place for place in reversed(old) if place.start <= at), old[0])
    if places_by_name["Statement"].start != after.start:
        return after.end, after.end, f",\n    {new}"
    return (
        after.start,
        after.end,
        f"[\n    {text[after.start : after.end]},\n    {new}\n  ]",
    )


def statement_number(text: str, at: int) -> int:
    """Return the number, from 1, of the statement at offset `at`, or of the last statement before it."""
    starts = [
        place.start
        for path, place in element_places(text).items()
        if STATEMENT_PLACE.fullmatch(path)
    ]
    return max(sum(start <= at for start in starts), 1)


def is_refused_text(problems: Sequence[Problem]) -> bool:
    """Return whether AWS would refuse the text.

    AWS accepts a text that allows nothing.
    """
    return any(map(is_grammar_error, problems))


def editor_step(
    problems: Sequence[Problem],
    tab: bool,
    saved: Sequence[Row] = (),
    filled: bool = False,
    as_it_was: bool = False,
    names: Deed | None = NAMES_DEED,
) -> Step:
    """Return the next step in the editor.

    `tab` tells whether the tab key has another blank to go to. `saved` are the rows of
    `rows_if_saved`, and () while they are not known. `filled` tells that the cursor is in no blank,
    `as_it_was` that the text is unchanged, and `names` what F9 does at the cursor (None: nothing).
    """
    refusals = tuple(filter(is_grammar_error, problems))
    if refusals and all(map(is_blank, refusals)):
        if tab and filled:
            return EMPTY_STEP
        goes_on = Deed("tab", "goes to the next")
        if names:
            deed = replace(names, then=goes_on if tab else None)
            return Step("Fill in the blanks in the quotes:", deed)
        return Step("Type a value in the quotes:", goes_on if tab else Deed())
    if refusals:
        return REFUSED_STEP
    if (refused_step := _refused_step(problems, saved)) is not None:
        return refused_step
    void = next((problem for problem in problems if problem.level is Level.ERROR), None)
    if void:
        return _doubt_step(void, bool(saved))
    if tab:
        step = BLANK_LEFT_STEP if saved else LEFT_UNREAD
    else:
        step = _foreseen_step(saved)
    if as_it_was and step in (IDLE_STEP, ACCEPTED_STEP):
        return AS_IT_WAS
    doubt = next(
        (problem for problem in problems if problem.level is not Level.SUGGESTION), None
    )
    if doubt and step in (IDLE_STEP, HARM_STEP):
        return _doubt_step(doubt, is_accepted=True)
    return step


def unread_step(tab: bool) -> Step:
    """Return the next step while the text isn't checked yet. It says only what the text itself shows.

    `tab` tells whether the tab key has another blank to go to.
    """
    return EMPTY_STEP if tab else UNREAD_STEP


def step_at_problem(
    step: Step, problem: Problem, names: Deed | None, is_others: bool
) -> Step:
    """Return the suggested step for a cursor that is already at this problem.

    `names` is what F9 does there (None: nothing), and `is_others` tells whether F8 goes to another problem.
    """
    is_refused = step is REFUSED_STEP and is_grammar_error(problem)
    doubts = (_doubt_step(problem, True), _doubt_step(problem, False))
    if not is_refused and step not in doubts:
        return step
    cause = step.cause.rstrip(":.")
    if names:
        goes_on = Deed("F8", "goes to the next") if is_others else None
        return Step(f"{cause}, at the cursor:", replace(names, then=goes_on))
    if is_others:
        deed = Deed("F8", "goes to the next problem")
        return Step(f"{cause}, at the cursor", deed, advice="Change that line, or")
    return Step(cause, advice="The cursor is at the problem: change that line.")


def _refused_step(problems: Sequence[Problem], saved: Sequence[Row]) -> Step | None:
    """Return the suggested step if AWS would refuse to save the text.

    Return None if it wouldn't, or nobody knows yet.
    """
    refusal = next((row for row in saved if isinstance(row, RefusalRow)), None)
    if refusal is None:
        return None
    if refusal.word in BADGE_ERRORS:
        return BADGE_STEP
    cause = "AWS would refuse this text (see “If saved”)"
    if problems:
        return Step(f"{cause}:", Deed("F8", "goes to the problem"))
    return Step(f"{cause}.", advice="Change it:")


def _doubt_step(problem: Problem, is_accepted: bool) -> Step:
    """Return the suggested step for a problem in a text without an error of grammar.

    `is_accepted` tells that AWS is known to accept the text.
    """
    is_void = problem.level is Level.ERROR and LIST_PLACE.search(problem.place.path)
    end = ": it allows nothing." if is_void else "."
    text = f"{bare(problem.text)}{end}"
    if is_accepted:
        text = f"AWS accepts this text, but {text}"
    return Step(capital(text), Deed("F8", "goes there"))


def _foreseen_step(saved: Sequence[Row]) -> Step:
    """Return the suggested step for a text that AWS accepts, from the rows of `rows_if_saved`."""
    marks = {row.mark for row in saved}
    if marks & {Mark.MISS, Mark.LEAK, Mark.EXTRA}:
        return HARM_STEP
    missing = next((row for row in saved if isinstance(row, MissingRow)), None)
    if missing:
        return ADD_STEP if missing.adds else CHANGE_STEP
    if Mark.OK in marks:
        return HELPS_STEP
    if saved:
        return IDLE_STEP
    return ACCEPTED_STEP


def count_rows(problems: Sequence[Problem]) -> Iterator[Row]:
    """Yield the number of problems in the colour of the worst, and the number of notes separately."""
    notes = sum(problem.level is Level.SUGGESTION for problem in problems)
    count = len(problems) - notes
    if is_refused_text(problems):
        yield Row(str(count), role="error")
    else:
        yield Row(str(count), role="warning" if count else "ok")
    if notes:
        yield Row(f", {count_noun(notes, 'note')}", role="muted")


def fixing_offset(text: str, problem: Problem) -> int:
    """Return the offset at which the cursor can fix a problem: inside the quotes of its value.

    If something is missing, it is the offset behind the text that it has to follow.
    """
    start = min(problem.place.start, len(text))
    if problem.mend.startswith(("put a comma", "put a value")):
        return len(text[:start].rstrip())
    return start + (text[start : start + 1] == '"')


def underlined_spans(text: str, problems: Sequence[Problem]) -> tuple[tuple[int, int], ...]:
    """Return the spans to underline, one for each problem that is not a mere note."""
    return tuple(
        _underlined_span(text, problem)
        for problem in problems
        if problem.level is not Level.SUGGESTION
    )


def _underlined_span(text: str, problem: Problem) -> tuple[int, int]:
    """Return the span to underline for a problem.

    A long value is underlined on its first line only. If something is missing, the line before
    it is underlined.
    """
    at = fixing_offset(text, problem)
    start = min(problem.place.start, len(text))
    if at < start or start == len(text):  # something is missing behind the text
        line = text[text.rfind("\n", 0, at) + 1 : at]
        return at - len(line.lstrip()), at
    return start, min(problem.place.end, text.find("\n", start) % (len(text) + 1))


def _mark(problem: Problem) -> Mark:
    """Return the mark of a problem. Only a problem that AWS refuses has the mark of a miss."""
    if is_grammar_error(problem):
        return Mark.MISS
    if problem.level is Level.SUGGESTION:
        return Mark.QUIET
    return Mark.EXTRA


def problem_rows(problems: Sequence[Problem]) -> tuple[Row, ...]:
    """Return one row for each problem, with its line number.

    The mark ✗ is only for text that AWS refuses.
    """
    return tuple(
        Row(
            "; ".join(filter(None, (problem.text, problem.mend))),
            _mark(problem),
            f"line {problem.place.line}" if problem.place.line else "",
        )
        for problem in problems
    )


def rows_if_saved(play: Play, before: Sequence[Ticket], act: Act) -> tuple[Row, ...]:
    """Return rows that tell the changes if `act` were done: jobs, refusals and permissions beyond them.

    If all jobs and refusals would work, the rows tell the stars and what the next one needs.
    The play itself does not change. This grades the play, so it can be slow.
    """
    return tuple(_if_saved(play, before, act))


def _if_saved(play: Play, before: Sequence[Ticket], act: Act) -> Iterator[Row]:
    """Yield the rows that `rows_if_saved` returns."""
    after = play.do(act)
    if isinstance(answer := after.outcomes[-1].answer, ServiceError):
        yield RefusalRow(answer.message, Mark.MISS, answer.code)
        return
    then = run_all_wants(after)
    if not before and not then:
        reason = unused_policy_reason(after, act.call)
        yield Row(f"{reason}, so nothing changes." if reason else NO_JOBS, Mark.QUIET)
        return
    pairs = zip(before, then, strict=True)
    changed = [
        ticket
        for old_ticket, ticket in pairs
        if (old_ticket.mark is Mark.OK) is not (ticket.mark is Mark.OK)
    ]
    for ticket in changed:
        mark, word = CHANGE_WORDS[ticket.want.mode, ticket.mark is Mark.OK]
        yield Row(f"“{ticket.want.say}”", mark, word)
    yield from near_deny_rows(act.call, then)
    if all(ticket.mark is Mark.OK for ticket in then):
        report = grade(after)
    else:
        report = None
    if not changed and not _changes_stars(play, before, report):
        reason = unused_policy_reason(after, act.call)
        yield Row(
            f"{reason}, so nothing changes."
            if reason
            else "No job and no refusal changes.",
            Mark.QUIET,
        )
    if report and report.gives_stars:
        yield Row(f"{stars(report.stars)} is what it would earn", role="title")
        yield from (
            Row(finding.what, Mark.EXTRA if report.stars == 1 else Mark.QUIET)
            for finding in findings_ahead(report)
        )
        return
    yield from unserved_rows(after.account, act.call, then)
    findings = new_excess_findings(play, after)
    yield from (
        Row(finding.what, Mark.EXTRA, "not needed") for finding in findings[:MAX_EXTRAS]
    )
    if len(findings) > MAX_EXTRAS:
        yield Row(f"and {len(findings) - MAX_EXTRAS} more", role="muted")


def _changes_stars(play: Play, before: Sequence[Ticket], report: Report | None) -> bool:
    """Return whether saving changes the number of stars although every job and refusal stays as it is."""
    settled = report is not None and all(ticket.mark is Mark.OK for ticket in before)
    return settled and report is not None and grade(play).stars != report.stars


def unused_policy_reason(play: Play, call: Call) -> str:
    """Return why the identity policy that a call writes applies to nobody yet.

    Return "" if it applies to somebody, or is of another kind.
    """
    if call.operation not in (
        "CreatePolicy",
        "CreatePolicyVersion",
        "PutGroupPolicy",
        "PutRolePolicy",
    ):
        return ""
    holders = policy_holders(play.account, call)
    if not holders:
        return "The policy isn't attached to anyone yet"
    reasons = [_unused_reason(play, holder) for holder in holders]
    return reasons[0] if all(reasons) else ""


def _unused_reason(play: Play, holder: User | Group | Role) -> str:
    """Return the reason why no principal uses the permissions of this user, group or role.

    Return "" if one does.
    """
    if isinstance(holder, Group):
        if members(play.account, holder):
            return ""
        return f"No one is in {holder.name} yet"
    if isinstance(holder, Role):
        named = (
            entry
            for s in holder.trust.policy.statements
            if s.principals
            for entry in s.principals.entries
        )
        if any(kind != "AWS" for kind, _ in named):
            return ""  # an AWS service assumes the role
        trial = Trial(play)
        assumed = (
            session.badge
            for person in trial.ordinary_users
            for session in trial.sessions_of(person)
        )
        if f"role/{holder.name}" in assumed:
            return ""
        return f"Only administrators can assume {holder.name} so far"
    return ""
