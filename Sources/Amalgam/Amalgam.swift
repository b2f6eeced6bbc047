// `import Amalgam` is all that a client needs (docs/library.md): it opens checkpoints and data sets, fuses, trains, evaluates and saves.
// The store of runs, reports and the workbench are not part of it.

/// Checkpoints as networks: `Checkpoint.open`, `Checkpoint.save`.
@_exported import Checkpoints
/// Data: `Dataset`, `DataSpec`.
@_exported import Datasets
/// Recipes, methods and their execution: `Recipe`, `Method`, `Fuser`, `Alignment`, `Combination`.
@_exported import Fusion
/// Declarations of hyperparameters and their values: `Settings`.
@_exported import Hyperparameters
/// Layers, architectures, neuron groups: `Network`, `Layer`.
@_exported import Networks
/// Arrays in libtorch: `Tensor`.
@_exported import Tensors
/// Evaluation and fine-tuning: `Evaluator`.
@_exported import Training
/// Discrete optimal transport: `TransportPlan`, `Matrix`.
@_exported import Transport
