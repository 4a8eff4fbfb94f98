"""Folders into scenarios: what cannot be one is told whole, each problem with its place, its value and its mend."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coffeeshop.account.model import Key
from coffeeshop.account.records.authorization_details import export_details
from coffeeshop.lessons.model import Named
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.find import (
    course,
    find,
    folders,
    heading,
    number,
    scenario_form,
)
from coffeeshop.lessons.scenario.folder_files import DETAILS_LIMIT, FILE_LIMIT, FOLDER_LIMIT
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, Heading
from coffeeshop.policy.model import Condition, Problems, Request
from coffeeshop.shop.mark import Mode
from tests.lessons.folder import (
    ALL,
    FILES,
    ID,
    SCENARIO,
    folder,
    graded,
    keys,
    problems,
    refused,
    scenario,
    spoiled,
)
from tests.tables import each_row


def only(root: Path) -> str:
    (found,) = problems(root)
    return found


# ------------------------------------------------------------------- finding
def test_a_scenario_is_found_by_its_id_its_number_and_its_path(tmp_path: Path):
    mine = folder(tmp_path)
    assert find("05-receipts-drawer") == find("05") == course() / "05-receipts-drawer"
    assert find("5") == find("05")
    assert find("0") == find("00") == folders()[0]
    assert find(ID, tmp_path) == find("90", tmp_path) == find(str(mine)) == mine


def test_a_number_is_written_as_people_say_it_and_the_first_is_nought():
    said = [
        number(id)
        for id in (
            "00-the-first-morning",
            "05-receipts-drawer",
            "10-the-cashiers",
            "C1-opening-week",
            "",
        )
    ]
    assert said == ["0", "5", "10", "C1", ""]


def test_what_is_no_scenario_is_answered_with_the_nearest_else_with_where_all_are_listed(
    tmp_path: Path,
):
    (near,), (far,) = refused(find, "05-receipt-drawer"), refused(find, "[/]")
    assert near.mend == "did you mean 05-receipts-drawer?"
    assert far.text == 'there is no scenario "[/]"'
    assert (
        far.mend
        == "choose one from 00-the-first-morning to C4-five-tickets, which `coffeeshop scenarios` lists"
    )
    assert len(refused(find, ID)) == len(refused(find, str(tmp_path))) == 1


def test_folders_of_ones_own_stand_among_the_courses_in_order_of_name(tmp_path: Path):
    folder(tmp_path)
    (tmp_path / "06-no-scenario-at-all").mkdir()
    names = [path.name for path in folders(tmp_path)]
    assert names == sorted(names)
    assert ID in names
    assert "06-no-scenario-at-all" not in names


def test_an_installed_package_brings_its_scenarios_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "coffeeshop" / "_scenarios").mkdir(parents=True)
    monkeypatch.setattr("coffeeshop.__file__", str(tmp_path / "coffeeshop" / "__init__.py"))
    assert course() == tmp_path / "coffeeshop" / "_scenarios"


def test_a_form_is_read_without_the_world_and_a_heading_without_the_rest_of_the_form(
    tmp_path: Path,
):
    root = folder(tmp_path / "a", {**FILES, "world.sh": "coffee"})
    assert (scenario_form(root).title, scenario_form(root).chapter) == ("A small one", 2)
    odd = folder(tmp_path / "b", change=("[story]", "[stroy]"))
    assert (heading(odd).title, heading(odd).chapter) == ("A small one", 2)
    with pytest.raises(Problems):
        scenario_form(odd)


@each_row(((place,) for place in folders()), lambda place: place.name)
def test_a_heading_says_what_the_whole_form_says(place: Path):
    said, form = heading(place), scenario_form(place)
    assert type(said) is Heading  # of the first lines alone
    assert all(
        getattr(said, name) == getattr(form, name) for name in Heading.__struct_fields__
    )


@pytest.mark.parametrize(
    "text", ['"""\n[story]\n"""', "'''\n  [[job]]\n'''", '"# [story]"', '"[" # \n# [world]']
)
def test_a_line_that_only_looks_like_a_table_ends_no_heading(tmp_path: Path, text: str):
    root = folder(tmp_path, change=('title = "A small one"', f"title = {text}"))
    assert heading(root).title == scenario_form(root).title


def test_what_is_wrong_with_a_heading_is_told_with_what_is_wrong_below_it(tmp_path: Path):
    root = folder(
        tmp_path,
        {
            **FILES,
            SCENARIO_FILE: SCENARIO.replace("chapter = 2", 'chapter = "2"').replace(
                "[story]", "[stroy]"
            ),
        },
    )
    assert [problem.code for problem in refused(heading, root)] == [
        problem.code for problem in refused(scenario_form, root)
    ]


# ------------------------------------------------------------------- what is there
def test_a_folder_is_a_scenario_with_its_world_replayed(tmp_path: Path):
    lesson = scenario(folder(tmp_path))
    assert lesson.now == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert "casey" in lesson.opening.users
    assert "coffeeshop-receipts" in lesson.opening.buckets  # of shop.sh
    assert lesson.desk == ("ada@console",)
    assert lesson.solution == FILES["solution.sh"]
    assert lesson.files["policies/right.json"].decode() == FILES["policies/right.json"]
    assert lesson.hints[0].text[2] == FILES["policies/right.json"]
    assert [(want.id, want.mode) for want in lesson.wants] == [
        ("read@casey", Mode.MUST),
        ("shred@casey", Mode.NEVER),
    ]
    assert lesson.wants[0].covers == (ALL,)


def test_the_key_that_made_the_world_is_put_away(tmp_path: Path):
    account = scenario(folder(tmp_path)).opening
    assert [held for held in account.credentials.values() if held.owner == account.id] == []


def test_the_world_stands_a_day_before_the_play_unless_it_says_when(tmp_path: Path):
    users = scenario(folder(tmp_path)).opening.users
    assert users["casey"].created == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert users["ada"].created < users["casey"].created
    dated = scenario(
        folder(
            tmp_path / "dated",
            {**FILES, "world.sh": "#@ at 2026-03-01T20:00:00Z\n" + FILES["world.sh"]},
        )
    )
    assert dated.opening.users["casey"].created == datetime(2026, 3, 1, 20, tzinfo=UTC)


TOKEN = "#@ token GAHT12345678 GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_world_holds_instances_and_hardware_tokens_that_no_call_makes(tmp_path: Path):
    """The shop's menu board, one of the world's own, and a token that its holder enrols as any device."""
    enrol = "aws iam enable-mfa-device --user-name casey --serial-number GAHT12345678 --authentication-code1 @phone-1 --authentication-code2 @phone\n"
    world = f"#@ instance oven i-0123456789abcdef0\n{TOKEN}\n{FILES['world.sh']}{enrol}"
    account = scenario(folder(tmp_path, {**FILES, "world.sh": world})).opening
    assert [instance.name for instance in account.instances.values()] == [
        "oven",
        "menu-board",
    ]
    (device,) = account.devices_of(account.users["casey"].id)
    assert device.serial == "GAHT12345678"


@pytest.mark.parametrize(
    "line", ["#@ instance oven i-1", "#@ instance oven", "#@ token GAHT12345678 no-seed"]
)
def test_what_is_no_instance_and_no_token_is_told_with_its_line(tmp_path: Path, line: str):
    root = folder(tmp_path, {**FILES, "world.sh": f"{FILES['world.sh']}{line}\n"})
    assert only(root).startswith("line 2, world.sh")


def test_another_account_has_another_number_than_the_shop_s(tmp_path: Path):
    root = folder(
        tmp_path,
        {**FILES, "world.sh": f"{FILES['world.sh']}#@ account 111122223333 other\n"},
    )
    assert only(root).startswith(
        "line 2, world.sh: `#@ account 111122223333 other` makes nothing here; it stands in"
    )


def test_nothing_is_put_into_the_account_by_an_answer(tmp_path: Path):
    lesson = scenario(folder(tmp_path))
    (step,) = run_script(lesson.opening, TOKEN, lesson.now, lesson.files, lesson.desk[0])
    assert [problem.code for problem in step.problems] == ["bad-directive"]


def test_the_digest_is_of_every_file(tmp_path: Path):
    first = scenario(folder(tmp_path / "a"))
    assert scenario(folder(tmp_path / "b")).digest == first.digest
    assert (
        scenario(folder(tmp_path / "c", {**FILES, "policies/more.json": "{}"})).digest
        != first.digest
    )


def test_hidden_files_and_links_are_no_part_of_it(tmp_path: Path):
    root = folder(tmp_path)
    (root / ".DS_Store").write_text("x")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("x")
    (root / "link.json").symlink_to(root / "policies" / "right.json")
    (root / "loop").symlink_to(root)
    assert set(scenario(root).files) == set(FILES)


def test_the_owner_may_be_at_the_desk(tmp_path: Path):
    owned = scenario(spoiled(tmp_path, "[people]", 'desk = ["root"]\n\n[people]'))
    assert owned.desk == ("root@console",)
    assert owned.opening.root.used == owned.now


def test_whoever_is_at_the_desk_has_used_their_password_to_get_there(tmp_path: Path):
    opened = scenario(folder(tmp_path))
    used = {
        name: user.login.used
        for name, user in opened.opening.users.items()
        if user.login and user.login.used
    }
    assert used == {"ada": opened.now}


FULL = """
[[job]]
id = "orders"
as = ["casey", "sam"]
via = "Orders"
badge = "code"
at = "+1d"
for = "8h"
used = "+7h59m"
request = { action = "sqs:ReceiveMessage", resource = "arn:aws:sqs:us-east-1:111122223333:online-orders", context = { "aws:RequestedRegion" = "eu-west-1" } }
within = { resource = ["arn:aws:sqs:us-east-1:111122223333:*"], condition = { Bool = { "aws:SecureTransport" = "true" } } }
say = "{Who} takes any order"
after = ["job:read@casey"]

