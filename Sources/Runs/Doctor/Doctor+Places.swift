import Formatting
import Foundation
import Provenance
import Store

/// Where the parts of an installation are: what was loaded, where runs go, what came with the program, which data are at hand.
extension Doctor {
    /// The files of libtorch and of the bridge that this process has mapped, as the system lists them.
    var libraries: Finding {
        // By a handle: of a file whose size the system gives as 0, String(contentsOfFile:) reads the first page only.
        let bytes = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
        let maps = String(decoding: bytes ?? Data(), as: UTF8.self)
        func mapped(_ part: String) -> String? {
            for line in maps.split(separator: "\n") {
                guard let start = line.firstIndex(of: "/") else { continue }
                let path = String(line[start...])
                if (path as NSString).lastPathComponent.contains(part) { return path }
            }
            return nil
        }
        let library = mapped("libtorch_cpu.so") ?? "not listed", bridge = mapped("CTorchBridge") ?? "not listed"
        return Finding("files", .ok, "libtorch \(library), bridge \(bridge)")
    }

    /// Threads of one operation, and who set their number: one, so that every machine gives the same bits, unless asked for more.
    static func threadFinding(_ count: Int, _ environment: [String: String], processors: Int) -> Finding {
        let set = environment["OMP_NUM_THREADS"].flatMap { $0.isEmpty ? nil : "from OMP_NUM_THREADS=\($0)" }
        let reason = set ?? "OMP_NUM_THREADS=N asks for more"
        return Finding("threads", .ok, "\(count) for each operation (\(reason)), of \(processors) processors")
    }

    /// Whether runs can be recorded.
    var store: Finding {
        let folder = Home.runs
        do {
            let store = try RunStore(forReading: true)
            if FileManager.default.fileExists(atPath: store.file) {
                let count = try store.list().count
                return store.isReadOnly
                    ? Finding(
                        "runs", .warning, "\(store.file) can be read, not written: \(count) recorded",
                        next: "set AMALGAM_RUNS to a folder of yours")
                    : Finding("runs", .ok, "\(count) recorded in \(store.file)")
            }
            let place = Self.existing(folder)
            return FileManager.default.isWritableFile(atPath: place)
                ? Finding("runs", .ok, "none yet; the first is recorded in \(folder)")
                : Finding(
                    "runs", .warning, "none can be recorded in \(folder): \(place) is not writable",
                    next: "set AMALGAM_RUNS to a folder of yours")
        } catch {
            return Finding("runs", .failed, "\(error)", next: "set AMALGAM_RUNS to another folder")
        }
    }

    /// The nearest folder above that exists.
    private static func existing(_ path: String) -> String {
        var path = path
        while path.count > 1, !FileManager.default.fileExists(atPath: path) { path = path.folderOfPath }
        return path
    }

    /// What comes with the program.
    var companions: [Finding] {
        ["sample-models", "themes"].map { name in
            do { return Finding(name, .ok, try Home.folder(name)) } catch {
                return Finding(name, .warning, "\(error)", next: "set AMALGAM_HOME to the folder that has it, or install Amalgam again")
            }
        }
    }

    /// Published data sets where `amalgam data fetch` puts them.
    static func data(in folder: String = FileManager.default.currentDirectoryPath) -> Finding {
        let place = (folder as NSString).appendingPathComponent("data")
        let found = ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted().filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: (place as NSString).appendingPathComponent(name), isDirectory: &isFolder)
                && isFolder.boolValue
        }
        return Finding(
            "data", .ok,
            found.isEmpty
                ? "the digits are built in; no folder data/ here (amalgam data lists what can be fetched)"
                : "the digits are built in; in data/ there are \(found.joined(separator: ", "))")
    }
}
