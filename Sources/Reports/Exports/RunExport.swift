import Archives
import Foundation
import Provenance
import Store

/// A form in which other programs read runs.
package enum RunExport: String, Sendable, CaseIterable {
    /// One object a line: first the run, then its sources, evaluations, points, …; each with its run and what it is.
    case jsonLines = "jsonl"
    /// One row for each number: `run,series,step,value,time`.
    case csv
    /// A folder for each run, with an event file that TensorBoard shows.
    case tensorBoard = "tensorboard"

    /// Whether it is a folder of files rather than one text.
    package var isFolder: Bool { self == .tensorBoard }

    /// Runs as one text. A folder of files has none.
    package func text(_ accounts: [RunAccount]) throws -> String {
        switch self {
        case .jsonLines:
            var lines: [String] = []
            for account in accounts { lines += try JSONLinesExport.lines(account) }
            return lines.map { $0 + "\n" }.joined()
        case .csv: return CSVExport.text(accounts)
        case .tensorBoard: throw RunError.unsuitable(reason: "TensorBoard reads folders: specify one with --output")
        }
    }

    /// Writes runs to a file, or below a folder.
    ///
    /// - Returns: the files that were written.
    @discardableResult
    package func write(_ accounts: [RunAccount], to path: String, replacing: Output.Replacing = .own) throws -> [String] {
        guard isFolder else {
            var files = Outputs(replacing: replacing)
            files.write(path, "--output", .export)
            try files.check()
            try TextFile.write(text(accounts), to: path)
            return [path]
        }
        var files = Outputs(replacing: replacing)
        let places = try accounts.map { account in
            let folder = "\(path)/\(account.run.id)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let place = "\(folder)/\(EventFile.name(of: account.run))"
            files.write(place, "--output", .eventFile)
            return place
        }
        try files.check()
        return try zip(accounts, places).map { account, place in
            let file = try AtomicFile(place)
            try file.write(EventFile.bytes(account))
            try file.commit()
            return file.path
        }
    }
}

extension RunAccount {
    /// The name of an evaluation in exports: its role and letter, and its name where these are not unique.
    func exportName(of row: RunEvaluation) -> String {
        let role = [row.role.rawValue, row.letter].compactMap(\.self).joined(separator: " ")
        guard evaluations.count(where: { $0.role == row.role && $0.letter == row.letter }) > 1 else { return role }
        return row.name.hasPrefix(role) ? row.name : "\(role) \(row.name)"
    }
}

extension Output.Kind {
    /// By the fields that only this program writes.
    package static let export = Output.Kind { path in
        firstLine(path) == CSVExport.header
            || firstObject(path).map { $0["run"] is String && $0["type"] is String && $0["value"] != nil } ?? false
    }
    /// By its name and its first record.
    package static let eventFile = Output.Kind { path in
        (path as NSString).lastPathComponent.contains(".amalgam.") && head(path, 128).range(of: Data("brain.Event:2".utf8)) != nil
    }
}
