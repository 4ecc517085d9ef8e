"""Holds the floors: which folder of src/ may include which, and which may include what is not ours.

A folder includes strictly lower floors of its own tower, base, and the seams below; nothing else. Towers
do not see each other. tests/, fuzz/ and */testing/ are free; *_test.cc and *_fixture.h may include test
libraries and threads. The link rules of each folder's CMakeLists.txt are held to the same table.
"""

import re
from dataclasses import dataclass

from tree import ROOT, SRC, at, folder_of, is_test, our_files, report


@dataclass(frozen=True)
class Folder:
    floor: int
    # Headers from outside this folder alone may include; each prefix stands in one folder only,
    # except as docs/decisions/0001 says for OpenSSL.
    third_party: tuple = ()
    # Targets of PACKAGES in its CMakeLists.txt.
    packages: tuple = ()


# The one table. F0-F4 are sans-IO; the wing (io/) stands beside them; F5 and F6 see both.
FOLDERS = {
    "base": Folder(0, ("boost/system/result.hpp", "openssl/crypto.h", "openssl/evp.h", "openssl/hmac.h"),
                   ("Boost::headers", "OpenSSL::Crypto")),
    "signalling/sdp": Folder(1),
    "signalling/sip": Folder(1),
    "signalling/jsonrpc": Folder(1, ("boost/json",), ("Boost::json",)),
    "transport/stun": Folder(1),
    "transport/rtp": Folder(1),
    "transport/srtp": Folder(1, ("openssl/", "srtp2/"), ("OpenSSL::Crypto",)),
    "transport/dtls": Folder(1, ("openssl/",), ("OpenSSL::SSL", "OpenSSL::Crypto")),
    "media/codec": Folder(1, ("opus/", "spandsp/", "spandsp.h"),
                          ("PkgConfig::opus", "PkgConfig::spandsp")),
    "media/audio": Folder(1, ("sndfile.h",), ("PkgConfig::sndfile",)),
    "media/video": Folder(1),
    "signalling/negotiation": Folder(2),
    "signalling/dialog": Folder(2),
    "signalling/verto": Folder(2),
    "transport/ice": Folder(2),
    "transport/peer": Folder(2),
    "media/graph": Folder(3),
    "core/directory": Folder(3, ("jwt.h",), ("PkgConfig::jwt",)),
    "core/dialplan": Folder(3, ("re2/",), ("PkgConfig::re2",)),
    "core/call": Folder(3),
    "core/conference": Folder(4),
    "core/location": Folder(4),
    "io/net": Folder(4, ("boost/asio", "boost/beast", "boost/url", "boost/system/", "openssl/", "ares.h"),
                     ("Boost::headers", "Boost::url", "OpenSSL::SSL", "OpenSSL::Crypto",
                      "Threads::Threads")),
    "io/store": Folder(4, ("soci/", "hiredis/", "sqlite3.h")),
    "server/legs": Folder(5),
    "server/node": Folder(5, (), ("Threads::Threads",)),
    "server/admin": Folder(6, ("prometheus/",)),
    "server/app": Folder(6, ("yaml-cpp/", "spdlog/", "CLI/"),
                         ("PkgConfig::yaml", "spdlog::spdlog", "CLI11::CLI11", "Threads::Threads")),
}

# A tower sees base and itself; these see more.
TOWERS_SEEN = {
    "media": ("transport",),
    "server": ("signalling", "transport", "media", "core", "io"),
}

# Single headers of values through which a folder (or a tower) is seen from where its floor is not.
SEAMS = {
    "media/graph": ("signalling/negotiation/types.h",),
    "core": ("signalling/negotiation/types.h", "media/graph/messages.h"),
    "core/call": ("core/dialplan/",),  # whose answers are the steps it takes
    "transport/peer": ("transport/ice/",),  # one agent is a part of each WebRTC transport
    "transport/dtls": ("transport/srtp/profile.h",),  # what DTLS-SRTP agrees on
    "server/node": ("server/legs/",),  # the engine of a node is made of its legs and the calls
    "server/app": ("server/admin/",),  # which it wires in as it does everything
    "io/store": ("core/location/", "core/directory/"),  # the ports it fills
}

