from __future__ import annotations

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.sitting.assessment import assessment_of
from coffeeshop.lessons.sitting.days import next_opening
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.shop.mark import Mark
from coffeeshop.views.brief import call_usage
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.failing_job import closest_policy, creation_step
from coffeeshop.views.loose_ends import assumed_roles
from coffeeshop.views.next import day_deed, next_in, next_step
from coffeeshop.views.step import (
    OPEN_DAY,
    RETURN_TO_DAY,
    WRITE_DEEDS,
    Step,
    Target,
    back_to_list,
    list_step,
    press,
    remaining_step,
)
from coffeeshop.views.things.item import Noun
from coffeeshop.views.things.items import item_parts, root_item
from tests.tables import each_row
from tests.views.plays import LOOSE, TRUSTED, graded, opened, played, scenario

ADMINS = "aws iam add-user-to-group --group-name Admins --user-name "
PHONE = """aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile ada.txt --bootstrap-method Base32StringSeed
aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada --authentication-code1 @phone --authentication-code2 @phone+1
"""


def place(way: Target | None) -> tuple[str, str, str, str]:
    """Return the list, the thing, the key and its text."""
    assert way
    return way.tab, way.item_name, way.key, way.does


def step(play: Play, graded: bool = False) -> Step:
    return next_step(play, run_all_wants(play), grade(play) if graded else None)


def test_a_person_without_any_policy_is_where_to_begin() -> None:
    found = step(played("05"))
    assert (
        found.text
        == "“Casey lists the receipts” doesn't work yet. Casey has no policy yet."
    )
    assert (found.key, found.does) == ("2", "People, Users, on casey: w writes one")


def test_whoever_is_in_no_group_is_sent_to_the_one_group_that_the_story_names() -> None:
    found = step(played("00", "aws iam create-user --user-name casey"))
    assert place(found.target) == ("users", "casey", "a", "and ⏎ choose the group")
    assert place(found.other_target) == (
        "groups",
        "Cashiers",
        "a",
        "and ⏎ choose whom to add",
    )
    assert (found.values["UserName"], found.values["GroupName"]) == ("casey", "Cashiers")
    moved = step(
        played(
            "11", "aws iam remove-user-from-group --group-name Cashiers --user-name casey"
        )
    )
    assert moved.values["GroupName"] == "InventorySpecialists", (
        "the one of two that lets her"
    )


def test_a_policy_that_came_nearest_is_named_only_where_all_for_whom_it_speaks_have_the_job() -> (
    None
):
    listing = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}'
    few = f"aws iam put-group-policy --group-name Cashiers --policy-name few --policy-document '{listing}'\n"
    sam = "aws iam create-group --group-name Cashiers\n" + few + JOINS.format("sam")
    found = step(played("10", sam))
    assert found.key == "y"
    assert found.other_target
    assert found.other_target.text_on_arrival == "on Cashiers: tab to few, e edits it"
    assert step(played("10", sam + JOINS.format("ada"))).other_target is None


FIXED = "aws iam create-policy-version --set-as-default --policy-arn arn:aws:iam::111122223333:policy/temp-fix --policy-document "
ONLY_LOOKS = (
    FIXED
    + """'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}}'
"""
)


@pytest.mark.parametrize("script", ["", ONLY_LOOKS])
def test_whoever_is_in_a_group_that_does_not_allow_it_is_led_to_one_that_does(
    script: str,
) -> None:
    found = step(played("11", script))
    does = "updates" if script else "looks up"
    assert (
        found.text
        == f"“Casey {does} stock” doesn't work yet. Casey is in no group that allows it."
    )
    assert found.does == "People, Users, on casey: a and ⏎ choose the group"
    assert found.values["GroupName"] == "InventorySpecialists"


def test_no_policy_on_a_person_is_to_be_edited_where_the_brief_wants_none_there() -> None:
    emptied = "aws iam delete-group-policy --group-name InventorySpecialists --policy-name stock\n"
    found = step(played("11", emptied))
    assert found.key == "y"
    assert found.other_target is None


def test_whoever_took_up_a_badge_that_aws_refused_is_sent_back_to_their_own() -> None:
    keyed = "aws iam create-user --user-name casey\naws iam create-access-key --user-name casey\n"
    play = played("03", keyed + "aws iam create-user --user-name robin --profile casey\n")
    found = next_step(play, run_all_wants(play), None, "casey")
    assert found.text == "Your badge casey can't call CreateUser, but ada@console can:"
    assert (found.key, found.does) == ("s", f"goes back to {play.scenario.desk[0]}")
    assert next_step(play, run_all_wants(play), None, play.scenario.desk[0]).key != "s"


def test_who_carries_a_copy_at_two_stars_is_led_to_it_or_first_into_the_group() -> None:
    joined = LOOSE + "".join(map(JOINS.format, ("bo", "sam", "robin")))
    two = joined + "aws iam delete-user-policy --user-name robin --policy-name receipts\n"
    bo = step(played("10", two), graded=True)
    assert (
        bo.text
        == "The account breaks a best practice: “Permissions are attached to groups and roles, not to users”. It's about Casey and Bo. "
        + ("A job uses a policy on Casey alone, so first put Casey in the group Cashiers:")
    )
    assert bo.does == "People, Users, on casey: a and ⏎ choose the group"
    casey = step(played("10", two + JOINS.format("casey")), graded=True)
    assert (
        casey.text
        == "The account breaks a best practice: “Permissions are attached to groups and roles, not to users”. It's about Casey and Bo."
    )
    assert casey.does == "People, Users, on casey: tab to receipts, d deletes it"


