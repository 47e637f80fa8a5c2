"""The audit trail at a million entries: what an append costs, what a proof costs, what is found.

CPU time of this process. The peer of an append is the bare write of the same line (what no chain,
lock or head would cost), the peer of a proof is `hashlib` over the same files. Fails when an append
without a sync takes more than 30 µs, a proof more than 5 s, or a flipped byte, a cut tail or a cut
tail with a head to match goes unseen.
"""

import hashlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parents[2]
sys.path.insert(0, str(HERE / "template"))

from controls.audit import head, verify, writer  # noqa: E402
from controls.audit.entry import Act  # noqa: E402

ENTRIES, ROUNDS = 1_000_000, 20
FLIPS = 6
APPEND_US, VERIFY_S = 30, 5
FACTS = {
    "aiwf.run.id": "7e7bf06074135653", "aiwf.workspace.id": "acme", "aiwf.team": "support",
    "aiwf.feature": "answer", "enduser.pseudo.id": "aca5ed668a4c11d28f55ad0a5bcf2b0b",
    "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini", "aiwf.attempt": 1,
    "gen_ai.prompt.name": "answer", "gen_ai.prompt.version": "3",
    "aiwf.prompt.sha256": "d8156cf1654e2b553138f059f94c0227d283c22b7c04158592456efdb3a78cc0",
    "aiwf.policy.bundle": "ae60f94a6d576d7c9c4d1d3f0a3a9f6e8a57e37b3d2f8ae0b7e6a7c4c1f0e2d1",
    "aiwf.policy.decision": "allow",
}  # fmt: skip


def main() -> int:
    """Print the figures and return 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        kept = [appends(root), synced(Path(folder) / "synced"), proof(root), flips(root)]
        return int(not all([*kept, cuts(root)]))


def appends(root: Path) -> bool:
    """Time a million appends, and the bare write of as long a line beside them."""
    act = Act("call", "personal", FACTS)
    writer.append(root, act)
    rounds = [
        cpu(lambda: repeat(lambda: writer.append(root, act), ENTRIES // ROUNDS)) * ROUNDS / ENTRIES
        for _ in range(ROUNDS)
    ]
    line = b"x" * 700 + b"\n"
    descriptor = os.open(root / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    bare = cpu(lambda: repeat(lambda: os.write(descriptor, line), 100_000)) / 100_000
    os.close(descriptor)
    best, mean = min(rounds) * 1e6, sum(rounds) / ROUNDS * 1e6
    print(f"one append of {len(FACTS)} facts, {ROUNDS} rounds of {ENTRIES // ROUNDS:,}, CPU:")
    print(f"  chained, locked, acknowledged {best:6.1f} us in the best, at most {APPEND_US}")
    print(f"                                {mean:6.1f} us on average")
    print(f"  the bare write of a line      {bare * 1e6:6.1f} us")
    return best <= APPEND_US


def synced(root: Path) -> bool:
    """Time appends down to the disk, in wall time: it is the disk that is waited for."""
    root.mkdir()
    act, count = Act("call", "personal", FACTS), 200
    began = time.perf_counter()
    for _ in range(count):
        writer.append(root, act, sync=True)
    print(f"one synced append, wall time    {(time.perf_counter() - began) / count * 1e3:6.2f} ms")
    return verify.verify(root).entries == count + 1


def proof(root: Path) -> bool:
    """Time the proof of the whole trail, and plain SHA-256 over its files beside it."""
    whole, out = [], []
    took = cpu(lambda: whole.append(verify.verify(root)))
    paths = head.segments(root / ".aiwf/audit")
    plain = cpu(lambda: out.extend(hashlib.sha256(path.read_bytes()) for path in paths))
    size = sum(path.stat().st_size for path in paths) / 1e6
    print(f"proof of {whole[0].entries:,} entries in {len(paths)} segments, {size:.0f} MB, CPU:")
    print(f"  chain, Merkle root and head   {took:6.2f} s, at most {VERIFY_S}")
    print(f"  plain SHA-256 of the files    {plain:6.2f} s")
    return took <= VERIFY_S and whole[0].problems == () and whole[0].entries == ENTRIES + 2


def flips(root: Path) -> bool:
    """Flip one byte at a time, in the first and the last segment and anywhere between."""
    paths = head.segments(root / ".aiwf/audit")
    places = random.Random(20261101)  # noqa: S311  which bytes flip is no secret
    seen = 0
    for number in range(FLIPS):
        path = (paths[0], paths[-1], places.choice(paths))[number % 3]
        place = path.stat().st_size - 2 if number == 1 else places.randrange(path.stat().st_size)
        flip(path, place)
        (problem, *_) = verify.verify(root).problems or ("",)
        seen += bool(problem)
        print(f"  byte {place:>9,} of {path.name} flipped: {problem or 'NOT FOUND'}")
        flip(path, place)
    return seen == FLIPS


def flip(path: Path, place: int) -> None:
    """Turn one bit of one byte around."""
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def cuts(root: Path) -> bool:
    """Cut the last entry off, then write a head to match, and ask for the root of before."""
    before = verify.verify(root)
    last = head.segments(root / ".aiwf/audit")[-1]
    text = last.read_bytes()
    cut = text[: text[:-1].rfind(b"\n") + 1]
    last.write_bytes(cut)
    (first, *_) = verify.verify(root).problems or ("",)
    print(f"  the last entry cut off: {first or 'NOT FOUND'}")
    found = verify.verify(root)
    matching = head.Head(found.entries, found.last, int(last.stem), len(cut))
    (root / ".aiwf/audit/head").write_bytes(matching.to_bytes())
    marks = verify.verify(root, [before.entries]).marks
    unseen = before.entries in marks
    print(f"  … and its head with it: {'NOT FOUND' if unseen else 'a checkpoint speaks of more'}")
    return bool(first) and not unseen


def repeat(act: Callable[[], object], times: int) -> None:
    """Do the same again and again, and keep nothing of it."""
    for _ in range(times):
        act()


def cpu(act: Callable[[], object]) -> float:
    """Return the seconds of CPU that `act` takes."""
    began = time.process_time()
    act()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
