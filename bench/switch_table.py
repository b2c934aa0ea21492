"""What does a measurement of switches come to? Percentiles and rates, as JSON or for people."""
import statistics

from rebalance_table import NS_PER_MS, columns, range_of, spread, triple

NS_PER_S = 1000 * NS_PER_MS
WINDOW_NS = 100 * NS_PER_MS
WINDOWS_OF_A_SECOND = 10
MODES = ("each", "together")
# What is told of each partition: from which time to which, in which words.
SPANS = {
    "gap_ms": ("last_ns", "first_ns"),
    "wait_ms": ("ready_ns", "first_ns"),
    "drain_ms": ("last_ns", "released_ns"),
    "claim_ms": ("released_ns", "assigned_ns"),
    "fetch_ms": ("assigned_ns", "first_ns"),
    "last_ms": ("asked_ns", "last_ns"),
    "from_asked_ms": ("asked_ns", "first_ns"),
}
TITLES = {
    "gap_ms": "gap: last handler's end to first's start",
    "wait_ms": "of it with a record there",
    "drain_ms": "last handler's end to release",
    "claim_ms": "release to assignment",
    "fetch_ms": "assignment to first handler",
    "last_ms": "asked for to last handler's end",
    "from_asked_ms": "asked for to first handler",
}


def spans_ms(switch, first, last):
    """Of each partition that had both."""
    found = []
    for step in switch.steps:
        times = {**step, "asked_ns": switch.asked_ns}
        if times[first] is not None and times[last] is not None:
            found.append((times[last] - times[first]) / NS_PER_MS)
    return found


def windows(handled, from_ns, to_ns):
    """Records in each whole window between."""
    counts = [0] * max(0, (to_ns - from_ns) // WINDOW_NS)
    for ns, count in handled:
        if 0 <= ns - from_ns < len(counts) * WINDOW_NS:
            counts[(ns - from_ns) // WINDOW_NS] += count
    return counts


def rates(switch, before_ns, after_ns):
    """Records a second before and during it, and what the worst second around it had of before."""
    asked_ns = switch.asked_ns
    end_ns = max(step["first_ns"] for step in switch.steps)
    before = statistics.median(windows(switch.handled, asked_ns - before_ns, asked_ns))
    during = windows(switch.handled, asked_ns, max(end_ns, asked_ns + WINDOW_NS))
    around = windows(switch.handled, asked_ns, end_ns + after_ns)
    seconds = [sum(around[i:i + WINDOWS_OF_A_SECOND])
               for i in range(len(around) - WINDOWS_OF_A_SECOND + 1)]
    return {"before": before * WINDOWS_OF_A_SECOND,
            "during": statistics.median(during) * WINDOWS_OF_A_SECOND,
            "worst_second": min(seconds) / max(1, before * WINDOWS_OF_A_SECOND)}


def row(mode, back, switches, before_ns, after_ns):
    told = {"mode": mode, "to": "blue" if back else "green", "switches": len(switches),
            "partitions": len(switches[0].steps)}
    for name, (first, last) in SPANS.items():
        told[name] = spread([ms for one in switches for ms in spans_ms(one, first, last)])
    told["calm_ms"] = spread([ns / NS_PER_MS for one in switches for ns in one.calm_ns])
    told["slowest_ms"] = spread([max(spans_ms(one, "last_ns", "first_ns")) for one in switches])
    rated = [rates(one, before_ns, after_ns) for one in switches]
    told["rate_before"] = spread([one["before"] for one in rated])
    told["rate_during"] = spread([one["during"] for one in rated])
    told["worst_second"] = spread([one["worst_second"] for one in rated])
    return told


def figures(about, switches, before_seconds, after_seconds):
    rows = []
    for mode in MODES:
        for back in (False, True):
            alike = [one for one in switches if one.mode == mode and one.back == back]
            if alike:
                rows.append(row(mode, back, alike, int(before_seconds * NS_PER_S),
                                int(after_seconds * NS_PER_S)))
    return {"about": about, "switches": rows}


def lines_of(one):
    lines = [f"{one['mode']}, to {one['to']}: {one['switches']} switches, {one['partitions']} "
             "partitions each"]
    table = [["  ms", "p50 / p99 / max"]]
    table += [["  " + title, triple(one[name])] for name, title in TITLES.items()]
    table.append(["  slowest partition of each switch", triple(one["slowest_ms"])])
    table.append(["  longest pause of each before", triple(one["calm_ms"])])
    lines += columns(table)
    lines.append(f"  records/s: {range_of(one['rate_before'])} before, "
                 f"{range_of(one['rate_during'])} during; the worst second has "
                 f"{one['worst_second']['p50']:.0%} of before (median; the lowest "
                 f"{one['worst_second']['low']:.0%})")
    return lines + [""]


def table(all_figures):
    about = all_figures["about"]
    lines = [f"2 x {about['members']} members, {about['partitions']} partitions, "
             f"{about['rate']} records/s each, handlers of {about['handler_ms']} ms; "
             f"Kafka {about['kafka']}, ZooKeeper {about['zookeeper']}, "
             f"librdkafka {about['librdkafka']}, {about['processors']} processors",
             f"a partition has a record every {about['resolution_ms']:.0f} ms, which gaps are in "
             "part", ""]
    for one in all_figures["switches"]:
        lines += lines_of(one)
    return "\n".join(lines).rstrip()
