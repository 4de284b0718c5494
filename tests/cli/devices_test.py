"""`busbar devices` from outside, where no JACK server runs.

    devices_test.py BUSBAR
"""
import os
import subprocess
import sys
import unittest

import busbar_program
from busbar_program import Run


class WithoutAServer(unittest.TestCase):
    def test_it_says_what_there_is_and_whether_realtime_may_be_had(self):
        run = Run("devices")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn("audio", run.out)
        self.assertIn("MIDI", run.out)
        self.assertIn("realtime", run.out)
        self.assertIn("Memory may", run.out)

    def test_json_lists_audio_midi_and_realtime_and_nothing_of_jack(self):
        run = Run("devices", "--json")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertEqual(list(run.json), ["audio", "midi", "realtime"])
        for device in run.json["audio"]:
            self.assertEqual(list(device), ["host", "name", "inputs", "outputs", "default_rate", "default"])
            self.assertNotEqual(device["host"], "JACK")
        realtime = run.json["realtime"]
        self.assertEqual(realtime["may_run_fifo"], realtime["highest_priority"] > 0)
        self.assertEqual(realtime["why_not"] == "", realtime["may_run_fifo"] and realtime["may_lock_memory"])

    def test_without_the_right_to_realtime_it_says_how_to_get_it(self):
        limits = "ulimit -r 0 && exec setpriv --bounding-set=-sys_nice,-ipc_lock "
        shell = ["bash", "-c", limits + '"$0" devices', busbar_program.PROGRAM]
        if os.geteuid() != 0:
            self.skipTest("only root can give up what root may")
        done = subprocess.run(shell, capture_output=True, timeout=60, cwd="/")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"may NOT run in realtime", done.stdout)
        self.assertIn(b"limits.d", done.stdout)


if __name__ == "__main__":
    busbar_program.PROGRAM = os.path.abspath(sys.argv.pop(1))
    os.environ["JACK_DEFAULT_SERVER"] = "busbar-nobody"
    unittest.main()
