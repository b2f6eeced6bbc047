import Foundation
import Testing

/// A case agrees only when all that it states held: committed cases with one thing in them changed.
@Suite("Altered golden cases", .serialized) struct AlteredCaseTests {
    /// One change of a `case.json`: the value at a place, or a new key there.
    struct Change: Sendable, CustomTestStringConvertible {
        let golden: String
        let place: String
        let value: String

        init(_ golden: String, _ place: String, _ value: String) { (self.golden, self.place, self.value) = (golden, place, value) }

        var testDescription: String { "\(golden): \(place) = \(value)" }
    }

    @Test(
        "a stated value that does not hold makes the case differ",
        arguments: [
            Change("otfusion/pure_ot", "problems.1.cost", "0.06"),
            Change("otfusion/pure_ot", "problems.15.mass", "0.9"),
            Change("digits/otf-acts-mlp", "expected.runs.0.layers.1.transport_cost", "51.7"),
            Change("digits/otf-acts-mlp", "expected.runs.0.layers.0.cost_matrix_mean", "37"),
            Change("digits/otf-acts-mlp", "expected.runs.0.layers.0.is_permutation", "false"),
            Change("digits/otf-acts-mlp", "expected.test_accuracy_percent.logit_average", "90"),
            Change("digits/otf-acts-mlp", "expected.test_accuracy_percent.parents", "[88.4, 83]"),
            Change("digits/ni-hf-uniform-mlp", "options.assignment_cost_per_layer", "[913.665161, 430]"),
            Change("digits/ni-hf-uniform-mlp", "expected_scalars.fused_full.loss", "0.5"),
            Change("digits/ni-hf-uniform-mlp", "expected_scalars.vanilla_average_full.accuracy", "0.79"),
            Change("digits/ni-importance-cnn", "expected_scalars.parents_full.0.accuracy", "0.9"),
            Change("digits/nt-mlp2", "runs.1.groups_in_processing_order.0.channels_after", "31"),
            Change("digits/nt-mlp2", "runs.1.parameter_count", "5019"),
            Change("digits/nt-mlp2", "runs.1.layers.1.outputs", "33"),
            Change("digits/nt-mlp2", "baselines.plain_weight_average_after_finetune", "0.7"),
            Change("small/nt-widths-per-parent", "dataset.evaluation_records", "500"),
            Change("small/otf-not-unique", "expected.test_accuracy_percent.fused", "50"),
            Change("small/otf-not-unique", "expected.runs.0.layers.0.transport_cost", "1"),
        ])
    func differs(change: Change) throws {
        let verdict = try Self.verdict(change)
        if case .differs = verdict { return }
        Issue.record("\(verdict.sentences)")
    }

    @Test(
        "what is not understood is named, crashes nothing, and keeps the case from agreeing",
        arguments: [
            (Change("digits/otf-acts-mlp", "expected.perplexity", "3"), "expected.perplexity"),
            (Change("digits/otf-acts-mlp", "conclusions", "{\"rank\": 1}"), "conclusions"),
            (Change("digits/otf-acts-mlp", "options.temperature", "2"), "option temperature"),
            (Change("digits/otf-acts-mlp", "options.solver", "\"simulated annealing\""), "simulated annealing"),
            (Change("digits/otf-acts-mlp", "options.clip_cost", "[1]"), "clip_cost"),
            (Change("digits/otf-acts-mlp", "dataset.mean", "[0.1, 0.2]"), "normalisation"),
            (Change("digits/otf-acts-mlp", "parents", "[]"), "parents"),
            (Change("digits/ni-hf-uniform-mlp", "network.1.op", "\"lstm\""), "operation lstm"),
            (Change("digits/ni-hf-uniform-mlp", "parents", "[\"parent_0.safetensors\"]"), "list of parents"),
            (Change("digits/ni-hf-uniform-mlp", "options.importance", "7"), "importance"),
            (Change("digits/ni-kf-linear-uniform-cnn", "options.tries_detail.0.first_centre_per_try", "[1000]"), "first centre"),
            (Change("digits/ni-kf-gradient-mlp", "options.epochs_per_level", "[1]"), "epochs_per_level"),
            (Change("digits/ni-kf-gradient-mlp", "options.train_batch_size", "0"), "batches of 0"),
            (Change("digits/ni-kf-gradient-mlp", "level_last_op", "[1, 99]"), "levels"),
            (Change("digits/nt-mlp2", "runs", "3"), "runs"),
            (Change("digits/nt-mlp2", "dataset.evaluation_records", "100000"), "evaluation on 100000"),
            (Change("digits/nt-mlp2", "architecture.layers_in_registration_order", "[[]]"), "list of layers"),
            (Change("digits/nt-mlp2", "finetune_recipe", "\"ten epochs of Adam\""), "ten epochs"),
            (Change("digits/nt-mlp2", "method", "\"model soups\""), "model soups"),
            (Change("small/nt-widths-per-parent", "architecture.cfg", "[[6, \"M\"]]"), "widths"),
        ])
    func incomplete(change: Change, named: String) throws {
        let verdict = try Self.verdict(change)
        #expect(!verdict.agrees)
        #expect(verdict.sentences.contains { $0.contains(named) }, "\(verdict.sentences)")
    }

