"""A second accountant: recomputes every figure of a finished site from the site's own published data files, and compares.

Usage: accountant.py SITE

It reads SITE/data/datasets/** and knows neither the program's answers nor its queries. The list of figures comes from the pages:
a number that no function here expects fails, as does an expected number that is not printed, or another value.
"""

import bisect
import collections
import csv
import datetime
import decimal
import html
import ipaddress
import json
import math
import pathlib
import re
import socket
import statistics
import sys

import duckdb
import numpy

# ---------------------------------------------------------------------------------------------------------------- pages

NUMBER = re.compile(r"\bAS\d+|(?<![\w.,:/-])[−+]?/?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:s| %)?(?!\w)")
CONSTANT = re.compile(
    r"\bRFC \d+|\bIPv[46]\b|(?<=\d) /(?:8|32)s\b"  # names and units
    r"|\b(?:2002::/16|64:ff9b::/96|64:ff9b:1::/48|100\.64\.0\.0/10)(?!\d)"  # blocks that a document defines
)


def text_of(markup):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", markup))).strip()


def numbers(text, names, as_of):
    """The numbers of a text, in order, after the names in it and the day of which it speaks are removed; and what is missing."""
    missing = []
    for name in sorted(map(str, names), key=len, reverse=True):
        if name in text:
            text = text.replace(name, " ")
        else:
            missing.append(f"the page does not say {name!r}")
    text = text.replace(as_of or "\n", " ")
    return [n.strip() for n in NUMBER.findall(CONSTANT.sub(" ", text))], missing


def rounded(value, digits):
    """A number with its thousands separated. One that would be zero without being it has two significant digits."""
    text = f"{value:,.{digits}f}"
    if value and not text.strip("-0."):
        return f"{value:.{1 - math.floor(math.log10(abs(value)))}f}"
    return text


def num(value):
    return rounded(math.floor(value + 0.5) or value, 0)


def dec(value):
    return rounded(value, 1)


def pct(part, whole=1):
    """Only nothing is 0 %, and only all is 100 %."""
    percent = 100 * part / whole
    if percent == 0 or abs(percent - 100) < 1e-9:
        return f"{percent:.0f} %"
    if dec(percent) == "100.0":
        return rounded(percent, -math.floor(math.log10(abs(percent - 100)))) + " %"
    return dec(percent) + " %"


