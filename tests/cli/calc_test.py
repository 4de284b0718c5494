"""The bus calculator and the lists of presets from outside.

    calc_test.py BUSBAR
"""
import json
import math
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
            sine = got["sine_1khz"]
            self.assertAlmostEqual(sine["output_db"], level - sine["gain_reduction_db"] + makeup, places=6)

    def test_a_detector_of_peaks_lets_go_between_the_crests_of_a_tone(self):
        settings = ("compressor", "--threshold", -20, "--ratio", 4, "--knee", 0, "--input", -6)
        def steady_and_sine(*more):
            got = self.calc(*settings, *more)
            return got["gain_reduction_db"], got["sine_1khz"]["gain_reduction_db"]
        steady, sine = steady_and_sine("--attack", 30, "--release", 50)
        self.assertLess(sine, steady - 1.5)
        steady, sine = steady_and_sine("--attack", 0.05, "--release", 3000)
        self.assertAlmostEqual(sine, steady, delta=0.05)
        # A mean square is 3 dB below the peaks of a sine.
        steady, sine = steady_and_sine("--detector", "rms", "--release", 300)
        self.assertAlmostEqual(sine, steady - 0.75 * 3.0103, delta=0.05)
        got = self.calc(*settings, "--detector", "rms")
        self.assertAlmostEqual(got["sine_1khz"]["over_threshold_db"], -6 - 3.0103 + 20, places=4)

    def test_the_makeup_it_names_leaves_the_tone_as_loud(self):
        for settings in (("compressor", "--threshold", -30, "--ratio", 3, "--release", 20),
                         ("compressor", "--threshold", -30, "--detector", "rms", "--auto-makeup"),
                         ("bus_compressor", "--threshold", -10, "--attack", 30, "--release", 0.1),
                         ("fet_compressor", "--input-gain", 20, "--attack", 800, "--release", 50)):
            first = self.calc(*settings, "--input", -6)["sine_1khz"]
            knob = "--output-gain" if settings[0] == "fet_compressor" else "--makeup"
            then = self.calc(*settings, "--input", -6, knob, first["level_makeup_setting_db"])
            self.assertAlmostEqual(then["sine_1khz"]["loudness_gain_lu"], 0, delta=0.01)
            self.assertAlmostEqual(then["makeup_db"], first["level_makeup_db"], places=3)

    def test_a_mix_of_dry_and_wet_is_part_of_the_output(self):
        settings = ("compressor", "--threshold", -20, "--ratio", 4, "--input", -6)
        wet, half = self.calc(*settings), self.calc(*settings, "--mix", 0.5)
        for of, places in ((lambda got: got, 6), (lambda got: got["sine_1khz"], 1)):
            expected = 20 * math.log10((10 ** (-6 / 20) + 10 ** (of(wet)["output_db"] / 20)) / 2)
            self.assertAlmostEqual(of(half)["output_db"], expected, places=places)
            self.assertIsNone(of(half)["level_makeup_db"])
            self.assertAlmostEqual(of(self.calc(*settings, "--mix", 0))["output_db"], -6, places=3)

    def test_an_infinite_ratio_holds_the_threshold(self):
        got = self.calc("compressor", "--threshold", -20, "--ratio", "inf", "--knee", 0, "--input", -3,
                        "--attack", 0.05, "--release", 3000)
        self.assertAlmostEqual(got["output_db"], -20, places=6)
        self.assertAlmostEqual(got["sine_1khz"]["output_db"], -20, delta=0.05)
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
        self.assertAlmostEqual(release("--release", "tempo", "--tempo", 120), 250)
        self.assertAlmostEqual(release("--release", 20), 20)

    def test_the_release_by_tempo_is_the_one_that_is_worked_out(self):
        by_note = self.calc("compressor", "--input", -6, "--tempo", 120, "--note", "sixteenth")
        self.assertEqual(by_note["settings"]["release_ms"], 125)
        self.assertEqual(by_note["sine_1khz"], self.calc("compressor", "--input", -6, "--release", 125)["sine_1khz"])
        self.assertIn("--release", self.refuse("compressor", "--input", -6, "--release", 50, "--note", "quarter"))

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
        self.assertIn("the nearest is 2 or 4; give one of 2, 4, 10",
                      self.refuse("bus_compressor", "--ratio", 3, "--input", -2))
        self.assertIn("no such control", self.refuse("bus_compressor", "--knee", 3, "--input", -2))

    def test_the_fet_compressor_is_driven_into_its_threshold(self):
        got = self.calc("fet_compressor", "--ratio", "r8", "--input-gain", 20, "--output-gain", -12, "--input", -20)
        self.assertAlmostEqual(got["over_threshold_db"], 16, places=4)
        self.assertAlmostEqual(got["gain_reduction_db"], 16 * (1 - 1 / 8), places=4)
        self.assertAlmostEqual(got["output_db"], -20 + 8 - 14, places=4)

    def test_the_text_is_for_a_person(self):
        run = Run("calc", "compressor", "--threshold", -18, "--ratio", 4, "--knee", 0, "--input", -6, "--attack", 10,
                  "--release", 100)
        self.assertEqual(run.code, 0, run.err)
        for line in ("                   steady level   1 kHz sine", "over threshold        12.0 dB      12.0 dB",
                     "gain reduction         9.0 dB       7.9 dB", "output               -15.0 dB     -13.9 dB",
                     "between the crests", "The sine comes out 7.9 LU quieter than it went in.", "put Make-up at 7.9 dB"):
            self.assertIn(line, run.out)

    def test_wrong_values_are_refused(self):
        self.assertIn("compressor", self.refuse("reverb", "--input", -6))
        self.assertIn("--input", self.refuse("compressor"))
        self.assertIn("--threshold", self.refuse("compressor", "--input", -6, "--threshold", 12))
        self.assertIn("from 1 to 20, or \"inf\"", self.refuse("compressor", "--input", -6, "--ratio", "steep"))
        self.assertIn("from 1 to 20, or \"inf\"", self.refuse("compressor", "--input", -6, "--ratio", 30))
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
        self.assertEqual(len(run.warnings), 2, run.err)
        self.assertIn("the compressor preset 'drums' in place of the built-in one", run.err)
        self.assertIn(str(broken), run.err)
        self.assertIn("/params/ratio", run.err)
        compressor = next(entry for entry in run.json["inserts"] if entry["type"] == "compressor")
        drums = next(preset for preset in compressor["presets"] if preset["key"] == "drums")
        self.assertEqual((drums["user"], drums["about"]), (True, "as I like it"))
        self.assertNotIn("bad", [preset["key"] for preset in compressor["presets"]])

    def test_of_two_files_of_one_name_the_list_says_which_is_used(self):
        self.put("a/slap.json", type="compressor", params={"ratio": 2})
        last = self.put("b/slap.json", type="compressor", params={"ratio": 8})
        run = Run("inserts", "compressor")
        self.assertEqual(len(run.warnings), 1, run.err)
        self.assertIn(str(last), run.err)
        self.assertIn("another file of that name is left out", run.err)
        self.assertEqual(Run("calc", "compressor", "--preset", "slap", "--input", -6, "--json").json["settings"]["ratio"], 8)

    def test_a_folder_of_presets_that_is_not_there_is_a_warning(self):
        os.environ["BUSBAR_PRESETS"] = str(self.folder / "gone")
        run = Run("inserts")
        self.assertEqual(run.code, 0)
        self.assertEqual(len(run.warnings), 1, run.err)
        self.assertIn("BUSBAR_PRESETS", run.err)

    def test_a_chain_shows_its_inserts_and_how_to_use_it(self):
        text = Run("inserts", "drum-bus").out
        for word in ("equaliser", "bus_compressor", "saturation", "band3_gain_db", '{"chain": "drum-bus"}', "--json"):
            self.assertIn(word, text)
        chain = Run("inserts", "drum-bus", "--json").json
        self.assertEqual([insert["type"] for insert in chain["inserts"]], ["equaliser", "bus_compressor", "saturation"])
        path = self.folder.parent / (self.folder.name + ".session.json")
        self.addCleanup(path.unlink)
        strip = {"id": "tone", "source": {"type": "tone", "hz": 500}}
        path.write_text(json.dumps(session([{**strip, "inserts": chain["inserts"]}])))
        self.assertEqual(Run("check", path).code, 0)
        for inserts in ({"chain": "drum-bus"}, [{"id": "a", "chain": "drum-bus"}]):
            path.write_text(json.dumps(session([{**strip, "inserts": inserts}])))
            run = Run("check", path)
            self.assertEqual((run.code, len(run.errors)), (1, 1), run.err)
            self.assertIn('"value": {"chain": "drum-bus"}', run.err)
        self.assertIn("drum-bus", Run("inserts", "drum-buss").err)

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
