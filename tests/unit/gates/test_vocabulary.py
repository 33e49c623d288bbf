"""The health gate: what stops a run, in which words, and what does not."""

from dataclasses import replace

import pytest

from verger.config.settings import FRUITS, SEED, HealthLimits
from verger.errors import SettingsError, VergerError
from verger.gates.vocabulary import Health, LabelHealth, check

FIT = Health(
    algorithm="k-majority",
    asked_k=100,
    k=100,
    trained_on=30_000,
    mean_distance=60.0,
    dead_words=0,
    giant_words=0,
    duplicate_words=0,
    largest_word=900,
    costs=((2_000_000, 1_800_000),),
    labels={
        "Apple": LabelHealth(10, 0, 15_000, 55.0),
        "Kiwi": LabelHealth(10, 1, 15_000, 65.0),
    },
)


def test_a_fit_vocabulary_passes():
    check(FIT, FRUITS.limits, "here")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"k": 90}, "90 words were found, not 100"),
        ({"dead_words": 3}, "3 of 100 words are dead"),
        ({"duplicate_words": 2}, "2 of 100 words equal another"),
        ({"giant_words": 5}, "5 of 100 words take more than 20 times"),
        ({"mean_distance": 127.0}, "127.0 bits from their words"),
        (
            {"labels": {"Kiwi": LabelHealth(10, 9, 5, 60.0), "Fig": LabelHealth(5, 1, 5, 60.0)}},
            "10 of 15 photographs have no descriptor .most of them Kiwi: 9",
        ),
    ],
)
def test_an_unfit_one_is_stopped_with_the_reason_the_way_out_and_the_report(wrong, told):
    with pytest.raises(VergerError, match=rf"unfit: .*{told}.*--.*s3://lake/health\.json"):
        check(replace(FIT, **wrong), FRUITS.limits, "s3://lake/health.json")


def test_the_notebooks_way_is_told_and_not_stopped():
    check(replace(FIT, k=60, dead_words=50, giant_words=20), SEED.limits, "here")


def test_all_reasons_are_told_at_once():
    with pytest.raises(VergerError, match=r"dead.*; .*equal another"):
        check(replace(FIT, dead_words=3, duplicate_words=2), FRUITS.limits, "here")


def test_a_report_survives_the_file():
    assert Health.from_json(FIT.to_json()).labels == FIT.labels


def test_limits_are_shares():
    with pytest.raises(SettingsError, match="--limit-dead-words 5: use a share from 0 to 1"):
        HealthLimits(dead_words=5)
