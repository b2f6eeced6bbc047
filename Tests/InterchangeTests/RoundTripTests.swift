import Foundation
import Testing

/// PyTorch makes parents, Amalgam fuses them, PyTorch loads the result into its own class: the accuracy must be the reported one.
@Suite("PyTorch's own classes load what was fused", .serialized) struct RoundTripTests {
    @Test("a plain pair of state dicts, as .pt and as .safetensors")
    func plain() throws {
        let place = try Workplace()
        try place.python(
            """
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                torch.save(train(MLP(), seed).state_dict(), name + ".pt")
            """)
        for output in ["fused.pt", "fused.safetensors"] {
            let accuracy = try place.fuse(output)
            let loaded = try place.python(
                """
                from safetensors.torch import load_file
                state = torch.load("\(output)", weights_only=True) if "\(output)".endswith(".pt") else load_file("\(output)")
                model = MLP()
                model.load_state_dict(state, strict=True)
                print(accuracy(model))
                """)
            // 500 test images: the accuracies are the same fractions, whatever the order of the sums.
            #expect(abs(try number(loaded) - accuracy) < 0.001)
        }
    }
}

extension Workplace {
    /// Fuses `a.pt` and `b.pt` on the digits; gives the accuracy that the report has for the fused network, in percent.
    func fuse(_ output: String, _ arguments: String..., parents: [String] = ["a.pt", "b.pt"]) throws -> Double {
        let result = try amalgam(["fuse"] + parents + ["--data", "digits", "--output", output, "--json"] + arguments)
        guard result.status == 0 else { throw PyTorch.Failure(description: result.errors) }
        let report = try JSONDecoder().decode(FusionSummary.self, from: Data(result.output.utf8))
        guard let accuracy = report.rows.first(where: { $0.role == "fused" })?.evaluation?.accuracy else {
            throw PyTorch.Failure(description: "no fused row: \(result.output)")
        }
        return 100 * accuracy
    }
}

/// What the tests read of a report.
private struct FusionSummary: Decodable {
    struct Row: Decodable {
        struct Evaluation: Decodable { let accuracy: Double }

        let role: String
        let evaluation: Evaluation?
    }

    let rows: [Row]
}

/// The number that Python printed.
func number(_ text: String) throws -> Double {
    guard let number = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
        throw PyTorch.Failure(description: "not a number: \(text)")
    }
    return number
}
