#!/usr/bin/env bash
# Builds and runs Tests/Fixtures/Client, a package that depends on this one by version, as another machine would fetch it: the working tree
# becomes a repository of its own with one tagged commit. Needs `make setup`.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

version=$(sed -nE 's/.*static let current = "(.*)".*/\1/p' $(git ls-files 'Sources/*Version.swift'))
mkdir "$folder/amalgam"
git ls-files -z --cached --others --exclude-standard | xargs -0 tar -c --ignore-failed-read 2>/dev/null | tar -x -C "$folder/amalgam"
git -C "$folder/amalgam" init --quiet
git -C "$folder/amalgam" add --all --force
git -C "$folder/amalgam" -c user.name=test -c user.email=test@localhost commit --quiet --message "Amalgam $version"
git -C "$folder/amalgam" tag "$version"
cp -R Tests/Fixtures/Client "$folder/client"

export AMALGAM_REPOSITORY=file://$folder/amalgam PKG_CONFIG_PATH=$root/.deps/pkgconfig
# The security folder keeps the revision that a version had when it was first fetched; here a version is made anew each time.
build() { swift build --quiet --package-path "$folder/client" --security-path "$folder/security" "$@"; }
build --product Client
build --product CTorchBridge
mkdir "$folder/output"
"$(build --show-bin-path)/Client" sample-models "$folder/output"
printf 'test-client: a package that depends on Amalgam %s builds and runs\n' "$version"
