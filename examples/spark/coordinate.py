"""Decodes, derives, compacts and publishes a lake with the workers of a Spark cluster, which share its units out.

    spark-submit --master spark://HOST:7077 coordinate.py /lake/tidemark.toml /lake/data

The configuration, the data folder and the program are at the same paths on all machines. A task is a shard of a list of units: Spark
starts it again when it fails or when its worker is lost, and may start it twice (spark.speculation). When the driver is lost, start it again.
"""

import argparse
import pathlib
import subprocess
import sys
import time

from pyspark.sql import SparkSession

PARTLY, LOCKED = 3, 75  # exit codes: done with problems; another process is at work


def shard(command, units, index, count):
    """Does a shard of the list, and returns its last words, with what it warned of. The job goes on after files that nobody can read."""
    done = subprocess.run([*command, "-q", "work", "do", units, "--shard", f"{index}/{count}"], capture_output=True, text=True)
    if done.returncode not in (0, PARTLY):
        raise RuntimeError(f"shard {index}/{count}: exit code {done.returncode}\n{done.stderr}")
    return done.stderr + done.stdout


def coordinate(command, *verb):
    """Runs a verb of the coordinator. It waits for workers that outlived their executor."""
    while (code := subprocess.run([*command, *verb]).returncode) == LOCKED:
        time.sleep(1)
    if code not in (0, PARTLY):
        sys.exit(f"tidemark {' '.join(verb)}: exit code {code}")


def listed(command, units):
    """Lists what is to be decoded, or else derived, or else compacted, now, and returns it."""
    for what in "decode", "derive", "compact":
        coordinate(command, "work", "list", what, str(units))
        if lines := units.read_text().splitlines():
            return lines
    return []


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("config", help="configuration file")
    options.add_argument("data", help="data folder")
    options.add_argument("--program", default="tidemark")
    options.add_argument("--shards", type=int, default=256, help="tasks of a job at most (256); each should be minutes of work")
    given = options.parse_args()
    command = [given.program, "-c", given.config, "-d", given.data]
    units = pathlib.Path(given.data.rstrip("/") + ".units")  # outside of the data folder
    path = str(units)

    if units.exists() and units.stat().st_size > 0:  # a driver before this one
        coordinate(command, "work", "done", path)
    before = None
    with SparkSession.builder.appName("tidemark").getOrCreate() as spark:
        while lines := listed(command, units):
            if lines == before:
                sys.exit(f"the tasks did nothing of {path}")
            before = lines
            count = min(len(lines), given.shards)
            tasks = spark.sparkContext.parallelize(range(count), count)
            for words in tasks.mapPartitionsWithIndex(lambda index, _: [shard(command, path, index, count)]).collect():
                print(words, end="")
            coordinate(command, "work", "done", path)
    units.unlink()
    coordinate(command, "run")


if __name__ == "__main__":
    main()