    @Test("a tensor that differs in one number, or that nobody compares, keeps the case from agreeing")
    func tensors() throws {
        let differing = try Self.copy(of: "digits/otf-acts-mlp")
        let file = differing.folder.appendingPathComponent("expected.safetensors")
        var bytes = try Data(contentsOf: file)
        // The last tensor's last number: an index of a match.
        bytes[bytes.count - 4] ^= 1
        try bytes.write(to: file)
        if case .differs = Verdict(of: differing) {} else { Issue.record("a match of another neuron agrees") }

        let unread = try Self.copy(of: "digits/otf-acts-mlp")
        var renamed = try Data(contentsOf: unread.folder.appendingPathComponent("expected.safetensors"))
        let place = try #require(renamed.range(of: Data("cost_matrix.fc1".utf8)))
        renamed.replaceSubrange(place, with: Data("cost_metrix.fc1".utf8))
        try renamed.write(to: unread.folder.appendingPathComponent("expected.safetensors"))
        #expect(Verdict(of: unread).sentences == ["the expectation expected.safetensors: cost_metrix.fc1.weight is not understood"])
    }

    @Test("a case without parents' files or without a readable case.json does not agree")
    func missing() throws {
        let golden = try Self.copy(of: "digits/nt-mlp2")
        try FileManager.default.removeItem(at: golden.folder.appendingPathComponent("parent_1.safetensors"))
        #expect(!Verdict(of: golden).agrees)
        try Data("{".utf8).write(to: golden.folder.appendingPathComponent("case.json"))
        #expect(!Verdict(of: GoldenCase(folder: golden.folder, name: golden.name)).agrees)
    }

    // MARK: Copies

    private static func verdict(_ change: Change) throws -> Verdict {
        let golden = try copy(of: change.golden), file = golden.folder.appendingPathComponent("case.json")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        let value = try JSONSerialization.jsonObject(with: Data(change.value.utf8), options: .fragmentsAllowed)
        let changed = try replacing(object, at: change.place.split(separator: ".").map(String.init)[...], with: value)
        try JSONSerialization.data(withJSONObject: changed).write(to: file)
        return Verdict(of: GoldenCase(folder: golden.folder, name: golden.name))
    }

    private static func replacing(_ object: Any, at place: ArraySlice<String>, with value: Any) throws -> Any {
        guard let key = place.first else { return value }
        if var list = object as? [Any] {
            let index = try #require(Int(key))
            try #require(list.indices.contains(index), "\(key) is no place of the list")
            list[index] = try replacing(list[index], at: place.dropFirst(), with: value)
            return list
        }
        var fields = try #require(object as? [String: Any])
        fields[key] = try replacing(fields[key] ?? [String: Any](), at: place.dropFirst(), with: value)
        return fields
    }

    /// A committed case in a folder of its own, with the data file where the case looks for it.
    private static func copy(of name: String) throws -> GoldenCase {
        let committed = GoldenRoots.package.appendingPathComponent("Tests/Golden")
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
        let folder = root.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: committed.appendingPathComponent(name), to: folder)
        let data = root.appendingPathComponent("digits")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: committed.appendingPathComponent("digits/digits.safetensors"), to: data.appendingPathComponent("digits.safetensors"))
        return GoldenCase(folder: folder, name: name)
    }
}