def test_an_administrators_group_with_a_policy_that_opens_little_still_lacks_the_one_that_opens_everything() -> (
    None
):
    little = "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess\n"
    admins = (
        "aws iam create-user --user-name ada\naws iam create-group --group-name Admins\n"
        + little
        + ADMINS
        + "ada\n"
    )
    ada = (
        admins
        + "aws iam create-login-profile --user-name ada --password Pour-over-1\n"
        + PHONE
    )
    found = step(played("02", ada))
    assert found.text == "The group Admins allows less than Ada needs:"
    assert place(found.target) == (
        "groups",
        "Admins",
        "⏎",
        "and p attaches AdministratorAccess",
    )
    assert found.values["PolicyArn"].endswith("/AdministratorAccess")


def test_a_group_that_may_be_for_others_is_given_no_administrators_policy() -> None:
    for inside in ("", ADMINS.replace("Admins", "Cashiers") + "casey\n"):
        people = (
            "aws iam create-user --user-name ada\naws iam create-user --user-name casey\n"
        )
        found = step(
            played("C1", people + "aws iam create-group --group-name Cashiers\n" + inside)
        )
        assert found.text == "The group Cashiers grants nothing yet:"
        assert (found.target and found.target.deed_text, dict(found.values)) == (
            "⏎ shows what can be done",
            {"GroupName": "Cashiers"},
        )


def test_whom_a_deny_of_their_own_holds_back_no_group_would_help() -> None:
    none = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
    found = step(
        played(
            "04",
            f"aws iam put-user-policy --user-name casey --policy-name none --policy-document '{none}'",
        )
    )
    assert (
        found.text
        == "“Casey lists the receipts” doesn't work yet. The policy “none” on Casey denies s3:ListBucket:"
    )
    assert found.does == "People, Users, on casey: tab to none, e edits it"


def test_a_control_policy_that_hangs_on_nothing_is_told_to_bind_nobody() -> None:
    written = "aws organizations create-policy --name Rules --description d --type SERVICE_CONTROL_POLICY --content file://policies/shop-rules.json"
    hung = (
        "aws organizations attach-policy --policy-id @policy:Rules --target-id 222233334444"
    )
    found = step(played("24", written))
    assert (found.text, found.key) == (
        "The policy “Rules” has no effect yet, because it isn't attached:",
        ":",
    )
    assert "Rules" not in step(played("24", f"{written}\n{hung}")).text


PEOPLE = ("users", "groups", "roles")


@pytest.mark.parametrize(
    ("tab", "thing", "key", "does"),
    [
        ("users", "casey", "→", "to Groups, then on Cashiers: w writes its policy"),
        ("roles", "Barista", "←", "to Groups, then on Cashiers: w writes its policy"),
        ("groups", "Admins", "↑↓", "choose Cashiers, w writes its policy"),
        ("groups", "cashiers", "w", "writes its policy"),
    ],
)
def test_of_the_way_only_what_is_left_is_told(
    tab: str, thing: str, key: str, does: str
) -> None:
    found = remaining_step(
        step(played("10", "aws iam create-group --group-name Cashiers")), PEOPLE, tab, thing
    )
    assert (found.key, found.does) == (key, does)


@pytest.mark.parametrize(
    ("tab", "thing", "hung", "key", "does"),
    [
        ("users", "casey", None, "↑↓", "choose robin, tab to receipts, d deletes it"),
        ("users", "robin", None, "tab", "to receipts, d deletes it"),
        ("users", "robin", "membership:Cashiers", "↑↓", "to receipts, d deletes it"),
        ("users", "robin", "inline:r", "d", "deletes the policy receipts of robin"),
        (
            "users",
            "casey",
            "inline:r",
            "2",
            "goes back to Users, on robin: tab to receipts, d deletes it",
        ),
    ],
)
def test_of_a_way_to_what_hangs_on_a_thing_only_what_is_left_is_told(
    tab: str, thing: str, hung: str | None, key: str, does: str
) -> None:
    deletes = press("inline-user", "DeleteUserPolicy", "deletes {it}{of}")
    row = {"row_id": "inline:r", "row_name": "receipts"}
    way = list_step("", "users", "robin", deletes, **row, row_noun="inline-user")
    found = remaining_step(way, PEOPLE, tab, thing, hung)
    assert (found.key, found.does) == (key, does)


TAKES_OUT = "takes them out of it"
MOVED_IN = "aws iam add-user-to-group --group-name InventorySpecialists --user-name casey"


@pytest.mark.parametrize(
    ("tab", "thing", "hung", "key", "does"),
    [
        ("users", "indra", None, "↑↓", f"choose casey, tab to Cashiers, d {TAKES_OUT}"),
        ("users", "casey", None, "tab", f"to Cashiers, d {TAKES_OUT}"),
        ("users", "casey", "membership:Cashiers", "d", "takes casey out of Cashiers"),
        ("groups", "Cashiers", None, "tab", f"to casey, d {TAKES_OUT}"),
        ("groups", "Cashiers", "membership:casey", "d", "takes casey out of Cashiers"),
        (
            "groups",
            "Admins",
            "membership:ada",
            "2",
            f"goes back to Users, on casey: tab to Cashiers, d {TAKES_OUT}",
        ),
    ],
)
def test_who_is_to_leave_a_group_leaves_it_from_either_side(
    tab: str, thing: str, hung: str | None, key: str, does: str
) -> None:
    found = remaining_step(step(played("11", MOVED_IN)), PEOPLE, tab, thing, hung)
    assert (found.key, found.does) == (key, does)


