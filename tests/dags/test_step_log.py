"""Where EMR puts what a step said."""

from verger_emr.step_log import log_folder, tail


def test_logs_lie_below_the_clusters_log_uri():
    assert log_folder("s3n://logs/emr/", "j-1", "s-2") == ("logs", "emr/j-1/steps/s-2")
    assert log_folder("s3://logs", "j-1", "s-2") == ("logs", "j-1/steps/s-2")


def test_the_tail_is_the_end_of_a_text():
    assert tail("a\nb\nc\n", lines=2) == "b\nc"
    assert tail("") == ""
