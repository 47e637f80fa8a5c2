"""Makes the filter of system calls that a tool runs under: no second process, no socket, no mount.

A process limit does not hold for root and pipes through any door that a new process opens, so a
tool is one process by the kernel's own decision. Refused calls end in "operation not permitted";
a call of another architecture ends the tool. Numbers are those of Linux's own tables
(`arch/x86/entry/syscalls/syscall_64.tbl`, `include/uapi/asm-generic/unistd.h`).
"""

import platform
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_THREAD = 0x00010000  # CLONE_THREAD
_OTHER_ABI = 0x40000000  # x32: the same architecture, other numbers


@dataclass(frozen=True, slots=True)
class Machine:
    """An architecture as the kernel names it, and the numbers of what it refuses."""

    audit: int
    clone: int
    clone3: int
    refused: Mapping[str, int]


_COMMON = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}
MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        56,
        435,
        _COMMON
        | {
            "socket": 41, "fork": 57, "vfork": 58, "ptrace": 101, "pivot_root": 155, "chroot": 161,
            "mount": 165, "umount2": 166, "add_key": 248, "request_key": 249, "keyctl": 250,
            "unshare": 272, "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308,
            "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "userfaultfd": 323,
            "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442,
        },
    ),
    "aarch64": Machine(
        0xC00000B7,
        220,
        435,
        _COMMON
        | {
            "socket": 198, "ptrace": 117, "pivot_root": 41, "chroot": 51,
            "mount": 40, "umount2": 39, "add_key": 217, "request_key": 218, "keyctl": 219,
            "unshare": 97, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268,
            "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "userfaultfd": 282,
            "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442,
        },
    ),
}  # fmt: skip


def program(machine: str | None = None) -> bytes | None:
    """Return the filter as the kernel takes it, None on an architecture that it is not made for."""
    found = MACHINES.get(machine or platform.machine())
    return None if found is None else b"".join(_instructions(found))


def _instructions(machine: Machine) -> Iterator[bytes]:
    yield _step(_LOAD, _ARCHITECTURE)
    yield _step(_EQUAL, machine.audit, jump=1)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER)
    yield _step(_AT_LEAST, _OTHER_ABI, otherwise=1)
    yield _step(_RETURN, _KILL)
    for number in sorted(machine.refused.values()):
        yield from _refuse(number, _EPERM)
    yield from _refuse(machine.clone3, _ENOSYS)  # its flags are out of sight; clone is tried next
    yield _step(_EQUAL, machine.clone, otherwise=3)
    yield _step(_LOAD, _FIRST_ARGUMENT)
    yield _step(_ANY_BIT, _THREAD, jump=1)
    yield _step(_RETURN, _ERRNO | _EPERM)
    yield _step(_RETURN, _ALLOW)


def _refuse(number: int, errno: int) -> Iterator[bytes]:
    yield _step(_EQUAL, number, otherwise=1)
    yield _step(_RETURN, _ERRNO | errno)


def _step(code: int, value: int, *, jump: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, jump, otherwise, value)
