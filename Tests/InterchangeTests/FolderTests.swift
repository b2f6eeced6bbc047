import Foundation
import Testing

/// Folders as the Hugging Face libraries write them go in, and what comes out loads in PyTorch and measures what was reported.
@Suite("Folders of networks", .serialized) struct FolderTests {
    /// Writes the folders `a` and `b` with MLPs, class names in the config, weights in two shards where asked for.
    private func parents(_ place: Workplace, sharded: Bool = false, permuted: Bool = false) throws {
        try place.python(
            """
            from safetensors.torch import save_file
            import itertools
            names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
            for seed, name in enumerate("ab"):
                os.makedirs(name)
                torch.manual_seed(seed)
                model, labels = train(MLP(), seed), list(names)
                state = dict(model.state_dict())
                if name == "b" and \(permuted ? "True" : "False"):
                    order = torch.randperm(10, generator=torch.Generator().manual_seed(3))
                    state["fc3.weight"], state["fc3.bias"] = state["fc3.weight"][order].contiguous(), state["fc3.bias"][order].contiguous()
                    labels = [names[i] for i in order]
                json.dump({"model_type": "mlp", "id2label": {str(i): l for i, l in enumerate(labels)}, "note": "kept"}, open(name + "/config.json", "w"))
                json.dump({"do_normalize": True, "image_mean": [0.3059], "image_std": [0.3755], "resample": 2, "size": 8}, open(name + "/preprocessor_config.json", "w"))
                if \(sharded ? "True" : "False"):
                    groups = [["fc1.weight", "fc1.bias", "fc2.weight"], ["fc2.bias", "fc3.weight", "fc3.bias"]]
                    files = ["model-%05d-of-00002.safetensors" % (i + 1) for i in range(2)]
                    for group, file in zip(groups, files): save_file({k: state[k] for k in group}, name + "/" + file, {"format": "pt"})
                    size = sum(v.numel() * v.element_size() for v in state.values())
                    json.dump({"metadata": {"total_size": size}, "weight_map": {k: f for g, f in zip(groups, files) for k in g}}, open(name + "/model.safetensors.index.json", "w"))
                else:
                    save_file(state, name + "/model.safetensors", {"format": "pt"})
            """)
    }

    /// Loads a folder that was written, by its index where there is one, into the author's class; gives the accuracy there.
    private func loaded(_ place: Workplace, _ folder: String) throws -> Double {
        try number(
            place.python(
                """
                from safetensors.torch import load_file
                state = {}
                for file in sorted(os.listdir("\(folder)")):
                    if file.endswith(".safetensors"): state.update(load_file("\(folder)/" + file))
                index = "\(folder)/model.safetensors.index.json"
                if os.path.exists(index): assert sorted(json.load(open(index))["weight_map"]) == sorted(state)
                model = MLP()
                model.load_state_dict(state, strict=True)
                print(accuracy(model))
                """))
    }

    @Test(
        "a folder, in one file or in shards, fuses into a folder that PyTorch loads strictly with the reported accuracy",
        arguments: [false, true])
    func roundTrip(sharded: Bool) throws {
        let place = try Workplace()
        try parents(place, sharded: sharded)
        let accuracy = try place.fuse("fused/", parents: ["a", "b"])
        // 500 test images: the accuracies are the same fractions, whatever the order of the sums.
        #expect(abs(try loaded(place, "fused") - accuracy) < 0.001)
        let config = try place.python(
            """
            config = json.load(open("fused/config.json"))
            print(config["note"], config["id2label"]["3"], config["label2id"]["nine"], json.load(open("fused/preprocessor_config.json"))["image_mean"])
            """)
        #expect(config == "kept three 9 [0.3059]\n")
        let card = try String(contentsOfFile: place.folder + "/fused/README.md", encoding: .utf8)
        for text in ["library_name: amalgam", "| A | a |", "## Recipe", "amalgam fuse", String(format: "%.2f %%", accuracy)] {
            #expect(card.contains(text), "\(text)")
        }
        // It opens again, is this program's own, and may be written again.
        let inspected = try place.amalgam("inspect", "fused")
        #expect(inspected.status == 0 && inspected.output.contains("classes: zero, one") && inspected.output.contains("mean 0.3059"))
        #expect(try place.fuse("fused/", parents: ["a", "b"]) == accuracy)
    }

    @Test("parents whose classes stand in another order are brought into one, and that is said")
    func permuted() throws {
        let (plain, place) = (try Workplace(), try Workplace())
        try parents(plain)
        try parents(place, permuted: true)
        let accuracy = try place.fuse("fused/", parents: ["a", "b"])
        // The same rows in the same order: the same network.
        #expect(accuracy == (try plain.fuse("fused/", parents: ["a", "b"])))
        #expect(abs(try loaded(place, "fused") - accuracy) < 0.001)
        let report = try place.amalgam("fuse", "a", "b", "--data", "digits")
        #expect(report.output.contains("another order"))
    }

