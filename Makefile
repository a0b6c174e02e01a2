# What a person does here. Everything runs in a virtual environment of its own, made on first use.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
READY   = $(VENV)/ready

.PHONY: help setup demo test quick check thorough edits mutation ledger lint types bench scale changes rules build context docs clean
.DEFAULT_GOAL := help

help:            ## say what there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## make the virtual environment

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "zonegraph needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(READY)

demo: $(READY)   ## answer the question of the README, with citations
	@echo '$$ zonegraph query cities-of-both-ministries --cite'
	@$(BIN)/zonegraph query cities-of-both-ministries --cite

# One process more than processors, since some tests wait. Each gets tests that stand together, so that it makes ready for them once,
# and takes of another's when it is done.
JOBS  ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

test: $(READY)   ## run the tests
	$(PYTEST)

# The quick ones: hardly any starts a process, none a server.
QUICK = $(addprefix tests/test_,closure compiled_shapes lexicon reading catalogue_graph coverage house queries_on_other_articles golden_answers model_picture)

quick: $(READY)  ## run the tests that take half a minute together
	$(PYTEST) $(QUICK:=.py)

check: lint types test  ## everything that must hold before a commit
	$(BIN)/zonegraph validate

thorough: check edits $(READY)  ## what takes longer than every commit allows, too: SEED=1 SHARE=1
	ZONEGRAPH_SEED=$(or $(SEED),1) ZONEGRAPH_SHARE=$(or $(SHARE),1) $(PYTEST) -m thorough -rP

edits: $(READY)  ## edit values of the data at random, say who notices: SEED=1 NUMBER=20
	$(BIN)/python -m tests.edit_values --seed $(or $(SEED),1) --number $(or $(NUMBER),20)

mutation: $(READY)  ## break every constraint and rule, say which breaks go unnoticed: SEED=1 SHARE=1
	$(BIN)/python -m tests.mutation --brief --seed $(or $(SEED),1) --share $(or $(SHARE),1)

ledger: $(READY) ## hold what the data states against what it stated once, and print what it costs: ARGUMENTS=--all
	$(BIN)/python -m tests.ledger.compare $(ARGUMENTS)

lint: $(READY)   ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## types of the code
	$(BIN)/mypy
	$(BIN)/mypy docs/draw_model.py docs/list_rules.py
	MYPYPATH=src:benchmarks $(BIN)/mypy benchmarks/projects.py benchmarks/validation.py benchmarks/changes.py

bench: $(READY)  ## time the commands against importing rdflib
	$(BIN)/python benchmarks/start_up.py

scale: $(READY)  ## time validation of larger projects, beside other engines: SIZES="5 25 80"
	$(BIN)/python benchmarks/validation.py $(SIZES)

changes: $(READY) ## time the validation of one file that was added or changed, and the language server: SIZES="5 25 80 270"
	$(BIN)/python benchmarks/changes.py $(SIZES)

rules: $(READY)  ## time each rule of shapes/rules/ by itself; fails if one takes too long
	$(BIN)/python benchmarks/validation.py --rules

build: $(READY)  ## the wheel and the source archive, in dist/
	$(BIN)/python -m build

clean:           ## delete what was made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache

context: $(READY)  ## write ontology/context.jsonld anew from the ontology
	$(BIN)/python -c 'import json; from zonegraph import export; from zonegraph.project import sources; print(json.dumps({"@context": export.context(sources.find("."))}, ensure_ascii=False, indent=1))' > ontology/context.jsonld.new
	mv ontology/context.jsonld.new ontology/context.jsonld

docs: $(READY)   ## draw docs/model.svg, and write the tables of docs/model.md and docs/rules.md anew
	$(BIN)/python docs/draw_model.py
	$(BIN)/python docs/list_rules.py
