"""Puts the template into the wheel, as a git bundle of HEAD and the released tags.

Never as loose files: those would gain bytecode, lose links, and could not be updated. Outside a
checkout, in an unpacked source distribution, the bundle must be there already.
"""

import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "template.bundle"
PLACES = {"wheel": f"prooflane/{BUNDLE}", "sdist": f"generator/prooflane/{BUNDLE}"}


class TemplateBundle(BuildHookInterface):
    """Adds the bundle to what is built; an editable install reads the checkout instead."""

    def initialize(self, version: str, build_data: dict[str, dict[str, str]]) -> None:
        """Make the bundle, or find the one that the source distribution carries.

        Raises:
            FileNotFoundError: when there is neither a checkout nor a bundle.
            subprocess.CalledProcessError: when git cannot make it.
        """
        if version == "editable":
            return
        root = Path(self.root)
        carried = root / "generator" / "prooflane" / BUNDLE
        if not (root / ".git").exists():
            if not carried.is_file():
                raise FileNotFoundError(f"neither a git checkout nor {carried} to take it from")
            bundle = carried
        else:
            bundle = _bundle(root)
        build_data["force_include"][str(bundle)] = PLACES[self.target_name]


def _bundle(root: Path) -> Path:
    bundle = root / "build" / BUNDLE
    bundle.parent.mkdir(exist_ok=True)
    command = ("git", "bundle", "create", "--quiet", str(bundle), "HEAD", "--tags")
    subprocess.run(command, cwd=root, check=True)
    return bundle
