"""What `make run` says of a run that failed."""

from local_cloud.run import reason

LOG = """\
[DAG TEST] starting task_id=import_images map_index=-1
AirflowFailException: import_images failed: none of 1 files can be used
[DAG TEST] starting task_id=terminate_cluster map_index=-1
[DAG TEST] starting task_id=watch map_index=-1
AirflowFailException: the run has failed in import_images
"""
TASKS = {"import_images": "failed", "terminate_cluster": "success", "watch": "failed"}


def test_the_words_are_those_of_the_task_that_failed_first_hand():
    told = reason(LOG, {"state": "failed", "tasks": TASKS})
    assert told == (
        "the run failed in import_images: import_images failed: none of 1 files can be used"
    )


def test_an_airflow_that_ended_without_a_word_is_told_so():
    assert reason("", {}) == "the run failed in Airflow: its log says more"
