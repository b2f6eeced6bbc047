import ArgumentParser
import Checkpoints
import Foundation
import Fusion
import Hyperparameters
import Provenance
import Runs
import Tensors

/// Processor time and memory of fusing networks, beside PyTorch's plain average of the same files.
///
/// The plain average is what every machine can be measured by: the published programs' times are known as multiples of it, taken in one run on
/// one machine (transplantation: 7.3, 9.7 and 10.4 for the first three pairs below). Methods that look at samples get noise. A network with batch norms is
/// fused by weights alone, and once more with samples, on which its batch norms are re-estimated.
struct FusionBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fusion", abstract: "Processor time and memory of fusions, beside PyTorch's plain average of the same files.")

    @OptionGroup var options: BenchmarkOptions

    private struct Case {
        let name: String
        let blueprint: String
        let sample: [Int]
        var parents = 2
        let recipes: [(name: String, settings: [String])]
    }

    private static let byWeights: [(name: String, settings: [String])] = [
        ("transplant", []), ("otfusion", ["source=weights"]), ("average", []),
    ]
    private static let bySamples: [(name: String, settings: [String])] = [
        ("hf", ["importance=conductance"]), ("kf", ["importance=conductance"]), ("reconstruct", []),
    ]
    private static let cases = [
        Case(name: "MLP 784-512-512-512-10", blueprint: "mlp:784-512-512-512-10", sample: [1, 28, 28], recipes: byWeights),
        Case(name: "VGG11 without batch norm", blueprint: "vgg11:norm=no", sample: [3, 32, 32], recipes: byWeights),
        Case(name: "ResNet18", blueprint: "resnet18", sample: [3, 32, 32], recipes: byWeights),
        Case(name: "two MLPs 784-256-10, 400 samples", blueprint: "mlp:784-256-10", sample: [1, 28, 28], recipes: bySamples),
        Case(
            name: "four MLPs 784-256-10, 400 samples", blueprint: "mlp:784-256-10", sample: [1, 28, 28], parents: 4,
            recipes: Array(bySamples.dropFirst())),
        Case(name: "two VGG11 without batch norm, 400 samples", blueprint: "vgg11:norm=no", sample: [3, 32, 32], recipes: [bySamples[0]]),
    ]
    private static let samples = 400

    func run() throws {
        try Torch.setThreads(options.threads)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        // Our side is measured without PyTorch too; why its side is missing is said at the end.
        var refusal: (any Error)?
        let rival = Result { try RivalProcess(script: "fusion_rival.py", python: RivalProcess.python, path: nil, threads: options.threads) }
        print("| pair | method | processor ms | added memory, MB (result, MB) | PyTorch's average, ms | ratio |")
        print("|---|---|---|---|---|---|")
        for pair in Self.cases {
            let recipes = pair.recipes.filter { options.includes("\(pair.name), \($0.name)") }
            if recipes.isEmpty { continue }
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let files = (1...pair.parents).map { folder.appendingPathComponent("\($0).pt").path }
            for (index, file) in files.enumerated() {
                try Checkpoint.save(
                    ArchitectureSpec(pair.blueprint).fresh(input: pair.sample, classes: 10, seed: UInt64(index + 1)), to: file)
            }
            var theirs: Double?
            do { theirs = try rival.get().measure("\(options.repetitions)", folder: folder).milliseconds } catch { refusal = error }
            for recipe in recipes {
                let looks = Self.bySamples.contains { $0.name == recipe.name }
                print(try row(pair, recipe, files: files, theirs: theirs, withSamples: looks))
                if !looks, pair.blueprint.hasPrefix("resnet") {
                    print(try row(pair, recipe, files: files, theirs: theirs, withSamples: true))
                }
            }
        }
        if let refusal {
            print("\nPyTorch's side is missing (\(RivalProcess.python), or name a Python that has torch with PYTHON=…): \(refusal)")
        }
    }

    private func row(
        _ pair: Case, _ recipe: (name: String, settings: [String]), files: [String], theirs: Double?, withSamples: Bool
    ) throws -> String {
        var wanted = Recipe(method: try Methods.named(recipe.name))
        for setting in recipe.settings { try wanted.apply(assignment: setting) }
        let noise = withSamples ? try NoiseInputs(Self.samples, sample: pair.sample, classes: 10) : nil
        let looks = Self.bySamples.contains { $0.name == recipe.name }
        var times: [Double] = [], added = 0, size = 0
        // The first one touches the parents' pages and libtorch's code for the first time.
        for turn in 0...options.repetitions {
            let fuser = try Fuser(parents: Parent.open(files).map(\.network), recipe: wanted, inputs: noise)
            let (fused, usage) = try Usage.of { try fuser.fuse().network }
            if turn > 0 { times.append(usage.seconds * 1000) } else { added = usage.added }
            size = try fused.parameters.values.reduce(0) { try $0 + $1.count * $1.dtype().byteCount }
        }
        let mine = times.sorted()[times.count / 2]
        let other = theirs.map { String(format: "%.1f | %.2f", $0, mine / $0) } ?? "– | –"
        return String(
            format: "| %@ | %@ | %.1f | %.0f (%.0f) | %@ |", pair.name,
            withSamples && !looks ? "\(recipe.name), batch norms re-estimated" : recipe.name, mine, Double(added) / 1e6, Double(size) / 1e6,
            other)
    }
}
