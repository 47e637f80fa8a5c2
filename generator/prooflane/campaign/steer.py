"""What a person does to a campaign: pause it, resume it, agree to a wave, put one off."""

from dataclasses import replace
from datetime import date, timedelta

from prooflane.campaign import gate, rollout_file
from prooflane.campaign.begin import chosen
from prooflane.campaign.book import Book
from prooflane.campaign.result import Rolled
from prooflane.campaign.rollout import told
from prooflane.campaign.state import Phase, Standing
from prooflane.errors import ProoflaneError
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.waivers import Waiver


def pause(ledger: Ledger, reason: str, who: str) -> Rolled:
    """Stop the newest campaign before its next repository.

    Raises:
        ProoflaneError: when there is none, or it is over.
    """
    book = Book(ledger, chosen(ledger).id)
    _refuse_over(book)
    book.keep_campaign(Standing.paused, f"{who}: {reason}")
    return told(book)


def resume(ledger: Ledger, approve: str, who: str) -> Rolled:
    """Let the newest campaign go on; the wave called `approve` may begin, when one is named.

    What was seen of the waves that were sent is accepted, when it is paused or no wave is named.

    Raises:
        ProoflaneError: when there is no such campaign, or no such wave.
    """
    book = Book(ledger, chosen(ledger).id)
    _refuse_over(book)
    if approve:
        _approve(book, approve, who)
    if book.campaign().state == Standing.paused or not approve:
        for wave in book.waves():
            if wave.state in {Phase.running, Phase.soaking, Phase.done}:
                known = {"accepted": gate.seen(book.runs(wave.number)), "by": who}
                accepted = replace(wave, settings={**wave.settings, **known})
                book.keep_wave(accepted, f"is accepted as it is by {who}")
        book.keep_campaign(Standing.running, f"resumed by {who}")
    return told(book)


def put_off(ledger: Ledger, key: str, until: date, reason: str, who: str) -> Rolled:
    """Leave one repository alone until a day has passed, as its owner asked.

    Raises:
        ProoflaneError: when the campaign has no such repository, or the day is past or too far.
    """
    campaign = chosen(ledger)
    book = Book(ledger, campaign.id)
    found = [row for row in book.repositories() if row == key or row.endswith(f"/{key}")]
    if len(found) != 1:
        what = f"{len(found)} repositories" if found else "no repository"
        raise ProoflaneError(f"the ledger knows {what} called {key!r}", "prooflane fleet status")
    today = gate.day(ledger.clock())
    longest = rollout_file.parse(campaign.settings, "the settings in the ledger").wait
    if not today <= until <= today + timedelta(days=longest):
        message = f"{until} is not within the next {longest} days"
        raise ProoflaneError(message, "wait: in the rollout file is the longest time")
    book.keep_waiver(Waiver(found[0], "", str(until), reason, who, "command"))
    return told(book)


def _approve(book: Book, name: str, who: str) -> None:
    waves = book.waves()
    wave = next((row for row in waves if row.name == name), None)
    if wave is None:
        known = ", ".join(repr(row.name) for row in waves)
        raise ProoflaneError(f"there is no wave {name!r}", f"there are {known}")
    if wave.state == Phase.waiting:
        book.keep_wave(replace(wave, state=Phase.approved), f"is approved by {who}")


def _refuse_over(book: Book) -> None:
    campaign = book.campaign()
    if campaign.state in {Standing.done, Standing.superseded}:
        message = f"the campaign {campaign.id!r} is {campaign.state}"
        raise ProoflaneError(message, "prooflane fleet revert takes a wave of it back")
