from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command import parse_call
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Check, Play, Proof, Report
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.policy.model import Excess
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station
from coffeeshop.shop.want import Ticket, Want, station
from coffeeshop.views.picture.model import Bay, Floor, Person, State
from coffeeshop.views.picture.scene import floor, floor_at_opening
from coffeeshop.views.situation import situation_of
from tests.tables import each_row
from tests.views.plays import graded, opened, played

ATTACH_EVERYTHING = "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"


def shop(name: str, script: str = "", report: Report | None = None) -> Floor:
    return floor(played(name, script), opened(name, script), report)


def names(bay: Bay) -> list[str]:
    return [person.name for person in bay.people]


def test_a_job_that_does_not_work_is_stuck_where_it_is_done_and_waits_at_the_door() -> None:
    found = shop("05")
    assert (found.bay(Station.REGISTER).state, names(found.bay(Station.REGISTER))) == (
        State.STUCK,
        ["casey"],
    )
    assert found.bay(Station.DOOR).queue == ("Casey lists the receipts",)
    assert [bay.cups for bay in found.bays] == [0] * 8


def test_a_job_that_works_is_a_cup_on_the_counter_and_leaves_the_door() -> None:
    found = shop("05", "solution")
    assert found.bay(Station.REGISTER).state is State.WORKS
    assert sum(bay.cups for bay in found.bays) == 1
    assert found.bay(Station.DOOR).queue == ()


def test_the_door_of_an_open_shop_is_open_and_does_not_work() -> None:
    door = shop("15", "solution", graded("15", "solution")).bay(Station.DOOR)
    assert door.sign == (Mark.OK, "open")


def test_each_job_is_counted_where_it_is_done() -> None:
    assert {bay.place: bay.cups for bay in shop("15", "solution").bays if bay.cups} == {
        Station.INVENTORY: 1,
        Station.REGISTER: 1,
        Station.ORDERS: 1,
    }


def test_the_lantern_is_lit_only_by_a_grade_that_finds_nothing_extra() -> None:
    door = Station.DOOR
    assert [
        shop("05", "solution", report).bay(door).open
        for report in (None, graded("05", "solution"))
    ] == [
        False,
        True,
    ]
    assert not shop("05", "", graded("05")).bay(door).open


def test_a_refusal_that_does_not_hold_leaks_at_its_bay_with_the_person_in_it() -> None:
    found = shop("05", ATTACH_EVERYTHING)
    assert (found.bay(Station.PAYROLL).state, found.bay(Station.REGISTER).state) == (
        State.LEAKS,
        State.LEAKS,
    )
    assert "casey" in names(found.bay(Station.PAYROLL)) + names(found.bay(Station.REGISTER))


def test_excess_is_shown_where_its_witness_is() -> None:
    report = graded("05", ATTACH_EVERYTHING)
    proofs = [
        proof
        for check in report.checks
        for proof in check.evidence
        if isinstance(proof, Proof)
    ]
    witness = next(
        found for proof in proofs for found in proof.found if isinstance(found, Excess)
    )
    stock = dataclasses.replace(
        witness,
        witness=dataclasses.replace(
            witness.witness,
            action="dynamodb:GetItem",
            resource="arn:aws:dynamodb:us-east-1:1:table/Inventory",
        ),
    )
    only = Check(
        "only:casey",
        "Casey can do nothing more",
        False,
        evidence=(Proof("casey", "key", (stock,)),),
    )
    found = shop("05", "solution", replace(report, checks=(only,)))
    assert [bay.place for bay in found.bays if bay.state is State.EXTRA] == [
        Station.INVENTORY
    ]


def test_a_bay_whose_resource_the_account_lacks_is_shut_and_empty() -> None:
    play = played("05")
    bare = replace(
        play,
        outcomes=(),
        scenario=replace(
            play.scenario, opening=replace(play.account, tables=type(play.account.tables)())
        ),
    )
    assert floor(bare, opened("05")).bay(Station.INVENTORY) == Bay(
        Station.INVENTORY, State.SHUT
    )


