"""Every header of src/ compiles alone, without the precompiled one. A header is compiled again only when
it or something of ours that it includes has changed (build/lint/headers.json)."""

import hashlib
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tree import ROOT, SRC, at, our_files, report

STAMPS = ROOT / "build" / "lint" / "headers.json"
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
COMPILER = ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror",
            f"-I{SRC}", "-I/usr/include/opus", "-x", "c++", "-"]


def fingerprint(path, texts):
    """Of the header and everything of ours below it."""
    seen, pending = set(), [path]
    while pending:
        path = pending.pop()
        if path in seen or not path.exists():
            continue
        seen.add(path)
        if path not in texts:
            texts[path] = path.read_bytes()
        pending += [SRC / name.decode() for name in INCLUDE.findall(texts[path])]
    digest = hashlib.sha256(" ".join(COMPILER).encode())
    for path in sorted(seen):
        digest.update(str(path).encode() + b"\0" + texts[path])
    return digest.hexdigest()


def compile_alone(path):
    done = subprocess.run(COMPILER, input=f'#include "{path.relative_to(SRC)}"\n', cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout if done.returncode else None


def main():
    try:
        good = set(json.loads(STAMPS.read_text()))
    except (OSError, ValueError):
        good = set()
    texts = {}
    headers = [path for path in our_files(".h") if path.is_relative_to(SRC)]
    prints = {path: fingerprint(path, texts) for path in headers}
    todo = [path for path in headers if prints[path] not in good]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = dict(zip(todo, pool.map(compile_alone, todo)))
    STAMPS.parent.mkdir(parents=True, exist_ok=True)
    STAMPS.write_text(json.dumps([p for path, p in prints.items() if not outcomes.get(path)]))
    report([f"{at(path)}: does not compile alone\n{output}" for path, output in outcomes.items() if output])


if __name__ == "__main__":
    main()
