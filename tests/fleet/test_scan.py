"""`prooflane fleet scan`: which repositories there are, and what each says of itself."""

import shutil
import sqlite3
import subprocess
import sys

import pytest
from make_fleet import git

FORGE = "there is no token in GITHUB_TOKEN or GH_TOKEN"


@pytest.fixture
def scan(prooflane):
    """Return a function that scans into the ledger `fleet.db`, and gives how that ended."""
    return lambda *args, **env: prooflane("fleet", "scan", *args, "--ledger", "fleet.db", **env)


@pytest.fixture
def rows(tmp_path):
    """Return a function that asks the ledger."""

    def ask(question):
        with sqlite3.connect(tmp_path / "fleet.db") as connection:
            found = connection.execute(question).fetchall()
        connection.close()
        return found

    return ask


def test_a_folder_of_repositories_is_read_with_tiers_teams_and_controls(scan, made, rows):
    done = scan(made / "fleet")
    assert done.status == 0, done.err
    assert done.out == (
        "21 repositories, 20 made from a template\n"
        "by tier     0: 6, 1: 5, 2: 9\n"
        "by version  v0.1.0: 18, v0.2.0: 2\n"
        "not ours    1\n"
        "next        prooflane fleet plan\n"
    )
    found = rows(
        "select state, team, owner, tier, version from repositories where key like '%held.git'"
    )
    assert found == [("active", "payments", "@payments-lead", 2, "v0.2.0")]
    assert rows("select state, reason from repositories where key like '%not-ours.git'") == [
        ("foreign", "no template made it")
    ]
    held = "select control, version from control_states where state = 'held' order by control"
    assert ("DAT-1", "v0.1.0") in rows(held)
    counted = "select sum(repositories) from adoption where control = 'OWN-1'"
    assert rows(counted) == [(20,)]


def test_a_list_names_folders_and_urls_and_says_what_it_could_not_reach(
    scan, made, tmp_path, rows, documented
):
    plain = next(made.glob("fleet/*/*-plain.git"))
    listed = tmp_path / "list.txt"
    listed.write_text(f"# ours\n{plain}  # the first\nfile://{plain}\nfile:///nowhere/help.git\n")
    done = scan("list.txt")
    assert done.status == 1
    assert "unreachable 1\n  file:///nowhere/help.git: git clone failed: " in done.out
    assert rows("select count(*) from repositories where tier is not null") == [(2,)]
    again = documented(scan("list.txt", "--json").json, "fleet_scan")
    assert [row["state"] for row in again["repositories"]].count("unreachable") == 1
    assert again["status"] == 1


def test_a_repository_of_a_url_is_read_from_a_bare_partial_clone(scan, made, tmp_path):
    plain = next(made.glob("fleet/*/*-plain.git"))
    (tmp_path / "list.txt").write_text(f"file://{plain}\n")
    assert scan("list.txt").status == 0
    (clone,) = (tmp_path / "home/.cache/prooflane/fleet").glob("*/*")
    assert clone.name == plain.stem
    config = (clone / "config").read_text()
    assert "bare = true" in config
    assert "partialclonefilter = blob:limit=262144" in config
    assert (clone / "shallow").is_file()


def test_a_clone_whose_fetch_was_killed_is_made_anew(scan, made, tmp_path):
    plain = next(made.glob("fleet/*/*-plain.git"))
    (tmp_path / "list.txt").write_text(f"file://{plain}\n")
    assert scan("list.txt").status == 0
    (clone,) = (tmp_path / "home/.cache/prooflane/fleet").glob("*/*")
    # what git leaves when it is killed: it would refuse each fetch from now on
    (clone / "shallow.lock").write_text("")
    (clone.parent / ".new-killed").mkdir()
    done = scan("list.txt")
    assert (done.status, "1 made from a template" in done.out) == (0, True), done.out
    assert [path.name for path in clone.parent.iterdir()] == [clone.name]
    assert not (clone / "shallow.lock").exists()


