"""make test: runs the stages in order and counts tests; the closing line is "N passed, N failed".

A stage goes on after a failed one, so that one run shows everything. Full output of each is in
build/test-logs/. Arguments name the stages to run; without any, all of them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"
JOBS = str(os.cpu_count() or 2)
PYTHON = "/usr/bin/python3"  # the one that python3-numpy is installed for

# What our own programs print last: scripts/lint.py, tests/interop/run, fuzz replays, scenarios.
CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
# The summaries of node:test and of vitest.
NODE_COUNT = re.compile(r"^(?:#|ℹ) (pass|fail) (\d+)$", re.MULTILINE)
VITEST_LINE = re.compile(r"^\s*Tests\s.*$", re.MULTILINE)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    names: list = field(default_factory=list)  # of what failed

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.names += other.names


@dataclass
class Stage:
    name: str
    steps: list  # commands, run until one fails
    count: object  # function(stage, output of the last step) -> Count
    needs: str = "."  # a path of the repository; a stage without it is left out, or failed if required
    required: bool = True
    folder: str = "."


def closing_line(_, output):
    found = CLOSING_LINE.findall(output)
    return Count(int(found[-1][0]), int(found[-1][1])) if found else Count()


def nothing(_, __):
    return Count(passed=1)  # a build is one test


def node_tests(_, output):
    output = ANSI.sub("", output)
    count = Count()
    for word, number in NODE_COUNT.findall(output):
        if word == "pass":
            count.passed += int(number)
        else:
            count.failed += int(number)
    for line in VITEST_LINE.findall(output):
        for number, word in re.findall(r"(\d+) (passed|failed)", line):
            setattr(count, word, getattr(count, word) + int(number))
    return count


def googletest_cases(path):
    """The cases that a GoogleTest program wrote down, or None when it wrote nothing (it crashed)."""
    try:
        suites = json.loads(path.read_text())["testsuites"]
    except (OSError, ValueError):
        return None
    count = Count()
    for suite in suites:
        for case in suite["testsuite"]:
            if case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                continue
            if case.get("failures"):
                count.failed += 1
                count.names.append(f"{suite['name']}.{case['name']}")
            else:
                count.passed += 1
    return count


def ctest_tests(stage, _):
    """Cases inside each program where it tells them, else one for the program."""
    build = ROOT / "build" / stage.name
    total = Count()
    try:
        tests = ElementTree.parse(LOGS / f"{stage.name}.junit.xml").getroot().findall("testcase")
    except (OSError, ElementTree.ParseError):
        return total
    for test in tests:
        name = test.get("name")
        passed = test.get("status") == "run"
        count = googletest_cases(build / "test-results" / f"{name}.json")
        if count is None:
            count = closing_line(stage, test.findtext("system-out") or "")
        if passed and count.passed + count.failed == 0:
            count.passed = 1
        if not passed and count.failed == 0:
            # Crashed, leaked, raced or hung: the program's own count does not know.
            count.failed = 1
            count.names.append(name)
        total.add(count)
    return total


def without_address_randomisation(command):
    """GCC 12's thread sanitizer cannot start where the kernel randomises addresses by 32 bits."""
    probe = subprocess.run(["setarch", "-R", "true"], stderr=subprocess.DEVNULL)
    return ["setarch", "-R", *command] if probe.returncode == 0 else command


def ctest_stage(preset, excluded_label=None):
    build = ["scripts/build", preset]
    test = ["ctest", "--preset", preset, "-j", JOBS, "--no-tests=error",
            "--output-junit", str(LOGS / f"{preset}.junit.xml"),
            "--test-output-size-passed", "100000", "--test-output-size-failed", "1000000",
            "--test-output-truncation", "head"]
    if excluded_label:
        test += ["-LE", excluded_label]
    if preset == "tsan":
        test = without_address_randomisation(test)
    return Stage(preset, [build, test], ctest_tests)


STAGES = [
    Stage("lint", [[PYTHON, "scripts/lint.py"]], closing_line),
    Stage("release", [["scripts/build", "release", "viaduct_libraries", "viaduct_programs"],
                      ["scripts/build_web"]], nothing),
    Stage("web", [["npm", "test", "--silent"]], node_tests, needs="web/package.json",
          folder="web"),
    ctest_stage("asan-ubsan"),
    ctest_stage("tsan", excluded_label="fuzz"),
    Stage("interop", [["tests/interop/run"]], closing_line, needs="tests/interop/run"),
]


def run_stage(stage):
    """Runs the steps; returns (count, the output when something failed)."""
    log_path = LOGS / f"{stage.name}.log"
    shutil.rmtree(ROOT / "build" / stage.name / "test-results", ignore_errors=True)
    (LOGS / f"{stage.name}.junit.xml").unlink(missing_ok=True)
    whole, output, status = "", "", 0
    with log_path.open("w") as log:
        for step in stage.steps:
            done = subprocess.run(step, cwd=ROOT / stage.folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace")
            output, status = done.stdout, done.returncode
            whole += output
            log.write(output)
            log.flush()
            if status != 0:
                break
    count = stage.count(stage, output) if status == 0 or step is stage.steps[-1] else Count()
    if status != 0 and count.failed == 0:
        count.failed = 1
        count.names.append(f"{stage.name}: {' '.join(step[:3])} ended with {status}")
    elif status == 0 and count.passed == 0 and count.failed == 0:
        count.failed = 1
        count.names.append(f"{stage.name}: ran no tests")
    return count, whole


def show_failure(stage, output):
    lines = output.splitlines()
    print(f"---- {stage.name}: last lines of build/test-logs/{stage.name}.log")
    print("\n".join(lines[-80:]))
    print("----", flush=True)


def selected_stages(names):
    known = {stage.name for stage in STAGES}
    for name in names:
        if name not in known:
            sys.exit(f"run_tests: no stage '{name}'; there are {', '.join(s.name for s in STAGES)}")
    return [stage for stage in STAGES if not names or stage.name in names]


def main():
    LOGS.mkdir(parents=True, exist_ok=True)
    total = Count()
    start = time.monotonic()
    for stage in selected_stages(sys.argv[1:]):
        if not (ROOT / stage.needs).exists():
            if stage.required:
                total.add(Count(failed=1, names=[f"{stage.name}: {stage.needs} is not there"]))
            continue
        print(f"{stage.name} ...", flush=True)
        began = time.monotonic()
        count, output = run_stage(stage)
        seconds = time.monotonic() - began
        if count.failed:
            show_failure(stage, output)
        print(f"{stage.name}: {count.passed} passed, {count.failed} failed, {seconds:.0f} s",
              flush=True)
        total.add(count)
    print(f"all stages took {time.monotonic() - start:.0f} s")
    for name in total.names:
        print(f"failed: {name}")
    print(f"{total.passed} passed, {total.failed} failed")
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
