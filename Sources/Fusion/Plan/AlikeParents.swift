import Networks
import Tensors

extension AlikeNetworks {
    /// Parents in one form: computed in the widest type, with a bias where another has one, tied where all are.
    static func parents(_ networks: [Network]) throws -> AlikeNetworks {
        try AlikeNetworks(networks)
    }

    /// What was done, in sentences.
    package var notes: [String] {
        var notes: [String] = []
        for network in networks.indices {
            for parameter in Self.ordered(given.filter { $0.network == network && $0.parameter != Self.counter }.map(\.parameter)) {
                let own = given.filter { $0.network == network && $0.parameter == parameter }
                let what = own[0].value == 0 ? "zeros" : "ones"
                notes.append(
                    "parent \(FusionError.letter(network)) has no \(parameter) in \(Self.list(own.map(\.layer))), where another parent has one: a \(parameter) of \(what), which computes the same, was taken; the fused network has this \(parameter)"
                )
            }
        }
        for pair in untied {
            let parents = pair.networks.map(FusionError.letter).joined(separator: " and ")
            notes.append(
                "\(pair.first) and \(pair.second) are tied in parent \(parents) but not in every parent: the fused network has two parameters, and does not load into a class that ties them"
            )
        }
        return notes
    }

    /// Batches seen decide nothing of what a network computes.
    private static let counter = "num_batches_tracked"

    private static func ordered(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func list(_ names: [String]) -> String {
        names.count <= 4 ? names.joined(separator: ", ") : names.prefix(4).joined(separator: ", ") + " and \(names.count - 4) more layers"
    }
}

/// Samples in the type that networks compute in.
struct TypedInputs: InputSource {
    let source: any InputSource
    var isOfTokens: Bool { source.isOfTokens }
    var inputLengths: [Int] { source.inputLengths }
    let dtype: DType

    var name: String { source.name }
    var count: Int { source.count }

    func inputs(_ range: Range<Int>) throws -> Tensor {
        let x = try source.inputs(range), own = try x.dtype()
        return own == dtype || !own.isFloatingPoint ? x : try x.converted(to: dtype)
    }

    func labels(_ range: Range<Int>) throws -> [Int]? { try source.labels(range) }
}
