# Bida. `make run` starts it, `make test` tests it; each sets up what it needs.
PORT ?= 8000
# HTTPS=1 serves https to the network, for tablets; without it http to this machine alone.
HTTPS ?=
PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --require-hashes
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/django.po)

# A working day's night, and golden week; what of the suite `make test` runs then too.
CLOCKS := 2026-05-20T02:30 2026-10-02T10:00
CLOCKED := tests/test_clock.py tests/inquiries/test_chasing.py tests/inquiries/test_pages_of_the_desk.py tests/bureaus/telling
# Tests of one file run one after another, files beside each other, each process on a server of its own; in the order of
# tests/conftest.py, which begins with the long ones.
PYTEST := -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
KILLS ?= 300
LIVES ?= 300
SEED ?=

.PHONY: run test test-clock check bench bench-kill bench-lives setup setup-dev clean lock messages screenshots
.DEFAULT_GOAL := run

run: setup
	@$(if $(HTTPS),BIDA_HTTPS="$(HTTPS)") exec $(PY) -m config.supervisor "$(PORT)"

setup: .venv/.runtime node_modules/.ready .venv/.messages

setup-dev: setup .venv/.dev

test: setup-dev
	@$(PY) -m tools.chromium
	@$(PY) $(PYTEST) $(ARGS)
	@$(if $(ARGS),,for at in $(CLOCKS); do echo "The same at $$at:"; BIDA_TEST_CLOCK=$$at $(PY) $(PYTEST) -q $(CLOCKED) || exit 1; done)

# The whole suite at night and on a holiday.
test-clock: setup-dev
	@for at in $(CLOCKS); do echo "The suite at $$at:"; BIDA_TEST_CLOCK=$$at $(PY) $(PYTEST) $(ARGS) || exit 1; done

check: setup-dev
	@$(PY) -m tools.check

bench: setup-dev
	@missed=0; for script in $(filter-out bench/__init__.py bench/kill.py,$(wildcard bench/*.py)); do $(PY) -m "bench.$$(basename "$$script" .py)" || missed=1; done; exit $$missed

# Worker, beat, web, broker and database are killed KILLS times at moments drawn from SEED.
bench-kill: setup-dev
	@$(PY) -m bench.kill $(KILLS) $(SEED)

# LIVES sequences of acts, drawn from SEED, of which `make test` plays six: nothing owed is ever without a next chase.
bench-lives: setup-dev
	@BIDA_SEED=$(SEED) STATEFUL_EXAMPLES=$(LIVES) $(PY) -m pytest -s tests/inquiries/test_stateful.py -k nothing_owed

# Brings every lock up to date with its .in file.
lock: .venv/.dev
	@for set in requirements requirements-dev requirements-node; do .venv/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header $$set.in -o $$set.txt || exit 1; done

# The pictures of README and docs, from a fictional example of their own.
screenshots: setup-dev
	@$(PY) -m tools.chromium
	@$(PY) -m tools.screenshots

messages: setup-dev
	@$(PY) -m tools.messages extract

clean:
	@$(PYTHON) -c 'import shutil, pathlib; [shutil.rmtree(p.resolve(), ignore_errors=True) for p in [*pathlib.Path("var").glob("postgres"), *pathlib.Path("var").glob("bench/postgres"), *map(pathlib.Path, [".venv", "node_modules", "var", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache"])]]'

$(PY):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Bida needs Python 3.11 or newer; name one by `make PYTHON=python3.12`.")'
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv || (echo "Python cannot make a virtual environment here: on Debian and Ubuntu install python3-venv."; rm -rf .venv; exit 1)

.venv/.runtime: requirements.txt | $(PY)
	@echo "Installing the Python packages, about a minute …"
	@$(PIP) --progress-bar off -r requirements.txt
	@$(PY) -m pip check --disable-pip-version-check
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@echo "Installing what tests and checks need …"
	@$(PIP) --progress-bar off -q -r requirements-dev.txt
	@touch $@

.venv/.messages: $(CATALOGUES) tools/messages.py .venv/.runtime
	@$(PY) -m tools.messages compile
	@touch $@

node_modules/.ready: package-lock.json .venv/.runtime
	@echo "Installing the style sheets and charts …"
	@if command -v npm >/dev/null; then npm ci --ignore-scripts --loglevel=error; \
	else echo "There is no npm here: a wheel brings one, about a minute …"; \
	  $(PIP) -q -r requirements-node.txt && $(PY) -m tools.npm ci --ignore-scripts --loglevel=error; fi
	@touch $@
