import Synchronization

/// The rows of an array along its first axis, each read from the file when it is asked for.
///
/// The memory of a mapped file's pages is given back after some of them were read, so that a pass over an array of any size takes little of it. Any number of threads may read.
package struct StoredRows: Sendable {
    /// Rows.
    package let count: Int
    /// Elements of a row.
    package let rowCount: Int
    package let elementType: ElementType
    private let array: StoredArray
    /// The layout of the first row, and elements between the beginnings of two rows.
    private let first: ArrayLayout
    private let step: Int
    private let meter = Meter()

    /// What was read since pages were last given back, as if every row were read from a place of its own.
    private final class Meter: Sendable {
        let bytes = Atomic(0)
        /// Beyond the row itself: the pages around it that the system maps with it.
        static let around = 64 << 10
        static let most = 64 << 20
    }

    /// - Parameter array: of at least one axis.
    package init(_ array: StoredArray) {
        self.array = array
        (count, elementType) = (array.shape.first ?? 0, array.elementType)
        first = array.layout.row(0)
        step = array.strides.first ?? 0
        rowCount = first.count
    }

    package var file: String { array.file }
    /// Whether the rows stand in the file as they are; where not, they were inflated or turned into this machine's byte order, and are in memory.
    package var areInFile: Bool { array.storage.isOfFile }

    /// A row as 32-bit floating-point numbers, rounded as ``StoredArray/floats()`` does.
    ///
    /// - Parameter buffer: room for exactly ``rowCount``.
    package func read(_ row: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws(ArchiveError) {
        switch elementType {
        case .f16: copy(row, Float16.self, into: buffer) { Float($0) }
        case .bf16: copy(row, UInt16.self, into: buffer) { Float(bitPattern: UInt32($0) << 16) }
        case .f32: copy(row, Float.self, into: buffer) { $0 }
        case .f64: copy(row, Double.self, into: buffer) { Float($0) }
        case .i8: copy(row, Int8.self, into: buffer) { Float($0) }
        case .i16: copy(row, Int16.self, into: buffer) { Float($0) }
        case .i32: copy(row, Int32.self, into: buffer) { Float($0) }
        case .i64: copy(row, Int64.self, into: buffer) { Float($0) }
        case .u8: copy(row, UInt8.self, into: buffer) { Float($0) }
        case .u16: copy(row, UInt16.self, into: buffer) { Float($0) }
        case .u32: copy(row, UInt32.self, into: buffer) { Float($0) }
        case .u64: copy(row, UInt64.self, into: buffer) { Float($0) }
        case .bool: copy(row, UInt8.self, into: buffer) { $0 == 0 ? 0 : 1 }
        case .c64, .c128:
            throw .notRepresentable(file: file, array: array.name, index: 0, value: "a complex number", type: "Float")
        }
    }

    /// A row of an array of bytes.
    ///
    /// - Parameter buffer: room for exactly ``rowCount``.
    package func read(_ row: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) throws(ArchiveError) {
        guard elementType == .u8 else {
            throw .notRepresentable(
                file: file, array: array.name, index: row * rowCount, value: "an element of type \(elementType.rawValue)", type: "UInt8")
        }
        copy(row, UInt8.self, into: buffer) { $0 }
    }

    /// Refuses what was read where the file has changed since it was opened: to be asked after every unit of work.
    package func checkUnchanged() throws(ArchiveError) { try array.storage.checkUnchanged() }

    private func copy<Stored: BitwiseCopyable, Value: BitwiseCopyable>(
        _ row: Int, _ type: Stored.Type, into buffer: UnsafeMutableBufferPointer<Value>, _ convert: (Stored) -> Value
    ) {
        let shift = row * step  // checked: a row of the array, whose layout lies within its storage
        array.withUnsafeStorage { bytes in
            if Stored.self == Value.self, first.isContiguous, let from = bytes.baseAddress {
                let start = (first.offset + shift) * MemoryLayout<Stored>.size  // checked: within the storage
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(start: from + start, count: rowCount * MemoryLayout<Stored>.size))
                return
            }
            var filled = 0
            first.forEachRun { element, stride, length in
                for place in 0..<length {
                    let start = (element + shift + place * stride) * MemoryLayout<Stored>.size  // checked: within it
                    buffer.initializeElement(at: filled + place, to: convert(bytes.loadUnaligned(fromByteOffset: start, as: Stored.self)))
                }
                filled += length
            }
        }
        let read = meter.bytes.add(rowCount * MemoryLayout<Stored>.size + Meter.around, ordering: .relaxed).newValue
        if read > Meter.most {
            meter.bytes.store(0, ordering: .relaxed)
            array.storage.releasePages()
        }
    }
}

extension StoredArray {
    /// An array of bytes in a file that has no names for its parts.
    ///
    /// - Parameters:
    ///   - name: for errors.
    ///   - strides: in bytes; those of an array without gaps where nil.
    ///   - offset: the first byte.
    package init(bytesOf file: FileBytes, name: String, shape: [Int], strides: [Int]? = nil, offset: Int) throws(ArchiveError) {
        try self.init(
            name: name, elementType: .u8, shape: shape, strides: strides, offset: offset, storage: file.view, storageName: name,
            file: file.path, budget: FileBudget(size: file.view.count, file: file.path, limits: .standard))
    }
}

/// The bytes of a whole file: mapped, read where it is small, or inflated where its content is gzip.
package struct FileBytes: Sendable {
    package let path: String
    let view: ByteView

    /// - Parameter limit: the most bytes that a gzip file may come to; one that is not compressed may have any size.
    package init(_ path: String, limit: Int) throws(ArchiveError) {
        let file = ByteView(try MappedFile(path))
        self.path = path
        guard file.withUnsafeBytes({ $0.starts(with: [0x1F, 0x8B]) }) else {
            view = file
            return
        }
        let bytes = try fileContents(path, limit: limit), memory = OwnedMemory(byteCount: bytes.count)
        memory.bytes.copyBytes(from: bytes)
        view = ByteView(memory)
    }

    package var count: Int { view.count }

    /// The byte at a place.
    package subscript(place: Int) -> UInt8 { view.withUnsafeBytes { $0[place] } }

    /// The bytes of a part, which lies within.
    package subscript(part: Range<Int>) -> [UInt8] { view.withUnsafeBytes { Array($0[part]) } }

    /// Refuses what was read where the file has changed since it was opened.
    package func checkUnchanged() throws(ArchiveError) { try view.checkUnchanged() }
}
