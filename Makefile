# Keyhouse: the two commands are `make demo` and `make test`.
SHELL  := /bin/bash
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8080
DATA   ?= keyhouse-data

.DEFAULT_GOAL := help
.PHONY: help demo test show lint serve bench fuzz lock clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@tools/venv $(PYTHON) $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies; this takes about a minute …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.demo
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

demo: $(VENV)/.demo ## Start a whole site on real data and read it with the official client (ONCE=1 stops after the check)
	@exec $(BIN)/keyhouse demo --port $(PORT) $(if $(ONCE),--once)

test: $(VENV)/.test ## Install what the tests need and run all of them
	@tools/debian-packages
	@tools/ldap-client $(BIN)/python
	@tools/node-packages
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

show: $(VENV)/.test ## Sign in through a real browser with METHOD (saml, oidc, cas, ldap, duo, totp, passkeys, password) and tell each step
	@tools/show-sign-in $(BIN)/python "$(METHOD)"

lint: $(VENV)/.test ## ruff, mypy strict and the contracts of the house
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

serve: $(VENV)/.demo ## Serve the site in DATA (default keyhouse-data) on PORT
	@[ -e "$(DATA)/secret.key" ] || { echo "There is no site in $(DATA). Make one with: $(BIN)/keyhouse init --data $(DATA)" >&2; exit 1; }
	@exec $(BIN)/keyhouse serve --data $(DATA) --port $(PORT)

$(VENV)/.bench: requirements/bench.txt $(VENV)/.test
	@echo "Installing the peers to measure beside …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

bench: $(VENV)/.bench ## Measure the server and the netrc reader beside their peers, as ratios (ONLY=small, rows or netrc)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

fuzz: $(VENV)/.test ## Hold the netrc models against the real Python and curl on FILES random files (100000)
	@$(BIN)/python -m benchmarks.fuzz_netrc $(if $(FILES),--files $(FILES)) $(if $(CURL),--curl $(CURL)) $(if $(SEED),--seed $(SEED))

lock: $(VENV)/.test ## Renew the locked dependencies (needs uv)
	@for set in demo ldap test bench; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-emit-package keyhouse --extra server --extra $$set pyproject.toml -o requirements/$$set.txt; done

clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
