#!/usr/bin/env bash
# scripts/fuzz.sh [WHAT] [SECONDS]: libFuzzer with the address sanitizer over a reader of files (archives, pickles, toml, images,
# mat) or the kernels of transport (kernels); all in turn without WHAT.
#
# Begins with the seeds (Fuzz/Seeds), the fixtures of the tests and what earlier runs found (.build-fuzz/corpus). An input that crashes, takes more than
# two seconds of an idle core (LIMIT=10 on a busy one), or more than 1 GB with the sanitizer's own share, is written to .build-fuzz/found: put it into
# Fuzz/Seeds, whose files the tests read. MAX bounds the inputs' bytes (4096): more inputs a second, and every reader is reached by small ones.
# Figures of past runs: docs/reliability.md.
set -eu
cd "$(dirname "$0")/.."
what=${1:-all} seconds=${2:-60} root=.build-fuzz
if [ "$what" = all ]; then
    for one in archives pickles toml images mat kernels; do "$0" "$one" "$seconds"; done
    exit
fi
mkdir -p "$root/modules" "$root/corpus/$what" "$root/found"
clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
flags=(-O1 -g -fsanitize=fuzzer-no-link,address)
# The swift driver's linker warns of each of the sanitizer's 150 private symbols.
quietly() { "$@" 2> >(grep -v 'Cannot export local symbol' >&2); }

module() { # NAME FOLDER: a module map for a C target
    mkdir -p "$root/modules/$1"
    printf 'module %s { umbrella "%s" export * }\n' "$1" "$PWD/$2" > "$root/modules/$1/module.modulemap"
    includes+=(-Xcc -fmodule-map-file="$root/modules/$1/module.modulemap" -I "$2")
}
includes=()
case $what in
archives | pickles)
    for name in CZlib CDigests CMappings; do module "$name" "Sources/$name/include"; done
    "$clang" "${flags[@]}" -ISources/CMappings/include -c Sources/CMappings/mappings.c -o "$root/mappings.o"
    harness=Fuzz/Archives.swift
    [ "$what" = pickles ] && harness=Fuzz/Pickles.swift
    readarray -d '' sources < <(find Sources/Archives -name '*.swift' -print0)
    quietly swiftc -O -g -sanitize=fuzzer,address -parse-as-library -wmo -swift-version 6 -package-name amalgam -module-name ReadersFuzz -emit-executable \
        -emit-module -emit-module-path "$root/$what.swiftmodule" \
        "${includes[@]}" "${sources[@]}" "$harness" "$root/mappings.o" -lz -lcrypto -o "$root/$what"
    ;;
toml)
    kit=.build/checkouts/TOMLKit/Sources
    [ -d "$kit" ] || swift package resolve
    module CTOML "$kit/CTOML/include"
    objects=()
    readarray -d '' sources < <(find "$kit/CTOML" -name '*.cpp' -print0)
    for file in "${sources[@]}"; do
        object="$root/$(basename "$file").o"
        "$clang++" -w "${flags[@]}" -std=c++17 -I"$kit/CTOML/include" -c "$file" -o "$object"
        objects+=("$object")
    done
    readarray -d '' sources < <(find "$kit/TOMLKit" -name '*.swift' -print0)
    swiftc -O -g -sanitize=address -parse-as-library -wmo -module-name TOMLKit "${includes[@]}" -emit-module \
        -emit-module-path "$root/TOMLKit.swiftmodule" -emit-object "${sources[@]}" -o "$root/TOMLKit.o"
    quietly swiftc -O -g -sanitize=fuzzer,address -parse-as-library -wmo -swift-version 6 -package-name amalgam -module-name ReadersFuzz -emit-executable \
        -emit-module -emit-module-path "$root/$what.swiftmodule" \
        -I "$root" "${includes[@]}" Sources/TOMLFiles/*.swift Fuzz/TOML.swift "$root/TOMLKit.o" "${objects[@]}" -lstdc++ -o "$root/toml"
    ;;
images)
    "$clang" -O1 -g -fsanitize=fuzzer,address -std=gnu2x -ISources/CImages/include -ISources/CImages Sources/CImages/*.c Fuzz/images.c \
        -lpng -ljpeg -ldl -o "$root/images"
    ;;
mat)
    "$clang" -O1 -g -fsanitize=fuzzer,address -std=gnu2x -ISources/CMatio/include Sources/CMatio/matio.c Fuzz/mat.c -ldl -lz -o "$root/mat"
    ;;
kernels)
    "$clang++" -w -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -std=c++20 -ISources/CKernels/include \
        Sources/CKernels/CKernels.cpp Fuzz/kernels.cpp -o "$root/kernels"
    ;;
*)
    echo "fuzz: $what is none of archives, pickles, toml, images, mat, kernels" >&2
    exit 2
    ;;
esac
seeds=()
[ -d "Fuzz/Seeds/$what" ] && seeds+=("Fuzz/Seeds/$what")
case $what in
archives) seeds+=(Tests/Fixtures/archives Tests/Fixtures/exported) ;;
images) seeds+=(Tests/Fixtures/datasets) ;;
toml) seeds+=(themes Tests/Fixtures/networks) ;;
esac
ASAN_OPTIONS=detect_leaks=0 "$root/$what" -max_total_time="$seconds" -timeout="${LIMIT:-2}" -rss_limit_mb=1024 -max_len="${MAX:-4096}" \
    -print_final_stats=1 -artifact_prefix="$root/found/$what-" "$root/corpus/$what" "${seeds[@]}" 2>&1 | tail -25
