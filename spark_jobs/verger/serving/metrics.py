"""What the service counts, for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from verger.serving.reply import Reply

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNKNOWN = ""


@dataclass(frozen=True)
class Metrics:
    """Counters of one app, in a registry of its own."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    answers: Counter = field(init=False)
    rejections: Counter = field(init=False)
    changes: Gauge = field(init=False)
    model: Info = field(init=False)

    def __post_init__(self) -> None:
        at = self.registry
        made = {
            "requests": Counter(
                "verger_requests", "Requests by path and status", ["path", "status"], registry=at
            ),
            "seconds": Histogram(
                "verger_request_seconds",
                "Seconds of a request",
                ["path"],
                buckets=SECONDS,
                registry=at,
            ),
            "answers": Counter(
                "verger_answers",
                "Answers by best match and status",
                ["label", "status"],
                registry=at,
            ),
            "rejections": Counter(
                "verger_rejections",
                "Photographs without an answer, by reason",
                ["reason"],
                registry=at,
            ),
            "changes": Gauge("verger_models_taken", "Models taken since the start", registry=at),
            "model": Info("verger_model", "The model in use", registry=at),
        }
        for name, metric in made.items():
            object.__setattr__(self, name, metric)

    def answered(self, reply: Reply) -> None:
        """Count an answer."""
        self.answers.labels(reply.best_match or UNKNOWN, reply.status).inc()
        if reply.status == "rejected":
            self.rejections.labels("unknown").inc()

    def exposed(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self.registry)
