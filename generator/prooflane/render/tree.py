"""From a template's files and answers to a project's files.

Pure: takes files, never a repository, and keeps nothing between two projects but compiled text.
`prooflane.source` brings the files, `prooflane.new` writes the result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

from jinja2 import Environment

from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import LINK, File, stays_inside
from prooflane.render import config, environment, exclude
from prooflane.render.config import Config
from prooflane.render.environment import Compiler, Renderer
from prooflane.render.errors import NotHermeticError
from prooflane.render.paths import Namer, with_folders
from prooflane.render.questionnaire import NOTHING, Answers, Ask, answer, replay, take_default


@runtime_checkable
class Listed(Protocol):
    """Files whose modes are known without reading them."""

    def mode(self, path: str) -> int:
        """Return the mode of `path`."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a template came from, as the answers file records it, and the project's folder."""

    url: str
    version: str
    folder: str = "project"

    @property
    def facts(self) -> dict[str, object]:
        """What Copier knows before anybody answers."""
        return {"_src_path": self.url, "_commit": self.version, "_folder_name": self.folder}


@dataclass(frozen=True, slots=True)
class Template:
    """A template, compiled once and rendered for any number of projects."""

    files: Mapping[str, File]
    config: Config
    jinja: Environment
    compiler: Compiler
    links: frozenset[str]
    siblings: frozenset[str]
    plain: frozenset[str]

    def answers(
        self,
        given: Mapping[str, object],
        origin: Origin,
        suggested: Mapping[str, object] | None = None,
        ask: Ask = take_default,
        before: Mapping[str, object] = NOTHING,
    ) -> Answers:
        """Return the answers that make a project, asking for what is neither given nor computed.

        What is `suggested` stands in for a default of the template, and so do the answers of an
        earlier version, `before`, as far as they still hold.

        Raises:
            ProoflaneError: when an answer is refused or missing.
            NotHermeticError: when a question is for Copier to evaluate.
        """
        settings = self.config.suggesting(suggested or NOTHING)
        return answer(settings, self.compiler, given, origin.facts, ask=ask, before=before)

    def replayed(self, recorded: Mapping[str, object], origin: Origin) -> Answers:
        """Return the answers that a project recorded; nothing is asked and nothing is refused.

        Raises:
            ProoflaneError: when one is no longer of its type, or missing.
            NotHermeticError: when a question is for Copier to evaluate.
        """
        return replay(self.config, self.compiler, recorded, origin.facts)

    def compile(self) -> None:
        """Return when every text of the template compiles.

        Raises:
            NotHermeticError: when one is for Copier to render.
        """
        root = f"{self.config.subdirectory.strip('/')}/".lstrip("/")
        for source in self.files:
            if source.startswith(root) and source.endswith(self.config.suffix):
                self._renderer(source, self.files[source])

    def render(self, answers: Answers) -> dict[str, File]:
        """Return the files of a new project.

        Raises:
            ProoflaneError: when two files want one path, a path leaves the project, or Jinja fails.
            NotHermeticError: when a text is for Copier to render.
        """
        outline = self.outline(answers, "copy")
        return {
            path: self.files[made] if isinstance(made, str) else made
            for path, made in outline.items()
        }

    def outline(self, answers: Answers, operation: str) -> dict[str, str | File]:
        """Return each path of the project with its file, or with the path of one taken as it is.

        `operation` is what texts read as `_copier_operation`: `copy` or `update`.

        Raises:
            ProoflaneError: when two files want one path, a path leaves the project, or Jinja fails.
            NotHermeticError: when a text is for Copier to render.
        """
        context = self._context(answers)
        namer = self._namer(context, self.is_excluded(answers, operation))
        tree: dict[str, str | File] = {}
        for source in self.files:
            path = namer.name(source, context) if source.startswith(namer.root) else None
            if path in tree:
                raise ProoflaneError(f"the template writes {path!r} twice", MAINTAINER)
            if path is not None:
                tree[path] = self._made(path, source, context)
        return tree

    def is_excluded(self, answers: Answers, operation: str) -> Callable[[str], bool]:
        """Return what says whether these answers leave a path out."""
        context = {**self._context(answers), "_copier_operation": operation}
        return exclude.matcher(self.compiler(text)(context) for text in self.config.exclude)

    def is_kept_once(self, answers: Answers) -> Callable[[str], bool]:
        """Return what says whether a path is written once and left alone from then on."""
        context = self._context(answers)
        return exclude.matcher(self.compiler(text)(context) for text in self.config.skip_if_exists)

    def answers_file(self, answers: Answers) -> str:
        """Return where the answers are recorded."""
        return _answers_file(self._context(answers))

    def _context(self, answers: Answers) -> dict[str, object]:
        values = answers.values
        own = {key: values[key] for key in ("_commit", "_src_path")}
        kept = {**own, **answers.recorded}
        context = {**values, "_copier_answers": kept, "_copier_phase": "render"}
        name = self.compiler(self.config.answers_file)(context)
        return {**context, "_copier_conf": {"answers_file": name}}

    def _namer(self, context: Mapping[str, object], is_excluded: Callable[[str], bool]) -> Namer:
        folder = self.compiler(self.config.subdirectory)(context).strip("/")
        root = "" if folder in {"", "."} else f"{folder}/"
        if not any(path.startswith(root) for path in self.files):
            raise ProoflaneError(f"the template has no folder {folder!r}", MAINTAINER)
        return Namer(
            root=root,
            suffix=self.config.suffix,
            answers_file=_answers_file(context),
            siblings=self.siblings,
            plain=self.plain,
            compiler=self.compiler,
            is_excluded=is_excluded,
        )

    def _made(self, path: str, source: str, context: Mapping[str, object]) -> str | File:
        # only a link or a rendered file is read here: of any other, the place is enough
        if not source.endswith(self.config.suffix):
            if source in self.links:
                self._refuse_link(path, source, self.files[source])
            return source
        file = self.files[source]
        if file.mode == LINK:
            file = File(self._renderer(source, file)(context).encode(), LINK)
            self._refuse_link(path, source, file)
            return file
        return File(self._renderer(source, file)(context).encode(), file.mode)

    def _refuse_link(self, path: str, source: str, file: File) -> None:
        if not self.config.preserves_links:
            raise NotHermeticError(f"the link {source!r}")
        if not stays_inside(path, file.data.decode(errors="replace")):
            raise ProoflaneError(f"the template's link {path!r} leaves the project", MAINTAINER)

    def _renderer(self, source: str, file: File) -> Renderer:
        if file.mode == LINK:
            return self.compiler(file.data.decode(errors="replace"))
        get = partial(self.jinja.get_template, source)
        return environment.renderer(f"file {source!r}", get)


def load(files: Mapping[str, File]) -> Template:
    """Return the template in `files`, ready to render.

    Raises:
        ProoflaneError: when its configuration is missing or malformed.
        NotHermeticError: when it is for Copier to render.
    """
    settings = config.load(files)
    jinja = environment.environment(files, settings.options)
    return Template(
        files=files,
        config=settings,
        jinja=jinja,
        compiler=environment.compiler(jinja),
        links=frozenset(path for path in files if _mode(files, path) == LINK),
        siblings=with_folders(files),
        plain=frozenset(path for path in files if environment.is_plain(jinja, path)),
    )


def _mode(files: Mapping[str, File], path: str) -> int:
    # of a commit the mode is known before the file is read
    return files.mode(path) if isinstance(files, Listed) else files[path].mode


def _answers_file(context: Mapping[str, object]) -> str:
    conf = context["_copier_conf"]
    return str(conf["answers_file"]) if isinstance(conf, dict) else ""
