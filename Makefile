# Every target sets up what it needs; a new machine has Python 3.11, pip and make.
.DEFAULT_GOAL := help
PYTHON ?= python3
SIZES ?= 1 10
RUNS ?= 3
BIN := .venv/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PIP := -m pip install --quiet --disable-pip-version-check --no-compile
# Another apt at work is waited for.
APT := $(SUDO) apt-get --quiet -o Acquire::Retries=5 -o DPkg::Lock::Timeout=120
# What needs the network is tried three times: a download that broke is begun anew.
again = for try in 1 2 3; do $(1) && exit 0; sleep $$((try * 5)); done; exit 1
# Packages are compiled when they are first imported, not all of them at installation.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-slow lint types unit mutants coverage bench reliability lock docs format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/run: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/build.txt)
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/run.txt)
	$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev: .venv/run requirements/dev.txt
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/dev.txt)
	touch $@

# Spark is an extra: some hundreds of megabytes, and Java.
.venv/spark: .venv/dev requirements/spark.txt
	command -v java >/dev/null || { $(call again,$(APT) update && $(APT) install --yes openjdk-17-jre-headless); }
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/spark.txt)
	touch $@

.venv/bench: .venv/run requirements/bench.txt
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/bench.txt)
	touch $@

# The library that counts and disturbs what a process does to files is compiled by the tests.
.venv/compiler: | .venv/run
	command -v cc >/dev/null || { $(call again,$(APT) update && $(APT) install --yes gcc libc6-dev); }
	touch $@

# A desktop's keyring with a bus of its own, and one that keeps plain text, beside the packages.
.venv/keyring: .venv/dev requirements/keyring.txt
	command -v gnome-keyring-daemon >/dev/null && command -v dbus-daemon >/dev/null || { $(call again,$(APT) update && $(APT) install --yes --no-install-recommends gnome-keyring dbus); }
	$(call again,$(BIN)/python $(PIP) --no-deps --require-hashes --target .venv/keyrings-alt -r requirements/keyring.txt)
	touch $@

# How people install audsync, and orchestrators that call it, are each in an environment of their own.
.venv/tools/made: requirements/tools.txt | .venv/run
	$(PYTHON) -m venv .venv/tools
	$(call again,.venv/tools/bin/python $(PIP) --require-hashes -r $<)
	touch $@

# All that audsync asks for, where both find it without a network.
.venv/tools/filled: requirements/run.txt requirements/build.txt .venv/tools/made
	.venv/tools/bin/uv venv --quiet --clear --python $(BIN)/python .venv/tools/filling
	$(call again,.venv/tools/bin/uv pip install --quiet --cache-dir .venv/tools/cache --python .venv/tools/filling/bin/python \
		--require-hashes -r requirements/run.txt -r requirements/build.txt)
	rm -rf .venv/tools/filling
	touch $@

.venv/airflow/made .venv/dagster/made: .venv/%/made: requirements/%.txt .venv/tools/made
	.venv/tools/bin/uv venv --quiet --clear --python $(BIN)/python .venv/$*
	$(call again,.venv/tools/bin/uv pip install --quiet --python .venv/$*/bin/python --require-hashes -r $<)
	touch $@

# What is said about the Dockerfile.
.venv/hadolint: .venv/dev requirements/hadolint.txt
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/hadolint.txt)
	touch $@

# Units are shown to the program that reads them.
.venv/systemd: | .venv/run
	command -v systemd-analyze >/dev/null || { $(call again,$(APT) update && $(APT) install --yes --no-install-recommends systemd); }
	touch $@

demo: .venv/run ## Run the demo shop and show its audience files
	cd examples/demo && ../../$(BIN)/audsync run --shop demo --as-of 2011-12-10

test: lint types unit ## All checks: lint, types, tests

lint: .venv/dev ## Style, spelling and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: .venv/dev ## Types, strictly
	$(BIN)/mypy

unit: .venv/dev .venv/compiler ## The quick tests
	$(BIN)/pytest -n auto --dist loadfile

test-slow: .venv/spark .venv/compiler .venv/keyring .venv/systemd .venv/hadolint .venv/tools/filled .venv/airflow/made .venv/dagster/made ## The long tests: simulations, laws, large shops, faults, Spark
	$(BIN)/pytest -n auto --dist loadfile -m slow

.venv/mutants: .venv/dev requirements/mutants.txt
	$(call again,$(BIN)/python $(PIP) --require-hashes -r requirements/mutants.txt)
	touch $@

mutants: .venv/mutants ## Small mistakes put into gate, plan, guards, normalisers and journal: do the tests notice? (40 minutes of two cores)
	rm -rf mutants
	PYTHONPATH=tests $(BIN)/python -m mutation.run
	PYTHONPATH=tests $(BIN)/python -m mutation.judge

coverage: .venv/dev .venv/compiler ## Branch coverage of the quick tests
	$(BIN)/pytest --cov --cov-report=term

bench: .venv/bench ## Measure against pandas, polars and a scan; SIZES="1 10" million order lines, RUNS=3
	$(BIN)/python -m benchmarks.run --sizes $(SIZES) --runs $(RUNS) --command 'make bench SIZES="$(SIZES)" RUNS=$(RUNS)'

EVERY ?= 6
reliability: .venv/dev .venv/compiler ## Let runs fail at every sixth step, and write the table (EVERY=1: kill them at each)
	PYTHONPATH=tests $(BIN)/python -m faults.page $(EVERY)

docs: .venv/dev ## Write the generated pages of docs/reference and the schemas
	$(BIN)/python docs/generate.py

format: .venv/dev ## Let the formatter and the fixable rules do their work
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/dev ## Renew the locked requirements
	$(call again,$(BIN)/python $(PIP) uv)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-strip-extras --python-version 3.11 \
		pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-strip-extras --python-version 3.11 \
		-c requirements/run.txt pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-strip-extras --python-version 3.11 \
		-c requirements/dev.txt pyproject.toml --extra spark -o requirements/spark.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-strip-extras --python-version 3.11 \
		-c requirements/dev.txt --group bench -o requirements/bench.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-strip-extras --python-version 3.11 \
		-c requirements/dev.txt requirements/build.in -o requirements/build.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-strip-extras --python-version 3.11 \
		-c requirements/dev.txt --group mutants -o requirements/mutants.txt
	for name in airflow dagster tools; do $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
		--no-strip-extras --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean: ## Remove what the targets made
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage examples/demo/state examples/demo/out examples/demo/snapshots benchmarks/data
