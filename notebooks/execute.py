"""Executes notebooks and fails where a cell does: execute.py NOTEBOOK…"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for name in sys.argv[1:]:
    path = Path(name)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    print(f"{path.name}: {sum(c.cell_type == 'code' for c in notebook.cells)} cells")
