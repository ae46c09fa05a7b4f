"""A notebook without outputs. The standard library alone: the wheel is built with this file (``hatch_build.py``)."""

import json


def removed(content: bytes) -> bytes:
    """Take the outputs and the numbers of runs out of a notebook.

    Parameters
    ----------
    content : bytes
        A notebook of format 4, in UTF-8.

    Returns
    -------
    bytes
        The notebook as JupyterLab would write it, its lines ended as on Linux.
    """
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
