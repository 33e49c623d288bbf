"""What a person has to mend fails a task at once, in the same words; all else may be retried."""

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from verger.errors import NoPhotographsError, SettingsError
from verger_runs.deployment import DeploymentError
from verger_runs.estimate import TooDearError
from verger_runs.refusals import without_retry
from verger_runs.request import RequestError


@pytest.mark.parametrize(
    "kind", [RequestError, DeploymentError, TooDearError, SettingsError, NoPhotographsError]
)
def test_what_a_person_has_to_mend_is_not_tried_again(kind):
    with pytest.raises(AirflowFailException, match=r"^bring more$"), without_retry():
        raise kind("bring more")


@pytest.mark.parametrize("kind", [ConnectionError, ValueError, AirflowSkipException])
def test_everything_else_stays_what_it_is(kind):
    with pytest.raises(kind), without_retry():
        raise kind("later")
