"""Delay compensation on cases worked out by hand: which frames of which file hold an impulse, and how high it is.

The source is one impulse at session frame 1000, panned hard left, so a file's left side is a list of frames and
heights. Whatever latency is declared on the way, it stays at its frame in every file; only the inputs of a cue with
lowest latency, and delays that are meant to be heard, move it.

    python3 latency_test.py --busbar PATH
"""

import json
import os
import sys

import numpy as np

import busbar_runner
import checks
import wav_io

RATE, AT, FRAMES = 48000, 1000, 4000


def late(frames, **more):
    return {"id": f"late{frames}", "type": "utility", "params": {"latency_samples": frames}, **more}


def heard(frames, **more):
    return {"id": f"heard{frames}", "type": "utility", "params": {"delay_samples": frames}, **more}


def track(name, inserts=(), **more):
    return {"id": name, "source": checks.wav_source("impulse.wav"), "pan": -1, "inserts": list(inserts), **more}


def bus(name, kind="group", inserts=(), **more):
    return {"id": name, "kind": kind, "inserts": list(inserts), **more}


def send(to, **more):
    return {"to": to, "pan": -1, **more}


# name, tracks, buses, expected {strip: {frame: height}}; strips not named have one impulse of 1 at AT.
CASES = [
    ("one of two parallel paths is late", [track("a"), track("b", [late(777)])], [], {"master": {AT: 2}}),
    ("the latest an insert may declare", [track("a"), track("b", [late(96000)])], [], {"master": {AT: 2}}),
    ("two late inserts add up", [track("a", [late(64), late(1)]), track("b", [late(100)])], [], {"master": {AT: 2}}),
    ("three nested buses beside a direct path",
     [track("a", output="g1"), track("b"), track("c", [late(1500)], output="g2")],
     [bus("g1", inserts=[late(100)], output="g2"), bus("g2", inserts=[late(37)], output="g3"),
      bus("g3", inserts=[late(501)])],
     {"g2": {AT: 2}, "g3": {AT: 2}, "master": {AT: 3}}),
    ("sends of every tap into nested buses",
     [track("a", [late(300)], output="g1", sends=[send("x", tap="input"), send("y", tap="pre"), send("z")]),
      track("b")],
     [bus("g1", inserts=[late(9)], sends=[send("y", tap="post")]), bus("x", "aux", [late(50)]),
      bus("y", "aux", output="z"), bus("z", "aux", [late(11)])],
     {"y": {AT: 2}, "z": {AT: 3}, "master": {AT: 6}}),
    ("sends that are off and faders that are down still count", [track("a", [late(200)], sends=[send("x", on=False)],
                                                                       fader_db="-inf"), track("b", sends=[send("x")])],
     [bus("x", "aux")], {"a": {}, "master": {AT: 2}}),
    ("a key that is late holds its insert back, and all stay aligned",
     [track("a", [late(600)]), track("b", [{**late(40), "key": "a"}]), track("c")], [], {"master": {AT: 3}}),
    ("a key from a bus", [track("a", [late(600)], output="g"), track("b"), track("c", output="h")],
     [bus("g", inserts=[late(5)]), bus("h", inserts=[late(1), {**heard(0), "key": "g"}])], {"master": {AT: 3}}),
    ("bypass keeps the latency",
     [track("a", [late(500, bypass=True)], sends=[send("q")]), track("b", sends=[send("q")])],
     [bus("q", "cue", latency="lowest")], {"master": {AT: 2}, "q": {AT: 1, AT + 500: 1}}),
    ("a cue waits for its own inputs only and is aligned", [track("a", [late(500)], sends=[send("q")]),
                                                            track("b", sends=[send("q"), send("p")])],
     [bus("q", "cue"), bus("p", "cue", [late(20)])], {"q": {AT: 2}, "master": {AT: 2}}),
    ("a cue of lowest latency", [track("a", [late(500)], sends=[send("q")]), track("b", [late(30)], sends=[send("q")]),
                                 track("c", [late(900)], sends=[send("q", tap="input")])],
     [bus("q", "cue", [late(10)], latency="lowest")], {"q": {AT: 1, AT + 30: 1, AT + 500: 1}, "master": {AT: 3}}),
    ("a cue of lowest latency whose inputs are all late",
     [track("a", [late(500)], sends=[send("q")]), track("b", [late(530)], sends=[send("q")])],
     [bus("q", "cue", latency="lowest")], {"q": {AT: 1, AT + 30: 1}, "master": {AT: 2}}),
    ("a cue of lowest latency hears a waiting key's strip late",
     [track("a", [late(600)]), track("b", [{**heard(0), "key": "a"}], sends=[send("q")]),
      track("c", sends=[send("q")])],
     [bus("q", "cue", latency="lowest")], {"q": {AT: 1, AT + 600: 1}, "master": {AT: 3}}),
    ("delay_samples is heard", [track("a"), track("b", [heard(250), late(80)])], [],
     {"b": {AT + 250: 1}, "master": {AT: 1, AT + 250: 1}}),
    ("delay_samples is not heard when bypassed", [track("a"), track("b", [heard(250, bypass=True)])], [],
     {"master": {AT: 2}}),
    ("dry and wet of a late insert coincide", [track("a", [late(321, mix=0.5)]), track("b", [heard(10, mix=0.25)])], [],
     {"b": {AT: 0.75, AT + 10: 0.25}, "master": {AT: 1.75, AT + 10: 0.25}}),
    ("hardware outputs and none",
     [track("a", [late(70)], output="none"), track("b", [late(7)], output={"hardware": [1, 2]}),
      track("c", output={"hardware": [1]})], [], {"master": {}}),
]


