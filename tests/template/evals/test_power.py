"""How often the gate cries wolf, and how often it sleeps: simulated readers, the gate's own code.

Each run is one whole life of a gate: a baseline is made and saved, read back, and a later run of 50
cases is settled, compared and judged as `conduct` does it. Only the reader is simulated: whether a
case passes is drawn from a seeded generator. `docs/explanation/eval-statistics.md` has the figures.
"""

import json
from functools import partial
from random import Random

import pytest

from controls.evals import baseline, conduct, regression, sets
from controls.evals.options import parse
from controls.evals.quarantine import Quarantine
from controls.evals.results import Result, State
from controls.evals.verdict import verdict

N, FLAKE, RUNS = 50, 0.05, 200
WEAK = 2  # cases that the reader never could answer: a rate of 0.96 against a floor of 0.92
WORSE = 4  # 8 % of 50


@pytest.fixture(scope="module")
def fifty(tmp_path_factory):
    """Return a set of 50 cases, read as any set is."""
    root = tmp_path_factory.mktemp("power")
    folder = root / "evals/sets/fifty"
    folder.mkdir(parents=True)
    (folder / "set.yaml").write_text(
        "name: fifty\ngated: true\nmin_pass: 0.92\nevaluators: [contains]\n"
    )
    rows = [
        {"id": f"c{n}", "kind": "k", "question": "?", "expect": {"contains": ["x"]}}
        for n in range(N)
    ]
    (folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return sets.load(root, "fifty")


def read(random, chances, cases):
    """Return what a reader gives that passes each case with its chance."""
    return [
        Result(c, State.passed if random.random() < chances[c.id] else State.failed, "", None, "r")
        for c in cases
    ]


def chances(able):
    return {f"c{n}": 1 - FLAKE if f"c{n}" in able else FLAKE for n in range(N)}


def gate(evals, reader, kept, *words):
    """Return the verdict of one run of `reader` beside the baseline `kept`."""
    options = parse(["--set", "fifty", *words], {})
    settled = conduct.settle(reader, evals, options, kept, Quarantine())
    compared = regression.compare("b", kept, settled, conduct.planned(options))
    return verdict(conduct.weighed(evals, options, settled, compared, Quarantine()))


def life(evals, file, seed, change, *words):
    """Return the verdict of a run whose reader differs from the baseline's by `change`."""
    random = Random(seed)  # noqa: S311  a simulation, not a secret
    able = set(random.sample([f"c{n}" for n in range(N)], N - WEAK))
    before = partial(read, random, chances(able))
    saving = parse(["--set", "fifty", "--save-baseline"], {})
    baseline.save(file, conduct.settle(before, evals, saving, None, Quarantine()), {})
    after = partial(read, random, change(random, able))
    return gate(evals, after, baseline.load(file), *words)


def same(_, able):
    return chances(able)


def worse(random, able):
    return chances(able - set(random.sample(sorted(able), WORSE)))


def flakier(_, able):
    """Return a reader that broke no case, and passes each 8 % less often."""
    return {id_: max(chance - 0.08, 0) for id_, chance in chances(able).items()}


def failing(evals, file, change, runs, *words):
    """Return how many of `runs` lives end with a failed gate."""
    return sum(life(evals, file, seed, change, *words).exit == 1 for seed in range(runs))


def test_a_reader_made_8_percent_worse_is_caught_in_95_percent_of_200_runs(fifty, tmp_path):
    caught = failing(fifty, tmp_path / "b.json", worse, RUNS)
    assert caught / RUNS >= 0.95


def test_an_unchanged_reader_with_5_percent_flake_is_refused_in_at_most_1_percent(fifty, tmp_path):
    refused = failing(fifty, tmp_path / "b.json", same, RUNS)
    assert refused / RUNS <= 0.01


def test_the_verdict_names_the_cases_that_broke(fifty, tmp_path):
    found = life(fifty, tmp_path / "b.json", 7, worse)
    assert (found.exit, found.word) == (1, "failed")


def test_what_is_spread_thin_over_all_cases_needs_more_than_single_runs(fifty, tmp_path):
    """The limit that the page admits; a rule that sees it in single runs would be welcome here."""
    once = failing(fifty, tmp_path / "b.json", flakier, 100)
    often = failing(fifty, tmp_path / "b.json", flakier, 100, "--epochs", "10")
    assert once / 100 < 0.5
    assert often / 100 >= 0.8
