"""A grant as it is drawn: who gets access, through what, and what holds it back."""

from __future__ import annotations

import json
from functools import partial

import pytest

from coffeeshop.account.access.resource_keys import with_resource_keys
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.mark import Mode
from coffeeshop.views.cells import width
from coffeeshop.views.grant.drawing import draw_lines
from coffeeshop.views.grant.focus import Focus, find_focus
from coffeeshop.views.grant.here import focus_of_result
from coffeeshop.views.grant.links import LinkFinder
from coffeeshop.views.grant.model import Asked, Box, Drawing, Link
from coffeeshop.views.grant.pictures import MOST_LINKS, draw_grant
from coffeeshop.views.grant.words import grant_rows
from coffeeshop.views.rows import lines
from tests.examples import choose_cases, pairs
from tests.views.plays import opened, played

SIZES = [(78, 15), (118, 32), (60, 8), (40, 5)]
COURSE = [
    "00",
    "05",
    "07",
    "10",
    "12",
    "13",
    "15",
    "16",
    "20",
    "22",
    "23",
    "24",
    "25",
    "C3",
]
FENCE = """aws iam create-policy --policy-name Fence --policy-document {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}
aws iam put-user-permissions-boundary --user-name casey --permissions-boundary arn:aws:iam::111122223333:policy/Fence
"""
DENY = """aws iam put-user-policy --user-name casey --policy-name NoList --policy-document {"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:ListBucket","Resource":"*"}}
"""


def quoted(script: str) -> str:
    """The script with its documents in quotes."""
    return script.replace(" {", " '{").replace("}}\n", "}}'\n")


def focus_of(name: str, script: str, typed: str) -> Focus:
    focus = find_focus(played(name, script), typed)
    assert isinstance(focus, Focus), focus
    return focus


def drawn(name: str, script: str, typed: str) -> Drawing:
    return draw_grant(played(name, script), focus_of(name, script, typed))


def told(name: str, script: str, typed: str) -> str:
    return lines(grant_rows(drawn(name, script, typed)))


def told_with_jobs(name: str, script: str, typed: str) -> str:
    """The drawing in words, with the results of the jobs and refusals, as the shell tells it."""
    focus = focus_of(name, script, typed)
    return lines(grant_rows(draw_grant(played(name, script), focus, opened(name, script))))


def pictured(
    drawing: Drawing, columns: int = 78, rows: int = 15, ascii: bool = False
) -> str:
    spans = draw_lines(drawing, columns, rows, ascii)
    return "\n".join("".join(text for text, _ in line) for line in spans)


def test_a_line_goes_from_the_person_through_the_group_and_the_policy_to_the_thing() -> (
    None
):
    picture = pictured(drawn("13", "solution", "robin"))
    for word in ("robin", "group", "Staff", "receipts", "read, write"):
        assert word in picture
    assert "robin → group Staff → inline policy receipts" in told("13", "solution", "robin")


def test_a_boundary_that_does_not_allow_takes_the_access_away_and_is_named() -> None:
    before = drawn("10", "", "casey")
    after = drawn("10", quoted(FENCE), "casey")
    assert before.links[0].is_effective
    assert not after.links[0].is_effective
    assert "permissions boundary Fence doesn't allow it" in " ".join(
        pictured(after).split()
    )
    assert "held back" in pictured(after)


def test_an_explicit_deny_takes_only_its_own_actions_away() -> None:
    (link,) = drawn("10", quoted(DENY), "casey").links
    assert {asked.action for asked in link.requests} == {"s3:GetObject"}
    assert "list: policy NoList denies it (s3:ListBucket)" in told(
        "10", quoted(DENY), "casey"
    )


def test_a_line_says_that_it_needs_an_mfa_code_only_if_it_does() -> None:
    assert {link.under for link in drawn("05", "solution", "casey").links} == {""}
    links = drawn("20", "solution", "casey").links
    assert {link.under for link in links} == {"", "with an MFA code"}


def test_what_the_last_act_made_is_marked_as_new_with_a_word() -> None:
    drawing = drawn("10", quoted(DENY), "casey")
    assert "(new)" in lines(grant_rows(drawing))
    assert not drawing.fresh_links
    fresh = drawn("13", "solution", "robin")
    assert "new" in pictured(fresh) or not fresh.fresh_links


GROUP = "aws iam create-group --group-name Cashiers\n"
JOIN = "aws iam add-user-to-group --group-name Cashiers --user-name casey\n"


def test_only_what_the_last_act_made_is_called_new_not_what_a_new_line_leads_through() -> (
    None
):
    write = (
        "aws iam put-group-policy --group-name Cashiers --policy-name r --policy-document "
    )
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}'
    joined = drawn("10", GROUP + quoted(f"{write}{document}\n") + JOIN, "casey")
    assert joined.fresh_links
    assert not joined.fresh_boxes
    written = drawn("10", GROUP + JOIN + quoted(f"{write}{document}\n"), "casey")
    assert [box.label for box in written.fresh_boxes] == ["inline policy r"]


