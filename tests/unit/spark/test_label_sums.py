"""Sums per label of several segments are the sums of all their photographs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from verger.spark import label_sums
from verger.spark.sums import Sum

K = 3
counts = st.lists(st.integers(0, 2**40), min_size=K, max_size=K)
labels = st.sampled_from(["Apple", "Kiwi", "Pomelo"])
segments = st.lists(st.dictionaries(labels, counts), max_size=4)


def as_table(segment):
    return label_sums.to_table(
        {label: Sum(n, np.array(total, np.float64)) for n, (label, total) in enumerate(segment)}
    )


@given(segments)
def test_tables_of_segments_add_up_label_by_label(found):
    added = label_sums.add_tables(as_table(segment.items()) for segment in found)
    assert list(added) == sorted({label for segment in found for label in segment})
    for label, part in added.items():
        of_label = [list(segment).index(label) for segment in found if label in segment]
        assert part.n == sum(of_label)
        totals = np.array([segment[label] for segment in found if label in segment])
        assert part.total.tolist() == totals.sum(axis=0).tolist()
