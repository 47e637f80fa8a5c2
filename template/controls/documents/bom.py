"""The AI-BOM: what the workflow is made of, as CycloneDX 1.6 JSON.

Lists models with their model cards, data, prompts and tools. Libraries are not repeated here: they
stand in requirements.txt, each with its hash. The JSON is written directly and validated by the
library's strict validator: as an object model, that library drops `modelCard` without a word.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from controls.documents import facts
from controls.documents.facts import NOBODY, Facts
from controls.manifest import CLASSES, Dataset, Endpoint, Manifest
from controls.prompts import Prompt

PATH = Path("docs/ai-bom.cdx.json")
SENSITIVE = CLASSES[CLASSES.index("personal") :]
Json = dict[str, object]


def bom(found: Facts) -> Json:
    """Return the AI-BOM; the same facts give the same document, serial number included."""
    body = _body(found)
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    serial = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"
    head: Json = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": serial}
    return head | {"version": 1} | body


def text(document: Json) -> str:
    """Return the document as it stands in its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _body(found: Facts) -> Json:
    known = found.manifest
    components = [
        *(_model(found, endpoint) for endpoint in known.models),
        *(_data(entry) for entry in known.data),
        *(_prompt(prompt) for prompt in found.prompts),
    ]
    services: list[Json] = [
        {
            "bom-ref": f"tool:{tool.name}",
            "name": tool.name,
            "properties": _properties({"aiwf:side_effect": tool.side_effect}),
        }
        for tool in known.tools
    ]
    workflow = _workflow(known)
    parts = [str(part["bom-ref"]) for part in (*components, *services)]
    tree: list[Json] = [{"ref": workflow["bom-ref"], "dependsOn": parts}]
    body: Json = {"metadata": {"component": workflow}, "components": components}
    return body | ({"services": services} if services else {}) | {"dependencies": tree}


def _workflow(known: Manifest) -> Json:
    risk = known.raw["spec"]["risk"]
    return {
        "type": "application",
        "bom-ref": f"workflow:{known.name}",
        "name": known.name,
        "description": known.description,
        "properties": _properties(
            {
                "aiwf:owner": known.owner or NOBODY,
                "aiwf:team": known.team,
                "aiwf:lifecycle": known.lifecycle,
                "aiwf:audience": known.audience,
                "aiwf:risk.tier": str(known.tier),
                "aiwf:eu_ai_act.category": risk["eu_ai_act"]["category"],
                "aiwf:human_oversight.mode": known.oversight,
                "aiwf:default_model": known.default_model,
            }
        ),
    }


def _model(found: Facts, endpoint: Endpoint) -> Json:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{endpoint.ref}",
        "supplier": {"name": endpoint.provider},
        "name": endpoint.ref,
        "scope": _scope(found.manifest, endpoint),
        "modelCard": _card(found, endpoint),
        "properties": _properties(
            {
                "aiwf:endpoint": endpoint.endpoint,
                "aiwf:owner": endpoint.owner or NOBODY,
                "aiwf:allowed_data": ", ".join(endpoint.allowed_data) or "none",
            }
        ),
    }


def _scope(known: Manifest, endpoint: Endpoint) -> str:
    """Return excluded for a model that may see nothing: each call of it is refused."""
    if not endpoint.allowed_data:
        return "excluded"
    return "required" if endpoint.ref == known.default_model else "optional"


def _card(found: Facts, endpoint: Endpoint) -> Json:
    spec = found.manifest.raw["spec"]
    limits = [*facts.limits(endpoint.provider)]
    limits += [f"not for: {use}" for use in spec["out_of_scope_uses"]]
    considerations: Json = {
        "users": [found.manifest.audience],
        "useCases": [spec["intended_purpose"]],
        "technicalLimitations": limits,
    }
    metrics = list(_metrics(found, endpoint.ref))
    analysis: Json = {"quantitativeAnalysis": {"performanceMetrics": metrics}} if metrics else {}
    return analysis | {"considerations": considerations}


def _metrics(found: Facts, ref: str) -> Iterator[Json]:
    for row in found.measured:
        if row.model == ref:
            yield {
                "type": "share of eval cases passed",
                "value": f"{row.rate:.3f}",
                "slice": row.set,
            }


def _data(entry: Dataset) -> Json:
    content: Json = {"type": "dataset", "name": entry.name, "classification": entry.classification}
    if entry.classification in SENSITIVE:
        content["sensitiveData"] = [f"{entry.classification} data of {entry.subjects}"]
    return {
        "type": "data",
        "bom-ref": f"data:{entry.name}",
        "name": entry.name,
        "data": [content],
        "properties": _properties(
            {"aiwf:subjects": entry.subjects, "aiwf:retention": entry.retention}
        ),
    }


def _prompt(prompt: Prompt) -> Json:
    return {
        "type": "data",
        "bom-ref": f"prompt:{prompt.name}@{prompt.version}",
        "name": prompt.name,
        "version": prompt.version,
        "hashes": [{"alg": "SHA-256", "content": prompt.sha256}],
        "data": [{"type": "configuration", "name": f"prompts/{prompt.name}.md"}],
    }


def _properties(values: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in values.items()]
