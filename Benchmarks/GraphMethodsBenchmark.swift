import ArgumentParser
import Checkpoints
import Foundation
import Fusion
import Networks
import Tensors

/// What methods do on exported graphs: a network is fused with a copy of itself whose neurons are in a random order. A method that aligns finds the order,
/// so that the fused network computes what the network does; shares say which parameters it aligned, fitted anew and kept.
struct GraphMethodsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph-methods",
        abstract:
            "Fuses exported graphs with permuted copies of themselves by every method; says what of their parameters was aligned and fitted."
    )

    @ArgumentParser.Argument(help: "The folder of .pt2 files.") var folder: String =
        ProcessInfo.processInfo.environment["AMALGAM_ZOO"] ?? "zoo"
    @Option(help: "Only networks whose name contains this text.") var only: String?
    @Option(help: "Samples of random numbers for methods that look at samples.") var samples = 64
    @Option(help: "Only networks of at most so many parameters, in millions.") var millions = 1000.0

    /// Those that align, and must find the order again.
    private static let methods: [(name: String, method: String, settings: [String])] = [
        ("otfusion", "otfusion", ["source=weights"]), ("git-rebasin", "git-rebasin", []), ("reconstruct", "reconstruct", []),
    ]

    private struct RandomInputs: InputSource {
        let values: Tensor
        let isOfTokens: Bool
        let inputLengths: [Int]
        var name: String { "random inputs" }
        var count: Int { values.shape[0] }
        func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    }

    func run() throws {
        print(
            "| network | parameters | aligned | fitted anew | "
                + Self.methods.map { "\($0.name): outputs differ by" }.joined(separator: " | ") + " |")
        print("|---|---|---|---|" + Self.methods.map { _ in "---|" }.joined())
        var aligned: [Double] = [], recovered = [Int](repeating: 0, count: Self.methods.count), all = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        where file.hasSuffix(".pt2") && only.map({ file.contains($0) }) ?? true {
            do {
                let network = try Checkpoint.open("\(folder)/\(file)").network()
                guard Double(network.parameterCount) <= millions * 1e6 else { continue }
                all += 1
                let row = try row(network)
                aligned.append(row.aligned)
                for (place, error) in row.errors.enumerated() where (error ?? .infinity) <= 1e-3 { recovered[place] += 1 }
                print("| \(file.dropLast(4)) | \(network.parameterCount) | \(row.text) |")
            } catch { print("| \(file.dropLast(4)) | \(error) |") }
        }
        let median = aligned.sorted().dropFirst(aligned.count / 2).first ?? 0
        print(
            "\n\(all) networks; median of the aligned share \(String(format: "%.1f", 100 * median)) %; outputs recovered to 1e-3 of the largest: "
                + zip(Self.methods, recovered).map { "\($0.name) \($1)" }.joined(separator: ", "))
    }

    /// The network with every hidden group in a random order.
    private func permuted(_ network: Network, _ generator: Generator) throws -> Network {
        var maps: [Int: NeuronMap] = [:]
        for group in network.groups.hidden {
            maps[group.id] = .selection(try Tensor.permutation(group.neurons, generator: generator).array(of: Int.self))
        }
        return try network.carried(along: maps)
    }

    private func row(_ network: Network) throws -> (text: String, aligned: Double, errors: [Double?]) {
        let generator = try Generator(seed: 5)
        let inputs = RandomInputs(
            values: try network.randomInputs(samples, generator), isOfTokens: network.architecture.takesTokens,
            inputLengths: network.architecture.elements.parts.map(\.count))
        let copy = try permuted(network, generator), x = try inputs.inputs(0..<min(4, samples)), expected = try network(x)
        let scale = try expected.magnitude().maximum().item()
        let moving = Set(network.groups.hidden.flatMap { $0.axes.map(\.parameter) })
        let sizes = Dictionary(
            network.trace.parameters.map { ($0.fullName, $0.shape.reduce(1, *)) }, uniquingKeysWith: { first, _ in first })
        let total = Double(max(1, sizes.values.reduce(0, +)))
        let aligned = Double(sizes.filter { moving.contains($0.key) }.values.reduce(0, +)) / total
        var fitted: Double?, cells: [String] = [], errors: [Double?] = []
        for method in Self.methods {
            do {
                var recipe = Recipe(method: try Methods.named(method.method))
                for setting in method.settings { try recipe.apply(assignment: setting) }
                let outcome = try Fuser(parents: [network, copy], recipe: recipe, inputs: inputs).fuse()
                let error = try (outcome.network(x) - expected).magnitude().maximum().item() / max(scale, .leastNormalMagnitude)
                errors.append(error)
                cells.append(String(format: "%.1e", error))
                if let found = outcome.reconstruction {
                    let names = Set(
                        found.layers.flatMap(\.names) + (found.head == nil ? [] : [network.architecture.parameterised.last?.id ?? ""]))
                    let layers = network.trace.layers.filter { names.contains($0.id) }
                    fitted = Double(layers.flatMap(\.parameters).reduce(0) { $0 + $1.shape.reduce(1, *) }) / total
                }
            } catch {
                errors.append(nil)
                cells.append("\(error)")
            }
        }
        let shares = [String(format: "%.1f %%", 100 * aligned), fitted.map { String(format: "%.1f %%", 100 * $0) } ?? "–"]
        return ((shares + cells).joined(separator: " | "), aligned, errors)
    }
}
