"""What must not change a sample: block size, threads, the order in the file, a second run, the start of a render.

All files of a run (mix, stems, every strip) are compared by the sha256 of their bytes, on random sessions that an edit
script changes at odd frames while they play.

    python3 invariance_test.py --busbar PATH [--count 6] [--seed 1]
"""

import copy
import os
import random
import sys

import numpy as np

import busbar_runner
import checks
import mix_model
import random_sessions
import wav_io

BLOCKS = [1, 16, 64, 127, 1024, 8192]
EDIT_FRAMES = [1, 333, 777, 1201, 2049, 4801]


def possible_edits(session, dice):
    """(address, a value) for everything a script may set in this session."""
    level = lambda: dice.choice(["-inf", 0, -6, 3.25, round(dice.uniform(-40, 6), 3)])
    edits = []
    for strip in session["tracks"] + session["buses"]:
        at = f"/{strip['id']}"
        edits += [(f"{at}/fader_db", level()), (f"{at}/trim_db", level()), (f"{at}/pan", round(dice.uniform(-1, 1), 3)),
                  (f"{at}/width", round(dice.uniform(0, 2), 3)), (f"{at}/mute", dice.random() < 0.5),
                  (f"{at}/polarity", dice.random() < 0.5), (f"{at}/solo", dice.random() < 0.5)]
        for send in strip.get("sends", []):
            to = f"{at}/sends/{send['to']}"
            edits += [(f"{to}/level_db", level()), (f"{to}/on", dice.random() < 0.5)]
    edits += [(f"/vca/{vca['id']}/fader_db", level()) for vca in session["vcas"]]
    edits += [(f"/vca/{vca['id']}/mute", dice.random() < 0.5) for vca in session["vcas"]]
    return edits + [(f"/mute_group/{group['id']}/mute", dice.random() < 0.5) for group in session["mute_groups"]]


def random_script(session, dice):
    """A handful of single edits and a batch at each of some odd frames."""
    lines = []
    for frame in EDIT_FRAMES:
        picked = [{"op": "set", "address": address, "value": value}
                  for address, value in dice.sample(possible_edits(session, dice), 4)]
        lines += [{"at_frame": frame, **edit} for edit in picked[:2]]
        lines.append({"at_frame": frame, "op": "batch", "edits": picked[2:]})
    return lines


def shuffled(session, dice):
    """The same session in another order: strips, sends, control groups, members and the keys of each object."""
    other = copy.deepcopy(session)
    for key in ("tracks", "buses", "vcas", "mute_groups"):
        dice.shuffle(other[key])
    for strip in other["tracks"] + other["buses"]:
        dice.shuffle(strip.setdefault("sends", []))
    for group in other["vcas"] + other["mute_groups"]:
        dice.shuffle(group["members"])

    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in sorted(value, reverse=True)}
        return [turned(item) for item in value] if isinstance(value, list) else value
    return turned(other)


def same_bytes(test, busbar, folder, seed):
    path, session, start, frames = random_sessions.write_session(seed, folder)
    dice, out, rate = random.Random(seed), os.path.join(folder, "out"), session["sample_rate"]
    script = checks.write_script(os.path.join(folder, "edits.jsonl"), random_script(session, dice))
    ids = [s["id"] for s in session["tracks"] + session["buses"]]

    def sums(what, **options):
        done = busbar_runner.render(busbar, options.pop("path", path), out, rate, start, frames, ids, stems=True,
                                    **{"script": script, **options})
        test.check(f"seed {seed}, {what}: exit status", done.status == 0, f"{done.status}: {done.stderr.strip()}")
        return done.sums() if done.status == 0 else {}

    first = sums("block 64", block=64, threads=1)
    plain = sums("without the script", script=None)
    # Of a session that is silent throughout a script cannot be heard.
    silent = all(not np.any(signal) for signal in mix_model.mix_of_file(path, start, frames).out.values())
    test.check(f"seed {seed}: the script is heard", first != plain or silent)
    variants = [(f"block {block}, {threads} threads", {"block": block, "threads": threads})
                for block in BLOCKS for threads in (1, 2)]
    variants += [("no block given", {}), ("a second run", {"block": 64, "threads": 1})]
    for number in (1, 2):
        other = checks.write_json(os.path.join(folder, f"shuffled-{number}.json"), shuffled(session, dice))
        variants.append((f"shuffled {number}", {"path": other, "block": dice.choice(BLOCKS)}))
    for what, options in variants:
        again = sums(what, **options)
        differing = sorted(name for name in first.keys() | again.keys() if first.get(name) != again.get(name))
        test.check(f"seed {seed}, {what}: same bytes", not differing, ", ".join(differing[:6]))


