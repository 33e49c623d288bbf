"""The last words of `make run`."""

from local_cloud.run import told

SUMMARY = {
    **{"lake": "/lake", "reused": [], "images": 8, "labels": 2, "quarantined": 1},
    **{"descriptors": 80, "k": 24, "pca_k": 5, "features_csv": "s3://verger-lake/features/a.csv"},
}


def test_they_say_where_the_features_lie_on_this_machine():
    assert "features: /lake/verger-lake/features/a.csv" in told(SUMMARY)


def test_they_say_that_there_are_none_where_no_photograph_is_left():
    assert "features: none" in told({**SUMMARY, "features_csv": None})