[[refuse]]
id = "tablet"
held = "casey"
do = ["aws s3api list-buckets", "aws iam list-users"]
say = "The tablet takes orders"
quiet = true
kind = "explicit"
reach = false
at = "2026-03-05T08:00:00Z"
"""


def full(below: Path, text: str = FULL, world: str = "") -> Path:
    key = "aws iam create-access-key --user-name casey\n"
    made = f"{FILES['world.sh']}{key}{world}"
    return folder(below, {**FILES, "world.sh": made, "scenario.toml": SCENARIO + text})


def test_every_field_of_a_job_is_read_once_for_each_person(tmp_path: Path):
    lesson = scenario(full(tmp_path))
    casey, sam = (want for want in lesson.wants if want.id.startswith("orders"))
    assert (casey.id, sam.id, casey.say, sam.say) == (
        "orders@casey",
        "orders@sam",
        "Casey takes any order",
        "Sam takes any order",
    )
    assert (sam.who, sam.via, sam.badge, sam.at, sam.lasts) == (
        "sam",
        "Orders",
        "code",
        timedelta(days=1),
        timedelta(hours=8),
    )
    assert sam.used == timedelta(hours=7, minutes=59)
    assert sam.request == Request(
        "sqs:ReceiveMessage",
        "arn:aws:sqs:us-east-1:111122223333:online-orders",
        {"aws:RequestedRegion": ("eu-west-1",)},
    )
    assert sam.within == ("arn:aws:sqs:us-east-1:111122223333:*",)
    assert sam.conditions == (Condition("Bool", "aws:SecureTransport", ("true",)),)
    assert (sam.after, sam.reach) == (("job:read@casey",), False)


def test_a_check_can_wait_until_somebody_of_an_earlier_job_can_work(tmp_path: Path):
    waiting = f'{REFUSED}\nafter = ["person:casey"]'
    lesson = scenario(spoiled(tmp_path, REFUSED, waiting))
    assert [want.after for want in lesson.wants if want.after] == [("person:casey",)]


def test_what_the_story_names_and_what_gives_a_job_are_named(tmp_path: Path):
    names = 'names = ["group/Tills", "role/Espresso", "policy/Tills"]'
    story = SCENARIO.replace("[story]\n", f"[story]\n{names}\n")
    story = story.replace('text = "', 'text = "Tills. Espresso. ', 1)
    given = 'by = ["group/Readers", "bucket/x"]\n\n[[practice]]\nrule = "given-by"'
    job = f'\n[[job]]\nid = "r"\nas = "casey"\nsay = "Casey reads"\ndo = "aws s3api list-objects-v2 --bucket coffeeshop-receipts"\n{given}\n'
    files = {**FILES, "scenario.toml": story + job}
    named = scenario(folder(tmp_path, files)).named
    assert named == Named(("Tills", "Readers"), ("Espresso",), ("Tills",))


def test_every_field_of_a_refusal_is_read(tmp_path: Path):
    tablet = scenario(full(tmp_path)).wants[-1]
    assert (tablet.id, tablet.mode, tablet.who) == ("tablet", Mode.NEVER, "")
    assert isinstance(tablet.opening_credential, Key)
    assert [line.text for line in tablet.do] == [
        "aws s3api list-buckets",
        "aws iam list-users",
    ]
    assert (tablet.quiet, tablet.explicit, tablet.reach) == (True, True, False)
    assert tablet.at == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_a_short_name_stands_for_a_role_of_another_account(tmp_path: Path):
    root = folder(
        tmp_path,
        a=(
            'admins = ["ada"]',
            'admins = ["ada"]\noutside = { courier = "account/444455556666/role/Courier" }',
        ),
        b=('id = "shred"\nas = "casey"', 'id = "shred"\nas = "courier"'),
        c=('on = "leak:shred@casey"', 'on = "leak:shred@courier"'),
    )
    want = scenario(root).wants[1]
    assert (want.id, want.who) == ("shred@courier", "account/444455556666/role/Courier")


def test_a_short_name_may_be_a_word_that_is_a_hole_in_braces(tmp_path: Path):
    text = (
        "\n[people]",
        '\n[people]\noutside = { newcomer-of-theirs = "account/444455556666", tomorrow = "account/777788889999" }',
    )
    lesson = scenario(
        folder(
            tmp_path,
            a=text,
            b=('id = "shred"\nas = "casey"', 'id = "shred"\nas = ["casey", "tomorrow"]'),
        )
    )
    assert [want.who for want in lesson.wants if want.id == "shred@tomorrow"] == [
        "account/777788889999"
    ]


def test_badges_may_have_to_be_real(tmp_path: Path):
    lesson = scenario(
        spoiled(tmp_path, 'graded = ["casey"]', 'graded = ["casey"]\nbadges = "real"')
    )
    assert [want.minted for want in lesson.wants] == [False, False]
    assert keys(graded(lesson, lesson.solution)) == ["no-user:read@casey"]


def test_slack_is_a_named_set_of_some_or_a_set_spelled_out(tmp_path: Path):
    text = (
        '\n[slack]\nown-badge = ["casey"]\nbrowse = ["casey"]\n'
        'logs = { as = "casey", action = "logs:PutLogEvents", resource = ["arn:aws:logs:*:*:*"] }\n'
    )
    own, coded, browse, logs = scenario(full(tmp_path, text)).slack
    assert (coded.badge, coded.who, "iam:CreateAccessKey" in coded.actions) == (
        "code",
        ("casey",),
        True,
    )
    assert (own.name, own.who) == ("own-badge", ("casey",))
    assert "iam:ChangePassword" in own.actions
    assert "arn:aws:iam::111122223333:user/casey" in own.resources
    assert (browse.who, browse.actions) == (
        ("casey",),
        ("s3:ListAllMyBuckets", "s3:GetBucketLocation"),
    )
    assert (logs.who, logs.actions, logs.resources) == (
        ("casey",),
        ("logs:PutLogEvents",),
        ("arn:aws:logs:*:*:*",),
    )


# ------------------------------------------------------------------- what cannot be one
def test_toml_that_is_none_is_told_with_line_and_column(tmp_path: Path):
    root = folder(
        tmp_path, {**FILES, "scenario.toml": 'format = 1\nid = "90-a-small-one\n'}
    )
    assert only(root).startswith("line 2, column 21, scenario.toml: this is not TOML: ")


def test_toml_that_ends_too_early_is_told(tmp_path: Path):
    assert "this is not TOML" in only(
        folder(tmp_path, {**FILES, "scenario.toml": 'story = """\n'})
    )


