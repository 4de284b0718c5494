"""What an edit script does to the sound: when it lands, how it moves, where it ends.

On a dry session (no memory but the ramps) every edit must leave what is before its frame bit for bit, then move as
w·old + (1−w)·new with w(t) = 1 − t³(10 − 15t + 6t²), where old and new are renders of the session before and after
the edit, and be the new session from the end of the ramp on: 20 ms for values (polarity is the sign of the trim),
10 ms for switches.
Then the smoothing of a fader that is moved by 60 updates a second, and of a mute.

    python3 script_test.py --busbar PATH
"""

import copy
import os
import sys

import numpy as np

import busbar_runner
import checks
import mix_model
import wav_io

RATE, FRAMES = 48000, 9600
VALUE_RAMP, SWITCH_RAMP = 960, 480  # 20 ms and 10 ms


def dry_session(folder):
    noise = np.random.default_rng(11)
    for name, channels in (("a", 1), ("b", 2), ("d", 1)):
        wav_io.write_wav(os.path.join(folder, f"{name}.wav"), noise.uniform(-0.5, 0.5, (channels, FRAMES)), RATE)
    tracks = [
        {"id": "a", "source": checks.wav_source("a.wav"), "pan": 0.3, "fader_db": -3, "output": "g",
         "sends": [{"to": "x", "level_db": -6}, {"to": "q", "level_db": -4, "pan": -0.2}]},
        {"id": "b", "source": checks.wav_source("b.wav"), "width": 1.4, "pan": -0.25, "trim_db": -2,
         "sends": [{"to": "x", "tap": "pre", "level_db": -9, "on": False}, {"to": "q", "tap": "post"},
                   {"to": "y", "tap": "input", "pan": "strip"}]},
        {"id": "d", "source": checks.wav_source("d.wav"), "fader_db": "-inf", "output": "none", "sends": [{"to": "q"}]}]
    buses = [{"id": "g", "kind": "group", "solo_safe": True, "fader_db": 1.5}, {"id": "x", "kind": "aux", "pan": 0.5},
             {"id": "y", "kind": "aux", "trim_db": -6}, {"id": "q", "kind": "cue", "follow_mute": True}]
    return checks.session_of(tracks, buses, RATE, pan_law_db=-4.5, solo_mode="in_place",
                             vcas=[{"id": "v", "members": ["g", "w"], "fader_db": -1}, {"id": "w", "members": ["b"]}],
                             mute_groups=[{"id": "m", "members": ["b", "g"]}])


# (address, value, ramp in frames). Each moves only gains that are not in series with one another.
EDITS = [
    ("/a/fader_db", -20, VALUE_RAMP), ("/a/fader_db", "-inf", VALUE_RAMP), ("/d/fader_db", 3, VALUE_RAMP),
    ("/g/fader_db", -9, VALUE_RAMP), ("/master/fader_db", -40, VALUE_RAMP), ("/a/trim_db", 6, VALUE_RAMP),
    ("/y/trim_db", 0, VALUE_RAMP), ("/a/pan", -1, VALUE_RAMP), ("/b/pan", 1, VALUE_RAMP), ("/x/pan", -0.5, VALUE_RAMP),
    ("/b/width", 0, VALUE_RAMP), ("/master/width", 2, VALUE_RAMP), ("/a/sends/x/level_db", -30, VALUE_RAMP),
    ("/a/sends/q/level_db", "-inf", VALUE_RAMP), ("/b/sends/y/level_db", 5, VALUE_RAMP),
    ("/a/sends/q/pan", 1, VALUE_RAMP),
    ("/vca/v/fader_db", -12, VALUE_RAMP), ("/vca/w/fader_db", "-inf", VALUE_RAMP),
    ("/a/mute", True, SWITCH_RAMP), ("/b/mute", True, SWITCH_RAMP), ("/master/mute", True, SWITCH_RAMP),
    ("/b/sends/x/on", True, SWITCH_RAMP), ("/a/sends/x/on", False, SWITCH_RAMP), ("/b/solo", True, SWITCH_RAMP),
    ("/a/polarity", True, VALUE_RAMP), ("/x/polarity", True, VALUE_RAMP), ("/vca/w/mute", True, SWITCH_RAMP),
    ("/mute_group/m/mute", True, SWITCH_RAMP),
]


def edited(session, address, value):
    """The session after one edit, done to its JSON."""
    other = copy.deepcopy(session)
    parts = address.strip("/").split("/")
    if parts[0] in ("vca", "mute_group"):
        item = next(g for g in other[f"{parts[0]}s"] if g["id"] == parts[1])
    else:
        item = next(s for s in other["tracks"] + other["buses"] if s["id"] == parts[0])
        if len(parts) == 4:
            item = next(s for s in item["sends"] if s["to"] == parts[2])
    item[parts[-1]] = value
    return other


def set_at(frame, address, value):
    return {"at_frame": frame, "op": "set", "address": address, "value": value}


