"""Lets Copier render what only Copier can, isolated from the person's settings and never trusted.

Imported only for such a template: Copier takes a third of a second to import.
"""

import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from prooflane import document
from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import EXECUTABLE, LINK, REGULAR, File, is_safe, stays_inside
from prooflane.render.questionnaire import refuse_unknown

if TYPE_CHECKING:
    from copier._main import Worker

# a process has one environment: of two threads one waits
ALONE = threading.Lock()
REQUIRED = re.compile('Question "(.+)" is required')


def render(
    source: str, ref: str, given: Mapping[str, object], folder: str, *, asks: bool
) -> dict[str, File]:
    """Return the files that Copier makes of the template at `source`.

    Raises:
        ProoflaneError: when Copier refuses, above all a template that runs code, or no question
            is called as an answer that is given.
    """
    import copier  # noqa: PLC0415 - a third of a second that other templates need not pay
    from copier.errors import CopierError, UnsafeTemplateError  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch, _isolated(Path(scratch)):
        target = Path(scratch, "project", folder)
        try:
            made = copier.run_copy(
                source, target, data=dict(given), vcs_ref=ref, defaults=not asks, quiet=True
            )
        except UnsafeTemplateError as error:
            raise _unsafe("copy") from error
        except (CopierError, ValueError, TypeError, OSError) as error:
            raise _refused(error) from error
        refuse_unknown([*made.template.questions_data], given)
        return dict(_files(target))


@dataclass(frozen=True, slots=True)
class Job:
    """A repository of a foreign template, and the two commits between which it is brought.

    `url` is what is recorded and `address` what it stands for; `clone` is read in their place, so
    that nothing is fetched.
    """

    url: str
    address: str
    clone: Path
    refs: tuple[str, str]
    answers: Mapping[str, object]
    answers_file: str
    folder: str


@dataclass(frozen=True, slots=True)
class Both:
    """What Copier makes of both commits, the answers of the second, and what it writes once."""

    base: dict[str, File]
    theirs: dict[str, File]
    answers: Mapping[str, object]
    kept_once: frozenset[str]


def replay(job: Job, given: Mapping[str, object]) -> Both:
    """Return what Copier made then and makes now, as its own update does; tasks are not run.

    Raises:
        ProoflaneError: when Copier refuses, above all a template that runs code, or no question
            is called as an answer that is given.
    """
    with tempfile.TemporaryDirectory() as scratch, _isolated(Path(scratch), job):
        now = Path(scratch, "now", job.folder)
        _record(job, now)
        new = _update(job, now, job.refs[1], dict(given), ())
        refuse_unknown([*new.template.questions_data], given)
        then = Path(scratch, "then", job.folder)
        _update(job, then, job.refs[0], dict(job.answers), new.template.exclude)
        base, theirs = dict(_files(then)), dict(_files(now))
        kept = frozenset(path for path in base | theirs if new.match_skip(Path(path)))
    return Both(base, theirs, _recorded(theirs, job.answers_file), kept)


def _record(job: Job, target: Path) -> None:
    # what Copier reads as the answers of last time
    path = target / job.answers_file
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(dict(job.answers)), encoding="utf-8")


def _recorded(files: Mapping[str, File], name: str) -> dict[str, object]:
    data = document.mapping(document.parse(files[name].data, name), name) if name in files else {}
    return {key: value for key, value in data.items() if not key.startswith("_")}


def _update(
    job: Job, target: Path, ref: str, data: dict[str, object], exclude: Sequence[str]
) -> "Worker":
    import copier  # noqa: PLC0415 - a third of a second that other templates need not pay
    from copier._main import as_operation  # noqa: PLC0415 - the one way to render as update does
    from copier.errors import CopierError, UnsafeTemplateError  # noqa: PLC0415

    try:
        return as_operation("update")(copier.run_copy)(
            job.url,
            target,
            data=data,
            answers_file=job.answers_file,
            vcs_ref=ref,
            exclude=exclude,
            defaults=True,
            overwrite=True,
            quiet=True,
            skip_tasks=True,
        )
    except UnsafeTemplateError as error:
        raise _unsafe("update") from error
    except (CopierError, ValueError, TypeError, OSError) as error:
        raise _refused(error) from error


@contextmanager
def _isolated(scratch: Path, job: Job | None = None) -> Iterator[None]:
    from plumbum import local  # noqa: PLC0415 - its environment is what Copier gives to git

    settings = scratch / "settings.yml"
    settings.write_text("{}\n")
    own = {"COPIER_SETTINGS_PATH": str(settings), "COPIER_CACHE_DIR": str(scratch / "cache")}
    with ALONE, local.env():
        outer = {key: os.environ[key] for key in own if key in os.environ}
        os.environ.update(own)
        local.env.clear()
        local.env.update(_plain(scratch) | (_instead(job) if job else {}))
        try:
            yield
        finally:
            for key in own:
                del os.environ[key]
            os.environ.update(outer)


def _plain(scratch: Path) -> dict[str, str]:
    # a person's line ends and filters change nothing; whose the clone is was looked at before
    config = scratch / "gitconfig"
    config.write_text("[safe]\n\tdirectory = *\n")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}


def _instead(job: Job) -> dict[str, str]:
    # for this process alone, git reads the clone that we have where it is told the address
    names = (job.url, job.address)
    pairs = [(f"url.{job.clone}.insteadOf", name) for name in names]
    variables = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for at, (key, value) in enumerate(pairs):
        variables |= {f"GIT_CONFIG_KEY_{at}": key, f"GIT_CONFIG_VALUE_{at}": value}
    return variables


def _unsafe(command: str) -> ProoflaneError:
    return ProoflaneError(
        "the template runs code of its own, which prooflane never does",
        f"read it, then run it yourself: copier {command} --trust",
    )


def _refused(error: Exception) -> ProoflaneError:
    said = " ".join(str(error).split())
    if asked := REQUIRED.fullmatch(said):
        name = asked[1]
        return ProoflaneError(f"question {name!r} has no answer", f"--set {name}=...")
    return ProoflaneError(
        f"copier cannot render the template: {said}", "copier update shows the whole of it"
    )


def _files(root: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        file = _file(path)
        if not is_safe(name):
            raise ProoflaneError(f"the template writes outside the project: {name!r}", MAINTAINER)
        if file.mode == LINK and not stays_inside(name, os.fsdecode(file.data)):
            raise ProoflaneError(f"the template's link {name!r} leaves the project", MAINTAINER)
        yield name, file


def _file(path: Path) -> File:
    if path.is_symlink():
        return File(os.fsencode(path.readlink()), LINK)
    return File(path.read_bytes(), EXECUTABLE if path.stat().st_mode & 0o100 else REGULAR)
