"""`recover` from outside: what an interrupted run has left is found, taken in, written elsewhere, or thrown away.

    recover_test.py BUSBAR
"""
import json
import os
import pathlib
import sys
import tempfile
import unittest

import busbar_program
from busbar_program import LINE, Run, session

MASK = 0xFFFFFFFFFFFFFFFF


def crc64(data, before=0):
    """CRC-64 as in the XZ format, bit by bit."""
    crc = before ^ MASK
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return crc ^ MASK


def journal_lines(session_bytes, edits, at_ms=1_767_225_600_000):
    """A journal as docs/recovery.md says it, independent of the program."""
    chain, lines = 0, []
    base = {"version": 1, "session": "session.json", "bytes": len(session_bytes),
            "crc64": "%016x" % crc64(session_bytes)}
    for kind, value in [("base", base)] + [("edit", {"at_frame": 0, **edit}) for edit in edits]:
        body = f"{at_ms} {kind} {json.dumps(value)}".encode()
        chain = crc64(body, chain)
        lines.append(b"%016x " % chain + body + b"\n")
        at_ms += 1000
    return lines


def set_to(address, value):
    return {"op": "set", "address": address, "value": value}


TRACK = {"id": "tone", "source": {"type": "tone", "hz": 500}}
EDITS = [set_to("/tone/fader_db", -6.5), set_to("/tone/pan", 0.25), {"op": "undo"}, set_to("/tone/mute", True)]


