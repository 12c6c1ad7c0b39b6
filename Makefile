# Needs GNU make 3.81 or later and a Python of 3.11 to 3.13; everything else goes into .venv.

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/ready
PEERS := .venv-bench/ready
SUITABLE := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
# Two processes, a file in one of them: what a file shares is made once.
TWO := -n 2 --dist loadfile
UV := uv==0.13.9

# An interpreter may be on the path and yet not run (a pyenv shim, a Python without venv), so each candidate is tried.
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
FIND_PYTHON = for python in $(CANDIDATES); do \
	if "$$python" -c '$(SUITABLE)' >/dev/null 2>&1; then echo "$$python"; exit 0; fi; done; \
	echo "make: none of $(CANDIDATES) is a Python 3.11 to 3.13 with venv: install one," \
	"or name it with PYTHON=..." >&2; exit 1

.PHONY: help report test test-all truth lint web bench bench-check lock clean FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile
	@echo "PYTHON=... chooses the interpreter: make test PYTHON=python3.12"

report: $(READY) ## train, measure and write build/report.docx
	$(PY) -m reportgen

test: $(READY) ## run the quick tests
	$(PY) -m pytest $(TWO)

test-all: $(READY) ## run all tests, the slow ones too
	$(PY) -m pytest -m ''

truth: $(READY) ## compute everything again, by other code, under 25 settings: docs/truth.md
	$(PY) -m tests.truth

lint: $(READY) ## ruff, layers, types
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(VENV)/bin/lint-imports
	$(PY) -m mypy

# What checks scripts comes by npm; nothing of it is needed to use the program, or to test it in Python.
web: tests/web/node_modules/ready ## check, lint and test the scripts of the page (needs Node 20)
	cd tests/web && npm run --silent types && npm run --silent lint && npm run --silent test

tests/web/node_modules/ready: tests/web/package-lock.json
	cd tests/web && npm ci --silent
	touch $@

bench: $(READY) $(PEERS) ## measure beside Keras, PyTorch, JAX and notebooks: benchmarks/RESULTS.md
	$(PY) -m benchmarks

bench-check: $(READY) $(PEERS) ## fail if a ratio is more than 20% worse than the last bench
	$(PY) -m benchmarks --check

# Each package by itself: one that cannot be installed is reported as missing in the results and keeps none of the others away.
$(PEERS): benchmarks/requirements.txt
	rm -rf .venv-bench
	$(PY) -m venv .venv-bench
	@while read -r package; do echo "installing $$package"; \
		.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check "$$package" || echo "$$package: missing"; \
	done < benchmarks/requirements.txt
	touch $@

# uv keeps the pins that still fit. One version of each package for all platforms, so that all run the same code.
lock: ## bring requirements.lock up to date with pyproject.toml
	@set -e; python=`$(FIND_PYTHON)`; tools=`mktemp -d`; trap 'rm -rf "$$tools"' EXIT; \
	"$$python" -m venv "$$tools"; \
	"$$tools/bin/pip" install --quiet "$(UV)"; \
	"$$tools/bin/uv" --no-config pip compile pyproject.toml --group dev --output-file requirements.lock --quiet \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-annotate

clean: ## remove .venv, .venv-bench and caches; documents in build/ and figures/ stay
	rm -rf $(VENV) .venv-bench dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find reportgen tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A .venv whose Python is gone, or is another than the one asked for, is made again.
version = $(shell { "$1" -c 'import sys; print(sys.version)'; } 2>/dev/null)
ifneq ($(call version,$(PY)),$(or $(call version,$(or $(PYTHON),$(PY))),none))
$(READY): FORCE
endif

# The mark is set last: an installation that was interrupted starts afresh.
$(READY): requirements.lock pyproject.toml
	@set -e; python=`$(FIND_PYTHON)`; echo "making $(VENV) with $$python"; rm -rf $(VENV); "$$python" -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