def dry(session):
    """The session without what remembers: no filter, no heard delay, no cue that is not aligned."""
    for strip in session["tracks"] + session["buses"]:
        strip.pop("latency", None)
        strip["inserts"] = [slot for slot in strip["inserts"] if slot["type"] == "utility"]
        for slot in strip["inserts"]:
            slot["params"].pop("delay_samples", None)
    return session


def any_start(test, busbar, folder, seed):
    path, session, _, frames = random_sessions.write_session(seed, folder)
    checks.write_json(path, dry(session))
    rate, ids = session["sample_rate"], [s["id"] for s in session["tracks"] + session["buses"]]
    whole = busbar_runner.render(busbar, path, os.path.join(folder, "whole"), rate, 0, frames, ids, stems=True)
    if not test.check(f"dry seed {seed}: exit status", whole.status == 0, whole.stderr.strip()):
        return
    signals = {name: whole.signal(name) for name in whole.files}
    for start in (1, 63, 1000, frames - 500):
        out = os.path.join(folder, "part")
        part = busbar_runner.render(busbar, path, out, rate, start, frames - start, ids, stems=True)
        if not test.check(f"dry seed {seed}, from {start}: exit status", part.status == 0, part.stderr.strip()):
            continue
        differing = [name for name in signals if not np.array_equal(part.signal(name), signals[name][:, start:])]
        test.check(f"dry seed {seed}: from frame {start} is the tail of the whole", not differing,
                   ", ".join(differing[:6]))


def stems_add_up(test, busbar, folder, seed):
    """With a neutral master its file is its input. Sources are turned down: float stems round at their own level."""
    path, session, start, frames = random_sessions.write_session(seed, folder)
    for track in session["tracks"]:
        track["trim_db"] = -30
    others = [bus for bus in session["buses"] if bus["id"] != "master"]
    session["buses"] = [*others, {"id": "master", "kind": "master"}]
    for group in session["vcas"] + session["mute_groups"]:
        group["members"] = [member for member in group["members"] if member != "master"]
    checks.write_json(path, session)
    out = os.path.join(folder, "out")
    done = busbar_runner.render(busbar, path, out, session["sample_rate"], start, frames, stems=True)
    if not test.check(f"stems of seed {seed}: exit status", done.status == 0, done.stderr.strip()):
        return
    stems = [done.signal(name) for name in done.files if name.startswith("stem:")]
    feeders = [s for s in session["tracks"] + session["buses"] if s.get("output") == "master"]
    test.check(f"stems of seed {seed}: one for every strip that feeds the master", len(stems) == len(feeders),
               f"{len(stems)} files, {len(feeders)} strips")
    left = mix_model.peak(sum(stems, start=np.zeros((2, frames))) - done.signal("mix"))
    test.check(f"stems of seed {seed}: they add up to the master's input", left <= 1e-7, f"{left:.3g} left")


def stems_of_equal_parts(test, busbar, folder):
    """A sum whose order would show: parts of very different size, in id order whatever the order in the file."""
    noise = np.random.default_rng(3)
    wav_io.write_wav(os.path.join(folder, "noise.wav"), noise.uniform(-1, 1, (1, 3000)), 48000)
    tracks = [{"id": f"t{n}", "source": checks.wav_source("noise.wav", start_s=n / 48000), "fader_db": -97.3 * (n % 2)}
              for n in range(24)]
    sums = []
    for order in (tracks, tracks[::-1]):
        path = checks.write_json(os.path.join(folder, "sum.json"), checks.session_of(order))
        done = busbar_runner.render(busbar, path, os.path.join(folder, "out"), 48000, 0, 3000, ["master"])
        test.check("sum: exit status", done.status == 0, done.stderr.strip())
        sums.append(done.sums() if done.status == 0 else done.stderr)
    test.check("a sum of 24 tracks has the same bytes in any order of the file", sums[0] == sums[1])


def main():
    arguments = checks.options(__doc__, count=6, seed=1)
    test = checks.Checks()
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        for part in (same_bytes, any_start, stems_add_up):
            with checks.scratch() as folder:
                part(test, arguments.busbar, folder, seed)
    with checks.scratch() as folder:
        stems_of_equal_parts(test, arguments.busbar, folder)
    return test.close()


if __name__ == "__main__":
    sys.exit(main())
