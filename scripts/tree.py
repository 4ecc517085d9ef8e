"""What the lint checks share: the files of the repository that are ours, and how a fault is told."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"


def our_files(*suffixes):
    """Files known to git or new and not ignored, by ending; all without endings. Sorted."""
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached",
                             "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()
    paths = sorted({ROOT / name for name in listed.split("\0") if name})
    return [path for path in paths
            if path.is_file() and (not suffixes or path.suffix in suffixes)]


def folder_of(path):
    """ "signalling/sip" for src/signalling/sip/cseq.cc; None outside src/ and its folders."""
    if not path.is_relative_to(SRC):
        return None
    parts = path.relative_to(SRC).parts
    if parts[0] == "base":
        return "base"
    return "/".join(parts[:2]) if len(parts) > 2 else None


def is_test(path):
    return path.name.endswith(("_test.cc", "_fixture.h")) or "testing" in path.parts


def report(faults):
    """Prints the faults and ends the program: status 1 when there are any."""
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


def at(path, line=None):
    place = str(path.relative_to(ROOT))
    return f"{place}:{line}" if line else place
