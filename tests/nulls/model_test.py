"""The engine against the independent model, on random sessions.

For each seed: `busbar render` writes the mix, the stems and every strip. Each file is held against two models:
  rounded   32-bit float where the contract rounds: the peak of the difference is at most -140 dB
  plain     all in float64: the RMS of the difference is at most -140 dB
both relative to the loudest signal on the way to the file (see mix_model: the peaks of everything that reaches the
strip, each seen through the gains that follow). The plain difference is the rounding that the contract asks for: one
rounding peaks at -144.5 dB and they add up along a chain, so its peak cannot stay below -140 and is only reported.

    python3 model_test.py --busbar PATH [--count 300] [--seed 1] [--jobs 2] [--keep DIR]
    python3 model_test.py --busbar PATH --self-test      shows that each planted fault of the model is found
"""

import argparse
import concurrent.futures
import copy
import math
import os
import random
import shutil
import sys
import tempfile

import numpy as np

import busbar_runner
import mix_model
import random_sessions

LIMIT_DB = -140.0
FOUND_OFTEN = 3  # a planted fault that so many sessions have told is not looked for any longer
BLOCKS = [1, 16, 37, 64, 127, 128, 480, 512, 1024, 4096]


def decibels(ratio):
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf


def expected_files(mix):
    """(signal, reference) by the names of busbar_runner.render."""
    files = {f"bus:{name}": (mix.out[name], mix.reference[name]) for name in mix.out}
    files |= {f"stem:{name}": (signal, mix.reference[name]) for name, signal in mix.stems.items()}
    return files | {"mix": (mix.out["master"], mix.reference["master"])}


def compare(engine, model, reference):
    """(peak and RMS of the difference in dB relative to the reference, first frame beyond the limit or None)."""
    if engine.shape != model.shape:
        return math.inf, math.inf, 0
    finite = np.all(np.isfinite(engine), axis=0)
    if not np.all(finite):
        return math.inf, math.inf, int(np.argmin(finite))
    if engine.size == 0:
        return -math.inf, -math.inf, None
    floor = reference if reference > 0 else 1e-30
    error = np.max(np.abs(engine - model), axis=0) / floor
    beyond = np.flatnonzero(error > 10 ** (LIMIT_DB / 20))
    loudness = math.sqrt(float(np.mean(np.square(error))))
    return decibels(float(np.max(error))), decibels(loudness), (int(beyond[0]) if len(beyond) else None)


class Verdict:
    """What one run differs by: the worst peaks and RMS in dB, and the faults as text."""

    def __init__(self):
        self.rounded = self.plain = self.plain_rms = -math.inf
        self.faults, self.heard, self.strips = [], 0, 0


def judge(signals, session, folder, start, frames, model=mix_model.Mix, both=True):
    """The verdict on the files of one run; with both=False by the rounded model alone."""
    verdict = Verdict()
    mixes = [model(copy.deepcopy(session), folder, start, frames, rounded).run()
             for rounded in ([True, False] if both else [True])]
    rounded, plain = expected_files(mixes[0]), expected_files(mixes[-1])
    for name in sorted(rounded.keys() ^ signals.keys()):
        verdict.faults.append(f"{name}: {'missing' if name in rounded else 'not expected'}")
    for name in sorted(rounded.keys() & signals.keys()):
        signal, reference = rounded[name]
        peak, _, frame = compare(signals[name], signal.astype(np.float32).astype(np.float64), reference)
        plain_peak, rms, _ = compare(signals[name], *plain[name]) if both else (peak, -math.inf, None)
        verdict.rounded, verdict.plain = max(verdict.rounded, peak), max(verdict.plain, plain_peak)
        verdict.plain_rms = max(verdict.plain_rms, rms)
        if signals[name].shape != signal.shape:
            verdict.faults.append(f"{name}: is {signals[name].shape}, not {signal.shape}")
        elif frame is not None:
            verdict.faults.append(f"{name}: differs by {peak:.1f} dB, first beyond the limit at frame {frame}")
        elif rms > LIMIT_DB:
            verdict.faults.append(f"{name}: RMS differs by {rms:.1f} dB from the plain model")
    verdict.heard = sum(1 for signal in mixes[-1].out.values() if mix_model.peak(signal) > 0)
    verdict.strips = len(mixes[-1].out)
    return verdict


