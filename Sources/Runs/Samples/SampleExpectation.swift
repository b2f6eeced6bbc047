import Foundation
import Provenance
import Reports

/// What the fusion of a sample set by its own recipe is known to give: a check of an installation.
package struct SampleExpectation: Sendable, Codable, Equatable {
    /// Test accuracies of the parents, the plain average (nil for unequal widths) and the fused network.
    package let parents: [Double]
    package let average: Double?
    package let ensemble: Double
    package let fused: Double
    /// The SHA-256 of every parent's file, as the build that wrote this left it.
    package internal(set) var checksums: [String]?

    static let file = "expected.json"
    static func path(in folder: String) -> String { (folder as NSString).appendingPathComponent(file) }

    package init(of result: FusionRun.Result) throws {
        let rows = result.report.rows
        guard let fused = result.report.row(.fused)?.evaluation?.accuracy, let ensemble = result.report.row(.ensemble)?.evaluation?.accuracy
        else {
            throw RunError.unsuitable(reason: "the set's recipe names no data to evaluate on")
        }
        parents = rows.filter { $0.role == .parent }.compactMap { $0.evaluation?.accuracy }
        average = result.report.row(.average)?.evaluation?.accuracy
        self.ensemble = ensemble
        self.fused = fused
    }

    package init(folder: String) throws {
        let path = Self.path(in: folder)
        do { self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw RunError.file(path: path, line: nil, reason: "it cannot be read; make it again with  amalgam samples build")
        }
    }

    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        // Foundation's own atomic writing leaves a wrong file where the system takes only a part of what is to be written.
        try TextFile.write(String(decoding: encoder.encode(self), as: UTF8.self), to: Self.path(in: folder))
    }

    /// The largest difference of an accuracy from `other`'s; infinite where they are not of the same kind.
    package func distance(to other: SampleExpectation) -> Double {
        guard parents.count == other.parents.count, (average == nil) == (other.average == nil) else { return .infinity }
        let pairs = zip(parents + [average ?? 0, ensemble, fused], other.parents + [other.average ?? 0, other.ensemble, other.fused])
        return pairs.reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
}

extension Output.Kind {
    /// `expected.json`, by its fields.
    package static let expectation = Output.Kind {
        (try? JSONDecoder().decode(SampleExpectation.self, from: Data(contentsOf: URL(fileURLWithPath: $0)))) != nil
    }
}
