"""Counts and prints the checks of a test program that drives busbar from outside."""

import argparse
import contextlib
import json
import os
import tempfile


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, holds, detail=""):
        """Prints a line for a check that fails; says whether it held."""
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        if not holds:
            print(f"FAILED {what}" + (f": {detail}" if detail else ""))
        return bool(holds)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def options(description, **more):
    """--busbar PATH and the given further options with their defaults."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busbar", required=True, help="the program under test")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    arguments = parser.parse_args()
    arguments.busbar = os.path.abspath(arguments.busbar)
    return arguments


@contextlib.contextmanager
def scratch():
    """A temporary folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="busbar-nulls-") as folder:
        yield folder


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
    return path


def write_script(path, edits):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(edit) + "\n" for edit in edits)
    return path


def session_of(tracks, buses=(), rate=48000, **more):
    """A session with the given strips and a neutral master."""
    return {"format": "busbar-session", "version": 1, "sample_rate": rate, "tracks": list(tracks),
            "buses": [*buses, {"id": "master", "kind": "master"}], **more}


def wav_source(file, **clip):
    return {"type": "wav", "clips": [{"file": file, **clip}]}
