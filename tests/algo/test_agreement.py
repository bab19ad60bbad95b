"""Agreement by hand and by definition; the classification map."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from algo.agreement import agreement
from algo.scene_map import SceneMap
from mapper.errors import InputError


def test_by_hand():
    """8 of 10 right; classes 3/4, 2/2, 3/4; chance 4/10 4/10 + 2/10 2/10 + 4/10 4/10 = 0.36."""
    labels = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
    decided = np.array([0, 0, 0, 2, 1, 1, 2, 2, 2, 0])
    found = agreement(labels, decided, 4)
    assert found.overall == 0.8 and found.average == pytest.approx((0.75 + 1 + 0.75) / 3)
    assert found.kappa == pytest.approx((0.8 - 0.36) / (1 - 0.36))
    assert found.confusion.tolist() == [[3, 0, 1, 0], [0, 2, 0, 0], [1, 0, 3, 0], [0, 0, 0, 0]]
    assert found.of_class == [0.75, 1.0, 0.75, None]


def test_one_class_and_nothing():
    assert agreement(np.array([2, 2]), np.array([2, 2]), 3).kappa == 1
    assert agreement(np.array([2, 2]), np.array([1, 1]), 3).kappa == 0
    with pytest.raises(InputError, match="no samples"):
        agreement(np.array([], int), np.array([], int), 3)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_by_definition(pairs):
    labels, decided = (np.array(side) for side in zip(*pairs, strict=True))
    found = agreement(labels, decided, 4)
    for label, seen in np.ndindex(4, 4):
        assert found.confusion[label, seen] == pairs.count((label, seen))
    total = len(pairs)
    chance = sum((labels == c).sum() * (decided == c).sum() for c in range(4)) / total**2
    assert found.overall == pytest.approx(np.trace(found.confusion) / total)
    if chance < 1:
        assert found.kappa == pytest.approx((found.overall - chance) / (1 - chance))
    shares = [(decided[labels == c] == c).mean() for c in set(labels.tolist())]
    assert found.average == pytest.approx(np.mean(shares))


def test_map_shows_every_error_where_it_is(tmp_path):
    truth = np.array([[0, 1, 2], [-1, 1, 0]])
    scene = SceneMap(
        truth, np.array([[0, 2, 2], [-1, 0, 0]]), np.array([[1, 1, 0], [0, 0, 1]], bool)
    )
    assert scene.errors.tolist() == [[0, 1, 0], [-1, 2, 0]]
    for name in ("one.png", "two.png"):
        scene.draw("tiny", tmp_path / name)
    content = (tmp_path / "one.png").read_bytes()
    assert content == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
    assert {(0xC1, 0x12, 0x1F), (0xF4, 0xA2, 0x61)} <= colours
