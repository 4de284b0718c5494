#!/usr/bin/python3
"""Plays a session on a pretended sound card with 50 edits a second, records them, and renders the record: what was heard
is what is rendered, to the bit. In rounds, each with edits of its own, since all that is heard is kept in memory.

    replay_soak.py --busbar build/bin/busbar --capture build/bin/capture [--minutes 2] [--round 2] [--period 128]
                   [--seed 1]

Where the machine is held up the sound card loses whole periods, or a few samples that are read before they are written:
what goes on behind them is found again, and told.
"""

import argparse
import array
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import wave

RATE = 48000
SILENCE = 1.5  # seconds before the first sound, in which the recorder plugs itself in
LENGTH = 30.0  # of the recordings
OUTPUTS = {"master": [1, 2], "cue1": [3, 4], "cue2": [5, 6]}


def write_noise(path, seed):
    chance = random.Random(seed)
    samples = array.array("h", (chance.randrange(-6000, 6000) for _ in range(int(LENGTH * RATE))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def write_session(folder):
    def strip(name, **more):
        write_noise(folder / (name + ".wav"), name)
        source = {"type": "wav", "clips": [{"file": name + ".wav", "start_s": SILENCE}]}
        return {"id": name, "source": source, "fader_db": -6, **more}

    def hardware(name):
        return {"hardware": OUTPUTS[name], "ceiling_dbfs": "off"}

    tracks = [
        strip("a", output="band", pan=-0.4, sends=[{"to": "cue1", "level_db": -2}, {"to": "room", "level_db": -12}]),
        strip("b", output="band", pan=0.7, sends=[{"to": "cue2", "level_db": -2}]),
        strip("c"),
        strip("d", output="band", inserts=[{"id": "low", "type": "low_cut"}]),
    ]
    buses = [
        {"id": "band", "kind": "group", "inserts": [{"id": "glue", "type": "compressor"}]},
        {"id": "room", "kind": "aux", "inserts": [{"id": "verb", "type": "reverb"}]},
        {"id": "cue1", "kind": "cue", "protected": True, "output": hardware("cue1")},
        {"id": "cue2", "kind": "cue", "output": hardware("cue2")},
        {"id": "master", "kind": "master", "output": hardware("master")},
    ]
    scenes = [
        {"id": "quiet", "fade_s": 0.3, "values": {"a": {"fader_db": -20}, "band": {"mute": True}}},
        {"id": "loud", "values": {"a": {"fader_db": -4}, "band": {"mute": False}}},
    ]
    content = {"format": "busbar-session", "version": 1, "sample_rate": RATE, "tracks": tracks, "buses": buses,
               "scenes": scenes, "vcas": [{"id": "all", "members": ["a", "c"]}],
               "mute_groups": [{"id": "some", "members": ["b", "c"]}]}
    (folder / "session.json").write_text(json.dumps(content), encoding="utf-8")


def next_edit(chance):
    track = chance.choice(["/a", "/b", "/c", "/d"])
    switch = chance.random() < 0.4

    def to(address, value):
        return {"op": "set", "address": address, "value": value}

    return chance.choices([
        to(track + "/fader_db", round(chance.uniform(-30, -3), 2)),
        to(track + "/pan", round(chance.uniform(-1, 1), 3)),
        to(track + "/mute", switch),
        to(track + "/solo", chance.random() < 0.2),
        to("/vca/all/fader_db", round(chance.uniform(-20, 0), 2)),
        to("/mute_group/some/mute", switch),
        to("/band/inserts/glue/bypass", switch),
        to("/band/inserts/glue/threshold_db", round(chance.uniform(-40, 0), 1)),
        to(track + "/output", chance.choice(["band", "master"])),
        {"op": "add", "address": track + "/sends/room", "value": {"level_db": -15}},
        {"op": "remove", "address": track + "/sends/room"},
        {"op": "add", "address": "/band/inserts/extra", "value": {"type": chance.choice(["delay", "reverb", "low_cut"])}},
        {"op": "remove", "address": "/band/inserts/extra"},
        {"op": "remove", "address": chance.choice(["/c", "/d", "/room"])},
        {"op": "undo"},
        {"op": "redo"},
        to(chance.choice(["/scene/quiet/recall", "/scene/loud/recall"]), True),
        to("/transport/locate_s", round(chance.uniform(SILENCE, LENGTH - 2), 2)),
        to("/transport/loop", chance.choice([[3, 3.2], [5, 8], [2, 25]])),
        to("/transport/looping", switch),
        to("/transport/play", False),
        to("/transport/play", True),
    ], weights=[8, 4, 3, 2, 3, 2, 2, 3, 2, 2, 2, 1, 1, 1, 5, 2, 1, 1, 0.4, 0.4, 0.5, 2])[0]


def write_script(path, seconds, seed):
    chance = random.Random(seed)
    with open(path, "w", encoding="utf-8") as out:
        out.write(json.dumps({"at_s": 1.0, "op": "set", "address": "/transport/loop", "value": [2, 25]}) + "\n")
        for number in range(int((seconds - 2.5) * 50)):
            out.write(json.dumps({"at_s": round(2.0 + number / 50, 3), **next_edit(chance)}) + "\n")


def floats_of(path):
    """The samples of a 32-bit float WAV, interleaved."""
    data = path.read_bytes()
    at = 12
    while data[at:at + 4] != b"data":
        at += 8 + struct.unpack("<I", data[at + 4:at + 8])[0]
    return array.array("f", data[at + 8:at + 8 + struct.unpack("<I", data[at + 4:at + 8])[0]])


def interleave(files):
    channels = [floats_of(path)[side::2] for path in files for side in (0, 1)]
    whole = array.array("f", bytes(4 * len(channels) * len(channels[0])))
    for number, channel in enumerate(channels):
        whole[number::len(channels)] = channel
    return whole.tobytes()


def first_difference(a, b):
    """The first place where two runs of bytes differ, in steps of 4; the length of the shorter if they do not."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while high - low > 4:
        middle = (low + high) // 8 * 4
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low


def compare(heard, wanted, period, frame_bytes):
    """How many times the sound card lost or doubled periods; None if something else differs, and where."""
    silence = bytes(frame_bytes)
    def first_sound(data):
        nothing = bytes(len(data))
        return first_difference(data, nothing) // frame_bytes
    at_wanted, at_heard = first_sound(wanted), first_sound(heard)
    heard, wanted = memoryview(heard)[at_heard * frame_bytes:], memoryview(wanted)[at_wanted * frame_bytes:]
    lost = 0
    while True:
        same = first_difference(heard, wanted) // frame_bytes
        if same * frame_bytes >= len(wanted):
            return lost, None
        if same * frame_bytes >= len(heard):
            return lost, "the recording ends too soon"
        probe = 1024 * frame_bytes
        for shift in [0] + [step * sign * period for step in range(1, 200) for sign in (1, -1)]:
            # A fault of ours lasts longer: the shortest ramp has 480 frames.
            for start in (same + ahead for ahead in range(period // 4, 4 * period, period // 4)):
                a = heard[(start + max(0, shift)) * frame_bytes:][:probe]
                b = wanted[(start + max(0, -shift)) * frame_bytes:][:probe]
                if len(a) == probe and a == b and bytes(a[:frame_bytes]) != silence:
                    heard = heard[(start + max(0, shift)) * frame_bytes:]
                    wanted = wanted[(start + max(0, -shift)) * frame_bytes:]
                    lost += 1
                    break
            else:
                continue
            break
        else:
            return lost, "it differs %.3f s before the end of the render" % (
                (len(wanted) - same * frame_bytes) / frame_bytes / RATE)


def play_and_compare(options, folder, seconds, seed):
    write_script(folder / "moves.txt", seconds, seed)
    files = [folder / (name + ".wav.out") for name in OUTPUTS]
    played = subprocess.run(
        [options.capture, folder / "heard.f32", str(options.period), "6", options.busbar, "play",
         folder / "session.json", "--for", str(seconds), "--json", "--script", folder / "moves.txt", "--record-edits",
         folder / "record.txt"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if played.returncode not in (0, 1):
        return "capture ended with %d" % played.returncode, 0, {}
    report = json.loads(played.stdout)
    command = [options.busbar, "render", folder / "session.json", "-o", files[0], "--format", "wav32f", "--to",
               str(seconds - 0.3), "--script", folder / "record.txt"]
    for name, file in list(zip(OUTPUTS, files))[1:]:
        command += ["--bus", "%s=%s" % (name, file)]
    rendered = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if rendered.returncode != 0:
        return rendered.stderr.decode(), 0, report
    lost, fault = compare((folder / "heard.f32").read_bytes(), interleave(files), options.period, 24)
    return fault, lost, report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--busbar", required=True)
    parser.add_argument("--capture", required=True)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--round", type=float, default=2.0, help="minutes")
    parser.add_argument("--period", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="a folder for all that a round with a fault has left")
    options = parser.parse_args()
    rounds = max(1, round(options.minutes / options.round))
    seconds = options.minutes / rounds * 60
    faults = 0
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="busbar-replay-") as name:
            folder = pathlib.Path(name)
            write_session(folder)
            fault, lost, report = play_and_compare(options, folder, seconds, options.seed + number)
            faults += fault is not None
            print("round %d of %d: %s; %d edits landed, %d stalls, %d periods lost by the machine" % (
                number + 1, rounds, fault or "the same to the bit", len(report.get("edits", [])),
                report.get("stalls", 0), lost), flush=True)
            if fault and options.keep:
                subprocess.run(["cp", "-r", name, options.keep], check=False)
    if faults:
        print("FAILED: %d rounds differ" % faults, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
