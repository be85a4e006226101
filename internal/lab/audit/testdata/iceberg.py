"""Reads the Iceberg tables of a lake, each whole and of one year, and compares every value with those of its partitions.

    iceberg.py pyiceberg DATA
    iceberg.py spark DATA JAR

The jar is Iceberg's reader for Spark.
"""

import collections
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

data = pathlib.Path(sys.argv[2]).resolve()


def pyiceberg():
    """Returns a function that reads the rows of a table that meet a condition, with pyiceberg."""
    from pyiceberg.table import StaticTable

    def read(dataset, condition):
        folder = data / "iceberg" / dataset / "metadata"
        newest = folder / f"v{(folder / 'version-hint.text').read_text()}.metadata.json"
        return StaticTable.from_metadata(str(newest)).scan(condition or "true").to_arrow()

    return read


def spark():
    """Returns the same with Iceberg's reader for Spark."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.jars": sys.argv[3],
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": str(data / "iceberg"),
    }
    session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()

    def read(dataset, condition):
        table = session.table(f"lake.{dataset}")
        return (table.where(condition) if condition else table).toArrow()

    return read


def partitions():
    """Returns the Parquet files of each dataset, as the index has them."""
    files = collections.defaultdict(list)
    for segment in sorted(data.glob("index/*/*/*.parquet")):
        for row in pq.ParquetFile(segment).read(["dataset", "file"]).to_pylist():
            if not row["dataset"].endswith(".compacted"):
                files[row["dataset"]].append(f"{data}/datasets/{row['file']}")
    return files


def partition(path):
    """Returns the rows of a partition, with the day that its folders are named by."""
    table = pq.ParquetFile(path).read()
    for folder in path.split("/")[-4:-1]:
        name, value = folder.split("=")
        table = table.append_column(name, pa.array([int(value)] * table.num_rows, pa.int32()))
    return table


def rows(table):
    """Returns the rows of a table in an order of their own."""
    return sorted(map(repr, table.to_pylist()))


def main():
    read = {"pyiceberg": pyiceberg, "spark": spark}[sys.argv[1]]()
    wrong, greatest = [], 0
    files = partitions()
    for dataset, paths in files.items():
        year = paths[-1].split("/year=")[1][:4]
        for condition, some in ("", paths), (f"year = {year}", [p for p in paths if f"/year={year}/" in p]):
            got = read(dataset, condition)
            want = pa.concat_tables(map(partition, some))
            if got.column_names != want.column_names or rows(got) != rows(want):
                wrong.append(f"{dataset} where {condition or 'true'}: {got.num_rows} rows, want {want.num_rows}, or other values")
            greatest = max([greatest, *(n or 0 for name in got.column_names if name.endswith("asn") for n in got[name].to_pylist())])
    if wrong or len(files) < 60:
        sys.exit("\n".join([*wrong, f"{len(files)} tables, want all that the sample fills"]))
    if greatest < 2**31:
        sys.exit(f"the greatest AS number is {greatest}: none shows whether numbers have a sign")


main()
