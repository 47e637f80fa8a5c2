"""From a template's files and answers to a project's files.

Pure: takes files, never a repository, and keeps nothing between two projects but compiled text.
`prooflane.source` brings the files, `prooflane.new` writes the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from jinja2 import Environment

from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import LINK, File, stays_inside
from prooflane.render import config, environment, exclude
from prooflane.render.config import Config
from prooflane.render.environment import Compiler, Renderer
from prooflane.render.errors import NotHermeticError
from prooflane.render.paths import Namer, with_folders
from prooflane.render.questionnaire import Answers, Ask, answer, take_default


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a template came from, as the answers file records it, and the project's folder."""

    url: str
    version: str
    folder: str = "project"


@dataclass(frozen=True, slots=True)
class Template:
    """A template, compiled once and rendered for any number of projects."""

    files: Mapping[str, File]
    config: Config
    jinja: Environment
    compiler: Compiler

    def answers(
        self,
        given: Mapping[str, object],
        origin: Origin,
        suggested: Mapping[str, object] | None = None,
        ask: Ask = take_default,
    ) -> Answers:
        """Return the answers that make a project, asking for what is neither given nor computed.

        What is `suggested` stands in for a default of the template.

        Raises:
            ProoflaneError: when an answer is refused or missing.
            NotHermeticError: when a question is for Copier to evaluate.
        """
        facts = {"_src_path": origin.url, "_commit": origin.version, "_folder_name": origin.folder}
        settings = self.config.suggesting(suggested or {})
        return answer(settings, self.compiler, given, facts, ask)

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
        """Return the project's files.

        Raises:
            ProoflaneError: when two files want one path, a path leaves the project, or Jinja fails.
            NotHermeticError: when a text is for Copier to render.
        """
        context = self._context(answers)
        namer = self._namer(context)
        tree: dict[str, File] = {}
        for source in self.files:
            path = namer.name(source, context) if source.startswith(namer.root) else None
            if path in tree:
                raise ProoflaneError(f"the template writes {path!r} twice", MAINTAINER)
            if path is not None:
                tree[path] = self._file(source, context)
                _refuse_escape(path, tree[path])
        return tree

    def _context(self, answers: Answers) -> dict[str, object]:
        values = answers.values
        own = {key: values[key] for key in ("_commit", "_src_path")}
        kept = {**own, **answers.recorded}
        context = {**values, "_copier_answers": kept, "_copier_phase": "render"}
        name = self.compiler(self.config.answers_file)(context)
        return {**context, "_copier_conf": {"answers_file": name}}

    def _namer(self, context: Mapping[str, object]) -> Namer:
        folder = self.compiler(self.config.subdirectory)(context).strip("/")
        root = "" if folder in {"", "."} else f"{folder}/"
        if not any(path.startswith(root) for path in self.files):
            raise ProoflaneError(f"the template has no folder {folder!r}", MAINTAINER)
        blocks = {**context, "_copier_operation": "copy"}
        patterns = (self.compiler(block)(blocks) for block in self.config.exclude)
        return Namer(
            root=root,
            suffix=self.config.suffix,
            answers_file=_answers_file(context),
            siblings=with_folders(self.files),
            compiler=self.compiler,
            is_excluded=exclude.matcher(patterns),
        )

    def _file(self, source: str, context: Mapping[str, object]) -> File:
        file = self.files[source]
        if file.mode == LINK and not self.config.preserves_links:
            raise NotHermeticError(f"the link {source!r}")
        if not source.endswith(self.config.suffix):
            return file
        return File(self._renderer(source, file)(context).encode(), file.mode)

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
    return Template(files, settings, jinja, environment.compiler(jinja))


def _refuse_escape(path: str, file: File) -> None:
    if file.mode == LINK and not stays_inside(path, file.data.decode(errors="replace")):
        raise ProoflaneError(f"the template's link {path!r} leaves the project", MAINTAINER)


def _answers_file(context: Mapping[str, object]) -> str:
    conf = context["_copier_conf"]
    return str(conf["answers_file"]) if isinstance(conf, dict) else ""
