"""A bare repository of one commit whose objects lie elsewhere: made by writing four small files."""

from pathlib import Path

CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


def bare(folder: Path, commit: str, objects: Path) -> None:
    """Make `folder` a bare repository at `commit`, which is read from the folder `objects`."""
    for inner in ("objects/info", "refs/heads"):
        (folder / inner).mkdir(parents=True)
    (folder / "config").write_text(CONFIG)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "refs/heads/main").write_text(f"{commit}\n")
    borrowed = f"{objects.resolve()}\n"
    (folder / "objects/info/alternates").write_text(borrowed, errors="surrogateescape")
