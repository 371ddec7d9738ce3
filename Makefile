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

test: .venv/test-installed
	$(BIN)/python -m pytest -n 2 --dist loadfile --nbval --doctest-modules activity_sim tests notebooks

test-fast: .venv/test-installed
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
