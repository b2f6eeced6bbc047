import Archives
import Foundation
import Fusion
import Provenance
import Transport

/// Stored couplings, and what file they are from.
package struct PlanFile: Sendable {
    package let path: String
    package let plan: StoredPlan
    package let sha256: String
}

extension CouplingFile {
    /// The couplings that a file of ``write(_:to:)`` holds, to be carried out again.
    ///
    /// - Throws: `RunError.file` for an array that is no coupling, a table (which does not name its group), or numbers that are no plan.
    package static func read(_ path: String) throws -> StoredPlan { try open(path).plan }

    /// The same with the checksum of the bytes that were read.
    package static func open(_ path: String) throws -> PlanFile {
        guard !path.lowercased().hasSuffix(".csv") else {
            throw RunError.file(
                path: path, line: nil, reason: "a CSV file does not name its coupling: save the plan as .safetensors or .npz"
            )
        }
        let archive = try Archive.open(path)
        var plan = StoredPlan(), masses: [String: Double] = [:]
        for entry in archive.entries where entry.name.hasSuffix(".plan") {
            let words = entry.name.dropLast(".plan".count)
            guard let point = words.lastIndex(of: "."),
                case .number(let parent)? = NamedParent(String(words[words.index(after: point)...]))
            else {
                throw RunError.file(path: path, line: nil, reason: "the array \(entry.name) is not named GROUP.PARENT.plan")
            }
            let stored = try coupling(String(words), entry, archive, path: path)
            plan[String(words[..<point]), parent] = stored
            // A parent may have no part in a group, such as one of which a selection took no neuron; all of them may not.
            masses[String(words[..<point]), default: 0] += stored.plan.rowSums.reduce(0, +)
        }
        if let empty = masses.keys.sorted().first(where: { masses[$0] == 0 }) {
            throw RunError.file(path: path, line: nil, reason: "the plans of neuron group \(empty) have no mass")
        }
        guard !plan.groups.isEmpty else {
            throw RunError.file(path: path, line: nil, reason: "it contains no couplings: write one with `amalgam plan … --export FILE`")
        }
        return PlanFile(path: path, plan: plan, sha256: try archive.digest.sha256())
    }

    private static func coupling(_ name: String, _ entry: StoredArray, _ archive: Archive, path: String) throws -> StoredCoupling {
        guard entry.shape.count == 2, entry.shape.allSatisfy({ $0 > 0 }) else {
            throw RunError.file(path: path, line: nil, reason: "\(entry.name) should be a matrix, parent neurons × fused neurons")
        }
        let dense = try Matrix(rows: entry.shape[0], columns: entry.shape[1], values: entry.doubles())
        guard dense.values.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw RunError.file(path: path, line: nil, reason: "\(entry.name) has masses that are negative or not finite")
        }
        func masses(_ side: String, _ count: Int, _ sums: [Double]) throws -> [Double] {
            guard let stored = archive["\(name).\(side)"] else { return sums }
            let masses = try stored.doubles()
            guard masses.count == count, masses.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
                throw RunError.file(path: path, line: nil, reason: "\(name).\(side) should hold \(count) masses, none below 0")
            }
            return masses
        }
        var plan = TransportPlan(dense: dense)
        // A permutation is carried out without rounding.
        if let columns = plan.permutation {
            let whole = Set(dense.values.filter { $0 > 0 })
            if whole.count == 1, let mass = whole.first {
                plan = TransportPlan(rows: plan.rows, columns: plan.columns, storage: .permutation(columns: columns, mass: mass))
            }
        }
        let certificate = try archive.metadata["\(name).certificate"].map {
            try JSONDecoder().decode(Certificate.self, from: Data($0.utf8))
        }
        return StoredCoupling(
            plan: plan, source: try masses("source", plan.rows, plan.rowSums), target: try masses("target", plan.columns, plan.columnSums),
            certificate: certificate)
    }
}
