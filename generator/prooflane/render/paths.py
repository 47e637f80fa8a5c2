"""What a template's path becomes in the project.

Pure. A part that renders to nothing drops the file; no path may leave the project or enter `.git`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import is_safe
from prooflane.render.environment import Compiler


@dataclass(frozen=True, slots=True)
class Namer:
    """Names what is rendered.

    `siblings` are all paths and folders of the template, `plain` those that render to themselves.
    """

    root: str
    suffix: str
    answers_file: str
    siblings: frozenset[str]
    plain: frozenset[str]
    compiler: Compiler
    is_excluded: Callable[[str], bool]

    def name(self, source: str, context: Mapping[str, object]) -> str | None:
        """Return where the file at `source` goes, or None when the project does not receive it.

        Raises:
            ProoflaneError: when it would leave the project.
        """
        is_template = source.endswith(self.suffix)
        if f"{source}{self.suffix}" in self.siblings:
            return None
        named = source.removesuffix(self.suffix).removeprefix(self.root)
        path = self._render(named, context, is_plain=source in self.plain)
        if path is None or (not is_template and f"{path}{self.suffix}" in self.siblings):
            return None
        if not is_safe(path):
            raise ProoflaneError(f"the template writes outside the project: {path!r}", MAINTAINER)
        return None if self.is_excluded(path) else path

    def _render(self, path: str, context: Mapping[str, object], *, is_plain: bool) -> str | None:
        spelled, parts = path.split("/"), []
        if is_plain and "" not in spelled and self.answers_file not in spelled:
            return path
        for part in spelled:
            rendered = self.compiler(part)(context)
            if not rendered:
                return None
            if rendered == self.answers_file:
                return rendered
            parts.append(rendered)
        return "/".join(parts)


def with_folders(paths: Mapping[str, object]) -> frozenset[str]:
    """Return all of `paths` and each folder above them."""
    folders = {path[:at] for path in paths for at, char in enumerate(path) if char == "/"}
    return frozenset(paths) | folders
