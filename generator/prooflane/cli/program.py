"""A program that an option names, in a form that can be started from any folder."""

import os
import shutil

from prooflane.errors import ProoflaneError


def program(text: str) -> str:
    """Return the path of the program that `text` names, as it is called: a link stays one.

    Raises:
        ProoflaneError: when there is none that may be started.
    """
    found = shutil.which(text)
    if found is None:
        raise ProoflaneError(f"there is no program {text!r}", "--python .venv/bin/python")
    # what a link points to would not find the packages that lie beside the link
    return os.path.abspath(found)  # noqa: PTH100
