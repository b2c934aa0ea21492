#!/usr/bin/env python3
"""Is every file and function small enough, and does nothing use what style.md forbids?

usage: check_shape.py [ROOT]         (style.md rules 3, 13, 15, 18, 19, 22, 26; hazards R1, X5, Z6)
"""
import re
import statistics

import tree

SOURCE_LINES_MAX = 500
PUBLIC_HEADER_LINES_MAX = 250
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 15
PARAMETERS_MAX = 5
NESTING_MAX = 3
# Branches and short-circuits plus one. A switch counts once: a table of cases is easy to read.
COMPLEXITY_MAX = 12

PRODUCT = ("framework/", "strategies/", "offsets/", "emitters/", "tools/")


def call(names):
    return re.compile(r"\b(" + names + r")\s*\(")


# Handlers for tests: being slow is what they are for, as it is for a user's.
HANDLERS = "test/plugins/"

# (what is forbidden, where: a predicate on the path, what to do instead)
FORBIDDEN_CALLS = [
    (call("sleep|usleep|nanosleep|clock_nanosleep|uv_sleep|thrd_sleep"),
     lambda path: path.startswith("test/") and not path.startswith(HANDLERS),
     "a test never sleeps: wait for the condition, with a deadline"),
    (call("rd_kafka_(?:pause|resume)_partitions"), lambda path: not path.startswith("test/"),
     "the data path never pauses: it stops taking (hazards R1, R24)"),
    (call("zoo_get_current_server|zoo_a?reconfig|zoo_a?(?:w?get|set)config|zoo_set_servers"),
     lambda path: True,
     "ZooKeeper's client shares a buffer there, or frees what it uses (hazard Z6)"),
    (call("getenv|secure_getenv"), lambda path: not path.startswith(("tools/", "test/")),
     "only the command reads the environment (hazards X5)"),
    (call("time|clock|clock_gettime|gettimeofday|weir_clock_now|rand|random|drand48|getrandom"),
     lambda path: tree.PURE.match(path) is not None,
     "the pure core is told the time and the dice (style.md rule 15)"),
    (re.compile(r"\btypedef\s+(?:struct|enum|union)\b[^;(]*[;{]"), lambda path: True,
     "structures and enumerations keep their tag (style.md rule 3)"),
]
SHELL_SLEEP = re.compile(r"(?:^|[;&|(]|\bdo\b|\bthen\b|\belse\b)\s*sleep\s+[\d$\"']", re.M)
PYTHON_SLEEP = re.compile(r"\btime\.sleep\(|\bfrom time import .*\bsleep\b")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")

DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
BODY = re.compile(r"^\{.*?^\}", re.M | re.S)
BRANCH = re.compile(r"\b(?:if|for|while|switch)\b|&&|\|\||\?")
BLOCK = re.compile(r"(\)|\belse|\bdo)\s*\{|\{|\}")


def without_directives(code):
    return DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), code)


def split_arguments(text):
    depth, count = 0, 1
    for character in text:
        depth += character in "([{"
        depth -= character in ")]}"
        count += character == "," and depth == 0
    return 0 if text.strip() in ("", "void") else count


def heading_of(code, start):
    """Name and parameter count of the function whose body starts here; None if it is no function
    (a table, a structure)."""
    before = code[:start].rstrip()
    if not before.endswith(")"):
        return None
    depth, position = 0, len(before)
    while position > 0:
        position -= 1
        depth += before[position] == ")"
        depth -= before[position] == "("
        if depth == 0:
            break
    name = re.search(r"(\w+)\s*$", before[:position])
    if name is None:
        return None
    arguments = before[position + 1:-1]
    if name.group(1) in ("START_TEST", "START_LOOP_TEST"):
        return arguments.strip(), 0
    return name.group(1), split_arguments(arguments)


def nesting_of(body):
    """The deepest control block within a control block; plain braces do not count."""
    kinds, deepest = [], 0
    for match in BLOCK.finditer(body[1:-1]):
        if match.group(0) == "}":
            if kinds:
                kinds.pop()
            continue
        kinds.append(match.group(1) is not None)
        deepest = max(deepest, sum(kinds))
    return deepest


def functions(code):
    """Each (name, line, lines, parameters, nesting, complexity)."""
    code = without_directives(code)
    for match in BODY.finditer(code):
        heading = heading_of(code, match.start())
        if heading is None:
            continue
        body = match.group(0)
        yield (heading[0], tree.line_of(code, match.start()), body.count("\n") - 1, heading[1],
               nesting_of(body), 1 + len(BRANCH.findall(body)))


def judge_function(function):
    name, _, lines, parameters, nesting, complexity = function
    if name.startswith("on_library_"):  # a callback has the signature of the library that calls it
        parameters = 0
    for value, limit, what in ((lines, FUNCTION_LINES_MAX, "lines"),
                               (parameters, PARAMETERS_MAX, "parameters"),
                               (nesting, NESTING_MAX, "levels of nesting"),
                               (complexity, COMPLEXITY_MAX, "branches")):
        if value > limit:
            yield f"{name} has {value} {what}, more than {limit}"


def judge_file(path, text):
    lines = text.count("\n")
    if path.endswith((".c", ".cc")) and lines > SOURCE_LINES_MAX:
        yield 1, f"{lines} lines, more than {SOURCE_LINES_MAX}: a noun is missing"
    if path.startswith("include/") and lines > PUBLIC_HEADER_LINES_MAX:
        yield 1, f"{lines} lines, more than {PUBLIC_HEADER_LINES_MAX} for a public header"
    code = tree.code_of(text)
    for pattern, applies, advice in FORBIDDEN_CALLS:
        if applies(path):
            for match in pattern.finditer(code):
                yield tree.line_of(code, match.start()), f"{match.group(0).split('(')[0].split('{')[0].strip()}: {advice}"


def check_sources(root):
    lengths = []
    for path in tree.files(root, ".c", ".h", ".cc"):
        text = tree.read(root, path)
        for line, sentence in judge_file(path, text):
            yield path, line, sentence
        for function in functions(tree.code_of(text)):
            if path.startswith(PRODUCT):
                lengths.append(function[2])
            for sentence in judge_function(function):
                yield path, function[1], sentence
    if lengths and statistics.median(lengths) > FUNCTION_LINES_MEDIAN_MAX:
        yield "framework", 1, (f"the median function has {statistics.median(lengths)} lines, "
                               f"more than {FUNCTION_LINES_MEDIAN_MAX}")


def check_texts(root):
    for path in tree.files(root, ".c", ".h", ".cc", ".py", ".sh", ".cmake", ".txt", ".md", "dev",
                           "run"):
        text = tree.read(root, path)
        for match in UNFINISHED.finditer(text):
            yield path, tree.line_of(text, match.start()), f"{match.group(0)}: write an issue"
        if path.startswith("test/") and path.endswith((".sh", "run")):
            for match in SHELL_SLEEP.finditer(text):
                yield path, tree.line_of(text, match.end()), FORBIDDEN_CALLS[0][2]
        if path.startswith("test/") and path.endswith(".py"):
            for match in PYTHON_SLEEP.finditer(tree.code_of(text)):
                yield path, tree.line_of(text, match.start()), FORBIDDEN_CALLS[0][2]


def check(root):
    yield from check_sources(root)
    yield from check_texts(root)


if __name__ == "__main__":
    tree.main("check_shape", check)
