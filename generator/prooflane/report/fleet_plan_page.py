"""placeholder"""

from prooflane.fleet.plan import Plan


def page(done: Plan) -> str:
    return str(done.made)
