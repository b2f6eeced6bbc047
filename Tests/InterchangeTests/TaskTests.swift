import Foundation
import Testing

/// Networks whose outputs are no class logits: fused, measured by their own figure, which PyTorch computes from the saved file as well.
@Suite("Regression, one logit, several labels and next tokens", .serialized) struct TaskTests {
    /// Classes and data that the three tests share; `data.npz` is written with the targets that `answer` gives for the digits.
    private func prepare(_ place: Workplace, outputs: Int, answer: String, loss: String) throws {
        try place.python(
            """
            \(Self.network(outputs))
            x, y, tx, ty = digits()
            \(answer)
            np.savez("data.npz", train_images=x.numpy(), train_labels=answer(y), test_images=tx.numpy(), test_labels=answer(ty))
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                model = Net()
                optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
                for _ in range(6):
                    for batch in torch.randperm(len(x)).split(64):
                        optimizer.zero_grad()
                        out, want = model(x[batch]), torch.tensor(answer(y[batch])).float()
                        \(loss).backward()
                        optimizer.step()
                torch.save(model.state_dict(), name + ".pt")
            """)
    }

    private static func network(_ outputs: Int) -> String {
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1, self.fc2 = nn.Linear(64, 24), nn.Linear(24, \(outputs))
            def forward(self, x):
                return self.fc2(F.relu(self.fc1(x.flatten(1))))
        """
    }

    private func fused(_ place: Workplace, _ arguments: String...) throws -> TaskReport {
        let result = try place.amalgam(
            [
                "fuse", "a.pt", "b.pt", "--data", "arrays:data.npz:train", "--evaluate", "arrays:data.npz:test", "--output", "fused.pt",
                "--json",
            ] + arguments)
        guard result.status == 0 else { throw PyTorch.Failure(description: result.errors) }
        return try JSONDecoder().decode(TaskReport.self, from: Data(result.output.utf8))
    }

    /// Floating-point sums in another order: four digits, as tables show them.
    private func isEqual(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 5e-5 * max(1e-3, abs(a)) }

    @Test("a regression: mean squared error and R², the ensemble is the mean of outputs")
    func regression() throws {
        let place = try Workplace()
        try prepare(place, outputs: 1, answer: "answer = lambda y: (y.float() / 9 + 0.05).numpy()", loss: "F.mse_loss(out[:, 0], want)")
        let report = try fused(place)
        let found = try #require(report.row("fused")), ensemble = try #require(report.row("ensemble"))
        #expect(found.task == "regression" && report.row("vote") == nil)
        let expected = try place.python(
            """
            \(Self.network(1))
            _, _, x, y = digits()
            y = y.double() / 9 + 0.05
            def load(name):
                model = Net().double()
                model.load_state_dict(torch.load(name, weights_only=True), strict=True)
                return model(x.double())[:, 0].detach()
            f = load("fused.pt")
            print(F.mse_loss(f, y).item(), 1 - F.mse_loss(f, y).item() / y.var(unbiased=False).item(), F.mse_loss((load("a.pt") + load("b.pt")) / 2, y).item())
            """
        ).split(separator: " ").compactMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        #expect(
            isEqual(found.value ?? .nan, expected[0]) && isEqual(found.second ?? .nan, expected[1])
                && isEqual(ensemble.value ?? .nan, expected[2]), "\(found) \(ensemble) \(expected)")
        // A fusion by the parents' mean output is far better than a constant answer.
        #expect((found.second ?? 0) > 0.5)
    }

    @Test("one logit: accuracy by the sign, not by the one class there is")
    func binary() throws {
        let place = try Workplace()
        try prepare(
            place, outputs: 1, answer: "answer = lambda y: (y >= 5).long().numpy()",
            loss: "F.binary_cross_entropy_with_logits(out[:, 0], want)")
        let found = try #require(try fused(place).row("fused"))
        let expected = try place.python(
            """
            \(Self.network(1))
            _, _, x, y = digits()
            model = Net().double()
            model.load_state_dict(torch.load("fused.pt", weights_only=True), strict=True)
            z, y = model(x.double())[:, 0].detach(), (y >= 5).double()
            print(((z > 0) == (y > 0.5)).double().mean().item(), F.binary_cross_entropy_with_logits(z, y).item())
            """
        ).split(separator: " ").compactMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        #expect(
            found.task == "binary" && isEqual(found.accuracy ?? .nan, expected[0]) && isEqual(found.loss, expected[1]),
            "\(found) \(expected)")
        #expect((found.accuracy ?? 0) > 0.7)
    }

    @Test("several labels: mean average precision and micro accuracy")
    func multilabel() throws {
        let place = try Workplace()
        try prepare(
            place, outputs: 3,
            answer: "answer = lambda y: torch.stack([y % 2 == 0, y >= 5, (y == 0) | (y == 6) | (y == 8) | (y == 9)], 1).long().numpy()",
            loss: "F.binary_cross_entropy_with_logits(out, want)")
        let found = try #require(try fused(place).row("fused"))
        let expected = try place.python(
            """
            \(Self.network(3))
            _, _, x, y = digits()
            y = torch.stack([y % 2 == 0, y >= 5, (y == 0) | (y == 6) | (y == 8) | (y == 9)], 1)
            model = Net().double()
            model.load_state_dict(torch.load("fused.pt", weights_only=True), strict=True)
            z = model(x.double()).detach()
            def precision(scores, truth):
                order = scores.argsort(descending=True)
                hits = truth[order].double()
                return (hits * hits.cumsum(0) / torch.arange(1, len(hits) + 1)).sum().item() / hits.sum().item()
            print(sum(precision(z[:, i], y[:, i]) for i in range(3)) / 3, ((z > 0) == y).double().mean().item())
            """
        ).split(separator: " ").compactMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        #expect(
            found.task == "multilabel" && isEqual(found.value ?? .nan, expected[0]) && isEqual(found.second ?? .nan, expected[1]),
            "\(found) \(expected)")
        #expect((found.value ?? 0) > 0.8)
    }

    @Test("a language model with a mask: perplexity and token accuracy, the tokens being their own targets")
    func nextToken() throws {
        let place = try Workplace()
        let found = try place.python(
            """
            class Model(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.tokens, self.places = nn.Embedding(20, 16), nn.Parameter(torch.randn(1, 12, 16) * 0.1)
                    self.norm, self.qkv, self.out = nn.LayerNorm(16), nn.Linear(16, 48), nn.Linear(16, 16)
                    self.up, self.down, self.head = nn.Linear(16, 32), nn.Linear(32, 16), nn.Linear(16, 20, bias=False)
                    self.head.weight = self.tokens.weight
                def forward(self, input_ids, attention_mask):
                    x = self.tokens(input_ids) + self.places
                    q, k, v = self.qkv(self.norm(x)).view(-1, 12, 3, 2, 8).permute(2, 0, 3, 1, 4).unbind(0)
                    seen = torch.ones(12, 12, dtype=torch.bool).tril() & attention_mask.bool()[:, None, None, :]
                    x = x + self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(-1, 12, 16))
                    return self.head(x + self.down(F.gelu(self.up(x))))
            def text(n, seed):
                g = torch.Generator().manual_seed(seed)
                start, step = torch.randint(0, 20, (n, 1), generator=g), torch.randint(1, 4, (n, 1), generator=g)
                mask = (torch.arange(12) < torch.randint(5, 13, (n, 1), generator=g)).long()
                return (start + step * torch.arange(12)) % 20, mask
            def loss(model, ids, mask):
                targets = torch.where(mask[:, 1:] > 0, ids[:, 1:], -100)
                return F.cross_entropy(model(ids, mask)[:, :-1].transpose(1, 2), targets)
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                model, (ids, mask) = Model(), text(1500, seed)
                optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
                for batch in torch.randperm(1500).repeat(4).split(50):
                    optimizer.zero_grad(); loss(model, ids[batch], mask[batch]).backward(); optimizer.step()
                torch.export.save(torch.export.export(model.eval(), (ids[:2], mask[:2])), name + ".pt2")
            ids, mask = text(300, 9)
            np.savez("data.npz", train_input_ids=text(400, 8)[0], train_attention_mask=text(400, 8)[1], test_input_ids=ids, test_attention_mask=mask)
            with torch.no_grad():
                own = loss(model, ids, mask)
                right = ((model(ids, mask)[:, :-1].argmax(2) == ids[:, 1:]) & (mask[:, 1:] > 0)).sum() / (mask[:, 1:] > 0).sum()
            print(own.exp().item(), right.item())
            """
        ).split(separator: " ").compactMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        let result = try place.amalgam(
            "fuse", "a.pt2", "b.pt2", "--data", "arrays:data.npz:train", "--evaluate", "arrays:data.npz:test", "--output", "fused.pt2",
            "--json")
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONDecoder().decode(TaskReport.self, from: Data(result.output.utf8))
        let last = try #require(report.rows.last { $0.role == "parent" }?.evaluation), fused = try #require(report.row("fused"))
        #expect(
            last.task == "next-token" && isEqual(last.value ?? .nan, found[0]) && isEqual(last.second ?? .nan, found[1]), "\(last) \(found)"
        )
        #expect(abs(last.loss - log(found[0])) < 1e-4 && (fused.value ?? .infinity) < 20, "at random, perplexity is 20: \(fused)")
        let tuned = try place.amalgam("finetune", "fused.pt2", "--data", "arrays:data.npz:train", "--epochs", "1", "--output", "tuned.pt2")
        #expect(tuned.status == 0, "\(tuned.errors)")
    }
}

/// What these tests read of a report.
private struct TaskReport: Decodable {
    struct Row: Decodable {
        struct Evaluation: Decodable {
            let task: String?
            let value: Double?
            let second: Double?
            let accuracy: Double?
            let loss: Double
        }

        let role: String
        let evaluation: Evaluation?
    }

    let rows: [Row]

    func row(_ role: String) -> Row.Evaluation? { rows.first { $0.role == role }?.evaluation }
}
