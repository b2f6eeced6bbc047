import Foundation
import Testing

/// The kinds of checkpoints that people have, as PyTorch writes them; what comes out loads in the author's class.
@Suite("Checkpoints as people have them", .serialized) struct CheckpointKindsTests {
    /// Trains the plain pair; `wrapped(model)` gives what is saved of each.
    private func pair(_ place: Workplace, _ wrapped: String) throws {
        try place.python(
            wrapped + """

                for seed, name in enumerate("ab"):
                    torch.save(wrapped(train(MLP(), seed)), name + ".pt")
                """)
    }

    private static let prefixed = """
        class Outer(nn.Module):
            def __init__(self):
                super().__init__()
                self.model = MLP()
            def forward(self, x):
                return self.model(x)
        def author(kind):
            if kind == "outer": return Outer()
            if kind == "parallel": return nn.DataParallel(MLP())
            if kind == "compiled": return torch.compile(MLP())
            return torch.optim.swa_utils.AveragedModel(MLP())
        def inner(kind, model):
            return {"outer": lambda: model.model, "compiled": lambda: model._orig_mod}.get(kind, lambda: model.module)()

        """

    @Test(
        "names keep what wrappers put before them, so that the author's class loads strictly and gives the reported accuracy",
        arguments: ["outer", "parallel", "compiled", "averaged"])
    func prefixes(kind: String) throws {
        let place = try Workplace()
        try pair(
            place,
            Self.prefixed + """
                def wrapped(model):
                    whole = author("\(kind)")
                    inner("\(kind)", whole).load_state_dict(model.state_dict())
                    return whole.state_dict()
                """)
        for output in ["fused.pt", "fused.safetensors"] {
            let accuracy = try place.fuse(output)
            let loaded = try place.python(
                Self.prefixed + """
                    from safetensors.torch import load_file
                    state = torch.load("\(output)", weights_only=True) if "\(output)".endswith(".pt") else load_file("\(output)")
                    whole = author("\(kind)")
                    whole.load_state_dict(state, strict=True)
                    print(accuracy(inner("\(kind)", whole)))
                    """)
            #expect(abs(try number(loaded) - accuracy) < 0.001)
        }
        // And it is a parent again.
        _ = try place.fuse("again.pt", parents: ["fused.pt", "b.pt"])
    }

    @Test("bf16 stays bf16 and gives the reported accuracy within rounding; --dtype says otherwise")
    func halves() throws {
        let place = try Workplace()
        try pair(place, "def wrapped(model): return model.to(torch.bfloat16).state_dict()")
        let accuracy = try place.fuse("fused.pt")
        let loaded = try place.python(
            """
            model = MLP().to(torch.bfloat16)
            state = torch.load("fused.pt", weights_only=True)
            assert all(value.dtype == torch.bfloat16 for value in state.values())
            model.load_state_dict(state, strict=True)
            print(accuracy(model.float()))
            """)
        // Weights are rounded to 8 bits; of 500 images a few change sides.
        #expect(abs(try number(loaded) - accuracy) <= 1)
        let exact = try place.fuse("wide.pt", "--dtype", "fp32")
        let wide = try place.python(
            """
            model = MLP()
            model.load_state_dict(torch.load("wide.pt", weights_only=True), strict=True)
            print(accuracy(model))
            """)
        #expect(abs(try number(wide) - exact) < 0.001)
    }

