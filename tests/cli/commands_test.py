"""The command line from outside: exit codes, messages, JSON, and what `new`, `check` and `inserts` do.

    commands_test.py BUSBAR
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import busbar_program
from busbar_program import LINE, Run, session, track, write_wav


class InFolder(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)

    def save(self, content, name="session.json"):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def assert_clean_lines(self, run):
        for line in run.err.splitlines():
            self.assertRegex(line, LINE)


class WrongUsage(InFolder):
    def refuse(self, *arguments):
        run = Run(*arguments, cwd=self.folder)
        self.assertEqual(run.code, 2, run.err)
        self.assertEqual(run.out, "")
        self.assertEqual(len(run.errors), 1, run.err)
        self.assert_clean_lines(run)
        return run.err

    def test_no_command_is_refused_with_the_list_of_commands(self):
        self.assertIn("render", self.refuse())

    def test_an_unknown_command_is_named(self):
        self.assertIn("'mixdown'", self.refuse("mixdown"))

    def test_commands_of_later_versions_say_so(self):
        for command in ("measure", "bench"):
            self.assertIn("not in this version", self.refuse(command, "--json"))

    def test_unknown_options_are_refused_by_every_command(self):
        for command in ("demo", "new", "check", "graph", "render", "play", "inserts"):
            others = ["-o", "y"] if command == "render" else []
            self.assertIn("--wobble", self.refuse(command, "x", "--wobble", *others))

    def test_missing_arguments_are_refused(self):
        for command in ("demo", "new", "check", "graph", "render", "play"):
            self.refuse(command)

    def test_one_argument_too_many_is_refused(self):
        self.refuse("check", "a.json", "b.json")

    def test_values_out_of_range_are_refused_and_nothing_is_written(self):
        for seconds in ("0", "0.5", "3601", "-1", "nan", "inf", "ten"):
            self.refuse("demo", "x", "--seconds", seconds)
        self.assertFalse((self.folder / "x").exists())

    def test_unknown_templates_and_insert_types_are_refused_with_what_there_is(self):
        self.assertIn("band", self.refuse("new", ".", "--template", "polka"))
        self.assertIn("low_cut", self.refuse("inserts", "flanger"))


class Output(unittest.TestCase):
    def test_output_that_cannot_be_written_is_not_success(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([busbar_program.PROGRAM, "inserts"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"busbar: error: standard output", done.stderr)


class Help(unittest.TestCase):
    def test_help_and_version_are_done(self):
        self.assertRegex(Run("--version").out, r"^busbar \d+\.\d+\.\d+\n$")
        for arguments in [["--help"]] + [[c, "--help"] for c in ("demo", "new", "check", "graph", "render", "inserts")]:
            run = Run(*arguments)
            self.assertEqual((run.code, run.err), (0, ""))
            self.assertIn("--help", run.out)


class Inserts(unittest.TestCase):
    def test_a_type_lists_its_parameters_with_unit_range_and_default(self):
        run = Run("inserts", "low_cut")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertRegex(run.out, r"corner_hz +\S.* Hz +80 +20 … 400")

    def test_json_is_one_object_with_every_type(self):
        types = {t["type"]: t for t in Run("inserts", "--json").json["inserts"]}
        self.assertLessEqual({"low_cut", "utility"}, set(types))
        corner = types["low_cut"]["params"][0]
        self.assertEqual({k: corner[k] for k in ("key", "unit", "min", "max", "default")},
                         {"key": "corner_hz", "unit": "Hz", "min": 20, "max": 400, "default": 80})
        self.assertEqual(types["low_cut"]["params"][1]["default"], 0.707)
        self.assertEqual(Run("inserts", "utility", "--json").json, types["utility"])

    def test_every_insert_is_listed_in_the_table(self):
        table = Run("inserts").out
        for entry in Run("inserts", "--json").json["inserts"]:
            self.assertIn(entry["type"], table)


class New(InFolder):
    def fill(self, **files):
        for name, options in files.items():
            write_wav(self.folder / "rec" / name, **options)

    def tracks(self):
        content = json.loads((self.folder / "rec" / "session.json").read_text())
        return {t["name"]: t for t in content["tracks"]}, content

    def test_tracks_go_to_groups_by_their_names(self):
        self.fill(**{"01_Kick In.wav": {}, "02_Snare Top.WAV": {}, "Lead Vox.wav": {}, "Bass DI.wav": {}})
        run = Run("new", "rec", cwd=self.folder)
        self.assertEqual((run.code, run.err), (0, ""))
        tracks, content = self.tracks()
        kinds = {b["id"]: b["name"].lower() for b in content["buses"]}
        self.assertEqual(tracks["Kick In"]["output"], tracks["Snare Top"]["output"])
        self.assertIn("drum", kinds[tracks["Kick In"]["output"]])
        self.assertIn("vocal", kinds[tracks["Lead Vox"]["output"]])
        self.assertNotEqual(tracks["Bass DI"]["output"], tracks["Lead Vox"]["output"])
        self.assertIn("rec/session.json", run.out)

    def test_what_it_writes_passes_check(self):
        self.fill(**{"Kick.wav": {}, "Vox.wav": {}, "Room.wav": {"channels": 2}})
        Run("new", "rec", cwd=self.folder)
        run = Run("check", "rec/session.json", "--json", cwd=self.folder)
        self.assertEqual((run.code, run.json["errors"]), (0, []))

    def test_files_come_in_natural_order_and_hidden_ones_are_left_out(self):
        self.fill(**{"Tom 10.wav": {}, "Tom 2.wav": {}, "tom 1.wav": {}, ".Tom 0.wav": {}})
        Run("new", "rec", cwd=self.folder)
        self.assertEqual([t.lower() for t in self.tracks()[0]], ["tom 1", "tom 2", "tom 10"])

    def test_a_poly_file_gives_a_track_per_channel(self):
        self.fill(**{"Stage.wav": {"channels": 4}})
        self.assertEqual(Run("new", "rec", cwd=self.folder).code, 0)
        clips = [t["source"]["clips"][0] for t in self.tracks()[0].values()]
        self.assertEqual([(c["file"], c["channels"]) for c in clips], [("Stage.wav", [n]) for n in (1, 2, 3, 4)])

    def test_the_two_sides_of_a_stereo_pair_are_panned_apart(self):
        names = ("Piano L", "Piano R", "Synth_left", "synth_right", "Violin R")
        self.fill(**{name + ".wav": {} for name in names})
        Run("new", "rec", cwd=self.folder)
        pans = {name: t.get("pan", 0) for name, t in self.tracks()[0].items()}
        self.assertEqual([pans[n] for n in names[:4]], [-1, 1, -1, 1])
        self.assertLess(abs(pans["Violin R"]), 1)

    def test_the_session_gets_the_commonest_rate(self):
        self.fill(**{"a.wav": {"rate": 44100}, "b.wav": {"rate": 44100}, "c.wav": {"rate": 96000}})
        Run("new", "rec", cwd=self.folder)
        self.assertEqual(self.tracks()[1]["sample_rate"], 44100)

    def test_a_broken_file_is_warned_of_and_the_rest_goes_on(self):
        self.fill(**{"Kick.wav": {}})
        (self.folder / "rec" / "Broken.wav").write_bytes(b"RIFF not a recording")
        run = Run("new", "rec", cwd=self.folder)
        self.assertEqual(run.code, 0)
        self.assertEqual(len(run.warnings), 1)
        self.assertIn("Broken.wav", run.warnings[0])
        self.assertEqual(list(self.tracks()[0]), ["Kick"])

    def test_a_folder_without_usable_files_is_an_error(self):
        (self.folder / "rec").mkdir()
        run = Run("new", "rec", cwd=self.folder)
        self.assertEqual((run.code, len(run.errors)), (1, 1))
        self.assertFalse((self.folder / "rec" / "session.json").exists())
        self.assertEqual(Run("new", "nowhere", cwd=self.folder).code, 1)

    def test_a_recording_is_never_replaced(self):
        write_wav(self.folder / "rec" / "Kick.wav")
        before = (self.folder / "rec" / "Kick.wav").read_bytes()
        self.assertEqual(Run("new", "rec", "-o", "rec/Kick.wav", "--force", cwd=self.folder).code, 1)
        self.assertEqual((self.folder / "rec" / "Kick.wav").read_bytes(), before)

    def test_an_existing_session_is_kept_unless_forced(self):
        self.fill(**{"Kick.wav": {}})
        (self.folder / "rec" / "session.json").write_text("mine")
        run = Run("new", "rec", cwd=self.folder)
        self.assertEqual(run.code, 1)
        self.assertIn("--force", run.err)
        self.assertEqual((self.folder / "rec" / "session.json").read_text(), "mine")
        self.assertEqual(Run("new", "rec", "--force", cwd=self.folder).code, 0)
        self.assertEqual((self.folder / "rec" / "session.json.1").read_text(), "mine")

    def test_audio_outside_the_sessions_folder_needs_allow_outside(self):
        self.fill(**{"Kick.wav": {}})
        (self.folder / "mix").mkdir()
        run = Run("new", "rec", "-o", "mix/song.json", cwd=self.folder)
        self.assertEqual(run.code, 0)
        self.assertIn("--allow-outside", run.warnings[0])
        clip = json.loads((self.folder / "mix/song.json").read_text())["tracks"][0]["source"]["clips"][0]
        self.assertEqual(clip["file"], "../rec/Kick.wav")
        self.assertEqual(Run("check", "mix/song.json", cwd=self.folder).code, 1)
        self.assertEqual(Run("check", "mix/song.json", "--allow-outside", cwd=self.folder).code, 0)

    def test_names_beyond_ascii_and_quotes_survive(self):
        self.fill(**{"Grönlund \"solo\".wav": {}, "Plain.wav": {}})
        run = Run("new", "rec", cwd=self.folder)
        self.assertEqual(run.code, 0)
        self.assertEqual(list(self.tracks()[0]), ["Grönlund \"solo\"", "Plain"])
        rows = [line for line in run.out.splitlines() if ".wav" in line][:2]
        self.assertEqual(rows[0].index("Grönlund \"solo\".wav"), rows[1].index("Plain.wav"))


class Check(InFolder):
    def check(self, content, *flags):
        run = Run("check", self.save(content), "--json", *flags)
        self.assert_clean_lines(run)
        report = run.json
        self.assertEqual(report["ok"], run.code == 0)
        self.assertEqual(len(report["errors"]), len(run.errors))
        self.assertEqual(len(report["warnings"]), len(run.warnings))
        for entry in report["errors"] + report["warnings"]:
            self.assertTrue(entry["what"] and entry["mend"], entry)
        return run.code, report

    def one(self, entries, *words):
        found = [e for e in entries if all(w in e["where"] + " " + e["what"] for w in words)]
        self.assertEqual(len(found), 1, entries)
        return found[0]

    def test_a_sound_session_is_ready(self):
        write_wav(self.folder / "kick.wav")
        code, report = self.check(session([track("kick", "kick.wav")]))
        self.assertEqual((code, report["errors"], report["warnings"]), (0, [], []))
        self.assertAlmostEqual(report["seconds"], 0.1)

    def test_all_errors_of_a_file_are_told(self):
        content = session([track("kick", "kick.wav", output="nowhere"), track("kick", "kick.wav", pan=3)])
        code, report = self.check(content)
        self.assertEqual(code, 1)
        self.assertGreaterEqual(len(report["errors"]), 3)

    def test_what_is_not_json_is_an_error_with_json_on_stdout(self):
        code, report = self.check("{ no")
        self.assertEqual((code, report["ok"], len(report["errors"])), (1, False, 1))
        run = Run("check", self.folder / "missing.json", "--json")
        self.assertEqual((run.code, run.json["ok"]), (1, False))

    def test_a_missing_file_is_a_warning(self):
        code, report = self.check(session([track("kick", "gone.wav")]))
        self.assertEqual(code, 0)
        self.assertIn("--allow-missing", self.one(report["warnings"], "gone.wav", "kick")["mend"])

    def test_a_broken_file_is_an_error(self):
        (self.folder / "bad.wav").write_bytes(b"RIFF????WAVE")
        code, report = self.check(session([track("kick", "bad.wav")]))
        self.assertEqual(code, 1)
        self.one(report["errors"], "bad.wav", "kick", "/tracks/0")

    def test_channels_that_the_file_lacks_are_an_error(self):
        write_wav(self.folder / "two.wav", channels=2)
        write_wav(self.folder / "six.wav", channels=6)
        code, report = self.check(session([track("a", "two.wav", {"channels": [3]}), track("b", "six.wav"),
                                           track("c", "six.wav", {"channels": [6]})]))
        self.assertEqual(code, 1)
        self.one(report["errors"], "two.wav", "no channel 3")
        self.one(report["errors"], "six.wav", "6 channels", "'b'")
        self.assertEqual(len(report["errors"]), 2)

    def test_mono_and_stereo_clips_on_one_track_are_an_error(self):
        write_wav(self.folder / "one.wav")
        write_wav(self.folder / "two.wav", channels=2)
        both = track("a", "one.wav")
        both["source"]["clips"].append({"file": "two.wav", "start_s": 1})
        code, report = self.check(session([both]))
        self.assertEqual(code, 1)
        self.assertIn("same channel count", self.one(report["errors"], "two.wav", "clips/1")["mend"])
        both["source"]["clips"][1]["channels"] = [2]
        self.assertEqual(self.check(session([both]))[0], 0)

    def test_a_clip_that_begins_behind_the_end_is_a_warning(self):
        write_wav(self.folder / "one.wav")
        code, report = self.check(session([track("a", "one.wav", {"offset_s": 2})]))
        self.assertEqual(code, 0)
        self.one(report["warnings"], "one.wav", "silent")

    def test_another_rate_is_a_note(self):
        write_wav(self.folder / "one.wav", rate=44100)
        code, report = self.check(session([track("a", "one.wav")]))
        self.assertEqual((code, report["warnings"], len(report["notes"])), (0, [], 1))
        self.assertIn("44100 Hz", report["notes"][0])

    def test_likely_clipping_names_the_bus_and_by_how_much(self):
        # Four tracks of 0.5 straight into a group at +6 dB: their powers add up to 0.5 · √4 = 1, so +6.0 dBFS there,
        # less the 3 dB of the pan law on the way in.
        write_wav(self.folder / "one.wav", level=0.5)
        group = {"id": "loud", "kind": "group", "fader_db": 6}
        content = session([track("t%d" % n, "one.wav", output="loud") for n in range(4)], [group])
        code, report = self.check(content)
        self.assertEqual(code, 0)
        levels = {level["bus"]: level["expected_peak_dbfs"] for level in report["levels"]}
        self.assertAlmostEqual(levels["loud"], 3.0, delta=0.05)
        self.assertAlmostEqual(levels["master"], 3.0, delta=0.05)
        self.assertIn("3.0 dB", self.one(report["warnings"], "'loud'")["what"])
        self.assertIn("3.0 dB", self.one(report["warnings"], "'master'")["what"])

    def test_mutes_vcas_trims_and_sends_count_in_the_estimate(self):
        write_wav(self.folder / "one.wav", level=0.5)
        quiet = track("q", "one.wav", trim_db=-20, output="none", sends=[{"to": "fx", "level_db": 10, "pan": -1}])
        muted = track("m", "one.wav", trim_db=12, mute=True)
        content = session([quiet, muted], [{"id": "fx", "kind": "aux"}],
                          vcas=[{"id": "v", "members": ["q"], "fader_db": -6}])
        levels = {level["bus"]: level["expected_peak_dbfs"] for level in self.check(content)[1]["levels"]}
        self.assertAlmostEqual(levels["fx"], -6.02 - 20 + 10 - 6, delta=0.05)
        self.assertAlmostEqual(levels["master"], levels["fx"], delta=0.05)

    def test_files_outside_need_the_option(self):
        write_wav(self.folder / "one.wav")
        (self.folder / "deep").mkdir()
        path = self.save(session([track("a", "../one.wav")]), "deep/session.json")
        self.assertEqual(Run("check", path).code, 1)
        self.assertEqual(Run("check", path, "--allow-outside").code, 0)

    def test_the_last_line_says_whether_it_can_be_rendered(self):
        write_wav(self.folder / "one.wav")
        self.assertTrue(Run("check", self.save(session([track("a", "one.wav")]))).out.endswith("Ready to render.\n"))
        self.assertIn("1 warning", Run("check", self.save(session([track("a", "gone.wav")]))).out)
        self.assertIn("Not ready", Run("check", self.save("[]")).out)


class CheckScene(InFolder):
    """`check --scene`: a recall on paper."""

    def content(self, **scene):
        write_wav(self.folder / "one.wav")
        kick = track("kick", "one.wav", fader_db=-2.5, mute=True, output="drums",
                     inserts=[{"id": "cut", "type": "low_cut"}], sends=[{"to": "room", "level_db": -14}])
        kick["name"] = "Kick"
        buses = [{"id": "drums", "kind": "group", "name": "Drums"}, {"id": "room", "kind": "aux", "name": "Room"}]
        return session([kick, track("vox", "one.wav", recall_safe=["all"])], buses,
                       vcas=[{"id": "band", "name": "Band", "members": ["drums"]}],
                       mute_groups=[{"id": "off", "members": ["vox"]}],
                       scenes=[{"id": "verse", "name": "Verse", "fade_s": 0.5, **scene}, {"id": "chorus"}])

    VALUES = {"kick": {"fader_db": "-inf", "mute": False, "pan": 0, "output": {"hardware": [3, 4], "ceiling_dbfs": -6},
                       "sends": [{"to": "room", "level_db": -10.25}],
                       "inserts": {"cut": {"bypass": True, "params": {"corner_hz": 120}}}},
              "vox": {"fader_db": -40}, "band": {"fader_db": -3}, "off": {"mute": True}}

    def rows(self, out):
        lines = out[out.index("Recalling"):].splitlines()
        return lines[0], [" ".join(line.split()) for line in lines[1:]]

    def test_a_recall_is_listed_for_a_person(self):
        content = self.content(values=self.VALUES)
        content["io"] = {"outputs": {"3": "Truck L"}}
        run = Run("check", self.save(content), "--scene", "verse")
        self.assertEqual(run.code, 0, run.err)
        heading, rows = self.rows(run.out)
        self.assertEqual(heading, "Recalling the scene 'verse' (Verse) would change 8 values, over 0.5 s:")
        self.assertEqual(rows, ["strip what from to",
                                "Kick Insert cut: Bypass off → on",
                                "Kick Insert cut: Corner 80 Hz → 120 Hz",
                                "Kick Fader -2.5 dB → -inf dB",
                                "Kick Mute on → off",
                                "Kick Send to Room: Level -14 dB → -10.25 dB",
                                "Kick Output Drums → hardware 3 Truck L, 4, ceiling -6 dBFS",
                                "VCA Band Fader 0 dB → -3 dB",
                                "Mute group off Mute off → on"])

    def test_json_lists_the_same_with_addresses(self):
        run = Run("check", self.save(self.content(values=self.VALUES)), "--scene", "verse", "--json")
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual(run.json["scene"], "verse")
        changes = {c["address"]: (c["from"], c["to"]) for c in run.json["scene_changes"]}
        self.assertEqual(changes, {"/kick/inserts/cut/bypass": (False, True),
                                   "/kick/inserts/cut/corner_hz": (80, 120),
                                   "/kick/fader_db": (-2.5, "-inf"),
                                   "/kick/mute": (True, False),
                                   "/kick/sends/room/level_db": (-14, -10.25),
                                   "/kick/output": ("drums", {"hardware": [3, 4], "ceiling_dbfs": -6}),
                                   "/vca/band/fader_db": (0, -3),
                                   "/mute_group/off/mute": (False, True)})
        self.assertNotIn("scene_changes", Run("check", self.folder / "session.json", "--json").json)

    def test_a_recall_that_changes_nothing_says_so(self):
        path = self.save(self.content(values={"kick": {"fader_db": -2.5}}))
        run = Run("check", path, "--scene", "verse")
        self.assertEqual((run.code, run.out.splitlines()[-1]),
                         (0, "Recalling the scene 'verse' (Verse) would change nothing."))
        self.assertEqual(Run("check", path, "--scene", "verse", "--json").json["scene_changes"], [])

    def test_an_unknown_scene_is_an_error_that_lists_those_there_are(self):
        run = Run("check", self.save(self.content()), "--scene", "vers", "--json")
        self.assertEqual((run.code, run.json["ok"], len(run.errors)), (1, False, 1))
        self.assertIn("there is no scene 'vers': the scenes are: verse, chorus", run.errors[0])
        self.assertNotIn("scene_changes", run.json)

    def test_a_recall_that_would_be_refused_is_an_error_that_says_why(self):
        run = Run("check", self.save(self.content(values={"kick": {"fader_db": 20}})), "--scene", "verse")
        self.assertEqual(run.code, 1)
        self.assertIn("/scene/verse/values/kick/fader_db: 20 is outside", run.errors[0])
        run = Run("check", self.save(self.content(values={"drums": {"output": "room"}, "room": {"output": "drums"}})),
                  "--scene", "verse")
        self.assertEqual(run.code, 1)
        self.assertIn("drums → room → drums", run.errors[0])

    def test_values_out_of_scope_and_unknown_words_are_warned_of(self):
        run = Run("check", self.save(self.content(scope=["mute", "faders"], values=self.VALUES)), "--scene", "verse", "--json")
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual([c["address"] for c in run.json["scene_changes"]], ["/kick/mute"])
        wheres = [w["where"] for w in run.json["warnings"] if w["where"].startswith("/scenes/0")]
        self.assertEqual(wheres, ["/scenes/0/scope/1", "/scenes/0/values/band/fader_db"])


class Render(InFolder):
    def setUp(self):
        super().setUp()
        write_wav(self.folder / "one.wav")
        self.save(session([track("a", "one.wav", output="master")]))

    def render(self, *arguments):
        run = Run("render", "session.json", *arguments, cwd=self.folder)
        self.assert_clean_lines(run)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith(".")], [])
        return run

    def test_numbers_that_are_none_and_empty_names_are_wrong_usage(self):
        for wrong in (["--from", "nan"], ["--to", "nan"], ["--tail", "nan"], ["--stems", ""], ["--block", "0"],
                      ["--from", "0.05", "--to", "0.02"]):
            self.assertEqual(self.render("-o", "mix.wav", *wrong).code, 2, wrong)
        self.assertEqual(self.render("-o", "").code, 2)
        self.assertFalse((self.folder / "mix.wav").exists())

    def test_a_bus_takes_one_file_wherever_it_stands(self):
        run = Run("render", "--bus", "a=a.wav", "session.json", "-o", "mix.wav", cwd=self.folder)
        self.assertEqual(run.code, 0, run.err)
        self.assertTrue((self.folder / "a.wav").exists())

    def test_a_script_that_cannot_be_read_stops_the_render(self):
        self.assertEqual(self.render("-o", "mix.wav", "--script", "gone.txt").code, 1)
        self.assertFalse((self.folder / "mix.wav").exists())

    def test_refused_edits_are_told_with_file_and_line_and_the_rest_goes_on(self):
        self.save('{"at_s": 0, "op": "undo"}\n{"at_s": 0, "op": "set", "address": "/nobody/pan", "value": 0}\n'
                  '{"at_s": 0.01, "op": "set", "address": "/a/mute", "value": true}\n', "moves.txt")
        run = self.render("-o", "mix.wav", "--script", "moves.txt")
        self.assertEqual(run.code, 1)
        self.assertEqual(len(run.errors), 2)
        self.assertIn("moves.txt:1: undo: there is nothing to undo", run.errors[0])
        self.assertIn("moves.txt:2: /nobody/pan: ", run.errors[1])
        self.assertTrue((self.folder / "mix.wav").exists())

    def test_it_never_writes_where_an_input_is_or_should_be(self):
        self.save(session([track("a", "one.wav", output="master"), track("b", "gone.wav")]))
        for name in ("one.wav", "./one.wav", "gone.wav", "session.json"):
            run = self.render("-o", name, "--allow-missing")
            self.assertEqual(run.code, 1, name)
            self.assertIn("is an input", run.err)
        self.assertFalse((self.folder / "gone.wav").exists())


if __name__ == "__main__":
    busbar_program.PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
