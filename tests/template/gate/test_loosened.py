"""Each setting has a direction: what is looser is listed, what is tighter is not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from approving import commit_all
from judging import edit, gate

from controls.approvals import tree
from controls.gate import approvers as approvers_part
from controls.gate import cases, required, settings, side

MANIFEST, NUMBERS = "ai-workflow.yaml", "policy/data.yaml"
PRICE = "embedded:small: {input: 0.05"
WAIVER = (
    '{control: EVL-2, reason: later, approver: "@ada", expires: 2026-12-01,'
    " decision: decisions/0001-risk-tier.md}"
)


def loosened(root: Path) -> set[str]:
    """Return what the work tree at `root` loosens against its commit, calls left out."""
    base, change = root.parent / "base", root.parent / "change"
    old = side.take(root, "HEAD:", base)
    with tree.scratch(root) as env:
        new = side.take(root, tree.write(root, env), change, "", env)
    parts = (settings.compare, cases.compare, approvers_part.compare, required.compare)
    return {row.what for part in parts for row in part(old, new).rows}


LOOSER = [
    (MANIFEST, "  tier: 2", "  tier: 1", "spec.risk.tier"),
    (MANIFEST, "hard: 100}", "hard: 101}", "spec.budgets.workspace.hard"),
    (MANIFEST, "user: 20", "user: 21", "spec.limits.requests_per_minute.user"),
    (MANIFEST, "mode: sample", "mode: none", "spec.human_oversight.mode"),
    (
        MANIFEST,
        "classification: personal",
        "classification: public",
        "spec.data.questions.classification",
    ),
    (MANIFEST, "retention: P30D", "retention: P1M5D", "spec.data.questions.retention"),
    (MANIFEST, "retention: P180D", "retention: P179D", "spec.logging.retention"),
    (MANIFEST, "sla: PT4H", "sla: PT5H", "spec.incidents.data-exposure.sla"),
    (MANIFEST, "severity: SEV1", "severity: SEV2", "spec.incidents.data-exposure.severity"),
    (
        MANIFEST,
        "tools: []",
        "tools: [{name: mail, side_effect: read}]",
        "spec.tools.mail.side_effect",
    ),
    (
        MANIFEST,
        "waivers: []",
        f"waivers: [{WAIVER}]",
        "spec.waivers.EVL-2.expires",
    ),
    (MANIFEST, "  limits:\n", "  unheard_of: true\n  limits:\n", "spec.unheard_of"),
    (NUMBERS, "top_k: 8, output_tokens: 600", "top_k: 9, output_tokens: 600", "caps.2.top_k"),
    (NUMBERS, PRICE, "embedded:small: {input: 0.04", "prices.embedded:small.input"),
    (NUMBERS, "on_hard: block", "on_hard: queue", "budgets.on_hard"),
    (NUMBERS, "allow: []", "allow: [evil.example]", "urls.allow"),
    (NUMBERS, "contacts: []", "contacts: [a@evil.example]", "safety.contacts"),
    ("evals/sets/smoke_v1/set.yaml", "min_pass: 0.92", "min_pass: 0.5", "min_pass"),
    ("evals/sets/smoke_v1/set.yaml", "gated: true", "gated: false", "gated"),
]
TIGHTER = [
    (MANIFEST, "hard: 100}", "hard: 99}"),
    (MANIFEST, "user: 20", "user: 19"),
    (MANIFEST, "retention: P30D", "retention: P29D"),
    (MANIFEST, "retention: P180D", "retention: P181D"),
    (MANIFEST, "[public, internal, confidential, personal]", "[public]"),
    (MANIFEST, "sla: PT4H", "sla: PT3H"),
    (NUMBERS, "top_k: 8, output_tokens: 600", "top_k: 7, output_tokens: 600"),
    (NUMBERS, PRICE, "embedded:small: {input: 0.06"),
    (MANIFEST, 'title: "AI workflow"', 'title: "Replies"'),
    (MANIFEST, "default_model: embedded:small", "default_model: embedded:large"),
]


@pytest.mark.parametrize(("path", "old", "new", "what"), LOOSER, ids=lambda value: str(value)[:40])
def test_a_looser_setting_is_listed_with_before_and_after(
    approvers: Path, path: str, old: str, new: str, what: str
):
    edit(approvers, path, old, new)
    assert what in loosened(approvers)


@pytest.mark.parametrize(("path", "old", "new"), TIGHTER, ids=lambda value: str(value)[:40])
def test_a_tighter_setting_passes(approvers: Path, path: str, old: str, new: str):
    edit(approvers, path, old, new)
    assert loosened(approvers) == set()


def test_a_case_that_is_gone_or_no_longer_critical_is_listed(approvers: Path):
    path = approvers / "evals/sets/smoke_v1/cases.jsonl"
    first, *rest = path.read_text().splitlines(keepends=True)
    name = json.loads(first)["id"]
    path.write_text("".join(rest) + first.replace("Forgot", "Lost"))
    assert loosened(approvers) == set()
    critical = next(line for line in rest if json.loads(line).get("critical"))
    softer = json.dumps(json.loads(critical) | {"critical": False}) + "\n"
    path.write_text("".join(softer if line == critical else line for line in rest))
    assert loosened(approvers) == {
        f"{name} of evals/sets/smoke_v1",
        f"{json.loads(critical)['id']} of evals/sets/smoke_v1",
    }


TOOLS = """\
proposer: workflow.act:propose
approval_hours: 24
limits: {seconds: 10, memory_mb: 512, output_kb: 1024}
tools:
  change_setting:
    description: switches one setting
    program: workflow/tools/change_setting.py
    reads: []
    writes: [workspaces]
    arguments:
      type: object
      additionalProperties: false
      required: [setting]
      properties:
        setting: {enum: [guests_allowed], maxLength: 40}
