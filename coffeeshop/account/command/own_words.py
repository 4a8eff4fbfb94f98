"""Define the CLI's own commands, which aren't operations of a service. `aws s3 cp` makes several calls, others none.

https://docs.aws.amazon.com/cli/latest/reference/s3/ https://docs.aws.amazon.com/cli/latest/reference/configure/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coffeeshop.account.command.grammar import PAGE_SIZE, Option


def _option_table(
    *flags: str, with_value: Iterable[str] = (), repeatable: Iterable[str] = ()
) -> Mapping[str, Option]:
    """Return options by name: flags, options with a value, and options that can be repeated."""
    options = (
        *(Option(name, "flag") for name in flags),
        *(Option(name) for name in with_value),
        *(Option(name, repeats=True) for name in repeatable),
    )
    return {option.name: option for option in options}


_OUTPUT_OPTIONS = ("--dryrun", "--quiet", "--only-show-errors")
_FILTER_OPTIONS = ("--include", "--exclude")
_COPY_OPTIONS = (*_OUTPUT_OPTIONS, "--no-progress", "--recursive")
# What describes an object, by the parameter of CopyObject that each option sets.
OBJECT_DETAILS = {
    "--cache-control": "CacheControl",
    "--content-disposition": "ContentDisposition",
    "--content-encoding": "ContentEncoding",
    "--content-language": "ContentLanguage",
    "--content-type": "ContentType",
    "--metadata": "Metadata",
    "--metadata-directive": "MetadataDirective",
    "--website-redirect": "WebsiteRedirectLocation",
}
_STORE_OPTIONS = (*OBJECT_DETAILS, "--sse", "--sse-kms-key-id", PAGE_SIZE)
# Command -> subcommand -> its options.
OWN_COMMANDS: Mapping[str, Mapping[str, Mapping[str, Option]]] = {
    "s3": {
        "ls": _option_table(
            "--recursive", "--human-readable", "--summarize", with_value=[PAGE_SIZE]
        ),
        "cp": _option_table(
            *_COPY_OPTIONS, with_value=_STORE_OPTIONS, repeatable=_FILTER_OPTIONS
        ),
        "mv": _option_table(
            *_COPY_OPTIONS, with_value=_STORE_OPTIONS, repeatable=_FILTER_OPTIONS
        ),
        "rm": _option_table(
            *_OUTPUT_OPTIONS,
            "--recursive",
            with_value=[PAGE_SIZE],
            repeatable=_FILTER_OPTIONS,
        ),
        "sync": _option_table(
            *_OUTPUT_OPTIONS,
            "--no-progress",
            "--delete",
            "--size-only",
            with_value=_STORE_OPTIONS,
            repeatable=_FILTER_OPTIONS,
        ),
        "mb": _option_table(),
        "rb": _option_table("--force"),
        "presign": {"--expires-in": Option("--expires-in", number=True)},
    },
    "configure": {"list": {}, "list-profiles": {}, "get": {}},
}
ARGUMENT_FORMS: Mapping[
    str, Mapping[str, str]
] = {  # what a subcommand takes before its options
    "s3": {
        "ls": "[s3://BUCKET/PREFIX]",
        "cp": "FROM TO",
        "mv": "FROM TO",
        "rm": "s3://BUCKET/KEY",
        "sync": "FROM TO",
        "mb": "s3://BUCKET",
        "rb": "s3://BUCKET",
        "presign": "s3://BUCKET/KEY",
    },
    "configure": {"get": "NAME"},
}
UNSIMULATED_SUBCOMMANDS = {  # further subcommands of the real CLI
    "s3": ("website",),
    "iam": ("wizard",),
    "dynamodb": ("wizard",),
    "lambda": ("wizard",),
    "cloudtrail": ("validate-logs", "create-subscription", "update-subscription"),
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
LEFT_OUT = {  # options of the real commands that would have no effect here
    "s3": frozenset(
        f"--{name}"
        for name in (
            "acl", "grants", "sse", "sse-c", "sse-c-key", "sse-kms-key-id", "sse-c-copy-source", "sse-c-copy-source-key",
            "storage-class", "copy-props", "expires", "no-guess-mime-type", "source-region",
            "follow-symlinks", "no-follow-symlinks", "request-payer", "force-glacier-transfer", "expected-size",
            "ignore-glacier-warnings", "checksum-algorithm", "checksum-mode", "exact-timestamps", "no-overwrite",
            "validate-same-s3-paths", "case-conflict", "tags", "bucket-name-prefix", "bucket-region", "progress-frequency",
            "progress-multiline",
        )
    )
}  # fmt: skip
