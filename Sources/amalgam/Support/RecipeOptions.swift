import ArgumentParser
import Datasets
import Foundation
import Fusion
import Networks
import Provenance
import Runs

/// The options that make up a recipe, shared by every command that fuses or plans.
struct RecipeOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The parents' checkpoints, or the name of a sample set.", valueName: "parent"))
    var parents: [String] = []

    @Option(help: "A recipe file; other options override it.")
    var recipe: String?

    @Option(
        help:
            "The fusion method: \(Methods.all.map { $0.id }.joined(separator: ", ")). Default: \(Methods.standard.id); without data, otfusion with source=weights."
    )
    var method: String?

    @Option(help: "A preset of the method.")
    var preset: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Sets a hyperparameter, also for one group (fc1/solver=sinkhorn); repeatable. `amalgam recipe defaults METHOD` lists them.",
            valueName: "key=value"))
    var assignments: [String] = []

    @Option(
        help: ArgumentHelp(
            "Unlabelled data used by the method: KIND:PATH[:SPLIT][?OPTION=VALUE&…], such as digits, mnist:data/mnist, images:FOLDER or arrays:FILE (docs/datasets.md).",
            valueName: "spec"))
    var data: String?

    @Option(
        name: .customLong("validate"),
        help: ArgumentHelp(
            "Validation data for selecting the best parent (for comparison only): a data spec, or the fraction of --data to hold out, such as 0.1.",
            valueName: "spec"))
    var validation: String?

    @Option(help: ArgumentHelp("Evaluation data. Default: the test split of --data.", valueName: "spec"))
    var evaluate: String?

    @Option(
        help:
            "The prediction task. Default: inferred from the outputs and the data."
    )
    var task: PredictionTask?

    @Option(help: "Number of samples used by the method.")
    var samples: Int?

    @Option(help: "Random seed.")
    var seed: UInt64?

    @OptionGroup var opening: OpeningOptions

    @OptionGroup var saved: SavedType

    func validate() throws {
        if let samples, !Counts.samples.contains(samples) { throw ValidationError("--samples should be \(Counts.words(Counts.samples))") }
    }

    /// The recipe that the options make up, and what is to be said of its method where none was named.
    func made() throws -> (recipe: Recipe, note: String?) {
        var (made, note) = try recipe.map { (try Recipe(file: $0), nil) } ?? Recipe.standard(hasData: data != nil)
        if parents.count == 1, let set = try? SampleLibrary().named(parents[0]) {
            (made, note) = (set.recipe, nil)
        } else if !parents.isEmpty {
            made.parents = parents
        }
        if let method { (made.method, note) = (try Methods.named(method), nil) }
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
        if let validation { try choose(validation, &made) }
        guard !made.parents.isEmpty else {
            throw RunError.unsuitable(reason: "no parents: give two or more checkpoints, a recipe with --recipe, or a sample set")
        }
        return (made, note)
    }

    /// Validation data by name, or by the share of the data that is held out for them.
    private func choose(_ validation: String, _ recipe: inout Recipe) throws {
        guard let share = Double(validation) else {
            recipe.validation = validation
            return
        }
        guard share > 0, share < 1 else {
            throw RunError.unsuitable(reason: "--validate \(validation) should be a data spec, or a fraction between 0 and 1")
        }
        guard let text = recipe.data else {
            throw RunError.unsuitable(reason: "--validate \(validation) holds out a fraction of --data, which is missing")
        }
        var rest = try DataSpec(text)
        guard rest.validation == nil else {
            throw RunError.unsuitable(
                reason: "\(text) already holds out validation data: use them with --validate '…?validation=FRACTION&held=yes'")
        }
        rest.validation = share
        var held = rest
        held.isHeldOut = true
        (held.samples, held.isBalanced) = (nil, false)
        (recipe.data, recipe.validation) = (rest.description, held.description)
    }
}
