import GRDB

/// The tables of a store. A migration that has been published never changes: what comes later is another one.
enum RunSchema {
    static let first = "1 runs"
    static let titles = "2 titles"
    static let tasks = "3 tasks"

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(first) { try $0.execute(sql: tables) }
        migrator.registerMigration(titles) { try $0.execute(sql: "ALTER TABLE run ADD COLUMN title TEXT") }
        migrator.registerMigration(tasks) {
            // What networks are measured by where it is no accuracy; NULL for classification.
            try $0.execute(sql: "ALTER TABLE evaluation ADD COLUMN task TEXT; ALTER TABLE evaluation ADD COLUMN value REAL")
        }
        return migrator
    }

    private static let tables = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            reason TEXT,
            parent INTEGER REFERENCES run(id) ON DELETE SET NULL,
            method TEXT NOT NULL,
            recipe TEXT NOT NULL,
            command TEXT NOT NULL,
            folder TEXT NOT NULL,
            seed TEXT NOT NULL,
            started TEXT NOT NULL,
            ended TEXT,
            updated TEXT NOT NULL,
            host TEXT NOT NULL,
            process INTEGER NOT NULL,
            process_mark TEXT NOT NULL,
            amalgam TEXT NOT NULL,
            libtorch TEXT NOT NULL,
            swift TEXT NOT NULL,
            system TEXT NOT NULL,
            processor TEXT NOT NULL,
            threads INTEGER NOT NULL,
            peak_memory INTEGER,
            network TEXT
        );
        CREATE INDEX run_status ON run(status);
        CREATE INDEX run_parent ON run(parent);

        CREATE TABLE source (
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            role TEXT NOT NULL, letter TEXT, name TEXT NOT NULL, sha256 TEXT NOT NULL
        );
        CREATE INDEX source_run ON source(run);
        CREATE INDEX source_sha256 ON source(sha256);

        CREATE TABLE evaluation (
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            role TEXT NOT NULL, letter TEXT, name TEXT NOT NULL, parameters INTEGER NOT NULL, samples INTEGER,
            accuracy REAL, loss REAL, calibration_error REAL, note TEXT
        );
        CREATE INDEX evaluation_run ON evaluation(run);

        CREATE TABLE coupling (
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            neuron_group TEXT NOT NULL, parent TEXT NOT NULL, parent_neurons INTEGER NOT NULL, fused_neurons INTEGER NOT NULL,
            solver TEXT, converged INTEGER, iterations INTEGER, row_error REAL, column_error REAL, duality_gap REAL, uniqueness TEXT,
            transport_cost REAL, effective_matches REAL NOT NULL, identity_share REAL NOT NULL, seconds REAL NOT NULL,
            picture_rows INTEGER NOT NULL, picture_columns INTEGER NOT NULL, picture BLOB NOT NULL
        );
        CREATE INDEX coupling_run ON coupling(run);

        CREATE TABLE timing (
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL, seconds REAL NOT NULL
        );
        CREATE INDEX timing_run ON timing(run);

        -- A value that is NULL was not a number.
        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            UNIQUE (run, name)
        );
        CREATE TABLE point (
            series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
            step INTEGER NOT NULL, value REAL, time REAL NOT NULL,
            PRIMARY KEY (series, step)
        ) WITHOUT ROWID;

        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            time TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL
        );
        CREATE INDEX event_run ON event(run);

        -- A path without a slash before it is relative to the store's folder.
        CREATE TABLE artifact (
            run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
            PRIMARY KEY (run, name)
        );
        """
}
