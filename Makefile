# Everyday commands. Each one sets up what it needs; `make demo` and `make test` are all a newcomer has to know.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Images of Python often forbid it to keep what it has compiled. Tests start hundreds of processes, and each would spend a
# second of its four on compiling us anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help env env-dev demo test test-clients simulate survive explore lint types format bench images ci clean

help: ## Lists these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "rollset needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: constraints/run.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) from constraints/run.txt ..." >&2
	@$(PIP) install --require-hashes --requirement constraints/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.done: constraints/dev.txt $(VENV)/run.done
	@echo "Adding what the tests need, from constraints/dev.txt ..." >&2
	@$(PIP) install --require-hashes --requirement constraints/dev.txt
	@touch $@

env: $(VENV)/run.done ## Makes .venv with rollset in it, from the pinned constraints.

env-dev: $(VENV)/dev.done

demo: env ## Rolls an emulated scale set of 20 instances while a client sends requests to it.
	@$(BIN)/rollset demo

# Other people's clients, each in an environment of its own: the tests run them as their users do.
CLIENTS := .clients
$(CLIENTS)/%.done: constraints/clients-%.txt | $(BIN)/python
	@echo "Setting up $(CLIENTS)/$* from $< ..." >&2
	@$(BIN)/python -m venv --clear $(CLIENTS)/$*
	@# What is used gets compiled when it is; most of these packages never are, and would take twice the room.
	@$(CLIENTS)/$*/bin/python -m pip --quiet --disable-pip-version-check install --no-compile --require-hashes --requirement $<
	@touch $@

# Extensions of the Azure CLI: a folder each, as `az extension add` makes it.
$(CLIENTS)/az-extensions.done: constraints/clients-az-extensions.txt | $(BIN)/python
	@echo "Setting up $(CLIENTS)/az-extensions from $< ..." >&2
	@rm -rf $(CLIENTS)/az-extensions
	@$(PIP) install --require-hashes --no-deps --target $(CLIENTS)/az-extensions/resource-graph --requirement $<
	@touch $@

$(CLIENTS)/node.done: tests/clients/node/package-lock.json
	@command -v npm > /dev/null \
	  || { echo "Microsoft's JavaScript client needs Node.js and npm; install them, then run this again." >&2; exit 1; }
	@echo "Setting up $(CLIENTS)/node from $< ..." >&2
	@mkdir -p $(CLIENTS)/node && cp tests/clients/node/package*.json $(CLIENTS)/node/
	@npm ci --silent --no-audit --no-fund --prefix $(CLIENTS)/node
	@touch $@

test: env-dev $(CLIENTS)/azurerm.done ## Runs the tests; what kills real processes for minutes is `make survive`.
	@scripts/need-postgres
	@scripts/need-chromium
	@$(BIN)/python -m pytest --numprocesses 3 --dist worksteal --ignore tests/survival

test-clients: env-dev $(patsubst %,$(CLIENTS)/%.done,azurerm az az-extensions node ansible) ## Runs other people's clients against the emulator; installs gigabytes.
	@ROLLSET_CLIENTS=all $(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests/clients

SEEDS ?= 1000
simulate: env-dev ## Plays whole rollouts drawn from seeds, crashes and all: make simulate SEEDS=10000.
	@$(BIN)/python -m tests.simulation $(SEEDS)

KILLS ?= 30
survive: env-dev ## Kills real processes in the middle of their work, so many workers on each database: make survive KILLS=300.
	@scripts/need-postgres
	@ROLLSET_KILLS=$(KILLS) ROLLSET_CRASHES=all \
	  $(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests/survival tests/simulation/test_crashes.py

explore: env-dev ## Draws thousands of new examples for the property tests; takes minutes.
	@ROLLSET_PROPERTIES=explore $(BIN)/python -m pytest --numprocesses 2 -k "properties or fuzz or hostile"

lint: env-dev ## Checks style and formatting.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: env-dev ## Checks the types, strictly.
	@$(BIN)/mypy

format: env-dev ## Mends what the linter can mend by itself.
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: env-dev ## Measures speed and memory as ratios, and requests as counts.
	@$(BIN)/python -m bench

images: env-dev ## Makes the pictures in docs/images anew, from real runs.
	@$(BIN)/python scripts/images.py
	@scripts/need-chromium
	@ROLLSET_PICTURES=docs/images $(BIN)/python -m pytest --numprocesses 0 --quiet tests/web/test_pictures.py

ci: ## What CI runs.
	@.ci/run

clean: ## Removes the environment and every cache.
	@rm -rf $(VENV) $(CLIENTS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
