import Foundation
import Testing

/// PyTorch saves whole modules; Amalgam computes what PyTorch computed, or refuses by the module's name.
@Suite("Whole modules compute what PyTorch computes", .serialized) struct ModuleTests {
    /// What PyTorch found: accuracy in percent, and loss.
    private typealias Figures = [String: [Double]]

    private struct EvaluationSummary: Decodable {
        struct Row: Decodable {
            struct Evaluation: Decodable { let accuracy: Double, loss: Double }

            let evaluation: Evaluation
        }

        let rows: [Row]
        let assumed: [String]
    }

    private func write(_ kind: String, in place: Workplace) throws -> Figures {
        let text = try place.python(
            """
            import modules
            print(json.dumps({name: modules.write(name, case[0], case[1]) for name, case in modules.\(kind)().items()}))
            """)
        return try JSONDecoder().decode(Figures.self, from: Data(text.utf8))
    }

    private func evaluate(_ name: String, in place: Workplace) throws -> EvaluationSummary {
        let result = try place.amalgam("eval", name + ".pt", "--data", "arrays:\(name).npz", "--json")
        guard result.status == 0 else { throw PyTorch.Failure(description: "\(name): \(result.errors)") }
        return try JSONDecoder().decode(EvaluationSummary.self, from: Data(result.output.utf8))
    }

    @Test("a Sequential gives PyTorch's accuracy and loss to four digits, and nothing of it is assumed")
    func exact() throws {
        let place = try Workplace(), figures = try write("exact", in: place)
        #expect(figures.count > 30)
        for (name, expected) in figures.sorted(by: { $0.key < $1.key }) {
            do {
                let found = try evaluate(name, in: place), measured = try #require(found.rows.first?.evaluation)
                #expect(abs(100 * measured.accuracy - expected[0]) < 1e-6, "\(name)")
                // Sums in f32, in another order.
                #expect(abs(measured.loss - expected[1]) < 1e-4 * max(1, expected[1]), "\(name)")
                #expect(found.assumed.isEmpty, "\(name): \(found.assumed)")
            } catch { Issue.record("\(error)") }
        }
    }

    @Test("its graph is called exact, and permuting its neurons leaves the logits")
    func state() throws {
        let place = try Workplace()
        _ = try write("exact", in: place)
        for name in ["groups", "reflect", "instance", "strided", "activation17", "nested"] {
            let result = try place.amalgam("inspect", name + ".pt", "--check")
            #expect(
                result.status == 0 && result.output.contains("graph: exact") && result.output.contains("permutation check: passed"),
                "\(name): \(result.output)\(result.errors)")
        }
    }

    @Test("what no layer computes is refused by the module's path and class")
    func refused() throws {
        let place = try Workplace()
        for kind in ["refused", "disagreeing"] {
            let text = try place.python(
                """
                import modules
                for name, (model, shape, _) in modules.\(kind)().items(): torch.save(model, name + ".pt")
                print(json.dumps({name: words for name, (_, _, words) in modules.\(kind)().items()}))
                """)
            for (name, words) in try JSONDecoder().decode([String: [String]].self, from: Data(text.utf8)) {
                let result = try place.amalgam("inspect", name + ".pt")
                #expect(result.status == 1, "\(name) opened: \(result.output)")
                for word in words { #expect(result.errors.contains(word), "\(name): \(result.errors)") }
            }
        }
    }

    @Test("a class with a forward of its own has the options of its layers; that forward is assumed")
    func ownForward() throws {
        let place = try Workplace()
        for (name, expected) in try write("own", in: place) {
            do {
                let found = try evaluate(name, in: place), measured = try #require(found.rows.first?.evaluation)
                #expect(abs(100 * measured.accuracy - expected[0]) < 1e-6, "\(name)")
                #expect(abs(measured.loss - expected[1]) < 1e-4 * max(1, expected[1]), "\(name)")
                #expect(!found.assumed.isEmpty, "\(name)")
            } catch { Issue.record("\(error)") }
        }
    }

    @Test("TorchScript is refused with the command that converts it")
    func script() throws {
        let place = try Workplace()
        try place.python(
            """
            model = nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.LeakyReLU(0.3), nn.Linear(12, 7)).eval()
            torch.jit.save(torch.jit.script(model), "script.pt")
            """)
        let result = try place.amalgam("inspect", "script.pt")
        #expect(result.status == 1)
        for word in ["TorchScript", "torch.jit.load", "state_dict"] { #expect(result.errors.contains(word), "\(result.errors)") }
    }

    @Test("an exported program opens, and the network fused from two is opened by torch.export.load with the accuracy that was said")
    func exported() throws {
        let place = try Workplace()
        try place.python(
            """
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                model = train(nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.LeakyReLU(0.3), nn.Linear(12, 10)), seed, epochs=3).eval()
                graph = torch.export.export(model, (torch.zeros(2, 1, 8, 8),), dynamic_shapes=({0: torch.export.Dim("batch")},))
                torch.export.save(graph, name + ".pt2")
            """)
        let seen = try place.amalgam("inspect", "a.pt2", "--check")
        #expect(seen.status == 0, "\(seen.errors)")
        #expect(seen.output.contains("permutation check: passed"), "\(seen.output)")
        let said = try place.fuse("fused.pt2", parents: ["a.pt2", "b.pt2"])
        let loaded = try place.python(
            """
            model = torch.export.load("fused.pt2").module()
            _, _, x, y = digits()
            print(100 * (model(x).argmax(1) == y).double().mean().item())
            """)
        #expect(abs(try number(loaded) - said) < 0.001)
        #expect(said > 60)
    }

    @Test("modules with learned slopes and other nonlinearities are fused, trained and saved as whole networks")
    func fused() throws {
        let place = try Workplace()
        try place.python(
            """
            def net(): return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, padding_mode="reflect"), nn.PReLU(8), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 16), nn.PReLU(), nn.Linear(16, 10))
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                torch.save(train(net(), seed, epochs=3), name + ".pt")
            """)
        let accuracy = try place.fuse("fused.pt")
        let loaded = try place.python(
            """
            model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, padding_mode="reflect"), nn.PReLU(8), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 16), nn.PReLU(), nn.Linear(16, 10))
            model.load_state_dict(torch.load("fused.pt", weights_only=True), strict=True)
            print(accuracy(model))
            """)
        #expect(abs(try number(loaded) - accuracy) < 0.001)
        #expect(accuracy > 60)
        for method in ["otfusion", "git-rebasin", "transplant", "hf", "average"] {
            let result = try place.amalgam("fuse", "a.pt", "b.pt", "--data", "digits", "--method", method)
            #expect(result.status == 0, "\(method): \(result.errors)")
        }
        let tuned = try place.amalgam("finetune", "fused.pt", "--data", "digits", "--epochs", "1", "--output", "tuned.pt")
        #expect(tuned.status == 0, "\(tuned.errors)")
    }
}
