"""Where `prooflane new` takes a template from, and what it records of it."""

import concurrent.futures
import subprocess
import sys

import pytest
import yaml


def recorded(made):
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text())
    return answers["_src_path"], answers["_commit"]


@pytest.fixture
def versions(template, git):
    """Return a template with two releases, a pre-release and a newer, unreleased commit."""
    source = template()
    for tag in ("v1.10.0", "v2.0.0rc1", None):
        with (source / "template/README.md.jinja").open("a") as readme:
            readme.write(f"{tag}\n")
        git(source, "commit", "--quiet", "--all", "--message", str(tag))
        if tag:
            git(source, "tag", tag)
    return source


def test_the_newest_release_is_taken(prooflane, versions, tmp_path):
    assert prooflane("new", "made", "--template", versions, "--defaults").status == 0
    assert recorded(tmp_path / "made") == (str(versions), "v1.10.0")
    assert (tmp_path / "made/README.md").read_text() == "# demo\nv1.10.0\n"


def test_any_version_may_be_named(prooflane, versions, git, tmp_path):
    old = git(versions, "rev-parse", "v1.0.0")
    for place, to in enumerate(("v1.0.0", old, "v2.0.0rc1", "HEAD")):
        prooflane("new", f"made{place}", "--template", versions, "--defaults", "--to", to)
    assert [recorded(tmp_path / f"made{place}")[1] for place in range(3)] == [
        "v1.0.0",
        "v1.0.0",
        "v2.0.0rc1",
    ]
    head = git(versions, "describe", "--tags")
    assert recorded(tmp_path / "made3")[1] == head
    assert head.startswith("v2.0.0rc1-1-g")


@pytest.mark.parametrize("tier", ["3", "4"])
def test_our_own_is_as_trusted_as_the_program_at_the_tiers_that_take_signed_ones(
    tier, prooflane, tmp_path
):
    assert prooflane("new", "made", "--tier", tier, "--defaults", "--no-verify").status == 0
    assert f"tier: {tier}" in (tmp_path / "made/.copier-answers.yml").read_text()


def test_a_relative_path_is_recorded_absolute(prooflane, versions, tmp_path):
    prooflane("new", "../made", "--template", ".", "--defaults", cwd=versions)
    assert recorded(tmp_path / "made") == (str(versions), "v1.10.0")


def test_uncommitted_changes_are_left_out_and_said_so(prooflane, versions, tmp_path):
    (versions / "template/draft.txt").write_text("draft")
    done = prooflane("new", "made", "--template", versions, "--defaults", "--to", "HEAD")
    assert (done.status, done.err) == (
        0,
        "note: the template has uncommitted changes, which were left out\n",
    )
    assert not (tmp_path / "made/draft.txt").exists()


def test_a_bare_repository(prooflane, versions, git, tmp_path):
    git(tmp_path, "clone", "--quiet", "--bare", str(versions), "bare.git")
    done = prooflane("new", "made", "--template", "bare.git", "--defaults")
    assert done.status == 0, done.err
    assert recorded(tmp_path / "made") == (str(tmp_path / "bare.git"), "v1.10.0")


def test_a_bundle(prooflane, versions, git, tmp_path):
    git(versions, "bundle", "create", "--quiet", str(tmp_path / "t.bundle"), "HEAD", "--tags")
    for to in ("v1.0.0", "HEAD"):
        done = prooflane("new", to, "--template", "t.bundle", "--defaults", "--to", to)
        assert done.status == 0, done.err
    assert recorded(tmp_path / "v1.0.0") == (str(tmp_path / "t.bundle"), "v1.0.0")
    assert (tmp_path / "HEAD/README.md").read_text().endswith("None\n")


def test_a_url_is_cloned_once_and_then_refreshed(prooflane, versions, git, tmp_path):
    url = f"file://{versions}"
    assert prooflane("new", "one", "--template", url, "--defaults").status == 0
    git(versions, "tag", "v3.0.0")
    assert prooflane("new", "two", "--template", url, "--defaults").status == 0
    assert recorded(tmp_path / "one") == (url, "v1.10.0")
    assert recorded(tmp_path / "two") == (url, "v3.0.0")
    assert len(list((tmp_path / "home/cache/prooflane/templates").iterdir())) == 1


