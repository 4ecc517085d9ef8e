"""The sans-IO libraries (F0-F4 but io/) call no clock, socket, thread, lock, file or OS randomness: looked
up in the undefined symbols of the release build's static libraries, which it first brings up to date."""

import re
import subprocess

from check_floors import FOLDERS, is_sans_io
from tree import ROOT, report

C_FUNCTIONS = """
    clock_gettime clock time gettimeofday timespec_get localtime localtime_r nanosleep usleep sleep
    socket bind listen accept accept4 connect send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg
    poll ppoll select epoll_create1 epoll_wait eventfd getaddrinfo gethostbyname
    pthread_create pthread_mutex_lock pthread_cond_wait pthread_rwlock_wrlock sem_wait
    open open64 openat fopen fopen64 fread fwrite read write creat mmap unlink rename opendir stat
    getrandom getentropy rand srand random drand48 RAND_bytes
    fork execve system popen signal sigaction
""".split()

CPP_PREFIXES = (
    "std::chrono::_V2::steady_clock::now", "std::chrono::_V2::system_clock::now",
    "std::thread::", "std::condition_variable", "std::random_device", "std::this_thread",
    "std::basic_ifstream", "std::basic_ofstream", "std::basic_fstream", "std::basic_filebuf",
    "std::filesystem",
)

# (folder, symbol): why it is right.
EXEMPT = {
    # Writes the place of a programmer's error to stderr before the program ends; fwrite is what the
    # compiler makes of a constant fprintf.
    ("base", "fwrite"),
    # Makes the self-made certificate's key and serial number; TLS is nothing without OpenSSL's own
    # randomness.
    ("transport/dtls", "RAND_bytes"),
}

UNDEFINED = re.compile(r"^\s*U (.+)$", re.MULTILINE)


def is_forbidden(symbol):
    name = symbol.split("@")[0]
    return name in C_FUNCTIONS or name.startswith(CPP_PREFIXES)


def main():
    build = subprocess.run(["scripts/build", "release", "viaduct_libraries"], cwd=ROOT, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if build.returncode != 0:
        report([f"{build.stdout}\nthe release libraries do not build"])
    faults = []
    for folder in filter(is_sans_io, FOLDERS):
        library = ROOT / "build" / "release" / "src" / folder / f"libviaduct_{folder.split('/')[-1]}.a"
        if not library.exists():
            continue  # headers only
        symbols = subprocess.run(["nm", "--demangle", "--undefined-only", str(library)], check=True,
                                 text=True, stdout=subprocess.PIPE).stdout
        found = {symbol for symbol in UNDEFINED.findall(symbols) if is_forbidden(symbol)}
        faults += [f"src/{folder}: calls {symbol}" for symbol in sorted(found)
                   if (folder, symbol) not in EXEMPT]
    report(faults)


if __name__ == "__main__":
    main()
