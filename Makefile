# The first two commands of a fresh machine, with Python >= 3.11 and make: `make plan`, `make test`.
PYTHON ?= python3
STACK ?= dev
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help plan test toolchain engine-test engine-test-full datapath-test browser-test policy checkov lint format bench docs site lock pin-images clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

plan: $(VENV)/.run ## show what a stack would build (STACK=dev), without account or network
	@$(RUN) -m offline plan --stack $(STACK)

test: $(VENV)/.dev ## lint, types and tests
	@scripts/test

toolchain: $(VENV)/.dev ## build engine, control plane and Helm for the engine tests (needs Go)
	@$(RUN) -m scripts.toolchain

engine-test: $(VENV)/.dev ## up, change, fault and destroy on a real engine and API server
	@scripts/engine-test

engine-test-full: $(VENV)/.dev ## the same with a fault at every point
	@scripts/engine-test --every-fault

datapath-test: $(VENV)/.dev ## requests answered by endpoint picker, Envoy and simulated servers
	@scripts/datapath-test

browser-test: $(VENV)/.dev ## the report in a real browser (needs a Chromium)
	@scripts/browser-test

lint: $(VENV)/.dev ## lint alone
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

format: $(VENV)/.dev ## format the code
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .

policy: policy/.venv/.run ## install what the policy pack needs

checkov: $(VENV)/.dev scan/.venv/.run ## checkov judges the manifests of stack prod
	@scripts/checkov

bench: $(VENV)/.dev ## how long a plan, an update and an answer take, as ratios
	@$(RUN) -m scripts.bench
	@$(RUN) -m scripts.bench_update
	@$(RUN) -m scripts.bench_data_path

docs: $(VENV)/.run ## write the generated parts of the documentation
	@$(RUN) -m scripts.docs

site: .site/.run ## build the documentation as a site, in .site/html
	@NO_MKDOCS_2_WARNING=1 .site/bin/mkdocs build --strict --site-dir .site/html

pin-images: $(VENV)/.dev ## record the digests of images and charts
	@$(RUN) -m scripts.pin_images

lock: ## resolve requirements anew, with hashes
	@scripts/lock $(PYTHON)

clean: ## remove what was installed and generated
	rm -rf $(VENV) .toolchain .site policy/.venv scan/.venv rendered *.svg *.html .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@echo "Making the virtual environment $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing requirements.lock (a minute or two) ..."
	@$(PIP) --requirement requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing requirements-dev.lock ..."
	@$(PIP) --requirement requirements-dev.lock
	@touch $@

.site/.run: requirements-site.lock
	@echo "Installing requirements-site.lock ..."
	@$(PYTHON) -m venv .site
	@.site/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

policy/.venv/.run: policy/requirements.txt
	@echo "Installing policy/requirements.txt ..."
	@$(PYTHON) -m venv policy/.venv
	@policy/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

scan/.venv/.run: scan/requirements.txt
	@echo "Installing scan/requirements.txt ..."
	@$(PYTHON) -m venv scan/.venv
	@scan/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@