def known_percent(known, of):
    """A share of things that are known is rounded down: 100 % means all."""
    return pct(known * 1000 // of or 1000 * known / of, 1000)


def day(when):
    return f"{when.day} {when:%B} {when.year}"


def month(when):
    return f"{when:%B} {when.year}"


class Answer:
    """What a page must say: its numbers in order, and the names, days and hours among them."""

    def __init__(self, as_of, figures, names=(), feeds=None, coverage=()):
        self.as_of = as_of  # a date, or a year as an int
        self.figures = figures
        self.names = list(names)
        self.feeds = feeds  # (ASes with full feeds behind it, ASes with full feeds of that hour), or several that would be right
        self.coverage = list(coverage)  # (known, of) of each group of rows; the page must give the worst


# ---------------------------------------------------------------------------------------------------------------- files


class Files:
    """The published partitions of a site, as views of one DuckDB."""

    def __init__(self, site):
        self.site = site
        self.db = duckdb.connect(config={"threads": 2})
        self.packages = {}
        for path in sorted((site / "data/datasets").glob("*/datapackage.json")):
            package = json.loads(path.read_text())
            name = package["name"]
            self.packages[name] = package
            files = [str(path.parent / p["path"]) for p in package.get("partitions", [])]
            if files:
                self.db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({files!r}, hive_partitioning = false, union_by_name = true)")
        self.kept = {}

    def rows(self, query, *values):
        """The rows of a query as tuples."""
        return self.db.execute(query, list(values)).fetchall()

    def one(self, query, *values):
        return self.rows(query, *values)[0][0]

    def has(self, dataset):
        return any(p["rowCount"] for p in self.packages[dataset].get("partitions", []))

    def days(self, dataset):
        """The days of the dataset's partitions."""
        found = []
        for partition in self.packages[dataset].get("partitions", []):
            y, m, d = re.search(r"year=(\d+)/month=(\d+)/day=(\d+)/", partition["path"]).groups()
            found.append(datetime.date(int(y), int(m), int(d)))
        return sorted(found)

    def partitions(self, dataset):
        """All partitions of the dataset, those that are not published too, with what each was made from."""
        def read():
            with open(self.site / "datasets" / f"{dataset}.partitions.csv", newline="") as file:
                return list(csv.DictReader(file))
        return self.once(("partitions", dataset), read)

    def once(self, key, make):
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    # Tables: a dump of a collector, or a table that others made.

    def tables(self, family):
        """(dump_time, collector, source) of every table of a family, oldest first."""
        return self.once(("tables", family), lambda: self.rows(
            "SELECT DISTINCT dump_time, collector, source FROM table_stats WHERE family = ? AND vantage_address = '' ORDER BY ALL", family))

    def feed_ases(self, table, family):
        """The ASes that send a full table; None if the table does not name its peers."""
        time, collector, _ = table
        if not self.has("peers"):
            return None
        rows = self.once(("peers", time, collector, family), lambda: self.rows(
            f"SELECT peer_asn, ipv{family}_full_feed FROM peers WHERE dump_time = ? AND collector = ?", time, collector))
        return {asn for asn, full in rows if full} if rows else None

    def newest_table(self, family):
        """The newest table; of several at one time, the one with the most full feeds."""
        tables = self.tables(family)
        if not tables:
            return None
        newest = [t for t in tables if t[0] == tables[-1][0]]
        return max(newest, key=lambda t: len(self.feed_ases(t, family) or ()))

    def routes(self, table, family):
        """(prefix, origin, AS_SET) of the routes that the table filter keeps."""
        time, collector, _ = table
        return self.once((table, family), lambda: self.rows(
            "SELECT prefix, origin_asn, origin_set FROM routes WHERE dump_time = ? AND collector = ? AND family = ? AND left_out = ''", time, collector, family))

    def prefixes(self, table, family):
        return {prefix for prefix, _, _ in self.routes(table, family)}

    def blocks(self, table, family):
        """(first address, last address, length) of each prefix, the less specific before the more specific ones."""
        return self.once(("blocks", table, family), lambda: sorted((block(p) for p in self.prefixes(table, family)), key=lambda b: (b[0], b[2])))

    def before(self, table, family):
        """The table of the same collector and source with which this one is compared."""
        earlier = [t for t in self.tables(family) if t[1:] == table[1:] and t[0] < table[0]]
        return compared(table, earlier, lambda old, new: alike(self.feed_ases(old, family), self.feed_ases(new, family)), lambda t: t[0])

    def stat(self, table, family, metric, key=""):
        """A metric that needs the paths of a dump, which are not published."""
        rows = self.rows("SELECT value FROM table_stats WHERE dump_time = ? AND collector = ? AND source = ? AND family = ? AND vantage_address = '' AND metric = ? AND key = ?", *table, family, metric, key)
        return rows[0][0] if rows else None

    def feeds_behind(self, tables):
        """Of the tables of an answer by family, those of the newest instant: the fewest full feeds, and of how many of that hour."""
        newest = max(t[0] for t in tables.values())
        counts = []
        for family, table in sorted(tables.items()):
            if table[0] == newest and self.feed_ases(table, family) is not None:
                counts.append((len(self.feed_ases(table, family)), len(self.hour_feeds(newest.replace(minute=0, second=0), family))))
        return min(counts, key=lambda c: c[0], default=None)

    def newest_feeds(self):
        """The same of the newest table of each family."""
        return self.feeds_behind({family: self.newest_table(family) for family in FAMILIES if self.newest_table(family)})

    # Hours: the tables of an hour are judged together.

    def hours(self):
        return self.once("hours", lambda: [t for t, in self.rows("SELECT DISTINCT time FROM route_states ORDER BY 1")])

    def hour_tables(self, hour, family):
        return [t for t in self.tables(family) if t[0].replace(minute=0, second=0) == hour]

    def measured(self, hour, families=(4, 6)):
        """The collectors of the hour with their sources, by family."""
        def of(family):
            return ", ".join(sorted({f"{c} ({s})" for _, c, s in self.hour_tables(hour, family)}))
        return {family: of(family) for family in families if of(family)}

    def hour_feeds(self, hour, family):
        ases = [self.feed_ases(t, family) for t in self.hour_tables(hour, family)]
        ases = [a for a in ases if a is not None]
        return set().union(*ases) if ases else None

    def fewest_feeds(self, hour):
        counts = [len(f) for f in (self.hour_feeds(hour, 4), self.hour_feeds(hour, 6)) if f]
        return (min(counts), min(counts)) if counts else None

    def comparable_hour(self, hour):
        """The hour of the same collectors with which this one is compared."""
        earlier = [h for h in self.hours() if h < hour and self.measured(h) == self.measured(hour)]
        return compared(hour, earlier, lambda old, new: all(alike(self.hour_feeds(old, family), self.hour_feeds(new, family)) for family in (4, 6)))


def alike(old, new):
    """Whether at most a tenth of the ASes with full feeds came or went."""
    return not (old and new and 10 * len(old ^ new) > len(old))


def compared(now, earlier, comparable, at=lambda t: t):
    """What is of a year before, if all between is comparable; else what came before, if that is."""
    found, later = None, now
    for then in reversed(earlier):
        if not comparable(then, later):
            break
        found, age, later = found or then, at(now) - at(then), then
        if age >= datetime.timedelta(350):
            return then if age <= datetime.timedelta(400) else found
    return found


def a_year(now, then):
    """Whether the key figures compare the two."""
    return now - then >= datetime.timedelta(350)


def block(prefix):
    """The first and the last address of a prefix, and its length."""
    address, length = prefix.split("/")
    family, bits = (socket.AF_INET6, 128) if ":" in address else (socket.AF_INET, 32)
    first = int.from_bytes(socket.inet_pton(family, address))
    return first, first + (1 << (bits - int(length))) - 1, int(length)


def around(prefix, length):
    """The block of that length which has the prefix: family, length, and the bits that its addresses share."""
    bits = 128 if ":" in prefix else 32
    return bits, length, block(prefix)[0] >> (bits - length)


def union(blocks):
    """Merges blocks of addresses into ranges that do not touch."""
    merged = []
    for first, last, *_ in sorted(blocks):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return merged


def size(ranges):
    return sum(last - first + 1 for first, last in ranges)


def overlap(a, b):
    """How many addresses lie in both of two lists of ranges."""
    starts = [first for first, _ in b]
    total = 0
    for first, last in a:
        for i in range(max(0, bisect.bisect_right(starts, first) - 1), len(b)):
            if b[i][0] > last:
                break
            total += max(0, min(last, b[i][1]) - max(first, b[i][0]) + 1)
    return total


def changed(now, then):
    """The number of a comparison, if it has one: 'about as many' has none."""
    by = dec(100 * abs(now / then - 1))
    return [] if now == then or by == "0.0" else [by + " %"]


def wilson(part, whole):
    z = statistics.NormalDist().inv_cdf(0.975)
    share = part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return max(0, middle - half), min(1, middle + half)


def plus_years(when, years):
    try:
        return when.replace(year=when.year + years)
    except ValueError:
        return when.replace(year=when.year + years, day=28)


FAMILIES = (4, 6)

# -------------------------------------------------------------------------------------------------------------- routing


def address_span(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        if not table:
            continue
        blocks = f.blocks(table, family)
        span, bits = size(union(blocks)), 32
        if family == 4:
            figures += [pct(span, 2**32), dec(span / 2**24)]
        else:
            span, bits = span / 2**64, 64
            six_to_four = f.prefixes(table, 6) & {"2002::/16"}
            figures += [num(span / 2**32 - (65536 if six_to_four else 0))] + (["65,536"] if six_to_four else [])
        figures.append("/" + dec(bits - math.log2(span / len(blocks))))
        names.append(table[1])
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def table_growth(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        if not table:
            continue
        names.append(table[1])
        figures.append(num(len(f.prefixes(table, family))))
        before = f.before(table, family)
        if before:
            figures += changed(len(f.prefixes(table, family)), len(f.prefixes(before, family)))
            names.append(day(before[0]))
        else:
            names.append(f"comparable with the IPv{family} table")
        if f.feed_ases(table, family):
            figures.append(num(len(f.feed_ases(table, family))))
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def table_history(f):
    figures, names, newest = [], [], []
    for family in FAMILIES:
        days = collections.defaultdict(list)
        for table in f.tables(family):
            days[table[0].date()].append(table)
        history, largest = [], 0
        for _, tables in sorted(days.items()):
            best = max(tables, key=lambda t: (t[2] == "rib", len(f.feed_ases(t, family) or ()), t[0]))
            count = len(f.prefixes(best, family))
            if 2 * count >= largest:
                history.append((best, count))
                largest = max(largest, count)
        (old, was), (new, now) = history[0], history[-1]
        figures += [num(now), num(was)]
        names += [day(old[0]), day(new[0])]
        if old[1] != new[1]:
            names += [old[1], new[1]]
        newest.append((new, family))
    instant = max(t[0] for t, _ in newest)
    return Answer(instant.date(), figures, names, f.feeds_behind({family: t for t, family in newest}))


def prefix_lengths(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        if not table:
            continue
        lengths = collections.Counter(b[2] for b in f.blocks(table, family))
        length, count = lengths.most_common(1)[0]
        share = pct(count, lengths.total())
        figures += [share, f"/{length}s"] if family == 4 else [f"/{length}", share]
        names.append(table[1])
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def origins(f, table, family):
    return {origin for _, origin, as_set in f.routes(table, family) if not as_set and origin}


def origin_ases(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        if not table:
            continue
        now = len(origins(f, table, family))
        figures.append(num(now))
        names.append(table[1])
        before = f.before(table, family)
        if before:
            figures += changed(now, len(origins(f, before, family)))
            names.append(day(before[0]))
        stubs = f.stat(table, family, "stub_ases")
        if stubs is not None:
            figures.append(pct(stubs, now))
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def ipv6_against_ipv4(f):
    table = f.newest_table(4)
    figures = ["100", dec(100 * len(origins(f, table, 6)) / len(origins(f, table, 4)))]
    figures += ["100", dec(100 * len(f.prefixes(table, 6)) / len(f.prefixes(table, 4)))]
    return Answer(table[0].date(), figures, [table[1]], f.newest_feeds())


def left_out(f):
    figures, names = [], []
    reasons = {"default-route": "a default route", "too-long": "longer than /24", "too-short": "shorter than /8"}
    for family in FAMILIES:
        table = f.newest_table(family)
        rows = f.rows("SELECT left_out, count(DISTINCT prefix) FROM routes WHERE dump_time = ? AND collector = ? AND family = ? AND left_out <> '' GROUP BY 1", *table[:2], family)
        figures.append(num(sum(n for _, n in rows)))
        names.append(table[1])
        if family == 4 and rows:
            most = max(n for _, n in rows)
            names.append(("any", [reasons[r] for r, n in rows if n == most]))
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def several_origins(f, table, family):
    """The prefixes with several origins, with their number."""
    by_prefix = collections.defaultdict(set)
    for prefix, origin, as_set in f.routes(table, family):
        if not as_set:
            by_prefix[prefix].add(origin)
    return {p: len(o) for p, o in by_prefix.items() if len(o) > 1}


def moas_prefixes(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        now = len(several_origins(f, table, family))
        figures.append(num(now))
        names.append(table[1])
        before = f.before(table, family)
        if before and several_origins(f, before, family):
            figures += changed(now, len(several_origins(f, before, family)))
            names.append(day(before[0]))
        figures.append(pct(now, len(f.prefixes(table, family))))
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def moas(f):
    hour = f.hours()[-1]
    by_prefix = collections.defaultdict(set)
    for family in FAMILIES:
        for table in f.hour_tables(hour, family):
            for prefix, origin, as_set in f.routes(table, family):
                if not as_set:
                    by_prefix[prefix].add(origin)
    several = {p: len(o) for p, o in by_prefix.items() if len(o) > 1}
    most = max(several.values())
    payloads = payload_day(f, hour)
    names = [("any", [p for p, n in several.items() if n == most])] + list(f.measured(hour).values())
    return Answer(hour.date(), [num(len(several)), num(most)], names + ([day(payloads)] if payloads else []), f.fewest_feeds(hour))


def more_specifics(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        blocks = f.blocks(table, family)
        inside, last = 0, -1
        for _, end, _ in blocks:
            if end <= last:
                inside += 1
            last = max(last, end)
        figures.append(pct(inside, len(blocks)))
        names.append(table[1])
        same = f.rows(
            "SELECT 100 * a.value / b.value FROM table_stats a JOIN table_stats b USING (dump_time, collector, source, family, vantage_address, vantage_asn)"
            " WHERE dump_time = ? AND collector = ? AND source = ? AND family = ? AND vantage_address <> '' AND a.metric = 'more_specific_same_path' AND b.metric = 'more_specific_prefixes'",
            *table, family)
        if same:
            figures.append(dec(statistics.median(share for share, in same)) + " %")
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def path_lengths(f):
    figures, names, chosen = [], [], {}

    def with_paths(family):
        return [t for t in f.tables(family) if f.feed_ases(t, family)]

    for family in FAMILIES:
        tables = with_paths(family)
        table = max(tables, key=lambda t: (t[0], len(f.feed_ases(t, family))))
        figures += [dec(f.stat(table, family, "path_length_mean")), dec(f.stat(table, family, "path_length_sent_mean")), num(len(f.feed_ases(table, family)))]
        names.append(table[1])
        chosen[family] = table
    return Answer(table[0].date(), figures, names, f.feeds_behind(chosen))


def aggregated(blocks, bits):
    """How many of an AS's prefixes remain after those inside others are removed and halves are merged until nothing changes."""
    stack = []
    for first, _, length in sorted(blocks, key=lambda b: (b[0], b[2])):
        if stack and length >= stack[-1][1] and first >> (bits - stack[-1][1]) == stack[-1][0] >> (bits - stack[-1][1]):
            continue
        stack.append((first, length))
        while len(stack) > 1 and stack[-1][1] == stack[-2][1] and stack[-1][0] ^ stack[-2][0] == 1 << (bits - stack[-1][1]):
            _, length = stack.pop()
            stack[-1] = (stack[-1][0], length - 1)
    return len(stack)


def aggregation(f, table, family):
    """Of each origin AS, how many prefixes it announces and how many would do."""

    def make():
        by_origin = collections.defaultdict(set)
        for prefix, origin, as_set in f.routes(table, family):
            if not as_set:
                by_origin[origin].add(block(prefix))
        return {origin: (len(b), aggregated(b, 32 if family == 4 else 128)) for origin, b in by_origin.items()}

    return f.once(("aggregation", table, family), make)


def deaggregation(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        announced = sum(a for a, _ in aggregation(f, table, family).values())
        enough = sum(n for _, n in aggregation(f, table, family).values())
        if family == 4:
            figures.append(pct(announced - enough, announced))
        figures += [num(enough), num(announced)]
        names.append(table[1])
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def network(f, asn):
    """An AS with the newest name that is known, of at most 40 characters."""
    names = f.rows("SELECT name FROM as_names WHERE asn = ? ORDER BY file_date DESC LIMIT 1", asn) if f.has("as_names") else []
    if not names or not names[0][0]:
        return f"AS{asn}"
    name = names[0][0]
    return f"AS{asn} ({name if len(name) <= 40 else name[:39] + '…'})"


def deaggregators(f):
    figures, names = [], []
    for family in FAMILIES:
        table = f.newest_table(family)
        all_of = aggregation(f, table, family)
        most = max(a - n for a, n in all_of.values())
        first = [(asn, a, n) for asn, (a, n) in all_of.items() if a - n == most]
        asn, announced, enough = next((x for x in first if f"{network(f, x[0])} announced {num(x[1])} IPv{family}" in f.page), first[0])
        figures += ([num(most)] if family == 4 else []) + [num(announced), num(enough)]
        names += [network(f, asn), table[1]]
        if family == 4:
            names.append(f"no network could have saved more IPv4 prefixes by merging them than {network(f, asn)}")
    return Answer(table[0].date(), figures, names, f.newest_feeds())


def projections(f):
    series = collections.defaultdict(list)
    for table in f.tables(4):
        series[table[1:]].append(table)
    series = {s: t for s, t in series.items() if len(t) >= 5}
    if not series:
        return None
    newest = max(t[-1][0] for t in series.values())
    _, tables = max(((s, t) for s, t in series.items() if t[-1][0] == newest), key=lambda x: len(f.feed_ases(x[1][-1], 4) or ()))
    start, year = tables[0][0], 365.25 * 86400
    at = numpy.array([(t[0] - start).total_seconds() / year for t in tables])
    have = numpy.array([float(len(f.prefixes(t, 4))) for t in tables])
    later = plus_years(newest, 1)
    then = (later - start).total_seconds() / year
    line, parabola, log = numpy.polyfit(at, have, 1), numpy.polyfit(at, have, 2), numpy.polyfit(at, numpy.log(have), 1)
    models = {
        "linear": lambda x: numpy.polyval(line, x),
        "quadratic": lambda x: numpy.polyval(parabola, x),
        "exponential": lambda x: numpy.exp(numpy.polyval(log, x)),
    }
    error, name = min((math.sqrt(numpy.mean((model(at) - have) ** 2)) / have.mean(), name) for name, model in models.items())
    figures = [num(models[name](then)), num(len(tables)), pct(error)]
    return Answer(newest.date(), figures, [tables[0][1], day(later), f" {name} model"], f.feeds_behind({4: tables[-1]}))


def series_jumps(f):
    for family in FAMILIES:
        by_series = collections.defaultdict(list)
        for table in f.tables(family):
            by_series[table[1:]].append(table)
        for tables in by_series.values():
            for measure in (lambda t: len(f.prefixes(t, family)), lambda t: len(origins(f, t, family)), lambda t: len(several_origins(f, t, family))):
                values = [measure(t) for t in tables] if len(tables) > 8 else []
                for i in range(8, len(values)):
                    before = values[max(0, i - 30):i]
                    middle = statistics.median(before)
                    deviation = max(1.4826 * statistics.median(abs(v - middle) for v in before), middle / 100, 1)
                    if abs(values[i] - middle) > 5 * deviation:
                        raise NotImplementedError("a jump: write down what the page must say of it")
    return None


# ------------------------------------------------------------------------------------------------------- states of routes


def bogons_of(f, hour):
    """(routes, judged routes, verdicts of the bogons) of an hour."""
    rows = f.rows("SELECT bogon_class, verdict, count(*) FROM route_states WHERE time = ? GROUP BY ALL", hour)
    verdicts = collections.Counter()
    for cls, verdict, n in rows:
        if cls not in ("none", "unknown"):
            verdicts[verdict] += n
    return sum(n for *_, n in rows), sum(n for c, _, n in rows if c != "unknown"), verdicts


def measured_names(f, hour):
    return list(f.measured(hour).values())


def bogon_count(f):
    hour = f.hours()[-1]
    routes, judged, verdicts = bogons_of(f, hour)
    names = measured_names(f, hour)
    if 100 * judged >= 95 * routes:
        figures = [num(verdicts.total())]
        before = f.comparable_hour(hour)
        if before:
            were, were_judged, had = bogons_of(f, before)
            if 100 * were_judged >= 95 * were and had:
                figures += changed(verdicts.total(), had.total())
                names.append(day(before))
    else:
        figures = [num(judged), num(routes), num(verdicts.total())]
    return Answer(hour.date(), figures, names, f.fewest_feeds(hour), [(judged, routes)])


def bogons(f):
    hour = f.hours()[-1]
    routes, judged, verdicts = bogons_of(f, hour)
    figures, names = [num(verdicts.total())], measured_names(f, hour)
    if 100 * judged < 95 * routes:
        names.append("at least")
    if verdicts["unknown"]:
        names.append("reach is unknown")
    else:
        figures += [num(verdicts["global"]), num(verdicts["self-feed-only"])]
    if judged < routes:
        figures += [num(routes - judged), num(routes)]
    return Answer(hour.date(), figures, names, f.fewest_feeds(hour), [(judged, routes)])


def bogon_witnesses(f):
    rows = f.rows("SELECT time, peer_asn, family, prefix FROM witnesses WHERE list_contains(string_split(why, ','), 'bogon')")
    hour = max(t for t, *_ in rows)
    by_peer = collections.defaultdict(set)
    for time, asn, family, prefix in rows:
        if time == hour:
            by_peer[asn].add(prefix)
    most = max(len(p) for p in by_peer.values())
    asn = ("any", [f"AS{a}" for a, p in by_peer.items() if len(p) == most])
    return Answer(hour.date(), [num(len(by_peer)), num(len(set().union(*by_peer.values()))), num(most)], [asn], f.fewest_feeds(hour))


def payload_day(f, hour):
    """The day of the payloads that may judge an hour: its own or one of the three before."""
    if not f.has("roas"):
        return None
    return f.one("SELECT max(file_date) FROM roas WHERE file_date <= ? AND file_date >= ?", hour.date(), hour.date() - datetime.timedelta(days=3))


def validated(f, hour):
    """The state by RFC 6811 of every route of the filtered table, by family, prefix, origin and AS_SET."""

    def make():
        routes = f.rows("SELECT family, prefix, origin_asn, origin_set FROM route_states WHERE time = ? AND left_out = ''", hour)
        file_date = payload_day(f, hour)
        if not file_date:
            return dict.fromkeys(routes, "unknown")
        payloads = collections.defaultdict(list)
        for prefix, longest, asn in f.rows("SELECT prefix, max_length, asn FROM roas WHERE file_date = ?", file_date):
            payloads[around(prefix, block(prefix)[2])].append((longest, asn))
        if f.has("local_exceptions") and f.one("SELECT count(*) FROM local_exceptions WHERE object = 'roa'"):
            raise NotImplementedError("local exceptions change the payloads: apply them here")
        anchors = {a for a, in f.rows("SELECT DISTINCT trust_anchor FROM roas WHERE file_date = ?", file_date)}
        if len(anchors) < 5:
            raise NotImplementedError(f"the payloads are of {sorted(anchors)} only: leave the prefixes of other registries unknown")
        states = {}
        for route in routes:
            _, prefix, origin, as_set = route
            own = block(prefix)[2]
            covering = [p for length in range(own + 1) for p in payloads.get(around(prefix, length), [])]
            same = [longest for longest, asn in covering if asn == origin and origin and not as_set]
            if not covering:
                states[route] = "not-found"
            elif any(own <= longest for longest in same):
                states[route] = "valid"
            else:
                states[route] = "invalid"
        return states

    return f.once(("validated", hour), make)


def bogon_routes(f, hour):
    """The routes of an hour that are known to be bogons: origin validation is not counted over them."""
    return f.once(("bogons", hour), lambda: set(f.rows("SELECT family, prefix, origin_asn, origin_set FROM route_states WHERE time = ? AND bogon_class NOT IN ('none', 'unknown')", hour)))


def count_states(f, hour, family):
    """How many routes of a family, without bogons, have each state."""
    bogons = bogon_routes(f, hour)
    return collections.Counter(state for route, state in validated(f, hour).items() if route[0] == family and route not in bogons)


def rov_states(f):
    hour = f.hours()[-1]
    figures, names, coverage = [], measured_names(f, hour), []
    for family in FAMILIES:
        by_state = count_states(f, hour, family)
        routes, unknown = by_state.total(), by_state["unknown"]
        coverage.append((routes - unknown, routes))
        if 100 * unknown <= 5 * routes:
            figures += [pct(by_state[s], routes) for s in ("valid", "invalid", "not-found")]
        else:
            figures.append(num(unknown))
    payloads = payload_day(f, hour)
    return Answer(hour.date(), figures, names + ([day(payloads)] if payloads else why_unknown(f, hour)), f.fewest_feeds(hour), coverage)


def irr_consistency(f):
    """Looks up every route among the objects of the newest dump of each registry and family, at most eight days old."""
    if not f.has("irr_routes"):
        return None
    dumps = f.rows("SELECT DISTINCT source, family, file_date FROM irr_routes")

    def usable(hour):
        newest = {}
        for source, family, when in dumps:
            if 0 <= (hour.date() - when).days <= 8:
                newest[source, family] = max(when, newest.get((source, family), when))
        return newest
    hour = [h for h in f.hours() if usable(h)][-1]
    newest, names, coverage = usable(hour), measured_names(f, hour)[:1], []
    states, bogons = validated(f, hour), bogon_routes(f, hour)
    lead, rest = [], []
    for family in FAMILIES:
        objects = collections.defaultdict(set)
        for (source, of), when in newest.items():
            if of == family:
                for prefix, origin in f.rows("SELECT prefix, origin_asn FROM irr_routes WHERE source = ? AND family = ? AND file_date = ?", source, of, when):
                    objects[prefix].add(origin)
        routes = {(prefix, origin, members) for t in f.hour_tables(hour, family) for prefix, origin, members in f.routes(t, family)}
        routes = {r for r in routes if (family, *r) not in bogons}
        if family not in {of for _, of in newest}:
            coverage.append((0, len(routes)))
            continue
        coverage.append((len(routes), len(routes)))
        matching = [r for r in routes if r[1] in objects.get(r[0], ()) and r[1]]
        others = sum(1 for r in routes if r[0] in objects) - len(matching)
        rov = collections.Counter(states[family, *r].split("-")[0] for r in matching)
        if not lead:
            lead = [pct(len(matching), len(routes))]
        rest += [num(others), num(rov["valid"]), num(rov["invalid"])]
    names.append(day(max(newest.values())))
    return Answer(hour.date(), lead + rest, names, f.fewest_feeds(hour), coverage)


def why_unknown(f, hour):
    """What the page says of an hour without payloads: how old the newest before it are."""
    newest = f.one("SELECT max(file_date) FROM roas WHERE file_date <= ?", hour.date()) if f.has("roas") else None
    if not newest:
        return []
    return [f"payloads of {newest} are {(hour.date() - newest).days} days older than the table (limit 3 days)"]


def rov_vantages(f):
    newest = dict(f.rows("SELECT collector, max(dump_time) FROM peers GROUP BY 1"))
    last = max(newest.values())
    newest = {c: time for c, time in newest.items() if last - time <= datetime.timedelta(days=1)}
    shares, coverage, feeds, sending = collections.defaultdict(list), [], [], collections.defaultdict(set)
    for collector, time in newest.items():
        hour = time.replace(minute=0, second=0)
        states, bogons = validated(f, hour), bogon_routes(f, hour)
        for family in FAMILIES:
            full = f.rows(f"SELECT peer_index, peer_asn FROM peers WHERE collector = ? AND dump_time = ? AND ipv{family}_full_feed", collector, time)
            carried = {index: collections.Counter() for index, _ in full}
            for *route, seen_by in f.rows("SELECT prefix, origin_asn, origin_set, seen_by FROM routes WHERE collector = ? AND dump_time = ? AND family = ? AND left_out = ''", collector, time, family):
                if (family, *route) in bogons:
                    continue
                for index in carried.keys() & set(seen_by):
                    carried[index][states[family, *route]] += 1
            sending[hour, family] |= {asn for _, asn in full}
            if full and time == last:
                feeds.append((hour, family, len({asn for _, asn in full})))
                coverage += [(c.total() - c["unknown"], c.total()) for c in carried.values()]
            if family == 4:
                for index, asn in full:
                    c = carried[index]
                    shares[c["invalid"] / c.total() if 100 * c["unknown"] <= 5 * c.total() else -1].append(asn)
    figures, names = [num(sum(map(len, shares.values())))], []
    if max(shares) >= 0:
        figures = [pct(max(shares))] + figures * (2 if figures != ["1"] else 1)
        names.append(("any", [f"AS{asn}" for asn in shares[max(shares)]]))
    payloads = payload_day(f, last.replace(minute=0, second=0))
    return Answer(last.date(), figures, names + ([day(payloads)] if payloads else []), [(n, len(sending[hour, family])) for hour, family, n in feeds], coverage)


def roa_changes(f):
    """Compares the days of roas, of which roa_changes is made."""
    days = f.rows("SELECT DISTINCT file_date FROM roas ORDER BY 1")
    if len(days) < 2:
        return None

    def payloads(on):
        return {(registry_of(anchor), prefix, longest, asn) for anchor, prefix, longest, asn in f.rows("SELECT trust_anchor, prefix, max_length, asn FROM roas WHERE file_date = ?", on)}

    (before,), (last,) = days[-2:]
    old, new = payloads(before), payloads(last)
    anchors = {p[0] for p in old} & {p[0] for p in new}
    came, went = collections.defaultdict(list), collections.defaultdict(list)
    for side, all_of in ((came, new - old), (went, old - new)):
        for anchor, prefix, longest, asn in all_of:
            if anchor in anchors:
                side[anchor, prefix].append((asn, longest))
    created, gone = collections.Counter(), 0
    for anchor, prefix in came.keys() | went.keys():
        here, there = came[anchor, prefix], went[anchor, prefix]
        for these, those, is_new in ((here, there, True), (there, here, False)):
            for asn, _ in these:
                same = sum(a == asn for a, _ in these) == 1 and sum(a == asn for a, _ in those) == 1
                if same or len(these) == len(those) == 1:
                    continue
                if is_new:
                    created[anchor] += 1
                else:
                    gone += 1
    most = max(created.values())
    return Answer(last.date() if isinstance(last, datetime.datetime) else last, [num(created.total()), num(gone), num(most)],
                  [day(before), day(last), ("any", [f"trust anchor {a}" for a, n in created.items() if n == most])])


def route_events(f):
    """Counts the events that begin and end in the newest hour, of the kinds that it could judge."""
    def hours_of(dataset, time):
        return {t for t, in f.rows(f"SELECT DISTINCT {time} FROM {dataset}")} if f.has(dataset) else set()

    hours = f.hours()
    aspas, links = hours_of("aspa_stats", "date_trunc('hour', dump_time)"), hours_of("as_links", "time")
    routes = f.rows("""SELECT time, count(*), sum((bogon_class <> 'unknown')::INT), sum((rov_state <> 'unknown')::INT), sum((newly_seen <> 'unknown')::INT),
        sum((verdict <> 'unknown')::INT) FROM route_states GROUP BY 1""")
    judged = collections.defaultdict(set)
    for hour, total, bogons, rov, news, reach in routes:
        dated, seen = news >= 0.95 * total, reach >= 0.95 * total
        for kind, known in {"origin-change": dated, "moas": dated, "more-specific-by-other-origin": dated, "lost-visibility": dated and seen, "as-vanished": dated and seen,
                            "new-bogon": bogons >= 0.95 * total, "rov-invalid": rov >= 0.95 * total, "aspa-invalid": hour in aspas, "route-leak": hour in links, "otc-leak": hour in links}.items():
            if known:
                judged[kind].add(hour)
            else:
                judged[kind] |= set()
    last = hours[-1]
    began = ended = still = 0
    for kind, before, first, over, status in f.rows("SELECT kind, not_before, seen_from, gone_by, status FROM route_events"):
        if last in judged[kind]:
            began += before is not None and first == last
            ended += over == last
        still += bool(judged[kind]) and status == "still"
    figures = ([num(began)] + [num(ended)] if any(last in known for known in judged.values()) else []) + [num(still)]
    return Answer(last.date(), figures, [], None, [(len(known), len(hours)) for known in judged.values()])


def registry_of(anchor):
    return "ripencc" if anchor == "ripe" else anchor


def aspa_adoption(f):
    if not f.has("aspas"):
        return None
    last = f.one("SELECT max(file_date) FROM aspas")
    customers = {asn for asn, in f.rows("SELECT customer_asn FROM aspas WHERE file_date = ?", last)}
    listing = {asn for asn, in f.rows("SELECT customer_asn FROM aspas WHERE file_date = ? AND provider_asn <> 0", last)}
    days = f.rows("SELECT DISTINCT file_date FROM aspas WHERE trust_anchor IN (SELECT trust_anchor FROM aspas WHERE file_date = ?) ORDER BY 1", last)
    figures, names = [num(len(customers))], []
    times = [t for t, in f.rows("SELECT DISTINCT time FROM route_states") if 0 <= (t.date() - last).days <= 3]
    if times:
        origins = {asn for asn, in f.rows("SELECT origin_asn FROM route_states WHERE time = ? AND left_out = '' AND origin_asn <> 0", max(times))}
        figures = [pct(len(origins & customers), len(origins)), num(len(origins)), num(len(origins & customers)), num(len(customers))]
        names.append(day(max(times)))
    if len(days) > 1:
        earlier = days[-2][0]
        before = f.one("SELECT count(DISTINCT customer_asn) FROM aspas WHERE file_date = ?", earlier)
        figures.append(pct(abs(len(customers) - before), before))
        names.append(day(earlier))
    return Answer(last, figures + [num(len(customers - listing))], names)


def aspa_states(f):
    """Adds up the routes of aspa_states; which collector a path is from only aspa_stats says."""
    if not f.has("aspa_stats"):
        return None
    last = f.one("SELECT max(dump_time) FROM aspa_stats WHERE family = 4")
    tables = f.rows("SELECT collector, sum(paths) FROM aspa_stats WHERE dump_time = ? AND family = 4 AND vantage_address = '' AND procedure = 'downstream' GROUP BY 1 ORDER BY 2 DESC, 1", last)
    collector, paths = tables[0]

    def count(state, procedure):
        return f.one("SELECT sum(paths) FROM aspa_stats WHERE dump_time = ? AND family = 4 AND vantage_address = '' AND collector = ? AND aspa_state = ? AND procedure = ?", last, collector, state, procedure)

    in_hour = f.rows("SELECT sum(paths), sum(valid_paths), sum(invalid_paths), sum(upstream_invalid_paths) FROM aspa_states WHERE time = ? AND family = 4", last.replace(minute=0, second=0))[0]
    of_stats = f.rows("""SELECT sum(paths) FILTER (WHERE procedure = 'downstream'), sum(paths) FILTER (WHERE procedure = 'downstream' AND aspa_state = 'valid'),
        sum(paths) FILTER (WHERE procedure = 'downstream' AND aspa_state = 'invalid'), sum(paths) FILTER (WHERE procedure = 'upstream' AND aspa_state = 'invalid')
        FROM aspa_stats WHERE date_trunc('hour', dump_time) = ? AND family = 4 AND vantage_address = ''""", last.replace(minute=0, second=0))[0]
    if in_hour != of_stats:
        raise ValueError(f"the routes of aspa_states add up to {in_hour}, and aspa_stats to {of_stats}")
    file_date = f.one("SELECT max(file_date) FROM aspas WHERE file_date <= ?", last.date())
    figures = [pct(count("valid", "downstream"), paths), num(paths), pct(count("invalid", "downstream"), paths), pct(count("invalid", "upstream"), paths)]
    return Answer(last.date(), figures, [collector, day(file_date)])


def new_pairs(f, hour, family, kept_only):
    """(pairs, comparable pairs, new pairs, those that replace an origin, those that add one) of an hour, against the dumps
    of the eight days before."""

    def pairs(table):
        which = "AND left_out = ''" if kept_only else ""
        return set(f.rows(f"SELECT DISTINCT prefix, origin_asn, origin_set FROM routes WHERE dump_time = ? AND collector = ? AND family = ? {which}", *table[:2], family))

    now, then, comparable = set(), set(), True
    for table in f.hour_tables(hour, family):
        now |= pairs(table)
        earlier = [t for t in f.tables(family) if t[1:] == table[1:] and hour - datetime.timedelta(days=8) <= t[0] < table[0]]
        if earlier:
            then |= pairs(earlier[-1])
        comparable = comparable and bool(earlier)
    if not comparable:
        return len(now), 0, 0, 0, 0
    new = now - then
    had, has = collections.defaultdict(set), collections.defaultdict(set)
    for prefix, *origin in then:
        had[prefix].add(tuple(origin))
    for prefix, *origin in now:
        has[prefix].add(tuple(origin))
    added = sum(1 for prefix, *_ in new if had[prefix] & has[prefix])
    replaced = sum(1 for prefix, *_ in new if had[prefix] and not had[prefix] & has[prefix])
    return len(now), len(now), len(new), replaced, added


def at_hour(hour):
    return f"{day(hour)} at {hour:%H:%M} UTC"


def route_changes(f):
    hour = f.hours()[-1]
    figures, coverage = [], []
    for family in FAMILIES:
        pairs, known, new, replaced, added = new_pairs(f, hour, family, True)
        coverage.append((known, pairs))
        if known:
            figures += ([num(new)] if family == 4 else []) + [num(replaced), num(added)]
    return Answer(hour.date(), figures, [at_hour(hour)], f.fewest_feeds(hour), coverage)


def origin_changes(f):
    hour = f.hours()[-1]
    of = {family: new_pairs(f, hour, family, False) for family in FAMILIES}
    new, replaced, added = (sum(o[i] for o in of.values()) for i in (2, 3, 4))
    if not new:
        return None
    payloads = payload_day(f, hour)
    coverage = [(known, pairs) for pairs, known, found, *_ in of.values() if found]
    names = [at_hour(hour), *measured_names(f, hour)] + ([day(payloads)] if payloads else [])
    return Answer(hour.date(), [num(new), num(replaced), num(added)], names, f.fewest_feeds(hour), coverage)


def translation_prefixes(f):
    hour = f.hours()[-1]
    routes = f.rows("SELECT family, prefix FROM route_states WHERE time = ?", hour)
    figures, counts = [], []
    for inside in ("100.64.0.0/10", "64:ff9b::/96", "64:ff9b:1::/48"):
        outer = ipaddress.ip_network(inside)
        near = inside.split(".")[0] + "." if outer.version == 4 else "64:ff9b:"
        counts.append(sum(1 for fam, p in routes if fam == outer.version and p.startswith(near) and ipaddress.ip_network(p).subnet_of(outer)))
    figures = [num(sum(counts))] + [num(n) for n in counts if n]
    return Answer(hour.date(), figures, measured_names(f, hour), f.fewest_feeds(hour))


def unadvertised(f):
    hour = f.hours()[-1]
    registries = ("afrinic", "apnic", "arin", "lacnic", "ripencc")
    files = {}
    for registry, newest in f.rows("SELECT registry, max(file_date) FROM delegations WHERE file_date <= ? AND file_date >= ? GROUP BY 1", hour.date(), hour.date() - datetime.timedelta(days=366)):
        if registry in registries:
            files[registry] = newest
    figures = []
    for family in FAMILIES:
        given = []
        for registry, file_date in files.items():
            for start, value in f.rows(
                    "SELECT DISTINCT start, value FROM delegations WHERE registry = ? AND file_date = ? AND type = ? AND status IN ('allocated', 'assigned')",
                    registry, file_date, f"ipv{family}"):
                first = int(ipaddress.ip_address(start))
                given.append((first, first + (value if family == 4 else 1 << (128 - value)) - 1))
        table = union(b for t in f.hour_tables(hour, family) for b in f.blocks(t, family))
        space = union(given)
        whole = size(space)
        share = pct(whole - overlap(space, table), whole)
        figures += [share, num(len(files)), "5"] if family == 4 else [share]
    names = measured_names(f, hour) + [("any", [day(d) for d in files.values()])]
    return Answer(hour.date(), figures, names, f.fewest_feeds(hour), [(len(files), 5)])


REGISTRIES = ("afrinic", "apnic", "arin", "lacnic", "ripencc")


def newest_delegations(f):
    """The newest day of the files, and the delegations of each registry's newest file with their sizes in addresses, /32s or AS numbers."""
    newest = dict(f.rows("SELECT registry, max(file_date) FROM delegations GROUP BY 1"))
    newest = {r: d for r, d in newest.items() if r in REGISTRIES}
    rows = []
    for registry, file_date in newest.items():
        seen = set()  # what a joint file repeats
        for kind, start, value, status, since in f.rows("SELECT type, start, value, status, date FROM delegations WHERE registry = ? AND file_date = ?", registry, file_date):
            key = (kind, start, value, "delegated" if status in ("allocated", "assigned") else status)
            if key in seen:
                continue
            seen.add(key)
            rows.append((registry, kind, 2.0 ** (32 - value) if kind == "ipv6" else value, status, since))
    return newest, rows


def delegations_by_year(f):
    newest, rows = newest_delegations(f)
    as_of = max(newest.values())
    whole = as_of.year if (as_of.month, as_of.day) == (12, 31) else as_of.year - 1
    given = [(kind, n) for registry, kind, n, status, since in rows if status in ("allocated", "assigned") and since and since.year == whole]
    blocks = [n for kind, n in given if kind == "ipv4"]
    files = sum(1 for d in newest.values() if d >= datetime.date(whole, 12, 31))
    figures = [num(len(blocks)), num(sum(blocks)), num(files), num(sum(n for kind, n in given if kind == "asn"))]
    return Answer(as_of, figures, [f"in {whole}"], None, [(len(newest), 5)])


def delegations_by_country(f):
    newest = newest_delegations(f)[0]
    year = max(d.year if (d.month, d.day) == (12, 31) else d.year - 1 for d in newest.values())
    files = {r: d for r, d in newest.items() if d >= datetime.date(year, 12, 31)}
    given = collections.defaultdict(collections.Counter)
    for registry, file_date in files.items():
        for country, kind, start, value, since in f.rows(
                "SELECT DISTINCT country, type, start, value, date FROM delegations WHERE registry = ? AND file_date = ? AND status IN ('allocated', 'assigned')",
                registry, file_date):
            if since and year - 1 <= since.year <= year:
                given[kind, since.year][country or "unknown"] += 2.0 ** (32 - value) if kind == "ipv6" else value
    figures, names = [], [day(max(files.values()))]
    for kind in ("ipv4", "ipv6", "asn"):
        of = {c: n for c, n in given[kind, year].items() if c != "unknown" and n > 0}
        first = [c for c in of if of[c] == max(of.values())]
        if len(first) > 1:
            figures.append(num(len(first)))
        elif first:
            before = given[kind, year - 1][first[0]]
            figures.append(pct(of[first[0]], given[kind, year].total()) if kind == "ipv6" else num(of[first[0]]))
            figures += changed(of[first[0]], before) if kind == "ipv4" and before and len(files) == 5 else []
            names.append(f"{first[0]} was")
        if first or kind == "ipv4":
            names.append({"ipv4": f"In {year}," if first else f"in {year}.", "ipv6": f"IPv6 space in {year}", "asn": f"AS numbers in {year}"}[kind])
    return Answer(year, figures + [num(len(files))], names, None, [(len(files), 5)])


def registry_pools(f):
    """What registries have left only the extended files say: those of the newest month."""
    newest, rows = newest_delegations(f)
    as_of = max(newest.values())
    newest = {r: d for r, d in newest.items() if (d.year, d.month) == (as_of.year, as_of.month)}
    extended = {r for r, *_, status, _ in rows if r in newest and status in ("available", "reserved")}
    rows = [row for row in rows if row[0] in extended]
    if len(extended) < 5:
        return Answer(as_of, [], [], None, [(len(extended), 5)])

    def held(kind, status):
        return sum(n for _, k, n, s, _ in rows if k == kind and s == status)
    return Answer(as_of, [num(held("ipv4", "available")), num(held("ipv4", "reserved")), num(held("asn", "available"))], [], None, [(5, 5)])


def transfers_by_year(f):
    if not f.has("transfers"):
        return None
    newest = dict(f.rows("SELECT registry, max(file_date) FROM transfers GROUP BY 1"))
    as_of = max(newest.values())
    whole = as_of.year if (as_of.month, as_of.day) == (12, 31) else as_of.year - 1
    moved = {}
    for registry, file_date, number, when, resource, start, end, to in f.rows("SELECT registry, file_date, number, transferred, resource, start, \"end\", recipient_rir FROM transfers"):
        if file_date == newest[registry] and when and when.year == whole and resource == "ipv4" and (to == registry or to not in newest):
            moved.setdefault((registry, number), []).append(int(ipaddress.ip_address(end)) - int(ipaddress.ip_address(start)) + 1)
    return Answer(as_of, [num(len(moved)), num(sum(map(sum, moved.values())))], [f"year {whole}"], None, [(len(newest), 5)])


class Registered:
    """The routes of an hour by the registration of their origin and of their space, address by address of the segments between prefixes."""

    def __init__(self, f, hour):
        days = f.rows("SELECT registry, max(file_date) FROM delegations WHERE file_date <= ? AND file_date >= ? GROUP BY 1", hour.date(), hour.date() - datetime.timedelta(days=366))
        self.days = {r: d for r, d in days if r in REGISTRIES}
        self.numbers, self.space = {}, {4: [], 6: []}
        for registry, file_date in self.days.items():
            for country, kind, start, value in f.rows(
                    "SELECT country, type, start, value FROM delegations WHERE registry = ? AND file_date = ? AND status IN ('allocated', 'assigned')", registry, file_date):
                if kind == "asn":
                    self.numbers.update((int(start) + i, (country or "unknown", registry)) for i in range(value))
                else:
                    first = int(ipaddress.ip_address(start))
                    family = int(kind[-1])
                    self.space[family].append((first, first + (value if family == 4 else 1 << (128 - value)), registry))
        self.routes = {4: [], 6: []}
        for family, prefix, origin in f.rows("SELECT family, prefix, origin_asn FROM route_states WHERE time = ? AND left_out = '' AND bogon_class IN ('none', 'unknown')", hour):
            net = ipaddress.ip_network(prefix)
            self.routes[family].append((int(net.network_address), int(net.broadcast_address) + 1, origin))

    def registration(self, asn):
        return self.numbers.get(asn, ("unknown", "unknown"))

    def segments(self, family):
        """Ranges with the origins of their most specific prefix."""
        bounds = sorted({b for first, end, _ in self.routes[family] for b in (first, end)})
        best = [None] * len(bounds)
        for first, end, origin in sorted(self.routes[family], key=lambda r: r[0] - r[1]):  # the widest first
            for i in range(bisect.bisect_left(bounds, first), bisect.bisect_left(bounds, end)):
                if best[i] and best[i][0] == (first, end):
                    best[i][1].add(origin)
                else:
                    best[i] = ((first, end), {origin})
        return [(bounds[i], bounds[i + 1], best[i][1]) for i in range(len(bounds) - 1) if best[i]]


def countries(f):
    hour = f.hours()[-1]
    by = Registered(f, hour)
    figures, names, coverage = [], measured_names(f, hour) + [day(max(by.days.values()))], []
    for family in FAMILIES:
        spans = collections.Counter()
        for first, end, origins in by.segments(family):
            for country in {by.registration(o)[0] for o in origins}:
                spans[country] += end - first
        ases = {o for *_, o in by.routes[family] if o}
        coverage.append((sum(1 for a in ases if by.registration(a)[0] != "unknown"), len(ases)))
        of = {c: n for c, n in spans.items() if c != "unknown"}
        code = min(c for c in of if of[c] == max(of.values()))
        figures.append(pct(of[code], spans.total()))
        names.append(f"under {code}")
    return Answer(hour.date(), figures, names, f.fewest_feeds(hour), coverage)


def country_ipv6(f):
    """Counts the ASes of both families by their registration, and those of IPv6 among them."""
    hour = [h for h in f.hours() if len(f.measured(h)) == 2][-1]
    by, measured = Registered(f, hour), f.measured(hour)[6]

    def counted(at):
        registered, ases = Registered(f, at), collections.defaultdict(lambda: (set(), set()))
        for family in FAMILIES:
            for *_, asn in registered.routes[family]:
                if asn:
                    ases[registered.registration(asn)[0]][family == 6].add(asn)
        return {country: (len(both[0] | both[1]), len(both[1])) for country, both in ases.items()}

    now = counted(hour)
    total = sum(n for n, _ in now.values())
    coverage = [(total - now.get("unknown", (0, 0))[0], total)]
    most = max(n for country, (_, n) in now.items() if country != "unknown")
    code = min(country for country, (_, n) in now.items() if n == most and country != "unknown")
    figures, names = [pct(most, now[code][0]), num(most)], [measured, day(max(by.days.values())), code]
    then = [h for h in f.hours() if 330 <= (hour - h).total_seconds() / 86400 <= 430 and len(f.measured(h)) == 2 and f.measured(h)[6] == measured]
    if then and (before := counted(then[-1]).get(code)):
        figures.append(pct(before[1], before[0]))
        names.append(day(then[-1]))
    feeds = f.hour_feeds(hour, 6)
    return Answer(hour.date(), figures, names, feeds and (len(feeds), len(feeds)), coverage)


def country_rov(f):
    """Counts the states of routes by the registration of their origin."""
    hour = f.hours()[-1]
    by, states, bogons = Registered(f, hour), validated(f, hour), bogon_routes(f, hour)
    figures, names, coverage = [], measured_names(f, hour) + [day(max(by.days.values()))], []
    for family in FAMILIES:
        counted = collections.defaultdict(collections.Counter)
        for route, state in states.items():
            if route[0] == family and route not in bogons:
                counted[by.registration(route[2])[0]][state] += 1
        coverage.append((sum(c.total() - c["unknown"] for c in counted.values()), sum(c.total() for c in counted.values())))
        most = max(c.total() for country, c in counted.items() if country != "unknown")
        code = min(country for country, c in counted.items() if c.total() == most and country != "unknown")
        if 100 * counted[code]["unknown"] <= 5 * most:
            figures.append(pct(counted[code]["valid"], most))
        if family == 4 or 100 * counted[code]["unknown"] <= 5 * most:
            names.append(f"under {code}")
    return Answer(hour.date(), figures, names, f.fewest_feeds(hour), coverage)


def originators(f, hour):
    """The prefixes of each origin AS by family, without those that the table filter leaves out and without bogons."""
    ases = collections.defaultdict(lambda: {4: set(), 6: set()})
    for family, prefix, origin in f.rows("SELECT family, prefix, origin_asn FROM route_states WHERE time = ? AND left_out = '' AND bogon_class IN ('none', 'unknown')", hour):
        if origin:
            ases[origin][family].add(prefix)
    return ases


def ipv6_networks(f):
    hours = {family: {h for h, in f.rows("SELECT DISTINCT time FROM as_topology WHERE family = ?", family)} for family in FAMILIES}
    if not (hours[4] & hours[6]):
        return None
    hour = max(hours[4] & hours[6])
    ases = originators(f, hour)
    customers, top = collections.Counter(), set()
    for asn, clique, n in f.rows("SELECT asn, in_clique, customers FROM as_topology WHERE time = ?", hour):
        customers[asn] += n
        if clique:
            top.add(asn)
    kind = {a: "top" if a in top else "none" if a not in customers else "with" if customers[a] else "without" for a in ases}
    share = lambda of: [pct(sum(1 for a in of if ases[a][4] and ases[a][6]), len(of))] if of else []
    figures = share(list(ases)) + share([a for a in ases if kind[a] == "with"]) + share([a for a in ases if kind[a] == "without"])
    figures += [num(sum(1 for a in ases.values() if not a[4])), num(sum(1 for a in ases.values() if not a[6]))]
    feeds = len(f.hour_feeds(hour, 6) or ())
    return Answer(hour.date(), figures, [day(hour)], (feeds, feeds))


def ipv6_hold_outs(f):
    hour = max(h for h in f.hours() if len(f.measured(h)) == 2)
    by, spans = Registered(f, hour), collections.Counter()
    for first, end, origins in by.segments(4):
        for origin in origins:
            spans[origin] += end - first
    ases = originators(f, hour)
    largest = sorted((a for a in spans if a and spans[a]), key=lambda a: (-spans[a], a))[:100]
    without = [a for a in largest if not ases[a][6]]
    figures, names = [num(len(without)), num(len(largest))], [day(hour)]
    if without:
        figures.append(num(len(ases[without[0]][4])))
        names.append(f"AS{without[0]}")
    return Answer(hour.date(), figures, names)


def ipv6_space(f):
    hour = f.one("SELECT max(time) FROM route_states WHERE family = 6")
    bogus = collections.defaultdict(list)
    for prefix, c in f.rows("SELECT prefix, bogon_class FROM route_states WHERE time = ? AND family = 6 AND left_out = ''", hour):
        bogus[ipaddress.ip_network(prefix)].append(c not in ("none", "unknown"))
    inside = lambda block: {p for p in bogus if p.subnet_of(ipaddress.ip_network(block))}
    six, teredo = inside("2002::/16"), inside("2001::/32")
    native = [p for p in bogus if p not in six | teredo and not all(bogus[p])]
    return Answer(hour.date(), [pct(sum(p.prefixlen == 48 for p in native), len(native)), num(len(six)), num(len(teredo))], [day(hour), "/48"])


def registry_routing(f):
    hour = f.hours()[-1]
    by = Registered(f, hour)
    announced = union((first, end - 1) for first, end, _ in by.routes[4])
    shares = {}
    for registry in by.days:
        held = union((first, end - 1) for first, end, r in by.space[4] if r == registry)
        shares[registry] = (overlap(held, announced), size(held))
    if len(by.days) < 5:
        return Answer(hour.date(), [], [*measured_names(f, hour), day(max(by.days.values()))], f.fewest_feeds(hour), [(len(by.days), 5)])
    name = {r: n for r, n in zip(REGISTRIES, ("AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE NCC"))}
    most = max(part for part, _ in shares.values())
    best = min(r for r, (part, _) in shares.items() if part == most)
    return Answer(hour.date(), [pct(*shares[best])], [name[best], *measured_names(f, hour), day(max(by.days.values()))], f.fewest_feeds(hour), [(len(by.days), 5)])


# -------------------------------------------------------------------------------------------------------------- updates


def window(f):
    """The newest day of updates: (day, time between the first and the last record as the pages write it)."""
    first, last = f.rows("SELECT min(time), max(time) FROM updates WHERE CAST(time AS DATE) = (SELECT max(CAST(time AS DATE)) FROM updates)")[0]
    return first.date(), first, last


def period(first, last):
    """The time between two records, in whole minutes."""
    until = last + datetime.timedelta(minutes=1)
    return f"between {first:%H:%M} and {until:%H:%M} UTC"


def minutes_with_records(f, collector):
    return f.one("SELECT count(DISTINCT date_trunc('minute', time)) FROM updates WHERE collector = ? AND CAST(time AS DATE) = ?", collector, window(f)[0])


def minutes_covered(f, collector):
    """The minutes from the first to the last record, without gaps of more than an hour."""
    times = [t for t, in f.rows("SELECT DISTINCT time FROM updates WHERE collector = ? AND CAST(time AS DATE) = ? ORDER BY 1", collector, window(f)[0])]
    seconds = sum((b - a).total_seconds() for a, b in zip(times, times[1:]) if b - a <= datetime.timedelta(hours=1))
    return math.floor(seconds / 60 + 0.5)


def collectors(f):
    """The collectors of the newest day of updates."""
    return [c for c, in f.rows("SELECT DISTINCT collector FROM updates WHERE CAST(time AS DATE) = ? ORDER BY 1", window(f)[0])]


def updates(f):
    when = window(f)[0]
    collector = min(collectors(f), key=lambda c: (f"{c} received" not in f.page, c))
    first, last = f.rows("SELECT min(time), max(time) FROM updates WHERE collector = ? AND CAST(time AS DATE) = ?", collector, when)[0]
    figures = []
    for family in FAMILIES:
        peers, prefixes, announced, withdrawn = f.rows(
            "SELECT count(DISTINCT (peer_address, peer_asn)), count(DISTINCT prefix), count(*) FILTER (kind = 'announce'), count(*) FILTER (kind = 'withdraw')"
            " FROM updates WHERE collector = ? AND CAST(time AS DATE) = ? AND family = ? AND kind IN ('announce', 'withdraw')", collector, when, family)[0]
        figures += ([num(announced)] if family == 4 else []) + [num(peers), num(prefixes), num(announced), num(withdrawn)]
    minutes = minutes_with_records(f, collector)
    return Answer(when, figures + [num(minutes), "1,440"], [collector, period(first, last)], None, [(minutes_with_records(f, c), 1440) for c in collectors(f)])


def unstable_prefixes(f):
    when, first, last = window(f)
    rows = f.rows("SELECT prefix, count(*), count(DISTINCT (collector, peer_address, peer_asn)) FROM updates WHERE CAST(time AS DATE) = ? AND kind IN ('announce', 'withdraw') GROUP BY 1", when)
    most = max(n for _, n, _ in rows)
    prefix, _, peers = max((r for r in rows if r[1] == most), key=lambda r: f"often than {r[0]}," in f.page)
    minutes = max(minutes_with_records(f, c) for c in collectors(f))
    return Answer(when, [num(most), num(peers), num(minutes), "1,440"], [prefix, period(first, last), ", ".join(collectors(f))], None, [(minutes, 1440)])


ATTRIBUTES = "as_path, origin, next_hop, med, local_pref, atomic_aggregate, aggregator, communities, large_communities, extended_communities, originator_id, cluster_list, otc, other_attributes"


def needless(f, collector, family):
    """(announcements, withdrawals, repeated announcements, repeated withdrawals) of a collector's day."""
    last, counts = {}, collections.Counter()
    for kind, address, asn, safi, path_id, prefix, *attributes in f.rows(
            f"SELECT kind, peer_address, peer_asn, safi, path_id, prefix, {ATTRIBUTES} FROM updates WHERE collector = ? AND CAST(time AS DATE) = ? AND family = ? AND kind IN ('announce', 'withdraw')",
            collector, window(f)[0], family):
        route = address, asn, safi, path_id, prefix
        said = (kind, str(attributes)) if kind == "announce" else (kind,)
        counts[kind] += 1
        if last.get(route) == said:
            counts["again", kind] += 1
        last[route] = said
    return counts["announce"], counts["withdraw"], counts["again", "announce"], counts["again", "withdraw"]


def needless_updates(f):
    collector = min(collectors(f), key=lambda c: (f"{c} received" not in f.page, c))
    figures = [num(minutes_covered(f, collector))]
    for family in FAMILIES:
        announced, withdrawn, again, repeated = needless(f, collector, family)
        figures += ([pct(again + repeated, announced + withdrawn)] if family == 4 else []) + [num(again), num(repeated)]
    return Answer(window(f)[0], figures, [collector], None, [(minutes_covered(f, c), 1440) for c in collectors(f)])


ESTABLISHED = 6  # RFC 6396, section 4.4.1


def sessions(f):
    when = window(f)[0]
    losses = f.rows("SELECT collector, peer_asn, peer_address, count(*) FROM updates WHERE kind = 'state' AND CAST(time AS DATE) = ? AND old_state = ? AND new_state <> ? GROUP BY ALL", when, ESTABLISHED, ESTABLISHED)
    most = max(n for *_, n in losses)
    collector, asn, address, _ = max((r for r in losses if r[3] == most), key=lambda r: f"AS{r[1]} at {r[2]}" in f.page and f"{r[0]} lost" in f.page)
    of = [n for c, _, _, n in losses if c == collector]
    figures = [num(minutes_covered(f, collector)), num(len(of)), num(sum(of)), num(most)]
    changing = [c for c, in f.rows("SELECT DISTINCT collector FROM updates WHERE kind = 'state'")]
    return Answer(when, figures, [collector, f"AS{asn} at {address}"], None, [(minutes_covered(f, c), 1440) for c in changing])


# ----------------------------------------------------------------------------------------------- IPv6 by domains and others


class Probe:
    """The newest probe run: its services by domain, and its addresses."""

    def __init__(self, f):
        self.time, self.list = f.rows("SELECT run_time, list_id FROM domain_readiness ORDER BY run_time DESC LIMIT 1")[0]
        runs = f.rows("SELECT DISTINCT run_id, list_id FROM domain_readiness WHERE run_time = ?", self.time)
        if len(runs) > 1:
            raise NotImplementedError("several runs at one time: say which of them leads")
        self.rows = f.rows("SELECT domain, service, class, cause, stratum, hosts_ipv6, ipv6_special FROM domain_readiness WHERE run_time = ? AND refreshed", self.time)
        self.addresses = f.rows("SELECT domain, host_kind, host, address, standing, tests, failing, routed, origin_asn, as_name, rov_state FROM domain_addresses WHERE run_time = ? AND family = 6", self.time)

    def classes(self, service):
        """The class of every domain that offers the service."""
        return {d: c for d, s, c, *_ in self.rows if s == service and c != "n/a"}

    def ready(self, service, domains=None):
        """(ready, judged, offering)"""
        classes = [c for d, c in self.classes(service).items() if domains is None or d in domains]
        judged = [c for c in classes if c != "unknown"]
        return sum(c in ("ready", "v6-only", "all") for c in judged), len(judged), len(classes)


def ipv6_readiness(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    ready, judged, offering = p.ready("web")
    low, high = wilson(ready, judged)
    figures = [pct(ready, judged), num(offering), num(judged), "95 %", pct(low), pct(high)]
    figures += [pct(*p.ready(s)[:2]) for s in ("mail", "dns", "domain")]
    return Answer(p.time.date(), figures, [p.list], None, [p.ready(s)[1:] for s in ("web", "mail", "dns", "domain")])


def ipv6_strata(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    strata = [("1k", "1 to 1,000"), ("10k", "1,001 to 10,000"), ("100k", "10,001 to 100,000"), ("1M", "100,001 to 1,000,000")]
    domains = {s: {d for d, _, _, _, stratum, *_ in p.rows if stratum == s} for s, _ in strata}
    strata = [(s, ranks) for s, ranks in strata if domains[s]]
    figures = [pct(*p.ready("web", domains[s])[:2]) for s in (strata[0][0], strata[-1][0])]
    for s, _ in strata:
        ready, judged, offering = p.ready("web", domains[s])
        figures += [num(offering), num(judged), "95 %", *map(pct, wilson(ready, judged))]
    names = ["ranks " + strata[0][1], "ranks " + strata[-1][1]] + [f"stratum {s}" for s, _ in strata]
    coverage = [p.ready(service, domains[s])[1:] for s, _ in strata for service in ("web", "mail", "dns", "domain")]
    return Answer(p.time.date(), figures, names, None, [c for c in coverage if c[1]])


def ipv6_causes(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    ready, judged, offering = p.ready("web")
    causes = collections.Counter(cause for _, s, c, cause, *_ in p.rows if s == "web" and c not in ("n/a", "unknown", "ready", "v6-only"))
    words = {"no-aaaa": "no AAAA record"}
    cause, most = causes.most_common(1)[0]
    return Answer(p.time.date(), [pct(most, judged - ready), num(offering), num(judged), num(judged - ready)], [words.get(cause, cause)], None, [(judged, offering)])


def ipv6_pages(f):
    if not f.has("domain_pages"):
        return None
    p = Probe(f)
    rows = f.rows("SELECT without_ipv4, page_hosts, page_hosts_ipv4_only FROM domain_pages WHERE run_time = ? AND front AND refreshed AND without_ipv4 <> ''", p.time)
    states = collections.Counter(s for s, *_ in rows)
    if any(s == "whole" and ipv4_only != 0 or s == "part" and not ipv4_only for s, _, ipv4_only in rows):
        raise ValueError("a whole page lacks a host, or a part lacks none")
    judged = len(rows) - states["unknown"]
    figures = [pct(states["whole"], judged)] + [pct(states[s], judged) for s in ("part", "nothing") if states[s]]
    return Answer(p.time.date(), figures, [], None, [(judged, len(rows))])


def ipv6_quality(f):
    if not f.has("domain_pages"):
        return None
    p = Probe(f)
    rows = f.rows("SELECT quality FROM domain_pages WHERE run_time = ? AND refreshed AND quality NOT IN ('no-ipv6', 'ipv6-only')", p.time)
    states = collections.Counter(q for q, in rows)
    judged = len(rows) - states["unknown"]
    figures = [pct(states["alike"], judged)] + [pct(states[q], judged) for q in ("no-http3", "slower", "differs", "large-lost", "fails") if states[q]]
    return Answer(p.time.date(), figures, [], None, [(judged, len(rows))])


def ipv6_resolvability(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    ways = collections.defaultdict(dict)
    for domain, kind, host, resolvable, step in f.rows(
            "SELECT DISTINCT domain, kind, host, resolvable, failing_step FROM domain_delegations WHERE CAST(started_at AS DATE) = ? ORDER BY ALL", p.time.date()):
        ways[domain].setdefault(kind, []).append((resolvable, step))
    classes = {(d, s): c for d, s, c, *_ in p.rows}
    web = {d: c for (d, s), c in classes.items() if s == "web"}
    mail = {d: c for (d, s), c in classes.items() if s == "mail"}
    states = collections.Counter()
    for d in web:
        if web[d] == "n/a" and mail.get(d) == "n/a":
            continue
        mine = ways[d]
        needed = list(mine.get("zone", []))
        if web[d] != "n/a":
            needed += mine.get("apex", []) + mine.get("www", []) + mine.get("https", [])
        if mail.get(d) != "n/a":
            needed += mine.get("mx", [])
        if any(resolvable == "no" for resolvable, _ in mine.get("zone", [])):
            needed = mine["zone"]
        failing = [step for resolvable, step in needed if resolvable == "no"]
        states[failing[0] if failing else "found" if needed and all(r == "yes" for r, _ in needed) else "unknown"] += 1
    offering = sum(states.values())
    judged = offering - states["unknown"]
    steps = ["no-aaaa", "no-glue", "ns-zone", "no-answer", "loop"]
    figures = [pct(states["found"], judged)] + [pct(states[s], judged) for s in steps if states[s]]
    return Answer(p.time.date(), figures, [], None, [(judged, offering)])


def ipv6_definitions(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    services = collections.defaultdict(dict)
    for domain, service, c, cause, hosts, six, addresses, working, special in f.rows(
            "SELECT domain, service, class, cause, hosts, hosts_ipv6, ipv6_addresses, ipv6_working, ipv6_special FROM domain_readiness WHERE run_time = ? AND refreshed", p.time):
        services[domain][service] = (c, hosts, six, addresses, working, special, cause)

    def verdicts(s):
        web, dns, mail, whole = s["web"], s["dns"], s["mail"], s["domain"][0]
        blind, lame = web[0] == "unknown", dns[0] == "unknown"
        has_mail = mail[0] != "n/a"
        return [
            None if blind else web[0] in ("ready", "v6-only"),
            None if whole == "unknown" else whole == "all",
            None if blind or lame else dns[2] >= 2 and dns[4] == dns[3] and web[2] > 0 and web[4] == web[3],
            None if blind or lame or mail[0] == "unknown" else all(x[4] > 0 for x in [dns, web] + [mail] * has_mail),
            None if blind or lame or (mail[0] == "unknown" and mail[6] != "not-probed") else web[2] == web[1] and all(x > 0 for x in [web[2], dns[2], web[4]] + [mail[2]] * has_mail),
            None if blind else web[2] + web[5] > 0,
        ]

    sites = [verdicts(s) for s in services.values() if s["web"][0] != "n/a"]
    shares, figures, coverage = [], [], []
    for i in range(6):
        met = [v[i] for v in sites if v[i] is not None]
        shares.append(sum(met) / len(met))
        figures += [pct(sum(met), len(met)), num(len(met))]
        theirs, ours = sum(v[i] is True and v[0] is False for v in sites), sum(v[i] is False and v[0] is True for v in sites)
        figures += [num(n) for n in (theirs, ours) if n]
        coverage.append((len(met), len(sites)))
    return Answer(p.time.date(), [pct(max(shares))] + figures, [], None, coverage)


def ipv6_league(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    states, networks = p.classes("web"), collections.defaultdict(set)
    for domain, asn, name in f.rows("SELECT domain, origin_asn, as_name FROM domain_addresses WHERE run_time = ? AND host_kind IN ('apex', 'www') AND routed = 'yes' AND origin_asn > 0", p.time):
        if domain in states:
            networks[f"AS{asn} {name}".strip()].add(domain)
    endings = collections.defaultdict(set)
    for domain in states:
        endings["." + domain.split(".")[-1]].add(domain)
    ready, judged, offering = p.ready("web")
    figures, names = [], []
    countries = {e: d for e, d in endings.items() if len(e) == 3}
    if countries:
        raise NotImplementedError("the lead is about a country")

    def largest(groups):
        most = max((len(d) for d in groups.values()), default=0)
        return next((n for n, d in sorted(groups.items()) if len(d) == most and n in f.page), None)

    if ending := largest(endings):
        r, j, _ = p.ready("web", endings[ending])
        figures, names = [pct(r, j)], [ending]
    figures.append(pct(ready, judged))
    names.append(p.list)
    before = f.rows("SELECT max(run_time) FROM domain_readiness WHERE run_time < ? AND list_id = ?", p.time, p.list)[0][0]
    if before:
        then = [c for c, in f.rows("SELECT class FROM domain_readiness WHERE run_time = ? AND service = 'web' AND refreshed AND class NOT IN ('n/a', 'unknown')", before)]
        figures.append(pct(sum(c in ("ready", "v6-only") for c in then), len(then)))
        names.append(day(before))
    if name := largest(networks):
        r, j, _ = p.ready("web", networks[name])
        figures += [num(j), pct(r, j)]
        names.append(name)
    return Answer(p.time.date(), figures, names, None, [(judged, offering)])


def ipv6_lost(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    figures, later, coverage = [], [], []
    for service in ("web", "mail", "dns"):
        now, before = p.classes(service), {}
        for domain, c in f.rows("SELECT domain, class FROM domain_readiness WHERE service = ? AND list_id = ? AND run_time < ? AND class <> 'unknown' ORDER BY run_time", service, p.list, p.time):
            before[domain] = c in ("ready", "v6-only")
        known = {d: c in ("ready", "v6-only") for d, _, c, *_ in (r for r in p.rows if r[1] == service) if c != "unknown" and d in before}
        lost, gained = (sum(known[d] == state and before[d] != state for d in known) for state in (False, True))
        compared = sum(d in known for d in now)
        if service == "web":
            figures += [num(lost), num(gained), num(compared)]
        elif lost:
            later.append(num(lost))
        coverage.append((compared, len(now)))
    return Answer(p.time.date(), figures + later, [p.list], None, coverage)


def ipv6_vantages(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    places = f.rows("SELECT DISTINCT split_part(run_id, '/', 1) FROM domain_readiness WHERE list_id = ?", p.list)
    if len(places) > 1:
        raise NotImplementedError("several places: compare their newest runs")
    return Answer(p.time.date(), [], [p.list], None, [(0, len(p.classes("web")))])


def ipv6_funnel(f):
    if not f.has("domain_readiness"):
        return None
    p = Probe(f)
    web, dns = p.classes("web"), p.classes("dns")
    judged = {d for d in web if web[d] != "unknown" and dns.get(d) not in (None, "unknown")}
    of_hosts = collections.defaultdict(list)
    for domain, kind, _, _, standing, _, failing, *_ in p.addresses:
        if kind in ("apex", "www") and standing != "dns64":
            of_hosts[domain].append((standing, failing))
    tried = collections.defaultdict(list)
    for domain, service, result, tls in f.rows(
            "SELECT domain, service, result, tls_version FROM ipv6_probes WHERE CAST(started_at AS DATE) = ? AND test = 'connect' AND family = 6 AND service IN ('http', 'https') AND host_kind IN ('apex', 'www')", p.time.date()):
        tried[domain].append((service, result, tls))
    steps = [
        ("has an AAAA", lambda d: of_hosts[d]),
        ("has a global AAAA", lambda d: any(s == "global" for s, _ in of_hosts[d])),
        ("name servers", lambda d: dns[d] in ("ready", "v6-only")),
        ("TCP", lambda d: not any(r in ("refused", "timeout", "unreachable") for _, r, _ in tried[d])),
        ("TLS", lambda d: not any(s == "https" and r == "tls_error" for s, r, _ in tried[d])),
        ("HTTP", lambda d: not any(r == "http_error" for _, r, _ in tried[d])),
        ("same", lambda d: web[d] in ("ready", "v6-only")),
    ]
    left, lost = set(judged), {}
    for name, passes in steps:
        stay = {d for d in left if passes(d)}
        lost[name] = len(left - stay)
        left = stay
    most = max(lost.values())
    names = [("any", [f"“{name}”" for name, n in lost.items() if n == most])]
    return Answer(p.time.date(), [num(most), num(len(judged)), pct(len(left), len(judged)), num(len(web)), num(len(judged))], names, None, [(len(judged), len(web))])


def ipv6_bad_addresses(f):
    if not f.has("domain_addresses"):
        return None
    p = Probe(f)
    records = [r for r in p.addresses if r[4] != "dns64"]
    special = [r for r in records if r[4] == "special"]
    failing = [r for r in records if r[4] == "global" and r[6]]
    judged = [r for r in records if r[4] == "special" or r[5]]
    figures = [num(len({r[0] for r in special + failing})), num(len({r[0] for r in records})), num(len(special)), num(len(failing)), num(len(records)), num(len(judged))]
    return Answer(p.time.date(), figures, [], None, [(len(judged), len(records))])


def ipv6_hosting(f):
    if not f.has("domain_addresses"):
        return None
    p = Probe(f)
    web = [r for r in p.addresses if r[1] in ("apex", "www") and r[4] == "global"]
    domains, looked_for = {r[0] for r in web}, {r[0] for r in web if r[7] != "unknown"}
    hosts = collections.defaultdict(set)
    for r in web:
        if r[7] == "yes":
            hosts[r[8], r[9]].add(r[0])
    most = max(len(d) for d in hosts.values())
    unrouted = {r[0] for r in web if r[7] == "no"}
    name = ("any", [f"was {name}" for (_, name), d in hosts.items() if len(d) == most])
    return Answer(p.time.date(), [pct(most, len(looked_for)), num(len(domains)), num(len(looked_for)), num(len(unrouted))], [name], None, [(len(looked_for), len(domains))])


def ipv6_routes(f):
    if not f.has("domain_addresses"):
        return None
    p = Probe(f)
    state = {r[3]: "not routed" if r[7] == "no" else "unknown" if r[7] == "unknown" else r[10] for r in p.addresses if r[4] == "global"}
    counts = collections.Counter(state.values())
    known = len(state) - counts["unknown"]
    figures = [pct(counts["valid"], len(state)), num(known), num(len(state))] + ([num(counts["not routed"])] if counts["not routed"] else [])
    return Answer(p.time.date(), figures, [], None, [(known, len(state))])


def ipv6_servers(f):
    if not f.has("domain_addresses"):
        return None
    p = Probe(f)
    shares, figures, coverage = [], [], []
    hosts_of = f.rows("SELECT host_kind, host, domain FROM domain_addresses WHERE run_time = ? AND host_kind IN ('ns', 'mx')", p.time)
    for kind, service in (("ns", "dns"), ("mx", "mail")):
        hosts = {h for k, h, _ in hosts_of if k == kind}
        six = collections.defaultdict(list)
        for r in p.addresses:
            if r[1] == kind and r[4] == "global":
                six[r[2]].append(r)
        tried = {h for h in six if any(r[5] for r in six[h])}
        working = {h for h in tried if not any(r[6] for r in six[h])}
        offering = p.classes(service)
        judged = {d for d, c in offering.items() if c != "unknown"}
        without = {d for d in judged if not any(h in six for k, h, dd in hosts_of if k == kind and dd == d)}
        shares.append(pct(len(six), len(hosts)))
        figures += [num(len(six)), num(len(hosts)), num(len(tried)), num(len(working)), num(len(without)), num(len(judged))]
        coverage.append((len(judged), len(offering)))
    return Answer(p.time.date(), shares + figures, [], None, coverage)


def translation_answers(f):
    if not f.has("ipv6_probes"):
        return None
    time = f.one("SELECT max(CAST(started_at AS DATE)) FROM ipv6_probes WHERE test = 'lookup'")
    rows = f.rows("SELECT domain, host, qtype, result, address, through_dns64 FROM ipv6_probes WHERE test = 'lookup' AND qtype IN ('A', 'AAAA') AND host_kind NOT IN ('control', 'subresource') AND CAST(started_at AS DATE) = ?", time)
    blocks = [ipaddress.ip_network(b) for b in ("64:ff9b::/96", "64:ff9b:1::/48", "100.64.0.0/10")]
    inside, failed, domains = {b: set() for b in blocks}, set(), set()
    for domain, _, _, result, address, synthesised in rows:
        domains.add(domain)
        if result not in ("ok", "no-data", "nxdomain"):
            failed.add(domain)
        if address and not synthesised:
            for b in blocks:
                a = ipaddress.ip_address(address)
                if a.version == b.version and a in b:
                    inside[b].add(domain)
    hit = set().union(*inside.values())
    answered = len(domains - (failed - hit))
    figures = [num(len(hit)), num(len(domains)), num(len(domains)), num(answered)] + [num(len(d)) for d in inside.values() if d]
    return Answer(time, figures, [], None, [(answered, len(domains))])


def newest_checks(f):
    """The vantage that the page is about, and its newest checks; all connections that were checked then."""
    time = f.one("SELECT max(run_time) FROM vantage_checks")
    rows = f.rows("SELECT vantage, test, family, result, value FROM vantage_checks WHERE run_time = ?", time)
    by_vantage = collections.defaultdict(list)
    for vantage, *row in rows:
        by_vantage[vantage].append(row)
    return time.date(), max(by_vantage, key=lambda v: f"connection {v} " in f.page), by_vantage


def vantage_abilities(f):
    if not f.has("vantage_checks"):
        return None
    when, vantage, checks = newest_checks(f)
    figures = [text for t, _, _, v in checks[vantage] if t == "score" for text in (num(v), "10")]
    for family in (6, 4):
        results = [r for t, fam, r, _ in checks[vantage] if t == "connect" and fam == family and r != "untested"]
        figures += [num(results.count("ok")), num(len(results))]
    coverage = []
    for rows in checks.values():
        rows = [r for t, _, r, _ in rows if t != "score"]
        coverage.append((sum(r != "untested" for r in rows), len(rows)))
    return Answer(when, figures, [f"connection {vantage}"], None, coverage)


def nat64_seen(f):
    if not f.has("vantage_checks"):
        return None
    when, vantage, checks = newest_checks(f)
    concern = {v: [r for t, _, r, _ in rows if t in ("dns64", "nat64-prefix", "nat64-name", "nat64", "pref64")] for v, rows in checks.items()}
    coverage = {v: (sum(r in ("ok", "absent") for r in rows), len(rows)) for v, rows in concern.items()}
    answered, of = coverage[vantage]
    return Answer(when, [num(of), num(answered)], [f"connection {vantage}"], None, coverage.values())


def google_ipv6(f):
    rows = f.rows("SELECT time, category, value FROM external_series WHERE series = 'google-ipv6' AND country = '' ORDER BY time")
    months = collections.defaultdict(dict)
    for time, category, value in rows:
        months[time.year, time.month].setdefault(category, {})[time.day] = value
    length = lambda m: (datetime.date(m[0] + m[1] // 12, m[1] % 12 + 1, 1) - datetime.date(*m, 1)).days
    complete = [m for m in sorted(months) if len(months[m]["all IPv6"]) == length(m)] or sorted(months)
    first, last, newest = complete[0], complete[-1], max(months)
    mean = lambda m, category="all IPv6": statistics.mean(months[m][category].values())
    name = lambda m: month(datetime.date(*m, 1))
    figures = [pct(mean(last), 100)] + ([pct(mean(first), 100)] if first != last else [])
    days = months[last]["all IPv6"].values()
    if pct(min(days), 100) != pct(max(days), 100):
        figures += [pct(min(days), 100), pct(max(days), 100)]
    tunnelled = mean(last, "6to4/Teredo")
    figures.append("0.01 %" if tunnelled < 0.01 else pct(tunnelled, 100))
    names = {name(first), name(last)}
    if newest != last:
        figures.append(num(len(months[newest]["all IPv6"])))
        names.add(name(newest))
    return Answer(datetime.date(*newest, 1), figures, names, None, [(len(months[newest]["all IPv6"]), length(newest))])


def user_months(f, worldwide):
    """The mean share of each country (empty: the world), publisher, measure and unit in each month, and the days that it is of."""
    values = collections.defaultdict(lambda: collections.defaultdict(list))
    publisher = {"google-ipv6": "Google", "apnic-ipv6": "APNIC Labs"}
    for series, by, country, subset, time, category, value, unit in f.rows("SELECT series, publisher, country, subset, time, category, value, unit FROM external_series"):
        if unit.startswith("percent of ") and category not in ("native IPv6", "6to4/Teredo") and (country or subset == "all users") and bool(country) != worldwide:
            values[country, publisher.get(series, by), category, unit][time.year, time.month].append((time, value))
    return {key: {m: (statistics.mean(v for _, v in all), len({t for t, _ in all})) for m, all in by.items()} for key, by in values.items()}


def of_users(shares):
    """The shares of users and how many points they are apart; None of one publisher."""
    all = [(publisher, measure, share) for (publisher, measure, unit), share in sorted(shares.items()) if unit == "percent of users"]
    apart = max(s for *_, s in all) - min(s for *_, s in all) if len({p for p, *_ in all}) > 1 else None
    return all, apart


def ipv6_users(f):
    shares = user_months(f, True)
    if not shares:
        return None
    length = lambda m: (datetime.date(m[0] + m[1] // 12, m[1] % 12 + 1, 1) - datetime.date(*m, 1)).days
    months = collections.defaultdict(dict)
    for (_, publisher, measure, unit), by in shares.items():
        for m, (share, days) in by.items():
            months[m][publisher, measure, unit] = (share, days)
    told = {m: of_users({k: s for k, (s, _) in all.items()}) for m, all in months.items() if any(u == "percent of users" for *_, u in all)}
    whole = {m for m in told if min(d for (_, _, u), (_, d) in months[m].items() if u == "percent of users") == length(m)}
    compared = {m for m in told if told[m][1] is not None}
    newest = max(months)
    coverage = [(d, length(newest)) for _, d in months[newest].values()]
    when = max((compared & whole) or compared or whole or months)
    name, coverage = month(datetime.date(*when, 1)), coverage
    if when in compared:
        all, apart = told[when]
        figures = [dec(apart)] + [pct(s, 100) for *_, s in all]
    else:
        (publisher, _, _), (share, _) = min(months[when].items())
        figures = [pct(share, 100)]
    return Answer(datetime.date(*newest, 1), figures, [name], None, coverage)


def ipv6_users_by_country(f):
    shares = user_months(f, False)
    if not shares:
        return None
    newest = max(m for by in shares.values() for m in by)
    countries = collections.defaultdict(dict)
    for (country, *key), by in shares.items():
        if max(by) > (newest[0] - 1, newest[1]):
            countries[country][tuple(key)] = by[max(by)][0]
    apart = {c: of_users(all)[1] for c, all in countries.items() if any(u == "percent of users" for *_, u in all)}
    known = {c: a for c, a in apart.items() if a is not None}
    if not known:
        return Answer(datetime.date(*newest, 1), [pct(max(s for all in countries.values() for s in all.values()), 100)], [month(datetime.date(*newest, 1))])
    most = min(known, key=lambda c: (-round(known[c], 9), c))
    return Answer(datetime.date(*newest, 1), [dec(known[most])] + [pct(s, 100) for *_, s in of_users(countries[most])[0]], [month(datetime.date(*newest, 1)), most])


def site_surveys(f):
    rows = f.rows("SELECT time, series, category, value, n FROM external_series WHERE unit = 'sites' AND NOT ends_with(series, '-summary')")
    newest = max(t for t, *_ in rows)
    survey = max({s for t, s, *_ in rows if t == newest}, key=lambda s: f"survey {s}" in f.page)
    now = {c: (v, n) for t, s, c, v, n in sorted(rows, key=lambda r: r[4] or 0) if t == newest and s == survey}  # the longest part
    loads, has, servers = (now[c] for c in ("loads over IPv6", "has AAAA", "IPv6 name server"))
    described = [num(loads[1])] if f"survey {survey} of" in f.page else []  # "of the 500 most visited sites in …"
    figures = [pct(*loads), num(loads[1]), pct(*has), *described, num(servers[0]), num(servers[1])]
    return Answer(newest.date() if hasattr(newest, "date") else newest, figures, [month(newest), survey], None)


# ------------------------------------------------------------------------------------------------------------- standards


def believed(f):
    """The indexes that did not lose more than a thirtieth of the entries of an earlier one, as (day, form), oldest first."""
    most, good = 0, []
    for on, form, entries in f.rows("SELECT snapshot_date, source, count(*) FROM rfcs WHERE source <> 'rfcN.json' GROUP BY 1, 2 ORDER BY 1, 2"):
        most = max(most, entries)
        if 30 * entries >= 29 * most:
            good.append((on, form))
    return good


def snapshots(f):
    """The days of the indexes that are believed, oldest first."""
    return sorted({on for on, _ in believed(f)})


def covered_years(f):
    """The year of publication of each RFC in the newest index, as far as the newest index with dates covers it; and its authors and pages."""
    on, form = believed(f)[-1]
    years, good = {}, set(believed(f))
    for number, year, day_, source in f.rows("SELECT number, published_year, snapshot_date, source FROM rfcs WHERE NOT not_issued AND published_year > 0 ORDER BY snapshot_date"):
        if source == "rfcN.json" or (day_, source) in good:
            years[number] = year
    dated = max((d for d, s in good if s in ("rfc-index.xml", "rfc-index.txt")), default=None)
    if dated is None:
        return on, {}
    last = dated.year if (dated.month, dated.day) == (12, 31) else dated.year - 1
    rows = f.rows("SELECT number, authors, pages FROM rfcs WHERE NOT not_issued AND snapshot_date = ? AND source = ?", on, form)
    return on, {n: (years[n], authors or [], pages) for n, authors, pages in rows if years.get(n, 9999) <= last}


def rfc_authors(f):
    _, rfcs = covered_years(f)
    if not rfcs:
        return None
    year = max(y for y, _, _ in rfcs.values())
    authors = [a for y, a, _ in rfcs.values() if y == year]
    known = [a for a in authors if a]
    if not known:
        return Answer(year, [], [f"of {year}"], None, [(0, len(authors))])
    people = {re.sub(", Ed\\.$", "", name) for a in known for name in a}
    figures = [num(len(people)), dec(sum(map(len, known)) / len(known)), num(sum(len(a) == 1 for a in known)), num(len(known))]
    return Answer(year, figures, [f"In {year},"] * 2, None, [(len(known), len(authors))])


def rfc_countries(f):
    if not f.has("rfc_texts"):
        return None
    _, rfcs = covered_years(f)
    addresses = collections.defaultdict(list)
    for document, countries in f.rows("SELECT document, countries FROM rfc_texts WHERE document LIKE 'RFC%'"):
        number = int(document[3:])
        if number in rfcs:
            addresses[rfcs[number][0]] += [(number, c) for c in countries or ()]
    addresses = {y: a for y, a in addresses.items() if a}
    if not addresses:
        return None
    year = max(addresses)
    known = [(n, c) for n, c in addresses[year] if c]
    of, having = sum(y == year for y, _, _ in rfcs.values()), len({n for n, _ in known})
    if not known:
        return Answer(year, [num(of), num(having)], [f"In {year},", f"of {year},"], None, [(having, of)])
    country, most = min(collections.Counter(c for _, c in known).items(), key=lambda x: (-x[1], x[0]))
    return Answer(year, [pct(most, len(known)), num(of), num(having)], [f"In {year},", f"of {year},", country], None, [(having, of)])


def rfc_errata_rate(f):
    newest = f.one("SELECT max(snapshot_date) FROM rfc_errata")
    _, rfcs = covered_years(f)
    if newest is None or not rfcs:
        return None
    pages = {n: p for n, (_, _, p) in rfcs.items() if p}
    errata = [n for n, in f.rows("SELECT number FROM rfc_errata WHERE snapshot_date = ? AND status IN ('verified', 'held')", newest) if n in pages]
    coverage = [(len(pages), len(rfcs))]
    if not pages:
        return Answer(newest, [], [], None, coverage)
    return Answer(newest, [dec(100 * len(errata) / sum(pages.values())), num(100), num(len(errata)), num(sum(pages.values()))], [], None, coverage)


def rfc_sizes(f):
    _, rfcs = covered_years(f)
    if not rfcs:
        return None
    year = max(y for y, _, _ in rfcs.values())
    pages = {n: p for n, (y, _, p) in rfcs.items() if y == year}
    known = sorted(p for p in pages.values() if p)
    coverage = [(len(known), len(pages))]
    figures = [num(statistics.median(known))] if known else []
    words = {int(d[3:]): w for d, w in f.rows("SELECT document, words FROM rfc_texts WHERE document LIKE 'RFC%'")} if f.has("rfc_texts") else {}
    read = [words[n] for n in pages if n in words]
    if read:
        figures += [num(len(read)), num(statistics.median(read))]
    return Answer(year, figures, [f"of {year} "], None, coverage)


def rfc_stages(f):
    if not f.has("draft_milestones"):
        return None
    _, rfcs = covered_years(f)
    days = collections.defaultdict(dict)
    for number, milestone, reached in f.rows("SELECT rfc, milestone, reached FROM draft_milestones ORDER BY snapshot_date"):
        days[number][milestone] = reached
    years = {rfcs[n][0] for n in days if n in rfcs}
    if not years:
        return None
    streams = {}
    for number, stream, on, form in f.rows("SELECT number, stream, snapshot_date, source FROM rfcs WHERE NOT not_issued AND stream <> '' ORDER BY snapshot_date"):
        if form == "rfcN.json" or (on, form) in set(believed(f)):
            streams[number] = stream
    newest = max(years)
    of = [n for n, (y, _, _) in rfcs.items() if y == newest]

    def spans(numbers, start, end):
        both = [(days[n][end] - days[n][start]).days for n in numbers if n in days and start in days[n] and end in days[n]]
        return [d for d in both if d >= 0]

    stages = [("queue", "publication"), ("first-revision", "publication")]
    ietf = stages + [("first-revision", "adoption"), ("adoption", "iesg"), ("iesg", "queue")]
    coverage = []
    for stream in {streams.get(n, "not told") for n in of}:
        members = [n for n in of if streams.get(n, "not told") == stream]
        coverage += [(len(spans(members, *s)), len(members)) for s in (ietf if stream == "IETF" else stages)]
    members = [n for n in of if streams.get(n) == "IETF"]
    if not members:
        return Answer(newest, [], [], None, coverage)
    figures = [num(statistics.median(found)) for found in (spans(members, "first-revision", "publication"), spans(members, "queue", "publication")) if found]
    return Answer(newest, figures, [f"of {newest}"], None, coverage)


def rfcs_by_group(f):
    named = [(on, form) for on, form in believed(f) if f.one("SELECT count(*) FROM rfcs WHERE snapshot_date = ? AND source = ? AND wg <> ''", on, form)]
    if not named:
        return None
    on, form = named[-1]
    rows = f.rows("SELECT number, wg, pages FROM rfcs WHERE NOT not_issued AND snapshot_date = ? AND source = ?", on, form)
    rows = [r for r in rows if r[1] not in ("", "NON WORKING GROUP", "LEGACY")]
    if not rows:
        return None
    counts = collections.Counter(wg for _, wg, _ in rows)
    group, most = min(counts.items(), key=lambda x: (-x[1], x[0]))
    relations = f.rows("SELECT number, relation, target_number FROM rfc_relations WHERE target_number > 0 AND snapshot_date = ? AND source = ?", on, form)
    gone = {t if r == "obsoletes" else n for n, r, t in relations if r in ("obsoletes", "obsoleted-by")}
    obsoleted = sum(wg == group and n in gone for n, wg, _ in rows)
    figures = [num(most)] + ([pct(obsoleted, most)] if obsoleted else [])
    return Answer(on, figures, [f"group {group} "], None, [(sum(bool(p) for _, _, p in rows), len(rows))])


def rfcs_by_year(f):
    days = snapshots(f)
    rows = f.rows("SELECT number, snapshot_date, status, published_year FROM rfcs WHERE NOT not_issued ORDER BY snapshot_date")
    newest = {n for n, d, *_ in rows if d == days[-1]}
    dated = {n for n, _, _, year in rows if year}
    coarse = {d for d in days if any(s == "standards track" for _, dd, s, _ in rows if dd == d)}
    told = max(d for _, d, s, _ in rows if d not in coarse)
    now = {n: s for n, d, s, _ in rows if d == days[-1] and s}
    levels = {n: s for n, d, s, _ in rows if d == told}
    full = {"internet standard", "proposed standard", "draft standard"}
    status = {n: levels[n] if s == "standards track" and levels.get(n) in full else s for n, s in now.items()}
    counts = collections.Counter(status.values())
    figures, names = [num(len(newest))], []
    if counts["internet standard"]:
        figures.append(num(counts["internet standard"]))
        names.append(day(told))
    figures += [num(n) for n in (counts["standards track"], len(newest - dated)) if n]
    return Answer(days[-1], figures, names)


def rfcs_by_stream(f):
    days = snapshots(f)
    streams = collections.Counter(dict(f.rows("SELECT stream, count(*) FROM rfcs WHERE NOT not_issued AND snapshot_date = ? GROUP BY 1", days[-1])))
    known = streams.total() - streams[""]
    if not known:
        return Answer(days[-1], [num(streams.total())], [], None, [(known, streams.total())])
    return Answer(days[-1], [pct(streams["IETF"], known), num(streams["INDEPENDENT"]), num(streams["IRTF"])], [], None, [(known, streams.total())])


def rfcs_by_area(f):
    days = [d for d, in f.rows("SELECT DISTINCT snapshot_date FROM rfcs WHERE area <> '' ORDER BY 1")]
    if not days:
        return None
    area, most = f.rows("SELECT area, count(*) FROM rfcs WHERE NOT not_issued AND area <> '' AND snapshot_date = ? GROUP BY 1 ORDER BY 2 DESC LIMIT 1", days[-1])[0]
    return Answer(days[-1], [num(most)], [f"area {area} "])


def rfc_age(f):
    published, year_ends = {}, {}
    good = set(believed(f))
    for number, year, mon, snapshot, form in f.rows("SELECT number, published_year, published_month, snapshot_date, source FROM rfcs WHERE NOT not_issued ORDER BY snapshot_date"):
        if year and (form == "rfcN.json" or (snapshot, form) in good):
            published[number] = (year, mon)
    covered = max(on for on, form in good if form in ("rfc-index.xml", "rfc-index.txt"))
    last_year = covered.year if (covered.month, covered.day) == (12, 31) else covered.year - 1
    newest = max(on for on, _ in good)
    successors = collections.defaultdict(set)
    for number, relation, target, snapshot, form in f.rows(
        "SELECT number, relation, target_number, snapshot_date, source FROM rfc_relations WHERE target_number > 0 AND relation IN ('obsoletes', 'obsoleted-by')"
    ):
        if form != "rfcN.json" and (snapshot, form) not in good:
            continue
        old, new = (target, number) if relation == "obsoletes" else (number, target)
        successors[old].add(new)
    ages, later, undated = collections.defaultdict(list), 0, 0
    for old, news in successors.items():
        if old not in published:
            continue
        dates = [published[n] for n in news if n in published]
        if not dates:
            later, undated = later + 1, undated + 1
            continue
        year, mon = min(dates)
        if year > last_year:
            later += 1
        else:
            ages[year].append((12 * year + mon - 12 * published[old][0] - published[old][1]) / 12)
    year = max(ages)
    figures = [num(len(ages[year])), dec(statistics.median(ages[year]))] + ([num(later)] if later else []) + ([num(undated)] if undated else [])
    return Answer(year, figures, [f"In {year},"] + ([day(newest)] if later else []))


def rfc_errata(f):
    newest = f.one("SELECT max(snapshot_date) FROM rfc_errata")
    statuses = collections.Counter(dict(f.rows("SELECT status, count(*) FROM rfc_errata WHERE snapshot_date = ? GROUP BY 1", newest)))
    return Answer(newest, [num(statuses["reported"]), num(statuses.total())])


def rfc_changes(f):
    newest = snapshots(f)[-1]
    kinds = collections.Counter(dict(f.rows("SELECT kind, count(*) FROM rfc_events WHERE until = ? GROUP BY 1", newest)))
    return Answer(newest, [num(kinds["published"]), num(kinds["status"]), num(kinds["relation-added"])])


def rfc_status_changes(f):
    rows = f.rows("SELECT before, now, number, after, until FROM rfc_events WHERE kind = 'status'")
    pairs = collections.Counter((b, n) for b, n, *_ in rows if b and n)
    if not pairs:
        return None
    (before, now), most = pairs.most_common(1)[0]
    published = {n: (y, m) for n, y, m in f.rows("SELECT number, published_year, published_month FROM rfcs WHERE published_year > 0 ORDER BY snapshot_date")}
    least, longest = [], []
    for b, n, number, after, until in rows:
        if (b, n) == (before, now) and number in published:
            year, mon = published[number]
            start = datetime.date(year, mon or 1, 1)
            least.append((after - start).days / 365.25)
            longest.append((until - start).days / 365.25)
    newest = f.one("SELECT max(snapshot_date) FROM rfcs")
    return Answer(newest, [num(most), dec(statistics.median(least)), dec(statistics.median(longest))], [f"from {before} to {now}"])


WATCHED = {6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890}


def rfc_watched_changes(f):
    rows = f.rows("SELECT until, number, document, title, kind, relation, concerns FROM rfc_events")
    watched = [r for r in rows if r[1] in WATCHED or WATCHED & set(r[6] or ())]
    newest = max(r[0] for r in watched)
    says = [f"concerns {r[2].replace('RFC', 'RFC ')}, {r[3]} ({r[4]}{' ' + r[5] if r[5] else ''})" for r in watched if r[0] == newest]
    return Answer(newest, [num(len(watched))], [("any", says)])


def iana_registrations(f):
    """Compares the snapshots of each registry, of which assignment_events is made."""
    if not f.has("assignments"):
        return None
    snapshots = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
    lists = {}
    for on, registry, which, title, value, name, description, state, dated, reference in f.rows(
        "SELECT registry_date, registry, list, title, value, name, description, state, registered, reference FROM assignments"
    ):
        if state != "unassigned":
            snapshots[registry][on][which, value].append((name, description, reference, dated))
            lists[which] = title
    added, changed, removed, newest = [], 0, 0, []
    for days in snapshots.values():
        before = None
        for on in sorted(days):
            now = days[on]
            if before is None:
                came = [(k, e) for k, entries in now.items() for e in entries if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", e[3]) and e[3] <= on.isoformat()]
                newest += [(on, k[0], e) for k, e in came]
                added += [e for _, e in came]
            else:
                for key in set(before) | set(now):
                    old, new = [e[:3] for e in before.get(key, [])], [e[:3] for e in now.get(key, [])]
                    gone, fresh = list((collections.Counter(old) - collections.Counter(new)).elements()), list((collections.Counter(new) - collections.Counter(old)).elements())
                    pairs = min(len(gone), len(fresh))
                    changed += sum(a != b for i in range(pairs) for a, b in zip(gone[i], fresh[i]))
                    added, removed = added + fresh[pairs:], removed + len(gone) - pairs
                    newest += [(on, key[0], e) for e in fresh + gone[pairs:]]
            before = now
    if not newest:
        return None
    last = max(n[0] for n in newest)
    says = [f"concerns {e[0]} in the list {lists[which] or which} (" for on, which, e in newest if on == last]
    references = [e[2] for on, _, e in newest if on == last and e[2]]
    by_rfc = sum(bool(re.search(r"\[RFC ?\d", e[2])) for e in added)
    return Answer(last, [num(len(added)), num(by_rfc), num(changed), num(removed)], [("any", says), ("any", references)])


def rfc_pending_changes(f):
    newest = f.one("SELECT max(snapshot_date) FROM drafts") if "drafts" in f.packages and f.packages["drafts"].get("partitions") else None
    if newest is None:
        return None
    active = f.rows("SELECT name, revision FROM drafts WHERE snapshot_date = ? AND state = 'active'", newest)
    texts = collections.defaultdict(dict)
    if f.packages["draft_headers"].get("partitions"):
        for name, revision, obsoletes, updates, quotes in f.rows("SELECT name, revision, obsoletes, updates, quotes FROM draft_headers WHERE has_header"):
            texts[name][revision] = (obsoletes, updates, quotes)
    told = collections.defaultdict(list)
    for source, relation, target in f.rows("SELECT source, relation, target_number FROM draft_relations WHERE snapshot_date = ?", newest):
        told[source].append((relation, target))
    stated, possible, read = set(), set(), 0
    for name, revision in active:
        header = next((texts[name][r] for r in sorted(texts[name], reverse=True) if r <= revision), None)
        read += header is not None
        sure = {(relation, target) for relation, target in told[name] if relation in ("obsoletes", "updates")}
        maybe = {int(n) for n in re.findall(r"-(?:rfc-?)?(\d{4,5})-?(?:bis|update)(?=-|$)", name)}
        if header:
            sure |= {("obsoletes", n) for n in header[0]} | {("updates", n) for n in header[1]}
            maybe |= set(header[2])
        else:
            maybe |= {target for relation, target in told[name] if relation in ("normative", "informative", "unknown-reference")}
        stated |= {(f"{name}-{revision}", relation, n) for relation, n in sure if n in WATCHED}
        possible |= {f"{name}-{revision}" for n in (maybe & WATCHED) - {n for _, n in sure}}
    drafts = {draft for draft, *_ in stated}
    if not stated and not read and active:
        figures, names = [], []
    else:
        figures, names = [num(len(drafts))], []
    if stated:
        names.append(("any", [f"{draft} would {relation[:-1]} RFC {n}" for draft, relation, n in sorted(stated)]))
    figures += [num(len(possible))] if possible else []
    figures += [num(len(active) - read), num(len(active))] if read < len(active) else []
    return Answer(newest, figures, names, None, [(read, len(active))] if active else [])


def rfc_citations(f):
    pairs = f.rows("SELECT index_date, number, cited, kind, obsolete, replaced_by FROM rfc_citations") if f.packages["rfc_citations"].get("partitions") else []
    if not pairs:
        return None
    newest = max(p[0] for p in pairs)
    citing, normative, obsolete = collections.Counter(), collections.Counter(), {}
    for day, _, cited, kind, is_obsolete, by in pairs:
        if day == newest:
            citing[cited] += 1
            normative[cited] += kind == "normative"
            if is_obsolete == "yes":
                obsolete[cited] = by
    dead = sorted((n for n in obsolete if normative[n]), key=lambda n: (-citing[n], n))
    most = min(citing, key=lambda n: (-citing[n], n))
    read = len({document for document, revision in f.rows("SELECT document, revision FROM rfc_texts") if not revision})
    issued = f.one("SELECT count(DISTINCT number) FROM rfcs WHERE snapshot_date = ? AND NOT not_issued", newest)
    figures, names = [num(len(dead)), num(citing[most])], [f"was RFC {most},"]
    if dead:
        figures.append(num(normative[dead[0]]))
        names.append(f"RFC {dead[0]} was cited most")
    return Answer(newest, figures + [num(read), num(issued)], names, None, [(read, issued)])


def special_blocks(f):
    newest = f.one("SELECT max(registry_date) FROM special_prefixes")
    return Answer(newest, [num(f.one("SELECT count(*) FROM special_prefixes WHERE registry_date = ?", newest))])


IRREGULAR = re.compile(r"malformed|^repeated |^AS 0 |: (attribute discard|treat-as-withdraw|session reset)|ADD-PATH|not decoded|bits set")


def decoder_findings(f):
    counts = collections.defaultdict(collections.Counter)
    for dataset, when, finding, rejected, n in f.rows("SELECT dataset, file_date, finding, rejected, occurrences FROM decoder_notes WHERE occurrences > 0"):
        if dataset in ("routes", "updates") and (rejected or IRREGULAR.search(finding)):
            counts[when.year][finding, rejected, dataset] += n
    if not counts:
        return None
    year = max(counts)
    most = max(counts[year].values())
    says = [f"“{finding}”" for (finding, *_), n in counts[year].items() if n == most]
    return Answer(year, [num(counts[year].total()), num(most)], [f"In files of {year},", f"in files of {year} was", ("any", says)])


def malformed_updates(f):
    errors = collections.defaultdict(collections.Counter)
    for when, collector, address, asn, attribute, fault, n in f.rows("SELECT time, collector, peer_address, peer_asn, attribute, fault, messages FROM update_errors"):
        errors[when.date()][collector, address, asn, attribute, fault] += n
    if not errors:
        return None
    when = max(errors)
    of = collections.Counter()
    for (collector, *_), n in errors[when].items():
        of[collector] += n
    collector = min(c for c in of if of[c] == max(of.values()))
    theirs = {error: n for error, n in errors[when].items() if error[0] == collector}
    most = max(theirs.values())
    says = [f"was in {attribute} ({fault}), sent by AS{asn} from {address}" for (_, address, asn, attribute, fault), n in theirs.items() if n == most]
    covered = {c: minutes_covered(f, c) if when == window(f)[0] else 0 for c in of}
    return Answer(when, [num(covered[collector]), num(of[collector]), num(most)], [collector, ("any", says)], None, [(covered[c], 1440) for c in of])


def otc_updates(f):
    """Walks each path of an announcement with Only to Customer from the AS of the attribute to the collector."""
    def judge(path, otc, relation):
        if not path.replace(" ", "").isdigit():
            return "unknown", None
        ases = [int(asn) for asn in path.split()]
        ases = [asn for i, asn in enumerate(ases) if i == 0 or ases[i - 1] != asn]
        if otc not in ases:
            return "unknown", None
        at = ases.index(otc)
        hops = [relation(ases[i - 1], ases[i]) for i in range(at, 0, -1)]
        for i, what in enumerate(hops):
            if i > 0 and what in ("provider", "peer"):
                return "leak", ases[at - i]
        return ("unknown" if "unknown" in hops[1:] or hops[:1] == ["provider"] else "kept"), None

    marked = f.rows("SELECT time, collector, family, prefix, as_path, otc FROM updates WHERE otc IS NOT NULL AND kind = 'announce' AND safi = 1")
    if not marked:
        return None
    hours = [h for (h,) in f.rows("SELECT DISTINCT time FROM as_links")] if f.has("as_links") else []
    when = max(time.date() for time, *_ in marked)
    noon = datetime.datetime.combine(when, datetime.time(12), tzinfo=marked[0][0].tzinfo)
    near = min(hours, key=lambda h: abs(h - noon), default=None)
    links = {}
    if near is not None and abs(near - noon) <= datetime.timedelta(days=8):
        links = {(family, a, b): r for family, a, b, r in f.rows("SELECT family, as_a, as_b, relation FROM as_links WHERE time = ?", near)}
    turned = {"provider": "customer", "customer": "provider"}
    found = collections.defaultdict(list)
    for time, collector, family, prefix, path, otc in marked:
        if time.date() != when:
            continue

        def relation(a, b):
            r = links.get((family, min(a, b), max(a, b)), "unknown")
            return r if a < b else turned.get(r, r)
        found[collector, family].append((*(judge(path, otc, relation) if links else ("unknown", None)), prefix))
    most = max(sum(state == "leak" for state, *_ in of) for of in found.values())
    collector, family = min(key for key, of in found.items() if sum(state == "leak" for state, *_ in of) == most)
    of = found[collector, family]
    judged = sum(state != "unknown" for state, *_ in of)
    figures, says = [num(most)], [collector, f"IPv{family}"]
    leaks = collections.Counter(asn for state, asn, _ in of if state == "leak")
    if leaks:
        asn = min(leaks, key=lambda asn: (-leaks[asn], asn))
        figures += [num(leaks[asn]), num(len({prefix for state, by, prefix in of if by == asn}))]
        says.append(f"AS{asn}")
    return Answer(when, figures + [num(judged), num(len(of))], says, None, [(sum(s != "unknown" for s, *_ in of), len(of)) for of in found.values()])


def links_of(f, hour, family):
    """The links of an hour by relation, and its vantage points."""
    by = collections.Counter()
    for relation, n in f.rows("SELECT relation, count(*) FROM as_links WHERE time = ? AND family = ? GROUP BY 1", hour, family):
        by[{"provider": "transit", "customer": "transit"}.get(relation, relation)] += n
    return by, f.one("SELECT max(vantages_total) FROM as_links WHERE time = ? AND family = ?", hour, family)


def as_relations(f):
    hour = f.one("SELECT max(time) FROM as_links")
    figures, coverage = [], []
    for family in FAMILIES:
        by, _ = links_of(f, hour, family)
        if not by:
            continue
        if not figures:
            figures.append(pct(by["transit"], by.total()))
        figures += [num(by["peer"]), num(by["unknown"])]
        coverage.append((by.total() - by["unknown"], by.total()))
    figures.append(num(next(v for _, v in (links_of(f, hour, family) for family in FAMILIES) if v)))
    return Answer(hour.date(), figures, measured_names(f, hour)[:1], f.fewest_feeds(hour), coverage)


def customer_cones(f):
    figures, names = [], []
    hour = f.one("SELECT max(time) FROM as_topology")
    for family in FAMILIES:
        largest = f.rows("SELECT asn, cone_ases, cone_prefixes FROM as_topology WHERE time = ? AND family = ? ORDER BY cone_ases DESC, cone_addresses DESC, asn", hour, family)
        if not largest:
            continue
        asn, ases, prefixes = largest[0]
        figures += ([] if figures else [num(ases)]) + [num(prefixes)]
        names.append(network(f, asn))
        then = [h for h in f.hours() if h <= hour - datetime.timedelta(days=28) and f.measured(h).get(family) == f.measured(hour)[family]]
        before = f.rows("SELECT cone_ases FROM as_topology WHERE time = ? AND family = ? AND asn = ?", then[-1], family, asn) if then else None
        if before:
            figures.append(num(before[0][0]))
            names.append(day(then[-1].date()))
    return Answer(hour.date(), figures, names + measured_names(f, hour)[:1], f.fewest_feeds(hour))


def dumps(f, family):
    """The tables that are dumps of a collector."""
    return [t for t in f.tables(family) if f.stat(t, family, "entries")]


def newest_dump(f, family):
    return max(dumps(f, family), key=lambda t: (t[0], len(f.feed_ases(t, family))), default=None)


def attributes(f):
    tables = {family: newest_dump(f, family) for family in FAMILIES if newest_dump(f, family)}
    first = min(tables)
    share = lambda family, key: pct(f.stat(tables[family], family, "attribute_entries", key), f.stat(tables[family], family, "entries"))
    figures = [share(first, "communities")] + [share(family, key) for family in tables for key in ("large-communities", "otc")]
    names = [t[1] for t in tables.values()] + [day(t[0]) for t in tables.values()]
    return Answer(max(t[0] for t in tables.values()).date(), figures, names, f.feeds_behind(tables))


def marked_prefixes(f, key):
    """The prefixes with an attribute in the newest dump of each family, and how their number changed."""
    figures, names, tables = [], [], {}
    for family in FAMILIES:
        table = newest_dump(f, family)
        if not table:
            continue
        tables[family] = table
        now = f.stat(table, family, "attribute_prefixes", key)
        before = f.before(table, family)
        figures.append(num(now))
        names.append(table[1])
        then = before and f.stat(before, family, "attribute_prefixes", key)
        if then:
            figures += changed(now, then)
            names.append(day(before[0]))
    return Answer(max(t[0] for t in tables.values()).date(), figures, names, f.feeds_behind(tables))


def as_sets(f):
    return marked_prefixes(f, "as-set")


def blackholes(f):
    return marked_prefixes(f, "blackhole")


def standards_in_the_wild(f):
    """The share of valid IPv4 routes in the newest hour, and of how many standards there are data: the tables show nine of them."""
    hour, table = f.hours()[-1], newest_dump(f, 4)
    by_state = count_states(f, hour, 4)
    routes, unknown = by_state.total(), by_state["unknown"]
    entries = f.stat(table, 4, "entries")
    seen = {table[0]: [(entries, entries)]}
    seen.setdefault(hour, []).append((routes - unknown, routes))
    standards = 9
    if f.has("aspas"):
        days = [d for d, in f.rows("SELECT DISTINCT file_date FROM aspas") if any(0 <= (t.date() - d).days <= 3 for t in f.hours())]
        if days:
            standards += 1
            day_of = max(days)
            last = max(t for t in f.hours() if 0 <= (t.date() - day_of).days <= 3)
            origins = f.one("SELECT count(DISTINCT origin_asn) FROM route_states WHERE time = ? AND left_out = '' AND origin_asn <> 0", last)
            seen.setdefault(datetime.datetime.combine(day_of, datetime.time(), hour.tzinfo), []).append((origins, origins))
    if f.has("domain_readiness"):
        p = Probe(f)
        standards += 1
        seen.setdefault(p.time, []).append(p.ready("web")[1:])
    newest = max(seen)
    feeds = f.feeds_behind({4: table}) if newest == table[0] else f.fewest_feeds(hour) if newest == hour else None
    figures = [pct(by_state["valid"], routes)] if 100 * unknown <= 5 * routes else []
    return Answer(newest.date(), figures + [num(standards), num(8 + 11 - standards)], [day(hour)] if hour.date() != newest.date() else [], feeds, seen[newest])


QUESTIONS = [
    address_span, as_relations, as_sets, aspa_adoption, aspa_states, attributes, blackholes, bogon_count, bogon_witnesses, bogons, countries,
    country_ipv6, country_rov, customer_cones, deaggregation, deaggregators, decoder_findings, delegations_by_country, delegations_by_year, google_ipv6,
    iana_registrations,
    ipv6_against_ipv4, ipv6_bad_addresses, ipv6_causes, ipv6_definitions, ipv6_funnel, ipv6_hold_outs, ipv6_hosting, ipv6_league, ipv6_lost,
    ipv6_networks, ipv6_pages, ipv6_quality, ipv6_readiness, ipv6_resolvability, ipv6_routes, ipv6_servers, ipv6_space, ipv6_strata, ipv6_users,
    ipv6_users_by_country, ipv6_vantages, irr_consistency, left_out, malformed_updates, moas, moas_prefixes, more_specifics, nat64_seen, needless_updates, origin_ases, otc_updates,
    origin_changes, path_lengths, prefix_lengths, projections, registry_pools, registry_routing, rfc_age, rfc_authors, rfc_changes, rfc_citations,
    rfc_countries, rfc_errata, rfc_errata_rate, rfc_pending_changes, rfc_sizes, rfc_stages, rfc_status_changes, rfc_watched_changes, rfcs_by_area, rfcs_by_group, rfcs_by_stream,
    rfcs_by_year, roa_changes, route_changes, route_events, rov_states, rov_vantages, series_jumps, sessions, site_surveys, special_blocks,
    standards_in_the_wild, table_growth, table_history, transfers_by_year, translation_answers, translation_prefixes, unadvertised, unstable_prefixes, updates,
    vantage_abilities,
]

# ----------------------------------------------------------------------------------------------------------- comparison


class Ledger:
    """What was compared, and what differs."""

    def __init__(self):
        self.compared, self.faults = 0, []

    def compare(self, where, what, printed, computed):
        self.compared += max(len(printed), len(computed))
        if printed != computed:
            self.faults.append(f"{where}: {what}: the page has {printed}, the files give {computed}")

    def fault(self, where, text):
        self.faults.append(f"{where}: {text}")


def chosen(names, text, fault):
    """The names that a text must contain; of alternatives that are equal in the files, the one that the page has."""
    found = []
    for name in names:
        if isinstance(name, tuple):
            there = [n for n in name[1] if n in text]
            if not there:
                fault(f"the page has none of {name[1][:5]}")
            found += [max(there, key=len)] if there else []
        else:
            found.append(name)
    return found


def check_question(f, ledger, path, answer, markup):
    claim = text_of(re.sub(r'<p class="basis">.*?</p>', "", markup, flags=re.S))
    basis = text_of("".join(re.findall(r'<p class="basis">(.*?)</p>', markup, re.S)))
    where = path.parent.name
    if answer is None:
        if claim not in ("There are no data yet to answer this question.", "The data contain nothing that this question asks for."):
            ledger.fault(where, f"the files have nothing to say, the page has {claim!r}")
        answer = Answer(None, [])
    names = chosen(answer.names, claim, lambda text: ledger.fault(where, text))
    as_of = day(answer.as_of) if isinstance(answer.as_of, datetime.date) else None
    printed, missing = numbers(claim, dict.fromkeys(names), as_of)
    for text in missing:
        ledger.fault(where, text)
    ledger.compare(where, claim, printed, answer.figures)
    check_basis(f, ledger, where, answer, basis)


def rejected(f, dataset):
    """The records that the newest day's sources of a dataset lost, by the published list of partitions."""
    rows = f.partitions(dataset)
    newest = max((r["day"] for r in rows), default="")
    return sum(int(r["rejected"]) for r in rows if r["day"] == newest)


def age_limit(f, dataset):
    """For how many days a file of the dataset proves something, by its published description, and which lines; the shortest."""
    limits = []
    for lines, after in re.findall(r"(?:A file|What a file has as (.+?)) proves something about its own day(.*?):", f.packages[dataset]["description"]):
        days = re.search(r"and the (\d+) days after", after)
        limits.append((int(days[1]) if days else 1 if "the day after" in after else 0, lines))
    return min(limits, default=None, key=lambda limit: limit[0])


TIMELESS = "1969-04-07"  # the day of partitions that speak of none, as the texts of RFCs and drafts


def days_behind(f, datasets, when):
    """The days of the files from which the partitions of a day were made, be it in steps, by dataset. Where a dataset has none of
    that day, its newest were read."""
    made = f.once("made", lambda: {r["partition"]: (name, r) for name in f.packages for r in f.partitions(name)})
    days = collections.defaultdict(set)
    queue = []
    for name in datasets:
        of = collections.defaultdict(list)
        for r in f.partitions(name):
            of[r["day"]].append(r["partition"])
        queue += of.get(when) or of[max(of)]
    met = set(queue)
    while queue:
        name, r = made[queue.pop()]
        steps = [path for path in r["inputs"].split("|") if path in made]
        if not steps and r["day"] != TIMELESS:
            days[name].add(r["day"])
        queue += set(steps) - met
        met |= set(steps)
    return days


def input_words(f, datasets, when):
    """What the line of an answer says of files of other days than the answer, and of files past their limit."""
    others, old = collections.defaultdict(list), collections.defaultdict(list)
    for name, days in sorted(days_behind(f, datasets, when).items()):
        limit = age_limit(f, name)
        past = [d for d in sorted(days) if limit and (datetime.date.fromisoformat(when) - datetime.date.fromisoformat(d)).days > limit[0]]
        other = [d for d in sorted(days) if d != when and d not in past]
        if other and name not in datasets:
            others[" to ".join(dict.fromkeys((other[0], other[-1])))].append(name)
        if past:
            span = " to ".join(dict.fromkeys((past[0], past[-1])))
            old[f"{span} ({limit[0]} day{'s' if limit[0] != 1 else ''}{' for what is ' + limit[1] if limit[1] else ''})"].append(name)
    says = []
    for label, groups in (("Also based on", others), ("Past their age limit:", old)):
        if groups:
            says.append(f"{label} {'; '.join(', '.join(names) + ' of ' + days for days, names in groups.items())}.")
    return says


def feed_words(feeds):
    n, of = feeds
    ases = f"{num(of)} {'ASes with full feeds' if of > 1 else 'AS with a full feed'}"
    return ases if n == of else f"{num(n)} of {ases}"


def check_basis(f, ledger, where, answer, basis):
    """The line of an answer that says what it rests on, word by word."""
    says = []
    sources = re.search(r"From ([a-z_0-9 ;-]+)\.", basis)
    names = [source.partition(" of ")[0] for source in sources[1].split("; ")] if sources else []
    dated = [name for name in names if str(f.days(name)[0]) != TIMELESS]
    if sources and not answer.as_of:  # nothing is known of the newest day
        answer.as_of = max(f.days(name)[-1] for name in dated)
    if answer.as_of:
        says.append(f"As of {answer.as_of}.")
    if sources:
        spans = []
        for name in names:
            days = f.days(name)
            spans.append(name if name not in dated else f"{name} of {days[0]} to {days[-1]}" if days[0] != days[-1] else f"{name} of {days[0]}")
        says.append("From " + "; ".join(spans) + ".")
        when = str(answer.as_of) if isinstance(answer.as_of, datetime.date) else str(max(f.days(name)[-1] for name in dated))
        says += input_words(f, names, when)
        lost = sum(rejected(f, name) for name in names)
    else:
        lost = 0
    feeds = answer.feeds if isinstance(answer.feeds, list) else [answer.feeds]
    options = [feed_words(pair) + "." for pair in feeds if pair and pair[0]]
    if options:
        says.append(next((o for o in options if f" {o}" in basis), options[0]))
    if answer.coverage:
        worst = min(k / o for k, o in answer.coverage)
        options = [f"{known_percent(k, o)} of {num(o)} " for k, o in answer.coverage if k / o == worst]
        things = re.search(r"% of [\d,]+ ([A-Za-z6 ]+) known\.", basis)
        option = next((o for o in options if o in basis), options[0])
        says.append(f"{option}{things[1] if things else '?'} known.")
    if lost:
        says.append(f"{num(lost)} record{'s' if lost > 1 else ''} of the newest day rejected.")
    ledger.compare(where, "basis", NUMBER.findall(basis), NUMBER.findall(" ".join(says)))
    if basis != " ".join(says):
        ledger.fault(where, f"the page's basis is {basis!r}, by the files {' '.join(says)!r}")


def check_index(f, ledger):
    markup = (f.site / "index.html").read_text()
    figures = re.search(r'<ul class="figures">(.*?)</ul>', markup, re.S)[1]
    cards = re.findall(r"<li\b[^>]*>(.*?)</li>", figures, re.S)
    if not cards:
        ledger.fault("index", "there is no card")
    for card in cards:
        label = text_of(re.search(r'<p class="label"><a[^>]*>(.*?)</a>', card, re.S)[1])
        parts = {name: text_of(body) for name, body in re.findall(r'<p class="(value|basis|change)">(.*?)</p>', card, re.S)}
        if label not in CARDS:
            ledger.fault("index", f"no function recomputes the card {label!r}")
            continue
        for name, says in CARDS[label](f).items():
            ledger.compare("index", f"{label}: {name}", NUMBER.findall(parts.get(name, "")), NUMBER.findall(says))
            if parts.pop(name, "") != says:
                ledger.fault("index", f"{label}: {name}: expected {says!r} in {text_of(card)!r}")
        if parts:
            ledger.fault("index", f"{label}: the card also says {parts}")
    behind = text_of(re.search(r'<h2 id="what-h">.*?</h2>(.*?)</section>', markup, re.S)[1])
    counts = {name: sum(p["rowCount"] for p in package.get("partitions", [])) for name, package in f.packages.items()}
    files = raw_files(f)
    says = f"{num(sum(counts.values()))} rows in {sum(n > 0 for n in counts.values())} datasets, made from {num(len(files))} raw source files"
    printed, size_of = re.match(r"(.*?) \(([\d.]+ [kMG]?B)\)\.", behind).groups()
    ledger.compare("index", "behind the figures", [printed], [says])
    ledger.compared += 3
    bounds = [least_and_most(size) for size in files.values()]
    least, most = least_and_most(size_of)
    if sum(high for _, high in bounds) < least or sum(low for low, _ in bounds) > most:
        ledger.fault("index", f"the raw files have {size_of} by the page, but {sum(low for low, _ in bounds):.0f} to {sum(high for _, high in bounds):.0f} bytes by the datasets")


def raw_files(f):
    """The raw files that the pages of the datasets name, with the size of each as printed there."""
    files = {}
    for name in f.packages:
        markup = (f.site / "datasets" / f"{name}.html").read_text()
        for path, size in re.findall(r'<li><span class="path">([^<]+)</span>, ([\d.]+ [kMG]?B)', markup):
            files[path] = size
    return files


def least_and_most(printed):
    """The bytes that a size may stand for, which is rounded to the last digit."""
    number, unit = printed.split()
    factor = {"B": 1, "kB": 1000, "MB": 10**6, "GB": 10**9}[unit]
    half = 0 if unit == "B" else factor / 20
    return float(number) * factor - half, float(number) * factor + half


def check_dataset(f, ledger, path):
    name = path.stem
    markup = path.read_text()
    answer = text_of(re.search(r'<p class="answer">.*?</p>\s*<p>(.*?)</p>', markup, re.S)[1])
    partitions = f.packages[name].get("partitions", [])
    rows = f.one(f"SELECT count(*) FROM {name}") if partitions else 0
    if partitions:
        n = len(partitions)
        day = f.days(name)[-1]
        newest = f", newest {day}" if str(day) != TIMELESS else ""
        says = f"{num(rows)} row{'s' if rows != 1 else ''} in {num(n)} partition{'s' if n != 1 else ''}{newest}."
        if not answer.endswith(says):
            ledger.fault(f"dataset {name}", f"the page says {answer!r}, the files give {says!r}")
        ledger.compared += 2
    ledger.compare(f"dataset {name}", "rows in the Data Package", [sum(p["rowCount"] for p in partitions)], [rows])


def card_of_table(count, unit):
    def card(f):
        family = 6 if "6" in unit else 4
        table = f.newest_table(family)
        feeds = f.feeds_behind({family: table})
        now = count(f, table, family)
        says = {"value": f"{num(now)} {unit.split('/')[0]}", "basis": f"As of {table[0].date()}, {table[1]}, {table[2]}" + (f"; {feed_words(feeds)}" if feeds and feeds[0] else "")}
        before = f.before(table, family)
        if before and a_year(table[0], before[0]):
            then = count(f, before, family)
            by = now - then
            sign = "−" if by < 0 else "+"
            says["change"] = f"{sign}{num(abs(by))} ({sign}{pct(abs(by), then)}) since {before[0].date()}" if by else f"unchanged since {before[0].date()}"
        return says

    return card


def card_of_validity(f):
    hour = f.hours()[-1]

    def valid(hour):
        states = count_states(f, hour, 4)
        return states["valid"], states.total() - states["unknown"], states.total()

    ok, known, routes = valid(hour)
    feeds = f.hour_feeds(hour, 4)
    measured = f.measured(hour)[4]
    says = {"basis": f"As of {hour.date()}, {measured}" + (f"; {feed_words((len(feeds), len(feeds)))}" if feeds else "") + f"; {known_percent(known, routes)} of {num(routes)} routes known"}
    if 100 * known < 95 * routes:
        says["withheld"] = f"Not shown. {num(routes - known)} of {num(routes)} routes are unknown. To know them, collect validated payloads of the dump's own day from all five trust anchors."
        return says
    says["value"] = pct(ok, routes)
    before = f.comparable_hour(hour)
    if before and a_year(hour, before):
        was, _, of = valid(before)
        by = 100 * ok / routes - 100 * was / of
        says["change"] = f"{'−' if by < 0 else '+'}{dec(abs(by))} points since {before.date()}"
    return says


def card_of_rfcs(f):
    newest = snapshots(f)[-1]
    return {"value": f"{num(f.one('SELECT count(*) FROM rfcs WHERE NOT not_issued AND snapshot_date = ?', newest))} RFCs", "basis": f"As of {newest}"}


def card_of_readiness(f):
    p = Probe(f)
    ready, judged, offering = p.ready("web")
    says = {"basis": f"As of {p.time.date()}, {p.list}, probes; {known_percent(judged, offering)} of {num(offering)} domains known"}
    if 100 * judged < 95 * offering:
        says["withheld"] = f"Not shown. {num(offering - judged)} of {num(offering)} domains are unknown. To know them, collect another probe run, from a connection that reaches its control hosts and its resolver over both families."
    else:
        says["value"] = pct(ready, judged)
    return says


CARDS = {
    "IPv4 prefixes": card_of_table(lambda f, t, family: len(f.prefixes(t, family)), "prefixes"),
    "IPv6 prefixes": card_of_table(lambda f, t, family: len(f.prefixes(t, family)), "prefixes/6"),
    "Origin ASes (IPv4)": card_of_table(lambda f, t, family: len(origins(f, t, family)), "ASes"),
    "IPv4 routes ROV-valid": card_of_validity,
    "RFCs": card_of_rfcs,
    "Domains ready for IPv6 (web)": card_of_readiness,
}


def main(site):
    f, ledger = Files(pathlib.Path(site)), Ledger()
    functions = {function.__name__.replace("_", "-"): function for function in QUESTIONS}
    pages = sorted((f.site / "q").glob("*/index.html"))
    for path in pages:
        name = path.parent.name
        markup = re.search(r'<div class="answer">(.*?)</div>', path.read_text(), re.S)[1]
        if name not in functions:
            ledger.fault(name, "no function recomputes this question")
            continue
        f.page = text_of(markup)
        try:
            answer = functions[name](f)
        except Exception as err:
            if "-v" in sys.argv:
                raise
            ledger.fault(name, f"{type(err).__name__}: {err}")
            continue
        check_question(f, ledger, path, answer, markup)
    for path in sorted((f.site / "datasets").glob("*.html")):
        if path.stem in f.packages:
            check_dataset(f, ledger, path)
    check_index(f, ledger)
    for fault in ledger.faults:
        print(fault)
    print(f"{ledger.compared} figures of {len(pages)} questions and {len(f.packages)} datasets compared, {len(ledger.faults)} differ")
    return 1 if ledger.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
