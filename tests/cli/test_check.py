"""`prooflane check`: what is wrong with a repository, from its own files alone."""

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from prooflane import lock

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "generator/prooflane/report"
HEAL = "prooflane check --heal"
MARKS = "a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n"


@pytest.fixture
def made(governed):
    """Return a repository of tier 2."""
    return governed


def edit(path, text="edited\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)


def found(done):
    return [(row["rule"], row["path"], row["line"]) for row in done.json["findings"]]


def test_a_repository_as_it_was_made_is_ok(prooflane, made):
    done = prooflane("check", "made")
    assert done.status == 0
    compared = len({line for path in lists(made) for line in path.read_text().splitlines()})
    assert done.out == (
        f"ok: {compared} managed files compared, tier 2, template v0.1.0\n"
        "note: the static checks did not run: make setup brings their environment\n"
    )
    assert prooflane("check", cwd=made / "workflow").status == 0


def lists(made):
    return sorted((made / "controls/managed").glob("*.sha256"))


FAULTS = {
    "an edited file": (
        lambda made: edit(made / "controls/cli.py"),
        [("managed-edited", "controls/cli.py", None)],
    ),
    "an edited workflow": (
        lambda made: edit(made / ".github/workflows/pr-gate.yml"),
        [("managed-edited", ".github/workflows/pr-gate.yml", None)],
    ),
    "a missing file": (
        lambda made: (made / "evals/run.py").unlink(),
        [("managed-missing", "evals/run.py", None)],
    ),
    "a missing catalogue": (
        lambda made: (made / "controls/catalogue.yaml").unlink(),
        [("managed-missing", "controls/catalogue.yaml", None)],
    ),
    "a file that became a link": (
        lambda made: link(made / "controls/cli.py", "git.py"),
        [("managed-missing", "controls/cli.py", None)],
    ),
    "a folder that became a link": (
        lambda made: link_folder(made, "controls/secrets"),
        [
            ("managed-missing", "controls/secrets/__init__.py", None),
            ("managed-missing", "controls/secrets/checks.py", None),
            ("managed-missing", "controls/secrets/command.py", None),
            ("managed-missing", "controls/secrets/scan.py", None),
            ("managed-unlisted", "controls/secrets", None),
        ],
    ),
    "a file that nobody listed": (
        lambda made: edit(made / "controls/own/rule.py"),
        [("managed-unlisted", "controls/own/rule.py", None)],
    ),
    "a file beside the lists": (
        lambda made: edit(made / "controls/managed/rule.py"),
        [("managed-unlisted", "controls/managed/rule.py", None)],
    ),
    "a name that is not UTF-8": (
        lambda made: edit(Path(os.fsdecode(os.fsencode(made) + b"/controls/\xff.py"))),
        [("managed-unlisted", "controls/\\xff.py", None)],
    ),
    "a missing list": (
        lambda made: (made / "controls/managed/github.sha256").unlink(),
        [("managed-lists", "controls/managed/github.sha256", None)],
    ),
    "a list of another tier": (
        lambda made: edit(made / "controls/managed/tier-3.sha256", ""),
        [("managed-lists", "controls/managed/tier-3.sha256", None)],
    ),
    "a line that is no digest": (
        lambda made: edit(
            made / "controls/managed/tier-2.sha256",
            "zzz\n" + (made / "controls/managed/tier-2.sha256").read_text(),
        ),
        [("managed-lists", "controls/managed/tier-2.sha256", 1)],
    ),
    "a digest of a path outside": (
        lambda made: edit(
            made / "controls/managed/tier-2.sha256",
            f"{'0' * 64}  ../x\n" + (made / "controls/managed/tier-2.sha256").read_text(),
        ),
        [("managed-lists", "controls/managed/tier-2.sha256", 1)],
    ),
    "a conflict": (
        lambda made: edit(made / "README.md", MARKS),
        [("conflict-marker", "README.md", 2)],
    ),
    "two conflicts": (
        lambda made: edit(made / "workflow/answer.py", MARKS * 2),
        [
            ("conflict-marker", "workflow/answer.py", 2),
            ("conflict-marker", "workflow/answer.py", 8),
        ],
    ),
    "a sync that was cut off": (
        lambda made: edit(made / ".git/prooflane/journal.json", "{}"),
        [("sync-interrupted", None, None)],
    ),
}


def link(path, target):
    path.unlink()
    path.symlink_to(target)


def link_folder(made, name):
    (made / name).rename(made.parent / "elsewhere")
    (made / name).symlink_to(made.parent / "elsewhere")


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_found_and_nothing_else(fault, expected, prooflane, made):
    fault(made)
    done = prooflane("check", "made", "--json")
    assert done.status == 1, done.err
    assert found(done) == expected


FINE = {
    "an edit of your own": lambda made: edit(made / "workflow/answer.py"),
    "an edit of a merged file": lambda made: edit(made / "README.md"),
    "a heading of equals signs": lambda made: edit(made / "README.md", "Title\n=======\n"),
    "half a conflict": lambda made: edit(made / "README.md", "<<<<<<< a\nb\n=======\n"),
    "what Python leaves": lambda made: edit(made / "controls/__pycache__/cli.cpython-311.pyc"),
    "what ruff leaves": lambda made: edit(made / "controls/.ruff_cache/x"),
    "another file": lambda made: edit(made / "notes.txt"),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE.keys())
def test_what_is_yours_to_change_is_no_finding(change, prooflane, made):
    change(made)
    assert prooflane("check", "made", "--quiet").status == 0


def test_a_path_in_conflict_is_found_in_the_index(prooflane, made, git):
    git(made, "checkout", "-qb", "side")
    edit(made / "README.md", "side\n")
    git(made, "commit", "-qam", "side")
    git(made, "checkout", "-q", "main")
    edit(made / "README.md", "main\n")
    git(made, "commit", "-qam", "main")
    with pytest.raises(Exception, match="merge"):
        git(made, "merge", "side")
    assert found(prooflane("check", "made", "--json")) == [
        ("unmerged-path", "README.md", None),
        ("conflict-marker", "README.md", 1),
    ]


def test_a_held_control_is_a_finding_with_its_version(prooflane, made):
    locked = lock.parse((made / lock.NAME).read_bytes())
    locked.controls["SEC-1"] = ("v0.0.9", "held")
    (made / lock.NAME).write_bytes(lock.dump(locked))
    done = prooflane("check", "made", "--json")
    assert done.status == 1
    assert done.json["findings"] == [
        {
            "rule": "control-held",
            "message": "SEC-1 is held at v0.0.9, the template is at v0.1.0",
            "path": ".prooflane.lock",
            "line": None,
            "hint": "prooflane sync",
            "control": "SEC-1",
        }
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v0.0.9", [("below-floor", ".copier-answers.yml", None)]),
        ("v0.1.0", []),
        ("v1.0.0", []),
        ("58d7b6b", []),
    ],
)
def test_the_floor_of_the_tier(version, expected, prooflane, made):
    answers = made / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("_commit: v0.1.0", f"_commit: {version}"))
    done = prooflane("check", "made", "--json")
    assert found(done) == expected
    locked = ".prooflane.lock is of v0.1.0: the next sync writes it anew"
    assert (locked in done.json["notes"]) is (version != "v0.1.0")


