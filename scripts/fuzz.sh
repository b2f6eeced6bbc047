#!/usr/bin/env bash
# scripts/fuzz.sh [WHAT] [SECONDS]: libFuzzer with the address sanitizer over a reader of files: archives, pickles, toml or images; all in turn without WHAT.
#
# Begins with the fixtures of the tests and what earlier runs found (.build-fuzz/corpus). An input that crashes, takes more than two seconds, or more
# than 1 GB with the sanitizer's own share, is written to .build-fuzz/found: make a test of it. Figures of past runs: docs/reliability.md.
set -eu
cd "$(dirname "$0")/.."
what=${1:-all} seconds=${2:-60} root=.build-fuzz
if [ "$what" = all ]; then
    for one in archives pickles toml images; do "$0" "$one" "$seconds"; done
    exit
fi
mkdir -p "$root/modules" "$root/corpus/$what" "$root/found"
clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
flags=(-O1 -g -fsanitize=fuzzer-no-link,address)

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
    swiftc -O -g -sanitize=fuzzer,address -parse-as-library -wmo -swift-version 6 -package-name amalgam -module-name ReadersFuzz "${includes[@]}" \
        $(find Sources/Archives -name '*.swift') "$harness" "$root/mappings.o" -lz -lcrypto -o "$root/$what"
    ;;
toml)
    kit=.build/checkouts/TOMLKit/Sources
    [ -d "$kit" ] || swift package resolve
    module CTOML "$kit/CTOML/include"
    for file in $(find "$kit/CTOML" -name '*.cpp'); do
        "$clang++" "${flags[@]}" -std=c++17 -I"$kit/CTOML/include" -c "$file" -o "$root/$(basename "$file").o"
    done
    swiftc -O -g -sanitize=address -parse-as-library -wmo -module-name TOMLKit "${includes[@]}" -emit-module -emit-module-path "$root/TOMLKit.swiftmodule" \
        -emit-object $(find "$kit/TOMLKit" -name '*.swift') -o "$root/TOMLKit.o"
    swiftc -O -g -sanitize=fuzzer,address -parse-as-library -wmo -swift-version 6 -package-name amalgam -module-name ReadersFuzz -I "$root" "${includes[@]}" \
        Sources/TOMLFiles/*.swift Fuzz/TOML.swift "$root/TOMLKit.o" "$root"/*.cpp.o -lstdc++ -o "$root/toml"
    ;;
images)
    "$clang" -O1 -g -fsanitize=fuzzer,address -std=gnu2x -ISources/CImages/include -ISources/CImages Sources/CImages/*.c Fuzz/images.c \
        -lpng -ljpeg -ldl -o "$root/images"
    ;;
*)
    echo "fuzz: $what is none of archives, pickles, toml, images" >&2
    exit 2
    ;;
esac
case $what in
archives) seeds=(Tests/Fixtures/archives Tests/Fixtures/exported) ;;
images) seeds=(Tests/Fixtures/datasets) ;;
toml) seeds=(themes Tests/Fixtures/networks) ;;
*) seeds=() ;;
esac
ASAN_OPTIONS=detect_leaks=0 "$root/$what" -max_total_time="$seconds" -timeout=2 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$root/found/$what-" "$root/corpus/$what" "${seeds[@]}" 2>&1 | tail -25
