#!/usr/bin/env python3
"""Does every folder include from the right only, and each third-party header from few places?

usage: check_layers.py [ROOT]        (the rules: style.md, "Folders" in architecture.md)
"""
import os
import re

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)

ENGINE = ("framework/", "strategies/", "offsets/", "emitters/")
OURS = ENGINE + ("tools/", "examples/", "bench/", "test/")

# Folder, and what of ours it may include besides <weir/...>. The longest folder that fits decides.
MAY_INCLUDE = {
    "include/weir": (),
    "framework": ENGINE,
    "framework/base": ("framework/base/",),
    "strategies": ("framework/base/", "strategies/"),
    "offsets": ("framework/base/", "offsets/"),
    "emitters": ("framework/base/", "emitters/"),
    "tools": ("tools/",),
    "examples": ("examples/",),
    "bench": ("bench/",),
    "test": OURS,
    "test/headers": (),
    "test/integration": ("test/support/",),
    "test/package": (),
    "test/plugins": (),
    "test/sanitizers": (),
}
# What else of ours these files may include: the command reads a ZooKeeper group as its members do,
# and its demonstration puts a server of its own under them.
MAY_INCLUDE_TOO = [
    (re.compile(r"^tools/zoo_[^/]*$"),
     tuple("framework/" + name for name in (
         "allotment.h", "base/limits.h", "base/memory.h", "consumer.h", "group_view.h",
         "registration.h", "roster.h", "session_clock.h", "switch.h", "switch_pair.h",
         "switch_sight.h", "switch_stops.h", "znode.h", "zoo.h", "zoo_address.h", "zoo_watches.h"))),
]
# What test/integration may reach through the headers of test/support.
REACH_SPARED = ("framework/base/", "test/support/")

# Third-party header, and the names of the files that may include it, or a header that does. Tests
# are free to.
THIRD_PARTY = [
    (re.compile(r"librdkafka/|rdkafka(_mock)?\.h"), re.compile(r"_kafka\.[ch]$"), "*_kafka.[ch]"),
    (re.compile(r"uv\.h|uv/"), re.compile(r"(^|/|_)loop\.c$|^examples/embed_uv\.c$"),
     "loop.c, *_loop.c, examples/embed_uv.c"),
    (re.compile(r"zookeeper/|zookeeper\.h"), re.compile(r"_zookeeper\.[ch]$"),
     "*_zookeeper.[ch]"),
    (re.compile(r"jansson\.h"), re.compile(r"(^|/|_)json\.c$|^tools/.*\.c$"),
     "json.c, *_json.c, tools/*.c"),
    (re.compile(r"pcre2(posix)?\.h"), re.compile(r"(^|/|_)pattern\.c$"), "pattern.c, *_pattern.c"),
    (re.compile(r"n?curses(w/.*)?\.h|ncursesw?/"), re.compile(r"^tools/.*\.c$"), "tools/*.c"),
    (re.compile(r"sqlite3\.h"), re.compile(r"^examples/sqlite[^/]*$"), "examples/sqlite*"),
]

# What the public headers may use: the C library, and only the part that C++ shares.
PUBLIC = {"limits.h", "stdbool.h", "stddef.h", "stdint.h", "inttypes.h"}


def rule_for(path):
    folder = os.path.dirname(path)
    while folder and folder not in MAY_INCLUDE:
        folder = os.path.dirname(folder)
    return MAY_INCLUDE.get(folder)


def includes_of(root, path):
    """Each (line, bracket, name)."""
    text = tree.read(root, path)
    for match in INCLUDE.finditer(text):
        yield tree.line_of(text, match.start(1)), match.group(1), match.group(2)


def reach_of(root, name, known):
    """Every header of ours and of others that including `name`, one of ours, brings along."""
    if name not in known:
        known[name] = set()
        if os.path.isfile(os.path.join(root, name)):
            for _, bracket, inner in includes_of(root, name):
                known[name].add(inner)
                if bracket == '"':
                    known[name] |= reach_of(root, inner, known)
    return known[name]


def judge_ours(root, path, name, allowed):
    if not name.startswith(OURS):
        return f'"{name}" does not begin with one of our folders; third-party headers take <>'
    if not os.path.isfile(os.path.join(root, name)):
        return f'"{name}" does not exist'
    if not name.startswith(allowed):
        return f'"{name}" is not for this folder, which may include {list(allowed) or "no folder"}'
    return None


def allowed_for(path, folder):
    return folder + tuple(name for files, names in MAY_INCLUDE_TOO if files.match(path)
                          for name in names)


def judge_reach(path, name, reached):
    if path.startswith("tools/") and not path.startswith("tools/zoo_"):
        for inner in sorted(reached):
            if inner.startswith(ENGINE):
                return f'"{name}" leads to "{inner}", which is for tools/zoo_* only'
    if path.startswith("test/integration/"):
        for inner in sorted(reached):
            if inner.startswith(OURS) and not inner.startswith(REACH_SPARED):
                return f'"{name}" leads to "{inner}", which is not for this folder'
    for inner in sorted(reached):
        if judge_third_party(path, inner):
            return f'"{name}" leads to {judge_third_party(path, inner)}'
    return None


def judge_third_party(path, name):
    if path.startswith("test/"):
        return None
    for header, files, names in THIRD_PARTY:
        if header.match(name) and not files.search(path):
            return f"<{name}>, which is for {names} only"
    return None


def judge_foreign(path, name):
    if path.startswith("include/weir/"):
        if not name.startswith("weir/") and name not in PUBLIC:
            return f"<{name}> is not for a public header"
        return None
    if name.startswith(OURS):
        return f"<{name}> is ours: use quotes"
    if name == "stdatomic.h" and not path.startswith(("framework/base/", "test/")):
        return "atomics live in framework/base only (style.md rule 13)"
    return judge_third_party(path, name)


def check(root):
    known = {}
    for path in tree.files(root, ".c", ".h", ".cc"):
        allowed = rule_for(path)
        if allowed is None:
            yield path, 1, "no rule says what this folder may include"
            continue
        for line, bracket, name in includes_of(root, path):
            if bracket == "<":
                sentence = judge_foreign(path, name)
            else:
                sentence = (judge_ours(root, path, name, allowed_for(path, allowed))
                            or judge_reach(path, name, reach_of(root, name, known)))
            if sentence:
                yield path, line, sentence


if __name__ == "__main__":
    tree.main("check_layers", check)
