"""What people ask the pages for: an address's parts, and the model that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, Query

from verger_emr.cluster import CREATED_BY

if TYPE_CHECKING:
    from verger_pages.shown import Shown

Model = Annotated[str, Query(max_length=64)]
Name = Annotated[str, Query(max_length=512)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]
Component = Annotated[int, Query(ge=0, le=1024)]


def router() -> APIRouter:
    """Addresses for those who may see the DAG that learnt what they show."""
    return APIRouter(
        dependencies=[Depends(requires_access_dag(method="GET", param_dag_id=CREATED_BY))]
    )


def asked_for(model: str) -> Shown:
    """The model of that id, or the one in use."""
    from verger_pages.places import lake
    from verger_pages.shown import shown

    return shown(lake(), model)
