import CImages

/// One image file.
enum ImageFile {
    /// What such a file's name ends in: one that is no image is an error, where another is a stray file.
    private static let suffixes: Set = ["png", "jpg", "jpeg", "jpe", "bmp", "gif", "tif", "tiff", "webp", "ppm", "pgm", "pbm"]

    /// The header; nil for a file that is no image and is not called one.
    static func header(_ path: String) throws -> amalgam_image_size? {
        let bytes = try DataFolder.contents(path), name = path.split(separator: "/").last.map(String.init) ?? path
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
