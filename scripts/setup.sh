#!/usr/bin/env bash
# Installs what Amalgam needs: Debian packages, and libtorch in .deps/libtorch. Quick when nothing is missing; each step prints one line.
#
#   LIBTORCH=/path              use this unpacked libtorch (a CUDA build, say): .deps/libtorch becomes a link to it
#   AMALGAM_USE_PYTORCH=1       use the libtorch inside the installed Python `torch`
#   PYTHON=python3.12           the Python whose pip fetches the wheel
set -u
cd "$(dirname "$0")/.."

torch_version=2.13.0
python=${PYTHON:-python3}
stamp=.deps/.libtorch-$torch_version.stamp
link=.deps/libtorch

say() { printf 'setup: %s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }

# --- Swift -----------------------------------------------------------------------------------------------------------
command -v swift >/dev/null 2>&1 || stop "swift is missing from PATH: install Swift 6.1 or later from swift.org"

# --- Debian packages: each is known by a file it brings ------------------------------------------------------------------
missing=()
need() { # need PACKAGE HEADER
    local folder
    for folder in /usr/include /usr/local/include "/usr/include/$(uname -m)-linux-gnu"; do
        [ -e "$folder/$2" ] && return
    done
    missing+=("$1")
}
need libncurses-dev ncurses.h
need libsqlite3-dev sqlite3.h
need zlib1g-dev zlib.h
need libssl-dev openssl/evp.h
need libpng-dev png.h
need libjpeg-dev jpeglib.h
need libwebp-dev webp/decode.h
need libtiff-dev tiffio.h
need libgif-dev gif_lib.h
need libmatio-dev matio.h
need curl ../bin/curl
[ "${CI:-}" = true ] && ! command -v tmux >/dev/null 2>&1 && missing+=(tmux)
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing Debian packages: ${missing[*]}"
        apt-get install -y "${missing[@]}" >/dev/null 2>&1 || { apt-get update >/dev/null 2>&1 && apt-get install -y "${missing[@]}" >/dev/null; } \
            || stop "apt-get could not install: ${missing[*]}"
    else
        stop "missing Debian packages: run  sudo apt-get install ${missing[*]}"
    fi
fi

# --- libtorch --------------------------------------------------------------------------------------------------------------
usable() { [ -e "$1/lib/libtorch_cpu.so" ] && [ -e "$1/lib/libc10.so" ] && [ -e "$1/include/ATen/ATen.h" ]; }

# A package that depends on Amalgam by version finds libtorch through pkg-config (docs/library.md). SwiftPM takes only -I from there, so the
# place of the libraries stands in a header.
describe() {
    local root
    root=$(pwd -P)
    scripts/describe-libtorch.sh "$root/$link" .deps/include .deps/pkgconfig
}
done_with() { # done_with SENTENCE
    describe
    say "$1"
    exit 0
}
use() { # use FOLDER ORIGIN: a libtorch that is there already, without copying it
    local folder
    folder=$(cd "$1" && pwd -P)
    [ -L "$link" ] || rm -rf "$link"
    ln -sfn "$folder" "$link"
    rm -f .deps/.libtorch-*.stamp
    done_with "libtorch: $folder ($2)"
}

mkdir -p .deps
if [ -n "${LIBTORCH:-}" ]; then
    usable "$LIBTORCH" || stop "LIBTORCH=$LIBTORCH has no lib/libtorch_cpu.so, lib/libc10.so and include/ATen/ATen.h"
    [ "$LIBTORCH" -ef "$link" ] && done_with "libtorch: $link (from \$LIBTORCH)"
    use "$LIBTORCH" "from \$LIBTORCH"
fi
if [ "${AMALGAM_USE_PYTORCH:-}" = 1 ]; then
    found=$("$python" -c 'import importlib.util, os; print(os.path.dirname(importlib.util.find_spec("torch").origin))' 2>/dev/null) \
        || stop "AMALGAM_USE_PYTORCH=1, but $python has no torch"
    usable "$found" || stop "the torch of $python, $found, has no libtorch"
    use "$found" "from the installed torch"
fi
if [ -L "$link" ] && usable "$link"; then
    done_with "libtorch: $(readlink "$link") (linked before; remove .deps/libtorch to fetch $torch_version)"
fi
if [ -e "$stamp" ] && usable "$link"; then
    done_with "libtorch $torch_version is in place"
fi

command -v "$python" >/dev/null 2>&1 || stop "$python is missing: it fetches libtorch (or set LIBTORCH to an unpacked one)"
"$python" -m pip --version >/dev/null 2>&1 || stop "$python has no pip: run  sudo apt-get install python3-pip  (or set LIBTORCH)"

stage=.deps/stage
cleanup() { rm -rf "$stage"; }
trap cleanup EXIT
cleanup
log=.deps/pip.log
# On a terminal pip itself shows what it downloads, its size, and how far it is; elsewhere there is one line before.
fetch() { # fetch TITLE SIZE PIP-ARGUMENTS…: into $stage, without compiling or dependencies
    local title=$1 size=$2 quiet=--quiet out=/dev/null
    shift 2
    [ -t 1 ] && quiet=--progress-bar=on out=/dev/tty
    say "downloading $title (about $size; a few minutes on a slow line)"
    if "$python" -m pip install $quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
        --no-deps --no-compile --only-binary=:all: --target "$stage" "$@" >$out 2>"$log"; then
        return 0
    fi
    say "  failed: $(grep -m1 -E 'ERROR' "$log" | cut -c1-200)"
    return 1
}

cuda_parts() { # the plain wheel's libtorch_cpu.so needs the CUDA runtime and CUPTI, though no GPU; which packages, its metadata says
    local needs
    needs=$(sed -nE 's/^Requires-Dist: (nvidia-cuda-(runtime|cupti)[^ ;]*)[^;]*.*/\1/p; s/^Requires-Dist: cuda-toolkit\[[^]]*\]==([0-9]+)\.[^;]*.*/nvidia-cuda-runtime nvidia-cuda-cupti/p' \
        "$stage"/torch-*.dist-info/METADATA | tr '\n' ' ')
    # shellcheck disable=SC2086
    fetch "the CUDA runtime and CUPTI that it links" "15 MB" ${needs:-nvidia-cuda-runtime nvidia-cuda-cupti}
}

fetch "libtorch: torch $torch_version+cpu" "190 MB" "torch==$torch_version+cpu" \
    || fetch "libtorch: torch $torch_version+cpu from PyTorch's own CPU wheel index" "190 MB" "torch==$torch_version+cpu" --index-url https://download.pytorch.org/whl/cpu \
    || { fetch "libtorch: the plain wheel of torch $torch_version" "500 MB or more" "torch==$torch_version" && cuda_parts; } \
    || stop "libtorch $torch_version could not be fetched: check the network, or set LIBTORCH to an unpacked libtorch"

usable "$stage/torch" || stop "the wheel holds no libtorch where it was expected"
rm -rf "$link" && mkdir -p "$link/lib"
mv "$stage/torch/include" "$link/include"
mv "$stage/torch/lib/"{libtorch_cpu.so,libc10.so} "$link/lib/"
find "$stage/torch/lib" -maxdepth 1 -name 'libgomp*' -exec mv {} "$link/lib/" \;
# What the plain wheel's libtorch_cpu.so loads besides: its own helpers and the CUDA runtime, side by side with it.
while read -r name; do
    [ -e "$link/lib/$name" ] && continue
    file=$(find "$stage" -name "$name" | head -n 1)
    [ -n "$file" ] && mv "$file" "$link/lib/"
done < <(readelf -d "$link/lib/libtorch_cpu.so" "$link/lib/libc10.so" 2>/dev/null | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | sort -u)
unresolved=$(LD_LIBRARY_PATH="$link/lib" ldd "$link/lib/libtorch_cpu.so" 2>/dev/null | sed -nE 's/^\s*(\S+) => not found/\1/p' | tr '\n' ' ')
[ -z "$unresolved" ] || stop "libtorch was fetched, but needs libraries that came with none of the packages: $unresolved"
rm -f .deps/.libtorch-*.stamp
touch "$stamp"
done_with "libtorch $torch_version is in $link"
