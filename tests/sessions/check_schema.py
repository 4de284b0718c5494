#!/usr/bin/python3
"""Holds the JSON Schema of sessions against real files: examples and templates pass, malformed sessions fail.

Of the malformed ones, those marked `"schema": true` break a rule that a schema can see, and must fail at the place
that the reader names, or at an object around it; the others break a rule between parts, and must pass.
Run with the root of the source tree as the only argument.
"""
import copy
import json
import pathlib
import sys

import jsonschema


def find(session, pointer):
    """The container and the last key of a JSON pointer."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in path:
        session = session[int(part)] if isinstance(session, list) else session[part]
    return session, int(last) if isinstance(session, list) else last


def damage(session, case):
    session = copy.deepcopy(session)
    for pointer, value in case.get("set", {}).items():
        container, key = find(session, pointer)
        if isinstance(container, list) and key == len(container):
            container.append(value)
        else:
            container[key] = value
    for pointer in case.get("remove", []):
        container, key = find(session, pointer)
        del container[key]
    return session


def pointer_of(error):
    return "".join("/%s" % part for part in error.absolute_path)


def main(root):
    schema = json.loads((root / "sessions/schema/session.v1.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    faults = []
    good = sorted((root / "sessions/examples").glob("*.json")) + sorted((root / "sessions/templates").glob("*.json"))
    for path in good:
        for error in validator.iter_errors(json.loads(path.read_text("utf-8"))):
            faults.append("%s: %s: %s" % (path.name, pointer_of(error), error.message))

    base = json.loads((root / "sessions/examples/harbour_lights.json").read_text("utf-8"))
    cases = json.loads((root / "tests/sessions/malformed_sessions.json").read_text("utf-8"))
    for case in cases:
        errors = list(validator.iter_errors(damage(base, case)))
        if case.get("schema", False):
            where = case.get("schema_where", case["where"])
            if not any(where.startswith(pointer_of(error)) for error in errors):
                faults.append("%s: the schema lets it pass" % case["case"])
        elif errors:
            faults.append("%s: the schema refuses it: %s" % (case["case"], errors[0].message))
    presets = json.loads((root / "sessions/schema/preset.v1.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(presets)
    files = sorted((root / "sessions/presets").glob("*/*.json"))
    for path in files:
        for error in jsonschema.Draft202012Validator(presets).iter_errors(json.loads(path.read_text("utf-8"))):
            faults.append("%s: %s: %s" % (path.name, pointer_of(error), error.message))
    if len(files) < 19:
        faults.append("there are only %d presets" % len(files))
    for fault in faults:
        print(fault)
    print("%d files pass, %d malformed sessions, %d faults" % (len(good), len(cases), len(faults)))
    return 1 if faults or len(good) < 8 or len(cases) < 60 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
