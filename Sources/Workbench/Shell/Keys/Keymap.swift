import Screen

/// The table of keys with the user's own keys in it: dispatch, hint row, help and palette use it.
struct Keymap: Equatable, Sendable {
    /// Keys by the id of a binding, in place of those of the table.
    let overrides: [String: [KeyPress]]
    let bindings: [Binding]
    private let index: [Place: Int]

    private struct Place: Hashable {
        var press: KeyPress
        var context: Context
    }

    /// The table as it is.
    static let standard = Keymap()

    init(_ overrides: [String: [KeyPress]] = [:]) {
        self.overrides = overrides
        let changed = Bindings.all.map { binding in
            guard let keys = overrides[binding.id] else { return binding }
            var own = binding
            own.keys = keys
            if let hint = binding.hint, let first = keys.first { own.hint = (first.name, hint.title) }
            return own
        }
        bindings = changed
        var index: [Place: Int] = [:]
        // A key the user chose wins over one of the table.
        let order = changed.indices.sorted {
            (overrides[changed[$0].id] == nil ? 1 : 0, $0) < (overrides[changed[$1].id] == nil ? 1 : 0, $1)
        }
        for number in order {
            for context in changed[number].contexts {
                for press in changed[number].keys where index[Place(press: press, context: context)] == nil {
                    index[Place(press: press, context: context)] = number
                }
            }
        }
        self.index = index
    }

    static func == (a: Keymap, b: Keymap) -> Bool { a.overrides == b.overrides }

    func binding(_ id: String) -> Binding? { bindings.first { $0.id == id } }
    func binding(for press: KeyPress, in context: Context) -> Binding? { index[Place(press: press, context: context)].map { bindings[$0] } }
    func bindings(in context: Context) -> [Binding] { bindings.filter { $0.contexts.contains(context) } }

    /// Every command of the screens; not those of dialogs and text fields.
    var commands: [Binding] { bindings.filter { $0.contexts.contains { $0.screen != nil } } }

    /// What the hint row offers, most useful first; help and quit come last and always.
    /// While a job runs that a key stops, that key takes the place of the one that starts it.
    func hints(in context: Context, glyphs: GlyphSet, isBusy: Bool = false, isTraining: Bool = true) -> (hints: [Hint], kept: Int) {
        let idle: Set<Action> = [.fuse, .fineTune], busy: Set<Action> = [.stopJob, .pauseTraining]
        // A fusion has nothing to keep.
        let kept: Set<Action> = isTraining ? [] : [.keepAndQuit, .leaveAndQuit]
        let shown = bindings(in: context).filter {
            $0.weight > 0 && !(isBusy ? idle : busy).contains($0.action) && !kept.contains($0.action)
        }.sorted {
            $0.weight > $1.weight
        }
        return (
            shown.map {
                Hint(
                    keys: $0.hint?.keys ?? Self.keyLabel($0, glyphs), title: $0.hint?.title ?? $0.title,
                    target: MouseTarget.action($0.action))
            },
            shown.filter { $0.weight <= 30 }.count
        )
    }

    static func keyLabel(_ binding: Binding, _ glyphs: GlyphSet) -> String { binding.keys.first.map { $0.label(glyphs) } ?? "" }

    /// Lines for `--print-keys`: id, keys, where, help.
    var printed: String {
        bindings.map {
            "\($0.id)\t\($0.keys.map(\.name).joined(separator: " "))\t\($0.contexts.map { "\($0)" }.joined(separator: " "))\t\($0.help)"
        }
        .joined(separator: "\n") + "\n"
    }

    /// A key that two bindings want in one place.
    struct Conflict: Equatable {
        var press: KeyPress
        var context: Context
        var first: String
        var second: String
    }

    var conflicts: [Conflict] {
        var found: [Conflict] = []
        for context in Context.allCases {
            var taken: [KeyPress: String] = [:]
            for binding in bindings(in: context) {
                for press in binding.keys {
                    if let other = taken[press] { found.append(Conflict(press: press, context: context, first: other, second: binding.id)) }
                    taken[press] = binding.id
                }
            }
        }
        return found
    }
}