def test_a_role_is_an_apron_and_a_group_is_a_uniform() -> None:
    bo = next(
        person
        for bay in shop("15", "solution").bays
        for person in bay.people
        if person.name == "bo"
    )
    assert (bo.uniform, bo.apron) == ("Baristas", "Cashier")
    assert (
        next(
            person
            for bay in shop("15").bays
            for person in bay.people
            if person.name == "bo"
        ).apron
        == ""
    )


def test_a_group_has_one_colour_all_over_the_shop_and_strangers_to_the_table_get_the_next() -> (
    None
):
    script = "".join(
        f"aws iam create-group --group-name {name}\n" for name in ("Zebras", "Bakers")
    )
    script += "aws iam add-user-to-group --user-name casey --group-name Zebras\n"
    casey = next(
        person
        for bay in shop("05", script).bays
        for person in bay.people
        if person.name == "casey"
    )
    ada = next(
        person
        for bay in shop("05", script).bays
        for person in bay.people
        if person.name == "ada"
    )
    assert (casey.uniform, casey.cloth) == ("Zebras", 7)
    assert (ada.uniform, ada.cloth) == ("Admins", 4)


def test_who_was_just_refused_stands_where_they_asked_and_the_sign_can_say_what() -> None:
    script = "aws iam create-access-key --user-name casey\naws s3api list-objects-v2 --bucket coffeeshop-payroll --profile casey\n"
    found = shop("05", script)
    assert [
        (person.name, person.refused) for person in found.bay(Station.PAYROLL).people
    ] == [("casey", "s3:ListBucket")]
    later = shop("05", script + "aws iam list-users\n")
    assert [
        (person.name, person.refused) for person in later.bay(Station.PAYROLL).people
    ] == [("casey", "")]


def test_the_owner_is_on_the_floor_only_after_root_asked_for_something() -> None:
    play = played("05")
    account, key = mint_credential(play.account, play.account.root_arn, "key", play.now)
    asked = Play(replace(play.scenario, opening=account)).do(
        Act(play.now, key, Call("iam", "ListUsers"))
    )
    assert floor(asked, ()).bay(Station.BADGES).people[-1] == Person("root", kind="owner")
    assert [
        person for bay in shop("05").bays for person in bay.people if person.kind == "owner"
    ] == []


def test_whoever_gets_in_without_being_of_the_shop_is_a_stranger_at_that_bay() -> None:
    want = Want(
        "strangers",
        Mode.NEVER,
        "anyone",
        "no one reads payroll",
        (parse_call("aws s3api list-objects-v2 --bucket coffeeshop-payroll", {}),),
    )
    let_in = Ticket(want, ())
    assert let_in.mark is Mark.LEAK
    found = floor(played("05"), (let_in,))
    assert found.bay(Station.PAYROLL).people == (Person("anyone", kind="stranger"),)


def test_messages_hang_on_the_rail_of_orders_alone() -> None:
    waiting = sum(len(queue.messages) for queue in played("15").account.queues.values())
    assert {bay.place: bay.tickets for bay in shop("15").bays if bay.tickets} == (
        {Station.ORDERS: waiting} if waiting else {}
    )


@each_row(
    [
        ("aws dynamodb put-item --table-name Inventory --item {}", Station.INVENTORY),
        ("aws dynamodb put-item --table-name Register --item {}", Station.REGISTER),
        ("aws s3api list-objects-v2 --bucket coffeeshop-payroll", Station.PAYROLL),
        (
            "aws s3api get-object --bucket coffeeshop-recipes --key menu.pdf x",
            Station.RECIPES,
        ),
        ("aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET", Station.REGISTER),
        (
            "aws s3api get-object --bucket coffeeshop-orders-export --key day.csv x",
            Station.ORDERS,
        ),
        ("aws lambda invoke --function-name espresso-api out", Station.ESPRESSO),
        ("aws sqs receive-message --queue-url u/online-orders", Station.ORDERS),
        ("aws ec2 stop-instances --instance-ids i-1", Station.DOOR),
        ("aws sts assume-role --role-arn r --role-session-name s", Station.BADGES),
    ]
)
def test_every_request_has_its_workstation(line: str, place: Station) -> None:
    assert (
        station(Want("w@x", Mode.MUST, "x", "x", (parse_call(line, {}),)), course_shop())
        is place
    )