def test_a_file_that_is_no_text_is_told(tmp_path: Path):
    root = folder(tmp_path)
    (root / "scenario.toml").write_bytes(b"\xff\xfe")
    assert "save it as a text file in UTF-8" in only(root)


def test_a_folder_that_is_gone_is_told(tmp_path: Path):
    assert "No such file" in only(tmp_path / "gone")


SHREDS = (
    'do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"'
)
PRACTICE, JOB, REFUSED = (
    'rule = "no-wildcard-action"',
    'say = "Casey can open any receipt"',
    'id = "shred"\nas = "casey"',
)
SPOILED = {
    "a bound that is no ARN": ('covers = "arn:aws:s3:::coffeeshop-receipts/*"', 'covers = "coffeeshop-receipts"', "job read: coffeeshop-receipts isn't an ARN; write arn:aws:s3:::BUCKET"),
    "an action that there is not": ("[[practice]]", '[slack]\nx = { action = "s3:ListObject", resource = "*" }\n\n[[practice]]', "slack.x: AWS has no action s3:ListObject; did you mean s3:ListBucket"),
    "an action of no service": ("[[practice]]", '[slack]\nx = { action = "qq:Zz" }\n\n[[practice]]', "AWS has no action qq:Zz; write service:Action, such as s3:GetObject"),
    "a key of no finding": ('on = ["job-denied:read@casey:*"]', 'on = ["job-deneid:read@casey:*"]', "no finding has the key job-deneid:read@casey:\\*; did you mean job-denied"),
    "a key like none": ('on = "leak:shred@casey"', 'on = "qqqq:x"', "no finding has the key qqqq:x; begin the key with one of: "),
    "a line that is no command": ("aws s3api delete-object", "aws s3api delete-objekt", "refuse shred: `do`: .*delete-object"),
    "a name that is nearly someone's": ('id = "shred"\nas = "casey"', 'id = "shred"\nas = "caseey"', "there is no one called caseey; did you mean casey"),
    "a number of thousands of digits": ("format = 1", f"format = {'1' * 5000}", "this is not TOML that can be read: a number in it is too long; write fewer digits"),
    "an unknown key": ('title = "A small one"', 'title = "A small one"\nobjektive = "x"', "scenario.toml: unknown key `objektive`; did you mean `objective`?"),
    "an unknown key like none": ('title = "A small one"', 'title = "A small one"\nqqq = 1', "unknown key `qqq`; choose one of: "),
    "an unknown key of a table": ('say = "Casey can open any receipt"', 'say = "Casey can open any receipt"\nsy = "x"', r"line 29, scenario.toml, job\[0\]: unknown key `sy`; did you mean `say`\?"),
    "a missing key": ('objective = "One action on the things in one drawer"\n', "", "the key `objective` is missing; add `objective = …`"),
    "a missing key of a table": ('id = "read"\n', "", r"line 23, scenario.toml, job\[0\]: the key `id` is missing"),
    "a value of another type": ("chapter = 2", 'chapter = "two"', "line 4, scenario.toml: `chapter`: Expected `int`, got `str`"),
    "a value that is no choice": ('[[refuse]]\nid = "shred"', '[[refuse]]\nkind = "implicit"\nid = "shred"', "`kind`: Invalid enum value 'implicit'"),
    "a later format": ("format = 1", "format = 2", "`format`: Invalid enum value 2"),
    "an id that is not the folder's": (f'id = "{ID}"', 'id = "91-other"', f"the id is 91-other, but the folder is called {ID}"),
    "a time that is none": ("2026-03-02T08:00:00Z", "tomorrow", "scenario.toml, world.now: tomorrow isn't a date and time; write 2026-03-02T08:00:00Z"),
    "an hour ago": ('now = "2026-03-02T08:00:00Z"', 'now = "+1h"', "\\+1h isn't a date and time"),
    "a script that is not there": ("[[wrong]]", '[[wrong]]\nscript = "wrong/the-drower.sh"\nstars = 0\nfindings = []\n\n[[wrong]]', "there is no file wrong/the-drower.sh .*did you mean wrong/the-drawer.sh"),
    "a rung that is not there": ("file://policies/right.json", "file://xyz", "there is no file xyz in the scenario's folder; create that file"),
    "an unknown rule": ('rule = "no-wildcard-action"', 'rule = "no-wildcard-actions"', "there is no practice rule `no-wildcard-actions`; did you mean no-wildcard-action"),
    "a rule without its name": ('rule = "no-wildcard-action"', "days = 3", "there is no practice rule ``"),
    "an unknown call": ('calls = ["iam put-user-policy"]', 'calls = ["iam put-user-polisy"]', "there is no call `iam put-user-polisy`; did you mean iam put-user-policy"),
    "an unknown slack set": ("[[practice]]", '[slack]\nown-bage = ["casey"]\n\n[[practice]]', "there is no slack set `own-bage`; did you mean own-badge"),
    "two of one id": ('[[job]]\n', '[[job]]\nid = "read"\nas = "sam"\ndo = "aws iam list-users"\nsay = "x"\n\n[[job]]\n', r"two \[\[job\]\] tables have the id `read`; give each its own id"),
    "a refusal without a deed": ('do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"\n', "", "refuse shred: it has to say what is asked, by either `do` or `request`"),
    "a refusal of no one": ('id = "shred"\nas = "casey"', 'id = "shred"', "refuse shred: it has to say who asks, by either `as` or `held`"),
    "a length of time that is none": ('id = "shred"', 'id = "shred"\nfor = "long"', "`for`: long isn't a length of time; write 30m, 8h or 1d"),
    "a time of use that is none": ('id = "shred"', 'id = "shred"\nused = "+x"', r"`used`: \+x isn't a length of time"),
    "a moment that is none": ('id = "shred"', 'id = "shred"\nat = "noon"', "`at`: noon isn't a date and time"),
    "a condition that is none": ('covers = "arn:aws:s3:::coffeeshop-receipts/*"', 'within = { resource = "*", condition = { Bule = { "aws:x" = "true" } } }', "job read: `within`: .*Bule"),
    "a fixture of no kind": ('"user/casey"]', '"shelf/casey"]', "world.fixed: there is no kind of fixture `shelf`; choose one of: account, badge, bucket, function, group"),
    "a fixture that is not there": ('"user/casey"]', '"user/robin"]', "world.fixed: there is no user robin when the play begins; create it in the world's script"),
    "a desk of no one": ("[people]", 'desk = ["robin"]\n\n[people]', "robin"),
    "an empty desk": ("[people]", "desk = []\n\n[people]", "desk"),
    "a credential that no one kept": ('id = "shred"\nas = "casey"', 'id = "shred"\nheld = "tablet"', "tablet"),
    "a hint without a rung": ('text = ["What is a receipt, the drawer or a thing in it?", "An object\'s ARN goes on after the bucket\'s.", "file://policies/right.json"]', "text = []", "`text`"),
    "an option that no rule has": (PRACTICE, f'{PRACTICE}\n\n[[practice]]\nrule = "root-mfa"\nwho = ["casey"]', "practice root-mfa: the rule root-mfa has no option `who`; leave it out"),
    "an option that is nearly one": (PRACTICE, f'{PRACTICE}\n\n[[practice]]\nrule = "session-fits-shift"\nrole = "M"\nhours = 8\nroll = "M"', "has no option `roll`; did you mean role"),
    "an option that is left out": (PRACTICE, f'{PRACTICE}\n\n[[practice]]\nrule = "mfa-required"', "mfa-required: the rule mfa-required needs the option `who`; add `who = …`"),
    "a rule that is there twice": (PRACTICE, f"{PRACTICE}\n\n[[practice]]\n{PRACTICE}", "the rule no-wildcard-action is written twice"),
    "a leaver whom no one knows": (PRACTICE, f'{PRACTICE}\n\n[[practice]]\nrule = "leavers-gone"\nwho = ["caseyy"]', "`who`: there is no one called caseyy; did you mean casey"),
    "roles where one is meant": (PRACTICE, f'{PRACTICE}\n\n[[practice]]\nrule = "session-fits-shift"\nrole = ["M"]\nhours = 8', "`role` has to be the name of one role"),
    "a check that waits for itself": (JOB, f'{JOB}\nafter = ["job:read@casey"]', "`after`: job:read@casey is judged after this one"),
    "a check that waits for a later one": (JOB, f'{JOB}\nafter = ["refuse:shred@casey"]', "`after`: refuse:shred@casey is judged after this one; name a check that is judged before"),
    "a check that waits for no one": (JOB, f'{JOB}\nafter = ["person:kasey"]', "`after`: there is no check person:kasey"),
    "a moment that was": (JOB, f'{JOB}\nat = "2020-01-01T00:00:00Z"', "`at`: 2020-01-01T00:00:00Z is before the play begins"),
    "a job with any badge": (JOB, f'{JOB}\nbadge = "any"', "a job is done with one badge"),
    "a hole that nothing fills": ("--key 2026/03/0412.json out.json", "--key {newnme} out.json", "job read: there is no placeholder {newnme} here; did you mean newname"),
    "a hole in a sentence": ("Casey shreds", "{Woh} shreds", "refuse shred: there is no placeholder {Woh} here; choose one of: {Who}"),
    "a condition key that AWS has not": ('covers = "arn:aws:s3:::coffeeshop-receipts/*"', 'within = { resource = "*", condition = { Bool = { "aws:SecureTransprt" = "true" } } }', "AWS has no condition key aws:SecureTransprt; did you mean aws:SecureTransport"),
    "a function that is nowhere": (REFUSED, REFUSED.replace("casey", "function/espreso-api"), "`as`: there is no function espreso-api, and no job creates one; did you mean espresso-api"),
    "a service that types a command": (REFUSED, REFUSED.replace("casey", "service/s3.amazonaws.com"), "`do`: service/s3.amazonaws.com is an AWS service, which doesn't run commands; write `request` instead"),
    "an account of too few digits": (REFUSED, REFUSED.replace("casey", "account/4444"), "`as`: account/4444 can't make calls; write a user"),
    "a role that makes calls": (REFUSED, REFUSED.replace("casey", "role/espresso-role"), "name a role in `via`"),
    "a colleague without braces": (REFUSED, REFUSED.replace("casey", "newcomer"), "there is no one called newcomer; write {newcomer}"),
    "a shop that joins nothing": (REFUSED, REFUSED.replace("casey", "account/{newshop}"), "the account isn't in an organization, so no other account can join it"),
    "a bystander who is not there": ("[people]", '[people]\nbystanders = ["mina"]', "`bystanders`: there is no user mina when the play begins; create them in the world's script"),
    "a machine that is nearly there": ("[people]", '[people]\nmachines = ["caseyy"]', "`machines`: there is no user caseyy when the play begins; did you mean casey"),
    "someone graded who is no user": ('graded = ["casey"]', 'graded = ["casey", "account/444455556666"]', "`graded`: account/444455556666 isn't a user"),
    "an outsider of no account": ("[people]", '[people]\noutside = { courier = "444455556666" }', "444455556666 isn't a principal of another account"),
    "an outsider called like a user": ("[people]", '[people]\noutside = { casey = "account/444455556666" }', "casey is also the name of a user"),
    "slack of no one": ("[[practice]]", '[slack]\nown-badge = ["caseyy"]\n\n[[practice]]', "slack.own-badge: there is no one called caseyy; did you mean casey"),
    "a hint for a check that there is not": ('on = ["job-denied:read@casey:*"]', 'on = ["job-denied:red@casey:*"]', "this scenario can't have the finding job-denied:red@casey; did you mean read@casey"),
    "a hint for a rule that is not asked for": ('on = ["job-denied:read@casey:*"]', 'on = ["practice:root-mfa"]', "this scenario can't have the finding practice:root-mfa; choose one of: no-wildcard-action"),
    "a tell for what nothing is told of": ('on = "leak:shred@casey"', 'on = "excess:casey:resorce"', "the end of excess:casey:resorce isn't an aspect of such a finding; did you mean resource"),
    "an id of two words": ('id = "read"\nas', 'id = "read it"\nas', "`id`: .*; write one word of letters, digits and hyphens"),
    "minutes that are none": ('title = "A small one"', 'title = "A small one"\nminutes = 0', "`minutes`: Expected `int` >= 1"),
    "someone who is a hole": (REFUSED, REFUSED.replace("casey", "{who}"), "`as`: {who} doesn't stand for a person; write a user's name, or {newcomer}"),
    "our own account as an outsider": (REFUSED, REFUSED.replace("casey", "account/111122223333"), "`as`: 111122223333 is the shop's own account"),
    "someone who is asked twice": (REFUSED, REFUSED.replace('"casey"', '["casey", "Casey"]'), "refuse shred: `as` names Casey and casey twice; name each person once"),
    "someone who is judged twice": ('graded = ["casey"]', 'graded = ["casey", "casey"]', "people: `graded` names casey twice"),
    "root among the judged": ('admins = ["ada"]', 'admins = ["ada", "root"]', "people: root isn't a user, and no policy of the account limits it"),
    "an outsider called as no one may be": ("[people]", '[people]\noutside = { anyone = "account/444455556666" }', "`outside`: anyone already has a meaning here"),
    "an outsider of our own account": ("[people]", '[people]\noutside = { courier = "account/111122223333/role/Courier" }', "isn't a principal of another account"),
    "slack of an empty list": ("[[practice]]", "[slack]\nbrowse = []\n\n[[practice]]", "slack.browse: it has no person, so it allows nothing"),
    "slack without an action": ("[[practice]]", "[slack]\nx = { action = [] }\n\n[[practice]]", "slack.x: it has no action"),
    "slack with another key": ("[[practice]]", '[slack]\nx = { action = "s3:ListBucket", resorce = "*" }\n\n[[practice]]', "slack.x: unknown key `resorce`; did you mean `resource`"),
    "a machine's own badge": ("[[practice]]", '[slack]\nown-badge = ["function/espresso-api"]\n\n[[practice]]', "function/espresso-api has no password or access key to change; name users"),
    "a rule about no one": (PRACTICE, f'{PRACTICE}\n\n[[practice]]\nrule = "mfa-required"\nwho = []', "mfa-required: `who` names no one"),
    "a name in a sentence": ("Casey shreds", "{who} shreds", "refuse shred: there is no placeholder {who} here; did you mean Who"),
    "a hole in a question": ('[[quiz]]\nas = "casey"\ndo = "aws s3api get-object --bucket coffeeshop-receipts', '[[quiz]]\nas = "casey"\ndo = "aws s3api get-object --bucket {tomorrow}', "quiz of casey: there is no placeholder {tomorrow} here; write the name itself"),
    "a question at no time": ("[[quiz]]", '[[quiz]]\nvia = "Till"\nused = "soon"', "quiz of casey: `used`: soon isn't a length of time"),
    "a report of no one": ("[people]", 'report = "solution.sh"\n\n[people]', "world.report: a credential report only adds to the users in `details`, and there is no `details`"),
    "a question in no role": ("[[quiz]]", '[[quiz]]\nvia = "espreso-role"', "quiz of casey: `via`: there is no role espreso-role when the play begins; did you mean espresso-role"),
    "a question without a session": ("[[quiz]]", '[[quiz]]\nused = "+1h"', "quiz of casey: `used` says when the session of `via` is used"),
    "a question with any badge": ("[[quiz]]", '[[quiz]]\nbadge = "any"', "quiz of casey: `badge`: a question is about one badge"),
    "bounds of nothing": ('covers = "arn:aws:s3:::coffeeshop-receipts/*"', "within = { resource = [] }", "job read: `within` names no resource"),
    "a name of another kind": ("[story]\n", '[story]\nnames = ["bucket/coffeeshop-receipts"]\n', "story.names: `bucket/coffeeshop-receipts` isn't the name of a group, role or policy; write one of group/NAME, role/NAME, policy/NAME"),
    "a kind misspelt": ("[story]\n", '[story]\nnames = ["grup/Till"]\n', "story.names: `grup/Till` isn't the name of a group.*did you mean group"),
    "a name that IAM refuses": ("[story]\n", '[story]\nnames = ["group/a b"]\n', "story.names: `group/a b` isn't the name of a group"),
    "a kind without a name": ("[story]\n", '[story]\nnames = ["group"]\n', "story.names: `group` isn't the name of a group"),
    "a name that the story doesn't say": ("[story]\n", '[story]\nnames = ["group/Nobodies"]\n', "story.names: the text doesn't name the group Nobodies; name it in the text, or take it out of `names`"),
    "a request for many things": (SHREDS, 'request = { action = "s3:DeleteObject", resource = "arn:aws:s3:::coffeeshop-receipts/*" }', r"`request`: arn:aws:s3:::coffeeshop-receipts/\* has a star, but a request has one action"),
    "a request for many actions": (SHREDS, 'request = { action = "s3:Delete*", resource = "arn:aws:s3:::coffeeshop-receipts/x" }', r"`request`: s3:Delete\* has a star, but a request has one action"),
    "a request on nothing": (SHREDS, 'request = { action = "s3:DeleteObject" }', "`request`: AWS checks s3:DeleteObject on a resource, and none is named; write resource = "),
    "a request on another kind of thing": (SHREDS, 'request = { action = "s3:DeleteObject", resource = "arn:aws:s3:::coffeeshop-receipts" }', "`request`: AWS never checks s3:DeleteObject on arn:aws:s3:::coffeeshop-receipts"),
    "a request that says who asks": (SHREDS, 'request = { action = "s3:DeleteObject", resource = "arn:aws:s3:::coffeeshop-receipts/x", context = { "aws:MultiFactorAuthPresent" = "true" } }', "`context`: aws:MultiFactorAuthPresent describes the caller.*describe the caller by `as`, `badge` or `via`"),
    "a hint for what no job is told of": ('on = ["job-denied:read@casey:*"]', 'on = ["job-denied:read@casey:resorce"]', "the end of job-denied:read@casey:resorce isn't an aspect of such a finding; did you mean resource"),
    "a badge of a machine": (REFUSED, REFUSED.replace("casey", "function/espresso-api") + '\nbadge = "code"', "`badge`: function/espresso-api always asks with the same kind of badge; leave `badge` out"),
    "a session that no role lasts": (REFUSED, f'{REFUSED}\nvia = "espresso-role"\nfor = "13h"', "`for`: AWS gives no session of 13h; write 15m to 12h"),
    "a session that lasts no time": (REFUSED, f'{REFUSED}\nvia = "espresso-role"\nfor = "0s"', "`for`: AWS gives no session of 0s; write 15m to 12h"),
    "a session that lasts from now": (REFUSED, f'{REFUSED}\nvia = "espresso-role"\nfor = "+30m"', r"`for`: \+30m isn't a length of time; write 30m, 8h or 1d"),
    "a bound of another kind of thing": ('covers = "arn:aws:s3:::coffeeshop-receipts/*"', 'covers = ["arn:aws:s3:::coffeeshop-receipts/*", "arn:aws:s3:::coffeeshop-receipts"]', "`covers`: AWS never checks s3:GetObject on arn:aws:s3:::coffeeshop-receipts; leave that resource out"),
    "an example that the line lacks": ('covers = "arn:aws:s3:::coffeeshop-receipts/*"', 'covers = "arn:aws:s3:::coffeeshop-receipts/*"\nany = "iam:PolicyARN"', "`any`: the last line sends no iam:PolicyARN; name a context key that the last line sends"),
    "slack on another kind of thing": ("[[practice]]", '[slack]\nx = { action = "s3:GetObject", resource = ["arn:aws:s3:::x/*", "arn:aws:s3:::x"] }\n\n[[practice]]', "slack.x: AWS never checks s3:GetObject on arn:aws:s3:::x; leave that resource out"),
    "slack for an action on no thing of its": ("[[practice]]", '[slack]\nx = { action = ["s3:GetObject", "s3:ListBucket"], resource = "arn:aws:s3:::x" }\n\n[[practice]]', "slack.x: AWS checks s3:GetObject on none of the resources named here; write resource = arn:.* or arn:aws:s3:::"),
    "slack with a hole": ("[[practice]]", '[slack]\nx = { action = "s3:GetObject", resource = "arn:aws:s3:::{who}/*" }\n\n[[practice]]', "slack.x: there is no placeholder {who} here"),
    "slack of who can do everything": ("[[practice]]", '[slack]\nbrowse = ["ada"]\n\n[[practice]]', "slack.browse: ada can do everything"),
    "a request with another action's key": (SHREDS, 'request = { action = "s3:DeleteObject", resource = "arn:aws:s3:::coffeeshop-receipts/x", context = { "s3:prefix" = "x" } }', "`context`: AWS sends no s3:prefix with s3:DeleteObject"),
    "a request with a value of another type": (SHREDS, 'request = { action = "s3:DeleteObject", resource = "arn:aws:s3:::coffeeshop-receipts/x", context = { "aws:SecureTransport" = "maybe" } }', "`context`: aws:SecureTransport: `maybe` isn't a value for Bool; write true or false"),
    "a rule without what it needs": ('rule = "no-wildcard-action"', 'rule = "session-fits-shift"', "role"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_what_a_form_gets_wrong_is_told_with_place_value_and_mend(
    tmp_path: Path, case: str
):
    old, new, said = SPOILED[case]
    found = problems(spoiled(tmp_path, old, new))
    assert re.search(said, "\n".join(found)), found


def test_a_list_where_tables_belong_is_told(tmp_path: Path):
    tell = '[[tell]]\non = "leak:shred@casey"\ntext = "Which action shreds?"\n'
    root = folder(tmp_path, a=(tell, ""), b=("chapter = 2", 'chapter = 2\ntell = ["x"]'))
    assert (
        only(root)
        == "line 5, scenario.toml: `tell` has to be a list of tables; write [[tell]]"
    )


def test_a_table_that_stands_in_a_line_has_a_place_without_one(tmp_path: Path):
    tell = '[[tell]]\non = "leak:shred@casey"\ntext = "Which action shreds?"\n'
    inline = 'chapter = 2\ntell = [{ on = "x:y", txt = "x" }]'
    found = problems(folder(tmp_path, a=(tell, ""), b=("chapter = 2", inline)))
    assert found == [
        "scenario.toml, tell[0]: unknown key `txt`; did you mean `text`?",
        "scenario.toml, tell[0]: the key `text` is missing; add `text = …`",
    ]


def test_what_the_last_table_lacks_is_told_at_its_head(tmp_path: Path):
    root = folder(tmp_path, change=('script = "wrong/tonight.sh"\n', ""))
    assert re.fullmatch(
        r"line \d+, scenario.toml, wrong\[2\]: the key `script` is missing; add `script = …`",
        only(root),
    )


def test_a_job_may_be_bounded_without_a_condition(tmp_path: Path):
    bound = (
        'covers = "arn:aws:s3:::coffeeshop-receipts/*"',
        f'within = {{ resource = "{ALL}" }}',
    )
    job = scenario(spoiled(tmp_path, *bound)).wants[0]
    assert (job.within, job.conditions, job.covers) == ((ALL,), (), ())


# ------------------------------------------------------------------- a real account
def real(below: Path, text: str, world: str = "") -> Path:
    own = ("[world]", '[world]\ndetails = "account.json"')
    bare = (
        'fixed = ["bucket/coffeeshop-receipts", "user/casey"]',
        'desk = ["root"]\nfixed = ["user/casey"]',
    )
    files = {**FILES, "account.json": text, "world.sh": world}
    return folder(below, files, a=own, b=bare)


def test_a_world_may_be_a_real_accounts_details_and_lines_after_them(tmp_path: Path):
    lesson = scenario(folder(tmp_path / "first"))
    buckets = "aws s3api create-bucket --bucket coffeeshop-receipts\naws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json\n"
    again = scenario(real(tmp_path / "second", export_details(lesson.opening), buckets))
    assert set(again.opening.users) == set(lesson.opening.users)
    assert set(again.opening.buckets) == {"coffeeshop-receipts"}
    assert graded(again, again.solution).stars == 3


def test_details_that_are_none_are_told(tmp_path: Path):
    assert all("account.json" in said for said in problems(real(tmp_path, "[]")))


def test_every_problem_comes_at_once(tmp_path: Path):
    root = folder(
        tmp_path,
        a=("chapter = 2", "chaptre = 2"),
        b=('id = "read"\n', ""),
        c=('why = "Nothing', 'wy = "Nothing'),
    )
    assert len(problems(root)) == 5


def test_a_world_whose_line_cannot_be_read_is_told_with_its_line(tmp_path: Path):
    root = folder(tmp_path, {**FILES, "world.sh": FILES["world.sh"] + "\nmake coffee\n"})
    assert only(root).startswith("line 3, column 1, world.sh")


def test_a_world_whose_call_is_refused_is_told_with_its_line(tmp_path: Path):
    root = folder(tmp_path, {**FILES, "world.sh": FILES["world.sh"] * 2})
    assert "world.sh: " in only(root)
    assert "line 2" in only(root)
    assert "EntityAlreadyExists" in only(root)


def test_a_world_that_goes_on_into_the_play_is_told(tmp_path: Path):
    root = folder(
        tmp_path, {**FILES, "world.sh": "#@ at 2026-03-02T08:00:01Z\n" + FILES["world.sh"]}
    )
    assert "world.sh" in only(root)
    assert "2026-03-02" in only(root)


def test_a_file_that_is_too_large_is_told(tmp_path: Path):
    root = folder(tmp_path)
    (root / "film.mp4").write_bytes(b"x" * (FILE_LIMIT + 1))
    assert (
        only(root)
        == f"film.mp4: this file is larger than {FILE_LIMIT} bytes; make it smaller"
    )


@pytest.mark.parametrize("name", ["details.json", "report.csv"])
def test_what_a_real_account_brings_has_a_limit_of_its_own(tmp_path: Path, name: str):
    root = folder(
        tmp_path,
        change=("[world]\n", '[world]\ndetails = "details.json"\nreport = "report.csv"\n'),
    )
    with (root / name).open("wb") as file:
        file.truncate(DETAILS_LIMIT + 1)
    assert (
        only(root)
        == f"{name}: this file is larger than {DETAILS_LIMIT} bytes; make it smaller"
    )


def test_a_folder_that_is_too_large_is_told(tmp_path: Path):
    root = folder(tmp_path)
    for n in range(FOLDER_LIMIT // FILE_LIMIT + 1):
        (root / f"part{n}").write_bytes(b"x" * FILE_LIMIT)
    assert f"the files in the folder have more than {FOLDER_LIMIT} bytes" in only(root)


def test_a_name_longer_than_any_path_is_no_scenario():
    (found,) = refused(find, "a" * 5000)
    assert found.code == "unknown-scenario"


def test_a_world_says_which_of_its_calls_are_refused(tmp_path: Path):
    asked = "aws iam list-users --profile sam\n"
    made = (
        "aws iam create-user --user-name sam\naws iam create-access-key --user-name sam\n"
    )

    def with_world(name: str, more: str) -> Path:
        world = FILES["world.sh"] + made + more
        return folder(tmp_path / name, {**FILES, "world.sh": world})

    assert scenario(with_world("a", f"#@ refused\n{asked}")).opening.users["sam"]
    (allowed,) = problems(with_world("b", "#@ refused\naws iam list-users\n"))
    assert "AWS allows this call, but `#@ refused` says that it is refused" in allowed
    (unsaid,) = problems(with_world("c", asked))
    assert "AccessDenied" in unsaid


def test_an_unknown_person_is_told_before_the_checks_that_they_would_have(tmp_path: Path):
    waits = f'{JOB}\nafter = ["refuse:shred@casey"]'
    found = problems(
        folder(tmp_path, a=(REFUSED, 'id = "shred"\nas = "role/Till"'), b=(JOB, waits))
    )
    assert "`as`: role/Till can't make calls" in found[0]
    assert any("there is no check refuse:shred@casey" in problem for problem in found[1:])
    assert "this scenario can't have the finding leak:shred@casey" in found[-1]
