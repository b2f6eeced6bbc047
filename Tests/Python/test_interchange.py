"""A fused network is served elsewhere: by onnxruntime, by timm and by transformers, with the logits that Amalgam computes.

Amalgam's own logits come in by `amalgam inspect NETWORK --logits FILE`, which ends with 1 where a logit differs by more than 1e-5 of their size.
"""

import pathlib
import unittest

import amalgam
from support import Folder, arrays, import_timm


class Interchange(Folder):
    def same_logits(self, network, inputs, logits):
        """Amalgam computes these logits for these inputs, to 1e-5."""
        from safetensors.torch import save_file

        save_file({"inputs": inputs.contiguous(), "logits": logits.detach().contiguous()}, "probe.safetensors")
        comparison = amalgam.run("inspect", network, "--logits", "probe.safetensors")["networks"][0]["logits"]
        self.assertLessEqual(comparison["difference"], 1e-5, comparison)
        # The comparison can fail.
        save_file({"inputs": inputs.contiguous(), "logits": (logits.detach() * 1.001).contiguous()}, "wrong.safetensors")
        with self.assertRaises(amalgam.AmalgamError):
            amalgam.run("inspect", network, "--logits", "wrong.safetensors")

    def test_onnxruntime_serves_a_fused_graph(self):
        import onnxruntime
        import torch
        from training import MLP, train

        for seed, name in enumerate("ab"):
            amalgam.export(train(MLP(), seed, epochs=2), torch.zeros(2, 1, 8, 8), f"{name}.pt2")
        data, test = arrays()
        amalgam.fuse(["a.pt2", "b.pt2"], data=data, evaluate=test, output="fused.pt2", settings={"samples": 200})
        file = amalgam.to_onnx("fused.pt2")
        self.assertEqual(file, pathlib.Path("fused.onnx"))
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(5))
        self.same_logits("fused.pt2", x, torch.from_numpy(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]))

    def test_a_difference_from_pytorch_leaves_no_onnx_file(self):
        import torch

        amalgam.export(torch.nn.Linear(4, 2), torch.zeros(2, 4), "net.pt2")
        with self.assertRaisesRegex(ValueError, "differs from PyTorch"):
            amalgam.to_onnx("net.pt2", tolerance=-1)
        self.assertEqual([path.name for path in self.folder.glob("*.onnx*")], [])

    def test_timm_serves_a_fused_folder(self):
        import torch
        from training import train

        timm = import_timm()
        from timm.models import save_for_hf

        shape = dict(img_size=8, patch_size=4, in_chans=1, embed_dim=32, depth=2, num_heads=2)
        for seed, name in enumerate("ab"):
            torch.manual_seed(seed)
            model = timm.create_model("vit_tiny_patch16_224", num_classes=10, **shape)
            save_for_hf(train(model, seed, epochs=2), name, model_args=shape)
        result = amalgam.fuse(["a", "b"], data="digits", output="fused/", settings={"samples": 200})
        model = timm.create_model("local-dir:fused", pretrained=True).eval()
        x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(5))
        self.same_logits("fused", x, model(x))
        loaded = result.load()
        self.assertTrue(all(torch.equal(value, loaded[name]) for name, value in model.state_dict().items()))

    def test_transformers_serves_a_fused_folder(self):
        import torch
        from training import train
        from transformers import AutoModelForImageClassification, ViTConfig, ViTForImageClassification

        class Logits(torch.nn.Module):
            def __init__(self, model):
                super().__init__()
                self.model = model

            def forward(self, x):
                return self.model(x).logits

        for seed, name in enumerate("ab"):
            torch.manual_seed(seed)
            model = ViTForImageClassification(ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
                                                        image_size=8, patch_size=4, num_channels=1, num_labels=10))
            train(Logits(model), seed, epochs=2)
            model.save_pretrained(name)
        amalgam.fuse(["a", "b"], data="digits", output="fused/", settings={"samples": 200})
        model = AutoModelForImageClassification.from_pretrained("fused").eval()
        x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(5))
        self.same_logits("fused", x, model(x).logits)


if __name__ == "__main__":
    unittest.main()