def test_a_repository_of_plain_copier_is_checked_too(prooflane, project):
    done = prooflane("check", project(1, ci="none"), "--json")
    assert (done.status, found(done)) == (0, [])
    assert done.json["notes"][0] == (
        "there is no .prooflane.lock: which controls are held is known after the first sync"
    )


def test_its_own_static_checks_run_where_their_environment_is(prooflane, made):
    (made / ".venv").symlink_to(sys.prefix)
    done = prooflane("check", "made", "--json")
    assert (done.status, found(done)) == (0, []), done.out
    static = done.json["static"]
    assert (static["failed"], static["ok"] > 0, static["pending"] > 0) == (0, True, True)
    edit(made / "requirements.txt", "left-pad\n")
    done = prooflane("check", "made", "--json")
    assert done.status == 1
    assert {row["control"] for row in done.json["findings"]} == {"SUP-1"}
    assert {row["path"] for row in done.json["findings"]} == {"requirements.txt"}


def test_a_manifest_that_its_checks_refuse_is_a_finding_in_their_words(prooflane, made):
    (made / ".venv").symlink_to(sys.prefix)
    manifest = made / "ai-workflow.yaml"
    manifest.write_text(manifest.read_text().replace("tier: 2", "tier: 0"))
    [finding] = prooflane("check", "made", "--json").json["findings"]
    assert finding["message"] == (
        "the static checks ended without a result: "
        "ai-workflow.yaml:20: spec.risk.tier is 0, below its floor 2: "
        "customers read outputs that nobody reviewed first"
    )


