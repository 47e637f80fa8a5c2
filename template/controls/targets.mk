# The targets that every repository has. Yours go into Makefile, below its include of this file.
# Logic lives in Python: this file only says which module answers.

PYTHON ?= python3
IN := .venv/bin/python
SET ?= smoke_v1
MENU = controls/targets.mk $(filter-out controls/targets.mk,$(MAKEFILE_LIST))

# a question may hold $, quotes and spaces: it travels in the environment, never through make or shell
override Q := $(value Q)
override RUN := $(value RUN)
export Q RUN

.DEFAULT_GOAL := help
.PHONY: help setup check eval ask trace lock doctor

help: ## show this menu
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MENU)

setup: ## install the environment into .venv (once; 115 MB to download)
	@$(PYTHON) controls/setup.py

check: $(IN) ## lint, types, tests, evals and controls: what CI runs, offline
	@$(IN) -m controls verify

eval: $(IN) ## run one eval set: make eval SET=hard_v1
	@$(IN) -m evals.run --set "$(SET)"

ask: $(IN) ## ask the workflow: make ask Q="how do I reset my password?"
	@$(IN) -m controls ask -- "$$Q"

trace: $(IN) ## show the last run, or one: make trace RUN=<id>
	@$(IN) -m controls trace $${RUN:+"$$RUN"}

lock: $(IN) ## pin requirements.in, with hashes, into requirements.txt
	@$(IN) -m controls lock

doctor: ## what this machine and this forge still lack
	@if [ -x $(IN) ]; then $(IN) -m controls doctor; else $(PYTHON) -m controls doctor; fi

$(IN):
	@echo "error: the environment is not set up" >&2; echo "hint: make setup" >&2; exit 2
