import Datasets
import Foundation
import Fusion

/// Paths as a person reads them and as a record needs them.
public enum Paths {
    /// From the root, without `.` and `..`; links are kept.
    public static func absolute(_ path: String, in folder: String = FileManager.default.currentDirectoryPath) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : folder + "/" + path).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Relative to `folder` where that is shorter, else as it is.
    public static func shown(_ path: String, in folder: String = FileManager.default.currentDirectoryPath) -> String {
        let relative = relative(path, to: folder)
        return relative.count < path.count ? relative : path
    }

    /// From a folder to a path, with as many `..` as it takes.
    public static func relative(_ path: String, to folder: String) -> String {
        let target = absolute(path).split(separator: "/"), start = absolute(folder).split(separator: "/")
        let common = zip(target, start).prefix { $0.0 == $0.1 }.count
        let parts = Array(repeating: "..", count: start.count - common) + target.dropFirst(common).map(String.init)
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}

extension Recipe {
    /// The same recipe with its paths changed: those of parents and of data.
    public func mapping(paths change: (String) -> String) -> Recipe {
        var changed = self
        changed.parents = parents.map(change)
        func data(_ text: String) -> String {
            // What is no data spec stays as it is: opening it says why.
            guard var spec = try? DataSpec(text), !spec.path.isEmpty else { return text }
            spec.path = change(spec.path)
            return spec.description
        }
        changed.data = self.data.map(data)
        changed.evaluation = evaluation.map(data)
        return changed
    }

    /// With paths from the root: it means the same in any folder.
    public func absolute() -> Recipe { mapping { Paths.absolute($0) } }

    /// With paths as short as they can be from the working folder.
    public func shown() -> Recipe { mapping { Paths.shown($0) } }
}
