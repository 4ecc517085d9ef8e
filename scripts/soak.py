"""make soak: unit tests and scenarios under address and undefined sanitizers, in shuffled order, with
GoogleTest's own order shuffled too, again and again until the time is over or something fails."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRESET = "asan-ubsan"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    seconds = parser.parse_args().seconds
    subprocess.run(["scripts/build", PRESET], cwd=ROOT, check=True)
    environment = dict(os.environ, GTEST_SHUFFLE="1")
    end = time.monotonic() + seconds
    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        rounds += 1
        done = subprocess.run(
            ["ctest", "--preset", PRESET, "--schedule-random", "-LE", "fuzz", "--no-tests=error",
             "-j", str(os.cpu_count() or 2)],
            cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\nsoak: round {rounds} failed")
    print(f"soak: {rounds} rounds passed in {seconds} s")


if __name__ == "__main__":
    main()
