"""Says while tests run how far they are: a line with the elapsed time at least every five seconds.

Only where several processes run them, as in `make test`; a single one shows pytest's own dots.
"""

import threading
import time
from collections.abc import Iterator

import pytest

EVERY = 4.5


class Heartbeat:
    """Counts what is reported and writes the count from a thread of its own."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._began = time.monotonic()
        self._done = self._failed = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def pytest_sessionstart(self) -> None:
        self._thread.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        is_counted = report.passed and report.when == "call"
        return ("passed", "", "PASSED") if is_counted else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._done += report.when == "call" or not report.passed
        self._failed += report.failed

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        self._over.set()
        self._thread.join()
        return (yield)

    def _beat(self) -> None:
        while not self._over.wait(EVERY):
            writer = self._reporter._tw
            if writer.width_of_current_line:  # the letter of a test that failed or was skipped
                writer.line()
            writer.line(self._line())
            writer.flush()

    def _line(self) -> str:
        seconds = time.monotonic() - self._began
        session = self._reporter._session
        total = session.testscollected if session else 0
        counted = f"{self._done} of {total} tests, {self._failed} failed"
        return f"  {seconds:4.0f} s  {counted if total else 'looking for tests'}"


def start(config: pytest.Config) -> None:
    """Begin, where this process only hands tests out."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        config.pluginmanager.register(Heartbeat(reporter), "heartbeat")
