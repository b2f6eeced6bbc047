import ArgumentParser
import Checkpoints
import Foundation
import Networks
import Provenance
import Reports
import Runs

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the layers, shapes and neuron groups of checkpoints; for two, what differs and which methods can fuse them.")

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file"))
    var files: [String]

    @OptionGroup var opening: OpeningOptions

    @Option(help: ArgumentHelp("Saves the recognised architecture of the first file, for editing.", valueName: "file"))
    var writeArchitecture: String?

    @OptionGroup var outputs: OutputOptions

    @Flag(help: "Checks the neuron groups: permutes each at random and compares logits.")
    var check = false

    @Option(
        help: ArgumentHelp(
            "Compares logits with those that PyTorch computed: arrays of inputs (“inputs”, or the names of several) and “logits”.",
            valueName: "file"))
    var logits: String?

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
        var outgoing = Outputs(replacing: outputs.replacing())
        for file in files { outgoing.read(network: file, as: "a network") }
        outgoing.read(opening.architecture, as: "the architecture file")
        outgoing.read(logits, as: "logits")
        outgoing.write(writeArchitecture, "--write-architecture", .architecture)
        try outgoing.check()
        let parents = try opening.parents(files)
        var checks: [SelfCheck] = []
        if check {
            checks = try parents.map { try $0.network.selfCheck() }
        }
        let compared =
            try logits.map { file in try parents.map { try LogitProbe(file, for: $0.network.architecture).compare($0.network) } } ?? []
        if let writeArchitecture, let first = parents.first {
            try TextFile.write(
                try ArchitectureFile.text(
                    of: first.network.architecture, ignored: first.checkpoint.layout.leftAside.map(\.name),
                    aliases: first.checkpoint.layout.aliases),
                to: writeArchitecture, signed: .hash)
        }
        let inspections = try parents.enumerated().map {
            try Inspection(
                $1, check: checks.indices.contains($0) ? checks[$0] : nil, logits: compared.indices.contains($0) ? compared[$0] : nil)
        }
        let comparison = parents.count == 2 ? Comparison(parents[0].network, parents[1].network) : nil
        if json {
            try Console.json(InspectionReport(networks: inspections, comparison: comparison.map(ComparisonReport.init)))
        } else {
            Console.lines(inspections.flatMap(\.lines))
            if let comparison { Console.lines(ComparisonReport(comparison).lines) }
        }
        if checks.contains(where: { !$0.passed }) || compared.contains(where: { !$0.isEqual }) { throw ExitStatus.failed }
    }

    private struct InspectionReport: Encodable {
        let networks: [Inspection]
        let comparison: ComparisonReport?
    }
}
