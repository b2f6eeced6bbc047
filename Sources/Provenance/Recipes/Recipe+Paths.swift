import Formatting
import Foundation
import Fusion

extension FineTuningRecipe {
    /// The same recipe with its paths changed: those of networks and of data.
    package func mapping(paths change: (String) -> String) -> FineTuningRecipe {
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
    package func absolute() -> FineTuningRecipe { mapping { Paths.absolute($0) } }

    /// With paths as short as they can be from the working folder.
    package func shown() -> FineTuningRecipe { mapping { Paths.shown($0) } }
}

extension Recipe {
    /// The same recipe with its paths changed: those of parents and of data.
    package func mapping(paths change: (String) -> String) -> Recipe {
        var changed = self
        changed.parents = parents.map(change)
        changed.load.architecture = load.architecture.map(change)
        changed.data = data.map { Paths.data($0, changing: change) }
        changed.validation = validation.map { Paths.data($0, changing: change) }
        changed.evaluation = evaluation.map { Paths.data($0, changing: change) }
        return changed
    }

    /// With paths from the root: it means the same in any folder.
    package func absolute() -> Recipe { mapping { Paths.absolute($0) } }

    /// For a file that will stand at `path`: parents' paths are read relative to its folder, data's to the working folder.
    package func relative(toFileAt path: String) -> Recipe {
        var changed = self
        let folder = Paths.absolute(path).folderOfPath
        changed.parents = parents.map { $0.hasPrefix("/") ? $0 : Paths.relative($0, to: folder) }
        return changed
    }

    /// With paths as short as they can be from the working folder.
    package func shown() -> Recipe { mapping { Paths.shown($0) } }
}

extension Recipe {
    /// Saves the recipe as a file, with paths relative to it.
    package func save(to path: String) throws { try TextFile.write(relative(toFileAt: path).toml(), to: path, signed: .hash) }
}
