"""Print a completion script; `eval "$(prooflane completion bash)"` switches it on."""

import argparse

from prooflane.cli.table import VERBS

SHELLS = ("bash", "zsh", "fish")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `completion`."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    print(script(arguments.shell), end="")  # noqa: T201 - this is the command line
    return 0


def script(shell: str) -> str:
    """Return the script for `shell`: the verbs, then each verb's options, then files."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def options(verb: str) -> list[str]:
    """Return what may follow `verb`: its long options and the words that it takes."""
    from prooflane.cli.verb import parser  # noqa: PLC0415 - that module imports this one

    actions = parser(verb)._actions  # noqa: SLF001 - argparse lists its options nowhere else
    words = [*(text for action in actions for text in action.option_strings if text[:2] == "--")]
    return sorted(words) + [word for action in actions for word in action.choices or ()]


def _bash() -> str:
    cases = "\n".join(f"    {verb}) words='{' '.join(options(verb))}' ;;" for verb in VERBS)
    return f"""\
_prooflane() {{
  local words='{" ".join(VERBS)} --help --version'
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words='{" ".join(VERBS)} --help --version'
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _prooflane prooflane
"""


def _zsh() -> str:
    return f"autoload -U +X bashcompinit && bashcompinit\n{_bash()}"


def _fish() -> str:
    lines = [
        f"complete -c prooflane -n __fish_use_subcommand -a {verb} -d '{says}'"
        for verb, (_, says) in VERBS.items()
    ]
    lines += [
        f"complete -c prooflane -n '__fish_seen_subcommand_from {verb}' "
        + (f"-l {word[2:]}" if word.startswith("--") else f"-a {word}")
        for verb in VERBS
        for word in options(verb)
    ]
    return "\n".join(lines) + "\n"
