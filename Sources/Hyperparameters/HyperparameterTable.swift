/// Hyperparameters that belong together, in the order of the form: those of a fusion method, those of fine-tuning.
public struct HyperparameterTable: Sendable, Hashable, Identifiable {
    /// As written in recipes and on the command line.
    public let id: String
    public let title: String
    /// One sentence.
    public let summary: String
    /// Authors, venue, year; "Amalgam" where there is none.
    public let paper: String
    public let hyperparameters: [AnyHyperparameter]
    /// Settings that reproduce a published experiment, or suit a purpose.
    public let presets: [Preset]
    /// Where a key or an earlier spelling of it stands.
    private let places: [String: Int]

    public struct Preset: Sendable {
        public let id: String
        public let title: String
        public let values: [String: HyperparameterValue]

        public init(id: String, title: String, _ values: [HyperparameterAssignment]) {
            self.id = id
            self.title = title
            self.values = Dictionary(values.map { ($0.key, $0.value) }) { $1 }
        }
    }

    public init(
        id: String, title: String, summary: String, paper: String, hyperparameters: [any HyperparameterDeclarations], presets: [Preset]
    ) {
        self.id = id
        self.title = title
        self.summary = summary
        self.paper = paper
        self.hyperparameters = hyperparameters.declarations
        self.presets = presets
        let keys = self.hyperparameters.enumerated().map { ($0.element.key, $0.offset) }
        let aliases = self.hyperparameters.enumerated().flatMap { place, hyperparameter in hyperparameter.aliases.map { ($0, place) } }
        places = Dictionary(keys + aliases) { first, _ in first }
    }

    public static func == (first: HyperparameterTable, second: HyperparameterTable) -> Bool { first.id == second.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// The hyperparameter of a key, or of an earlier spelling of it.
    public func hyperparameter(_ key: String) -> AnyHyperparameter? { places[key].map { hyperparameters[$0] } }

    /// A hyperparameter that must be there.
    public func declared(_ key: String) throws(RecipeError) -> AnyHyperparameter {
        guard let found = hyperparameter(key) else { throw .unknownKey(key: key, method: id, known: hyperparameters.map(\.key)) }
        return found
    }

    /// The settings of a preset.
    public func settings(preset id: String) throws(RecipeError) -> Settings {
        guard let preset = presets.first(where: { $0.id == id }) else {
            throw .unknownPreset(id: id, method: self.id, known: presets.map(\.id))
        }
        var settings = Settings(self)
        for (key, value) in preset.values.sorted(by: { $0.key < $1.key }) { try settings.set(key, value) }
        return settings
    }
}
