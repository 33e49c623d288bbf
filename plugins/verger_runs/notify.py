"""Notifications through SNS: a task has failed for good, or a run has published models.

One setting, read while DAG files are parsed: AIRFLOW__VERGER__NOTIFY, the ARN of an SNS topic;
empty for none. SNS passes the message on as the topic's subscribers want it (mail, chat, pager).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context

# SNS takes printable ASCII alone, and "less than 100 characters" (its API reference, Publish).
SUBJECT_LETTERS = 99
# A step's last words may be pages; the log has them all.
REASON_LETTERS = 2000
_TOPIC = re.compile(r"arn:[a-z-]+:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]+")


class NotifySettingError(ValueError):
    """The setting names no topic; the message says what to set."""


@dataclass(frozen=True)
class Note:
    """What is sent."""

    subject: str
    message: str


def on_failure() -> list[TopicNotifier]:
    """What goes into default_args["on_failure_callback"]: called once no retry is left."""
    return _to_topic(failed)


def on_new_model() -> list[TopicNotifier]:
    """What goes into the on_success_callback of a task that returns the id of a model."""
    return _to_topic(new_model)


def failed(context: Mapping[str, Any]) -> Note:
    """A task that has failed: why, where to look, what to do."""
    reason = str(context.get("exception") or "it ended without a word; its log knows more")
    return _note(
        context,
        "failed",
        reason=reason,
        next_step="mend what the reason names, then clear the task with its downstream tasks, or "
        "trigger the DAG again: what is done already is reused",
    )


def new_model(context: Mapping[str, Any]) -> Note:
    """A run that has published the models which later runs reuse."""
    task = context["ti"]
    model = task.xcom_pull(task_ids=task.task_id)
    return _note(
        context,
        "published",
        reason=f"model {model} is the one that later runs reuse",
        next_step="nothing; the DAG rollback_model goes back to the model before",
    )


class TopicNotifier(SnsNotifier):
    """Airflow's SNS notifier, with a text composed for each call.

    The base class renders templates into its own fields, once for all calls, and would take braces
    in an error for a template.
    """

    template_fields: Sequence[str] = ()

    def __init__(self, topic: str, compose: Callable[[Mapping[str, Any]], Note]) -> None:
        super().__init__(target_arn=topic, message="", region_name=_region(topic))
        self.compose = compose

    def notify(self, context: Context) -> None:
        """Publish to the topic. What SNS refuses is in the task's log and changes no task."""
        note = self.compose(context)
        self.hook.publish_to_target(
            target_arn=self.target_arn, subject=note.subject, message=note.message
        )


def _to_topic(compose: Callable[[Mapping[str, Any]], Note]) -> list[TopicNotifier]:
    topic = conf.get("verger", "notify", fallback="").strip()
    return [TopicNotifier(topic, compose)] if topic else []


def _region(topic: str) -> str:
    """A topic is reached in its own region, whatever the connection's is."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise NotifySettingError(
            f"AIRFLOW__VERGER__NOTIFY is {topic!r}: set the ARN of an SNS topic "
            "(arn:aws:sns:REGION:ACCOUNT:NAME), or nothing"
        )
    return found["region"]


def _note(context: Mapping[str, Any], what: str, *, reason: str, next_step: str) -> Note:
    task = context["ti"]
    lines = {
        "DAG": task.dag_id,
        "run": task.run_id,
        "task": task.task_id,
        "reason": _shortened(reason),
        "log": task.log_url,
        "next": next_step,
    }
    return Note(
        subject=_subject(f"verger: {task.dag_id}.{task.task_id} {what} ({task.run_id})"),
        message="\n".join(f"{name}: {value}" for name, value in lines.items()),
    )


def _shortened(reason: str) -> str:
    """The end of a long reason: that is where steps say what was wrong."""
    return reason if len(reason) <= REASON_LETTERS else f"… {reason[-REASON_LETTERS:]}"


def _subject(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", text)[:SUBJECT_LETTERS]
