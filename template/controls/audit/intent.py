"""Lets what cannot be undone happen only once its intent is on disk, and records how it ended.

An intent without an outcome is a process that died in between; `audit verify` lists it. What the
act is, and whether it may be done at all, is its caller's business.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from controls.audit import entry, writer
from controls.audit.entry import Act, Receipt
from controls.errors import ControlsError

DONE, FAILED = "done", "failed"


@contextmanager
def intent(root: Path, act: Act) -> Iterator[Receipt]:
    """Run the block once `act` is recorded as intended; its receipt is what the block is given.

    Raises:
        ControlsError: when the intent cannot be recorded, and then the block does not run; or its
            outcome cannot, and then it has run.
    """
    stated = replace(act, kind=entry.INTENT, facts={"act": act.kind, **act.facts})
    receipt = writer.append(root, stated, sync=True)
    try:
        yield receipt
    except BaseException as error:
        with contextlib.suppress(ControlsError):  # why it failed matters more
            _ended(root, act, receipt, {"result": FAILED, "error": type(error).__name__})
        raise
    _ended(root, act, receipt, {"result": DONE})


def _ended(root: Path, act: Act, receipt: Receipt, facts: dict[str, object]) -> None:
    told = {"intent": receipt.seq, "act": act.kind, **facts}
    writer.append(root, Act(entry.OUTCOME, act.classification, told), sync=True)
