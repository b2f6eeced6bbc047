import Archives
import Foundation
import Testing

@testable import Datasets

@Suite("Arrays as people keep them") struct ArrayFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Four samples of 1×2×2, the pixels of sample n beginning with 10 n.
    private static let pixels: [UInt8] = (0..<16).map { (place: Int) -> UInt8 in UInt8(10 * (place / 4) + place % 4) }
    private let images = OutgoingArray("images", pixels, shape: [4, 1, 2, 2])

    private func write(_ arrays: [OutgoingArray], _ format: Archive.Format = .npz, name: String = "data.npz") throws -> String {
        let path = folder.path + "/" + name
        try Archive.write(arrays, to: path, as: format)
        return path
    }

    /// A network of 10 classes that takes 1×2×2.
    private func network(
        _ shape: [Int] = [1, 2, 2], outputs: Int = 10, names: [String]? = nil, needsClasses: Bool = true
    ) -> NetworkSignature {
        NetworkSignature(name: "net.pt", inputShape: shape, outputs: outputs, classNames: names, needsClasses: needsClasses)
    }

    /// An npy file of texts, as NumPy writes it.
    private func texts(_ values: [String], characters: Int = 4) -> [UInt8] {
        let header = "{'descr': '<U\(characters)', 'fortran_order': False, 'shape': (\(values.count),), }\n"
        let bytes = values.flatMap { text in
            let scalars = text.unicodeScalars.map(\.value)
            return (scalars + [UInt32](repeating: 0, count: characters - scalars.count)).flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            }
        }
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + bytes
    }

    private func npy(_ header: String) -> [UInt8] {
        [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    }

    // MARK: several inputs

    /// A network of token ids [3], their mask [3] and one number.
    private let several = NetworkSignature(
        name: "net.pt2", inputShape: [7], outputs: 4, needsClasses: true, takesTokens: true,
        inputs: [
            InputArray(name: "input_ids", shape: [3], holdsIntegers: true),
            InputArray(name: "attention_mask", shape: [3], holdsIntegers: true),
            InputArray(name: "age", shape: [], holdsIntegers: false),
        ])
    private let tokens = OutgoingArray("input_ids", [5, 6, 0, 7, 8, 9], shape: [2, 3])
    private let mask = OutgoingArray("attention_mask", [1, 1, 0, 1, 1, 1], shape: [2, 3])
    private let age = OutgoingArray("age", [0.5, 30], shape: [2])
    private let numbered = OutgoingArray("labels", [3, 1], shape: [2])

    @Test("arrays of a network's several inputs stand one after another in a sample, in the network's order, unscaled")
    func severalInputs() throws {
        let data = try Dataset.arrays(write([age, mask, numbered, tokens]), nil, for: several)
        #expect(data.sampleShape == [1, 1, 7] && data.labels == [3, 1] && data.isOfTokens)
        #expect(data.inputs.map(\.name) == ["input_ids", "attention_mask", "age"])
        #expect(try data.batch(0..<2).array(of: Float.self) == [5, 6, 0, 1, 1, 0, 0.5, 7, 8, 9, 1, 1, 1, 30])
        #expect(try data.subset(samples: 1, seed: 1).inputs.count == 3)
    }

    @Test("the target at a position is the token after it, unless labels say otherwise")
    func nextTokens() throws {
        func network(_ inputs: [InputArray]) -> NetworkSignature {
            NetworkSignature(
                name: "net.pt2", inputShape: [inputs.isEmpty ? 3 : 6], outputs: 30, needsClasses: false, tellsClasses: false,
                takesTokens: true,
                positions: 3, inputs: inputs)
        }
        func targets(_ arrays: [OutgoingArray], _ inputs: [InputArray] = []) throws -> [Float] {
            let data = try Dataset.arrays(write(arrays), nil, for: network(inputs))
            #expect(try data.targetBatch(0..<2).shape == [2, 3] && data.targets?.kind == .tokens)
            return data.targets?.values ?? []
        }
        #expect(try targets([tokens]) == [6, 0, -1, 8, 9, -1])
        #expect(try targets([tokens, mask], Array(several.inputs.prefix(2))) == [6, -1, -1, 8, 9, -1])
        // Of Hugging Face's models: the tokens again, −100 where they do not count.
        let same = OutgoingArray("labels", [5, 6, -100, 7, 8, 9], shape: [2, 3])
        #expect(try targets([tokens, same]) == [6, -1, -1, 8, 9, -1])
        let others = OutgoingArray("labels", [1, 2, 3, -100, 4, 5], shape: [2, 3])
        #expect(try targets([tokens, others]) == [1, 2, 3, -1, 4, 5])
        let notes = try Dataset.arrays(write([tokens]), nil, for: network([])).notes
        #expect(notes.contains("no labels: the target at each position is the token after it"))
    }

    @Test("what is missing of several inputs, or has another shape, or is scaled, is refused by its name")
    func severalInputsRefused() throws {
        func refusal(_ arrays: [OutgoingArray], _ options: ReadingOptions = ReadingOptions()) throws -> String {
            let path = try write(arrays)
            let error = #expect(throws: DatasetError.self) { try Dataset.arrays(path, nil, options, for: several) }
            return "\(try #require(error))"
        }
        #expect(try refusal([tokens, age, numbered]).contains("no arrays input_ids, attention_mask, age"))
        #expect(try refusal([tokens, mask, numbered, OutgoingArray("age", [1, 2, 3], shape: [3])]).contains("age of shape [2]"))
        #expect(
            try refusal([tokens, OutgoingArray("attention_mask", [1, 1], shape: [2, 1]), age]).contains("attention_mask of shape [2, 3]"))
        #expect(
            try refusal([OutgoingArray("input_ids", [Float(0.5), 1, 2, 3, 4, 5], shape: [2, 3]), mask, age]).contains("sample 0 holds 0.5"))
        var options = ReadingOptions()
        options.images = "input_ids"
        #expect(try refusal([tokens, mask, age], options).contains("takes 3"))
    }

    // MARK: names

    @Test(
        "images and labels are found by the names that programs give them",
        arguments: [
            ("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target"), ("inputs", "targets"), ("arr_0", "arr_1"),
            ("features", "labels"),
        ])
    func names(images: String, labels: String) throws {
        let path = try write([OutgoingArray(images, Self.pixels, shape: [4, 1, 2, 2]), OutgoingArray(labels, [0, 1, 2, 0], shape: [4])])
        let data = try DataSpec("arrays:\(path)").load()
        #expect(data.labels == [0, 1, 2, 0] && data.classCount == 3 && !data.declaresClasses)
    }

    @Test(
        "parts of a file: train and test (or val) by every spelling; without one named, the part that the command needs",
        arguments: [
            ["x_train", "y_train", "x_test", "y_test"], ["train_images", "train_labels", "test_images", "test_labels"],
            ["X_train", "y_train", "X_test", "y_test"],
            ["images_train", "labels_train", "images_val", "labels_val"],
        ])
    func parts(names: [String]) throws {
        let path = try write([
            OutgoingArray(names[0], Self.pixels, shape: [4, 2, 2]), OutgoingArray(names[1], [0, 1, 2, 3], shape: [4, 1]),
            OutgoingArray(names[2], Array(Self.pixels.suffix(4)), shape: [1, 2, 2]), OutgoingArray(names[3], [3], shape: [1, 1]),
        ])
        #expect(try DataSpec("arrays:\(path):train").load().labels == [0, 1, 2, 3])
        #expect(try DataSpec("arrays:\(path)").load(default: .test).labels == [3])
        #expect(try DataSpec("arrays:\(path)").load(default: .train).count == 4)
        #expect(try DataSpec("arrays:\(path):all").load().labels == [0, 1, 2, 3, 3])
    }

    @Test("arrays of other names are named in the spec, labels may be a file of their own, and what is missing is told with what there is")
    func named() throws {
        let path = try write([OutgoingArray("pics", Self.pixels, shape: [4, 1, 2, 2]), OutgoingArray("kinds", [1, 0, 1, 0], shape: [4])])
        #expect(try DataSpec("arrays:\(path)?images=pics&labels=kinds").load().labels == [1, 0, 1, 0])
        let text = message { try DataSpec("arrays:\(path)").load() }
        #expect(text.contains("pics [4, 1, 2, 2], kinds [4]") && text.contains("images=NAME"), "\(text)")
        let alone = try write([OutgoingArray("array", Self.pixels, shape: [4, 1, 2, 2])], .npy, name: "images.npy")
        let labels = try write([OutgoingArray("array", [3, 2, 1, 0], shape: [4])], .npy, name: "labels.npy")
        #expect(try !DataSpec("arrays:\(alone)").load().isLabelled)
        #expect(try DataSpec("arrays:\(alone)?labels=\(labels)").load().labels == [3, 2, 1, 0])
        #expect(message { try DataSpec("arrays:\(alone)?labels=none.npy").load() }.contains("neither an array"))
        #expect(message { try DataSpec("arrays:table.CSV").load() }.contains("a table (csv) is not read: convert it with  python3"))
    }

    // MARK: labels

    @Test("rows with one 1 are classes, rows with several are labels each, fractions are numbers to predict, maps are classes of pixels")
    func answers() throws {
        let oneHot = try DataSpec(
            "arrays:\(write([images, OutgoingArray("labels", [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float], shape: [4, 3])]))"
        ).load()
        #expect(oneHot.labels == [1, 0, 1, 2] && oneHot.classCount == 3 && oneHot.declaresClasses && oneHot.targets == nil)
        let several = try DataSpec("arrays:\(write([images, OutgoingArray("labels", [1, 1, 0, 0, 0, 1, 1, 0], shape: [4, 2])]))").load()
        #expect(
            !several.isLabelled && several.targets?.kind == .multiLabel && several.targets?.shape == [2]
                && several.answersInWords.contains("several labels"))
        #expect(try several.selecting([2, 0], as: "two").targetBatch([0, 1]).array(of: Float.self) == [0, 1, 1, 1])
        let real = try DataSpec("arrays:\(write([images, OutgoingArray("targets", [0.5, 1, 2, 3] as [Double], shape: [4])]))").load()
        #expect(real.targets?.kind == .real && real.targets?.shape == [1] && !real.isLabelled)
        let maps = try DataSpec(
            "arrays:\(write([images, OutgoingArray("labels", [0, 1, 2, 255] + [Int](repeating: 1, count: 12), shape: [4, 2, 2])]))?ignore-index=255"
        ).load()
        #expect(maps.targets?.kind == .maps && maps.targets?.shape == [2, 2] && maps.targets?.classCount == 3)
        #expect(try maps.targetBatch([0]).array(of: Int64.self) == [0, 1, 2, -1])
    }

    @Test(
        "labels may be whole numbers of any type",
        arguments: [
            OutgoingArray("labels", [0, 2, 1, 0] as [Float], shape: [4]), OutgoingArray("labels", [0, 2, 1, 0] as [UInt8], shape: [4]),
            OutgoingArray("labels", [0, 2, 1, 0] as [Double], shape: [4, 1]),
        ])
    func types(labels: OutgoingArray) throws { #expect(try DataSpec("arrays:\(write([images, labels]))").load().labels == [0, 2, 1, 0]) }

    @Test("true and false are two classes: a network of more is not measured on them unless the spec says so")
    func truth() throws {
        let path = try write([OutgoingArray("array", Self.pixels, shape: [4, 1, 2, 2])], .npy, name: "images.npy")
        try folder.file("labels.npy", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }\n") + [1, 0, 0, 1])
        #expect(try DataSpec("arrays:\(path)?labels=\(folder.path)/labels.npy").load(for: network(outputs: 2)).labels == [1, 0, 0, 1])
        #expect(
            message { try DataSpec("arrays:\(path)?labels=\(folder.path)/labels.npy").load(for: network()) }.contains(
                "true and false, which are two classes, but net.pt has 10 classes"))
        #expect(try DataSpec("arrays:\(path)?labels=\(folder.path)/labels.npy&classes=10").load(for: network()).labels == [1, 0, 0, 1])
    }

    @Test(
        "samples of the label to ignore are left out, and that is said; without the option they are an error that names it",
        arguments: [255, -1, -100])
    func ignored(label: Int) throws {
        let path = try write([images, OutgoingArray("labels", [0, label, 2, 1], shape: [4])])
        let data = try DataSpec("arrays:\(path)?ignore_index=\(label)").load(for: network())
        #expect(
            data.labels == [0, 2, 1] && data.records == [0, 2, 3]
                && data.notes.contains("1 samples of label \(label) were excluded (ignore-index)"))
        #expect(try data.values([1])[0] == 20.0 / 255)
        let text = message { try DataSpec("arrays:\(path)").load(for: network()) }
        #expect(text.contains("ignore-index=\(label)") && text.contains("sample 1"), "\(text)")
    }

    @Test("labels that count from 1 are noticed, and counted from 0 where the spec says so")
    func fromOne() throws {
        let path = try write([images, OutgoingArray("labels", [1, 2, 3, 3], shape: [4])])
        let text = message { try DataSpec("arrays:\(path)").load(for: network(outputs: 3)) }
        #expect(
            text.contains("sample 2 has label 3, but net.pt has 3 classes, 0 to 2") && text.contains("set labels-from=1"), "\(text)"
        )
        #expect(try DataSpec("arrays:\(path)?labels-from=1").load(for: network(outputs: 3)).labels == [0, 1, 2, 2])
        #expect(try DataSpec("arrays:\(path)").load().notes.contains { $0.contains("labels-from=1") })
        #expect(message { try DataSpec("arrays:\(path)?labels-from=2").load() }.contains("start at 2"))
    }

    @Test("labels that are texts name classes in sorted order, or in that of the spec or the network")
    func textLabels() throws {
        let path = try write([OutgoingArray("array", Self.pixels, shape: [4, 1, 2, 2])], .npy, name: "images.npy")
        try folder.file("labels.npy", texts(["dog", "cat", "dög", "cat"]))
        let spec = "arrays:\(path)?labels=\(folder.path)/labels.npy"
        let data = try DataSpec(spec).load()
        #expect(
            data.labels == [1, 0, 2, 0] && data.classNames == ["cat", "dog", "dög"]
                && data.notes.contains { $0.contains("its labels are texts: cat is class 0") })
        #expect(try DataSpec(spec + "&classes=dög,cat,dog").load().labels == [2, 1, 0, 1])
        let names = ["bird", "cat", "dog", "dög"]
        #expect(try DataSpec(spec).load(for: network(outputs: 4, names: names)).labels == [2, 1, 3, 1])
        #expect(
            message { try DataSpec(spec).load(for: network(outputs: 4)) }.contains("3 classes (cat, dog, dög), but net.pt has 4 classes"))
        try folder.file("labels.npy", texts(["0", "3", "1", "0"]))
        #expect(try DataSpec(spec).load(for: network()).labels == [0, 3, 1, 0], "texts that are numbers are those classes")
    }

    @Test("a set may lack classes that the network knows; a label beyond its outputs names the sample and both")
    func classes() throws {
        let path = try write([images, OutgoingArray("labels", [3, 3, 3, 3], shape: [4])])
        let data = try DataSpec("arrays:\(path)").load(for: network())
        #expect(data.classCount == 10 && data.classCounts[3] == 4)
        #expect(try DataSpec("arrays:\(path)?classes=7").load().classCount == 7)
        #expect(message { try DataSpec("arrays:\(path)?classes=2").load() }.contains("label 3 of sample 0 is outside 0..<2"))
        let text = message { try DataSpec("arrays:\(path)").load(for: network(outputs: 3)) }
        #expect(text.contains("sample 0 has label 3, but net.pt has 3 classes, 0 to 2"), "\(text)")
        let looked = try DataSpec("arrays:\(path)").load(for: network(outputs: 3, needsClasses: false))
        #expect(!looked.isLabelled && looked.notes.contains { $0.contains("used without labels") })
        #expect(try data.fingerprint() == (DataSpec("arrays:\(path)").load().fingerprint()), "the samples are the same for every network")
    }

    // MARK: pixels

    /// Two images of 3×2 (height × width) in three channels that are 0.1 apart.
    @Test("height × width × channels is told from the network, else from where 1, 3 or 4 stands, else asked for")
    func layouts() throws {
        let values = (0..<36).map { UInt8(7 * $0) }, labels = OutgoingArray("labels", [0, 1], shape: [2])
        let path = try write([OutgoingArray("images", values, shape: [2, 3, 2, 3]), labels])
        #expect(message { try DataSpec("arrays:\(path)").load() }.contains("set layout=chw or layout=hwc"))
        let data = try DataSpec("arrays:\(path)").load(for: network([3, 3, 2]))
        #expect(data.sampleShape == [3, 3, 2] && data.notes.contains { $0.contains("taken as height × width × channels") })
        #expect(
            try data.values([1]).map { Int(($0 * 255).rounded()) }
                == (0..<3).flatMap { channel in (0..<6).map { 7 * (18 + 3 * $0 + channel) } })
        #expect(try DataSpec("arrays:\(path)?layout=hwc").load().values([1]) == data.values([1]))
        #expect(try DataSpec("arrays:\(path)?layout=chw").load().sampleShape == [3, 2, 3])
        let plain = try write([OutgoingArray("images", values, shape: [2, 6, 3, 1]), labels])
        #expect(try DataSpec("arrays:\(plain)").load().sampleShape == [1, 6, 3])
        let cube = try write([OutgoingArray("images", [UInt8](repeating: 0, count: 54), shape: [2, 3, 3, 3]), labels])
        #expect(message { try DataSpec("arrays:\(cube)").load(for: network([3, 3, 3])) }.contains("3×3×3 may be"))
    }

    @Test("rows of numbers become the images that the network takes; of several channels only where the spec says how")
    func rows() throws {
        let path = try write([OutgoingArray("images", Self.pixels, shape: [4, 4]), OutgoingArray("labels", [0, 1, 2, 3], shape: [4])])
        let data = try DataSpec("arrays:\(path)?samples=2&seed=1").load(for: network())
        #expect(data.sampleShape == [1, 2, 2] && data.notes.contains { $0.contains("interpreted as images of 1×2×2") })
        #expect(try data.values([0])[0] == Float(10 * data.records[0]) / 255)
        #expect(try DataSpec("arrays:\(path)").load(for: network([4])).sampleShape == [1, 1, 4])
        #expect(message { try DataSpec("arrays:\(path)").load(for: network([2, 1, 2])) }.contains("layout=chw"))
        #expect(
            try DataSpec("arrays:\(path)?layout=hwc").load(for: network([2, 1, 2])).values([0]) == [0, 2, 1, 3].map { Float($0) / 255 })
    }

    @Test("grey serves three channels, alike channels serve one; colours are turned into grey only where the spec says so")
    func channels() throws {
        let labels = OutgoingArray("labels", [0, 1, 2, 3], shape: [4])
        let grey = try DataSpec("arrays:\(write([images, labels]))").load(for: network([3, 2, 2]))
        #expect(grey.sampleShape == [3, 2, 2] && grey.notes.contains { $0.contains("the channel was repeated") })
        #expect(try grey.values([1]) == ([10, 11, 12, 13, 10, 11, 12, 13, 10, 11, 12, 13] as [Float]).map { $0 / 255 })
        let alike = Self.pixels.indices.filter { $0 % 4 == 0 }.flatMap { start in (0..<3).flatMap { _ in Self.pixels[start..<start + 4] } }
        let path = try write([OutgoingArray("images", alike, shape: [4, 3, 2, 2]), labels])
        let one = try DataSpec("arrays:\(path)").load(for: network())
        #expect(try one.sampleShape == [1, 2, 2] && one.values([1]) == ([10, 11, 12, 13] as [Float]).map { $0 / 255 })
        let coloured = try write([
            OutgoingArray("images", [255, 0, 0] as [UInt8], shape: [1, 3, 1, 1]), OutgoingArray("labels", [0], shape: [1]),
        ])
        #expect(message { try DataSpec("arrays:\(coloured)").load(for: network([1, 1, 1])) }.contains("channels=grey"))
        #expect(try DataSpec("arrays:\(coloured)?channels=grey").load(for: network([1, 1, 1])).values([0]) == [76 / 255])
        #expect(try DataSpec("digits?channels=rgb&samples=1").load().sampleShape == [3, 8, 8])
    }

    @Test(
        "numbers of 0 to 255 in another type are divided by 255, and that is said; other ranges are asked for where mean and std are of 0 to 1"
    )
    func scales() throws {
        let labels = OutgoingArray("labels", [0, 1], shape: [2])
        func spec(_ pixels: [Float], _ options: String = "") throws -> DataSpec {
            try DataSpec("arrays:\(write([OutgoingArray("images", pixels, shape: [2, 1, 1, 2]), labels]))\(options)")
        }
        let wide = try spec([0, 255, 51, 102], "?mean=0.5&std=0.25").load()
        #expect(
            try wide.values([0, 1]) == [0, 1, 0.2, 0.4].map { ($0 - 0.5) / 0.25 } && wide.notes.contains { $0.contains("divided by 255") })
        #expect(try spec([0, 255, 51, 102]).load().values([1]) == [0.2, 0.4] && spec([0, 255, 51, 102]).load().isOfBytes)
        #expect(try !spec([0, 255, 51.5, 102]).load().isOfBytes)
        #expect(try spec([0, 255, 51, 102], "?scale=1").load().values([1]) == [51, 102])
        #expect(try spec([0, 255, 51, 102], "?mean=100&std=50").load().values([1]) == [-0.98, 0.04])
        #expect(try spec([0, 1, 0.5, 0.25], "?mean=0.5&std=0.5").load().notes.isEmpty)
        #expect(try spec([-100, 200, 3, 4]).load().values([0]) == [-100, 200])
        #expect(message { try spec([0, 16, 8, 4], "?mean=0.3&std=0.4").load() }.contains("specify the divisor, such as scale=16"))
        #expect(try spec([0, 16, 8, 4], "?mean=0&std=1&scale=16").load().values([1]) == [0.5, 0.25])
        #expect(message { try DataSpec("arrays:x?scale=0") }.contains("scale=0 is not a number greater than 0"))
        let whole = try write([OutgoingArray("images", [0, 255, 51, 102], shape: [2, 1, 1, 2]), labels])
        #expect(try DataSpec("arrays:\(whole)").load().values([1]) == [0.2, 0.4])
        // Rows may be measurements, which have no scale.
        let rows = try write([OutgoingArray("images", [0, 80.5, 3, 4] as [Float], shape: [2, 2]), labels])
        #expect(try DataSpec("arrays:\(rows)").load().values([0]) == [0, 80.5])
    }

    // MARK: hostile

    @Test(
        "shapes whose products overflow are refused, in either order, with or without a size of 0",
        arguments: [
            "'fortran_order': True, 'shape': (0, 4294967296, 4294967296)", "'fortran_order': False, 'shape': (0, 4294967296, 4294967296)",
            "'fortran_order': True, 'shape': (4294967296, 4294967296, 0)", "'fortran_order': True, 'shape': (9223372036854775807, 2)",
            "'fortran_order': False, 'shape': (1099511627776,)",
        ])
    func overflow(text: String) throws {
        for type in ["<f4", "<U8", "|S0"] {
            try folder.file("x.npy", npy("{'descr': '\(type)', \(text), }\n"))
            #expect(throws: DatasetError.self) { try DataSpec("arrays:\(folder.path)/x.npy").load() }
        }
    }

    @Test(
        "numbers in specs are bounded",
        arguments: [
            "classes=0", "classes=999999999999999999999", "classes=100001", "labels-from=9999999999", "ignore-index=99999999999999999999",
            "scale=inf", "scale=-1", "size=99999999", "layout=wch", "order=none",
            "channels=cmyk", "images=", "labels=",
        ])
    func bounds(option: String) { #expect(throws: DatasetError.self) { try DataSpec("arrays:x?\(option)").load() } }
}
