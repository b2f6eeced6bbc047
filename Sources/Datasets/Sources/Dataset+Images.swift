import CImages
import Foundation

extension Dataset {
    /// A folder of images by class: a folder for each class, named after it, with PNG or JPEG files; or `train` and `test` (or `val`) folders of
    /// such folders. Classes count in the order of their names, as torchvision's `ImageFolder` does.
    ///
    /// All images must have one size. Where all are grey there is one channel, else three, and the grey ones are repeated. Transparency, colour
    /// profiles and gamma are left out. Bytes are divided by 255; nothing more is known of their normalisation. All images are kept in memory.
    ///
    /// - Parameters:
    ///   - split: nil takes the folder as it is where it has no parts.
    public static func images(_ path: String, _ split: Split?, default fallback: Split) throws(DatasetError) -> Dataset {
        let root = try ImageFolder(path)
        let wanted = split ?? (root.hasParts ? fallback : .all)
        let parts = try root.parts(wanted)
        // The training part, or the only one, says which classes there are.
        let names = try root.classNames()
        var files: [(path: String, label: Int)] = []
        for part in parts {
            for name in try ImageFolder.folders(in: part) {
                guard let label = names.firstIndex(of: name) else {
                    throw .mismatch(file: part + "/" + name, reason: "the training part has no class of this name; its classes are \(names.prefix(8).joined(separator: ", "))")
                }
                files += try ImageFolder.files(in: part + "/" + name).map { ($0, label) }
            }
        }
        let headers = try sizes(files.map(\.path))
        guard let first = headers.first else { throw .missing(path: path, expected: "its class folders hold no images") }
        let channels = headers.map(\.channels).max() ?? 1, grey = headers.count { $0.channels == 1 }
        let sampleSize = Int(first.width * first.height * channels)
        guard files.count <= largestSet / sampleSize else {
            throw .selection(dataset: path, reason: "\(files.count) images of \(sampleSize) bytes do not fit into \(largestSet >> 30) GiB: use fewer or smaller ones")
        }
        var pixels = [UInt8](repeating: 0, count: files.count * sampleSize)
        for (index, file) in files.enumerated() {
            try ImageFile.decode(file.path, size: amalgam_image_size(width: first.width, height: first.height, channels: channels, orientation: 0), into: &pixels, at: index * sampleSize)
        }
        let note = channels == 3 && grey > 0 ? " \(grey) of \(files.count) images are grey; each was repeated in three channels." : ""
        return try Dataset(
            name: (path.split(separator: "/").last.map(String.init) ?? path) + (wanted == .all ? "" : " \(wanted.rawValue)"),
            provenance: "Images in class folders of \(parts.joined(separator: " and ")).\(note)", sampleShape: [Int(channels), Int(first.height), Int(first.width)],
            pixels: .bytes(pixels), labels: files.map(\.label), classCount: names.count, classNames: names, normalisation: .bytes, file: path)
    }

    /// The most bytes of pixels that are kept.
    private static let largestSet = 16 << 30

    /// Every image's header, all of one size.
    private static func sizes(_ files: [String]) throws(DatasetError) -> [amalgam_image_size] {
        var sizes: [amalgam_image_size] = []
        for file in files {
            let size = try ImageFile.header(file)
            if let first = sizes.first, first.width != size.width || first.height != size.height {
                throw .mismatch(
                    file: file, reason: "it is \(size.width)×\(size.height), but \(files[0]) is \(first.width)×\(first.height); images of one size are needed: scale or crop them first")
            }
            sizes.append(size)
        }
        return sizes
    }
}

/// A folder with a folder for each class, or with parts that have them.
struct ImageFolder {
    let path: String
    private let train: String?
    private let test: String?

    init(_ path: String) throws(DatasetError) {
        self.path = try DataFolder(path).path
        let folders = try Self.folders(in: path)
        func part(_ names: [String]) -> String? { names.first(where: folders.contains).map { path + "/" + $0 } }
        train = part(["train"])
        test = part(["test", "val", "validation"])
    }

    var hasParts: Bool { train != nil && test != nil }

    func parts(_ split: Split) throws(DatasetError) -> [String] {
        guard let train, let test else {
            if split == .all { return [train ?? path] }
            throw .missing(path: path, expected: "it has no folders train and test (or val); without them the whole folder is one set, and no part can be named")
        }
        switch split {
        case .train: return [train]
        case .test: return [test]
        case .all: return [train, test]
        }
    }

    func classNames() throws(DatasetError) -> [String] {
        let names = try Self.folders(in: train ?? path)
        guard !names.isEmpty else { throw .missing(path: train ?? path, expected: "a folder for each class, named after it") }
        return names
    }

    /// Folders in the order of their names; hidden ones are passed over.
    static func folders(in path: String) throws(DatasetError) -> [String] { try entries(path).filter(\.isFolder).map(\.name) }

    /// Files in the order of their names; hidden ones are passed over, and folders are refused.
    static func files(in path: String) throws(DatasetError) -> [String] {
        try entries(path).map { entry throws(DatasetError) in
            if entry.isFolder { throw .mismatch(file: path + "/" + entry.name, reason: "a folder inside a class's folder; images stand directly in it") }
            return path + "/" + entry.name
        }
    }

    private static func entries(_ path: String) throws(DatasetError) -> [(name: String, isFolder: Bool)] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch { throw .missing(path: path, expected: "the folder cannot be read") }
        // By bytes, so that the order is the same whatever the language.
        return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
            var isFolder: ObjCBool = false
            return (name, FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder) && isFolder.boolValue)
        }
    }
}

/// One PNG or JPEG file.
enum ImageFile {
    static func header(_ path: String) throws(DatasetError) -> amalgam_image_size {
        var size = amalgam_image_size()
        try call(path) { bytes, reason in amalgam_image_header(bytes.baseAddress, bytes.count, &size, reason.baseAddress, reason.count) }
        return size
    }

    /// Writes the planes of an image of a known size from an index on.
    static func decode(_ path: String, size: amalgam_image_size, into pixels: inout [UInt8], at start: Int) throws(DatasetError) {
        let count = Int(size.width) * Int(size.height) * Int(size.channels)
        var failure: DatasetError?
        pixels.withUnsafeMutableBufferPointer { pixels in
            guard start >= 0, start + count <= pixels.count, let base = pixels.baseAddress else { return }
            do throws(DatasetError) {
                try call(path) { bytes, reason in amalgam_image_pixels(bytes.baseAddress, bytes.count, size, base + start, reason.baseAddress, reason.count) }
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private static func call(_ path: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<CChar>) -> Int32) throws(DatasetError) {
        let bytes = try DataFolder.contents(path)
        var reason = [CChar](repeating: 0, count: 256)
        let failed = bytes.withUnsafeBufferPointer { bytes in reason.withUnsafeMutableBufferPointer { body(bytes, $0) } }
        guard failed == 0 else {
            throw .damaged(file: path, place: "the image", reason: String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
    }
}