def test_an_environment_that_came_with_the_repository_never_runs(prooflane, made, git, tmp_path):
    (made / ".venv/bin").mkdir(parents=True)
    (made / ".venv/bin/python").write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
    (made / ".venv/bin/python").chmod(0o755)
    git(made, "add", "--force", ".venv")
    done = prooflane("check", "made", "--json")
    assert done.json["notes"] == ["the static checks did not run: .venv is in git"]
    assert not (tmp_path / "owned").exists()


def test_static_checks_that_break_are_no_pass(prooflane, made):
    (made / ".venv/bin").mkdir(parents=True)
    (made / ".venv/bin/python").symlink_to("/bin/false")
    done = prooflane("check", "made", "--json")
    assert done.status == 1
    assert found(done) == [("control-failed", None, None)]


# reports ------------------------------------------------------------------------------------------


@pytest.fixture
def broken(made):
    """Return a repository with a finding of several kinds."""
    edit(made / "controls/cli.py")
    (made / "controls/paint.py").unlink()
    edit(made / "controls/größe [1].py")
    edit(made / "README.md", MARKS)
    return made


def test_the_screen_says_what_where_and_what_to_do(prooflane, broken):
    done = prooflane("check", "made")
    assert done.status == 1
    first, *rest = done.out.splitlines()
    assert first.startswith("4 findings: ")
    assert rest[:-1] == [
        "✗ controls/cli.py: the managed file was edited",
        f"  {HEAL}",
        "✗ controls/paint.py: the managed file is missing",
        f"  {HEAL}",
        "✗ controls/größe [1].py: the file is not the template's",
        "  move it to workflow/ or policy/custom/: controls/ belongs to the template",
        "✗ README.md:2: a conflict was left in the file",
        "  keep one side, remove the marks",
    ]
    assert broken.exists()


def test_the_data_is_what_its_schema_says(prooflane, broken):
    schema = json.loads((REPORT / "check.schema.json").read_text())
    done = prooflane("check", "made", "--json")
    jsonschema.Draft202012Validator(schema).validate(done.json)
    assert (done.json["ok"], done.json["tier"], done.json["ci"]) == (False, 2, "github")
    assert done.json["path"] == str(broken)


def test_sarif_is_valid_and_names_each_finding_once(prooflane, broken, tmp_path):
    done = prooflane("check", "made", "--quiet", "--sarif", "out.sarif")
    assert (done.status, done.out, done.err) == (1, "", "")
    log = json.loads((tmp_path / "out.sarif").read_text())
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.subset.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(log)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [(row["ruleId"], rules[row["ruleIndex"]]) for row in run["results"]] == [
        ("managed-edited", "managed-edited"),
        ("managed-missing", "managed-missing"),
        ("managed-unlisted", "managed-unlisted"),
        ("conflict-marker", "conflict-marker"),
    ]
    places = [row["locations"][0]["physicalLocation"] for row in run["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == [
        "controls/cli.py",
        "controls/paint.py",
        "controls/gr%C3%B6%C3%9Fe%20%5B1%5D.py",
        "README.md",
    ]
    assert places[3]["region"] == {"startLine": 2}
    prints = [row["partialFingerprints"]["finding/v1"] for row in run["results"]]
    assert len(set(prints)) == 4
    assert broken.exists()


def test_a_clean_repository_gives_a_run_without_results(prooflane, made, tmp_path):
    prooflane("check", made, "--sarif", "out.sarif")
    log = json.loads((tmp_path / "out.sarif").read_text())
    assert log["runs"][0]["results"] == []
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": True, "exitCode": 0}]


def test_junit_counts_rules_and_passes_nothing_that_did_not_run(prooflane, broken, tmp_path):
    assert prooflane("check", broken, "--junit", "out.xml").status == 1
    suite = ET.parse(tmp_path / "out.xml").getroot()  # noqa: S314 - we wrote it
    cases = {case.get("name"): case for case in suite}
    failed = [name for name, case in cases.items() if case.find("failure") is not None]
    skipped = [name for name, case in cases.items() if case.find("skipped") is not None]
    assert failed == ["managed-edited", "managed-missing", "managed-unlisted", "conflict-marker"]
    assert skipped == ["control-failed"]
    assert suite.tag == "testsuite"
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": str(len(cases)),
        "failures": "4",
        "errors": "0",
        "skipped": "1",
    }
    assert cases["conflict-marker"].find("failure").text == (
        "README.md:2: a conflict was left in the file"
    )


