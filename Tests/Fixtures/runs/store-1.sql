-- A store of runs as its first schema was. It never changes: every later version of Amalgam opens it.
BEGIN TRANSACTION;
CREATE TABLE artifact (
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (run, name)
);
INSERT INTO "artifact" VALUES(1,'fused.pt','network','/models/fused.pt',54900,'ff00');
CREATE TABLE coupling (
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    neuron_group TEXT NOT NULL, parent TEXT NOT NULL, parent_neurons INTEGER NOT NULL, fused_neurons INTEGER NOT NULL,
    solver TEXT, converged INTEGER, iterations INTEGER, row_error REAL, column_error REAL, duality_gap REAL, uniqueness TEXT,
    transport_cost REAL, effective_matches REAL NOT NULL, identity_share REAL NOT NULL, seconds REAL NOT NULL,
    picture_rows INTEGER NOT NULL, picture_columns INTEGER NOT NULL, picture BLOB NOT NULL
);
CREATE TABLE evaluation (
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    role TEXT NOT NULL, letter TEXT, name TEXT NOT NULL, parameters INTEGER NOT NULL, samples INTEGER,
    accuracy REAL, loss REAL, calibration_error REAL, note TEXT
);
INSERT INTO "evaluation" VALUES(1,'fused',NULL,'fused',13098,500,0.83,0.5168,0.0343,NULL);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    time TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL
);
INSERT INTO "event" VALUES(1,1,'2026-11-21 07:30:02.400','note','the plan is not the only optimum');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1 runs');
CREATE TABLE point (
    series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
    step INTEGER NOT NULL, value REAL, time REAL NOT NULL,
    PRIMARY KEY (series, step)
) WITHOUT ROWID;
INSERT INTO "point" VALUES(1,1,2.25,1795246201.0);
INSERT INTO "point" VALUES(1,2,NULL,1795246201.5);
INSERT INTO "point" VALUES(1,3,1.125,1795246202.0);
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
INSERT INTO "run" VALUES(1,'fuse','finished',NULL,NULL,'otfusion','method = "otfusion"
parents = ["/models/a.pt", "/models/b.pt"]
seed = 7
','amalgam fuse a.pt b.pt','/models','7','2026-11-21 07:30:00.125','2026-11-21 07:30:02.500','2026-11-21 07:30:02.500','somewhere',4711,'','0.1.0','2.13.0','6.3','Debian GNU/Linux 12 (bookworm)','a processor',1,160000000,'b83b34bc');
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    UNIQUE (run, name)
);
INSERT INTO "series" VALUES(1,1,'loss/training');
CREATE TABLE source (
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    role TEXT NOT NULL, letter TEXT, name TEXT NOT NULL, sha256 TEXT NOT NULL
);
INSERT INTO "source" VALUES(1,'parent','A','/models/a.pt','aa11');
INSERT INTO "source" VALUES(1,'parent','B','/models/b.pt','bb22');
CREATE TABLE timing (
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL, seconds REAL NOT NULL
);
INSERT INTO "timing" VALUES(1,'fuse',0.026);
CREATE INDEX run_status ON run(status);
CREATE INDEX run_parent ON run(parent);
CREATE INDEX source_run ON source(run);
CREATE INDEX source_sha256 ON source(sha256);
CREATE INDEX evaluation_run ON evaluation(run);
CREATE INDEX coupling_run ON coupling(run);
CREATE INDEX timing_run ON timing(run);
CREATE INDEX event_run ON event(run);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('run',1);
COMMIT;
