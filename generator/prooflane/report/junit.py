"""A check as JUnit XML, for the pages of CI: each rule is a case, each finding a failure of it."""

from xml.etree import ElementTree as ET

from prooflane.check.finding import SAYS, Checked, Finding, Rule
from prooflane.report.check import place

ALLOWED = {"\t", "\n"}


def junit(checked: Checked) -> str:
    """Return the XML text; a rule that was not looked at is skipped, never passed."""
    failed = {finding.rule for finding in checked.findings}
    skipped = {Rule.control} - failed if checked.static is None else set()
    suite = ET.Element(
        "testsuite",
        name="prooflane check",
        tests=str(len(Rule)),
        failures=str(len(failed)),
        errors="0",
        skipped=str(len(skipped)),
        time=f"{checked.seconds:.3f}",
    )
    for rule in Rule:
        found = [finding for finding in checked.findings if finding.rule is rule]
        _case(suite, rule, found, is_skipped=rule in skipped)
    text = ET.tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(suite: ET.Element, rule: Rule, found: list[Finding], *, is_skipped: bool) -> None:
    case = ET.SubElement(suite, "testcase", classname="prooflane.check", name=rule.value, time="0")
    if found:
        text = _clean("\n".join(f"{place(each)}: {each.message}" for each in found))
        ET.SubElement(case, "failure", type=rule.value, message=SAYS[rule]).text = text
    elif is_skipped:
        ET.SubElement(case, "skipped", message="the static checks did not run")


def _clean(text: str) -> str:
    return "".join(char for char in text if char in ALLOWED or char.isprintable())