def render_seed(busbar, seed, folder):
    """Writes the session of a seed and renders it; returns (session, start, frames, render)."""
    path, session, start, frames = random_sessions.write_session(seed, folder)
    dice = random.Random(seed ^ 0x5EED)
    ids = [s["id"] for s in session["tracks"] + session["buses"]]
    done = busbar_runner.render(busbar, path, os.path.join(folder, "out"), session["sample_rate"], start, frames, ids,
                                stems=True, block=dice.choice(BLOCKS), threads=dice.choice([None, 1, 2]))
    return session, start, frames, done


def one_session(busbar, seed, keep):
    """(seed, verdict). A failed session's folder is kept."""
    folder = tempfile.mkdtemp(prefix=f"busbar-model-{seed}-")
    session, start, frames, done = render_seed(busbar, seed, folder)
    if done.status == 0:
        verdict = judge({name: done.signal(name) for name in done.files}, session, folder, start, frames)
    else:
        verdict = Verdict()
        verdict.faults.append(f"exit status {done.status}: {done.stderr.strip()}")
    if not verdict.faults:
        shutil.rmtree(folder)
        return seed, verdict
    if keep:
        target = os.path.join(keep, f"session-{seed}")
        shutil.rmtree(target, ignore_errors=True)
        folder = shutil.move(folder, target)
    verdict.faults.append(f"frames {start} to {start + frames}, kept in {folder}")
    return seed, verdict


def run_all(arguments):
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        results = list(pool.map(lambda seed: one_session(arguments.busbar, seed, arguments.keep), seeds))
    for seed, verdict in results:
        for fault in verdict.faults:
            print(f"seed {seed}: {fault}")
    failed = sum(1 for _, verdict in results if verdict.faults)
    heard, strips = (sum(getattr(verdict, what) for _, verdict in results) for what in ("heard", "strips"))
    worst = lambda what: max((getattr(verdict, what), seed) for seed, verdict in results)
    print("worst, relative to the loudest on the way: rounded peak {:.1f} dB (seed {}), plain RMS {:.1f} (seed {}), "
          "plain peak {:.1f} (seed {})".format(*worst("rounded"), *worst("plain_rms"), *worst("plain"))
          + f"; {strips} strips, {heard} of them heard")
    if strips and heard < strips / 2:
        print("too few strips are heard for the test to mean anything")
        failed = max(failed, 1)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


# Planted faults: each makes a wrong model, and some session must tell it from the engine.
def _every_strip(change):
    def fault(session):
        for strip in session["tracks"] + session["buses"]:
            change(strip)
    return fault


def _first_clip_late(session):
    for track in session["tracks"]:
        if track["source"]["type"] == "wav":
            clip = track["source"]["clips"][0]
            clip["start_s"] = clip.get("start_s", 0) + 1 / session["sample_rate"]


def _other_law(session):
    session["pan_law_db"] = {-3: -4.5, -4.5: -3, -6: -4.5, 0: -3}[session["pan_law_db"]]


def _each(strip, key, change):
    for item in strip.get(key, []):
        change(item)


