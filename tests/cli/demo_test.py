"""The demo song, from outside: the same bytes each time, levels like a recording, and instruments that sound like
what they are called.

    demo_test.py BUSBAR
"""
import hashlib
import json
import math
import pathlib
import resource
import sys
import tempfile
import unittest
import warnings
import wave

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import audioop

import busbar_program
from busbar_program import Run

FULL = 1 << 23


def db(value):
    return 20 * math.log10(max(value, 1e-9) / FULL)


def read(path, channel=None):
    """The 24-bit samples of a file (of one channel) as bytes."""
    with wave.open(str(path), "rb") as file:
        data, channels = file.readframes(file.getnframes()), file.getnchannels()
    if channels == 1:
        return data
    return audioop.tomono(data, 3, *((1, 0) if channel in (None, 0) else (0, 1)))


def slope(data):
    """RMS of the difference of neighbours over RMS: 2 sin(π f / rate) for a tone, so a measure of how high it lies."""
    difference = audioop.add(data[3:], audioop.mul(data[:-3], 3, -1), 3)
    return audioop.rms(difference, 3) / audioop.rms(data, 3)


def silent_share(data, window=4800 * 3, threshold_db=-60):
    parts = [data[i:i + window] for i in range(0, len(data) - window + 1, window)]
    return sum(db(audioop.rms(part, 3)) < threshold_db for part in parts) / len(parts)


