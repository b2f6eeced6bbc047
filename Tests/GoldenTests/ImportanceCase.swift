import Archives
import Fusion
import Networks
import Tensors
import Testing

/// Importance scores of the neuron interpolation paper's program, layer by layer and level by level.
struct ImportanceCase {
    let golden: GoldenCase

    init(_ golden: GoldenCase) { self.golden = golden }

    func run() throws {
        let setting = try NeuronCase(golden)
        let expected = try golden.archive("expected.safetensors")
        guard let options = golden.json["options"], let modes = options["modes"]?.array?.compactMap(\.string),
            let kinds = options["kinds"]?.array?.compactMap(\.string)
        else { throw golden.notUnderstood("scores without modes and kinds") }
        for (parent, network) in setting.parents.enumerated() {
            if let stored = expected["logits.parent\(parent)"] {
                let difference = try relativeDifference(network(setting.samples.values).array(of: Double.self), stored)
                #expect(difference <= 1e-4, "logits of parent \(parent) differ by \(difference)")
            }
            for mode in modes {
                let nodes = try nodes(mode, setting)
                for kind in kinds {
                    guard let kindOfOurs = Importance.Kind(rawValue: kind) else { throw golden.notUnderstood("the importance \(kind)") }
                    let scores = try Importance(kindOfOurs).scores(of: network, at: nodes, inputs: setting.samples)
                    for (index, node) in nodes.enumerated() {
                        let stored = try expected.array("\(mode).\(kind).parent\(parent).layer\(index)")
                        let difference = try relativeDifference(scores[node] ?? [], stored)
                        // As the case says: 1e-3 of the largest score; both sides are single-precision forward passes, which agree better.
                        #expect(
                            difference <= 1e-4,
                            "\(mode) \(kind) of parent \(parent), \(node): differs by \(difference) of the largest score")
                    }
                }
            }
        }
    }

    private func nodes(_ mode: String, _ setting: NeuronCase) throws -> [String] {
        switch mode {
        case "layer": return setting.layers
        case "level" where !setting.levels.isEmpty: return setting.levels
        default: throw golden.notUnderstood("the mode \(mode)")
        }
    }
}
