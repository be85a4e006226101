"""Reads every download with pyarrow, DuckDB and Polars: the same rows and sums as datapackage.json and the pages say. Runs in
the folder of the site."""

import html
import json
import math
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

duckdb.sql("SET autoinstall_known_extensions = false")
read = 0


def near(a, b):
    return math.isclose(float(a or 0), float(b), rel_tol=1e-9, abs_tol=1e-6)


def check(what, rows, want_rows, total, fields):
    global read
    assert rows == want_rows, f"{what}: {rows} rows, not {want_rows}"
    for f in fields:
        if "sum" in f:
            got = total(f["name"])
            assert near(got, f["sum"]), f"{what}: sum of {f['name']} is {got}, not {f['sum']}"
    read += 1


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


for csv in [r for r in json.load(open("datapackage.json"))["resources"] if r["format"] == "csv"]:
    fields, rows, base = csv["schema"]["fields"], csv.get("rowCount", 0), csv["path"][: -len("csv")]
    page = html.unescape(Path("q", csv["name"][: -len(".csv")], "index.html").read_text())
    shown = f"To check that a program read the table correctly: {rows:,} row"
    assert shown in page, f"{csv['name']}: the page does not say {shown}"
    for f in fields:
        if "sum" in f:
            assert f"<code>{f['name']}</code> " in page
    for name in (base + "parquet", base + "arrow", base + "csv"):
        if name.endswith("parquet"):
            table = pq.read_table(name)
            polars = pl.read_parquet(name)
        elif name.endswith("arrow"):
            table = pa.ipc.open_file(name).read_all()
            polars = pl.read_ipc(name)
        else:
            numbers = {f["name"]: pa.float64() for f in fields if "sum" in f}
            table = pa.csv.read_csv(name, parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(column_types=numbers))
            polars = pl.read_csv(name, infer_schema=False)
        import pyarrow.compute as pc

        check("pyarrow " + name, table.num_rows, rows, lambda c: pc.sum(table[c].cast(pa.float64(), safe=False)).as_py(), fields)
        check("Polars " + name, polars.height, rows, lambda c: polars[c].cast(pl.Float64).sum(), fields)
        if not name.endswith("arrow"):  # DuckDB reads Arrow files by way of pyarrow
            source = f"read_csv('{name}', all_varchar = true, header = true)" if name.endswith("csv") else f"'{name}'"
        else:
            rows_of = table
            source = "rows_of"
        if table.num_columns and not (name.endswith("csv") and rows == 0):
            sums = [f["name"] for f in fields if "sum" in f]
            columns = ", ".join(["count(*)"] + [f"sum(CAST({quoted(c)} AS DOUBLE))" for c in sums])
            n, *totals = duckdb.sql(f"SELECT {columns} FROM {source}").fetchall()[0]
            check("DuckDB " + name, n, rows, dict(zip(sums, totals)).get, fields)

for path in sorted(Path("data/datasets").glob("*/datapackage.json")):
    package = json.load(open(path))
    for r in package["resources"]:
        if r["format"] not in ("parquet", "csv", "arrow"):
            continue
        names = [str(path.parent / p) for p in ([r["path"]] if isinstance(r["path"], str) else r["path"])]
        want = r.get("rowCount", 0)
        if r["format"] == "csv":
            got = pa.csv.read_csv(names[0], parse_options=pa.csv.ParseOptions(newlines_in_values=True)).num_rows if want else want
            other = pl.read_csv(names[0], infer_schema=False).height
        elif r["format"] == "arrow":
            got, other = pa.ipc.open_file(names[0]).read_all().num_rows, pl.read_ipc(names[0]).height
        else:
            got, other = ds.dataset(names, format="parquet").count_rows(), pl.scan_parquet(names, hive_partitioning=False).select(pl.len()).collect().item()
            third = duckdb.read_parquet(names).aggregate("count(*)").fetchall()[0][0]
            assert third == want, f"{path}: DuckDB reads {third} rows of {r['name']}, not {want}"
        assert got == want and other == want, f"{path}: {got} and {other} rows of {r['name']}, not {want}"
        read += 2
print(read, "readings")
assert read > 300
