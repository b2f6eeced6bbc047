#!/usr/bin/env bash
# Builds the documentation as one static site, .build-docs/site: the pages of docs/ by MkDocs with full-text search, and the library's reference by DocC
# under api/. A link that leads nowhere is an error.
#
#   DOCS_BASE=/amalgam          the path under which the site will be served (default: the root)
#   REFERENCE=no                leaves the library's reference out (it needs a debug build of the library)
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
environment=.deps/docs
requirements=scripts/docs-requirements.txt
work=.build-docs
say() { printf 'docs: %s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }

if ! cmp -s "$requirements" "$environment/.installed"; then
    rm -rf "$environment" && mkdir -p .deps
    "$python" -m venv "$environment" || stop "$python cannot make a virtual environment: run  sudo apt-get install python3-venv"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" || stop "pip could not install MkDocs"
    cp "$requirements" "$environment/.installed"
fi

rm -rf "$work" && mkdir -p "$work/pages"
"$python" scripts/collect-pages.py "$work/pages"
# Not --quiet: it hides warnings from --strict, too.
NO_MKDOCS_2_WARNING=1 "$environment/bin/python" -m mkdocs build --strict --config-file scripts/site.yml >"$work/mkdocs.log" 2>&1 \
    || stop "$(grep -vE "^INFO" "$work/mkdocs.log")"
"$environment/bin/python" scripts/check-site.py "$work/site" || stop "the site is not whole"
say "$(find "$work/site" -name '*.html' | wc -l) pages in $work/site"
[ "${REFERENCE:-yes}" = yes ] || exit 0

command -v docc >/dev/null 2>&1 || { say "this Swift has no docc: the library's reference is left out"; exit 0; }
swift build --quiet --target Amalgam
built=$(swift build --show-bin-path)
modules=(Amalgam Tensors Networks Transport Checkpoints Datasets Hyperparameters Fusion Training)
maps=()
for map in "$built"/*.build/module.modulemap; do maps+=(-Xcc "-fmodule-map-file=$map"); done
target=$(swift -print-target-info | sed -nE 's/.*"unversionedTriple": "(.*)".*/\1/p' | head -n 1)
archives=()
for module in "${modules[@]}"; do
    graphs=$work/graphs/$module archive=$work/archives/$module.doccarchive
    mkdir -p "$graphs" "$work/archives"
    swift symbolgraph-extract -module-name "$module" -I "$built/Modules" "${maps[@]}" -target "$target" -minimum-access-level public \
        -output-dir "$graphs" >"$work/docc.log" 2>&1 || stop "the symbols of $module could not be read: $(tail -n 1 "$work/docc.log")"
    docc convert --additional-symbol-graph-dir "$graphs" --fallback-display-name "$module" --fallback-bundle-identifier "amalgam.$module" \
        --output-path "$archive" --transform-for-static-hosting --hosting-base-path "${DOCS_BASE:-}/api" >"$work/docc.log" 2>&1 \
        || stop "docc failed for $module: $(grep -m1 error "$work/docc.log")"
    archives+=("$archive")
done
rm -rf "$work/site/api"
docc merge "${archives[@]}" --synthesized-landing-page-name Amalgam --output-path "$work/site/api" >"$work/docc.log" 2>&1 || stop "docc merge: $(tail -n 1 "$work/docc.log")"
say "the reference of ${#modules[@]} modules is in $work/site/api ($(find "$work/site/api/data/documentation" -name '*.json' | wc -l) pages)"
