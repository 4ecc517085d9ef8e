# Thin names over scripts/. Start with `make run`; `make test` is what CI runs.
.PHONY: run build test bench fuzz soak lint scenario clean

run:            ## install what is missing, build, start the server (ARGS="--config viaduct.yaml")
	@scripts/run $(ARGS)

build:          ## the release program and the web pages
	@scripts/bootstrap --run
	@scripts/build release
	@scripts/build_web

test:           ## everything: lint, builds, sanitizers, scenarios, interop (STAGES="lint asan-ubsan")
	@scripts/bootstrap
	@/usr/bin/python3 scripts/run_tests.py $(STAGES)

lint:           ## floors, files, headers, symbols, format, words
	@scripts/bootstrap
	@/usr/bin/python3 scripts/lint.py

bench:          ## ratios against a baseline measured in the same minutes (FILTER=regex); many calls; latencies
	@scripts/bootstrap
	@/usr/bin/python3 scripts/bench.py --filter '$(FILTER)'
	@test -n '$(FILTER)' || { /usr/bin/python3 scripts/capacity.py && scripts/build release viaduct && \
	  scripts/build_web && node tests/interop/latency.mjs; }

SECONDS ?= 600
fuzz:           ## each fuzz target for SECONDS (NAME=one of them)
	@scripts/bootstrap
	@/usr/bin/python3 scripts/fuzz.py --seconds $(SECONDS) $(NAME)

soak:           ## real calls, a hold, and tests under sanitizers, shuffled: each for SECONDS
	@scripts/bootstrap
	@scripts/build release viaduct
	@scripts/build_web
	@node tests/interop/soak.mjs $(SECONDS)
	@node tests/interop/hold.mjs $$(($(SECONDS) / 60))
	@/usr/bin/python3 scripts/soak.py --seconds $(SECONDS)

scenario:       ## one scenario in virtual time: NAME=its file name; all without NAME
	@scripts/bootstrap
	@scripts/scenario $(NAME)

clean:
	rm -rf build
