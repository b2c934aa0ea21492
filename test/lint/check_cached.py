#!/usr/bin/env python3
"""Do the slow checkers like every source? A file they liked is not asked about again until it, a
header it includes, its flags or the checker's settings change.

usage: check_cached.py tidy|analyzer BUILD [PREFIX]...
       BUILD holds compile_commands.json; PREFIX selects files, relative to the root (default: all).
       What passed is remembered in BUILD/../lint-cache. JOBS: how many at once.
"""
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
import time

import tree

KEPT_SECONDS = 30 * 24 * 3600
WITH_VALUE = {"-o", "-MF", "-MT", "-MQ"}
DROPPED = {"-c", "-MD", "-MMD"}

# gcc's analyzer follows paths best where little was inlined; -g gives it the names.
ANALYZER = ["-fanalyzer", "-Werror", "-O1", "-g", "-c", "-o", os.devnull]


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace",
                          check=False)


def flags_of(entry):
    """The compiler and its flags, without the source and without what is written where."""
    words, kept, skip = shlex.split(entry["command"]), [], False
    for word in words:
        if skip or word in WITH_VALUE:
            skip = not skip
        elif word not in DROPPED and word != entry["file"]:
            kept.append(word)
    return kept


class Tidy:
    name = "tidy"

    def __init__(self, root, build):
        self.build = build
        version = run(["clang-tidy-14", "--version"], root).stdout
        settings = [tree.read(root, path) for path in tree.files(root, ".clang-tidy")]
        self.settings = "\0".join([version] + settings)

    def command(self, entry):
        return ["clang-tidy-14", "--quiet", "-p", self.build, entry["file"]]


class Analyzer:
    name = "analyzer"

    def __init__(self, root, _):
        self.settings = run(["gcc", "--version"], root).stdout + " ".join(ANALYZER)

    def command(self, entry):
        return flags_of(entry) + ANALYZER + [entry["file"]]


CHECKERS = {"tidy": Tidy, "analyzer": Analyzer}


def fingerprint(checker, entry, root):
    """Of everything the verdict depends on. Comments stay in: they may silence a checker."""
    flags = flags_of(entry)
    text = run(flags + ["-E", "-C", "-dD", entry["file"]], entry["directory"])
    if text.returncode != 0:
        return None
    whole = "\0".join([checker.settings, " ".join(flags), text.stdout]).replace(root, ".")
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()


def judge(checker, entry, root, cache):
    """None when the file was known to be fine, else (exit code, text)."""
    key = fingerprint(checker, entry, root)
    mark = os.path.join(cache, key) if key else None
    if mark and os.path.exists(mark):
        os.utime(mark)
        return None
    answer = run(checker.command(entry), entry["directory"])
    if answer.returncode == 0 and mark:
        with open(mark, "w", encoding="utf-8"):
            pass
    # clang-tidy counts warnings it was told to hide on standard error.
    hide = checker.name == "tidy" and answer.stdout.strip()
    return answer.returncode, answer.stdout + ("" if hide else answer.stderr)


def forget_old(cache):
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if time.time() - os.path.getmtime(path) > KEPT_SECONDS:
            os.remove(path)


def entries_of(build, root, prefixes):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = {os.path.relpath(e["file"], root): e for e in json.load(file)}
    return {path: e for path, e in sorted(entries.items())
            if not path.startswith("..") and os.path.exists(e["file"])
            and path.startswith(tuple(prefixes) or "")}


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in CHECKERS:
        print(__doc__, file=sys.stderr)
        return 64
    build = os.path.abspath(arguments[1])
    root = os.path.dirname(os.path.dirname(build))
    cache = os.path.join(os.path.dirname(build), "lint-cache", arguments[0])
    os.makedirs(cache, exist_ok=True)
    forget_old(cache)
    checker = CHECKERS[arguments[0]](root, build)
    entries = entries_of(build, root, arguments[2:])
    asked = failed = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or 0)
                                               or os.cpu_count()) as pool:
        verdicts = pool.map(lambda e: judge(checker, e, root, cache), entries.values())
        for path, verdict in zip(entries, verdicts):
            if verdict is None:
                continue
            asked += 1
            if verdict[0] != 0:
                failed += 1
                print(verdict[1].strip().replace(root + os.sep, ""), flush=True)
                print(f"{path}: {checker.name} complains", flush=True)
            elif sys.stderr.isatty():
                print(f"    {path}", file=sys.stderr)
    print(f"{checker.name}: {len(entries)} files, {asked} looked at, {len(entries) - asked} "
          f"unchanged since they passed, {failed} with findings", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
