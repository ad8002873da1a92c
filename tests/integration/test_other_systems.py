"""A lesson on a Python that has only what it has on Windows, or on macOS."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from paths import CONFIGS, ROOT

# torch and other packages take what they need of this system when they are imported. Then all that
# the other system lacks is taken away, and mmlesson is imported. Figures are drawn in a process of
# their own, where nothing is taken away.
PREPARE = """
import asyncio, json, multiprocessing.util, os, platform, runpy, signal, subprocess, sys, types
sys.modules['mmdet'] = None  # mmpretrain imports it if it is there, and it refuses mmcv 2.2
import dateutil.tz, filelock, mmengine.runner, mmpretrain.models, rich.table, torch
import torch.distributed, torch.utils.data

def remove(owner, *names):
    for name in names:
        if hasattr(owner, name):
            delattr(owner, name)

remove(os, 'sched_getaffinity', 'sched_setaffinity', 'posix_fadvise')
"""

WINDOWS = """
for name in ('fcntl', 'resource', 'termios', 'tty', 'pty', 'pwd', 'grp', 'syslog'):
    sys.modules[name] = None
remove(os, 'fork', 'forkpty', 'getuid', 'geteuid', 'getgid', 'getegid', 'getpgid', 'killpg',
       'setsid', 'uname', 'mkfifo', 'statvfs', 'getloadavg', 'nice', 'chown', 'sysconf', 'wait3',
       'wait4', 'pread', 'pwrite')
remove(signal, 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGQUIT', 'SIGALRM', 'SIGCHLD',
       'SIGSTOP', 'SIGCONT', 'SIGPIPE', 'pthread_kill', 'pthread_sigmask', 'setitimer', 'alarm',
       'sigwait', 'siginterrupt')

winreg = sys.modules['winreg'] = types.ModuleType('winreg')  # matplotlib looks for fonts there
winreg.HKEY_LOCAL_MACHINE = winreg.HKEY_CURRENT_USER = None
def open_no_key(*_):
    raise OSError
winreg.OpenKey = open_no_key
os.environ['WINDIR'] = ''

fsync = os.fsync
def fsync_of_windows(descriptor):
    os.write(descriptor, b'')  # fails as there if the file is open for reading only
    fsync(descriptor)
os.fsync = fsync_of_windows
"""

TRAIN = """
assert not [name for name in sys.modules if name.startswith('mmlesson')]
platform.system = lambda: {system!r}
main = runpy.run_path('tools/train.py')['main']
from mmlesson.utils.cli import run_command
sys.platform = {platform!r}
for words in json.loads(sys.argv[1]):
    sys.argv = ['train.py', *words]
    if status := run_command(main):
        sys.exit(status)
"""

CODE = {
    'Windows': PREPARE + WINDOWS + TRAIN.format(system='Windows', platform='win32'),
    'Darwin': PREPARE + TRAIN.format(system='Darwin', platform='darwin'),
}


@pytest.mark.parametrize('system', CODE)
def test_lesson_trains_and_draws_without_what_the_system_lacks(system, tmp_path):
    """Before it trains, a dry run reports no peak of memory on Windows."""
    folder = tmp_path / 'run'
    figures = "default_hooks.visualization={'figures': ['learning_curves', 'neurons']}"
    options = ['--cfg-options', 'train_cfg.max_epochs=2', figures]
    lesson = [str(CONFIGS / 'mlp/mlp_moons.py'), *options]
    starts = [[*lesson, '--dry-run'], [*lesson, '--work-dir', str(folder)]]
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', CODE[system], json.dumps(starts)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert ('peak of the process unknown' in done.stdout) == (system == 'Windows')
    summary = json.loads((folder / 'summary.json').read_text())
    assert (summary['status'], summary['epochs']) == ('completed', 2)
    assert (folder / 'epoch_2.pth').is_file()
    assert (folder / 'figures' / 'learning_curves.png').is_file()
