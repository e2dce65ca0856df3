# Everything a reader or a developer runs. The first target that needs it makes .venv with the exact
# versions of requirements.txt; nothing is installed again until that file or pyproject.toml changes.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
CHAPTERS := $(wildcard chapters/*.ipynb)

.PHONY: help
help: ## Say what can be made (the default)
	@grep -hE '^[a-z]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.* ## /  make \1\t/' | expand -t 24

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "LSTM Blues needs Python 3.11, 3.12 or 3.13. '$(PYTHON)' is none of them: name one, as in make book PYTHON=python3.12"; \
		exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	@touch $@

# A failed build forgets what it has read, so that the next one shows the same warnings again.
.PHONY: book
book: $(INSTALLED) ## Build the book: _build/html/index.html
	$(BIN)/jupyter-book build . -W --keep-going --quiet || { rm -rf _build/.doctrees; exit 1; }
	@echo "The book is built: open _build/html/index.html"

# Files of tests are shared out among the cores; those that time a browser's sound run by themselves.
.PHONY: test
test: lint ## Run every test: style, package, chapters, and the built book in a browser
	$(BIN)/python -m pytest -n auto --dist loadfile tests --ignore tests/built_book
	$(BIN)/python -m pytest -n auto --dist loadfile --nbval chapters/
	$(MAKE) book
	$(BIN)/python -m pytest tests/built_book

.PHONY: lint
lint: $(INSTALLED) ## Check style with Ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(INSTALLED) ## Put code and notebooks in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: notebooks
notebooks: $(INSTALLED) ## Run every chapter and keep its outputs (after a change to a chapter)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False $(CHAPTERS)

# CUDA's packages are left out: they are of use to some machines only, and PyTorch's CPU build, the
# one that the README names, asks for none of them.
.PHONY: requirements
requirements: ## Work out requirements.txt from pyproject.toml (needs uv; UPGRADE=--upgrade for newer)
	uv pip compile --quiet --universal --python-version 3.11 --extra book --extra test $(UPGRADE) \
		--no-annotate --custom-compile-command "make requirements" \
		--output-file requirements.txt pyproject.toml
	sed -i.bak -E '/^(cuda|nvidia|triton)/d' requirements.txt && rm requirements.txt.bak

.PHONY: benchmark
benchmark: $(INSTALLED) ## Time a step of learning, beside its twins and a lower bound
	OMP_NUM_THREADS=1 $(BIN)/python tests/benchmark.py

# The tables of chapters 6, 7, 10, 11 and 12, and of the listening room. What was interrupted goes on where it
# stopped; to begin again, remove data/results/*.jsonl first.
.PHONY: sweeps
sweeps: $(INSTALLED) ## Train the networks behind the book's tables (two hours on two cores)
	$(BIN)/python -m lstmblues sweep chords --seeds 0:200 --out data/results/chord-seeds.jsonl
	$(BIN)/python -m lstmblues sweep blues --seeds 0:50 --out data/results/blues-seeds.jsonl
	$(BIN)/python -m lstmblues sweep chords --plan data/plans/chord-settings.toml --out data/results/chord-settings.jsonl
	$(BIN)/python -m lstmblues search --seeds 0:10 --out data/results/compositions.jsonl
	$(BIN)/python -m lstmblues probe --seeds 0:20 --out data/results/probes.jsonl
	$(BIN)/python -m lstmblues probe --seeds 40:60 --out data/results/probes-blind.jsonl
	$(BIN)/python -m lstmblues baselines --plan data/plans/baseline-search.toml --out data/results/baseline-search.jsonl
	$(BIN)/python -m lstmblues baselines --plan data/plans/baselines.toml --out data/results/baselines.jsonl
	$(BIN)/python -m lstmblues survey --seeds 0:20 --out data/results/survey.jsonl

.PHONY: clean
clean: ## Remove what was made, but for .venv
	rm -rf _build _static/recordings
