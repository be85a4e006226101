"""Reads the references of a site as reference managers do, and its catalogue as a triple store does. Runs in the folder of the site."""

import json
import re
from pathlib import Path

import bibtexparser
import rdflib
import rispy
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

answers = sorted(p.name.removesuffix(".metadata.json") for p in Path("q").glob("*.metadata.json"))
assert len(answers) > 5, answers
for slug in answers:
    metadata = json.loads(Path(f"q/{slug}.metadata.json").read_text())
    day = metadata["standing"]["as_of"]
    library = bibtexparser.parse_file(f"q/{slug}.bib")
    assert len(library.entries) == 1 and not library.failed_blocks, slug
    fields = {f.key: f.value for f in library.entries[0].fields}
    assert fields["title"].strip("{}").replace("\\", "") == metadata["question"], fields
    (entry,) = rispy.loads(Path(f"q/{slug}.ris").read_text())
    assert entry["title"] == metadata["question"] and entry["type_of_reference"] == "DATA", entry
    assert "access_date" not in entry and "urldate" not in fields, "only the reader knows when a table was read"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        assert fields["version"] == day and fields["year"] == day[:4], fields
        assert entry["date"] == day.replace("-", "/") and entry["year"] == day[:4], entry
    named = {s["title"] for s in metadata.get("sources", [])}
    for column in metadata["tableSchema"]["columns"]:
        assert set(column.get("sources", [])) <= named, (slug, column)
    for value in metadata.get("row_sources", {}).get("values", []):
        assert value["publishers"] and set(value["publishers"]) <= named, (slug, value)

# What DCAT-AP 3 calls mandatory, and the classes that it wants at the other end of each property.
graph = rdflib.Graph().parse("dcat.jsonld", format="json-ld", publicID="https://tidemark.example.net/dcat.jsonld")
mandatory = {
    DCAT.Catalog: [DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset],
    DCAT.Dataset: [DCTERMS.title, DCTERMS.description],
    DCAT.Distribution: [DCAT.accessURL],
    FOAF.Agent: [FOAF.name],
}
ranges = {
    DCTERMS.publisher: FOAF.Agent, DCAT.dataset: DCAT.Dataset, DCAT.distribution: DCAT.Distribution, DCTERMS.source: DCAT.Dataset, DCTERMS.license: DCTERMS.LicenseDocument,
    DCAT.mediaType: DCTERMS.MediaType, DCAT.landingPage: FOAF.Document, FOAF.page: FOAF.Document, FOAF.homepage: FOAF.Document, DCTERMS.accessRights: DCTERMS.RightsStatement,
    DCTERMS.language: DCTERMS.LinguisticSystem,
}
for kind, properties in mandatory.items():
    things = set(graph.subjects(RDF.type, kind))
    assert things, kind
    for thing in things:
        for p in properties:
            assert list(graph.objects(thing, p)), f"{thing} has no {p}"
for p, kind in ranges.items():
    for thing in graph.objects(None, p):
        assert (thing, RDF.type, kind) in graph, f"{p} leads to {thing}, which is not a {kind}"
for p in (DCAT.accessURL, DCAT.downloadURL):
    for thing in graph.objects(None, p):
        assert isinstance(thing, rdflib.URIRef), thing
        assert Path(str(thing).removeprefix("https://tidemark.example.net/")).is_file(), thing
for node in graph.objects(None, DCTERMS.modified):
    node.toPython().isoformat()
catalogue = graph.value(None, RDF.type, DCAT.Catalog)
described = {str(graph.value(d, DCTERMS.identifier)) for d in graph.objects(catalogue, DCAT.dataset)}
assert set(answers) <= described, set(answers) - described
print(len(graph), "triples")