def fade(frames, begin, length):
    """Weight of the old render at each frame of an edit at `begin`."""
    t = np.clip((np.arange(frames) - begin) / length, 0.0, 1.0)
    return 1.0 - t**3 * (10 - 15 * t + 6 * t * t)


class Bench:
    """Renders sessions of this file and keeps the signals."""

    def __init__(self, test, busbar, folder):
        self.test, self.busbar, self.folder = test, busbar, folder

    def signals(self, what, session, script=None, frames=FRAMES, start=0, status=0, **options):
        path = checks.write_json(os.path.join(self.folder, "session.json"), session)
        if script is not None:
            script = checks.write_script(os.path.join(self.folder, "script.jsonl"), script)
        ids = [s["id"] for s in session["tracks"] + session["buses"]]
        done = busbar_runner.render(self.busbar, path, os.path.join(self.folder, "out"), RATE, start, frames, ids,
                                    stems=True, script=script, **options)
        self.stderr = done.stderr
        if not self.test.check(f"{what}: exit status", done.status == status, f"{done.status}: {done.stderr.strip()}"):
            return None
        return {name: done.signal(name) for name in done.files}


def one_edit(bench, session, old, address, value, ramp, frame):
    what = f"{address} = {value} at frame {frame}"
    new = bench.signals(f"{what}, edited file", edited(session, address, value))
    moved = bench.signals(what, session, [set_at(frame, address, value)],
                          block=[64, 127, 1024][frame % 3])
    if old is None or new is None or moved is None:
        return
    weight = fade(FRAMES, frame, ramp)
    heard = 0.0
    for name in old:
        before = np.array_equal(moved[name][:, :frame], old[name][:, :frame])
        bench.test.check(f"{what}: {name} is untouched before", before)
        after = mix_model.peak(moved[name][:, frame + ramp :] - new[name][:, frame + ramp :])
        bench.test.check(f"{what}: {name} is the edited session after", after <= 1e-7, f"{after:.3g} left")
        within = mix_model.peak(moved[name] - (weight * old[name] + (1 - weight) * new[name]))
        bench.test.check(f"{what}: {name} follows the curve", within <= 1e-6, f"off by {within:.3g}")
        heard = max(heard, mix_model.peak(old[name] - new[name]))
    bench.test.check(f"{what}: is heard at all", heard > 1e-3)


def edits(bench):
    session = dry_session(bench.folder)
    old = bench.signals("before all edits", session)
    for number, (address, value, ramp) in enumerate(EDITS):
        one_edit(bench, session, old, address, value, ramp, [1, 777, 4801][number % 3])


def batches_and_retargets(bench):
    """A batch lands at one frame; an edit within a ramp starts from the gain of that frame and ends in time."""
    session = dry_session(bench.folder)
    pair = [("/a/fader_db", -15), ("/b/fader_db", 4)]
    lines = [{"op": "set", "address": address, "value": value} for address, value in pair]
    batch = bench.signals("a batch", session, [{"at_frame": 777, "op": "batch", "edits": lines}])
    singles = bench.signals("its edits", session, [{"at_frame": 777, **line} for line in lines])
    timed = bench.signals("its edits by at_s", session, [{"at_s": 777 / RATE, **line} for line in lines])
    if batch and singles and timed:
        same = all(np.array_equal(batch[n], singles[n]) and np.array_equal(batch[n], timed[n]) for n in batch)
        bench.test.check("a batch, its edits at one frame and at that time are the same", same)
    late = bench.signals("the batch from 0.05 s on", session, [{"at_frame": 777, "op": "batch", "edits": lines}],
                         FRAMES - 2400, 2400)
    cold = bench.signals("from 0.05 s on", session, None, FRAMES - 2400, 2400)
    if late and cold:
        first = int(np.flatnonzero(np.any(late["mix"] != cold["mix"], axis=0))[0])
        bench.test.check("at_frame counts from the start of the render", 777 <= first < 777 + 48, f"heard from {first}")
    target = bench.signals("retarget, edited file", edited(session, "/a/fader_db", -30))
    moves = [(1000, 6), (1333, -10), (1700, "-inf"), (1701, 0), (2222, -30)]
    moved = bench.signals("retarget", session, [set_at(frame, "/a/fader_db", value) for frame, value in moves])
    if target and moved:
        left = mix_model.peak(moved["mix"][:, 2222 + VALUE_RAMP :] - target["mix"][:, 2222 + VALUE_RAMP :])
        bench.test.check("a retargeted fader is there 20 ms after the last edit", left <= 1e-7, f"{left:.3g} left")


