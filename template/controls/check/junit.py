"""A check run as JUnit XML, for CI pages: pending is skipped, failed is a failure."""

from xml.etree import ElementTree as ET

from controls.check.findings import place
from controls.check.model import State
from controls.check.runner import Result
from controls.check.summary import Summary

ALLOWED = {"\t", "\n"}


def junit(summary: Summary) -> str:
    """Return the XML text; each control is one test case."""
    suite = ET.Element(
        "testsuite",
        name="controls",
        tests=str(len(summary.results)),
        failures=str(summary.count(State.failed)),
        skipped=str(summary.count(State.pending)),
    )
    for result in summary.results:
        _case(suite, result)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"
    )


def _case(suite: ET.Element, result: Result) -> None:
    case = ET.SubElement(
        suite, "testcase", classname="controls", name=f"{result.control.id} {result.control.title}"
    )
    text = _clean("\n".join(place(f) + f.message for f in result.outcome.findings))
    first = text.partition("\n")[0]
    if result.outcome.state is State.failed:
        ET.SubElement(case, "failure", message=first).text = text
    elif result.outcome.state is State.pending:
        ET.SubElement(case, "skipped", message=first)


def _clean(text: str) -> str:
    return "".join(char for char in text if char in ALLOWED or char.isprintable())
