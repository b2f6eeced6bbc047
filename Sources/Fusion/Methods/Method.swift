/// A fusion method: an alignment, a combination, and the hyperparameters of both.
public struct Method: Sendable, Hashable, Identifiable {
    /// As written in recipes and on the command line.
    public let id: String
    public let title: String
    /// One sentence.
    public let summary: String
    /// Authors, venue, year.
    public let paper: String
    public let hyperparameters: [Hyperparameter]
    /// Settings that reproduce a published experiment, or suit a purpose.
    public let presets: [Preset]
    /// Sets the method to work on parents.
    let prepare: @Sendable (FusionContext) throws(FusionError) -> any FusionProcedure

    /// - Parameter hyperparameters: the method's own; those of the steps that follow every method are added, unless it declares them itself.
    init(
        id: String, title: String, summary: String, paper: String, hyperparameters: [Hyperparameter], presets: [Preset],
        prepare: @escaping @Sendable (FusionContext) throws(FusionError) -> any FusionProcedure
    ) {
        self.id = id
        self.title = title
        self.summary = summary
        self.paper = paper
        self.hyperparameters = hyperparameters + Repair.hyperparameters.filter { step in !hyperparameters.contains { $0.key == step.key } }
            + Refinement.hyperparameters(beside: hyperparameters)
        self.presets = presets
        self.prepare = prepare
    }

    public struct Preset: Sendable {
        public let id: String
        public let title: String
        public let values: [String: HyperparameterValue]
    }

    public static func == (first: Method, second: Method) -> Bool { first.id == second.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    public func hyperparameter(_ key: String) -> Hyperparameter? { hyperparameters.first { $0.key == key } }

    func declared(_ key: String) throws(RecipeError) -> Hyperparameter {
        guard let found = hyperparameter(key) else { throw .unknownKey(key: key, method: id, known: hyperparameters.map(\.key)) }
        return found
    }

    /// The method set to work on parents.
    public func procedure(_ context: FusionContext) throws(FusionError) -> any FusionProcedure { try prepare(context) }

    /// The settings of a preset.
    public func settings(preset id: String) throws(RecipeError) -> Settings {
        guard let preset = presets.first(where: { $0.id == id }) else { throw .unknownPreset(id: id, method: self.id, known: presets.map(\.id)) }
        var settings = Settings(self)
        for (key, value) in preset.values.sorted(by: { $0.key < $1.key }) { try settings.set(key, value) }
        return settings
    }
}

/// Every method there is.
public enum Methods {
    public static let all: [Method] = [
        Reconstruction.method, OTFusion.method, Transplantation.method, HungarianFusion.method, KMeansFusion.method, GradientFusion.method, GitRebasin.method, Averaging.method,
        Automatic.method,
    ]

    /// What the command line and the workbench take where data but no method is named.
    public static let standard = Reconstruction.method

    public static func named(_ id: String) throws(RecipeError) -> Method {
        guard let method = all.first(where: { $0.id == id }) else { throw .unknownMethod(id: id, known: all.map(\.id)) }
        return method
    }
}
