"""The tables of the ledger. Names and types only; one definition for SQLite and PostgreSQL.

A repository's key is its host and path (`github.com/acme/help`), or its folder. Times are seconds
since 1970, days are ISO dates, and what only one reader understands is JSON.
"""

from sqlalchemy import (
    JSON,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = 1
METADATA = MetaData()


def _text(name: str, default: str = "") -> "Column[str]":
    return Column(name, Text, nullable=False, server_default=default)


def _time(name: str) -> "Column[float]":
    return Column(name, Double, nullable=False, server_default="0")


def _data(name: str = "data") -> "Column[object]":
    return Column(name, JSON, nullable=False, server_default="{}")


META = Table("meta", METADATA, Column("key", Text, primary_key=True), _text("value"))

REPOSITORIES = Table(
    "repositories",
    METADATA,
    Column("key", Text, primary_key=True),
    _text("source"),  # what was scanned: github:acme, gitlab:acme/ai, a list, a folder
    _text("forge_id"),  # the forge's own id, which a rename leaves as it is
    _text("url"),
    _text("branch"),
    _text("state", "active"),
    _text("reason"),
    _text("head"),
    _text("name"),
    _text("team"),
    _text("owner"),
    Column("tier", Integer),
    _text("template"),
    _text("version"),
    _text("commit"),
    _time("seen"),
)

RELEASES = Table(
    "releases",
    METADATA,
    Column("template", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    _text("commit"),
    _text("signer"),
    _time("seen"),
    _data(),
)

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("id", Text, primary_key=True),
    _text("template"),
    _text("version"),
    _text("commit"),
    _text("state"),
    _text("reason"),
    _data("settings"),
    _time("created"),
    _time("updated"),
)

WAVES = Table(
    "waves",
    METADATA,
    Column("campaign", Text, ForeignKey("campaigns.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    _text("name"),
    _text("state"),
    _text("reason"),
    _data("settings"),
    _time("started"),
    _time("finished"),
)

# one repository in one campaign; a what-if is a run of the kind "plan" without a campaign
RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("campaign"),
    _text("kind"),
    _text("repository"),
    Column("wave", Integer),
    _text("state"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    _text("before"),
    _text("after"),
    _text("head"),
    _text("branch"),
    _text("pull"),
    _text("reason"),
    _text("hint"),
    _data(),
    _time("started"),
    _time("updated"),
    UniqueConstraint("campaign", "kind", "repository"),
    Index("runs_by_state", "campaign", "kind", "state"),
)

CONTROL_STATES = Table(
    "control_states",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("control", Text, primary_key=True),
    _text("title"),
    _text("version"),
    _text("state"),
    _time("seen"),
)

# how many repositories of a tier held a control that day: what `fleet report` draws over time
ADOPTION = Table(
    "adoption",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("control", Text, primary_key=True),
    Column("tier", Integer, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("repositories", Integer, nullable=False),
)

WAIVERS = Table(
    "waivers",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("control", Text, primary_key=True),  # empty: the repository as a whole, "not until"
    Column("origin", Text, primary_key=True),  # where it was said: manifest, pull request, command
    Column("until", Text, nullable=False),
    _text("reason"),
    _text("who"),
    _time("seen"),
)

BUCKETS = Table(
    "rate_buckets",
    METADATA,
    Column("identity", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("level", Double, nullable=False),
    _time("updated"),
    _time("wait"),  # seconds from `updated` in which nothing may be sent
)

EVENTS = Table(
    "events",
    METADATA,
    Column("id", Integer, primary_key=True),
    _time("at"),
    _text("kind"),
    _text("campaign"),
    Column("wave", Integer),
    _text("repository"),
    _text("text"),
    _data(),
    Index("events_by_repository", "repository"),
    Index("events_by_campaign", "campaign"),
)
