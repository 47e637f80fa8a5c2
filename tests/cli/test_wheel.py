"""The wheel works by itself: outside the checkout, offline, with the template that it carries."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CANONICAL = "https://github.com/prooflane/prooflane.git"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a clean, tagged copy of what would be committed here."""
    target = tmp_path_factory.mktemp("checkout")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    git = ["git", "-C", str(target), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v0.1.0"]):
        subprocess.run([*git, *command], check=True)
    return target


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """Return the wheel that is built from the source distribution, as an index would serve it."""
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist)]
    subprocess.run([*command, str(checkout)], check=True, capture_output=True)
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the command in a fresh environment that finds its dependencies but no checkout."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = next((venv / "lib").glob("python*/site-packages"))
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "dependencies.pth").write_text(f"{ours}\n")
    uv = Path(sys.executable).parent / "uv"
    command = [uv, "pip", "install", "--offline", "--no-deps", "--python", venv / "bin/python"]
    subprocess.run([*command, wheel], check=True, capture_output=True)
    return venv / "bin/prooflane"


def test_the_wheel_carries_the_template_as_a_bundle_and_nothing_loose(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "prooflane/template.bundle" in names
    assert "prooflane/report/created.schema.json" in names
    assert {name.split("/")[0] for name in names} == {"prooflane", "prooflane-0.1.0.dist-info"}


def test_it_creates_a_repository_offline_and_records_the_canonical_address(
    installed, environment, offline, listing, checkout, prooflane, tmp_path
):
    env = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
    command = [*offline, installed, "new", "support-replies", "--defaults", "--no-verify"]
    for _ in range(2):
        shutil.rmtree(tmp_path / "support-replies", ignore_errors=True)
        done = subprocess.run(
            [*command, "--tier", "2"],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    made = tmp_path / "support-replies"
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (CANONICAL, "v0.1.0")
    assert answers["project_name"] == "Support replies"
    other = tmp_path / "other/support-replies"
    title = ("--set", "project_name=Support replies")
    args = ("--template", checkout, "--defaults", "--no-verify", "--tier", "2", *title)
    assert prooflane("new", other, *args).status == 0
    same = {".copier-answers.yml", ".prooflane.lock"}
    theirs = listing(other)
    assert {k: v for k, v in listing(made).items() if k not in same} == {
        k: v for k, v in theirs.items() if k not in same
    }


def test_plain_copier_updates_what_the_wheel_made(installed, environment, checkout, git, tmp_path):
    env = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
    command = [installed, "new", "made", "--defaults", "--no-verify"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{checkout}.insteadOf",
        "GIT_CONFIG_VALUE_0": CANONICAL,
    }
    update = [sys.executable, "-m", "copier", "recopy", "--defaults", "--overwrite", "--quiet"]
    subprocess.run(
        update, cwd=tmp_path / "made", env={**env, **redirect}, check=True, capture_output=True
    )
    assert git(tmp_path / "made", "status", "--porcelain") == ""


def test_a_source_without_git_or_bundle_is_refused(checkout, tmp_path):
    target = tmp_path / "plain"
    shutil.copytree(checkout, target, ignore=shutil.ignore_patterns(".git"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "neither a git checkout nor " in done.stdout + done.stderr
    assert not any(path.suffix == ".whl" for path in target.rglob("*"))


def test_the_checkout_itself_says_what_it_recorded(environment, checkout, tmp_path):
    (checkout / "template/draft.txt").write_text("draft")
    env = {**environment, "PYTHONPATH": str(checkout / "generator")}
    command = [sys.executable, "-m", "prooflane", "new", "made", "--defaults", "--no-verify"]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    (checkout / "template/draft.txt").unlink()
    assert (done.returncode, done.stderr) == (
        0,
        "note: the template has uncommitted changes, which were left out\n",
    )
    answers = yaml.safe_load((tmp_path / "made/.copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (CANONICAL, "v0.1.0")
    assert os.path.lexists(tmp_path / "made/.prooflane.lock")
