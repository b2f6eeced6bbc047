import CMatio
import Foundation

extension Dataset {
    /// The Street View House Numbers (Netzer and others 2011), cropped digits of 32×32: `train_32x32.mat` and `test_32x32.mat`, MATLAB files
    /// that libmatio reads. The label 10 that the files give zeros becomes 0.
    public static func svhn(_ set: PublishedSet, _ path: String, _ split: Split) throws(DatasetError) -> Dataset {
        try lifting {
            let folder = try DataFolder(path)
            var pixels: [UInt8] = [], labels: [Int] = []
            for part in [Split.train, .test] where split == .all || split == part {
                let file = try folder.file(["\(part.rawValue)_32x32.mat"])
                let images = try MATVariable(file, "X"), numbers = try MATVariable(file, "y")
                guard images.sizes.count == 4, images.sizes[..<3] == [32, 32, 3], images.sizes[3] > 0 else {
                    throw DatasetError.damaged(
                        file: file, place: "variable X", reason: "an array of shape \(images.sizes), but [32, 32, 3, count] is expected")
                }
                guard numbers.elements.count == images.sizes[3] else {
                    throw DatasetError.mismatch(file: file, reason: "\(images.sizes[3]) images but \(numbers.elements.count) labels")
                }
                for (index, number) in numbers.elements.enumerated() {
                    guard (1...10).contains(number) else {
                        throw DatasetError.labelOutOfRange(file: file, index: index, label: Int(number), classes: 11)
                    }
                    labels.append(Int(number) % 10)
                }
                pixels.reserveCapacity(pixels.count + images.elements.count)
                pixels += images.rowsBeforeColumns(height: 32, width: 32)
            }
            return try Dataset(
                name: "svhn \(split.rawValue)", provenance: "\(set.title), MATLAB files in \(path), \(split.rawValue) part.",
                sampleShape: [3, 32, 32],
                pixels: .bytes(KeptPixels(pixels, sampleSize: 3 * 32 * 32, reason: "MATLAB files are compressed")),
                labels: labels, classCount: set.classCount, classNames: set.classNames, normalisation: set.normalisation, file: path)
        }
    }
}

/// A numeric variable of a MATLAB file whose elements are bytes; the first axis is the fastest.
struct MATVariable {
    let sizes: [Int]
    private(set) var elements: [UInt8]

    /// The most elements that are read: SVHN's larger part has 1.6 · 10⁹.
    private static let most = Int(Int32.max)

    init(_ file: String, _ name: String) throws {
        guard FileManager.default.isReadableFile(atPath: file) else {
            throw DatasetError.missing(path: file, expected: "it cannot be read")
        }
        var shape = amalgam_mat_shape()
        var reason = [CChar](repeating: 0, count: 256)
        func fault() -> DatasetError {
            .damaged(
                file: file, place: "variable \(name)",
                reason: String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        guard amalgam_mat_shape_of(file, name, &shape, &reason, reason.count) == 0 else { throw fault() }
        let sizes = withUnsafeBytes(of: shape.sizes) { $0.bindMemory(to: Int.self).prefix(Int(shape.axes)).map { $0 } }
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, size >= 0, product <= Self.most else {
                throw DatasetError.damaged(file: file, place: "variable \(name)", reason: "the impossible shape \(sizes)")
            }
            count = product
        }
        var failed: Int32 = 0
        elements = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            failed = amalgam_mat_read(file, name, buffer.baseAddress, count, &reason, reason.count)
            filled = failed == 0 ? count : 0
        }
        guard failed == 0 else { throw fault() }
        self.sizes = sizes
    }

    /// The elements with the two fastest axes exchanged: MATLAB keeps an image column by column.
    consuming func rowsBeforeColumns(height: Int, width: Int) -> [UInt8] {
        let plane = height * width
        var column = [UInt8](repeating: 0, count: plane)
        for start in stride(from: 0, to: elements.count - plane + 1, by: plane) {
            for index in 0..<plane { column[index] = elements[start + index] }
            for y in 0..<height {
                for x in 0..<width { elements[start + y * width + x] = column[x * height + y] }
            }
        }
        return elements
    }
}
