"""Looks for planted text in the knowledge base: orders to the model, hidden characters, links.

Static: files are read, never run. What the gateway does with such text at run time is `injection`'s
business.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from controls.check.model import Finding
from controls.gateway import instructions
from controls.gateway.links import outside
from controls.gateway.normalise import hidden
from controls.policy.data import FILE

KNOWLEDGE = "workflow/knowledge"
TEXT = {".md", ".txt", ".rst", ".html", ".csv", ".json", ".yaml", ".yml", ".jsonl"}


def files(root: Path) -> list[Path]:
    """Return the articles of the knowledge base."""
    found = (path for path in (root / KNOWLEDGE).rglob("*") if path.suffix.lower() in TEXT)
    return sorted(path for path in found if path.is_file())


def scan(root: Path, path: Path, hosts: Collection[str]) -> Iterator[Finding]:
    """Yield what is suspicious in the article at `path`, line by line."""
    place = path.relative_to(root).as_posix()
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield Finding(f"cannot be read as UTF-8: {error}", place)
        return
    for offset, name in hidden(text):
        line = text.count("\n", 0, offset) + 1
        yield Finding(f"hidden character {name!r}", place, line, "delete it")
    for line, _ in instructions.lines(text):
        yield Finding(
            "a sentence speaks to the model", place, line, "remove it, or reword it for readers"
        )
    for line, row in enumerate(text.splitlines(), 1):
        for host in outside(row, hosts):
            yield Finding(
                f"link to {host!r}, which is not allowed",
                place,
                line,
                f"remove it, or add the host to urls.allow in {FILE}",
            )
