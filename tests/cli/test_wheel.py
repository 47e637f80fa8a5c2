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
    return _built(checkout, tmp_path_factory)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the command in a fresh environment that finds its dependencies but no checkout."""
    return _installed(wheel, tmp_path_factory)


def test_the_wheel_carries_the_template_as_a_bundle_and_nothing_loose(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "prooflane/template.bundle" in names
    assert "prooflane/report/created.schema.json" in names
    assert {name.split("/")[0] for name in names} == {"prooflane", "prooflane-0.1.0.dist-info"}


@pytest.fixture
def outside(environment):
    """Return the variables of a machine on which no checkout can be imported."""
    return {key: value for key, value in environment.items() if key != "PYTHONPATH"}


def test_it_creates_a_repository_offline_and_records_the_canonical_address(
    installed, outside, offline, tmp_path
):
    command = [*offline, installed, "new", "support-replies", "--defaults", "--no-verify"]
    for _ in range(2):
        shutil.rmtree(tmp_path / "support-replies", ignore_errors=True)
        done = _run(command, tmp_path, outside)
        assert (done.returncode, done.stderr) == (0, "")
    made = tmp_path / "support-replies"
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (CANONICAL, "v0.1.0")
    assert answers["project_name"] == "Support replies"


def test_it_makes_the_same_files_as_the_checkout(installed, outside, checkout, listing, tmp_path):
    made = {}
    for name, env in (("wheel", outside), ("home", {**outside, "PYTHONPATH": "generator"})):
        command = [sys.executable, "-m", "prooflane"] if name == "home" else [installed]
        target = tmp_path / name / "project"
        done = _run([*command, "new", target, "--defaults", "--no-verify"], checkout, env)
        assert done.returncode == 0, done.stderr
        made[name] = listing(target)
    assert made["wheel"] == made["home"]


def test_plain_copier_updates_what_the_wheel_made(installed, outside, checkout, git, tmp_path):
    made = [installed, "new", "made", "--defaults", "--no-verify"]
    assert _run(made, tmp_path, outside).returncode == 0
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{checkout}.insteadOf",
        "GIT_CONFIG_VALUE_0": CANONICAL,
    }
    update = [sys.executable, "-m", "copier", "recopy", "--defaults", "--overwrite", "--quiet"]
    done = _run(update, tmp_path / "made", {**outside, **redirect})
    assert done.returncode == 0, done.stderr
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
    done = _run(command, tmp_path, env)
    (checkout / "template/draft.txt").unlink()
    assert (done.returncode, done.stderr) == (
        0,
        "note: the template has uncommitted changes, which were left out\n",
    )
    answers = yaml.safe_load((tmp_path / "made/.copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (CANONICAL, "v0.1.0")
    assert os.path.lexists(tmp_path / "made/.prooflane.lock")


@pytest.fixture(scope="module")
def newer(checkout, offline, tmp_path_factory):
    """Return the command of a later wheel, which carries v0.1.0 and v0.2.0, cut off the network."""
    target = tmp_path_factory.mktemp("newer") / "checkout"
    git = ["git", "-C", str(target), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "clone", "-q", str(checkout), str(target)], check=True)
    (target / "template/AGENTS.md").write_text("newer\n")
    for command in (["commit", "-qam", "Newer"], ["tag", "v0.2.0"]):
        subprocess.run([*git, *command], check=True)
    return [*offline, _installed(_built(target, tmp_path_factory, "--wheel"), tmp_path_factory)]


def test_sync_goes_offline_to_the_release_that_a_newer_wheel_carries(
    installed, newer, outside, git, tmp_path
):
    made = tmp_path / "made"
    new = [installed, "new", "made", "--defaults", "--no-verify", "--quiet"]
    assert _run(new, tmp_path, outside).returncode == 0
    done = _run([*newer, "sync", "made", "--yes"], tmp_path, outside)
    assert done.returncode == 0, done.stderr
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (CANONICAL, "v0.2.0")
    assert (made / "AGENTS.md").read_text() == "newer\n"
    git(made, "commit", "-qam", "Synced")
    done = _run([*newer, "check", "made", "--heal"], tmp_path, outside)
    assert done.returncode == 0, done.stderr
    done = _run([installed, "sync", "made"], tmp_path, outside)
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            f"error: the template {CANONICAL!r} has no commit 'v0.2.0'",
            "hint: this prooflane carries the template up to v0.1.0: install a newer one",
        ],
    )


def _run(command, cwd, env):
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def _built(checkout, tmp_path_factory, *kinds):
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), *kinds]
    subprocess.run([*command, str(checkout)], check=True, capture_output=True)
    return next(dist.glob("*.whl"))


def _installed(wheel, tmp_path_factory):
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = next((venv / "lib").glob("python*/site-packages"))
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "dependencies.pth").write_text(f"{ours}\n")
    uv = Path(sys.executable).parent / "uv"
    command = [uv, "pip", "install", "--offline", "--no-deps", "--python", venv / "bin/python"]
    subprocess.run([*command, wheel], check=True, capture_output=True)
    return venv / "bin/prooflane"
