"""The shape of the REST API as released, kept under tests/house/api-v1.json.

python -m tools.api_shape    writes it anew, once the changelog names what breaks
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
FILE = HOME / "tests" / "house" / "api-v1.json"
CHANGELOG = HOME / "CHANGELOG.md"


def shape_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a client relies on: addresses, parameters, bodies, answers, and the fields of each schema."""
    operations = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            operations[f"{method.upper()} {path}"] = {
                "parameters": {
                    each["name"]: _told(each["schema"], required=each.get("required", False))
                    for each in told.get("parameters", [])
                },
                "body": _named(told.get("requestBody", {})),
                "answers": {
                    status: _named(answer) for status, answer in told["responses"].items() if status[0] == "2"
                },
            }
    schemas = {
        name: {
            field: _told(of, required=field in schema.get("required", []))
            for field, of in schema.get("properties", {}).items()
        }
        for name, schema in document["components"]["schemas"].items()
    }
    return {"operations": operations, "schemas": schemas}


def _told(schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """Type, whether it is always there, and the words it may be, where they are told one by one."""
    values = schema.get("enum", schema.get("items", {}).get("enum"))
    told = {"type": _type(schema), "required": required}
    return told if values is None else told | {"values": sorted(map(str, values))}


def _named(holder: dict[str, Any]) -> dict[str, str]:
    return {kind: _type(of.get("schema", {})) for kind, of in holder.get("content", {}).items()}


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return " | ".join(sorted(_type(each) for each in schema[several]))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return " | ".join(kind) if isinstance(kind, list) else str(kind)


def breaks(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Each change that would stop a client, in words that the changelog can hold."""
    for name, before in old["operations"].items():
        after = new["operations"].get(name)
        if after is None:
            yield f"{name} is gone"
            continue
        for parameter, of in before["parameters"].items():
            if parameter not in after["parameters"]:
                yield f"{name} takes no {parameter} any more"
            else:
                yield from _others(f"{name} {parameter}", of, after["parameters"][parameter])
        for parameter, of in after["parameters"].items():
            if of["required"] and not before["parameters"].get(parameter, {}).get("required", False):
                yield f"{name} requires {parameter}"
        for part in ("body", "answers"):
            for key, kind in before[part].items():
                if after[part].get(key) != kind:
                    yield f"{name} has another {part} {key}"
    taken = {kind.strip("[]") for each in new["operations"].values() for kind in each["body"].values()}
    for name, fields in old["schemas"].items():
        if name not in new["schemas"]:
            continue  # whoever used it was told above
        now = new["schemas"][name]
        for field, of in fields.items():
            if field not in now:
                yield f"{name}.{field} is gone"
            else:
                yield from _others(f"{name}.{field}", of, now[field])
                if name not in taken and of["required"] and not now[field]["required"]:
                    yield f"{name}.{field} may be missing"
        for field, of in now.items():
            if name in taken and of["required"] and not fields.get(field, {}).get("required", False):
                yield f"{name}.{field} is required"


def _others(name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if after["type"] != before["type"]:
        yield f"{name} is {after['type']}"
    elif "values" in after:
        # Of what was any word before, one by one is a break.
        if "values" not in before:
            yield f"{name} is one of a few"
        for gone in sorted(set(before.get("values", ())) - set(after["values"])):
            yield f"{name} is never {gone}"


def unsaid(released: dict[str, Any], shape: dict[str, Any]) -> list[str]:
    """The breaks that the newest part of the changelog does not name."""
    said = CHANGELOG.read_text(encoding="utf-8").split("\n## ")[1]
    return [each for each in breaks(released, shape) if each not in said]


def write(file: Path, shape: dict[str, Any]) -> list[str]:
    """The shape is kept as released; not while a break is unsaid. Gives what is."""
    missing = unsaid(json.loads(file.read_text(encoding="utf-8")), shape)
    if not missing:
        file.write_text(
            json.dumps(shape, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return missing


def main() -> None:
    """Writes the shape of the document as it is now, or names what the changelog has to say first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from bureaus.api.document import document

    if missing := write(FILE, shape_of(document())):
        sys.exit("\n".join(["CHANGELOG.md does not name under Unreleased:", *missing]))


if __name__ == "__main__":
    main()
