"""The routes for machines: whether it lives, whether it answers, what it counts."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from verger.serving.problems import documented
from verger.serving.service import Service


def add_health(app: FastAPI, service: Service) -> None:
    """Add them to the app."""

    @app.get("/health/live", summary="Whether the service runs")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", summary="Whether a model answers", responses=documented(503))
    async def ready() -> dict[str, str]:
        model = service.generation.model.id
        return {"status": "ready", "model": model, "trouble": service.follower.trouble}

    @app.get("/metrics", summary="Counters for Prometheus", response_class=Response)
    async def metrics(request: Request) -> Response:
        service.recognise(request)
        service.metrics.changes.set(service.follower.changes)
        if service.follower.generation:
            model = service.follower.generation.model
            service.metrics.model.info({"id": model.id, "run": model.run_id})
        return Response(service.metrics.exposed(), media_type="text/plain; version=0.0.4")