def test_a_url_that_is_gone_is_rendered_from_its_last_clone(prooflane, versions, tmp_path):
    url = f"file://{versions}"
    prooflane("new", "one", "--template", url, "--defaults")
    versions.rename(tmp_path / "moved")
    done = prooflane("new", "two", "--template", url, "--defaults")
    assert (done.status, done.err) == (
        0,
        f"note: {url!r} cannot be reached: its last clone was used\n",
    )


def test_a_fetch_that_was_killed_leaves_nothing_in_the_way(prooflane, versions, git, tmp_path):
    url = f"file://{versions}"
    assert prooflane("new", "one", "--template", url, "--defaults").status == 0
    git(versions, "tag", "v3.0.0")
    (clone,) = (tmp_path / "home/cache/prooflane/templates").iterdir()
    left = clone / "refs/tags/v3.0.0.lock"  # what git, killed while it writes a tag, never removes
    left.touch()
    done = prooflane("new", "two", "--template", url, "--defaults")
    assert (done.status, done.err, left.exists()) == (0, "", False)
    assert recorded(tmp_path / "two") == (url, "v3.0.0")


def test_six_processes_make_one_clone_at_once(environment, versions, git, tmp_path):
    git(versions, "bundle", "create", "--quiet", str(tmp_path / "t.bundle"), "HEAD", "--tags")
    command = [sys.executable, "-m", "prooflane", "new", "--defaults", "--template", "t.bundle"]

    def create(name):
        made = [*command, name]
        return subprocess.run(made, cwd=tmp_path, env=environment, check=False).returncode

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert list(pool.map(create, "abcdef")) == [0] * 6
    assert [
        path.name.partition("-")[0]
        for path in (tmp_path / "home/cache/prooflane/templates").iterdir()
    ] == ["bundle"]


def test_a_cache_that_cannot_be_written_is_one_sentence(prooflane, versions, tmp_path):
    (tmp_path / "file").write_text("")
    url = f"file://{versions}"
    done = prooflane(
        *("new", "made", "--template", url, "--defaults"), XDG_CACHE_HOME=str(tmp_path / "file")
    )
    assert done.err == (
        f"error: the cache folder '{tmp_path}/file/prooflane/templates' cannot be written\n"
        "hint: set XDG_CACHE_HOME to a folder of yours\n"
    )
    assert done.status == 2


def test_a_careful_setting_for_bare_repositories_is_no_obstacle(prooflane, versions, tmp_path):
    with (tmp_path / "home/.gitconfig").open("a") as config:
        config.write("[safe]\n\tbareRepository = explicit\n")
    done = prooflane("new", "made", "--template", f"file://{versions}", "--defaults")
    assert (done.status, done.err) == (0, "")


def test_a_foreign_owner_is_told_how_to_trust(prooflane, versions):
    done = subprocess.run(["chown", "-R", "12345", versions], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("only root gives files away")
    done = prooflane("new", "made", "--template", versions, "--defaults")
    assert done.err == (
        f"error: the repository {str(versions)!r} belongs to another user\n"
        f"hint: git config --global --add safe.directory {versions}\n"
    )
    assert done.status == 2


def test_filters_and_attributes_of_the_template_do_not_run(prooflane, template, tmp_path):
    files = {
        "copier.yml": "_subdirectory: t\n",
        ".gitattributes": "* text eol=crlf\n*.v export-subst\n*.x export-ignore filter=evil\n",
        "t/a.txt": "a\n",
        "t/b.v": "$Format:%H$\n",
        "t/c.x": "kept\n",
    }
    source = template(files)
    prooflane("new", "made", "--template", source, "--defaults")
    made = tmp_path / "made"
    assert (made / "a.txt").read_bytes() == b"a\n"
    assert (made / "b.v").read_bytes() == b"$Format:%H$\n"
    assert (made / "c.x").read_bytes() == b"kept\n"
