"""The sign-in page in HTML: a form, and the pages after it. It has no script and loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coffeeshop.endpoint.message import Response
from coffeeshop.endpoint.protocols.xml import escape_text

FORM_ACTION = "form-action 'self' http://127.0.0.1:* http://localhost:*"  # a browser holds redirects to it as well
PAGE_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; {FORM_ACTION}",
    "referrer-policy": "same-origin",  # with no-referrer, browsers send the form's Origin as null
    "x-content-type-options": "nosniff",
}
PAGE_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em}label{display:block;margin:.7em 0 .1em}"
    "input{font:inherit;width:100%;box-sizing:border-box}button{font:inherit;margin-top:1em}pre{white-space:pre-wrap}"
)
# Parameter of the act -> its label, and its kind in HTML.
FORM_FIELDS: Mapping[str, tuple[str, str]] = {
    "AccountId": ("Account ID or alias", "text"),
    "UserName": ("User name", "text"),
    "RootEmail": ("or the root user's email address", "text"),
    "Password": ("Password", "password"),
    "MfaCode": ("MFA code, if the user has an MFA device", "text"),
    "NewPassword": ("New password, if you have to change it", "password"),
}


def html_page(title: str, content: str, status: int = 200) -> Response:
    """Return a page with this markup as its content."""
    head = f'<meta charset="utf-8"><title>{escape_text(title)}</title><style>{PAGE_STYLE}</style>'
    body = f'<!doctype html><html lang="en">{head}<h1>{escape_text(title)}</h1>{content}</html>'
    return Response(status, PAGE_HEADERS, body.encode("utf-8", "replace"))


def sign_in_form(
    action: str, hidden: Mapping[str, str], typed: Mapping[str, str], wrong: str = ""
) -> Response:
    """Return the form with the typed texts, except passwords and codes, and with the error if there is one."""
    if wrong:
        fault = f"<p><strong>{escape_text(wrong)}</strong></p>"
    else:
        fault = ""
    hidden_fields = "".join(
        f'<input type="hidden" name="{escape_text(name)}" value="{escape_text(hidden[name])}">'
        for name in hidden
    )
    rows = (
        _field(name, label, kind, typed.get(name, ""))
        for name, (label, kind) in FORM_FIELDS.items()
    )
    fields = "".join(rows)
    content = f'{fault}<form method="post" action="{escape_text(action)}">{hidden_fields}{fields}<button>Sign in</button></form>'
    return html_page("Sign in to the shop", content, 403 if wrong else 200)


def _field(name: str, label: str, kind: str, typed: str) -> str:
    """Return one input with its label. Passwords and codes are left empty."""
    if kind == "password" or name == "MfaCode":
        value = ""
    else:
        value = escape_text(typed)
    typing = f'id="{name}" name="{name}" type="{kind}" value="{value}" autocomplete="off" spellcheck="false"'
    return f'<label for="{name}">{escape_text(label)}</label><input {typing}>'


def message_page(
    title: str, text: str, lines: Iterable[str] = (), status: int = 200
) -> Response:
    """Return a page with a text, and with lines to copy if there are any."""
    block = "\n".join(lines)
    return html_page(
        title,
        f"<p>{escape_text(text)}</p>"
        + (f"<pre>{escape_text(block)}</pre>" if block else ""),
        status,
    )


def redirect_to(address: str) -> Response:
    """Return a response that redirects a browser."""
    return Response(303, {**PAGE_HEADERS, "location": address})
