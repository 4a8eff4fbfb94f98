"""Begin the login with which a platform says who is sent: OpenID Connect, begun by a third party.

https://www.imsglobal.org/spec/security/v1p0#step-1-third-party-initiated-login
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from coffeeshop.lti.launch import LaunchError, Login, Refusal
from coffeeshop.lti.platform import Platform

LOGIN_FIELDS = (
    "iss",
    "login_hint",
    "target_link_uri",
    "lti_message_hint",
    "client_id",
    "lti_deployment_id",
)
MAX_FIELD_LENGTH = 4096  # characters of a field


def login_request(form: Mapping[str, str], launch_url: str) -> dict[str, str]:
    """Return the fields with which a platform begins a login. Raise LaunchError if they aren't complete.

    `launch_url` is this tool's address for launches. A login that leads elsewhere is refused.
    """
    request = {name: form[name] for name in LOGIN_FIELDS if form.get(name)}
    has_all = {"iss", "login_hint", "target_link_uri"} <= request.keys()
    if not has_all or any(len(text) > MAX_FIELD_LENGTH for text in request.values()):
        raise LaunchError(Refusal.WRONG_REQUEST)
    if request["target_link_uri"].partition("?")[0] != launch_url:
        raise LaunchError(Refusal.WRONG_TARGET)
    return request


def authorization_address(
    platform: Platform,
    login: Login,
    state: str,
    request: Mapping[str, str],
    launch_url: str,
) -> str:
    """Return where the browser goes next: to the platform, which answers at `launch_url`."""
    fields = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": launch_url,
        "login_hint": request["login_hint"],
        "state": state,
        "nonce": login.nonce,
    }
    if "lti_message_hint" in request:
        fields["lti_message_hint"] = request["lti_message_hint"]
    parts = urlsplit(platform.auth)
    query = "&".join(filter(None, (parts.query, urlencode(fields))))
    return parts._replace(query=query).geturl()
