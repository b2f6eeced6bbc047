#!/usr/bin/env bash
# Tests the wheel of `make wheel` as a user meets it: for each torch a new virtual environment, `pip install`, `amalgam doctor`, `amalgam demo`, a fusion
# through the command line and one through `import amalgam`. No compiler and nothing of this checkout is on the path. First: which symbols of the system's
# libraries the program and the bridges ask for.
#
#   TORCH="torch==2.13.0 torch==2.15.0"     what pip installs (default: the version of .deps/libtorch)
#   WHEEL=FILE                              the wheel (default: the one in .build-wheel/dist)
set -eu
cd "$(dirname "$0")/.."
wheel=$(readlink -f "${WHEEL:-$(ls .build-wheel/dist/*.whl)}")
python=${PYTHON:-python3}
version=$(tr -d '"' < <(grep -h 'torch_version=' scripts/setup.sh | head -n 1 | cut -d= -f2))
read -ra torches <<<"${TORCH:-torch==$version}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

say() { printf 'wheel-test: %s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }

newest() { # newest FILE PREFIX: the newest symbol version that a file asks for
    objdump -T "$1" | grep -oE "\(?$2_[0-9.]+" | tr -d '(' | sort -Vu | tail -n 1
}
at_most() { # at_most FILE PREFIX VERSION
    local found
    found=$(newest "$1" "$2")
    [ -z "$found" ] && return
    [ "$(printf '%s\n%s\n' "$found" "$2_$3" | sort -V | tail -n 1)" = "$2_$3" ] || stop "$1 asks for $found, more than $2_$3"
}

"$python" -m zipfile -e "$wheel" "$folder/unpacked"
program=$folder/unpacked/amalgam/program
at_most "$program/amalgam" GLIBC 2.34
allowed='^(libm|libc|libdl|libpthread|librt|libgcc_s|libutil|ld-linux-x86-64)\.so'
others=$(readelf -d "$program/amalgam" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | grep -vE "$allowed" | tr '\n' ' ' || true)
[ -z "$others" ] || stop "the program needs libraries that a system may lack: $others"
for bridge in "$program"/bridges/*/libCTorchBridge.so; do
    at_most "$bridge" GLIBC 2.34
    at_most "$bridge" GLIBCXX 3.4.29 # GCC 11, which came out with glibc 2.34
    at_most "$bridge" CXXABI 1.3.13
done
say "$(basename "$wheel"): $(du -h "$wheel" | cut -f1), $(du -sh "$folder/unpacked" | cut -f1) unpacked, the program $(du -h "$program/amalgam" | cut -f1); $(newest "$program/amalgam" GLIBC) is enough"

cat >"$folder/use.py" <<'END'
import torch, amalgam

def net(seed):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10))

for seed, name in enumerate("ab"):
    amalgam.export(net(seed), torch.zeros(2, 1, 8, 8), f"{name}.pt2")
result = amalgam.fuse(["a.pt2", "b.pt2"], data="digits", evaluate="digits", output="net.pt")
net(0).load_state_dict(result.load())
print(result)
END

for torch in "${torches[@]}"; do
    start=$SECONDS
    place=$folder/venv
    rm -rf "$place" "$folder/work"
    mkdir "$folder/work"
    "$python" -m venv "$place"
    install() { "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
    # The CPU build is smaller; it stands on PyTorch's own index, and on some mirrors.
    install "$wheel" "$torch+cpu" 2>/dev/null || install "$wheel" "$torch+cpu" --extra-index-url https://download.pytorch.org/whl/cpu 2>/dev/null || install "$wheel" "$torch"
    installed=$((SECONDS - start))
    amalgam() { (cd "$folder/work" && env -i HOME="$folder/work" PATH="$place/bin" LANG=C.UTF-8 OMP_NUM_THREADS=1 amalgam "$@"); }
    amalgam doctor || stop "amalgam doctor found something with $torch"
    amalgam demo >/dev/null
    amalgam fuse non-iid-pair --output fused.pt >"$folder/report"
    stored=$("$python" -c 'import json, sys; print("%.1f" % (100 * json.load(open(sys.argv[1]))["fused"]))' "$program/sample-models/non-iid-pair/expected.json")
    grep -q "^fused  *$stored" "$folder/report" || stop "the fusion of non-iid-pair gives not $stored % with $torch: $(grep '^fused' "$folder/report")"
    (cd "$folder/work" && env -i HOME="$folder/work" PATH="$place/bin" OMP_NUM_THREADS=1 python "$folder/use.py") | grep -q '^fused' || stop "import amalgam failed with $torch"
    [ -s "$folder/work/fused.pt" ] || stop "no file was saved with $torch"
    say "$torch: installed in $installed s, used in $((SECONDS - start - installed)) s"
done
