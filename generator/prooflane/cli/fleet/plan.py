"""Show what a version of the template would do to every repository of the ledger; nothing is sent.

Each is judged as `prooflane sync --plan` would: already there, clean, in conflict, holding a
control back, blocked by a static check of the new version, or not ours. Repositories of a forge are
fetched into bare partial clones first. Exit status: 0 all were judged, 1 some were not, 2 usage.
"""

import argparse
import sys
from pathlib import Path

from prooflane.cli.fleet import options
from prooflane.cli.follow import follow
from prooflane.cli.program import program


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet plan`."""
    add = parser.add_argument
    add("--to", metavar="VERSION", help="a tag or commit of the template (default: the newest)")
    add("--template", metavar="SRC", help="a git folder, bundle or URL, trusted for this call")
    add("--shard", metavar="I/N", help="judge one part of N, for jobs that run side by side")
    add("--no-checks", action="store_true", help="do not run the new version's static checks")
    add("--python", metavar="PROGRAM", default=sys.executable, help="what runs them (default: own)")
    add("--html", metavar="FILE", type=Path, help="also write one page for a browser")
    options.ledger(parser)
    options.executor(parser, "processes")
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Plan the fleet, show what would become of it, and return the exit status.

    Raises:
        ProoflaneError: when the ledger holds nothing or cannot be used, or an option is wrong.
    """
    from prooflane.fleet import executors, plan  # noqa: PLC0415 - help needs none of it
    from prooflane.fleet.job import Target  # noqa: PLC0415
    from prooflane.fleet.ledger.database import opened  # noqa: PLC0415
    from prooflane.report import fleet_plan, fleet_plan_page  # noqa: PLC0415
    from prooflane.report.paint import paint  # noqa: PLC0415

    checks = "" if arguments.no_checks else program(arguments.python)
    target = Target(options.named(arguments.template), arguments.to, checks)
    how, shard = executors.parse(arguments.executor), plan.parse_shard(arguments.shard)
    with opened(arguments.ledger) as ledger:
        done = follow(plan.plan(ledger, target, how, shard), options.show(arguments))
    if arguments.html:
        options.write(arguments.html, fleet_plan_page.page(done))
    if arguments.json:
        print(fleet_plan.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(fleet_plan.screen(done, paint(sys.stdout)))  # noqa: T201
    return done.status