SESSION_FAULTS = {
    "another pan law": _other_law,
    "clips a frame late": _first_clip_late,
    "polarity left out": _every_strip(lambda s: s.update(polarity=False)),
    "mute left out": _every_strip(lambda s: s.update(mute=False)),
    "solo left out": _every_strip(lambda s: s.update(solo=False)),
    "solo_safe left out": _every_strip(lambda s: s.update(solo_safe=False)),
    "width left out": _every_strip(lambda s: s.update(width=1)),
    "trim left out": _every_strip(lambda s: s.update(trim_db=0)),
    "bypass left out": _every_strip(lambda s: _each(s, "inserts", lambda i: i.update(bypass=False))),
    "dry part left out": _every_strip(lambda s: _each(s, "inserts", lambda i: i.update(mix=1))),
    "order of inserts turned": _every_strip(lambda s: s["inserts"].reverse()),
    "sends always on": _every_strip(lambda s: _each(s, "sends", lambda i: i.update(on=True))),
    "sends all post": _every_strip(lambda s: _each(s, "sends", lambda i: i.update(tap="post"))),
    "keys not waited for": _every_strip(lambda s: _each(s, "inserts", lambda i: i.pop("key", None))),
    "lowest latency left out": _every_strip(lambda s: s.pop("latency", None)),
    "follow_mute left out": _every_strip(lambda s: s.pop("follow_mute", None)),
    "faders 0.00001 dB off": _every_strip(
        lambda s: s.update(fader_db=s.get("fader_db", 0) + 1e-5) if s.get("fader_db", 0) != "-inf" else None),
    "VCAs not nested": lambda session: [v.update(members=[m for m in v["members"] if m not in
                                        {w["id"] for w in session["vcas"]}]) for v in session["vcas"]],
    "mute groups left out": lambda session: session.update(mute_groups=[]),
}


class TwiceCounted(mix_model.Mix):
    def vcas_of(self, name):
        def reached(member):
            found = [v for v in self.session["vcas"] if member in v["members"]]
            return found + [up for v in found for up in reached(v["id"])]
        return reached(name)


class SoloStopsCueSends(mix_model.Mix):
    def send_gain(self, source, send, silenced):
        return 0.0 if source in silenced else super().send_gain(source, send, silenced)


class PathAFrameLate(mix_model.Mix):
    def sent(self, source, send, silenced):
        part, loudest = super().sent(source, send, silenced)
        return mix_model.delayed(part, 1), loudest


class BypassDropsLatency(mix_model.Mix):
    def latency_of_sum(self, name):
        for strip in self.strips.values():
            for slot in strip.get("inserts", []):
                if slot.get("bypass"):
                    slot["params"] = {}
        return super().latency_of_sum(name)


MODEL_FAULTS = {"VCA counted twice": TwiceCounted, "solo stops sends to cues": SoloStopsCueSends,
                "sends a frame late": PathAFrameLate, "bypass drops latency": BypassDropsLatency}


def self_test(arguments):
    """Each fault must be found in at least one of the sessions, and the true model in all of them be right."""
    found = {name: 0 for name in [*SESSION_FAULTS, *MODEL_FAULTS]}
    false_alarms = 0
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        with tempfile.TemporaryDirectory(prefix="busbar-model-") as folder:
            session, start, frames, done = render_seed(arguments.busbar, seed, folder)
            if done.status != 0:
                false_alarms += 1
                continue
            signals = {name: done.signal(name) for name in done.files}
            false_alarms += bool(judge(signals, session, folder, start, frames).faults)
            for name in (name for name, times in found.items() if times < FOUND_OFTEN):
                wrong = copy.deepcopy(session)
                SESSION_FAULTS.get(name, lambda s: None)(wrong)
                model = MODEL_FAULTS.get(name, mix_model.Mix)
                found[name] += bool(judge(signals, wrong, folder, start, frames, model, both=False).faults)
    for name, times in found.items():
        print(f"{'found' if times else 'MISSED'}: {name}" + ("" if times >= FOUND_OFTEN else f" ({times} x)"))
    missed = sum(1 for times in found.values() if not times)
    print(f"false alarms: {false_alarms}")
    print(f"{len(found) - missed} passed, {missed + false_alarms} failed")
    return 1 if missed or false_alarms else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busbar", required=True)
    parser.add_argument("--count", type=int, default=None, help="sessions: 300, or 60 with --self-test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="where to keep failed sessions (default: where they were rendered)")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.count is None:
        arguments.count = 60 if arguments.self_test else 300
    return self_test(arguments) if arguments.self_test else run_all(arguments)


if __name__ == "__main__":
    sys.exit(main())
