import Fusion
import Screen
import Training

/// The forms: the recipe on screen 4, fine-tuning on screen 5.
enum FormID: Sendable { case recipe, tuning }

/// One line of a form.
enum FormField: Equatable, Sendable {
    case method
    /// All hyperparameters at once.
    case preset
    case hyperparameter(AnyHyperparameter)
    case seed
    /// Specs of the data that the method and fine-tuning use, and of the evaluation data.
    case data, evaluation
    /// How many fused neurons the shown layer gets.
    case neurons

    /// As written in `:set` and in recipes.
    var key: String {
        switch self {
        case .method: "method"
        case .preset: "preset"
        case .hyperparameter(let hyperparameter): hyperparameter.key
        case .seed: "seed"
        case .data: "data"
        case .evaluation: "evaluate"
        case .neurons: PlanEdits.neuronsKey
        }
    }

    /// Other words for keys, as the forms and the command line have them.
    static let synonyms = ["evaluation": FormField.evaluation.key]

    var title: String {
        switch self {
        case .hyperparameter(let hyperparameter): hyperparameter.title
        case .evaluation: "evaluation data"
        default: key
        }
    }
}

/// Which line of a form is selected and what is being typed into it.
struct FormState: Equatable, Sendable {
    var selected = 0
    var editing: TextField?
    /// Why the typed text was rejected.
    var problem: String?
}

/// How a value is changed.
enum FormEdit {
    case text(String)
    case step(Int)
    case reset
}

/// What a form would hold after a change.
enum FormDraft: Equatable {
    case recipe(Recipe)
    case tuning(Settings)
}

/// The defaults and the presets of a table, as choices.
struct PresetChoices {
    let table: HyperparameterTable

    var ids: [String] { ["defaults"] + table.presets.map(\.id) }

    func settings(_ id: String) throws -> Settings { id == ids[0] ? Settings(table) : try table.settings(preset: id) }

    /// The choice that the settings are; nil where they are none of them.
    func index(of settings: Settings) -> Int? { ids.indices.first { (try? self.settings(ids[$0])) == settings } }

    func title(_ index: Int) -> String? { index > 0 && index <= table.presets.count ? table.presets[index - 1].title : nil }

    func changed(_ settings: Settings, by edit: FormEdit) throws -> Settings {
        switch edit {
        case .text(let text): return try self.settings(text.trimmingPlainSpaces)
        case .reset: return Settings(table)
        case .step(let steps):
            let next = index(of: settings).map { ids.moved(from: $0, by: steps) } ?? ids[steps > 0 ? 1 % ids.count : 0]
            return try self.settings(next)
        }
    }
}

extension Array {
    /// The element some places further, around the ends.
    func moved(from index: Int, by steps: Int) -> Element { self[((index + steps) % count + count) % count] }
}

extension CaseIterable where Self: Equatable, AllCases == [Self] {
    /// The case some places further, around the ends.
    func moved(_ steps: Int) -> Self { Self.allCases.moved(from: Self.allCases.firstIndex(of: self) ?? 0, by: steps) }
    var next: Self { moved(1) }
}

extension String {
    var trimmingPlainSpaces: String { String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
}

extension AnyHyperparameter {
    /// The values to choose from, where there are few.
    var choices: [(word: String, title: String)] {
        switch kind {
        case .choice(let choices): choices.map { ($0.word, $0.title) }
        case .flag: [("true", ""), ("false", "")]
        default: []
        }
    }
}

extension Settings {
    /// Why a hyperparameter has no effect now, nil where it has.
    func idleReason(_ hyperparameter: AnyHyperparameter) -> String? {
        guard !applies(hyperparameter) else { return nil }
        let unmet = hyperparameter.conditions.first { condition in self[condition.key].map { !condition.values.contains($0) } ?? true }
        guard let unmet else { return "inactive" }
        return "needs \(unmet.key) \(unmet.values.map(\.description).joined(separator: " or "))"
    }
}
