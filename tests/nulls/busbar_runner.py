"""Runs the program under test and reads back what it wrote."""

import hashlib
import os
import shutil
import subprocess

import wav_io


class Render:
    """One run of `busbar render`: exit `status`, `stderr`, and the files it was asked for by name."""

    def __init__(self, status, stderr, stdout, files):
        self.status, self.stderr, self.stdout, self.files = status, stderr, stdout, files

    def signal(self, name):
        """float64 [channels][frames] of "mix", "bus:ID" or "stem:ID"."""
        return wav_io.read_wav(self.files[name])[0]

    def sums(self):
        """sha256 of each file's bytes."""
        return {name: hashlib.sha256(open(path, "rb").read()).hexdigest() for name, path in sorted(self.files.items())}


def run(busbar, arguments, timeout=120):
    return subprocess.run([busbar, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


def seconds(frame, rate):
    """A frame as the seconds of an option, to the last bit."""
    return repr(frame / rate)


def render(busbar, session, out, rate, start=0, frames=None, buses=(), stems=False, block=None, threads=None,
           script=None, extra=()):
    """Renders to 32-bit float files in the folder `out`, emptied before: mix.wav, bus-ID.wav, stems/ID.wav."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out, exist_ok=True)
    files = {"mix": os.path.join(out, "mix.wav")}
    arguments = ["render", session, "-o", files["mix"], "--format", "wav32f"]
    if start:
        arguments += ["--from", seconds(start, rate)]
    if frames is not None:
        arguments += ["--to", seconds(start + frames, rate)]
    for option, value in (("--block", block), ("--threads", threads), ("--script", script)):
        if value is not None:
            arguments += [option, value]
    for bus in buses:
        files[f"bus:{bus}"] = os.path.join(out, f"bus-{bus}.wav")
        arguments.append(f"--bus={bus}={files[f'bus:{bus}']}")  # one word: an id may begin with a dash
    if stems:
        arguments += ["--stems", os.path.join(out, "stems")]
    done = run(busbar, arguments + list(extra))
    if stems and os.path.isdir(os.path.join(out, "stems")):
        folder = os.path.join(out, "stems")
        files |= {f"stem:{name[:-4]}": os.path.join(folder, name) for name in os.listdir(folder)}
    return Render(done.returncode, done.stderr, done.stdout, files)