@pytest.mark.parametrize(
    ("noun", "operation", "does", "called", "said"),
    [
        (
            "inline-group",
            "DeleteGroupPolicy",
            "deletes {it}{of}",
            "receipts",
            "deletes the policy receipts of till",
        ),
        (
            "attached-user",
            "DetachUserPolicy",
            "detaches {it}{of}",
            "A",
            "detaches the policy A from till",
        ),
        (
            "key",
            "DeleteAccessKey",
            "deletes {it}{of}",
            "AKIA1",
            "deletes the key AKIA1 of till",
        ),
        (
            "key",
            "UpdateAccessKey",
            "switches {it}{of} off or on",
            "AKIA1",
            "switches the key AKIA1 of till off or on",
        ),
        (
            "inline-user",
            "PutUserPolicy",
            "edits {it}{of}",
            "receipts",
            "edits the policy receipts of till",
        ),
    ],
)
def test_on_the_row_itself_is_told_what_it_is_and_whose(
    noun: Noun, operation: str, does: str, called: str, said: str
) -> None:
    deed = press(noun, operation, does)
    way = list_step("", "users", "till", deed, row_id="row", row_name=called, row_noun=noun)
    assert remaining_step(way, PEOPLE, "users", "till", "row").does == said
    cells = 20 if noun == "key" else 64  # AWS's ids of keys have 20 characters
    long = Target("users", "t" * 64, deed, "row", "c" * cells, noun)
    assert len(f" d  {long.text_on_row}") <= 80


@pytest.mark.parametrize(
    ("tab", "thing", "called"), [("groups", "Till", "bo"), ("users", "bo", "Till")]
)
def test_on_a_membership_person_and_group_are_named(tab: str, thing: str, called: str):
    deed = press("membership", "RemoveUserFromGroup", "takes {them} out of {it}")
    way = Target(tab, thing, deed, "row", called, "membership")
    assert (way.does, way.text_on_row) == (TAKES_OUT, "takes bo out of Till")


WRITE_ON_ROBIN = list_step("", "users", "robin", WRITE_DEEDS["user"])


@pytest.mark.parametrize(
    ("tab", "thing"), [("users", "robin"), ("users", "casey"), ("groups", "robin")]
)
def test_beside_the_lists_of_people_the_way_leads_back_to_them(
    tab: str, thing: str
) -> None:
    for found in (
        back_to_list(WRITE_ON_ROBIN, PEOPLE),
        remaining_step(WRITE_ON_ROBIN, PEOPLE, tab, thing, "row"),
    ):
        assert (found.key, found.does) == (
            "2",
            "goes back to Users, on robin: w writes one",
        )


def test_the_way_back_to_people_goes_on_to_their_other_lists() -> None:
    roles = back_to_list(list_step("", "roles", "Till", WRITE_DEEDS["role"]), PEOPLE)
    assert (roles.key, roles.does) == (
        "2",
        "goes back to Users, →→ Roles, on Till: w writes one",
    )
    assert (
        back_to_list(list_step("", "", "", Deed("←→", "to Roles")), PEOPLE).does
        == "goes back to Users, ←→ to Roles"
    )


def test_a_way_that_leads_elsewhere_is_told_whole() -> None:
    found = step(played("10", "aws iam create-group --group-name Cashiers"))
    assert remaining_step(found, ("policies",), "policies", "receipts") == found
    assert found.does == "People, → Groups, on Cashiers: w writes its policy"


@each_row(
    [
        (
            "05",
            "aws iam create-policy --policy-name R --policy-document file://policies/receipts.json",
            "because it isn't attached",
            "3",
        ),
        ("10", "aws iam create-group --group-name Cashiers", "grants nothing yet", "2"),
        (
            "10",
            "aws iam create-group --group-name Cashiers\naws iam put-group-policy --group-name Cashiers --policy-name p --policy-document file://policies/receipts.json",
            "No one is in the group Cashiers",
            "2",
        ),
        (
            "10",
            "",
            "Create the group Cashiers, as the brief asks, to give it the permission",
            "2",
        ),
        (
            "10",
            "aws iam create-group --group-name Cashiers\naws iam put-group-policy --group-name Cashiers --policy-name p --policy-document file://policies/receipts.json\naws iam add-user-to-group --group-name Cashiers --user-name casey",
            "Sam is not in the group Cashiers",
            "2",
        ),
        (
            "15",
            "aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json",
            "has no permissions yet",
            "2",
        ),
        ("15", "", "there is no Cashier role", "2"),
        (
            "05",
            "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/things-in-the-drawer.json",
            "AWS refuses it",
            "y",
        ),
        (
            "05",
            "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/every-bucket.json",
            "is still allowed: the policy “p” on Casey allows s3:ListBucket:",
            "2",
        ),
        ("26", "", "is still allowed, by a detour: the policy", "2"),
        ("05", "solution", "Every job works", "g"),
        ("00", "", "there is no user casey", "2"),
        ("01", "", "root has no MFA device", "2"),
        (
            "00",
            "aws iam create-user --user-name casey",
            "Casey is in no group.",
            "2",
        ),
        ("00", "solution", "Every job works", "g"),
    ]
)
def test_the_first_thing_in_the_way_is_named_with_the_key_that_goes_there(
    scenario: str, script: str, said: str, key: str
) -> None:
    found = step(played(scenario, script))
    assert said in found.text
    assert found.key == key


def test_the_owner_is_not_hired_but_given_what_is_lacking() -> None:
    assert place(step(played("01")).target) == (
        "users",
        "root",
        "⏎",
        "and m ask to give one",
    )


