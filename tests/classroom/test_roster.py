"""Rosters: a teacher's own and what systems export; whatever is odd in a row is named and stops no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.classroom.assign import BLOCK_COUNT, csv_with_drawn_columns
from coffeeshop.classroom.roster import (
    MAX_FILE_BYTES,
    MAX_LEARNERS,
    _filled_lines,
    parse_roster,
    read_roster,
)
from coffeeshop.lessons.play.variants import BLOCK_SIZE
from tests.lessons.folder import refused
from tests.tables import each_row

MINE = "learner,name,email,variant\nana,Ana Smith,ana@x.example,1000\nbo,Bo Łukasz,bo@x.example,\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,The receipts drawer (77),Final Score\n"
    ",,,,,Manual Posting,\n    Points Possible,,,,,20,(read only)\n"
    '"Smith, Ana",12,S1,ana,A,5,\n"Lukasz, Bo",13,S2,bo,B,,\n"Student, Test",14,,f00,A,,\n'
)
MOODLE = "First name,Last name,ID number,Email address,Groups\nAna,Smith,S1,ana@x.example,\nBo,Lukasz,,bo@x.example,\n"
BRIGHTSPACE = "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n#S1,#ana,Smith,Ana,ana@x.example,#\n"
GRADESCOPE = "First Name,Last Name,SID,Email,Role\nAna,Smith,S1,ana@x.example,Student\n"


@pytest.mark.parametrize(("text", "learners"), [
    (MINE, [("ana", "Ana Smith"), ("bo", "Bo Łukasz")]), (CANVAS, [("S1", "Ana Smith"), ("S2", "Bo Lukasz")]),
    (MOODLE, [("S1", "Ana Smith"), ("bo@x.example", "Bo Lukasz")]), (BRIGHTSPACE, [("S1", "Ana Smith")]),
    (GRADESCOPE, [("S1", "Ana Smith")]), ("name\nAna\n", [("Ana", "Ana")]), ("E-Mail;Section\na@b;1\n", [("a@b", "a@b")]),
], ids=["mine", "canvas", "moodle", "brightspace", "gradescope", "names", "semicolons"])  # fmt: skip
def test_what_teachers_and_systems_write_is_a_roster(
    text: str, learners: list[tuple[str, str]]
):
    found = parse_roster(text)
    assert found.problems == ()
    assert [(learner.key, learner.name) for learner in found.learners] == learners


@each_row(
    [
        ("Vorname,Nachname,ID-Nummer,E-Mail-Adresse", "Ana,Smith,S1,ana@x.example"),
        ("Vorname;Name;Matrikel-Nr.;E-Mail", "Ana;Smith;S1;ana@x.example"),
        (
            "Prénom,Nom,Numéro d’identification,Adresse de courriel",
            "Ana,Smith,S1,ana@x.example",
        ),
        ("NOM DE FAMILLE;Prenom;Numéro d'étudiant;Courriel", "Smith;Ana;S1;ana@x.example"),
        (
            "Nombre,Apellido(s),Número de ID,Dirección de correo",
            "Ana,Smith,S1,ana@x.example",
        ),
        ("Apellidos,Nombre,Matrícula,Correo electrónico", "Smith,Ana,S1,ana@x.example"),
        ("Nome,Cognome,Matricola,Indirizzo email", "Ana,Smith,S1,ana@x.example"),
        (
            "Nome,Sobrenome,Número de identificação,Endereço de email",
            "Ana,Smith,S1,ana@x.example",
        ),
        ("Nome completo,Número de aluno,E-mail", "Ana Smith,S1,ana@x.example"),
        ("Name,First_Name,SID,Mail", "Smith,Ana,S1,ana@x.example"),
        ("Name,Vorname,SID,Mail", "Ana Smith,Ana,S1,ana@x.example"),
    ]
)
def test_a_roster_is_read_in_the_language_in_which_it_was_exported(headings: str, row: str):
    (learner,) = parse_roster(f"{headings}\n{row}\n").learners
    assert (learner.key, learner.name, learner.entries["email"]) == (
        "S1",
        "Ana Smith",
        "ana@x.example",
    )


def test_two_who_share_a_family_name_alone_are_two():
    found = parse_roster("Last name,First name\nLee,Kim\nLee,Ana\n")
    assert ([one.key for one in found.learners], found.problems) == (
        ["Kim Lee", "Ana Lee"],
        (),
    )


@each_row(
    [
        (
            "Role",
            ("Instructor", "TA", "Reader", "Observer", "Support"),
            ("Student", "", "Student, TA"),
        ),
        (
            "Roles",
            ("Teacher", "Non-editing teacher", "Manager", "Course reviewer"),
            ("Student",),
        ),
        (
            "Rolle",
            ("Dozent/in", "Studentische Hilfskraft", "Trainer"),
            ("Teilnehmer/in", "Studierende"),
        ),
        ("Rôles", ("Enseignant", "Gestionnaire"), ("Étudiant", "Élève")),
        ("Rol", ("Profesor", "Ayudante"), ("Estudiante", "Alumna")),
        ("Ruolo", ("Docente", "Assistente"), ("Studente",)),
        ("Papel", ("Professor", "Monitor"), ("Aluno", "Estudante")),
        ("Role", ("Teaching Assistant",), ("Developer", "Barista")),  # a course at work
    ]
)
def test_whoever_teaches_is_no_learner_and_is_told(
    role: str, staff: tuple[str, ...], learns: tuple[str, ...]
):
    rows = [f'{number},"{said}"' for number, said in enumerate((*staff, *learns))]
    found = parse_roster("\n".join((f"learner,{role}", *rows)))
    assert [learner.entries["role"] for learner in found.learners] == [*learns]
    assert [problem.code for problem in found.problems] == ["role"] * len(staff)
    assert all(
        repr(said) in problem.text
        for said, problem in zip(staff, found.problems, strict=True)
    )


@pytest.mark.parametrize("field", ["variant", "practice"])
@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [(1500, 2499, True), (2499, 1500, True), (1500, 2500, False)],
)
def test_blocks_that_overlap_are_told_wherever_they_begin(
    field: str, one: int, other: int, overlap: bool
):
    found = parse_roster(f"learner,{field}\na,{one}\nb,{other}\n")
    assert [problem.code for problem in found.problems] == (
        [f"shared-{field}"] if overlap else []
    )


@pytest.mark.parametrize(("row", "code", "left"), [
    ("ANA,Someone,x@x.example,", "double", 2), (",,,77", "no-key", 2), ("cy,Cy,cy@x.example,1999", "shared-variant", 3),
    ("cy,Cy,cy@x.example,-3", "no-number", 3), ("cy,Cy,cy@x.example,1e9", "no-number", 3), ("cy", "", 3), ("cy,a,b,,e,f,g", "", 3),
])  # fmt: skip
def test_an_odd_row_is_named_and_stops_no_other(row: str, code: str, left: int):
    found = parse_roster(f"{MINE}\n{row}\n")
    assert [problem.code for problem in found.problems] == ([code] if code else [])
    assert [problem.place.line for problem in found.problems] == ([5] if code else [])
    assert all(problem.mend for problem in found.problems)
    assert len(found.learners) == left


@pytest.mark.parametrize(("text", "code"), [
    ("", "no-column"), ("\n\n", "no-column"), ("a,b\n1,2\n", "no-column"), ("%PDF-1.7\x00\n", "no-column"), ("name\n" + "x" * 200_000 + "\n", "unreadable"),
    ("variant,practice\n1,2\n", "no-column"),
])  # fmt: skip
def test_what_is_no_roster_is_told(text: str, code: str):
    (problem,) = refused(parse_roster, text)
    assert (problem.code, bool(problem.mend)) == (code, True)


@pytest.mark.parametrize(
    "hidden", ["\x1b[31m", "\0", "\n", "\t", "\u200b", "\u202e", "\xa0", "\ud800"]
)
@pytest.mark.parametrize("heading", ["learner", "email", "name"])
def test_who_could_not_be_written_down_as_the_same_is_refused_with_the_line(
    heading: str, hidden: str
):
    (problem,) = refused(parse_roster, f'{heading},section\nbo,A\n"a{hidden}na",B\n')
    assert (problem.code, problem.place.line) == (
        "hidden-character",
        3 + hidden.count("\n"),
    )
    assert ascii(f"a{hidden}na") in problem.text
    assert problem.mend


@each_row(
    (key,)
    for key in ["ana", "=1+1", "--help", "@ana", "+49", "'ana", "Łukasz", "-", "a\\x1b"]
)
def test_whoever_is_written_into_an_assigned_roster_is_read_from_it_as_the_same(key: str):
    first = parse_roster(f"learner\n{key}\n")
    again = parse_roster("".join(csv_with_drawn_columns(first, ("variant",), "a")))
    assert (
        [learner.key for learner in again.learners]
        == [learner.key for learner in first.learners]
        == [key]
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_quote_that_nobody_closes_is_told_with_its_row_and_swallows_nobody_silently(
    delimiter: str,
):
    rows = (
        ("learner", "name", "groups"),
        ("ana", "Ana", '"a\nb"'),
        ("bo", "Bo", '"c'),
        ("cy", "Cy", "d"),
    )
    (problem,) = refused(parse_roster, "\n".join(map(delimiter.join, rows)) + "\n")
    assert (problem.code, problem.place.line, bool(problem.mend)) == ("open-quote", 4, True)


def test_a_quote_in_the_headings_or_in_the_last_row_that_nobody_closes_is_told_too():
    assert refused(parse_roster, 'learner,"name\nana,Ana\n')[0].place.line == 1
    assert refused(parse_roster, 'learner,name\nana,"Ana')[0].place.line == 2
    assert parse_roster('learner,name\nana,5" pipe\nbo,"a ""b"""').problems == ()


