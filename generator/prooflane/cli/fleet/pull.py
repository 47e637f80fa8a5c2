"""Bring one repository to its template's version, if its wave is open: for its own scheduled job.

Says "not yet" and ends with 0 outside its wave. It opens the pull request that a campaign would
open, and never a second one. What is allowed when is in `rollout.yaml` of the template's newest
commit; the template must be in your settings file. Exit status 1: a person has to do something.
"""

import argparse

from prooflane.cli.fleet import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet pull`."""
    help_ = "github:OWNER/NAME, or gitlab:GROUP/NAME"
    parser.add_argument("repository", metavar="REPOSITORY", help=help_)
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Propose the version, or say why not, and return the exit status.

    Raises:
        ProoflaneError: when the repository cannot be read, or its template is not trusted.
    """
    from prooflane.pull.propose import pulled  # noqa: PLC0415 - slow, and an extra
    from prooflane.report import pulled as report  # noqa: PLC0415

    done = pulled(arguments.repository, options.show(arguments))
    if arguments.json:
        print(report.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(report.screen(done))  # noqa: T201
    return done.status
