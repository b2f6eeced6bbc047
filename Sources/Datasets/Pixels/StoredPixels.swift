import Archives

/// Rows of an array in a file.
struct StoredPixels<Element: BitwiseCopyable & Sendable>: PixelSource {
    private let rows: StoredRows
    private let copy: @Sendable (StoredRows, Int, UnsafeMutableBufferPointer<Element>) throws(ArchiveError) -> Void

    var count: Int { rows.count * rows.rowCount }
    var sampleSize: Int { rows.rowCount }
    var whereabouts: PixelWhereabouts {
        rows.areInFile ? .files(rows.file) : .memory(reason: "\(rows.file) is compressed or in another byte order")
    }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError) {
        do throws(ArchiveError) { try copy(rows, place, buffer) } catch { throw .archive(error) }
    }

    func checkUnchanged() throws(DatasetError) {
        do throws(ArchiveError) { try rows.checkUnchanged() } catch { throw .archive(error) }
    }
}

extension StoredPixels<UInt8> {
    /// Of an array of bytes.
    init(_ array: StoredArray) {
        rows = StoredRows(array)
        copy = { (rows, row, buffer) throws(ArchiveError) in try rows.read(row, into: buffer) }
    }
}

extension StoredPixels<Float> {
    /// Of an array of real numbers of any type.
    init(_ array: StoredArray) {
        rows = StoredRows(array)
        copy = { (rows, row, buffer) throws(ArchiveError) in try rows.read(row, into: buffer) }
    }
}

extension Pixels {
    /// The rows of an array: bytes where it holds bytes, else numbers.
    init(_ array: StoredArray) {
        self = array.elementType == .u8 ? .bytes(StoredPixels<UInt8>(array)) : .floats(StoredPixels<Float>(array))
    }
}