def test_a_roster_of_more_than_any_class_is_told(tmp_path: Path):
    assert (
        refused(parse_roster, "name\n" + "x\n" * (MAX_LEARNERS + 1))[0].code == "too-large"
    )
    (tmp_path / "r.csv").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    assert refused(read_roster, tmp_path / "r.csv")[0].code == "too-large"
    assert refused(read_roster, tmp_path)[0].code == "unreadable"


def test_short_rows_below_very_many_headings_are_not_filled_up():
    (found,) = refused(parse_roster, f"name{',b' * 60_000}\n" + "x\n" * MAX_LEARNERS)
    assert (
        found.text == "it has 100,000 rows, most of them shorter than its 60,001 headings"
    )
    assert found.place.line == 0, "no single row is to blame"


def test_of_more_rows_than_a_class_has_no_more_are_kept_than_show_it():
    assert (
        len(_filled_lines("name\n" + "x\n" * (3 * MAX_LEARNERS), ",")) == MAX_LEARNERS + 2
    )


@pytest.mark.parametrize(("encoding", "odd"), [
    ("utf-8", []), ("utf-8-sig", []), ("utf-16", []), ("cp1252", ["encoding"]),
])  # fmt: skip
def test_a_roster_in_another_encoding_is_read_and_told(
    tmp_path: Path, encoding: str, odd: list[str]
):
    (tmp_path / "r.csv").write_bytes("learner,name\nj,José\n".encode(encoding))
    found = read_roster(tmp_path / "r.csv")
    assert [problem.code for problem in found.problems] == odd
    assert found.learners[0].name == "José"


