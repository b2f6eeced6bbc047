import ArgumentParser
import Datasets
import Formatting
import Foundation
import Provenance
import Reports
import Runs

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Lists, downloads and measures data sets.",
        subcommands: [List.self, Fetch.self, Measure.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the kinds of data and their specs.")

        @Flag(help: "Prints one JSON object.")
        var json = false

        private struct Row: Encodable {
            let kind: String
            let title: String
            let contents: String
            let source: String
            let mean: [Float]
            let standardDeviation: [Float]
            /// Whether the two are measured on the training images.
            let isMeasured: Bool
            let files: [String]
            let bytes: Int
        }

        func run() throws {
            let rows = PublishedSet.all.map { set in
                Row(
                    kind: set.kind.rawValue, title: set.title, contents: set.contents, source: set.source, mean: set.normalisation.mean,
                    standardDeviation: set.normalisation.standardDeviation, isMeasured: set.isMeasured,
                    files: set.downloads.map { $0.place + $0.file }, bytes: set.downloads.reduce(0) { $0 + $1.bytes })
            }
            if json { return try Console.json(rows) }
            var table = PlainTable([
                ("--data", .left), ("data set", .left), ("images", .left), ("mean", .left), ("std", .left), ("download", .right),
            ])
            func numbers(_ values: [Float]) -> String { values.map { String(format: "%.4f", $0) }.joined(separator: " ") }
            for row in rows {
                let place = row.files.isEmpty ? "" : ":FOLDER"
                table.add([
                    row.kind + place, row.title, row.contents, numbers(row.mean) + (row.isMeasured ? "" : " *"),
                    numbers(row.standardDeviation), row.bytes == 0 ? "–" : "\((row.bytes + 500_000) / 1_000_000) MB",
                ])
            }
            Console.lines(
                table.lines + [
                    "* commonly used values, not measured on these images (amalgam data measure does that)", "",
                    "Your own data:",
                ])
            for kind in DataSpec.Kind.allCases where PublishedSet.of(kind) == nil {
                Console.print("  \(kind.rawValue):PATH  \(kind.place ?? "")")
            }
            Console.lines(["", "amalgam data fetch NAME  downloads a data set; see docs/datasets.md."])
        }
    }

    struct Measure: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures the mean and standard deviation of the pixels, and the class counts.",
            discussion: "Example:\n  amalgam data measure images:pictures:train")

        @Argument(
            help: ArgumentHelp("The data: KIND:PATH[:SPLIT][?OPTION=VALUE&…]. Default split: train.", valueName: "spec")
        )
        var data: String

        @Flag(help: "Prints one JSON object.")
        var json = false

        private struct Answer: Encodable {
            let data: String
            let samples: Int
            let sampleShape: [Int]
            let classCounts: [Int]?
            let moments: PixelMoments
        }

        func run() throws {
            let spec = try DataSpec(data), found = try spec.load(default: .train)
            let answer = Answer(
                data: spec.description, samples: found.count, sampleShape: found.sampleShape,
                classCounts: found.isLabelled ? found.classCounts : nil, moments: try found.pixelMoments())
            if json { return try Console.json(answer) }
            func list(_ values: [Double]) -> String { values.map { String(format: "%.4f", $0) }.joined(separator: ",") }
            Console.lines([
                "\(Format.grouped(answer.samples)) images of \(answer.sampleShape.map(String.init).joined(separator: "×"))",
                "mean \(list(answer.moments.mean)), standard deviation \(list(answer.moments.standardDeviation))",
            ])
            Console.notes(found.notes)
            if let counts = answer.classCounts { Console.print("samples of each class: \(counts.map(String.init).joined(separator: " "))") }
            Console.print("as data options: mean=\(list(answer.moments.mean))&std=\(list(answer.moments.standardDeviation))")
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Downloads a published data set, verifies its published checksums and unpacks it.",
            discussion: """
                Partial downloads are resumed; files that exist are verified and kept. Offline, it lists the files to provide.
                Example:
                  amalgam data fetch mnist --to data/mnist
                """)

        @Argument(
            help: ArgumentHelp(
                "The data set: \(PublishedSet.all.filter { !$0.downloads.isEmpty }.map(\.kind.rawValue).joined(separator: ", ")).",
                valueName: "name"))
        var name: String

        @Option(help: ArgumentHelp("Target folder. Default: data/NAME.", valueName: "folder"))
        var to: String?

        @Option(
            help: ArgumentHelp(
                "A mirror: the URL of a folder, such as file:///FOLDER.", valueName: "url"))
        var from: String?

        @OptionGroup var outputs: OutputOptions

        private static func words(_ outcome: Fetcher.Outcome) -> String {
            switch outcome {
            case .present: "already there, checksum verified"
            case .fetched: "downloaded, checksum verified"
            case .unverified: "already there, unpacked by another program: there are no checksums to verify it with"
            }
        }

        func run() throws {
            guard let set = PublishedSet.all.first(where: { $0.kind.rawValue == name }) else {
                throw RunError.missing(
                    what: "the data set “\(name)”", lookedIn: ["the catalogue"],
                    next: "it has \(PublishedSet.all.map(\.kind.rawValue).joined(separator: ", "))")
            }
            guard !set.downloads.isEmpty else {
                return Console.print("\(set.kind.rawValue) is built in: use it with  --data \(set.kind.rawValue)")
            }
            let folder = to ?? "data/\(name)"
            let outcomes = try Fetcher(set, to: folder, mirror: from, replaces: outputs.force).fetch(isCancelled: {
                Interruption.isRequested
            }) { Console.progress($0.bar) }
            Console.clearProgress()
            for (download, outcome) in zip(set.downloads, outcomes) {
                Console.print("\(download.file): \(Self.words(outcome))")
            }
            Console.progress("reading \(folder)")
            let data = try DataSpec("\(name):\(folder):all").load()
            Console.clearProgress()
            Console.print(
                "\(set.title): \(Format.grouped(data.count)) images of \(data.sampleShape.map(String.init).joined(separator: "×")). Use it with  --data \(name):\(folder)"
            )
        }
    }
}

extension Fetcher.Progress {
    /// One line: `[#####.....]  51 %  4.9 of 9.9 MB  train-images-idx3-ubyte.gz (1 of 4)`.
    var bar: String {
        let share = of > 0 ? min(1, Double(done) / Double(of)) : 0, width = 30, filled = Int(share * Double(width))
        func megabytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1e6) }
        return
            "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: width - filled))] \(Format.percent(share, digits: 0))  "
            + "\(megabytes(done)) of \(megabytes(of)) MB  \(file) (\(number) of \(count))"
    }
}
