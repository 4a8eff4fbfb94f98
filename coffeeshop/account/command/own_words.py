"""The commands of the CLI's own, which are no operation of a service: `aws s3 cp` makes several calls, others none.

https://docs.aws.amazon.com/cli/latest/reference/s3/ https://docs.aws.amazon.com/cli/latest/reference/configure/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coffeeshop.account.command.grammar import PAGE_SIZE, Option


def _options(
    *flags: str, one: Iterable[str] = (), each: Iterable[str] = ()
) -> Mapping[str, Option]:
    found = (
        *(Option(name, "flag") for name in flags),
        *(Option(name) for name in one),
        *(Option(name, repeats=True) for name in each),
    )
    return {option.name: option for option in found}


_SAID = ("--dryrun", "--quiet", "--only-show-errors")
_CHOSEN = ("--include", "--exclude")
_COPIED = (*_SAID, "--no-progress", "--recursive")
OWN: Mapping[
    str, Mapping[str, Mapping[str, Option]]
] = {  # command -> subcommand -> its options
    "s3": {
        "ls": _options("--recursive", "--human-readable", "--summarize", one=[PAGE_SIZE]),
        "cp": _options(*_COPIED, one=["--content-type", PAGE_SIZE], each=_CHOSEN),
        "mv": _options(*_COPIED, one=["--content-type", PAGE_SIZE], each=_CHOSEN),
        "rm": _options(*_SAID, "--recursive", one=[PAGE_SIZE], each=_CHOSEN),
        "sync": _options(
            *_SAID,
            "--no-progress",
            "--delete",
            "--size-only",
            one=["--content-type", PAGE_SIZE],
            each=_CHOSEN,
        ),
        "mb": _options(),
        "rb": _options("--force"),
        "presign": {"--expires-in": Option("--expires-in", number=True)},
    },
    "configure": {"list": {}, "list-profiles": {}, "get": {}},
}
UNSIMULATED = {  # what else the real commands do
    "s3": ("website",),
    "configure": (
        "set",
        "sso",
        "sso-session",
        "import",
        "export-credentials",
        "add-model",
        "mfa-login",
    ),
}
LEFT_OUT = {  # options of the real commands of which nothing would come here
    "s3": frozenset(
        f"--{name}"
        for name in (
            "acl", "grants", "sse", "sse-c", "sse-c-key", "sse-kms-key-id", "sse-c-copy-source", "sse-c-copy-source-key",
            "storage-class", "metadata", "metadata-directive", "copy-props", "cache-control", "content-disposition",
            "content-encoding", "content-language", "expires", "website-redirect", "no-guess-mime-type", "source-region",
            "follow-symlinks", "no-follow-symlinks", "request-payer", "force-glacier-transfer", "expected-size",
            "ignore-glacier-warnings", "checksum-algorithm", "checksum-mode", "exact-timestamps", "no-overwrite",
            "validate-same-s3-paths", "case-conflict", "tags", "bucket-name-prefix", "bucket-region", "progress-frequency",
            "progress-multiline",
        )
    )
}  # fmt: skip
