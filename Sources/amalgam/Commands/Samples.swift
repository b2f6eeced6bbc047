import ArgumentParser
import Formatting
import Foundation
import Provenance
import Runs

struct Samples: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the sample models, or retrains them.", subcommands: [List.self, Build.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the sample sets.")

        @Flag(help: "Prints one JSON object.")
        var json = false

        func run() throws {
            let library = try SampleLibrary()
            if json {
                return try Console.json(library.sets.map { ["id": $0.id, "title": $0.title, "story": $0.story, "folder": $0.folder] })
            }
            for set in library.sets {
                Console.lines(["\(set.id): \(set.title)", "  \(set.story)", "  \(set.recipe.shown().command())", ""])
            }
            for problem in library.problems { Console.note("amalgam: \(problem)") }
        }
    }

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Retrains the parents of the sample sets from their set.toml; bitwise reproducible on one machine.")

        @Argument(help: "Sample sets. Default: all.")
        var sets: [String] = []

        @OptionGroup var outputs: OutputOptions

        func run() throws {
            let library = try SampleLibrary()
            if let problem = library.problems.first { throw RunError.unsuitable(reason: problem) }
            for set in try sets.isEmpty ? library.sets : sets.map({ name in try library.named(name) }) {
                let expected = try SampleBuilder(set).build(replacing: outputs.replacing(), isCancelled: { Interruption.isRequested }) {
                    progress in
                    Console.progress(
                        String(
                            format: "%@ %@: epoch %d of %d, loss %.4f", set.id, progress.file, progress.step.epoch, progress.step.epochs,
                            progress.step.loss))
                }
                Console.clearProgress()
                func digits(_ share: Double?) -> String { share.map { Format.percentDigits($0, digits: 1) } ?? Format.none }
                Console.print(
                    "\(set.id): parents \(expected.parents.map { digits($0) }.joined(separator: " ")), plain average \(digits(expected.average)), ensemble \(digits(expected.ensemble)), fused \(digits(expected.fused)) %"
                )
            }
        }
    }
}
