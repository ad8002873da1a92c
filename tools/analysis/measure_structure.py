"""Print the structure of the code: sizes of packages, files and functions, and import directions.

Example:
    python tools/analysis/measure_structure.py .
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mmlesson.errors import UserError
from mmlesson.utils.cli import ToolParser

ROOT = Path(__file__).parent.parent.parent
LAYERS = (
    ('errors', 'refusals', 'registry', 'tasks', '__init__'),
    ('datasets', 'models', 'evaluation', 'early_stopping', 'utils'),
    ('config', 'runs'),
    ('upstream', 'visualization'),
    ('compat', 'engine'),
    ('apis',),
    ('play', 'website'),
    ('__main__', 'tools'),
)
"""Packages from the lowest layer up; a module imports its own layer and those below."""

MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 8


@dataclass(frozen=True)
class Module:
    """One source file.

    Args:
        name: Dotted name, e.g. 'mmlesson.engine.loops'; that of a package ends in ``.__init__``.
        text: Source code.
    """

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Syntax tree."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.text.splitlines())

    @property
    def package(self) -> str:
        """Top-level package within mmlesson, or 'tools'; '' for files of mmlesson itself."""
        parts = self.name.split('.')
        return 'tools' if parts[0] == 'tools' else parts[1] if len(parts) > 2 else ''

    @property
    def layer_name(self) -> str:
        """Entry of `LAYERS` that the module belongs to."""
        return self.package or self.name.rpartition('.')[2]

    def imports(self, known: Collection[str]) -> set[str]:
        """Return the modules that are imported, also inside functions and for type checking.

        ``from package import name`` imports the module of that name, or else the package's
        ``__init__``.

        Args:
            known: Names of all modules.
        """
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                source = self._source(node)
                found |= {_module(f'{source}.{n.name}', source, known) for n in node.names}
            elif isinstance(node, ast.Import):
                found |= {_module(n.name, n.name, known) for n in node.names}
        return found & set(known) - {self.name}

    def _source(self, node: ast.ImportFrom) -> str:
        """Return the absolute name of the module after ``from``; each dot goes up one package."""
        above = self.name.split('.')[: -node.level] if node.level else []
        return '.'.join([*above, *([node.module] if node.module else [])])


def _module(name: str, otherwise: str, known: Collection[str]) -> str:
    for candidate in (name, f'{name}.__init__', otherwise):
        if candidate in known:
            return candidate
    return f'{otherwise}.__init__'


def read_modules(root: Path = ROOT) -> list[Module]:
    """Return the source files of the package and of its tools.

    Raises:
        UserError: If the folder is not that of the repository.
    """
    if not (root / 'mmlesson').is_dir():
        raise UserError(f'{root} is not the repository: it has no folder mmlesson.')
    files = [*(root / 'mmlesson').rglob('*.py'), *(root / 'tools').rglob('*.py')]
    return [
        Module(
            '.'.join(file.relative_to(root).with_suffix('').parts),
            file.read_text(encoding='utf-8'),
        )
        for file in sorted(files)
        if '.mim' not in file.parts  # links to tools, of an editable installation
    ]


def package_shares(modules: list[Module]) -> dict[str, float]:
    """Return each package's share of all lines, 0-1, the largest first."""
    lines: Counter[str] = Counter()
    for module in modules:
        lines[module.package or 'mmlesson'] += module.lines
    return {name: count / lines.total() for name, count in lines.most_common()}


def files_at(modules: list[Module], package: str) -> list[str]:
    """Return the modules at a package's own level, without ``__init__``."""
    depth = package.count('.') + 2
    return [
        module.name
        for module in modules
        if module.name.startswith(f'{package}.')
        and len(module.name.split('.')) == depth
        and not module.name.endswith('__init__')
    ]


def long_functions(modules: list[Module]) -> list[str]:
    """Return functions whose body, without the docstring, is over `MOST_FUNCTION_LINES`."""
    found = []
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if size > MOST_FUNCTION_LINES:
                    found.append(f'{module.name}.{node.name} ({size})')
    return found


