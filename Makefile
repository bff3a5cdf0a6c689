# make demo    the whole loop on the demo task, then the application (ARGS=--headless ends after the report)
# make test    everything that is checked, then every test
# make check   format, lint, types, import contract
# make setup   only the virtual environment
SHELL := /bin/bash
BIN := .venv/bin
ARGS ?=
TESTS ?= tests

.PHONY: demo test check format setup setup-dev clean
.DEFAULT_GOAL := demo

demo: setup
	@$(BIN)/workbench demo $(ARGS)

test: check
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest $(TESTS) $(ARGS)

check: setup-dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup-dev
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

setup:
	@scripts/setup.sh

setup-dev:
	@scripts/setup.sh dev

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
