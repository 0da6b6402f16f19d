# `make run` and `make test` do all of the set-up themselves, once, and again when the requirements change.

PYTHON ?= python3
UV     := $(shell command -v uv 2>/dev/null)
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test lint types screenshots clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.runtime ## start the server for development on http://127.0.0.1:8765
	@$(BIN)/breakout serve --dev

test: lint tests/js/node_modules/.installed ## run ruff, mypy and every test
	@$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.development ## run ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

types: $(VENV)/.development ## write breakout.d.ts and words.json anew from the contract and PROTOCOL.md
	@$(BIN)/python -m gateway.schema

screenshots: $(VENV)/.development ## look at every page in Chromium; pictures in docs/screenshots
	@$(BIN)/python -m tests.web.screenshots

clean: ## remove the environment and what the tools left behind (never data/)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov dist tests/js/node_modules

# The environment. A stamp file per set of requirements; the development set contains the runtime set.

ifdef UV
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
MAKE_VENV = $(UV) venv --quiet --python $(PYTHON) $(VENV)
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
MAKE_VENV = $(PYTHON) -m venv $(VENV)
endif

define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    sys.exit('breakout: needs Python 3.11 or newer, and $(PYTHON) is %d.%d; try: make PYTHON=python3.11' % sys.version_info[:2])
if '$(UV)' == '':
    try:
        import ensurepip, venv
    except ImportError:
        sys.exit('breakout: Python cannot make environments here; on Debian and Ubuntu: apt-get install python3-venv')
endef
export CHECK_PYTHON

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "breakout: there is no $(PYTHON); install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo "breakout: making $(VENV)"
	@$(MAKE_VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@echo "breakout: installing what the server needs"
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	@echo "breakout: installing what the tests need"
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

# What checks the JavaScript comes with npm; where that is not to be had those checks are left out, and say so.
tests/js/node_modules/.installed: tests/js/package-lock.json
	@command -v npm >/dev/null || { echo "breakout: there is no npm; tsc and the AsyncAPI parser are left out"; exit 0; }; \
	echo "breakout: installing what checks the JavaScript"; \
	npm ci --prefix tests/js --ignore-scripts --no-audit --no-fund --silent && touch $@ || \
	echo "breakout: npm could not install it; tsc and the AsyncAPI parser are left out"
