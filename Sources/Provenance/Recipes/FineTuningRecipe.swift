import Formatting
import Datasets
import Foundation
import Fusion
import Hyperparameters
import Networks
import Tensors
import TOMLFiles
import Training

/// Everything that determines a trained network: where it begins, data, teachers, settings, seed.
///
/// ```toml
/// network = "fused.safetensors"          # or fresh = "mlp:64-32-10"
/// data = "digits:train"
/// evaluate = "digits:test"
/// teachers = ["a.safetensors", "b.safetensors"]
/// seed = 7
///
/// [settings]
/// epochs = 3
/// distill = "kl"
/// ```
package struct FineTuningRecipe: Sendable, Hashable {
    package enum Start: Sendable, Hashable {
        /// A checkpoint's path.
        case network(String)
        /// An architecture in a line of text, such as `mlp:64-32-10`.
        case fresh(String)
    }

    package var start: Start
    /// Training data: a data spec.
    package var data: String
    /// Validation data for selecting the best epoch; nil holds out a fraction of the training data.
    package var validation: String?
    /// Evaluation data, used for no choice.
    package var evaluation: String?
    /// Checkpoints of the teachers for distillation.
    package var teachers: [String]
    /// Checkpoints of networks that are trained in the same way, for comparison: parents of the one that it begins with.
    package var controls: [String]
    /// What the outputs are for; nil where it follows from outputs and data.
    package var task: PredictionTask?
    package var settings: Settings
    package var seed: UInt64
    /// How the networks are opened; an architecture file is for the network that is trained, not for its teachers.
    package var load = LoadOptions()
    /// The floating-point type in which the network is saved; nil saves every parameter in the type that it had in its file.
    package var dtype: DType?

    package init(
        _ start: Start, data: String, validation: String? = nil, evaluation: String? = nil, teachers: [String] = [],
        controls: [String] = [],
        settings: Settings = Settings(FineTuning.table), seed: UInt64 = 0
    ) {
        self.start = start
        self.data = data
        self.validation = validation
        self.evaluation = evaluation
        self.teachers = teachers
        self.controls = controls
        self.settings = settings
        self.seed = seed
    }

    /// Whether it begins with random parameters.
    package var isFresh: Bool { if case .fresh = start { true } else { false } }

    /// One word for lists: the optimiser's.
    package var methodWord: String { settings[FineTuning.optimizer.key]?.description ?? "" }

    // MARK: Files

    private static let fields =
        ["network", "fresh", "data", "validate", "evaluate", "teachers", "controls", "task", "preset", "seed"] + LoadOptions.recipeFields
        + ["dtype", "settings"]

    /// Reads a recipe file; paths of networks are relative to its folder.
    ///
    /// - Parameter start: takes the place of what the file says, which may then say nothing.
    package init(file path: String, start: Start? = nil) throws {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw RunError.file(
                path: path, line: nil,
                reason: FileManager.default.fileExists(atPath: path)
                    ? "it is not UTF-8 text, or access is denied" : "there is no such file")
        }
        try self.init(toml: text, path: path, start: start)
    }

    package init(toml text: String, path: String, start given: Start? = nil) throws {
        func refused(_ reason: String) -> RunError { .file(path: path, line: nil, reason: reason) }
        let table: TOMLTable
        do { table = try TOMLTable(checking: text) } catch {
            throw RunError.file(path: path, line: error.line, reason: "not TOML: \(error.reason)")
        }
        if let unknown = table.keys.sorted().first(where: { !Self.fields.contains($0) }) {
            throw refused("unknown field “\(unknown)”; a training recipe has \(Self.fields.joined(separator: ", "))")
        }
        func string(_ key: String) throws -> String? {
            guard let value = table[key] else { return nil }
            guard let string = value.string else { throw refused("\(key) should be text in quotes") }
            return string
        }
        let folder = path.folderOfPath
        func placed(_ name: String) -> String {
            name.hasPrefix("/") || folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
        }
        switch (try string("network"), try string("fresh"), given) {
        case (_, _, let given?): start = given
        case (let network?, nil, nil): start = .network(placed(network))
        case (nil, let blueprint?, nil): start = .fresh(blueprint)
        default: throw refused("it needs either network = \"FILE\" or fresh = \"KIND:…\", or a network on the command line")
        }
        guard let data = try string("data") else { throw refused("data is missing") }
        self.data = data
        validation = try string("validate")
        evaluation = try string("evaluate")
        func paths(_ key: String) throws -> [String] {
            guard let list = table[key] else { return [] }
            guard let names = list.array?.map(\.string), names.allSatisfy({ $0 != nil }) else {
                throw refused("\(key) should be a list of paths in quotes")
            }
            return names.compactMap { $0.map(placed) }
        }
        teachers = try paths("teachers")
        controls = try paths("controls")
        if let word = try string("task") {
            guard let known = PredictionTask(rawValue: word) else {
                throw refused("task should be one of \(PredictionTask.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            task = known
        }
        seed = 0
        if let value = table["seed"] {
            guard let number = value.int, number >= 0 else { throw refused("seed should be a whole number, 0 or more") }
            seed = UInt64(number)
        }
        do throws(RecipeFieldFault) {
            load = try LoadOptions(recipe: table)
            dtype = try DType.saved(recipe: table)
        } catch { throw refused(error.reason) }
        let preset = try string("preset")
        var settings = try preset.map { try FineTuning.table.settings(preset: $0) } ?? Settings(FineTuning.table)
        if let values = table["settings"] {
            guard let values = values.table else { throw refused("settings should be a table") }
            for key in values.keys.sorted() {
                let value = Self.value(values[key], for: FineTuning.table.hyperparameter(key))
                do throws(RecipeError) {
                    guard let value else {
                        throw .value(key: key, value: "of another kind", allowed: FineTuning.table.hyperparameter(key)?.range ?? "")
                    }
                    try settings.set(key, value)
                } catch {
                    throw refused("\(error)")
                }
            }
        }
        self.settings = settings
    }

    private static func value(_ value: (any TOMLValueConvertible)?, for knob: AnyHyperparameter?) -> HyperparameterValue? {
        guard let value else { return nil }
        if let flag = value.bool { return .flag(flag) }
        if let number = value.int { if case .real? = knob?.kind { return .real(Double(number)) } else { return .integer(number) } }
        if let number = value.double { return .real(number) }
        return value.string.map { .choice($0) }
    }

    /// The recipe as a file that reads back to an equal recipe; every setting that has an effect is written, defaults too.
    package func toml() -> String {
        let quoted = HyperparameterValue.quoted
        var lines = ["# Made by Amalgam. Run it again with:  amalgam finetune --recipe FILE"]
        switch start {
        case .network(let path): lines.append("network = \(quoted(path))")
        case .fresh(let blueprint): lines.append("fresh = \(quoted(blueprint))")
        }
        lines.append("data = \(quoted(data))")
        if let validation { lines.append("validate = \(quoted(validation))") }
        if let evaluation { lines.append("evaluate = \(quoted(evaluation))") }
        if !teachers.isEmpty { lines.append("teachers = [" + teachers.map(quoted).joined(separator: ", ") + "]") }
        if !controls.isEmpty { lines.append("controls = [" + controls.map(quoted).joined(separator: ", ") + "]") }
        if let task { lines.append("task = \(quoted(task.rawValue))") }
        lines += ["seed = \(seed)"] + load.recipeLines
        if let dtype { lines.append("dtype = \"\(dtype.name)\"") }
        lines += ["", "[settings]"]
        for (knob, value) in settings.effective {
            lines.append("\(knob.key) = \(knob.toml(value))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The command that runs this recipe.
    package func command(output: String? = nil) -> String {
        let quoted = ShellWord.quoted
        var words =
            switch start {
            case .network(let path): ["amalgam", "finetune", quoted(path)]
            case .fresh(let blueprint): ["amalgam", "train", quoted(blueprint)]
            }
        words += ["--data", quoted(data)]
        if let validation { words += ["--validate", quoted(validation)] }
        if let evaluation { words += ["--evaluate", quoted(evaluation)] }
        for teacher in teachers { words += ["--teacher", quoted(teacher)] }
        for parent in controls { words += ["--control", quoted(parent)] }
        if let task { words += ["--task", task.rawValue] }
        for (key, value) in settings.differences { words += ["--\(key)", quoted(value)] }
        if seed != 0 { words += ["--seed", "\(seed)"] }
        words += load.arguments.map(quoted)
        if let dtype { words += ["--dtype", dtype.name] }
        if let output { words += ["--output", quoted(output)] }
        return words.joined(separator: " ")
    }
}
