"""The Spark step of each stage, as EMR's AddJobFlowSteps takes it. Pure: no AWS call here."""

from __future__ import annotations

from typing import Any

from verger.contract import BUILD_VOCABULARY, REDUCE_PCA, STAGES, Release
from verger.lake.address import fingerprint
from verger.planning.plan import Plan

# Loops of Spark's own library want a JVM that compiles well, which it does unless it was told to
# compile quickly, as on one machine.
_BOTH_COMPILERS = "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=4"


def steps(plan: Plan, lake: str, release: Release) -> dict[str, dict[str, Any]]:
    """A step for every stage, by the stage's name. What it works on, it reads from the plan."""
    return {stage: _step(stage, plan, lake, release) for stage in STAGES}


def _step(stage: str, plan: Plan, lake: str, release: Release) -> dict[str, Any]:
    # Client mode: the driver's own words are the step's stderr, not hidden in a YARN container.
    submit = ["spark-submit", "--deploy-mode", "client", *compilers(stage, plan)]
    if not release.wheels:  # with them, the bootstrap action has installed the package, too
        submit += ["--py-files", release.package]
    flags = ["--lake", lake, "--run", plan.run_id]
    return {
        "Name": work_name(stage, plan),
        # The DAG terminates the cluster; a failed step must leave it to tell why.
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": [*submit, release.script, stage, *flags],
        },
    }


def work_name(stage: str, plan: Plan) -> str:
    """Stands for the stage, the run, and all checkpoints that have to be brought into being."""
    needed = {f"{kind}/{of}": "" for kind, of in plan.checkpoints()[stage]}
    return f"{stage} {plan.run_id} {fingerprint(stage, 1, {}, needed)}"


def compilers(stage: str, plan: Plan) -> list[str]:
    """What spark-submit is told where a stage computes in the JVM."""
    computes = plan.preset.uses_mllib and stage in (BUILD_VOCABULARY, REDUCE_PCA)
    return ["--conf", _BOTH_COMPILERS] if computes else []