def test_a_line_that_the_last_act_took_away_is_told() -> None:
    script = "aws iam delete-user-policy --user-name casey --policy-name receipts\n"
    assert "gone: casey → inline policy receipts" in told("10", script, "casey")


def test_inline_policies_of_one_name_are_different_boxes() -> None:
    drawing = drawn("10", "", "coffeeshop-receipts")
    policies = {
        link.policy for link in drawing.links if link.policy.kind == "inline policy"
    }
    assert len(policies) == 3


def test_the_drawing_of_a_thing_tells_everyone_who_gets_it() -> None:
    people = {
        link.who.name for link in drawn("13", "solution", "coffeeshop-receipts").links
    }
    assert {"ada", "casey", "mina", "robin"} <= people


def test_an_object_that_does_not_exist_yet_is_drawn_too() -> None:
    drawing = drawn("10", "", "s3://coffeeshop-receipts/tomorrow.csv")
    assert {"ada", "casey"} <= {link.who.name for link in drawing.links}
    assert {link.thing.kind for link in drawing.links} == {"object"}


def test_a_request_is_drawn_as_it_is_decided() -> None:
    allowed = drawn("10", "", "casey s3 ls s3://coffeeshop-receipts")
    assert allowed.title == "Casey can call s3:ListBucket on coffeeshop-receipts"
    assert allowed.links[0].is_effective
    refused = drawn("10", "", "casey s3 ls")
    assert refused.title == "Casey can't call s3:ListAllMyBuckets"
    assert "✗ nothing" in pictured(refused)


def test_a_role_is_drawn_with_who_assumes_it_and_what_it_gets() -> None:
    drawing = drawn("16", "solution", "role Inventory")
    assert any(link.thing == Box("role", "Inventory") for link in drawing.links)
    assert any(link.who == Box("role", "Inventory") for link in drawing.links)


@pytest.mark.parametrize("scenario", ["16", "26", "28", "C2"])
def test_no_line_of_a_role_is_drawn_twice(scenario: str) -> None:
    for role in played(scenario).account.roles.values():
        links = [link.boxes for link in drawn(scenario, "", f"role {role.name}").links]
        assert len(links) == len(set(links)), role.name


def test_a_role_whose_trust_policy_does_not_let_the_caller_in_is_held_back_by_it() -> None:
    script = (
        "aws iam put-user-policy --user-name casey --policy-name stock --policy-document "
        '\'{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",'
        '"Resource":"arn:aws:iam::111122223333:role/espresso-role"}}\'\n'
    )
    assert "no trust policy allows it" in told("10", script, "casey")


@pytest.mark.parametrize("name", COURSE)
def test_a_line_is_drawn_exactly_for_what_the_jobs_of_a_solved_scenario_get(
    name: str,
) -> None:
    play = played(name, "solution")
    for ticket in run_all_wants(play):
        decision = ticket.decision
        if ticket.want.mode is not Mode.MUST or decision is None or not ticket.want.who:
            continue
        if decision.standing.principal.kind == "root":
            continue
        links = LinkFinder(play).links_of_request(ticket.want.who, decision)
        is_drawn = any(link.is_effective for link in links)
        assert is_drawn is isinstance(decision, Allowed)


@pytest.mark.parametrize(("name", "ascii"), pairs(COURSE, [False, True]))
def test_every_drawing_fills_its_columns_and_no_more(name: str, ascii: bool) -> None:
    play = played(name, "solution")
    names = [*(user.name for user in play.account.users.values()), *play.account.buckets]
    for typed in choose_cases(names[:3], names):
        drawing = draw_grant(play, focus_of(name, "solution", typed))
        for columns, rows in SIZES:
            picture = pictured(drawing, columns, rows, ascii)
            assert {width(line) for line in picture.splitlines()} == {columns}
            if ascii:
                assert not {"─", "│", "▶", "✗"} & {*picture}


@pytest.mark.parametrize(
    "typed",
    ["", "nobody", "casey nothing here", "casey \x1b[31m", "x" * 5000, "arn:::", "s3://"],
)
def test_what_names_nothing_is_answered_with_a_sentence(typed: str) -> None:
    answer = find_focus(played("10"), typed)
    assert isinstance(answer, str)
    assert "\x1b" not in answer
    assert len(answer) < 600


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    answer = find_focus(played("10"), "caseyy")
    assert isinstance(answer, str)
    assert "Did you mean casey?" in answer


def test_an_unknown_name_is_quoted_up_to_64_characters() -> None:
    answer = find_focus(played("10"), "y" * 100)
    assert isinstance(answer, str)
    assert answer.startswith(f"There is nothing called {'y' * 64} here.")


