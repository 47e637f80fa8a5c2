"""Lets Copier render what only Copier can, isolated from the person's settings and never trusted.

Imported only for such a template: Copier takes a third of a second to import.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import EXECUTABLE, LINK, REGULAR, File


def render(
    source: str, ref: str, given: Mapping[str, object], folder: str, *, asks: bool
) -> dict[str, File]:
    """Return the files that Copier makes of the template at `source`.

    Raises:
        ProoflaneError: when Copier refuses, above all a template that runs code.
    """
    import copier  # noqa: PLC0415 - a third of a second that other templates need not pay
    from copier.errors import CopierError, UnsafeTemplateError  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch, _isolated(Path(scratch)):
        target = Path(scratch, "project", folder)
        try:
            copier.run_copy(
                source, target, data=dict(given), vcs_ref=ref, defaults=not asks, quiet=True
            )
        except UnsafeTemplateError as error:
            raise ProoflaneError(
                "the template runs code of its own, which prooflane never does",
                "read it, then run it yourself: copier copy --trust",
            ) from error
        except (CopierError, ValueError, TypeError, OSError) as error:
            said = " ".join(str(error).split())
            raise ProoflaneError(f"copier cannot render the template: {said}") from error
        return dict(_files(target))


@contextmanager
def _isolated(scratch: Path) -> Iterator[None]:
    settings = scratch / "settings.yml"
    settings.write_text("{}\n")
    outer = dict(os.environ)
    for key in [key for key in outer if key.startswith("GIT_")]:
        del os.environ[key]
    os.environ["COPIER_SETTINGS_PATH"] = str(settings)
    os.environ["COPIER_CACHE_DIR"] = str(scratch / "cache")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(outer)


def _files(root: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            yield name, File(os.fsencode(path.readlink()), LINK)
        elif path.is_file():
            mode = EXECUTABLE if path.stat().st_mode & 0o100 else REGULAR
            yield name, File(path.read_bytes(), mode)
