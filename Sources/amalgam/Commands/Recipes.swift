import ArgumentParser
import Fusion
import Provenance
import Runs
import Training

struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe", abstract: "Checks and shows recipes, and lists methods with their hyperparameters.",
        subcommands: [Check.self, Show.self, Defaults.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says whether a recipe file is right, and what is wrong with it.")

        @Argument(help: "The recipe file.")
        var file: String

        func run() throws {
            do {
                let recipe = try Recipe(file: file)
                print(
                    "\(file): \(recipe.method.title), \(recipe.parents.count) parents, \(recipe.settings.differences.count) settings beside the defaults"
                )
            } catch { throw RunError(wrapping: error) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the recipe that options make up, as a file.")

        @OptionGroup var options: RecipeOptions

        func run() throws { print(try options.made().toml(), terminator: "") }
    }

    struct Defaults: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the hyperparameters of a method, or of fine-tuning: allowed values, default, meaning, source.")

        @Argument(help: "The method, or fine-tuning; all methods when not given.")
        var method: String?

        @Flag(help: "Prints Markdown, as docs/hyperparameters.md is made.")
        var markdown = false

        func run() throws {
            do {
                let tables =
                    try method.map { [$0 == FineTuning.table.id ? FineTuning.table : try Methods.named($0).table] }
                    ?? Methods.all.map(\.table)
                Console.lines(tables.flatMap { markdown ? HyperparameterReference.markdown($0) : HyperparameterReference.lines($0) })
            } catch { throw RunError(wrapping: error) }
        }
    }
}
