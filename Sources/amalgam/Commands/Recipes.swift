import ArgumentParser
import Fusion
import Provenance
import Runs
import Training

struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe", abstract: "Validates and prints recipes; lists methods and their hyperparameters.",
        subcommands: [Check.self, Show.self, Defaults.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Validates a recipe file.")

        @Argument(help: "The recipe file.")
        var file: String

        func run() throws {
            let recipe = try Recipe(file: file)
            Console.print(
                "\(file): \(recipe.method.title), \(recipe.parents.count) parents, \(recipe.settings.differences.count) hyperparameters changed from their defaults"
            )
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the recipe for the given options.")

        @OptionGroup var options: RecipeOptions

        func run() throws { Console.print(try options.made().recipe.toml(), terminator: "") }
    }

    struct Defaults: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the hyperparameters of a method, or of fine-tuning: range, default, meaning, source.")

        @Argument(help: "A method, or fine-tuning. Default: all methods.")
        var method: String?

        @Flag(help: "Prints Markdown (as in docs/hyperparameters.md).")
        var markdown = false

        func run() throws {
            let tables =
                try method.map { [$0 == FineTuning.table.id ? FineTuning.table : try Methods.named($0).table] }
                ?? Methods.all.map(\.table)
            Console.lines(tables.flatMap { markdown ? HyperparameterReference.markdown($0) : HyperparameterReference.lines($0) })
        }
    }
}