def sums(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._folder.cleanup)
        cls.folder = pathlib.Path(cls._folder.name)
        cls.song = cls.folder / "song"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        cls.run_of_demo = Run("demo", cls.song)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        print("demo: %.2f s of CPU" % (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        cls.session = json.loads((cls.song / "session.json").read_text())
        cls.files = {t["id"]: cls.song / t["source"]["clips"][0]["file"] for t in cls.session["tracks"]}

    def test_it_says_what_it_wrote_and_what_to_try(self):
        self.assertEqual((self.run_of_demo.code, self.run_of_demo.err), (0, ""))
        self.assertIn("busbar render", self.run_of_demo.out)
        self.assertIn("session.json", self.run_of_demo.out)

    def test_sixteen_or_more_tracks_of_30_s_at_48_khz_and_24_bit(self):
        self.assertGreaterEqual(len(self.files), 16)
        for path in self.files.values():
            with wave.open(str(path), "rb") as file:
                shape = (file.getframerate(), file.getsampwidth(), file.getnframes())
            self.assertEqual(shape, (48000, 3, 1440000), path)

    def test_the_session_has_what_a_console_has(self):
        buses = self.session["buses"]
        kinds = [b["kind"] for b in buses]
        self.assertGreaterEqual(kinds.count("group"), 3)
        self.assertGreaterEqual(kinds.count("aux"), 2)
        self.assertEqual(kinds.count("cue"), 2)
        self.assertTrue(all(b["protected"] for b in buses if b["kind"] == "cue"))
        self.assertTrue(any(t.get("inserts") for t in self.session["tracks"]))
        self.assertTrue(self.session["vcas"] and self.session["mute_groups"] and self.session["scenes"])
        master = next(b for b in buses if b["kind"] == "master")
        neutral = {"trim_db": 0, "fader_db": 0, "pan": 0, "width": 1, "polarity": False}
        self.assertEqual({k: master.get(k, v) for k, v in neutral.items()}, neutral)

    def test_check_finds_nothing(self):
        report = Run("check", self.song / "session.json", "--json").json
        self.assertEqual((report["errors"], report["warnings"]), ([], []))

    def test_every_track_peaks_between_minus_18_and_minus_6(self):
        for name, path in self.files.items():
            channels = wave.open(str(path), "rb").getnchannels()
            peak = max(db(audioop.max(read(path, c), 3)) for c in range(channels))
            self.assertTrue(-18 <= peak <= -6, (name, peak))

    def test_instruments_lie_where_they_should(self):
        high = {name: slope(read(path)) for name, path in self.files.items()}
        for low in ("kick-out", "bass-di", "bass-amp", "floor-tom"):
            self.assertLess(high[low], 0.08, low)
        self.assertLess(high["kick-in"], 0.15)  # it has the click of the beater
        self.assertGreater(high["kick-in"], high["kick-out"])
        self.assertGreater(high["bass-di"], 0.005)
        for middle in ("lead-vocal", "backing-high", "backing-low", "keys", "pad", "guitar-left", "guitar-right"):
            self.assertTrue(0.03 < high[middle] < 0.35, (middle, high[middle]))
        for bright in ("hats", "tambourine"):
            self.assertGreater(high[bright], 0.7, bright)
        self.assertGreater(high["snare-bottom"], high["snare-top"])
        self.assertGreater(high["overheads"], high["room-mics"])

    def test_singers_pause_and_the_choir_waits_for_the_chorus(self):
        lead = read(self.files["lead-vocal"])
        self.assertTrue(0.15 < silent_share(lead) < 0.6, silent_share(lead))
        backing = read(self.files["backing-high"])
        verse_ends = int(12.8 * 48000) * 3
        self.assertLess(audioop.max(backing[:verse_ends], 3), FULL // 1000)
        self.assertLess(db(audioop.rms(backing[:verse_ends], 3)), -90)
        self.assertGreater(db(audioop.rms(backing[verse_ends:], 3)), -40)

    def test_the_snare_from_below_has_the_other_polarity_and_the_session_flips_it(self):
        # The first backbeat of the verse, low-passed by a mean over 48 frames: what both microphones hear of the head.
        first = int((2 + 0.25) * 30 / 14 * 48000)
        heads = []
        for name in ("snare-top", "snare-bottom"):
            data = read(self.files[name])[first * 3:(first + 6000) * 3]
            samples = [int.from_bytes(data[i:i + 3], "little", signed=True) for i in range(0, len(data), 3)]
            heads.append([sum(samples[n:n + 48]) / 48 for n in range(len(samples) - 48)])
        product = sum(a * b for a, b in zip(*heads))
        norm = (sum(a * a for a in heads[0]) * sum(b * b for b in heads[1])) ** 0.5
        self.assertLess(product / norm, -0.5)
        flipped = {t["id"]: t.get("polarity", False) for t in self.session["tracks"]}
        self.assertTrue(flipped["snare-bottom"])
        self.assertFalse(flipped["snare-top"])

    def test_the_mix_peaks_between_minus_12_and_minus_1(self):
        for seconds in (1, 7, 30):
            folder = self.song if seconds == 30 else self.folder / ("short%d" % seconds)
            if seconds != 30:
                Run("demo", folder, "--seconds", seconds)
            run = Run("render", folder / "session.json", "-o", self.folder / ("mix%d.wav" % seconds), "--json")
            self.assertEqual(run.code, 0, run.err)
            peak = run.json["outputs"][0]["peak_dbfs"]
            print("mix of %d s peaks at %.1f dBFS" % (seconds, peak))
            self.assertTrue(-12 <= peak <= -1, (seconds, peak))

    def test_two_runs_give_the_same_bytes(self):
        one, two = self.folder / "one", self.folder / "two"
        for folder in (one, two):
            self.assertEqual(Run("demo", folder, "--seconds", "2.5").code, 0)
        self.assertEqual(sums(one), sums(two))
        before = sums(one)
        self.assertEqual(Run("demo", one, "--seconds", "2.5").code, 0)
        after = sums(one)
        self.assertEqual({k: v for k, v in after.items() if not k.startswith("session.json.")}, before)

    def test_the_start_is_the_same_whatever_the_length(self):
        short = self.folder / "start"
        Run("demo", short, "--seconds", "3")
        for name, path in self.files.items():
            a, b = read(path), read(short / "audio" / path.name)
            length = (3 * 48000 - 1000) * 3  # the fade at the end left out
            difference = audioop.add(a[:length], audioop.mul(b[:length], 3, -1), 3)
            self.assertLessEqual(audioop.max(difference, 3), 2, name)

    def test_a_folder_with_something_else_in_it_is_left_alone(self):
        folder = self.folder / "mine"
        folder.mkdir()
        (folder / "thesis.txt").write_text("years of work")
        run = Run("demo", folder)
        self.assertEqual((run.code, len(run.errors)), (1, 1))
        self.assertEqual([p.name for p in folder.iterdir()], ["thesis.txt"])
        run = Run("demo", folder / "thesis.txt")
        self.assertEqual((run.code, len(run.errors)), (1, 1))


if __name__ == "__main__":
    busbar_program.PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
