import Foundation
import Fusion
import Screen
import Transport
import Workbench

/// An engine without tensors: parents that are permutations of each other, plans that soften with epsilon, the same in every run.
struct FakeEngine: Engine {
    /// What it finds beside the program.
    var sets: [SampleSet] = [
        set("digits-pair", "Digit MLPs, different labels", "Two networks of 64-48-32-10 that saw different digits: A mostly 0–4, B mostly 5–9. Averaging them as they are is ruin; matched, they know all ten.", ["even", "odd"]),
        set("digits-widths", "Digit MLPs, different widths", "One parent is wider than the other: transport matches what averaging cannot.", ["wide", "narrow"]),
        set("names", "作者 and friends", "Names that take two columns.", ["作者-é-👩‍🔬", "esc\u{1B}[31m"]),
    ]
    var mismatch: String?
    var delay: Double = 0
    var failure: String?
    /// Steps of a fusion.
    var steps = 20

    static func set(_ id: String, _ title: String, _ story: String, _ names: [String]) -> SampleSet {
        var recipe = Recipe(parents: names.map { "sample-models/\(id)/\($0).safetensors" }, data: "digits:train", evaluation: "digits:test")
        recipe.seed = 0
        return SampleSet(id: id, title: title, story: story, recipe: recipe)
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    private func rest(_ seconds: Double) { if delay > 0 { Thread.sleep(forTimeInterval: delay * seconds) } }

    func samples() throws -> [SampleSet] {
        rest(1)
        return sets
    }

    static func widths(_ path: String) -> [Int] { path.contains("narrow") ? [64, 36, 24, 10] : [64, 48, 32, 10] }

    func open(_ paths: [String], control: JobControl) throws -> OpenedParents {
        rest(1)
        if let broken = paths.first(where: { $0.contains("broken") }) {
            throw Failure(description: "\(broken): the header ends at byte 8 of 412: the file is truncated; copy it again")
        }
        let parents = paths.map { path in
            let widths = Self.widths(path)
            return ParentSummary(
                path: path, name: String(path.split(separator: "/").last ?? ""), format: "safetensors", family: "mlp",
                parameters: zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 }, widths: widths)
        }
        let names = ["fc1", "fc2", "classes"]
        let groups = names.enumerated().map { index, name in
            GroupSummary(
                name: name, role: name == "classes" ? .classes : .hidden, neurons: paths.map { Self.widths($0)[index + 1] }, layers: name,
                shape: Self.widths(paths[0])[index + 1].description + "×" + Self.widths(paths[0])[index].description)
        }
        return OpenedParents(parents: parents, groups: groups, mismatch: mismatch, notes: ["activation: ReLU (assumed)"])
    }

    func measure(_ recipe: Recipe, control: JobControl) throws -> [Double] {
        rest(2)
        return recipe.parents.indices.map { 0.9712 - 0.0375 * Double($0) }
    }

    /// A permutation blurred by epsilon; orphans where the number divides by 17.
    static func plan(rows: Int, columns: Int, softness: Double) -> Screen.Matrix {
        var values = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            let target = columns == 10 ? row : (row * 29 + 11) % columns
            var total = 0.0
            var weights = [Double](repeating: 0, count: columns)
            for column in 0..<columns {
                let noise = Double((row * 7919 + column * 104_729) % 1009) / 1009
                let distance = column == target ? (row % 17 == 3 ? 0.85 : 0) : 0.6 + 0.4 * noise
                weights[column] = softness > 0 ? exp(-distance / softness) : column == target ? 1 : 0
                total += weights[column]
            }
            for column in 0..<columns { values[row * columns + column] = Float(weights[column] / total / Double(rows)) }
        }
        return Screen.Matrix(rows: rows, columns: columns, values: values) ?? .empty
    }

    func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupPicture {
        rest(0.3)
        if let failure { throw Failure(description: failure) }
        guard let index = ["fc1", "fc2", "classes"].firstIndex(of: group) else { throw Failure(description: "no group \(group)") }
        let widths = recipe.parents.map { Self.widths($0)[index + 1] }
        let isSoft = recipe.settings["solver"] != .choice("exact") && recipe.method.id == "otfusion"
        var softness = 0.0
        if isSoft, case .real(let epsilon)? = recipe.settings["epsilon"] { softness = min(10, epsilon * 2) }
        let isIdentity = group == "classes" || recipe.method.id == "average"
        let columns = widths[widths.count - 1]
        let couplings = widths.dropLast().enumerated().map { parent, rows in
            CouplingPicture(
                parent: parent, plan: isIdentity ? Self.identity(rows) : Self.plan(rows: rows, columns: columns, softness: softness),
                rowMass: Array(repeating: 1 / Double(rows), count: rows), columnMass: Array(repeating: 1 / Double(columns), count: columns),
                transportCost: isIdentity ? nil : 0.184 + softness,
                certificate: isIdentity ? nil : Certificate(
                    solver: isSoft ? "sinkhorn" : "assignment", rowError: 8.1e-7, columnError: 1e-16, dualityGap: isSoft ? 2e-5 : 0, iterations: isSoft ? 63 : rows,
                    converged: true, uniqueness: .unique), isIdentity: isIdentity)
        }
        return GroupPicture(group: group, couplings: Array(couplings), seconds: 0.038)
    }

    static func identity(_ count: Int) -> Screen.Matrix {
        Screen.Matrix(rows: count, columns: count, values: (0..<count * count).map { $0 % (count + 1) == 0 ? 1 / Float(count) : 0 }) ?? .empty
    }

    func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult {
        for step in 0..<steps {
            if control.isCancelled() { throw JobCancelled() }
            control.progress(Double(step) / Double(steps), step < 12 ? "planning fc\(1 + step / 6)" : "measuring on digits:test")
            rest(0.5)
        }
        if let failure { throw Failure(description: failure) }
        var rows = recipe.parents.enumerated().map { index, path in
            ResultRow(role: .parent, name: String(path.split(separator: "/").last ?? ""), accuracy: 0.9712 - 0.0375 * Double(index), loss: 0.1, parameters: 5018)
        }
        rows.append(ResultRow(role: .ensemble, name: "ensemble", accuracy: 0.9785, loss: 0.08, parameters: 10036))
        rows.append(ResultRow(role: .average, name: "plain average", accuracy: 0.713, loss: 0.9, parameters: 5018))
        rows.append(ResultRow(role: .fused, name: "fused", accuracy: 0.9482, loss: 0.2, parameters: 5018))
        return FusionResult(rows: rows, recipe: recipe, fuseSeconds: 0.042)
    }
}
