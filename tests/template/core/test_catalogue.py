"""A catalogue without checks, with unknown references or of another shape never loads."""

from pathlib import Path

import pytest
import warm

from controls import catalogue, document
from controls.catalogue_page import page
from controls.errors import ControlsError

ROOT = Path(__file__).parents[3] / "template"


def test_each_tier_requires_the_controls_of_the_design():
    loaded = catalogue.load(ROOT)
    assert {tier: " ".join(c.id for c in loaded.of(tier)) for tier in (0, 1, 2)} == {
        0: "OWN-1 OWN-2 SEC-1 DAT-1 DAT-2 LOG-1 DEC-1 APR-1 EVL-1 CST-1 CST-2 CST-3 DRF-1 DIS-1"
        " SUP-1 TPL-1",
        1: "OWN-1 OWN-2 SEC-1 DAT-1 LOG-1 LOG-2 DEC-1 APR-1 EVL-1 SAF-1 REV-1 CST-1 CST-2 CST-3"
        " DRF-1 DIS-1 INC-1 SUP-1 TPL-1",
        2: "OWN-1 OWN-2 SEC-1 DAT-1 LOG-1 LOG-2 LOG-3 DEC-1 APR-1 EVL-1 EVL-2 SAF-1 INJ-1 RAT-1"
        " CST-1 CST-2 CST-3 DRF-1 DIS-1 INC-1 SUP-1 TPL-1",
    }


@pytest.mark.parametrize(
    ("tier", "added"),
    [(3, "LOG-4 BIA-1 INC-2 DOC-1 AUD-1 RET-1 OVR-1"), (4, "LOG-5 TWO-1 TOL-1 SBX-1 RBK-1")],
)
def test_tiers_3_and_4_require_all_of_the_tier_below_and_more(tier, added):
    loaded = catalogue.load(ROOT)
    below, here = ([control.id for control in loaded.of(n)] for n in (tier - 1, tier))
    assert set(below) < set(here)
    assert " ".join(id_ for id_ in here if id_ not in below) == added


def test_the_red_team_is_recommended_one_tier_before_it_is_required():
    assert catalogue.load(ROOT).control("EVL-2").recommended == (1,)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param(
            '      - {kind: static, run: "controls.ownership.checks:owner"}',
            "      []",
            "OWN-1 has no check",
            id="a control without a check",
        ),
        pytest.param(
            'kind: static, run: "controls.ownership.checks:owner"',
            'kind: later, run: "controls.ownership.checks:owner"',
            "OWN-1 has a check without kind or name: 'controls.ownership.checks:owner'",
            id="a check of an unknown kind",
        ),
        pytest.param(
            "mode: block",
            "mode: maybe",
            "OWN-1 has mode 'maybe', expected warn or block",
            id="an unknown mode",
        ),
        pytest.param(
            "tiers: [0, 1, 2, 3, 4]",
            "tiers: [0, 9]",
            "OWN-1 names a tier that is not in the table",
            id="a tier that does not exist",
        ),
        pytest.param("id: OWN-2", "id: OWN-1", "OWN-1 is there twice", id="an id used twice"),
    ],
)
def test_a_contradiction_is_refused(project, edit, old, new, sentence):
    root = project(2)
    edit(root / "controls/catalogue.yaml", old, new)
    with pytest.raises(ControlsError) as refused:
        catalogue.load(root)
    assert refused.value.message == f"controls/catalogue.yaml is malformed: {sentence}"


def test_a_reference_that_nobody_listed_is_refused(project):
    root = project(2)
    text = (root / "controls/catalogue.yaml").read_text()
    (root / "controls/catalogue.yaml").write_text(
        text.replace("references: [", 'references: ["LLM99:2025", ', 1)
    )
    with pytest.raises(ControlsError) as refused:
        catalogue.load(root)
    assert "cites 'LLM99:2025'" in refused.value.message


def test_a_catalogue_that_is_gone_is_one_sentence(project):
    root = project(2)
    (root / "controls/catalogue.yaml").unlink()
    with pytest.raises(ControlsError) as refused:
        catalogue.load(root)
    assert refused.value.message == (
        "controls/catalogue.yaml cannot be read: No such file or directory"
    )


def test_an_unknown_control_and_a_tier_that_is_not_offered_are_one_sentence():
    loaded = catalogue.load(ROOT)
    with pytest.raises(ControlsError, match=r"^unknown control 'XYZ-1'$"):
        loaded.control("XYZ-1")
    with pytest.raises(ControlsError, match=r"^tier 5 is not offered$"):
        loaded.tier(5)


def test_the_page_names_each_control_with_its_checks_and_its_anchor():
    text = page(catalogue.load(ROOT))
    assert "## OWN-1 accountable owner and approvers named" in text
    assert "[OWN-1](#own-1-accountable-owner-and-approvers-named)" in text
    assert "`controls.ownership.checks:owner` (static)" in text
    assert text.count("\n## ") == 4 + len(catalogue.load(ROOT).controls)
    assert page(catalogue.load(ROOT)) == text


def test_a_reference_without_its_edition_is_refused(project, edit):
    root = project(2)
    edit(root / "controls/schema/references.yaml", ", edition: ISO/IEC 42001:2023}", "}")
    with pytest.raises(ControlsError) as refused:
        catalogue.load(root)
    assert "needs a title and an edition" in refused.value.message


def test_an_unknown_reference_fails_the_check(project):
    root = project(0)
    text = (root / "controls/catalogue.yaml").read_text()
    (root / "controls/catalogue.yaml").write_text(
        text.replace('references: ["LLM02:2025"]', 'references: ["LLM02:2026"]', 1)
    )
    done = warm.run("controls", "check", "--static", cwd=root)
    assert done.returncode == 2
    assert (
        "SEC-1 cites 'LLM02:2026', which is not in controls/schema/references.yaml" in done.stderr
    )


def test_the_page_shows_each_standard_with_title_edition_and_the_controls_that_cite_it():
    text = page(catalogue.load(ROOT))
    assert "| EU AI Act Art. 14 | Human oversight | Regulation (EU) 2024/1689 | REV-1" in text
    assert "- references: LLM02:2025 Sensitive Information Disclosure\n" in text
    assert "Data and Model Poisoning" not in text, "listed, but cited by no control"


def test_each_cited_reference_is_listed_with_its_edition():
    listed = document.read(ROOT / "controls/schema/references.yaml").data["references"]
    cited = {name for control in catalogue.load(ROOT).controls for name in control.references}
    assert cited <= listed.keys()
    assert all(row["title"] and row["edition"] for row in listed.values())
