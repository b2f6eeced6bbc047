import Foundation
import Provenance
import Store
import TOMLFiles

/// Several runs side by side: what differs in what went in, and what came out.
package struct RunComparison: Sendable, Encodable {
    package struct Difference: Sendable, Codable, Equatable {
        /// A field of the recipe, a parent, data, a version.
        package let key: String
        /// One for each run; nil where the run has no such thing.
        package let values: [String?]
    }

    package let runs: [RunAccount]
    package let recipe: [Difference]
    /// Parents, data, versions and the machine.
    package let surroundings: [Difference]

    package init(_ accounts: [RunAccount]) throws {
        guard accounts.count >= 2 else { throw RunError.unsuitable(reason: "a comparison needs at least two runs") }
        runs = accounts
        recipe = Self.differences(accounts.map { Self.fields($0.run.recipe).filter { !Self.surrounding.contains($0.key) } })
        surroundings = Self.differences(accounts.map(Self.surroundings))
    }

    private typealias Fields = [(key: String, value: String)]

    /// Keys in the order in which they first appear; those on which all runs agree are left out.
    private static func differences(_ fields: [Fields]) -> [Difference] {
        var keys: [String] = [], seen: Set<String> = []
        for (key, _) in fields.joined() where seen.insert(key).inserted { keys.append(key) }
        let tables = fields.map { Dictionary($0.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }) }
        return keys.compactMap { key in
            let values = tables.map { $0[key] }
            return Set(values).count > 1 ? Difference(key: key, values: values) : nil
        }
    }

    /// What differs between recipes, key by key; a text that is no recipe is one field.
    ///
    /// - Parameter recipes: as TOML.
    package static func differences(ofRecipes recipes: [String]) -> [Difference] { differences(recipes.map(fields)) }

    /// A recipe as keys with values, as ``differences(ofRecipes:)`` compares them.
    package static func values(ofRecipe recipe: String) -> [String: String] {
        Dictionary(fields(recipe).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Keys that are compared by checksum, beside the recipe.
    private static let surrounding: Set<String> = ["parents", "network", "teachers", "controls", "data", "validate", "evaluate"]

    /// A recipe as keys with values, groups' tables joined by dots; a text that is no TOML is one field.
    private static func fields(_ recipe: String) -> Fields {
        guard let table = try? TOMLTable(checking: recipe) else { return [("recipe", recipe)] }
        func text(_ value: any TOMLValueConvertible) -> String {
            if let entries = value.array { return entries.map { $0.string.map { Paths.shown($0) } ?? "\($0)" }.joined(separator: ", ") }
            return value.string ?? value.debugDescription
        }
        func flat(_ table: TOMLTable, _ prefix: String) -> Fields {
            // Fields before tables, as in a file written by hand.
            table.keys.sorted { (table[$0]?.table != nil ? 1 : 0, $0) < (table[$1]?.table != nil ? 1 : 0, $1) }.flatMap { key -> Fields in
                guard let value = table[key] else { return [] }
                // What every recipe has needs no heading.
                guard let inner = value.table else { return [(prefix + key, text(value))] }
                return flat(inner, ["hyperparameters", "settings"].contains(key) ? prefix : prefix + key + ".")
            }
        }
        return flat(table, "")
    }

    private static func surroundings(_ account: RunAccount) -> Fields {
        let run = account.run
        var fields: Fields = [("kind", run.kind.rawValue)]
        for source in account.sources {
            let name =
                switch source.role {
                case .parent: source.letter.map { "parent \($0)" } ?? "initial network"
                case .teacher: "teacher \(source.letter ?? "")"
                case .validation: run.kind.validates
                case .plan: "couplings"
                case .data: "data"
                case .evaluation: "evaluation data"
                }
            let shown = source.isFile ? Paths.shown(source.name) : Paths.shownData(source.name)
            fields.append((name, "\(shown) (\(source.sha256.prefix(8)))"))
        }
        return fields + [
            ("Amalgam", run.amalgam), ("libtorch", run.libtorch), ("Swift", run.swift), ("system", run.system),
            ("processor", run.processor), ("threads", "\(run.threads)"),
        ]
    }
}
