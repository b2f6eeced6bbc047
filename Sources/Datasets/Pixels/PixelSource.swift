/// The numbers of samples, each read when a batch asks for it: an array in memory, rows of a mapped file, images that are decoded.
///
/// What is read depends on the place alone, so that it does not matter which thread reads, when, and how often. Any number of threads may read.
protocol PixelSource<Element>: Sendable {
    associatedtype Element: BitwiseCopyable & Sendable
    /// Numbers of all samples.
    var count: Int { get }
    /// Numbers of one sample.
    var sampleSize: Int { get }
    var whereabouts: PixelWhereabouts { get }
    /// Whether a sample takes so long to read that several threads should.
    var isSlow: Bool { get }
    /// Reads one sample.
    ///
    /// - Parameters:
    ///   - place: its number, from 0.
    ///   - buffer: room for exactly ``sampleSize`` numbers.
    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError)
    /// Refuses what was read where a file has changed since it was opened: asked after every batch, before it is used.
    func checkUnchanged() throws(DatasetError)
    /// Says which samples will be read, in which order; others may be read as well.
    func expect(_ places: [Int])
}

extension PixelSource {
    func checkUnchanged() throws(DatasetError) {}
    func expect(_ places: [Int]) {}
    var isSlow: Bool { false }
    /// How many there are.
    var samples: Int { count / max(1, sampleSize) }
}

/// Where the numbers of a source are before they are read.
enum PixelWhereabouts: Sendable, Equatable {
    /// In memory; why they cannot be left in their files, where there are any.
    case memory(reason: String)
    /// In files: which ones.
    case files(String)
}

/// Samples of bytes or of numbers.
enum Pixels: Sendable {
    case bytes(any PixelSource<UInt8>)
    case floats(any PixelSource<Float>)

    var count: Int {
        switch self {
        case .bytes(let source): source.count
        case .floats(let source): source.count
        }
    }

    var sampleSize: Int {
        switch self {
        case .bytes(let source): source.sampleSize
        case .floats(let source): source.sampleSize
        }
    }

    var whereabouts: PixelWhereabouts {
        switch self {
        case .bytes(let source): source.whereabouts
        case .floats(let source): source.whereabouts
        }
    }

    /// Bytes of one number.
    var width: Int { if case .bytes = self { 1 } else { 4 } }

    /// Whether reading a sample is no more than copying it.
    var isKept: Bool {
        switch self {
        case .bytes(let source): source is KeptPixels<UInt8>
        case .floats(let source): source is KeptPixels<Float>
        }
    }
}

/// Samples in memory.
struct KeptPixels<Element: BitwiseCopyable & Sendable>: PixelSource {
    /// Sample after sample.
    private let values: [Element]
    let sampleSize: Int
    let whereabouts: PixelWhereabouts

    /// - Parameters:
    ///   - reason: why they could not be left in files, as the end of a sentence.
    init(_ values: [Element], sampleSize: Int, reason: String = "they were made in memory") {
        (self.values, self.sampleSize, whereabouts) = (values, sampleSize, .memory(reason: reason))
    }

    var count: Int { values.count }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError) {
        values.withUnsafeBufferPointer { values in
            _ = buffer.update(fromContentsOf: values[place * sampleSize..<(place + 1) * sampleSize])
        }
    }
}