# refusals -----------------------------------------------------------------------------------------


def refuses(done, message, hint):
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: {message}\n" + (f"hint: {hint}\n" if hint else "")


def test_a_folder_that_is_no_repository(prooflane, tmp_path):
    (tmp_path / "plain").mkdir()
    message = "'plain' is not a git repository"
    refuses(prooflane("check", "plain"), message, "git init and commit it first")


def test_a_folder_that_is_not_there(prooflane):
    message, hint = "there is no folder 'none'", "name the folder of a repository"
    refuses(prooflane("check", "none"), message, hint)


def test_a_bare_repository(prooflane, made, git, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(made), "bare.git")
    message = f"{str(tmp_path / 'bare.git')!r} has no work tree"
    refuses(prooflane("check", "bare.git"), message, "git clone it, check the clone")


def test_a_repository_that_no_template_made(prooflane, template):
    source = template({"x": "1"})
    message = f"{str(source)!r} was not made from a template: it has no .copier-answers.yml"
    refuses(prooflane("check", source), message, "prooflane new makes a repository that was")


def test_a_repository_whose_template_has_no_controls(prooflane, template, tmp_path):
    prooflane("new", "plain", "--template", template(), "--defaults")
    refuses(
        prooflane("check", "plain"),
        f"{str(tmp_path / 'plain')!r} has no controls: there is nothing to check",
        "its template has none; prooflane sync keeps it at the newest version all the same",
    )


def test_controls_that_were_removed_altogether_are_drift(prooflane, made, git):
    git(made, "rm", "-rq", "controls")
    done = prooflane("check", "made", "--json")
    assert done.status == 1
    assert ("managed-missing", "controls/catalogue.yaml", None) in found(done)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (
            b"a: &a [1]\nb: *a\n",
            ".copier-answers.yml uses the alias 'a'",
            "write the value out",
        ),
        (b"#" * 300_000, ".copier-answers.yml is larger than 256 KiB", "keep it short"),
        (
            b"_commit: v1\n",
            ".copier-answers.yml does not record '_src_path'",
            "git log -p .copier-answers.yml shows what it was",
        ),
        (
            b"a: [1\n",
            ".copier-answers.yml is not valid YAML at line 2: did not find expected ',' or ']'",
            "write plain lines: `name: value`",
        ),
    ],
    ids=["with an alias", "gigantic", "without an address", "cut off"],
)
def test_answers(content, message, hint, prooflane, made):
    (made / ".copier-answers.yml").write_bytes(content)
    refuses(prooflane("check", "made"), message, hint)


def test_answers_that_are_a_link_are_not_followed(prooflane, made):
    link(made / ".copier-answers.yml", "/etc/passwd")
    done = prooflane("check", "made")
    assert done.status == 2
    assert "root:" not in done.err
    assert done.err.startswith("error: .copier-answers.yml cannot be read: ")


def test_a_lock_that_was_edited_by_hand(prooflane, made):
    with (made / ".prooflane.lock").open("a") as file:
        file.write("# mine\n")
    done = prooflane("check", "made")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "error: .prooflane.lock was edited by hand",
    )


def test_a_catalogue_that_is_malformed(prooflane, made):
    edit(made / "controls/catalogue.yaml", "x: 1\n")
    message = "controls/catalogue.yaml has no managed_lists and template_floors"
    refuses(prooflane("check", "made"), message, HEAL)


def test_a_report_that_cannot_be_written(prooflane, made):
    refuses(
        prooflane("check", made, "--quiet", "--sarif", "none/out.sarif"),
        "the report 'none/out.sarif' cannot be written: no such file or directory",
        "name a file in a folder",
    )
