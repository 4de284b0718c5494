"""A second, independent model of the mix in plain float64, written only from the contract.

It shares no code with the engine. Every signal is an array [channels][frames] in session time: frame 0 is session time
`--from`. Latency is a number carried beside the signal; since all paths into a sum arrive aligned, it moves nothing but
the inputs of a cue whose latency is "lowest". With `rounded` a strip's signal is rounded to 32 bit where the contract
says so (where it enters the strip and after each insert) and nowhere else; without it all is float64.

Beside each signal goes its reference: the peak of the loudest signal on the way to this point, each seen through the
gains that follow it. A difference is measured against it.
"""

import json
import math
import os

import numpy as np

import wav_io

INSERT_DEFAULTS = {
    "low_cut": {"corner_hz": 80.0, "q": 0.707},
    "utility": {"gain_db": 0.0, "polarity": False, "swap": False, "mono": False, "delay_samples": 0,
                "latency_samples": 0},
}


def gain(decibels):
    """Linear gain of a dB value or of "-inf"."""
    return 0.0 if decibels == "-inf" else 10.0 ** (float(decibels) / 20.0)


def pan_gains(law_db, pan):
    """(left, right) for a mono signal at pan -1…1 under one of the four pan laws."""
    angle = (pan + 1.0) * math.pi / 4.0
    power, linear = (math.cos(angle), math.sin(angle)), ((1.0 - pan) / 2.0, (1.0 + pan) / 2.0)
    if law_db == -3:
        left, right = power
    elif law_db == -6:
        left, right = linear
    elif law_db == -4.5:
        left, right = (math.sqrt(abs(a * b)) for a, b in zip(power, linear))
    elif law_db == 0:
        left, right = balance_gains(pan)
    else:
        raise ValueError(f"pan law {law_db}")
    return (0.0 if pan == 1 else left), (0.0 if pan == -1 else right)


def balance_gains(pan):
    """(left, right) for a stereo signal."""
    return min(1.0, 1.0 - pan), min(1.0, 1.0 + pan)


def delayed(signal, frames):
    """The signal `frames` later, silence before it, of the same length."""
    if frames == 0:
        return signal
    out = np.zeros_like(signal)
    if frames < signal.shape[1]:
        out[:, frames:] = signal[:, :-frames]
    return out


def peak(signal):
    return float(np.max(np.abs(signal))) if signal.size else 0.0


