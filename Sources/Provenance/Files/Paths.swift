import Datasets
import Foundation

/// Paths for display (short) and for records (absolute).
package enum Paths {
    /// From the root, without `.` and `..`; links are kept.
    package static func absolute(_ path: String, in folder: String = FileManager.default.currentDirectoryPath) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : folder + "/" + path).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Relative to `folder` where that is shorter, else as it is.
    package static func shown(_ path: String, in folder: String = FileManager.default.currentDirectoryPath) -> String {
        let relative = relative(path, to: folder)
        return relative.count < path.count ? relative : path
    }

    /// A data spec with its path as short as it can be.
    package static func shownData(_ text: String) -> String { data(text) { shown($0) } }

    /// What is no data spec stays as it is: opening it says why.
    package static func data(_ text: String, changing change: (String) -> String) -> String {
        guard let spec = try? DataSpec(text), !spec.path.isEmpty else { return text }
        return spec.mapping(paths: change).description
    }

    /// From a folder to a path, with as many `..` as it takes.
    package static func relative(_ path: String, to folder: String) -> String {
        let target = absolute(path).split(separator: "/"), start = absolute(folder).split(separator: "/")
        let common = zip(target, start).prefix { $0.0 == $0.1 }.count
        let parts = Array(repeating: "..", count: start.count - common) + target.dropFirst(common).map(String.init)
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}
