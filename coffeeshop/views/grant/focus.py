"""Read what to draw: a person, a thing, a group, a policy, a person and a thing, or one request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.command import Line, carry_out, understand_line
from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.ids import arn as arn_of
from coffeeshop.account.model import Account, Act, Answer, Call, Outcome
from coffeeshop.lessons.grading.sessions import HeldSession, trusted_principals
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import Allowed, Decision
from coffeeshop.policy.problem import Problem
from coffeeshop.shop.serve import want_name
from coffeeshop.shop.things import Places, Thing
from coffeeshop.views.access.words import thing_name
from coffeeshop.views.grant.links import LinkFinder
from coffeeshop.views.grant.model import Box
from coffeeshop.views.grant.naming import subject_box
from coffeeshop.views.text import capital, list_few_names

MAX_TYPED_LENGTH = 2_000  # characters that are read of what somebody types


class Focus(Struct, frozen=True):
    """What a drawing is about.

    `subject` is the grade's name of a principal: casey, role/Cashier, function/Stock. `resource` is
    the ARN of one object of the `thing`. `through` is a group or a policy. `decision` is one request
    with AWS's answer. `steps` says by which calls somebody could come to make it, "" if at once.
    """

    subject: str = ""
    thing: Thing | None = None
    resource: str = ""
    through: Box | None = None
    decision: Decision | None = None
    steps: str = ""

    @property
    def is_of_thing(self) -> bool:
        """Return whether the drawing is of a thing alone, so that its lines meet there."""
        return self.thing is not None and not self.subject


def first_focus(play: Play) -> Focus:
    """Return the focus to begin with: the first user with a job, else the first user, else root."""
    asked = (want.who for want in play.scenario.wants if want.who in play.account.users)
    people = (want_name(user.name) for user in play.account.users.values())
    return Focus(next(asked, next(people, "root")))


def find_focus(play: Play, typed: str) -> Focus | str:
    """Return what the typed words name, or a sentence that says why they name nothing."""
    words = typed[:MAX_TYPED_LENGTH].split()
    if not words:
        return _usage(play)
    targets = (*_targets(play.account), *_outside_targets(play))
    whole = _find_target(play, targets, " ".join(words))
    if whole:
        return whole
    person = _find_target(play, targets, words[0])
    if person is None or not person.subject:
        return _unknown_name(targets, " ".join(words))
    rest = " ".join(words[1:])
    thing = _find_target(play, targets, rest)
    if thing and thing.thing:
        return Focus(person.subject, thing.thing, thing.resource)
    return _find_request(play, person.subject, rest)


def _usage(play: Play) -> str:
    """Return how the word is used, with names that exist."""
    center = play.account.organization_center
    workforce = center.users.values() if center else ()
    people = dict.fromkeys(user.name for user in (*play.account.users.values(), *workforce))
    things = [thing.name for thing in Places(play.account).things if thing.name]
    example = first_focus(play).subject
    return (
        "`draw` and a name draws who gets access, through what, and what holds it back. "
        f"People: {list_few_names([*people]) or 'none'}. Resources: {list_few_names(things) or 'none'}. "
        f"`draw {example} s3 ls` draws one request."
    )


class _Target(Struct, frozen=True):
    """One name that can be drawn."""

    kind: str
    name: str
    focus: Focus


def _targets(account: Account) -> Iterator[_Target]:
    """Yield everything that has a name: principals first, then things, groups and policies."""
    yield _Target("user", "root", Focus("root"))
    for user in account.users.values():
        yield _Target("user", user.name, Focus(want_name(user.name)))
    for role in account.roles.values():
        yield _Target("role", role.name, Focus(f"role/{role.name}"))
    for name in account.functions:
        yield _Target("function", name, Focus(f"function/{name}"))
    for name in account.workloads:
        yield _Target("workload", name, Focus(f"workload/{name}"))
    yield from _workforce_targets(account)
    for thing in Places(account).things:
        if thing.kind not in ("role", "function"):
            yield _Target(thing.kind, thing.name or thing_name(thing), Focus(thing=thing))
        else:
            yield _Target("thing", thing.name, Focus(thing=thing))
    for group in account.groups.values():
        yield _Target("group", group.name, Focus(through=Box("group", group.name)))
    for arn, policy in account.policies.items():
        shown_name = policy.document.policy.display_name or arn.rpartition("/")[2]
        yield _Target("policy", shown_name, Focus(through=Box("policy", shown_name)))


def _workforce_targets(account: Account) -> Iterator[_Target]:
    """Yield the users of Identity Center. An IAM user of the same name comes before them."""
    center = account.organization_center
    for user in center.users.values() if center else ():
        yield _Target("workforce", user.name, Focus(f"{WORKFORCE_PREFIX}{user.name}"))


def _outside_targets(play: Play) -> Iterator[_Target]:
    """Yield the users and roles of other accounts that a job or a trust policy names."""
    asked = (want.who for want in play.scenario.wants)
    trusted = (arn for role in play.account.roles.values() for arn in _trusted_arns(role))
    outsiders = (f"account/{arn.split(':')[4]}/{arn.split(':', 5)[5]}" for arn in trusted)
    for subject_name in dict.fromkeys((*asked, *outsiders)):
        kind, _, rest = subject_name.partition("/")
        number, _, principal = rest.partition("/")
        if kind == "account" and "/" in principal and number != play.account.id:
            box = subject_box(subject_name)
            focus = Focus(subject_name)
            yield _Target(box.kind, principal.rpartition("/")[2], focus)
            yield _Target(box.kind, box.name, focus)


def _trusted_arns(role: Role) -> Iterator[str]:
    """Yield the ARNs of the users and roles that a role's trust policy names."""
    for name in sorted(trusted_principals(role).get("AWS", ())):
        if name.count(":") == 5 and "/" in name:
            yield name


