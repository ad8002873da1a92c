"""Fixtures: a small checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = {
    'README.md': '# Small\n\n[中文](README_zh-CN.md)\n\n[Course](configs/mlp/README.md)\n'
    '[Scale](docs/scale.md), [Tools](docs/tools.md)\n',
    'README_zh-CN.md': '# 小\n\n[English](README.md)\n\n[课程](configs/mlp/README_zh-CN.md)\n',
    'docs/scale.md': '# Scale\n\n[中文](zh-CN/scale.md) · [README](../README.md)\n\nText.\n',
    'docs/tools.md': '# Tools\n\nSee [part](../configs/mlp/README.md#1-part).\n',
    'docs/zh-CN/scale.md': '# 扩大规模\n\n[English](../scale.md)\n',
    'configs/mlp/README.md': '# Chapter\n\n[中文](README_zh-CN.md) · The course\n\n## 1 Part\n\n'
    'See [others](../vision), [code](../../tools/a.py) and `x[0](y)`, $x$.\n\n'
    '![A figure](figures/run/a.png)\n',
    'configs/mlp/README_zh-CN.md': '# 一章\n\n[其他](../vision)\n',
    'configs/mlp/one.py': '"""First line.\n\nMore.\n"""\n_base_ = [\'../_base_/models/mlp.py\']\n',
    'configs/vision/two.py': '"""Boxes."""\n',
    'configs/_base_/models/mlp.py': 'model = dict()\n',
    'configs/mlp/figures/run/a.png': '',
    'tools/a.py': 'print()\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with chapters, documentation and configs."""
    for name, text in FILES.items():
        file = tmp_path / 'root' / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding='utf-8')
    return tmp_path / 'root'
