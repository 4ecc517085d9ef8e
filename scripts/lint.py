"""make lint: each check is one test. The closing line is "N passed, N failed"."""

import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
CHECKS = ["floors", "files", "words", "format", "headers", "symbols"]


def main():
    failed = 0
    for check in CHECKS:
        began = time.monotonic()
        done = subprocess.run([sys.executable, str(SCRIPTS / f"check_{check}.py")], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(done.stdout, end="")
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{check}: {verdict}, {time.monotonic() - began:.1f} s", flush=True)
        failed += done.returncode != 0
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
