#!/usr/bin/env bash
# Builds the Python wheel in .build-wheel/dist: the program with all that it needs linked in, one bridge for each minor version of torch, the sample
# models, and the Python package. Needs `make setup`.
#
#   TORCH="2.13 2.15"           the minor versions of torch that get a bridge (default: those that scripts/test-wheel.sh or a run by hand has
#                               tried, below). A bridge for 2.9 builds and does not load: that libtorch has other names of templates
#   PROGRAM=FOLDER              takes amalgam and libCTorchBridge.so from there (.build/debug, say) in place of a release build: a wheel for tests of the
#                               Python package, which runs only on this machine and with the torch in .deps/libtorch
set -eu
cd "$(dirname "$0")/.."
root=$(pwd -P)
work=.build-wheel
program=$work/program${PROGRAM:+-test}
versions=${TORCH:-2.13 2.15}
python=${PYTHON:-python3}

say() { printf 'wheel: %s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }
minor() { # minor FOLDER: the minor version of a torch, from its headers
    cat "$1/include/torch/headeronly/version.h" "$1/include/torch/csrc/api/include/torch/version.h" 2>/dev/null \
        | awk '/define TORCH_VERSION_MAJOR/ && !a {a = $3} /define TORCH_VERSION_MINOR/ && b == "" {b = $3} END {print a "." b}'
}

# --- static libraries: a folder that holds nothing else, so that the linker finds no shared ones first ---------------------
archives() {
    mkdir -p "$work/archives"
    local name file missing=()
    for name in ncursesw tinfo sqlite3 z png jpeg crypto webp tiff gif lzma zstd jbig Lerc deflate stdc++; do
        file=$(clang++ -print-file-name="lib$name.a")
        [ -e "$file" ] || file=$(find /usr/lib /usr/local/lib -name "lib$name.a" 2>/dev/null | head -n 1)
        [ -n "$file" ] && [ -e "$file" ] || { missing+=("lib$name.a"); continue; }
        ln -sf "$(readlink -f "$file")" "$work/archives/lib$name.a"
    done
    [ ${#missing[@]} = 0 ] || stop "there is no ${missing[*]}: run  sudo apt-get install libtiff-dev liblzma-dev libzstd-dev libjbig-dev liblerc-dev libdeflate-dev"
}

# --- the program ------------------------------------------------------------------------------------------------------------
build_program() {
    archives
    clang -O2 -fPIC -c Sources/Python/native/linked.c -o "$work/linked.o"
    local flags=(-Xswiftc "-L$root/$work/archives") name
    for name in "$root/$work/linked.o" --wrap=hypot --wrap=hypotf --wrap=arc4random -s \
        -ltiff -lwebp -lgif -ljpeg -lLerc -ldeflate -llzma -lzstd -ljbig -lz -lstdc++; do
        flags+=(-Xlinker "$name")
    done
    swift build -c release --static-swift-stdlib --scratch-path "$work" --product amalgam "${flags[@]}"
    install -m 755 "$work/release/amalgam" "$program/amalgam"
}

# --- bridges ------------------------------------------------------------------------------------------------------------------
headers() { # headers VERSION: the folder of a torch whose headers have that minor version
    if [ "$(minor .deps/libtorch)" = "$1" ]; then
        echo .deps/libtorch
        return
    fi
    local folder=.deps/torch-$1
    if [ ! -e "$folder/include/ATen/ATen.h" ]; then
        local stage
        stage=$(mktemp -d)
        say "fetching the headers of torch $1" >&2
        "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$stage" "torch==$1.*" >"$stage/log" 2>&1 \
            || { say "pip could not fetch torch $1: $(grep -m1 ERROR "$stage/log" | cut -c1-200)" >&2; rm -rf "$stage"; return 1; }
        mkdir -p "$folder"
        "$python" -m zipfile -l "$stage"/torch-*.whl >/dev/null
        "$python" - "$stage" "$folder" <<'END'
import glob, sys, zipfile
wheel, = glob.glob(sys.argv[1] + "/torch-*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith("torch/include/"):
            archive.extract(name, sys.argv[1])
END
        rm -rf "$folder/include"
        mv "$stage/torch/include" "$folder/include"
        rm -rf "$stage"
    fi
    echo "$folder"
}

build_bridge() { # build_bridge VERSION
    local torch target=$work/bridges/torch-$1/libCTorchBridge.so stamp
    torch=$(headers "$1") || exit 1
    stamp="$(cat Sources/CTorchBridge/*.cpp Sources/CTorchBridge/*.h Sources/CTorchBridge/Stubs/gloo/*.h Sources/CTorchInterface/include/*.h | cksum) $1"
    if [ ! -e "$target" ] || [ "$(cat "$target.from" 2>/dev/null)" != "$stamp" ]; then
        say "building the bridge for torch $1"
        mkdir -p "$(dirname "$target")"
        # It links no libtorch: the program opens that first.
        clang++ -std=c++20 -O2 -fPIC -shared -Wl,-s -I"$torch/include" -I"$torch/include/torch/csrc/api/include" -ISources/CTorchInterface/include \
            -ISources/CTorchBridge/Stubs Sources/CTorchBridge/CTorchBridge.cpp -o "$target"
        printf '%s\n' "$stamp" >"$target.from"
    fi
    mkdir -p "$program/bridges/torch-$1"
    install -m 755 "$target" "$program/bridges/torch-$1/libCTorchBridge.so"
}

mkdir -p "$work"
rm -rf "$program" && mkdir -p "$program"
if [ -n "${PROGRAM:-}" ]; then
    dist=$work/dist-test
    install -m 755 "$PROGRAM/amalgam" "$program/amalgam"
    version=$(minor .deps/libtorch)
    mkdir -p "$program/bridges/torch-$version"
    install -m 755 "$PROGRAM/libCTorchBridge.so" "$program/bridges/torch-$version/"
else
    dist=$work/dist
    build_program
    for version in $versions; do build_bridge "$version"; done
fi
cp -R themes sample-models "$program/"
rm -rf "$dist" && mkdir -p "$dist"
say "$dist/$(AMALGAM_WHEEL_PROGRAM=$program "$python" Sources/Python/backend.py "$dist")"
