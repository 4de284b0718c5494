"""Broken, lying and odd audio files: a clear message or the right sound, never a crash, never half a file.

    python3 hostile_files_test.py --busbar PATH
"""

import os
import struct
import sys

import numpy as np

import busbar_runner
import checks
import wav_io

RATE, FRAMES = 48000, 2000
FILE, TRACK = "strange-take.wav", "odd-one"


def noise(channels=1, frames=FRAMES, seed=5):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32).astype(np.float64)


def wav(samples, coding="f32", rate=RATE, announced=None, channels=None, extensible=None):
    """Bytes of a WAV whose header may announce other sizes than it has."""
    body = wav_io.encode(samples, coding)
    channels = len(samples) if channels is None else channels
    return wav_io.header(coding, channels, rate, len(body) if announced is None else announced,
                         channels > 2 if extensible is None else extensible) + body


def patched(data, at, packing, value):
    out = bytearray(data)
    struct.pack_into(packing, out, at, value)
    return bytes(out)


WHOLE = wav(noise())
# Files that hold no sound to be played: refused.
REFUSED = {
    "zero length": b"",
    "one byte": b"R",
    "text": b"this is not audio at all, only words in a file that ends in .wav\n" * 40,
    "all zeros": bytes(5000),
    "cut within the RIFF header": WHOLE[:10],
    "cut within the format": WHOLE[:30],
    "no data chunk": WHOLE[:36],
    "zero channels": patched(WHOLE, 22, "<H", 0),
    "zero sample rate": patched(WHOLE, 24, "<I", 0),
    "unknown coding": patched(WHOLE, 20, "<H", 0x7A7A),
    "77 bits a sample": patched(WHOLE, 34, "<H", 77),
    "a format chunk of two bytes": patched(WHOLE, 16, "<I", 2),
    "a format chunk of 4 GB": patched(WHOLE, 16, "<I", 0xFFFFFFFF),
    "65535 channels": patched(WHOLE, 22, "<H", 65535),
}
# Files whose header announces more than is there: refused, or said so and played as far as they go.
SHORT = {
    "truncated in the middle": WHOLE[: len(WHOLE) // 2],
    "truncated within a sample": WHOLE[:-3],
    "2^31 frames announced": wav(noise(), announced=(1 << 31) * 4),
    "2^31 bytes announced": wav(noise(), announced=1 << 31),
    "only a header, a second announced": wav(np.zeros((1, 0)), announced=RATE * 4),
}


def render(busbar, folder, clip, contents, extra=(), more_tracks=(), frames=FRAMES):
    """Renders a good track beside the strange one; returns (render, names of the files left in the output folder)."""
    if contents is not None:
        with open(os.path.join(folder, FILE), "wb") as file:
            file.write(contents)
    wav_io.write_wav(os.path.join(folder, "good.wav"), noise(seed=6), RATE)
    tracks = [{"id": "good", "source": checks.wav_source("good.wav"), "pan": -1},
              {"id": TRACK, "source": checks.wav_source(FILE, **clip), "pan": 1}, *more_tracks]
    path = checks.write_json(os.path.join(folder, "session.json"), checks.session_of(tracks, rate=RATE))
    out = os.path.join(folder, "out")
    done = busbar_runner.render(busbar, path, out, RATE, 0, frames, ["good", TRACK], stems=True, extra=extra)
    left = [name for _, _, names in os.walk(out) for name in names]
    return done, left


def told(test, what, done):
    """The message names the file and the track, one line each; nothing crashed."""
    test.check(f"{what}: no crash", 0 <= done.status < 3, f"exit status {done.status}: {done.stderr.strip()[:300]}")
    lines = [line for line in done.stderr.splitlines() if FILE in line and TRACK in line]
    test.check(f"{what}: a message names file and track", lines, done.stderr.strip()[:300])


def good_is_unharmed(test, what, done):
    good = done.signal("bus:good")
    test.check(f"{what}: the other track is unharmed", np.array_equal(good[0], noise(seed=6)[0][: good.shape[1]]))


def broken(test, busbar):
    for what, contents in REFUSED.items():
        with checks.scratch() as folder:
            done, left = render(busbar, folder, {}, contents)
            told(test, what, done)
            test.check(f"{what}: exit status 1", done.status == 1, str(done.status))
            test.check(f"{what}: no file is left", not left, ", ".join(left))
            test.check(f"{what}: the line is an error", "busbar: error: " in done.stderr, done.stderr[:200])
    for what, contents in SHORT.items():
        for frames in (FRAMES, None):
            with checks.scratch() as folder:
                done, left = render(busbar, folder, {}, contents, frames=frames)
                told(test, what, done)
                test.check(f"{what}: exit status 0 or 1", done.status in (0, 1), str(done.status))
                if done.status != 0:
                    test.check(f"{what}: no file is left", not left, ", ".join(left))
                    continue
                good_is_unharmed(test, what, done)
                whole = (len(contents) - contents.index(b"data") - 8) // 4
                heard = done.signal(f"bus:{TRACK}")[1]
                wanted = np.zeros(len(heard))
                wanted[:whole] = noise()[0][:whole]
                test.check(f"{what}: as far as it goes, then silence", np.array_equal(heard, wanted))
                test.check(f"{what}: the render has an end", len(heard) == FRAMES, f"{len(heard)} frames")


def missing(test, busbar):
    with checks.scratch() as folder:
        done, left = render(busbar, folder, {}, None)
        told(test, "missing", done)
        test.check("missing: exit status 1", done.status == 1, str(done.status))
        test.check("missing: no file is left", not left, ", ".join(left))
        done, _ = render(busbar, folder, {}, None, ["--allow-missing"])
        told(test, "missing but allowed", done)
        if test.check("missing but allowed: exit status 0", done.status == 0, done.stderr.strip()):
            test.check("missing but allowed: silence", not np.any(done.signal(f"bus:{TRACK}")))
            good_is_unharmed(test, "missing but allowed", done)
    with checks.scratch() as folder:
        os.mkdir(os.path.join(folder, FILE))
        done, left = render(busbar, folder, {}, None)
        told(test, "a folder in its place", done)
        test.check("a folder in its place: exit status 1", done.status == 1, str(done.status))


def channels(test, busbar):
    poly = noise(33)
    for what, clip, contents in (("33 channels, none chosen", {}, wav(poly)),
                                 ("channel 34 of 33", {"channels": [34]}, wav(poly)),
                                 ("channel 2 of mono", {"channels": [2]}, WHOLE)):
        with checks.scratch() as folder:
            done, left = render(busbar, folder, clip, contents)
            told(test, what, done)
            test.check(f"{what}: exit status 1", done.status == 1, str(done.status))
            test.check(f"{what}: no file is left", not left, ", ".join(left))
    with checks.scratch() as folder:
        done, _ = render(busbar, folder, {"channels": [33]}, wav(poly))
        if test.check("channel 33 of 33: exit status 0", done.status == 0, done.stderr.strip()):
            test.check("channel 33 of 33 is heard", np.array_equal(done.signal(f"bus:{TRACK}")[1], poly[32]))
    with checks.scratch() as folder:
        done, _ = render(busbar, folder, {"channels": [33, 1]}, wav(poly))
        if test.check("channels 33 and 1: exit status 0", done.status == 0, done.stderr.strip()):
            test.check("channels 33 and 1 are heard on the right, the balance hard over",
                       np.array_equal(done.signal(f"bus:{TRACK}"), np.stack([0 * poly[0], poly[0]])))


def other_rate(test, busbar):
    """A sine in a file of 192 kHz is the same sine at the session's rate."""
    seconds = 0.2
    sine = lambda rate: 0.5 * np.sin(2 * np.pi * 1000 * np.arange(int(seconds * rate)) / rate)
    with checks.scratch() as folder:
        frames = int(seconds * RATE)
        done, _ = render(busbar, folder, {}, wav(sine(192000)[None], rate=192000), frames=frames)
        if test.check("192 kHz: exit status 0", done.status == 0, done.stderr.strip()):
            inside = slice(1000, frames - 1000)
            off = np.max(np.abs(done.signal(f"bus:{TRACK}")[1] - sine(RATE))[inside])
            test.check("192 kHz: the same sine, at the same time", off < 1e-6, f"off by {off:.3g}")
            good = done.signal("bus:good")[0]
            test.check("192 kHz: the other track is unharmed", np.array_equal(good[:FRAMES], noise(seed=6)[0]))


def not_finite(test, busbar):
    bad_frames = [0, 17, 500, FRAMES - 1]
    for what, value in (("NaN", np.nan), ("+Inf", np.inf), ("-Inf", -np.inf)):
        for coding in ("f32", "f64"):
            samples = noise()
            wanted = samples.copy()
            samples[0, bad_frames], wanted[0, bad_frames] = value, 0.0
            with checks.scratch() as folder:
                done, _ = render(busbar, folder, {}, wav(samples, coding))
                reported = [line for line in done.stderr.splitlines() if TRACK in line]
                test.check(f"{what} in {coding}: a message names the track", reported, done.stderr.strip())
                if test.check(f"{what} in {coding}: exit status 0", done.status == 0, done.stderr.strip()):
                    test.check(f"{what} in {coding}: replaced by 0 and nothing else",
                               np.array_equal(done.signal(f"bus:{TRACK}")[1], wanted[0]))
                    test.check(f"{what} in {coding}: the mix is whole",
                               np.array_equal(done.signal("mix")[1], wanted[0]))
                    good_is_unharmed(test, f"{what} in {coding}", done)
    with checks.scratch() as folder:
        done, _ = render(busbar, folder, {"gain_db": 0}, wav(np.full((1, FRAMES), 3.4e38)), more_tracks=[
            {"id": "loud", "source": checks.wav_source(FILE), "trim_db": 12, "fader_db": 12, "output": "none"}])
        if test.check("huge samples: exit status 0", done.status == 0, f"{done.status} {done.stderr.strip()[:300]}"):
            good_is_unharmed(test, "huge samples", done)


def inputs_stay(test, busbar):
    """A render never writes over a file that it reads."""
    with checks.scratch() as folder:
        render(busbar, folder, {}, WHOLE)
        session, target = os.path.join(folder, "session.json"), os.path.join(folder, FILE)
        before = open(session, "rb").read()
        other = os.path.join(folder, "out.wav")
        for option in (["-o", target], ["-o", other, f"--bus=good={target}"], ["-o", session]):
            what = f"{option[-1].replace(folder, '')} as an output"
            done = busbar_runner.run(busbar, ["render", session, "--to", "0.01", *option])
            test.check(f"{what}: refused", done.returncode in (1, 2), str(done.returncode))
            test.check(f"{what}: stays", open(target, "rb").read() == WHOLE and open(session, "rb").read() == before)


def main():
    arguments = checks.options(__doc__)
    test = checks.Checks()
    for part in (broken, missing, channels, other_rate, not_finite, inputs_stay):
        part(test, arguments.busbar)
    return test.close()


if __name__ == "__main__":
    sys.exit(main())
