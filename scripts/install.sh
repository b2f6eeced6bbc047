#!/usr/bin/env bash
# Installs what was built:
#
#   PREFIX/bin/amalgam                          a link to the program
#   PREFIX/lib/amalgam/                         program, bridge, themes, sample models and libtorch, side by side, where the program looks
#   PREFIX/lib/pkgconfig/amalgam-libtorch.pc    for packages that depend on Amalgam (docs/library.md)
#   PREFIX/share/man/man1/amalgam.1, and completions for bash, zsh and fish where these shells look
#
#   scripts/install.sh FOLDER-OF-PRODUCTS       with PREFIX (/usr/local) and DESTDIR (put before it when copying) from the environment
set -eu
cd "$(dirname "$0")/.."
products=$1
prefix=${PREFIX:-/usr/local}
case $prefix in /*) ;; *) prefix=$(pwd -P)/$prefix ;; esac
destination=${DESTDIR:-}
home=$prefix/lib/amalgam
target=$destination$home

say() { printf 'install: %s\n' "$*"; }
mkdir -p "$target" "$destination$prefix/bin"
[ -w "$target" ] || { say "$target is not writable: use sudo, or PREFIX=\$HOME/.local" >&2; exit 1; }

install -m 755 "$products/amalgam" "$target/amalgam"
install -m 644 "$products/libCTorchBridge.so" "$target/libCTorchBridge.so"
rm -rf "$target/themes" "$target/sample-models" "$target/libtorch"
cp -R themes sample-models "$target/"
if [ -L .deps/libtorch ]; then # somebody else's libtorch stays where it is
    ln -s "$(readlink -f .deps/libtorch)" "$target/libtorch"
else
    cp -R .deps/libtorch "$target/libtorch"
fi
scripts/describe-libtorch.sh "$home/libtorch" "$home/include" "$prefix/lib/pkgconfig" "$destination"
ln -sfn ../lib/amalgam/amalgam "$destination$prefix/bin/amalgam"

share=$destination$prefix/share
mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
version=$("$target/amalgam" --version)
"$target/amalgam" --experimental-dump-help | scripts/make-man.py "$version" >"$share/man/man1/amalgam.1"
"$target/amalgam" --generate-completion-script bash >"$share/bash-completion/completions/amalgam"
"$target/amalgam" --generate-completion-script zsh >"$share/zsh/site-functions/_amalgam"
"$target/amalgam" --generate-completion-script fish >"$share/fish/vendor_completions.d/amalgam.fish"
say "$destination$prefix/bin/amalgam"
