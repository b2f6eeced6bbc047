import Archives
import Foundation
import Networks
import Tensors

extension ArchitectureFile {
    /// The file that describes an architecture; reading it gives the same architecture.
    ///
    /// - Parameters:
    ///   - ignored: names of tensors that no layer uses.
    ///   - aliases: further names of parameters, and the parameters that they are; those that layers have themselves are not written.
    public static func text(
        of architecture: Architecture, ignored: [String] = [], aliases: [String: String] = [:]
    ) throws(CheckpointError) -> String {
        try lifting(architecture.family) { try described(architecture, ignored, aliases) }
    }

    private static func described(_ architecture: Architecture, _ ignored: [String], _ aliases: [String: String]) throws -> String {
        var lines = architecture.assumptions.map { "# Assumed: \($0)" }
        lines += ["family = \(quoted(architecture.family))", "input = \(list(architecture.inputShape))"]
        if let task = architecture.task, task != .classification { lines.append("task = \(quoted(task.rawValue))") }
        if !ignored.isEmpty { lines.append("ignore = [\(ignored.map(quoted).joined(separator: ", "))]") }
        let own = Set(architecture.aliases.map(\.name)), others = aliases.filter { !own.contains($0.key) }.sorted { $0.key < $1.key }
        if !others.isEmpty {
            lines.append("tied = { \(others.map { "\(quoted($0.key)) = \(quoted($0.value))" }.joined(separator: ", ")) }")
        }
        lines += bound(architecture.elements)
        for part in architecture.elements.parts {
            lines += ["", "[[input_part]]", "name = \(quoted(part.name))", "shape = \(list(part.shape))"] + bound(part.elements)
        }
        for (name, value) in architecture.constants.sorted(by: { $0.key < $1.key }) {
            lines += [
                "", "[[constant]]", "name = \(quoted(name))", "type = \(quoted(try value.dtype().name))", "shape = \(list(value.shape))",
            ]
            lines.append("data = \(quoted(try value.withBytes { Data($0).base64EncodedString() }))")
        }
        var previous = Architecture.input
        for (index, node) in architecture.nodes.enumerated() {
            let kind = type(of: node.layer).kind
            lines += ["", "[[layer]]", "kind = \(quoted(kind))"]
            if let prefix = node.prefix { lines.append("name = \(quoted(prefix))") }
            if node.id != node.prefix ?? "\(kind)\(index + 1)" { lines.append("id = \(quoted(node.id))") }
            if node.sources != [previous] { lines.append("from = [\(node.sources.map(quoted).joined(separator: ", "))]") }
            lines += node.shared.sorted { $0.key < $1.key }.map { "share.\($0.key) = \(quoted($0.value))" }
            lines += node.layer.options.map { "\($0.name) = \(written($0.value))" }
            previous = node.id
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func bound(_ elements: InputElements) -> [String] {
        switch elements {
        case .real, .parts: []
        case .index(let bound): ["input_below = \(bound)"]
        case .integer: ["input_below = 0"]
        }
    }

    private static func written(_ value: OptionValue) -> String {
        switch value {
        case .int(let value): String(value)
        case .ints(let values): list(values)
        case .real(let value): "\(value)"
        case .bool(let value): value ? "true" : "false"
        case .string(let value): quoted(value)
        }
    }

    private static func list(_ integers: [Int]) -> String { "[" + integers.map(String.init).joined(separator: ", ") + "]" }

    /// A TOML basic string.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