def _find_target(play: Play, targets: Sequence[_Target], text: str) -> Focus | None:
    """Return what to draw for a text: an s3:// address, an ARN, a name, or a kind and a name, as in `role/Cashier` or `role Cashier`.

    Return None if nothing here is called so.
    """
    if text.startswith("s3://"):
        return _resource_focus(play, arn_of(play.account, "bucket", text[5:].rstrip("/")))
    if text.startswith("arn:") and " " not in text:
        return _arn_focus(play, targets, text)
    lowered = text.casefold()
    for target in targets:
        name = target.name.casefold()
        if lowered in (name, f"{target.kind} {name}", f"{target.kind}/{name}"):
            return target.focus
    return None


def _arn_focus(play: Play, targets: Sequence[_Target], arn: str) -> Focus | None:
    """Return what to draw for an ARN: a principal, a group, a policy or a thing. Return None if it doesn't exist."""
    parts = arn.split(":", 5)
    resource = parts[5] if len(parts) > 5 else ""
    kind, _, name = resource.partition("/")
    if len(parts) > 2 and parts[2] == "iam" and name:
        return _find_target(play, targets, f"{kind} {name.rpartition('/')[2]}")
    return _resource_focus(play, arn)


def _resource_focus(play: Play, arn: str) -> Focus | None:
    """Return what to draw for a resource's ARN: the thing, or one object of a bucket. Return None if it doesn't exist."""
    thing = Places(play.account).thing(arn)
    if not thing.exists:
        return None
    is_object = thing.kind == "bucket" and "/" in arn
    return Focus(thing=thing, resource=arn if is_object else "")


def _unknown_name(targets: Sequence[_Target], text: str) -> str:
    """Return a sentence about a name that nothing has, with the nearest name."""
    near = nearest_name(text, [target.name for target in targets])
    suggestion = f" Did you mean {near}?" if near else ""
    return (
        f"There is nothing called {text[:64]} here.{suggestion} `draw` alone lists names."
    )


def _find_request(play: Play, subject_name: str, line: str) -> Focus | str:
    """Return what to draw for a typed command: its request, or a sentence that says why it makes none.

    The command runs on a copy of the account, with each credential of the subject. The first
    credential that AWS allows it wins. If AWS allows it none, the first refusal is drawn.
    """
    command = line if line.startswith("aws ") else f"aws {line}"
    decisions: list[Decision] = []
    problems: tuple[Problem, ...] = ()
    for session in LinkFinder(play).sessions_of(subject_name):
        made = understand_line(
            command, session.account, play.now, play.scenario.files, session.caller
        )
        if isinstance(made, tuple):
            problems = made
            continue
        outcomes = _outcomes_of_line(made, session, play.now)
        decided = [decision for outcome in outcomes for decision in outcome.decisions]
        if decided and all(isinstance(each, Allowed) for each in decided):
            return Focus(subject_name, decision=decided[-1])
        decisions += decided
    refused = next((each for each in decisions if not isinstance(each, Allowed)), None)
    if refused:
        return Focus(subject_name, decision=refused)
    if problems:
        return capital(str(problems[0]))
    return f"`{command[:MAX_TYPED_LENGTH]}` makes no request that a policy decides."


def _outcomes_of_line(made: Line, session: HeldSession, at: datetime) -> list[Outcome]:
    """Return the outcomes of a line's calls, made in a session on a copy of its account."""
    outcomes: list[Outcome] = []

    def ask(call: Call) -> Answer:
        account = outcomes[-1].account if outcomes else session.account
        outcomes.append(handle(account, Act(at, session.caller, call)))
        return outcomes[-1].answer

    carry_out(made, ask)
    return outcomes
