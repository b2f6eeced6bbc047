import Amalgam
import Foundation

/// Uses Amalgam from another package: the example of the documentation, a layer and a method that Amalgam does not have.
///
///     Client SAMPLE-MODELS OUTPUT-FOLDER
@main enum Client {
    static func main() {
        do { try run() } catch {
            FileHandle.standardError.write(Data("Client: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run() throws {
        guard CommandLine.arguments.count == 3 else { throw Failure("usage: Client SAMPLE-MODELS OUTPUT-FOLDER") }
        let (samples, output) = (CommandLine.arguments[1], CommandLine.arguments[2])
        try fuseTwoNetworks(in: samples + "/non-iid-pair", output: output + "/fused.pt")
        try fuseNetworksWithScale(output: output + "/scaled.pt")
        try fuseByRank()
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Failure(what()) }
}

/// The largest difference of the logits of two networks on the same inputs.
func difference(of one: Network, from other: Network) throws -> Double {
    let inputs = try Dataset.digits(.test).batch(Array(0..<100)).reshaped([100] + one.architecture.inputShape)
    return try (one(inputs) - other(inputs)).magnitude().maximum().converted(to: .float64).array(of: Double.self)[0]
}

/// The same function with the hidden neurons in reverse order.
func reversed(_ network: Network) throws -> Network {
    var maps: [Int: NeuronMap] = [:]
    for group in network.groups.hidden { maps[group.id] = .selection(Array((0..<group.neurons).reversed())) }
    var parameters: [String: Tensor] = [:]
    for name in network.parameterNames {
        parameters[name] = try network.groups.carried(network.parameter(name), parameter: name, along: maps)
    }
    return try Network(network.architecture, parameters: parameters)
}
