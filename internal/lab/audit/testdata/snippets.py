"""Runs the programs of its arguments one after the other, each in names of its own, and prints what they print as a JSON list.

One process imports pandas, Polars and DuckDB once.
"""

import contextlib
import io
import json
import sys

printed = []
for code in sys.argv[1:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {"__name__": "__main__"})
    printed.append(out.getvalue())
print(json.dumps(printed))