    @Test("buffers that no layer uses come back bit for bit, and the fusion says which they are")
    func buffers() throws {
        let place = try Workplace()
        let author = """
            class WithBuffers(MLP):
                def __init__(self):
                    super().__init__()
                    self.register_buffer("position_ids", torch.arange(10)[None])
                    self.register_buffer("mask", torch.ones(4, 4).tril().bool())
                    self.register_buffer("freqs_cis", torch.polar(torch.ones(3), torch.tensor([0.1, 0.2, 0.3])))
                    self.register_buffer("cache", torch.zeros(0))

            """
        try place.python(
            author + """
                for seed, name in enumerate("ab"):
                    model = WithBuffers()
                    model.load_state_dict(train(MLP(), seed).state_dict(), strict=False)
                    torch.save(model.state_dict(), name + ".pt")
                """)
        for output in ["fused.pt", "fused.safetensors"] {
            let result = try place.amalgam("fuse", "a.pt", "b.pt", "--data", "digits", "--output", output)
            #expect(
                result.status == 0 && result.output.contains("not used by any layer") && result.output.contains("freqs_cis"),
                "\(result.output)\(result.errors)")
            try place.python(
                author + """
                    from safetensors.torch import load_file
                    state = torch.load("\(output)", weights_only=True) if "\(output)".endswith(".pt") else load_file("\(output)")
                    WithBuffers().load_state_dict(state, strict=True)
                    before = torch.load("b.pt", weights_only=True)
                    for name in ["position_ids", "mask", "freqs_cis", "cache"]:
                        assert state[name].dtype == before[name].dtype and torch.equal(state[name], before[name]), name
                    """)
        }
        let inspected = try place.amalgam("inspect", "a.pt", "--json")
        #expect(inspected.output.contains("\"leftAside\"") && inspected.output.contains("position_ids"))
    }

    // MARK: Several networks

    @Test("beside its average the network is taken and that is said; --key takes the average; the recipe and its replay keep the choice")
    func average() throws {
        let place = try Workplace()
        try pair(
            place,
            """
            def wrapped(model):
                averaged = {name: value * 2 for name, value in model.state_dict().items()}
                return {"epoch": 3, "model": model.state_dict(), "model_ema": averaged}
            """)
        let usual = try place.amalgam("inspect", "a.pt")
        #expect(usual.output.contains("took 'model' of model, model_ema; --key model_ema takes the other"), "\(usual.output)")
        let result = try place.amalgam(
            "fuse", "a.pt", "b.pt", "--key", "model_ema", "--set", "source=weights", "--method", "otfusion", "--output", "fused.pt",
            "--save-recipe", "recipe.toml")
        #expect(result.status == 0, "\(result.errors)")
        let norms = try place.python(
            """
            state, a, b = (torch.load(name + ".pt", weights_only=True) for name in ["fused", "a", "b"])
            total = lambda state: state["fc3.bias"].sum().item()
            print(total(state) - (total(a["model_ema"]) + total(b["model_ema"])) / 2)
            """)
        // Biases of the classes are averaged as they are; sums of ten numbers in f32.
        #expect(abs(try number(norms)) < 1e-4)
        #expect(try String(contentsOfFile: place.folder + "/recipe.toml", encoding: .utf8).contains("key = \"model_ema\""))
        let replay = try place.amalgam("runs", "replay", "fused.pt")
        #expect(replay.status == 0 && replay.output.contains("bit for bit"), "\(replay.output)\(replay.errors)")
        let wrong = try place.amalgam("inspect", "a.pt", "--key", "teacher")
        #expect(wrong.status == 1 && wrong.errors.contains("model_ema"), "\(wrong.errors)")
    }

    @Test("networks of equal rank under keys, and in a list, are listed with the options that open them")
    func equals() throws {
        let place = try Workplace()
        try pair(
            place,
            """
            other = {name: value * 2 for name, value in MLP().state_dict().items()}
            def wrapped(model):
                return {"generator": model.state_dict(), "discriminator": other, "epoch": 4}
            """)
        let refused = try place.amalgam("inspect", "a.pt")
        #expect(
            refused.status == 1 && refused.errors.contains("--key generator") && refused.errors.contains("--key discriminator"),
            "\(refused.errors)")
        let chosen = try place.amalgam("inspect", "a.pt", "--key", "generator")
        #expect(chosen.status == 0 && chosen.output.contains("MLP"), "\(chosen.errors)")
        try place.python(
            """
            state = train(MLP(), 0, epochs=1).state_dict()
            torch.save([state, 12, 0.93], "list.pt")
            torch.save([state, {name: value * 2 for name, value in state.items()}], "two.pt")
            """)
        #expect(try place.amalgam("inspect", "list.pt").status == 0)
        let two = try place.amalgam("inspect", "two.pt")
        #expect(two.status == 1 && two.errors.contains("--key 0") && two.errors.contains("--key 1"), "\(two.errors)")
        #expect(try place.amalgam("inspect", "two.pt", "--key", "1").status == 0)
    }

    // MARK: Weights in parts

    @Test(
        "reparametrised networks answer as PyTorch's do in evaluation, and the fused one has plain weights",
        arguments: [
            "weight_norm old", "weight_norm new", "spectral_norm old", "spectral_norm new", "prune", "prune module",
        ])
    func parts(kind: String) throws {
        let place = try Workplace()
        let accuracy = try number(
            place.python(
                """
                import torch.nn.utils as utils, torch.nn.utils.prune as prune
                for seed, name in enumerate("ba"):
                    model = MLP()
                    for layer in [model.fc1, model.fc2]:
                        {"weight_norm old": lambda: utils.weight_norm(layer), "weight_norm new": lambda: utils.parametrizations.weight_norm(layer),
                         "spectral_norm old": lambda: utils.spectral_norm(layer), "spectral_norm new": lambda: utils.parametrizations.spectral_norm(layer),
                         "prune": lambda: prune.l1_unstructured(layer, "weight", 0.3), "prune module": lambda: prune.l1_unstructured(layer, "weight", 0.3)}["\(kind)"]()
                    train(model, seed)
                    torch.save(model if "module" in "\(kind)" else model.state_dict(), name + ".pt")
                print(accuracy(model))
                """))
        // The last one made is a.pt; 500 test images.
        let evaluated = try place.amalgam("eval", "a.pt", "--data", "digits", "--json")
        #expect(
            abs(100 * (try JSONDecoder().decode(Measured.self, from: Data(evaluated.output.utf8))).accuracy - accuracy) < 0.001,
            "\(evaluated.output)\(evaluated.errors)")
        let result = try place.amalgam("fuse", "a.pt", "b.pt", "--data", "digits", "--output", "fused.pt")
        #expect(result.status == 0 && result.output.contains("folded"), "\(result.output)\(result.errors)")
        try place.python("MLP().load_state_dict(torch.load('fused.pt', weights_only=True), strict=True)")
    }

    @Test("quantized weights are refused by name")
    func quantized() throws {
        let place = try Workplace()
        try place.python(
            """
            model = torch.ao.quantization.quantize_dynamic(MLP(), {nn.Linear}, dtype=torch.qint8)
            torch.save(model.state_dict(), "a.pt")
            """)
        let refused = try place.amalgam("inspect", "a.pt")
        #expect(
            refused.status == 1 && refused.errors.contains("fc1._packed_params._packed_params") && refused.errors.contains("quantized"),
            "\(refused.errors)")
    }

    @Test("a NaN is warned of before the result, with its parameter and how many there are")
    func notFinite() throws {
        let place = try Workplace()
        try pair(
            place,
            """
            def wrapped(model):
                model.fc1.weight.data[0, :3] = float("nan")
                return model.state_dict()
            """)
        let result = try place.amalgam("fuse", "a.pt", "b.pt", "--method", "average", "--set", "reference=first")
        #expect(result.errors.contains("warning: a.pt: fc1.weight holds NaN or infinity in 3 places"), "\(result.output)\(result.errors)")
    }
}

/// What `eval --json` says of its first network.
private struct Measured: Decodable {
    struct Row: Decodable {
        struct Evaluation: Decodable { let accuracy: Double }

        let evaluation: Evaluation
    }

    let rows: [Row]
    var accuracy: Double { rows.first?.evaluation.accuracy ?? .nan }
}
