import ArgumentParser
import Datasets
import Foundation
import Networks
import Runs
import Tensors
import Training

/// One epoch of training against the same loop in PyTorch: same data, parameters, order, threads and element type.
struct TrainingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training",
        abstract: "One epoch of training against the same loop in PyTorch (the Python named by $PYTHON, or python3).")

    @OptionGroup var options: BenchmarkOptions

    private struct Task {
        let name: String
        /// As ``ArchitectureSpec`` and the rival both read it.
        let blueprint: String
        let sample: [Int]
        let samples: Int
        let batch: Int
    }

    private static let tasks = [
        Task(
            name: "MLP 784-400-200-100-10, batch 64", blueprint: "mlp:784-400-200-100-10", sample: [1, 28, 28], samples: 12_800, batch: 64),
        Task(
            name: "VGG11 of width 16 with batch norm, batch 128", blueprint: "vgg11:width=16", sample: [3, 32, 32], samples: 2_560,
            batch: 128),
        Task(
            name: "ResNet18 of width 16 with batch norm, batch 128", blueprint: "resnet18:width=16", sample: [3, 32, 32], samples: 1_280,
            batch: 128),
    ]

    /// Steps whose losses must be the same on both sides, to about four digits after the point.
    private static let stepsAlike = 2

    func run() throws {
        try Torch.setThreads(options.threads)
        print(
            "| one epoch of SGD | samples | ours, ms | PyTorch, ms | ratio | loss of the first two steps, ours and PyTorch's | of the epoch |"
        )
        print("|---|---|---|---|---|---|---|")
        let rival: RivalProcess
        do {
            rival = try RivalProcess(script: "training_rival.py", python: RivalProcess.python, path: nil, threads: options.threads)
            _ = try rival.measure("version", folder: FileManager.default.temporaryDirectory)
        } catch {
            print("PyTorch is missing: \(RivalProcess.python) cannot import torch. Name a Python that can with PYTHON=…")
            return
        }
        for task in Self.tasks where options.includes(task.name) { print(try row(task, rival: rival)) }
    }

    private func row(_ task: Task, rival: RivalProcess) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var generator = SeededGenerator(seed: 1)
        let images = (0..<task.samples * task.sample.reduce(1, *)).map { _ in Float(generator.normal()) }
        let labels = (0..<task.samples).map { _ in generator.integer(below: 10) }
        let data = try Dataset(name: "noise", images: images, sampleShape: task.sample, labels: labels, classCount: 10)
        let network = try ArchitectureSpec(task.blueprint).fresh(input: task.sample, classes: 10, seed: 1)
        try images.withUnsafeBytes { try Data($0).write(to: folder.appendingPathComponent("images")) }
        try labels.withUnsafeBytes { try Data($0).write(to: folder.appendingPathComponent("labels")) }
        var parameters = Data()
        for name in network.parameterNames where !name.hasSuffix("num_batches_tracked") {
            try network.parameter(name).withBytes { parameters.append(contentsOf: $0) }
        }
        try parameters.write(to: folder.appendingPathComponent("parameters"))

        let settings = try FineTuningSettings([
            "epochs": .integer(1), "batch": .integer(task.batch), "learning-rate": .real(0.01), "momentum": .real(0.9),
            "shuffle": .flag(false), "validation-share": .real(0),
        ])
        let tuner = try FineTuner(network, settings: settings, training: data)
        func request(_ samples: Int) -> String {
            "\(task.blueprint) \(task.sample.map(String.init).joined(separator: "x")) \(samples) \(task.batch)"
        }
        // The second loss has the first step's gradients in it. Later ones have rounding in them, too, which batch norms enlarge from step to step.
        var first: [Double] = []
        _ = try tuner.run { event in if case .step(let step) = event, first.count < Self.stepsAlike { first.append(step.loss) } }
        let theirFirst = try rival.measure(request(Self.stepsAlike * task.batch), folder: folder).value
        var ours: [Double] = [], theirs: [Double] = [], losses = (ours: 0.0, theirs: 0.0)
        // The first of each warms caches and libtorch's choice of kernels.
        for turn in 0...options.repetitions {
            let epoch = try tuner.run().epochs
            let found = try rival.measure(request(task.samples), folder: folder)
            guard turn > 0, let mine = epoch.first else { continue }
            ours.append(mine.seconds * 1000)
            theirs.append(found.milliseconds)
            losses = (mine.loss, found.value)
        }
        let (mine, other) = (ours.sorted()[ours.count / 2], theirs.sorted()[theirs.count / 2])
        return String(
            format: "| %@ | %d | %.1f | %.1f | %.2f | %.5f, %.5f | %.5f, %.5f |", task.name, task.samples, mine, other, mine / other,
            first.reduce(0, +) / Double(first.count), theirFirst, losses.ours, losses.theirs)
    }
}
