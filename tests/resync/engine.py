"""What the tests of the engine share: real git, two versions of a template, one re-sync of HEAD."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane import document
from prooflane.files import Entry, blob_id, tree_id
from prooflane.git import place as places
from prooflane.git.objects import store
from prooflane.merge.model import Conflict, Note
from prooflane.render.tree import Origin
from prooflane.resync.plan import plan
from prooflane.resync.policy import Policy
from prooflane.resync.replay import Recorded, Target, replay
from prooflane.resync.shelf import shelf

ANSWERS_FILE = "{{ _copier_answers | to_nice_yaml -}}\n"
CONFIG = "_subdirectory: t\n_preserve_symlinks: true\nname: {type: str, default: demo}\n"
Content = str | bytes | Path


@dataclass(frozen=True)
class Executable:
    """The content of a file that may be run."""

    text: str


@dataclass(frozen=True)
class Synced:
    """What the engine decided, with the bytes of each path of the result and of each stage."""

    id: str
    files: dict[str, bytes]
    modes: dict[str, int]
    conflicts: dict[str, Conflict]
    notes: tuple[Note, ...]
    ours: dict[str, bytes]
    base: dict[str, bytes]
    stages: dict[str, tuple[bytes, ...]]


def git(folder: Path, *args: str) -> str:
    command = ["git", "-C", str(folder), *args]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, *, message: str = "Change") -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def write(root: Path, files: Mapping[str, Content | Executable]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, Executable):
            path.write_bytes(content.text.encode())
            path.chmod(0o755)
        else:
            path.write_bytes(content.encode())


def template_of(root: Path, *versions: Mapping[str, Content | Executable]) -> Path:
    """Make `root` a template whose versions are tagged v1.0.0, v2.0.0 and so on."""
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    for number, files in enumerate(versions, start=1):
        for path in [path for path in root.iterdir() if path.name != ".git"]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        listed = {f"t/{name}": content for name, content in files.items() if name != "copier.yml"}
        answers = {"t/{{_copier_conf.answers_file}}.jinja": ANSWERS_FILE}
        write(root, {"copier.yml": files.get("copier.yml", CONFIG), **answers, **listed})
        git(root, "add", "--all", "--force")
        git(root, "commit", "--quiet", "--allow-empty", "--message", f"Version {number}")
        git(root, "tag", f"v{number}.0.0")
    return root


def project_of(template: Path, root: Path) -> Path:
    """Make `root` the project that `copier copy` makes of v1.0.0 in `template`, in one commit."""
    first = git(template, "rev-parse", "v1.0.0^{commit}")
    with shelf() as templates:
        made = templates.edition(template, first).template
        assert made, "the test's template is rendered by us"
        answers = made.answers({}, Origin(str(template), "v1.0.0", root.name))
        for name, file in made.render(answers).items():
            is_link = file.mode == 0o120000
            write(root, {name: Path(os.fsdecode(file.data)) if is_link else file.data})
            if file.mode == 0o100755:
                (root / name).chmod(0o755)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message", "Start")
    return root


def recorded(root: Path, text: bytes) -> Recorded:
    answers = document.mapping(document.parse(text, "answers"), "answers")
    known = {key: value for key, value in answers.items() if not key.startswith("_")}
    return Recorded(str(answers["_src_path"]), str(answers["_commit"]), known, folder=root.name)


def resync(
    root: Path, template: Path, old: str = "v1.0.0", new: str = "v2.0.0", **given: object
) -> Synced:
    """Return what the engine makes of HEAD in `root`, a checkout or a bare repository."""
    place = places.find(root)
    ours = places.entries(place, place.head)
    commits = [git(template, "rev-parse", f"{tag}^{{commit}}") for tag in (old, new)]
    with shelf() as templates, store(place.root) as objects:
        known = recorded(root, objects.read(ours[".copier-answers.yml"].id))
        made = replay(templates, Target(template, *commits, new), known, given, objects)
        policy = _seeing(place, made.policy, {*made.base, *made.theirs} - {*ours}, objects)
        result = plan(made.base, ours, made.theirs, policy, objects)
        mine = {**policy.ignored, **ours}
        read = objects.read
        return Synced(
            id=tree_id(result.tree),
            files={path: read(entry.id) for path, entry in result.tree.items()},
            modes={path: entry.mode for path, entry in result.tree.items()},
            conflicts={conflict.path: conflict for conflict in result.conflicts},
            notes=result.notes,
            ours={path: read(entry.id) for path, entry in mine.items()},
            base={path: read(entry.id) for path, entry in made.base.items()},
            stages={
                c.path: tuple(read(side.id) for side in (c.base, c.ours, c.theirs) if side)
                for c in result.conflicts
            },
        )


def _seeing(place: places.Place, policy: Policy, paths: set[str], objects) -> Policy:
    if place.is_bare:
        return policy
    found = [path for path in places.ignored(place, paths) if (place.root / path).is_file()]
    entries = {}
    for path in found:
        data = (place.root / path).read_bytes()
        objects.write(data)
        entries[path] = Entry(0o100644, blob_id(data))
    return Policy(
        policy.answers_file,
        policy.ownership,
        policy.is_kept_once,
        policy.is_excluded_now,
        entries,
    )
