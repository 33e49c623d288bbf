"""The known photographs that look most like another one: found exactly, however many there are."""

import numpy as np
import pytest

from verger.classification.gallery import AT_ONCE, Gallery, Known
from verger.config.heads import COLOUR, ORB
from verger.features.rows import in_bytes, word_rows

BLOCKS = (ORB, COLOUR)


def rows_of(n: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {block: word_rows(random.poisson(2, (n, 40)).astype(np.int32)) for block in BLOCKS}


def gallery_of(rows: dict[str, np.ndarray], order: np.ndarray) -> Gallery:
    known = [Known(f"{i:06d}", f"label {i}", f"{i}.jpg") for i in order]
    return Gallery.of(known, {block: matrix[order] for block, matrix in rows.items()})


@pytest.mark.parametrize("n", [1, 3, AT_ONCE, 2 * AT_ONCE + 1])
def test_the_most_similar_are_those_of_a_search_through_all(n):
    rows, asked = rows_of(n, 1), rows_of(1, 2)
    gallery = gallery_of(rows, np.random.default_rng(3).permutation(n))
    for block in BLOCKS:
        products = in_bytes(rows[block]).astype(np.int64) @ in_bytes(asked[block])[0]
        expected = np.argsort(-products, kind="stable")[:5]
        found = [int(of.photo) for of in gallery.similar(asked, 5) if of.block == block]
        assert found == expected.tolist()


def test_of_equals_the_first_by_its_id_is_named():
    one = rows_of(1, 4)
    rows = {block: np.repeat(matrix, 9, axis=0) for block, matrix in one.items()}
    found = gallery_of(rows, np.arange(9)[::-1]).similar(one, 3)
    assert [of.photo for of in found if of.block == ORB] == ["000000", "000001", "000002"]
