# The first two commands of a fresh machine, with Python >= 3.11 and make: `make plan`, `make test`.
PYTHON ?= python3
STACK ?= dev
VENV := .venv
RUN := $(VENV)/bin/python
# Compiled once, in place of at each start: the providers' packages are large.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help plan test mutations toolchain engine-test engine-test-full datapath-test gpu-test browser-test policy checkov lint format bench docs site lock pin-images clean
.DEFAULT_GOAL := help

##@ use
help: ## list the targets
	@sed -n -e 's/^##@ //p' -e 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 20

plan: $(VENV)/.run ## show what a stack would build (STACK=dev), without an account
	@$(RUN) -m inference plan --stack "$(STACK)"

policy: policy/.venv/.run ## install what the policy pack needs

clean: ## remove what was installed and generated
	rm -rf $(VENV) .toolchain .site policy/.venv .checkov rendered *.svg *.html .pytest_cache .ruff_cache .hypothesis

##@ maintain
test: $(VENV)/.dev ## lint, types and tests
	@scripts/test

mutations: $(VENV)/.dev ## plan 5,000 stacks with values changed at random
	@PYTHONPATH=tests $(RUN) -m mutated_stacks 5000

toolchain: $(VENV)/.dev ## build engine, control plane and Helm for the engine tests (needs Go)
	@$(RUN) -m scripts.toolchain

engine-test: $(VENV)/.dev ## up, change, fault and destroy on a real engine and API server
	@scripts/engine-test

engine-test-full: $(VENV)/.dev ## the same with a fault at every point
	@scripts/engine-test --every-fault

datapath-test: $(VENV)/.dev ## requests answered by endpoint picker, Envoy and simulated servers
	@scripts/datapath-test

gpu-test: $(VENV)/.dev ## rendered model servers with random weights, on this machine's GPUs
	@scripts/gpu-test

browser-test: $(VENV)/.dev ## the report in a real browser (needs a Chromium)
	@scripts/browser-test

lint: $(VENV)/.dev ## lint alone
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/codespell

format: $(VENV)/.dev ## format the code
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .

checkov: $(VENV)/.dev .checkov/.run ## checkov judges the manifests of stack prod
	@scripts/checkov

bench: $(VENV)/.dev ## how long a plan, an update and an answer take, as ratios
	@scripts/bench

docs: $(VENV)/.run ## write the generated parts of the documentation
	@$(RUN) -m scripts.docs

site: $(VENV)/.dev ## build the documentation as a site, in .site
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --site-dir .site

pin-images: $(VENV)/.dev ## record the digests of images and charts
	@$(RUN) -m scripts.pin_images

lock: ## resolve requirements anew, with hashes
	@scripts/lock $(PYTHON)

# uv where it is on PATH: seconds in place of minutes.
UV := $(shell command -v uv)
ifdef UV
# --seed: pages name `python -m pip`.
NEW_VENV = $(UV) venv --seed --quiet --python $(PYTHON)
INSTALL = VIRTUAL_ENV=$(1) $(UV) pip install --quiet
else
NEW_VENV = $(PYTHON) -m venv
INSTALL = $(1)/bin/python -m pip install --quiet --disable-pip-version-check
PACE = : minutes, and seconds with uv on PATH
endif
ANNOUNCE = @echo "Installing $<$(PACE) ..."

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@echo "Making the virtual environment $(VENV) ..."
	@$(NEW_VENV) $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(ANNOUNCE)
	@$(call INSTALL,$(VENV)) --require-hashes --requirement requirements.txt
	@$(call INSTALL,$(VENV)) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(ANNOUNCE)
	@$(call INSTALL,$(VENV)) --require-hashes --requirement requirements/dev.txt
	@touch $@

policy/.venv/.run: policy/requirements.txt
.checkov/.run: requirements/checkov.txt
policy/.venv/.run .checkov/.run:
	$(ANNOUNCE)
	@$(NEW_VENV) $(@D)
	@$(call INSTALL,$(@D)) --require-hashes --requirement $<
	@touch $@

# Without hashes for the load tool: only who runs the tests installs it.
.toolchain/data-path/.run: requirements/datapath.txt
.toolchain/load/.run: requirements/load.txt
.toolchain/data-path/.run .toolchain/load/.run:
	$(ANNOUNCE)
	@rm -rf $(@D)
	@$(NEW_VENV) $(@D)
	@$(call INSTALL,$(@D)) --requirement $<
	@touch $@