def test_a_clone_of_what_cannot_be_reached_is_kept(scan, made, tmp_path, rows):
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "far/help.git")
    (tmp_path / "list.txt").write_text(f"file://{tmp_path}/far/help.git\n")
    assert scan("list.txt").status == 0
    (clone,) = (tmp_path / "home/.cache/prooflane/fleet").glob("*/*")
    (tmp_path / "far").rename(tmp_path / "away")
    (clone / "shallow.lock").write_text("")
    assert scan("list.txt").status == 1
    assert (clone / "HEAD").is_file()
    ((state, tier),) = rows("select state, tier from repositories")
    assert (state, tier is not None) == ("unreachable", True)


def test_what_to_do_about_a_repository_that_cannot_be_read_is_said(scan, tmp_path):
    (tmp_path / "all/one").mkdir(parents=True)
    git(tmp_path / "all/one", "init", "--quiet", "--initial-branch=main")
    (tmp_path / "all/one/.copier-answers.yml").write_text("name: help\n")
    git(tmp_path / "all/one", "add", "--all")
    git(tmp_path / "all/one", "commit", "--quiet", "--message", "Start")
    done = scan("all")
    assert done.status == 1
    assert f"  {tmp_path}/all/one: .copier-answers.yml does not record '_src_path'\n" in done.out
    assert "  hint: git log -p .copier-answers.yml shows what it was\n" in done.out


def test_an_organisation_that_there_is_not_is_one_sentence(scan, fake):
    _, env = fake
    done = scan("github:nowhere", **env)
    assert done.status == 1
    assert "not listed  github:nowhere: 'nowhere' is not on GitHub\n  hint: it was rem" in done.out


def test_one_that_was_there_before_is_said_to_be_gone(scan, made, tmp_path, rows):
    for name in ("one", "two"):
        shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / f"all/{name}.git")
    assert scan("all").status == 0
    shutil.rmtree(tmp_path / "all/one.git")
    done = scan("all")
    assert done.status == 0
    assert "gone        1" in done.out
    assert rows("select reason from repositories where state = 'gone'") == [
        (f"folder:{tmp_path}/all no longer lists it",)
    ]


def test_a_broken_repository_is_recorded_and_the_rest_is_read(scan, made, tmp_path):
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "all/one.git")
    shutil.copytree(next(made.glob("fleet/*/*-edited.git")), tmp_path / "all/two.git")
    for pack in (tmp_path / "all/two.git/objects/pack").iterdir():
        pack.unlink()
    done = scan("all")
    assert done.status == 1
    assert "2 repositories, 1 made from a template" in done.out
    assert f"{tmp_path}/all/two.git: the repository lacks its object " in done.out


def test_two_scans_at_once_are_refused(scan, tmp_path, home):
    (tmp_path / "empty").mkdir()
    hold = (
        "from prooflane.fleet.ledger.database import opened\n"
        "from prooflane.fleet.ledger.exclusive import exclusive\n"
        "with opened('fleet.db') as ledger, exclusive(ledger, 'fleet scan'):\n"
        "    print('ready', flush=True); input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold],
        cwd=tmp_path,
        env=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        other.stdout.readline()
        done = scan("empty")
        other.communicate(b"\n")
    assert done.status == 2
    assert done.err.startswith("error: another 'fleet scan' runs on this ledger (process ")
    assert "hint: wait for it, or end it: a run that was killed holds nothing\n" in done.err


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        ("nothing-here", 2, "there is no source 'nothing-here'"),
        ("github:", 2, "'github:' names no organisation"),
        ("github:acme", 1, FORGE),
        ("list.txt", 1, "names no repository"),
        ("helper.txt", 1, "names 'ext::sh -c true', which is never fetched\n  hint: use https, "),
        ("empty", 1, "holds no git repository"),
    ],
)
def test_a_source_that_cannot_be_listed_is_one_sentence(scan, tmp_path, source, status, message):
    (tmp_path / "list.txt").write_text("# nothing yet\n")
    (tmp_path / "helper.txt").write_text("ext::sh -c true\n")
    (tmp_path / "empty").mkdir()
    done = scan(source)
    assert done.status == status
    assert message in done.out + done.err
    assert "Traceback" not in done.err


