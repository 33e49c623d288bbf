"""The summary of a run, read from the records that its stages left in the lake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from verger.contract import STAGES, StageRecord, record_key, summarise, summary_key

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook


def summarise_run(s3: S3Hook, lake: str, run_id: str) -> dict[str, Any]:
    """Read the records, store the summary beside them and return it."""
    records = [StageRecord.from_json(_read(s3, lake, record_key(run_id, s))) for s in STAGES]
    summary = summarise(run_id, records)
    bucket, key = s3.parse_s3_url(f"{lake}/{summary_key(run_id)}")
    s3.load_string(json.dumps(summary, ensure_ascii=False, indent=2), key, bucket, replace=True)
    return summary


def as_table(summary: dict[str, Any]) -> str:
    """The summary as lines for people."""
    stages = [
        f"  {stage:<20} {seconds:>8.1f} s  {'reused' if stage in summary['reused'] else ''}"
        for stage, seconds in summary["seconds"].items()
    ]
    counts = [
        f"{summary['images']:,} photographs of {summary['labels']:,} labels",
        f"{summary['quarantined']:,} set aside",
        f"{summary['descriptors']:,} descriptors "
        f"({summary['images_without_descriptors']:,} photographs without)",
        f"{summary['k']:,} visual words, {summary['pca_k']:,} components",
        f"features: {summary['features_csv']}",
    ]
    return "\n".join([f"run {summary['run_id']}", *(f"  {line}" for line in counts), *stages])


def _read(s3: S3Hook, lake: str, key: str) -> str:
    bucket, full_key = s3.parse_s3_url(f"{lake}/{key}")
    return str(s3.read_key(full_key, bucket))
