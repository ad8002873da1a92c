"""`LoadedConfig`: a config with its source files, options and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmlesson.config.argument_checks import (
    check_arguments,
    check_runner_type,
    check_scope,
    check_top_level,
)
from mmlesson.config.component_tree import CachedTree
from mmlesson.config.cross_checks import cross_checks
from mmlesson.config.custom_imports import import_custom_modules
from mmlesson.config.issues import ConfigError, Issue
from mmlesson.config.load import fingerprint, read_config
from mmlesson.config.name_clashes import name_clashes
from mmlesson.config.overrides import merge_options
from mmlesson.config.printing import format_differences, format_values
from mmlesson.config.provenance import COMMAND_LINE, Provenance
from mmlesson.config.schedule_checks import unmatched_lengths
from mmlesson.config.source_files import ConfigFile, late_variables, names_used, source_files
from mmlesson.config.variables import expand_variables


class LoadedConfig:
    """A config with the files that it was read from and the options that were merged into it.

    The files are parsed once. The component tree is rebuilt by each `merge` and each call of
    `issues`, since callers may change ``config``. Create one with `open`, or with `of` from a
    config that mmengine has read.

    Attributes:
        config: Values, as mmengine's ``Config``.
        files: Source files, bases first.
        options: Dotted keys and values merged so far.
    """

    def __init__(self, config: Config, files: Sequence[ConfigFile], cache: CachedTree) -> None:
        self.config = config
        self.files = files
        self.options: dict[str, Any] = {}
        self._cache = cache

    @classmethod
    def open(cls, path: str | Path, options: Mapping[str, Any] | None = None) -> LoadedConfig:
        """Read a config file and merge options; call `require_valid` to check the result.

        Args:
            path: A ``.py`` config with ``_base_`` files or ``read_base()``, one of mmengine's
                other formats, 'mmpretrain::resnet/resnet18_8xb16_cifar10.py' for a config that
                a package ships, or 'mlp/mlp_xor' for one of mmlesson, see `find_config`.
            options: Dotted keys and values, see `merge`.

        Raises:
            UserError: If the file does not exist, it or one of its bases cannot be read, a custom
                import fails, or an option is refused.
        """
        loaded = cls(*read_config(path))
        loaded.merge(options or {})
        return loaded

    @classmethod
    def of(cls, config: Config, options: Iterable[str] = ()) -> LoadedConfig:
        """Return the `LoadedConfig` of a config that has already been read.

        Args:
            config: Config; its source files are those of its ``filename``, if there are any.
            options: Dotted keys that came from the command line.
        """
        has_file = config.filename and Path(config.filename).is_file()
        loaded = cls(config, source_files(config.filename) if has_file else (), CachedTree(config))
        loaded.options = dict.fromkeys(options)
        return loaded

    def merge(self, options: Mapping[str, Any]) -> None:
        """Set values by dotted key, as ``--cfg-options`` does; see `merge_options`.

        A variable of the config file sets all that is computed from it; see `expand_variables`.

        Raises:
            UserError: If a key is neither set nor accepted by the class there, or a custom import
                fails.
        """
        self._cache.invalidate()
        options = expand_variables(self.config.filename, self.files, options)
        merge_options(self.config, options, self._cache)
        self.options |= options
        if any(key.lstrip('+').partition('.')[0] == 'custom_imports' for key in options):
            import_custom_modules(self.config, self.provenance)
            self._cache.invalidate()

    def issues(self) -> list[Issue]:
        """Return all mistakes in the config that can be found without building anything.

        Types are looked up and signatures read; no data, model or device is used.
        """
        return [issue for issue in self._found() if not _is_harmless(issue)]

    def warnings(self) -> list[Issue]:
        """Return oddities that do not keep the config from training.

        That is a schedule that an option of the command line has put at odds with the length of
        training, a milestone after the end in a config of another package (upstream has some), and
        a type whose name two modules have registered.
        """
        provenance = self.provenance
        harmless = [issue for issue in self._found() if _is_harmless(issue)]
        clashes = [
            replace(issue, source=provenance.source(issue.path))
            for issue in name_clashes(self._cache.tree)
        ]
        return [*harmless, *clashes] + [
            replace(issue, source=COMMAND_LINE)
            for key, issue in unmatched_lengths(self._cache.tree)
            if COMMAND_LINE in (provenance.source(key), provenance.source(issue.path))
        ]

    def _found(self) -> list[Issue]:
        self._cache.invalidate()  # the caller may have changed the config
        provenance = self.provenance
        found = dict.fromkeys(self._check())
        return [replace(issue, source=provenance.source(issue.path)) for issue in found]

    def require_valid(self) -> LoadedConfig:
        """Return this config.

        Raises:
            ConfigError: If there are `issues`; the message lists them all.
        """
        issues = self.issues()
        if issues:
            raise ConfigError(issues, self.config.filename)
        return self

    def explain(self, only_differences: bool = False) -> str:
        """Return one line per value: dotted key, value, and file and line or 'command line'.

        Args:
            only_differences: Whether to print only values that differ from those of the bases.
        """
        show = format_differences if only_differences else format_values
        return show(self.config, self.provenance)

    @property
    def provenance(self) -> Provenance:
        """Source of each value: file and line, or the command line."""
        return Provenance(self.files, [key.removeprefix('+') for key in self.options])

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that determines the result of a run."""
        return fingerprint(self.config)

    def _check(self) -> Iterator[Issue]:
        yield from self._cache.unimported
        used: set[str] = set().union(*map(names_used, self.files))
        tree = self._cache.tree
        wrong_scope = list(check_scope(tree.tree))
        if wrong_scope:  # every type would be reported
            yield from wrong_scope
            return
        yield from check_top_level(tree.tree, used, late_variables(self.files))
        yield from check_runner_type(tree.tree, tree.filename)
        yield from tree.issues
        reported = {issue.path for issue in tree.issues}
        for component in tree.components.values():
            found = check_arguments(component)
            yield from (issue for issue in found if issue.path not in reported)
        yield from cross_checks(tree)


def _is_harmless(issue: Issue) -> bool:
    """Return whether an issue is a milestone after the end, in a config that a package ships."""
    is_shipped = '.mim' in Path(issue.source or '').parts
    return is_shipped and issue.path.startswith('param_scheduler') and 'milestones' in issue.path


def load_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """Return the values of a config file without checking them.

    Code that trains or builds uses `LoadedConfig.open`.
    """
    return LoadedConfig.open(path, options).config
