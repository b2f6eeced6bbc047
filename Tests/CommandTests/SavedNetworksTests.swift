import Archives
import Foundation
import Testing

@Suite("Networks that the workbench saves and loads", .serialized) struct SavedNetworksTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func run(_ arguments: [String], store: String = "runs") throws -> Program.Result {
        let result = try Program.run(
            arguments, environment: ["AMALGAM_RUNS": folder.path + "/" + store, "XDG_STATE_HOME": folder.path], in: folder)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return result
    }

    private func play(_ keys: String, _ parents: [String]) throws -> String {
        try keys.write(to: folder.appendingPathComponent("keys"), atomically: true, encoding: .utf8)
        return try run(parents + ["--fresh", "--script", "keys", "--size", "120x36", "--dump-screen"]).output
    }

    /// Keys that save the current network, or that of the selected run, in each format.
    private func saving(_ name: String) -> String {
        ["\(name).pt", "\(name).safetensors", "\(name).pt2", "\(name)/"].map { "W ctrl-u text:\($0) enter wait" }.joined(separator: " ")
    }

    private func areEqual(_ a: String, _ b: String) throws -> Bool {
        let words = try run(["diff", a, b]).output
        return words.contains("All parameters are equal.") || words.contains("The files are equal.")
    }

    /// Ninety points of six coordinates, whose class is the pair of coordinates that is largest.
    private func writeData() throws {
        var points: [Float] = [], labels: [Int] = []
        for index in 0..<90 {
            let label = index % 3
            labels.append(label)
            points += (0..<6).map { Float((index * 7 + $0 * 13) % 11) / 11 + ($0 / 2 == label ? 1 : 0) }
        }
        try Archive.write(
            [OutgoingArray("x", points, shape: [90, 6]), OutgoingArray("y", labels, shape: [90])],
            to: folder.appendingPathComponent("data.npz").path, as: .npz)
    }

    @Test("W writes the same network in four formats from screens 4, 5 and 6; after a restart a run is loaded, trained further and saved")
    func everywhere() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try writeData()
        let fixture = Program.folder.appendingPathComponent("Tests/Fixtures/exported/mlp.pt2")
        try FileManager.default.copyItem(at: fixture, to: folder.appendingPathComponent("a.pt2"))
        _ = try run(["finetune", "a.pt2", "--data", "arrays:data.npz", "--epochs", "3", "--output", "b.pt2"], store: "other")

        let set = "set:method=otfusion set:source=weights set:data=arrays:data.npz set:evaluate=arrays:data.npz"
        let screen = try play(
            "wait 4 \(set) F wait \(saving("fused")) set:epochs=2 t wait \(saving("tuned")) 6 wait \(saving("run2")) down wait \(saving("run1"))",
            ["a.pt2", "b.pt2"])
        #expect(screen.contains("Saved the network of r1 to run1/"), "\(screen)")
        for (name, other) in [("fused", "run1"), ("tuned", "run2")] {
            for file in ["\(name).safetensors", "\(name).pt2", name, "\(other).pt", "\(other).safetensors", "\(other).pt2", other] {
                #expect(try areEqual("\(name).pt", file), "\(name).pt and \(file)")
            }
        }
        #expect(try !areEqual("fused.pt2", "tuned.pt2"))

        // Another process, in which nothing is open.
        let again = try play(
            "wait 6 wait down L wait \(saving("loaded")) set:epochs=2 t wait \(saving("further")) 6 wait v v v wait v wait", [])
        #expect(again.contains("Confusion · r1 on arrays:data.npz") && again.contains("finetune"), "\(again)")
        for file in ["loaded.pt", "loaded.safetensors", "loaded.pt2", "loaded"] { #expect(try areEqual("fused.pt", file), "\(file)") }
        // The same data, seed and settings: the same network as before the restart.
        for file in ["further.pt", "further.safetensors", "further.pt2", "further"] { #expect(try areEqual("tuned.pt", file), "\(file)") }
    }
}
