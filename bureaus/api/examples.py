"""An example beside every body and every answer of the document, made from its own schema, so that it always fits."""

from __future__ import annotations

from typing import Any

# What a field of this name holds; a field without a word here is text.
_WORDS = {
    "reference": "2026-0000048-6",
    "question": "楼道灯坏了，请派人维修。",
    "text": "已派人更换楼道灯，请您查看。",
    "reason": "回电核实地址",
    "reply": "灯已修好。",
    "words": "很满意",
    "name": "民政局",
    "full_name": "示例区民政局",
    "city": "示例市",
    "phone": "138****5021",
    "number": "024-55500140",
    "hours": "工作日 8:30—17:00",
    "basis": "cohort",
    "figure": "recorded",
    "interval": "month",
    "dimension": "bureau",
    "zh": "民政局",
    "en": "Civil Affairs Bureau",
    "url": "https://example.org/bida",
    "host": "example.org",
    "code": "13",
    "source_system": "12345",
    "external_number": "2026051900123",
    "instance": "/api/v1/inquiries",
    "class": "dataset",
}
_CODES = {
    "kind": ("help", "求助", "help"),
    "urgency": ("ordinary", "普通", "ordinary"),
    "channel": ("hotline", "热线", "hotline"),
    "state": ("assigned", "待签收", "to be signed for"),
    "outcome": ("explained", "解释说明", "explained"),
}
_FORMATS = {
    "date-time": "2026-05-20T10:00:00+08:00",
    "date": "2026-05-20",
    "uuid": "3683912e-b3fb-4a23-91ad-ca34007a93f1",
    "email": "office@example.org",
    "uri": "https://example.org/bida",
}


def with_examples(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with an example beside each JSON body and each JSON answer that tells no problem."""
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            told = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            for holder in (operation.get("requestBody", {}), *told):
                for kind, content in holder.get("content", {}).items():
                    if kind in ("application/json", "application/x-ndjson") and "schema" in content:
                        content["example"] = _of(content["schema"], "", schemas)
    return document


def _of(schema: dict[str, Any], name: str, schemas: dict[str, Any]) -> Any:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    for how in ("allOf", "oneOf", "anyOf"):
        if how in schema:
            return _of(next(each for each in schema[how] if each != {"type": "null"}), name, schemas)
    if "enum" in schema:
        return next(each for each in schema["enum"] if each not in (None, ""))
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")
    if kind == "object":
        fields = schema.get("properties", {})
        if set(fields) == {"code", "label"} and name in _CODES:
            code, zh, en = _CODES[name]
            return {"code": code, "label": {"zh": zh, "en": en}}
        return {field: _of(below, field, schemas) for field, below in fields.items()}
    if kind == "array":
        return [_of(schema["items"], name, schemas)] if schema.get("items") else []
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), _WORDS.get(name, "text"))[: schema.get("maxLength")]
    return {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": False}[kind]
