"""Part of make bench: calls by the hundred over real sockets on loopback (tests/bench/capacity), each
held against a bare loop of the same system calls and crypto, or of the codec calls alone, that runs just
before it.

  python3 scripts/capacity.py [--seconds 4] [--calls 100,500]
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "capacity"
RELAYED = (100, 400, 1000, 2000)
TRANSCODED = (50, 100)
# A thread beyond which one worker is not asked: the rest of this machine carries the load.
SATURATED = 80  # per cent of a core


def run(kind, calls, workers, seconds):
    done = subprocess.run([str(PROGRAM), kind, str(calls), str(workers), str(seconds)], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300 + seconds)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\ncapacity: {kind} {calls} ended with {done.returncode}")
    return json.loads(done.stdout)


def row(kind, result, baseline):
    ratio = f"{result['us_per_packet'] / baseline['us_per_packet']:.2f}" if baseline else ""
    saturated = "worker" if result["core_percent"] > SATURATED * result["workers"] else ""
    if result["load_core_percent"] > SATURATED:
        saturated += " load"
    print(f"{kind:<10}{result['calls']:>6}{result['workers']:>8}{result['core_percent']:>8.1f}"
          f"{result['percent_per_call']:>11.4f}{result['us_per_packet']:>10.2f}{ratio:>7}"
          f"{result['kib_per_call']:>9.1f}{result['p50_us']:>8.0f}{result['p99_us']:>8.0f}"
          f"{result['lost_percent']:>8.2f}  {saturated.strip()}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--calls", help="comma-separated, in place of the usual steps")
    options = parser.parse_args()
    subprocess.run(["scripts/build", "release", "capacity"], cwd=ROOT, check=True)
    steps = [int(n) for n in options.calls.split(",")] if options.calls else None
    workers = min(2, os.cpu_count() or 1)
    print(f"{'':<10}{'calls':>6}{'workers':>8}{'core %':>8}{'% a call':>11}{'us/packet':>10}{'ratio':>7}"
          f"{'kB/call':>9}{'p50 us':>8}{'p99 us':>8}{'lost %':>8}  saturated")
    for calls in steps or RELAYED:
        bare = run("bare", calls, 1, options.seconds)
        row("bare", bare, None)
        row("relay", run("relay", calls, 1, options.seconds), bare)
        if calls >= 1000:
            row("relay", run("relay", calls, workers, options.seconds), bare)
    for calls in steps or TRANSCODED:
        codecs = run("codecs", calls, 1, options.seconds)
        print(f"{'codecs':<10}{calls:>6}{'':>16}{codecs['percent_per_call']:>11.4f}{codecs['us_per_packet']:>10.2f}")
        row("transcode", run("transcode", calls, 1, options.seconds), codecs)


if __name__ == "__main__":
    main()
