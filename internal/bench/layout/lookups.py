"""Times ten common lookups in Tidemark's Parquet files, and in the same rows laid out otherwise, by DuckDB, pyarrow and Polars.

    pip install duckdb pyarrow polars
    python internal/bench/layout/lookups.py DATA [NAME=FOLDER ...]

DATA is a data folder that has routes, rib_entries and updates; of each dataset the largest partition is read. Each NAME=FOLDER has
partitions of the same rows, such as those that another release wrote, as routes.parquet, rib_entries.parquet and updates.parquet. What a reader
answers must be the same of every layout, and what DuckDB and the others answer too. Printed are the bytes, and for each lookup the
median of the CPU milliseconds (user and system) that it took, with all threads of the reader.
"""

import argparse
import datetime
import os
import pathlib
import statistics
import sys
import tempfile

import duckdb
import polars
import pyarrow
import pyarrow.compute
import pyarrow.dataset
import pyarrow.parquet

DATASETS = ["routes", "rib_entries", "updates"]


def lookups(rows):
    """The ten lookups: what a person asks, the dataset, the filter, and the columns that are shown, or the column that rows are counted by.

    The values are those of a row in the middle of each file, so that none is favoured by being first.
    """
    routes, entries, updates = (rows[name] for name in DATASETS)
    minutes = updates["time"] + datetime.timedelta(minutes=1)
    return [
        ("the routes of a prefix", "routes", [("prefix", "==", routes["prefix"])], ["origin_asn", "seen_by"]),
        ("the prefixes of an AS", "routes", [("origin_asn", "==", routes["origin_asn"])], ["prefix", "left_out"]),
        ("what is inside a prefix", "routes", [("covering_prefix", "==", routes["covering_prefix"])], ["prefix", "origin_asn"]),
        ("prefixes by length", "routes", [("family", "==", 4)], "prefix_length"),
        ("routes of each AS", "routes", [], "origin_asn"),
        ("all paths of a prefix", "rib_entries", [("prefix", "==", entries["prefix"])], ["peer_asn", "as_path", "communities"]),
        ("all paths of an AS", "rib_entries", [("origin_asn", "==", entries["origin_asn"])], ["prefix", "as_path"]),
        ("entries of each peer", "rib_entries", [], "peer_asn"),
        ("the messages about a prefix", "updates", [("prefix", "==", updates["prefix"])], ["time", "kind", "as_path"]),
        ("a minute by kind", "updates", [("time", ">=", updates["time"]), ("time", "<", minutes)], "kind"),
    ]


def by_duckdb(connection, path, where, shown):
    condition = " AND ".join(f'"{column}" {op} ?' for column, op, _ in where) or "true"
    values = [value for _, _, value in where]
    if isinstance(shown, str):
        query = f'SELECT "{shown}", count(*) FROM read_parquet(?) WHERE {condition} GROUP BY 1'
    else:
        query = f"SELECT {', '.join(shown)} FROM read_parquet(?) WHERE {condition}"
    return connection.execute(query, [str(path)] + values).fetchall()


def by_pyarrow(_, path, where, shown):
    field, condition = pyarrow.compute.field, None
    for column, op, value in where:
        part = {"==": field(column) == value, ">=": field(column) >= value, "<": field(column) < value}[op]
        condition = part if condition is None else condition & part
    columns = [shown] if isinstance(shown, str) else shown
    found = pyarrow.dataset.dataset(path).to_table(columns=columns, filter=condition)
    if isinstance(shown, str):
        counted = found.group_by(shown).aggregate([([], "count_all")])
        return list(zip(counted[shown].to_pylist(), counted["count_all"].to_pylist()))
    return [tuple(row.values()) for row in found.to_pylist()]


def by_polars(_, path, where, shown):
    found = polars.scan_parquet(path)
    for column, op, value in where:
        column = polars.col(column)
        found = found.filter({"==": column == value, ">=": column >= value, "<": column < value}[op])
    if isinstance(shown, str):
        found = found.group_by(shown).agg(polars.len())
    else:
        found = found.select(shown)
    return found.collect().rows()


