"""Whatever is answered, the repository is well-formed and says what was answered."""

import json
import shutil
import subprocess
import sys
import tomllib
from itertools import combinations, product
from pathlib import Path

import copier
import pytest
import yaml

from controls import manifest

sys.path.insert(0, str(Path(__file__).parent))
from matrix import FACTORS, rows

ROWS = rows()


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]


def test_every_possible_pair_of_answers_is_rendered() -> None:
    met = {
        frozenset({(a, str(row[a])), (b, str(row[b]))})
        for row in ROWS
        for a, b in combinations(FACTORS, 2)
    }
    wanted = {
        frozenset({(a, str(x)), (b, str(y))})
        for a, b in combinations(FACTORS, 2)
        for x, y in product(FACTORS[a], FACTORS[b])
    }
    never = {
        frozenset({("tier", tier), ("data_class", "special-category")}) for tier in ("0", "1", "2")
    }
    assert wanted - met == {frozenset({("tier", "0"), ("data_class", "personal")}), *never}


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Support replies", "support-replies"),
        ("L'été à Zürich", "l-ete-a-zuerich"),
        ("123", "123"),
        ("日本", "ai-workflow"),
    ],
)
def test_a_title_becomes_a_name_of_plain_letters(rendered, title, name):
    assert manifest.load(rendered(project_name=title)).name == name


@pytest.mark.sampled
@pytest.mark.parametrize(
    "answers", ROWS, ids=lambda row: f"tier {row['tier']} {row['project_name']}"
)
class TestAnyAnswers:
    def test_the_manifest_says_what_was_answered(self, rendered, answers):
        found = manifest.load(rendered(**answers))
        assert found.title == answers["project_name"]
        assert found.description == answers["description"]
        assert found.owner == (answers["owner"] or None)
        assert found.team == answers["team"]
        assert found.tier == answers["tier"]
        assert found.data_class == answers["data_class"]

    def test_every_data_file_parses(self, rendered, answers):
        parse = {
            ".yaml": yaml.safe_load,
            ".yml": yaml.safe_load,
            ".toml": tomllib.loads,
            ".json": json.loads,
            ".jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
        }
        read = [path for path in files(rendered(**answers)) if path.suffix in parse]
        for path in read:
            parse[path.suffix](path.read_text(encoding="utf-8"))
        assert len(read) > 10

    def test_copier_makes_the_same(self, rendered, template_source, tmp_path, answers):
        copier.run_copy(str(template_source), tmp_path, data=answers, defaults=True, quiet=True)
        root = rendered(**answers)
        assert len(files(root)) > 100
        for path in {path.relative_to(root) for path in files(root)}.union(
            path.relative_to(tmp_path) for path in files(tmp_path)
        ):
            ours, theirs = root / path, tmp_path / path
            assert ours.read_bytes() == theirs.read_bytes(), path
            assert ours.stat().st_mode & 0o100 == theirs.stat().st_mode & 0o100, path

    def test_no_template_syntax_is_left(self, rendered, answers):
        left = [
            str(path)
            for path in files(rendered(**answers))
            for line in path.read_text(encoding="utf-8").splitlines()
            if "{%" in line
            or ("{{" in line.replace("${{", "") and path.suffix not in {".py", ".rego"})
        ]
        assert left == []

    def test_coreutils_alone_prove_that_the_managed_files_are_intact(self, rendered, answers):
        root = rendered(**answers)
        lists = sorted(
            str(path.relative_to(root)) for path in root.glob("controls/managed/*.sha256")
        )
        assert lists
        assert shutil.which("sha256sum")
        subprocess.run(
            ["sha256sum", "--check", "--strict", "--quiet", *lists], cwd=root, check=True
        )
