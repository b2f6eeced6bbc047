import Foundation
import Testing

@testable import Datasets

@Suite("A folder of images by class") struct ImageFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    struct Image: Decodable {
        let shape: [Int]
        let pixels: [Int]
    }

    static func expected() throws -> [String: Image] {
        try JSONDecoder().decode([String: Image].self, from: Data(contentsOf: URL(fileURLWithPath: Fixtures.dataset("expected.json"))))
    }

    @Test(
        "pixels are those that Pillow reads, in every form of PNG and JPEG",
        arguments: [
            "grey.png", "one_bit.png", "colour.png", "palette.png", "alpha.png", "gamma.png", "interlaced.png", "grey.jpg", "colour.jpg",
            "progressive.jpg",
        ])
    func pixels(name: String) throws {
        try folder.copy(name, to: "class/\(name)")
        let data = try DataSpec("images:\(folder.path)").load()
        let expected = try #require(Self.expected()[name])
        #expect(data.sampleShape == expected.shape && data.labels == [0] && data.classNames == ["class"])
        let found = try data.values([0]).map { Int(($0 * 255).rounded()) }
        // Two builds of libjpeg may round the colour conversion differently, by one.
        let allowed = name.hasSuffix(".jpg") ? 1 : 0
        #expect(zip(found, expected.pixels).allSatisfy { abs($0 - $1) <= allowed })
    }

    @Test("classes count in the order of their names, images in the order of theirs; hidden files are passed over")
    func order() throws {
        for name in ["dog/2.png", "dog/1.png", "cat/9.png", "ant/x.png"] { try folder.copy("grey.png", to: name) }
        try folder.file("dog/.DS_Store", [1])
        let data = try DataSpec("images:\(folder.path)").load()
        #expect(data.classNames == ["ant", "cat", "dog"] && data.labels == [0, 1, 2, 2] && data.classCount == 3)
        #expect(try DataSpec("images:\(folder.path)?mean=0.5&std=0.5").load().values([0])[1] == (Float(10) / 255 - 0.5) / 0.5)
    }

    @Test("train and test (or val) folders are parts; the training part says which classes there are")
    func parts() throws {
        for name in ["train/a/1.png", "train/b/1.png", "val/b/1.png"] { try folder.copy("grey.png", to: name) }
        #expect(try DataSpec("images:\(folder.path)").load(default: .test).labels == [1])
        #expect(try DataSpec("images:\(folder.path):train").load().labels == [0, 1])
        #expect(try DataSpec("images:\(folder.path):all").load().count == 3)
        try folder.copy("grey.png", to: "val/c/1.png")
        #expect(
            message { try DataSpec("images:\(folder.path):test").load() }.contains(
                "val/c: the training split has no class of this name; its classes are a, b"))
        #expect(message { try DataSpec("images:\(folder.path)/train:test").load() }.contains("no folders train and test"))
    }

    @Test("grey images among coloured ones are repeated in three channels, and the provenance says so")
    func greyAmongColour() throws {
        try folder.copy("grey.png", to: "a/1.png")
        try folder.copy("colour.png", to: "b/1.png")
        let data = try DataSpec("images:\(folder.path)").load()
        #expect(data.sampleShape == [3, 4, 6] && data.provenance.contains("1 of 2 images are greyscale; their channel was repeated"))
        let values = try data.values([0])
        #expect(values[0..<24] == values[24..<48] && values[0..<24] == values[48..<72])
    }

    @Test("an image of another size names itself and both sizes")
    func otherSize() throws {
        let first = try folder.copy("grey.png", to: "a/1.png")
        let other = try folder.copy("other_size.png", to: "b/1.png")
        let text = message { try DataSpec("images:\(folder.path)").load() }
        #expect(text.contains("\(other): it is 6×3, but \(first) is 6×4"), "\(text)")
    }

    @Test(
        "files that are damaged or no images are refused by name, and the program goes on",
        arguments: [
            ("colour.png", 30, "truncated"), ("colour.png", 60, "PNG"), ("colour.jpg", 20, "JPEG"), ("colour.jpg", 640, "JPEG"),
            ("colour.jpg", 300, "JPEG"), ("cmyk.jpg", 200, "JPEG"),
            ("make.py", 4000, "it is no PNG, JPEG, GIF, WebP, TIFF or BMP image"), ("make.py", 0, "the file is empty"),
        ])
    func damaged(name: String, bytes: Int, reason: String) throws {
        let content = try Array(Data(contentsOf: URL(fileURLWithPath: Fixtures.dataset(name))).prefix(bytes))
        let path = try folder.file("class/image", content)
        let text = message { try DataSpec("images:\(folder.path)").load() }
        #expect(text.contains(reason) && text.contains(path), "\(text)")
    }

    @Test(
        "damaged bytes anywhere give an error or other pixels, never a crash",
        arguments: ["interlaced.png", "palette.png", "progressive.jpg", "grey.jpg"])
    func flipped(name: String) throws {
        let whole = try Array(Data(contentsOf: URL(fileURLWithPath: Fixtures.dataset(name))))
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<2 { bytes[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256)) }
            try folder.file("class/image", bytes)
            do { #expect(try DataSpec("images:\(folder.path)").load().count == 1) } catch { #expect(error is DatasetError) }
        }
    }

    @Test("folders that are no set are refused with what is missing")
    func empty() throws {
        #expect(message { try DataSpec("images:\(folder.path)/none").load() }.contains("does not exist"))
        #expect(message { try DataSpec("images:\(folder.path)").load() }.contains("a folder for each class"))
        try FileManager.default.createDirectory(atPath: folder.path + "/a", withIntermediateDirectories: true)
        #expect(message { try DataSpec("images:\(folder.path)").load() }.contains("hold no images"))
        try folder.copy("grey.png", to: "a/b/1.png")
        #expect(message { try DataSpec("images:\(folder.path)").load() }.contains("a/b: a subfolder of a class folder"))
    }
}
