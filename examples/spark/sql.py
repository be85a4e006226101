"""Asks the datasets of a lake a question in Spark SQL, and prints the rows.

    spark-submit sql.py /lake/data "SELECT collector, count(*) FROM table_stats GROUP BY collector"

The files of a dataset are those that the index has (data/index, which each run brings up to date): what a reader finds in the folders beside
them may be half made, or of an earlier version of the dataset. Numbers without a sign are bigint in Spark, timestamps have no zone.
"""

import argparse
import collections

from pyspark.sql import SparkSession


def partitions(spark, data):
    """Returns the Parquet files of each dataset's newest version, by its name."""
    files = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in spark.read.parquet(f"{data}/index/*/*/*.parquet").select("dataset", "schema_version", "file").collect():
        if not row.dataset.endswith(".compacted"):  # the same rows in larger files
            files[row.dataset][row.schema_version].append(f"{data}/datasets/{row.file}")
    return {dataset: versions[max(versions)] for dataset, versions in files.items()}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", help="data folder, or a URL that Spark reads")
    options.add_argument("query")
    given = options.parse_args()
    with SparkSession.builder.appName("tidemark-sql").getOrCreate() as spark:
        for dataset, files in partitions(spark, given.data).items():
            if dataset in given.query:
                spark.read.parquet(*files).createOrReplaceTempView(dataset)
        spark.sql(given.query).show(1000, truncate=False)


if __name__ == "__main__":
    main()
