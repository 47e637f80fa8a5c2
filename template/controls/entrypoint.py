"""Loads the function that the manifest names; what it does is the owner's business."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from controls.errors import ControlsError
from controls.manifest import Manifest


def load(root: Path, manifest: Manifest) -> Callable[..., object]:
    """Return the workflow's function, always from the tree at `root`.

    A package of the same name that another tree brought into this process is dropped first.

    Raises:
        ControlsError: when the module or the function is missing, or importing it fails.
    """
    return function(root, manifest.entrypoint, "spec.entrypoint", "(question, run)")


def function(root: Path, entry: str, named: str, takes: str) -> Callable[..., object]:
    """Return the function `entry` (`module:name`) of the tree at `root`, which `named` names.

    Raises:
        ControlsError: as `load` does.
    """
    module_name, _, name = entry.partition(":")
    path = f"{module_name.replace('.', '/')}.py"
    _put_first(root, module_name.partition(".")[0])
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise ControlsError(
            f"{named} {entry!r} cannot be imported: {type(error).__name__}: {error}",
            hint=f"it is looked for in {path}",
        ) from error
    found: object = getattr(module, name, None)
    if not callable(found):
        raise ControlsError(
            f"{named} {entry!r} names no function of {module_name!r}",
            hint=f"define {name}{takes} in {path}",
        )
    return found


def _put_first(root: Path, package: str) -> None:
    place = str(root)
    if sys.path[:1] != [place]:
        sys.path.insert(0, place)
    loaded = sys.modules.get(package)
    if loaded and not any(Path(at).is_relative_to(root) for at in _places(loaded)):
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]
        importlib.invalidate_caches()


def _places(module: object) -> list[str]:
    file = getattr(module, "__file__", None)
    return [file] if file else list(getattr(module, "__path__", ()))
