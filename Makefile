# Every target sets itself up in .venv; nothing but python3 (3.11 or newer), make and git is assumed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
UV     := uv==0.13.9
LOCK    = $(PY) -m uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra serve $(LOCKFLAGS)
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help dev demo test check format-check lint types contracts docs-check format bench docs image-root lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: $(VENV)/.ready ## set up .venv: the locked dependencies and the auditor itself, editable

demo: $(VENV)/.ready ## audit a bundled cluster with drift in it, against local servers
	@# 1 says that drift was found, which is what the demo is for
	@$(BIN)/auditor demo $(ARGS) || test $$? -eq 1

test: $(VENV)/.ready ## run the tests (ARGS="-k name" and the like go to pytest)
	@$(PY) -m pytest $(ARGS)

check: format-check lint types contracts docs-check ## everything but the tests that a change has to pass

format-check: $(VENV)/.ready ## are the files formatted?
	@$(BIN)/ruff format --check auditor tests

lint: $(VENV)/.ready ## ruff
	@$(BIN)/ruff check auditor tests

types: $(VENV)/.ready ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/.ready ## which room may import which
	@$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

docs-check: $(VENV)/.ready ## do the generated parts of the documentation agree with the code?
	@$(PY) -m tests.docs --check
	@$(PY) -m tests.demo --check
	@$(PY) -m tests.install.one_file --check
	@$(PY) -m tests.operate.generated --check

format: $(VENV)/.ready ## format the files and mend what ruff can mend
	@$(BIN)/ruff check --fix-only -q auditor tests
	@$(BIN)/ruff format auditor tests

bench: $(VENV)/.ready ## measure speed and memory
	@$(PY) -m tests.bench $(ARGS)

docs: $(VENV)/.ready ## write the generated parts of the documentation anew
	@$(PY) -m tests.docs
	@$(PY) -m tests.demo
	@$(PY) -m tests.install.one_file
	@$(PY) -m tests.operate.generated

image-root: ## build the root tree of the image in build/root, without a container engine
	@config/image/root.sh build/root

lock: $(VENV)/.ready ## resolve the dependencies anew (LOCKFLAGS=--upgrade takes newer releases)
	@$(PY) -m pip install -qq $(UV)
	@$(LOCK) -o requirements.lock
	@$(LOCK) -c requirements.lock --group dev -o requirements-dev.lock

clean: ## remove .venv and everything else that was made
	rm -rf $(VENV) .cache .hypothesis build dist
	find auditor tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps, so that a new version number does not install every dependency again.
$(VENV)/.locked: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "The auditor needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV)" >&2
	@$(PY) -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(PY) -m compileall -qq $(VENV)/lib || :
	@touch $@

$(VENV)/.ready: $(VENV)/.locked pyproject.toml auditor/__init__.py
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(PY) -m compileall -qq auditor || :
	@touch $@
