"""Decides which model an eval run asks, and whether that is the one that answers in production.

The offline profile asks embedded models only: where the manifest or a prompt names another, an
embedded one stands in, and the run says nothing about the one that is configured. What the profile
lacks (a key, a recording) is said before anything is run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controls import manifest as manifests
from controls import prompts
from controls.errors import ControlsError
from controls.evals.cases import EvalSet
from controls.gateway import cassettes
from controls.gateway.database import opened
from controls.gateway.providers import KEYS
from controls.gateway.refusal import Refused
from controls.manifest import Manifest

OFFLINE, LIVE, RECORD, REPLAY = "offline", "live", "record", "replay"
EMBEDDED = "embedded"
JUDGE = "judge"  # the evaluator that asks a model of its own


@dataclass(frozen=True, slots=True)
class Asked:
    """`ref` names the run's model; `override` is set where it stands in for what is configured.

    `configured` is what the workflow asks by itself: the default, and what its prompts name.
    """

    ref: str
    override: str | None
    configured: tuple[str, ...]

    @property
    def vouches(self) -> bool:
        """Whether the run says something about the configured models."""
        return self.override is None or self.configured == (self.override,)


def resolve(
    root: Path,
    evals: EvalSet,
    profile: str,
    wanted: str | None,
    environ: Mapping[str, str] = os.environ,
) -> Asked:
    """Return which model is asked; `wanted` is an endpoint of the manifest to ask instead.

    Raises:
        ControlsError: when the endpoint is unknown, or the profile cannot ask it.
    """
    manifest = manifests.load(root)
    if evals.task == "gateway":  # its cases name their models, and most are denied
        if wanted:
            raise ControlsError(
                f"{evals.name} names the model of each case itself", "leave out --model"
            )
        return Asked(manifest.default_model, None, (manifest.default_model,))
    found = _chosen(root, manifest, profile, wanted)
    refs = (*((found.override,) if found.override else found.configured), *_judges(evals))
    if profile in {LIVE, RECORD}:
        _keyed(refs, environ)
    if profile == REPLAY:
        _recorded(root)
    return found


def _judges(evals: EvalSet) -> tuple[str, ...]:
    wanted = [each.arguments.get("model") for each in evals.evaluators if each.name == JUDGE]
    return tuple(str(ref) for ref in wanted if ref)


def configured(root: Path, manifest: Manifest) -> tuple[str, ...]:
    """Return the models that the workflow asks by itself, the default one first."""
    names = sorted(path.stem for path in (root / "prompts").glob("*.md"))
    named = {model for name in names if (model := prompts.load(root, name).model)}
    return (manifest.default_model, *sorted(named - {manifest.default_model}))


def _chosen(root: Path, manifest: Manifest, profile: str, wanted: str | None) -> Asked:
    own = configured(root, manifest)
    if wanted:
        if profile == OFFLINE and not _embedded(manifest, wanted):
            raise ControlsError(
                f"the offline profile does not ask {wanted!r}", "--profile live, record or replay"
            )
        return Asked(manifest.endpoint(wanted).ref, wanted, own)
    if profile != OFFLINE or all(_embedded(manifest, ref) for ref in own):
        return Asked(manifest.default_model, None, own)
    if _embedded(manifest, manifest.default_model):
        return Asked(manifest.default_model, manifest.default_model, own)
    stand_in = next((each.ref for each in manifest.models if each.provider == EMBEDDED), None)
    if stand_in is None:
        raise ControlsError(
            "the manifest has no embedded model to run offline with", "--profile live"
        )
    return Asked(stand_in, stand_in, own)


def _embedded(manifest: Manifest, ref: str) -> bool:
    return manifest.endpoint(ref).provider == EMBEDDED


def _keyed(refs: tuple[str, ...], environ: Mapping[str, str]) -> None:
    for ref in refs:
        variable = KEYS.get(ref.partition(":")[0])
        if variable and not environ.get(variable):
            raise ControlsError(
                f"{variable} is not set, so {ref!r} cannot be asked",
                "set it in the environment, or --profile replay with what was recorded",
            )


def _recorded(root: Path) -> None:
    path = root / cassettes.FILE
    if not path.exists():
        raise ControlsError(
            f"{cassettes.FILE} is not there, so there is nothing to replay",
            "record it with --profile record",
        )
    try:
        with opened(path, cassettes.SCHEMA) as base:
            base.execute("SELECT count(*) FROM answers").fetchone()
    except Refused as error:
        raise ControlsError(
            f"{cassettes.FILE} cannot be replayed: {error.message.partition(': ')[2]}",
            f"delete {cassettes.FILE} and record anew, or restore it from git",
        ) from error
