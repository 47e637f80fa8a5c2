"""The command line: finds the repository, runs one verb, prints its report.

Decides what every verb shares: `--root`, `--json`, and that an error is one sentence with exit
status 2. No verb is imported before it is asked for; what a verb does is its own module's business.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from controls import output
from controls.absent import absent
from controls.errors import ControlsError
from controls.parser import Parser
from controls.typed import environment, inside, typed

MANIFEST = "ai-workflow.yaml"
VERBS = {
    "check": ("controls.check.command", "prove every control of the tier"),
    "verify": ("controls.verify.command", "what CI runs: lint, types, tests, evals, controls"),
    "ask": ("controls.ask", "ask the workflow one question"),
    "trace": ("controls.tracing.view", "show what a run did"),
    "evals": ("controls.evals.command", "run an eval set and judge it"),
    "decisions": ("controls.decisions.command", "write or check decision records"),
    "approvals": ("controls.approvals.command", "show or sign the approvals of a change"),
    "gate": ("controls.gate.command", "say what a change loosens, and who agreed to it"),
    "action": ("controls.action.command", "propose, approve, do and roll back what tools change"),
    "incidents": ("controls.incidents.command", "open an incident and name who is on call"),
    "review": ("controls.review.command", "edit, send or reject drafts"),
    "gateway": ("controls.gateway.command", "spend, budgets and limits of the model gateway"),
    "policy": ("controls.policy.command", "explain and test policy decisions"),
    "audit": ("controls.audit.command", "prove what was done, and who touched which data"),
    "owners": ("controls.ownership.command", "write CODEOWNERS from the manifest"),
    "model-card": ("controls.documents.command", "write the model card and the AI-BOM"),
    "secrets": ("controls.secrets.command", "search the tracked files for secrets"),
    "workflows": ("controls.workflows.command", "check the CI workflows"),
    "lock": ("controls.lock", "pin the requirements of your own"),
    "schema": ("controls.manifest_schema", "print the manifest's JSON Schema"),
    "doctor": ("controls.doctor", "say what this machine and this forge still lack"),
}


def find_root(start: Path) -> Path:
    """Return the nearest folder at or above `start` that holds a manifest.

    Raises:
        ControlsError: when there is none.
    """
    for folder in (start, *start.parents):
        if (folder / MANIFEST).is_file():
            return folder
    raise ControlsError(
        f"no {MANIFEST} in {str(start)!r} or a folder above it",
        hint="run this inside a repository made by `prooflane new`",
    )


def main(argv: Sequence[str]) -> int:
    """Run one verb and return its exit status; nothing that a user does ends in a traceback."""
    return output.whole(lambda: _main(list(argv)))


def _main(argv: list[str]) -> int:
    try:
        return _run(argv)
    except ControlsError as error:
        return _refuse(error.message, error.hint, error.status)
    except ImportError as error:
        broken = _broken(ControlsError(str(error), _set_up(" ".join(argv[:1]))))
        return _refuse(broken.message, broken.hint, broken.status)
    except KeyboardInterrupt:
        return _refuse("interrupted", status=130)
    except BrokenPipeError:
        raise  # an OSError, and no mistake
    except OSError as error:
        return _refuse(f"{error.filename or 'the system'}: {error.strerror or error}")


def _run(argv: list[str]) -> int:
    if not argv or argv[0] in {"-h", "--help", "help"}:
        return _say(_menu(), 0)
    name, *rest = argv
    verb = _verb(name)
    parser = Parser(
        prog=f"python -m controls {name}", description=VERBS[name][1], allow_abbrev=False
    )
    verb.configure(parser)
    parser.add_argument("--json", action="store_true", help="print data instead of text")
    parser.add_argument(
        "--root", type=Path, metavar="DIR", help="the repository (default: the one around you)"
    )
    args = parser.parse_args(rest)
    report = verb.run(find_root((args.root or Path.cwd()).resolve()), args)
    text = json.dumps(report.data, indent=2, default=str) if args.json else typed(report.text)
    return _say(text, report.status)


def _say(text: str, status: int) -> int:
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    return status


def _refuse(message: str, hint: str = "", status: int = 2) -> int:
    sys.stderr.write(typed(f"error: {message}\n" + (f"hint: {hint}\n" if hint else "")))
    return status


def _set_up(verb: str) -> str:
    """Return what to do where a library is missing: there may be an environment that has it."""
    program = environment()
    if program is None or inside():
        return "make setup"
    return f"{program} -m controls {verb} …"


def _menu() -> str:
    width = max(map(len, VERBS))
    lines = [
        f"  {name:<{width}}  {help_}" for name, (module, help_) in VERBS.items() if _present(module)
    ]
    usage = "usage: python -m controls VERB [--json] [--root DIR] …\n"
    return "\n".join([usage, *lines, "\n`python -m controls VERB --help` says more."])


def _present(module: str) -> bool:
    path = Path(__file__).parents[1].joinpath(*module.split("."))
    return path.with_suffix(".py").is_file()


def _verb(name: str) -> ModuleType:
    if name not in VERBS:
        raise ControlsError(f"unknown verb {name!r}", hint="python -m controls --help")
    module = VERBS[name][0]
    if not _present(module):
        hint = "another tier has it; python -m controls --help lists those of this one"
        raise _broken(ControlsError(f"this repository has no verb {name!r}", hint))
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _broken(ControlsError(f"{name!r} cannot start: {error}", _set_up(name))) from error


def _broken(otherwise: ControlsError) -> ControlsError:
    """Return what is wrong: a managed file that is gone comes before every other reason."""
    gone = absent()
    if not gone:
        return otherwise
    return ControlsError(f"the managed file {gone} is missing", hint=f"git checkout {gone}")
