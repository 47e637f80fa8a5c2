"""What every forge does: the same promises for GitHub, GitLab and folders of bare repositories."""

import base64
import os
import subprocess

import pytest
from fakeforge.world import READ, Comment

from prooflane.errors import ProoflaneError
from prooflane.forge.connect import connect
from prooflane.forge.model import Checks, ForgeError, Proposal, PullState, Trouble

TOKEN = "token-of-the-bot"  # noqa: S105 - the fake's own
BOTH = pytest.mark.parametrize("kind", ["github", "gitlab"])
ALL = pytest.mark.parametrize("kind", ["github", "gitlab", "folder"])
PROPOSAL = Proposal("sync-2.0.0", "topic", "main", "Sync", "What changes.")


@pytest.fixture
def reach(forge, monkeypatch):
    """Return a function that connects to the fake under a token."""

    def connected(kind, token=TOKEN, timeout=60):
        monkeypatch.setenv("GITHUB_API_URL", forge.github)
        monkeypatch.setenv("GITLAB_URL", forge.gitlab)
        monkeypatch.setenv("GITHUB_TOKEN", token)
        monkeypatch.setenv("GITLAB_TOKEN", token)
        return connect(kind, timeout)

    return connected


@pytest.fixture
def held(forge, bare, git):
    """Return a repository on the forge with a branch `topic`, and its path there by kind."""
    place = bare("help")
    repository = forge.world.add("acme/help", place)
    tree = git(place, "rev-parse", "main^{tree}")
    commit = git(place, "commit-tree", tree, "-p", "main", "-m", "Topic")
    git(place, "update-ref", "refs/heads/topic", commit)
    paths = {"github": "acme/help", "gitlab": "acme/help", "folder": str(place)}
    return repository, paths, commit


@ALL
def test_a_proposal_becomes_one_pull_request_however_often_it_is_made(kind, reach, held):
    _, paths, commit = held
    forge, path = reach(kind), paths[kind]
    assert forge.find(path, "topic", "sync-2.0.0") is None
    made = forge.upsert(path, PROPOSAL)
    assert (made.number, made.state, made.branch, made.head) == (1, PullState.open, "topic", commit)
    assert forge.upsert(path, PROPOSAL).number == 1
    assert forge.find(path, "topic", "sync-2.0.0") == made
    assert forge.find(path, "topic", "another") is None


@BOTH
def test_a_pull_request_that_says_the_same_is_not_written_again(kind, reach, held, forge):
    _, paths, _ = held
    reached = reach(kind)
    reached.upsert(paths[kind], PROPOSAL)
    reached.upsert(paths[kind], PROPOSAL)
    assert [row.method for row in forge.world.written] == ["POST"]
    changed = Proposal("sync-2.0.0", "topic", "main", "Sync again", "Other words.")
    reached.upsert(paths[kind], changed)
    assert len(forge.world.written) == 2
    assert held[0].pulls[0].title == "Sync again"
    assert held[0].pulls[0].body == "Other words.\n\n<!-- prooflane: sync-2.0.0 -->\n"


@ALL
def test_a_closed_pull_request_stays_closed_and_says_why(kind, reach, held):
    _, paths, _ = held
    forge, path = reach(kind), paths[kind]
    forge.upsert(path, PROPOSAL)
    forge.close(path, 1, "taken back")
    assert forge.upsert(path, PROPOSAL).state is PullState.closed
    assert forge.pull(path, 1).state is PullState.closed


@ALL
def test_a_merged_pull_request_is_known_as_merged(kind, reach, held, forge, git):
    repository, paths, commit = held
    reached, path = reach(kind), paths[kind]
    reached.upsert(path, PROPOSAL)
    if kind == "folder":
        git(repository.bare, "update-ref", "refs/heads/main", commit)
    else:
        forge.world.merge(repository.pulls[0], repository)
    assert reached.find(path, "topic", "sync-2.0.0").state is PullState.merged


@BOTH
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, Checks.none),
        ("pending", Checks.pending),
        ("success", Checks.green),
        ("failure", Checks.red),
    ],
)
def test_checks_are_read(kind, said, expected, reach, held):
    repository, paths, commit = held
    if said:
        repository.checks[commit] = said
    assert reach(kind).checks(paths[kind], commit) is expected


@BOTH
def test_comments_about_something_say_who_may_write(kind, reach, held):
    repository, paths, _ = held
    reached = reach(kind)
    reached.upsert(paths[kind], PROPOSAL)
    repository.pulls[0].comments += [
        Comment("grace", "Not until 2027-02-01: audit"),
        Comment("mallory", "not until 2099-01-01", is_member=False),
        Comment("grace", "thanks"),
    ]
    notes = reached.notes(paths[kind], 1, "not until")
    assert [(row.author, row.is_member) for row in notes] == [("grace", True), ("mallory", False)]


def test_a_comment_of_somebody_who_was_removed_from_the_forge_is_read(reach, held):
    repository, paths, _ = held
    reached = reach("github")
    reached.upsert(paths["github"], PROPOSAL)
    repository.pulls[0].comments.append(Comment("", "not until 2099-01-01"))
    (note,) = reached.notes(paths["github"], 1, "not until")
    assert (note.author, note.is_member) == ("ghost", False)


