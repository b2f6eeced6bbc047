/// A named array in a file: its elements are read on demand.
///
/// Arrays that share a storage in the file (tied weights, views of one buffer) share it here.
public struct StoredArray: Sendable {
    package let name: String
    package let elementType: ElementType
    package let layout: ArrayLayout
    /// The whole storage, of which this array may be a part.
    package let storage: ByteView
    /// What the file calls the storage: equal for arrays that share one.
    package let storageName: String
    /// The file, for messages.
    package let file: String

    package var shape: [Int] { layout.shape }
    package var strides: [Int] { layout.strides }
    package var count: Int { layout.count }

    /// - Parameters:
    ///   - place, position: where the file speaks of this array, for the error.
    init(
        name: String, elementType: ElementType, shape: [Int], strides: [Int]? = nil, order: ArrayLayout.Order = .rowMajor, offset: Int = 0,
        storage: ByteView, storageName: String,
        file: String, place: String? = nil, position: Int = 0, budget: FileBudget
    ) throws(ArchiveError) {
        do {
            layout = try ArrayLayout(
                shape: shape, strides: strides, order: order, offset: offset, capacity: storage.count / elementType.size,
                limits: budget.limits)
        } catch {
            throw .damaged(file: file, place: place, offset: position, reason: "array '\(name)' \(error.reason)")
        }
        try budget.array(name, elements: layout.count, place ?? "its arrays")
        self.name = name
        self.elementType = elementType
        self.storage = storage
        self.storageName = storageName
        self.file = file
    }

    private init(_ original: StoredArray, name: String) {
        self.name = name
        elementType = original.elementType
        layout = original.layout
        storage = original.storage
        storageName = original.storageName
        file = original.file
    }

    /// The same array under another name.
    package func renamed(_ name: String) -> StoredArray {
        StoredArray(self, name: name)
    }

    /// Whether both arrays are views of one storage in the file.
    package func sharesStorage(with other: StoredArray) -> Bool {
        storage.owner === other.storage.owner && storageName == other.storageName
    }

    /// Calls the closure with the bytes of the whole storage; ``layout`` says which elements are the array's, and they need not be aligned.
    package func withUnsafeStorage<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBytes(body)
    }

    /// Calls the closure with the array's bytes in row-major order, without a copy where they stand so in the file.
    package func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Result) throws(ArchiveError) -> Result
    {
        try storage.checkUnchanged()
        let size = elementType.size
        if layout.isContiguous {
            return try storage.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(ArchiveError) in
                let start = layout.count == 0 ? 0 : layout.offset * size
                return try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + layout.count * size]))
            }
        }
        let copy = OwnedMemory(byteCount: layout.count * size)
        var filled = 0
        storage.withUnsafeBytes { bytes in
            layout.forEachRun { first, stride, length in
                for element in 0..<length {
                    let start = (first + element * stride) * size
                    for byte in 0..<size { copy.bytes[filled + byte] = bytes[start + byte] }
                    filled += size
                }
            }
        }
        return try ByteView(copy).withUnsafeBytes(body)
    }
}
