"""Explain and test policy decisions (the verb `policy`).

Shows what the engine answers; nothing is decided here and nothing is written.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from controls import manifest as manifests
from controls.errors import ControlsError
from controls.manifest import CLASSES
from controls.policy import bundle, engine, own_tests, vectors
from controls.policy.decision import Decision
from controls.policy.inputs import refusal
from controls.policy.matrix import cells, table
from controls.report import Report

ENVIRONMENTS = ("development", "ci", "production")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `policy`."""
    parser.add_argument(
        "action",
        choices=("matrix", "decide", "test"),
        nargs="?",
        default="matrix",
        help="matrix: data class x endpoint (default); decide: one call; test: vectors, your tests",
    )
    parser.add_argument("--data", choices=CLASSES, help="decide: the class of the data")
    parser.add_argument("--model", metavar="REF", help="decide: the model, such as embedded:small")
    parser.add_argument(
        "--env", choices=ENVIRONMENTS, default="development", help="where it would run"
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="decide: a whole input as JSON")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action.

    Raises:
        ControlsError: when the manifest, a model or the input file is unknown or malformed.
    """
    if args.action == "test":
        return _test(root)
    manifest = manifests.load(root)
    if args.action == "decide":
        return _decide(root, manifest, args)
    found = cells(root, manifest, args.env)
    rows: list[dict[str, object]] = [
        {"data_class": cell.data_class, "model": cell.ref, **_row(cell.decision)} for cell in found
    ]
    bundle_id = found[0].decision.bundle[:12]
    note = f"policy {bundle_id}, environment {args.env}; a word names the rule that refuses"
    return Report(rows, f"{table(found)}\n\n{note}")


def _decide(root: Path, manifest: manifests.Manifest, args: argparse.Namespace) -> Report:
    if args.input:
        policy = engine.policy(bundle.load(root, manifest))
        return _shown(policy.evaluate(_text(args.input)), manifest, "the input")
    ref = args.model or manifest.default_model
    manifest.endpoint(ref)
    wanted = args.data or manifest.data_class
    found = next(cell for cell in cells(root, manifest, args.env, (wanted,)) if cell.ref == ref)
    return _shown(found.decision, manifest, ref)


def _shown(decision: Decision, manifest: manifests.Manifest, ref: str) -> Report:
    if decision.allow:
        return Report(_row(decision), f"allowed: {ref} (policy {decision.bundle[:12]})")
    message, hint = refusal(decision, manifest, ref)
    rules = "\n".join(
        f"rule: {reason.rule}, {reason.at or reason.path}" for reason in decision.reasons
    )
    return Report(_row(decision), f"denied: {message}\n{rules}\nhint: {hint}", status=1)


def _row(decision: Decision) -> dict[str, object]:
    return {**asdict(decision)}


def _test(root: Path) -> Report:
    policy = engine.policy(bundle.managed_only(root))
    known = vectors.load(root)
    failed = list(vectors.failures(policy, known))
    lines = [f"{f.vector.path}: {f.vector.name}: {sorted(f.rules) or 'allowed'}" for f in failed]
    lines.append(f"{len(known) - len(failed)} of {len(known)} vectors as written")
    own = own_tests.run(root, manifests.load(root))
    wrong = [tested for tested in own if tested.told]
    lines += [f"{t.path}{f':{t.line}' if t.line else ''}: {t.name}: {t.told}" for t in wrong]
    lines.append(
        f"{len(own) - len(wrong)} of {len(own)} tests of your own rules pass"
        if own
        else "no tests of your own rules: policy/custom/*_test.rego or policy/custom/*.json"
    )
    rows: dict[str, object] = {
        "vectors": len(known),
        "failed": [f.vector.name for f in failed],
        "own": [asdict(tested) for tested in own],
    }
    return Report(rows, "\n".join(lines), status=1 if failed or wrong or not known else 0)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ControlsError(f"{str(path)!r} cannot be read: {error}") from error
