"""Collects what may prove an approval: signatures that lie in the change, reviews of the forge.

A statement of another tree is history and counts for nothing, good or bad. Front matter, trailers
and JSON without a signature are pointers that anybody can write; they are never read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from controls.approvals import authors, people, reviews, ssh, statement
from controls.approvals.statement import DAYS, Signed, Statement
from controls.approvals.subject import Subject
from controls.check.model import Finding
from controls.errors import ControlsError
from controls.manifest import Principal, Role

SIGNATURE, REVIEW = "signature", "review"
AGAIN = "delete it and sign again: python -m controls approvals sign"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One person's approval for one role; `file` is the statement's path or the review's URL."""

    role: str
    person: Principal
    kind: str
    file: str
    commit: str
    decision: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """What looks like an approval for `role` and is none, with the reason."""

    role: str
    finding: Finding


Found = Evidence | Ignored | Finding


def signatures(subject: Subject, today: date) -> Iterator[Found]:
    """Yield what each statement about the subject is worth; a false one is a finding."""
    for path in statement.names(subject.folder):
        try:
            signed = statement.read(subject.folder, path)
        except ControlsError as error:
            yield Finding(error.message, path, 1, error.hint or AGAIN)
            continue
        if signed.statement.tree in subject.trees:
            yield _judged(subject, signed, today)


def reviewed(subject: Subject) -> Iterator[Found]:
    """Yield what each person's last review of each proposal is worth, for each of their roles."""
    for role in subject.roles:
        for person in people.named(role):
            for proposal in subject.proposals:
                judged = reviews.judge(proposal, person)
                if judged is None:
                    continue
                url = judged.review.url or proposal.url
                if judged.because:
                    message = f"the review by {person.handle} does not count: {judged.because}"
                    yield Ignored(role.role, Finding(message, url))
                else:
                    yield Evidence(role.role, person, REVIEW, url, judged.review.commit, "")


def signer(role: Role, signed: Signed) -> Principal | None:
    """Return the person of `role` whose key made the signature."""
    return next(
        (
            person
            for person in people.named(role)
            if ssh.verifies(person.key, signed.blob, signed.signature)
        ),
        None,
    )


def _judged(subject: Subject, signed: Signed, today: date) -> Found:
    claim = signed.statement
    if objection := _objection(subject, claim, today):
        return Finding(objection, signed.path, 1, AGAIN)
    role = subject.role(claim.role)
    person = signer(role, signed) if role else None
    if person is None:
        return _stranger(subject, signed)
    if claim.endless(today):
        message = (
            f"approval of {claim.role!r} lasts until {claim.expires}: {DAYS} days are the most"
        )
        return Finding(message, signed.path, 1, AGAIN)
    if subject.strict and authors.among(person, subject.authors):
        message = f"the signature by {person.handle} does not count: it is by an author"
        return Ignored(claim.role, Finding(message, signed.path, 1))
    return Evidence(claim.role, person, SIGNATURE, signed.path, subject.commit, claim.decision)


def _objection(subject: Subject, claim: Statement, today: date) -> str:
    if claim.repository != subject.repository:
        return f"approval is for repository {claim.repository!r}"
    if claim.decision not in subject.records:
        return f"approval names no decision record: {claim.decision!r}"
    if claim.expired(today):
        return f"approval of {claim.role!r} expired on {claim.expires}"
    return ""


def _stranger(subject: Subject, signed: Signed) -> Finding:
    message = f"signature is by nobody who may approve for {signed.statement.role!r}"
    known = f"at {subject.base[:12]}, before this change" if subject.base else "of this tree"
    return Finding(message, signed.path, 1, f"spec.approvals {known} names the people; sign again")
