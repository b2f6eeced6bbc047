import Screen

/// What lies above the screen.
enum Overlay: Equatable, Sendable {
    case help(filter: TextField, selected: Int)
    case palette(query: TextField, selected: Int)
    case log(LogView)
    case themes(selected: Int, original: String)
    case browser(FileBrowser)
    case prompt(Prompt)
    case confirm(Confirmation)
    case copy(selected: Int)
    case edits(selected: Int)
    case layers(query: TextField, selected: Int)
    case fields(query: TextField, selected: Int)
    /// All about the selected value of the form.
    case info
    case quit
}

/// The part of the log in view.
struct LogView: Equatable, Sendable {
    /// Entries back from the newest.
    var offset = 0
    /// nil shows every level.
    var level: LogEntry.Level?

    static let levels: [LogEntry.Level?] = [nil, .warn, .error, .command]
}

/// A line of text that a command needs.
struct Prompt: Equatable, Sendable {
    enum Purpose: Equatable, Sendable {
        /// A pair of neurons such as `A168 *176`.
        case goto
        /// A file for what the screen shows, in the format of its suffix.
        case export
        /// A file for the recipe.
        case recipe
        /// A file or a folder for a network.
        case network(NetworkSource)
        /// Words that runs must hold, and a title for one.
        case filterRuns
        case tag(String)
    }

    var purpose: Purpose
    var field: TextField
    var problem: String?
    /// The selected place of the jump list; nil while the text counts.
    var selected: Int?

    var title: String {
        switch purpose {
        case .goto: "Go to"
        case .export: "Export to a file"
        case .recipe: "Save the recipe"
        case .network(.run(let run)): "Save the network of \(run)"
        case .network: "Save the network"
        case .filterRuns: "Show runs with"
        case .tag(let run): "Title of \(run)"
        }
    }

    var placeholder: String {
        switch purpose {
        case .goto: "a pair of neurons: A12 *30 (fused 30)"
        case .export: "plan.csv, plan.svg or plan.txt"
        case .recipe: "recipe.toml"
        case .filterRuns: "words of method, data, parents, state; empty shows all"
        case .tag: "a title; empty takes it away"
        case .network: "name.safetensors, .pt, .pt2, or a folder/"
        }
    }
}

/// A yes-or-no question, only where something would be lost.
enum Confirmation: Equatable, Sendable {
    case overwrite(OutputFile)
    case overwriteReport([String], path: String)
    case overwriteNetwork(NetworkSource, path: String)
    case delete(String)
    /// Other parents in place of the open ones, whose recipe was changed.
    case replaceParents(ParentChoice)
    case discardTraining
    /// Leaves the worker of a ticket to itself.
    case abandon(Int, title: String, waited: String)

    var question: String {
        switch self {
        case .overwrite(let file): "\(file.path) exists. Overwrite it?"
        case .overwriteReport(_, let path), .overwriteNetwork(_, let path): "\(path) exists. Overwrite it?"
        case .delete(let run): "Delete \(run) and its files?"
        case .replaceParents(.set(_, let title, let isChanged)):
            isChanged
                ? "Open “\(title)” in place of the open parents? The changed recipe is lost; w saves it first."
                : "Open “\(title)” in place of your parents? They stay the first row of the list."
        case .replaceParents(.own(let parents)):
            "Open \(parents.count) other parents? The changed recipe of the open ones is lost; w saves it first."
        case .discardTraining: "Stop the fine-tuning and discard its result?"
        case .abandon(_, let title, let waited):
            "\(title) was cancelled \(waited) ago and has not reached its next step. Abandon it? Its worker keeps using a core and memory until that step; its result is discarded."
        }
    }
}

/// Parents to open in place of others.
enum ParentChoice: Equatable, Sendable {
    /// A row of the list on screen 1, its title, and whether a changed recipe would be lost.
    case set(Int, title: String, isChanged: Bool)
    case own([String])
}

/// A text to be written beside its place and renamed.
struct OutputFile: Equatable, Sendable {
    var path: String
    var text: String
    var overwrites = false
}
