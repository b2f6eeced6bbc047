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
        try place.python(
            Self.classes + """
                for seed, name in enumerate("ab"):
                    torch.manual_seed(seed)
                    torch.save(train(Tied(\(flag)), seed).state_dict(), name + ".pt")
                """)
        let methods = behind ? ["average", "otfusion", "hf", "reconstruct"] : ["average", "hf"]
        try place.check(
            methods.flatMap { method in [("\(method).pt", method), ("\(method).safetensors", method)] },
            """
            \(Self.classes)
            for path in paths:
                state = state_of(path)
                assert torch.equal(state["fc1.weight"], state["fc2.weight"])
                if path.endswith(".pt"):
                    assert state["fc1.weight"].data_ptr() == state["fc2.weight"].data_ptr()
                model = Tied(\(flag))
                model.load_state_dict(state, strict=True)
                assert model.fc1.weight is model.fc2.weight
                print(accuracy(model))
            """)
    }

    @Test("a pair in double precision is fused in it, saved in it, and as accurate in PyTorch as reported")
    func double() throws {
        let place = try Workplace()
        try place.python(
            """
            for seed, name in enumerate("ab"):
                torch.manual_seed(seed)
                torch.save(train(MLP().double(), seed).state_dict(), name + ".pt")
            """)
        try place.check(
            [("average.pt", "average"), ("otfusion.safetensors", "otfusion"), ("hf.pt", "hf"), ("reconstruct.safetensors", "reconstruct")],
            """
            \(Self.classes)
            for path in paths:
                state = state_of(path)
                assert all(value.dtype == torch.float64 for value in state.values())
                model = MLP().double()
                model.load_state_dict(state, strict=True)
                print(accuracy(model))
            """)
    }
}

extension Workplace {
    /// Fuses `a.pt` and `b.pt` by each method; what the script prints for `paths` must be the reported accuracies.
    fileprivate func check(_ outputs: [(path: String, method: String)], _ script: String) throws {
        let reported = try outputs.map { try fuse($0.path, "--method", $0.method) }
        let names = outputs.map { "\"\($0.path)\"" }.joined(separator: ", ")
        let lines = try python("paths = [\(names)]\n" + script).split(separator: "\n").map { try number(String($0)) }
        #expect(lines.count == reported.count)
        // 500 test images: the accuracies are the same fractions, whatever the order of the sums.
        for ((loaded, told), output) in zip(zip(lines, reported), outputs) { #expect(abs(loaded - told) < 0.001, "\(output.path)") }
    }
}
