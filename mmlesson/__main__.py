"""Command ``mmlesson``: runs the tools by name, wherever the package is installed."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

from mmlesson import __version__
from mmlesson.utils.cli import ToolParser, run_command
from mmlesson.utils.completion import SHELLS, completed_command, shell_code
from mmlesson.utils.shipped import COMMANDS, shipped_folder

HELP = """Train, validate and apply the first neural networks, each by one config.

Commands:
{commands}

Example:
    mmlesson list configs
    mmlesson train mlp/mlp_xor
    mmlesson train --help
"""


def main() -> int:
    """Run the command on the command line; return the exit status."""
    words = sys.argv[1:]
    command = completed_command() or (words[0] if words else None)
    if command not in COMMANDS:
        return run_command(lambda: answer(words))
    ToolParser.command = command
    tool = load_tool(command)
    sys.argv = [str(tool.__file__), *words[1:]]  # what a run records can be given again
    return run_command(tool.main)


def load_tool(command: str) -> ModuleType:
    """Import the tool of a command from its file."""
    file = shipped_folder('tools') / COMMANDS[command]
    spec = importlib.util.spec_from_file_location(f'mmlesson_tool_{file.stem}', file)
    if spec is None or spec.loader is None:
        raise ImportError(f'{file} is no Python file.', path=str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(words: list[str]) -> None:
    """Answer a command line without a known command: help, version, completion, or a mistake."""
    args = build_parser().parse_args(words or ['--help'])
    if args.print_completion:
        print(shell_code(args.print_completion))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of what precedes a command."""
    parser = ToolParser(HELP.format(commands='\n'.join(describe_commands())))
    parser.prog = 'mmlesson'
    parser.add_argument('command', nargs='?', choices=COMMANDS, metavar='COMMAND', help='see above')
    parser.add_argument('--version', action='version', version=__version__)
    parser.add_argument(
        '--print-completion', choices=SHELLS, help='print the code that completes in this shell'
    )
    return parser


def describe_commands() -> Iterator[str]:
    """Yield each command with the first line of its tool's docstring."""
    for command, tool in COMMANDS.items():
        source = (shipped_folder('tools') / tool).read_text(encoding='utf-8')
        lines = (ast.get_docstring(ast.parse(source)) or '').splitlines()
        yield f'    {command:12} {lines[0]}'


if __name__ == '__main__':
    sys.exit(main())
