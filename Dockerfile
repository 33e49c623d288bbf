# One image for every service of docker-compose.yaml: the locked environment of this checkout, a
# Java for Spark, the jars of S3A. Any Debian with Python 3.11 will do as a base.
ARG BASE_IMAGE=python:3.11.13-slim-bookworm
FROM ${BASE_IMAGE}

# Slim images have no folder for man pages, and Java's package fails without it.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install --yes --no-install-recommends openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*

# The Makefile's uv.
ARG UV_VERSION=0.13.9
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir "uv==${UV_VERSION}"

# Packages before code: they change less often. No tools of developers, but Airflow's PostgreSQL.
WORKDIR /opt/verger
ENV PATH=/opt/verger/.venv/bin:$PATH UV_PYTHON=python3 UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
COPY pyproject.toml uv.lock ./
RUN /opt/uv/bin/uv sync --locked --no-group dev --group team --no-install-project --compile-bytecode

# A mirror of Maven Central goes here.
ARG MAVEN_REPOSITORY=https://repo1.maven.org/maven2
ENV XDG_CACHE_HOME=/opt/cache
COPY spark_jobs/verger/__init__.py spark_jobs/verger/errors.py spark_jobs/verger/
COPY spark_jobs/verger/machine spark_jobs/verger/machine
COPY local_cloud local_cloud
RUN PYTHONPATH=spark_jobs python -m local_cloud.setup

COPY sample sample
COPY spark_jobs spark_jobs
COPY infra infra
COPY plugins plugins
COPY dags dags
COPY README.md ./
RUN /opt/uv/bin/uv sync --locked --no-group dev --group team --compile-bytecode

# Named volumes take their owner from these folders; compiled kernels are kept in the last one.
RUN useradd --uid 1000 --create-home verger \
 && install --directory --owner=verger \
    /srv/objects /srv/spark /srv/spark/staging /srv/master /srv/steps /srv/airflow \
    "$XDG_CACHE_HOME/numba"
USER verger
