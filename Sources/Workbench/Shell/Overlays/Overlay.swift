import Screen

/// What lies above the screen.
enum Overlay: Equatable, Sendable {
    case help(filter: TextField, selected: Int)
    case palette(query: TextField, selected: Int)
    case log(LogView)
    case themes(selected: Int, original: String)
    case browser(Browser)
    case prompt(Prompt)
    case confirm(Confirmation)
    case copy(selected: Int)
    case edits(selected: Int)
    case quit
}

/// How the log is read: how far back, and which entries.
struct LogView: Equatable, Sendable {
    var offset = 0
    /// nil shows every level.
    var level: LogEntry.Level?

    static let levels: [LogEntry.Level?] = [nil, .warn, .error, .command]
}

/// A line of text that a command needs before it can go on.
struct Prompt: Equatable, Sendable {
    enum Purpose: Equatable, Sendable {
        /// A pair of neurons such as `A168 F176`.
        case goto
        /// A file for what the screen shows; the suffix says how.
        case export
        /// A file for the recipe.
        case recipe
    }

    var purpose: Purpose
    var field: TextField
    var problem: String?
    /// The place of the jump list under the cursor; nil while the text counts.
    var selected: Int?

    var title: String {
        switch purpose {
        case .goto: "Go to"
        case .export: "Export to a file"
        case .recipe: "Save the recipe"
        }
    }

    var placeholder: String {
        switch purpose {
        case .goto: "a pair of neurons: A12 F30"
        case .export: "plan.csv, plan.svg or plan.txt"
        case .recipe: "recipe.toml"
        }
    }
}

/// A question with yes and no, asked only where something would be lost.
struct Confirmation: Equatable, Sendable {
    enum Deed: Equatable, Sendable {
        case overwrite(OutputFile)
        case overwriteReport([String], path: String)
        case delete(String)
        case discard
        /// Leaves the worker of a ticket to itself.
        case abandon(Int)
    }

    var question: String
    var deed: Deed
}

/// A text to be written beside its place and renamed.
public struct OutputFile: Equatable, Sendable {
    public var path: String
    public var text: String
    public var overwrites: Bool

    public init(path: String, text: String, overwrites: Bool = false) {
        self.path = path
        self.text = text
        self.overwrites = overwrites
    }
}
