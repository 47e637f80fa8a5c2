"""Turns a request into an act: the model says which setting is meant, a tool proposes the change.

Nothing is changed here. What the tool may do, and that two people agree first, is decided behind
`run` by `controls/`.
"""

import re
from pathlib import Path

from controls.run import Run, Used
from workflow.answer import answer

WORKSPACES = Path(__file__).parents[1] / "workspaces"
SETTINGS = {
    "two-factor-authentication": "two_factor_required",
    "guests": "guests_allowed",
    "single-sign-on": "single_sign_on",
}  # article -> the setting that it is about
OFF = frozenset(("off", "disable", "forbid", "no", "not", "stop"))
SWITCH = OFF | frozenset(("on", "enable", "allow", "require", "turn", "switch", "please", "do"))


def propose(request: str, run: Run) -> Used | None:
    """Return the act that `request` asks for, or None where it names no workspace or setting."""
    words = re.findall(r"[a-z0-9-]+", request.lower())
    named = [path.stem for path in sorted(WORKSPACES.glob("*.json")) if path.stem in words]
    topic = " ".join(word for word in words if word not in SWITCH.union(named))
    cited = answer(topic, run).citations
    setting = next((SETTINGS[article] for article in cited if article in SETTINGS), None)
    if setting is None or len(named) != 1:
        return None
    asked = {"workspace": named[0], "setting": setting, "value": not OFF & set(words)}
    return run.tool("change_setting", asked)
