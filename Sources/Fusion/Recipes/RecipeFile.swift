import Foundation
import TOMLKit

// A recipe as a TOML file that people write by hand:
//
//     method = "otfusion"
//     parents = ["a.safetensors", "b.safetensors"]
//     data = "digits:train"
//     evaluate = "digits:test"
//     seed = 7
//
//     [hyperparameters]
//     source = "weights"
//
// Paths of parents are relative to the file's folder.

extension Recipe {
    private static let fields = ["method", "preset", "parents", "data", "evaluate", "seed", "hyperparameters"]

    public init(file path: String) throws(RecipeError) {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw .unreadable(path: path, reason: FileManager.default.fileExists(atPath: path) ? "it is not UTF-8 text, or may not be opened" : "there is no such file")
        }
        try self.init(toml: text, path: path)
    }

    /// Reads a recipe; an unknown field or key is an error that names it.
    public init(toml text: String, path: String) throws(RecipeError) {
        let table: TOMLTable
        do { table = try TOMLTable(string: text) } catch {
            let parse = error as? TOMLParseError
            throw .file(path: path, line: parse.map { Int($0.source.begin.line) }, reason: "not TOML: \(parse?.description ?? "\(error)")")
        }
        func line(of key: String) -> Int? {
            text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { line in
                line.drop { $0 == " " || $0 == "\t" }.prefix { $0 != "=" && $0 != " " && $0 != "]" }.drop { $0 == "[" } == key[...]
            }.map { $0 + 1 }
        }
        for key in table.keys.sorted() where !Self.fields.contains(key) {
            throw .file(path: path, line: line(of: key), reason: "unknown field “\(key)”; a recipe has \(Self.fields.joined(separator: ", "))")
        }
        func string(_ key: String) throws(RecipeError) -> String? {
            guard let value = table[key] else { return nil }
            guard let string = value.string else { throw .file(path: path, line: line(of: key), reason: "\(key) should be text in quotes") }
            return string
        }
        let method = try Methods.named(string("method") ?? OTFusion.method.id)
        var settings = try string("preset").map { preset throws(RecipeError) in try method.settings(preset: preset) } ?? Settings(method)
        if let values = table["hyperparameters"] {
            guard let values = values.table else { throw .file(path: path, line: line(of: "hyperparameters"), reason: "hyperparameters should be a table") }
            for key in values.keys.sorted() {
                do {
                    guard let value = Self.value(values[key], for: method.hyperparameter(key)) else {
                        throw RecipeError.value(key: key, value: "\(values[key].map { "\($0.type)" } ?? "")", allowed: method.hyperparameter(key)?.range ?? "")
                    }
                    try settings.set(key, value)
                } catch {
                    throw .file(path: path, line: line(of: key), reason: "\(error)")
                }
            }
        }
        var parents: [String] = []
        if let list = table["parents"] {
            guard let list = list.array else { throw .file(path: path, line: line(of: "parents"), reason: "parents should be a list of paths") }
            let folder = (path as NSString).deletingLastPathComponent
            for entry in list {
                guard let name = entry.string else { throw .file(path: path, line: line(of: "parents"), reason: "parents should be a list of paths in quotes") }
                parents.append(name.hasPrefix("/") || folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name))
            }
        }
        var seed: UInt64 = 0
        if let value = table["seed"] {
            guard let number = value.int, number >= 0 else { throw .file(path: path, line: line(of: "seed"), reason: "seed should be a whole number from 0 on") }
            seed = UInt64(number)
        }
        self.init(parents: parents, method: method, settings: settings, data: try string("data"), evaluation: try string("evaluate"), seed: seed)
    }

    private static func value(_ value: (any TOMLValueConvertible)?, for hyperparameter: Hyperparameter?) -> HyperparameterValue? {
        guard let value else { return nil }
        if let flag = value.bool { return .flag(flag) }
        if let number = value.int {
            if case .real? = hyperparameter?.kind { return .real(Double(number)) }
            return .integer(number)
        }
        if let number = value.double { return .real(number) }
        return value.string.map { .choice($0) }
    }

    /// The recipe as a file that reads back to an equal recipe. Every effective hyperparameter is written, defaults too, so that the
    /// file keeps its meaning when a default changes.
    public func toml() -> String {
        var lines = ["# Made by Amalgam. Run it again with:  amalgam fuse --recipe FILE", "method = \"\(method.id)\""]
        lines.append("parents = [" + parents.map(Self.quotedTOML).joined(separator: ", ") + "]")
        if let data { lines.append("data = \(Self.quotedTOML(data))") }
        if let evaluation { lines.append("evaluate = \(Self.quotedTOML(evaluation))") }
        lines.append("seed = \(seed)")
        lines += ["", "[hyperparameters]"]
        for (hyperparameter, value) in settings.effective {
            let text: String
            switch value {
            case .choice(let word), .text(let word): text = Self.quotedTOML(word)
            case .real(let number): text = number == number.rounded() && abs(number) < 1e15 ? String(format: "%.1f", number) : "\(number)"
            case .integer, .flag: text = value.description
            }
            lines.append("\(hyperparameter.key) = \(text)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quotedTOML(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: quoted += String(format: "\\u%04X", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
