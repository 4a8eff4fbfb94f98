"""Make a function's code for a real account: a ZIP file with a handler. A play needs no code."""

from __future__ import annotations

import re


def handler_zip(handler: str) -> bytes:
    """Return a ZIP file with a handler that does nothing.

    AWS accepts only a ZIP file as code. The play accepts any bytes.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
    """
    from io import BytesIO
    from zipfile import ZipFile, ZipInfo  # few plays make a function

    *folders, function = re.findall(r"[\w-]+", handler, re.ASCII) or ["handler"]
    archive = BytesIO()
    module = ZipInfo(f"{'/'.join(folders) or 'index'}.py")
    module.external_attr = 0o644 << 16
    with ZipFile(archive, "w") as file:
        file.writestr(module, f"def {function}(event, context):\n    pass\n")
    return archive.getvalue()
