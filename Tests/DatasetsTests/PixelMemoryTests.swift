import Archives
import Foundation
import Synchronization
import Testing

@testable import Datasets

@Suite("Pixels in memory and in files", .serialized) struct PixelMemoryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An image of 4×2 and 24 bits as BMP, whose bytes follow from a number.
    static func bitmap(_ number: Int) -> [UInt8] {
        func word(_ value: Int, _ bytes: Int = 4) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let pixels = (0..<24).map { UInt8(truncatingIfNeeded: 37 * number + 11 * $0) }
        return Array("BM".utf8) + word(54 + 24) + word(0) + word(54) + word(40) + word(4) + word(2) + word(1, 2) + word(24, 2) + word(0)
            + word(24) + word(0) + word(0) + word(0) + word(0) + pixels
    }

    /// Images in two classes.
    private func pictures(_ count: Int) throws {
        for number in 0..<count { try folder.file("class\(number % 2)/\(1000 + number).bmp", Self.bitmap(number)) }
    }

    private func path(_ number: Int) -> String { folder.path + "/class\(number % 2)/\(1000 + number).bmp" }

    /// The same by both ways.
    private func both(_ spec: String, for network: NetworkSignature? = nil) throws -> (kept: Dataset, streamed: Dataset) {
        let sign = spec.contains("?") ? "&" : "?"
        return (
            try DataSpec(spec + sign + "memory=keep").load(for: network), try DataSpec(spec + sign + "memory=stream").load(for: network)
        )
    }

    private func expectSame(_ spec: String, for network: NetworkSignature? = nil) throws {
        let (kept, streamed) = try both(spec, for: network)
        #expect(kept.pixels.isKept && !streamed.pixels.isKept)
        #expect(kept.labels == streamed.labels && kept.sampleShape == streamed.sampleShape && kept.records == streamed.records)
        var generator = SeededGenerator(seed: 5)
        var order = Array(0..<kept.count) + [0, kept.count - 1, 0]
        generator.shuffle(&order)
        for start in stride(from: 0, to: order.count, by: 7) {
            let batch = order[start..<min(start + 7, order.count)]
            let tensor = try streamed.batch(batch, next: order[batch.endIndex...]).array(of: Float.self)
            #expect(try tensor == kept.batch(batch).array(of: Float.self))
        }
        #expect(try kept.fingerprint() == streamed.fingerprint())
        #expect(try kept.pixelMoments() == streamed.pixelMoments())
        #expect(streamed.notes.contains { $0.contains("are read from") } && !kept.notes.contains { $0.contains("are read from") })
    }

    // MARK: the same bits

    @Test(
        "images have the same bits",
        arguments: ["", "channels=grey", "size=3x5", "mean=0.5,0.4,0.3&std=0.2", "samples=9&seed=3", "validation=0.3&held=yes"])
    func images(options: String) throws {
        try pictures(23)
        try expectSame("images:\(folder.path)?\(options)".trimmingCharacters(in: ["?"]))
    }

    @Test("arrays have the same bits, of every type, layout and order", arguments: ["npy", "npz", "safetensors", "pt"])
    func arrays(ending: String) throws {
        let bytes = (0..<20 * 24).map { UInt8(truncatingIfNeeded: 7 * $0) }, labels = (0..<20).map { $0 % 3 }
        let formats: [String: Archive.Format] = ["npy": .npy, "npz": .npz, "safetensors": .safetensors, "pt": .torch]
        let format = try #require(formats[ending]), file = folder.path + "/data.\(ending)"
        for shape in [[20, 3, 4, 2], [20, 2, 4, 3], [20, 24]] {
            for isByte in [true, false] {
                let name = ending == "npy" ? "array" : "images"
                var all = [
                    isByte
                        ? OutgoingArray(name, bytes, shape: shape) : OutgoingArray(name, bytes.map { Float($0) / 255 }, shape: shape)
                ]
                if ending != "npy" { all.append(OutgoingArray("labels", labels, shape: [20])) }
                try Archive.write(all, to: file, as: format)
                try expectSame("arrays:\(file)")
            }
        }
        // Bytes in another type are bytes; images of another layout and of other channels are fitted.
        try Archive.write(
            [OutgoingArray(ending == "npy" ? "array" : "images", bytes.map(Float.init), shape: [20, 2, 4, 3])], to: file, as: format)
        try expectSame("arrays:\(file)")
        let network = NetworkSignature(name: "net.pt", inputShape: [3, 1, 24], outputs: 3, needsClasses: false)
        try Archive.write([OutgoingArray(ending == "npy" ? "array" : "images", bytes, shape: [20, 1, 1, 24])], to: file, as: format)
        try expectSame("arrays:\(file)", for: network)
    }

    @Test("columns first, as Fortran has them, have the same bits")
    func fortran() throws {
        let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (3, 1, 2, 2), }"
        let text = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        try folder.file("data.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8) + (0..<12).map { UInt8(20 * $0) })
        try expectSame("arrays:\(folder.path)/data.npy")
        let data = try DataSpec("arrays:\(folder.path)/data.npy?memory=stream").load()
        // Element [sample, 0, row, column] stands at sample + 3 row + 6 column.
        #expect(try data.values([1]).map { Int(($0 * 255).rounded()) } == [20, 140, 80, 200])
    }

    @Test("published sets are left in their files where these are not compressed")
    func published() throws {
        let image = (0..<3072).map { UInt8(truncatingIfNeeded: 3 * $0) }
        for name in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
            try folder.file("cifar/\(name).bin", (0..<4).flatMap { label in [UInt8(label)] + image.map { $0 &+ UInt8(label) } })
        }
        try expectSame("cifar10:\(folder.path)/cifar:train")
        for (part, count) in [("train", 5), ("t10k", 3)] {
            try folder.file(
                "mnist/\(part)-images-idx3-ubyte",
                [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 2, 0, 0, 0, 3] + (0..<6 * count).map { UInt8(8 * $0) })
            try folder.file("mnist/\(part)-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, UInt8(count)] + (0..<count).map { UInt8($0) })
        }
        try expectSame("mnist:\(folder.path)/mnist:all")
        #expect(message { try DataSpec("digits?memory=stream").load() }.contains("can be left in their files, but they are built in"))
        #expect(message { try DataSpec("digits?memory=disk") }.contains("one of keep, stream"))
    }

    // MARK: the choice

    @Test("what is kept depends on its size and on the machine, and a note says what was chosen")
    func choice() throws {
        try pictures(6)
        let data = try DataSpec("images:\(folder.path)").load()
        #expect(data.pixels.isKept && data.notes.isEmpty)
        let raw = try Dataset.images(folder.path, nil, default: .train)
        // 6 images of 24 bytes.
        #expect(try raw.placed(nil, limit: 144).pixels.isKept)
        let streamed = try raw.placed(nil, limit: 143)
        #expect(
            !streamed.pixels.isKept && streamed.notes.contains { $0.contains("more than a quarter of this machine's memory; memory=keep") })
        #expect(message { try raw.placed(.keep, memory: 143) }.contains("do not fit into"))
        // A few samples of a large folder are kept.
        #expect(try raw.subset(samples: 2, seed: 1).placed(nil, limit: 48).pixels.isKept)
        #expect(try DataSpec("images:\(folder.path)?memory=stream").description.hasSuffix("?memory=stream"))
    }

    // MARK: errors

    @Test("an image that is damaged in the middle of a pass names its file and spoils no other; one that was replaced is refused")
    func damaged() throws {
        try pictures(20)
        let (kept, streamed) = try both("images:\(folder.path)")
        let order = Array(0..<20), middle = path(4), whole = try Data(contentsOf: URL(fileURLWithPath: middle))
        // Class 0 has the even numbers, in order: the image 4 is sample 2.
        #expect(try streamed.values([2]) == kept.values([2]))
        let handle = try #require(FileHandle(forWritingAtPath: middle))
        try handle.truncate(atOffset: 60)
        try handle.close()
        let text = message { try streamed.batch(0..<8, next: 8..<20) }
        #expect(text.contains(middle), "\(text)")
        for position in order where position != 2 { #expect(try streamed.values([position]) == kept.values([position])) }
        try whole.write(to: URL(fileURLWithPath: middle))
        #expect(message { try streamed.batch([2]) }.contains("the file changed while it was in use"))
        #expect(message { try DataSpec("images:\(folder.path)/none?memory=stream").load() }.contains("does not exist"))
    }

    @Test("an image that is damaged from the start is the error of the first pass, which names it, and of the fingerprint")
    func damagedBefore() throws {
        try pictures(8)
        let bad = try folder.file("class1/1003.bmp", Array(Self.bitmap(3).prefix(60)))
        #expect(message { try DataSpec("images:\(folder.path)?memory=keep").load() }.contains(bad))
        // What only the pixels tell is found when they are read.
        let text = message {
            let data = try DataSpec("images:\(folder.path)?memory=stream").load()
            return try data.fingerprint()
        }
        #expect(text.contains(bad), "\(text)")
    }

    @Test("an array that is written to or shortened while it is read is refused")
    func changed() throws {
        // Large enough to be mapped.
        let bytes = (0..<2_400_000).map { UInt8(truncatingIfNeeded: $0 / 1000) }, path = folder.path + "/data.npy"
        for isShortened in [false, true] {
            try Archive.write([OutgoingArray("array", bytes, shape: [1000, 3, 20, 40])], to: path, as: .npy)
            let data = try DataSpec("arrays:\(path)?memory=stream").load()
            #expect(try data.values([999])[0] == Float(bytes[999 * 2400]) / 255)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            if isShortened { try handle.truncate(atOffset: 4096) } else { handle.write(Data([1, 2, 3])) }
            try handle.close()
            #expect(message { try data.batch(500..<600) }.contains("the file changed while it was in use"))
        }
    }

    // MARK: threads

    /// Samples that are slow to make, that know how often they were made, and of which one may fail.
    private final class Slow: PixelSource {
        let count = 400
        let sampleSize = 2
        let whereabouts = PixelWhereabouts.files("nothing")
        let made = Mutex<[Int: Int]>([:])
        let bad: Int?
        init(bad: Int? = nil) { self.bad = bad }
        func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) {
            made.withLock { $0[place, default: 0] += 1 }
            if place.isMultiple(of: 3) { usleep(300) }
            if place == bad { throw .missing(path: "sample \(place)", expected: "gone") }
            buffer[0] = UInt8(place)
            buffer[1] = UInt8(255 - place)
        }
    }

    @Test("for any number of threads, and room for few samples, each is read once and right", arguments: [1, 2, 3, 8], [2, 16, 4096])
    func ahead(workers: Int, bytes: Int) throws {
        let slow = Slow(), ahead = PixelsAhead(slow, workers: workers, bytes: bytes)
        let sample = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2)
        defer { sample.deallocate() }
        var generator = SeededGenerator(seed: UInt64(workers))
        var order = Array(0..<200)
        generator.shuffle(&order)
        for start in stride(from: 0, to: 200, by: 25) {
            ahead.expect(Array(order[start..<min(200, start + 75)]))
            for place in order[start..<start + 25] {
                try ahead.read(place, into: sample)
                #expect(Int(sample[0]) == place && Int(sample[1]) == 255 - place)
            }
        }
        #expect(slow.made.withLock { $0.count } == 200)
        #expect(slow.made.withLock { $0.values.allSatisfy { $0 == 1 } }, "nothing is read twice")
    }

    @Test("two readers that expect different samples both get theirs")
    func twoReaders() throws {
        let ahead = PixelsAhead(Slow(), workers: 2, bytes: 32), faults = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 2) { reader in
            let sample = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2)
            defer { sample.deallocate() }
            for round in 0..<20 {
                let places = (0..<10).map { ($0 * 7 + round * 13 + reader * 5) % 200 }
                ahead.expect(places)
                for place in places {
                    if (try? ahead.read(place, into: sample)) == nil || Int(sample[0]) != place { faults.withLock { $0 += 1 } }
                }
            }
        }
        #expect(faults.withLock { $0 } == 0)
    }

    @Test("a sample that fails is an error when its turn comes, not before")
    func turn() throws {
        let ahead = PixelsAhead(Slow(bad: 5), workers: 4)
        let sample = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2)
        defer { sample.deallocate() }
        ahead.expect(Array(0..<20))
        for place in 0..<5 { try ahead.read(place, into: sample) }
        #expect(message { try ahead.read(5, into: sample) }.contains("sample 5"))
        for place in 6..<20 { try ahead.read(place, into: sample) }
        #expect(message { try ahead.read(5, into: sample) }.contains("sample 5"))
    }

    /// Threads of this process that read pixels.
    private static func readers() -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count { task in
            (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8))?.hasPrefix("amalgam.pixels") ?? false
        }
    }

    @Test(
        "a source that is dropped half-way leaves no threads behind",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/task"), "threads are counted where the system lists them"))
    func dropped() throws {
        let sample = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2)
        defer { sample.deallocate() }
        var most = 0
        do {
            // Room for four samples: the workers wait.
            let ahead = PixelsAhead(Slow(), workers: 4, bytes: 8)
            ahead.expect(Array(0..<200))
            for place in 0..<20 { try ahead.read(place, into: sample) }
            most = Self.readers()
        }
        #expect(most > 0)
        for _ in 0..<500 where Self.readers() > 0 { usleep(10_000) }
        #expect(Self.readers() == 0)
    }
}
