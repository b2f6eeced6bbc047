@_exported import Hyperparameters

/// A fusion method: an alignment, a combination, and the hyperparameters of both.
public struct Method: Sendable, Hashable, Identifiable {
    public typealias Preset = HyperparameterTable.Preset

    /// Everything declared of the method: its id, title, hyperparameters and presets.
    public let table: HyperparameterTable
    /// The hyperparameters that may differ from group to group, by key; empty where the method's plan cannot be edited.
    public let editableKeys: [String]
    /// Sets the method to work on parents.
    let prepare: @Sendable (FusionContext) throws -> any FusionProcedure

    /// - Parameters:
    ///   - id: as written in recipes and on the command line.
    ///   - summary: one sentence.
    ///   - paper: authors, venue, year.
    ///   - hyperparameters: the method's own; those of the steps that follow every method are added, unless it declares them itself.
    init(
        id: String, title: String, summary: String, paper: String, hyperparameters: [any HyperparameterDeclarations], presets: [Preset],
        editableKeys: [String] = [], prepare: @escaping @Sendable (FusionContext) throws -> any FusionProcedure
    ) {
        let own = hyperparameters.declarations
        table = HyperparameterTable(
            id: id, title: title, summary: summary, paper: paper,
            hyperparameters: own
                + Repair.hyperparameters.declarations.filter { step in !own.contains { $0.key == step.key } }
                + Refinement.hyperparameters(beside: own)
                + Controls.hyperparameters.declarations.filter { step in !own.contains { $0.key == step.key } },
            presets: presets)
        self.editableKeys = editableKeys
        self.prepare = prepare
    }

    public var id: String { table.id }
    /// The display name.
    public var title: String { table.title }
    /// One sentence.
    public var summary: String { table.summary }
    /// Authors, venue, year.
    public var paper: String { table.paper }
    /// All hyperparameters, including those of repair, refinement and controls.
    public var hyperparameters: [AnyHyperparameter] { table.hyperparameters }
    /// Published settings.
    public var presets: [Preset] { table.presets }

    public static func == (first: Method, second: Method) -> Bool { first.id == second.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// The hyperparameter of a key.
    public func hyperparameter(_ key: String) -> AnyHyperparameter? { table.hyperparameter(key) }

    /// A hyperparameter that may differ from group to group.
    func editable(_ key: String) throws(RecipeError) -> AnyHyperparameter {
        let found = try table.declared(key)
        guard editableKeys.contains(found.key) else { throw .notEditable(key: key, method: id, editable: editableKeys) }
        return found
    }

    /// The method, prepared for the parents.
    public func procedure(_ context: FusionContext) throws -> any FusionProcedure { try prepare(context) }

    /// The settings of a preset.
    public func settings(preset id: String) throws(RecipeError) -> Settings { try table.settings(preset: id) }
}

extension Settings {
    public init(_ method: Method) { self.init(method.table) }
}

extension HyperparameterReference {
    package static func lines(_ method: Method) -> [String] { lines(method.table) }
    package static func markdown(_ method: Method) -> [String] { markdown(method.table) }
}