def test_the_owner_is_told_where_a_key_goes_that_no_policy_holds_back() -> None:
    coded = "".join(
        f"{line}\n"
        for line in scenario("01").solution.splitlines()
        if "access-key" not in line
    )
    play = played("01", coded)
    found = next_step(play, run_all_wants(play), None, "root@console")
    assert found.target is not None
    assert (
        found.does
        == f"People, Users, on root: tab to {found.target.row_name}, d deletes it"
    )
    assert found.target.row_id == f"key:{found.target.row_name}"
    assert found.text.endswith(
        "is still allowed: no identity-based policy limits root, but you can delete its key."
    )
    assert found.target.row_id in {
        item.id for item in item_parts(play.account, root_item(play.account))
    }
    assert "UserName" not in {
        name for name, value in found.values.items() if value
    }  # IAM knows no user root
    assert found.want == "laptop-key"
    assert next_step(play, run_all_wants(play), None).key == "y"


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    ("scenario", "script", "said", "way"),
    [
        (
            "05",
            f"aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}",
            "the policy “AdministratorAccess” on Casey allows s3:ListBucket:",
            "People, Users, on casey: tab to AdministratorAccess, d detaches it",
        ),
        (
            "04",
            "aws iam add-user-to-group --group-name Cashiers --user-name casey\n"
            f"aws iam attach-group-policy --group-name Cashiers --policy-arn {ADMIN}",
            "the policy “AdministratorAccess” on Casey's group Cashiers allows s3:ListBucket:",
            "People, → Groups, on Cashiers: tab to AdministratorAccess, d detaches it",
        ),
        (
            "04",
            'aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy \'{"Version": "2012-10-17", "Statement": '
            '{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"}, "Action": "s3:*", "Resource": ["arn:aws:s3:::coffeeshop-payroll", '
            '"arn:aws:s3:::coffeeshop-payroll/*"]}}\'',
            "the policy of the bucket coffeeshop-payroll itself allows",
            "Policies, on coffeeshop-payroll: ⏎ edits it",
        ),
        (
            "03",
            "".join(
                f"{line}\n"
                for line in scenario("03").solution.splitlines()
                if "till" not in line
            ),
            "till's access key still works:",
            "People, Users, on till: tab to AKIAAA62X6RGJVWDI675, d deletes it",
        ),
    ],
)
def test_a_leak_is_followed_to_the_very_thing_that_lets_somebody_in(
    scenario: str, script: str, said: str, way: str
) -> None:
    play = played(scenario, script)
    leak = next(ticket for ticket in run_all_wants(play) if ticket.mark is Mark.LEAK)
    found = next_step(play, [leak], None)
    assert said in found.text
    assert found.does == way
    assert found.want == leak.want.id


JOINS = "aws iam add-user-to-group --group-name Cashiers --user-name {}\n"


def test_nobody_is_told_to_take_a_policy_away_before_a_group_gives_what_a_job_needs() -> (
    None
):
    joined = LOOSE + "".join(map(JOINS.format, ("bo", "sam")))
    before = step(played("10", joined))
    assert (
        "A job uses this policy, so first put Robin in the group Cashiers:" in before.text
    )
    assert before.does == "People, Users, on robin: a and ⏎ choose the group"
    assert before.values["UserName"] == "robin"
    other = step(played("10", joined + JOINS.format("robin")))
    assert (
        other.text
        == "A job uses a policy on Casey alone, so first put Casey in the group Cashiers:"
    )
    after = step(played("10", joined + "".join(map(JOINS.format, ("robin", "casey")))))
    assert after.does == "People, Users, on robin: tab to receipts, d deletes it"


