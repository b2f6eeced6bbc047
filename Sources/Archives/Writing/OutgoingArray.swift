/// An array on its way into a file: what it is called, its type and shape, and where its bytes come from when they are wanted.
///
/// The bytes are produced once, while the file is being written, so at most one array is in memory.
package struct OutgoingArray: Sendable {
    /// Takes the next bytes; it may be called any number of times.
    package typealias Sink = (UnsafeRawBufferPointer) throws(ArchiveError) -> Void

    package let name: String
    package let elementType: ElementType
    package let shape: [Int]
    /// An earlier array with the same elements, whose storage a PyTorch file shares; other formats write it again.
    package let tiedTo: String?
    let produce: @Sendable (Sink) throws(ArchiveError) -> Void

    /// - Parameters:
    ///   - produce: gives the elements to the sink, little-endian and in row-major order.
    package init(
        name: String, elementType: ElementType, shape: [Int], tiedTo: String? = nil,
        produce: @escaping @Sendable (_ sink: Sink) throws(ArchiveError) -> Void
    ) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.tiedTo = tiedTo
        self.produce = produce
    }

    /// Another array's elements.
    package init(name: String, elementType: ElementType, shape: [Int], copying other: OutgoingArray) {
        self.init(name: name, elementType: elementType, shape: shape, produce: other.produce)
    }

    package init(_ name: String, _ values: [Float], shape: [Int], tiedTo: String? = nil) {
        self.init(name, .f32, values, shape, tiedTo)
    }

    package init(_ name: String, _ values: [Double], shape: [Int], tiedTo: String? = nil) {
        self.init(name, .f64, values, shape, tiedTo)
    }

    package init(_ name: String, _ values: [Int], shape: [Int], tiedTo: String? = nil) {
        self.init(name, .i64, values, shape, tiedTo)
    }

    package init(_ name: String, _ values: [UInt8], shape: [Int], tiedTo: String? = nil) {
        self.init(name, .u8, values, shape, tiedTo)
    }

    /// An array of a file, copied as it is.
    package init(_ stored: StoredArray, name: String? = nil, tiedTo: String? = nil) {
        self.init(name: name ?? stored.name, elementType: stored.elementType, shape: stored.shape, tiedTo: tiedTo) {
            (sink) throws(ArchiveError) in
            try stored.withContiguousBytes { (bytes) throws(ArchiveError) in try sink(bytes) }
        }
    }

    private init<Value: BitwiseCopyable & Sendable>(
        _ name: String, _ type: ElementType, _ values: [Value], _ shape: [Int], _ tiedTo: String?
    ) {
        self.init(name: name, elementType: type, shape: shape, tiedTo: tiedTo) { (sink) throws(ArchiveError) in
            let outcome = values.withUnsafeBytes { bytes in
                Result { () throws(ArchiveError) in try sink(bytes) }
            }
            try outcome.get()
        }
    }
}

/// Outgoing arrays that can form a file: names are unique, shapes possible and ties point backwards to arrays of the same type and shape.
struct OutgoingArrays {
    let arrays: [OutgoingArray]
    /// Bytes of each array.
    let sizes: [Int]
    private let file: String

    init(_ arrays: [OutgoingArray], file: String) throws(ArchiveError) {
        var known: [String: OutgoingArray] = [:]
        var sizes: [Int] = []
        for array in arrays {
            guard array.shape.allSatisfy({ $0 >= 0 }), let count = elementCount(array.shape),
                case let (size, overflow) = count.multipliedReportingOverflow(by: array.elementType.size), !overflow
            else { throw .cannotWrite(file: file, reason: "array '\(array.name)' has the impossible shape \(array.shape)") }
            if let tie = array.tiedTo {
                guard let other = known[tie], other.shape == array.shape, other.elementType == array.elementType else {
                    throw .cannotWrite(
                        file: file,
                        reason: "array '\(array.name)' is tied to '\(tie)', which is not an earlier array of the same type and shape")
                }
            }
            guard known.updateValue(array, forKey: array.name) == nil else {
                throw .cannotWrite(file: file, reason: "two arrays are named '\(array.name)'")
            }
            sizes.append(size)
        }
        self.arrays = arrays
        self.sizes = sizes
        self.file = file
    }

    /// Passes an array's bytes on, and refuses more or fewer than its shape takes.
    func pass(_ index: Int, to sink: OutgoingArray.Sink) throws(ArchiveError) {
        var written = 0
        let (array, size) = (arrays[index], sizes[index])
        try array.produce { (bytes) throws(ArchiveError) in
            written += bytes.count
            guard written <= size else {
                throw .cannotWrite(file: file, reason: "array '\(array.name)' has more than the \(size) bytes of its shape \(array.shape)")
            }
            try sink(bytes)
        }
        guard written == size else {
            throw .cannotWrite(file: file, reason: "array '\(array.name)' has \(written) bytes, but its shape \(array.shape) takes \(size)")
        }
    }
}