def test_a_repository_of_a_list_is_read_with_the_token_of_its_forge(scan, made, tmp_path, fake):
    world, env = fake
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "help.git")
    world.add("acme/help", tmp_path / "help.git")
    site = env["GITHUB_API_URL"].removesuffix("/api/v3")
    (tmp_path / "list.txt").write_text(f"{site}/acme/help.git\n")
    assert scan("list.txt", **env).status == 0
    assert scan("list.txt", **env | {"GITHUB_TOKEN": ""}).status == 1


def test_a_token_that_a_forge_does_not_know_is_one_sentence_and_the_rest_is_scanned(
    scan, made, tmp_path, fake
):
    _, env = fake
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "all/one.git")
    done = scan("github:acme", "all", **env | {"GITHUB_TOKEN": "token-of-yesterday"})
    assert done.status == 1
    assert done.out.startswith("1 repository, 1 made from a template\n")
    assert (
        "not listed  github:acme: GitHub does not know the token of GITHUB_TOKEN\n"
        "  hint: it expired or is mistyped: make another\n"
    ) in done.out


def test_what_a_forge_lists_is_read_and_a_rename_and_an_archive_are_seen(
    scan, made, tmp_path, rows, fake
):
    world, env = fake
    for name in ("acme/help", "acme/old"):
        shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / f"{name}.git")
        world.add(name, tmp_path / f"{name}.git")
    assert scan("github:acme", **env).status == 0
    world.rename("acme/help", "acme/assist")
    world.repositories["acme/old"].is_archived = True
    done = scan("github:acme", **env)
    assert done.status == 0, done.err
    found = rows("select key, state, reason from repositories order by key")
    host = found[0][0].partition("/")[0]
    assert found == [
        (f"{host}/acme/assist", "active", ""),
        (f"{host}/acme/help", "renamed", f"it is {host}/acme/assist now"),
        (f"{host}/acme/old", "archived", "the forge says that it is archived"),
    ]


def test_a_repository_without_a_commit_is_empty_and_not_lost(scan, made, tmp_path, rows, fake):
    world, env = fake
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "forge/help.git")
    world.add("acme/help", tmp_path / "forge/help.git")
    for place in ("forge/new.git", "all/new.git"):
        git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / place))
    world.add("acme/new", tmp_path / "forge/new.git")
    done = scan("github:acme", "all", **env)
    assert done.status == 0, done.out
    assert "3 repositories, 1 made from a template\n" in done.out
    assert "\nempty       2, without a commit yet\n" in done.out
    asked = "select distinct state, reason from repositories where key like '%new%'"
    assert rows(asked) == [("empty", "it has no commit yet")]
    # its first commit makes it one of the others; a branch that is not there is no emptiness
    git(tmp_path / "forge/help.git", "push", "--quiet", "../new.git", "main")
    world.repositories["acme/help"].default = "gone"
    again = scan("github:acme", **env)
    assert again.status == 1
    assert rows("select state from repositories where key like '%acme/%' order by key") == [
        ("unreachable",),
        ("active",),
    ]


def test_waivers_of_the_manifest_are_kept_and_go_with_it(scan, made, tmp_path, rows):
    place = tmp_path / "all/one"
    shutil.copytree(next(made.glob("seeds/docs/project")), place)
    manifest = place / "ai-workflow.yaml"
    text = manifest.read_text()
    waiver = "{control: SUP-1, reason: soon, approver: '@ada', expires: 2999-01-01, decision: d}"
    manifest.write_text(text.replace("waivers: []", f"waivers: [{waiver}]"))
    commit_all(place)
    assert scan("all").status == 0
    asked = "select control, until, reason, who, origin from waivers"
    assert rows(asked) == [("SUP-1", "2999-01-01", "soon", "@ada", "manifest")]
    manifest.write_text(text)
    commit_all(place)
    assert scan("all").status == 0
    assert rows(asked) == []


def commit_all(place):
    git(place, "commit", "--quiet", "--all", "--message", "Manifest")
