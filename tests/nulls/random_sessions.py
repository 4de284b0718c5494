"""Random but valid sessions with their WAV files, each made wholly from its seed.

Every feature of the mix comes up: all taps, pan laws, sends on and off, buses nested up to four deep, nested VCAs,
mute groups, solo, declared and heard delays, keys, overlapping clips, mono, stereo and poly files.
Parameters of inserts are short binary fractions, since an insert may hold them in 32 bit; all else is arbitrary.
"""

import json
import os
import random

import numpy as np

import wav_io

BUS_DEPTH = 4


class Generator:
    def __init__(self, seed, folder):
        self.dice = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.folder = folder
        self.rate = self.dice.choice([44100, 48000, 48000, 48000, 32000, 96000])
        self.seconds = self.dice.uniform(0.08, 0.2)
        self.frames = int(self.seconds * self.rate)
        self.long_delays = self.dice.random() < 0.15
        self.names = set()

    def chance(self, share):
        return self.dice.random() < share

    def name(self, stem):
        """A fresh id; random letters in front, so that the order of ids is not the order of the signal."""
        while True:
            name = f"{self.dice.choice('abkmxz0_-')}{stem}{self.dice.randrange(1000)}"
            if name not in self.names:
                self.names.add(name)
                return name

    def level(self, low=-24.0, high=6.0):
        kind = self.dice.random()
        if kind < 0.03:
            return "-inf"
        if kind < 0.07:
            return self.dice.choice([-120, 12, -90])
        return 0 if kind < 0.2 else round(self.dice.uniform(low, high), 4)

    def pan(self):
        return self.dice.choice([0, -1, 1, 0.5]) if self.chance(0.3) else round(self.dice.uniform(-1, 1), 5)

    def width(self):
        return self.dice.choice([0, 1, 1, 2]) if self.chance(0.6) else round(self.dice.uniform(0, 2), 5)

    def delay(self):
        if self.chance(0.3):
            return 0
        return self.dice.randrange(0, 9000) if self.long_delays else self.dice.choice([1, 7, 64, 480, 1023]) \
            if self.chance(0.4) else self.dice.randrange(0, 700)

    # Files.
    def write_files(self):
        os.makedirs(os.path.join(self.folder, "audio"), exist_ok=True)
        self.files = []
        for channels in [1, 2, self.dice.choice([3, 4, 8])] + [self.dice.choice([1, 2]) for _ in range(3)]:
            file = f"audio/{len(self.files)}-{channels}.wav"
            frames = self.dice.randrange(self.frames // 4, self.frames + 50)
            coding = self.dice.choice(["i16", "i24", "i24", "f32", "f32"])
            samples = np.stack([self.signal(frames) for _ in range(channels)])
            extensible = True if channels > 2 else self.chance(0.3)
            wav_io.write_wav(os.path.join(self.folder, file), samples, self.rate, coding, extensible)
            self.files.append((file, channels, frames))

    def signal(self, frames):
        peak = self.dice.choice([1.0, 0.5, 0.1, 0.9])
        if self.chance(0.5):
            return self.noise.uniform(-peak, peak, frames)
        if self.chance(0.5):
            turns = np.arange(frames) * self.dice.uniform(30, 4000) / self.rate
            return peak * np.sin(2 * np.pi * (turns + self.dice.random()))
        clicks = np.where(self.noise.uniform(0, 1, frames) < 0.01, peak, 0.0)
        return clicks + 0.25 * peak * self.noise.uniform(-1, 1, frames)

    def seconds_of(self, frames):
        """Some seconds that round to this frame."""
        return 0.0 if frames == 0 else (frames + self.dice.uniform(-0.45, 0.45)) / self.rate

    def clip(self, channels):
        file, there, frames = self.dice.choice([f for f in self.files if f[1] >= channels])
        clip = {"file": file}
        if there != channels or self.chance(0.2):
            clip["channels"] = self.dice.sample(range(1, there + 1), channels)
        if self.chance(0.7):
            clip["start_s"] = self.seconds_of(self.dice.randrange(0, self.frames // 2))
        if self.chance(0.4):
            clip["offset_s"] = self.seconds_of(self.dice.randrange(0, frames + 20))
        if self.chance(0.5):
            clip["length_s"] = self.seconds_of(self.dice.randrange(1, frames + 200)) if self.chance(0.9) else None
        if self.chance(0.4):
            clip["gain_db"] = round(self.dice.uniform(-20, 6), 3)
        return clip

    def source(self):
        kind = self.dice.random()
        if kind < 0.08:
            return {"type": "tone", "wave": "sine", "hz": round(self.dice.uniform(20, 9000), 3),
                    "level_db": round(self.dice.uniform(-30, 0), 3)}
        if kind < 0.11:
            return {"type": "input", "channels": self.dice.choice([[1], [1, 2]])}
        channels = self.dice.choice([1, 1, 2])
        return {"type": "wav", "clips": [self.clip(channels) for _ in range(self.dice.choice([1, 1, 2, 3]))]}

    # Strips. `earlier` are those that may be keys, `later` those a strip may feed: so no loop can arise.
    def inserts(self, earlier):
        return [self.insert(earlier) for _ in range(self.dice.choice([0, 0, 1, 1, 2, 3]))]

    def insert(self, earlier):
        slot = {"id": self.name("in"), "type": self.dice.choice(["low_cut", "utility", "utility"])}
        if slot["type"] == "low_cut":
            slot["params"] = {"corner_hz": self.dice.randrange(20 * 8, 400 * 8) / 8,
                              "q": self.dice.randrange(8, 65) / 16}
        else:
            every = {"gain_db": self.dice.randrange(-48, 25) / 4, "polarity": self.chance(0.5),
                     "swap": self.chance(0.5), "mono": self.chance(0.3),
                     "delay_samples": self.delay(), "latency_samples": self.delay()}
            slot["params"] = {key: value for key, value in every.items() if self.chance(0.6)}
        if self.chance(0.2):
            slot["bypass"] = True
        if self.chance(0.3):
            slot["mix"] = self.dice.randrange(0, 17) / 16
        if earlier and self.chance(0.3):
            slot["key"] = self.dice.choice(earlier)
        return slot

    def sends(self, later):
        sends = []
        for bus in later:
            if bus["kind"] == "master" or not self.chance(0.5 if bus["kind"] == "cue" else 0.3):
                continue
            send = {"to": bus["id"]}
            if self.chance(0.8):
                send["level_db"] = self.level()
            if bus.get("protected"):
                send["tap"] = self.dice.choice(["input", "pre"])
            elif self.chance(0.8):
                send["tap"] = self.dice.choice(["input", "pre", "post"])
            if self.chance(0.6):
                send["pan"] = "strip" if self.chance(0.4) else self.pan()
            if self.chance(0.3):
                send["on"] = self.chance(0.5)
            sends.append(send)
        return sends

    def strip(self, strip, earlier, later):
        for key, share, value in (("trim_db", 0.4, lambda: self.level(-12, 6)), ("fader_db", 0.8, self.level),
                                  ("pan", 0.7, self.pan), ("width", 0.5, self.width),
                                  ("polarity", 0.2, lambda: True), ("mute", 0.08, lambda: True),
                                  ("solo", self.solo_share, lambda: True), ("solo_safe", 0.1, lambda: True)):
            if self.chance(share):
                strip[key] = value()
        strip["inserts"] = self.inserts(earlier)
        if strip.get("kind") in ("cue", "master"):
            return
        is_track = "source" in strip
        strip["sends"] = self.sends([b for b in later if is_track or not b.get("protected")])
        if self.chance(0.85):
            strip["output"] = self.dice.choice([b["id"] for b in later if b["kind"] != "cue"])
        else:
            strip["output"] = self.dice.choice(["none", {"hardware": [1, 2]}, {"hardware": [3]}])

    def buses(self):
        """Buses in the order of the signal: up to four layers of groups and auxes, the cues, the master."""
        layers = [{"kind": self.dice.choice(["group", "aux"])} for _ in range(BUS_DEPTH) if self.chance(0.8)]
        layers += [{"kind": self.dice.choice(["group", "aux"])} for _ in range(self.dice.randrange(0, 3))]
        self.dice.shuffle(layers)
        cues = [{"kind": "cue"} for _ in range(self.dice.choice([0, 1, 1, 2, 2]))]
        for bus in layers + cues:
            bus["id"] = self.name(bus["kind"])
        for cue in cues:
            if self.chance(0.6):
                cue["latency"] = "lowest"
            cue["follow_mute"] = self.chance(0.4)
            cue["protected"] = not cue["follow_mute"] and self.chance(0.4)
            cue["output"] = self.dice.choice(["none", {"hardware": [5, 6]}, {"hardware": [7]}])
        master = {"id": "master", "kind": "master", "output": self.dice.choice(["none", {"hardware": [1, 2]}])}
        return layers + cues + [master]

    def control_groups(self, strips):
        vcas, groups = [], []
        open_to_all = [s["id"] for s in strips if not s.get("protected")]
        for _ in range(self.dice.choice([0, 1, 2, 3])):
            members = self.dice.sample(open_to_all, min(len(open_to_all), self.dice.randrange(1, 4)))
            for inner in [v for v in vcas if self.chance(0.5)]:
                members.append(inner["id"])
                if self.chance(0.6) and inner["members"][0] not in members:
                    members.append(inner["members"][0])  # reached on two ways
            vcas.append({"id": self.name("vca"), "members": members, "fader_db": self.level(-12, 6),
                         "mute": self.chance(0.08)})
        for _ in range(self.dice.choice([0, 0, 1, 2])):
            members = self.dice.sample(open_to_all, min(len(open_to_all), self.dice.randrange(1, 3)))
            groups.append({"id": self.name("mg"), "members": members, "mute": self.chance(0.3)})
        self.dice.shuffle(vcas)
        return vcas, groups

    def session(self):
        self.write_files()
        self.solo_share = 0.12 if self.chance(0.4) else 0.0
        tracks = [{"id": self.name("t"), "source": self.source()} for _ in range(self.dice.randrange(2, 10))]
        strips = tracks + self.buses()
        for place, strip in enumerate(strips):
            later = strips[max(place + 1, len(tracks)) :]
            self.strip(strip, [s["id"] for s in strips[:place] if s.get("kind") != "cue"], later)
        vcas, groups = self.control_groups(strips)
        buses = strips[len(tracks) :]
        self.dice.shuffle(tracks)
        self.dice.shuffle(buses)
        return {"format": "busbar-session", "version": 1, "sample_rate": self.rate,
                "pan_law_db": self.dice.choice([-3, -4.5, -6, 0]),
                "solo_mode": self.dice.choice(["in_place", "in_place", "in_place", "pfl", "afl"]),
                "tracks": tracks, "buses": buses, "vcas": vcas, "mute_groups": groups}


def write_session(seed, folder):
    """Writes session.json and its files; returns (path, session, first frame, number of frames) to render."""
    maker = Generator(seed, folder)
    session = maker.session()
    path = os.path.join(folder, "session.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(session, file, indent=1)
    start = maker.dice.randrange(1, maker.frames // 2) if maker.chance(0.3) else 0
    return path, session, start, maker.frames + maker.dice.randrange(0, 500) - start
