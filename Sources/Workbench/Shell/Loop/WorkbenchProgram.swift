import Networks
import Foundation
import Fusion
import Screen

/// The workbench as a program: opens a terminal or none, runs until the user quits.
package enum WorkbenchProgram {
    /// - Parameter write: where a headless run prints its screen, and any run its last result.
    package static func run(
        _ options: WorkbenchOptions, load: LoadOptions = LoadOptions(), write: (String) -> Void = { print($0, terminator: "") }
    ) throws -> ExitCode {
        let engine = LiveEngine(load: load)
        let library = ThemeLibrary(folders: ThemeLibrary.standardFolders(environment: options.environment))
        if options.isLineMode {
            return withoutActuallyEscaping(write) { LineModeLoop(options, engine: engine, library: library, write: $0).run { readLine() } }
        }
        if options.isHeadless { return try Headless(options, engine: engine, library: library).run(write: write) }
        return try TerminalLoop(options, engine: engine, library: library).run(write: write)
    }

    /// The table of keys, for `--print-keys`.
    package static func keys(environment: [String: String]) -> String { KeyFile(path: KeyFile.path(environment)).keymap.printed }

    /// The recipe for parents named on the command line. Without data nothing can be compared by activations, so weights are.
    private static func startingRecipe(_ options: WorkbenchOptions) -> Recipe {
        if var recipe = options.recipe {
            recipe.data = options.data ?? recipe.data
            recipe.evaluation = options.evaluation ?? recipe.evaluation
            recipe.seed = options.seed
            return recipe
        }
        let method = options.data == nil ? OTFusion.method : Methods.standard
        var recipe = Recipe(
            parents: options.parents, method: method, data: options.data, evaluation: options.evaluation, seed: options.seed)
        if options.data == nil, !options.parents.isEmpty {
            // A method without this choice keeps its own way.
            try? recipe.settings.set(OTFusion.source.key, .choice(OTFusion.Source.weights.rawValue))
        }
        return recipe
    }

    static func model(
        _ options: WorkbenchOptions, library: ThemeLibrary, size: Size, depth: ColourDepth, isUnicode: Bool
    ) -> (Model, Theme, [String]) {
        let loaded = library.loadOrDefault(options.theme)
        var appearance = Appearance(glyphs: isUnicode ? options.glyphs ?? .block : .ascii, depth: depth, marks: loaded.theme.marks)
        if loaded.theme.isMono { appearance.depth = .mono }
        var model = Model(size: size, appearance: appearance, themes: library.ids, theme: loaded.theme.id, recipe: startingRecipe(options))
        let keys = KeyFile(path: KeyFile.path(options.environment))
        model.keys = keys.keymap
        return (model, loaded.theme, loaded.warnings + keys.warnings)
    }

    /// `$XDG_STATE_HOME/amalgam`, as other programs do.
    static func stateFolder(_ environment: [String: String]) -> String {
        if let folder = environment["XDG_STATE_HOME"], !folder.isEmpty { return folder + "/amalgam" }
        return (environment["HOME"] ?? NSTemporaryDirectory()) + "/.local/state/amalgam"
    }
}
