# make demo   ask a real code base a question
# make test   run the tests
# make test-all   run the slow tests too
# make check  format, lint, types

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# A process takes over a GB: it imports torch.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal

.PHONY: help demo test test-all check format clean

help: ## say what there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /	/'

# The stamps make the second run fast: an environment is made again only when its inputs change.
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("diglot needs Python 3.11 or newer; set PYTHON=python3.x" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

demo: $(VENV)/.base ## search Python's own standard library
	$(BIN)/python -m diglot search --package json "where are escape sequences in strings decoded" -k 3 --snippet-lines 6
	@echo
	$(BIN)/python -m diglot search --package email "fold a long header over several lines" -k 3 --snippet-lines 6
	@echo
	$(BIN)/python -m diglot search --package asyncio "wait until one of several tasks is done" -k 3 --snippet-lines 6

test: $(VENV)/.test ## run the test suite
	$(BIN)/python -m pytest $(PARALLEL)

test-all: $(VENV)/.test ## run the test suite and the slow tests
	$(BIN)/python -m pytest $(PARALLEL) --all

check: $(VENV)/.dev ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment
	rm -rf $(VENV)
