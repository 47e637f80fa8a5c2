"""What the gateway adds to a call, and what a policy decision takes, beside the model called bare.

All in one process and one run, on a repository rendered from the work tree, in CPU time: other
work on the machine is not ours. Fails when a decision is slower than promised, when a cached one
differs, and when a governed call gives another answer.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parents[2]
sys.path.insert(0, str(HERE / "template"))

import copier  # noqa: E402
from pydantic_ai.messages import ModelRequest  # noqa: E402
from pydantic_ai.models import ModelRequestParameters  # noqa: E402

from controls import manifest as manifests  # noqa: E402
from controls.gateway.embedded.models import EmbeddedModel  # noqa: E402
from controls.policy import bundle, engine, inputs  # noqa: E402
from controls.policy.facts import Request  # noqa: E402
from controls.run import Cap, Run, Source, start  # noqa: E402

CALLS, DECISIONS = 200, 300
COLD_MS, CACHED_US = 0.5, 5.0
RESET = Source("reset", "Reset your password", "Open Settings and choose Reset password.")
PARAMETERS = ModelRequestParameters()


def main() -> int:
    """Print the figures and return 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        root = rendered(Path(folder))
        from decimal import Decimal  # noqa: PLC0415

        cap = Cap("bench", Decimal(10))
        with start(root, feature="bench", user="ada", workspace="acme", cap=cap) as run:
            return int(not all([calls(run), decisions(run)]))


def rendered(folder: Path) -> Path:
    """Return a tier-2 repository of the template as it lies in the work tree."""
    source, root = folder / "source", folder / "project"
    source.mkdir()
    subprocess.run(["cp", "-r", HERE / "template", HERE / "copier.yml", source], check=True)
    copier.run_copy(str(source), root, data={"tier": 2}, defaults=True, quiet=True)
    return root


def calls(run: Run) -> bool:
    """Time governed calls beside bare ones, in turns."""
    run.prompt("answer")
    text = f"{run.cite([RESET])}\nQuestion: How do I reset my password?"
    asked = [ModelRequest.user_text_prompt(text)]
    bare, governed = EmbeddedModel("small"), run.model("embedded:small")

    async def rounds() -> tuple[list[float], list[float], bool]:
        slow, fast, same = [], [], True
        for _ in range(CALLS):
            began = time.process_time()
            first = await bare.request(asked, None, PARAMETERS)
            between = time.process_time()
            second = await governed.request(asked, None, PARAMETERS)
            slow.append(time.process_time() - between)
            fast.append(between - began)
            same &= first.text == second.text and bool(first.text)
        return slow[10:], fast[10:], same

    slow, fast, same = asyncio.run(rounds())
    through, alone = statistics.median(slow) * 1000, statistics.median(fast) * 1000
    print(f"one embedded call, CPU time, median of {CALLS - 10}:")
    print(f"  called directly     {alone:7.3f} ms")
    print(f"  through the gateway {through:7.3f} ms, so {through - alone:.3f} ms of overhead")
    return same


def decisions(run: Run) -> bool:
    """Time the policy's decision, taken anew and from memory."""
    manifest = manifests.load(run.root)
    policy = engine.policy(bundle.load(run.root, manifest))
    endpoint = manifest.endpoint("embedded:small")
    facts = inputs.facts(run, endpoint, Request("within", "within", "within"), priced=True)
    fresh = [
        replace(facts, caller=replace(facts.caller, feature=f"f{n}")) for n in range(DECISIONS)
    ]
    policy.decide(facts)
    cold = [timed(lambda each=each: policy.decide(each)) for each in fresh]
    warm = [timed(lambda each=each: policy.decide(each)) for each in fresh]
    equal = all(policy.decide(each) == policy.evaluate(each.as_json()) for each in fresh[:50])
    took, cached = statistics.median(cold) * 1000, statistics.median(warm) * 1e6
    print(f"one policy decision, CPU time, median of {DECISIONS}:")
    print(f"  taken anew          {took:7.3f} ms, at most {COLD_MS}")
    print(f"  from memory         {cached:7.3f} us, at most {CACHED_US}")
    return took <= COLD_MS and cached <= CACHED_US and equal


def timed(act: Callable[[], object]) -> float:
    """Return the seconds of CPU that `act` takes."""
    began = time.process_time()
    act()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
