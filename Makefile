# The four commands a person needs. Everything else is `.venv/bin/python manage.py ...`.
PYTHON ?= python3
VENV := .venv
STAMP = $(VENV)/.requirements-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
DEV_STAMP = $(VENV)/.requirements-dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet

.PHONY: setup run test bench

setup: $(STAMP)

$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with PYTHON=..."; exit 1; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt
	@rm -f $(VENV)/.requirements-[0-9]* && touch $@

$(DEV_STAMP): requirements-dev.txt $(STAMP)
	$(PIP) -r requirements-dev.txt
	@rm -f $(VENV)/.requirements-dev-* && touch $@

run: setup
	@exec $(VENV)/bin/python manage.py run

test: $(DEV_STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python manage.py makemigrations --check --dry-run
	$(VENV)/bin/python -m pytest -n 2 --dist loadgroup

# make bench [only=cards] [scale=small]: each figure is a line that begins with FIGURE.
bench: $(DEV_STAMP)
	@$(VENV)/bin/python -m bench $(if $(only),--only $(only)) $(if $(scale),--scale $(scale))
