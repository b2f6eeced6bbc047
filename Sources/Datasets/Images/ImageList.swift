import Archives
import CImages

/// The images that were found, their headers, and what was left aside.
struct ImageList {
    let options: ReadingOptions
    private(set) var labels: [Int] = []
    var notes: [String] = []
    private var found = ImagePixels.Files()
    private var strays: [String] = []
    private var grey = 0
    private var turned = 0

    init(options: ReadingOptions) { self.options = options }

    /// Takes an image; puts a file that is none and is not called one aside.
    mutating func add(_ file: String, label: Int) throws {
        let stamp = try ContentStamp(file)
        guard let header = try ImageFile.header(file) else { return strays.append(file) }
        if options.size == nil, let first = found.first, first.width != header.width || first.height != header.height {
            throw DatasetError.mismatch(
                file: file,
                reason:
                    "it is \(header.width)×\(header.height), but \(found.path(0)) is \(first.width)×\(first.height); images must have one size: set size=HEIGHTxWIDTH to resize them, such as size=\(first.height)x\(first.width), or crop them first"
            )
        }
        found.add(file, header, stamp)
        labels.append(label)
        if header.channels == 1 { grey += 1 }
        if (2...8).contains(header.orientation) { turned += 1 }
    }

    /// Files that stand beside class folders.
    mutating func leave(_ files: [String]) { strays += files }

    private var channels: Int { grey < labels.count ? 3 : 1 }
    var greyNote: String {
        channels == 3 && grey > 0 ? " \(grey) of \(labels.count) images are greyscale; their channel was repeated." : ""
    }

    var allNotes: [String] {
        var all = notes
        if !strays.isEmpty {
            all.append(
                "\(strays.count == 1 ? "a file that is" : "\(strays.count) files that are") no image of a class \(strays.count == 1 ? "was" : "were") ignored: \(strays.prefix(4).joined(separator: ", "))\(strays.count > 4 ? " …" : "")"
            )
        }
        if channels == 3, grey > 0 { all.append("\(grey) of \(labels.count) images are greyscale; their channel was repeated") }
        if turned > 0 {
            all.append(
                "\(turned) of \(labels.count) images have an EXIF orientation; they were read as stored, as torchvision does"
            )
        }
        if let size = options.size { all.append("its images were resized to \(size) (height x width; bilinear with antialiasing)") }
        return all
    }

    /// The images of the folder `path`, whose pixels are read when they are asked for.
    func pixels(of path: String) throws -> ImagePixels {
        guard let first = found.first else {
            let aside = strays.isEmpty ? "" : "; not images: \(strays.prefix(4).joined(separator: ", "))"
            throw DatasetError.missing(path: path, expected: "its class folders hold no images\(aside)")
        }
        let size = options.size ?? ImageSize(height: Int(first.height), width: Int(first.width))
        return ImagePixels(found, folder: path, size: size, channels: channels)
    }
}
