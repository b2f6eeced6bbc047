import Amalgam

/// The lines of docs/library.md.
func fuseTwoNetworks(in folder: String, output: String) throws {
    // Open two checkpoints. An architecture is recognised from the parameters, or read from an architecture file.
    let first = try Checkpoint.open(folder + "/a.safetensors")
    let second = try Checkpoint.open(folder + "/b.safetensors")
    let parents = [try first.network(), try second.network()]

    // A recipe determines the result: the method, its hyperparameters, the seed.
    var recipe = Recipe(method: Reconstruction.method, seed: 7)
    try recipe.apply(assignment: "reference=first")

    // Fuse. The method sees unlabelled samples of the training data.
    let samples = DatasetInputs(try Dataset.digits(.train), seed: recipe.seed)
    let fused = try Fuser(parents: parents, recipe: recipe, inputs: samples).fuse().network

    // Evaluate the parents and the fused network on test data, in one pass.
    let evaluator = Evaluator(try Dataset.digits(.test))
    let accuracies = try evaluator.evaluate(parents + [fused]).map(\.accuracy)

    // Save for torch.load, with the first parent's parameter names and element types.
    try Checkpoint.save(fused, to: output, like: first.layout)

    try require(accuracies[2] > max(accuracies[0], accuracies[1]), "the fused network is no better than its parents: \(accuracies)")
    try require(try difference(of: Checkpoint.open(output).network(), from: fused) == 0, "the saved network is another one")
    print("example: parents \(accuracies[0]) and \(accuracies[1]), fused \(accuracies[2])")
}
