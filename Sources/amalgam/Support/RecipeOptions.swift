import ArgumentParser
import Datasets
import Foundation
import Fusion
import Runs

/// The options that make up a recipe, shared by every command that fuses or plans.
struct RecipeOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The parents' checkpoints, or one sample set's name.", valueName: "parent"))
    var parents: [String] = []

    @Option(help: "A recipe file; the other options change it.")
    var recipe: String?

    @Option(help: "The method: \(Methods.all.map { $0.id }.joined(separator: ", ")).")
    var method: String?

    @Option(help: "A preset of the method.")
    var preset: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Sets a hyperparameter; may be repeated. `amalgam recipe defaults` lists them.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("What the method may look at, without labels: KIND:PATH[:SPLIT], such as digits or mnist:data/mnist.", valueName: "spec"))
    var data: String?

    @Option(help: ArgumentHelp("What the result is measured on; the test part of --data when not given.", valueName: "spec"))
    var evaluate: String?

    @Option(help: "How many samples the method looks at.")
    var samples: Int?

    @Option(help: "The seed of every random choice.")
    var seed: UInt64?

    @OptionGroup var opening: OpeningOptions

    /// The recipe that the options make up.
    func made() throws(RunError) -> Recipe {
        do {
            // Without data only a method that compares by weights can work.
            var made = try recipe.map { try Recipe(file: $0) } ?? Recipe(method: data == nil ? OTFusion.method : Methods.standard)
            if parents.count == 1, let set = try? SampleLibrary().named(parents[0]) {
                made = set.recipe
            } else if !parents.isEmpty {
                made.parents = parents
            }
            if let method { made.method = try Methods.named(method) }
            if let preset { made.settings = try made.method.settings(preset: preset) }
            for text in assignments { try made.apply(assignment: text) }
            if let samples { try made.settings.set("samples", .integer(samples)) }
            if let seed { made.seed = seed }
            if let architecture = opening.architecture { made.architecture = architecture }
            let hints = try opening.hints()
            if !hints.isEmpty { made.hints = hints }
            if let data {
                made.data = data
                made.evaluation = try evaluate ?? DataSpec(data).testPart?.description
            } else if let evaluate {
                made.evaluation = evaluate
            }
            guard !made.parents.isEmpty else { throw RunError.unsuitable(reason: "no parents: name two checkpoints or more, a recipe with --recipe, or a sample set") }
            return made
        } catch {
            throw RunError(wrapping: error)
        }
    }
}
