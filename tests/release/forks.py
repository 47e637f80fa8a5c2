"""A platform team's own small template: its files, and other catalogues for it."""

import sys
from collections.abc import Mapping

import yaml

QUESTIONS = """\
_subdirectory: template
name: {type: str, default: demo}
tier: {type: int, default: 0, choices: [0, 1]}
ci: {type: str, default: github, choices: [github, none]}
_exclude:
  - "{% if tier < 1 %}/controls/review.py{% endif %}"
"""
CATALOGUE = """\
tiers:
  - {tier: 0, name: internal, example: docs, approval: lead, costs: little}
  - {tier: 1, name: customer assist, example: replies, approval: product, costs: more}
floor: []
template_floors: {0: 1.0.0, 1: 1.0.0}
ownership:
  managed: [controls/]
  yours: [prompts/, decisions/, Makefile]
  state: [.copier-answers.yml, .prooflane.lock]
controls:
  - {id: OWN-1, title: owner named, tiers: [0, 1], files: [settings.yaml], mode: warn,
     since: 1.0.0, remedy: name the owner in settings.yaml, needs: [settings.yaml, "owner:"]}
  - {id: LOG-1, title: calls logged, tiers: [0, 1], files: [controls/log.py], mode: block,
     since: 1.0.0, remedy: log every call, needs: [controls/log.py, LEVEL]}
  - {id: PRM-1, title: prompt says what it must, tiers: [0, 1], files: [prompts/], mode: block,
     since: 1.0.0, remedy: say it in prompts/answer.md, needs: [prompts/answer.md, Answer]}
"""
# a control is ok when the file that it needs holds the word that it needs
CHECKS = """\
import argparse, json, pathlib, yaml


def main(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("verb")
    parser.add_argument("--static", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path())
    given = parser.parse_args(words)
    rows = yaml.safe_load((given.root / "controls/catalogue.yaml").read_text())["controls"]
    found = [judge(given.root, row) for row in rows]
    said = {"ok": sum(row["state"] == "ok" for row in found), "controls": found}
    failed = any(row["state"] == "failed" for row in found)
    whole = {"controls": said, "failed": ["controls"] if failed else []}
    print(json.dumps(said if given.verb == "check" else whole))
    return int(failed)


def judge(root, row):
    path, word = row["needs"]
    there = (root / path).is_file() and word in (root / path).read_text()
    state = "ok" if there else "pending" if row["mode"] == "warn" else "failed"
    findings = [] if there else [{"message": f"{word} is not in {path}", "path": path}]
    return {"id": row["id"], "title": row["title"], "state": state, "findings": findings}
"""
SETTINGS = "name: {{ name }}\nowner: nobody\n\nlimits:\n  a: 1\n  b: 2\n\ntail: end\n"
MAKEFILE = f"setup:\n\t@mkdir -p .venv/bin && ln -sfn {sys.executable} .venv/bin/python\n"
MAIN = "import sys\nfrom controls.cli import main\nsys.exit(main(sys.argv[1:]))\n"
FIRST = {
    "copier.yml": QUESTIONS,
    # one profile, so that a test waits for one
    "release.yaml": "profiles:\n  support: {tier: 1, name: Support}\n",
    "template/Makefile": MAKEFILE,
    "template/controls/__init__.py": "",
    "template/controls/__main__.py": MAIN,
    "template/controls/cli.py": CHECKS,
    "template/controls/catalogue.yaml": CATALOGUE,
    "template/controls/log.py": "LEVEL = 1\n",
    "template/controls/review.py": "REVIEW = 1\n",
    "template/prompts/answer.md": "Answer.\n",
    "template/README.md.jinja": "# {{ name }}\n\nIt answers.\n\nIt cites.\n\nThe end.\n",
    "template/settings.yaml.jinja": SETTINGS,
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
}


def catalogue(**changes: Mapping[str, object]) -> str:
    """Return the catalogue with other facts of some controls; None takes a control out."""
    data = yaml.safe_load(CATALOGUE)
    known = {row["id"]: row for row in data["controls"]}
    for name, facts in changes.items():
        id_ = name.replace("_", "-")
        if facts is None:
            del known[id_]
        else:
            known[id_] = known.get(id_, {"id": id_}) | dict(facts)
    return yaml.safe_dump(data | {"controls": list(known.values())}, sort_keys=False)
