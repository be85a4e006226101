"""Opens Tidemark's datasets: those of a data folder, or those that a site publishes."""

import hashlib
import json
import os
from pathlib import Path
from urllib.parse import quote, urljoin
from urllib.request import urlopen

import duckdb


class Lake:
    """The datasets below a base: a data folder (../data), or the address of a published site (https://…/).

    What a site publishes is downloaded once, checked against its SHA-256, and kept in the folder `cache`.
    """

    def __init__(self, base=None, cache="cache"):
        self.base = base or os.environ.get("TIDEMARK_DATA", "../data")
        self.cache = Path(cache)
        self.sql = duckdb.connect()

    def files(self, dataset):
        """The Parquet files of a dataset, oldest first: its newest schema version."""
        if "://" in self.base:
            return self._published(dataset)
        versions = sorted((Path(self.base) / "datasets" / dataset).glob("v*"), key=lambda v: int(v.name[1:]))
        if not versions:
            raise FileNotFoundError(f"{self.base} has no dataset {dataset}: run make run first, or set TIDEMARK_DATA")
        return sorted(versions[-1].rglob("*.parquet"))

    def view(self, *datasets):
        """Makes a view of each dataset, so that SQL can name it."""
        for dataset in datasets:
            files = ", ".join("'" + str(f).replace("'", "''") + "'" for f in self.files(dataset))
            self.sql.execute(f'CREATE OR REPLACE VIEW "{dataset}" AS SELECT * FROM read_parquet([{files}], union_by_name=true, hive_partitioning=false)')

    def _published(self, dataset):
        folder = urljoin(self.base.rstrip("/") + "/", f"data/datasets/{quote(dataset)}/")
        with urlopen(folder + "datapackage.json") as answer:
            package = json.load(answer)
        files = []
        for partition in package["partitions"]:
            content_hash = partition["sha256"]
            file = self.cache / f"{int(content_hash, 16):064x}.parquet"  # a name made of digits, whatever the site says
            if not file.exists():
                with urlopen(urljoin(folder, quote(partition["path"], safe="/=.-_~"))) as answer:
                    content = answer.read()
                if hashlib.sha256(content).hexdigest() != content_hash:
                    raise OSError(f"{folder}{partition['path']}: its SHA-256 is not the one that the site gives: try again later")
                self.cache.mkdir(parents=True, exist_ok=True)
                part = file.with_suffix(".part")
                part.write_bytes(content)
                part.rename(file)
            files.append(file)
        return files


def manifests(base, dataset):
    """The manifests of a data folder's partitions: each names its sources and their SHA-256."""
    for path in sorted((Path(base) / "datasets" / dataset).rglob("_*.json")):
        yield json.loads(path.read_text())
