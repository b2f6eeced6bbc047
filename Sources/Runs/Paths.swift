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

    /// A data spec with its path as short as it can be.
    public static func shownData(_ text: String) -> String { data(text) { shown($0) } }

    /// What is no data spec stays as it is: opening it says why.
    static func data(_ text: String, changing change: (String) -> String) -> String {
        guard let spec = try? DataSpec(text), !spec.path.isEmpty else { return text }
        return spec.mapping(paths: change).description
    }

    /// From a folder to a path, with as many `..` as it takes.
    public static func relative(_ path: String, to folder: String) -> String {
        let target = absolute(path).split(separator: "/"), start = absolute(folder).split(separator: "/")
        let common = zip(target, start).prefix { $0.0 == $0.1 }.count
        let parts = Array(repeating: "..", count: start.count - common) + target.dropFirst(common).map(String.init)
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}

extension FineTuningRecipe {
    /// The same recipe with its paths changed: those of networks and of data.
    public func mapping(paths change: (String) -> String) -> FineTuningRecipe {
        var changed = self
        switch start {
        case .network(let path): changed.start = .network(change(path))
        case .fresh(let blueprint) where blueprint.hasPrefix("like:"):
            changed.start = .fresh("like:" + change(String(blueprint.dropFirst(5))))
        case .fresh: break
        }
        changed.teachers = teachers.map(change)
        changed.controls = controls.map(change)
        changed.load.architecture = load.architecture.map(change)
        changed.data = Paths.data(data, changing: change)
        changed.validation = validation.map { Paths.data($0, changing: change) }
        changed.evaluation = evaluation.map { Paths.data($0, changing: change) }
        return changed
    }

    /// With paths from the root: it means the same in any folder.
    public func absolute() -> FineTuningRecipe { mapping { Paths.absolute($0) } }

    /// With paths as short as they can be from the working folder.
    public func shown() -> FineTuningRecipe { mapping { Paths.shown($0) } }
}

extension Recipe {
    /// The same recipe with its paths changed: those of parents and of data.
    public func mapping(paths change: (String) -> String) -> Recipe {
        var changed = self
        changed.parents = parents.map(change)
        changed.load.architecture = load.architecture.map(change)
        changed.data = data.map { Paths.data($0, changing: change) }
        changed.validation = validation.map { Paths.data($0, changing: change) }
        changed.evaluation = evaluation.map { Paths.data($0, changing: change) }
        return changed
    }

    /// With paths from the root: it means the same in any folder.
    public func absolute() -> Recipe { mapping { Paths.absolute($0) } }

    /// For a file that will stand at `path`: parents' paths are read relative to its folder, data's to the working folder.
    public func relative(toFileAt path: String) -> Recipe {
        var changed = self
        let folder = (Paths.absolute(path) as NSString).deletingLastPathComponent
        changed.parents = parents.map { $0.hasPrefix("/") ? $0 : Paths.relative($0, to: folder) }
        return changed
    }

    /// With paths as short as they can be from the working folder.
    public func shown() -> Recipe { mapping { Paths.shown($0) } }
}