def test_a_policy_that_a_job_needs_and_no_group_gives_is_edited() -> None:
    wide = "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/every-bucket.json"
    assert step(played("05", wide)).does == "People, Users, on casey: tab to p, e edits it"
    admin = step(
        played("05", f"aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    )
    assert admin.does == "People, Users, on casey: w writes one"
    assert admin.text.endswith(
        "the policy “AdministratorAccess” on Casey allows s3:ListBucket. "
        "A job uses this policy, so first write a small policy, then remove this one:"
    )


BESIDE = f"""aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/receipts.json
aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}"""


@pytest.mark.parametrize(
    ("script", "look", "deed"),
    [
        (
            BESIDE,
            "iam list-attached-user-policies --user-name casey",
            "iam detach-user-policy",
        ),
        (
            "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/every-bucket.json",
            "iam get-user-policy --user-name casey --policy-name p",
            "iam put-user-policy",
        ),
    ],
)
def test_once_it_was_looked_at_the_call_that_does_it_is_named(
    script: str, look: str, deed: str
) -> None:
    first, elsewhere = step(played("05", script)), look.replace("casey", "ada")
    assert call_usage(first.calls[0], first.values) == f"aws {look}"
    assert step(played("05", f"{script}\naws {elsewhere}")).calls == first.calls
    after = step(played("05", f"{script}\naws {look}"))
    assert (after.calls, after.text) == ((deed,), first.text)
    assert call_usage(deed, after.values).startswith(
        f"aws {deed} --user-name casey --policy-"
    )


def leaking(name: str, want: str) -> Step:
    """What Next says of a leak as the scenario begins, beside what goes well."""
    play, tickets = played(name), opened(name)
    leak = next(
        ticket for ticket in tickets if ticket.want.id == want and ticket.mark is Mark.LEAK
    )
    return next_step(
        play, [leak, *(ticket for ticket in tickets if ticket.mark is Mark.OK)], None
    )


@pytest.mark.parametrize(
    ("scenario", "want"),
    [
        ("24", "leave@ada"),
        ("C3", "blind@ada"),
        ("18", "tablet"),
        ("27", "thief-session"),
        ("C2", "tablet"),
    ],
)
def test_nobody_is_led_to_what_is_to_stay_an_administrators_or_that_of_a_job(
    scenario: str, want: str
) -> None:
    found = leaking(scenario, want)
    assert (found.key, found.does, found.want, found.target) == (
        "y",
        "says who let it in",
        want,
        None,
    )


@pytest.mark.parametrize(
    ("want", "role"),
    [("wear@indra", "espresso-role"), ("apron@stranger", "Cashier")],
    ids=["ours", "outside"],
)
def test_of_a_role_that_others_work_in_the_way_leads_to_who_may_wear_it(
    want: str, role: str
) -> None:
    assert place(leaking("C2", want).target) == (
        "roles",
        role,
        "e",
        "changes who can assume it",
    )


@pytest.mark.parametrize(
    ("scenario", "want", "policy"),
    [("09", "south@casey", "receipts"), ("20", "key@casey", "receipts")],
)
def test_where_a_condition_would_tell_job_and_leak_apart_the_way_leads_to_its_policy(
    scenario: str, want: str, policy: str
) -> None:
    assert f"the policy “{policy}” on Casey's group" in leaking(scenario, want).text


@pytest.mark.parametrize(
    "name", ["03", "07", "17", "24", "26", "27", "28", "29", "C2", "C3"]
)
def test_every_way_to_what_lets_a_leak_in_has_its_calls(name: str) -> None:
    for ticket in opened(name):
        if ticket.mark is Mark.LEAK and (found := leaking(name, ticket.want.id)).target:
            assert found.calls, found.text


def test_what_root_did_too_late_is_taken_back_until_it_is_gone() -> None:
    lines = (
        scenario("02")
        .solution.replace(" --profile ada@console", "")
        .replace("console sign-in", "# ")
        .splitlines()
    )
    found = step(played("02", "\n".join(lines)))
    assert found.text.startswith(
        "Root called CreateUser after an administrator could sign in."
    )
    assert "with the 1 act since:" in found.text
    assert (found.key, found.does) == ("u", "undoes the last act")
    assert step(played("02", "\n".join(lines[:-2]))).key != "u"
    assert step(played("02", "solution")).key == "g"


def test_a_person_who_is_not_there_comes_before_what_nobody_needs() -> None:
    hired = scenario("02").solution.splitlines()[:-2]
    groups = [
        f"aws iam create-group --group-name {name} --profile ada@console"
        for name in ("casey", "robin")
    ]
    found = step(played("02", "\n".join((*hired, *groups))))
    assert place(found.target) == ("users", "", "n", "hires")
    assert found.values == {"UserName": "casey"}
    assert step(played("02", "\n".join((scenario("02").solution, *groups)))).key == "g"


def test_a_device_that_was_made_is_only_enrolled_and_the_owners_is_enrolled_otherwise() -> (
    None
):
    assert step(played("01")).calls == (
        "iam create-virtual-mfa-device",
        "console enroll-root-mfa",
    )
    made = "aws iam create-virtual-mfa-device --virtual-mfa-device-name mine --outfile a.png --bootstrap-method QRCodePNG"
    found = step(played("01", made))
    assert found.calls == ("console enroll-root-mfa",)
    assert found.values["SerialNumber"].endswith(":mfa/mine")


def test_a_grade_speaks_of_the_first_finding_then_of_the_receipt_and_of_the_day() -> None:
    won = step(played("05", "solution"), graded=True)
    assert won.text.startswith("Three stars")
    assert (won.key, won.does) == (
        "g",
        "shows your grade and what comes next, 5 runs the shop for a day",
    )
    direct = "aws iam put-user-policy --user-name sam --policy-name receipts --policy-document file://policies/receipts.json\naws iam put-user-policy --user-name robin --policy-name receipts --policy-document file://policies/receipts.json"
    found = step(played("10", direct), graded=True)
    assert found.does == "says more about star 3, c gives a hint"
    assert (
        found.text
        == "The account breaks a best practice: “Permissions are attached to groups and roles, not to users”. It's about Casey, Robin, Bo and 1 more."
    )


GONE = "aws s3api delete-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0412.json"


@pytest.mark.parametrize("asked_for_a_grade", [True, False])
def test_a_thing_that_must_stay_is_brought_back_by_undo(asked_for_a_grade: bool) -> None:
    found = step(
        played("05", f"{scenario('05').solution}\n{GONE}"), graded=asked_for_a_grade
    )
    assert found.key == "u"


def test_who_is_looked_up_and_not_there_was_not_refused() -> None:
    without_casey = "\n".join(
        line
        for line in scenario("02").solution.splitlines()
        if "--user-name casey" not in line
    )
    play = played("02", without_casey)
    assert (
        step(play).text
        == "“Ada looks up Casey's user” doesn't work yet. There is no user casey yet."
    )
    assert place(step(play).target) == ("users", "", "n", "hires")
    assert (
        grade(play).findings[0].ask
        == "No policy refuses the call. Which name or value does AWS's error mention?"
    )


def test_a_job_that_works_for_some_of_its_things_only_is_no_job_that_works() -> None:
    leave = "aws iam remove-user-from-group --group-name Cashiers --user-name robin\n"
    policy = """{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/2026/03/0412.json"}]}"""
    put = f"aws iam put-user-policy --user-name robin --policy-name p --policy-document '{policy}'\n"
    found = step(played("11", scenario("11").solution + leave + put))
    assert (
        found.text
        == "“Robin can open any receipt” doesn't work yet. Only part of it works."
    )
    assert found.key == "y"


def test_a_role_that_a_line_of_a_job_takes_is_made_first() -> None:
    found = step(played("25"))
    assert found.text.endswith("as OrdersExport”: there is no OrdersExport role yet.")
    assert place(found.target) == ("roles", "", "n", "makes one")
    made = "aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/trust.json"
    assert step(played("25", made)).text.startswith(
        "The role OrdersExport has no permissions yet"
    )


LEFT = "aws iam remove-user-from-group --group-name Baristas --user-name casey"


def test_nobody_but_a_user_is_sent_into_a_group() -> None:
    policy = "--group-name Cashiers --policy-name p --policy-document file://policies/receipts.json"
    play = played(
        "10",
        f"aws iam create-group --group-name Cashiers\naws iam put-group-policy {policy}\n"
        "aws iam add-user-to-group --group-name Cashiers --user-name casey",
    )
    tickets = [
        replace(t, want=replace(t.want, who="function/espresso"))
        for t in run_all_wants(play)
    ]
    assert next_step(play, tickets, None).text.startswith(
        "“Sam lists the receipts” doesn't work yet."
    )


def test_nobody_who_has_a_group_of_the_story_is_sent_into_the_one_that_the_learner_made() -> (
    None
):
    policy = "--group-name Waffles --policy-name p --policy-document file://policies/waffles.json"
    kims_group = (
        f"aws iam create-group --group-name Waffles\naws iam put-group-policy {policy}\n"
        "aws iam add-user-to-group --group-name Waffles --user-name kim"
    )
    found = step(played("39", kims_group))
    assert "Sam counts the orders" in found.text
    assert "Waffles" not in found.text


def test_the_first_policy_is_written_on_the_group_that_the_story_names_first() -> None:
    lines = "\n".join(
        f"aws iam delete-group-policy --group-name {group} --policy-name orders"
        for group in ("Oven", "Waffles")
    )
    assert step(played("40", lines)).does == "People, → Groups, on Stations: w writes one"


def test_a_group_of_the_story_without_a_policy_comes_before_the_nearest_policy() -> None:
    refused = next(t for t in run_all_wants(played("40")) if t.want.who == "noor")
    way = closest_policy(played("40"), refused)
    assert way is not None
    assert (way.tab, way.item_name) == ("groups", "Stations")


def test_a_boundary_that_the_learner_loosened_is_to_be_edited_and_not_the_policy_below_it() -> (
    None
):
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}'
    wide = scenario("39").solution.replace(
        "--policy-document file://policies/three-sends.json",
        f"--policy-document '{document}'",
    )
    suggestion = step(played("39", wide))
    assert "the permissions boundary BoardBoundary allows sqs:PurgeQueue" in suggestion.text
    assert "AmazonSQSFullAccess" not in suggestion.text


def test_a_role_that_only_delegates_names_both_of_its_sides_and_the_group_where_people_carry_none() -> (
    None
):
    found = step(played("15", TRUSTED))
    assert "Cashier's trust policy names only the account" in found.text
    assert (
        "Name bo in it, or let a policy of bo's group Baristas allow sts:AssumeRole"
        in found.text
    )
    assert found.does == "People, ←→ to Roles or Groups"


def test_nobody_is_told_to_let_in_a_group_in_which_others_are_too() -> None:
    assert (
        "or let a policy of a group of bo's own allow sts:AssumeRole"
        in step(played("16")).text
    )
    assert "a policy of bo's group Baristas" in step(played("16", LEFT)).text


def test_a_session_that_is_asked_for_too_long_is_no_matter_of_permission() -> None:
    stopped = next(
        line for line in scenario("18").solution.splitlines() if "put-role-policy" in line
    )
    assert step(played("18")).want == "tablet", "its opening says to stop it first"
    found = step(played("18", stopped))
    assert found.text.endswith("Nothing refuses it, but AWS answers ValidationError.")
    assert (found.key, found.does) == ("y", "names the missing part")


def test_a_role_that_lets_somebody_else_in_says_so() -> None:
    mina = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/mina"}, "Action": "sts:AssumeRole"}}'
    changed = (
        f"aws iam update-assume-role-policy --role-name Cashier --policy-document '{mina}'"
    )
    assert (
        "Cashier's trust policy must name bo. Or let it name the account, and let a policy of bo's group"
        in step(played("15", TRUSTED + changed)).text
    )


def test_a_role_that_carries_nothing_is_named_where_the_shop_had_it_already() -> None:
    for side in (
        "",
        "aws iam delete-role-policy --role-name Cashier --policy-name sales\n",
    ):
        found = step(played("15", TRUSTED + side))
        assert "bo has no policy" not in found.text.lower()


def test_what_was_stolen_goes_before_what_is_planned_and_an_old_key_does_not():
    franchise = played("C3")
    first = next_step(franchise, run_all_wants(franchise), None)
    assert (
        first.text
        == "“The leaked key lists the receipts” is still allowed: robin's access key still works:"
    )
    # The key, and the sessions of before.
    shut = played("C3", "\n".join(scenario("C3").solution.splitlines()[:3]))
    assert next_step(shut, run_all_wants(shut), None).text.startswith(
        "“svc2's key lists the receipts” is still allowed"
    )
    assert (
        "there is no user casey"
        in next_step(played("03"), run_all_wants(played("03")), None).text
    )


NARROW, WIDE = "file://policies/receipts.json", "file://policies/every-bucket.json"
OWN = "arn:aws:iam::111122223333:policy/R"
KEPT = f"""aws iam create-policy --policy-name R --policy-document {WIDE}
aws iam attach-user-policy --user-name casey --policy-arn {OWN}
aws iam create-policy-version --policy-arn {OWN} --policy-document {NARROW}"""


def test_a_version_that_was_never_put_in_force_is_what_comes_next() -> None:
    found = step(played("05", KEPT))
    assert found.text == "Version v2 of the policy “R” isn't the default, v1 still is:"
    assert found.does == "Policies, on R: tab to v2, e makes it the default"
    assert found.calls == ("iam set-default-policy-version",)
    assert found.values == {"PolicyArn": OWN, "VersionId": "v2"}


def test_a_version_that_is_in_force_or_was_taken_out_on_purpose_is_not_spoken_of() -> None:
    put = f"{KEPT}\naws iam set-default-policy-version --policy-arn {OWN} --version-id"
    for script in (
        f"{KEPT} --set-as-default",
        f"{put} v2",
        f"{put} v2\n{put.rpartition(chr(10))[2]} v1",
    ):
        assert "the default" not in step(played("05", script)).text


def test_where_all_is_well_a_version_that_is_kept_is_no_next_step() -> None:
    script = (
        KEPT.replace(WIDE, "file://policies/x.json")
        .replace(NARROW, WIDE)
        .replace("file://policies/x.json", NARROW)
    )
    assert step(played("05", script)).key == "g"
    assert "the default" not in step(played("05", script), graded=True).text


# ------------------------------------------------------------------ a day that is open
OUT = "aws iam remove-user-from-group --group-name InventorySpecialists --user-name casey"


def in_a_day(before: str, within: str = "") -> Sitting:
    """Casey moves: what was done before a day opened, and what is done in it, by its clock."""
    shop = scenario("11").opening
    account, root = mint_credential(shop, shop.root_arn, "key", scenario("11").now)
    play = run_play(replace(scenario("11"), opening=account), before)
    opening = next_opening(play.scenario, play.now)
    for line in within.splitlines():
        act = read_act(
            line, play.account, max(play.now, opening.opens), play.scenario.files, root
        )
        assert isinstance(act, Act)
        play = play.do(act)
    return Sitting(play.at(opening.clock), assessment_of(play, []), "root", day=opening)


def test_in_an_open_day_whoever_has_run_out_is_told_to_sign_in_before_anything_else() -> (
    None
):
    for before in ("", scenario("11").solution):
        sitting = replace(in_a_day(before), profile="ada@console")
        for report in (None, sitting.assessment.grade()):
            found = next_in(sitting, report)
            assert (
                found.text
                == "Your sign-in ended on Monday at 20:00: AWS refuses calls with it."
            )
            assert (found.key, found.does) == ("s", "signs in again")


@pytest.mark.parametrize("undone", ["", OUT])
def test_in_an_open_day_next_leads_through_what_was_lacking_as_it_opened(
    undone: str,
) -> None:
    sitting = in_a_day(undone)
    found, alone = (
        next_in(sitting, None),
        next_step(sitting.play, sitting.tickets, None, sitting.profile),
    )
    assert found == replace(alone, lead=f"A day is open, at {sitting.now:%H:%M}. ")
    assert found.target is not None


def test_after_three_stars_an_open_day_is_gone_back_to_and_not_opened() -> None:
    sitting = in_a_day(scenario("11").solution)
    day = day_deed(sitting)
    assert day is not None
    assert (day.goal, day.text) == (Goal.RETURN_TO_DAY, "goes back to the open day")
    assert day_deed(replace(sitting, day=None, knows_roles=True)) == OPEN_DAY
    assert day_deed(replace(sitting, day=None, knows_roles=False)) is None


def test_in_an_open_day_next_leads_back_where_a_job_was_lost_in_it() -> None:
    for within in ("", OUT):
        sitting = in_a_day(scenario("11").solution, within)
        assert all(ticket.mark is Mark.OK for ticket in sitting.tickets) is not bool(within)
        found = next_in(sitting, None)
        assert found.deed is RETURN_TO_DAY


def test_what_was_taken_from_somebody_comes_first_in_next_as_in_the_grade() -> None:
    trust = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"Service": "ec2.amazonaws.com"}}}'
    )
    line = f"aws iam update-assume-role-policy --role-name AdminMachine --policy-document '{trust}'"
    play = played("26", line)
    report = graded("26", line)
    assert report.findings[0].kind == "lost"
    step = next_step(play, opened("26", line), report)
    assert (step.text, step.key) == (report.findings[0].what, "g")


