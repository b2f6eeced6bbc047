import CImages
import Foundation

extension Dataset {
    /// A folder of images by class: a folder for each class, named after it; or `train` and `test` (or `val`) folders of such folders. Images that stand in the
    /// folder itself are unlabelled samples. Which class a folder stands for, ``ClassAssignment`` decides.
    ///
    /// All images must have one size, or are resized to one (``ReadingOptions/size``). Where all are grey there is one channel, else three, and the grey ones are
    /// repeated. Transparency, colour profiles, gamma and EXIF orientations are left out. Bytes are divided by 255; nothing more is known of their
    /// normalisation. Only headers are read here; pixels are decoded when they are asked for.
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
                    let before = found.labels.count
                    for file in try ImageFolder.files(ofClass: part + "/" + name) {
                        try found.add(file, label: assignment?.classes[index] ?? 0)
                    }
                    if found.labels.count == before { found.notes.append("the class folder \(part)/\(name) holds no images") }
                }
            }
            let pixels = try found.pixels(of: path)
            return try Dataset(
                name: (path.split(separator: "/").last.map(String.init) ?? path) + (wanted == .all ? "" : " \(wanted.rawValue)"),
                provenance: (names.isEmpty
                    ? "Images of \(parts.joined(separator: " and ")), without labels."
                    : "Images in class folders of \(parts.joined(separator: " and ")).") + found.greyNote,
                sampleShape: pixels.shape, pixels: .bytes(pixels), labels: found.labels,
                classCount: options.classCount ?? assignment?.classCount,
                isLabelled: assignment != nil,
                classNames: assignment?.classNames, normalisation: .bytes, notes: found.allNotes + (assignment?.notes ?? []), file: path)
        }
    }
}
