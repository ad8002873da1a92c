import gzip
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tiny_data import md5, packed

from mmlesson.datasets.download import (
    Archive,
    check_md5,
    check_root,
    data_folder,
    provide_files,
)
from mmlesson.errors import ArgumentError, RunError

CONTENT = bytes(range(256)) * 40
PACKED = packed(CONTENT)


class Handler(BaseHTTPRequestHandler):
    """Serves files rightly, or with the fault that the first part of the path names."""

    def do_GET(self):
        self.server.asked.append(self.path)
        _, fault, name = self.path.split('/')
        if fault == 'hangs':
            self.server.stop.wait(20)
            return
        if fault == 'absent' or name not in self.server.files:
            self.send_error(404)
            return
        content = self.server.files[name]
        length = {'breaks_off': len(content), 'understates': len(content) - 9}.get(fault)
        self.send_response(200)
        if fault != 'no_length':
            self.send_header('Content-Length', str(length or len(content)))
        self.end_headers()
        if fault == 'slow':
            time.sleep(0.1)
        served = {'breaks_off': content[:-9], 'other': b'x' * len(content)}
        self.wfile.write(served.get(fault, content))

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.files, server.asked, server.stop = {'data.gz': PACKED}, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def open_packed(path, _):
    with gzip.open(path) as file:
        yield file


def archive_at(server, *faults, **changes):
    port = server.server_address[1]
    urls = tuple(f'http://127.0.0.1:{port}/{fault}/data.gz' for fault in faults)
    settings = {
        'name': 'data.gz',
        'urls': urls,
        'md5': md5(PACKED),
        'size': 9_912_422,
        'members': ('data',),
        'open_member': open_packed,
    }
    return Archive(**{**settings, **changes})


def provide(folder, *archives, download=True, timeout=5.0):
    provide_files('MNIST', folder, archives, download, timeout)


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != '.MNIST.lock')


@pytest.mark.parametrize('kind', ['right', 'no_length'])
def test_file_is_downloaded_and_extracted(server, tmp_path, kind):
    provide(tmp_path, archive_at(server, kind))
    assert (tmp_path / 'data').read_bytes() == CONTENT
    assert files_in(tmp_path) == ['data', 'data.gz']


def test_file_that_is_extracted_is_not_asked_for(server, tmp_path):
    (tmp_path / 'data').write_bytes(b'mine')
    provide(tmp_path, archive_at(server, 'right'))
    assert server.asked == []
    assert files_in(tmp_path) == ['data']


def test_archive_that_was_put_there_is_extracted(server, tmp_path):
    (tmp_path / 'data.gz').write_bytes(PACKED)
    provide(tmp_path, archive_at(server, 'right'), download=False)
    assert (tmp_path / 'data').read_bytes() == CONTENT
    assert server.asked == []


@pytest.mark.parametrize('content', [PACKED[:-4], b'<html>sorry</html>'])
def test_wrong_archive_that_was_put_there_is_named(server, tmp_path, content):
    (tmp_path / 'data.gz').write_bytes(content)
    message = rf'data\.gz is truncated or another file: expected md5 {md5(PACKED)}, got '
    with pytest.raises(RunError, match=message):
        provide(tmp_path, archive_at(server, 'right'))
    assert files_in(tmp_path) == ['data.gz']


@pytest.mark.parametrize(
    ('fault', 'message'),
    [
        ('breaks_off', f'the connection ended after {len(PACKED) - 9:,} of {len(PACKED):,} bytes'),
        ('understates', rf'another file: expected md5 .*\({len(PACKED) - 9:,} bytes\)'),
        ('other', rf'another file: expected md5 {md5(PACKED)}, got '),
        ('absent', 'Not Found'),
        ('hangs', 'timed out'),
    ],
)
def test_failed_download_says_why_and_leaves_nothing(server, tmp_path, fault, message):
    with pytest.raises(RunError, match=rf'data\.gz could not be downloaded:\n.*{message}'):
        provide(tmp_path, archive_at(server, fault), timeout=0.1 if fault == 'hangs' else 5.0)
    assert files_in(tmp_path) == []


def test_next_address_is_tried_after_a_failure(server, tmp_path):
    provide(tmp_path, archive_at(server, 'breaks_off', 'other', 'right'))
    assert (tmp_path / 'data').read_bytes() == CONTENT
    assert len(server.asked) == 3


def test_without_a_network_the_files_their_sizes_and_the_folder_are_listed(tmp_path):
    shared = {'md5': '0', 'open_member': None}
    url = 'http://127.0.0.1:9/'  # the discard port, where nobody listens
    archives = [
        Archive(name='a.gz', urls=(f'{url}a.gz',), size=9_912_422, members=('a',), **shared),
        Archive(name='b.gz', urls=(f'{url}b.gz',), size=4_542, members=('b',), **shared),
        Archive(name='c.gz', urls=(f'{url}c.gz',), size=4_542, members=('c',), **shared),
    ]
    (tmp_path / 'c').touch()
    with pytest.raises(RunError) as caught:
        provide(tmp_path, *archives)
    assert 'Connection refused' in str(caught.value)
    assert str(caught.value).endswith(
        f'Put these files into {tmp_path}:\n'
        f'  a.gz (9.9 MB), from {url}a.gz\n'
        f'  b.gz (4.5 kB), from {url}b.gz\n'
        'or set MNIST.root or $MMLESSON_DATA to the folder that holds MNIST.'
    )


def test_without_download_nothing_is_asked_for_or_created(server, tmp_path):
    with pytest.raises(RunError, match=r'MNIST is not on this machine\.\nPut these files into'):
        provide(tmp_path / 'new', archive_at(server, 'right'), download=False)
    assert server.asked == []
    assert not (tmp_path / 'new').exists()


def test_one_of_several_downloads_while_the_others_wait(server, tmp_path):
    archive = archive_at(server, 'slow')
    threads = [threading.Thread(target=provide, args=(tmp_path, archive)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == ['/slow/data.gz']
    assert (tmp_path / 'data').read_bytes() == CONTENT


def test_member_that_cannot_be_extracted_is_not_left_half_written(tmp_path):
    (tmp_path / 'data.gz').write_bytes(PACKED[:-30])
    broken = archive_at_nowhere(md5(PACKED[:-30]))
    with pytest.raises(EOFError):
        broken.extract(tmp_path)
    assert files_in(tmp_path) == ['data.gz']


def archive_at_nowhere(md5):
    opener = {'open_member': open_packed, 'members': ('data',)}
    return Archive(name='data.gz', urls=('http://127.0.0.1:9/',), md5=md5, size=1, **opener)


def test_check_md5_accepts_the_right_file(tmp_path):
    (tmp_path / 'a').write_bytes(CONTENT)
    check_md5(tmp_path / 'a', md5(CONTENT))


def test_folder_is_the_argument_or_that_of_the_environment_or_data(monkeypatch):
    monkeypatch.setenv('MMLESSON_DATA', '/elsewhere')
    assert data_folder('/here') == Path('/here')
    assert data_folder(None) == Path('/elsewhere')
    monkeypatch.delenv('MMLESSON_DATA')
    assert data_folder(None) == Path('data')


def test_root_must_be_a_path():
    with pytest.raises(ArgumentError, match=r'MNIST\.root must be a path or None, got 3'):
        check_root('MNIST', 3)
