import Foundation
import Testing

@testable import Datasets

/// Small pictures that Pillow 11 wrote, and what it reads from them.
private enum Pictures {
    /// 3 rows of 4 pixels, channel after channel.
    static let colour: [Int] = (0..<3).flatMap { channel in (0..<12).map { 7 * (3 * $0 + channel) } }
    static let grey = (0..<12).map { 20 * $0 }

    static let webp = "UklGRjQAAABXRUJQVlA4TCcAAAAvA4AAAF8gFkzOEeRvG8NU3KFi/hPbgSCARCGWWGaZZZZJI/ofmO4A"
    static let animated =
        "UklGRrQAAABXRUJQVlA4WAoAAAACAAAAAwAAAgAAQU5JTQYAAAAAAAAAAABBTk1GQAAAAAAAAAAAAAMAAAIAAAAAAAJWUDhMJwAAAC8DgAAAXyAWTM4R5G8bw1TcoWL+E9uBIIBEIZZYZplllkkj+h+Y7gBBTk1GQAAAAAAAAAAAAAMAAAIAAAAAAABWUDhMKAAAAC8DgAAAXyAWTM4R5G8bw1TcoWL+E9uBINsmYxnLWc5ylgtH9D+k+QA="
    static let gif =
        "R0lGODdhBAADAIMAAOfu9dLZ4L3Ey6ivtpOaoX6FjGlwd1RbYj9GTSoxOBUcIwAHDgAAAAAAAAAAAAAAACwAAAAABAADAAAIEAAXKEiA4ICBAgQGCAgAICAAOw=="
    static let tiff =
        "SUkqADQAAACAAADg4KhwRioYjgfkYmlQtmI0nA7n5CoxJppQqhXrZesRltJsuBzu56wEAAoAAAEDAAEAAAAEAAAAAQEDAAEAAAADAAAAAgEDAAMAAACyAAAAAwEDAAEAAAAFAAAABgEDAAEAAAACAAAAEQEEAAEAAAAIAAAAFQEDAAEAAAADAAAAFgEDAAEAAAADAAAAFwEEAAEAAAArAAAAHAEDAAEAAAABAAAAAAAAAAgACAAIAA=="
    static let greyTIFF =
        "SUkqAAgAAAAJAAABBAABAAAABAAAAAEBBAABAAAAAwAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAAegAAABYBBAABAAAAAwAAABcBBAABAAAADAAAABwBAwABAAAAAQAAAAAAAAAAFCg8UGR4jKC0yNw="
    static let pages =
        "SUkqAAgAAAAJAAABBAABAAAABAAAAAEBBAABAAAAAwAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAAegAAABYBBAABAAAAAwAAABcBBAABAAAADAAAABwBAwABAAAAAQAAAJgAAAAAFCg8UGR4jKC0yNwAAAAAAAAAAAAASUkqAAgAAAAJAAABBAABAAAABAAAAAEBBAABAAAAAwAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAACgEAABYBBAABAAAAAwAAABcBBAABAAAADAAAABwBAwABAAAAAQAAAAAAAAAAFCg8UGR4jKC0yNwAAAAAAAAAAAAA"
    static let bmp =
        "Qk1aAAAAAAAAADYAAAAoAAAABAAAAAMAAAABABgAAAAAACQAAADEDgAAxA4AAAAAAAAAAAAAtq+oy8S94NnS9e7nYltUd3BpjIV+oZqTDgcAIxwVODEqTUY/"
    static let oneBit = "Qk1KAAAAAAAAAD4AAAAoAAAABAAAAAMAAAABAAEAAAAAAAwAAADEDgAAxA4AAAIAAAACAAAAAAAAAP///wBAAAAAIAAAAJAAAAA="
    /// Asks to be shown turned by a quarter.
    static let turned =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAADAAQBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AP14/Zt/4Jh/sB/8Km8P/wDGLPwv/j/5cNS/5423/UTr/9k="

