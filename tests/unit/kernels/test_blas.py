"""The BLAS below numpy has one thread where it is told so, and afterwards those it had."""

import numpy as np
from threadpoolctl import threadpool_info

from verger.kernels.blas import one_blas_thread
from verger.vocabulary.training import InMemory


def blas_threads() -> set[int]:
    return {of["num_threads"] for of in threadpool_info() if of["user_api"] == "blas"}


def test_the_blas_has_one_thread_inside_and_those_it_had_afterwards():
    before = blas_threads()
    assert before, "numpy's BLAS is not seen"
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_parts_of_a_training_set_that_threads_work_on_leave_the_blas_one_thread():
    class Seen(frozenset):
        def __add__(self, other):
            return Seen(self | other)

    descriptors = np.zeros((8, 4), np.uint64)
    assert InMemory(descriptors, 2).fold(lambda _: Seen(blas_threads())) == {1}