def impulses(signal):
    """{frame: height} of the left side; the right side must be silent."""
    if np.any(signal[1]):
        return "the right side is not silent"
    return {int(n): float(signal[0, n]) for n in np.flatnonzero(signal[0])}


def one_case(test, busbar, folder, case, start, block):
    name, tracks, buses, expected = case
    what = f"{name} (from {start}, block {block})"
    path = checks.write_json(os.path.join(folder, "session.json"), checks.session_of(tracks, buses, RATE))
    ids = [s["id"] for s in [*tracks, *buses]] + ["master"]
    done = busbar_runner.render(busbar, path, os.path.join(folder, "out"), RATE, start, FRAMES - start, ids, stems=True,
                                block=block)
    if not test.check(f"{what}: exit status", done.status == 0, f"{done.status}: {done.stderr.strip()}"):
        return
    for file in done.files:
        strip = "master" if file == "mix" else file.split(":")[1]
        wanted = {frame - start: height for frame, height in expected.get(strip, {AT: 1}).items()}
        signal = done.signal(file)
        test.check(f"{what}: shape of {file}", signal.shape == (2, FRAMES - start), str(signal.shape))
        got = impulses(signal)
        test.check(f"{what}: {file}", got == wanted, f"{got}, not {wanted}")


def natural_end(test, busbar, folder):
    """Without --to the file ends with the last clip, or with the last frame that still reaches -90 dBFS."""
    for inserts, frames in (([], AT + 1), ([late(500)], AT + 1), ([heard(500)], AT + 501),
                            ([heard(500), late(80)], AT + 501)):
        session = checks.session_of([track("a", inserts)], rate=RATE)
        path = checks.write_json(os.path.join(folder, "session.json"), session)
        done = busbar_runner.render(busbar, path, os.path.join(folder, "out"), RATE, extra=["--json"])
        what = f"natural end with {[slot['id'] for slot in inserts]}"
        if test.check(f"{what}: exit status", done.status == 0, f"{done.status}: {done.stderr.strip()}"):
            signal = done.signal("mix")
            test.check(f"{what}: length", signal.shape[1] == frames, f"{signal.shape[1]} frames, not {frames}")
            got = impulses(signal)
            test.check(f"{what}: the last frame is the impulse", got == {frames - 1: 1.0}, str(got))
            test.check(f"{what}: --json says so", json.loads(done.stdout)["frames"] == signal.shape[1])


def main():
    arguments = checks.options(__doc__)
    test = checks.Checks()
    with checks.scratch() as folder:
        impulse = np.zeros((1, AT + 1))
        impulse[0, AT] = 1.0
        wav_io.write_wav(os.path.join(folder, "impulse.wav"), impulse, RATE)
        for case in CASES:
            for start, block in ((0, 64), (0, 1), (333, 127), (999, 8192)):
                one_case(test, arguments.busbar, folder, case, start, block)
        natural_end(test, arguments.busbar, folder)
    return test.close()


if __name__ == "__main__":
    sys.exit(main())
