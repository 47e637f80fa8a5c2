"""How a cut looks on a terminal, and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from prooflane.release import channels, record
from prooflane.release.cut import Cut
from prooflane.report import release
from prooflane.report.paint import Paint


def screen(done: Cut, paint: Paint) -> str:
    """Return what a person reads at the end."""
    head = [release.screen(done.checkup, paint, is_cut=True), ""] if done.checkup else []
    if done.refused:
        return "\n".join(head).rstrip()
    return "\n".join([*head, paint("bold", _headline(done)), "", *_steps(done), *_next(done)])


def data(done: Cut) -> str:
    """Return the same as JSON."""
    said = {
        "version": done.version,
        "refused": done.refused or None,
        "commit": done.commit or None,
        "tag": done.tag or None,
        "channels": done.channels,
        "record": asdict(done.record) if done.record else None,
        "check": json.loads(release.data(done.checkup)) if done.checkup else None,
    }
    return json.dumps(said, indent=2, ensure_ascii=False)


def _headline(done: Cut) -> str:
    what = f"{done.version} is cut" if done.record else f"{done.version} moved"
    would = f"would cut {done.version}" if done.record else f"would move {done.version}"
    return what if done.commit else would


def _steps(done: Cut) -> Iterator[str]:
    if done.record:
        yield f"  + {record.path(done.version)}  tree {done.record.tree[:10]}"
    at = ", ".join(f"{name} {version}" for name, version in sorted(done.channels.items()))
    yield f"  ~ {channels.NAME}  {at}"
    branch = done.ready.branch.removeprefix("refs/heads/")
    yield f"  + a commit on {branch}{f': {done.commit[:10]}' if done.commit else ''}"
    if done.record:
        yield f"  + tag {done.version}, signed with {done.ready.key}"


def _next(done: Cut) -> Iterator[str]:
    branch = done.ready.branch.removeprefix("refs/heads/")
    yield ""
    if done.commit:
        refs = f"{branch} {done.version}" if done.record else branch
        yield f"git push --atomic origin {refs}"
    else:
        yield "the same command without --plan"