def test_whoever_leaks_by_the_group_of_an_administrator_leaves_it_and_the_policy_stays() -> (
    None
):
    hired = f"aws iam create-user --user-name casey\n{ADMINS}casey\n"
    first = step(played("00", hired))
    assert first.text.endswith(
        "A job uses this group, so first put Casey in the group Cashiers:"
    )
    assert first.values["GroupName"] == "Cashiers"
    then = step(played("00", hired + JOINS.format("casey")))
    assert then.target
    assert (then.target.tab, then.target.item_name, then.target.row_id) == (
        "users",
        "casey",
        "membership:Admins",
    )
    assert then.does.endswith("d takes them out of it")


def test_an_administrator_in_a_group_is_told_to_detach_the_policy_of_her_own() -> None:
    """02, when Ada is in Admins and AdministratorAccess is still attached to her, too."""
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    solved = scenario("02").solution
    script = f"{solved}\naws iam attach-user-policy --user-name ada --policy-arn {admin} --profile ada@console\n"
    play = run_play(scenario("02"), script)
    named = next_step(play, run_all_wants(play), grade(play))
    assert named.deed.operations in (
        (("iam", "DetachUserPolicy"),),
        (("iam", "GetPolicyVersion"),),
        (("iam", "ListAttachedUserPolicies"),),
    )


