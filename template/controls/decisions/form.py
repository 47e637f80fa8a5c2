"""The form of a decision record: its sections and what each asks. `record` reads the answers."""

SECTIONS = {
    "What changed": "The change in two sentences, as a user of the workflow would notice it.",
    "Why": "The reason: what was known, what is assumed, and what else was considered.",
    "Evidence": "Eval runs, traces, incidents or sources that support it; give ids and paths.",
    "How it was tested": "The commands that ran and what they showed, the worst case included.",
    "Blast radius": "Who and what is affected if this is wrong.",
    "Data touched": "The data classes it reads or sends, and to which model; or: none.",
    "How drift would be seen": "The number or alert that moves when this stops being true.",
    "Rollback trigger": "The observation at which it is taken back, and how.",
}
RISKS = ("low", "medium", "high")
_PLACEHOLDERS = frozenset(
    {"todo", "tbd", "tba", "fixme", "xxx", "wip", "n/a", "na", "pending", "later"}
)
_MEANINGLESS = " \t\r\n.-_*?!…<>[](){}`\"'/\\|:;,#=+~"


def body() -> str:
    """Return the empty form; its questions are comments, so that they vanish when rendered."""
    return "\n".join(f"## {title}\n\n<!-- {question} -->\n" for title, question in SECTIONS.items())


def is_filled(title: str, answer: str) -> bool:
    """Say whether `answer` holds a person's words, beside the form's own and placeholders."""
    words = _normal(answer).replace(_normal(SECTIONS[title]), "").strip(_MEANINGLESS)
    return any(letter.isalnum() for letter in words) and words.casefold() not in _PLACEHOLDERS


def _normal(words: str) -> str:
    return " ".join(words.split())
