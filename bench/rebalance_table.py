"""What does a measurement of hand-overs come to? Percentiles, as JSON or for people."""
import statistics

NS_PER_MS = 1_000_000
KINDS = ("join", "leave", "kill")
# What is told of each partition that moved: from which time to which, in which words.
SPANS = {
    "pause_ms": ("last_ns", "first_ns"),
    "drain_ms": ("last_ns", "released_ns"),
    "claim_ms": ("released_ns", "assigned_ns"),
    "fetch_ms": ("assigned_ns", "first_ns"),
    "from_event_ms": ("event_ns", "first_ns"),
    "from_registration_ms": ("registered_ns", "first_ns"),
    "from_allotment_ms": ("divided_ns", "first_ns"),
}
TITLES = {
    "pause_ms": "last record to first",
    "drain_ms": "last record to release",
    "claim_ms": "release to assignment",
    "fetch_ms": "assignment to first",
    "from_event_ms": "event to first",
    "from_registration_ms": "registration to first",
    "from_allotment_ms": "allotment to first",
}


def percentile(ordered, share):
    """The smallest value that so many are not above."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def spread(values):
    ordered = sorted(values)
    return {"count": len(ordered), "p50": percentile(ordered, 0.5),
            "p99": percentile(ordered, 0.99), "low": ordered[0], "high": ordered[-1]}


def spans_ms(change, first, last):
    """Of each partition that moved and had both."""
    found = []
    for step in change.steps:
        times = {**step, "event_ns": change.event_ns, "registered_ns": change.registered_ns,
                 "divided_ns": change.divided_ns}
        if times[first] is not None and times[last] is not None:
            found.append((times[last] - times[first]) / NS_PER_MS)
    return found


# The requests by docs/decisions/0009, where nobody is interrupted.
FORMULAS = {
    "join": ("5n + 6m + 15", lambda n, m: 5 * n + 6 * m + 15),
    "leave": ("4n + 6m", lambda n, m: 4 * n + 6 * m),
    "kill": ("4(n-1) + 5m", lambda n, m: 4 * (n - 1) + 5 * m),
    "first": ("n² + 20n + 3m + 2n(t-1)", lambda n, m, t: n * n + 20 * n + 3 * m + 2 * n * (t - 1)),
}


def handover(coordinator, kind, changes):
    row = {"coordinator": coordinator, "change": kind, "changes": len(changes),
           "members": changes[0].members,
           "moved": statistics.median(change.moved for change in changes)}
    for name, (first, last) in SPANS.items():
        values = [ms for change in changes for ms in spans_ms(change, first, last)]
        if values:
            row[name] = spread(values)
    row["others_pause_ms"] = spread([ns / NS_PER_MS for c in changes for ns in c.pauses_ns])
    row["others_calm_ms"] = spread([ns / NS_PER_MS for c in changes for ns in c.calm_ns])
    if coordinator == "zookeeper":
        row["requests"] = spread([change.requests for change in changes])
        row["requests_formula"] = FORMULAS[kind][1](row["members"], row["moved"])
        row["divisions"] = spread([change.divisions or 0 for change in changes])
    return row


def fleet(about, coordinator, rounds):
    row = {"coordinator": coordinator, "members": about["fleet"],
           "partitions": about["fleet_partitions"],
           "first_ms": spread([one["first_ns"] / NS_PER_MS for one in rounds]),
           "leave_ms": spread([one["leave_ns"] / NS_PER_MS for one in rounds])}
    if coordinator == "zookeeper":
        row["first_requests"] = spread([one["first_requests"] for one in rounds])
        row["first_formula"] = FORMULAS["first"][1](
            about["fleet"], about["fleet_partitions"], about["fleet_topics"])
        row["first_divisions"] = spread([one["first_divisions"] for one in rounds])
        row["leave_moved"] = rounds[0]["leave_moved"]
        row["leave_requests"] = spread([one["leave_requests"] for one in rounds])
        row["leave_formula"] = FORMULAS["leave"][1](about["fleet"], rounds[0]["leave_moved"])
    return row


def figures(about, changes, fleets):
    rows = []
    for coordinator, all_changes in changes.items():
        for kind in KINDS:
            alike = [change for change in all_changes if change.kind == kind]
            if alike:
                rows.append(handover(coordinator, kind, alike))
    return {"about": about, "handover": rows,
            "fleet": [fleet(about, name, rounds) for name, rounds in fleets.items() if rounds]}


def cells(widths, words):
    return "  ".join(word.ljust(width) if i == 0 else word.rjust(width)
                     for i, (width, word) in enumerate(zip(widths, words))).rstrip()


def columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [cells(widths, row) for row in rows]


def triple(values):
    return "-" if values is None else "{p50:.0f} / {p99:.0f} / {high:.0f}".format(**values)


def range_of(values):
    return "{p50:.0f} ({low:.0f}-{high:.0f})".format(**values)


def handover_lines(rows):
    lines = []
    for row in rows:
        lines.append(f"{row['coordinator']}, {row['change']}: {row['changes']} times, "
                     f"{row['moved']:.0f} partitions moved each")
        table = [["  ms", "p50 / p99 / max"]]
        table += [["  " + title, triple(row.get(name))] for name, title in TITLES.items()]
        table.append(["  longest pause of others", triple(row["others_pause_ms"])])
        table.append(["  the same without a change", triple(row["others_calm_ms"])])
        lines += columns(table)
        if "requests" in row:
            lines.append(f"  requests: {range_of(row['requests'])}; by formula "
                         f"{FORMULAS[row['change']][0]} = {row['requests_formula']:.0f}; divided "
                         f"{range_of(row['divisions'])} times")
        lines.append("")
    return lines


def fleet_lines(rows):
    table = [["", "first assignment ms", "requests", FORMULAS["first"][0], "one leaves ms",
              "requests", FORMULAS["leave"][0]]]
    for row in rows:
        line = [row["coordinator"], range_of(row["first_ms"]), "-", "-", range_of(row["leave_ms"]),
                "-", "-"]
        if "first_requests" in row:
            divided = range_of(row["first_divisions"])
            line[2:4] = [f"{range_of(row['first_requests'])}, divided {divided} times",
                         str(row["first_formula"])]
            line[5:7] = [range_of(row["leave_requests"]), str(row["leave_formula"])]
        table.append(line)
    return columns(table)


def table(all_figures):
    about = all_figures["about"]
    lines = [f"{about['members']} members that stay, {about['partitions']} partitions, "
             f"{about['rate']} records/s each, {about['rounds']} rounds; "
             f"Kafka {about['kafka']}, ZooKeeper {about['zookeeper']}, "
             f"librdkafka {about['librdkafka']}, {about['processors']} processors", ""]
    lines += handover_lines(all_figures["handover"])
    if all_figures["fleet"]:
        lines.append(f"{about['fleet_partitions']} partitions, {about['fleet']} members, "
                     f"{about['fleet_rounds']} rounds")
        lines += fleet_lines(all_figures["fleet"])
    return "\n".join(lines).rstrip()
