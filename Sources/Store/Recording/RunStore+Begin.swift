import Foundation
import Fusion
import GRDB
import Provenance

extension RunStore {
    /// Begins a run of a fusion. Its recipe is kept with absolute paths, so that it can be repeated from any folder.
    ///
    /// - Parameters:
    ///   - command: as it was typed.
    ///   - parent: the run that this one continues.
    package func begin(
        kind: Run.Kind = .fuse, recipe: Recipe, command: String, title: String? = nil, parent: RunID? = nil
    ) throws(RunError) -> RunRecorder {
        try begin(
            kind: kind, method: recipe.method.id, recipe: recipe.absolute().toml(), seed: recipe.seed, command: command, title: title,
            parent: parent)
    }

    /// Begins any run.
    ///
    /// - Parameters:
    ///   - method: one word for lists, such as the optimiser's or the method's.
    ///   - recipe: as text that makes the same network again.
    package func begin(
        kind: Run.Kind, method: String, recipe: String, seed: UInt64, command: String, title: String? = nil, parent: RunID? = nil
    ) throws(RunError) -> RunRecorder {
        let machine = try lifted { try Machine.current() }, process = ProcessMark.current, now = Date()
        let id = try write { database in
            try Self.settle(database)
            try database.execute(
                sql: """
                    INSERT INTO run (kind, status, title, parent, method, recipe, command, folder, seed, started, updated, host, process, process_mark,
                        amalgam, libtorch, swift, system, processor, threads)
                    VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    kind.rawValue, title, parent, method, recipe, command, FileManager.default.currentDirectoryPath, "\(seed)", now, now,
                    process.host, process.number, process.mark, machine.amalgam, machine.libtorch, machine.swift, machine.system,
                    machine.processor,
                    machine.threads,
                ])
            return RunID(number: database.lastInsertedRowID)
        }
        log.info("began", metadata: ["run": "\(id)", "kind": "\(kind.rawValue)", "command": "\(command)"])
        return RunRecorder(id: id, store: self)
    }
}