def test_many_things_of_one_policy_share_a_line() -> None:
    drawing = drawn("10", "", "ada")
    assert len(drawing.links) < 6
    assert any("resources" in link.thing.kind for link in drawing.links)


def test_a_drawing_without_room_counts_what_it_leaves_out() -> None:
    users = "".join(
        f"aws iam create-user --user-name u{nth}\n"
        f"aws iam put-user-policy --user-name u{nth} --policy-name p --policy-document "
        '\'{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject",'
        '"Resource":"arn:aws:s3:::coffeeshop-receipts/*"}}\'\n'
        for nth in range(MOST_LINKS + 12)
    )
    drawing = drawn("10", users, "coffeeshop-receipts")
    assert len(drawing.links) == MOST_LINKS
    assert f"and {drawing.left_out} more" in lines(grant_rows(drawing))


def test_two_users_share_the_box_of_a_policy_only_if_they_get_the_same_by_it() -> None:
    policy = Box("policy", "Till")
    bucket = Box("bucket", "receipts")
    read = (Asked("s3:GetObject", "arn:aws:s3:::receipts/1"),)
    same = tuple(
        Link(Box("user", name), None, policy, bucket, read) for name in ("casey", "sam")
    )
    drawing = Drawing("Who gets receipts", (bucket,), same, by_thing=True)
    assert pictured(drawing).count("Till") == 1
    held = (same[0], Link(*same[1].boxes))
    assert pictured(Drawing("", (bucket,), held, by_thing=True)).count("Till") == 2


@pytest.mark.parametrize("typed", ["indra", "AdminMachine"])
def test_a_role_that_only_a_service_may_assume_is_not_drawn_as_assumed_by_a_user(
    typed: str,
) -> None:
    words = told_with_jobs("26", "", typed)
    assert "indra → trust policy" not in words
    assert "indra → role AdminMachine → policy" not in words
    assert "inline policy reports → " in words


def test_a_detour_is_told_as_steps_that_could_happen_and_not_as_a_grant() -> None:
    words = told_with_jobs("26", "", "indra")
    assert "payroll: read" not in words
    assert (
        "“Indra reads the payroll, in any way” could happen in these steps: "
        "CreateFunction by indra, then Invoke by indra, "
        "then AssumeRole by lambda.amazonaws.com, then GetObject by role AdminMachine."
    ) in words


def test_steps_are_not_told_if_one_of_them_would_fail_because_its_thing_exists() -> None:
    told = "could happen in these steps: CreateVirtualMFADevice by sam"
    assert told in told_with_jobs("20", "", "sam")
    device = "aws iam create-virtual-mfa-device --virtual-mfa-device-name sam --outfile q --bootstrap-method QRCodePNG"
    assert told not in told_with_jobs("20", device, "sam")


def test_what_another_user_could_attach_first_is_not_drawn_as_allowed() -> None:
    words = told_with_jobs("22", "solution", "robin")
    assert "allowed" not in words
    assert "No policy gives robin access to anything." in words
    assert "could happen in these steps: AttachUserPolicy by mina, then Get" in words


def test_an_object_whose_kms_key_refuses_the_caller_is_drawn_as_held_back_by_the_key() -> (
    None
):
    before = told_with_jobs("31", "", "kim")
    assert "held back: kim → group Bakers" in before
    assert "read: KMS key alias/recipes needs kms:Decrypt, which AWS refuses" in before
    assert "✓" not in before
    after = told_with_jobs("31", "solution", "kim")
    assert "bucket coffeeshop-recipes: read" in after
    assert "✗" not in after


def test_to_pass_a_role_is_called_pass_and_not_write() -> None:
    assert (
        "indra → group Developers → inline policy reports → role AdminMachine: pass\n"
        in (told_with_jobs("26", "", "AdminMachine"))
    )


def test_a_role_of_another_account_is_drawn_once_and_with_its_external_id() -> None:
    words = told_with_jobs("25", "solution", "OrdersExport")
    assert (
        "role Courier in account 444455556666 → trust policy → role OrdersExport: "
        "assume with the external ID shop-7f3a"
    ) in words


