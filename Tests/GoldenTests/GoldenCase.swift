import Archives
import Foundation
import Networks
import Tensors
import Testing

/// A folder with a `case.json`: parents, inputs, options in words, and what must come out.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let folder: URL
    /// The folder's path below the golden root.
    let name: String
    let json: JSON

    init(folder: URL, name: String) {
        self.folder = folder
        self.name = name
        // A case.json that cannot be read becomes a case that is not understood, and fails.
        json = (try? JSON.read(folder.appendingPathComponent("case.json"))) ?? .null
    }

    var testDescription: String { name }

    func archive(_ file: String) throws -> Archive { try Archive.open(folder.appendingPathComponent(file).standardizedFileURL.path) }
    func holds(_ file: String) -> Bool { FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path) }

    /// The tensors of a file.
    func parameters(_ file: String) throws -> [String: Tensor] {
        var parameters: [String: Tensor] = [:]
        for entry in try archive(file).entries { parameters[entry.name] = try Tensor(entry.floats(), shape: entry.shape) }
        return parameters
    }

    struct NotUnderstood: Error, CustomStringConvertible {
        let description: String
    }

    func notUnderstood(_ what: String) -> NotUnderstood { NotUnderstood(description: "\(what) is not understood") }

    /// Refuses options whose keys are not known here: an option that nobody reads would be a default nobody chose.
    func requireOptions(_ known: Set<String>) throws -> JSON {
        guard let options = json["options"] else { throw notUnderstood("a case without options") }
        if let unknown = options.keys.first(where: { !known.contains($0) }) { throw notUnderstood("the option \(unknown)") }
        return options
    }
}

/// Where golden cases are: `$AMALGAM_GOLDEN` (several folders with colons between), else the committed ones and `../shared/golden`.
enum GoldenRoots {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let all: [URL] = {
        if let named = ProcessInfo.processInfo.environment["AMALGAM_GOLDEN"], !named.isEmpty {
            return named.split(separator: ":").map { URL(fileURLWithPath: String($0)) }
        }
        return [
            package.appendingPathComponent("Tests/Golden"), package.deletingLastPathComponent().appendingPathComponent("shared/golden"),
        ]
        .filter { FileManager.default.fileExists(atPath: $0.path) }
    }()

    /// Every case below the roots; a case that stands in two roots is taken from the first.
    static let cases: [GoldenCase] = {
        var seen: Set<String> = [], cases: [GoldenCase] = []
        for root in all {
            guard let walker = FileManager.default.enumerator(atPath: root.path) else { continue }
            let paths = walker.compactMap { $0 as? String }.filter { ($0 as NSString).lastPathComponent == "case.json" }.sorted()
            for path in paths {
                let name = (path as NSString).deletingLastPathComponent
                guard seen.insert(name).inserted else { continue }
                cases.append(GoldenCase(folder: root.appendingPathComponent(path).deletingLastPathComponent(), name: name))
            }
        }
        return cases
    }()

    /// A data folder named in a case in words ("mnist"): beside the roots, or beside the package.
    static func data(_ name: String) -> URL? {
        let besides =
            all.map { $0.deletingLastPathComponent().appendingPathComponent("data") }
            + [package.deletingLastPathComponent().appendingPathComponent("shared/data")]
        return besides.map { $0.appendingPathComponent(name) }.first { FileManager.default.fileExists(atPath: $0.path) }
    }
}