"""


@pytest.fixture
def tooled(approvers: Path) -> Path:
    """Return a repository that lists one tool."""
    (approvers / "policy/tools.yaml").write_text(TOOLS)
    commit_all(approvers, "List a tool")
    return approvers


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("approval_hours: 24", "approval_hours: 240", {"approval_hours"}),
        ("memory_mb: 512, ", "memory_mb: 4096, ", {"limits.memory_mb"}),
        ("writes: [workspaces]", "writes: [workspaces, .]", {"tools.change_setting.writes"}),
        ("change_setting.py", "other.py", {"tools.change_setting.program"}),
        (
            "additionalProperties: false",
            "additionalProperties: true",
            {"tools.change_setting.arguments.additionalProperties"},
        ),
        (
            ", maxLength: 40",
            "",
            {"tools.change_setting.arguments.properties.setting.maxLength"},
        ),
        (
            "[guests_allowed]",
            "[guests_allowed, two_factor_required]",
            {"tools.change_setting.arguments.properties.setting.enum"},
        ),
        (
            "tools:\n",
            "tools:\n  pay:\n    program: workflow/tools/pay.py\n    arguments: {type: object}\n",
            {"tools.pay.program", "tools.pay.arguments.type"},
        ),
        ("approval_hours: 24", "approval_hours: 2", set()),
        ("description: switches one", "description: switches a", set()),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:40],
)
def test_a_tool_that_may_do_more_is_listed(tooled: Path, old: str, new: str, what: set[str]):
    edit(tooled, "policy/tools.yaml", old, new)
    assert loosened(tooled) == what


def test_a_tool_that_is_taken_away_is_not_looser(tooled: Path):
    text = TOOLS[: TOOLS.index("tools:")] + "tools: {}\n"
    (tooled / "policy/tools.yaml").write_text(text)
    assert loosened(tooled) == set()
    (tooled / "policy/tools.yaml").unlink()
    assert loosened(tooled) == set()


def test_the_same_name_at_another_address_is_another_endpoint(approvers: Path):
    edit(approvers, MANIFEST, "endpoint: in-process", "endpoint: https://evil.example/v1")
    answer = gate(approvers)
    assert answer.loosened["personal data to embedded:small at https://evil.example/v1"] == (
        "no such endpoint",
        "allowed at tiers 1-4 everywhere",
    )


def test_an_own_rule_that_is_taken_away_is_named_by_its_file(approvers: Path):
    (approvers / "policy/custom").mkdir()
    rule = approvers / "policy/custom/no_large.rego"
    rule.write_text(
        'package custom.no_large\n\nimport rego.v1\n\ndeny contains {"rule": "no-large",'
        ' "message": "not the large model"} if input.endpoint.ref == "embedded:large"\n'
    )
    assert gate(approvers).loosened == {}
    rule.unlink()
    answer = gate(approvers)
    assert answer.loosened["own rule policy/custom/no_large.rego"] == ("as it was", "deleted")
    assert answer.loosened["personal data to embedded:large"][0] == "denied by no-large"


def test_reordering_the_models_is_no_change(approvers: Path):
    text = (approvers / MANIFEST).read_text()
    start, end = text.index("    - ref: embedded:small"), text.index("    - ref: openai")
    middle = text[start:end]
    cut = middle.index("    - ref: embedded:large")
    (approvers / MANIFEST).write_text(text[:start] + middle[cut:] + middle[:cut] + text[end:])
    answer = gate(approvers)
    assert (answer.status, answer.loosened) == (0, {})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("tiers: [0, 1, 2, 3, 4]\n    files: [ai-workflow.yaml, .github/CODEOWNERS", None, "OWN-1"),
        ("mode: block", "mode: warn", "OWN-1"),
        ("roles: [engineering, security]", "roles: [security]", "roles of tier 2"),
        ("tier: 2\n    reason: customers read outputs", None, "floor where"),
    ],
)
def test_what_a_tier_no_longer_asks_for_is_listed(approvers: Path, old, new, what):
    changed = (
        new
        if new is not None
        else old.replace("[0, 1, 2, 3, 4]", "[0]").replace("tier: 2", "tier: 1")
    )
    edit(approvers, "controls/catalogue.yaml", old, changed)
    answer = gate(approvers)
    assert any(name.startswith(what) for name in answer.loosened)


def test_a_work_tree_is_judged_on_a_laptop_too_and_says_whose_gate_that_was(approvers: Path):
    edit(approvers, MANIFEST, "hard: 100}", "hard: 101}")
    done = subprocess.run(
        [sys.executable, "-m", "controls", "gate"],
        cwd=approvers,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[1:3] == [
        "looser: spec.budgets.workspace.hard  ai-workflow.yaml:79",
        "        100 -> 101",
    ]
    assert lines[-2] == (
        "judged by the gate that lies here; CI asks the base's own, and its answer counts"
    )
    assert lines[-1] == "refused: 1 loosened, and role 'security' decides on them"
