"""`busbar play` from outside: what it says without a device, and screen, keys, signals and a lost device on a real one
(a JACK server of its own without a sound card).

    play_test.py BUSBAR
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import busbar_program
from busbar_program import LINE, session, track, write_wav

PATIENCE = 60.0  # seconds until a test gives up; nothing is ever as slow
# One name for all runs: JACK keeps the place of a server that was killed for the next of its name.
SERVER = "busbar-play-test"
ENVIRONMENT = {**os.environ, "JACK_DEFAULT_SERVER": SERVER, "JACK_NO_START_SERVER": "1",
               "JACK_NO_AUDIO_RESERVATION": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8"}


class InFolder(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        shutil.copy(RECORDING.name, self.folder / "kick.wav")
        content = session([track("kick", "kick.wav", output="drums")], [{"id": "drums", "kind": "group", "name": "Drums"}],
                          transport={"markers": [{"at_s": 40, "name": "Chorus"}]})
        (self.folder / "session.json").write_text(json.dumps(content))

    def start(self, *arguments, **more):
        program = subprocess.Popen([busbar_program.PROGRAM, "play", "session.json", *arguments], cwd=self.folder,
                                   env=ENVIRONMENT, **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                                                       "stderr": subprocess.PIPE, "text": True, **more})
        self.addCleanup(self.end, program)
        return program

    def end(self, program):
        if program.poll() is None:
            program.kill()
        program.wait()
        for stream in (program.stdout, program.stderr):
            if stream:
                stream.close()

    def finish(self, program):
        out, err = program.communicate(timeout=PATIENCE)
        for line in err.splitlines():
            self.assertRegex(line, LINE)
        return program.returncode, out, err


class WithoutADevice(InFolder):
    def refuse(self, *arguments):
        program = self.start(*arguments)
        return self.finish(program)

    def test_wrong_usage_is_refused_before_any_device_is_asked_for(self):
        for wrong in (["--block", "0"], ["--block", "8193"], ["--for", "0"], ["--for", "nan"], ["--from", "-1"],
                      ["--device", ""], ["--script", ""], ["--wobble"]):
            code, out, err = self.refuse(*wrong)
            self.assertEqual((code, out, err.count("\n")), (2, "", 1), (wrong, err))

    def test_faults_of_the_session_and_the_script_come_first(self):
        (self.folder / "session.json").write_text("{")
        code, out, err = self.refuse()
        self.assertEqual((code, out), (1, ""))
        self.assertIn("busbar: error: ", err)

    def test_a_script_that_cannot_be_read_stops_it(self):
        code, out, err = self.refuse("--script", "gone.txt", "--json")
        self.assertEqual((code, err.count("\n")), (1, 1))
        self.assertEqual(len(json.loads(out)["errors"]), 1)

    def test_a_device_that_is_not_there_is_one_line(self):
        for arguments in (["--device", "no-such-interface"], ["--device", "JACK"]):
            code, out, err = self.refuse(*arguments)
            self.assertEqual((code, out), (1, ""), err)
            self.assertEqual(err.count("\n"), 1, err)
            code, out, err = self.refuse(*arguments, "--json")
            self.assertEqual((code, len(json.loads(out)["errors"])), (1, 1))


@unittest.skipUnless(shutil.which("jackd") and shutil.which("jack_wait"), "there is no jackd")
class OnADevice(InFolder):
    @classmethod
    def setUpClass(cls):
        cls.start_server()

    @classmethod
    def start_server(cls):
        cls.log = tempfile.TemporaryFile()
        cls.server = subprocess.Popen(
            ["jackd", "-R", "-P70", "-n", SERVER, "-d", "dummy", "-r", "48000", "-p", "128", "-C", "2", "-P", "8"],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=cls.log, stderr=cls.log)
        subprocess.run(["jack_wait", "-s", SERVER, "-w", "-t", "30"], env=ENVIRONMENT, stdout=cls.log, stderr=cls.log,
                       timeout=PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.stop_server()

    @classmethod
    def stop_server(cls):
        if cls.server.poll() is None:
            cls.server.send_signal(signal.SIGCONT)
            cls.server.terminate()
            try:
                cls.server.wait(10)
            except subprocess.TimeoutExpired:
                cls.server.kill()
        cls.server.wait()
        for left in pathlib.Path("/dev/shm").glob("*%s*" % SERVER):  # by one that was killed
            left.unlink(missing_ok=True)
        cls.log.close()

    def wait_until_it_plays(self, program):
        self.assertIn("Playing", program.stdout.readline())

    def test_it_plays_for_as_long_as_it_is_told_and_reports(self):
        (self.folder / "moves.txt").write_text(
            '{"at_s": 0.2, "op": "set", "address": "/kick/fader_db", "value": -6}\n'
            '{"at_s": 0.3, "op": "set", "address": "/nobody/mute", "value": true}\n')
        code, out, err = self.finish(self.start("--for", "1", "--script", "moves.txt", "--json"))
        self.assertEqual(code, 1)  # a line was refused
        report = json.loads(out)
        self.assertEqual((report["ended"], report["device"]["host"], report["device"]["outputs"]), ("for", "JACK", 8))
        self.assertEqual((report["sample_rate"], report["session_rate"]), (48000, 48000))
        self.assertGreaterEqual(report["played_s"], 0.99)
        self.assertGreater(report["callbacks"], 0)
        self.assertGreater(report["callback_us"]["p99"], 0)
        peaks = {level["strip"]: level["peak_dbfs"] for level in report["levels"]}
        self.assertAlmostEqual(peaks["kick"], -12.04 - 3.01, delta=0.5)  # 0.25, through the pan law
        self.assertEqual([edit["line"] for edit in report["edits"]], [1])
        self.assertGreaterEqual(report["edits"][0]["at_s"], 0.2)
        self.assertEqual(len(report["refused_edits"]), 1)
        self.assertEqual(err.count("moves.txt:2"), 1, err)

    def test_without_a_terminal_it_prints_a_line_the_landed_edits_and_a_summary(self):
        (self.folder / "moves.txt").write_text('{"at_s": 0.2, "op": "set", "address": "/kick/mute", "value": true}\n')
        code, out, err = self.finish(self.start("--for", "0.5", "--script", "moves.txt"))
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"^Playing .* on JACK:.*48000 Hz")
        self.assertRegex(out, r"moves\.txt:1 landed at 0\.\d+ s \(frame \d+\)")
        self.assertRegex(out, r"Played 0\.\d+ s on JACK:")
        self.assertRegex(out, r"master +master +-\d")
        self.assertNotIn("\033", out)

    def test_it_ends_by_itself_at_the_end(self):
        code, out, _ = self.finish(self.start("--from", "59.5", "--json"))
        self.assertEqual((code, json.loads(out)["ended"]), (0, "end"))

    def test_signals_stop_it_cleanly_and_soon(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            program = self.start()
            self.wait_until_it_plays(program)
            before = time.monotonic()
            program.send_signal(number)
            program.send_signal(number)
            code, out, err = self.finish(program)
            self.assertEqual(code, 0, err)
            self.assertIn("until it was stopped", out)
            self.assertLess(time.monotonic() - before, 5.0)  # a second, and what a busy machine adds

    def test_a_reader_that_goes_away_is_no_end_but_no_success_either(self):
        program = self.start("--for", "1.5")
        self.wait_until_it_plays(program)
        program.stdout.close()
        program.stdout = None
        before = time.monotonic()
        self.assertEqual(program.wait(PATIENCE), 1)
        self.assertGreater(time.monotonic() - before, 0.5)
        self.assertIn("standard output", program.stderr.read())

    def test_a_lost_device_is_told_and_ends_it(self):
        for number in (signal.SIGKILL, signal.SIGSTOP):
            program = self.start()
            self.wait_until_it_plays(program)
            time.sleep(0.5)
            before = time.monotonic()
            self.server.send_signal(number)
            try:
                code, out, err = self.finish(program)
                self.assertLess(time.monotonic() - before, 10.0)  # two seconds, and what a busy machine adds
            finally:
                self.stop_server()
                self.start_server()
            self.assertEqual(code, 1)
            self.assertEqual(len([line for line in err.splitlines() if ": error: " in line]), 1, err)
            self.assertIn("until the device was lost", out)


class OnATerminal(OnADevice):
    """The same device, with a person in front of it. What is inherited is not run again."""

    def setUp(self):
        super().setUp()
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.slave)
        self.addCleanup(os.close, self.master)
        self.resize(24, 80)
        self.seen = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def play(self, *arguments):
        def own_the_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.before = termios.tcgetattr(self.slave)
        return self.start(*arguments, stdin=self.slave, stdout=self.slave, stderr=self.slave, text=False,
                          preexec_fn=own_the_terminal)

    def read(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.seen += os.read(self.master, 65536).decode("utf-8", "replace")

    def until(self, pattern):
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen):
            self.assertLess(time.monotonic(), deadline, "%r did not come in %r" % (pattern, self.seen[-3000:]))
            self.read()
        self.seen = ""

    def press(self, keys):
        os.write(self.master, keys.encode())

    def left(self, program):
        """Reads on until the program has ended; its exit status."""
        deadline = time.monotonic() + PATIENCE
        while program.poll() is None:
            self.assertLess(time.monotonic(), deadline)
            self.read()
        self.read()
        return program.returncode

    def assert_given_back(self):
        self.assertEqual(termios.tcgetattr(self.slave), self.before)
        self.assertGreater(self.seen.rfind("\033[?25h"), self.seen.rfind("\033[?25l"))

    def test_meters_and_keys(self):
        program = self.play()
        self.until("PLAYING.*Drums")
        self.press("\033[B\033[B")
        self.until("> kick")
        self.press("m")
        self.until(r"kick[^\n]*M")
        self.press("+")
        self.until(r"\+1\.0")
        self.press("1")
        self.until("0:4[0-9]")
        self.press("l")
        self.until("loop.*all")
        self.press(" ")
        self.until("STOPPED")
        self.press("?")
        self.until("1  0:40.000  Chorus")
        self.press("q")
        self.assertEqual(self.left(program), 0)
        self.assertIn("until it was stopped", self.seen)
        self.assert_given_back()

    def test_the_window_may_change_its_size(self):
        program = self.play()
        self.until("PLAYING")
        self.resize(10, 40)
        program.send_signal(signal.SIGWINCH)
        self.until(r"\033\[10;1H")
        self.press("\033")  # Esc
        self.assertEqual(self.left(program), 0)

    def test_ctrl_c_and_sigterm_give_the_terminal_back(self):
        for end in (lambda program: self.press("\x03"), lambda program: program.terminate()):
            program = self.play()
            self.until("PLAYING")
            end(program)
            self.assertEqual(self.left(program), 0)
            self.assert_given_back()
            self.seen = ""

    def test_a_program_that_was_stopped_goes_on_with_the_screen(self):
        program = self.play()
        self.until("PLAYING")
        program.send_signal(signal.SIGSTOP)
        program.send_signal(signal.SIGCONT)
        self.until(r"\033\[2J")
        program.terminate()
        self.left(program)
        self.assert_given_back()

    def test_a_terminal_that_takes_nothing_does_not_stop_the_end(self):
        program = self.play()
        self.until("PLAYING")
        termios.tcflow(self.slave, termios.TCOOFF)
        time.sleep(0.5)
        before = time.monotonic()
        program.terminate()
        program.wait(PATIENCE)
        self.assertLess(time.monotonic() - before, 10.0)
        termios.tcflow(self.slave, termios.TCOON)
        self.assertEqual(termios.tcgetattr(self.slave), self.before)


for name in [name for name in dir(OnADevice) if name.startswith("test_")]:
    setattr(OnATerminal, name, None)

if __name__ == "__main__":
    busbar_program.PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    with tempfile.NamedTemporaryFile(suffix=".wav") as RECORDING:
        write_wav(pathlib.Path(RECORDING.name), frames=48000 * 60)
        unittest.main()
