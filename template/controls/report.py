"""What a verb gives back: data for programs and text for people. Nothing is printed here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """A verb's result; `data` is what `--json` prints, `text` what a person reads.

    `status` is the exit status: 0 done, 1 a gate failed, 2 the command could not be carried out.
    """

    data: list[dict[str, object]] | dict[str, object]
    text: str
    status: int = 0
