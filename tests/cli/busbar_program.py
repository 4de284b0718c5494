"""Runs the built program and makes small recordings for it. Standard library only."""
import json
import re
import struct
import subprocess
import wave

PROGRAM = "build/bin/busbar"
LINE = re.compile(r"^busbar: (error|warning): [^\n]+$")


class Run:
    """What a call of the program gave."""

    def __init__(self, *arguments, cwd=None):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300)
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8")
        self.err = done.stderr.decode("utf-8", "replace")

    @property
    def errors(self):
        return [line for line in self.err.splitlines() if line.startswith("busbar: error: ")]

    @property
    def warnings(self):
        return [line for line in self.err.splitlines() if line.startswith("busbar: warning: ")]

    @property
    def json(self):
        return json.loads(self.out)


def write_wav(path, channels=1, rate=48000, frames=4800, level=0.25):
    """A 16-bit WAV of a square wave, full scale 1.0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    high, low = int(level * 32767), -int(level * 32767)
    samples = [high if (n // 50) % 2 == 0 else low for n in range(frames) for _ in range(channels)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack("<%dh" % len(samples), *samples))


def session(tracks, buses=(), **more):
    """A session around tracks, with a master."""
    master = {"id": "master", "kind": "master", "output": {"hardware": [1, 2]}}
    return {"format": "busbar-session", "version": 1, "sample_rate": 48000, "tracks": list(tracks),
            "buses": [*buses, master], **more}


def track(name, file, clip=None, **more):
    clips = [{"file": file, **(clip or {})}]
    return {"id": name, "source": {"type": "wav", "clips": clips}, **more}