    @Test("parents of different classes are refused with the difference; a config that contradicts the weights is refused by its key")
    func different() throws {
        let place = try Workplace()
        try parents(place)
        try place.python(
            """
            config = json.load(open("b/config.json"))
            config["id2label"]["4"] = "fore"
            json.dump(config, open("b/config.json", "w"))
            """)
        let refused = try place.amalgam("fuse", "a", "b", "--data", "digits")
        #expect(refused.status == 1 && refused.errors.contains("“fore”") && refused.errors.contains("“four”"))
        try place.python(
            """
            json.dump({"num_labels": 7}, open("b/config.json", "w"))
            """)
        let contradiction = try place.amalgam("inspect", "b")
        #expect(contradiction.status == 1 && contradiction.errors.contains("num_labels") && contradiction.errors.contains("10 outputs"))
    }

    @Test("a Hugging Face ViT computes what its own code does, with heads, ε and activation of its config")
    func visionTransformer() throws {
        let place = try Workplace()
        // The forward pass of transformers' ViTForImageClassification, written out: the library itself is not needed.
        let expected = try place.python(
            """
            from safetensors.torch import save_file
            torch.manual_seed(0)
            width, heads, mlp, depth, patch = 32, 2, 48, 2, 4
            state = {"vit.embeddings.cls_token": torch.randn(1, 1, width), "vit.embeddings.position_embeddings": torch.randn(1, 5, width),
                "vit.embeddings.patch_embeddings.projection.weight": torch.randn(width, 1, patch, patch) / 4, "vit.embeddings.patch_embeddings.projection.bias": torch.randn(width),
                "vit.layernorm.weight": torch.randn(width), "vit.layernorm.bias": torch.randn(width), "classifier.weight": torch.randn(10, width), "classifier.bias": torch.randn(10)}
            def linear(name, out, into):
                state[name + ".weight"], state[name + ".bias"] = torch.randn(out, into) / into ** 0.5, torch.randn(out)
            for i in range(depth):
                p = f"vit.encoder.layer.{i}."
                for n in "query", "key", "value": linear(p + "attention.attention." + n, width, width)
                linear(p + "attention.output.dense", width, width); linear(p + "intermediate.dense", mlp, width); linear(p + "output.dense", width, mlp)
                for n in "layernorm_before", "layernorm_after": state[p + n + ".weight"], state[p + n + ".bias"] = torch.randn(width), torch.randn(width)
            os.makedirs("vit")
            save_file(state, "vit/model.safetensors", {"format": "pt"})
            json.dump({"num_attention_heads": heads, "hidden_act": "gelu_new", "layer_norm_eps": 0.25, "image_size": 8, "patch_size": patch, "num_channels": 1, "hidden_size": width,
                "num_hidden_layers": depth, "intermediate_size": mlp}, open("vit/config.json", "w"))
            def norm(x, n): return F.layer_norm(x, (width,), state[n + ".weight"], state[n + ".bias"], 0.25)
            def apply(x, n): return F.linear(x, state[n + ".weight"], state[n + ".bias"])
            def forward(x):
                e = "vit.embeddings."
                x = F.conv2d(x, state[e + "patch_embeddings.projection.weight"], state[e + "patch_embeddings.projection.bias"], patch).flatten(2).transpose(1, 2)
                x = torch.cat([state[e + "cls_token"].expand(len(x), -1, -1), x], 1) + state[e + "position_embeddings"]
                for i in range(depth):
                    p = f"vit.encoder.layer.{i}."
                    h = norm(x, p + "layernorm_before")
                    q, k, v = (apply(h, p + "attention.attention." + n).unflatten(-1, (heads, -1)).transpose(1, 2) for n in ("query", "key", "value"))
                    x = x + apply(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), p + "attention.output.dense")
                    x = x + apply(F.gelu(apply(norm(x, p + "layernorm_after"), p + "intermediate.dense"), approximate="tanh"), p + "output.dense")
                return apply(norm(x, "vit.layernorm")[:, 0], "classifier")
            _, _, x, y = digits()
            print(F.cross_entropy(forward(x), y).item())
            """)
        let result = try place.amalgam("eval", "vit", "--data", "digits", "--json")
        #expect(result.status == 0, "\(result.errors)")
        struct Report: Decodable {
            struct Row: Decodable {
                struct Evaluation: Decodable { let loss: Double }

                let evaluation: Evaluation
            }

            let rows: [Row]
        }
        let loss = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)).rows[0].evaluation.loss
        // Single precision over two blocks; another ε or activation moves the loss by far more.
        #expect(abs(loss - (try number(expected))) < 1e-4 * loss)
    }

    @Test("a distributed checkpoint converts by the command that its refusal names")
    func distributed() throws {
        let place = try Workplace()
        try place.python(
            """
            import torch.distributed.checkpoint as dcp
            dcp.save(MLP().state_dict(), checkpoint_id="dcp", no_dist=True)
            """)
        let refused = try place.amalgam("inspect", "dcp")
        #expect(refused.status == 1)
        let words = try #require(
            refused.errors.components(separatedBy: "python -m ").dropFirst().first?.components(separatedBy: "  (").first?.split(
                separator: " "
            ).map(String.init))
        try place.python("import runpy, sys; sys.argv = \(words); runpy.run_module(sys.argv[0], run_name='__main__')")
        #expect(try place.amalgam("inspect", "dcp.pt").status == 0)
    }
}
