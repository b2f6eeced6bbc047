#!/bin/sh
# The experiments of Singh & Jaggi 2020 and of Öz et al. 2024 on MNIST, small: parents, ensemble, plain average, fused, fine-tuned.
#
#   DATA=data/mnist docs/experiments/mnist.sh
#
# Six perceptrons 784-128-64-10 of other seeds and three of other widths are trained for three epochs each; a fine-tuning is one epoch more. "A
# fine-tuned" is the control: the first parent trained equally long.
. "$(dirname "$0")/common.sh"
data=mnist:${DATA:-data/mnist}
tuning="--epochs 1 --learning-rate 0.01 --momentum 0.9 --batch 64 --validation-share 0 --keep last --seed 1 --restart"

for index in 1 2 3 4 5 6; do trained "$out/mlp-$index.safetensors" mlp:784-128-64-10 --data "$data:train" --epochs 3 --seed "$index"; done
trained "$out/mlp-wide.safetensors" mlp:784-256-128-10 --data "$data:train" --epochs 3 --seed 7
a=$out/mlp-1.safetensors b=$out/mlp-2.safetensors wide=$out/mlp-wide.safetensors
trained "$out/mlp-special.safetensors" mlp:784-128-64-10 --data "$data:train?partition=personal&label=4&share=0.1&part=1&seed=1" --epochs 3 --seed 8
trained "$out/mlp-general.safetensors" mlp:784-128-64-10 --data "$data:train?partition=personal&label=4&share=0.1&part=2&seed=1" --epochs 3 --seed 9

row() { # LABEL PARENTS… -- OPTION…
    label=$1 files=""
    shift
    while [ "$1" != -- ]; do files="$files $1" && shift; done
    shift
    fused="$out/mnist-fused.safetensors"
    # Lists of files and flags without spaces.
    # shellcheck disable=SC2086
    quietly "$fused.log" fuse $files --data "$data:train" --samples 400 --evaluate "$data:test" --output "$fused" "$@" || return 0
    # shellcheck disable=SC2086
    quietly "$fused.tuned.log" finetune "$fused" --data "$data:train" --evaluate "$data:test" $tuning --output "$out/mnist-tuned.safetensors"
    paper "$label" "$fused.log" "$fused.tuned.log"
}

# shellcheck disable=SC2086
quietly "$out/mnist-control.log" finetune "$a" --data "$data:train" --evaluate "$data:test" $tuning --output "$out/mnist-control.safetensors"
echo "A $(accuracy before "$out/mnist-control.log"), A fine-tuned $(accuracy after "$out/mnist-control.log")"

header "OTFusion (Singh & Jaggi 2020)"
row "a pair, by activations" "$a" "$b" -- --method otfusion
row "a pair, by weights" "$a" "$b" -- --method otfusion --set source=weights
for count in 4 6; do
    # shellcheck disable=SC2046
    row "$count parents" $(seq -f "$out/mlp-%g.safetensors" $count) -- --method otfusion
    # shellcheck disable=SC2046
    row "$count parents, barycenter" $(seq -f "$out/mlp-%g.safetensors" $count) -- --method otfusion --set scheme=barycenter
done
row "different widths" "$wide" "$a" -- --method otfusion --preset widths
for blend in 0.2 0.5 0.8; do row "skill transfer, blend $blend" "$out/mlp-special.safetensors" "$out/mlp-general.safetensors" -- --method otfusion --preset skill-transfer --set blend=$blend; done
row "compression to a half" "$wide" "$wide" -- --method otfusion --preset compression --set width=0.5

header "Transplantation (Öz et al. 2024)"
for count in 2 4 6; do
    for scheme in joint iterative hierarchical; do
        # shellcheck disable=SC2046
        row "$count parents, $scheme" $(seq -f "$out/mlp-%g.safetensors" $count) -- --method transplant --set scheme=$scheme
    done
done
for ratio in 0 0.25 0.5 0.75 0.9; do row "removed $ratio" "$a" "$b" -- --method transplant --set size=ratio --set ratio=$ratio; done
row "prune, then merge" "$a" "$b" -- --method transplant --set order=prune-merge
row "different widths" "$wide" "$a" -- --method transplant --set size=parent
for rate in 0 0.125 0.25 0.5 0.75 1; do row "transfer rate $rate" "$a" "$b" -- --method transplant --set order=transfer --set transfer-rate=$rate; done
row "self transplant" "$a" "$a" -- --method transplant
