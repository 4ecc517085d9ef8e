"""Sizes: files aim at 100-300 lines, are explained above 600 and split before 1000; a function fits a
screen; every folder of src/ has a README of at most a screen."""

import re

from check_floors import FOLDERS
from tree import SRC, at, our_files, report

WARN_LINES, MOST_LINES = 600, 1000
MOST_FUNCTION_LINES = 80
MOST_README_LINES = 60
SOURCE = (".cc", ".h", ".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".cmake")

# Comments, strings and characters: their braces do not count. Newlines inside are kept.
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                   r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)
TRANSPARENT = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def without_noise(text):
    return NOISE.sub(lambda found: "\n" * found[0].count("\n"), text)


def long_functions(text):
    """Yields (first line, lines) of each outermost block that is code and too long."""
    text = without_noise(text)
    stack, line, head_start, head_line = [], 1, 0, 1
    for i, char in enumerate(text):
        if char == "\n":
            line += 1
        elif char == "{":
            head = text[head_start:i]
            inside_code = any(kind == "code" for kind, _ in stack)
            if inside_code:
                kind = "inner"
            elif TRANSPARENT.search(head) and ")" not in head.split("\n")[-1]:
                kind = "scope"
            elif head.rstrip().endswith(("=", ",", "(")):
                kind = "data"
            else:
                kind = "code"
            stack.append((kind, head_line))
            head_start, head_line = i + 1, line
        elif char == "}" and stack:
            kind, first = stack.pop()
            if kind == "code" and line - first + 1 > MOST_FUNCTION_LINES:
                yield first, line - first + 1
            head_start, head_line = i + 1, line
        elif char == ";":
            head_start, head_line = i + 1, line
        if not text[head_start:i + 1].strip():
            head_line = line


def check_sources():
    faults = []
    for path in our_files(*SOURCE):
        text = path.read_text(errors="replace")
        lines = text.count("\n")
        if lines > MOST_LINES:
            faults.append(f"{at(path)}: {lines} lines; split it")
        elif lines > WARN_LINES:
            print(f"note: {at(path)}: {lines} lines")
        if path.suffix in (".cc", ".h"):
            faults += [f"{at(path, first)}: a block of {length} lines; a function fits a screen"
                       for first, length in long_functions(text)]
    return faults


def check_readmes():
    faults = []
    for folder in FOLDERS:
        if not (SRC / folder / "CMakeLists.txt").exists():
            continue
        readme = SRC / folder / "README.md"
        if not readme.exists():
            faults.append(f"src/{folder}: no README.md")
        elif (lines := readme.read_text().count("\n")) > MOST_README_LINES:
            faults.append(f"{at(readme)}: {lines} lines; at most {MOST_README_LINES}")
    return faults


if __name__ == "__main__":
    report(check_sources() + check_readmes())