PLACES = {
    "till": Station.REGISTER,
    "stock room": Station.INVENTORY,
    "oven": Station.RECIPES,
    "door": Station.DOOR,
    "machine": Station.ESPRESSO,
    "new waffle station": Station.ORDERS,  # its orders come from a queue
}


@each_row((id,) for id in headings())
def test_an_opening_says_of_nobody_that_they_are_where_the_floor_does_not_draw_them(
    id: str,
) -> None:
    play = played(id)
    opening = situation_of(play.scenario, run_all_wants(play))
    drawn = {
        person.name.lower(): bay.place
        for bay in floor_at_opening(play, opening.ticket).bays
        for person in bay.people
    }
    told = re.match(
        r"(\w+)[^.]*? (?:is|starts) (?:in|at) the ([a-z ]+?)(?: and|,| today)", opening.text
    )
    if told and told[1].lower() in drawn:
        assert PLACES.get(told[2]) is drawn[told[1].lower()], opening.text
    assert "office" not in opening.text


@each_row((id,) for id in headings())
def test_somebody_without_a_user_stays_where_the_opening_draws_them(id: str) -> None:
    play = played(id)
    tickets = run_all_wants(play)
    opening = floor_at_opening(play, situation_of(play.scenario, tickets).ticket)
    later = floor(play, tickets)
    for bay_at_opening, bay_later in zip(opening.bays, later.bays, strict=True):
        unknown = {each.name for each in bay_at_opening.people if each.kind == "guest"}
        assert unknown <= {each.name for each in bay_later.people}, bay_at_opening.place


def test_a_cashier_without_a_user_stands_at_the_till_until_she_is_hired() -> None:
    def register(script: str) -> list[tuple[str, str]]:
        bays = floor(played("00", script), opened("00", script)).bays
        bay = next(each for each in bays if each.place is Station.REGISTER)
        return [(person.name, person.kind) for person in bay.people]

    assert register("") == [("casey", "guest")]
    assert register("aws iam create-user --user-name casey") == [("casey", "staff")]
    assert all(
        person.name != "root" and person.kind != "guest"
        for bay in floor(played("01"), opened("01")).bays
        for person in bay.people
    )


def test_nobody_keeps_the_code_or_the_role_of_a_session_that_is_over() -> None:
    play = played(
        "17",
        "aws iam create-access-key --user-name bo\n"
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Cashier "
        "--role-session-name till --profile bo\n"
        "aws dynamodb scan --table-name Register --profile till\n"
        "aws iam list-users\n",
    )

    def figures(hours: int) -> dict[str, Person]:
        later = play.at(play.now + timedelta(hours=hours))
        bays = floor(later, run_all_wants(later)).bays
        return {person.name: person for bay in bays for person in bay.people}

    assert figures(0)["bo"].apron == "Cashier"
    assert figures(0)["ada"].mfa
    assert not figures(14)["bo"].apron
    assert not figures(14)["ada"].mfa


def test_a_user_has_the_code_of_their_sign_in_before_their_first_call_as_after_it() -> None:
    def drawn_ada(play: Play) -> Person:
        bays = floor(play, run_all_wants(play)).bays
        (figure,) = (
            person for bay in bays for person in bay.people if person.name == "ada"
        )
        return figure

    acted = played("05", "aws iam create-group --group-name Bench\n")
    assert drawn_ada(acted.undo()) == drawn_ada(acted)
    assert drawn_ada(acted.undo()).mfa
