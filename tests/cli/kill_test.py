"""`busbar play` killed at random moments while a script edits: the session is untouched and sound, and what was done
until a second before the kill comes back with `recover`.

    kill_test.py BUSBAR

BUSBAR_KILLS: how often (12).
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import busbar_program
from busbar_program import LINE, Run, session, track, write_wav

PATIENCE = 60.0  # seconds until a test gives up
SERVER = "busbar-kill-test"
ENVIRONMENT = {**os.environ, "JACK_DEFAULT_SERVER": SERVER, "JACK_NO_START_SERVER": "1",
               "JACK_NO_AUDIO_RESERVATION": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
KILLS = int(os.environ.get("BUSBAR_KILLS", "12"))


def edit(number):
    """The edits of the script, in order; each leaves its mark on the session."""
    kind = number % 5
    if kind == 0:
        return {"op": "set", "address": "/kick/fader_db", "value": -number / 1000}
    if kind == 1:
        return {"op": "set", "address": "/kick/pan", "value": number / 10000}
    if kind == 2:
        return {"op": "set", "address": "/drums/mute", "value": number % 2 == 1}
    if kind == 3:
        return {"op": "add", "address": "/drums/inserts/cut%d" % number, "value": {"type": "low_cut"}}
    return {"op": "undo"} if number % 2 else {"op": "remove", "address": "/drums/inserts/cut%d" % (number - 1)}


def state_after(count):
    """Fader and pan of the kick, mute and inserts of the drums once the first `count` edits are made."""
    state, before = {"fader": 0.0, "pan": 0.0, "mute": False, "inserts": []}, None
    for number in range(count):
        kind = number % 5
        if kind != 4:
            before = dict(state)
        if kind == 0:
            state["fader"] = -number / 1000
        elif kind == 1:
            state["pan"] = number / 10000
        elif kind == 2:
            state["mute"] = number % 2 == 1
        elif kind == 3:
            state["inserts"] = ["cut%d" % number]
        else:
            state = {**state, "inserts": []} if number % 2 == 0 else before
    return state


def state_of(path):
    content = json.loads(path.read_text())
    kick = content["tracks"][0]
    drums = next(bus for bus in content["buses"] if bus["id"] == "drums")
    return {"fader": kick["fader_db"], "pan": kick.get("pan", 0.0), "mute": drums["mute"],
            "inserts": [insert["id"] for insert in drums.get("inserts", [])]}


@unittest.skipUnless(shutil.which("jackd") and shutil.which("jack_wait"), "there is no jackd")
class Killed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen(
            ["jackd", "-R", "-P70", "-n", SERVER, "-d", "dummy", "-r", "48000", "-p", "128", "-C", "2", "-P", "8"],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["jack_wait", "-s", SERVER, "-w", "-t", "30"], env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        try:
            cls.server.wait(10)
        except subprocess.TimeoutExpired:
            cls.server.kill()
            cls.server.wait()
        for left in pathlib.Path("/dev/shm").glob("*%s*" % SERVER):
            left.unlink(missing_ok=True)

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        write_wav(self.folder / "kick.wav", frames=48000 * 20, level=0.1)
        self.session = self.folder / "session.json"
        self.session.write_text(json.dumps(session([track("kick", "kick.wav", output="drums")],
                                                   [{"id": "drums", "kind": "group"}])))
        with open(self.folder / "moves.txt", "w") as script:
            for number in range(900):
                script.write(json.dumps({"at_s": round(0.1 + number * 0.02, 3), **edit(number)}) + "\n")

    def play(self, *arguments):
        return subprocess.Popen([busbar_program.PROGRAM, "play", "session.json", *arguments], cwd=self.folder,
                                env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def kill_after(self, seconds):
        """Kills the program so long after its first edit; returns how many lines had landed a second before."""
        program = self.play("--script", "moves.txt")
        landed = []
        first = threading.Event()

        def listen():
            for line in program.stdout:
                if match := re.match(r"moves\.txt:(\d+) landed", line):
                    landed.append((time.monotonic(), int(match.group(1))))
                    first.set()
            first.set()
        listener = threading.Thread(target=listen)
        listener.start()
        self.assertTrue(first.wait(PATIENCE))
        time.sleep(seconds)
        killed = time.monotonic()
        program.send_signal(signal.SIGKILL)
        errors = program.stderr.read()
        listener.join(PATIENCE)
        self.assertEqual(program.wait(PATIENCE), -signal.SIGKILL, errors)
        program.stdout.close()
        program.stderr.close()
        return max((line for at, line in landed if at <= killed - 1.0), default=0)

    def check_what_is_left(self, surely_made):
        before = self.session.read_bytes()
        run = Run("check", "session.json", cwd=self.folder)
        self.assertEqual(run.code, 0, run.err)
        self.assertIn("busbar recover session.json", run.err)
        run = Run("recover", "session.json", "-o", "recovered.json", "--json", cwd=self.folder)
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual((run.json["applied"], run.json["skipped"]), (run.json["edits"], []))
        made = run.json["edits"]
        self.assertGreaterEqual(made, surely_made)
        self.assertEqual(state_of(self.folder / "recovered.json"), state_after(made))
        self.assertEqual(Run("check", "recovered.json", cwd=self.folder).code, 0)
        self.assertEqual(self.session.read_bytes(), before)

    def test_nothing_is_lost_but_the_last_second(self):
        chance = random.Random(7)
        for number in range(KILLS):
            seconds = chance.uniform(0.0, 2.2)
            with self.subTest(number=number, seconds=seconds):
                surely_made = self.kill_after(seconds)
                self.check_what_is_left(surely_made)
            for left in self.folder.glob("session.json.journal*"):
                left.unlink()

    def test_the_next_run_says_so_and_keeps_it_and_a_clean_end_leaves_none(self):
        self.kill_after(0.5)
        journal = self.folder / "session.json.journal"
        kept = journal.read_bytes()
        (self.folder / "move.txt").write_text(json.dumps({"at_s": 0.2, **edit(1)}) + "\n")
        program = self.play("--for", "0.6", "--script", "move.txt")
        out, err = program.communicate(timeout=PATIENCE)
        self.assertEqual(program.returncode, 0, err)
        self.assertIn("can be recovered", err)
        for line in err.splitlines():
            self.assertRegex(line, LINE)
        self.assertFalse(journal.exists())
        self.assertEqual((self.folder / "session.json.journal.1").read_bytes(), kept)


if __name__ == "__main__":
    busbar_program.PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
