"""Renders the project that Cookiecutter made a folder for, at the commit that it checked out.

Runs in that folder, after Cookiecutter put its answers into the one place below.
"""

import json
import shlex
import sys
from pathlib import Path

# JSON escapes each quote inside a text, so no answer ends this literal
SAID = json.loads(r"""{{ cookiecutter | jsonify }}""")
SOURCE = Path(SAID["_repo_dir"])
sys.path.insert(0, str(SOURCE / "generator"))

from prooflane.cookiecutter import project  # noqa: E402 - found by the line above
from prooflane.errors import ProoflaneError  # noqa: E402

try:
    made = project.make(SOURCE, Path.cwd(), SAID)
except ProoflaneError as error:
    # an answer is given without an option here
    hint = error.hint.replace("--set ", "")
    sys.exit(f"error: {error.message}" + (f"\nhint: {hint}" if hint else ""))
print(f"created {Path.cwd().name}: {made.files} files, template {made.version}")
for path in made.kept:
    print(f"kept {path}: yours differs from the template's")
if made.uncommitted:
    print(f"not committed: {made.uncommitted}")
commit = "" if made.commit else "git init && git add --all && git commit && "
print(f"next: cd {shlex.quote(Path.cwd().name)} && {commit}make setup && make check")