OTHER_PASSWORD = "aws iam update-login-profile --user-name sam --password Sixteen-char-9!\n"


def test_a_job_that_changes_a_password_is_told_which_one_to_set_back() -> None:
    found = step(played("20", OTHER_PASSWORD))
    assert found.calls == ("iam update-login-profile",)
    assert found.values == {"UserName": "sam", "Password": "Steam-wand-4"}
    assert "sam no longer has the password Steam-wand-4" in found.text
    again = OTHER_PASSWORD + OTHER_PASSWORD.replace("Sixteen-char-9!", "Steam-wand-4")
    assert "password" not in step(played("20", again)).text


def test_nobody_is_sent_to_a_call_that_fails_to_set_a_password_back() -> None:
    play = played("20", OTHER_PASSWORD)
    found = next_step(play, run_all_wants(play), None, "ada@console")
    assert found.calls == ("iam update-login-profile",)
    assert found.target
    assert (found.target.item_name, found.target.row_id) == ("sam", "login:password")


def test_a_user_whose_password_was_changed_is_not_said_to_have_none() -> None:
    report = grade(played("20", OTHER_PASSWORD))
    assert report.findings[0].what == (
        "Sam has a different password from the one that the job changes."
    )
    assert "Steam-wand-4" in report.findings[0].why


