# What people and CI run. `./just RECIPE` needs no set-up: it fetches `just` itself where missing.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes.
default:
    @just --list --unsorted

# Builds everything and serves the app on http://127.0.0.1:8080, on its embedded database.
serve *ARGS: build
    exec target/release/colophon serve {{ ARGS }}

# Builds the web app and, around it, the one binary: target/release/colophon.
build: web
    source scripts/tools.sh && ensure_build_tools
    cargo build --release --package colophon --features embed

# Builds the web app into frontend/dist, optimised; fails where it is larger than it may be.
web:
    source scripts/tools.sh && ensure_web_tools && env -u NO_COLOR trunk build --release
    node scripts/web-size.mjs

# Serves the web app with live reload beside `cargo run -p colophon -- serve` (debug builds).
dev:
    source scripts/tools.sh && ensure_web_tools && env -u NO_COLOR trunk serve --open

# One set of packages and features for all that is built natively for the tests: whatever it is asked for, cargo
# compiles each crate once. (A set of its own for each program costs a build of sea-orm, sqlx and actix each.)
native := "--workspace --exclude colophon-frontend --all-features"

# Runs every check and every test: formats, lints, documents, the browser, Rust tests on both engines.
test: check web test-rust test-api test-web test-browser

# Formats, lints, licences, layers, sizes, documents.
check:
    source scripts/tools.sh && ensure_build_tools && ensure_web_tools && ensure_lint_tools && scripts/check

# Rust tests on SQLite and, from the machine's own binaries, PostgreSQL; two to a core, since many of them wait.
test-rust *ARGS:
    source scripts/tools.sh && ensure_build_tools
    cargo build --quiet {{ native }} --all-targets
    source scripts/tools.sh && ensure_test_tools && export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$(($(nproc) * 2))} && "$(built debug)/test-postgres" run -- cargo test {{ native }} {{ ARGS }}

# schemathesis over the OpenAPI document, against a debug build: every kind of user, the same requests each time.
test-api *ARGS:
    source scripts/tools.sh && ensure_build_tools
    cargo build --quiet {{ native }} --bins --examples
    scripts/api-fuzz {{ ARGS }}

# The web app's own tests: plain functions natively, components in Chromium.
test-web *ARGS:
    source scripts/tools.sh && ensure_web_tools && ensure_test_tools && scripts/web-tests {{ ARGS }}

# The whole story in a real Chromium: the web app as built for users, a debug build of the server, a fake provider.
test-browser *ARGS: web
    source scripts/tools.sh && ensure_build_tools
    cargo build --quiet {{ native }} --bins --examples
    source scripts/tools.sh && ensure_test_tools && scripts/browser-tests {{ ARGS }}

# Measures, each figure a ratio to something measured in the same run; prints tables.
bench *ARGS: build
    source scripts/tools.sh && ensure_test_tools && COLOPHON_POSTGRES_DURABLE=on scripts/with-postgres cargo run --release --package colophon-bench -- {{ ARGS }}

# Measures the web app in Chromium beside that of another build's binary, turn about; prints a table.
bench-web BASELINE ROUNDS="5": build
    cargo build --release --package colophon-provider --features fake --example fake-provider
    source scripts/tools.sh && ensure_test_tools && COLOPHON_BUILD=release COLOPHON_BASELINE={{ absolute_path(BASELINE) }} ROUNDS={{ ROUNDS }} scripts/browser-tests -c measure.config.ts

# Looks for what nobody thought of, long: bytes that break a parser (so many seconds each), requests that break the API, templates that CPython renders otherwise.
fuzz SECONDS="60" EXAMPLES="50" CASES="1000000":
    scripts/fuzz {{ SECONDS }}
    {{ just_executable() }} test-api {{ EXAMPLES }}
    TEMPLATE_FUZZ_CASES={{ CASES }} cargo test --release --package colophon-template --test it generated_templates -- --nocapture

# Proves that runs survive kills, outages, full disks, stalls and crowds, long; tells what was done. Then what attacks cost: memory, and how long others wait (LOAD seconds for each kind of request).
chaos KILLS="50" RUNS="20" READERS="500" CLIENTS="64" APPENDS="10000" STARTS="500" TIMES="10" LOAD="10":
    source scripts/tools.sh && ensure_test_tools && CHAOS_KILLS={{ KILLS }} CHAOS_RUNS={{ RUNS }} CHAOS_READERS={{ READERS }} CHAOS_CLIENTS={{ CLIENTS }} CHAOS_APPENDS={{ APPENDS }} CHAOS_STARTS={{ STARTS }} CHAOS_TIMES={{ TIMES }} CHAOS_LOAD_S={{ LOAD }} cargo test --release --package colophon --test it -- chaos bounds --test-threads 1 --nocapture

# Gives every work without a prompt the configured default one.
seed-prompts *ARGS:
    cargo run --release --package colophon -- seed-prompts {{ ARGS }}

# Known vulnerabilities of dependencies; needs the network, which CI may not have.
audit:
    source scripts/tools.sh && ensure_lint_tools && { cargo deny check advisories || { echo "just audit: failed, or no network for the advisory database"; exit 1; }; }

# Writes formats and the generated documents anew.
fix:
    cargo fmt --all
    cargo run --package colophon -- openapi > docs/openapi.json
