import Archives
import Networks
import Testing
@testable import Checkpoints

@Suite("Several networks in one state dict") struct SeveralNetworksTests {
    @Test(
        "networks of equal rank are listed with the options that open them, and each opens",
        arguments: [
            ("encoder_q", "encoder_k"), ("student", "teacher"), ("generator", "discriminator"), ("net_G", "net_D"),
            ("online_net", "target_net"),
        ])
    func equals(first: String, second: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(
            mlpArrays("module.\(first).") + mlpArrays("module.\(second).", scale: 2) + [
                OutgoingArray("module.queue", [Float](repeating: 1, count: 6), shape: [2, 3]),
                OutgoingArray("module.queue_ptr", [0], shape: [1]),
            ])
        let text = refusal(path)
        #expect(
            text.contains("several networks") && text.contains("--prefix module.\(first).") && text.contains("--prefix module.\(second)."),
            "\(text)")
        for wanted in ["module.\(second).", "\(second).", second] {
            let opened = try Checkpoint.open(path, LoadOptions(prefix: wanted))
            #expect(opened.layout.prefix == "module.\(second).")
            #expect(try values(opened, "fc1.bias") == [2, -1, 2])
            #expect(opened.candidates.map(\.isOpened) == [false, true])
            // What is saved is that network, under the names that it had.
            let saved = folder.path + "/saved.pt"
            try Checkpoint.save(opened.stored, to: saved, like: opened.layout)
            #expect(try Archive.open(saved).entries.allSatisfy { $0.name.hasPrefix("module.\(second).fc") })
            #expect(try Checkpoint.open(saved, LoadOptions(prefix: wanted)).layout.prefix == "module.\(second).")
        }
        #expect(refusal(path, LoadOptions(prefix: "decoder.")).contains("begin with module.\(first)."))
    }

    @Test("beside its average the network is taken, and that is said")
    func average() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(mlpArrays("model.") + mlpArrays("model_ema.", scale: 3)), opened = try Checkpoint.open(path)
        #expect(opened.layout.prefix == "model." && opened.layout.leftAside.isEmpty)
        #expect(try values(opened, "fc1.bias") == [1, -1, 2])
        #expect(opened.notes.contains { $0.contains("model_ema.*") && $0.contains("--prefix model_ema.") })
        #expect(opened.candidates.map(\.option) == ["--prefix model.", "--prefix model_ema."])
        #expect(try values(Checkpoint.open(path, LoadOptions(prefix: "model_ema.")), "fc1.bias") == [3, -1, 2])
    }

    @Test("an average whose names have lost their points gets those of the network beside it")
    func undotted() throws {
        let folder = try TemporaryFolder()
        let averages = [
            OutgoingArray("model_ema.decay", [0.99] as [Float], shape: []), OutgoingArray("model_ema.num_updates", [5], shape: []),
            OutgoingArray("model_ema.fc1weight", [Float](repeating: 3, count: 12), shape: [3, 4]),
            OutgoingArray("model_ema.fc1bias", [3, 3, 3] as [Float], shape: [3]),
            OutgoingArray("model_ema.fc2weight", [Float](repeating: 3, count: 6), shape: [2, 3]),
            OutgoingArray("model_ema.fc2bias", [3, 3] as [Float], shape: [2]),
        ]
        let path = try folder.file(mlpArrays("model.") + averages)
        let usual = try Checkpoint.open(path)
        #expect(try values(usual, "fc1.bias") == [1, -1, 2])
        #expect(usual.notes.contains { $0.contains("model_ema.*") })
        let averaged = try Checkpoint.open(path, LoadOptions(prefix: "model_ema."))
        #expect(try values(averaged, "fc1.bias") == [3, 3, 3])
        #expect(averaged.layout.prefix == "model.")
    }

    @Test("parts that are networks by themselves are named where the whole is none")
    func unknownRoles() throws {
        let folder = try TemporaryFolder()
        let text = refusal(try folder.file(mlpArrays("left.") + mlpArrays("right.", scale: 2)))
        #expect(text.contains("--prefix left.") && text.contains("--prefix right."), "\(text)")
    }

    @Test(
        "roles are told from whole words",
        arguments: [
            (["model", "model_ema"], NetworkRoles.Choice.these([0])), (["ema", "model"], .these([1])), (["G", "D", "G_ema"], .unclear),
            (["backbone", "head"], .all),
            (["params_ema", "params"], .these([1])), (["gamma", "delta"], .all), (["schema"], .all), (["model_ema"], .all),
            (["encoder", "decoder"], .all),
        ])
    func roles(names: [String], choice: NetworkRoles.Choice) { #expect(NetworkRoles.choice(among: names) == choice) }
}
