import ArgumentParser
import Datasets
import Foundation
import Fusion
import Networks
import Provenance
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

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Sets a hyperparameter; may be repeated. `amalgam recipe defaults` lists them.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(
        help: ArgumentHelp(
            "What the method may look at, without labels: KIND:PATH[:SPLIT][?OPTION=VALUE&…], such as digits, mnist:data/mnist, images:FOLDER or arrays:FILE; docs/datasets.md lists what is read, and the options.",
            valueName: "spec"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "What the best parent is chosen on, to compare with: data, or a share of --data that is held out and not looked at, such as 0.1.",
            valueName: "spec"))
    var validate: String?

    @Option(help: ArgumentHelp("What the result is measured on; the test part of --data when not given.", valueName: "spec"))
    var evaluate: String?

    @Option(
        help:
            "What the networks' outputs are for: \(PredictionTask.allCases.map(\.rawValue).joined(separator: ", ")); told from outputs and data when not given."
    )
    var task: PredictionTask?

    @Option(help: "How many samples the method looks at.")
    var samples: Int?

    @Option(help: "The seed of every random choice.")
    var seed: UInt64?

    @OptionGroup var opening: OpeningOptions

    @OptionGroup var saved: SavedType

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
            if let task { made.task = task }
            made.load = try made.load.overridden(by: opening.options())
            if let type = saved.type { made.dtype = type }
            if let data {
                made.data = data
                made.evaluation = try evaluate ?? DataSpec(data).testPart?.description
            } else if let evaluate {
                made.evaluation = evaluate
            }
            if let validate { try choose(validate, &made) }
            guard !made.parents.isEmpty else {
                throw RunError.unsuitable(reason: "no parents: name two checkpoints or more, a recipe with --recipe, or a sample set")
            }
            return made
        } catch {
            throw RunError(wrapping: error)
        }
    }

    /// Validation data by name, or by the share of the data that is held out for them.
    private func choose(_ validation: String, _ recipe: inout Recipe) throws {
        guard let share = Double(validation) else {
            recipe.validation = validation
            return
        }
        guard share > 0, share < 1 else {
            throw RunError.unsuitable(reason: "--validate \(validation) should be data, or a share between 0 and 1 to hold out")
        }
        guard let text = recipe.data else {
            throw RunError.unsuitable(reason: "--validate \(validation) holds out a share of --data, but there are none: name some")
        }
        var rest = try DataSpec(text)
        guard rest.validation == nil else {
            throw RunError.unsuitable(
                reason: "\(text) holds out validation data already: name them with --validate '…?validation=SHARE&held=yes'")
        }
        rest.validation = share
        var held = rest
        held.isHeldOut = true
        (held.samples, held.isBalanced) = (nil, false)
        (recipe.data, recipe.validation) = (rest.description, held.description)
    }
}
