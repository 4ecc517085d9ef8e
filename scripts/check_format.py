"""Our C++ is laid out as .clang-format says."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tree import ROOT, at, our_files, report

BATCH = 20


def complaints(paths):
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, paths)], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout if done.returncode else ""


def main():
    paths = our_files(".cc", ".h")
    batches = [paths[i:i + BATCH] for i in range(0, len(paths), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        output = "".join(pool.map(complaints, batches))
    report([f"{at(path)}: not formatted; run clang-format -i on it" for path in paths
            if f"{path}:" in output])


if __name__ == "__main__":
    main()