    static func bytes(_ text: String) throws -> [UInt8] { try Array(#require(Data(base64Encoded: text))) }

    /// A bitmap of 16 or 32 bits with masks, the first row on top.
    static func masked(bits: Int, masks: [UInt32], pixels: [UInt32], width: Int) -> [UInt8] {
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let rows = pixels.count / width, stride = (width * bits + 31) / 32 * 4
        var data: [UInt8] = []
        for row in 0..<rows {
            let own = pixels[row * width..<(row + 1) * width].flatMap { word($0).prefix(bits / 8) }
            data += own + [UInt8](repeating: 0, count: stride - own.count)
        }
        let header =
            word(40) + word(UInt32(width)) + word(UInt32(bitPattern: Int32(-rows))) + [1, 0, UInt8(bits), 0] + word(3) + word(0) + word(0)
            + word(0) + word(0) + word(0)
        return Array("BM".utf8) + word(UInt32(66 + data.count)) + word(0) + word(66) + header + masks.flatMap(word) + data
    }
}

@Suite("Images of every usual kind") struct ImageFormatTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func values(_ bytes: [UInt8], name: String = "class/image") throws -> (shape: [Int], pixels: [Int]) {
        try folder.file(name, bytes)
        let data = try DataSpec("images:\(folder.path)").load()
        return (data.sampleShape, try data.values([0]).map { Int(($0 * 255).rounded()) })
    }

    @Test(
        "WebP, GIF, TIFF and BMP give the pixels that Pillow reads, whatever the file is called",
        arguments: [Pictures.webp, Pictures.gif, Pictures.tiff, Pictures.bmp])
    func colour(text: String) throws {
        let found = try values(Pictures.bytes(text), name: "class/picture.PNG")
        #expect(found.shape == [3, 3, 4] && found.pixels == Pictures.colour)
    }

    @Test("grey TIFF and bitmaps of one bit have one channel")
    func grey() throws {
        let tiff = try values(Pictures.bytes(Pictures.greyTIFF))
        #expect(tiff.shape == [1, 3, 4] && tiff.pixels == Pictures.grey)
        let bitmap = try values(Pictures.bytes(Pictures.oneBit))
        #expect(bitmap.shape == [1, 3, 4] && bitmap.pixels == (0..<12).map { $0 % 3 == 0 ? 255 : 0 })
    }

    @Test("bitmaps with masks: 5 and 6 bits are spread over 0 to 255")
    func masks() throws {
        let narrow = try values(
            Pictures.masked(bits: 16, masks: [0xF800, 0x07E0, 0x001F], pixels: [0xF800, 0x07E0, 0x001F, 0x8410], width: 2))
        #expect(narrow.shape == [3, 2, 2] && narrow.pixels == [255, 0, 0, 132, 0, 255, 0, 130, 0, 0, 255, 132])
        let wide = try values(Pictures.masked(bits: 32, masks: [0xFF, 0xFF00, 0xFF0000], pixels: [0x030201], width: 1))
        #expect(wide.pixels == [1, 2, 3])
        try folder.file("class/image", Pictures.masked(bits: 16, masks: [0xF801, 0x07E0, 0x001F], pixels: [0], width: 1))
        #expect(message { try DataSpec("images:\(folder.path)").load() }.contains("masks are damaged"))
    }

    @Test("JPEG in printing colours is turned into red, green and blue as Pillow does")
    func printingColours() throws {
        try folder.copy("cmyk.jpg", to: "class/image.jpg")
        let data = try DataSpec("images:\(folder.path)").load()
        let red = [0, 9, 20, 27, 36, 44, 56, 65, 75, 83, 92, 100, 105, 114, 124, 132, 141, 149, 165, 174, 184, 192, 201, 209]
        let found = try data.values([0]).map { Int(($0 * 255).rounded()) }
        // Two builds of libjpeg may round differently, by one.
        #expect(
            data.sampleShape == [3, 4, 6] && zip(found, red + red.map { $0 + 3 } + red.map { $0 + 6 }).allSatisfy { abs($0 - $1) <= 1 })
    }

