"""Recomputes figures of `tidemark report --json` from raw dumps (TABLE_DUMP_V2), slowly and in plain sight.

usage: report.py REPORT.json BEFORE NOW    the dumps of the collector that end the year before and the year
"""
import bz2, gzip, ipaddress, json, struct, sys


def records(path):
    data = (bz2 if path.endswith("bz2") else gzip).open(path).read()
    at = 0
    while at + 12 <= len(data):
        _, kind, sub, size = struct.unpack_from(">IHHI", data, at)
        yield kind, sub, data[at + 12 : at + 12 + size]
        at += 12 + size


def read(path):
    """All routes of a dump as (family, network, peer, hops as sent)."""
    for kind, sub, body in records(path):
        if kind != 13 or sub not in (2, 4):
            continue
        bits, size = body[4], 4 if sub == 2 else 16
        octets = (bits + 7) // 8
        network = ipaddress.ip_network((body[5 : 5 + octets].ljust(size, b"\0"), bits))
        (count,) = struct.unpack_from(">H", body, 5 + octets)
        at = 7 + octets
        for _ in range(count):
            peer, _, length = struct.unpack_from(">HIH", body, at)
            yield network.version, network, peer, hops_of(body[at + 8 : at + 8 + length])
            at += 8 + length


def hops_of(attributes):
    at = 0
    while at < len(attributes):
        flags, kind = attributes[at], attributes[at + 1]
        if flags & 0x10:
            size, at = struct.unpack_from(">H", attributes, at + 2)[0], at + 4
        else:
            size, at = attributes[at + 2], at + 3
        if kind == 2:
            return segments(attributes[at : at + size])
        at += size
    return []


def segments(value):
    hops = []
    while value:
        kind, count = value[0], value[1]
        asns = struct.unpack_from(">%dI" % count, value, 2)
        value = value[2 + 4 * count :]
        hops += [tuple(sorted(set(asns)))] if kind == 1 else asns if kind == 2 else []
    return hops


def stripped(hops):
    return [h for i, h in enumerate(hops) if i == 0 or hops[i - 1] != h]


def kept(network):
    low, high = (8, 24) if network.version == 4 else (16, 48)
    return low <= network.prefixlen <= high


def measure(path, family):
    routes = [r for r in read(path) if r[0] == family and kept(r[1])]
    origins, transits, links, paths, of = {}, set(), set(), set(), {}
    for _, network, _, hops in routes:
        of.setdefault(network, set())
        way = stripped(hops)
        paths.add(tuple(way))
        if way:
            of[network].add(way[-1])
            if not isinstance(way[-1], tuple):
                origins.setdefault(way[-1], set()).add(network)
        transits.update(h for h in way[:-1] if not isinstance(h, tuple))
        links.update(frozenset(p) for p in zip(way, way[1:]) if not any(isinstance(h, tuple) for h in p))
    covered = {n for n in of if any(n.supernet(new_prefix=b) in of for b in range(n.prefixlen))}
    root = [n for n in of if n not in covered]
    unit = 32 if family == 4 else 64
    size = lambda n: 2 ** (unit - n.prefixlen)
    degree = {}
    for link in links:
        for asn in link:
            degree[asn] = degree.get(asn, 0) + 1
    span, many = sum(map(size, root)), len(of)
    return {
        "Prefixes": many, "Root prefixes": len(root), "More specific prefixes": len(covered), "Address span": span,
        "Origin ASes": len(origins), "Transit ASes": len(transits), "Stub ASes": len(set(origins) - transits),
        "Prefixes of an AS_SET": sum(any(isinstance(o, tuple) for o in s) for s in of.values()),
        "Prefixes with several origins": sum(len([o for o in s if not isinstance(o, tuple)]) > 1 for s in of.values()),
        "Distinct paths": len(paths), "Average span of a prefix": span / many, "Average prefix length": sum(n.prefixlen for n in of) / many,
        "Share of /24": 100 * sum(n.prefixlen == 24 for n in of) / many, "Share of /48": 100 * sum(n.prefixlen == 48 for n in of) / many,
        "More specifics, of all prefixes": 100 * len(covered) / many,
        "Origin ASes with a number of 32 bits": sum(a > 65535 for a in origins), "Transit ASes that originate nothing": len(transits - set(origins)),
        "Prefixes for each origin": many / len(origins), "Links between ASes": len(links), "Neighbours of an AS, mean": 2 * len(links) / len(degree),
        "ASes with one neighbour": sum(d == 1 for d in degree.values()), "ASes with 10 to 99 neighbours": sum(10 <= d < 100 for d in degree.values()),
        "ASes with one prefix": sum(len(n) == 1 for n in origins.values()),
    }, of, origins, {n for n in root}, size


report_path, before_path, now_path = sys.argv[1:]
report, compared, wrong = json.load(open(report_path)), 0, []
for family in (4, 6):
    want, of, origins, root, size = measure(now_path, family)
    if before_path != "-":
        _, of_before, origins_before, root_before, _ = measure(before_path, family)
        both = set(of) & set(of_before)
        became = {
            "unchanged": {n for n in both if of[n] == of_before[n]}, "with another origin": {n for n in both if of[n] != of_before[n]},
            "added": set(of) - set(of_before), "removed": set(of_before) - set(of),
        }
        for what, networks in became.items():
            want["Prefixes " + what] = len(networks)
            want["Space " + what] = sum(size(n) for n in networks if n in (root_before if what == "removed" else root))
        want["ASes added"], want["ASes removed"] = len(set(origins) - set(origins_before)), len(set(origins_before) - set(origins))
    for section in report["sections"]:
        for years in section.get("years") or []:
            if years["title"] != "IPv%d" % family:
                continue
            for row in years["rows"]:
                value = row["values"][2]
                if row["label"] in want and value is not None:
                    compared += 1
                    if abs(value - want[row["label"]]) > 1e-9 * abs(value):
                        wrong.append("IPv%d %s: the report has %r, the dump gives %r" % (family, row["label"], value, want[row["label"]]))
if wrong or compared < 20:
    sys.exit("\n".join(wrong + ["%d figures compared" % compared]))
print("%d figures of the report of %d are those of the raw dumps" % (compared, report["year"]))
