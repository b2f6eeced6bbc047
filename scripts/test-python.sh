#!/usr/bin/env bash
# Runs the tests of the Python package (Tests/Python) in the environment of `make setup-tests`, on a wheel made of the programs in a folder of products.
#
#   scripts/test-python.sh FOLDER-OF-PRODUCTS
set -eu
cd "$(dirname "$0")/.."
python=.deps/python/bin/python
site=.build-wheel/site-test
"$python" -m pip install --quiet --disable-pip-version-check -r scripts/interchange-requirements.txt
PROGRAM=$1 scripts/make-wheel.sh
rm -rf "$site"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index --target "$site" .build-wheel/dist-test/*.whl
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(pwd -P)/$site "$python" -m unittest discover --start-directory Tests/Python --pattern 'test_*.py' "${@:2}"