def refusals(bench):
    """A refused edit changes nothing, is reported with its line, and the rest of the script goes on."""
    session = dry_session(bench.folder)
    good = [{"at_frame": 777, "op": "set", "address": "/a/fader_db", "value": -15},
            {"at_frame": 2000, "op": "set", "address": "/b/mute", "value": True}]
    wanted = bench.signals("the good edits", session, good)
    for bad in ({"op": "set", "address": "/nobody/fader_db", "value": -3},
                {"op": "set", "address": "/b/fader_db", "value": 50},
                {"op": "set", "address": "/b/pan", "value": "left"},
                {"op": "set", "address": "/b/sends/g/level_db", "value": 0},
                {"op": "batch", "edits": [{"op": "set", "address": "/b/pan", "value": 1},
                                          {"op": "set", "address": "/b/width", "value": 3}]}):
        script = [good[0], {"at_frame": 1000, **bad}, good[1]]
        got = bench.signals(f"refused {bad}", session, script, status=1)
        if wanted and got:
            bench.test.check(f"refused {bad}: nothing changes", all(np.array_equal(got[n], wanted[n]) for n in wanted))
            named = "2" in bench.stderr and "error" in bench.stderr
            bench.test.check(f"refused {bad}: line 2 is named", named, bench.stderr)


# Smoothing: a 997 Hz sine at 0 dBFS. A steady one reads 0 dB in the spectrum below.
WINDOW = 65536


def worst_bin(signal):
    """The highest bin above 2 kHz in dBFS, of a four-term Blackman-Harris window."""
    turn = 2 * np.pi * np.arange(WINDOW) / WINDOW
    window = 0.35875 - 0.48829 * np.cos(turn) + 0.14128 * np.cos(2 * turn) - 0.01168 * np.cos(3 * turn)
    spectrum = 2 * np.abs(np.fft.rfft(signal * window)) / np.sum(window)
    return 20 * np.log10(np.max(spectrum[np.arange(len(spectrum)) * RATE / WINDOW > 2000]) + 1e-300)


def sine_session(**strip):
    tone = {"id": "s", "source": {"type": "tone", "wave": "sine", "hz": 997, "level_db": 0}, "pan": -1, **strip}
    return checks.session_of([tone], rate=RATE)


def smoothing(bench):
    begin, frames = WINDOW // 2 - 4800, WINDOW + 2 * RATE // 10
    updates = [(begin + (k + 1) * RATE // 60, -40 * (k + 1) / 12) for k in range(12)]
    old, new = (bench.signals("steady sine", sine_session(fader_db=db), frames=frames) for db in (0, -40))
    moved = bench.signals("moved sine", sine_session(), [set_at(frame, "/s/fader_db", db) for frame, db in updates],
                          frames=frames)
    muted = bench.signals("muted sine", sine_session(), [set_at(WINDOW // 2 - 240, "/s/mute", True)], frames=frames)
    if not (old and new and moved and muted):
        return
    steps = old["mix"][0].copy()
    for frame, db in updates:
        steps[frame:] = old["mix"][0][frame:] * 10 ** (db / 20)
    figures = {"steady sine": old["mix"][0], "fader unsmoothed": steps, "fader 0 to -40 dB": moved["mix"][0],
               "mute": muted["mix"][0]}
    figures = {name: worst_bin(signal[:WINDOW]) for name, signal in figures.items()}
    print("worst bin above 2 kHz: " + ", ".join(f"{name} {value:.1f} dBFS" for name, value in figures.items()))
    bench.test.check("smoothing: a steady sine is clean, so the figures mean something", figures["steady sine"] <= -130)
    bench.test.check("smoothing: steps without it are told from it", figures["fader unsmoothed"] > -80)
    bench.test.check("smoothing: a moved fader", figures["fader 0 to -40 dB"] <= -100)
    bench.test.check("smoothing: a mute", figures["mute"] <= -100)
    middle = slice(updates[5][0], updates[6][0])
    loud = np.abs(old["mix"][0, middle]) > 0.5
    gains = (moved["mix"][0, middle] / old["mix"][0, middle])[loud]
    top, bottom = (10 ** (updates[k][1] / 20) for k in (3, 5))  # a ramp is longer than the time between two updates
    bench.test.check("smoothing: half way the fader is among its last targets",
                     np.all((gains < top) & (gains > bottom)), f"{gains.max():.4f} to {gains.min():.4f}")
    differs = np.flatnonzero(np.any(moved["mix"] != new["mix"], axis=0))
    settled = int(differs[-1]) + 1 - updates[-1][0]
    print(f"the fader is at its target, bit for bit, {settled * 1000 / RATE:.2f} ms after the last update")
    bench.test.check("smoothing: settles to the exact target within 200 ms", settled <= RATE // 5)
    silent = muted["mix"][:, WINDOW // 2 - 240 + SWITCH_RAMP :]
    bench.test.check("smoothing: a mute ends in exact zeros after 10 ms", not np.any(silent))


def main():
    arguments = checks.options(__doc__)
    test = checks.Checks()
    for part in (edits, batches_and_retargets, refusals, smoothing):
        with checks.scratch() as folder:
            part(Bench(test, arguments.busbar, folder))
    return test.close()


if __name__ == "__main__":
    sys.exit(main())
