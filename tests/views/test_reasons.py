"""Why, the trail, who acts, what both sides of a handshake say, and what the editor says of a text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.policy_text import examine_text
from coffeeshop.policy.catalog.arn_formats import acts_on
from coffeeshop.policy.model import Decision, Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.views.assume_role import handshakes
from coffeeshop.views.identity import badges, identity
from coffeeshop.views.policy.completions import (
    actions_at,
    describe_proposal,
    proposed_names,
    starting_proposal,
)
from coffeeshop.views.policy.editor import (
    count_rows,
    editor_step,
    fixing_offset,
    is_refused_text,
    problem_rows,
    rows_if_saved,
    underlined_spans,
)
from coffeeshop.views.policy.policy_text import policy_in_words
from coffeeshop.views.policy.templates import BLANK_STATEMENTS
from coffeeshop.views.requests import latest_requests, latest_title
from coffeeshop.views.rows import Row, lines
from coffeeshop.views.text import capital
from coffeeshop.views.why import (
    evaluation_steps,
    request,
    untried_text,
    wall_rows,
    wall_sentence,
)
from tests.tables import each_row
from tests.views.plays import played

DRAWER = "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/things-in-the-drawer.json"


def decision(play: Play, want: str) -> Decision:
    found = next(
        ticket for ticket in run_all_wants(play) if ticket.want.id == want
    ).decision
    assert found is not None
    return found


# --------------------------------------------------------------------------- why
def test_a_silence_is_told_step_by_step_with_the_nearest_miss() -> None:
    reason = evaluation_steps(decision(played("05", DRAWER), "list@casey"))
    assert [step.row.word for step in reason[:4]] == [
        "refused",
        "1 Does anything deny?",
        "2 Identity-based policy",
        "Closest Allow",
    ]
    assert "says  arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET/*" in lines(
        step.row for step in reason
    )
    cited = reason[0].cited
    assert cited is not None
    assert cited.statement is cited.policy.statements[0]


def test_the_first_differing_character_is_pointed_at() -> None:
    rows = [
        step.row
        for step in evaluation_steps(decision(played("05", DRAWER), "list@casey"))[4:7]
    ]
    assert {row.indent for row in rows} == {2}, "the three rows stand one above the other"
    said, asked, pointer = (row.text for row in rows)
    at = pointer.index("^")
    assert said[6:at] == asked[6:at]
    assert said[at : at + 1] != asked[at : at + 1]


def test_the_difference_of_long_texts_is_pointed_at_in_one_line_each() -> None:
    resource = f"arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET-{'of-all-shops-' * 4}"
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": resource,
            },
        }
    )
    put = f"aws iam put-user-policy --user-name casey --policy-name p --policy-document '{document}'"
    rows = [
        step.row
        for step in evaluation_steps(decision(played("05", put), "list@casey"))[4:7]
    ]
    said, asked, pointer = (row.text for row in rows)
    assert max(map(len, (said, asked, pointer))) <= 60
    at = pointer.index("^")
    assert said[6:at] == asked[6:at]
    assert said[at : at + 1] != asked[at : at + 1]
    assert said.endswith("…")


def test_what_a_not_form_leaves_out_is_no_difference_to_point_at() -> None:
    rows = [step.row for step in evaluation_steps(decision(played("14"), "hire@casey"))]
    closest = next(at for at, row in enumerate(rows) if row.word == "Closest Allow")
    told = [row.text for row in rows[closest : closest + 3]]
    label = "statement “AllButBadges” of policy “AllButBadges”"
    assert told == [
        f"{label}, which leaves the action out",
        "but   iam:*",
        "asked iam:CreateUser",
    ]
    assert not any("^" in row.text for row in rows)


def test_every_kind_of_policy_is_one_line_in_the_order_of_aws() -> None:
    (ticket, *_) = run_all_wants(played("44"))
    assert ticket.decision is not None
    rows = [(row.mark, row.word) for row in wall_rows(ticket.decision)]
    assert rows == [
        (Mark.QUIET, "1 Does anything deny?"),
        (Mark.OK, "2 Resource control policy"),
        (Mark.MISS, "3 Service control policy"),
        (Mark.QUIET, "4 Resource-based policy"),
        (Mark.OK, "5 Identity-based policy"),
        (Mark.MISS, "6 Permissions boundary"),
        (Mark.MISS, "7 Session policy"),
    ]
    assert wall_sentence(ticket.decision) == (
        "In AWS's order: nothing denies; resource control policy allows; service control policy refuses; "
        "resource-based policy says nothing; identity-based policy allows; permissions boundary refuses; "
        "session policy refuses."
    )
    silent_level = wall_rows(ticket.decision)[2]
    assert silent_level.text == "nothing in ShopWork allows it", "FullAWSAccess is above"


def test_a_control_policy_that_denies_is_not_said_to_allow() -> None:
    tickets = run_all_wants(played("44"))
    (courier,) = (each for each in tickets if each.want.id == "roastery@courier")
    assert courier.decision is not None
    steps = evaluation_steps(courier.decision)
    (rcp,) = (step.row for step in steps if step.row.word == "2 Resource control policy")
    assert (rcp.mark, rcp.text) == (
        Mark.MISS,
        "denied by statement “OurAccounts” of policy “OwnPeople”",
    )
    assert wall_rows(courier.decision) == (), "few kinds of policies need no picture"


def test_what_allowed_is_cited() -> None:
    reason = evaluation_steps(decision(played("10"), "shred@robin"))
    assert reason[0].row.word == "allowed"
    assert reason[0].cited is not None
    assert "Closest Allow" not in [step.row.word for step in reason]


def test_what_leaks_is_marked_as_a_leak_and_a_refusal_that_holds_as_good() -> None:
    leak = evaluation_steps(decision(played("10"), "shred@robin"), never=True)
    assert (leak[0].row.mark, leak[0].row.word) == (Mark.LEAK, "allowed")
    held = evaluation_steps(decision(played("15"), "manager@bo"), never=True)
    assert (held[0].row.mark, held[0].row.word) == (Mark.OK, "refused")


def test_a_trust_of_the_account_only_delegates_and_its_policy_is_shown() -> None:
    role = "aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json"
    verdict, _, trust, own = evaluation_steps(decision(played("15", role), "till@bo"))
    assert trust.row.mark is Mark.QUIET
    assert trust.row.text == (
        "statement 1 of the trust policy only delegates: it names the account 111122223333, so an identity policy there must "
        "also allow it"
    )
    assert trust.cited is not None
    assert verdict.cited == trust.cited
    assert (own.row.text, own.cited) == ("there is none", None)


def test_a_kind_of_policy_that_does_not_exist_and_refuses_has_a_row_and_no_allowing_policy_is_shown():
    verdict, *steps = evaluation_steps(decision(played("37"), "shared@baker"))
    refusing = [step.row for step in steps if step.row.mark is Mark.MISS]
    assert [row.word for row in refusing] == [
        "3 Resource-based policy",
        "4 Identity-based policy",
    ]
    assert {row.text for row in refusing} == {"there is none"}
    assert verdict.cited is None


def test_the_request_is_told_with_its_context() -> None:
    shown = {row.word: row.text for row in request(decision(played("10"), "shred@robin"))}
    assert shown["action"] == "s3:DeleteObject"
    assert shown["principal"].endswith("user/robin")
    assert shown["aws:username"] == "robin"


# ------------------------------------------------------------------ trail, badges
def test_today_is_the_day_of_the_clock_and_an_earlier_request_names_its_day() -> None:
    monday = played("05", "aws iam create-user --user-name lee")
    assert latest_title(latest_requests(monday)) == "Today"
    for days, shown_time in ((0, "08:00"), (1, "Mon 08:00"), (9, "02 Mar 08:00")):
        play = monday.at(monday.now + timedelta(days=days))
        (request,) = latest_requests(play)
        assert (request.at, request.is_today) == (shown_time, not days)
        assert (latest_title([request]) == "Today") == request.is_today


def test_the_newest_request_stands_first() -> None:
    play = played(
        "05", "aws iam create-user --user-name lee\naws iam create-user --user-name lee"
    )
    first, second = latest_requests(play)
    assert (first.id, first.mark, first.word) == ("1", Mark.MISS, "EntityAlreadyExists")
    assert (second.at, second.who, second.action, second.resource, second.word) == (
        "08:00",
        "ada",
        "iam:CreateUser",
        "user/lee",
        "done",
    )


def test_a_badge_says_whose_it_is_and_how_long_it_lasts() -> None:
    play = played("15")
    ada = identity(play.account, "ada@console", play.now)
    assert (ada.who, ada.role, ada.mfa, ada.means, ada.minutes, ada.ended) == (
        "ada",
        "",
        True,
        "console",
        720,
        "",
    )
    late = identity(play.account, "ada@console", play.now + timedelta(hours=13))
    assert late.ended == "session ended Mon 20:00"
    assert identity(play.account, "nobody", play.now).ended == "no such credential"


def test_what_this_play_made_is_in_hand() -> None:
    play = played(
        "15",
        "aws iam create-access-key --user-name bo\naws sts assume-role --role-arn arn:aws:iam::111122223333:role/Manager --role-session-name ada-M",
    )
    assert [(badge.profile, badge.who, badge.role) for badge in badges(play)] == [
        ("ada@console", "ada", ""),
        ("bo", "bo", ""),
        ("ada-M", "ada", "Manager"),
    ]


def test_an_inactive_key_says_so() -> None:
    play = played(
        "15",
        "aws iam create-access-key --user-name bo\naws iam update-access-key --user-name bo --access-key-id @key --status Inactive",
    )
    assert identity(play.account, "bo", play.now).ended == "key inactive"


def test_no_policy_is_blamed_where_the_credential_itself_is_refused() -> None:
    script = "aws iam create-access-key --user-name bo\naws iam update-access-key --user-name bo --access-key-id @key --status Inactive"
    shown = [shake.row.text for shake in handshakes(played("15", script), "bo")]
    assert shown
    assert all(text.startswith("AWS refuses whatever you ask: ") for text in shown)


def test_both_sides_of_a_handshake_are_told_apart() -> None:
    shown = {
        shake.role: (shake.row.mark, shake.row.text)
        for shake in handshakes(played("15"), "ada@console")
    }
    assert shown["Manager"] == (Mark.OK, "trusts you · one of your policies allows it")
    assert shown["espresso-role"] == (
        Mark.MISS,
        "does not trust you · one of your policies allows it",
    )


def test_root_is_told_that_no_role_is_for_it() -> None:
    rows = [shake.row for shake in handshakes(played("01"), "root")]
    assert {(row.mark, row.text) for row in rows} == {
        (Mark.MISS, "the root user can't assume roles")
    }


def test_a_console_session_switches_and_a_key_assumes() -> None:
    play = played("15", "aws iam create-access-key --user-name bo")
    calls = {badge: handshakes(play, badge)[0].call for badge in ("ada@console", "bo")}
    assert calls["ada@console"].operation == "SwitchRole"
    assert calls["bo"].parameters["RoleSessionName"] == "bo-Manager"


# ------------------------------------------------------------------------- editor
def foreseen(
    play: Play, document: str, operation: str = "PutUserPolicy", **named: str
) -> tuple[Row, ...]:
    given = named or {"UserName": "casey", "PolicyName": "p"}
    act = Act(
        play.now,
        find_caller(play.account, "ada@console"),
        Call("iam", operation, {**given, "PolicyDocument": document}),
    )
    return rows_if_saved(play, run_all_wants(play), act)


def saved(play: Play, document: str, operation: str = "PutUserPolicy", **named: str) -> str:
    return lines(foreseen(play, document, operation, **named))


def allow(action: str, resource: str) -> str:
    return f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}}}'


def test_if_saved_says_what_starts_to_work_and_what_it_would_earn() -> None:
    said = saved(played("05"), allow("s3:ListBucket", "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"))
    assert "✓ starts to work: “Casey lists the receipts”" in said
    assert "★★★ is what it would earn" in said


def test_if_saved_says_which_refusal_ends() -> None:
    assert "◆ stops being refused: “Casey lists the payroll”" in saved(
        played("05"), allow("s3:ListBucket", "*")
    )


def test_if_saved_says_what_a_star_waits_for() -> None:
    said = saved(
        played("05"), allow("s3:ListBucket*", "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET")
    )
    assert "★☆☆ is what it would earn" in said
    assert "▲" in said


def test_if_saved_says_why_nothing_changes() -> None:
    play = played("15", "aws iam create-group --group-name Cashiers")
    text = allow(
        "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    )
    said = saved(play, text, "PutGroupPolicy", GroupName="Cashiers", PolicyName="till")
    assert said == "· No one is in Cashiers yet, so nothing changes."
    assert "The policy isn't attached to anyone yet" in saved(
        play, text, "CreatePolicy", PolicyName="till"
    )


def test_a_role_that_nobody_wears_changes_nothing() -> None:
    role = "aws iam create-role --role-name Till --assume-role-policy-document file://policies/trust.json"
    text = allow(
        "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    )
    said = saved(
        played("15", role), text, "PutRolePolicy", RoleName="Till", PolicyName="till"
    )
    assert "Only administrators can assume Till so far" in said


def test_if_saved_says_who_would_gain_what_no_job_asks_for() -> None:
    said = saved(played("05"), allow("s3:GetObject", "arn:aws:s3:::other/*"))
    assert "No job and no refusal changes." in said
    assert "▲ not needed: Casey can also call s3:GetObject on other/" in said


def test_what_somebody_could_do_before_is_no_gain() -> None:
    play = played("10")
    assert "▲" not in saved(
        play, allow("s3:ListBucket", "arn:aws:s3:::b"), "CreatePolicy", PolicyName="p"
    )
    assert "Robin" not in saved(play, allow("s3:ListBucket", "arn:aws:s3:::b"))


def test_to_come_to_wear_a_role_is_a_gain() -> None:
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}, "Action": "sts:AssumeRole"}}'
    said = saved(played("15"), trust, "UpdateAssumeRolePolicy", RoleName="Manager")
    assert "▲ not needed: Bo can also assume the role Manager" in said


def test_if_saved_repeats_awss_refusal() -> None:
    assert "MalformedPolicyDocument" in saved(played("05"), "{}")


def test_a_save_that_changes_nothing_says_so() -> None:
    assert "No job and no refusal changes." in saved(
        played("05"), allow("ec2:StopInstances", "*")
    )


def test_every_blank_is_a_policy_once_it_is_filled() -> None:
    for kind, text in BLANK_STATEMENTS.items():
        filled = (
            text.replace('"AWS": ""', '"AWS": "111122223333"')
            .replace('"Action": ""', '"Action": "s3:GetObject"')
            .replace('"Resource": ""', '"Resource": "*"')
        )
        assert is_refused_text(examine_text(text, kind)[1])
        assert not is_refused_text(examine_text(filled, kind)[1])


def test_names_are_those_that_may_stand_there() -> None:
    account = played("15").account
    assert "s3:ListBucket" in proposed_names(account, "Action", "")
    assert "kms:Decrypt" in proposed_names(account, "Action", "kms:De")
    assert "arn:aws:dynamodb:us-east-1:111122223333:table/Register" in proposed_names(
        account, "Resource", ""
    )
    assert proposed_names(account, "AWS", "")[0] == account.root_arn
    assert proposed_names(account, "Effect", "") == ("Allow", "Deny")
    assert "lambda.amazonaws.com" in proposed_names(account, "Service", "")
    assert proposed_names(account, "", "") == ()


@pytest.mark.parametrize(
    ("action", "first"),
    [
        ("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/"),
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/Manager"),
        ("s3:GetObject", "/*"),
    ],
)
def test_only_resources_on_which_the_actions_can_act_are_proposed(
    action: str, first: str
) -> None:
    account = played("15").account
    found = proposed_names(account, "Resource", "", (action,))
    assert first in found[0]
    assert found[-1] == "*"
    assert all(acts_on(action, arn) for arn in found)
    everything = proposed_names(account, "Resource", "")
    assert set(found) < set(everything)
    assert proposed_names(account, "Resource", "", ("x:y",)) == everything


def test_the_actions_beside_a_value_are_those_of_its_statement() -> None:
    text = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ""}, '
        '{"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:Get*"], "Resource": ""}]}'
    )
    assert actions_at(text, text.index('""')) == ("s3:GetObject",)
    assert actions_at(text, text.rindex('""')) == ("sqs:SendMessage", "sqs:Get*")
    assert (actions_at(text, 0), actions_at("{", 0)) == ((), ())


def test_the_list_begins_at_the_value_or_at_what_was_meant() -> None:
    account = played("15").account
    actions = proposed_names(account, "Action", "")
    assert starting_proposal(actions, "s3:ListObject") == "s3:ListBucket"
    assert starting_proposal(actions, "sqs:SendMessage") == "sqs:SendMessage"
    assert starting_proposal(actions, "") == ""
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    assert (
        starting_proposal(proposed_names(account, "Resource", ""), table.lower()) == table
    )


def test_every_kind_of_principal_says_whom_it_means() -> None:
    account = played("15").account
    said = {describe_proposal(name, "AWS") for name in proposed_names(account, "AWS", "")}
    assert len(said) == 3
    assert "" not in said
    assert all(
        describe_proposal(name, "Service")
        for name in proposed_names(account, "Service", "")
    )
    assert all(
        describe_proposal(name, "Resource")
        for name in proposed_names(account, "Resource", "")
    )


def test_a_proposed_name_is_described() -> None:
    assert describe_proposal("s3:GetObject") == "Open an object (a file) in a bucket (Read)"
    assert "List" in describe_proposal("s3:ListBucket")
    assert describe_proposal("arn:aws:s3:::b") == "The bucket itself"
    assert describe_proposal("arn:aws:s3:::b/*") == "Any object in the bucket"
    assert describe_proposal("Allow") == ""


def test_problems_stand_with_their_line() -> None:
    _, problems = examine_text(
        '{\n"Version": "2012-10-17",\n"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": 1}]}',
        Kind.IDENTITY,
    )
    assert [(row.word, row.mark) for row in problem_rows(problems)] == [
        ("line 3", Mark.MISS)
    ]


def test_only_what_the_grammar_refuses_is_called_refused() -> None:
    _, problems = examine_text(allow("s3:ListObject", "*"), Kind.IDENTITY)
    text = "there is no action s3:ListObject: it allows nothing."
    accepted = editor_step(problems, tab=False, saved=(Row("nothing changes"),))
    assert accepted.text == f"AWS accepts this text, but {text}"
    assert editor_step(problems, tab=False).text == capital(text), "AWS wasn't asked yet"
    assert problem_rows(problems)[0].mark is Mark.EXTRA
    _, problems = examine_text(allow("ListObject", "*"), Kind.IDENTITY)
    assert editor_step(problems, tab=False).text == "AWS would refuse this text:"
    assert problem_rows(problems)[0].mark is Mark.MISS


@pytest.mark.parametrize(
    ("policy", "key", "says"),
    [
        (
            allow("s3:ListBucket", "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"),
            "F2",
            "This would work",
        ),
        (allow("s3:ListBucket", "*"), "F2", "Fix the lines that “If saved” marks"),
        (
            allow("s3:ListBucket", "arn:aws:s3:::coffeeshop-recipes"),
            "F2",
            "Fix the lines that “If saved” marks",
        ),
    ],
)
def test_next_in_the_editor_says_whether_a_text_that_aws_takes_would_do(
    policy: str, key: str, says: str
) -> None:
    step = editor_step((), tab=False, saved=foreseen(played("05"), policy))
    assert (step.key, step.text.startswith(says)) == (key, True)


@pytest.mark.parametrize(
    ("who", "later"), [("ada@console", timedelta(hours=13)), ("casey", timedelta())]
)
def test_next_in_the_editor_blames_no_text_where_the_badge_in_hand_is_refused(
    who: str, later: timedelta
) -> None:
    play = played("05", "aws iam create-access-key --user-name casey")
    policy = allow("s3:ListBucket", "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET")
    call = Call(
        "iam",
        "PutUserPolicy",
        {"UserName": "casey", "PolicyName": "p", "PolicyDocument": policy},
    )
    act = Act(play.now + later, find_caller(play.account, who), call)
    step = editor_step((), tab=False, saved=rows_if_saved(play, run_all_wants(play), act))
    assert (step.key, step.text) == ("esc", "AWS doesn't let your badge save this:")


def test_a_text_that_helps_nobody_and_names_what_is_not_there_is_to_be_mended() -> None:
    text = allow("s3:ListBucket", "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKE")
    play = played("05")
    _, problems = examine_text(text, Kind.IDENTITY, play.account)
    step = editor_step(problems, tab=False, saved=foreseen(play, text))
    assert (step.key, "there is no bucket AWSDOC-EXAMPLE-BUCKE" in step.text) == (
        "F8",
        True,
    )


def test_a_blank_hides_no_problem_of_another_line() -> None:
    text = allow("s3:ListObject", "")
    policy, problems = examine_text(text, Kind.IDENTITY)
    assert policy is not None
    assert [problem.code for problem in problems] == ["unknown-action", "bad-resource"]
    assert "did you mean" in lines(policy_in_words(text, Kind.IDENTITY))
    assert "on: (still empty)" in lines(policy_in_words(text, Kind.IDENTITY))


@each_row(
    [
        (
            "arn:aws:s3:::coffeeshop-payrol/*",
            "there is no bucket `coffeeshop-payrol` in this account",
        ),
        (
            "arn:aws:dynamodb:us-east-1:111122223333:table/Registry",
            "there is no table `Registry` in this account",
        ),
        (
            "arn:aws:iam::111122223333:role/Nobody",
            "there is no role `Nobody` in this account",
        ),
        ("arn:aws:iam::444455556666:role/Nobody", None),
        ("arn:aws:iam::111122223333:user/${aws:username}", None),
        ("arn:aws:s3:::coffeeshop-*", None),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/Register", None),
        ("arn:aws:iam::111122223333:role/Manager", None),
    ]
)
def test_a_resource_that_is_not_there_is_told(resource: str, said: str | None) -> None:
    _, problems = examine_text(allow("*", resource), Kind.IDENTITY, played("15").account)
    assert (
        next(
            (problem.text for problem in problems if problem.code == "names-nothing"), None
        )
        == said
    )


def test_the_resource_that_was_meant_is_named() -> None:
    text = allow("s3:ListBucket", "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET}{")
    _, problems = examine_text(text, Kind.IDENTITY, played("05").account)
    assert [problem.mend for problem in problems] == [
        "did you mean `AWSDOC-EXAMPLE-BUCKET`?"
    ]


def test_notes_are_counted_apart() -> None:
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}'
    _, problems = examine_text(trust, Kind.TRUST)
    assert "".join(one.text for one in count_rows(problems)) == "0, 1 note"


@pytest.mark.parametrize(
    ("text", "at", "underlined"),
    [
        ('{"Action": "s3:ListObject"}', '{"Action": "|s3:ListObject"}', '"s3:ListObject"'),
        ('{\n  "a": "b"\n  "c": "d"\n}', '{\n  "a": "b"|\n  "c": "d"\n}', '"a": "b"'),
        ('{\n  "a":\n}', '{\n  "a":|\n}', '"a":'),
        ('{\n  "a": "b"\n', '{\n  "a": "b"\n|', ""),
        ("", "|", ""),
        ('{"Version": "2012-10-17", "Statement": [\n    {\n    }]}', None, "{"),
    ],
)
def test_the_value_or_line_of_a_problem_is_underlined_and_the_cursor_goes_where_it_is_mended(
    text: str, at: str | None, underlined: str
) -> None:
    if "ListObject" in text:
        text = allow("s3:ListObject", "*")
        at = text.replace("s3:List", "|s3:List")
    _, problems = examine_text(text, Kind.IDENTITY)
    start, end = underlined_spans(text, problems)[0]
    assert text[start:end] == underlined
    where = fixing_offset(text, problems[0])
    assert at in (None, f"{text[:where]}|{text[where:]}")


def test_a_text_is_read_aloud_to_its_hundredth_statement() -> None:
    many = ", ".join(
        ['{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}'] * 103
    )
    rows = policy_in_words(
        f'{{"Version": "2012-10-17", "Statement": [{many}]}}', Kind.IDENTITY
    )
    assert rows[-1].text == "and 3 statements more"
    assert policy_in_words("{", Kind.IDENTITY)[0].text == "This isn't a policy yet."


def test_to_assume_a_role_is_to_take_it() -> None:
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}'
    assert "can: assume the role (sts:AssumeRole)" in lines(
        policy_in_words(trust, Kind.TRUST)
    )


def test_a_refusal_of_someone_who_is_no_user_tells_of_no_session_and_spells_names_as_the_account_does() -> (
    None
):
    play = played("00")
    (refusal,) = (one for one in run_all_wants(play) if one.want.mode is Mode.NEVER)
    told = untried_text(play.account, refusal)
    assert "there is no user casey to send one" in told
    assert "session" not in told
    play = played("02", "aws iam create-user --user-name Ada")
    job = next(one for one in run_all_wants(play) if one.missing and one.want.who == "ada")
    assert job.missing.startswith("Ada has no ")
    assert "⏎ on Ada shows what Ada can be given" in untried_text(
        play.account, replace(job, want=replace(job.want, mode=Mode.MUST))
    )
