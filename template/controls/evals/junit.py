"""Writes a report as JUnit XML: one test suite, one test case for each case."""

from xml.etree import ElementTree as ET

from controls.evals.report import Report, Row

_CHILD = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit(report: Report) -> str:
    """Return the XML; characters that XML cannot hold are replaced."""
    suite = ET.Element(
        "testsuite",
        name=report.set,
        tests=str(report.cases),
        failures=str(report.failed),
        errors=str(report.errors),
        skipped=str(report.skipped),
        time=f"{report.duration_s:.3f}",
        timestamp=report.started,
    )
    for row in report.rows:
        _case(suite, report.set, row)
    if report.notes:
        ET.SubElement(suite, "system-out").text = _clean("\n".join(report.notes))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _case(suite: ET.Element, name: str, row: Row) -> None:
    attributes = {"classname": f"{name}.{row.kind}", "name": row.id, "file": row.path}
    element = ET.SubElement(
        suite, "testcase", attributes, time=f"{row.seconds:.3f}", line=str(row.line)
    )
    if row.state in _CHILD:
        child = ET.SubElement(element, _CHILD[row.state], message=_clean(row.reason))
        child.text = _clean(f"asked: {row.question}\ngot: {row.got}\nrun: {row.run_id}")


def _clean(text: str) -> str:
    return "".join(char if char in "\t\n" or char >= " " else "�" for char in text)
