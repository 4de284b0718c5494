"""The bus calculator and the lists of presets from outside.

    calc_test.py BUSBAR
"""
import json
import os
import pathlib
import sys
import tempfile
import unittest

import busbar_program
from busbar_program import LINE, Run, session


class WithFolder(unittest.TestCase):
    """An empty folder of the user's presets."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        before = os.environ.get("BUSBAR_PRESETS")
        os.environ["BUSBAR_PRESETS"] = str(self.folder)
        self.addCleanup(lambda: os.environ.pop("BUSBAR_PRESETS") if before is None
                        else os.environ.__setitem__("BUSBAR_PRESETS", before))

    def put(self, name, **members):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"format": "busbar-preset", "version": 1, **members}))
        return path


class Calculator(WithFolder):
    def calc(self, *arguments):
        run = Run("calc", *arguments, "--json")
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual(run.err, "")
        return run.json

    def refuse(self, *arguments):
        run = Run("calc", *arguments)
        self.assertEqual(run.code, 2, run.err)
        self.assertEqual(run.out, "")
        self.assertEqual(len(run.errors), 1, run.err)
        self.assertRegex(run.err.strip(), LINE)
        return run.err

    def test_reduction_makeup_and_output_follow_the_published_curve(self):
        for threshold, ratio, level, makeup in ((-18, 4, -6, 0), (-30, 2, -10, 3), (-10, 20, -40, 1.5)):
            got = self.calc("compressor", "--threshold", threshold, "--ratio", ratio, "--knee", 0, "--input", level,
                            "--makeup", makeup)
            reduction = max(0, (level - threshold) * (1 - 1 / ratio))
            self.assertAlmostEqual(got["gain_reduction_db"], reduction, places=6)
            self.assertAlmostEqual(got["over_threshold_db"], level - threshold, places=6)
            self.assertAlmostEqual(got["output_db"], level - reduction + makeup, places=6)
            self.assertAlmostEqual(got["makeup_db"], makeup, places=6)
            self.assertAlmostEqual(got["level_makeup_db"], reduction, places=6)

    def test_an_infinite_ratio_holds_the_threshold(self):
        got = self.calc("compressor", "--threshold", -20, "--ratio", "inf", "--knee", 0, "--input", -3)
        self.assertAlmostEqual(got["output_db"], -20, places=6)
        self.assertEqual(got["settings"]["ratio"], "inf")

    def test_a_knee_begins_below_the_threshold(self):
        got = self.calc("compressor", "--threshold", -20, "--ratio", 4, "--knee", 12, "--input", -20)
        self.assertAlmostEqual(got["gain_reduction_db"], 0.75 * 6 * 6 / 24, places=6)

    def test_automatic_makeup_is_part_of_the_output(self):
        got = self.calc("compressor", "--threshold", -20, "--ratio", 4, "--knee", 0, "--input", -10, "--auto-makeup")
        self.assertAlmostEqual(got["makeup_db"], 7.5, places=6)  # half of the reduction at full scale
        self.assertAlmostEqual(got["output_db"], -10 - 7.5 + 7.5, places=6)

    def test_release_follows_the_tempo(self):
        def release(*more):
            return self.calc("compressor", "--input", -6, *more)["release_ms"]
        self.assertAlmostEqual(release("--tempo", 120, "--note", "quarter"), 500)
        self.assertAlmostEqual(release("--tempo", 90, "--note", "eighth_dotted"), 60000 / 90 * 0.75)
        self.assertAlmostEqual(release("--note", "sixteenth"), 125)
        self.assertAlmostEqual(release(), 100)

    def test_a_preset_gives_the_settings_and_options_override_it(self):
        got = self.calc("compressor", "--preset", "drums", "--input", -4)
        self.assertEqual(got["settings"]["release_ms"], "tempo")
        self.assertAlmostEqual(got["release_ms"], 125)
        self.assertAlmostEqual(got["over_threshold_db"], -4 - got["settings"]["threshold_db"], places=6)
        self.assertEqual(self.calc("compressor", "--preset", "drums", "--ratio", 2, "--input", -4)["settings"]["ratio"], 2)
        self.put("mine.json", type="compressor", params={"threshold_db": -33})
        got = self.calc("compressor", "--preset", "mine", "--input", -4)
        self.assertEqual(got["settings"]["threshold_db"], -33)
        self.assertIsNone(self.calc("compressor", "--preset", "general", "--input", -4)["release_ms"])

    def test_the_bus_compressor_has_its_own_panel(self):
        got = self.calc("bus_compressor", "--threshold", -5, "--ratio", 4, "--makeup", 4, "--input", -2)
        self.assertAlmostEqual(got["over_threshold_db"], 15, places=4)  # 0 on the panel is -12 dBFS
        self.assertAlmostEqual(got["gain_reduction_db"], 15 * 0.75, places=4)
        self.assertAlmostEqual(got["output_db"], -2 - 15 * 0.75 + 4, places=4)
        self.assertIn("nearest on the panel: 0.6 s",
                      self.calc("bus_compressor", "--input", -2, "--tempo", 120, "--note", "quarter")["release"])
        self.assertIn("the nearest is 2", self.refuse("bus_compressor", "--ratio", 3, "--input", -2))
        self.assertIn("no such control", self.refuse("bus_compressor", "--knee", 3, "--input", -2))

    def test_the_fet_compressor_is_driven_into_its_threshold(self):
        got = self.calc("fet_compressor", "--ratio", "r8", "--input-gain", 20, "--output-gain", -12, "--input", -20)
        self.assertAlmostEqual(got["over_threshold_db"], 16, places=4)
        self.assertAlmostEqual(got["gain_reduction_db"], 16 * (1 - 1 / 8), places=4)
        self.assertAlmostEqual(got["output_db"], -20 + 8 - 14, places=4)

    def test_the_text_is_for_a_person(self):
        run = Run("calc", "compressor", "--threshold", -18, "--ratio", 4, "--knee", 0, "--input", -6)
        self.assertEqual(run.code, 0, run.err)
        for line in ("over threshold      12.0 dB", "gain reduction       9.0 dB", "output             -15.0 dB"):
            self.assertIn(line, run.out)

    def test_wrong_values_are_refused(self):
        self.assertIn("compressor", self.refuse("reverb", "--input", -6))
        self.assertIn("--input", self.refuse("compressor"))
        self.assertIn("--threshold", self.refuse("compressor", "--input", -6, "--threshold", 12))
        self.assertIn("--ratio", self.refuse("compressor", "--input", -6, "--ratio", "steep"))
        self.assertIn("quarter", self.refuse("compressor", "--input", -6, "--note", "crotchet"))
        self.assertIn("did you mean 'drums'", self.refuse("compressor", "--input", -6, "--preset", "drum"))
        self.assertIn("--tempo", self.refuse("compressor", "--input", -6, "--tempo", 3))
        self.refuse("compressor", "--input", "nan")
        self.refuse("compressor", "--input", -6, "--threshold", "nan")


class Lists(WithFolder):
    def test_types_have_their_presets_and_there_are_chains(self):
        listed = Run("inserts", "--json").json
        types = {entry["type"]: entry for entry in listed["inserts"]}
        keys = [preset["key"] for preset in types["compressor"]["presets"]]
        for key in ("general", "drums", "vocals", "bass_keys", "master"):
            self.assertIn(key, keys)
        self.assertEqual({"key", "name", "about", "user"}, set(types["compressor"]["presets"][0]))
        self.assertEqual(types["utility"]["presets"], [])
        chains = {chain["key"]: chain for chain in listed["chains"]}
        for key in ("drum-bus", "vocal-bus", "parallel", "master"):
            self.assertFalse(chains[key]["user"])
        self.assertEqual(Run("inserts", "compressor", "--json").json, types["compressor"])
        text = Run("inserts", "compressor").out
        for preset in types["compressor"]["presets"]:
            self.assertIn(preset["about"], text)
        self.assertIn("drum-bus", Run("inserts").out)

    def test_the_users_presets_are_listed_and_broken_ones_are_warnings(self):
        self.put("drums.json", type="compressor", about="as I like it")
        broken = self.put("bad.json", type="compressor", params={"ratio": 700})
        run = Run("inserts", "--json")
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual(len(run.warnings), 1, run.err)
        self.assertIn(str(broken), run.err)
        self.assertIn("/params/ratio", run.err)
        compressor = next(entry for entry in run.json["inserts"] if entry["type"] == "compressor")
        drums = next(preset for preset in compressor["presets"] if preset["key"] == "drums")
        self.assertEqual((drums["user"], drums["about"]), (True, "as I like it"))
        self.assertNotIn("bad", [preset["key"] for preset in compressor["presets"]])

    def test_a_session_with_presets_is_checked_like_any_other(self):
        tone = {"id": "tone", "source": {"type": "tone", "hz": 500}}
        for name, code in (("drums", 0), ("drum", 1)):
            insert = {"id": "comp", "type": "compressor", "preset": name}
            path = self.folder / "session.json"
            path.write_text(json.dumps(session([{**tone, "inserts": [insert]}])))
            run = Run("check", path)
            self.assertEqual(run.code, code, run.err)
            if code:
                self.assertIn("/tracks/0/inserts/0/preset", run.err)
            path.unlink()


if __name__ == "__main__":
    busbar_program.PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
