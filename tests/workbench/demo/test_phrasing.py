from itertools import combinations

from workbench.demo.dataset import WRITERS
from workbench.demo.phrasing import SLOTS, voices


def test_every_sentence_frame_belongs_to_one_voice_and_holds_one_value():
    spoken = voices(WRITERS)
    for slot in SLOTS:
        frames = [set(voice.frames[slot]) for voice in spoken.values()]
        assert all(one.isdisjoint(other) for one, other in combinations(frames, 2))
        assert all(frames)
        assert all(frame.count("{x}") == 1 for own in frames for frame in own)
