# Everything a developer or a newcomer does: `make tour` and `make test` need only Python 3.11+ (with venv) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
GOLDEN ?= ../shared/golden
JOBS ?= 2

.PHONY: help install tour test compat check fix golden lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: $(STAMP)  ## make .venv with rolecall, pulumi-rolecall and the tools

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rolecall needs Python 3.11 or newer; set PYTHON=python3.12, for example")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing rolecall into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

tour: install  ## run the whole story on the sandbox
	@$(BIN)/rolecall tour

test: install  ## run the tests
	@$(BIN)/python -m pytest -n $(JOBS)

compat: install  ## run programs through older Pulumi SDKs, each in an environment of its own (made once, some minutes)
	@ROLECALL_COMPAT=1 $(BIN)/python -m pytest -m compat --timeout 600

check: install  ## lint, types and the import contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell README.md CONTRIBUTING.md CHANGELOG.md docs src

fix: install  ## let the linters mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

golden: install  ## compare with what the real Pulumi CLI was recorded doing
	@if [ -f $(GOLDEN)/compare.py ]; then \
	  $(BIN)/python $(GOLDEN)/compare.py --cli $(BIN)/rolecall $(ARGS); \
	else echo "no recordings at $(GOLDEN): they are not part of the repository; set GOLDEN=DIR"; fi

lock:  ## compile requirements.txt from pyproject.toml (hashes, no host names)
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --quiet pip-tools
	@$(VENV)-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header \
	  --extra sandbox --extra examples --extra dev --output-file requirements.txt pyproject.toml
	@rm -rf $(VENV)-lock

clean:  ## remove what was made
	rm -rf $(VENV) $(VENV)-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis
