#!/usr/bin/env python3
"""Which of the tests that failed may be run once more?

usage: again.py BUILD_FOLDER

Prints a regular expression of their names for ctest, or nothing. A deadline that passed while a real
server was slow to move says that the machine was slow; a promise that was broken says that weir is.
So only if every failure of the run is such a deadline, in a test of the folder integration, there is
something to print: whatever else failed has failed.
"""
import os
import re
import sys

FAILURE = re.compile(r"^\S+:\d+:[EF]:.*$", re.M)
DEADLINE = re.compile(r"did not come true in time: ")
SECTION = re.compile(r'^"(\S+)" start time: .*?^Output:$(.*?)^"\1" end time: ', re.M | re.S)


def read(folder, name):
    try:
        with open(os.path.join(folder, "Testing/Temporary", name), encoding="utf-8",
                  errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def only_late(output):
    failures = FAILURE.findall(output)
    return bool(failures) and all(DEADLINE.search(failure) for failure in failures)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed = re.findall(r"^\d+:(\S+)$", read(sys.argv[1], "LastTestsFailed.log"), re.M)
    outputs = dict(SECTION.findall(read(sys.argv[1], "LastTest.log")))
    if failed and all(name.startswith("integration.") and only_late(outputs.get(name, ""))
                      for name in failed):
        print("^(" + "|".join(re.escape(name) for name in failed) + ")$")


if __name__ == "__main__":
    main()
