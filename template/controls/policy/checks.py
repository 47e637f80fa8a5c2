"""Proves DAT-1 and DAT-2: the policy is whole, judges as written, and this workflow obeys it.

Every answer is asked of the real engine over the rules as they lie in the tree.
"""

from collections.abc import Iterator
from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.manifest import NAME, Manifest
from controls.policy import bundle, bypass, data, engine, inputs, own_tests
from controls.policy import vectors as golden
from controls.policy.decision import Reason
from controls.policy.matrix import Cell, cells
from controls.prompts import load

HARMLESS = ("public", "internal")


def matrix(context: Context) -> Outcome:
    """Fail when the policy is not whole, or this workflow would send data where it may not go."""
    faults = bundle.load(context.root, context.manifest).faults
    if faults:
        return Outcome.failed(len(bundle.MANAGED), bundle.FOLDER, *map(_fault, faults))
    found = cells(context.root, context.manifest)
    files = bypass.files(context.root)
    findings = [*_refused(context, found), *bypass.findings(context.root)]
    evidence = f"{len(found)} cells of data class x endpoint, {len(files)} files of code"
    n = len(found) + len(files)
    return Outcome.failed(n, evidence, *findings) if findings else Outcome.ok(n, evidence)


def vectors(context: Context) -> Outcome:
    """Fail when a golden vector or an owner's test is judged otherwise than written."""
    policy = engine.policy(bundle.managed_only(context.root))
    known = golden.load(context.root)
    findings = [
        Finding(
            f"vector {failure.vector.name!r} is {_word(allow=failure.allow)} by "
            f"{', '.join(sorted(failure.rules)) or 'no rule'},"
            f" it must be {_word(allow=failure.vector.allow)}",
            failure.vector.path,
            hint=f"git checkout -- {bundle.FOLDER}",
        )
        for failure in golden.failures(policy, known)
    ]
    own = own_tests.run(context.root, context.manifest)
    findings += [
        Finding(f"test {test.name!r}: {test.told}", test.path, test.line, "make it pass")
        for test in own
        if test.told
    ]
    n = len(known) + len(own)
    evidence = f"{len(known)} vectors in {golden.VECTORS}, {len(own)} tests of your own rules"
    return Outcome.failed(n, evidence, *findings) if findings else Outcome.ok(n, evidence)


def tier0(context: Context) -> Outcome:
    """Fail when anything but public and internal data could be sent at tier 0."""
    found = cells(context.root, context.manifest)
    leaks = [cell for cell in found if cell.decision.allow and cell.data_class not in HARMLESS]
    held = [entry for entry in context.manifest.data if entry.classification not in HARMLESS]
    findings = [
        Finding(
            f"{cell.data_class!r} data may reach {cell.ref!r} at tier 0",
            f"{bundle.FOLDER}/tier.rego",
        )
        for cell in leaks
    ] + [
        Finding(f"spec.data has {entry.name!r}, which is {entry.classification}", NAME)
        for entry in held
    ]
    evidence = f"{len(found)} cells of data class x endpoint at tier {context.manifest.tier}"
    return (
        Outcome.failed(len(found), evidence, *findings)
        if findings
        else Outcome.ok(len(found), evidence)
    )


def _refused(context: Context, found: tuple[Cell, ...]) -> Iterator[Finding]:
    used = dict(_used(context.root, context.manifest))
    for cell in found:
        if (
            cell.ref in used
            and cell.data_class == context.manifest.data_class
            and not cell.decision.allow
        ):
            message, hint = inputs.refusal(cell.decision, context.manifest, cell.ref)
            index = [model.ref for model in context.manifest.models].index(cell.ref)
            line = context.manifest.line("spec", "models", index, "allowed_data")
            yield Finding(f"{used[cell.ref]}: {message}", NAME, line, hint)
    for ref in used.keys() - {model.ref for model in context.manifest.models}:
        yield Finding(f"{used[ref]} names {ref!r}, which spec.models does not list", NAME)


def _used(root: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield each model that the workflow would call, and where it is named."""
    yield manifest.default_model, "spec.default_model"
    route = data.load(root).routing.get(manifest.default_model)
    if route:
        yield route.escalate_to, f"routing of {data.FILE}"
    for path in sorted((root / "prompts").glob("*.md")):
        try:
            model = load(root, path.stem).model
        except ControlsError:
            continue  # a malformed prompt is its own error, met by every run
        if model:
            yield model, f"prompts/{path.name}"


def _fault(fault: Reason) -> Finding:
    return Finding(fault.message, fault.path, hint=fault.hint)


def _word(*, allow: bool) -> str:
    return "allowed" if allow else "denied"
