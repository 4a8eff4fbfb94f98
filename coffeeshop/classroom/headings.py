"""Recognize the columns of a roster and the roles of learners, in the languages in which systems export them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from unicodedata import normalize

# By what they say: headings as teachers and systems write them, in English, German, French, Spanish, Italian, Portuguese.
FIELD_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": (
        # English
        *("learner number", "pupil id", "sis id", "sis user"),
        # German
        *("sis-benutzer-id", "studierenden-id", "studenten-id", "studentennummer"),
        *("kursteilnehmer-id", "teilnehmer-id", "schüler-id", "schülernummer"),
        # French
        *(
            "id étudiant",
            "identifiant étudiant",
            "identifiant de l'étudiant",
            "n° d'étudiant",
        ),
        *("numéro d'élève", "identifiant de l'élève", "id utilisateur sis", "id sis"),
        # Spanish
        *("id de estudiante", "id del estudiante", "id de alumno", "id del alumno"),
        *(
            "número de estudiante",
            "número de alumno",
            "n.º de matrícula",
            "id de usuario sis",
        ),
        # Italian
        *("id studente", "id dello studente", "codice studente", "numero studente"),
        *("id discente", "id utente sis"),
        *(
            "learner",
            "learner id",
            "id number",
            "sis user id",
            "orgdefinedid",
            "student id",
            "student number",
        ),
        *("sid", "matriculation number", "enrollment number"),
        *("id-nummer", "matrikelnummer", "matrikel-nr", "matrikel"),
        *(
            "numéro d'identification",
            "numéro d'étudiant",
            "numéro étudiant",
            "n° étudiant",
            "matricule",
        ),
        *(
            "número de id",
            "número de identificación",
            "matrícula",
            "número de matrícula",
            "código de estudiante",
        ),
        *(
            "codice identificativo",
            "numero id",
            "numero identificativo",
            "matricola",
            "numero di matricola",
        ),
        *("número de identificação", "número de aluno", "número de estudante"),
    ),
    "login": (
        *("sis-login-id", "sis-anmelde-id", "login-id", "benutzer", "kennung"),
        *(
            "identifiant de connexion",
            "identifiant de connexion sis",
            "id de connexion sis",
        ),
        *("id de inicio de sesión", "id de inicio de sesión sis", "inicio de sesión"),
        *("id di accesso", "id di accesso sis", "id login sis", "utente"),
        *("sis login id", "login id", "username", "user name", "login"),
        *("anmeldename", "benutzername", "nutzername", "benutzerkennung"),
        *("nom d'utilisateur", "identifiant", "nombre de usuario", "usuario"),
        *("nome utente", "nome de usuário", "nome de utilizador", "utilizador"),
    ),
    "email": (
        *("mail-adresse", "emailadressen", "mél", "adresse mél", "adresses de courriel"),
        *("dirección de e-mail", "correos electrónicos", "mail istituzionale"),
        *("indirizzo mail", "indirizzo di posta"),
        *("email", "email address", "e-mail", "e-mail address", "mail", "mail address"),
        *(
            "e-mail-adresse",
            "mailadresse",
            "adresse de courriel",
            "courriel",
            "adresse e-mail",
            "adresse mail",
        ),
        *(
            "adresse électronique",
            "correo",
            "correo electrónico",
            "dirección de correo",
            "dirección email",
        ),
        *(
            "dirección de correo electrónico",
            "dirección de email",
            "indirizzo email",
            "indirizzo e-mail",
        ),
        *(
            "posta elettronica",
            "indirizzo di posta elettronica",
            "endereço de email",
            "correio eletrónico",
        ),
        *("correio eletrônico", "endereço de e-mail", "endereço de correio eletrónico"),
    ),
    "lms": ("id", "canvas id", "user id", "canvas user id", "benutzer-id"),
    "name": (
        *("pupil", "participant", "student full name", "display name"),
        *("nachname, vorname", "name, vorname", "schüler", "schülerin", "lernende"),
        *("teilnehmerin", "teilnehmende", "kursteilnehmer", "studentin"),
        *("nom, prénom", "nom prénom", "prénom et nom", "prénom nom", "élève", "apprenant"),
        *(
            "apellidos, nombre",
            "nombre y apellidos",
            "nombre y apellido",
            "alumna",
            "participante",
        ),
        *(
            "cognome e nome",
            "cognome, nome",
            "nominativo",
            "studentessa",
            "alunno",
            "discente",
        ),
        *("partecipante",),
        *(
            "student",
            "learner name",
            "student name",
            "name",
            "full name",
            "vollständiger name",
        ),
        *("nom", "nom complet", "nombre", "nombre completo", "nome", "nome completo"),
        *(
            "studierende",
            "studierender",
            "teilnehmer",
            "étudiant",
            "étudiante",
            "estudiante",
            "alumno",
        ),
        *(
            "studente",
            "aluno",
            "estudante",
            "nom et prénom",
            "nome e cognome",
            "apellidos y nombre",
        ),
    ),
    "first": (
        *("rufname", "primer nombre", "nome di battesimo"),
        *(
            "first name",
            "given name",
            "forename",
            "vorname",
            "prénom",
            "prénoms",
            "nombre de pila",
            "nombres",
        ),
        *("primeiro nome", "nome próprio"),
    ),
    "last": (
        *("zuname", "nom d'usage", "primer apellido", "nome di famiglia"),
        *(
            "last name",
            "surname",
            "family name",
            "nachname",
            "familienname",
            "nom de famille",
        ),
        *(
            "apellido",
            "apellidos",
            "primer apellido",
            "cognome",
            "sobrenome",
            "apelido",
            "último nome",
        ),
    ),
    "section": ("section", "sektion", "abschnitt", "sección", "sezione", "seção", "secção"),
    "role": (
        *(
            "role",
            "roles",
            "rolle",
            "rollen",
            "rôle",
            "rôles",
            "rol",
            "ruolo",
            "ruoli",
            "papel",
            "papéis",
        ),
        *("course role", "função", "base role"),
    ),
    "variant": ("variant",),
    "practice": ("practice",),
    "pseudonym": ("pseudonym",),
    "left": ("left",),
}
# Names that are the whole name, unless another column has one half of it: Nom beside Prénom is the last name.
AMBIGUOUS_NAMES = frozenset(("name", "nom", "nombre", "nome"))
LEARNER_PATTERN = re.compile(
    r"student|learner|pupil|participant|trainee|graduate|studier|schuler|teilnehm|lernend|etudiant|eleve|apprenant"
    r"|stagiaire|estudiante|alumn|aprendiz|alliev|discente|corsista|partecipant|aluno|estudante|formando"
)
TEACHER_PATTERN = re.compile(
    r"teach|instruct|assist|\bta\b|grader|reader|tutor|hilfskraft|dozent|lehr|leit|trainer|prof|enseign|formateur|docente"
    r"|maestr|insegnant|manager|verwalt|admin|designer|observ|guest|gast|invit|evaluat|korrekt|correct|monitor|auxiliar"
    r"|ayudante|staff|owner|creat|coordin|mentor|faculty|lecturer|librarian|support|parent|researcher|formador"
)
PART_SEPARATOR = re.compile(r"[,;/|+&]")


def letters_and_digits(text: str) -> str:
    """Return the letters and digits of a text in lowercase, without accents, so that
    spellings can be compared.
    """
    return "".join(c for c in normalize("NFKD", text.casefold()) if c.isalnum())


FIELDS_BY_HEADING = {
    letters_and_digits(heading): field
    for field, headings in FIELD_HEADINGS.items()
    for heading in headings
}


# In a teacher's own table, this heading is above the school's ids. In an export of Canvas, it is above Canvas's numbers.
PLAIN_ID_HEADING = "id"


def column_fields(headings: Iterable[str]) -> tuple[str, ...]:
    """Return the field of each column, or "" if the heading is unknown.

    If two columns have the same field, the first keeps it.
    """
    words = [letters_and_digits(heading) for heading in headings]
    fields = [FIELDS_BY_HEADING.get(word, "") for word in words]
    if (
        PLAIN_ID_HEADING in words
        and not {"id", "login"} & {*fields}
        and "student" not in words
    ):
        fields[words.index(PLAIN_ID_HEADING)] = "id"
    if "name" in fields and words[fields.index("name")] in AMBIGUOUS_NAMES:
        missing_halves = {"first", "last"} - {*fields}
        if len(missing_halves) == 1:
            fields[fields.index("name")] = missing_halves.pop()
    first_places = {field: index for index, field in reversed([*enumerate(fields)])}
    return tuple(
        field if first_places[field] == index else "" for index, field in enumerate(fields)
    )


def is_learner_role(role: str, another_is_learner: bool) -> bool:
    """Return whether a role is a learner's.

    An empty role is. An unknown role is, unless `another_is_learner`: another row of the roster has a learner's role.
    """
    if not letters_and_digits(role):
        return True
    parts = [normalize("NFKD", part.casefold()) for part in PART_SEPARATOR.split(role)]
    words = ["".join(c for c in part if c.isalnum() or c.isspace()) for part in parts]
    if any(
        LEARNER_PATTERN.search(part) and not TEACHER_PATTERN.search(part) for part in words
    ):
        return True
    return not another_is_learner and not any(
        TEACHER_PATTERN.search(part) for part in words
    )
