# Chores. Each works from a fresh clone: what it needs is fetched first.

BIN := .venv/bin
# Whole files go to the processes, the long ones first, so that no process is left with one at the end.
SHARED := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
.DEFAULT_GOAL := help

help: ## list the chores
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## make .venv with what the demo needs
	@deploy/bootstrap.sh runtime

setup-dev:
	@deploy/bootstrap.sh dev

demo: setup ## start everything with a plant in motion; ARGS="--help" tells more
	@$(BIN)/virtaama demo $(ARGS)

test: lint types ## check style and types, then run the tests, but for those of the chores below
	@$(BIN)/python -m deploy.stack --browser
	$(BIN)/pytest -m 'not slow and not exhaustive' $(SHARED) \
	    tests/browser tests/isolation tests/integration tests/house tests/unit

lint: setup-dev ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup-dev ## put the code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup-dev ## check types
	$(BIN)/mypy

crash: setup-dev ## kill what runs, and take away its broker, database and disk; ARGS="--seed new" at other moments
	@$(BIN)/python -m deploy.stack
	$(BIN)/pytest -m 'not slow' $(SHARED) $(ARGS) tests/crash

exhaustive: setup-dev ## run what `make test` leaves out: other zones, viewers, widths, proxies and stories
	@$(BIN)/python -m deploy.stack --browser
	$(BIN)/pytest -m 'exhaustive and not slow' $(SHARED) \
	    tests/browser tests/isolation tests/integration tests/house tests/unit

drawn: setup-dev ## run what draws its plants, readings and words, with others than `make test`, and more of them
	@$(BIN)/python -m deploy.stack --browser
	$(BIN)/pytest -m 'drawn and not slow' --seed new --rounds 5 $(SHARED)

slow: setup-dev ## run the tests that `make test` leaves out because they take long
	@$(BIN)/python -m deploy.stack --browser
	$(BIN)/pytest -m slow --timeout=900

bench: setup-dev ## measure speed; not part of the tests
	@$(BIN)/python -m deploy.stack
	$(BIN)/pytest tests/bench -o python_files='bench_*.py' -s --timeout=0

schema: setup-dev ## write schemas/sql/schema.txt: what all migrations make
	@$(BIN)/python -m deploy.stack
	@$(BIN)/python -m tests.fixtures.catalog

lock: ## choose the newest allowed packages and write the lock files
	@deploy/lock.sh

clean: ## remove what the chores made here, the demo's data included
	rm -rf .venv .virtaama .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

.PHONY: help setup setup-dev demo test lint format types crash exhaustive drawn slow bench schema lock clean
