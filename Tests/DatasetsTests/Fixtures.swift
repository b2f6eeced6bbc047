import Foundation
import Testing

@testable import Datasets

enum Fixtures {
    static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Files that NumPy, SciPy and Pillow wrote (Tests/Fixtures/datasets/make.py).
    static func dataset(_ name: String) -> String { packageRoot.appendingPathComponent("Tests/Fixtures/datasets/\(name)").path }

    /// MNIST and CIFAR-10 stand beside the checkout and are never copied into it.
    static let shared: URL? = {
        let folder = packageRoot.appendingPathComponent("../shared").standardized
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent("data/mnist").path) { return folder }
        print("DatasetsTests: no folder ../shared beside the package; MNIST and CIFAR-10 are tested on made-up files only")
        return nil
    }()
}

/// A folder that is removed with the last reference.
final class TemporaryFolder {
    let url: URL
    var path: String { url.path }

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// A copy of a fixture.
    @discardableResult
    func copy(_ fixture: String, to name: String) throws -> String {
        try file(name, Array(Data(contentsOf: URL(fileURLWithPath: Fixtures.dataset(fixture)))))
    }

    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let place = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: place)
        return place.path
    }
}

/// What the catalogue says of a set.
func published(_ kind: DataSpec.Kind) throws -> PublishedSet { try #require(PublishedSet.of(kind)) }

/// The message of the error that the closure throws.
func message<Value>(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Value) -> String {
    let error = #expect(throws: DatasetError.self, sourceLocation: location) { _ = try body() }
    return error?.description ?? "no error"
}

/// A small set in memory: `count` images of 1×1×2 with labels in turn.
func small(_ count: Int, classes: Int) throws -> Dataset {
    try Dataset(
        name: "small", images: (0..<2 * count).map { Float($0) }, sampleShape: [1, 1, 2], labels: (0..<count).map { $0 % classes },
        classCount: classes)
}

extension Dataset {
    func values(_ positions: some Collection<Int>) throws -> [Float] {
        var result = [Float](repeating: .nan, count: positions.count * sampleSize)
        try result.withUnsafeMutableBufferPointer { try copyBatch(positions, into: $0) }
        return result
    }
}
