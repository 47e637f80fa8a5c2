"""A check as SARIF 2.1.0, which forges show beside the lines that it names."""

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import quote

from prooflane import __version__
from prooflane.check.finding import SAYS, Checked, Finding, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
Json = Mapping[str, object]


def sarif(checked: Checked) -> str:
    """Return the log; a clean repository gives a run without results, which closes old alerts."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The repository's root."}}},
        "invocations": [{"executionSuccessful": True, "exitCode": int(not checked.is_ok)}],
        "results": list(map(_result, checked.findings)),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _driver() -> Json:
    rules = [{"id": rule.value, "shortDescription": {"text": f"{SAYS[rule]}."}} for rule in Rule]
    return {"name": "prooflane", "semanticVersion": __version__, "rules": rules}


def _result(finding: Finding) -> Json:
    message = finding.message + (f"; {finding.hint}" if finding.hint else "")
    found: dict[str, object] = {
        "ruleId": finding.rule.value,
        "ruleIndex": list(Rule).index(finding.rule),
        "level": "error",
        "message": {"text": message},
        "locations": [_location(finding)] if finding.path else [],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
    }
    return found | ({"properties": {"control": finding.control}} if finding.control else {})


def _location(finding: Finding) -> Json:
    uri = quote(finding.path)
    place: dict[str, object] = {"artifactLocation": {"uri": uri, "uriBaseId": "ROOT"}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {"physicalLocation": place}


def _fingerprint(finding: Finding) -> str:
    # without the line: a finding that only moved is the same one
    told = repr((finding.rule.value, finding.path, finding.control, finding.message))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
