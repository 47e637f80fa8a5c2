"""The result of `prooflane sync` as JSON; `synced.schema.json` beside this says what it holds."""

import json
from dataclasses import asdict

from prooflane.gate.check import Checked
from prooflane.merge.model import Note
from prooflane.sync.result import Synced


def data(done: Synced) -> str:
    """Return the result as JSON."""
    source = done.source
    return json.dumps(
        {
            "path": str(done.root),
            "state": done.state.value,
            "template": {"url": source.url, "version": source.version, "commit": source.commit},
            "before": done.before,
            "tiers": list(done.tiers) if done.tiers else None,
            "files": [asdict(row) for row in done.rows],
            "controls": [
                {"id": row.id, "title": row.title, "kind": row.kind.value, "how": row.how}
                for row in done.controls
            ],
            "held": [
                {"id": row.id, "title": row.title, "version": row.version, "paths": list(row.paths)}
                for row in done.holds
            ],
            "lifted": list(done.lifted),
            "conflicts": [{"path": row.path, "kind": row.kind.value} for row in done.conflicts],
            "notes": [_note(row) for row in done.notes],
            "taken_out": [_note(row) for row in done.losses],
            "consented": done.consented,
            "record": done.record or None,
            "record_open": done.is_record_open,
            "patch": done.patch or None,
            "commit": done.commit or None,
            "static": _checked(done.static),
            "verify": _checked(done.everything),
            "evals": [asdict(row) for row in done.evals],
            "notices": list(done.notices),
            "reason": done.reason or None,
            "status": done.status,
            "seconds": round(done.seconds, 3),
        },
        indent=2,
        ensure_ascii=False,
    )


def _note(note: Note) -> dict[str, str]:
    return {"path": note.path, "kind": note.kind.value, "text": note.text}


def _checked(said: Checked | None) -> dict[str, object] | None:
    if said is None:
        return None
    return {
        "ok": said.ok,
        "reason": said.reason or None,
        "findings": [asdict(row) for row in said.findings],
    }
