"""The tool `change_setting`: switches a setting of a workspace. Runs in the sandbox, on a copy."""

import json
from collections.abc import Mapping
from pathlib import Path


def run(arguments: Mapping[str, object], here: Path) -> str:
    """Change the workspace's file below `here` and say what was done."""
    workspace, setting = str(arguments["workspace"]), str(arguments["setting"])
    path = here / "workspaces" / f"{workspace}.json"
    settings = json.loads(path.read_text("utf-8"))
    before, settings[setting] = settings[setting], arguments["value"]
    path.write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    return f"{setting} of {workspace}: {before} becomes {arguments['value']}"
