import Foundation
import Transport

/// One line of the table: an input, our solver and a rival's.
struct TransportTask {
    let name: String
    /// The request to the rival and its name; nil where the rival takes minutes or fails.
    private let rival: (request: String, name: String)?
    /// Makes the input, writes what the rival needs into a folder, and returns our solver; the solver returns the number both must agree on.
    private let prepare: (URL) throws -> () throws -> Double
    /// How far the two numbers may differ, relatively.
    private let tolerance: Double

    static func assignment(_ kind: CostKind, _ size: Int) -> TransportTask {
        TransportTask(
            name: "assignment \(kind.rawValue) \(size)", rival: ("assignment \(size) \(size)", "SciPy linear_sum_assignment"),
            prepare: { folder in
                let cost = try kind.cost(size, size)
                try write(cost.values, "cost", folder)
                return { try AssignmentSolver().solve(cost: cost).objective }
            }, tolerance: 1e-9)
    }

    static func exactUniform(_ kind: CostKind, _ size: Int) -> TransportTask {
        exact("exact \(kind.rawValue) \(size), equal masses", kind, size, size, Masses.uniform(size), Masses.uniform(size))
    }

    static func exactRandom(_ kind: CostKind, _ rows: Int, _ columns: Int) -> TransportTask {
        var random = SeededNormal(seed: UInt64(rows))
        return exact(
            "exact \(kind.rawValue) \(rows)×\(columns), random masses", kind, rows, columns, random.masses(rows), random.masses(columns))
    }

    private static func exact(
        _ name: String, _ kind: CostKind, _ rows: Int, _ columns: Int, _ source: [Double], _ target: [Double]
    ) -> TransportTask {
        TransportTask(
            name: name, rival: ("emd \(rows) \(columns)", "POT emd"),
            prepare: { folder in
                let cost = try kind.cost(rows, columns)
                try write(cost.values, "cost", folder)
                try write(source, "a", folder)
                try write(target, "b", folder)
                let problem = try TransportProblem(cost: cost, source: source, target: target)
                return { try ExactSolver().solve(problem).objective }
            }, tolerance: 1e-9)
    }

    static func sinkhorn(_ size: Int, _ epsilon: Double, hasRival: Bool) -> TransportTask {
        TransportTask(
            name: "sinkhorn gauss \(size), ε \(epsilon) of the largest cost",
            rival: hasRival ? ("sinkhorn_log \(size) \(size) \(epsilon)", "POT sinkhorn_log") : nil,
            prepare: { folder in
                let cost = try CostNormalization.max.apply(to: CostKind.gauss.cost(size, size))
                try write(cost.values, "cost", folder)
                let problem = try TransportProblem(cost: cost)
                return { try SinkhornSolver(epsilon: .absolute(epsilon)).solve(problem).requireConverged().transportCost }
            }, tolerance: 1e-7)
    }

    static func distances(_ size: Int, _ features: Int) -> TransportTask {
        TransportTask(
            name: "squared distances \(size)×\(size), \(features) features",
            rival: ("distances \(size) \(features)", "scikit-learn euclidean_distances"),
            prepare: { folder in
                var random = SeededNormal(seed: UInt64(size))
                let (x, y) = try CostKind.gauss.clouds(size, size, features: features, random: &random)
                try write(x.values, "x", folder)
                try write(y.values, "y", folder)
                return { try Matrix.cost(.squaredEuclidean, from: x, to: y).values.reduce(0, +) }
            }, tolerance: 1e-5)
    }

    private static func write<Number>(_ values: [Number], _ name: String, _ folder: URL) throws {
        try values.withUnsafeBytes { try Data($0).write(to: folder.appendingPathComponent(name)) }
    }

    // MARK: Measuring

    /// Ours and the rival's by turns, so that a busy moment of the machine strikes both.
    func row(repetitions: Int, rivals: RivalProcess) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "amalgam-bench-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let solve = try prepare(folder)
        var ours: [Double] = [], theirs: [Double] = []
        var values = (ours: 0.0, theirs: 0.0)
        for _ in 0..<repetitions {
            let start = DispatchTime.now().uptimeNanoseconds
            values.ours = try solve()
            ours.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6)
            if let rival {
                let answer = try rivals.measure(rival.request, folder: folder)
                theirs.append(answer.milliseconds)
                values.theirs = answer.value
            }
        }
        func number(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }
        let median = ours.sorted()[ours.count / 2]
        guard let rival else { return "| \(name) | \(number(median)) | – | – | – | converged |" }
        let rivalMedian = theirs.sorted()[theirs.count / 2]
        let difference = abs(values.ours - values.theirs) / max(abs(values.theirs), .leastNormalMagnitude)
        let check = difference <= tolerance ? "same" : String(format: "differs by %.1e", difference)
        return
            "| \(name) | \(number(median)) | \(rival.name) | \(number(rivalMedian)) | \(String(format: "%.3f", median / rivalMedian)) | \(check) |"
    }
}
