#!/usr/bin/env python3
"""Records what Jinja2 makes of many small templates, as cases.jsonl.

    pip install 'jinja2==3.1.6' && ./record.py

The templates stand in cases_*.py next to this file; each of those defines CASES, a list of (subject, settings, templates). Settings are
`vars`, `templates`, `options`; `words`: whether the words of errors are to be the same too (they are, unless it is False); `undefined`:
errors are to name what is undefined, whatever Jinja says; `error_ok`: errors are expected, and not reported while recording.
"""

import importlib
import json
import pathlib
import sys

import jinja2
from jinja2.sandbox import SandboxedEnvironment

HERE = pathlib.Path(__file__).parent
KINDS = [
    (jinja2.exceptions.SecurityError, "Security"),
    (jinja2.exceptions.UndefinedError, "Undefined"),
    (jinja2.exceptions.TemplatesNotFound, "NotFound"),
    (jinja2.exceptions.TemplateNotFound, "NotFound"),
    (jinja2.exceptions.TemplateSyntaxError, "Syntax"),
    (jinja2.exceptions.TemplateError, "Runtime"),
    (ZeroDivisionError, "ZeroDivision"),
    (OverflowError, "Overflow"),
    (KeyError, "Key"),
    (IndexError, "Index"),
    (AttributeError, "Attribute"),
    (TypeError, "Type"),
    (ValueError, "Value"),
    (AssertionError, "Value"),
    (RuntimeError, "Runtime"),
]
VARS = {
    "n": 42,
    "f": 2.5,
    "s": "hello world",
    "empty": "",
    "t": True,
    "no": None,
    "l": [3, 1, 2],
    "words": ["pear", "Apple", "fig", "apple"],
    "d": {"b": 2, "a": 1, "C": 3},
    "users": [
        {"name": "amy", "uid": 1001, "groups": ["wheel", "web"], "home": {"dir": "/home/amy"}},
        {"name": "bob", "uid": 1000, "groups": [], "home": {"dir": "/srv/bob"}},
        {"name": "Cy", "uid": 1001, "groups": ["web"], "home": {"dir": "/home/cy"}},
    ],
    "tree": {"os": "Debian", "pkgs": {"web": "nginx", "db": "postgres"}, "list": [1, [2, 3]]},
    "items_key": {"items": 5, "keys": "k"},
}


def line_of(error, names):
    """Template and line where an error arose."""
    if isinstance(error, jinja2.exceptions.TemplateSyntaxError):
        return [error.name or "main", error.lineno]
    found = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in names:
            found = [name, trace.tb_lineno]
        trace = trace.tb_next
    return found


def record(case, template, settings):
    options = dict(settings.get("options", {}))
    strict = options.pop("strict", True)
    templates = settings.get("templates", {})
    variables = settings.get("vars", VARS)
    # Code of a template carries the template's name, so that traces can be read.
    sources = {**templates, "main": template}
    env = SandboxedEnvironment(
        loader=jinja2.FunctionLoader(lambda name: (sources[name], name, None) if name in sources else None),
        undefined=jinja2.StrictUndefined if strict else jinja2.Undefined,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        **options,
    )
    result = {"case": case, "template": template, "vars": variables}
    if templates:
        result["templates"] = templates
    if settings.get("options"):
        result["options"] = settings["options"]
    try:
        result["output"] = env.get_template("main").render(json.loads(json.dumps(variables)))
    except Exception as error:  # noqa: BLE001
        for kind, name in KINDS:
            if isinstance(error, kind):
                result["error"] = name
                break
        else:
            raise
        if settings.get("undefined"):
            # Jinja complains of a type called StrictUndefined; the name that is missing says more.
            result["error"] = "Undefined"
        elif settings.get("words", True):
            result["message"] = getattr(error, "message", None) or str(error)
        if settings.get("place", True):
            at = line_of(error, {"main", *templates})
            if at is not None:
                result["at"] = at
    if settings.get("error_ok", False) is False and "error" in result:
        print(f"{case}: {result['error']}: {result.get('message')}: {template!r}", file=sys.stderr)
    # Only the variables that a template names, so that the file stays small.
    text = template + json.dumps(templates)
    result["vars"] = {name: value for name, value in variables.items() if name in text}
    return result


def main():
    sys.path.insert(0, str(HERE))
    lines = []
    for path in sorted(HERE.glob("cases_*.py")):
        module = importlib.import_module(path.stem)
        for subject, settings, templates in module.CASES:
            for number, template in enumerate(templates, 1):
                lines.append(record(f"{subject} {number}", template, settings))
    with open(HERE / "cases.jsonl", "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{len(lines)} cases", file=sys.stderr)


if __name__ == "__main__":
    main()
