#!/usr/bin/env bash
# Installs the Python environment that tests compare with: PyTorch and what reads its files, pinned, in .deps/python. Quick when it is there.
#
#   PYTHON=python3.12           the Python that makes the environment
set -u
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
environment=.deps/python
requirements=scripts/test-requirements.txt
stamp=$environment/.installed

say() { printf 'setup-tests: %s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }

if [ -e "$stamp" ] && cmp -s "$requirements" "$stamp"; then
    say "the Python environment of the tests is in place"
    exit 0
fi
command -v "$python" >/dev/null 2>&1 || stop "$python is missing: install Python 3.10 or later"
rm -rf "$environment"
mkdir -p .deps
"$python" -m venv "$environment" 2>/dev/null || stop "$python cannot make a virtual environment: run  sudo apt-get install python3-venv"
say "installing $(grep -vE '^(#|$|--)' "$requirements" | tr '\n' ' ')"
log=.deps/pip-tests.log
install() { "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$log" 2>&1; }
# The CPU build is smaller; it stands on PyTorch's own index, and on some mirrors of PyPI.
install -r "$requirements" \
    || install -r "$requirements" --extra-index-url https://download.pytorch.org/whl/cpu \
    || { sed 's/+cpu//' "$requirements" >.deps/test-requirements.txt && install -r .deps/test-requirements.txt; } \
    || stop "pip could not install them: $(grep -m1 ERROR "$log" | cut -c1-200)"
"$environment/bin/python" -c 'import numpy, safetensors.torch, torch' || stop "the installed packages do not load"
cp "$requirements" "$stamp"
say "PyTorch $("$environment/bin/python" -c 'import torch; print(torch.__version__)') is in $environment"
