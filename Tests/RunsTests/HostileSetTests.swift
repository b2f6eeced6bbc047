import Foundation
import Testing

@testable import Runs

/// Sets whose numbers a person mistyped, or someone chose to do harm.
@Suite struct HostileSetTests {
    private static let text = """
        title = "A"
        story = "B"
        data = "digits"
        [split]
        kind = "iid"
        parts = PARTS
        seed = SPLITSEED
        [training]
        epochs = EPOCHS
        batch = BATCH
        learning-rate = 0.1
        [[parents]]
        file = "a.safetensors"
        part = 1
        seed = SEED
        network = { family = "mlp", widths = [64, 10], bias = true }
        [[parents]]
        file = "b.safetensors"
        part = 2
        seed = 2
        network = { family = "mlp", widths = [64, 10], bias = true }
        [recipe]
        method = "otfusion"
        """
    private static let sound = ["SPLITSEED": "1", "PARTS": "2", "EPOCHS": "3", "BATCH": "32", "SEED": "1"]

    private func fault(_ values: [String: String]) throws -> String? {
        let folder = NSTemporaryDirectory() + "amalgam-set-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var text = Self.text
        for key in ["SPLITSEED", "PARTS", "EPOCHS", "BATCH", "SEED"] {
            text = text.replacingOccurrences(of: key, with: values[key] ?? Self.sound[key] ?? "")
        }
        try text.write(toFile: folder + "/set.toml", atomically: true, encoding: .utf8)
        do {
            _ = try SampleSet(folder: folder)
            return nil
        } catch { return "\(error)" }
    }

    @Test("a sound set is read, so that the others fail for their own reason")
    func sound() throws {
        #expect(try fault([:]) == nil)
    }

    @Test(
        "numbers out of their range name themselves",
        arguments: [
            ("SEED", "-1", "seed should be a whole number from 0 on, not -1"),
            ("SPLITSEED", "-9223372036854775808", "seed should be a whole number from 0 on"),
            ("PARTS", "9223372036854775807", "parts should be a whole number from 1 to"), ("PARTS", "0", "parts should be"),
            ("EPOCHS", "-3", "epochs should be"),
            ("BATCH", "9223372036854775807", "batch should be"), ("EPOCHS", "9223372036854775808", "set.toml"),
            ("EPOCHS", "1.5", "epochs should be a whole number"), ("SEED", "\"x\"", "seed should be a whole number"),
        ])
    func numbers(key: String, value: String, reason: String) throws {
        let text = try fault([key: value])
        #expect(text?.contains(reason) == true, "\(text ?? "read")")
    }
}
