# make demo        set up and run the main job on shipped data
# make test        set up and pass all tests (long proofs at about a tenth of their size)
# make test-fast   the quick tests only
# make prove       the long proofs in full; their figures go to out/figures.md
# make bench       the benchmarks in full, beside other engines where '.[bench]' is installed
# make check       formatting, lint and types

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-fast prove bench check clean

demo: .venv/installed
	$(BIN)/activity-sim run data/bank.toml --replications 4 --out out/demo --plot

test: .venv/test-installed .venv/browser
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --nbval --doctest-modules notebooks tests activity_sim

test-fast: .venv/test-installed .venv/browser
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" --doctest-modules activity_sim tests

prove: .venv/test-installed
	PROVE=1 $(BIN)/python -m pytest -n 2 --dist loadfile tests --ignore tests/benchmarks

bench: .venv/test-installed
	PROVE=1 $(BIN)/python -m pytest tests/benchmarks

check: .venv/test-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf .venv out build *.egg-info

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/test-installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@ .venv/installed

# What the tests of the page need besides Python: a browser, and the rules of accessibility that it checks. Where one of
# them cannot be had, these tests are skipped with the reason.
.venv/browser: .venv/test-installed
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 || echo "no Chromium: the tests of the page in a browser will be skipped"
	@npm install --silent --no-fund --no-audit --prefix .venv/node axe-core@4.14.1 >/dev/null 2>&1 || echo "no axe-core: the test of accessibility will be skipped"
	@touch $@
