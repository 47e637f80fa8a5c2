"""Answers worth rendering: every pair of values meets in at least one row."""

from covertable import make

FACTORS: dict[str, list[object]] = {
    "tier": [0, 1, 2],
    "ci": ["github", "none"],
    "data_class": ["public", "internal", "personal"],
    "owner": ["", "@ada", "ada@example.com"],
    "project_name": ["Support replies", "L'été à Zürich", "No", "123"],
    "description": ["Answers questions.", "It's 100 % #1: yes & no <b>", "null"],
    "team": ["unassigned", "on", "7"],
}
TIER_0_HAS_NO_PERSONAL_DATA = {
    "operator": "fn",
    "requires": ["tier", "data_class"],
    "evaluate": lambda row: row["tier"] != 0 or row["data_class"] != "personal",
}


def rows() -> list[dict[str, object]]:
    """Return the same rows in the same order each time."""
    return [
        dict(sorted(row.items()))
        for row in make(FACTORS, constraints=[TIER_0_HAS_NO_PERSONAL_DATA])
    ]
