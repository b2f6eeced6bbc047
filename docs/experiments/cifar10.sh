#!/bin/sh
# Networks trained on unlike parts of CIFAR-10: OTFusion in the shape of the paper's table (Singh & Jaggi 2020), then every method as it comes out, after
# a refinement without labels, after one epoch of fine-tuning.
#
#   docs/experiments/cifar10.sh NETWORK PARENTS [EPOCHS [RATE]]        docs/experiments/cifar10.sh vgg:32-64-128-128 2 8 0.002
#
# DATA is the folder of CIFAR-10 (binary version). TRAIN=6000 draws so many images from each part; networks of another size want another OUT.
# EVALUATE=2000 measures on so many test images. ONLY=paper ends after the paper's table, ONLY=methods leaves it out, ONLY=fused
# also the two last columns. Methods see 400 unlabelled images of the first parent's part; a refinement sees 2000 of them and makes UPDATES=150 updates
# whatever the method, so that all take equal time; the fine-tuning is over the labelled images of all parts.
. "$(dirname "$0")/common.sh"
network=$1 parents=$2 epochs=${3:-8} rate=${4:-0.002}
data=cifar10:${DATA:-data/cifar10}
test="$data:test${EVALUATE:+?samples=$EVALUATE}"
# What a run measures by the way, that has to measure something.
glance="$data:test?samples=100"
name=$(printf '%s' "$network" | tr ':,=' '---')-$parents

part() { printf '%s:train?partition=dirichlet&parts=%s&part=%s%s&seed=3' "$data" "$parents" "$1" "${TRAIN:+&samples=$TRAIN}"; }
# As many images as all parents saw.
all_parts="$data:train${TRAIN:+?samples=$((TRAIN * parents))&seed=3}"

all=""
for index in $(seq "$parents"); do
    trained "$out/$name-$index.safetensors" "$network" --data "$(part "$index")" --epochs "$epochs" --optimizer adam --learning-rate "$rate" --batch 128 \
        --schedule cosine --augmentation flip,crop=4 --seed "$index"
    all="$all $out/$name-$index.safetensors"
done

fused() { # NETWORK OPTION…
    fused=$1.safetensors
    shift
    # A list of files without spaces.
    # shellcheck disable=SC2086
    [ -f "$fused" ] || quietly "$fused.log" fuse $all --data "$(part 1)" --evaluate "$glance" --output "$fused" "$@"
}

tuned() { # NETWORK: one epoch over the labelled images of all parts
    [ -f "$1-tuned.safetensors" ] || quietly "$1-tuned.log" finetune "$1.safetensors" --data "$all_parts" --epochs 1 --optimizer adam --learning-rate 0.001 \
        --batch 128 --schedule cosine --schedule-by step --augmentation flip,crop=4 --validation-share 0 --keep last --seed 1 --restart --evaluate "$glance" \
        --output "$1-tuned.safetensors"
}

measured() { # NETWORK…: their accuracies, with bars between
    for network in "$@"; do set -- "$@" "$network.safetensors" && shift; done
    "$program" eval "$@" --data "$test" | sed -n 's/^[^%]* \([0-9.]*\) %.*/\1/p' | paste -sd '|' | sed 's/|/ | /g'
}

published() { # LABEL NAME OPTION…: a row of the paper's table
    label=$1 result="$out/$name-$2"
    shift 2
    fused "$result" --method otfusion "$@" || return 0
    tuned "$result"
    echo "| $label | $parents_say| $ensemble | $(measured "$out/$name-average-plain" "$result" "$result-tuned") |"
}

row() { # NAME METHOD OPTION…
    label=$1 method=$2
    shift 2
    result="$out/$name-$method" samples=refine-samples
    [ "$method" = reconstruct ] && samples=samples
    fused "$result" --method "${method%-*}" "$@" || return 0
    if [ "${ONLY:-}" = fused ]; then
        echo "| $label | $(measured "$result") |"
        return
    fi
    fused "$result-refined" --method "${method%-*}" "$@" --set refine=distillation --set refine-rate=0.001 --set refine-updates="${UPDATES:-150}" --set $samples=2000 \
        --set jitter=mirrored
    tuned "$result"
    echo "| $label | $(measured "$result" "$result-refined" "$result-tuned") |"
}

log="$out/$name-average-plain.safetensors.log"
# This one tells of the parents and their ensembles, too.
# shellcheck disable=SC2086
quietly "$log" fuse $all --data "$(part 1)" --evaluate "$test" --output "$out/$name-average-plain.safetensors" --method average --set repair=none
parents_say=$(parents_of "$log") ensemble=$(accuracy ensemble "$log")
echo "$network: parents $parents_say· ensemble $ensemble · weighted by class shares $(accuracy "share-weighted ensemble" "$log")"
if [ "${ONLY:-}" != fused ]; then
    # The control: a network that is fused with nothing.
    control=$out/$name-control
    cp "$out/$name-1.safetensors" "$control.safetensors"
    tuned "$control"
    echo "A alone and fine-tuned alike: $(measured "$control" "$control-tuned")"
    if [ "${ONLY:-}" != methods ]; then
        header "OTFusion (Singh & Jaggi 2020)"
        published "by activations" otfusion-activations
        published "by weights" otfusion-weights --set source=weights
    fi
    [ "${ONLY:-}" != paper ] || exit 0
fi
echo
if [ "${ONLY:-}" = fused ]; then
    echo "| method | as it comes out |" && echo "|---|---|"
else
    echo "| method | as it comes out | refined without labels | after one epoch of fine-tuning |" && echo "|---|---|---|---|"
    row "first parent alone" transplant-alone --set order=transfer --set transfer-rate=0 --set size=parent
fi
row "plain average" average
row "Git Re-Basin" git-rebasin-
row "OTFusion" otfusion
row "transplantation" transplant
row "Hungarian fusion" hf
row "k-means fusion" kf
row "reconstruct" reconstruct
