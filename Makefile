# Everything a person runs. Only Python 3.11 or newer and the package registries are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# -B: no byte code beside the sources, so that a read-only checkout works too.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: preview test check format goldens lock bench clean help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

preview: $(VENV)/.cloud ## recommend and dry-run the AWS example; needs no account
	@$(BIN)/moorage recommend examples/acme-aws.yaml
	@echo
	@$(BIN)/moorage preview examples/acme-aws.yaml

test: $(VENV)/.dev ## every test that needs Python packages only
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.dev ## what a commit must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m tests.refresh --check

format: $(VENV)/.dev ## lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

goldens: $(VENV)/.dev ## rewrite the goldens and the published schema; read the diff before you commit
	$(BIN)/python -m tests.refresh

bench: $(VENV)/.bench ## ratios against the peers, side by side in one run
	$(BIN)/python -m benchmarks

lock: $(VENV)/.dev ## pin the newest allowed versions again
	$(PIP) install uv
	sh requirements/lock.sh $(BIN)/uv

clean: ## forget the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if v >= (3, 11) else f"moorage needs Python 3.11 or newer, and {sys.executable} is {v[0]}.{v[1]}. Name another: make PYTHON=/path/to/python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.cloud: pyproject.toml requirements/cloud.txt | $(BIN)/python
	@echo "setting up $(VENV) (about a minute the first time)"
	@$(PIP) install --require-hashes -r requirements/cloud.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements/dev.txt | $(BIN)/python
	@echo "setting up $(VENV) with the development tools (about a minute the first time)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.cloud

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@
