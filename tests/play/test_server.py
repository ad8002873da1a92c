import socket
import sys

import pytest
from fastapi.testclient import TestClient

from mmlesson.errors import RunError, UserError
from mmlesson.play import server
from mmlesson.play.server import POLICY, _listen, build_app, import_gradio
from mmlesson.play.settings import Settings


@pytest.fixture(scope='module')
def client():
    return TestClient(build_app(Settings()), base_url='http://127.0.0.1', follow_redirects=False)


@pytest.mark.parametrize(('accepted', 'place'), [('zh-CN', '/zh/'), ('fr', '/en/')])
def test_first_page_has_the_language_of_the_browser(client, accepted, place):
    answer = client.get('/', headers={'accept-language': accepted})
    assert answer.headers['location'] == place
    page = client.get(place)
    assert page.status_code == 200
    assert page.headers['content-security-policy'] == POLICY


@pytest.mark.parametrize(
    'name', ['/etc/passwd', '../../etc/passwd', 'http://example.org/', __file__]
)
def test_no_file_is_readable(client, name):
    for tongue in ('en', 'zh'):
        answer = client.get(f'/{tongue}/gradio_api/file={name}')
        assert answer.status_code in (400, 403, 404)


def test_page_under_another_name_is_refused(client):
    assert client.get('/en/', headers={'host': 'evil.example'}).status_code == 400


def test_large_upload_is_refused(client):
    files = {'files': ('big.csv', b'0' * 2_500_000)}
    assert client.post('/en/gradio_api/upload', files=files).status_code == 413


def test_taken_port_is_left_for_the_next():
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        with _listen('127.0.0.1', port) as found:
            assert port < found.getsockname()[1] < port + 10


def test_foreign_address_is_refused():
    with pytest.raises(RunError, match=r'cannot listen at 192\.0\.2\.1'):
        _listen('192.0.2.1', 7860)


def test_missing_gradio_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'gradio', None)
    with pytest.raises(UserError, match=r"pip install 'mmlesson\[play\]'"):
        import_gradio()


@pytest.mark.parametrize('port', [-5, 65536])
def test_port_that_does_not_exist_is_refused(port):
    with pytest.raises(UserError, match=f'--port must be from 0 to 65535, got {port}'):
        _listen('127.0.0.1', port)


def test_two_runs_for_one_part_are_refused(digits_run):
    with pytest.raises(UserError, match='one run for each part'):
        build_app(Settings(), [digits_run, digits_run])


def test_address_is_free_again_if_the_page_cannot_be_built(tmp_path, monkeypatch):
    listening = server._listen('127.0.0.1', 0)
    monkeypatch.setattr(server, '_listen', lambda *_: listening)
    with pytest.raises(UserError, match='no folder'):
        server.serve('mlp/mlp_xor', [str(tmp_path / 'nowhere')], None, '127.0.0.1', 0, False)
    assert listening.fileno() == -1


def test_no_statistics_are_made_of_each_event():
    import_gradio()
    from gradio import Blocks

    with Blocks() as page:
        pass
    queue = page.queue()._queue
    queue.events_recorded = 1000
    event = {'function': 'train', 'status': 'success', 'process_time': 1.0}
    assert queue.compute_analytics_summary([event]) == {'functions': {}}
