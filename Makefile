# Everything a reader or a developer runs. All of it happens in .venv, which the first target makes.
# Three files pin the exact versions and hashes: for reading, for running chapters, for testing. Each is
# installed when a target needs it, and again only when that file or pyproject.toml changes.

PYTHON ?= python3
BIN := .venv/bin
READING := .venv/.reading
LIVE := .venv/.live
TESTING := .venv/.testing
CHAPTERS := $(wildcard chapters/*.ipynb)

SHELL := bash

.PHONY: help
help: ## Say what can be made (the default)
	@grep -hE '^[a-z]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.* ## /  make \1\t/' | expand -t 24

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "LSTM Blues needs Python 3.11, 3.12 or 3.13. '$(PYTHON)' is none of them: name one, as in make book PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -m venv .venv

# Installs a file of pins and counts what pip has collected so far. Only files of a pinned hash are taken,
# and the pins are all that is needed, which `pip check` confirms. PyTorch's build comes from a folder that
# pip was told of (PIP_FIND_LINKS), if one has it: beside hashes, pip would prefer PyPI's, with CUDA.
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := $(PIP) install --no-deps --require-hashes
define install
	@echo "Installing what $(1) needs ($<), once:"
	@sed -n '/^torch==/,/[^\]$$/p' $< | $(LOCKED) --quiet --no-index -r /dev/stdin > /dev/null 2>&1 || true
	@set -o pipefail; $(LOCKED) --progress-bar off -r $< \
		| awk '/^Collecting/ {printf "\r  %d packages", ++n; fflush()} END {print (n ? "" : "  all there already")}'
	@! $(PIP) show torch 2> /dev/null | grep -q '^Requires:.*cuda' || $(LOCKED) -r requirements-cuda.txt
	@$(PIP) install --quiet --no-deps --editable .
	@$(PIP) check > /dev/null || $(PIP) check
	@touch $@
endef

$(READING): requirements.txt pyproject.toml | $(BIN)/python
	$(call install,reading)

$(LIVE): requirements-live.txt pyproject.toml | $(BIN)/python
	$(call install,running chapters)

$(TESTING): requirements-test.txt pyproject.toml | $(BIN)/python
	$(call install,testing)

# A failed build forgets what it has read, so that the next one shows the same warnings again.
.PHONY: book
book: $(READING) ## Build the book: _build/html/index.html
	@echo "Building the book: its recordings first, then its pages (a minute the first time)"
	@$(BIN)/jupyter-book build . -W --keep-going --quiet || { rm -rf _build/.doctrees; exit 1; }
	@echo "The book is built: open _build/html/index.html"

.PHONY: live
live: $(LIVE) ## Open the chapters in JupyterLab, to run and to change
	$(BIN)/jupyter lab

# What hangs on linear algebra is tested a second time, as if on another processor: NumPy, SciPy and
# PyTorch then round otherwise, as tests/test_kernels.py makes sure. (Compiled learning needs none of them.)
OTHERWISE := OPENBLAS_CORETYPE=Prescott NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4" \
	MKL_CBWR=COMPATIBLE ATEN_CPU_CAPABILITY=default
ROUNDING := $(addprefix tests/,test_kernels.py composing evidence/inside evidence/memory evidence/novelty \
	evidence/page_of_2002 figures/test_choruses.py figures/test_portraits.py network training)

# Files of tests are shared out among the cores; those that time a browser's sound run by themselves.
.PHONY: test
test: lint ## Run every test: style, package, chapters, and the built book in a browser
	$(BIN)/python -m pytest -n auto --dist loadfile tests --ignore tests/built_book
	$(OTHERWISE) $(BIN)/python -m pytest -n auto --dist loadfile $(ROUNDING) --ignore tests/network/compiled
	$(BIN)/python -m pytest -n auto --dist loadfile --nbval chapters/
	$(MAKE) book
	$(BIN)/python -m pytest tests/built_book

.PHONY: fuzz
fuzz: $(TESTING) ## Try thousands of odd inputs at every boundary (half an hour)
	$(BIN)/python -m pytest -q tests/fuzz --hypothesis-profile=fuzz

# mutmut keeps what has run in mutants/; remove that folder to begin again.
.PHONY: mutants
mutants: $(TESTING) ## See which small changes of the core modules no test notices (an hour; needs the network)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet mutmut==3.8.1
	$(BIN)/python tests/mutants.py

.PHONY: lint
lint: $(TESTING) ## Check style with Ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(TESTING) ## Put code and notebooks in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: notebooks
notebooks: $(LIVE) ## Run every chapter and keep its outputs (after a change to a chapter)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False $(CHAPTERS)
	$(BIN)/python -m lstmblues.book.light_pictures $(CHAPTERS)

# What reading and running need has the versions that were tested. CUDA's packages have a file of their
# own: PyTorch's CPU build asks for none of them.
COMPILE := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-annotate \
	--generate-hashes --custom-compile-command "make requirements"
TESTED := --constraint requirements-test.txt

.PHONY: requirements
requirements: ## Work out the files of pins from pyproject.toml (needs uv; UPGRADE=--upgrade for newer)
	$(COMPILE) $(UPGRADE) --extra test --output-file requirements-test.txt
	$(COMPILE) $(TESTED) --extra book --extra live --output-file requirements-live.txt
	$(COMPILE) $(TESTED) --extra book --output-file requirements.txt
	$(PYTHON) .ci/pins.py requirements-cuda.txt requirements-test.txt requirements-live.txt requirements.txt

.PHONY: kills
kills: $(LIVE) ## Kill long commands many times, and see that nothing is lost (half an hour)
	$(BIN)/python tests/kills.py

.PHONY: benchmark
benchmark: $(LIVE) ## Time a step of learning, beside its twins and a lower bound
	OMP_NUM_THREADS=1 $(BIN)/python tests/benchmark.py

# The tables of chapters 1, 6, 7, 10, 11 and 12, and of the listening room. What was interrupted goes on where it
# stopped; to begin again, remove data/results/*.jsonl first.
.PHONY: sweeps
sweeps: $(LIVE) ## Train the networks behind the book's tables (four hours on two cores)
	$(BIN)/python -m lstmblues sweep chords --seeds 0:200 --out data/results/chord-seeds.jsonl
	$(BIN)/python -m lstmblues sweep chords --variant printed --seeds 0:200 --out data/results/chord-printed-seeds.jsonl
	$(BIN)/python -m lstmblues sweep blues --seeds 0:50 --out data/results/blues-seeds.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/chord-settings.toml --out data/results/chord-settings.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/resets.toml --out data/results/resets.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/papers-protocol.toml --out data/results/papers-protocol.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/resets-slower.toml --out data/results/resets-slower.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/resets-printed-rate.toml --out data/results/resets-printed-rate.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/as-printed.toml --out data/results/as-printed.jsonl
	$(BIN)/python -m lstmblues sweep blues --plan data/plans/experiment-2.toml --out data/results/experiment-2.jsonl
	$(BIN)/python -m lstmblues search --seeds 0:10 --out data/results/compositions.jsonl
	$(BIN)/python -m lstmblues probe --seeds 0:20 --out data/results/probes.jsonl
	$(BIN)/python -m lstmblues probe --seeds 40:60 --out data/results/probes-blind.jsonl
	$(BIN)/python -m lstmblues probe --ladders --seeds 20:50 --out data/results/ladders.jsonl
	$(BIN)/python -m lstmblues baselines --plan data/plans/baseline-search.toml --out data/results/baseline-search.jsonl
	$(BIN)/python -m lstmblues baselines --plan data/plans/baselines.toml --out data/results/baselines.jsonl
	$(BIN)/python -m lstmblues baselines --plan data/plans/small-networks.toml --out data/results/small-networks.jsonl
	$(BIN)/python -m lstmblues survey --seeds 0:20 --out data/results/survey.jsonl
	$(BIN)/python -m lstmblues survey --places --seeds 0:20 --out data/results/places.jsonl
	$(BIN)/python -m lstmblues survey --groups --seeds 0:20 --out data/results/groups.jsonl

.PHONY: wheel
wheel: $(BIN)/python ## Build the package as a wheel, in dist/
	$(PIP) wheel --quiet --no-deps --wheel-dir dist .

.PHONY: bookzip
bookzip: book ## Put the built book into a zip, in dist/, to read it anywhere
	mkdir -p dist && rm -f dist/lstm-blues.zip
	$(BIN)/python -m zipfile -c dist/lstm-blues.zip _build/html

.PHONY: clean
clean: ## Remove what was made, but for .venv
	rm -rf _build _static/recordings dist
