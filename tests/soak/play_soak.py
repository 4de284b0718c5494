#!/usr/bin/python3
"""Plays the demo session for a long time on a pretended sound card, with jumps, loops and moves all the while.

Fails if memory grows or the program does not end well. Xruns and callback times are told beside those of an empty
callback on a server of its own in the same minutes: on a machine that is held up both have some.

    play_soak.py --busbar build/bin/busbar --empty build/bin/empty_play [--minutes 30] [--period 128]
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time


def start_server(name, period):
    environment = dict(os.environ, JACK_DEFAULT_SERVER=name, JACK_NO_START_SERVER="1", JACK_NO_AUDIO_RESERVATION="1")
    command = ["jackd", "-R", "-P70", "-n", name, "-d", "dummy", "-r", "48000", "-p", str(period), "-C", "2", "-P", "8"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["jack_wait", "-s", name, "-w", "-t", "10"], env=environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return server, environment


def write_script(path, seconds, length):
    """A move or a jump every second or so, the same on every run."""
    chance = random.Random(1)
    with open(path, "w", encoding="utf-8") as out:
        at = 2.0
        while at < seconds - 2:
            address, value = chance.choice(
                [
                    ("/drums/fader_db", round(chance.uniform(-20, 0), 1)),
                    ("/lead-vocal/pan", round(chance.uniform(-1, 1), 2)),
                    ("/bass/mute", chance.random() < 0.5),
                    ("/transport/locate_s", round(chance.uniform(0, length - 2), 2)),
                    ("/transport/loop", [2.0, round(chance.uniform(2.2, 6.0), 2)]),
                    ("/transport/looping", False),
                    ("/transport/play", False),
                ]
            )
            edits = [(at, address, value)]
            if address == "/transport/play":
                edits.append((at + 0.4, address, True))
            if address == "/transport/looping":
                edits.append((at + 0.1, "/transport/loop", [0.0, length]))
            for when, where, what in edits:
                line = {"at_s": round(when, 3), "op": "set", "address": where, "value": what}
                out.write(json.dumps(line) + "\n")
            at += chance.uniform(0.6, 1.6)


def memory_of(process):
    """Resident memory in kB and the number of open files; None once it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        files = len(os.listdir(f"/proc/{process.pid}/fd"))
    except OSError:
        return None
    if "VmRSS:" not in status:
        return None  # it has just ended
    return int(status.split("VmRSS:")[1].split()[0]), files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--busbar", required=True)
    parser.add_argument("--empty", required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--period", type=int, default=128)
    options = parser.parse_args()
    seconds = options.minutes * 60
    folder = tempfile.TemporaryDirectory(prefix="busbar-soak-")
    root = pathlib.Path(folder.name)
    subprocess.run([options.busbar, "demo", root / "demo"], check=True, stdout=subprocess.DEVNULL)
    write_script(root / "moves.txt", seconds, 30.0)
    servers = []
    try:
        ours, our_environment = start_server("busbar-soak", options.period)
        servers.append(ours)
        other, other_environment = start_server("busbar-soak-empty", options.period)
        servers.append(other)
        with open(root / "report.json", "wb") as report_file:
            playing = subprocess.Popen(
                [options.busbar, "play", root / "demo" / "session.json", "--loop", "--for", str(seconds), "--json"]
                + ["--script", root / "moves.txt"],
                env=our_environment, stdout=report_file, stdin=subprocess.DEVNULL,
            )
        empty = subprocess.Popen([options.empty, str(seconds)], env=other_environment, stdout=subprocess.PIPE)
        looks = []
        while playing.poll() is None:
            time.sleep(min(5.0, seconds / 20))
            look = memory_of(playing)
            if look is not None:
                looks.append(look)
        yardstick = json.loads(empty.communicate(timeout=60)[0])
        report = json.loads((root / "report.json").read_text(encoding="utf-8"))
    finally:
        for server in servers:
            server.terminate()
            server.wait()
        folder.cleanup()

    if playing.returncode != 0 or "callback_us" not in report:
        print(f"FAILED: busbar play ended with {playing.returncode}: {report}", file=sys.stderr)
        sys.exit(1)
    settled = looks[len(looks) // 5 :]
    late = settled[len(settled) // 2 :]
    growth = max(kilobytes for kilobytes, _ in late) - max(kilobytes for kilobytes, _ in settled[: len(settled) // 2])
    microseconds = report["callback_us"]
    print(f"played {report['played_s']:.0f} s, {len(report['edits'])} edits landed, {report['stalls']} stalls")
    print(f"memory {settled[0][0]} kB, later at most {max(k for k, _ in settled)} kB; growth {growth} kB")
    print(f"open files {settled[0][1]} to {max(f for _, f in settled)}")
    print(f"xruns {report['xruns']} of {report['callbacks']} callbacks; "
          f"with an empty callback {yardstick['xruns']} of {yardstick['callbacks']}")
    print(f"callback µs: p50 {microseconds['p50']:.0f}, p99 {microseconds['p99']:.0f}, "
          f"p99.9 {microseconds['p999']:.0f}, longest {report['longest_callback_us']:.0f}; "
          f"cpu {report['cpu_s'] / max(report['callbacks'], 1) * 1e6:.1f} µs a callback")
    faults = []
    if growth > 2048:
        faults.append("memory grows")
    if max(f for _, f in late) > max(f for _, f in settled[: len(settled) // 2]) + 2:
        faults.append("open files grow")
    if report["xruns"] > 2 * yardstick["xruns"] + 20 * options.minutes / 10 + 10:
        faults.append("many more xruns than with an empty callback")
    for fault in faults:
        print("FAILED:", fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
