# make demo    see the incident happen on a real host, and be repaired
# make test    set everything up and pass the tests, those on real hosts included; about half an hour
# make check   form and types
# make snapshots  the texts that tests compare as a whole, as they are from now on
# make matrix  every fault of the catalogue, and sets of them; writes .lab/matrix.md; over an hour
# make thorough  what make test samples, everything: a recovery interrupted at each of its commands
# make bench   this project beside its peers, on the lab; about forty minutes
# make docs    the site of docs/, with its links checked; LINKS=external asks those of other sites, too
# make lab     the lab's hosts, up and healthy; make lab-down takes them away

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DOCS := .venv-docs

.PHONY: demo test thorough bench unit unit-first unit-second redis hosts snapshots check format generated docs lab \
    matrix lab-down lock clean

demo: lab
	$(BIN)/python -m lab.demo

# The lab comes first: unit tests resolve projects with its Compose. What is done on its hosts mostly waits for them,
# so all the rest goes on beside it.
test: check lab
	$(MAKE) unit BESIDE="redis hosts"

# The timers run under a systemd of their own; Redis' scripts fail two thousand times.
thorough: lab /usr/bin/systemd-analyze /usr/bin/busybox
	$(BIN)/pytest -m thorough tests/unit tests/redis tests/lab

# A quick look: make bench BENCH=--quick
bench: lab
	$(BIN)/python -m bench $(BENCH)

# In halves, one beside the other.
unit: $(VENV)/ready $(VENV)/browser $(BIN)/promtool /usr/bin/systemd-analyze /usr/bin/busybox
	$(MAKE) --output-sync --jobs 4 unit-first unit-second $(BESIDE)

# Real servers, and scripts that wait for them.
redis: $(VENV)/ready /usr/bin/openssl /usr/bin/pg_ctlcluster
	$(BIN)/pytest tests/redis
	$(BIN)/pytest tests/postgres

# Needs the lab, which `make test` has brought up.
hosts:
	$(BIN)/pytest --durations 20 tests/lab tests/acceptance

unit-first:
	$(BIN)/pytest $(FIRST)

unit-second:
	$(BIN)/pytest $(filter-out $(FIRST),$(wildcard tests/unit/test_*.py)) \
	    --doctest-modules deploys $(addprefix --ignore=deploys/pyinfra_runbooks/,$(APART))

# Texts that tests compare as a whole, as they are from now on: read what `git diff` says of them.
snapshots: $(VENV)/ready
	RENEW=1 $(BIN)/pytest $$(grep -l 'import snapshot' tests/unit/test_*.py)

# About half of the time: the scripts wait more than the rules.
FIRST := $(wildcard tests/unit/test_[a-q]*.py tests/unit/test_shell_[a-k]*.py tests/unit/test_shell_look.py)

# What pyinfra reads, and is no module; and what is for a process of its own: it changes the standard library.
APART := share jobs/standby.py jobs/callbacks.py

check: $(VENV)/ready /usr/bin/shellcheck
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	shellcheck --shell=sh --severity=warning --external-sources --source-path=SCRIPTDIR $(SCRIPTS)
	shellcheck --shell=sh --exclude=SC2086 deploys/pyinfra_runbooks/packs/clients/startup/*.sh
	shellcheck --shell=sh bench/peers/shell/*.sh bench/peers/ansible/*.sh tests/lab/*.sh

SCRIPTS := $(wildcard deploys/pyinfra_runbooks/*/*/*.sh)

/usr/bin/shellcheck:
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq shellcheck

# The shell of hosts and images that have no other.
/usr/bin/busybox:
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq busybox

# It makes the certificates of servers that are reached over TLS only.
/usr/bin/openssl:
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openssl

# PostgreSQL's programs; no server of the package's own is made and started.
/usr/bin/pg_ctlcluster:
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-common
	mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/pyinfra-runbooks.conf
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql

# Reads the units that are made.
/usr/bin/systemd-analyze:
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq systemd

# It looks at a report's page. Ubuntu has none as a package: there, those tests are not collected.
$(VENV)/browser: $(VENV)/ready
	command -v chromium-headless-shell >/dev/null || \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	        --no-install-recommends chromium-headless-shell) || \
	    echo "There is no browser: the report's page is not looked at."
	touch $@

# Checks the alerts. The program alone: the package would start a server.
$(BIN)/promtool: | $(VENV)/ready
	apt-get update -qq
	cd $(VENV) && apt-get download -qq prometheus && \
	    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 -C bin ./usr/bin/promtool
	rm $(VENV)/prometheus_*.deb

# Made of the code, and compared with it by tests.
generated: $(VENV)/ready
	$(BIN)/python -m pyinfra_runbooks.core.page > docs/findings.md
	for page in settings commands runbooks; do $(BIN)/python -m docs.made.$$page > docs/$$page.md || exit 1; done
	$(BIN)/python -m docs.made.picture > docs/repair.svg
	$(BIN)/python -m pyinfra_runbooks.jobs.reports.schema > $(REPORTS)/report.schema.json

REPORTS := deploys/pyinfra_runbooks/jobs/reports

format: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A page that is in no list, and a link that leads nowhere, are errors.
docs: $(DOCS)/ready
	$(DOCS)/bin/sphinx-build --fail-on-warning --keep-going --nitpicky --quiet --jobs auto docs docs/_build/html
	$(if $(filter external,$(LINKS)),$(DOCS)/bin/sphinx-build --builder linkcheck docs docs/_build/links)
	@echo "docs/_build/html/index.html"

lab: $(VENV)/ready
	$(BIN)/python -m lab up

matrix: lab
	$(BIN)/python -m lab matrix

lab-down: $(VENV)/ready
	$(BIN)/python -m lab down

# Debian keeps the module venv in a package of its own.
$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q deploys
	touch $@

# An environment of its own: no test needs Sphinx.
$(DOCS)/ready: docs/requirements.lock | $(VENV)/ready
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r docs/requirements.lock
	touch $@

# What a fresh machine gets next year, too. uv is in the lock that it makes; runtime.lock has of that
# what a controller needs. Newer versions: make lock UPGRADE=--upgrade
COMPILE = $(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --quiet

lock: $(VENV)/ready
	$(COMPILE) $(UPGRADE) pyproject.toml --extra dev -o requirements.lock
	$(COMPILE) pyproject.toml --extra build --constraint requirements.lock -o runtime.lock
	$(COMPILE) $(UPGRADE) bench/requirements.in -o bench/requirements.lock
	$(COMPILE) $(UPGRADE) docs/requirements.in -o docs/requirements.lock

clean:
	rm -rf $(VENV) $(DOCS) docs/_build
