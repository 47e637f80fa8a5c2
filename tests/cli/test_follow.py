import pytest

from prooflane.cli.follow import follow


def test_an_interrupt_while_an_event_is_shown_is_the_verbs_to_clean_up():
    seen = []

    def verb():
        try:
            yield "event"
        except KeyboardInterrupt:
            seen.append("cleaned up")
            raise

    def show(_event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(verb(), show)
    assert seen == ["cleaned up"]
