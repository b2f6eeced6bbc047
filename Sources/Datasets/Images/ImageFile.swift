import Archives
import CImages

/// One image file.
enum ImageFile {
    /// What such a file's name ends in: one that is no image is an error, where another is a stray file.
    private static let suffixes: Set = ["png", "jpg", "jpeg", "jpe", "bmp", "gif", "tif", "tiff", "webp", "ppm", "pgm", "pbm"]

    /// Bytes that hold the header of most images.
    private static let beginning = 64 << 10

    /// The header; nil for a file that is no image and is not called one. No more of the file is read than that takes.
    static func header(_ path: String) throws -> amalgam_image_size? {
        let bytes = try fileBeginning(path, count: beginning)
        // Of a file of this length all was read. The parts of some images stand in any order, and a compressed file begins with nothing that says what it is.
        if bytes.count == beginning, !bytes.starts(with: [0x1F, 0x8B]), let size = try? header(path, bytes) { return size }
        return try header(path, bytes.count < beginning && !bytes.starts(with: [0x1F, 0x8B]) ? bytes : DataFolder.contents(path))
    }

    private static func header(_ path: String, _ bytes: [UInt8]) throws -> amalgam_image_size? {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let parts = name.split(separator: ".")
        let suffix = parts.count > 1 ? parts.last.map { $0.lowercased() } : nil
        if let suffix, !suffixes.contains(suffix), bytes.withUnsafeBufferPointer({ amalgam_is_image($0.baseAddress, $0.count) }) == 0 {
            return nil
        }
        var size = amalgam_image_size()
        try call(path, bytes) { bytes, reason in
            amalgam_image_header(bytes.baseAddress, bytes.count, &size, reason.baseAddress, reason.count)
        }
        return size
    }

    /// Writes the planes of an image of a known size.
    static func decode(_ path: String, size: amalgam_image_size, into pixels: UnsafeMutableBufferPointer<UInt8>) throws {
        guard Int(size.width) * Int(size.height) * Int(size.channels) == pixels.count, let base = pixels.baseAddress else { return }
        try call(path, DataFolder.contents(path)) { bytes, reason in
            amalgam_image_pixels(bytes.baseAddress, bytes.count, size, base, reason.baseAddress, reason.count)
        }
    }

    private static func call(
        _ path: String, _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<CChar>) -> Int32
    ) throws {
        var reason = [CChar](repeating: 0, count: 256)
        let failed = bytes.withUnsafeBufferPointer { bytes in reason.withUnsafeMutableBufferPointer { body(bytes, $0) } }
        guard failed == 0 else {
            throw DatasetError.damaged(
                file: path, place: "the image",
                reason: String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
    }
}
