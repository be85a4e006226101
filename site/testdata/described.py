"""Validates what describes the site's data: Data Packages, Croissant, CITATION.cff. Runs in the folder of the site."""

import hashlib
import importlib.util
import json
import logging
from pathlib import Path

import jsonschema
import mlcroissant
import yaml
from frictionless import Package, Schema, validate
from frictionless.resources import TableResource

for path in [Path("datapackage.json"), *sorted(Path("data/datasets").glob("*/datapackage.json"))]:
    descriptor = json.loads(path.read_text())
    Package.from_descriptor({k: v for k, v in descriptor.items() if k != "$schema"})  # which would be fetched
    for r in descriptor["resources"]:
        if "data" in r:  # the columns of a dataset without files
            assert "path" not in r, r["name"]
            continue
        if isinstance(r["path"], str) and "hash" in r:
            content = (path.parent / r["path"]).read_bytes()
            assert r["hash"] == "sha256:" + hashlib.sha256(content).hexdigest() and r["bytes"] == len(content), r["name"]
        if r["format"] != "csv" or not 0 < r.get("rowCount", 0) < 2000:  # Frictionless reads a few thousand rows a second
            continue
        table = TableResource(path=str(path.parent / r["path"]), schema=Schema.from_descriptor(r["schema"]))
        report = validate(table)  # the types of all cells
        assert report.valid, f"{r['name']}: {report.flatten(['title', 'fieldName', 'rowNumber', 'message'])[:5]}"
        assert report.task.stats["rows"] == r["rowCount"], r["name"]
    for r in descriptor["resources"]:
        paths = r.get("path", [])
        for p in [paths] if isinstance(paths, str) else paths:
            assert (path.parent / p).is_file() and ".." not in Path(p).parts, f"{path}: {p}"

logging.disable(logging.WARNING)
croissant = mlcroissant.Dataset("croissant.json")
records = list(croissant.metadata.record_sets)
assert len(records) > 10 and not croissant.metadata.ctx.issues.errors, croissant.metadata.ctx.issues.report()
first = next(iter(croissant.records("table-growth")))
assert "table-growth/prefixes" in first, first

schema = json.loads(Path(importlib.util.find_spec("cffconvert").origin).with_name("schemas").joinpath("1.2.0/schema.json").read_text())
jsonschema.validate(yaml.safe_load(Path("CITATION.cff").read_text()), schema)
print(len(records), "record sets")
