import CImages
import Foundation

extension Dataset {
    /// A folder of images by class: a folder for each class, named after it; or `train` and `test` (or `val`) folders of such folders. Images that stand in the
    /// folder itself are unlabelled samples. Which class a folder stands for, ``ClassAssignment`` decides.
    ///
    /// All images must have one size, or are resized to one (``ReadingOptions/size``). Where all are grey there is one channel, else three, and the grey ones are
    /// repeated. Transparency, colour profiles, gamma and EXIF orientations are left out. Bytes are divided by 255; nothing more is known of their
    /// normalisation. All images are kept in memory.
    ///
    /// - Parameters:
    ///   - split: nil takes the folder as it is where it has no parts.
    ///   - network: what the data are read for; nil where none is known.
    package static func images(
        _ path: String, _ split: Split?, default fallback: Split, _ options: ReadingOptions = ReadingOptions(),
        for network: NetworkSignature? = nil
    ) throws(DatasetError) -> Dataset {
        try lifting {
            let root = try ImageFolder(path)
            let wanted = split ?? (root.hasParts ? fallback : .all)
            let parts = try root.parts(wanted), names = try root.classNames()
            var found = ImageList(options: options)
            var assignment: ClassAssignment?
            if !names.isEmpty {
                let listed = try options.classNames()
                do throws(ClassAssignment.Fault) {
                    assignment = try ClassAssignment(
                        names, listed: listed, order: options.order, for: network ?? options.classCount.map { .counting($0) })
                } catch {
                    guard network?.needsClasses == false else {
                        throw DatasetError.mismatch(file: path, reason: "its folders are \(error.reason)")
                    }
                    found.notes.append("its images were used without labels, because its folders are \(error.reason)")
                }
            }
            for part in parts {
                let folders = try ImageFolder.folders(in: part)
                if names.isEmpty {
                    if let inner = folders.first {
                        throw DatasetError.mismatch(file: part + "/" + inner, reason: "a subfolder among unlabelled images")
                    }
                    for file in try ImageFolder.files(in: part) { try found.add(file, label: 0) }
                    continue
                }
                try found.leave(ImageFolder.files(in: part))
                for name in folders {
                    guard let index = names.firstIndex(of: name) else {
                        throw DatasetError.mismatch(
                            file: part + "/" + name,
                            reason:
                                "the training split has no class of this name; its classes are \(names.prefix(8).joined(separator: ", "))")
                    }
                    let before = found.files.count
                    for file in try ImageFolder.files(ofClass: part + "/" + name) {
                        try found.add(file, label: assignment?.classes[index] ?? 0)
                    }
                    if found.files.count == before { found.notes.append("the class folder \(part)/\(name) holds no images") }
                }
            }
            let (shape, pixels) = try found.pixels(of: path)
            return try Dataset(
                name: (path.split(separator: "/").last.map(String.init) ?? path) + (wanted == .all ? "" : " \(wanted.rawValue)"),
                provenance: (names.isEmpty
                    ? "Images of \(parts.joined(separator: " and ")), without labels."
                    : "Images in class folders of \(parts.joined(separator: " and ")).") + found.greyNote,
                sampleShape: shape, pixels: pixels, labels: found.files.map(\.label),
                classCount: options.classCount ?? assignment?.classCount,
                isLabelled: assignment != nil,
                classNames: assignment?.classNames, normalisation: .bytes, notes: found.allNotes + (assignment?.notes ?? []), file: path)
        }
    }
}

/// The images that were found, their headers, and what was left aside.
private struct ImageList {
    let options: ReadingOptions
    var files: [(path: String, label: Int)] = []
    var notes: [String] = []
    private var headers: [amalgam_image_size] = []
    private var strays: [String] = []

    /// The most bytes of pixels that are kept.
    private static let largestSet = 16 << 30

    init(options: ReadingOptions) { self.options = options }

