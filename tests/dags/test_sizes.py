"""Executors fit the machines that they are asked for: no more memory, no idle core."""

import pytest

from tests.dags.test_emr_requests import DEPLOYMENT, REGION, RELEASE
from verger_emr.cluster import cluster
from verger_emr.sizes import Executors, spark_sizes, yarn_sizes
from verger_runs.instances import UnknownInstanceError, instance
from verger_runs.request import Request

TYPES = [f"{family}.{size}" for family in ("c7i", "m7i", "r7i") for size in ("xlarge", "8xlarge")]


@pytest.mark.parametrize(
    ("name", "vcpus", "gib", "yarn"),
    [
        ("m5.xlarge", 4, 16, 12288),
        ("m7i.2xlarge", 8, 32, 24576),
        ("m7i.4xlarge", 16, 64, 57344),
        ("r5.2xlarge", 8, 64, 57344),
        ("m7i.8xlarge", 32, 128, 122880),
    ],
)
def test_a_type_has_the_cores_and_the_memory_of_emrs_own_table(name, vcpus, gib, yarn):
    known = instance(name)
    assert (known.vcpus, known.memory, known.yarn) == (vcpus, gib * 1024, yarn)


@pytest.mark.parametrize("name", ["m7g.xlarge", "m7i.metal", "c5.9xlarge", "", "m7i"])
def test_a_type_that_is_not_known_is_refused_with_those_that_are(name):
    with pytest.raises(UnknownInstanceError, match=r"use one of the families .*m7i.*2xlarge"):
        instance(name)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("nodes", [1, 5])
def test_every_core_has_an_executor_and_every_executor_a_place(name, nodes):
    kind = instance(name)
    made = Executors.on([(kind, nodes)])
    assert made.count * made.cores == nodes * kind.vcpus
    container = made.heap + made.overhead
    assert container * (made.count // nodes) <= kind.yarn - 1024  # YARN's master stands beside
    assert container > 0.9 * (kind.yarn - 1024) / (made.count // nodes)


def test_of_two_kinds_of_node_the_smaller_one_decides_and_the_larger_takes_several():
    small, large = instance("m7i.xlarge"), instance("m7i.4xlarge")
    made = Executors.on([(small, 1), (large, 2)])
    assert (made.cores, made.count) == (4, 1 + 2 * 4)
    assert made.heap + made.overhead <= small.yarn - 1024


def test_a_run_takes_all_of_its_cluster_at_once_and_counts_its_tasks_by_it():
    said = spark_sizes(instance("m7i.xlarge"), [(instance("m7i.2xlarge"), 2)])
    assert said["spark.dynamicAllocation.enabled"] == "false"
    assert said["spark.executor.instances"] == "2"
    assert said["spark.default.parallelism"] == "16"
    assert said["spark.driver.memory"] == "6144m"


def test_each_group_of_nodes_is_told_its_own_memory():
    request = Request("", "fruits", 500, 50, core_nodes=1, task_nodes=1)
    groups = cluster(request, DEPLOYMENT, RELEASE, "r", REGION)["Instances"]["InstanceGroups"]
    for group in groups:
        (said,) = group["Configurations"]
        assert said["Classification"] == "yarn-site"
        assert said["Properties"] == yarn_sizes(instance(group["InstanceType"]))