READERS = {"DuckDB": by_duckdb, "pyarrow": by_pyarrow, "Polars": by_polars}


def rewrite(tables, folder):
    """Writes the same rows otherwise, and returns the folders by the name of the layout."""
    layouts = {}

    def layout(name, write):
        at = folder / name.replace(" ", "-")
        at.mkdir()
        for dataset, rows in tables.items():
            write(rows, at / f"{dataset}.parquet", dataset)
        layouts[name] = at

    def pyarrow_file(rows, path, **options):
        pyarrow.parquet.write_table(rows, path, compression="zstd", compression_level=3, store_schema=False, **options)

    layout("dictionaries", lambda rows, path, _: pyarrow_file(rows, path, row_group_size=1 << 18))
    layout("page index", lambda rows, path, _: pyarrow_file(rows, path, row_group_size=1 << 18, write_page_index=True, data_page_size=64 << 10))
    layout("by prefix", lambda rows, path, dataset: pyarrow_file(rows.sort_by("prefix") if dataset == "updates" else rows, path, row_group_size=1 << 18))

    def duckdb_file(rows, path, _):
        with duckdb.connect() as connection:
            connection.register("given", rows)
            connection.execute(f"COPY given TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 262144)")

    layout("bloom filters", duckdb_file)  # DuckDB writes them of columns with a dictionary
    return layouts


def largest(data, dataset):
    files = sorted(pathlib.Path(data, "datasets", dataset).glob("**/*.parquet"), key=lambda path: path.stat().st_size)
    if not files:
        sys.exit(f"{data} has no {dataset}")
    return files[-1]


def same(rows):
    return sorted(map(repr, rows))


def cpu():
    times = os.times()
    return (times.user + times.system) * 1000


def measure(read, path, where, shown, runs):
    with duckdb.connect() as connection:
        answer, spent = read(connection, path, where, shown), []
        for _ in range(runs):
            begun = cpu()
            for _ in range(10):  # the clock has ticks of ten milliseconds
                read(connection, path, where, shown)
            spent.append((cpu() - begun) / 10)
    return answer, statistics.median(spent)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data")
    arguments.add_argument("layout", nargs="*", metavar="NAME=FOLDER")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", default="", help="only lookups whose name contains this")
    given = arguments.parse_args()
    own = {dataset: largest(given.data, dataset) for dataset in DATASETS}
    tables = {dataset: pyarrow.parquet.read_table(path, partitioning=None) for dataset, path in own.items()}
    middle = {dataset: {name: rows[name][rows.num_rows // 2].as_py() for name in rows.column_names} for dataset, rows in tables.items()}
    covering = tables["routes"]["covering_prefix"].slice(tables["routes"].num_rows // 2)
    middle["routes"]["covering_prefix"] = next(prefix for prefix in covering.to_pylist() if prefix)  # not all routes have one
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: pathlib.Path(folder) for name, folder in (each.split("=", 1) for each in given.layout)}
        folders |= rewrite(tables, pathlib.Path(temporary))
        files = {"Tidemark": own} | {name: {d: at / f"{d}.parquet" for d in DATASETS} for name, at in folders.items()}
        print("| rows | " + " | ".join(files) + " |\n|---|" + "---:|" * len(files))
        for dataset in DATASETS:
            sizes = [each[dataset].stat().st_size for each in files.values()]
            print(f"| {dataset}, {tables[dataset].num_rows:,} | " + " | ".join(f"{size:,}" for size in sizes) + " |")
        print("\n| CPU ms of a lookup | reader | " + " | ".join(files) + " |\n|---|---|" + "---:|" * len(files))
        for what, dataset, where, shown in lookups(middle):
            if given.only not in what:
                continue
            want = None
            for reader, read in READERS.items():
                cells = []
                for name, each in files.items():
                    answer, spent = measure(read, each[dataset], where, shown, given.runs)
                    if want is not None and same(answer) != want:
                        sys.exit(f"{reader} answers otherwise of {name}: {what}")
                    want = same(answer)
                    cells.append(f"{spent:.1f}")
                print(f"| {what} | {reader} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
