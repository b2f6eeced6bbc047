import Archives
import CImages

/// Images of a folder, each decoded when it is asked for.
struct ImagePixels: PixelSource {
    private let files: Files
    private let folder: String
    private let size: ImageSize
    private let channels: Int

    /// Images by their headers, in little memory: there may be millions.
    struct Files: Sendable {
        private var folders: [String] = []
        private var entries: [Entry] = []

        private struct Entry {
            let folder: Int32
            let name: String
            let width: UInt16
            let height: UInt16
            let stamp: ContentStamp
        }

        /// - Parameter path: its folder, a slash and its name.
        mutating func add(_ path: String, _ header: amalgam_image_size, _ stamp: ContentStamp) {
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let folder = String(path[..<slash]), name = String(path[path.index(after: slash)...])
            if folders.last != folder { folders.append(folder) }
            entries.append(
                Entry(
                    folder: Int32(clamping: folders.count - 1), name: name, width: UInt16(clamping: header.width),
                    height: UInt16(clamping: header.height), stamp: stamp))
        }

        var count: Int { entries.count }
        var first: (width: Int, height: Int)? { entries.first.map { (Int($0.width), Int($0.height)) } }
        func path(_ index: Int) -> String { folders[Int(entries[index].folder)] + "/" + entries[index].name }
        func size(_ index: Int) -> ImageSize { ImageSize(height: Int(entries[index].height), width: Int(entries[index].width)) }
        func stamp(_ index: Int) -> ContentStamp { entries[index].stamp }
    }

    /// - Parameters:
    ///   - size: what images of another size are resized to.
    ///   - channels: 1, or 3, which grey images are repeated for.
    init(_ files: Files, folder: String, size: ImageSize, channels: Int) {
        (self.files, self.folder, self.size, self.channels) = (files, folder, size, channels)
    }

    /// Channels, height and width.
    var shape: [Int] { [channels, size.height, size.width] }
    var sampleSize: Int { channels * size.height * size.width }
    var count: Int { files.count * sampleSize }
    var whereabouts: PixelWhereabouts { .files("the images of \(folder)") }
    var isSlow: Bool { true }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) {
        let path = files.path(place), own = files.size(place)
        try lifting(path) {
            if own == size {
                try decode(path, own, into: buffer)
            } else {
                try resize(path, own, into: buffer)
            }
            // After it was read: what was read is what the header was read of.
            try files.stamp(place).check(path)
        }
    }

    private func decode(_ path: String, _ own: ImageSize, into pixels: UnsafeMutableBufferPointer<UInt8>) throws {
        let announced = amalgam_image_size(
            width: UInt32(own.width), height: UInt32(own.height), channels: UInt32(channels), orientation: 0)
        try ImageFile.decode(path, size: announced, into: pixels)
    }

    private func resize(_ path: String, _ own: ImageSize, into result: UnsafeMutableBufferPointer<UInt8>) throws {
        let plane = own.width * own.height, target = size.width * size.height
        let stored = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: plane * channels)
        defer { stored.deallocate() }
        try decode(path, own, into: stored)
        let resizing = ImageResizing(from: own, to: size)
        for channel in 0..<channels {
            resizing.resize(
                UnsafeBufferPointer(rebasing: stored[channel * plane..<(channel + 1) * plane]),
                into: UnsafeMutableBufferPointer(rebasing: result[channel * target..<(channel + 1) * target]))
        }
    }
}
