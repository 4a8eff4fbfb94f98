"""MFA: enrolment, windows, drift, resync, hardware tokens, security keys, and codes that work once."""

from shlex import quote

import pytest

from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.model import Key
from coffeeshop.account.services.iam import mfa
from tests.account.shop import AT, ID, ROOT_IN, Shop, allow, user

MAKE = "iam create-virtual-mfa-device --virtual-mfa-device-name phone --outfile q.png --bootstrap-method QRCodePNG"
SERIAL = f"arn:aws:iam::{ID}:mfa/phone"
ENABLE = f"iam enable-mfa-device --user-name casey --serial-number {SERIAL}"
INVALID = ("InvalidAuthenticationCode", "Authentication code for device is not valid.")
GUARDED = (
    "AccessDenied",
    "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
)


def enrolling() -> Shop:
    shop = Shop()
    shop.hire("casey", allow("iam:*"))
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop(MAKE)
    return shop


def test_a_device_is_made_with_a_seed_of_160_bits_that_no_list_shows():
    shop = Shop()
    made = shop(MAKE)["VirtualMFADevice"]
    assert (made["SerialNumber"], len(made["Base32StringSeed"])) == (SERIAL, 32)
    assert made["QRCodePNG"].startswith(b"\x89PNG")
    assert shop("iam list-virtual-mfa-devices")["VirtualMFADevices"] == (
        {"SerialNumber": SERIAL},
    )
    assert shop.refused(MAKE) == (
        "EntityAlreadyExists",
        "MFA device already exists.",
    )
    device = shop.account.devices[SERIAL]
    assert (
        mfa.otpauth_uri(shop.account, device, "casey")
        == f"otpauth://totp/Coffeeshop:casey@{ID}?secret={device.seed}&issuer=Coffeeshop"
    )


def test_enrolment_wants_two_consecutive_codes():
    shop = enrolling()
    for first, second in (
        ("@phone", "@phone"),
        ("@phone", "@phone-1"),
        ("@phone-2", "@phone"),
        ("000000", "000000"),
    ):
        assert (
            shop.refused(
                f"{ENABLE} --authentication-code1 {first} --authentication-code2 {second}"
            )
            == INVALID
        )
    shop(f"{ENABLE} --authentication-code1 @phone-1 --authentication-code2 @phone")
    (device,) = shop("iam list-mfa-devices --user-name casey")["MFADevices"]
    assert device == {
        "UserName": "casey",
        "SerialNumber": SERIAL,
        "EnableDate": "2026-03-02T08:00:00+00:00",
    }


@pytest.mark.parametrize(("step", "drift"), [(-10, -10), (-2, -2), (-1, 0), (0, 0), (1, 0)])
def test_the_second_code_of_enrolment_may_be_ten_steps_old(step: int, drift: int):
    shop = enrolling()
    shop(
        f"{ENABLE} --authentication-code1 {shop.code(SERIAL, step - 1)} --authentication-code2 {shop.code(SERIAL, step)}"
    )
    assert shop.account.devices[SERIAL].drift == drift


@pytest.mark.parametrize("step", [-11, 2])
def test_one_step_past_the_window_is_too_far(step: int):
    shop = enrolling()
    assert (
        shop.refused(
            f"{ENABLE} --authentication-code1 {shop.code(SERIAL, step - 1)} --authentication-code2 {shop.code(SERIAL, step)}"
        )
        == INVALID
    )


def enrolled() -> Shop:
    shop = enrolling()
    shop(f"{ENABLE} --authentication-code1 @phone-1 --authentication-code2 @phone")
    return shop.later(minutes=5)


