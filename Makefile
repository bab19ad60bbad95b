# Two commands do everything, set-up included:  make demo   make test
.DELETE_ON_ERROR:
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint setup clean

demo: setup
	$(BIN)/spikeloom demo -o demo-out

test: setup lint
	# Two workers share two cores: further threads of numpy would only wait for each other.
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadgroup
	$(BIN)/python -m tools.coverage --fabric crossbar --runs 3 --least 97 -o coverage

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt tools/setup.sh
	PYTHON="$(PYTHON)" bash tools/setup.sh

clean:
	rm -rf .venv demo-out coverage runs .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
