"""Writes a report as JUnit XML: one test suite, one test case for each case."""

from xml.etree import ElementTree as ET

from controls.evals.report import Report, Row
from controls.paint import harmless

_CHILD = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit(report: Report) -> str:
    """Return the XML; a quarantined failure is skipped, what XML cannot hold is replaced."""
    failing = {row.id for row in report.failures}
    excused = len(failing.intersection(report.quarantined))
    suite = ET.Element(
        "testsuite",
        name=report.set,
        tests=str(report.cases),
        failures=str(report.failed),
        errors=str(report.errors),
        skipped=str(report.skipped + excused),
        time=f"{report.duration_s:.3f}",
        timestamp=report.started,
    )
    for row in report.rows:
        _case(suite, report.set, row, excused=row.id in report.quarantined)
    if report.notes:
        ET.SubElement(suite, "system-out").text = harmless("\n".join(report.notes))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _case(suite: ET.Element, name: str, row: Row, *, excused: bool) -> None:
    attributes = {"classname": f"{name}.{row.kind}", "name": row.id, "file": row.path}
    element = ET.SubElement(
        suite, "testcase", attributes, time=f"{row.seconds:.3f}", line=str(row.line)
    )
    if row.state in _CHILD:
        told = f"quarantined: {row.reason}" if excused else row.reason
        kind = _CHILD["skipped" if excused else row.state]
        child = ET.SubElement(element, kind, message=harmless(told))
        child.text = harmless(f"asked: {row.question}\ngot: {row.got}\nrun: {row.run_id}")