@pytest.mark.parametrize(
    ("step", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_may_be_a_step_early_or_late(step: int, opens: bool):
    shop = enrolled()
    line = f"console sign-in --user-name casey --password Latte-art-7 --mfa-code {shop.code(SERIAL, step)}"
    assert shop.outcome(line).has_succeeded is opens


def test_a_code_works_once_and_an_older_unused_one_still_does():
    shop = enrolled()
    now, before = shop.code(SERIAL), shop.code(SERIAL, -1)
    shop.sign_in("casey", f"--mfa-code {now}")
    assert (
        shop.refused(
            f"console sign-in --user-name casey --password Latte-art-7 --mfa-code {now}"
        )[0]
        == "AccessDenied"
    )
    shop.sign_in("casey", f"--mfa-code {before}")


def test_a_pair_must_be_newer_than_what_was_accepted():
    shop = enrolled()
    used = shop.account.devices[SERIAL].used
    assert len(used) == 2
    resync = f"iam resync-mfa-device --user-name casey --serial-number {SERIAL}"
    assert (
        shop.refused(
            f"{resync} --authentication-code1 {shop.code(SERIAL, -11)} --authentication-code2 {shop.code(SERIAL, -10)}"
        )
        == INVALID
    )
    shop(f"{resync} --authentication-code1 @phone-1 --authentication-code2 @phone")


@pytest.mark.parametrize("steps", [40, 998])
def test_a_device_out_of_step_is_brought_back(steps: int):
    shop = enrolled()
    fast = shop.code(SERIAL, steps)
    line = "console sign-in --user-name casey --password Latte-art-7 --mfa-code"
    assert shop.refused(f"{line} {fast}")[0] == "AccessDenied"
    shop(
        f"iam resync-mfa-device --user-name casey --serial-number {SERIAL} --authentication-code1 {shop.code(SERIAL, steps - 1)} --authentication-code2 {fast}"
    )
    assert shop.account.devices[SERIAL].drift == steps
    shop.later(minutes=1)(f"{line} {shop.code(SERIAL, steps)}")
    assert shop.outcome(f"{line} {shop.code(SERIAL)}").has_succeeded is False


def test_a_device_that_was_let_go_can_be_enrolled_again_and_deleted():
    shop = enrolled()
    assert shop.refused(f"iam delete-virtual-mfa-device --serial-number {SERIAL}") == (
        "DeleteConflict",
        "MFA VirtualDevice in use. Must deactivate first.",
    )
    shop(f"iam deactivate-mfa-device --user-name casey --serial-number {SERIAL}")
    assert shop("iam list-mfa-devices --user-name casey")["MFADevices"] == ()
    shop(f"{ENABLE} --authentication-code1 @phone-1 --authentication-code2 @phone")
    shop(f"iam deactivate-mfa-device --user-name casey --serial-number {SERIAL}")
    shop(f"iam delete-virtual-mfa-device --serial-number {SERIAL}")
    assert not shop.account.devices


def test_a_second_device_of_the_same_serial_has_another_seed():
    shop = Shop()
    first = shop(MAKE)["VirtualMFADevice"]["Base32StringSeed"]
    shop(f"iam delete-virtual-mfa-device --serial-number {SERIAL}")
    assert shop(MAKE)["VirtualMFADevice"]["Base32StringSeed"] != first


def test_whoever_has_a_device_needs_a_code_to_add_or_remove_one_of_their_own():
    shop = enrolled()
    assert (
        shop.refused(
            f"iam deactivate-mfa-device --user-name casey --serial-number {SERIAL}", "casey"
        )
        == GUARDED
    )
    assert (
        shop.refused(
            f"{ENABLE} --authentication-code1 000000 --authentication-code2 000000", "casey"
        )
        == GUARDED
    )
    session = shop.sign_in("casey", f"--mfa-code {shop.code(SERIAL)}")
    shop("console enroll-security-key --device-name yubi", session)
    shop(f"iam deactivate-mfa-device --user-name casey --serial-number {SERIAL}", session)


def test_a_first_device_needs_no_code_and_another_may_help():
    shop = enrolling()
    shop(f"{ENABLE} --authentication-code1 @phone-1 --authentication-code2 @phone", "casey")
    shop(f"iam deactivate-mfa-device --user-name casey --serial-number {SERIAL}")


def test_a_hardware_token_is_enrolled_by_its_serial():
    shop = enrolling()
    token = MfaDevice("GAHT12345678", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", AT)
    shop.set(devices=shop.account.devices.put(token.serial, token))
    shop(
        "iam enable-mfa-device --user-name casey --serial-number GAHT12345678 --authentication-code1 @phone-1 --authentication-code2 @phone"
    )
    assert [
        d["SerialNumber"]
        for d in shop("iam list-mfa-devices --user-name casey")["MFADevices"]
    ] == ["GAHT12345678"]
    assert SERIAL in [
        d["SerialNumber"] for d in shop("iam list-virtual-mfa-devices")["VirtualMFADevices"]
    ]
    shop.later(minutes=1)
    shop.sign_in("casey", "--mfa-code @phone")


def test_a_security_key_opens_the_console_and_has_no_codes():
    shop = enrolling()
    shop(ROOT_IN)
    serial = shop(
        "console enroll-security-key --user-name casey --device-name yubi", "root@console"
    )["SerialNumber"]
    assert str(serial).startswith(f"arn:aws:iam::{ID}:u2f/user/casey/yubi-")
    key = shop.sign_in("casey", f"--security-key {serial}")
    assert shop.account.credentials[key.id].mfa == shop.at  # type: ignore[union-attr]
    wrong = shop.refused(
        "console sign-in --user-name casey --password Latte-art-7 --security-key arn:aws:iam::1:u2f/user/x/y"
    )
    assert wrong == (
        "AccessDenied",
        "Your authentication information is incorrect. Please try again.",
    )
    resync = f"iam resync-mfa-device --user-name casey --serial-number {serial} --authentication-code1 000000 --authentication-code2 000000"
    assert shop.refused(resync) == ("NoSuchEntity", "MFA Device invalid for user.")
    token = f"sts get-session-token --serial-number {serial} --token-code 000000"
    assert shop.refused(token, "casey")[1].startswith(
        "MultiFactorAuthentication failed, unable to validate MFA code.  "
    )
    assert shop.refused(
        f"iam enable-mfa-device --user-name casey --serial-number {serial} --authentication-code1 000000 --authentication-code2 000000"
    ) == (
        "NoSuchEntity",
        f"MFA Device with serial number {serial} does not exist.",
    )
    shop(f"iam deactivate-mfa-device --user-name casey --serial-number {serial}")
    assert serial not in shop.account.devices


def test_a_security_key_is_enrolled_in_the_console_for_whoever_is_signed_in():
    shop = enrolling()
    line = "console enroll-security-key --device-name yubi"
    assert shop.refused(line) == (
        "MissingAuthenticationToken",
        "This is an act of the console: sign in first.",
    )
    shop.sign_in("casey")
    assert ":u2f/user/casey/yubi-" in str(shop(line, "casey@console")["SerialNumber"])


def test_a_device_of_ones_own_is_deactivated_without_naming_oneself():
    shop = enrolled()
    shop("iam delete-user-policy --user-name casey --policy-name p0")
    own = allow("iam:DeactivateMFADevice", user("casey"))
    shop(
        f"iam put-user-policy --user-name casey --policy-name own --policy-document {quote(own)}"
    )
    session = shop.sign_in("casey", f"--mfa-code {shop.code(SERIAL)}")
    shop(f"iam deactivate-mfa-device --serial-number {SERIAL}", session)
    assert shop.account.devices_of(shop.account.users["casey"].id) == ()


@pytest.mark.parametrize("tags", ["Key=a,Value=1 Key=a,Value=2", "Key=aws:a,Value=1"])
def test_tags_of_a_device_are_unique_and_not_awss(tags: str):
    assert Shop().refused(f"{MAKE} --tags {tags}")[0] == "InvalidInput"


def test_the_root_user_may_have_a_security_key():
    shop = Shop()
    shop(ROOT_IN)
    serial = shop("console enroll-security-key --device-name safe", "root@console")[
        "SerialNumber"
    ]
    assert [d["SerialNumber"] for d in shop("iam list-mfa-devices")["MFADevices"]] == [
        serial
    ]
    assert shop.refused(ROOT_IN)[0] == "AccessDenied"
    shop(f"{ROOT_IN} --security-key {serial}")
    shop(f"console remove-root-mfa --serial-number {serial}", "root@console")
    shop(ROOT_IN)


REFUSALS = [
    (f"iam deactivate-mfa-device --user-name casey --serial-number {SERIAL}", "NoSuchEntity", "MFA Device invalid for user."),
    ("iam enable-mfa-device --user-name casey --serial-number arn:none:x --authentication-code1 000000 --authentication-code2 000000", "NoSuchEntity", "MFA Device with serial number arn:none:x does not exist."),
    ("iam delete-virtual-mfa-device --serial-number arn:none:x", "NoSuchEntity", "MFA Device with serial number arn:none:x does not exist."),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "text"), REFUSALS)
def test_refusals_are_awss(line: str, code: str, text: str):
    assert enrolling().refused(line) == (code, text)


def test_a_device_serves_one_user_once():
    shop = enrolled()
    shop.hire("robin")
    codes = "--authentication-code1 000000 --authentication-code2 000000"
    assert shop.refused(f"{ENABLE} {codes}") == (
        "EntityAlreadyExists",
        "MFA Device for user casey already exists.",
    )
    assert shop.refused(f"{ENABLE.replace('casey', 'robin')} {codes}") == (
        "EntityAlreadyExists",
        "MFA Device is already in use.",
    )


def test_a_user_has_eight_devices_at_most():
    shop = enrolling()
    casey = shop.account.users["casey"].id
    spares = [
        (f"serial-{n}", MfaDevice(f"serial-{n}", "A" * 32, AT, casey, AT)) for n in range(7)
    ]
    for serial, device in spares:
        shop.set(devices=shop.account.devices.put(serial, device))
    shop(f"{ENABLE} --authentication-code1 @phone-1 --authentication-code2 @phone")
    shop(MAKE.replace("phone", "second"))
    line = (
        ENABLE.replace("phone", "second")
        + " --authentication-code1 @phone-1 --authentication-code2 @phone"
    )
    told = ("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8")
    assert shop.refused(line) == told
    shop(ROOT_IN)
    assert (
        shop.refused(
            "console enroll-security-key --user-name casey --device-name yubi",
            "root@console",
        )
        == told
    )


def test_virtual_devices_are_listed_by_assignment_root_too():
    shop = enrolled()
    shop(MAKE.replace("phone", "spare"))
    root = f"arn:aws:iam::{ID}:mfa/safe"
    shop.set(devices=shop.account.devices.put(root, MfaDevice(root, "A" * 32, AT, ID, AT)))
    assert [
        d["SerialNumber"]
        for d in shop("iam list-virtual-mfa-devices --assignment-status Unassigned")[
            "VirtualMFADevices"
        ]
    ] == [SERIAL.replace("phone", "spare")]
    assigned = {
        d["SerialNumber"]: d["User"]
        for d in shop("iam list-virtual-mfa-devices --assignment-status Assigned")[
            "VirtualMFADevices"
        ]
    }
    assert assigned[root] == {
        "UserId": ID,
        "Arn": f"arn:aws:iam::{ID}:root",
        "CreateDate": "2026-03-02T08:00:00+00:00",
    }
    assert assigned[SERIAL]["UserName"] == "casey"
    assert [d["UserName"] for d in shop("iam list-mfa-devices")["MFADevices"]] == ["root"]


def test_a_code_of_any_device_will_do():
    shop = enrolled()
    casey = shop.account.users["casey"].id
    other = MfaDevice("token-1234", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", AT, casey, AT)
    shop.set(devices=shop.account.devices.put(other.serial, other))
    assert isinstance(shop.sign_in("casey", f"--mfa-code {shop.code('token-1234')}"), Key)
    assert shop.account.devices["token-1234"].used
    assert (
        shop.account.devices[SERIAL].used == shop.outcomes[-2].account.devices[SERIAL].used
    )
