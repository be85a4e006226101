"""Counts the routes that mrtparse reads in a file."""
import sys
from mrtparse import Reader

routes = 0
for record in Reader(sys.argv[1]):
    data = record.data
    routes += len(data.get("rib_entries", ())) or 1
print(routes)
