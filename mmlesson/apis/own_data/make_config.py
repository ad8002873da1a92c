"""Config for a table or a folder of images, written and checked."""

from __future__ import annotations

from pathlib import Path

from mmlesson.apis.own_data.config_text import config_text, default_file
from mmlesson.apis.own_data.folder_guess import guess_folder
from mmlesson.apis.own_data.table_guess import guess_table
from mmlesson.config import LoadedConfig
from mmlesson.errors import UserError
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.cli import check_output_file


def make_config(
    path: Path, out: Path | None = None, label: str | None = None, encoding: str = 'utf-8'
) -> tuple[Path, list[str]]:
    """Write a config that trains, tests and predicts, and return its file and the guesses.

    Args:
        path: CSV, TSV or Parquet file, or a folder with a folder of images per class.
        out: New file; None for a name after the data, in the current directory.
        label: Label column of a table; None to guess it.
        encoding: Encoding of a text file.

    Raises:
        UserError: If the data cannot be used for classification, or the file exists.
    """
    if not path.exists():
        raise UserError(f'There is no file or folder {path}. Check the path.')
    if out is not None:
        check_output_file('--out', out, ['.py'])
    if path.is_dir() and label is not None:
        raise UserError(f'--label names a column of a table, but {path} is a folder.')
    guess = guess_folder(path) if path.is_dir() else guess_table(path, label, encoding)
    file = default_file(guess, path) if out is None else out
    if file.exists():
        raise UserError(f'{file} exists already. Choose another name by --out, or remove it.')
    write_text(file, config_text(guess, file))
    try:
        LoadedConfig.open(file).require_valid()
    except UserError:
        file.unlink()
        raise
    return file, guess.notes
