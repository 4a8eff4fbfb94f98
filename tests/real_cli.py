"""The real aws CLI of version 2, where this machine has one: Debian's package `awscli`, or AWS's own installer."""

import os
import shutil
import subprocess
from functools import cache


@cache
def version_2() -> str:
    """The path of the aws CLI of version 2; "" where there is none."""
    for folder in os.environ["PATH"].split(":"):
        found = shutil.which("aws", path=folder)
        if found and b"aws-cli/2" in subprocess.run([found, "--version"], capture_output=True, check=False).stdout:
            return found
    return ""
