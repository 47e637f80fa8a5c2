"""What is logged: where, for how long, and which keys each kind of record must carry."""

from collections.abc import Iterator, Mapping

from controls import catalogue
from controls.check.model import Context
from controls.evidence.claim import Claim, State
from controls.evidence.tree import Tree
from controls.manifest import NAME


def claims(context: Context, tree: Tree, states: Mapping[str, State]) -> Iterator[Claim]:
    """Yield what the manifest says about logs, then the keys of each control that asks for some.

    `states` has the state of each control: that the keys are there is proven by it alone.
    """
    manifest = context.manifest
    line = manifest.line("spec", "logging", "retention")
    text = f"every run is traced below .aiwf/traces and kept for {manifest.logging['retention']}"
    yield Claim(text, State.declared, tree.cite(NAME, line))
    for control in context.catalogue.of(manifest.tier):
        for kind, keys in control.keys.items():
            text = f"each {kind} carries {', '.join(keys)}"
            cited = tree.cite(catalogue.PATH.as_posix())
            yield Claim(text, states.get(control.id, State.unseen), cited, control.id)
    for category, route in manifest.incidents.items():
        line = manifest.line("spec", "incidents", category)
        who = route.get("on_call")
        text = f"an incident of kind {category} goes to {who or 'nobody yet'}"
        state = State.declared if who else State.pending
        yield Claim(text, state, tree.cite(NAME, line))
