# Kentongan: `make run` and `make test` work on a fresh machine with Python 3.11 or newer.
#
#   run     the demonstration, in a browser          test    all checks and tests
#   check   format, lint, types, import rules,       web     the front end, if its sources changed
#           screens                                  sim     the simulation, many seeds
#   bench   benchmarks, one JSON line per figure     clean   everything that was made
#
#   wheel   sdist and wheel, with the built screens  lock    pin what pyproject.toml asks for
#   pictures  docs/screens anew, by the journeys

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := test
.PHONY: run test test-city check check-python check-screens bench sim web pictures wheel lock \
	packages clean

BIN := .venv/bin
PYTHON := $(BIN)/python
READY := .venv/.ready
SEEDS ?= 1000

run: $(READY) web
	$(BIN)/kentongan demo

test: packages $(READY)
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target check test-city
	.ci/suite

# The city that all centres of the tests use, and the compiled road search. Each of them would begin
# to make it, step back behind its tests, and be stopped with them before it is whole.
test-city: $(READY)
	KENTONGAN_GEO_DIR=$(CURDIR)/var/test-geo $(BIN)/kentongan geo-prepare

check: check-python check-screens

check-python: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

check-screens: $(READY) web
	$(PYTHON) hatch_build.py install
	$(PYTHON) hatch_build.py npm run --silent check
	$(PYTHON) hatch_build.py npm run --silent test

bench: $(READY)
	@failed=; for file in bench/bench_*.py; do $(PYTHON) "$$file" || failed="$$failed $$file"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

sim: $(READY)
	$(BIN)/kentongan sim --seeds $(SEEDS)

web: $(READY)
	@$(PYTHON) hatch_build.py build

# One picture of each screen, taken by the journeys that look at all of them.
pictures: $(READY) web
	PICTURES=1 $(BIN)/pytest -q tests/journeys/test_journey_{looks,evaluation,position,training}.py \
		tests/journeys/test_journey_citizen.py::test_who_cannot_speak_types_taps_five_and_hides \
		tests/journeys/test_journey_shift.py::test_a_shift_is_handed_over_and_signed_by_both \
		tests/journeys/test_journey_roads.py::test_a_flood_is_drawn_with_the_mouse_in_every_look \
		tests/journeys/test_journey_arrival.py::test_a_delay_is_told_by_whoever_is_free_whatever_screen_is_open \
		tests/journeys/test_journey_acceptance.py::test_a_cut_link_loses_and_doubles_nothing \
		tests/journeys/test_journey_text.py::test_a_call_taker_reads_and_answers_a_caller_who_types \
		tests/journeys/test_journey_{recommendation.py::test_many_are_hurt_and_the_crew_counts_them,incidents.py::test_officers_of_another_agency_see_no_byte_of_a_silent_crime,elsewhere.py::test_an_agency_that_does_not_answer_is_telephoned}[keys]
	$(PYTHON) tests/journeys/choose_screens.py

wheel: $(READY) web
	rm -rf dist
	$(PYTHON) -m hatchling build

# Debian packages that some tests drive; without them those tests are skipped and say so.
packages:
	@.ci/packages

# The virtual environment, made anew only when what is pinned or asked for has changed.
$(READY): requirements.lock pyproject.toml
	@python=$$(.ci/python); \
	if [ ! -x $(PYTHON) ]; then "$$python" -m venv .venv; fi
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Pins with hashes for every platform, and without any address.
lock: $(READY)
	python=$$(.ci/python); work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	"$$python" -m venv "$$work/venv"; "$$work/venv/bin/pip" install --quiet uv; \
	printf 'hatchling>=1.27\neditables>=0.5\n' > "$$work/build.txt"; \
	"$$work/venv/bin/uv" pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --python-version 3.11 --extra dev pyproject.toml "$$work/build.txt" \
		--output-file requirements.lock

clean:
	rm -rf .venv web/node_modules src/kentongan/edge/web/static dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
