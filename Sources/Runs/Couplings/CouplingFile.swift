import Archives
import Formatting
import Foundation
import Fusion
import Provenance
import Transport

/// The couplings of a fusion as arrays in a file, and one coupling as a table of numbers.
package enum CouplingFile {
    package static let suffixes = [".safetensors", ".npz", ".csv"]
    /// In the metadata of a safetensors file: which form the couplings are in.
    static let key = "amalgam.couplings"
    static let tableHeader = "row,column,mass"

    /// Writes every coupling: `GROUP.PARENT.plan` (parent neurons × fused neurons), `.source` and `.target` masses, and the cost where
    /// it was kept. Certificates stand in the metadata, as JSON. A CSV file holds one coupling: `row,column,mass` for each nonzero entry.
    package static func write(_ plan: FusionPlan, to path: String) throws {
        try Output(path, "the file of couplings", .couplings).checkPlace()
        if path.lowercased().hasSuffix(".csv") { return try writeTable(plan, to: path) }
        var arrays: [OutgoingArray] = []
        var metadata = [key: "1"]
        for planned in plan.groups {
            for coupling in planned.couplings {
                let name = "\(planned.group.name).\(FusionError.letter(coupling.parent))"
                arrays.append(
                    OutgoingArray("\(name).plan", coupling.plan.dense().values, shape: [coupling.plan.rows, coupling.plan.columns]))
                arrays.append(OutgoingArray("\(name).source", coupling.source, shape: [coupling.source.count]))
                arrays.append(OutgoingArray("\(name).target", coupling.target, shape: [coupling.target.count]))
                if let cost = coupling.cost {
                    arrays.append(OutgoingArray("\(name).cost", cost.values, shape: [cost.rows, cost.columns]))
                }
                if let certificate = coupling.transport?.certificate {
                    metadata["\(name).certificate"] = String(decoding: try JSONEncoder().encode(certificate), as: UTF8.self)
                }
            }
        }
        let format: Archive.Format = path.lowercased().hasSuffix(".npz") ? .npz : .safetensors
        try Archive.write(arrays, metadata: format == .npz ? [:] : metadata, to: path, as: format)
    }

    private static func writeTable(_ plan: FusionPlan, to path: String) throws {
        let solved = plan.groups.flatMap { planned in planned.couplings.map { (planned, $0) } }.filter { $0.1.transport != nil }
        guard solved.count == 1, let (_, coupling) = solved.first else {
            throw RunError.file(
                path: path, line: nil,
                reason: "a CSV file holds one coupling, not \(solved.count): choose one with --group and --parent, or write .safetensors")
        }
        let file = try AtomicFile(path)
        try file.write(Array("\(tableHeader)\n".utf8))
        for entry in coupling.plan.entries { try file.write(Array("\(entry.row),\(entry.column),\(entry.mass)\n".utf8)) }
        try file.commit()
    }
}

extension Output.Kind {
    /// By the metadata; in npz by arrays named GROUP.PARENT.plan, in CSV by the first line.
    package static let couplings = Output.Kind(suffixes: CouplingFile.suffixes) { path in
        if path.lowercased().hasSuffix(".csv") { return firstLine(path) == CouplingFile.tableHeader }
        guard let archive = try? Archive.open(path) else { return false }
        if archive.metadata[CouplingFile.key] != nil { return true }
        let parts = [".plan", ".source", ".target", ".cost"]
        return archive.kind == .npz && !archive.entries.isEmpty
            && archive.entries.allSatisfy { entry in parts.contains { entry.name.hasSuffix($0) } }
    }
}
