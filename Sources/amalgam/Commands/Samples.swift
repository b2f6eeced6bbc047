import ArgumentParser
import Foundation
import Provenance
import Runs

struct Samples: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the sample models, and trains them again.", subcommands: [List.self, Build.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the sample sets and their stories.")

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
            abstract: "Trains the parents of the sample sets as their set.toml says; the same bits on the same machine.")

        @Argument(help: "Sets to build; all when none is named.")
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
                print(
                    String(
                        format: "%@: parents %@, plain average %@, ensemble %.1f, fused %.1f %%", set.id,
                        expected.parents.map { String(format: "%.1f", 100 * $0) }.joined(separator: " "),
                        expected.average.map { String(format: "%.1f", 100 * $0) } ?? "–", 100 * expected.ensemble, 100 * expected.fused))
            }
        }
    }
}
