"""Write every file that is derived from another, or say which ones are out of date (`--check`).

Order matters: CONTROLS.md is managed, so its digest is in a list; golden trees hold the lists.
"""

import sys
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "generator"), str(ROOT / "template"), str(Path(__file__).parent)]

import managed
import reference
import worktree
from golden import PROFILES, golden
from managed import Profile

from controls import catalogue, catalogue_page
from prooflane.files import File, Tree
from prooflane.render import tree as render

ORIGIN = render.Origin("https://github.com/prooflane/prooflane.git", "v0.1.0")
GOLDEN = "tests/golden/"
LISTS = f"template/{managed.FOLDER}"
PAGE = "template/controls/CONTROLS.md"
FORGES = ("github", "gitlab", "none")


def derived() -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return every derived file by path, and the folders that may hold no other file."""
    found = catalogue.load(ROOT / "template")
    page = {PAGE: catalogue_page.page(found).encode()}
    template = {**worktree.files(ROOT), **_files(page)}
    template = {path: file for path, file in template.items() if not path.startswith(LISTS)}
    profiles = [Profile(row.tier, ci) for row, ci in product(found.tiers, FORGES)]
    trees = {profile: _render(template, tier=profile.tier, ci=profile.ci) for profile in profiles}
    digests = managed.lists(trees, found.ownership["managed"])
    lists = {f"template/{path}": data for path, data in digests.items()}
    template |= _files(lists)
    rendered = [p[len("template/") : -len(".jinja")] for p in template if p.endswith(".jinja")]
    rendered += [".copier-answers.yml"]
    trees = {
        f"{GOLDEN}{name}/{path}": data
        for name, answers in PROFILES.items()
        for path, data in golden(_render(template, **answers), rendered).items()
    }
    pages = reference.pages(ROOT, found)
    return {**page, **lists, **trees, **pages}, (LISTS, GOLDEN, reference.FOLDER)


def main(words: list[str]) -> int:
    """Return 1 when `--check` found a file that is not what its source makes."""
    wanted, folders = derived()
    held = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    stale = [path for path, data in wanted.items() if _read(path) != data]
    stale += sorted(held - wanted.keys())
    for path in stale:
        print(f"{'out of date' if '--check' in words else 'written'}: {path}")
        if "--check" not in words:
            _write(path, wanted.get(path))
    if "--check" in words and stale:
        print("hint: make regenerate", file=sys.stderr)
        return 1
    return 0


def _render(template: Tree, **answers: object) -> Tree:
    loaded = render.load(template)
    return loaded.render(loaded.answers(answers, ORIGIN))


def _files(contents: dict[str, bytes]) -> dict[str, File]:
    return {path: File(data) for path, data in contents.items()}


def _read(path: str) -> bytes | None:
    target = ROOT / path
    return target.read_bytes() if target.is_file() else None


def _write(path: str, data: bytes | None) -> None:
    target = ROOT / path
    if data is None:
        target.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