# What floors F0-F4 may not even name. check_symbols.py looks for the same in what was compiled.
FORBIDDEN_STANDARD = {
    "thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "latch", "barrier",
    "stop_token", "fstream", "filesystem", "random", "ctime", "time.h", "csignal", "signal.h", "pthread.h",
    "unistd.h", "poll.h", "fcntl.h", "netdb.h", "syslog.h",
    "ifaddrs.h",
}
FORBIDDEN_SYSTEM = ("sys/", "arpa/", "netinet/", "net/", "linux/")
TEST_LIBRARIES = ("gtest/", "gmock/", "rapidcheck", "benchmark/")
# System headers of the C library; every other standard header has no ending.
C_HEADERS = {"math.h", "stdint.h", "string.h", "errno.h", "stddef.h", "stdio.h", "stdlib.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
LIBRARY = re.compile(r"viaduct_library\(\s*(\w+)([^)]*)\)")


def tower(folder):
    return folder.split("/")[0]


def is_sans_io(folder):
    return tower(folder) not in ("io", "server")


def starts_with_any(name, prefixes):
    return any(name.startswith(prefix) for prefix in prefixes)


def sees_folder(folder, other):
    """True if every header of `other` may be included from `folder`."""
    if other in (folder, "base"):
        return True
    if other not in FOLDERS or FOLDERS[other].floor >= FOLDERS[folder].floor:
        # The wing stands beside the floors: the server sees all of it.
        return tower(folder) == "server" and tower(other) == "io"
    return tower(other) == tower(folder) != "io" or tower(other) in TOWERS_SEEN.get(tower(folder), ())


def seams_of(folder):
    return SEAMS.get(tower(folder), ()) + SEAMS.get(folder, ())


def fault_of_own(folder, name):
    target = SRC / name
    if not target.exists():
        return f'"{name}" is no header of src/'
    other = folder_of(target)
    if sees_folder(folder, other) or starts_with_any(name, seams_of(folder)):
        return None
    return f"{folder} (F{FOLDERS[folder].floor}) may not see {name}"


def fault_of_foreign(folder, name, test):
    if test and (starts_with_any(name, TEST_LIBRARIES) or name in FORBIDDEN_STANDARD):
        return None
    if starts_with_any(name, FOLDERS[folder].third_party):
        return None
    if name in FORBIDDEN_STANDARD or starts_with_any(name, FORBIDDEN_SYSTEM):
        return f"<{name}> in a folder that does no IO" if is_sans_io(folder) else None
    if "/" not in name and (not name.endswith(".h") or name in C_HEADERS):
        return None
    homes = [other for other, row in FOLDERS.items() if starts_with_any(name, row.third_party)]
    return f"<{name}> belongs to {' and '.join(homes) or 'no folder in the table'}"


def check_includes():
    used = {folder: set() for folder in FOLDERS}  # folder -> folders that its library needs
    faults = []
    for path in our_files(".h", ".cc"):
        folder = folder_of(path)
        if folder is None or "testing" in path.parts:
            continue
        if folder not in FOLDERS:
            faults.append(f"{at(path)}: {folder} is not in the table of check_floors.py")
            continue
        text = path.read_text(errors="replace")
        for found in INCLUDE.finditer(text):
            bracket, name = found.groups()
            if bracket == '"':
                fault = fault_of_own(folder, name)
                if not fault and not is_test(path):
                    used[folder].add(folder_of(SRC / name))
            else:
                fault = fault_of_foreign(folder, name, is_test(path))
            if fault:
                faults.append(f"{at(path, text.count(chr(10), 0, found.start()) + 1)}: {fault}")
    return faults, used


def read_link_rules():
    """folder -> (path, linked folders, packages)"""
    by_leaf = {folder.split("/")[-1]: folder for folder in FOLDERS}
    rules, faults = {}, []
    for folder in FOLDERS:
        path = SRC / folder / "CMakeLists.txt"
        if not path.exists():
            continue
        found = LIBRARY.search(re.sub(r"#.*", "", path.read_text()))
        if not found:
            continue  # server/app makes a program
        name, rest = found.groups()
        if name != folder.split("/")[-1]:
            faults.append(f"{at(path)}: the library of {folder} is called {name}")
        depends, _, packages = rest.partition("PACKAGES")
        names = depends.replace("DEPENDS", "").split()
        faults += [f"{at(path)}: {n} is no folder" for n in names if n not in by_leaf]
        rules[folder] = (path, [by_leaf[n] for n in names if n in by_leaf], packages.split())
    return rules, faults


def linked(folder, rules, seen=None):
    """All folders that come in by linking `folder`."""
    seen = set() if seen is None else seen
    for other in rules[folder][1] if folder in rules else ():
        if other not in seen:
            seen.add(other)
            linked(other, rules, seen)
    return seen


def check_links(used):
    rules, faults = read_link_rules()
    for folder, (path, depends, packages) in rules.items():
        for other in depends:
            by_seam = any(seam.startswith(other + "/") for seam in seams_of(folder))
            if not sees_folder(folder, other) and not by_seam:
                faults.append(f"{at(path)}: {folder} may not link {other}")
        for package in packages:
            if package not in FOLDERS[folder].packages:
                faults.append(f"{at(path)}: {package} is not among the packages of {folder}")
        missing = used[folder] - {folder} - linked(folder, rules)
        faults += [f"{at(path)}: includes {other} without DEPENDS on it" for other in sorted(missing)]
    return faults


def check_table():
    """The folders that are built are those of the table."""
    listed = re.sub(r"#.*", "", (ROOT / "cmake" / "floors.cmake").read_text()).split()
    listed = [word.strip("()") for word in listed if word.strip("()") in FOLDERS or "/" in word]
    return [f"cmake/floors.cmake: {name} is not in the table of check_floors.py"
            for name in listed if name not in FOLDERS]


def main():
    faults, used = check_includes()
    report(faults + check_links(used) + check_table())


if __name__ == "__main__":
    main()
