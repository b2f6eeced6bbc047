# What the experiments share; to be read by them: . "$(dirname "$0")/common.sh"
#
# AMALGAM names the program, OUT the folder for networks; what is there already is not made again. Tables are Markdown.
set -eu
program=${AMALGAM:-amalgam} out=${OUT:-experiments}
mkdir -p "$out"

# The accuracy of a row of what the program printed: accuracy ROW FILE.
accuracy() { sed -n "s/^$1[^%]* \([0-9.]*\) %.*/\1/p" "$2" | tail -1; }

# The accuracies of all parents.
parents_of() { sed -n 's/^[A-Z] .* \([0-9.]*\) %.*/\1/p' "$1" | tr '\n' ' '; }

# Runs the program, keeps what it prints beside its output, and shows what went wrong: quietly LOG COMMAND…
quietly() {
    log=$1
    shift
    "$program" "$@" --no-record >"$log" 2>"$log.err" || { cat "$log.err" >&2; return 1; }
}

# The head of a table in the shape of the papers', and a row of it: paper LABEL LOG-OF-FUSION LOG-OF-FINE-TUNING.
header() { echo && echo "| $1 | parents | ensemble | plain average | fused | fine-tuned |" && echo "|---|---|---|---|---|---|"; }
paper() { echo "| $1 | $(parents_of "$2")| $(accuracy ensemble "$2") | $(accuracy 'plain average' "$2") | $(accuracy fused "$2") | $(accuracy after "$3") |"; }

# Trains a network unless it is there: trained FILE BLUEPRINT OPTION…
trained() {
    trained=$1
    shift
    [ -f "$trained" ] || quietly "$trained.log" train "$@" --output "$trained"
}