def test_a_learner_plays_the_variants_of_their_block_and_any_where_none_was_assigned():
    ana, bo = parse_roster(MINE).learners
    assert [ana.plays(variant) for variant in (999, 1000, 1999, 2000)] == [
        False,
        True,
        True,
        False,
    ]
    assert bo.plays(5)


# ----------------------------------------------------------------------- assign
def test_everybody_is_given_an_entry_of_their_own_and_what_is_there_stays():
    people = "".join(f"p{n},P {n},p@x.example,\n" for n in range(200))
    text = "".join(
        csv_with_drawn_columns(
            parse_roster(MINE + people), ("variant", "practice", "pseudonym"), "seed"
        )
    )
    found = parse_roster(text)
    assert found.problems == ()
    assert found.learners[0].first_variant == 1000
    variants = [learner.first_variant or 0 for learner in found.learners]
    assert len({variant // BLOCK_SIZE for variant in variants}) == len(variants)
    assert all(
        variant % BLOCK_SIZE == 0 and 0 < variant < BLOCK_COUNT * BLOCK_SIZE
        for variant in variants
    )
    assert len({learner.pseudonym for learner in found.learners}) == len(variants)
    assert not any(learner.key in learner.pseudonym for learner in found.learners[2:])
    assert None not in {learner.first_practice_seed for learner in found.learners}


def test_a_seed_draws_the_same_again_and_another_something_else():
    once, again, other = (
        "".join(csv_with_drawn_columns(parse_roster(MINE), ("variant",), seed))
        for seed in ("a", "a", "b")
    )
    assert once == again != other
    assert "".join(csv_with_drawn_columns(parse_roster(once), ("variant",), "b")) == once


def test_rows_that_are_no_learners_and_columns_that_say_nothing_stay():
    text = "".join(csv_with_drawn_columns(parse_roster(CANVAS), ("variant",), "a"))
    assert [line.split(",")[0] for line in text.splitlines()] == [
        "Student",
        "",
        "    Points Possible",
        '"Smith',
        '"Lukasz',
        '"Student',
    ]
    assert [line.rpartition(",")[2] == "" for line in text.splitlines()] == [
        False,
        True,
        True,
        False,
        False,
        True,
    ]


def test_no_cell_of_an_assigned_roster_does_anything():
    text = "".join(
        csv_with_drawn_columns(
            parse_roster("learner,name\nana,=1+1\nbo,\x1b[31m\n"), ("variant",), "a"
        )
    )
    assert "ana,'=1+1," in text
    assert "\x1b" not in text


@each_row(
    (headings,)
    for headings in [
        "First name,Last name,ID number,Username,Email address",
        "Vorname,Nachname,ID-Nummer,Anmeldename,E-Mail-Adresse",
        "Prénom,Nom de famille,Numéro d'identification,Nom d'utilisateur,Adresse de courriel",
        "Nombre,Apellido(s),Número de ID,Nombre de usuario,Dirección de correo",
        "Nome,Cognome,Codice identificativo,Nome utente,Indirizzo email",
        "First Name,Last Name,Student ID,Username,Email",
        "Vorname,Nachname,Kursteilnehmer-ID,Benutzername,E-Mail",
        "Prénom,Nom,ID étudiant,Nom d'utilisateur,Adresse e-mail",
        "Nombre,Apellidos,ID de estudiante,Nombre de usuario,Correo electrónico",
        "Nome,Cognome,ID studente,Nome utente,E-mail",
        "Given name,Surname,Student number,Login,Mail",
        "Rufname,Zuname,Matrikelnummer,Kennung,Mail-Adresse",
        "Prénoms,Nom d'usage,N° d'étudiant,Identifiant de connexion,Mél",
        "Primer nombre,Primer apellido,Número de alumno,Inicio de sesión,E-mail",
        "Nome,Cognome,Numero di matricola,Utente,Indirizzo di posta elettronica",
    ]
)
def test_headings_are_known_in_five_languages_with_every_system_s_words(headings: str):
    (learner,) = parse_roster(f"{headings}\nKim,Lee,1007,klee,kim@x.example\n").learners
    entries = learner.entries
    assert (learner.key, learner.name) == ("1007", "Kim Lee")
    assert (entries["login"], entries["email"]) == ("klee", "kim@x.example")


@each_row(
    (heading,)
    for heading in [
        *(
            "Student",
            "Full name",
            "Studierende",
            "Schüler",
            "Nachname, Vorname",
            "Étudiant",
        ),
        *("Nom, prénom", "Élève", "Estudiante", "Apellidos y nombre", "Alumna", "Studente"),
        *("Cognome e nome", "Nominativo"),
    ]
)
def test_a_column_with_the_whole_name_is_known_in_five_languages(heading: str):
    (learner,) = parse_roster(f'"{heading}",ID-Nummer\n"Lee, Kim",1007\n').learners
    assert (learner.key, learner.name) == ("1007", "Kim Lee")


@pytest.mark.parametrize(
    ("headings", "row", "key"),
    [
        ("id,name,email", "s1007,Ana Vidal,ana@school.example", "s1007"),
        ("email,ID", "ana@school.example,s1007", "s1007"),
        ("Student,ID,SIS User ID,SIS Login ID", '"Vidal, Ana",4711,s1007,ana', "s1007"),
        ("Student,ID,Section", '"Vidal, Ana",4711,A', "4711"),
    ],
)
def test_a_column_called_id_is_the_schools_id_but_in_canvas(
    headings: str, row: str, key: str
):
    (learner,) = parse_roster(f"{headings}\n{row}\n").learners
    assert learner.key == key
