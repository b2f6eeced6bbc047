import ArgumentParser
import Foundation
import Fusion
import Hyperparameters
import Networks
import Provenance
import Tensors

/// How time and memory of fusions grow with the networks: random weights, samples of noise, beside one pass of the same samples through all parents in
/// PyTorch, in the same run.
struct ScaleBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Processor time and memory of fusions of growing networks, beside one pass in PyTorch.")

    @OptionGroup var options: BenchmarkOptions
    @Option(help: "Samples that methods look at.") var samples = 64
    @Option(help: "Methods, separated by commas.") var methods = "average,transplant,otfusion,git-rebasin,reconstruct"
    @Flag(help: "Only the growth exponents, no table of networks.") var growthOnly = false
    @Flag(help: "Only the table of networks, no growth exponents.") var tableOnly = false

    /// What is fused.
    private struct Case {
        var network: String
        var parents = 2
        var samples: Int
    }

    private static let networks =
        ["mlp:512x3", "mlp:1024x3", "mlp:2048x3", "mlp:4096x3", "mlp:8192x3", "vgg11", "resnet18", "resnet50", "vit-s", "vit-b"]
    private static let settings = ["otfusion": ["source=weights"]]

    func validate() throws {
        guard samples > 0 else { throw ValidationError("--samples must be at least 1") }
        for name in methods.split(separator: ",") { _ = try Methods.named(String(name)) }
    }

    func run() throws {
        try Torch.setThreads(options.threads)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let rival = try RivalProcess(script: "scale_rival.py", python: RivalProcess.python, path: nil, threads: options.threads)
        if !growthOnly { try table(rival, folder) }
        if !tableOnly { try growth(rival, folder) }
    }

    private func table(_ rival: RivalProcess, _ folder: URL) throws {
        print("| two parents | method | processor s | added memory, MB | one pass in PyTorch, s | passes |")
        print("|---|---|---|---|---|---|")
        for network in Self.networks {
            let names = methods.split(separator: ",").map(String.init).filter { options.includes("\(network), \($0)") }
            if names.isEmpty { continue }
            let pass = try prepare(Case(network: network, samples: samples), rival, folder)
            for name in names {
                for (title, usage) in try measured(name, folder, parents: 2, network: network, samples: samples) {
                    print(
                        String(
                            format: "| %@ | %@ | %.2f | %.0f | %.2f | %.1f |", network, title, usage.seconds, Double(usage.added) / 1e6,
                            pass,
                            usage.seconds / max(pass, 1e-9)))
                }
            }
        }
    }

    /// By what powers processor time grows, from a run of cases in which one thing doubles.
    private func growth(_ rival: RivalProcess, _ folder: URL) throws {
        let base = Case(network: "mlp:512x3", samples: samples)
        func changed(_ change: (inout Case) -> Void) -> Case {
            var one = base
            change(&one)
            return one
        }
        let runs: [(name: String, cases: [(size: Int, one: Case)])] = [
            ("width", [512, 1024, 2048].map { width in (width, changed { $0.network = "mlp:\(width)x3" }) }),
            ("depth", [2, 4, 8].map { depth in (depth, changed { $0.network = "mlp:512x\(depth)" }) }),
            ("samples", [1000, 2000, 4000].map { count in (count, changed { $0.samples = count }) }),
            ("parents", [2, 4, 8].map { count in (count, changed { $0.parents = count }) }),
        ]
        print("\n| MLP 784-512-512-512-10, exponent of processor time in | \(runs.map(\.name).joined(separator: " | ")) |")
        print("|---|\(runs.map { _ in "---|" }.joined())")
        for name in methods.split(separator: ",").map(String.init) where options.includes(name) {
            var exponents: [String] = []
            for run in runs {
                let points = try run.cases.map { size, one in
                    _ = try prepare(one, rival, folder)
                    let usage = try measured(name, folder, parents: one.parents, network: one.network, samples: one.samples)[0].usage
                    return (log(Double(size)), log(max(usage.seconds, 1e-4)))
                }
                exponents.append(String(format: "%.1f", Self.slope(points)))
            }
            print("| \(name) | \(exponents.joined(separator: " | ")) |")
        }
    }

    /// Has PyTorch save the parents and samples; returns the seconds of one pass.
    private func prepare(_ one: Case, _ rival: RivalProcess, _ folder: URL) throws -> Double {
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try rival.measure("\(one.network) \(one.parents) \(one.samples)", folder: folder).milliseconds / 1000
    }

    /// Fusions of the parents in the folder, whose opening is not counted. A method that needs no samples is measured without; where there are batch norms, also
    /// with: these are re-estimated then.
    private func measured(
        _ name: String, _ folder: URL, parents: Int, network: String, samples: Int
    ) throws -> [(title: String, usage: Usage)] {
        var recipe = Recipe(method: try Methods.named(name))
        for setting in Self.settings[name] ?? [] { try recipe.apply(assignment: setting) }
        let shape = network.hasPrefix("mlp") ? [784] : network == "vgg11" ? [3, 32, 32] : [3, 224, 224]
        var hints = RecognitionHints()
        if network == "vgg11" {
            hints.pools = [1, 1, 0, 1, 0, 1, 0, 1]
            (hints.strides, hints.paddings) = ([Int](repeating: 1, count: 8), [Int](repeating: 1, count: 8))
        } else if !network.hasPrefix("mlp") {
            hints.inputShape = shape
        }
        let files = (1...parents).map { folder.appendingPathComponent("\($0).pt").path }
        let networks = try Parent.open(files, LoadOptions(hints: hints)).map(\.network)
        let values = try Data(contentsOf: folder.appendingPathComponent("x")).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let inputs = TensorSamples(values: try Tensor(values, shape: [samples] + shape))
        func usage(_ inputs: (any InputSource)?) throws -> Usage {
            let fuser = try Fuser(parents: networks, recipe: recipe, inputs: inputs)
            return try Usage.of { _ = try fuser.fuse() }.1
        }
        guard name != Reconstruction.method.id else { return [(name, try usage(inputs))] }
        let alone = [(title: name, usage: try usage(nil))]
        guard networks.contains(where: { $0.trace.layers.contains { $0.kind == BatchNormalization.kind } }) else { return alone }
        return alone + [("\(name), batch norms re-estimated", try usage(inputs))]
    }

    /// The slope of the line of least squares through some points.
    private static func slope(_ points: [(Double, Double)]) -> Double {
        let count = Double(points.count), x = points.reduce(0) { $0 + $1.0 } / count, y = points.reduce(0) { $0 + $1.1 } / count
        let spread = points.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
        return spread > 0 ? points.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) } / spread : 0
    }
}

/// Samples held in one tensor.
private struct TensorSamples: InputSource {
    let name = "noise"
    let values: Tensor
    var count: Int { values.shape[0] }

    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
}