    /// Takes an image; puts a file that is none and is not called one aside.
    mutating func add(_ file: String, label: Int) throws {
        guard let header = try ImageFile.header(file) else { return strays.append(file) }
        if options.size == nil, let first = headers.first, first.width != header.width || first.height != header.height {
            throw DatasetError.mismatch(
                file: file,
                reason:
                    "it is \(header.width)×\(header.height), but \(files[0].path) is \(first.width)×\(first.height); images must have one size: set size=HEIGHTxWIDTH to resize them, such as size=\(first.height)x\(first.width), or crop them first"
            )
        }
        files.append((file, label))
        headers.append(header)
    }

    /// Files that stand beside class folders.
    mutating func leave(_ files: [String]) { strays += files }

    private var grey: Int { headers.count { $0.channels == 1 } }
    private var channels: UInt32 { headers.contains { $0.channels != 1 } ? 3 : 1 }
    var greyNote: String {
        channels == 3 && grey > 0 ? " \(grey) of \(files.count) images are greyscale; their channel was repeated." : ""
    }

    var allNotes: [String] {
        var all = notes
        if !strays.isEmpty {
            all.append(
                "\(strays.count == 1 ? "a file that is" : "\(strays.count) files that are") no image of a class \(strays.count == 1 ? "was" : "were") ignored: \(strays.prefix(4).joined(separator: ", "))\(strays.count > 4 ? " …" : "")"
            )
        }
        if channels == 3, grey > 0 { all.append("\(grey) of \(files.count) images are greyscale; their channel was repeated") }
        let turned = headers.count { (2...8).contains($0.orientation) }
        if turned > 0 {
            all.append(
                "\(turned) of \(files.count) images have an EXIF orientation; they were read as stored, as torchvision does"
            )
        }
        if let size = options.size { all.append("its images were resized to \(size) (height x width; bilinear with antialiasing)") }
        return all
    }

    func pixels(of path: String) throws -> ([Int], Dataset.Pixels) {
        guard let first = headers.first else {
            let aside = strays.isEmpty ? "" : "; not images: \(strays.prefix(4).joined(separator: ", "))"
            throw DatasetError.missing(path: path, expected: "its class folders hold no images\(aside)")
        }
        let size = options.size ?? ImageSize(height: Int(first.height), width: Int(first.width)), channels = Int(self.channels)
        let sampleSize = size.width * size.height * channels
        guard files.count <= Self.largestSet / sampleSize else {
            throw DatasetError.selection(
                dataset: path,
                reason:
                    "\(files.count) images of \(sampleSize) bytes do not fit into \(Self.largestSet >> 30) GiB: use fewer or smaller ones")
        }
        var failure: (any Error)?
        // Not filled with zeros first: what a damaged header claims takes no memory.
        let pixels = [UInt8](unsafeUninitializedCapacity: files.count * sampleSize) { buffer, filled in
            do {
                for index in files.indices {
                    try decode(
                        index, size, into: UnsafeMutableBufferPointer(rebasing: buffer[index * sampleSize..<(index + 1) * sampleSize]))
                    filled += sampleSize
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return ([channels, size.height, size.width], .bytes(pixels))
    }

    private func decode(_ index: Int, _ size: ImageSize, into result: UnsafeMutableBufferPointer<UInt8>) throws {
        let header = headers[index], own = ImageSize(height: Int(header.height), width: Int(header.width)), channels = channels
        let announced = amalgam_image_size(width: header.width, height: header.height, channels: channels, orientation: 0)
        guard own != size else { return try ImageFile.decode(files[index].path, size: announced, into: result) }
        let plane = own.width * own.height, target = size.width * size.height
        let stored = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: plane * Int(channels))
        defer { stored.deallocate() }
        try ImageFile.decode(files[index].path, size: announced, into: stored)
        let resizing = ImageResizing(from: own, to: size)
        for channel in 0..<Int(channels) {
            resizing.resize(
                UnsafeBufferPointer(rebasing: stored[channel * plane..<(channel + 1) * plane]),
                into: UnsafeMutableBufferPointer(rebasing: result[channel * target..<(channel + 1) * target]))
        }
    }
}
