"""Reads partitions with pyarrow and DuckDB and filters by every column.

Arguments: a folder of partitions. Each filter is answered twice, once by the reader (which may skip row groups by their
statistics) and once from all rows in Python; a difference is an error.
"""

import glob
import sys

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

files = sorted(glob.glob(sys.argv[1] + "/*/*/*/*/*/*.parquet"))
if not files:
    sys.exit("no partitions")
columns = 0
for path in files:
    table = pq.ParquetFile(path).read()
    rows = table.to_pylist()
    con = duckdb.connect()
    count = con.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchone()[0]
    if count != len(rows) or count == 0:
        sys.exit(f"{path}: duckdb counts {count} rows, pyarrow {len(rows)}")
    dataset = ds.dataset(path, format="parquet")
    for name in table.column_names:
        values = [row[name] for row in rows]
        columns += 1
        if isinstance(values[0], list):
            # Leaves of lists carry no statistics; membership must still find every row.
            leaf = next(v for value in values for v in value)
            want = sum(leaf in value for value in values)
            got = con.execute(f'SELECT count(*) FROM read_parquet(?) WHERE list_contains("{name}", ?)', [path, leaf]).fetchone()[0]
            if got != want:
                sys.exit(f"{path}: duckdb finds {got} rows with {leaf!r} in {name}, there are {want}")
            continue
        present = sorted({v for v in values if v is not None})
        for bound in (present[0], present[len(present) // 2], present[-1]):
            for op, sql, test in (
                (pc.greater_equal, ">=", lambda v, b: v >= b),
                (pc.less_equal, "<=", lambda v, b: v <= b),
                (pc.equal, "=", lambda v, b: v == b),
            ):
                want = sum(v is not None and test(v, bound) for v in values)
                got = dataset.count_rows(filter=op(pc.field(name), pa.scalar(bound, type=table.schema.field(name).type)))
                if got != want:
                    sys.exit(f"{path}: pyarrow finds {got} rows with {name} {sql} {bound!r}, there are {want}")
                got = con.execute(f'SELECT count(*) FROM read_parquet(?) WHERE "{name}" {sql} ?', [path, bound]).fetchone()[0]
                if got != want:
                    sys.exit(f"{path}: duckdb finds {got} rows with {name} {sql} {bound!r}, there are {want}")
print(f"{len(files)} datasets, {columns} columns")
