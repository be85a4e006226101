"""Reads the Iceberg tables of a lake with pyiceberg, each whole and of one year, and compares the values with those of its partitions.

    iceberg.py DATA
"""

import collections
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import StaticTable

data = pathlib.Path(sys.argv[1]).resolve()


def newest(dataset):
    """Returns the metadata file of a table that its hint names."""
    folder = data / "iceberg" / dataset / "metadata"
    return str(folder / f"v{(folder / 'version-hint.text').read_text()}.metadata.json")


def partitions():
    """Returns the Parquet files of each dataset, as the index has them."""
    files = collections.defaultdict(list)
    for segment in sorted(data.glob("index/*/*/*.parquet")):
        for row in pq.ParquetFile(segment).read(["dataset", "file"]).to_pylist():
            if not row["dataset"].endswith(".compacted"):
                files[row["dataset"]].append(f"{data}/datasets/{row['file']}")
    return files


def rows(table):
    """Returns the rows of a table in an order of their own."""
    return sorted(map(repr, table.to_pylist()))


def main():
    wrong = []
    files = partitions()
    for dataset, paths in files.items():
        table = StaticTable.from_metadata(newest(dataset))
        year = paths[-1].split("/year=")[1][:4]
        for row_filter, some in ("true", paths), (f"year = {year}", [p for p in paths if f"/year={year}/" in p]):
            got = table.scan(row_filter).to_arrow().drop_columns(["year", "month", "day"])
            want = pa.concat_tables([pq.ParquetFile(p).read() for p in some]).cast(got.schema)
            if rows(got) != rows(want):
                wrong.append(f"{dataset} where {row_filter}: {got.num_rows} rows, want {want.num_rows}, or other values")
    if wrong or len(files) < 60:
        sys.exit("\n".join([*wrong, f"{len(files)} tables, want all that the sample fills"]))


main()
