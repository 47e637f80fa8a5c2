"""The filter refuses what it names on the machines that it knows, and knows no other."""

import struct

import pytest

from controls.action import seccomp

ALLOWED, KILLED, REFUSED, UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


def verdict(machine: str, number: int, argument: int = 0, audit: int | None = None) -> int:
    """Return what the kernel would answer: the filter, interpreted as BPF is."""
    program = seccomp.program(machine)
    assert program is not None
    steps = list(struct.iter_unpack("=HBBI", program))
    known = seccomp.MACHINES[machine].audit if audit is None else audit
    data = {0: number, 4: known, 16: argument}
    at, held = 0, 0
    while True:
        code, jump, otherwise, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            held = data[value]
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += jump if holds else otherwise


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_named_call_is_refused_and_others_pass(machine: str) -> None:
    known = seccomp.MACHINES[machine]
    for number in range(500):
        named = number in known.refused.values()
        expected = REFUSED if named or number == known.clone else ALLOWED
        assert verdict(machine, number) == (UNKNOWN if number == known.clone3 else expected)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_thread_is_no_process(machine: str) -> None:
    clone = seccomp.MACHINES[machine].clone
    assert verdict(machine, clone, 0x00010000) == ALLOWED
    assert verdict(machine, clone, 17) == REFUSED  # SIGCHLD alone, as fork asks


def test_another_architecture_ends_the_tool() -> None:
    assert verdict("x86_64", 2, audit=0x40000003) == KILLED  # i386: there, 2 is fork
    assert verdict("x86_64", 0x40000000 | 57) == KILLED  # x32


def test_a_machine_that_it_does_not_know_has_no_filter() -> None:
    assert seccomp.program("riscv64") is None
