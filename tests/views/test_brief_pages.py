"""The brief in pages: nothing below the fold, and no check left out."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.shop.mark import Mode
from coffeeshop.views.brief import says
from coffeeshop.views.brief_pages import brief_pages, check_groups, grouped_sentences
from coffeeshop.views.cells import width
from tests.tables import each_row

WINDOWS = [(78, 22), (96, 32), (58, 18)]
LONG = "C"  # the capstones: their stories and checks need two pages or more


@each_row(((folder,) for folder in folders()), lambda folder: folder.name)
def test_every_page_fits_its_window_and_no_check_is_left_out(folder: Path) -> None:
    scenario = load(folder)
    for columns, rows in WINDOWS:
        pages = brief_pages(scenario, columns, rows)
        assert all(len(page) <= rows for page in pages)
        lines = [line for page in pages for line in page]
        assert all(width(line.label + line.text) <= columns for line in lines)
        told = "".join("".join(line.text.split()) for line in lines)
        for mode in (Mode.MUST, Mode.NEVER):
            for sentence in () if scenario.cases else says(scenario, mode):
                for part in sentence.partition(" ")[2].split(", "):
                    assert "".join(part.split()) in told
        for group in check_groups(scenario):
            for text in group.texts:
                assert "".join(text.split()) in told


@each_row(((folder,) for folder in folders()), lambda folder: folder.name)
def test_at_80_by_24_the_whole_brief_is_one_page_but_in_the_longest(folder: Path) -> None:
    if not folder.name.startswith(LONG):
        assert len(brief_pages(load(folder), 78, 22)) == 1


def test_a_diagnosis_tells_what_people_report_in_place_of_jobs() -> None:
    (folder,) = (folder for folder in folders() if folder.name.startswith("12-"))
    labels = [group.label for group in check_groups(load(folder))]
    assert labels == ["Reported", "Solved", "Limits", "Practice"]
    told = "\n".join(line.text for line in brief_pages(load(folder), 78, 22)[0])
    assert 'Case 1, Mina: "I can' in told
    assert "An error occurred (AccessDenied)" in told


def test_jobs_are_grouped_by_person_and_people_with_the_same_jobs_share_a_line() -> None:
    sentences = (
        "Casey, using MFA, lists the receipts",
        "Casey, using MFA, can open any receipt",
        "Robin, using MFA, lists the receipts",
        "Robin, using MFA, can open any receipt",
        "Mina hires someone",
        "The function api takes orders",
        "Casey's access key alone lists the receipts",
    )
    assert grouped_sentences(sentences) == (
        "Casey, Robin, using MFA: lists the receipts; can open any receipt",
        "Mina hires someone",
        "The function api takes orders; Casey's access key alone lists the receipts",
    )


def test_what_all_demands_of_a_person_end_with_is_said_once() -> None:
    sentences = (
        "Robin creates users, if Mina attaches a policy that allows it",
        "Robin opens the payroll, if Mina attaches a policy that allows it",
    )
    assert grouped_sentences(sentences) == (
        "Robin, if Mina attaches a policy that allows it: creates users; opens the payroll",
    )
