# Every target sets up what it needs: a virtual environment in .venv with the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-slow faults lint bench bundles weights docs types clean

demo: $(READY)
	$(BIN)/brainaging demo --out demo

# Two processes with one thread each: files are shared out whole, since their fixtures cost most.
test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

# Broken inputs and hostile surroundings, judged; typed again it goes on where it was.
faults: $(READY)
	$(BIN)/python tests/faults/campaign.py --out build/faults

lint: $(READY) types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p brainaging.transforms -p brainaging.networks -p brainaging.pipeline -p brainaging.bundles
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/house

bench: $(READY)
	$(BIN)/python -W ignore benchmarks/bench.py

# The bundles' configs from their sources, in which what bundles share stands once.
bundles: $(READY)
	$(BIN)/python -m brainaging.bundles.compose

# The weights that ship, trained by their recipes and put into the bundles with what was measured of them.
DATA ?= ../shared/data
WEIGHTS := t1w_sex_classifier t1w_age_regressor t1w_autoencoder t1w_gan t1w_latent_encoder t1w_conditional_generator morphometry_autoencoder edit
weights: $(READY)
	for name in $(WEIGHTS); do $(BIN)/brainaging weights $$name --out build/weights --install \
		--table $(DATA)/aomic_piop2 --real-scans $(DATA)/ds002748 || exit 1; done

# The documentation site in build/site; once its tools are installed nothing is fetched.
docs: $(VENV)/.docs types
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

$(VENV)/.docs: $(READY)
	$(BIN)/pip install --quiet -c constraints.txt -e ".[docs]"
	touch $(VENV)/.docs

# mypy and editors see the four folders as one namespace through these links.
types:
	mkdir -p build/types/brainaging
	for folder in transforms networks pipeline bundles; do ln -sfn ../../../$$folder build/types/brainaging/$$folder; done

$(READY): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "brain-aging needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	PIP_CONSTRAINT=constraints.txt $(BIN)/pip install --quiet -c constraints.txt -e ".[test,lint]"
	touch $(READY)

clean:
	rm -rf $(VENV) build demo
