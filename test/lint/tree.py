#!/usr/bin/env python3
"""Which files are ours, and what do they say without comments and strings?

usage: tree.py c|shell        lists the files the checkers of that language are for
       tree.py pure           lists the sources of the pure core
"""
import os
import re
import subprocess
import sys

SKIPPED = {"build", ".git"}
NOISE = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)

# Event and time in, actions out: no clock, no input or output, no thread (style.md rules 15, 16).
PURE = re.compile(
    r"^(?:(?:strategies|offsets)/(?!.*_(?:kafka|zookeeper)\.c$).*"
    r"|framework/(?:allotment|claims|fetch_limits|group_view|holding|lanes|library_facts|membership"
    r"|pace|partition|rebalance|refusal|registration|reservoir|retry|roster|session_clock|sorter"
    r"|switch|znode|zoo_address|zoo_watches"
    r"|config_(?:entries|grammar|nearest|parse|redact|refuse|table|time|utf8|value))[^/]*)\.c$")


def files(root, *suffixes):
    """Paths below root, relative, sorted: what git tracks or would; every file where there is no
    git."""
    listing = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True, check=False) if has_git(root) else None
    if listing is not None and listing.returncode == 0:
        names = listing.stdout.splitlines()
    else:
        names = walk(root)
    return sorted({n for n in names if n.endswith(suffixes)
                   and os.path.isfile(os.path.join(root, n))})


def has_git(root):
    try:
        top = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"],
                             capture_output=True, text=True, check=False)
    except OSError:
        return False
    return top.returncode == 0 and os.path.realpath(top.stdout.strip()) == os.path.realpath(root)


def walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIPPED]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(match):
    """As many characters and lines as before, so that positions stay true. Quotes stay."""
    text = match.group(0)
    inner = re.sub(r"[^\n]", " ", text)
    return text[0] + inner[1:-1] + text[-1] if text[0] in "\"'" else inner


def code_of(text):
    return NOISE.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def report(name, findings):
    """Prints findings, each (path, line, sentence), and gives the exit code."""
    for path, line, sentence in sorted(set(findings)):
        print(f"{path}:{line}: {sentence}")
    if findings:
        print(f"{name}: {len(set(findings))} findings", file=sys.stderr)
    return 1 if findings else 0


def is_shell(root, path):
    return path.endswith(".sh") or (
        "." not in os.path.basename(path)
        and re.match(r"#!.*\b(ba)?sh\b", read(root, path)[:80]) is not None)


def main(name, check):
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    sys.exit(report(name, list(check(root))))


if __name__ == "__main__":
    if sys.argv[1:] == ["c"]:
        print("\n".join(files(".", ".c", ".h", ".cc")))
    elif sys.argv[1:] == ["shell"]:
        print("\n".join(p for p in files(".", "") if is_shell(".", p)))
    elif sys.argv[1:] == ["pure"]:
        print("\n".join(p for p in files(".", ".c") if PURE.match(p)))
    else:
        sys.exit(__doc__)