@pytest.mark.parametrize(
    ("name", "call", "headline", "reason"),
    [
        ("20", "iam delete-login-profile --user-name sam", "Sam no longer has a password or a key to use with a code.", "The job signs in with an MFA code."),
        ("20", "iam deactivate-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey", "Casey no longer has an MFA device.", "The job signs in with an MFA code."),
    ],
)  # fmt: skip
def test_a_user_who_lost_a_credential_is_told_which_one_is_missing_now(
    name: str, call: str, headline: str, reason: str
) -> None:
    report = grade(played(name, f"aws {call}\n"))
    told = {finding.what: finding.why for finding in report.findings}
    assert told[headline] == reason
    assert "can't sign in" not in " ".join(told)


def test_a_function_that_is_not_there_is_created_and_no_user_of_its_name() -> None:
    play = played("19", "aws lambda delete-function --function-name espresso-api\n")
    ticket = next(each for each in run_all_wants(play) if each.missing)
    found = creation_step(play, ticket)
    assert found.calls == ("lambda create-function",)
    assert found.values == {"FunctionName": "espresso-api"}
    assert "there is no function espresso-api" in found.text


def test_a_function_whose_role_does_not_trust_lambda_leads_to_the_roles_trust() -> None:
    trust = f"aws iam update-assume-role-policy --role-name espresso-role --policy-document '{NO_LAMBDA}'"
    found = step(played("19", trust))
    assert found.calls == ("iam update-assume-role-policy",)
    assert found.values == {"RoleName": "espresso-role"}


NO_LAMBDA = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}'


def test_a_group_of_another_name_than_the_brief_asks_for_is_not_led_on_with() -> None:
    found = step(played("10", "aws iam create-group --group-name Tills"))
    assert found.calls == ("iam create-group",)
    assert found.values == {"GroupName": "Cashiers"}
    made = "aws iam create-group --group-name Baristas\naws iam create-group --group-name Cashiers"
    assert step(played("10", made)).values["GroupName"] == "Cashiers"


def test_a_role_without_permissions_is_no_loose_end_once_its_jobs_work() -> None:
    play = played("15", TRUSTED.splitlines()[0])
    solved = [each for each in opened("15", "solution") if each.want.via == "Cashier"]
    assert set(assumed_roles(solved[0])) == {"Cashier"}
    assert "The role Cashier has no permissions yet" in step(play).text
    solved_ids = {each.want.id for each in solved}
    tickets = [each for each in run_all_wants(play) if each.want.id not in solved_ids]
    assert "has no permissions" not in next_step(play, [*solved, *tickets], None).text


def test_nobody_is_sent_back_to_a_badge_that_aws_refuses_as_well() -> None:
    takes = "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/espresso-role --role-session-name xyz --profile ada@console"
    play = run_play(scenario("02"), f"{scenario('02').solution}\n{takes}\n")
    assert play.outcomes[-1].act.call.operation == "AssumeRole"
    found = next_step(play, run_all_wants(play), None, "ada@console")
    assert "whom AWS refuses" not in found.text


def test_a_job_that_lacks_a_permission_on_a_key_is_told_so_by_the_key_s_alias() -> None:
    delegated = step(played("31"))
    assert (
        "It needs kms:Decrypt on the key of alias/recipes, which no policy allows."
        in delegated.text
    )
    assert delegated.key == "y"


def test_where_the_key_policy_has_to_change_the_way_leads_to_it() -> None:
    found = step(played("32"))
    assert "the key policy of alias/recipes doesn't allow" in found.text
    assert place(found.target) == ("policies", "alias/recipes", "⏎", "edits it")
    assert found.deed.operations == (("kms", "PutKeyPolicy"),)


@pytest.mark.parametrize(
    ("name", "look", "then"),
    [
        ("41", "cloudtrail lookup-events", "mina"),
        ("42", "cloudtrail lookup-events", "AKIA"),
        ("43", "cloudtrail lookup-events", "closer allows"),
    ],
)
def test_whom_the_learner_has_to_find_out_is_named_only_after_a_look_at_the_evidence(
    name: str, look: str, then: str
) -> None:
    solution = [line for line in scenario(name).solution.splitlines() if line[0] != "#"]
    script = "\n".join(
        line for line in solution if "put-" in line or "delete-group" in line
    )
    play = played(name, script)
    step = next_step(play, run_all_wants(play), None)
    assert step.calls == (look,)
    assert then.lower() not in step.text.lower()
    later = played(name, f"{script}\naws {look}")
    step = next_step(later, run_all_wants(later), None)
    assert step.calls != (look,)
    assert then.lower() in f"{step.text} {step.values}".lower()
