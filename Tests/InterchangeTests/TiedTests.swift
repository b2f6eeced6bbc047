import Foundation
import Testing

/// Tied parameters and double precision: what PyTorch's class ties or keeps in float64 comes back so, with the reported accuracy.
@Suite("PyTorch's tied classes and double precision", .serialized) struct TiedInterchangeTests {
    /// Two square layers of one weight: behind the input, where nothing may move, or behind a first layer.
    private static let classes = """
        class Tied(nn.Module):
            def __init__(self, behind):
                super().__init__()
                self.fc0 = nn.Linear(64, 32) if behind else None
                width = 32 if behind else 64
                self.fc1, self.fc2, self.fc3 = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, 10)
                self.fc2.weight = self.fc1.weight

            def forward(self, x):
                x = x.flatten(1)
                if self.fc0 is not None:
                    x = F.relu(self.fc0(x))
                return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))

        def state_of(path):
            from safetensors.torch import load_file
            return torch.load(path, weights_only=True) if path.endswith(".pt") else load_file(path)

        """

    @Test("a fused tied pair loads strictly into the class that ties, and is as accurate there as reported", arguments: [true, false])
    func tied(behind: Bool) throws {
        let place = try Workplace(), flag = behind ? "True" : "False"
        try place.python(Self.classes + """
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                torch.save(train(Tied(\(flag)), seed).state_dict(), name + ".pt")
            """)
        let methods = behind ? ["average", "otfusion", "git-rebasin", "hf", "reconstruct"] : ["average", "otfusion", "hf"]
        for method in methods {
            for output in ["\(method).pt", "\(method).safetensors"] {
                let accuracy = try place.fuse(output, "--method", method)
                let loaded = try place.python(Self.classes + """
                    state = state_of("\(output)")
                    assert torch.equal(state["fc1.weight"], state["fc2.weight"])
                    if "\(output)".endswith(".pt"):
                        assert state["fc1.weight"].data_ptr() == state["fc2.weight"].data_ptr()
                    model = Tied(\(flag))
                    model.load_state_dict(state, strict=True)
                    assert model.fc1.weight is model.fc2.weight
                    print(accuracy(model))
                    """)
                // 500 test images: the accuracies are the same fractions, whatever the order of the sums.
                #expect(abs(try number(loaded) - accuracy) < 0.001, "\(output)")
            }
        }
    }

    @Test("a pair in double precision is fused in it, saved in it, and as accurate in PyTorch as reported", arguments: ["average", "otfusion", "hf", "reconstruct"])
    func double(method: String) throws {
        let place = try Workplace()
        try place.python("""
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                torch.save(train(MLP().double(), seed).state_dict(), name + ".pt")
            """)
        for output in ["fused.pt", "fused.safetensors"] {
            let accuracy = try place.fuse(output, "--method", method)
            let loaded = try place.python(Self.classes + """
                state = state_of("\(output)")
                assert all(value.dtype == torch.float64 for value in state.values())
                model = MLP().double()
                model.load_state_dict(state, strict=True)
                print(accuracy(model))
                """)
            // As above.
            #expect(abs(try number(loaded) - accuracy) < 0.001)
        }
    }
}
