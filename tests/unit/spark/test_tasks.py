"""Into how many tasks photographs are divided: few where they are few, none with too many bytes."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.spark.tasks import PARTITION_BYTES, TASKS_PER_CORE, partitions, tasks_for

numbers = st.integers(1, 10_000_000)
cores = st.integers(1, 512)


def spark(cores):
    """What is asked of a session."""
    return SimpleNamespace(sparkContext=SimpleNamespace(defaultParallelism=cores))


@pytest.mark.parametrize(
    ("photographs", "tasks"),
    [(0, 1), (1, 1), (50, 1), (51, 2), (750, 2), (2_999, 2), (3_000, 3), (6_000, 6), (10**7, 6)],
)
def test_two_cores_share_a_small_run_and_have_three_tasks_each_of_a_large_one(photographs, tasks):
    assert tasks_for(spark(2), photographs) == tasks


def test_a_hundred_photographs_do_not_start_workers_on_all_cores_of_a_cluster():
    assert tasks_for(spark(64), 100) == 2


@given(numbers, numbers, cores)
def test_more_photographs_are_never_fewer_tasks_and_there_is_a_bound(some, more, cores):
    few, many = (tasks_for(spark(cores), some), tasks_for(spark(cores), some + more))
    assert 1 <= few <= many <= TASKS_PER_CORE * cores


@given(numbers, st.integers(0, 10**12), cores)
def test_no_task_gets_more_bytes_than_it_can_hold_unless_a_photograph_has_them(n, size, cores):
    tasks = partitions(spark(cores), size, n)
    assert 1 <= tasks <= n
    assert tasks == n or size / tasks <= PARTITION_BYTES


def test_a_few_large_photographs_are_shared_by_all_cores():
    assert partitions(spark(8), 40 * 300_000, 40) == 8
    assert partitions(spark(8), 40 * 4_000, 40) == 1


def test_files_of_no_bytes_are_divided_by_their_number():
    assert partitions(spark(2), 0, 200) == 2
