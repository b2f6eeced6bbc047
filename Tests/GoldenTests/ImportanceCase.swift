import Archives
import Fusion
import Networks
import Tensors

/// Importance scores of the neuron interpolation paper's program, layer by layer and level by level.
struct ImportanceCase {
    let golden: GoldenCase
    let expectations: Expectations

    func run() throws {
        let setting = try NeuronCase(golden)
        let options = try golden.requireOptions(["method", "modes", "kinds", "batch"])
        guard let modes = options["modes"]?.strings, let kinds = options["kinds"]?.strings else {
            throw golden.notUnderstood("scores without modes and kinds")
        }
        for (parent, network) in setting.parents.enumerated() {
            try expectations.tensor(
                "logits.parent\(parent)", network(setting.samples.values).doubles, within: 1e-4, relative: true,
                "logits of parent \(parent)")
            for mode in modes {
                let nodes = try nodes(mode, setting)
                for kind in kinds {
                    guard let ours = Importance.Kind(rawValue: kind) else { throw golden.notUnderstood("the importance \(kind)") }
                    let scores = try Importance(ours).scores(of: network, at: nodes, inputs: setting.samples)
                    for (index, node) in nodes.enumerated() {
                        // As the case says: 1e-3 of the largest score; both sides are single-precision forward passes, which agree better.
                        try expectations.tensor(
                            "\(mode).\(kind).parent\(parent).layer\(index)", scores[node] ?? [], within: 1e-4, relative: true,
                            "\(mode) \(kind) of parent \(parent) at \(node)")
                    }
                }
            }
        }
        guard golden.json["expected_scalars"] != nil else { return }
        guard let test = try setting.testSet() else { return expectations.cannot("the data set's files are not at hand") }
        try setting.compareParents(test, expectations)
    }

    private func nodes(_ mode: String, _ setting: NeuronCase) throws -> [String] {
        switch mode {
        case "layer" where !setting.layers.isEmpty: return setting.layers
        case "level" where !setting.levels.isEmpty: return setting.levels
        default: throw golden.notUnderstood("the mode \(mode)")
        }
    }
}
