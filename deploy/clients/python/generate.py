"""Writes sylvite/api.py from the OpenAPI document of the master.

    python generate.py [--check] [DOCUMENT]     the document is docs/openapi.json of this tree unless named

With --check nothing is written; the exit status says whether the file is what the document makes.
"""

import json
import keyword
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parents[2] / "docs" / "openapi.json"
TARGET = HERE / "sylvite" / "api.py"
HEAD = '''"""The API of a Sylvite master: its shapes, and one method for each operation.

Generated from the OpenAPI document by generate.py; change that, or the document.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Literal, Optional, TypedDict, Union

'''
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "Dict[str, Any]", "null": "None"}


def kind(schema):
    """A schema as a type of Python."""
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return union([kind(one) for one in schema[word]])
    if "allOf" in schema:
        parts = [kind(one) for one in schema["allOf"]]
        return parts[0] if len(parts) == 1 else "Dict[str, Any]"
    given = schema.get("type")
    if isinstance(given, list):
        return union([kind({**schema, "type": one}) for one in given])
    if given == "array":
        return f"List[{kind(schema.get('items', {}))}]"
    if given == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"Dict[str, {kind(schema['additionalProperties'])}]"
    return PLAIN.get(given, "Any")


def union(kinds):
    kinds = list(dict.fromkeys(kinds))
    rest = [one for one in kinds if one != "None"]
    whole = rest[0] if len(rest) == 1 else f"Union[{', '.join(rest)}]"
    return whole if len(rest) == len(kinds) else f"Optional[{whole}]"


def first_line(text):
    return " ".join((text or "").split()).replace("\\", "\\\\").replace('"""', "'''")


def shape(name, schema):
    """A schema as a class, where it is a mapping, or as an alias."""
    properties = schema.get("properties")
    if properties is None or any(not key.isidentifier() or keyword.iskeyword(key) for key in properties):
        return None if properties is None and "oneOf" not in schema and "enum" not in schema and "type" not in schema else f"{name} = {alias(schema)}\n"
    lines = [f"class {name}(TypedDict, total=False):", f'    """{first_line(schema.get("description")) or name}"""', ""]
    lines += [f"    {key}: {kind(one)}" for key, one in properties.items()] or ["    pass"]
    return "\n".join(lines) + "\n"


def alias(schema):
    return "Any" if "oneOf" in schema or "properties" in schema else kind(schema)


def method(path, verb, operation):
    """An operation as a method."""
    needed, wished, query = [], [], []
    for one in operation.get("parameters", []):
        name = one["name"] + ("_" if keyword.iskeyword(one["name"]) else "")
        if one["in"] == "path":
            needed.append(f"{name}: {kind(one['schema'])}")
        else:
            wished.append(f"{name}: Optional[{kind(one['schema'])}] = None".replace("Optional[Optional[", "Optional[").replace("]] = None", "] = None"))
            query.append(f"{one['name']!r}: {name}")
    body = operation.get("requestBody")
    if body:
        needed.append(f"body: {kind(body['content']['application/json']['schema'])}")
    status, answer = next((status, answer) for status, answer in operation["responses"].items() if status != "default")
    content = answer.get("content", {})
    streams = "application/x-ndjson" in content
    given = content.get("application/x-ndjson" if streams else "application/json", {}).get("schema", {})
    result = "None" if status == "204" else kind(given)
    watches = verb == "post" and path.endswith("/jobs")
    place = re.sub(r"{(\w+)}", r"{quote(\1)}", path)
    place = f'f"{place}"' if "{" in place else f'"{place}"'
    asked = ", ".join([f'"{verb.upper()}"', place, "{" + ", ".join(query) + "}", "body" if body else "None"])
    name = operation["operationId"]
    words = ", ".join(["self", *needed, *(["*", *wished] if wished else [])])
    lines = [f"    def {name}({words}) -> {f'Iterator[{result}]' if streams else 'Any' if watches else result}:", f'        """{first_line(operation.get("summary"))}"""']
    if streams:
        lines.append(f"        return self._follow({asked})")
    elif watches:
        lines.append(f"        return self._follow({asked}) if watch else self._ask({asked})")
    else:
        lines.append(f"        return self._ask({asked})")
    return "\n".join(lines) + "\n"


def written(document):
    parts = [HEAD, "from .transport import Transport, quote\n"]
    for name, schema in document["components"]["schemas"].items():
        text = shape(name, schema) or f"{name} = {alias(schema)}\n"
        parts.append("\n\n" + text if text.startswith("class") else "\n" + text)
    parts.append('\n\nclass Api(Transport):\n    """One method for each operation."""\n')
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            parts.append("\n" + method(path, verb, operation))
    return "".join(parts)


def main():
    words = [word for word in sys.argv[1:] if word != "--check"]
    document = json.loads(pathlib.Path(words[0] if words else DOCUMENT).read_text())
    text = written(document)
    if "--check" not in sys.argv:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        sys.exit("sylvite/api.py is not what the document makes: run generate.py")


if __name__ == "__main__":
    main()
