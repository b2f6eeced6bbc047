import Hyperparameters
import Networks
import Tensors
import TOMLFiles

/// A field of a recipe that does not say what it should.
public struct RecipeFieldFault: Error {
    package let field: String
    package let reason: String
}

// How checkpoints are opened, as recipes of fusions and of trainings write it:
//
//     architecture = "lenet.arch.toml"
//     hints = ["heads=8"]
//     ignore = ["*.mask"]
//     key = "model_ema"
//     prefix = "encoder_q."

extension LoadOptions {
    public static let recipeFields = ["architecture", "hints", "ignore", "key", "prefix"]

    /// Reads the fields of a recipe's table; others are not looked at.
    public init(recipe table: TOMLTable) throws(RecipeFieldFault) {
        func text(_ field: String) throws(RecipeFieldFault) -> String? {
            guard let value = table[field] else { return nil }
            guard let text = value.string else { throw RecipeFieldFault(field: field, reason: "\(field) should be text in quotes") }
            return text
        }
        func list(_ field: String) throws(RecipeFieldFault) -> [String] {
            guard let value = table[field] else { return [] }
            guard let texts = value.array?.map(\.string), texts.allSatisfy({ $0 != nil }) else {
                throw RecipeFieldFault(field: field, reason: "\(field) should be a list of texts in quotes")
            }
            return texts.compactMap(\.self)
        }
        self.init(architecture: try text("architecture"), ignored: try list("ignore"), key: try text("key"), prefix: try text("prefix"))
        for entry in try list("hints") {
            do throws(NetworkError) { try hints.add(entry) } catch { throw RecipeFieldFault(field: "hints", reason: "\(error)") }
        }
    }

    /// As lines of a recipe; none for what is not said.
    public var recipeLines: [String] {
        let quoted = HyperparameterValue.quoted
        func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }
        var lines: [String] = []
        if let architecture { lines.append("architecture = \(quoted(architecture))") }
        if !hints.isEmpty { lines.append("hints = \(list(hints.texts))") }
        if !ignored.isEmpty { lines.append("ignore = \(list(ignored))") }
        if let key { lines.append("key = \(quoted(key))") }
        if let prefix { lines.append("prefix = \(quoted(prefix))") }
        return lines
    }
}

extension DType {
    /// Reads a recipe's `dtype`; nil where there is none.
    public static func saved(recipe table: TOMLTable) throws(RecipeFieldFault) -> DType? {
        guard let value = table["dtype"] else { return nil }
        guard let type = value.string.flatMap({ DType(savedAs: $0) }) else {
            throw RecipeFieldFault(field: "dtype", reason: "dtype should be one of \(savedNames.joined(separator: ", "))")
        }
        return type
    }
}
