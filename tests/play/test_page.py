from mmlesson.play.page import build_page
from mmlesson.play.sessions import Sessions
from mmlesson.play.settings import Settings
from mmlesson.play.texts import texts


def test_page_has_no_public_interface_and_no_statistics():
    page = build_page('zh', Sessions(), Settings())
    events = page.config['dependencies']
    assert len(events) > 20
    assert {event['api_visibility'] for event in events} <= {'private', 'undocumented'}
    assert not page.analytics_enabled
    labels = {part['props'].get('label') for part in page.config['components']}
    assert {texts('zh')['lr'], texts('zh')['perceptron_tab']} <= labels
