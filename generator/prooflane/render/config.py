"""`copier.yml` as values: the questions, and where and how to render.

Decides which of Copier's settings belong to the hermetic profile. What an answer must look like is
decided by `prooflane.render.question`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from prooflane import document
from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import File
from prooflane.render.errors import NotHermeticError
from prooflane.render.missing import MISSING

NAMES = ("copier.yml", "copier.yaml")
AT_ROOT = (*NAMES, "~*", "*.py[co]", "__pycache__", ".git", ".DS_Store", ".svn")
NEWEST = (9, 19)
# values of a configuration whose aliases are written out
LARGEST = 20_000
# settings that change nothing when a new tree is made without running anything
HARMLESS = frozenset(
    {
        *("message_before_copy", "message_after_copy"),
        *("message_before_update", "message_after_update"),
    }
)
KNOWN = HARMLESS | {
    *("min_copier_version", "subdirectory", "answers_file", "templates_suffix", "exclude"),
    *("envops", "preserve_symlinks", "tasks", "jinja_extensions", "secret_questions"),
    *("migrations", "external_data", "skip_if_exists"),
}
EMPTY_ONLY = ("tasks", "jinja_extensions", "secret_questions", "migrations", "external_data")


@dataclass(frozen=True, slots=True)
class Question:
    """One question as written; every text may hold Jinja."""

    name: str
    type: str = ""
    default: object = MISSING
    help: str = ""
    choices: object = field(default_factory=list)
    multiselect: bool = False
    validator: str = ""
    when: object = True
    ask: object = True
    placeholder: str = ""
    multiline: object = False
    qmark: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The questions in their order, and the settings that say what becomes of the files."""

    questions: tuple[Question, ...]
    subdirectory: str
    answers_file: str
    suffix: str
    exclude: tuple[str, ...]
    skip_if_exists: tuple[str, ...]
    options: Mapping[str, object]
    preserves_links: bool

    def suggesting(self, defaults: Mapping[str, object]) -> "Config":
        """Return the same with `defaults` in place of the template's own."""
        questions = (
            replace(question, default=defaults.get(question.name, question.default))
            for question in self.questions
        )
        return replace(self, questions=tuple(questions))


def load(files: Mapping[str, File]) -> Config:
    """Return the configuration of the template in `files`.

    Raises:
        ProoflaneError: when it has none, or a malformed one.
        NotHermeticError: when a setting is for Copier alone.
    """
    found = [name for name in NAMES if name in files]
    if len(found) != 1:
        what = "both copier.yml and copier.yaml" if found else "no copier.yml"
        raise ProoflaneError(f"the template has {what}", "--template takes a Copier template")
    data = document.mapping(_data(files[found[0]].data, found[0]), found[0])
    settings = {key[1:]: value for key, value in data.items() if key.startswith("_")}
    _refuse_foreign(settings)
    questions = (_question(key, value) for key, value in data.items() if not key.startswith("_"))
    return _config(settings, tuple(questions))


def _data(blob: bytes, name: str) -> object:
    if b"!include" in blob or b"\n---" in blob:
        raise NotHermeticError("a configuration in several parts")
    return document.parse(blob, name, largest=LARGEST) or {}


def _refuse_foreign(settings: Mapping[str, object]) -> None:
    for key in sorted(settings.keys() - KNOWN):
        raise NotHermeticError(f"the setting '_{key}'")
    for key in EMPTY_ONLY:
        if settings.get(key):
            raise NotHermeticError(f"the setting '_{key}'")
    oldest = str(settings.get("min_copier_version", "0")).split(".")[:2]
    if not all(part.isdigit() for part in oldest) or tuple(map(int, oldest)) > NEWEST:
        raise NotHermeticError("the setting '_min_copier_version'")


def _config(settings: Mapping[str, object], questions: tuple[Question, ...]) -> Config:
    subdirectory = str(settings.get("subdirectory") or "")
    suffix = settings.get("templates_suffix")
    suffix = ".jinja" if suffix is None else str(suffix)
    if not suffix.startswith(".") or suffix.count(".") != 1:
        raise NotHermeticError("the setting '_templates_suffix'")
    exclude = settings.get("exclude", AT_ROOT if subdirectory in {"", "."} else ())
    skip_if_exists = settings.get("skip_if_exists") or ()
    return Config(
        questions=questions,
        subdirectory=subdirectory,
        answers_file=str(settings.get("answers_file", ".copier-answers.yml")),
        suffix=suffix,
        exclude=_texts(exclude),
        skip_if_exists=_texts(skip_if_exists),
        options=document.mapping(settings.get("envops") or {}, "_envops"),
        preserves_links=bool(settings.get("preserve_symlinks")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _question(name: str, value: object) -> Question:
    details = document.mapping(value, f"question {name!r}") if isinstance(value, dict) else None
    if details is None:
        return Question(name, default=value)
    unknown = details.keys() - set(Question.__slots__)
    if "secret" in unknown:
        raise NotHermeticError(f"the secret question {name!r}")
    if unknown:
        raise ProoflaneError(
            f"question {name!r} of the template has an unknown {min(unknown)!r}", MAINTAINER
        )
    return Question(name, **details)  # type: ignore[arg-type]
