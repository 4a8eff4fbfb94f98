"""The console's sign-in page, as a browser shows it: a form, and what is said after it. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coffeeshop.endpoint.message import Response
from coffeeshop.endpoint.protocols.xml import escaped

FORM_ACTION = "form-action 'self' http://127.0.0.1:* http://localhost:*"  # a browser holds redirects to it as well
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; {FORM_ACTION}",
    "referrer-policy": "same-origin",  # with no-referrer, browsers send the form's Origin as null
    "x-content-type-options": "nosniff",
}
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em}label{display:block;margin:.7em 0 .1em}"
    "input{font:inherit;width:100%;box-sizing:border-box}button{font:inherit;margin-top:1em}pre{white-space:pre-wrap}"
)
FIELDS: Mapping[
    str, tuple[str, str]
] = {  # parameter of the act -> its label, and its kind in HTML
    "AccountId": ("Account ID or alias", "text"),
    "UserName": ("User name", "text"),
    "RootEmail": ("or the root user's e-mail address", "text"),
    "Password": ("Password", "password"),
    "MfaCode": ("MFA code, if there is a device", "text"),
    "NewPassword": ("New password, if it has to be changed", "password"),
}


def page(title: str, inside: str, status: int = 200) -> Response:
    """Returns a page; what stands inside is markup already."""
    head = f'<meta charset="utf-8"><title>{escaped(title)}</title><style>{STYLE}</style>'
    body = f'<!doctype html><html lang="en">{head}<h1>{escaped(title)}</h1>{inside}</html>'
    return Response(status, HEADERS, body.encode("utf-8", "replace"))


def form(
    action: str, hidden: Mapping[str, str], typed: Mapping[str, str], wrong: str = ""
) -> Response:
    """Returns the form, with what was typed but for passwords and codes, and with what was wrong."""
    said = f"<p><strong>{escaped(wrong)}</strong></p>" if wrong else ""
    kept = "".join(
        f'<input type="hidden" name="{escaped(name)}" value="{escaped(hidden[name])}">'
        for name in hidden
    )
    rows = (
        _field(name, label, kind, typed.get(name, ""))
        for name, (label, kind) in FIELDS.items()
    )
    fields = "".join(rows)
    inside = f'{said}<form method="post" action="{escaped(action)}">{kept}{fields}<button>Sign in</button></form>'
    return page("Sign in to the shop", inside, 403 if wrong else 200)


def _field(name: str, label: str, kind: str, typed: str) -> str:
    if kind == "password" or name == "MfaCode":
        shown = ""
    else:
        shown = escaped(typed)
    typing = f'id="{name}" name="{name}" type="{kind}" value="{shown}" autocomplete="off" spellcheck="false"'
    return f'<label for="{name}">{escaped(label)}</label><input {typing}>'


def told(title: str, text: str, lines: Iterable[str] = (), status: int = 200) -> Response:
    """Returns a page that says something, and perhaps lines to copy."""
    block = "\n".join(lines)
    return page(
        title,
        f"<p>{escaped(text)}</p>" + (f"<pre>{escaped(block)}</pre>" if block else ""),
        status,
    )


def redirect(address: str) -> Response:
    """Returns what sends a browser elsewhere."""
    return Response(303, {**HEADERS, "location": address})