class Recover(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.session = self.folder / "session.json"
        self.session.write_text(json.dumps(session([TRACK])))
        self.journal = self.folder / "session.json.journal"

    def leave(self, edits=EDITS, name="session.json.journal"):
        (self.folder / name).write_bytes(b"".join(journal_lines(self.session.read_bytes(), edits)))

    def run_in(self, *arguments):
        run = Run(*arguments, cwd=self.folder)
        for line in run.err.splitlines():
            self.assertRegex(line, LINE)
        return run

    def tone(self, name="session.json"):
        return json.loads((self.folder / name).read_text())["tracks"][0]

    def assert_recovered(self, name="session.json"):
        tone = self.tone(name)
        self.assertEqual((tone["fader_db"], tone.get("pan", 0), tone["mute"]), (-6.5, 0, True))

    def names(self):
        return sorted(os.listdir(self.folder))

    def test_without_a_journal_there_is_nothing_to_do(self):
        before = self.session.read_bytes()
        for more in ([], ["--discard"], ["-o", "other.json"]):
            run = self.run_in("recover", "session.json", *more)
            self.assertEqual((run.code, run.err), (0, ""))
            self.assertIn("nothing to recover", run.out)
        self.assertIsNone(self.run_in("recover", "session.json", "--json").json["journal"])
        self.assertEqual((self.names(), self.session.read_bytes()), (["session.json"], before))

    def test_the_edits_come_into_the_session_and_everything_before_is_kept(self):
        before = self.session.read_bytes()
        self.leave()
        journal = self.journal.read_bytes()
        run = self.run_in("recover", "session.json")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn("4 edits recovered", run.out)
        self.assert_recovered()
        self.assertEqual((self.folder / "session.json.1").read_bytes(), before)
        self.assertEqual((self.folder / "session.json.journal.recovered").read_bytes(), journal)
        self.assertFalse(self.journal.exists())
        self.assertIn("nothing to recover", self.run_in("recover", "session.json").out)

    def test_with_o_session_and_journal_stay(self):
        before = self.session.read_bytes()
        self.leave()
        run = self.run_in("recover", "session.json", "-o", "other.json", "--json")
        self.assertEqual((run.code, run.err), (0, ""))
        report = run.json
        self.assertEqual((report["edits"], report["applied"], report["skipped"], report["fits"]), (4, 4, [], True))
        self.assertEqual((report["written"], report["journal_kept_as"]), ("other.json", None))
        self.assert_recovered("other.json")
        self.assertEqual(self.session.read_bytes(), before)
        self.assertEqual(self.names(), ["other.json", "session.json", "session.json.journal"])

    def test_o_may_not_be_the_session_nor_stand_with_discard(self):
        self.leave()
        self.assertEqual(self.run_in("recover", "session.json", "-o", "./session.json").code, 2)
        self.assertEqual(self.run_in("recover", "session.json", "-o", "x.json", "--discard").code, 2)
        self.assertEqual(self.names(), ["session.json", "session.json.journal"])

    def test_discard_throws_the_newest_away_and_tells_of_more(self):
        before = self.session.read_bytes()
        self.leave()
        self.leave(EDITS[:1], "session.json.journal.1")
        run = self.run_in("recover", "session.json", "--discard")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn("4 edits", run.out)
        self.assertIn("1 journal of earlier runs", run.out)
        self.assertTrue(self.run_in("recover", "session.json", "--discard", "--json").json["discarded"])
        self.assertEqual((self.names(), self.session.read_bytes()), (["session.json"], before))

    def test_what_no_longer_applies_is_told_and_the_rest_is_taken(self):
        self.leave([set_to("/gone/pan", 1), *EDITS])
        self.session.write_text(json.dumps(session([{**TRACK, "name": "renamed"}])))
        run = self.run_in("recover", "session.json")
        self.assertEqual(run.code, 0)
        self.assertEqual(len(run.warnings), 2, run.err)
        self.assertIn("was saved or changed since", run.err)
        self.assertRegex(run.err, r"session\.json\.journal:2: this edit no longer applies.*'gone'")
        self.assert_recovered()
        self.assertEqual(self.tone()["name"], "renamed")

    def test_where_nothing_applies_nothing_is_written(self):
        self.leave([set_to("/gone/pan", 1)])
        before = self.session.read_bytes()
        run = self.run_in("recover", "session.json")
        self.assertEqual((run.code, run.out), (1, ""))
        self.assertEqual((self.names(), self.session.read_bytes()), (["session.json", "session.json.journal"], before))

    def test_damage_is_told_and_what_stands_before_it_is_taken(self):
        lines = journal_lines(self.session.read_bytes(), [*EDITS, *EDITS])
        lines[5] = lines[5].replace(b"-6.5", b"-9.5")
        self.journal.write_bytes(b"".join(lines))
        run = self.run_in("recover", "session.json")
        self.assertEqual((run.code, len(run.warnings)), (0, 1), run.err)
        self.assertIn("session.json.journal:6: the journal is damaged from here on", run.err)
        self.assertIn("4 edits recovered", run.out)
        self.assert_recovered()

    def test_a_last_line_that_is_cut_short_is_no_matter(self):
        lines = journal_lines(self.session.read_bytes(), [*EDITS, set_to("/tone/pan", 1)])
        self.journal.write_bytes(b"".join(lines)[:-9])
        run = self.run_in("recover", "session.json")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assert_recovered()

    def test_a_bad_journal_blocks_no_session(self):
        self.journal.mkdir()
        run = self.run_in("recover", "session.json")
        self.assertEqual((run.code, len(run.errors)), (1, 1))
        self.assertIn("a folder has that name", run.err)
        render = self.run_in("render", "session.json", "-o", "mix.wav", "--to", "0.1")
        self.assertEqual((render.code, len(render.warnings)), (0, 1), render.err)
        self.journal.rmdir()
        self.journal.write_bytes(b"\x00\xff nonsense\n" * 50)
        run = self.run_in("recover", "session.json")
        self.assertEqual(run.code, 1)
        self.assertEqual(self.run_in("recover", "session.json", "--discard").code, 0)
        self.assertFalse(self.journal.exists())

    def test_a_bad_session_keeps_its_journal(self):
        self.leave()
        self.session.write_text("{")
        run = self.run_in("recover", "session.json")
        self.assertEqual(run.code, 1)
        self.assertEqual(self.names(), ["session.json", "session.json.journal"])

    def test_render_warns_and_takes_the_session_as_it_is_saved(self):
        arguments = ["render", "session.json", "-o", "mix.wav", "--to", "0.1", "--json"]
        before = self.run_in(*arguments).json["outputs"][0]["sha256"]
        self.leave()
        run = self.run_in(*arguments)
        self.assertEqual((run.code, len(run.warnings)), (0, 1), run.err)
        self.assertIn("4 edits of a run", run.err)
        self.assertIn("busbar recover session.json", run.err)
        self.assertEqual(run.json["outputs"][0]["sha256"], before)

    def test_a_folder_that_cannot_be_written_leaves_session_and_journal(self):
        self.leave()
        before = self.session.read_bytes()
        if os.geteuid() == 0:
            self.skipTest("whoever may write everywhere is refused nowhere")
        os.chmod(self.folder, 0o500)
        self.addCleanup(os.chmod, self.folder, 0o700)
        run = self.run_in("recover", "session.json")
        self.assertEqual(run.code, 1)
        self.assertEqual(self.session.read_bytes(), before)
        self.assertTrue(self.journal.exists())


if __name__ == "__main__":
    busbar_program.PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
