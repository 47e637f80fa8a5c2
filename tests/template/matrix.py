"""Answers worth rendering: every pair of values meets in at least one row."""

from covertable import make

FACTORS: dict[str, list[object]] = {
    "tier": [0, 1, 2, 3, 4],
    "ci": ["github", "gitlab", "none"],
    "data_class": ["public", "internal", "personal", "special-category"],
    "owner": ["", "@ada", "ada@example.com"],
    "project_name": ["Support replies", "L'été à Zürich", "No", "123"],
    "description": ["Answers questions.", "It's 100 % #1: yes & no <b>", "null"],
    "team": ["unassigned", "on", "7"],
}
LOWEST = {"public": 0, "internal": 0, "personal": 1, "special-category": 3}
THE_DATA_HAS_ITS_TIER = {
    "operator": "fn",
    "requires": ["tier", "data_class"],
    "evaluate": lambda row: row["tier"] >= LOWEST[row["data_class"]],
}


def rows() -> list[dict[str, object]]:
    """Return the same rows in the same order each time."""
    return [dict(sorted(row.items())) for row in make(FACTORS, constraints=[THE_DATA_HAS_ITS_TIER])]
