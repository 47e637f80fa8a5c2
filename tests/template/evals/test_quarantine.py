from datetime import date

import pytest

from controls.errors import ControlsError
from controls.evals import quarantine, sets

TODAY = date(2026, 11, 2)
ENTRY = {"case": "c1", "owner": "@ada", "expires": "2026-11-20", "reason": "index is rebuilt"}


def a_set(root, *entries, cases=20, critical=()):
    folder = root / "evals/sets/demo"
    folder.mkdir(parents=True)
    rows = "".join(
        f"  - {{{', '.join(f'{key}: {value!r}' for key, value in each.items())}}}\n"
        for each in entries
    )
    head = "name: demo\ngated: true\nmin_pass: 0.9\nevaluators: [contains]\n"
    (folder / "set.yaml").write_text(head + (f"quarantine:\n{rows}" if entries else ""))
    (folder / "cases.jsonl").write_text(
        "".join(
            f'{{"id": "c{n}", "kind": "k", "question": "?", "expect": {{"contains": ["x"]}},'
            f' "critical": {"true" if n in critical else "false"}}}\n'
            for n in range(cases)
        )
    )
    return sets.load(root, "demo")


def test_a_set_without_a_quarantine_leaves_nothing_out(tmp_path):
    assert quarantine.of(a_set(tmp_path), TODAY).ids == frozenset()


def test_a_quarantined_case_is_left_out_until_its_last_day(tmp_path):
    evals = a_set(tmp_path, ENTRY)
    assert quarantine.of(evals, TODAY).ids == {"c1"}
    assert quarantine.of(evals, date(2026, 11, 20)).ids == {"c1"}
    over = quarantine.of(evals, date(2026, 11, 21))
    assert (over.ids, over.expired[0].owner) == (frozenset(), "@ada")


PLACE = "evals/sets/demo/set.yaml"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"owner": "the team"}, f"{PLACE}: quarantine: owner is 'the team', expected one person"),
        (
            {"expires": "soon"},
            f"{PLACE}: quarantine: expires is 'soon', expected a day such as 2026-12-24",
        ),
        ({"reason": ""}, f"{PLACE}: quarantine: the quarantine of 'c1' has no reason"),
        (
            {"until": "2026-11-20"},
            f"{PLACE}: quarantine: a quarantined case has case, expires, owner, reason, until",
        ),
        ({"case": "c99"}, f"{PLACE}: quarantines 'c99', which is no case of the set"),
        ({"case": "c7"}, f"{PLACE}: quarantines 'c7', which is critical"),
        (
            {"expires": "2026-12-03"},
            f"{PLACE}: the quarantine of 'c1' ends 2026-12-03, more than 30 days from now",
        ),
    ],
    ids=["a team", "no day", "no reason", "a word too many", "no case", "critical", "for long"],
)
def test_a_quarantine_that_hides_something_is_refused(tmp_path, changed, message):
    with pytest.raises(ControlsError) as caught:
        quarantine.of(a_set(tmp_path, ENTRY | changed, critical=(7,)), TODAY)
    assert caught.value.message == message


def test_a_gate_cannot_be_emptied_case_by_case(tmp_path):
    three = [ENTRY | {"case": f"c{n}"} for n in range(3)]
    with pytest.raises(ControlsError, match="quarantines 3 of 20 cases"):
        quarantine.of(a_set(tmp_path, *three), TODAY)
