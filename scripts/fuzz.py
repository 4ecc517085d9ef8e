"""make fuzz: builds the libFuzzer programs and runs each for some time, two at once.

Seeds are fuzz/corpus/<name>/ and fuzz/regressions/<name>/; what the fuzzer finds worth keeping goes to
build/fuzz/found/<name>/, and an input that fails to fuzz/regressions/<name>/, where every later
`make test` replays it.
"""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "fuzz"


def fuzz(name, seconds):
    """One target; returns a row of the table."""
    found = BUILD / "found" / name
    regressions = ROOT / "fuzz" / "regressions" / name
    corpus = ROOT / "fuzz" / "corpus" / name
    for folder in (found, regressions, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(regressions.iterdir())
    command = [str(BUILD / f"{name}_fuzz"), str(found), str(corpus), str(regressions),
               f"-max_total_time={seconds}", f"-artifact_prefix={regressions}/",
               "-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"]
    dictionary = ROOT / "fuzz" / f"{name}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    log_path = BUILD / f"{name}.log"
    with log_path.open("w") as log:
        status = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=subprocess.STDOUT).returncode
    text = log_path.read_text(errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    coverage = re.findall(r"\bcov: (\d+)", text)
    if not before and not any(regressions.iterdir()):
        regressions.rmdir()  # nothing failed, ever
    crashes = sorted(p.name for p in set(regressions.glob("*")) - before)
    return {"name": name, "runs": int(runs[1]) if runs else 0,
            "coverage": int(coverage[-1]) if coverage else 0,
            "kept": len(list(found.iterdir())), "status": status, "crashes": crashes,
            "log": log_path.relative_to(ROOT)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("names", nargs="*", help="targets; all without any")
    arguments = parser.parse_args()
    known = sorted(p.name.removesuffix("_fuzz.cc") for p in (ROOT / "fuzz").glob("*_fuzz.cc"))
    names = arguments.names or known
    for name in names:
        if name not in known:
            sys.exit(f"fuzz: no target '{name}'; there are {', '.join(known)}")
    subprocess.run(["scripts/build", "fuzz", *(f"{name}_fuzz" for name in names)], cwd=ROOT, check=True)
    print(f"{len(names)} targets, {arguments.seconds} s each, two at once", flush=True)
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda name: fuzz(name, arguments.seconds), names))
    print(f"{'target':<24}{'runs':>12}{'runs/s':>10}{'coverage':>10}{'kept':>8}  result")
    for row in rows:
        result = "ok" if row["status"] == 0 else f"FAILED {' '.join(row['crashes'])} ({row['log']})"
        speed = row["runs"] // max(1, arguments.seconds)
        print(f"{row['name']:<24}{row['runs']:>12}{speed:>10}{row['coverage']:>10}{row['kept']:>8}"
              f"  {result}")
    sys.exit(1 if any(row["status"] for row in rows) else 0)


if __name__ == "__main__":
    main()