    @Test("an EXIF orientation is not followed, and that is said")
    func orientation() throws {
        let found = try values(Pictures.bytes(Pictures.turned))
        #expect(found.shape == [1, 3, 4] && found.pixels == Pictures.grey)
        #expect(
            try DataSpec("images:\(folder.path)").load().notes.contains {
                $0.contains("1 of 1 images have an EXIF orientation")
            })
    }

    @Test(
        "what would be a choice between pictures is refused",
        arguments: [(Pictures.animated, "animated WebP"), (Pictures.pages, "several pages")])
    func several(text: String, reason: String) throws {
        let path = try folder.file("class/image", Pictures.bytes(text))
        let text = message { try DataSpec("images:\(folder.path)").load() }
        #expect(text.contains(reason) && text.contains(path), "\(text)")
    }

    @Test(
        "damaged and cut bytes give an error or other pixels, never a crash",
        arguments: [Pictures.webp, Pictures.gif, Pictures.tiff, Pictures.bmp, Pictures.oneBit, Pictures.turned])
    func damaged(text: String) throws {
        let whole = try Pictures.bytes(text)
        var generator = SeededGenerator(seed: 11)
        for round in 0..<150 {
            var bytes = whole
            for _ in 0..<2 { bytes[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256)) }
            if round.isMultiple(of: 3) { bytes.removeLast(generator.integer(below: bytes.count)) }
            try folder.file("class/image", bytes)
            do { #expect(try DataSpec("images:\(folder.path)").load().count == 1) } catch { #expect(error is DatasetError) }
        }
    }

    @Test(
        "resizing gives the bytes of Pillow's bilinear filter",
        arguments: [
            (4, 3, [101, 73, 100, 124, 143, 113, 121, 91, 110, 134, 161, 133]),
            (3, 5, [104, 141, 68, 105, 87, 118, 95, 117, 139, 116, 147, 129, 166, 93, 130]),
            (
                9, 10,
                [
                    0, 9, 28, 46, 65, 83, 102, 120, 139, 148, 123, 132, 151, 127, 60, 36, 55, 73, 92, 101, 153, 162, 181, 164, 112, 94, 113,
                    103, 65, 45, 98, 107, 126, 144, 163, 181, 200, 168, 88, 47,
                    43, 52, 71, 89, 108, 126, 145, 163, 182, 191, 187, 146, 66, 34, 53, 71, 90, 108, 127, 136, 189, 169, 131, 121, 140, 122,
                    70, 53, 72, 81, 133, 142, 161, 179, 198, 174, 107, 83, 102, 111,
                    86, 95, 114, 132, 151, 169, 188, 206, 225, 234,
                ]
            ),
        ])
    func resizing(height: Int, width: Int, expected: [UInt8]) {
        let picture = (0..<35).map { UInt8($0 * 37 % 256) }
        var result = [UInt8](repeating: 0, count: height * width)
        let resizing = ImageResizing(from: ImageSize(height: 7, width: 5), to: ImageSize(height: height, width: width))
        picture.withUnsafeBufferPointer { from in result.withUnsafeMutableBufferPointer { resizing.resize(from, into: $0) } }
        #expect(result == expected)
    }

    @Test("size= resizes every image of a folder, and the note says how")
    func sizes() throws {
        try folder.copy("grey.png", to: "a/1.png")
        try folder.copy("other_size.png", to: "b/1.png")
        #expect(message { try DataSpec("images:\(folder.path)").load() }.contains("set size=HEIGHTxWIDTH"))
        let data = try DataSpec("images:\(folder.path)?size=3x6").load()
        #expect(data.sampleShape == [1, 3, 6] && data.count == 2 && data.notes.contains { $0.contains("resized to 3x6") })
        #expect(message { try DataSpec("images:\(folder.path)?size=0x6") }.contains("size=0x6 is not HEIGHTxWIDTH"))
        #expect(message { try DataSpec("images:\(folder.path)?size=3x6x1") }.contains("HEIGHTxWIDTH"))
    }

    @Test("a folder of images alone holds unlabelled samples")
    func flat() throws {
        for name in ["1.png", "2.png"] { try folder.copy("grey.png", to: name) }
        let data = try DataSpec("images:\(folder.path)").load()
        #expect(data.count == 2 && !data.isLabelled && data.provenance.contains("without labels"))
    }

    @Test("files that are no images, and empty class folders, are left aside by name; one that is called an image must be one")
    func strays() throws {
        for name in ["a/1.png", "b/1.png"] { try folder.copy("grey.png", to: name) }
        try folder.file("labels.csv", [1])
        try folder.file("a/Thumbs.db", [1])
        try FileManager.default.createDirectory(atPath: folder.path + "/c", withIntermediateDirectories: true)
        let data = try DataSpec("images:\(folder.path)").load()
        #expect(data.count == 2 && data.classCount == 3 && data.labels == [0, 1])
        #expect(
            data.notes.contains {
                $0.contains("2 files that are no image of a class were ignored") && $0.contains("labels.csv")
                    && $0.contains("a/Thumbs.db")
            })
        #expect(data.notes.contains { $0.contains("c holds no images") })
        let path = try folder.file("a/2.jpg", [1, 2, 3])
        let text = message { try DataSpec("images:\(folder.path)").load() }
        #expect(text.contains(path) && text.contains("it is no PNG, JPEG"), "\(text)")
    }
}
