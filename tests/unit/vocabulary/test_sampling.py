"""The training sample: capped, balanced, the same whoever draws it."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from verger.vocabulary.sampling import chosen, quotas, thresholds

labels = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10_000), min_size=1)


@given(labels, st.integers(0, 50_000))
def test_quotas_share_the_cap_and_never_ask_for_more_than_there_is(available, cap):
    shares = quotas(available, cap)
    assert sum(shares.values()) <= cap
    assert all(shares[label] <= count for label, count in available.items())
    # Who gets less than another gets everything it has (but for the division's remainder).
    richest = max(shares.values())
    assert all(
        shares[a] >= richest - 1 - len(available) or shares[a] == available[a] for a in shares
    )


def test_a_small_label_is_taken_whole_and_leaves_its_share_to_the_others():
    assert quotas({"small": 10, "a": 1000, "b": 1000}, 310) == {"small": 10, "a": 150, "b": 150}


def test_no_cap_takes_everything():
    assert len(chosen("ab" * 16, 500, thresholds({"a": 500}, None)["a"], 0)) == 500


def test_a_cap_is_met_within_chance():
    limit = thresholds({"a": 100_000}, 10_000)["a"]
    drawn = sum(
        len(
            chosen(
                hashlib.md5(str(photo).encode(), usedforsecurity=False).hexdigest(), 100, limit, 0
            )
        )
        for photo in range(1000)
    )
    assert abs(drawn - 10_000) < 400  # four standard deviations


def test_each_photograph_decides_alone_and_the_seed_decides_otherwise():
    photo = "0123456789abcdef" * 2
    first, again, other = (chosen(photo, 1000, 1 << 62, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
