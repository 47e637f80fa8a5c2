"""Gives Cookiecutter the questions of `copier.yml`, inside its temporary copy of this repository.

Runs in that copy, with Cookiecutter's own Python: nothing but Jinja2 and PyYAML is there.
"""

import json
import sys
from pathlib import Path

HERE = Path.cwd()
if sys.version_info < (3, 11):  # noqa: UP036 - this Python is Cookiecutter's, not ours
    sys.exit("error: this template needs Python 3.11 or newer, and Cookiecutter's is older")
sys.path.insert(0, str(HERE / "generator"))

from prooflane.cookiecutter import project, prompts  # noqa: E402 - found by the line above
from prooflane.errors import ProoflaneError  # noqa: E402

try:
    questions = project.questions(HERE)
except ProoflaneError as error:
    sys.exit(f"error: {error.message}\nhint: {error.hint}")
(HERE / "cookiecutter.json").write_text(json.dumps(questions), encoding="utf-8")
(HERE / prompts.folder()).mkdir()
