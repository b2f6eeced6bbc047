import Formatting
import Foundation

/// Where the files are that come with the program (`themes/`, `sample-models/`), and where runs are kept.
///
/// What comes with it is looked for in `$AMALGAM_HOME`, then upward from the working folder (a checkout), then upward from the program itself.
package enum Home {
    /// The folder of runs: `$AMALGAM_RUNS`; else `runs` in `$AMALGAM_HOME`; else `amalgam/runs` where the system keeps a user's data.
    package static var runs: String { runs(ProcessInfo.processInfo.environment) }

    package static func runs(_ environment: [String: String]) -> String {
        func named(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        if let folder = named("AMALGAM_RUNS") { return Paths.absolute(folder) }
        if let home = named("AMALGAM_HOME") { return Paths.absolute(home) + "/runs" }
        if let data = named("XDG_DATA_HOME") { return data + "/amalgam/runs" }
        return (named("HOME") ?? NSHomeDirectory()) + "/.local/share/amalgam/runs"
    }

    package static func folder(_ name: String) throws(RunError) -> String {
        let places = candidates()
        for place in places {
            let path = (place as NSString).appendingPathComponent(name)
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return path }
        }
        throw RunError.missing(
            what: "the folder \(name)", lookedIn: places, next: "set AMALGAM_HOME to Amalgam's checkout, or run from inside it")
    }

    private static func candidates() -> [String] {
        var places: [String] = []
        if let home = ProcessInfo.processInfo.environment["AMALGAM_HOME"], !home.isEmpty { places.append(home) }
        for start in [FileManager.default.currentDirectoryPath, programFolder] {
            var folder = URL(fileURLWithPath: start).standardizedFileURL
            for _ in 0..<6 {
                places.append(folder.path)
                let parent = folder.deletingLastPathComponent()
                if parent.path == folder.path { break }
                folder = parent
            }
        }
        return places
    }

    private static var programFolder: String {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first ?? "."
        return program.folderOfPath
    }
}
