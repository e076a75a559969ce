# The two commands that matter: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
OFFLINE := { echo "What Tashbik needs could not be installed (see above). Without a network it cannot be the first time; try again." >&2; exit 1; }
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check install install-dev bench lock messages clean help

run: install
	@$(BIN)/tashbik demo --data ./demo-data

test: install-dev
	@bash tests/run

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install-dev
	$(BIN)/python -m benchmarks

install: .venv/installed
install-dev: .venv/installed-dev

.venv/bin/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "python3-venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/pip requirements/build.txt requirements/run.txt pyproject.toml
	@echo "Installing (once; a minute or two) …"
	@$(BIN)/pip install -q --require-hashes -r requirements/build.txt || $(OFFLINE)
	@$(BIN)/pip install -q --use-pep517 --require-hashes -r requirements/run.txt || $(OFFLINE)
	@PYTHONWARNINGS=ignore $(BIN)/pip install -q --no-deps --no-build-isolation -e . || $(OFFLINE)
	@$(BIN)/python -m node.catalogues
	@$(BIN)/python -m compileall -q node keys federation web
	@touch $@

.venv/installed-dev: .venv/installed requirements/dev.txt
	@$(BIN)/pip install -q --use-pep517 --require-hashes -r requirements/dev.txt || $(OFFLINE)
	@touch $@

lock:
	$(BIN)/pip-compile -q --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --strip-extras --allow-unsafe -o requirements/run.txt pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --strip-extras --allow-unsafe --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml

clean:
	rm -rf .venv build *.egg-info

help:
	@echo "make run      two networks with demonstration content, on this machine"
	@echo "make test     every test"
	@echo "make check    style and types"
	@echo "make bench    how fast this machine is with it"
	@echo "make install  what a node needs, into .venv"
	@echo "make clean    away with .venv; nodes and their folders stay"