@BOTH
@pytest.mark.usefixtures("held")
def test_an_answer_that_is_none_of_the_forge_is_one_sentence(kind, reach, forge):
    reached = reach(kind)
    asked = (
        lambda: reached.repository("acme/help"),
        lambda: list(reached.repositories("acme")),
        lambda: reached.pull("acme/help", 1),
        lambda: reached.checks("acme/help", "a" * 40),
        lambda: reached.notes("acme/help", 1, "not until"),
        lambda: reached.identity,
    )
    forge.world.faults.plan("garbled", times=len(asked) * 3)
    for question in asked:
        with pytest.raises(ForgeError) as refused:
            question()
        name = {"github": "GitHub", "gitlab": "GitLab"}[kind]
        says = f"{name} cannot be reached: it does not answer as {name} does"
        assert refused.value.message == says


@BOTH
def test_a_group_that_there_is_not_is_one_sentence(kind, reach):
    with pytest.raises(ForgeError) as refused:
        list(reach(kind).repositories("nowhere"))
    assert refused.value.message.startswith("'nowhere' is not on Git")


@BOTH
def test_a_group_is_listed_page_by_page(kind, reach, forge, bare):
    place = bare("many")
    for number in range(101):
        forge.world.add(f"acme/r{number:03}", place, is_archived=number == 7)
    found = list(reach(kind).repositories("acme"))
    assert len({row.key for row in found}) == 101
    assert [row.path for row in found if row.is_archived] == ["acme/r007"]
    assert found[0].key == f"{forge.url.removeprefix('http://')}/acme/r000"


@BOTH
@pytest.mark.usefixtures("held")
def test_a_renamed_repository_has_its_new_path(kind, reach, forge):
    forge.world.rename("acme/help", "acme/support")
    assert reach(kind).repository("acme/help").path == "acme/support"


@BOTH
def test_who_asks_is_known_and_the_token_is_in_no_text(kind, reach, forge):
    reached = reach(kind)
    assert reached.identity == f"prooflane-bot@{forge.url.removeprefix('http://')}"
    assert TOKEN not in repr(vars(reached).get("_token"))


@BOTH
@pytest.mark.usefixtures("held")
def test_git_gets_the_token_by_its_environment_alone(kind, reach, tmp_path):
    remote = reach(kind).repository("acme/help")
    assert TOKEN not in remote.url
    secrets = reach(kind).credentials()
    assert all(TOKEN not in value for value in secrets.values())
    assert any(
        TOKEN.encode() in base64.b64decode(v.split()[-1] + "==")
        for v in secrets.values()
        if "Basic" in v
    )
    command = ["git", "clone", "--quiet", "--bare", remote.url, str(tmp_path / "clone")]
    subprocess.run(command, env=dict(os.environ) | dict(secrets), check=True)
    assert subprocess.run(
        [*command[:-1], str(tmp_path / "none")], check=False, capture_output=True
    ).returncode


REFUSALS = [
    ("502", Trouble.unreachable, "cannot be reached: it answers 502"),
    ("retry-after", Trouble.limited, "asks for a break of 1 s"),
    ("time-out", Trouble.unreachable, "cannot be reached: it did not answer in time"),
    ("403", Trouble.scope, "may not change 'acme/help'"),
    ("422", Trouble.refused, "refused 'acme/help': fault 422"),
    ("garbled", Trouble.unreachable, "cannot be reached: it does not answer as Git"),
]


@BOTH
@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("refusal", REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_fault_is_one_sentence(kind, refusal, reach, forge):
    fault, trouble, says = refusal
    reached = reach(kind, timeout=1 if fault == "time-out" else 60)
    forge.world.faults.seconds = 60  # nobody waits for it to end
    forge.world.faults.plan(fault, path="help")
    with pytest.raises(ForgeError) as refused:
        reached.upsert("acme/help", PROPOSAL)
    assert refused.value.trouble is trouble
    assert says in refused.value.message
    assert refused.value.wait == (1.0 if fault == "retry-after" else 0.0)


@BOTH
def test_what_is_gone_archived_or_read_only_is_named(kind, reach, held, forge):
    repository, _, _ = held
    with pytest.raises(ForgeError) as gone:
        reach(kind).repository("acme/nowhere")
    assert gone.value.trouble is Trouble.gone
    repository.is_archived = True
    assert reach(kind).repository("acme/help").is_archived
    with pytest.raises(ForgeError) as archived:
        reach(kind).upsert("acme/help", PROPOSAL)
    assert (archived.value.trouble, archived.value.message) == (
        Trouble.archived,
        "'acme/help' is archived",
    )
    repository.is_archived = False
    forge.world.account("reader", "token-of-a-reader", READ)
    with pytest.raises(ForgeError) as scope:
        reach(kind, "token-of-a-reader").upsert("acme/help", PROPOSAL)
    assert scope.value.trouble is Trouble.scope


@BOTH
def test_without_a_token_nothing_is_asked(kind, forge, monkeypatch):
    monkeypatch.setenv("GITHUB_API_URL", forge.github)
    with pytest.raises(ProoflaneError) as refused:
        connect(kind)
    name = kind.upper()
    other = "GH_TOKEN" if kind == "github" else "GITLAB_PRIVATE_TOKEN"
    assert refused.value.message == f"there is no token in {name}_TOKEN or {other}"
    assert refused.value.hint == f"export {name}_TOKEN=..."
    assert forge.world.seen_tokens == set()


@BOTH
def test_a_forge_that_is_not_there_is_one_sentence(kind, reach, monkeypatch):
    reach(kind)
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9/api/v3")
    monkeypatch.setenv("GITLAB_URL", "http://127.0.0.1:9")
    with pytest.raises(ForgeError) as refused:
        connect(kind).repository("acme/help")
    assert refused.value.message.endswith("cannot be reached: the connection failed")