def test_an_external_id_is_an_example_where_the_trust_policy_accepts_others() -> None:
    accepts_one = ("StringEquals", "shop-7f3a")
    accepts_more = (("StringEquals", ["shop-7f3a", "shop-0b1c"]), ("StringLike", "shop-*"))
    for operator, value in (accepts_one, *accepts_more):
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole",
            "Condition": {operator: {"sts:ExternalId": value}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        script = f"aws iam create-role --role-name Visit --assume-role-policy-document '{document}'"
        words = told("25", script, "Visit")
        is_one = (operator, value) == accepts_one
        assert ("only with the external ID shop-7f3a" in words) == is_one
        assert ("only with an external ID such as shop-" in words) != is_one


def test_the_usage_names_a_person_who_exists() -> None:
    usage = find_focus(played("22"), "")
    assert isinstance(usage, str)
    assert "casey" not in usage
    assert "`draw mina s3 ls` draws one request." in usage


def test_a_refusal_that_a_detour_breaks_is_drawn_with_who_makes_it_and_the_steps() -> None:
    ticket = next(each for each in opened("26", "") if each.detour)
    focus = focus_of_result(ticket)
    assert focus
    assert focus.subject == "role/AdminMachine"
    drawing = draw_grant(played("26"), focus)
    assert drawing.title.startswith("Role AdminMachine could later call iam:Create")
    assert "could happen in these steps: CreateFunction by indra" in drawing.remarks[0]


def test_a_policy_on_the_way_is_not_named_again_as_one_that_must_allow_it():
    said = told_with_jobs("25", "solution", "OrdersExport")
    assert "trust policy → role OrdersExport: assume" in said
    assert "must also allow it" not in said


NO_PASS = """aws iam put-user-policy --user-name indra --policy-name nopass --policy-document {"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/AdminMachine"}}
"""


def test_things_that_are_drawn_as_one_are_told_as_gone_or_new_only_where_they_are() -> None:
    back = "aws iam delete-user-policy --user-name indra --policy-name nopass\n"
    plays = [played("26", quoted(script)) for script in (NO_PASS, NO_PASS + back)]
    drawings = [draw_grant(play, Focus("indra"), run_all_wants(play)) for play in plays]
    for drawing in drawings:
        assert drawing.gone == ()
        assert not any(drawing.is_fresh(link) for link in drawing.links)
    assert "policy nopass denies it (iam:PassRole) (new)" in lines(grant_rows(drawings[0]))


def test_many_things_that_an_act_gave_or_took_share_one_line_and_are_named() -> None:
    attach = "aws iam {}-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess\n"
    given = drawn("10", attach.format("attach"), "casey")
    (several,) = (link for link in given.links if link.thing.kind.endswith(" resources"))
    assert given.is_fresh(several)
    taken = drawn("10", attach.format("attach") + attach.format("detach"), "casey")
    (lost,) = (link for link in taken.gone if link.thing.kind.endswith(" resources"))
    assert f"The {lost.thing.kind} that are gone of policy AmazonS3FullAccess: " in lines(
        grant_rows(taken)
    )


def test_what_is_held_back_of_the_levels_that_are_allowed_is_called_other_requests() -> (
    None
):
    attach = "aws iam attach-user-policy --user-name robin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
    said = lines(grant_rows(drawn("22", attach, "robin")))
    assert "✗ held back: other requests (list, read, write," in said


def test_a_manager_is_held_back_only_from_those_without_the_boundary() -> None:
    """Robin has the boundary that the condition asks for, and Sam has none. Mina can't choose either."""
    said = told("22", "solution", "mina")
    assert (
        "allowed: mina → group Managers → inline policy hiring → users: write, permissions"
        in said
    )
    (held_back,) = [line for line in said.splitlines() if "held back" in line]
    assert "permissions of user/staff/sam: inline policy hiring has an unmet" in held_back
    assert "robin" not in held_back


def test_the_boundary_of_a_user_who_exists_is_no_callers_choice() -> None:
    account = played("22", "solution").account
    staff = "arn:aws:iam::111122223333:policy/StaffBoundary"
    chosen = {"iam:PermissionsBoundary": (staff,)}
    users = "arn:aws:iam::111122223333:user/staff"
    context_of = partial(with_resource_keys, account, chosen=chosen)
    assert context_of("iam:AttachUserPolicy", f"{users}/sam") == {}
    assert context_of("iam:AttachUserPolicy", f"{users}/robin") == chosen
    assert context_of("iam:CreateUser", f"{users}/lou") == chosen


def test_a_grant_of_a_kms_key_is_drawn_as_a_grant() -> None:
    script = "\n".join(
        f"aws kms create-grant --key-id {key} --grantee-principal arn:aws:iam::111122223333:user/kim --operations Decrypt --name book"
        for key in played("31").account.kms_keys
    )
    said = lines(grant_rows(drawn("31", script, "kim")))
    assert "allowed: kim → grant book → KMS key alias/recipes: write (new)" in said
    assert "allowed: kim → key policy" not in said


def test_a_workload_is_found_by_its_name_alone() -> None:
    assert find_focus(played("34"), "main") == Focus("workload/main")


def test_a_user_of_identity_center_is_drawn_with_the_role_that_they_sign_in_to() -> None:
    told_lines = told("36", "", "robin")
    assert "What workforce robin can access" in told_lines
    assert "role AWSReservedSSO_Bakery" in told_lines
    assert "noor, lee, robin" in str(find_focus(played("36"), ""))
