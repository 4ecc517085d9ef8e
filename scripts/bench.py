"""make bench: runs tests/bench/*_bench.cc (release build) and prints each cost as a ratio to a baseline
that the same program measured in the same minutes, interleaved with it. tests/bench/ratios.json says
which benchmark is held against which:

  [{"what": "relay RTP to SRTP, per packet", "measured": "relay/rtp_to_srtp", "baseline": "bare/rtp_to_srtp"}]
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "tests" / "bench"
RESULTS = ROOT / "build" / "bench"
TO_NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def run_program(name, pattern):
    """Median nanoseconds by benchmark name: of processor time, or what the benchmark itself clocked."""
    output = RESULTS / f"{name}.json"
    command = [str(ROOT / "build" / "release" / name), "--benchmark_repetitions=5",
               "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.2",
               f"--benchmark_out={output}", "--benchmark_out_format=json"]
    if pattern:
        command.append(f"--benchmark_filter={pattern}")
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nbench: {name} ended with {done.returncode}")
    medians = {}
    if output.stat().st_size == 0:
        return medians  # the filter matched nothing in this program
    for run in json.loads(output.read_text())["benchmarks"]:
        if run.get("aggregate_name") == "median":
            clock = "real_time" if "manual_time" in run["run_name"] else "cpu_time"
            medians[run["run_name"]] = run[clock] * TO_NANOSECONDS[run["time_unit"]]
    return medians


def find(medians, name):
    """A benchmark by name; what the library appends ("/iterations:…", "/real_time") may be left out."""
    if name in medians:
        return medians[name]
    for known, value in medians.items():
        if re.fullmatch(re.escape(name) + r"(/[a-z_]+(:[^/]*)?)*", known):
            return value
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--filter", default="", help="regular expression over benchmark names")
    pattern = parser.parse_args().filter
    RESULTS.mkdir(parents=True, exist_ok=True)
    programs = sorted(path.stem for path in BENCH.glob("*_bench.cc"))
    subprocess.run(["scripts/build", "release", *programs], cwd=ROOT, check=True)
    medians = {}
    for program in programs:
        medians.update(run_program(program, pattern))
    print(f"{'benchmark':<56}{'median':>14}")
    for name, nanoseconds in medians.items():
        print(f"{name:<56}{nanoseconds / 1000:>11.3f} us")
    missing = []
    ratios = BENCH / "ratios.json"
    pairs = json.loads(ratios.read_text()) if ratios.exists() else []
    print(f"\n{'against its baseline':<56}{'us':>10}{'baseline':>10}{'ratio':>8}")
    for pair in pairs:
        measured, baseline = find(medians, pair["measured"]), find(medians, pair["baseline"])
        if measured is None or baseline is None:
            missing.append(pair["what"])
            continue
        print(f"{pair['what']:<56}{measured / 1000:>10.3f}{baseline / 1000:>10.3f}"
              f"{measured / baseline:>8.2f}")
    if missing and not pattern:
        sys.exit(f"bench: ratios.json names benchmarks that did not run, for: {'; '.join(missing)}")


if __name__ == "__main__":
    main()
