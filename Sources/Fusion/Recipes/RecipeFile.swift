import Formatting
import Foundation
import Networks
import Tensors
import TOMLFiles

// A recipe as a TOML file that people write by hand:
//
//     method = "otfusion"
//     parents = ["a.safetensors", "b.safetensors"]
//     data = "digits:train"
//     evaluate = "digits:test"
//     seed = 7
//     hints = ["heads=8"]              # and how else the parents are opened (LoadOptions)
//     dtype = "float32"                # of what is saved
//
//     [hyperparameters]
//     source = "weights"
//
//     [groups.fc1]
//     solver = "sinkhorn"
//     neurons = 120
//     pin = ["A:3:7"]
//     forbid = ["A:0:0"]
//
// A group's table holds what differs from the hyperparameters for it alone; a pairing is PARENT:NEURON:FUSED, counted from 0.
// Paths of parents are relative to the file's folder.

extension Recipe {
    private static let fields =
        ["method", "preset", "parents", "data", "validate", "evaluate", "seed"] + LoadOptions.recipeFields + [
            "task", "dtype", "hyperparameters", "groups",
        ]

    public init(file path: String) throws(RecipeError) {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw .unreadable(
                path: path,
                reason: FileManager.default.fileExists(atPath: path)
                    ? "it is not UTF-8 text, or access is denied" : "there is no such file")
        }
        try self.init(toml: text, path: path)
    }

    /// Reads a recipe; an unknown field or key is an error that names it.
    public init(toml text: String, path: String) throws(RecipeError) {
        let table: TOMLTable
        do { table = try TOMLTable(checking: text) } catch {
            throw .file(path: path, line: error.line, reason: "not TOML: \(error.reason)")
        }
        func line(of key: String) -> Int? {
            text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { line in
                line.drop { $0 == " " || $0 == "\t" }.prefix { $0 != "=" && $0 != " " && $0 != "]" }.drop { $0 == "[" } == key[...]
            }.map { $0 + 1 }
        }
        for key in table.keys.sorted() where !Self.fields.contains(key) {
            throw .file(
                path: path, line: line(of: key), reason: "unknown field “\(key)”; a recipe has \(Self.fields.joined(separator: ", "))")
        }
        func string(_ key: String) throws(RecipeError) -> String? {
            guard let value = table[key] else { return nil }
            guard let string = value.string else { throw .file(path: path, line: line(of: key), reason: "\(key) should be text in quotes") }
            return string
        }
        let method = try Methods.named(string("method") ?? OTFusion.method.id)
        var settings = try string("preset").map { preset throws(RecipeError) in try method.settings(preset: preset) } ?? Settings(method)
        if let values = table["hyperparameters"] {
            guard let values = values.table else {
                throw .file(path: path, line: line(of: "hyperparameters"), reason: "hyperparameters should be a table")
            }
            for key in values.keys.sorted() {
                do {
                    guard let value = Self.value(values[key], for: method.hyperparameter(key)) else {
                        throw RecipeError.value(
                            key: key, value: "\(values[key].map { "\($0.type)" } ?? "")", allowed: method.hyperparameter(key)?.range ?? "")
                    }
                    try settings.set(key, value)
                    if value == .real(0), method.hyperparameter(key)?.key == ClassPriorWeighting.exponent.key {
                        settings.note("\(key) = 0 weights the parents equally; Amalgam 0.1 wrote 0.0 where it now writes \"auto\"")
                    }
                } catch {
                    throw .file(path: path, line: line(of: key), reason: "\(error)")
                }
            }
        }
        var edits = PlanEdits()
        if let tables = table["groups"] {
            guard let tables = tables.table else {
                throw .file(path: path, line: line(of: "groups"), reason: "groups should be tables, such as [groups.fc1]")
            }
            for name in tables.keys.sorted() {
                guard let values = tables[name]?.table else {
                    throw .file(path: path, line: line(of: name), reason: "groups.\(name) should be a table")
                }
                do { edits[name] = try Self.edits(values, method: method) } catch {
                    throw .file(path: path, line: line(of: "groups"), reason: "groups.\(name): \(error)")
                }
            }
        }
        func list(_ key: String) throws(RecipeError) -> [String] {
            guard let value = table[key] else { return [] }
            var entries: [String] = []
            for entry in value.array ?? TOMLArray() {
                if let text = entry.string { entries.append(text) }
            }
            guard let array = value.array, entries.count == array.count else {
                throw .file(path: path, line: line(of: key), reason: "\(key) should be a list of texts in quotes")
            }
            return entries
        }
        let folder = path.folderOfPath
        let parents = try list("parents").map { $0.hasPrefix("/") || folder.isEmpty ? $0 : (folder as NSString).appendingPathComponent($0) }
        var seed: UInt64 = 0
        if let value = table["seed"] {
            guard let number = value.int, number >= 0 else {
                throw .file(path: path, line: line(of: "seed"), reason: "seed should be a whole number, 0 or more")
            }
            seed = UInt64(number)
        }
        self.init(
            parents: parents, method: method, settings: settings, data: try string("data"), evaluation: try string("evaluate"), seed: seed)
        self.edits = edits
        validation = try string("validate")
        if let word = try string("task") {
            guard let known = PredictionTask(rawValue: word) else {
                throw .file(
                    path: path, line: line(of: "task"),
                    reason: "task is “\(word)”; it should be one of \(PredictionTask.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            task = known
        }
        do throws(RecipeFieldFault) {
            load = try LoadOptions(recipe: table)
            dtype = try DType.saved(recipe: table)
        } catch { throw .file(path: path, line: line(of: error.field), reason: error.reason) }
    }

    /// The table of one group.
    private static func edits(_ table: TOMLTable, method: Method) throws(RecipeError) -> PlanEdits.Group {
        var edits = PlanEdits.Group()
        for key in table.keys.sorted() {
            switch key {
            case PlanEdits.pinKey, PlanEdits.forbidKey:
                let written = table[key]?.array?.map(\.string) ?? [table[key]?.string]
                for text in written {
                    guard let text else { throw .value(key: key, value: "something else", allowed: "texts such as \"A:3:7\"") }
                    let pairing = try PlanEdits.Pairing(text)
                    if key == PlanEdits.pinKey { edits.pinned.insert(pairing) } else { edits.forbidden.insert(pairing) }
                }
            case PlanEdits.neuronsKey:
                guard let count = table[key]?.int, count > 0 else {
                    throw .value(key: key, value: "\(table[key].map { "\($0.type)" } ?? "")", allowed: "a whole number, 1 or more")
                }
                edits.neurons = count
            default:
                let hyperparameter = try method.editable(key)
                guard let found = value(table[key], for: hyperparameter) else {
                    throw .value(key: key, value: "\(table[key].map { "\($0.type)" } ?? "")", allowed: hyperparameter.range)
                }
                edits.values[hyperparameter.key] = try hyperparameter.check(found)
            }
        }
        return edits
    }

    private static func value(_ value: (any TOMLValueConvertible)?, for hyperparameter: AnyHyperparameter?) -> HyperparameterValue? {
        guard let value else { return nil }
        if let flag = value.bool { return .flag(flag) }
        if let number = value.int {
            if case .real? = hyperparameter?.kind { return .real(Double(number)) }
            return .integer(number)
        }
        if let number = value.double { return .real(number) }
        if let list = value.array {
            let numbers = list.map { $0.double ?? $0.int.map(Double.init) }
            return numbers.allSatisfy { $0 != nil } ? .numbers(numbers.compactMap { $0 }) : nil
        }
        return value.string.map { .choice($0) }
    }

    /// The recipe as a file that reads back to an equal recipe. Every effective hyperparameter is written, defaults too, so that the
    /// file keeps its meaning when a default changes.
    public func toml() -> String {
        var lines = ["# Made by Amalgam. Run it again with:  amalgam fuse --recipe FILE", "method = \"\(method.id)\""]
        lines.append("parents = [" + parents.map(HyperparameterValue.quoted).joined(separator: ", ") + "]")
        if let data { lines.append("data = \(HyperparameterValue.quoted(data))") }
        if let validation { lines.append("validate = \(HyperparameterValue.quoted(validation))") }
        if let evaluation { lines.append("evaluate = \(HyperparameterValue.quoted(evaluation))") }
        lines.append("seed = \(seed)")
        if let task { lines.append("task = \"\(task.rawValue)\"") }
        lines += load.recipeLines
        if let dtype { lines.append("dtype = \"\(dtype.name)\"") }
        lines += ["", "[hyperparameters]"]
        for (hyperparameter, value) in settings.effective {
            lines.append("\(hyperparameter.key) = \(hyperparameter.toml(value))")
        }
        for name in edits.groups {
            let own = edits[name]
            lines += ["", "[groups.\(HyperparameterValue.quoted(name))]"]
            for (key, value) in own.values.sorted(by: { $0.key < $1.key }) {
                lines.append("\(key) = \(method.hyperparameter(key)?.toml(value) ?? value.toml)")
            }
            if let count = own.neurons { lines.append("\(PlanEdits.neuronsKey) = \(count)") }
            for (key, pairings) in [(PlanEdits.pinKey, own.pinned), (PlanEdits.forbidKey, own.forbidden)] where !pairings.isEmpty {
                lines.append(
                    "\(key) = [" + pairings.sorted().map { HyperparameterValue.quoted($0.description) }.joined(separator: ", ") + "]")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
