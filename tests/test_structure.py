"""The structure of the code: sizes, import directions, and a test file for each source file."""

from __future__ import annotations

import importlib.util
import statistics
import sys

import pytest
from paths import ROOT, TOOLS

EXCEPTIONS: dict[str, str] = {}
"""Source files without a test file of their own, with the reason."""

WIDE_CONSTRUCTORS = {
    'EarlyStoppingHook': 'the settings of a rule for each monitor',
    'CNN': 'config keys of a lesson: kernel_size is the ninth',
    'TableDataset': 'the four settings of splits and six of a file',
    'Iris': 'those of TableDataset',
    'Blobs': 'config keys of a lesson: margin is the ninth',
    'ImageFolderDataset': 'config keys of a dataset: four are those of every dataset',
}
"""Registered classes of more than 8 parameters, with the reason."""

WIDE_RECORDS = {
    'StoppingRule': 'the settings of early stopping and its counts',
    'Prechelt': 'the settings of its three criteria and their history',
    'RunStatus': 'everything that the hooks of one run share; made from the runner alone',
    'Frame': 'everything that the playground shows of a network',
    'FigureContext': 'everything that a figure can be drawn from',
}
"""Unregistered dataclasses of more than 8 fields, with the reason."""


@pytest.fixture(scope='module')
def structure():
    file = TOOLS / 'analysis' / 'measure_structure.py'
    spec = importlib.util.spec_from_file_location('measure_structure', file)
    module = importlib.util.module_from_spec(spec)
    sys.modules['measure_structure'] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def modules(structure):
    return structure.read_modules()


def test_each_source_file_has_a_test_file_at_the_same_path():
    sources = {
        path.relative_to(ROOT / 'mmlesson').as_posix()
        for path in (ROOT / 'mmlesson').rglob('*.py')
        if path.name != '__init__.py'
    }
    tests = {
        path.relative_to(ROOT / 'tests').with_name(path.name.removeprefix('test_')).as_posix()
        for path in (ROOT / 'tests').rglob('test_*.py')
        if 'integration' not in path.parts and path.name != 'test_structure.py'
    }
    assert sorted(sources - tests - set(EXCEPTIONS)) == []
    assert sorted(tests - sources) == []
    assert sorted(set(EXCEPTIONS) - sources) == []


def test_no_package_is_more_than_22_percent_of_the_code(structure, modules):
    shares = structure.package_shares(modules)
    assert {name: share for name, share in shares.items() if share > 0.22} == {}


def test_engine_has_at_most_20_top_level_files(structure, modules):
    assert len(structure.files_at(modules, 'mmlesson.engine')) <= 20


def test_files_are_short(modules):
    lengths = {module.name: module.lines for module in modules}
    assert statistics.median(lengths.values()) <= 100
    assert {name: lines for name, lines in lengths.items() if lines > 350} == {}


def test_no_function_is_over_40_lines(structure, modules):
    assert structure.long_functions(modules) == []


def test_only_known_constructors_have_more_than_8_parameters(structure, modules):
    wide = {name.split()[0] for name in structure.wide_constructors(modules)}
    assert wide == set(WIDE_CONSTRUCTORS)


def test_only_known_records_have_more_than_8_fields(structure, modules):
    assert {name.split()[0] for name in structure.wide_records(modules)} == set(WIDE_RECORDS)


def test_imports_have_a_single_direction(structure, modules):
    assert structure.upward_imports(modules) == []


def test_there_are_no_circular_imports(structure, modules):
    assert structure.circles(modules) == []


# The measures themselves, on code that breaks each of them ---------------------------------------


@pytest.fixture
def make(structure):
    return lambda **sources: [
        structure.Module(name.replace('__', '.'), text) for name, text in sources.items()
    ]


def test_import_of_a_higher_layer_is_found_inside_a_function_too(structure, make):
    broken = make(
        mmlesson__models__a='def f():\n    from mmlesson.engine.b import x\n',
        mmlesson__engine__b='from mmlesson.models.a import f\n',
    )
    assert structure.upward_imports(broken) == ['mmlesson.models.a -> mmlesson.engine.b']
    assert structure.circles(broken) == [['mmlesson.engine.b', 'mmlesson.models.a']]


@pytest.mark.parametrize(
    ('line', 'found'),
    [
        ('from mmlesson.engine import LessonRunner', '__init__'),
        ('from mmlesson.engine import loops', 'loops'),
        ('import mmlesson.engine.loops as loops', 'loops'),
        ('import mmlesson.engine', '__init__'),
        ('from ..engine import loops', 'loops'),
        ('if TYPE_CHECKING:\n    from mmlesson.engine.loops import Loop', 'loops'),
    ],
)
def test_each_spelling_of_an_import_is_found(structure, make, line, found):
    broken = make(mmlesson__models__a=line, mmlesson__engine__loops='')
    broken.append(structure.Module('mmlesson.engine.__init__', ''))
    assert structure.upward_imports(broken) == [f'mmlesson.models.a -> mmlesson.engine.{found}']


def test_circular_import_through_a_package_is_found(structure, make):
    package = structure.Module('mmlesson.engine.__init__', 'from mmlesson.engine.a import f')
    circle = [package, *make(mmlesson__engine__a='from mmlesson.engine import g')]
    assert structure.circles(circle) == [['mmlesson.engine.__init__', 'mmlesson.engine.a']]
    sources = {'mmlesson__engine__a': 'from mmlesson.engine import b', 'mmlesson__engine__b': ''}
    assert structure.circles([package, *make(**sources)]) == []


def test_long_function_is_found_and_its_docstring_does_not_count(structure, make):
    doc = '    """' + 'x\n' * 50 + '    """\n'
    lines = '    a = 1\n'
    assert structure.long_functions(make(mmlesson__a=f'def f():\n{doc}{lines * 40}')) == []
    (found,) = structure.long_functions(make(mmlesson__a=f'def f():\n{doc}{lines * 41}'))
    assert found == 'mmlesson.a.f (41)'


def test_wide_constructor_is_found_in_inherited_fields_too(structure, make):
    names = [f'p{number}' for number in range(9)]
    written = f'class A:\n    def __init__(self, {", ".join(names)}):\n        pass\n'
    fields = ''.join(f'    {name}: int = 0\n' for name in names)
    inherited = (
        f'@dataclass\nclass B:\n{fields}\n'
        '@R.register_module()\n@dataclass\nclass C(B):\n    x: int\n    p0: int\n'
    )
    found = structure.wide_constructors(make(mmlesson__a=written, mmlesson__b=inherited))
    assert found == ['A (9)', 'C (10)']


def test_wide_record_is_found_and_computed_fields_do_not_count(structure, make):
    fields = ''.join(f'    p{number}: int = 0\n' for number in range(8))
    computed = '    p8: int = field(init=False)\n'
    source = f'@dataclass\nclass A:\n{fields}{computed}\n@dataclass\nclass B(A):\n    p9: int = 0\n'
    broken = make(mmlesson__a=source)
    assert structure.wide_records(broken) == ['B (9)']
    assert structure.wide_constructors(broken) == []


def test_shares_and_levels_are_counted(structure, make):
    modules = make(
        mmlesson__engine__a='x\n' * 3, mmlesson__engine__hooks__b='x\n', tools__c='x\n' * 4
    )
    assert structure.package_shares(modules) == {'engine': 0.5, 'tools': 0.5}
    assert structure.files_at(modules, 'mmlesson.engine') == ['mmlesson.engine.a']
