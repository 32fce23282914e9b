"""The shape of the REST API as released, kept under tests/house/api-v1.json.

python -m tools.api_shape    writes it anew, once the changelog names what breaks
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / "tests" / "house" / "api-v1.json"


def shape_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a client relies on: addresses, parameters, bodies, answers, and the fields of each schema."""
    operations = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            operations[f"{method.upper()} {path}"] = {
                "parameters": {
                    each["name"]: each.get("required", False) for each in told.get("parameters", [])
                },
                "body": _named(told.get("requestBody", {})),
                "answers": {
                    status: _named(answer) for status, answer in told["responses"].items() if status[0] == "2"
                },
            }
    schemas = {
        name: {
            field: {"type": _type(of), "required": field in schema.get("required", [])}
            for field, of in schema.get("properties", {}).items()
        }
        for name, schema in document["components"]["schemas"].items()
    }
    return {"operations": operations, "schemas": schemas}


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
        for parameter in before["parameters"]:
            if parameter not in after["parameters"]:
                yield f"{name} takes no {parameter} any more"
        for parameter, required in after["parameters"].items():
            if required and not before["parameters"].get(parameter, False):
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
            elif now[field]["type"] != of["type"]:
                yield f"{name}.{field} is {now[field]['type']}"
        for field, of in now.items():
            if name in taken and of["required"] and not fields.get(field, {}).get("required", False):
                yield f"{name}.{field} is required"


def main() -> None:
    """Writes the shape of the document as it is now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from bureaus.api.document import document

    FILE.write_text(json.dumps(shape_of(document()), indent=1, sort_keys=True, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
