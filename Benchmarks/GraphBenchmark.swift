import ArgumentParser
import Checkpoints
import Foundation
import Networks
import Provenance
import Tensors

/// Exported graphs: every `NAME.pt2` of a folder beside `NAME.safetensors` with inputs `x` and PyTorch's outputs `y` (or `y0`).
struct GraphBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graphs", abstract: "Opens exported graphs, compares their outputs with PyTorch's, and shakes their neurons.")

    @ArgumentParser.Argument(help: "The folder.") var folder: String = ProcessInfo.processInfo.environment["AMALGAM_ZOO"] ?? "zoo"
    @Option(help: "Only networks whose name contains this text.") var only: String?
    @Flag(help: "Leaves the permutation check out.") var unchecked = false

    func run() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pt2") }.sorted()
        print(
            "| network | nodes | operations | state | opening, s | outputs differ by | one sample alone | a pass, ms | groups | check | memory, MB |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        var opened = 0, equal = 0, names = 0
        for file in files where only.map({ file.contains($0) }) ?? true {
            let name = String(file.dropLast(4))
            names += 1
            do {
                let row = try row(name)
                opened += 1
                equal += row.isEqual ? 1 : 0
                print(row.text)
            } catch { print("| \(name) | \(error) |") }
        }
        print("\n\(opened) of \(names) opened, \(equal) of them with PyTorch's outputs to 1e-5 of their size")
    }

    private func row(_ name: String) throws -> (text: String, isEqual: Bool) {
        let clock = ContinuousClock(), start = clock.now
        let checkpoint = try Checkpoint.open("\(folder)/\(name).pt2")
        let network = try checkpoint.network(), opening = start.duration(to: clock.now)
        let probe = try LogitProbe("\(folder)/\(name).safetensors", for: network.architecture), (x, expected) = (probe.inputs, probe.logits)
        let first = try Self.difference(try network(x), expected)
        let alone = try Self.difference(
            try network(x.narrowed(axis: 0, from: 1, count: 1)), expected.narrowed(axis: 0, from: 1, count: 1))
        let before = clock.now
        _ = try network(x)
        let pass = before.duration(to: clock.now)
        let operations = network.architecture.nodes.count { type(of: $0.layer).kind == "operation" }
        let check = unchecked ? "–" : try network.selfCheck().passed ? "passed" : "failed"
        let columns = [
            name, "\(network.architecture.nodes.count)", "\(operations)", checkpoint.graphState.rawValue,
            String(format: "%.2f", opening / .seconds(1)), String(format: "%.1e", first), String(format: "%.1e", alone),
            String(format: "%.1f", pass / .milliseconds(1)), "\(network.groups.hidden.count)", check, "\(Memory.peak >> 20)",
        ]
        return ("| " + columns.joined(separator: " | ") + " |", max(first, alone) <= 1e-5)
    }

    /// The largest difference in units of the largest output. Tokens stand behind the neurons in a network's outputs, PyTorch has them before.
    private static func difference(_ found: Tensor, _ expected: Tensor) throws -> Double {
        let found = found.shape != expected.shape && found.rank == 3 ? try found.transposed(1, 2) : found
        guard found.shape == expected.shape else { return .infinity }
        return try (found - expected).magnitude().maximum().item() / expected.magnitude().maximum().item()
    }
}
