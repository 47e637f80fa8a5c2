# The menu: `make`. What CI runs: `make check`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo test slow lint check regenerate current bench lock

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with everything locked, then the prooflane command
	@$(PYTHON) template/controls/setup.py .
	@$(MAKE) --silent $(BIN)/prooflane

$(BIN)/prooflane: pyproject.toml
	@$(BIN)/uv pip install --quiet --offline --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## create a tier-2 repository in demo/, ask it a question, run its checks and eval gate
	@[ ! -e demo ] || { echo "removing the demo/ of last time"; rm -rf demo; }
	@GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com \
	  $(BIN)/prooflane new demo --tier 2 --set project_name="Help centre" --defaults

test: setup ## the fast tests
	@$(BIN)/python -m pytest -n 3 -rs --durations=10

slow: setup ## generated repositories run their own checks (minutes)
	@$(BIN)/python -m pytest -m slow -n 2 -rs --durations=10

lint: setup ## ruff, mypy strict, layers, generated files and docs up to date
	@$(BIN)/python tests/lint.py

current: ## fail when a generated file (lists, pages, golden trees) is not what its source makes
	@$(BIN)/python tests/regenerate --check

regenerate: setup ## write managed lists, CONTROLS.md, golden trees and reference pages anew
	@$(BIN)/python tests/regenerate

check: lint test slow ## exactly what CI runs

bench: setup ## ratios against the peers, in one run
	@for bench in tests/bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

lock: ## compile the hash-locked requirements anew
	@$(BIN)/uv pip compile --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --upgrade -o template/controls/requirements.txt template/controls/requirements.in
	@$(BIN)/uv pip compile --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  -c template/controls/requirements.txt -o requirements.txt requirements.in