def wide_constructors(modules: list[Module]) -> list[str]:
    """Return classes whose constructor, explicit or generated, is over `MOST_PARAMETERS`.

    Unregistered dataclasses are listed by `wide_records`.
    """
    return [text for text, is_record in _wide(modules) if not is_record]


def wide_records(modules: list[Module]) -> list[str]:
    """Return unregistered dataclasses of more than `MOST_PARAMETERS` fields.

    Only the code of the package constructs them, not a config.
    """
    return [text for text, is_record in _wide(modules) if is_record]


def _wide(modules: list[Module]) -> list[tuple[str, bool]]:
    """Return each class over the limit, with its count, and whether it is a record."""
    nodes = [
        node
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    classes = {node.name: node for node in nodes}  # to look bases up by name
    counts = [(node, len(_parameters(node, classes))) for node in nodes]
    return [
        (f'{node.name} ({count})', _is_record(node))
        for node, count in counts
        if count > MOST_PARAMETERS
    ]


def _is_record(node: ast.ClassDef) -> bool:
    registered = any('register_module' in ast.unparse(d) for d in node.decorator_list)
    return _is_dataclass(node) and not registered


def _parameters(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == '__init__':
            arguments = inner.args
            every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            return {argument.arg for argument in every[1:]}
    bases = [classes[b.id] for b in node.bases if isinstance(b, ast.Name) and b.id in classes]
    own = node.body if _is_dataclass(node) else []
    fields = {f.target.id for f in own if isinstance(f, ast.AnnAssign) and _is_field(f)}
    return fields.union(*(_parameters(base, classes) for base in bases))


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any('dataclass' in ast.unparse(decorator) for decorator in node.decorator_list)


def _is_field(node: ast.AnnAssign) -> bool:
    return (
        isinstance(node.target, ast.Name)
        and 'ClassVar' not in ast.unparse(node.annotation)
        and 'init=False' not in ast.unparse(node)
    )


def upward_imports(modules: list[Module]) -> list[str]:
    """Return imports of a higher layer, as 'importer -> imported'."""
    level = {name: height for height, layer in enumerate(LAYERS) for name in layer}
    known = {module.name: module for module in modules}
    return sorted(
        f'{module.name} -> {name}'
        for module in modules
        for name in module.imports(known)
        if level[known[name].layer_name] > level[module.layer_name]
    )


def circles(modules: list[Module]) -> list[list[str]]:
    """Return the groups of modules with circular imports, also inside functions."""
    names = {module.name for module in modules}
    graph = {module.name: module.imports(names) for module in modules}
    return [sorted(group) for group in _components(graph) if len(group) > 1]


def _components(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the strongly connected components (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            place = stack.index(name)
            found.append(set(stack[place:]))
            del stack[place:]

    for name in graph:
        if name not in index:
            visit(name)
    return found


def main() -> None:
    """Print the measurements."""
    parser = ToolParser(__doc__)
    parser.add_argument(
        'root',
        nargs='?',
        type=Path,
        default=ROOT,
        help='folder of the repository (default: this one)',
    )
    modules = read_modules(parser.parse_args().root)
    lengths = {module.name: module.lines for module in modules}
    longest = max(lengths, key=lambda name: lengths[name])
    shares = package_shares(modules)
    print(f'files: {len(modules)}, lines: {sum(lengths.values()):,}')
    print('share of lines:', ', '.join(f'{name} {share:.1%}' for name, share in shares.items()))
    print(f"files at engine's own level: {len(files_at(modules, 'mmlesson.engine'))}")
    print(f'median file: {statistics.median(lengths.values()):.0f} lines')
    print(f'longest file: {lengths[longest]} lines ({longest})')
    for title, items in (
        (f'functions over {MOST_FUNCTION_LINES} lines', long_functions(modules)),
        (f'constructors over {MOST_PARAMETERS} parameters', wide_constructors(modules)),
        (f'records over {MOST_PARAMETERS} fields', wide_records(modules)),
        ('imports of a higher layer', upward_imports(modules)),
        ('circles', [' <-> '.join(group) for group in circles(modules)]),
    ):
        print(f'{title}: {", ".join(items) or "none"}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