def low_cut(signal, corner_hz, quality, rate, block=64):
    """Two-pole high-pass, a state-variable filter with zero-delay feedback.

    The recurrence is linear, so a block is one matrix product: the response to the block from rest, plus the response
    to the two states it starts with.
    """
    g = math.tan(math.pi * corner_hz / rate)
    damping = 1.0 / quality
    norm = 1.0 / (1.0 + g * (g + damping))
    feed = np.array([2 * g * norm, 2 * g * g * norm])
    step = np.array([[1 - 2 * g * norm * (damping + g), -2 * g * norm],
                     [2 * g - 2 * g * g * norm * (damping + g), 1 - 2 * g * g * norm]])
    read = np.array([-norm * (damping + g), -norm])
    powers = [np.eye(2)]
    for _ in range(block):
        powers.append(step @ powers[-1])
    impulse = np.array([norm] + [read @ powers[k] @ feed for k in range(block - 1)])
    lag = np.subtract.outer(np.arange(block), np.arange(block))
    from_rest = np.where(lag >= 0, impulse[np.abs(lag)], 0.0)
    from_state = np.array([read @ powers[k] for k in range(block)])
    into_state = np.array([powers[block - 1 - k] @ feed for k in range(block)])

    channels, frames = signal.shape
    blocks = -(-frames // block)
    padded = np.zeros((channels, blocks * block))
    padded[:, :frames] = signal
    out = np.empty_like(padded)
    for c in range(channels):
        rows = padded[c].reshape(blocks, block)
        pushes, states, state = rows @ into_state, np.empty((blocks, 2)), np.zeros(2)
        for b in range(blocks):
            states[b] = state
            state = powers[block] @ state + pushes[b]
        out[c] = (rows @ from_rest.T + states @ from_state.T).reshape(-1)
    return out[:, :frames]


def utility(signal, params):
    """The wet signal of a utility in its own time: what is declared as latency is not seen here."""
    out = delayed(signal, int(params["delay_samples"]))
    if len(out) == 2:
        if params["swap"]:
            out = out[::-1]
        if params["mono"]:
            out = np.tile((out[0] + out[1]) / 2.0, (2, 1))
    return out * (gain(params["gain_db"]) * (-1.0 if params["polarity"] else 1.0))


def insert_latency(slot):
    """Declared latency in frames; a bypassed insert keeps it."""
    return int(slot.get("params", {}).get("latency_samples", 0)) if slot["type"] == "utility" else 0


class Mix:
    """The mix of one session. After run(): `out[id]` is what each strip hands to its output, `reference[id]` the
    loudest signal on the way to it, `stems[id]` what arrives at the master, `latency[id]` each strip's latency."""

    def __init__(self, session, folder, start=0, frames=0, rounded=False):
        self.session, self.folder, self.start, self.frames = session, folder, start, frames
        self.rounded = rounded
        self.rate, self.law = session["sample_rate"], session.get("pan_law_db", -3)
        self.strips = {s["id"]: s for s in session["tracks"] + session["buses"]}
        self.tracks = {s["id"] for s in session["tracks"]}
        self.kind = {b["id"]: b["kind"] for b in session["buses"]}
        self.files = {}
        self.feeds = {name: self._feeds_of(name) for name in self.strips}
        self.latency_at_input, self.latency = {}, {}
        self.taps, self.out, self.reference, self.stems = {}, {}, {}, {}

    # Routing: a feed is (destination, None) for the output and (destination, send) for a send.
    def _feeds_of(self, name):
        strip = self.strips[name]
        default = "none" if self.kind.get(name) in ("cue", "master") else "master"
        output = strip.get("output", default)
        feeds = [(send["to"], send) for send in strip.get("sends", [])]
        if isinstance(output, str) and output != "none":
            feeds.append((output, None))
        return feeds

    def inputs_of(self, name):
        """Every (source, send or None) that reaches this bus, on or off."""
        return [(source, send) for source in sorted(self.strips) for to, send in self.feeds[source] if to == name]

    def order(self):
        """Strips so that each comes after all it needs: its inputs and the keys of its inserts."""
        needs = {name: {source for source, _ in self.inputs_of(name)} for name in self.strips}
        for name, strip in self.strips.items():
            needs[name] |= {slot["key"] for slot in strip.get("inserts", []) if slot.get("key")}
        done = []
        while needs:
            ready = sorted(name for name, waits in needs.items() if not waits - set(done))
            if not ready:
                raise ValueError("loop in the routing: " + ", ".join(sorted(needs)))
            done += ready
            for name in ready:
                del needs[name]
        return done

    # Control: VCAs, mutes, solo.
    def vcas_of(self, name):
        """Every VCA that reaches this strip, directly or through VCAs, each once."""
        reached, fresh = {}, [name]
        while fresh:
            member = fresh.pop()
            for vca in self.session.get("vcas", []):
                if member in vca.get("members", []) and vca["id"] not in reached:
                    reached[vca["id"]] = vca
                    fresh.append(vca["id"])
        return list(reached.values())

    def fader_gain(self, name):
        total = gain(self.strips[name].get("fader_db", 0))
        for vca in self.vcas_of(name):
            total *= gain(vca.get("fader_db", 0))
        return total

    def muted(self, name):
        return bool(self.strips[name].get("mute", False)
                    or any(vca.get("mute", False) for vca in self.vcas_of(name))
                    or any(group.get("mute", False) and name in group.get("members", [])
                           for group in self.session.get("mute_groups", [])))

    def _reach(self, starts, edges):
        seen, fresh = set(), list(starts)
        while fresh:
            for other in edges[fresh.pop()]:
                if other not in seen:
                    seen.add(other)
                    fresh.append(other)
        return seen

    def solo_silenced(self):
        """Strips that solo in place silences."""
        is_cue = lambda name: self.kind.get(name) == "cue"
        soloed = {n for n, s in self.strips.items() if s.get("solo", False) and not is_cue(n)}
        if self.session.get("solo_mode", "in_place") != "in_place" or not soloed:
            return set()
        downstream = {n: {to for to, _ in self.feeds[n] if not is_cue(to)} for n in self.strips}
        upstream = {n: {source for source in self.strips if n in downstream[source]} for n in self.strips}
        safe = {n for n, s in self.strips.items() if s.get("solo_safe", False)}
        kept = (soloed | safe | self._reach(soloed, downstream) | self._reach(soloed, upstream)
                | self._reach(safe, downstream))
        return {n for n in self.strips if n not in kept and self.kind.get(n) not in ("cue", "master")}

    # Latency.
    def tap_latency(self, source, send):
        return self.latency_at_input[source] if send and self.tap(send) == "input" else self.latency[source]

    def tap(self, send):
        return send.get("tap", "pre" if self.kind[send["to"]] == "cue" else "post")

    def latency_of_sum(self, name):
        arrivals = [self.tap_latency(source, send) for source, send in self.inputs_of(name)]
        if not arrivals:
            return 0
        return min(arrivals) if self.strips[name].get("latency") == "lowest" else max(arrivals)

    def _settle_latency(self, name):
        now = self.latency_of_sum(name)
        self.latency_at_input[name] = now
        for slot in self.strips[name].get("inserts", []):
            if slot.get("key"):
                now = max(now, self.latency[slot["key"]])  # the insert waits for a later key
            now += insert_latency(slot)
        self.latency[name] = now

    # Signals.
    def kept(self, signal):
        return signal.astype(np.float32).astype(np.float64) if self.rounded else signal

    def read(self, file):
        if file not in self.files:
            samples, rate = wav_io.read_wav(os.path.join(self.folder, file))
            if rate != self.rate:
                raise ValueError(f"{file}: {rate} Hz in a session of {self.rate} Hz")
            self.files[file] = np.where(np.isfinite(samples), samples, 0.0)
        return self.files[file]

    def source(self, source):
        if source["type"] == "input":
            return np.zeros((len(source["channels"]), self.frames))
        if source["type"] == "tone":
            turns = np.arange(self.start, self.start + self.frames) * float(source["hz"]) / self.rate
            return gain(source.get("level_db", 0)) * np.sin(2 * np.pi * np.mod(turns, 1.0))[np.newaxis]
        return sum((self.clip(clip) for clip in source["clips"]), start=0.0)

    def clip(self, clip):
        samples = self.read(clip["file"])
        picked = samples[[c - 1 for c in clip["channels"]]] if clip.get("channels") else samples
        frames = lambda key: math.floor(float(clip.get(key) or 0.0) * self.rate + 0.5)
        offset = frames("offset_s")
        end = None if clip.get("length_s") is None else offset + frames("length_s")
        part = picked[:, offset:end]
        out = np.zeros((len(picked), self.frames))
        begin = frames("start_s") - self.start
        first, last = max(begin, 0), min(begin + part.shape[1], self.frames)
        if last > first:
            out[:, first:last] = part[:, first - begin : last - begin] * gain(clip.get("gain_db", 0))
        return out

    def through_insert(self, signal, reference, slot):
        if slot.get("bypass", False):
            return signal, reference
        params = {**INSERT_DEFAULTS[slot["type"]], **slot.get("params", {})}
        if slot["type"] == "low_cut":
            wet, boost = low_cut(signal, params["corner_hz"], params["q"], self.rate), max(1.0, params["q"])
        else:
            wet, boost = utility(signal, params), gain(params["gain_db"])
        mix, wet = slot.get("mix", 1), self.kept(wet)  # what an insert puts out is 32 bit, and so is the blend
        out = self.kept((1.0 - mix) * signal + mix * wet)
        return out, max(reference * ((1.0 - mix) + mix * boost), peak(out))

    def panned(self, signal, pan, width):
        if len(signal) == 1:
            left, right = pan_gains(self.law, pan)
            return np.stack([signal[0] * left, signal[0] * right])
        left, right = balance_gains(pan)
        if width == 1:
            return np.stack([signal[0] * left, signal[1] * right])
        middle, side = (signal[0] + signal[1]) / 2.0, (signal[0] - signal[1]) / 2.0 * width
        return np.stack([(middle + side) * left, (middle - side) * right])

    def placed(self, signal, reference, level, pan, width):
        """A signal at its level and place, and its reference: the loudest side bounds both."""
        sides = pan_gains(self.law, pan) if len(signal) == 1 else [max(1.0, width) * b for b in balance_gains(pan)]
        out = self.panned(signal * level, pan, width)
        return out, max(reference * level * max(sides), peak(out))

    def send_gain(self, source, send, silenced):
        cue = self.kind[send["to"]] == "cue"
        if not send.get("on", True) or (source in silenced and not cue):
            return 0.0
        level = gain(send.get("level_db", 0))
        if self.tap(send) == "post":
            return 0.0 if self.muted(source) else level * self.fader_gain(source)
        follows = cue and self.strips[send["to"]].get("follow_mute", False)
        return 0.0 if follows and self.muted(source) else level

    def sent(self, source, send, silenced):
        strip, tap = self.strips[source], self.tap(send)
        signal, reference = self.taps[source]["input" if tap == "input" else "pre"]
        pan, width = send.get("pan", "strip" if tap == "post" else 0), 1
        if pan == "strip":
            pan, width = strip.get("pan", 0), strip.get("width", 1)
        return self.placed(signal, reference, self.send_gain(source, send, silenced), pan, width)

    def bus_sum(self, name, silenced):
        total, reference = np.zeros((2, self.frames)), 0.0
        for source, send in self.inputs_of(name):
            part, loudest = self.sent(source, send, silenced) if send else (self.out[source], self.reference[source])
            if self.strips[name].get("latency") == "lowest":
                part = delayed(part, self.tap_latency(source, send) - self.latency_at_input[name])
            total, reference = total + part, max(reference, loudest)
        return total, reference

    def run(self):
        silenced = self.solo_silenced()
        for name in self.order():
            self._settle_latency(name)
            strip = self.strips[name]
            signal, reference = (self.bus_sum(name, silenced) if name not in self.tracks
                                 else (self.source(strip["source"]), 0.0))
            trim = gain(strip.get("trim_db", 0))
            signal = self.kept(signal * (-trim if strip.get("polarity", False) else trim))
            reference = max(reference * trim, peak(signal))
            self.taps[name] = {"input": (signal, reference)}
            for slot in strip.get("inserts", []):
                signal, reference = self.through_insert(signal, reference, slot)
            self.taps[name]["pre"] = (signal, reference)
            level = 0.0 if self.muted(name) or name in silenced else self.fader_gain(name)
            self.out[name], self.reference[name] = self.placed(signal, reference, level, strip.get("pan", 0),
                                                               strip.get("width", 1))
        self.stems = {source: self.out[source] for source, send in self.inputs_of("master") if send is None}
        return self


def mix_of_file(path, start=0, frames=0):
    """The mix of a session file, `frames` frames from session frame `start`."""
    with open(path, encoding="utf-8") as file:
        session = json.load(file)
    return Mix(session, os.path.dirname(os.path.abspath(path)), start, frames).run()
